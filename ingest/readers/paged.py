"""Pages of lines and table rows -> blocks: what runs over a page break is put together again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ingest.readers.base import Block, TextBuilder
from ingest.readers.layout import PageLine, continues, margins
from ingest.readers.ruled import TableRow

Item = PageLine | TableRow

_NUMBER = re.compile(r"\W{0,3}(?:trang\s+)?\d{1,4}(?:\s*/\s*\d{1,4})?\W{0,3}", re.I)
_HEAD_PAGES = 3  # a line on top or at the foot of this many pages is page furniture (see ingest.canonical)


def in_order(lines: Sequence[PageLine], rows: Sequence[TableRow]) -> list[Item]:
    """Return a page's lines in their reading order, with each table row behind all lines above it."""
    waiting = sorted(rows, key=lambda row: row.y)
    places = [max((n for n, line in enumerate(lines, 1) if line.y < row.y), default=0) for row in waiting]
    items: list[Item] = []
    for n, line in enumerate([*lines, None]):
        items += [row for row, place in zip(waiting, places, strict=True) if place == n]
        if line is not None:
            items.append(line)
    return items


def write_pages(pages: Sequence[Sequence[Item]], builder: TextBuilder) -> None:
    """Write all pages to ``builder``: a block a line or table row, with its page."""
    furniture = _furniture(pages)
    _join_pages(pages, furniture)
    numbers = _join_tables(pages, furniture)
    for number, page in enumerate(pages, 1):
        for index, item in enumerate(page):
            if isinstance(item, TableRow):
                table = numbers.get(id(item))
                if table is None:  # put into a row of the page before, or a heading row again
                    continue
                cells = [(c.column, c.width, c.text, c.continues) for c in item.cells]
                builder.write_row(cells, table, gap=item.first, page=number)
            else:
                start, end = builder.write(item.text)
                # A page break alone is no paragraph boundary: a sentence may run over it.
                gap = item.gap and (index > 0 or number == 1)
                builder.blocks.append(Block("line", start, end, number, gap, item.joins))


def _furniture(pages: Sequence[Sequence[Item]]) -> set[int]:
    """Return the ids of lines that are page numbers or running heads."""
    edges: list[PageLine] = []
    for page in pages:
        edges += [
            item
            for item in {id(i): i for i in (*page[:1], *page[-1:])}.values()
            if isinstance(item, PageLine)
        ]
    seen = Counter(re.sub(r"\d+", "#", line.text) for line in edges)
    return {
        id(line)
        for line in edges
        if _NUMBER.fullmatch(line.text) or seen[re.sub(r"\d+", "#", line.text)] >= _HEAD_PAGES
    }


def _join_pages(pages: Sequence[Sequence[Item]], furniture: set[int]) -> None:
    """Tell of each page's first line whether it goes on with the last one of the page before."""
    before: Item | None = None
    edges = (0.0, 0.0)
    for page in pages:
        body = [item for item in page if id(item) not in furniture]
        if not body:
            continue
        first = body[0]
        if isinstance(first, PageLine):
            first.gap = False
            first.joins = None
            if isinstance(before, PageLine) and before.size and first.size:
                first.joins = continues(before, first, edges)
        lines = [item for item in body if isinstance(item, PageLine) and item.size]
        edges = margins(lines) if lines else edges
        before = body[-1]


def _join_tables(pages: Sequence[Sequence[Item]], furniture: set[int]) -> dict[int, int]:
    """Return the table number of each row that is to be written; rows cut by a page break are mended."""
    numbers: dict[int, int] = {}
    table = 0
    before: TableRow | None = None
    heading: list[str] = []
    goes_on = False  # the table at hand began on a page before
    opening = False  # none of its rows on this page was written yet
    for page in pages:
        body = [item for item in page if id(item) not in furniture]
        for index, item in enumerate(body):
            if not isinstance(item, TableRow):
                before = None
                continue
            if item.first:
                goes_on = index == 0 and before is not None and item.continues(before)
                opening = goes_on
            if goes_on and before is not None:
                item.renumber(before.edges)
            texts = [cell.text for cell in item.cells]
            if goes_on and item.first and texts == heading:
                continue
            if opening and before is not None and _cut(before, item):
                for upper, lower in zip(before.cells, item.cells, strict=True):
                    upper.text = "\n".join(filter(None, (upper.text, lower.text)))
                opening = False
                continue
            opening = False
            if item.first and not goes_on:
                table += 1
                heading = texts
            if goes_on:
                item.first = False
            numbers[id(item)] = table
            before = item
    return numbers


def _cut(upper: TableRow, lower: TableRow) -> bool:
    """True when ``lower`` is the rest of ``upper``: it begins no row of its own (no number in front)."""
    same = [(c.column, c.width) for c in upper.cells] == [(c.column, c.width) for c in lower.cells]
    if not same or not upper.cells[0].text or not any(cell.text for cell in lower.cells):
        return False
    goes_on = lower.cells[0].text[:1].islower() and upper.cells[0].text[-1] not in ".;:?!"
    return not lower.cells[0].text or goes_on
