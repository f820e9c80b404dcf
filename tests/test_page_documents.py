"""Văn bản: the table of the library, a document with its outline, tables and references, and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from assistant.app.document_page import incoming, mentions, render_document
from assistant.app.library_page import Row, View, matching, render_library
from assistant.app.states import standing_of
from corpus.model import ParsedDocument, Reference
from corpus.settings import Settings
from corpus.status import status_of
from corpus.store import Library, StoredDocument, write_store
from tests.fakes import NO_CATALOG, XSS, make_document, sample_assistant, sample_documents
from tests.pages import PHONE, Visit, office, running
from tests.test_app import Elements

DAY = "2026-11-25"


def with_table() -> ParsedDocument:
    """Return a plan with an appendix table of two rows and a reference to an article of the decree."""
    head = "TT; Nhiệm vụ; Thời hạn"
    rows = [
        ("pl1.r0", "row", "", "", head, []),
        ("pl1.r1", "row", "1", "", "TT: 1; Nhiệm vụ: Rà soát; Thời hạn: Tháng 6", []),
        ("pl1.r2", "row", "2", "", "TT: 2; Nhiệm vụ: <b onclick=window.hacked=1>; Thời hạn: Quý IV", []),
    ]
    made = make_document(
        "qd-bang-2026",
        [
            ("d1", "article", "1", "", "Điều 1. Thực hiện theo Điều 60 Nghị định 999/2025/NĐ-CP.", []),
            ("pl1", "appendix", "I", "DANH MỤC", "Phụ lục I. DANH MỤC", rows),
        ],
        kind="Quyết định", number="1/QĐ-UBND", title="Quyết định có bảng", issuer="UBND xã Thử",
        issued="2026-05-01",
    )  # fmt: skip
    text = made.document.text
    provisions = []
    for provision in made.provisions:
        cells = []
        for name in ("TT", "Nhiệm vụ", "Thời hạn"):
            found = re.compile(rf"{name}: ([^;]*)").search(text, provision.start, provision.own_end)
            if provision.kind == "row" and found:
                cells.append((name, found.start(1), found.end(1)))
        provisions.append(replace(provision, cells=tuple(cells)))
    at = text.index("Điều 60")
    words = "Điều 60 Nghị định 999/2025/NĐ-CP"
    reference = Reference("qd-bang-2026:d1", at, at + len(words), words, "cites", "nd-thu-2025:d60")
    return replace(made, provisions=tuple(provisions), references=(reference,))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    path = tmp_path_factory.mktemp("bang") / "store.sqlite"
    parsed = [*sample_documents(), with_table()]
    write_store(path, [StoredDocument(one, (), None, None) for one in parsed], {})
    return Library(path, "thu-2")


@pytest.fixture(scope="module")
def address(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page over a library that has a table and a reference as well."""
    with running(Settings(data_dir=tmp_path_factory.mktemp("data")), sample_assistant(library)) as served:
        yield served


def _rows(library: Library) -> list[Row]:
    return [
        Row(one, standing_of(status_of(library, one, DAY, NO_CATALOG), str), len(library.provisions(one.id)))
        for one in library.documents()
    ]


@pytest.mark.parametrize(
    ("view", "ids"),
    [
        (View("nghi dinh 999"), ["nd-thu-2025"]),  # without marks, words of the number
        (View("UBND xã Thử", kind="Kế hoạch"), ["kh-thu-2026"]),  # issuer and kind
        (View(basis="card"), ["luat-thu-2025"]),
        (View("không có"), []),
        # newest first; a month alone counts by what it has
        (
            View(sort="issued", down=True),
            ["qd-bang-2026", "kh-thu-2026", "cv-xss", "luat-thu-2025", "nd-thu-2025"],
        ),
        # what is not known stands last whichever way it is sorted
        (View("nghi dinh thu", sort="effective", down=True), ["nd-thu-2025"]),
    ],
)  # fmt: skip
def test_the_table_is_searched_and_sorted(library: Library, view: View, ids: list[str]) -> None:
    assert [row.document.id for row in matching(_rows(library), view)] == ids


def test_table_and_document_are_inert_whatever_they_hold(library: Library) -> None:
    seen = Elements(render_library(_rows(library), 5, View()))
    shown = [seen]
    for document in library.documents():
        standing = standing_of(status_of(library, document, DAY, NO_CATALOG), str)
        shown.append(Elements(render_document(library, document, standing, str)))
    for one in shown:
        assert not {"script", "img", "iframe", "style", "svg", "b", "math", "textarea"} & one.tags
        assert not [name for name, _ in one.attributes if name.startswith("on") or name == "style"]
        links = [value for name, value in one.attributes if name == "href"]
        assert all(link.startswith(("/?document=", "/?provision=", "/?view=")) for link in links)
    assert all(payload in shown[4].text for payload in XSS), "every payload is there, as text"


