"""Tables of a page, told by their ruling lines: the grid, merged cells, and the words in each cell."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as raw

from ingest.readers.layout import Word, page_lines

_SAME = 2.5  # points within which two lines are one (borders are drawn twice, cell by cell)
_MIN_LENGTH = 6.0  # points; shorter strokes are no borders
_THIN = 3.0  # points
_SLOPE = 1.0  # points by which a border may lean
_MOST_SEGMENTS = 20_000  # a drawing, not a table
_CONTINUED = 5.0  # points by which the columns of a table may move over a page break


@dataclass(slots=True)
class TableCell:
    """A cell as printed: the grid columns it covers and its text, a line a line."""

    column: int
    width: int
    text: str
    continues: bool = False


@dataclass(slots=True)
class TableRow:
    """A row of a ruled table; ``y`` is its top, ``edges`` are the table's column borders."""

    y: float
    cells: list[TableCell]
    edges: tuple[float, ...]
    first: bool

    @property
    def text(self) -> str:
        """The row's text, a tab between cells."""
        return "\t".join(cell.text for cell in self.cells)

    def continues(self, other: TableRow) -> bool:
        """True when this row may belong to the table of ``other`` on the page before: as wide a table."""
        return all(abs(self.edges[i] - other.edges[i]) <= _CONTINUED for i in (0, -1))

    def renumber(self, edges: tuple[float, ...]) -> None:
        """Count the cells' columns along ``edges``, the borders of the table that this row goes on with."""
        for cell in self.cells:
            start = _nearest(edges, self.edges[cell.column])
            end = _nearest(edges, self.edges[cell.column + cell.width])
            cell.column, cell.width = start, max(1, end - start)
        self.edges = edges


@dataclass(slots=True)
class Stroke:
    """A border: along x (``flat``) or y, at ``at``, from ``start`` to ``end``."""

    flat: bool
    at: float
    start: float
    end: float


def table_rows(strokes: list[Stroke], words: list[Word]) -> tuple[list[TableRow], list[Word]]:
    """Return the rows of the ruled tables that ``strokes`` make, and the words that stand in none."""
    rows: list[TableRow] = []
    rest = words
    for group in _groups(strokes):
        xs = _levels([s.at for s in group if not s.flat])
        ys = _levels([s.at for s in group if s.flat])
        if len(xs) < 3 or len(ys) < 2:
            continue
        inside = [
            w for w in rest if xs[0] - 1 <= (w.x0 + w.x1) / 2 <= xs[-1] + 1 and ys[0] <= w.y <= ys[-1] + 2
        ]
        if not any(word.text != " " for word in inside):
            continue
        taken = set(map(id, inside))
        rest = [word for word in rest if id(word) not in taken]
        rows += _grid(group, xs, ys, inside)
    return rows, rest


def _grid(group: Sequence[Stroke], xs: list[float], ys: list[float], words: list[Word]) -> Iterator[TableRow]:
    flats = [s for s in group if s.flat]
    uprights = [s for s in group if not s.flat]
    found: list[TableRow] = []
    above: dict[tuple[int, int], TableCell] = {}  # the cell that covers these columns in the row above
    for top, bottom in itertools.pairwise(ys):
        middle = (top + bottom) / 2
        edges = [
            i
            for i, x in enumerate(xs)
            if any(abs(s.at - x) <= _SAME and s.start <= middle <= s.end for s in uprights)
        ]
        edges = sorted({0, *edges, len(xs) - 1})
        row = TableRow(top, [], tuple(xs), not found)
        current: dict[tuple[int, int], TableCell] = {}
        for a, b in itertools.pairwise(edges):
            centre = (xs[a] + xs[b]) / 2
            inside = [
                w for w in words if xs[a] <= (w.x0 + w.x1) / 2 < xs[b] and top <= w.y - 0.25 * w.size < bottom
            ]
            text = "\n".join(line.text for line in page_lines(inside))
            open_above = not any(abs(s.at - top) <= _SAME and s.start <= centre <= s.end for s in flats)
            origin = above.get((a, b)) if open_above and found else None
            if origin is not None:
                origin.text = "\n".join(filter(None, (origin.text, text)))
                row.cells.append(TableCell(a, b - a, "", True))
                current[a, b] = origin
            else:
                cell = TableCell(a, b - a, text)
                row.cells.append(cell)
                current[a, b] = cell
        above = current
        found.append(row)
    yield from (row for row in found if any(cell.text or cell.continues for cell in row.cells))


