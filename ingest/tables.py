"""Rows of tables: layout tables become lines, data tables rows read as "column: value"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ingest.readers.base import Block, Cell, Source
from ingest.traced import Traced, empty

# Tables that only place the letterhead or the signature side by side (Nghị định 30/2020/NĐ-CP, Phụ lục I).
_LAYOUT = re.compile(
    r"CỘNG HÒA XÃ HỘI CHỦ NGHĨA|CỘNG HOÀ XÃ HỘI CHỦ NGHĨA|ĐẢNG CỘNG SẢN VIỆT NAM|Độc lập - Tự do|Nơi nhận\s*:"
)
_LAYOUT_ROWS = 6  # a letterhead or signature table is small; a form with a letterhead inside is not
_HEADER_CELL = re.compile(r"(?i)\W*(?:s?tt|số tt|số thứ tự)\W*(?:\(\d+\))?\W*")
_COLUMN_NUMBERS = re.compile(r"\W*(?:\(?\d{1,2}\)?|\([a-zđA-ZĐ]\)|[A-ZĐ])?\W*")
_LABEL_NUMBER = re.compile(r"\s*\(\d{1,2}\)$")
_ROW_NUMBER = re.compile(r"(\d{1,4}(?:\.\d{1,3})*|[IVX]{1,7}|[a-zđA-ZĐ])[.)]?")


CleanCell = Callable[[int, int], Traced]
"""Returns the canonical text of ``source.text[start:end]``."""


@dataclass(slots=True)
class Row:
    """A row of a data table, ready to be a paragraph."""

    text: Traced
    number: str  # the printed STT, "" where none
    header: bool
    spans: list[tuple[int, int]] = field(default_factory=list)


def is_layout(source: Source, rows: Sequence[Block]) -> bool:
    """True for a table that only places letterhead or signature blocks."""
    if len(rows) > _LAYOUT_ROWS:
        return False
    text = Traced.of(source.text, rows[0].start, rows[-1].end).text
    return bool(_LAYOUT.search(" ".join(text.split())))


def read_rows(source: Source, rows: Sequence[Block], clean: CleanCell) -> list[Row]:
    """Return a data table's rows, read as "column: value" where it has a heading row.

    ``clean(start, end)`` returns a cell's canonical text. Empty rows give an empty text: they have
    nothing to say, but their place in the source is kept.
    """
    cells = [[(cell, clean(cell.start, cell.end)) for cell in row.cells] for row in rows]
    header = _header_rows(cells)
    labels = _labels(cells[0]) if header else {}
    result = []
    for index, (row, row_cells) in enumerate(zip(rows, cells, strict=True)):
        filled = [(cell, text) for cell, text in row_cells if text.text]
        is_header = index < header
        number = _number(filled, row_cells)
        text = empty()
        for cell, value in filled:
            label = "" if is_header else labels.get(cell.column, "")
            shown = len(filled) > 2 or not number
            if label and shown:
                at = value.origin[0]
                value = Traced(f"{label}: {value.text}", [*[at] * (len(label) + 2), *value.origin])
            text = text.plus(value, "; " if is_header or (labels and shown) else " ")
        result.append(Row(text, "" if is_header else number, is_header, [(row.start, row.end)]))
    return result


def _header_rows(cells: list[list[tuple[Cell, Traced]]]) -> int:
    """Return how many rows at the top are headings (0, 1, or 2 with a row of column numbers)."""
    rows = [row for row in cells if row]
    if len(rows) < 2:
        return 0
    first = [text.text for _, text in rows[0]]
    if not (_HEADER_CELL.fullmatch(first[0]) or _looks_like_header(first)):
        return 0
    second = 1
    while second < len(cells) and not cells[second]:
        second += 1  # Markdown's rule row
    numbered = second < len(cells) and all(_COLUMN_NUMBERS.fullmatch(t.text) for _, t in cells[second])
    filled = second < len(cells) and any(t.text for _, t in cells[second][1:])
    return second + 1 if numbered and filled else second


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


def _labels(header: list[tuple[Cell, Traced]]) -> dict[int, str]:
    labels: dict[int, str] = {}
    for cell, text in header:
        for column in range(cell.column, cell.column + cell.width):
            labels[column] = _LABEL_NUMBER.sub("", text.text)
    return labels


def _number(filled: list[tuple[Cell, Traced]], row: list[tuple[Cell, Traced]]) -> str:
    if not filled or not row or filled[0][0] is not row[0][0] or len(row) < 2:
        return ""
    match = _ROW_NUMBER.fullmatch(filled[0][1].text)
    return match[1] if match else ""
