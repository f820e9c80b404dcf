"""Rows of tables: layout tables become lines, data tables rows read as "column: value".

A data table keeps its heading (of one or two levels, with or without a row of column numbers); a
heading that is printed again after a page break is furniture. A cell merged over several rows counts
in each of them, and a row whose STT cell is merged with the one above is a further line of that row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.markers import roman
from ingest.readers.base import Block, Source
from ingest.traced import Traced, empty

# Tables that only place the letterhead or the signature side by side (Nghị định 30/2020/NĐ-CP, Phụ lục I).
_LAYOUT = re.compile(
    r"CỘNG HÒA XÃ HỘI CHỦ NGHĨA|CỘNG HOÀ XÃ HỘI CHỦ NGHĨA|ĐẢNG CỘNG SẢN VIỆT NAM|Độc lập - Tự do|Nơi nhận\s*:"
)
_LAYOUT_ROWS = 6  # a letterhead or signature table is small; a form with a letterhead inside is not
_STT = re.compile(r"(?i)\W*(?:s?tt|số tt|số thứ tự)\W*(?:\(\d+\))?\W*")
_COLUMN_NUMBERS = re.compile(r"\W*(?:\(?\d{1,2}\)?(?:\s*=[\s\d()+×x*/-]+)?|\([a-zđA-ZĐ]\)|[A-ZĐ])?\W*")
_LABEL_NUMBER = re.compile(r"\s*\(\d{1,2}\)$")
_ROW_NUMBER = re.compile(r"(\d{1,4}(?:\.\d{1,3})*|[IVX]{1,7}|[a-zđA-ZĐ])[.)]?")
_CAPTIONS = 2  # title rows over the heading inside the table ("DANH MỤC …", "Đơn vị: triệu đồng")
_LABEL_WORDS = 25  # longest heading cell in shared data: 20 words (66.7/2025/NQ-CP, Phụ lục II)


CleanCell = Callable[[int, int], Traced]
"""Returns the canonical text of ``source.text[start:end]``."""


@dataclass(slots=True)
class Row:
    """A row of a data table, ready to be a paragraph."""

    text: Traced
    number: str  # the printed STT, "" where none
    header: bool
    spans: list[tuple[int, int]] = field(default_factory=list)
    cells: list[tuple[str, int, int]] = field(default_factory=list)  # column, [start, end) in ``text``
    group: bool = False  # a heading of the rows below it ("I. LĨNH VỰC …")
    continues: bool = False  # a further line of the row above
    joins: bool = False  # its table goes on with the table above (a page break cut it in two)


@dataclass(slots=True)
class _Value:
    """A cell with its canonical text."""

    column: int
    width: int
    text: Traced
    continues: bool


@dataclass(slots=True)
class Head:
    """A table's heading: names of its columns, and what tells that it is printed again."""

    size: int  # rows at the top of the table
    order: list[str]  # names from left to right
    columns: dict[int, str]  # grid column -> name
    printed: set[tuple[str, ...]]  # the heading rows as printed
    stt: bool  # the first column numbers the rows
    last: str = ""  # number of the last row, for a table that goes on after a page break


def is_layout(source: Source, rows: Sequence[Block]) -> bool:
    """True for a table that only places letterhead or signature blocks."""
    if len(rows) > _LAYOUT_ROWS:
        return False
    text = Traced.of(source.text, rows[0].start, rows[-1].end).text
    return bool(_LAYOUT.search(" ".join(text.split())))


def read_rows(
    source: Source, rows: Sequence[Block], clean: CleanCell, above: Head | None = None
) -> tuple[list[Row], Head | None]:
    """Return a data table's rows, one for each block, and its heading where it has one.

    ``clean(start, end)`` returns a cell's canonical text; ``above`` is the heading of a table directly
    above, which this one may go on with. Rows that have nothing to say of their own (empty ones, a
    heading printed again, the rest of a row that a page break cut) have an empty text: their place in
    the source is kept.
    """
    grid = [
        [_Value(c.column, c.width, clean(c.start, c.end), c.continues) for c in row.cells] for row in rows
    ]
    head = _find_head(grid)
    joins = bool(above and (above.printed == head.printed if head else _goes_on(grid, above)))
    if above and joins:
        head = Head(head.size if head else 0, above.order, above.columns, above.printed, above.stt)
    if head:
        grid = [_united(row, head) for row in grid]
    reader = _RowReader(head, joins, max((len(row) for row in grid), default=0))
    for index, (row, values) in enumerate(zip(rows, grid, strict=True)):
        reader.take((row.start, row.end), values, heading=head is not None and index < head.size)
    if head:
        head.last = next((line.number for line in reversed(reader.lines) if line.number), "")
    return [line.row() for line in reader.lines], head


