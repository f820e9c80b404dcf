"""What every reader returns: decoded text and its blocks, with offsets and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from corpus.model import Doubt

BlockKind = Literal[
    "line",  # a line of a text file or a page, a paragraph (or soft line) of an office file
    "row",  # a row of a table
    "note",  # the body of a footnote that the format keeps apart
    "hint",  # editorial data such as YAML front matter: no text of the document
    "furniture",  # page headers and footers that the format keeps apart: kept, but no text of the document
]
Format = Literal["txt", "md", "docx", "pdf", "html"]
Span = tuple[int, int]

_LINE_ENDS = "\r\n\f\v\x1c\x1d\x1e\x85\u2028\u2029"  # what str.splitlines breaks at

_NO_HINTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a row: its offsets in the source text and the grid columns it covers."""

    start: int
    end: int
    column: int
    width: int = 1
    continues: bool = False  # a vertically merged cell that began in a row above


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the source: ``source.text[start:end]``."""

    kind: BlockKind
    start: int
    end: int
    page: int | None = None  # 1-based
    gap: bool = False  # a blank line or paragraph boundary before: not a mere line wrap
    joins: bool | None = None  # the page shows that it goes on with the line before (False: that it does not)
    table: int | None = None  # rows: number of the table, 1-based
    cells: tuple[Cell, ...] = ()
    label: str = ""  # notes: the footnote's mark


@dataclass(frozen=True, slots=True)
class Source:
    """One file as read. Blocks are in document order and do not overlap."""

    name: str
    sha256: str  # of the file's bytes
    format: Format
    text: str
    blocks: tuple[Block, ...]
    hints: Mapping[str, str] = field(default_factory=lambda: _NO_HINTS)
    doubts: tuple[Doubt, ...] = ()


class TextBuilder:
    """Collects the text of formats that have no plain text of their own (docx, pdf)."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.length = 0
        self.blocks: list[Block] = []

    def write(self, text: str, end: str = "\n") -> Span:
        """Append ``text`` and a separator; return the offsets of ``text``."""
        start = self.length
        self._parts += [text, end]
        self.length += len(text) + len(end)
        return start, start + len(text)

    def write_row(
        self, cells: Iterable[tuple[int, int, str, bool]], table: int, *, gap: bool, page: int | None = None
    ) -> None:
        """Append a table row as one block; a cell is (grid column, width, text, continues the one above)."""
        start = self.length
        written = []
        for column, width, text, continues in cells:
            a, b = self.write(text, "\t")
            written.append(Cell(a, b, column, width, continues))
        end = self.length
        self.write("")
        self.blocks.append(Block("row", start, end, page, gap, table=table, cells=tuple(written)))

    @property
    def text(self) -> str:
        """All text written so far."""
        return "".join(self._parts)


def line_blocks(text: str, start: int = 0, page: int | None = None) -> list[Block]:
    """Return the non-blank lines of ``text[start:]`` as blocks; a blank line before one is its gap.

    Where no ``page`` is given, form feeds count pages, as in text files that were made for a printer.
    """
    blocks: list[Block] = []
    gap = True
    feeds = page is None and "\f" in text
    if feeds:
        page = 1
    position = start
    for raw in text[start:].splitlines(keepends=True):
        if raw.strip():
            blocks.append(Block("line", position, position + len(raw.rstrip(_LINE_ENDS)), page, gap))
            gap = False
        else:
            gap = True
        position += len(raw)
        if feeds and raw.endswith("\f"):
            page = (page or 0) + 1
    return blocks
