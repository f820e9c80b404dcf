"""Promises of ``troly ingest``, ``show`` and ``remove``: what is said, kept, removed and brought back."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from assistant import cli
from corpus.errors import TrolyError
from corpus.settings import Settings
from corpus.store import Library
from ingest import pipeline
from ingest.choices import load_choices
from ingest.pipeline import ingest, remove, restore
from tests.makers import make_docx
from tests.test_encodings import TCVN3
from tests.test_ingest_pipeline import DECREE, PLAN, OneVector, letter, library_of, result_of, texts


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here asks anything of vectors."""
    monkeypatch.setattr(pipeline, "load_embedder", lambda _: OneVector())


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return Settings(data_dir=data_dir)


def held(settings: Settings) -> Library:
    return library_of(settings)


def test_a_removed_document_stays_removed_until_it_is_asked_for(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "van-ban"
    folder.mkdir()
    path = letter(folder / "a.txt", 21, "trồng đào.")
    identifier = str(result_of(ingest(settings, [folder]), path).document_id)
    remove(settings, identifier)
    assert identifier not in held(settings)
    for again in ([], [folder]):
        report = ingest(settings, again)
        assert identifier not in held(settings)
    assert result_of(report, path).status == "skipped" and "--restore" in result_of(report, path).message
    assert path.exists(), "the file itself is the user's"
    ingest(settings, [path])  # named by itself: asked for
    assert identifier in held(settings) and load_choices(settings).removed == {}


@pytest.mark.parametrize("identifier", [PLAN, DECREE])
def test_shipped_documents_and_cards_can_be_removed_and_brought_back(
    settings: Settings, identifier: str
) -> None:
    ingest(settings)
    remove(settings, identifier)
    ingest(settings, rebuild=True)
    assert identifier not in held(settings)
    with pytest.raises(TrolyError, match="Kho không có văn bản"):
        remove(settings, identifier)
    restore(settings, identifier)
    assert identifier in held(settings)
    with pytest.raises(TrolyError, match="không nằm trong số đã gỡ"):
        restore(settings, identifier)


def test_what_was_removed_cannot_be_brought_back_without_its_file(settings: Settings, tmp_path: Path) -> None:
    path = letter(tmp_path / "a.txt", 22, "trồng mận.")
    identifier = str(result_of(ingest(settings, [path]), path).document_id)
    remove(settings, identifier)
    path.unlink()
    with pytest.raises(TrolyError, match="không còn"):
        restore(settings, identifier)
    assert identifier in load_choices(settings).removed


def test_members_of_an_archive_come_and_go_with_it(settings: Settings, tmp_path: Path) -> None:
    files = [letter(tmp_path / f"{n}.txt", n, f"việc {n} của bản.") for n in (23, 24)]
    path = tmp_path / "nhieu.zip"

    def pack(*chosen: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for file in chosen:
                archive.write(file, f"thư mục/{file.name}")
            archive.writestr("hong.pdf", b"khong phai pdf\n\0")

    pack(*files)
    report = ingest(settings, [path])
    assert [r.status for r in report.files if "nhieu.zip" in r.path] == ["added", "added", "refused"]
    assert "việc 23 của bản" in texts(settings) and "việc 24 của bản" in texts(settings)
    pack(files[1])
    ingest(settings)
    assert "việc 23 của bản" not in texts(settings) and "việc 24 của bản" in texts(settings)
    path.unlink()
    ingest(settings)
    assert "việc 24 của bản" not in texts(settings)


def test_the_same_text_in_another_format_is_noticed(settings: Settings, tmp_path: Path) -> None:
    first = letter(tmp_path / "a.txt", 25, "mở chợ phiên.")
    lines = [line for line in first.read_text("utf-8").splitlines() if line.strip()]
    second = make_docx(tmp_path / "b.docx", lines)
    ingest(settings, [first])
    result = result_of(ingest(settings, [second]), second)
    assert (result.status, result.message) == ("unchanged", f"Cùng nội dung với {first}.")


def plan(path: Path, title: str) -> Path:
    letter(path, None, "làm việc.")
    path.write_text(path.read_text("utf-8").replace("Về việc làm đẹp xã Thử", title), "utf-8")
    return path


def test_a_second_plan_of_one_commune_and_month_lives_beside_the_first(
    settings: Settings, tmp_path: Path
) -> None:
    first = plan(tmp_path / "a.txt", "Phòng, chống cháy rừng mùa khô")
    second = plan(tmp_path / "b.txt", "Chuyển đổi số trong trường học")
    report = ingest(settings, [first, second])
    ids = [result_of(report, path).document_id for path in (first, second)]
    assert len(set(ids)) == 2 and str(ids[1]).startswith(f"{ids[0]}-chuyen-doi-so")
    again = ingest(settings, rebuild=True)
    assert [result_of(again, path).document_id for path in (first, second)] == ids
    assert {"unchanged"} == {result_of(again, path).status for path in (first, second)}


def test_a_trial_run_reports_and_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    path = letter(tmp_path / "a.txt", 26, "đào ao.")
    report = ingest(settings, [path], dry_run=True)
    assert result_of(report, path).status == "added" and len(report.documents) > 1
    assert not settings.data_dir.exists()


def test_an_encoding_that_the_user_named_is_remembered(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "cu.txt"
    path.write_bytes("¸o".encode("cp1252") + b"\n" + TCVN3.split("\n")[0][:12].encode("cp1252"))
    assert "--encoding" in result_of(ingest(settings, [path]), path).message, "too short to be sure"
    ingest(settings, [path], encoding="tcvn3")
    report = ingest(settings)
    assert result_of(report, path).status == "unchanged" and "Cộng hòa" in texts(settings)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.main(list(arguments))
    return code, capsys.readouterr().out


def doubtful(path: Path) -> Path:
    letter(path, 27, "<script>alert(1)</script> trồng cây.")
    path.write_text(path.read_text("utf-8").replace("II. TỔ CHỨC", "IV. TỔ CHỨC"), "utf-8")
    return path


def test_the_report_shows_each_doubt_beside_its_source_and_runs_nothing(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "bao-cao.html"
    path = doubtful(tmp_path / "<b>.txt")
    code, printed = run(capsys, "ingest", str(path), "--report", str(page))
    assert code == 0 and "1 điều còn ngờ" in printed and "? " in printed
    html = page.read_text(encoding="utf-8")
    assert "<script>" not in html and "<b>.txt" not in html and "&lt;b&gt;.txt" in html
    doubt, source = html.split("<h2>&lt;b&gt;.txt")[1].split('<td class="source">')[0:2]
    assert "không liên tục" in doubt and "TỔ CHỨC THỰC HIỆN" in source.split("</td>")[0]


def test_ingest_tells_the_counts_of_each_document_as_json(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    doubtful(tmp_path / "a.txt")
    (tmp_path / "b.pdf").write_bytes(b"khong phai pdf\n\0")
    code, printed = run(capsys, "ingest", str(tmp_path / "*.[tp]*"), "--json")
    files = {Path(item["path"]).name: item for item in json.loads(printed)["files"]}
    assert code == 1 and files["b.pdf"]["status"] == "refused" and files["b.pdf"]["summary"] is None
    counts = files["a.txt"]["summary"]
    assert counts["number"] == "27/KH-UBND" and counts["doubts"] == len(files["a.txt"]["doubts"]) == 1
    assert counts["provisions"] > 5 and files["a.txt"]["doubts"][0]["source"]


def test_show_prints_a_document_and_a_provision(
    data_dir: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run(capsys, "ingest")
    code, printed = run(capsys, "show", PLAN)
    assert code == 0 and "Kế hoạch (chưa có số)" in printed and "\n  IV.1" in printed
    code, printed = run(capsys, "show", f"{PLAN}:IV.1", "--json")
    shown = json.loads(printed)
    assert [p["id"] for p in shown["provisions"]][:2] == [f"{PLAN}:IV.1", f"{PLAN}:IV.1.p1"]
    assert shown["document"]["id"] == PLAN and shown["provisions"][1]["text"].startswith("Chủ trì")
    assert cli.main(["show", "khong-co"]) == 1
    assert cli.main(["show", f"{PLAN}:X.9"]) == 1


def test_remove_says_how_to_bring_back_and_lists_what_is_gone(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "ingest")
    assert run(capsys, "remove") == (0, "Chưa gỡ văn bản nào.\n")
    code, printed = run(capsys, "remove", PLAN)
    assert code == 0 and f"troly remove --restore {PLAN}" in printed
    assert [item["id"] for item in json.loads(run(capsys, "remove", "--json")[1])["removed"]] == [PLAN]
    code, printed = run(capsys, "remove", "--restore", PLAN, "--json")
    assert code == 0 and json.loads(printed)["restored"] is True