@dataclass(slots=True)
class _Line:
    """A row in the making: named values that later rows may still add to."""

    span: tuple[int, int]
    values: list[tuple[str, Traced]]
    number: str = ""
    header: bool = False
    group: bool = False
    continues: bool = False
    joins: bool = False

    def row(self) -> Row:
        text, cells = empty(), []
        for label, value in self.values:
            if not value.text:
                continue
            shown = value
            if label:
                at = value.origin[0]
                shown = Traced(f"{label}: {value.text}", [*[at] * (len(label) + 2), *value.origin])
            named = self.header or label
            text = text.plus(shown, "; " if named and text.text[-1:] not in ";,." else " ")
            cells.append((label, len(text) - len(value), len(text)))
        if self.header:
            cells = []
        return Row(text, self.number, self.header, [self.span], cells, self.group, self.continues, self.joins)


class _RowReader:
    """Reads the rows of one table from the top."""

    def __init__(self, head: Head | None, joins: bool, columns: int) -> None:
        self.lines: list[_Line] = []
        self._head = head
        self._joins = joins
        self._columns = len(head.order) if head else columns
        self._merged: dict[int, Traced] = {}  # grid column -> text of the cell that a merged cell repeats
        self._last: _Line | None = None  # the last row of data

    def take(self, span: tuple[int, int], values: list[_Value], *, heading: bool) -> None:
        """Add the next row."""
        line = _Line(span, [], joins=self._joins)
        self.lines.append(line)
        if heading or (self._head and _printed(values) in self._head.printed):
            line.header = True
            if heading and not self._joins:
                line.values = [("", v.text) for v in values]
            return
        number = _number(values)
        named = list(zip(self._labels(values), values, strict=True))
        own = [(label, v) for label, v in named if v.text.text and not v.continues]
        if not own:
            return
        stt = values[0]
        if stt.continues and self._last and not number and (self._head is None or self._head.stt):
            line.values, line.continues = [(label, v.text) for label, v in own], True
        elif self._head and self._head.stt and not stt.text.text and self._cut(own):
            self._join(own)
            return
        else:
            line.number = number
            line.group = self._is_group(own, number, values)
            line.values = [("" if line.group else label, self._value(v)) for label, v in named]
            self._last = line
        for value in values:
            if not value.continues:
                self._merged[value.column] = value.text

    def _labels(self, values: list[_Value]) -> list[str]:
        head = self._head
        if head is None:
            return [""] * len(values)
        if len(values) == len(head.order):
            return head.order  # converters shift the grid from row to row (66.7/2025/NQ-CP, Phụ lục I)
        labels = []
        for v in values:
            covered = dict.fromkeys(head.columns.get(c, "") for c in range(v.column, v.column + v.width))
            labels.append(" và ".join(filter(None, covered)) or head.columns.get(v.column, ""))
        return labels

    def _value(self, value: _Value) -> Traced:
        return self._merged.get(value.column, value.text) if value.continues else value.text

    def _is_group(self, own: list[tuple[str, _Value]], number: str, values: list[_Value]) -> bool:
        texts = own[1:] if number else own
        merged = any(v.continues for v in values[1:])
        if len(texts) != 1 or merged:
            return False
        if not number:  # a title across the table
            return bool(self._head and texts[0][1].width >= max(2, self._columns - 1))
        return self._columns > 2 or bool(roman(number))

    def _cut(self, own: list[tuple[str, _Value]]) -> bool:
        """True for the rest of a row that a page break cut: a cell goes on in the middle of a sentence."""
        if not self._last or self._last.group:
            return False
        known = {label for label, value in self._last.values if value.text}
        goes_on = any(v.text.text[0].islower() or v.text.text[0] in ",;.)" for _, v in own)
        return goes_on and all(label in known or not v.text.text[0].islower() for label, v in own)

    def _join(self, own: list[tuple[str, _Value]]) -> None:
        assert self._last is not None
        for label, value in own:
            for index, (known, text) in enumerate(self._last.values):
                if known == label:
                    self._last.values[index] = (known, text.plus(value.text, " "))
                    break
            else:
                self._last.values.append((label, value.text))


