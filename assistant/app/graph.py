"""How documents hang together: a drawing by matplotlib whose nodes are links, and the same as a list.

Laws stand on top, what rests on them below: a row for each rank. matplotlib is imported when a drawing is
first asked for, so that the page opens without it.
"""

from __future__ import annotations

import os
import re
import textwrap
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from io import BytesIO
from pathlib import Path

from assistant.app.document_page import RELATIONS
from assistant.app.library_page import document_link, open_document
from assistant.app.render import display_number
from corpus.model import RelationKind
from corpus.store import Library

MAX_NODES = 40
"""Documents of one drawing, those with the most relations; more cannot be told apart on a screen."""
_ROW = 5  # documents beside each other
_CELL, _STEP = 2.45, 1.25  # inches of one document across, from row to row
_ARC = 0.35  # bend of an arrow within a row; it hangs half as far down as it is long, times this
_LINE = 24  # letters of a line in a node
_LABELLED = 16  # relations up to which each one carries its name
_RANKS = (
    ("Hiến pháp", "Bộ luật", "Luật", "Pháp lệnh", "Lệnh"),
    ("Nghị quyết", "Nghị định", "Kết luận", "Chỉ thị"),
    ("Thông tư", "Quyết định", "Quy định", "Quy chế"),
)
_STRONG: frozenset[RelationKind] = frozenset({"amends", "replaces", "repeals"})
# Colours that no text has; each becomes the page's own, light or dark.
_INK, _SOFT, _PAPER, _ACCENT, _FIELD = "#010101", "#020202", "#030303", "#040404", "#050505"
_VARIABLES = {_INK: "ink", _SOFT: "soft", _PAPER: "paper", _ACCENT: "accent", _FIELD: "field"}
_one_at_a_time = threading.Lock()  # matplotlib's settings are of the whole process

NameOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Edge:
    """One document's relation to another: in which ways."""

    source: str
    target: str
    kinds: tuple[RelationKind, ...]

    @property
    def words(self) -> str:
        """What it is called: "căn cứ, dẫn chiếu"."""
        return ", ".join(RELATIONS[kind] for kind in self.kinds)


def edges_of(library: Library) -> list[Edge]:
    """Return the relations between two documents that the library names, in its order."""
    found: dict[tuple[str, str], dict[RelationKind, None]] = {}

    def add(source: str | None, target: str | None, kind: RelationKind) -> None:
        one, two = ((identifier or "").partition(":")[0] for identifier in (source, target))
        if one and two and one != two:
            found.setdefault((one, two), {})[kind] = None

    for document_id in library.document_ids():
        for relation in library.relations(document_id):
            add(relation.source, relation.target, relation.kind)
        for reference in library.references(document_id):
            add(reference.provision_id, reference.target, reference.kind)
    order: tuple[RelationKind, ...] = tuple(RELATIONS)
    # A plain mention beside a named relation says nothing more.
    return [
        Edge(*pair, tuple(k for k in order if k in kinds and (k != "cites" or len(kinds) == 1)))
        for pair, kinds in found.items()
    ]


def chosen(edges: Sequence[Edge], around: str = "") -> list[Edge]:
    """Return the relations to draw: those ``around`` a document, or between those that have the most."""
    if around:
        edges = [edge for edge in edges if around in (edge.source, edge.target)]
    degree = Counter(end for edge in edges for end in (edge.source, edge.target))
    if around:
        degree[around] += len(edges)
    kept = {name for name, _ in degree.most_common(MAX_NODES)}
    return [edge for edge in edges if edge.source in kept and edge.target in kept]


