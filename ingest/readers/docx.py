"""Word files: paragraphs with the numbers Word makes, tables, notes, text boxes, in document order.

The source text is built here: one line a paragraph (soft breaks make lines of their own), one line
a table row with its cells separated by tabs. Changes that were tracked are read as accepted. A merged
cell is written once: converters repeat the text of a merged cell in every grid cell, so a neighbour
with the same words under the same heading is the same cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from corpus.model import Doubt
from ingest.readers.base import Block, Source, TextBuilder
from ingest.readers.numbering import W, number_of, read_numbering, value_of
from ingest.readers.opc import Package
from ingest.readers.runs import ParagraphReader
from ingest.readers.styles import Styles, paragraph_list

_P, _TBL, _TR, _TC = f"{W}p", f"{W}tbl", f"{W}tr", f"{W}tc"
_BOX = f"{W}txbxContent"
_GONE = {f"{W}del", f"{W}moveFrom"}
# Elements that only wrap blocks, rows or cells: content controls, tracked insertions, custom XML.
_WRAPS = re.compile(r"\}(?:sdt|sdtContent|ins|moveTo|customXml|smartTag|AlternateContent|Choice)$")
# Repeated words of this many characters side by side are one merged cell even under two headings;
# shorter ones ("0", "Có") may well be two equal values.
_SURELY_MERGED = 20
_MAX_COLUMNS = 1000
_REPEATED = re.compile(r"(.{4,}?)\1+", re.S)
_Row = list[tuple[int, int, str, bool]]  # grid column, width, text, continues the cell above


def read(name: str, digest: str, data: bytes, *, converted: bool = False) -> Source:
    """Return the document's text; raises ``TrolyError`` for a broken file or another ZIP format.

    ``converted``: LibreOffice made the file from an old .doc.
    """
    package = Package(name, data)
    root = package.xml(package.main())
    body = root.find(f"{W}body") if root is not None else None
    if body is None:
        raise package.broken()
    try:
        return _Reader(package, converted).source(name, digest, body)
    except (KeyError, AttributeError, TypeError, ValueError, RecursionError):
        raise package.broken() from None  # XML that is well-formed and no Word document


class _Reader:
    def __init__(self, package: Package, converted: bool) -> None:
        folder = package.main().rpartition("/")[0]
        self.package = package
        self.converted = converted
        self.folder = f"{folder}/" if folder else ""
        self.styles = Styles(package.xml(f"{self.folder}styles.xml"))
        self.numbering = read_numbering(package.xml(f"{self.folder}numbering.xml"))
        self.runs = ParagraphReader(self.styles)
        self.builder = TextBuilder()
        self.tables = 0

    def source(self, name: str, digest: str, body: Any) -> Source:
        self._furniture()
        self._body(body)
        self._notes()
        doubts = (*self.runs.doubts(), *self._left_out(body))
        return Source(name, digest, "docx", self.builder.text, tuple(self.builder.blocks), doubts=doubts)

    def _body(self, body: Any) -> None:
        held = ""
        for item in _children(body, {_P, _TBL}):
            if item.tag == _TBL:
                self._lines(held)
                held = ""
                self.tables += 1
                self._table(item, self.tables)
                continue
            for box in _boxes(item):
                for inner in box.iter(_P):
                    self._lines(self._paragraph(inner))
            text = held + self._paragraph(item)
            # A deleted paragraph mark joins the paragraph with the next.
            held = text if _mark_deleted(item) else ""
            if not held:
                self._lines(text)
        self._lines(held)

    def _lines(self, text: str) -> None:
        for index, line in enumerate(text.split("\n")):
            if line.strip():
                start, end = self.builder.write(line)
                self.builder.blocks.append(Block("line", start, end, gap=index == 0))

    def _paragraph(self, paragraph: Any) -> str:
        text = self.runs.text(paragraph)
        label = self._label(paragraph) if text.strip() else ""
        return f"{label} {text.lstrip()}" if label else text

    def _label(self, paragraph: Any) -> str:
        properties = paragraph.find(f"{W}pPr")
        style = value_of(properties, "pStyle")
        instance, level = paragraph_list(properties)
        inherited = self.styles.get(style)
        if instance is None:
            instance = inherited.instance
            linked = self.numbering.by_style.get(style or "")
            level = level if level is not None else inherited.level
            if linked and instance == linked[0] and level is None:
                level = linked[1]
        return self.numbering.label(instance, level or 0) if instance else ""

    def _table(self, tbl: Any, number: int) -> None:
        labels: dict[int, str] = {}
        for index, tr in enumerate(_rows(tbl)):
            row = self._row(tr)
            row = _merged(_without_leaks(row) if self.converted else row, labels)
            if index == 0:
                labels = {c: text for col, width, text, _ in row for c in range(col, col + width)}
            self.builder.write_row(row, number, gap=index == 0)

    def _row(self, tr: Any) -> _Row:
        row: _Row = []
        before = number_of(value_of(tr.find(f"{W}trPr"), "gridBefore")) or 0
        column = min(max(before, 0), _MAX_COLUMNS)
        for tc in _children(tr, {_TC}):
            properties = tc.find(f"{W}tcPr")
            width = min(max(number_of(value_of(properties, "gridSpan")) or 1, 1), _MAX_COLUMNS)
            if row and _merge(properties, "hMerge") == "continue":
                left, left_width, text, continues = row[-1]
                row[-1] = (left, left_width + width, text, continues)
            else:
                continues = _merge(properties, "vMerge") == "continue"
                row.append((column, width, "" if continues else self._cell(tc), continues))
            column += width
        return row

    def _cell(self, tc: Any) -> str:
        """Return a cell's text: a line a paragraph, a line a row of a table inside it."""
        lines: list[str] = []
        for item in _children(tc, {_P, _TBL}):
            if item.tag == _P:
                lines += [self._paragraph(p) for box in _boxes(item) for p in box.iter(_P)]
                lines.append(self._paragraph(item))
            else:
                for tr in _rows(item):
                    lines.append("\t".join(text for _, _, text, _ in self._row(tr) if text.strip()))
        return "\n".join(lines).strip()

    def _notes(self) -> None:
        for kind in ("footnote", "endnote"):
            root = self.package.xml(f"{self.folder}{kind}s.xml")
            for note in root.iter(f"{W}{kind}") if root is not None else ():
                # Word keeps its separator lines as notes with a type.
                if note.get(f"{W}type") not in (None, "normal"):
                    continue
                text = " ".join(self.runs.text(p) for p in note.iter(_P)).strip()
                if text:
                    start, end = self.builder.write(text)
                    label = self.runs.note_label(kind, note.get(f"{W}id") or "")
                    self.builder.blocks.append(Block("note", start, end, gap=True, label=label))

    def _furniture(self) -> None:
        """Page headers and footers: kept in the source, and looked at for stamps (MẬT)."""
        for part in sorted(self.package.names):
            if re.fullmatch(re.escape(self.folder) + r"(?:header|footer)\d*\.xml", part):
                root = self.package.xml(part)
                for paragraph in root.iter(_P) if root is not None else ():
                    text = " ".join(self.runs.text(paragraph).split())
                    if text:
                        start, end = self.builder.write(text)
                        self.builder.blocks.append(Block("furniture", start, end, gap=True))

    def _left_out(self, body: Any) -> Iterator[Doubt]:
        if next(body.iter(f"{W}altChunk"), None) is not None:
            yield Doubt("embedded-content", "Tệp có phần nhúng từ tệp khác (altChunk) mà trợ lý không đọc.")