def _nearest(edges: Sequence[float], at: float) -> int:
    return min(range(len(edges)), key=lambda i: abs(edges[i] - at))


def _levels(values: Sequence[float]) -> list[float]:
    """Return the different positions, those within a border's width as one."""
    levels: list[float] = []
    for value in sorted(values):
        if not levels or value - levels[-1] > _SAME:
            levels.append(value)
    return levels


def _groups(strokes: list[Stroke]) -> list[list[Stroke]]:
    """Return the strokes that touch each other, group by group, from the top of the page."""
    flats = sorted((s for s in strokes if s.flat), key=lambda s: s.at)
    uprights = [s for s in strokes if not s.flat]
    parent: dict[int, int] = {id(s): id(s) for s in strokes}

    def root(key: int) -> int:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for upright in uprights:
        for flat in flats:
            if flat.at < upright.start - _SAME:
                continue
            if flat.at > upright.end + _SAME:
                break
            if flat.start - _SAME <= upright.at <= flat.end + _SAME:
                parent[root(id(flat))] = root(id(upright))
    groups: dict[int, list[Stroke]] = {}
    for stroke in strokes:
        groups.setdefault(root(id(stroke)), []).append(stroke)
    # Cells drawn one by one leave gaps of a border's width: groups over each other are one table.
    ordered = sorted((g for g in groups.values() if len(g) > 1), key=lambda g: min(_top(s) for s in g))
    return ordered


def _top(stroke: Stroke) -> float:
    return stroke.at if stroke.flat else stroke.start


def page_strokes(page: Any) -> list[Stroke]:
    """Return the level and upright lines drawn on the page, y downwards; none of a page full of drawings."""
    height = page.get_height()
    x, y = ctypes.c_float(), ctypes.c_float()
    matrix = raw.FS_MATRIX()
    strokes: list[Stroke] = []
    seen = 0
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=1):
        count = raw.FPDFPath_CountSegments(item.raw)
        seen += max(count, 0)
        if seen > _MOST_SEGMENTS:
            return []
        if not _is_border(item):
            continue
        raw.FPDFPageObj_GetMatrix(item.raw, matrix)
        begin = last = None
        for index in range(count):
            segment = raw.FPDFPath_GetPathSegment(item.raw, index)
            raw.FPDFPathSegment_GetPoint(segment, x, y)
            point = (
                matrix.a * x.value + matrix.c * y.value + matrix.e,
                height - (matrix.b * x.value + matrix.d * y.value + matrix.f),
            )
            kind = raw.FPDFPathSegment_GetType(segment)
            if kind == raw.FPDF_SEGMENT_MOVETO:
                begin = point
            elif kind == raw.FPDF_SEGMENT_LINETO and last is not None:
                strokes += _stroke(last, point)
            last = point
            if raw.FPDFPathSegment_GetClose(segment) and begin is not None:
                strokes += _stroke(point, begin)
    return strokes


def _is_border(item: Any) -> bool:
    """True for what is stroked, or filled and thin; a filled area is the ground of a word or cell."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(item.raw, fill, stroke)
    if stroke.value:
        return True
    left, bottom, right, top = item.get_bounds()
    return bool(min(right - left, top - bottom) <= _THIN)


def _stroke(a: tuple[float, float], b: tuple[float, float]) -> Iterator[Stroke]:
    if abs(a[1] - b[1]) <= _SLOPE and abs(a[0] - b[0]) >= _MIN_LENGTH:
        yield Stroke(True, (a[1] + b[1]) / 2, min(a[0], b[0]), max(a[0], b[0]))
    elif abs(a[0] - b[0]) <= _SLOPE and abs(a[1] - b[1]) >= _MIN_LENGTH:
        yield Stroke(False, (a[0] + b[0]) / 2, min(a[1], b[1]), max(a[1], b[1]))
