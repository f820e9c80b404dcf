"""Source -> canonical paragraphs: what we keep and quote.

NFC, plain spaces, no markup, no page furniture, no footnote marks; lines that the page or the
typesetting broke are joined again, also around a footnote that stands in the middle of a sentence.
Every character of the source stays accounted for: each paragraph knows its source spans, and what
was taken out (rules, page numbers, front matter) belongs to the spans of its neighbour.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from ingest.clean import Line, clean, is_rule, note_body, split_lines, take_marks, without_rule
from ingest.markers import OPEN_QUOTES, opens_provision
from ingest.readers.base import Block, Source
from ingest.tables import Head, Row, is_layout, read_rows
from ingest.traced import Traced

Span = tuple[int, int]

_TERMINAL = ".;:!?…"
# A line that ends with one of these goes on in the next, even if that begins with a figure or a capital.
_DANGLING = re.compile(
    r"(?:^|\s)(?:ngày|tháng|năm|số|của|và|hoặc|tại|theo|điều|khoản|điểm|từ|đến|với)$", re.I
)
_OPENS = re.compile(r"nơi nhận\b|căn cứ |kính gửi|phụ lục\b|(?:tm|t/m|kt|tl|tuq|q)\s*\.\s*\S", re.I)
_PAGE_NUMBER = re.compile(r"\W{0,3}(?:trang\s+)?(\d{1,4})(?:\s*/\s*\d{1,4})?\W{0,3}", re.I)
_FULL_LINE = 0.72  # share of the line width that a wrapped line fills at least (gov-md 276: shortest 0.75)
_WRAP_WIDTH = 130  # characters; typeset lines are shorter, one-line paragraphs of law longer
_LONGEST = 20_000  # characters of a paragraph that another line may still join; laws' longest have 3,000
_RUNNING_HEAD_PAGES = 3  # a line on top or at the foot of this many pages is page furniture
_CELL_BREAK = re.compile(r"(?<![:\s])[ \t]{2,}(?=\S)|(?<=:)\s+(?=-\s)")


@dataclass(slots=True)
class Paragraph:
    """One paragraph of canonical text; marks are (offset in ``body``, label) of footnotes."""

    body: Traced
    spans: list[Span]
    page: int | None = None
    marks: list[tuple[int, str]] = field(default_factory=list)
    row: Row | None = None
    table: int = 0
    note: str | None = None  # label, for the body of a footnote
    last_length: int = 0  # printed length of the last line, to tell wrapped lines
    cell: bool = False

    @property
    def text(self) -> str:
        """The canonical text."""
        return self.body.text


@dataclass(slots=True)
class Canonical:
    """The paragraphs in order, footnotes apart, and the source spans of what was taken out."""

    paragraphs: list[Paragraph]
    notes: list[Paragraph]
    furniture: list[Span]


def canonicalise(source: Source) -> Canonical:
    """Return the canonical paragraphs of ``source``."""
    items = list(_items(source))
    lines = [item for item in items if isinstance(item, Line)]
    _drop_page_furniture(items, lines)
    labels = {line.note for line in lines if line.note}
    labels |= {block.label for block in source.blocks if block.kind == "note" and block.label}
    assembler = _Assembler(labels, _wrap_width(source, lines))
    for item in items:
        assembler.add(item)
    return assembler.finish()


class _Assembler:
    """Joins lines to paragraphs, and keeps a place for every span that has no text of its own."""

    def __init__(self, labels: set[str], width: int) -> None:
        self.result = Canonical([], [], [])
        self._labels = labels
        self._width = width
        self._loose: list[Span] = []  # spans before the first paragraph
        self._note: Paragraph | None = None  # the footnote that the next line may go on with

    def add(self, item: Line | Paragraph) -> None:
        """Take the next line or row."""
        if isinstance(item, Paragraph):
            self._note = None
            self._take(item)
        elif item.rule:
            self.result.furniture += item.spans
            self._keep(item.spans)
        elif item.note:
            self._note = _paragraph(item)
            self._note.note = item.note
            self._take(self._note)
        elif self._note and item.page == self._note.page and _wraps(self._note, item, self._width):
            _join(self._note, item)
        else:
            self._note = None
            item.body, item.marks = take_marks(item.body, self._labels)
            previous = self.result.paragraphs[-1] if self.result.paragraphs else None
            if previous and item.body.text and _continues(previous, item, self._width):
                _join(previous, item)
            else:
                self._take(_paragraph(item))

    def finish(self) -> Canonical:
        """Return the result; what stood before a text that never came goes to the footnotes."""
        if self._loose and self.result.notes:
            self.result.notes[0].spans[:0] = self._loose
        return self.result

    def _take(self, paragraph: Paragraph) -> None:
        if paragraph.note:
            self.result.notes.append(paragraph)
            return
        if paragraph.row:
            whole = paragraph.body
            paragraph.body, paragraph.marks = take_marks(whole, self._labels)
            if paragraph.marks:

                def left(at: int) -> int:
                    return len(take_marks(whole.part(0, at), self._labels)[0])

                paragraph.row.cells = [(name, left(a), left(b)) for name, a, b in paragraph.row.cells]
        if not paragraph.text:  # an empty row, a footnote mark alone on its line
            if paragraph.marks and self.result.paragraphs:
                last = self.result.paragraphs[-1]
                last.marks += [(len(last.body), label) for _, label in paragraph.marks]
            self._keep(paragraph.spans)
            return
        paragraph.spans[:0] = self._loose
        self._loose = []
        self.result.paragraphs.append(paragraph)

    def _keep(self, spans: list[Span]) -> None:
        """Give spans without text to the paragraph before, or keep them for the first one."""
        if self.result.paragraphs:
            self.result.paragraphs[-1].spans += spans
        else:
            self._loose += spans


def _items(source: Source) -> Iterable[Line | Paragraph]:
    """Return lines and table rows in document order."""
    head: Head | None = None  # of the table directly above
    for table, group in groupby(source.blocks, key=lambda b: b.table if b.kind == "row" else None):
        blocks = list(group)
        if table is None:
            head = None
            for block in blocks:
                yield from _block_lines(source, block)
        elif is_layout(source, blocks):
            for block in blocks:
                yield from _cell_lines(source, block)
        else:
            rows, head = read_rows(
                source, blocks, lambda a, b: clean(source.text, a, b, source.format).squeezed(), head
            )
            for row, block in zip(rows, blocks, strict=True):
                yield Paragraph(row.text, row.spans, block.page, row=row, table=table)


def _block_lines(source: Source, block: Block) -> Iterable[Line | Paragraph]:
    span = (block.start, block.end)
    if block.kind in ("hint", "furniture"):
        yield Line(Traced("", ()), [span], block.page, True, rule=True)
    elif block.kind == "note":
        body = clean(source.text, *span, source.format).squeezed()
        yield Paragraph(body, [span], block.page, note=block.label)
    else:
        yield from _lines(source, span, block, split_lines(clean(source.text, *span, source.format)), False)


def _cell_lines(source: Source, row: Block) -> Iterable[Line]:
    for cell in row.cells:
        body = clean(source.text, cell.start, cell.end, source.format).strip()
        # HTML line breaks became runs of spaces when the page was turned into Markdown.
        pieces = [piece for line in split_marked(body) for piece in split_lines(line)]
        yield from _lines(source, (cell.start, cell.end), row, pieces, True)
    if not row.cells:
        yield Line(Traced("", ()), [(row.start, row.end)], row.page, True, rule=True)


def split_marked(body: Traced) -> list[Traced]:
    """Return the lines of a layout cell: at line breaks, runs of spaces, and before its first dash."""
    pieces = []
    last = 0
    for match in [*_CELL_BREAK.finditer(body.text)]:
        pieces.append(body.part(last, match.end()))
        last = match.end()
    return [*pieces, body.part(last)]


def _lines(source: Source, span: Span, block: Block, pieces: list[Traced], cell: bool) -> Iterable[Line]:
    pieces = [p for p in pieces if p.text] or [Traced("", ())]
    starts = [p.origin[0] if p.text else span[0] for p in pieces]
    bounds = [span[0], *starts[1:], span[1]]
    for index, piece in enumerate(pieces):
        body = without_rule(piece)
        rule = is_rule(body.text)
        line = Line(body, [(bounds[index], bounds[index + 1])], block.page, block.gap and not index, rule)
        line.cell = cell
        line.gap = line.gap or (cell and not index)
        line.joins = block.joins if not index else None
        line.length = len(body)
        if not rule:
            note_body(line)
        yield line


def _drop_page_furniture(items: list[Line | Paragraph], lines: list[Line]) -> None:
    """Mark page numbers and running heads as furniture.

    A bare figure is a page number only as one of a sequence of them, or at the edge of a known page:
    the "6" of a table that lost its frame (60/2024/QH15, Điều 44) is text.
    """
    edges: dict[str, set[int]] = {}
    for line in _page_edges(items):
        edges.setdefault(re.sub(r"\d+", "#", line.body.text), set()).add(line.page or 0)
    for line in list(_page_edges(items)):
        repeated = edges.get(re.sub(r"\d+", "#", line.body.text), set())
        if _PAGE_NUMBER.fullmatch(line.body.text) or len(repeated) >= _RUNNING_HEAD_PAGES:
            line.rule = not opens_provision(line.body.text) or line.rule
    numbers = [
        (line, int(m[1])) for line in lines if (m := _PAGE_NUMBER.fullmatch(line.body.text)) and not line.note
    ]
    run = all(b == a + 1 for (_, a), (_, b) in pairwise(numbers))
    if len(numbers) > 1 and run and numbers[0][1] <= 2:
        for line, _ in numbers:
            line.rule = True


def _page_edges(items: Iterable[Line | Paragraph]) -> Iterable[Line]:
    """Yield the lines that stand first or last on a page (a page may begin or end with a table's row)."""
    paged = (i for i in items if i.page is not None and not (isinstance(i, Line) and i.rule))
    for _, group in groupby(paged, key=lambda item: item.page):
        page = list(group)
        for item in page[:1] if len(page) == 1 else (page[0], page[-1]):
            if isinstance(item, Line):
                yield item


def _wrap_width(source: Source, lines: list[Line]) -> int:
    """Return the width of typeset lines, 0 where a line of the file is a whole paragraph."""
    if source.format in ("docx", "html"):
        return 0
    lengths = sorted(line.length for line in lines if not line.rule)
    if len(lengths) < 8:  # too few lines to tell
        return 0
    width = lengths[int(len(lengths) * 0.9)]
    full = sum(length >= width * 0.85 for length in lengths)
    if not (40 <= width <= _WRAP_WIDTH and full >= len(lengths) * 0.25):
        return 0
    # The longest line that is no outlier shows where the edge is.
    return max(length for length in lengths if length <= width * 1.15)


def _paragraph(line: Line) -> Paragraph:
    return Paragraph(
        line.body.squeezed(), line.spans, line.page, list(line.marks), last_length=line.length, cell=line.cell
    )


def _join(paragraph: Paragraph, line: Line) -> None:
    shift = len(paragraph.body) + 1
    paragraph.marks += [(at + shift, label) for at, label in line.marks]
    paragraph.body = paragraph.body.plus(line.body.squeezed(), " ")
    paragraph.spans += line.spans
    paragraph.last_length = line.length


def _continues(previous: Paragraph, line: Line, width: int) -> bool:
    """True when ``line`` goes on with the sentence that ``previous`` left unfinished."""
    text = line.body.text
    if previous.row or previous.cell != line.cell or (line.cell and line.gap):
        return False
    if len(previous.body) > _LONGEST:  # each joining copies the whole
        return False
    if opens_provision(text) or _OPENS.match(text) or text[0] in OPEN_QUOTES:
        return False
    if line.joins:
        return True
    if line.joins is False:  # the page shows a new paragraph: only an unfinished sentence goes on
        width = 0
    ended = previous.text[-1] in _TERMINAL or previous.text.endswith(("./.", ".”", '."', ";”"))
    if ended:
        if width and not line.gap and text[0].islower():
            return True
        # Inside a typeset paragraph a sentence may end at the edge of the line: where the next word
        # would still have fitted, the paragraph had ended.
        full = previous.last_length + 1 + len(text.split()[0]) > width
        return bool(width) and full and not line.gap and not text.isupper()
    if previous.text.isupper() and not text.isupper():
        return False
    if text[0].islower() or text[0] in ",;.)":
        return True
    if _DANGLING.search(previous.text) and not text.isupper():
        return True
    # No paragraph ends with a comma, whatever the page looks like.
    comma = line.joins is False and previous.text[-1] == "," and not line.gap and not text.isupper()
    return comma or _wraps(previous, line, width)


def _wraps(previous: Paragraph, line: Line, width: int) -> bool:
    if line.gap or not width:
        return False
    return previous.last_length >= width * _FULL_LINE and previous.text.isupper() == line.body.text.isupper()