def _children(parent: Any, tags: set[str]) -> Iterator[Any]:
    """Yield the elements of ``tags`` below ``parent``, through wrappers, without what was deleted."""
    for child in parent:
        if child.tag in tags:
            yield child
        elif isinstance(child.tag, str) and child.tag not in _GONE and _WRAPS.search(child.tag):
            yield from _children(child, tags)


def _rows(tbl: Any) -> Iterator[Any]:
    for tr in _children(tbl, {_TR}):
        properties = tr.find(f"{W}trPr")
        if properties is None or properties.find(f"{W}del") is None:
            yield tr


def _boxes(paragraph: Any) -> Iterator[Any]:
    """Yield the text boxes anchored in a paragraph, each once (Word writes each for old readers again)."""
    for box in paragraph.iter(_BOX):
        above = [parent.tag for parent in box.iterancestors()]
        if not any(isinstance(tag, str) and tag.endswith("}Fallback") for tag in above):
            yield box


def _mark_deleted(paragraph: Any) -> bool:
    mark = paragraph.find(f"{W}pPr/{W}rPr")
    return mark is not None and any(mark.find(tag) is not None for tag in _GONE)


def _merge(properties: Any, name: str) -> str | None:
    """Return "restart", "continue" or None for a cell's vMerge or hMerge."""
    element = properties.find(f"{W}{name}") if properties is not None else None
    return None if element is None else element.get(f"{W}val", "continue")


def _without_leaks(row: _Row) -> _Row:
    """Undo what LibreOffice 7.4 does to horizontally merged cells of a .doc (66.7/2025/NQ-CP).

    The paragraphs of the hidden cell, which repeat the shown one's, are strewn into the next cell, or
    behind their own where there is no next.
    """
    result: _Row = []
    for column, width, text, continues in row:
        if result and result[-1][1] > 1 and result[-1][2] and text != result[-1][2]:
            text = _without(text, result[-1][2])
        if width > 1:
            repeated = _REPEATED.fullmatch(text)
            text = repeated[1] if repeated else text
        result.append((column, width, text, continues))
    return result


def _without(text: str, leaked: str) -> str:
    """Return a cell's text without the paragraphs of ``leaked``; unchanged unless all of them are in it."""
    lines: list[str | None] = [*text.split("\n")]
    for paragraph in filter(None, map(str.strip, leaked.split("\n"))):
        for index, line in enumerate(lines):
            bare = (line or "").strip()
            if bare == paragraph:
                lines[index] = None
            elif bare.startswith(paragraph):
                lines[index] = bare.removeprefix(paragraph).lstrip()
            elif bare.endswith(paragraph):
                lines[index] = bare.removesuffix(paragraph).rstrip()
            else:
                continue
            break
        else:
            return text
    return "\n".join(line for line in lines if line is not None)


def _merged(row: _Row, labels: dict[int, str]) -> _Row:
    result: _Row = []
    for column, width, text, continues in row:
        if result:
            left, left_width, left_text, left_continues = result[-1]
            same_label = not labels or labels.get(left) == labels.get(column)
            if text == left_text and text and (same_label or len(text) >= _SURELY_MERGED):
                result[-1] = (left, left_width + width, left_text, left_continues)
                continue
        result.append((column, width, text, continues))
    return result
