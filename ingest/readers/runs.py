"""The text of one Word paragraph: runs in order, tracked changes accepted, old fonts converted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from corpus.model import Doubt
from ingest.readers.legacy import Legacy, capital_font, convert, font_encoding
from ingest.readers.numbering import W, value_of
from ingest.readers.styles import Style, Styles, run_font, run_hidden
from ingest.readers.symbols import is_private, is_symbol_font, symbol

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_NOTES = {f"{W}footnoteReference": "footnote", f"{W}endnoteReference": "endnote"}
_BREAKS = {f"{W}br", f"{W}cr"}
_DELETED = {f"{W}del", f"{W}moveFrom"}
# Not text of this paragraph: properties, old readers' copies, text boxes, field codes, deleted text.
_SKIPPED = (
    *_DELETED,
    f"{W}pPr",
    f"{W}rPr",
    f"{W}txbxContent",
    f"{W}instrText",
    f"{W}delText",
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
)
_Piece = tuple[str, Legacy | None, bool]  # text, its old encoding, whether its font shows capitals only


class ParagraphReader:
    """Reads paragraphs of one document; remembers its notes' labels and what was doubtful."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._labels: dict[tuple[str, str], str] = {}
        self._tracked = False
        self._hidden = False
        self._converted: set[str] = set()

    def text(self, paragraph: Any) -> str:
        """Return the text of a ``w:p``: soft breaks as line ends, superscript figures and notes as marks."""
        style = self._styles.get(value_of(paragraph.find(f"{W}pPr"), "pStyle"))
        parts: list[str] = []
        # Converted in stretches: a letter and its mark may stand in two runs.
        for (encoding, capitals), group in groupby(self._pieces(paragraph, style), key=lambda p: p[1:]):
            text = "".join(piece[0] for piece in group)
            if encoding:
                self._converted.add(encoding)
                text = convert(text, encoding, capitals=capitals)
            parts.append(text)
        return "".join(parts)

    def note_label(self, kind: str, identifier: str) -> str:
        """Return a note's number: in the order in which the text refers to the notes."""
        return self._labels.setdefault((kind, identifier), str(len(self._labels) + 1))

    def doubts(self) -> Iterator[Doubt]:
        """Yield what a person should know of how the file was read."""
        if self._tracked:
            yield Doubt(
                "tracked-changes",
                "Tệp còn dấu vết sửa đổi (track changes): trợ lý đọc như đã chấp nhận mọi sửa đổi.",
            )
        if self._hidden:
            yield Doubt("hidden-text", "Tệp có chữ ẩn; trợ lý bỏ qua chữ ẩn.")
        for encoding in sorted(self._converted):
            yield Doubt(
                "encoding-converted",
                f"Một phần chữ theo phông cũ ({encoding.upper()}), đã chuyển sang Unicode; hãy xem lại chữ.",
            )

    def _pieces(self, element: Any, style: Style) -> Iterator[_Piece]:
        for child in element:
            tag = child.tag
            if tag in _SKIPPED:
                self._tracked = self._tracked or tag in _DELETED
            elif tag == f"{W}r":
                yield from self._run(child, style)
            elif tag == _MATH_TEXT:
                yield child.text or "", None, False
            elif isinstance(tag, str):
                self._tracked = self._tracked or tag == f"{W}ins"
                yield from self._pieces(child, style)

    def _run(self, run: Any, style: Style) -> Iterator[_Piece]:
        properties = run.find(f"{W}rPr")
        own = self._styles.get(value_of(properties, "rStyle") or "")
        hidden = next((h for h in (run_hidden(properties), own.hidden, style.hidden) if h is not None), False)
        if hidden:
            self._hidden = self._hidden or any(t.text for t in run.iter(f"{W}t"))
            return
        font = run_font(properties) or own.font or style.font or self._styles.default.font or ""
        encoding = font_encoding(font)
        capitals = encoding == "tcvn3" and capital_font(font)
        raised = value_of(properties, "vertAlign") == "superscript"
        for text in self._texts(run, raised):
            if is_symbol_font(font):
                text = "".join(symbol(ord(c)) if is_private(c) else c for c in text)
            yield text, encoding, capitals

    def _texts(self, run: Any, raised: bool) -> Iterator[str]:
        for node in run:
            tag = node.tag
            if tag == f"{W}t":
                text = node.text or ""
                yield text.translate(_SUPERSCRIPTS) if raised and text.strip().isdigit() else text
            elif tag in _BREAKS:
                yield "\n"
            elif tag == f"{W}tab":
                yield "\t"
            elif tag == f"{W}noBreakHyphen":
                yield "-"
            elif tag == f"{W}sym":
                yield symbol(int(node.get(f"{W}char") or "0", 16))
            elif tag in _NOTES:
                yield f"[^{self.note_label(_NOTES[tag], node.get(f'{W}id') or '')}]"
            elif isinstance(tag, str) and tag not in _SKIPPED:
                # AlternateContent and the like may hold further text.
                yield from self._texts(node, raised)
