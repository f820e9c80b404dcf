"""The drawing of relations between documents: what is drawn, its links, its list, and that it stays inert."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

from assistant.app.graph import MAX_NODES, Edge, chosen, edges_of, render_graph, rows_of
from assistant.app.graph import _svg as drawing
from corpus.model import ParsedDocument, Reference, Relation
from corpus.settings import Settings
from corpus.store import Library, StoredDocument, write_store
from tests.fakes import XSS, FakeAssistant, make_document, sample_assistant, sample_documents
from tests.pages import READY_MS, Visit, running
from tests.test_app import Elements
from tests.test_page_documents import with_table

CACHE = Path.home() / ".cache" / "matplotlib"
"""Where a machine that has matplotlib knows its fonts already."""


def _related() -> list[ParsedDocument]:
    """The sample documents; the plan rests on the decree, changes the law and names one that is not held."""
    plan, decree, card, nasty = sample_documents()
    mention = Reference("kh-thu-2026:I.1", 0, 1, "x", "cites", "nd-thu-2025:d60")
    relations = (
        Relation("based_on", "kh-thu-2026", "nd-thu-2025", "Nghị định"),
        Relation("amends", "kh-thu-2026", "luat-thu-2025", "Luật"),
        Relation("implements", "kh-thu-2026", "nq-vang-2026", "Nghị quyết"),
        Relation("replaces", "kh-thu-2026", None, "một văn bản không rõ"),
    )
    plan = replace(plan, relations=relations, references=(mention, mention))
    nasty = replace(nasty, references=(Reference("cv-xss:p1", 0, 1, "x", "cites", "nd-thu-2025"),))
    return [plan, decree, card, nasty, with_table()]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    path = tmp_path_factory.mktemp("so-do") / "store.sqlite"
    write_store(path, [StoredDocument(one, (), None, None) for one in _related()], {})
    return Library(path, "thu-7")


class Named(FakeAssistant):
    """Knows the name of a document that the library does not hold, as a catalog does."""

    def name_of(self, identifier: str) -> str:
        return "Nghị quyết 1/NQ-TU" if identifier == "nq-vang-2026" else super().name_of(identifier)


@pytest.fixture(scope="module")
def assistant(library: Library) -> Named:
    return Named(library, sample_assistant(library).table)


@pytest.fixture(scope="module")
def address(assistant: Named, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(Settings(data_dir=tmp_path_factory.mktemp("data")), assistant) as served:
        yield served


def test_relations_are_named_once_and_what_is_unresolved_is_left_out(library: Library) -> None:
    assert [(edge.source, edge.target, edge.words) for edge in edges_of(library)] == [
        ("kh-thu-2026", "nd-thu-2025", "căn cứ"),  # the plain mention beside it says nothing more
        ("kh-thu-2026", "luat-thu-2025", "sửa đổi, bổ sung"),
        ("kh-thu-2026", "nq-vang-2026", "thực hiện"),
        ("cv-xss", "nd-thu-2025", "dẫn chiếu"),
        ("qd-bang-2026", "nd-thu-2025", "dẫn chiếu"),
    ]


def test_one_document_shows_its_own_relations_and_a_large_library_those_with_most(library: Library) -> None:
    around = chosen(edges_of(library), "qd-bang-2026")
    assert [(edge.source, edge.target) for edge in around] == [("qd-bang-2026", "nd-thu-2025")]
    star = [Edge(f"d{n}", "m", ("cites",)) for n in range(100)]
    nodes = {end for edge in chosen(star) for end in (edge.source, edge.target)}
    assert len(nodes) == MAX_NODES and "m" in nodes
    assert chosen(star, "d99") == [star[99]]


def test_laws_stand_above_what_rests_on_them(library: Library, assistant: Named) -> None:
    rows = rows_of(edges_of(library), assistant.name_of)
    assert rows[0] == ["luat-thu-2025"] and set(rows[1]) == {"nd-thu-2025", "nq-vang-2026"}
    assert rows[2] == ["qd-bang-2026"] and set(rows[3]) == {"kh-thu-2026", "cv-xss"}
    assert max(map(len, rows_of([Edge(f"d{n}", "m", ("cites",)) for n in range(30)], str))) == 5


def test_the_drawing_is_inert_well_formed_and_told_as_a_list_too(library: Library, assistant: Named) -> None:
    markup = render_graph(library, assistant.name_of, CACHE)
    svg = markup[markup.index("<svg") : markup.index("</svg>") + 6]
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "group" and root.get("aria-label")
    links = [one.get("data-document") for one in root.iter("{http://www.w3.org/2000/svg}a")]
    assert set(links) == {"kh-thu-2026", "nd-thu-2025", "luat-thu-2025", "qd-bang-2026", "cv-xss"}
    assert "nq-vang-2026" not in links, "what is not held cannot be opened"
    seen = Elements(markup)
    assert not seen.tags & {"script", "img", "iframe", "style", "metadata", "foreignObject"}
    assert not [name for name, _ in seen.attributes if name.startswith("on")]
    assert all(value.startswith("/?document=") for name, value in seen.attributes if name == "href")
    assert XSS[0][:20] in seen.text and "#0" not in svg, "every colour is one of the page's"
    said = Elements(markup[markup.index("<h4>") :]).text
    for edge in edges_of(library):
        assert f"{edge.words}: {assistant.name_of(edge.target)}" in said
    assert "Nghị quyết 1/NQ-TU (chưa có trong kho)" in said


def test_dollar_signs_are_no_formulas_and_no_relations_no_drawing(tmp_path: Path) -> None:
    odd = make_document("a", [("p1", "paragraph", "", "", "x", [])], kind="Công văn", number="$\\frac{1}$")
    odd = replace(odd, relations=(Relation("cites", "a", "b", "b"),))
    write_store(tmp_path / "store.sqlite", [StoredDocument(odd, (), None, None)], {})
    library = Library(tmp_path / "store.sqlite", "thu-8")
    name_of = lambda one: "Công văn $\\frac{1}$" if one == "a" else one  # noqa: E731
    assert "$\\frac{1}$" in render_graph(library, name_of, CACHE)
    assert "Chưa đọc được quan hệ" in render_graph(library, name_of, CACHE, "không-có")


def test_the_drawing_opens_documents_by_mouse_and_keyboard(visit: Visit) -> None:
    person = visit("/?view=van-ban")
    page = person.page
    page.get_by_text("Sơ đồ quan hệ giữa các văn bản").click()
    drawn = page.locator("#page-library .graph svg")
    expect(drawn).to_be_visible(timeout=READY_MS)
    expect(page.locator("#page-library .graph-list > li")).to_have_count(3)
    drawn.get_by_role("link", name="Nghị định").click()
    expect(page.locator("#document h2")).to_have_text("Nghị định 999/2025/NĐ-CP")
    page.get_by_text("Sơ đồ quan hệ với văn bản khác").click()
    drawn = page.locator("#document .graph svg")
    expect(drawn).to_be_visible(timeout=READY_MS)
    drawn.locator('a[data-document="qd-bang-2026"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("#document h2")).to_have_text("Quyết định 1/QĐ-UBND")
    assert page.url.endswith("/?document=qd-bang-2026")


_FILLED = re.compile(r'<path d="([^"]*)"[^>]*style="([^"]*)"')


def _boxes(svg: str, fill: str) -> list[tuple[float, float, float, float]]:
    """Return the extents (left, top, right, bottom) of every shape that is filled so."""
    found = []
    for d, style in _FILLED.findall(svg):
        if f"fill: {fill}" not in style:
            continue
        numbers = [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", d)]
        if fill == "none" and "Q" in d:
            # An arrow: half way it lies half as far out as the point that pulls it.
            x1, y1, x2, y2, x3, y3 = numbers
            numbers = [x1, y1, (x1 + 2 * x2 + x3) / 4, (y1 + 2 * y2 + y3) / 4, x3, y3]
        found.append((min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])))
    return found


def test_arrows_show_their_heads_and_are_drawn_whole() -> None:
    """Within a row, from left to right and back: such arrows hang below it; none may end under a frame."""
    row = (("a", "Kế hoạch 1", True), ("b", "Kế hoạch 2", False), ("c", "Kế hoạch 3", True))
    edges = (Edge("a", "c", ("implements",)), Edge("c", "b", ("implements",)))
    svg = drawing((row,), edges, CACHE)
    width, height = map(float, re.findall(r'viewBox="0 0 (\S+) (\S+)"', svg)[0])
    frames = [box for box in _boxes(svg, "var(--paper)") if box[2] - box[0] > 60]
    heads = _boxes(svg, "var(--soft)")
    arcs = _boxes(svg, "none")
    assert len(frames) == 3 and len(heads) == len(edges)
    for left, top, right, bottom in heads:
        over = [f for f in frames if f[0] < right and left < f[2] and f[1] < bottom and top < f[3]]
        assert not over, "a head under a frame is not seen"
    for box in [*frames, *heads, *arcs]:
        assert box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height
