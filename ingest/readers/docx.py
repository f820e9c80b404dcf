"""Word files by python-docx: paragraphs and tables in document order.

The source text is built here: one line a paragraph (soft breaks make lines of their own), one line
a table row with its cells separated by tabs. A merged cell is written once: converters repeat the
text of a merged cell in every grid cell, so a neighbour with the same words under the same heading
is the same cell.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.table import Table

from corpus.errors import TrolyError
from ingest.readers.base import Block, Cell, Source, TextBuilder

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_TEXT, _BREAK, _RETURN, _TAB = qn("w:t"), qn("w:br"), qn("w:cr"), qn("w:tab")
_HYPHEN, _NOTE, _RUN, _BOX = qn("w:noBreakHyphen"), qn("w:footnoteReference"), qn("w:r"), qn("w:txbxContent")
_RAISED, _VALUE, _ID = f"{qn('w:rPr')}/{qn('w:vertAlign')}", qn("w:val"), qn("w:id")
# Repeated words of this many characters side by side are one merged cell even under two headings;
# shorter ones ("0", "Có") may well be two equal values.
_SURELY_MERGED = 20


def read(name: str, digest: str, data: bytes) -> Source:
    """Return the document's text; raises ``TrolyError`` for a broken file or another ZIP format."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            notes = archive.read("word/footnotes.xml") if "word/footnotes.xml" in names else b""
        if "word/document.xml" not in names:
            raise TrolyError(
                f"Tệp {name} không phải là tệp Word (.docx). Các loại đọc được: .txt, .md, .docx, .pdf."
            )
        document = docx.Document(io.BytesIO(data))
        builder = TextBuilder()
        _stamps(document, builder)
        _body(document, builder)
        _notes(notes, builder)
    except TrolyError:
        raise
    except Exception:  # zipfile, lxml and python-docx each raise their own kinds on broken files
        raise TrolyError(
            f"Tệp {name} bị hỏng, không đọc được. Hãy mở bằng Word, lưu lại thành .docx rồi nạp lại."
        ) from None
    return Source(name, digest, "docx", builder.text, tuple(builder.blocks))


def _body(document: Any, builder: TextBuilder) -> None:
    table = 0
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            table += 1
            _table(item._tbl, table, builder)
        else:
            for index, line in enumerate(_text(item._p).split("\n")):
                if line.strip():
                    start, end = builder.write(line)
                    builder.blocks.append(Block("line", start, end, gap=index == 0))


def _text(paragraph: Any) -> str:
    """Return a w:p element's text: runs, links, breaks; superscript figures and notes as marks."""
    parts: list[str] = []
    boxes = {id(node) for box in paragraph.iter(_BOX) for node in box.iter()}
    for node in paragraph.iter(_TEXT, _BREAK, _RETURN, _TAB, _HYPHEN, _NOTE):
        if id(node) in boxes:
            continue
        if node.tag == _TEXT:
            text = node.text or ""
            raised = node.getparent().find(_RAISED) if text.strip().isdigit() else None
            if raised is not None and raised.get(_VALUE) == "superscript":
                text = text.translate(_SUPERSCRIPTS)
            parts.append(text)
        elif node.tag == _NOTE:
            parts.append(f"[^{node.get(_ID)}]")
        elif node.tag == _TAB:
            # A tab stop inside paragraph properties is a w:tab too, but has no place in the text.
            parts.append("\t" if node.getparent().tag == _RUN else "")
        else:
            parts.append("-" if node.tag == _HYPHEN else "\n")
    return "".join(parts)


def _table(tbl: Any, number: int, builder: TextBuilder) -> None:
    labels: dict[int, str] = {}
    for index, tr in enumerate(tbl.tr_lst):
        row: list[tuple[int, int, str, bool]] = []
        column = 0
        for tc in tr.tc_lst:
            width = int(tc.grid_span)
            continues = tc.vMerge == "continue"
            text = "" if continues else "\n".join(_text(p) for p in tc.iter(qn("w:p"))).strip()
            row.append((column, width, text, continues))
            column += width
        row = _merged(row, labels)
        if index == 0:
            labels = {c: text for col, width, text, _ in row for c in range(col, col + width)}
        cells = []
        start = builder.length
        for column, width, text, continues in row:
            a, b = builder.write(text, "\t")
            cells.append(Cell(a, b, column, width, continues))
        end = builder.length
        builder.write("")
        builder.blocks.append(Block("row", start, end, table=number, gap=index == 0, cells=tuple(cells)))


def _merged(
    row: list[tuple[int, int, str, bool]], labels: dict[int, str]
) -> list[tuple[int, int, str, bool]]:
    result: list[tuple[int, int, str, bool]] = []
    for column, width, text, continues in row:
        if result:
            left, left_width, left_text, left_continues = result[-1]
            same_label = not labels or labels.get(left) == labels.get(column)
            if text == left_text and text and (same_label or len(text) >= _SURELY_MERGED):
                result[-1] = (left, left_width + width, left_text, left_continues)
                continue
        result.append((column, width, text, continues))
    return result


def _notes(xml: bytes, builder: TextBuilder) -> None:
    if not xml:
        return
    root = parse_xml(xml)
    for note in root.iter(qn("w:footnote")):
        # Word keeps its separator lines as notes with a type.
        if note.get(qn("w:type")) in (None, "normal"):
            text = " ".join(_text(p) for p in note.iter(qn("w:p"))).strip()
            if text:
                start, end = builder.write(text)
                builder.blocks.append(Block("note", start, end, gap=True, label=note.get(qn("w:id")) or ""))


def _stamps(document: Any, builder: TextBuilder) -> None:
    """Put text boxes and page headers in front: stamps (MẬT, DỰ THẢO) stand there."""
    for text in _floating(document):
        if text.strip():
            start, end = builder.write(" ".join(text.split()))
            builder.blocks.append(Block("line", start, end, gap=True))


def _floating(document: Any) -> Iterator[str]:
    for box in document.element.body.iter(qn("w:txbxContent")):
        # Word writes each box twice, for old and new readers (mc:AlternateContent).
        if not any(parent.tag.endswith("}Fallback") for parent in box.iterancestors()):
            for p in box.iter(qn("w:p")):
                yield "".join(t.text or "" for t in p.iter(qn("w:t")))