def _find_head(grid: list[list[_Value]]) -> Head | None:
    """Return the heading at the top of a table, None where it has none."""
    first = _first_heading(grid)
    if first is None:
        return None
    rows = [first]
    size = first + 1
    while size < len(grid) and not grid[size]:
        size += 1  # Markdown's rule row
    if size < len(grid) and _second_level(grid[first], grid[size]):
        rows.append(size)
        size += 1
    if size < len(grid) and _numbers_columns(grid[size]):
        size += 1
    if size >= len(grid) and first + 1 == size:
        return None  # nothing below: no heading of anything
    columns, order = _names(grid[first], grid[rows[1]] if len(rows) > 1 else [])
    printed = {_printed(row) for row in grid[first:size] if row}
    return Head(size, order, columns, printed, bool(_STT.fullmatch(grid[first][0].text.text)))


def _first_heading(grid: list[list[_Value]]) -> int | None:
    index = 0
    for _ in range(_CAPTIONS + 1):
        while index < len(grid) and not any(v.text.text for v in grid[index]):
            index += 1
        if index >= len(grid) - 1:
            return None
        texts = [v.text.text for v in grid[index]]
        if _STT.fullmatch(texts[0]) or _looks_like_header(texts):
            return index
        if len([t for t in texts if t]) > 1 or any(_ROW_NUMBER.fullmatch(t) for t in texts):
            return None
        index += 1
    return None


def _looks_like_header(texts: Iterable[str]) -> bool:
    # Every cell filled, short, distinct, with no full sentence or bare figure: "Thuộc tính | Nội dung".
    texts = list(texts)
    return (
        len(texts) > 1
        and len(set(texts)) == len(texts)
        and all(
            t and len(t.split()) <= 12 and t[-1] not in ".;" and not _ROW_NUMBER.fullmatch(t) for t in texts
        )
    )


def _second_level(upper: list[_Value], lower: list[_Value]) -> bool:
    """True when a row names the parts of wide cells above it ("Cơ quan thực hiện": "Chủ trì", "Phối hợp")."""
    parts = 0
    for value in lower:
        above = next((u for u in upper if u.column <= value.column < u.column + u.width), None)
        text = value.text.text
        if value.continues or not text or (above and above.text.text == text):
            continue
        if above is None or above.width <= value.width or len(text.split()) > _LABEL_WORDS:
            return False
        if _COLUMN_NUMBERS.fullmatch(text) or text[-1] in ".;":
            return False
        parts += 1
    return parts > 1


def _united(row: list[_Value], head: Head) -> list[_Value]:
    """Return the row with neighbouring merged cells of one column made one (converters cut columns up)."""
    result: list[_Value] = []
    for value in row:
        last = result[-1] if result else None
        same = last and head.columns.get(last.column) == head.columns.get(value.column)
        if last and same and last.continues and value.continues:
            last.width += value.width
        else:
            result.append(value)
    return result


def _numbers_columns(row: list[_Value]) -> bool:
    """True for "(1) (2) (3)" or "A B 1 2" under a heading: figures that count on from left to right."""
    texts = [v.text.text for v in row]
    figures = [int(f[0]) for t in texts if (f := re.search(r"\d+", t))]
    counted = all(b == a + 1 for a, b in pairwise(figures)) and (not figures or figures[0] <= len(texts))
    return counted and all(_COLUMN_NUMBERS.fullmatch(t) for t in texts) and any(texts[1:])


def _names(upper: list[_Value], lower: list[_Value]) -> tuple[dict[int, str], list[str]]:
    """Return the names of the grid columns and, from left to right, of the printed ones."""
    columns: dict[int, str] = {}
    for value in upper:
        for column in range(value.column, value.column + value.width):
            columns[column] = _LABEL_NUMBER.sub("", value.text.text)
    order = [_LABEL_NUMBER.sub("", value.text.text) for value in upper]
    if lower:
        over = dict(columns)
        order = []
        for value in lower:
            name = over.get(value.column, "")
            text = _LABEL_NUMBER.sub("", value.text.text)
            if text and not value.continues and text != name:
                name = f"{name} – {text}" if name else text
            order.append(name)
            for column in range(value.column, value.column + value.width):
                columns[column] = name
    return columns, order


def _printed(values: Sequence[_Value]) -> tuple[str, ...]:
    return tuple(" ".join(v.text.text.casefold().split()) for v in values if v.text.text)


def _goes_on(grid: list[list[_Value]], above: Head) -> bool:
    """True when a table without a heading counts on where the table above stopped."""
    first = next((row for row in grid if any(v.text.text for v in row)), [])
    number = _number(first)
    return (
        len(first) == len(above.order)
        and number.isdigit()
        and above.last.isdigit()
        and int(number) == int(above.last) + 1
    )


def _number(values: Sequence[_Value]) -> str:
    if len(values) < 2 or values[0].continues:
        return ""
    match = _ROW_NUMBER.fullmatch(values[0].text.text)
    return match[1] if match else ""