def test_a_document_loses_nothing_of_its_text(library: Library) -> None:
    for document in library.documents():
        standing = standing_of(status_of(library, document, DAY, NO_CATALOG), str)
        shown = "".join(Elements(render_document(library, document, standing, str)).text.split())
        for provision in library.provisions(document.id):
            if provision.kind != "row":
                assert "".join(library.own_text(provision).split()) in shown, provision.id
            for _, start, end in provision.cells:
                assert "".join(document.text[start:end].split()) in shown


def test_sizes_count_the_provisions_of_every_document(library: Library) -> None:
    assert library.sizes() == {one.id: len(library.provisions(one.id)) for one in library.documents()}


def test_references_are_told_in_both_directions(library: Library) -> None:
    back = mentions(library, incoming(library, "nd-thu-2025"), by_source=True)
    assert [(one.document_id, one.kinds, [p.id for p in one.places]) for one in back] == [
        ("qd-bang-2026", ("cites",), ["qd-bang-2026:d1"])
    ]
    assert incoming(library, "kh-thu-2026") == []


@pytest.mark.slow
def test_library_to_document_to_its_references_and_back(visit: Visit) -> None:
    person = visit()
    page = person.page
    page.get_by_role("link", name="Văn bản", exact=True).click()
    expect(page.locator("#page-library h2")).to_be_focused()
    page.get_by_role("searchbox", name="Tìm", exact=True).fill("quyet dinh co bang")
    expect(page.locator("#library tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Quyết định 1/QĐ-UBND").click()
    expect(page.locator("#document h2")).to_have_text("Quyết định 1/QĐ-UBND")
    assert page.url.endswith("/?document=qd-bang-2026")
    table = page.locator("#document table")
    expect(table.locator("thead th")).to_have_text(["TT", "Nhiệm vụ", "Thời hạn"])
    expect(table.locator("tbody tr").first.locator("td")).to_have_text(["1", "Rà soát", "Tháng 6"])
    page.locator("#document .doc-text .ref").click()
    expect(page.locator("#document h2")).to_have_text("Nghị định 999/2025/NĐ-CP")
    expect(page.locator('[data-place="nd-thu-2025:d60"]')).to_be_in_viewport()
    expect(page.locator(".refs")).to_contain_text("Được dẫn từ 1")
    page.locator(".outline").get_by_role("link", name="Điều 3.").click()
    expect(page.locator('[data-place="nd-thu-2025:d3"]')).to_be_in_viewport()
    page.go_back()
    page.go_back()
    expect(page.locator("#document h2")).to_have_text("Quyết định 1/QĐ-UBND")
    page.go_back()
    expect(page.locator("#library tbody tr")).to_have_count(1)
    page.get_by_role("searchbox", name="Tìm", exact=True).fill("")
    expect(page.locator("#library tbody tr")).to_have_count(5)
    page.get_by_role("button", name="Ban hành", exact=True).click()
    expect(page.locator("[aria-sort=ascending]")).to_contain_text("Ban hành")
    expect(page.locator("#library tbody th").first).to_contain_text("Nghị định 999")


def test_a_document_opens_cold_and_from_a_citation(visit: Visit) -> None:
    cold = visit("/?document=nd-thu-2025&at=nd-thu-2025:d40.k1")
    expect(cold.page.locator("#document .target")).to_be_in_viewport()
    expect(cold.page.locator("#desk")).to_be_hidden()
    expect(cold.page.locator(".nav [aria-current=page]")).to_have_text("Văn bản")
    expect(visit("/?document=khong-co").page.locator("#document")).to_contain_text("Không mở được")
    person = visit()
    person.ask("Điều 60?").locator(".chip").first.click()
    person.page.get_by_role("link", name="Mở văn bản").click()
    expect(person.page.locator('[data-place="nd-thu-2025:d60.k2"]')).to_be_in_viewport()
    person.page.get_by_role("button", name="Hỏi trong văn bản này").click()
    expect(person.page.get_by_label("Tìm trong")).to_have_value("nd-thu-2025")
    expect(person.box).to_be_focused()
    expect(person.page.locator(".turn")).to_have_count(1)


@pytest.mark.slow
def test_on_a_phone_rows_are_cards_and_a_citation_leads_to_the_document(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    person = office(browser, address, **PHONE)
    page = person.open("/?view=van-ban")
    expect(page.locator("#library tbody tr")).to_have_count(5)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"
    page.get_by_role("link", name="Hỏi đáp").tap()
    person.ask("Điều 60?").locator(".chip").first.tap()
    page.get_by_role("link", name="Mở văn bản").tap()
    expect(page.locator('[data-place="nd-thu-2025:d60.k2"]')).to_be_in_viewport()
    expect(page.locator("#panel")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"
    person.check()
    person.context.close()
