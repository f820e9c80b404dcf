"""Kho: nobody changes the library without the passphrase, and no file goes in before its report is seen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from assistant import passphrase
from assistant.antecedents import Past
from assistant.app import store_api
from assistant.app.guard import FAILURES, FIRST_LOCK_S, IDLE_S, Guard, Locked, NotSet, Wrong
from assistant.app.security import Gate
from assistant.app.server import LOOPBACK_NAMES
from assistant.app.store import Store, safe_name
from assistant.app.store_page import render_store
from assistant.cli import main
from assistant.feedback import Feedback
from corpus.errors import UsageError
from corpus.generation import find_current
from corpus.settings import Settings, get_settings
from tests.fakes import XSS, sample_assistant, sample_library
from tests.makers import make_docx, make_pdf
from tests.pages import READY_MS, office, running
from tests.test_app import Elements

PHRASE = "bốn từ dễ nhớ"
LOCAL = "http://127.0.0.1:7860"
DECISION = [
    "ỦY BAN NHÂN DÂN XÃ THỬ", "Số: 12/QĐ-UBND", "Xã Thử, ngày 04 tháng 5 năm 2026", "QUYẾT ĐỊNH",
    "Về việc thử trang Kho", "Điều 1. Phạm vi", "Thử việc đưa tệp lên bằng trang.", "Điều 2. Thi hành",
    "Văn phòng chịu trách nhiệm thi hành.",
]  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "kho")


# ---- the passphrase and its guard


def test_the_passphrase_is_set_by_the_command_line_and_kept_as_a_hash(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = get_settings()
    assert passphrase.stored_hash(settings) == ""
    for typed, code in (("ngắn", 2), (PHRASE, 0)):
        monkeypatch.setattr("getpass.getpass", lambda _, typed=typed: typed)
        assert main(["admin", "set-passphrase"]) == code
    written = passphrase.passphrase_path(settings).read_text(encoding="utf-8")
    assert "argon2id" in written and "dễ nhớ" not in written
    assert passphrase.passphrase_path(settings).stat().st_mode & 0o077 == 0
    assert passphrase.fits(passphrase.stored_hash(settings), PHRASE)
    assert not passphrase.fits(passphrase.stored_hash(settings), PHRASE + " ")
    assert main(["admin", "remove-passphrase"]) == 0 and passphrase.stored_hash(settings) == ""
    assert "chỉ còn để xem" in capsys.readouterr().out


def test_repeated_failures_lock_and_each_lock_is_longer(settings: Settings) -> None:
    now = [0.0]
    guard = Guard(settings, clock=lambda: now[0])
    with pytest.raises(NotSet):
        guard.unlock(PHRASE)
    passphrase.set_passphrase(settings, PHRASE)
    for left in range(FAILURES - 1, 0, -1):
        with pytest.raises(Wrong) as wrong:
            guard.unlock("sai")
        assert wrong.value.left == left
    with pytest.raises(Locked):
        guard.unlock("sai")
    with pytest.raises(Locked):
        guard.unlock(PHRASE)  # the right one counts no more than a wrong one while it is locked
    now[0] += FIRST_LOCK_S + 1
    for _ in range(FAILURES - 1):
        with pytest.raises(Wrong):
            guard.unlock("sai")
    with pytest.raises(Locked) as longer:
        guard.unlock("sai")
    assert longer.value.seconds == 2 * FIRST_LOCK_S
    now[0] += 2 * FIRST_LOCK_S + 1
    assert guard.admits(guard.unlock(PHRASE))


def test_a_session_ends_when_idle_left_or_the_passphrase_changes(settings: Settings) -> None:
    now = [0.0]
    guard = Guard(settings, clock=lambda: now[0])
    passphrase.set_passphrase(settings, PHRASE)
    idle, left, changed = (guard.unlock(PHRASE) for _ in range(3))
    guard.leave(left)
    assert not guard.admits(left) and not guard.admits("x" * 43) and not guard.admits(None)
    now[0] += IDLE_S - 1
    assert guard.admits(changed)
    now[0] += 2
    assert not guard.admits(idle) and guard.admits(changed), "use keeps a session alive"
    passphrase.set_passphrase(settings, PHRASE + "!")
    assert not guard.admits(changed)
    with pytest.raises(UsageError):
        passphrase.set_passphrase(settings, "123456789")


# ---- every address asks for itself

ACTIONS = ["khoa", "dua-vao", "bo", "go", "lay-lai", "gop-y"]


@pytest.fixture
def client(settings: Settings, tmp_path: Path) -> Iterator[TestClient]:
    """Return a client of the page's addresses behind the gate; gradio's part of the server is left out."""
    folder = tmp_path / "mau"
    folder.mkdir()
    assistant = sample_assistant(sample_library(folder))
    store = Store(settings, Feedback(settings.feedback_path), assistant.refresh)
    app = FastAPI()
    app.mount(store_api.ROOT, store_api.build_store_api(assistant, Guard(settings), store))
    app.add_middleware(Gate, title="Kho", hosts=LOOPBACK_NAMES)
    with TestClient(app, base_url=LOCAL) as opened:
        yield opened


def _unlocked(client: TestClient, settings: Settings) -> TestClient:
    passphrase.set_passphrase(settings, PHRASE)
    assert client.post("/quan-tri/mo-khoa", json={"passphrase": PHRASE}).status_code == 200
    return client


def test_without_the_passphrase_nothing_can_be_done_and_the_page_says_how(
    client: TestClient, settings: Settings
) -> None:
    assert "troly admin set-passphrase" in client.get("/quan-tri/trang").text
    for set_first in (False, True):
        if set_first:
            passphrase.set_passphrase(settings, PHRASE)
            assert "data-unlock" in client.get("/quan-tri/trang").text
        for action in ACTIONS:
            reply = client.post(f"/quan-tri/{action}", json={"id": "kh-thu-2026"})
            assert reply.status_code == 403, action
        sent = client.post("/quan-tri/tep?name=a.txt", content=b"x")
        assert sent.status_code == 403 and "khẩu" in sent.json()["detail"]
        client.cookies.set(store_api.COOKIE, "giả mạo".encode().hex())
        assert client.post("/quan-tri/go", json={"id": "x"}).status_code == 403, "a forged cookie"
    assert not (settings.data_dir / "waiting").exists(), "nothing was written"


def test_the_session_is_a_cookie_that_no_script_and_no_other_site_can_use(
    client: TestClient, settings: Settings
) -> None:
    passphrase.set_passphrase(settings, PHRASE)
    reply = client.post("/quan-tri/mo-khoa", json={"passphrase": PHRASE})
    cookie = reply.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/quan-tri" in cookie
    elsewhere = {"origin": "http://evil.example"}
    assert client.post("/quan-tri/go", json={"id": "x"}, headers=elsewhere).status_code == 403
    assert client.post("/quan-tri/khoa", json={"id": ""}).status_code == 200
    assert client.post("/quan-tri/go", json={"id": "x"}).status_code == 403, "left"


def test_the_lock_shows_in_the_answer(client: TestClient, settings: Settings) -> None:
    passphrase.set_passphrase(settings, PHRASE)
    codes = [client.post("/quan-tri/mo-khoa", json={"passphrase": "sai"}) for _ in range(FAILURES + 1)]
    assert [reply.status_code for reply in codes] == [403] * (FAILURES - 1) + [429] * 2
    assert "phút" in codes[-1].json()["detail"] and int(codes[-1].headers["retry-after"]) > 0


# ---- files


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Quyết định 12.docx", "Quyết định 12.docx"),
        ("../../etc/passwd.txt", "passwd.txt"),
        (r"C:\tep\a b.pdf", "a b.pdf"),
        ("<img src=x onerror=1>.txt", "_img src=x onerror=1_.txt"),
        (".bashrc", "bashrc"),
        ("x" * 300 + ".md", "x" * 120 + ".md"),
        ("\u202etxt.exe\x00.txt", "_txt.exe_.txt"),
        ("...", "van-ban"),
    ],
)
def test_a_file_name_stays_in_its_folder(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_what_cannot_be_read_is_refused_with_the_reason(
    client: TestClient, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _unlocked(client, settings)
    broken = client.post("/quan-tri/tep?name=hong.pdf", content=b"%PDF-1.7 broken")
    assert broken.status_code == 200 and broken.json()["refused"]
    assert "Không nhận được" in client.get("/quan-tri/trang").text
    assert client.post("/quan-tri/tep?name=a.exe", content=b"x").json()["detail"].startswith("Không đọc được")
    assert client.post("/quan-tri/tep?name=a.txt", content=b"").json()["detail"] == "Tệp trống."
    monkeypatch.setattr(store_api, "MAX_UPLOAD", 10)
    assert client.post("/quan-tri/tep?name=a.txt", content=b"x" * 20).status_code == 413
    waiting = list((settings.data_dir / "waiting").iterdir())
    assert len(waiting) == 1, "nothing is left of what was not taken"
    key = waiting[0].name
    refused = client.post("/quan-tri/dua-vao", json={"id": key})
    assert refused.status_code == 409 and find_current(settings) is None
    assert client.post("/quan-tri/bo", json={"id": key}).status_code == 200
    assert not list((settings.data_dir / "waiting").iterdir())
    assert client.post("/quan-tri/bo", json={"id": "../../kho"}).status_code == 409


def test_the_page_is_inert_whatever_files_and_votes_say(settings: Settings, tmp_path: Path) -> None:
    assistant = sample_assistant(sample_library(tmp_path))
    votes = Feedback(settings.feedback_path)
    for payload in XSS:
        votes.give(Past(payload, payload, assistant.table["xss"]), "down", "wrong", payload)
    store = Store(settings, votes, assistant.refresh)
    seen = Elements(render_store(assistant.library, store.waiting, {}, votes.votes()))
    assert not {"script", "img", "iframe", "style", "svg", "math", "b"} & seen.tags
    assert not [name for name, _ in seen.attributes if name.startswith("on") or name == "style"]
    assert all(seen.text.count(payload) >= 2 for payload in XSS)


def test_a_bad_answer_becomes_a_question_of_the_evaluation(settings: Settings, tmp_path: Path) -> None:
    assistant = sample_assistant(sample_library(tmp_path))
    votes = Feedback(settings.feedback_path)
    store = Store(settings, votes, assistant.refresh)
    given = votes.give(
        Past("Ai in?", "Ai in?", assistant.table["Ai in tài liệu?"]), "down", comment="Là phòng khác"
    )
    store.settle(given, "question")
    line = json.loads((settings.data_dir / "questions.jsonl").read_text(encoding="utf-8"))
    assert line["question"] == "Ai in?" and line["note"].startswith("Là phòng khác")
    assert [vote.state for vote in votes.votes()] == ["done"]


# ---- the whole way, in the browser, over what ships


@pytest.mark.slow
@pytest.mark.timeout(300)  # the first to ask for what ships waits for its ingestion
def test_a_file_goes_from_the_browser_into_the_library_and_out_again(
    browser: Browser, shipped: Path, tmp_path: Path
) -> None:
    data = tmp_path / "kho"
    shutil.copytree(shipped, data)
    settings = Settings(data_dir=data)
    passphrase.set_passphrase(settings, PHRASE)
    good = make_docx(tmp_path / "Quyết định 12.docx", DECISION)
    broken = tmp_path / "hỏng.pdf"
    broken.write_bytes(b"%PDF-1.7 broken")
    with running(settings) as address:
        person = office(browser, address)
        page = person.open("/?view=kho")
        says = page.locator("#store-says")
        page.get_by_label("Cụm mật khẩu").fill("không phải cụm này")
        page.get_by_role("button", name="Mở khóa").click()
        expect(page.locator("#unlock-error")).to_contain_text("còn 4 lần thử")
        person.complaints.clear()  # the browser itself reports the refused request
        page.get_by_label("Cụm mật khẩu").fill(PHRASE)
        page.keyboard.press("Enter")
        page.locator("[data-files]").set_input_files([good, broken])
        files = page.locator(".waiting-file")
        expect(files).to_have_count(2, timeout=READY_MS)
        expect(files.first).to_contain_text("Quyết định 12/QĐ-UBND")
        expect(files.first).to_contain_text("điều còn ngờ")
        expect(files.last).to_contain_text("Không nhận được")
        files.last.get_by_role("button", name="Bỏ").click()
        expect(files).to_have_count(1)
        page.get_by_role("button", name="Đưa vào kho").click()
        expect(says).to_contain_text("Đã đưa Quyết định 12.docx vào kho", timeout=60_000)
        page.get_by_role("link", name="Văn bản", exact=True).click()
        page.get_by_role("link", name="Quyết định 12/QĐ-UBND").click()
        expect(page.locator("#document .doc-text")).to_contain_text("Thử việc đưa tệp lên bằng trang")
        page.get_by_role("link", name="Kho", exact=True).click()
        remove = page.get_by_role("button", name="Gỡ Quyết định 12/QĐ-UBND")
        remove.click()
        page.get_by_role("button", name="Gỡ Quyết định 12/QĐ-UBND").click()
        expect(says).to_contain_text("Đã gỡ", timeout=60_000)
        page.get_by_role("button", name="Lấy lại").click()
        expect(says).to_contain_text("Đã lấy lại", timeout=60_000)
        page.get_by_role("button", name="Khóa lại").click()
        expect(page.get_by_label("Cụm mật khẩu")).to_be_visible()
        person.check()
        person.context.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_document_of_200_pages_can_be_sent(browser: Browser, shipped: Path, tmp_path: Path) -> None:
    data = tmp_path / "kho"
    shutil.copytree(shipped, data)
    settings = Settings(data_dir=data)
    passphrase.set_passphrase(settings, PHRASE)
    line: Callable[[int, int], str] = lambda page, n: f"Dòng {n} của trang {page} nói về việc thử."  # noqa: E731
    pages = [[f"Điều {p}. Trang thứ {p}", *(line(p, n) for n in range(30))] for p in range(1, 201)]
    long = make_pdf(tmp_path / "dài.pdf", pages)
    with running(settings) as address:
        person = office(browser, address)
        page = person.open("/?view=kho")
        page.get_by_label("Cụm mật khẩu").fill(PHRASE)
        page.keyboard.press("Enter")
        page.locator("[data-files]").set_input_files(long)
        expect(page.locator(".waiting-file")).to_contain_text("đơn vị", timeout=240_000)
        person.check()
        person.context.close()