def rows_of(edges: Sequence[Edge], name_of: NameOf) -> list[list[str]]:
    """Return the documents of ``edges`` in rows by rank, each near the documents it is tied to."""
    nodes = list(dict.fromkeys(end for edge in edges for end in (edge.source, edge.target)))
    ranks: list[list[str]] = [[] for _ in range(len(_RANKS) + 1)]
    for node in nodes:
        name = name_of(node)
        ranks[next((n for n, kinds in enumerate(_RANKS) if name.startswith(kinds)), len(_RANKS))].append(node)
    at = {node: float(place) for rank in ranks for place, node in enumerate(rank)}
    beside: dict[str, list[str]] = {node: [] for node in nodes}
    for edge in edges:
        beside[edge.source].append(edge.target)
        beside[edge.target].append(edge.source)
    for _ in range(4):  # barycentres settle in a few rounds
        for rank in ranks:
            rank.sort(key=lambda node: sum(at[other] for other in beside[node]) / len(beside[node]))
            width = max(len(rank) - 1, 1)
            at |= {node: place / width for place, node in enumerate(rank)}
    return [rank[start : start + _ROW] for rank in ranks for start in range(0, len(rank), _ROW)]


def _lowest(x1: float, y1: float, x2: float, y2: float) -> float:
    """Return how far down (inches) the arrow between two places reaches, with its name."""
    return max(y1, y2) if y1 != y2 else y1 + _ARC / 2 * abs(x2 - x1) + _STEP / 4


@lru_cache(maxsize=16)
def _svg(rows: tuple[tuple[tuple[str, str, bool], ...], ...], edges: tuple[Edge, ...], cache: Path) -> str:
    """Return the drawing; ``rows`` of (id, name, held by the library); ``cache``: for matplotlib's fonts."""
    os.environ.setdefault("MPLCONFIGDIR", str(cache))
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    across = max(map(len, rows)) * _CELL
    places = {
        node: ((x + 0.5) * across / len(row), (y + 0.5) * _STEP)
        for y, row in enumerate(rows)
        for x, (node, _, _) in enumerate(row)
    }
    height = max(
        [len(rows) * _STEP, *(_lowest(*places[edge.source], *places[edge.target]) for edge in edges)]
    )
    options = {"svg.fonttype": "none", "svg.hashsalt": "troly", "font.family": "DejaVu Sans"}
    with _one_at_a_time, matplotlib.rc_context(options):
        figure = Figure(figsize=(across, height))
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, across)
        axes.set_ylim(height, 0)
        boxes = {}
        for row in rows:
            for identifier, name, held in row:
                boxes[identifier] = axes.text(
                    *places[identifier],
                    "\n".join(textwrap.wrap(name, _LINE)[:3]),
                    url=document_link(identifier) if held else None,
                    ha="center", va="center", fontsize=10.5, parse_math=False, zorder=3,
                    color=_ACCENT if held else _SOFT,
                    bbox={
                        "boxstyle": "round,pad=0.5", "facecolor": _PAPER, "linewidth": 1.4 if held else 1,
                        "edgecolor": _ACCENT if held else _FIELD, "linestyle": "-" if held else "--",
                    },
                )  # fmt: skip
        figure.draw_without_rendering()  # frames have no size before; an arrow would end under its frame
        for edge in edges:
            one, two = boxes[edge.source], boxes[edge.target]
            (x1, y1), (x2, y2) = places[edge.source], places[edge.target]
            level = y1 == y2
            strong = not _STRONG.isdisjoint(edge.kinds)
            axes.annotate(
                "", xy=(x2, y2), xytext=(x1, y1), zorder=1,
                arrowprops={
                    "arrowstyle": "-|>",
                    "patchA": one.get_bbox_patch(), "patchB": two.get_bbox_patch(),
                    "shrinkA": 1, "shrinkB": 3, "color": _INK if strong else _SOFT,
                    "linewidth": 2.2 if strong else 1.1,
                    "linestyle": "--" if edge.kinds == ("cites",) else "-",
                    "connectionstyle": f"arc3,rad={(_ARC if x1 < x2 else -_ARC) if level else 0.05}",
                },
            )  # fmt: skip
            if strong or len(edges) <= _LABELLED:
                # Nearer to the source: where many arrows meet, their names would lie on each other.
                bow = _ARC / 2 * abs(x2 - x1) if level else 0.0
                axes.text(
                    x1 + 0.42 * (x2 - x1), y1 + 0.42 * (y2 - y1) + bow, edge.words, ha="center", va="center",
                    fontsize=8.5, color=_INK, parse_math=False, zorder=2,
                    bbox={"boxstyle": "round,pad=0.15", "facecolor": _PAPER, "edgecolor": "none"},
                )  # fmt: skip
        file = BytesIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return _ours(file.getvalue().decode("utf-8"))


