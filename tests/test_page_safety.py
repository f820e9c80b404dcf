"""A corpus of hostile texts in every place that people or documents fill: all is shown, nothing runs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from assistant import passphrase
from assistant.antecedents import Past
from assistant.app.document_page import render_document, render_no_document
from assistant.app.library_page import Row, View, render_library, render_library_form
from assistant.app.rail import render_earlier
from assistant.app.render import Turn, render_turn
from assistant.app.scope import render_scope
from assistant.app.source import render_missing_source, render_source
from assistant.app.states import standing_of
from assistant.app.store import Waiting
from assistant.app.store_page import render_store
from assistant.app.tasks_page import Filters, render_tasks, render_tasks_form
from assistant.app.tasks_page import Row as TaskRow
from assistant.feedback import Feedback
from assistant.history import Summary
from corpus.settings import Settings
from corpus.status import status_of
from corpus.store import Library, StoredDocument, write_store
from ingest.choices import Removed
from tests.fakes import NO_CATALOG, FakeAssistant, answer_of, citation_of, make_document
from tests.pages import office, running
from tests.test_app import Elements
from tests.xss import PAYLOADS

DAY = "2026-11-25"
BAD_TAGS = {
    "script", "img", "svg", "animate", "body", "video", "source", "audio", "iframe", "object", "math", "form",
    "style", "base", "meta", "link", "b", "mglyph", "embed",
}  # fmt: skip


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> FakeAssistant:
    """A library whose every word is hostile, and an answer that cites all of it."""
    nodes = [
        (f"p{n}", "paragraph", "", payload if n % 3 == 0 else "", payload, [])
        for n, payload in enumerate(PAYLOADS, 1)
    ]
    nasty = make_document(
        "cv-xau", nodes, kind="Công văn", number=PAYLOADS[2], title=PAYLOADS[0], issuer=PAYLOADS[3],
        issued="2026-01-02", signer=PAYLOADS[4], signer_title=PAYLOADS[5], source_name=PAYLOADS[6],
        warnings=PAYLOADS[:5], missing=PAYLOADS[5:9],
    )  # fmt: skip
    path = tmp_path_factory.mktemp("xau") / "store.sqlite"
    write_store(path, [StoredDocument(nasty, (), None, None)], {})
    library = Library(path, "xau-1")
    cited = tuple(
        citation_of(library, f"cv-xau:p{n}", payload, label=payload, title=payload, warnings=(payload,))
        for n, payload in enumerate(PAYLOADS[:90], 1)
    )
    answer = answer_of(
        library, "xấu", answer="\n".join(f"{p} [{n}]" for n, p in enumerate(PAYLOADS[:90], 1)),
        citations=cited, warnings=PAYLOADS, follow_ups=PAYLOADS[:20], understood=PAYLOADS[7],
    )  # fmt: skip
    return FakeAssistant(library, {"xấu": answer})


def _inert(markup: str, *expected: str) -> None:
    seen = Elements(markup)
    assert not seen.tags & BAD_TAGS
    for name, value in seen.attributes:
        assert not name.startswith("on") and name not in {"style", "src", "srcdoc", "action", "autofocus"}
        if name == "href":
            assert value.startswith(("/?", "/api/v1/export/", "./"))
    said = seen.text + " ".join(value for _, value in seen.attributes)
    assert not [payload for payload in expected if payload not in said]


def test_there_are_enough_of_them() -> None:
    assert len(set(PAYLOADS)) >= 100


def test_every_view_shows_the_whole_corpus_as_text(assistant: FakeAssistant, tmp_path: Path) -> None:
    library = assistant.library
    document = library.documents()[0]
    standing = standing_of(status_of(library, document, DAY, NO_CATALOG), lambda _: PAYLOADS[0])
    _inert(render_document(library, document, standing, str), *PAYLOADS)
    _inert(render_library([Row(document, standing, 1)], 1, View(PAYLOADS[0])), PAYLOADS[0], PAYLOADS[3])
    _inert(render_library_form(PAYLOADS), *PAYLOADS)
    _inert(render_scope(library), PAYLOADS[2])
    turn = Turn(1, " ".join(PAYLOADS), assistant.table["xấu"], "", "a" * 22, 1, PAYLOADS[1], PAYLOADS[2])
    _inert(render_turn(turn), *PAYLOADS)
    summaries = [Summary("a" * 22, payload, 1, "2026-11-25T00:00:00+00:00") for payload in PAYLOADS]
    _inert(render_earlier(summaries, kept=True), *PAYLOADS)
    votes = Feedback(tmp_path / "feedback.sqlite")
    for payload in PAYLOADS:
        votes.give(Past(payload, payload, assistant.table["xấu"]), "down", "wrong", payload)
    for payload in PAYLOADS:
        _inert(render_source(library, library.provision(f"cv-xau:p{PAYLOADS.index(payload) + 1}")), payload)
        _inert(render_missing_source(payload[:200]))
        _inert(render_no_document(payload[:200]))
        _inert(render_earlier([], kept=True, matching=payload), payload)
    waiting = [Waiting("k" * 16, Path(payload.replace("/", "_")), refused=payload) for payload in PAYLOADS]
    gone = {payload: Removed(None, payload, "2026-11-25") for payload in PAYLOADS}
    _inert(render_store(library, waiting, gone, votes.votes()), *PAYLOADS)
    task = {
        "unit": PAYLOADS[0], "role": "lead", "what": " ".join(PAYLOADS), "cooperates": list(PAYLOADS),
        "deadline": PAYLOADS[1], "legal_basis": list(PAYLOADS), "label": PAYLOADS[2],
        "fields": list(PAYLOADS), "document_id": PAYLOADS[3], "provision_id": PAYLOADS[4],
    }  # fmt: skip
    _inert(render_tasks([TaskRow(task, date(2026, 12, 1))], 1, Filters(PAYLOADS[0]), date(2026, 11, 25)))
    _inert(render_tasks_form(PAYLOADS, [(payload, payload) for payload in PAYLOADS]), *PAYLOADS)


@pytest.mark.slow
def test_nothing_of_the_corpus_runs_in_a_browser(
    browser: Browser, assistant: FakeAssistant, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path)
    passphrase.set_passphrase(settings, "bốn từ dễ nhớ")
    votes = Feedback(settings.feedback_path)
    for payload in PAYLOADS:
        votes.give(Past(payload, payload, assistant.table["xấu"]), "down", "", payload)
    with running(settings, assistant) as address:
        person = office(browser, address)
        page = person.open()
        for payload in PAYLOADS[:3]:
            person.ask(payload)
        turn = person.ask("xấu")
        turn.locator(".chip").first.click()
        expect(page.locator("#source mark")).to_have_text(PAYLOADS[0])
        page.locator("#rail").get_by_role("button", name="Đổi tên").first.click()
        page.keyboard.type(PAYLOADS[2][:80])
        page.keyboard.press("Enter")
        expect(page.locator(".talk-title").first).to_have_text(PAYLOADS[2])
        page.get_by_role("link", name="Mở văn bản").click()
        expect(page.locator("#document .doc-text")).to_contain_text(PAYLOADS[-1])
        page.get_by_role("link", name="Văn bản", exact=True).click()
        expect(page.locator("#library tbody tr")).to_have_count(1)
        page.get_by_role("link", name="Kho", exact=True).click()
        page.get_by_label("Cụm mật khẩu").fill("bốn từ dễ nhớ")
        page.keyboard.press("Enter")
        expect(page.locator(".vote-item")).to_have_count(len(PAYLOADS))
        for name in ("<img src=x onerror=window.hacked=1>.txt", "x' onload='window.hacked=1.pdf"):
            file = {"name": name, "mimeType": "text/plain", "buffer": b"\x00\x01"}
            page.locator("[data-files]").set_input_files(file)  # type: ignore[arg-type]
            page.wait_for_selector("#store-says:not(:empty)")
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            page.mouse.move(200, 300)
        assert page.evaluate("window.hacked") is None
        bad = "#log, #source, #library, #document, #store, #earlier"
        found = page.evaluate(
            "([roots, tags]) => [...document.querySelectorAll(roots)].flatMap(root =>"
            " [...root.querySelectorAll(tags)].map(e => e.outerHTML.slice(0, 80)))",
            [bad, ",".join(sorted(BAD_TAGS))],
        )
        assert found == []
        person.check()
        person.context.close()