_LINK = re.compile(r'<a xlink:href="(/\?document=([^"&]*))" target="_blank">')


def _ours(svg: str) -> str:
    """Return matplotlib's file as a part of our page: its colours ours, its links opened in the page."""
    svg = svg[svg.index("<svg ") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)
    svg = _LINK.sub(r'<a href="\1" data-document="\2" class="graph-link">', svg)
    svg = re.sub(r"font-family: [^;]*;", "", svg)
    for colour, name in _VARIABLES.items():
        svg = svg.replace(colour, f"var(--{name})")
    return svg.replace(
        "<svg ", '<svg role="group" aria-label="Sơ đồ; danh sách bên dưới nói cùng nội dung" ', 1
    )


def _list(library: Library, edges: Sequence[Edge], name_of: NameOf) -> str:
    def named(identifier: str) -> str:
        name = name_of(identifier)
        if identifier in library:
            return open_document(identifier, name)
        return f'<strong>{escape(name)}</strong> <span class="absent">(chưa có trong kho)</span>'

    groups: dict[str, list[Edge]] = {}
    for edge in edges:
        groups.setdefault(edge.source, []).append(edge)
    items = "".join(
        f"<li>{named(source)}<ul>"
        + "".join(f"<li>{escape(edge.words)}: {named(edge.target)}</li>" for edge in group)
        + "</ul></li>"
        for source, group in groups.items()
    )
    return f'<h4>Danh sách quan hệ</h4><ul class="graph-list">{items}</ul>'


def render_graph(library: Library, name_of: NameOf, cache: Path, around: str = "") -> str:
    """Return the drawing with its legend and list, of the whole library or ``around`` one document.

    ``cache``: a folder where matplotlib may keep what it knows of the machine's fonts.
    """
    every = edges_of(library)
    edges = chosen(every, around)
    if not edges:
        return '<p class="none">Chưa đọc được quan hệ nào với văn bản khác.</p>'
    rows = tuple(
        tuple((node, name_of(node), node in library) for node in row) for row in rows_of(edges, name_of)
    )
    shown = sum(map(len, rows))
    ends = {end for edge in every if not around or around in (edge.source, edge.target)
            for end in (edge.source, edge.target)}  # fmt: skip
    more = len(ends) - shown
    left = f" Còn {display_number(more)} văn bản ít quan hệ hơn không vẽ." if more else ""
    return (
        f'<p class="graph-legend">{display_number(shown)} văn bản, {display_number(len(edges))} quan hệ.'
        f"{left} Mũi tên đi từ văn bản nêu đến văn bản được nêu; nét đậm: sửa đổi, thay thế, bãi bỏ; "
        "nét đứt: chỉ dẫn chiếu. "
        "Khung liền: có trong kho, bấm vào tên để mở; khung đứt: chưa có trong kho.</p>"
        f'<div class="graph-frame" tabindex="0" role="region" aria-label="Sơ đồ quan hệ">'
        f"{_svg(rows, tuple(edges), cache)}</div>{_list(library, edges, name_of)}"
    )


def render_graph_opener(around: str = "") -> str:
    """Return what opens the drawing; static/views.js fetches it then."""
    words = "Sơ đồ quan hệ với văn bản khác" if around else "Sơ đồ quan hệ giữa các văn bản"
    return (
        f'<details class="graph" data-graph="{escape(around)}"><summary>{words}</summary>'
        '<div class="graph-box" aria-live="polite"></div></details>'
    )
