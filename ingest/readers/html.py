"""Web pages: paragraphs as lines, tables as rows; scripts, styles and what is hidden are left out."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree, html

from corpus.errors import TrolyError
from corpus.model import Doubt
from ingest.readers.base import Block, Source, TextBuilder
from ingest.readers.txt import decode

_DROPPED = {
    "script", "style", "noscript", "template", "head", "svg", "math", "iframe", "object", "embed", "applet",
    "form", "button", "select", "input", "textarea", "nav", "video", "audio", "canvas",
    "title", "meta", "link",
}  # fmt: skip
_BLOCKS = {
    "p", "div", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article",
    "header", "footer", "main", "aside", "blockquote", "pre", "center", "body", "html", "hr", "address",
    "figure", "figcaption", "details", "summary", "caption", "fieldset", "tr", "td", "th", "table",
}  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.I)
_CHARSET = re.compile(rb"(?i)<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)")
_DECLARED = {"windows-1258": "windows-1258", "utf-8": "utf-8", "utf-16": "utf-16"}
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_Cell = tuple[int, int, str, bool]  # grid column, width, text, continues the cell above
_MAX_SPAN = 1000
_MAX_DEPTH = 400  # elements inside each other; more is no page that a person wrote


def read(name: str, digest: str, data: bytes, encoding: str | None = None) -> Source:
    """Return the page's text. Raises ``TrolyError`` for one without text or in an unknown encoding."""
    declared = _CHARSET.search(data[:4096])
    if encoding is None and declared:
        encoding = _DECLARED.get(declared[1].decode("ascii").lower())
    try:
        text, doubts = decode(name, data, encoding)
    except TrolyError:
        if encoding is None:
            raise
        text, doubts = decode(name, data)  # the page lies about its encoding
    text = re.sub(r"\A\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff"))
    parser = html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(text or "<p/>", parser=parser)
        reader = _Reader()
        reader.element(root, 0)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, RecursionError, AssertionError):
        raise TrolyError(
            f"Tệp {name} không phải là trang HTML đọc được. "
            "Hãy mở bằng trình duyệt, chép nội dung sang .docx."
        ) from None
    reader.flush()
    left_out = (reader.hidden and (Doubt("hidden-text", "Trang có chữ ẩn; trợ lý bỏ qua chữ ẩn."),)) or ()
    return Source(
        name, digest, "html", reader.builder.text, tuple(reader.builder.blocks), doubts=(*doubts, *left_out)
    )


class _Reader:
    def __init__(self) -> None:
        self.builder = TextBuilder()
        self.hidden = False
        self._line: list[str] = []
        self._tables = 0

    def element(self, node: Any, depth: int) -> None:
        tag = node.tag if isinstance(node.tag, str) else ""
        if not tag or tag in _DROPPED or depth > _MAX_DEPTH:
            return
        if _HIDDEN.search(node.get("style") or "") or node.get("hidden") is not None:
            self.hidden = self.hidden or bool("".join(node.itertext()).strip())
            return
        if tag == "table" and not self._only_places(node):
            self.flush()
            self._table(node)
            return
        block = tag in _BLOCKS
        if block or tag == "br":
            self.flush(soft=tag == "br")
        self._text(node.text, raised=tag == "sup")
        for child in node:
            self.element(child, depth + 1)
            self._text(child.tail)
        if block:
            self.flush()

    def _text(self, text: str | None, *, raised: bool = False) -> None:
        if text:
            self._line.append(text.translate(_SUPERSCRIPTS) if raised and text.strip().isdigit() else text)

    def flush(self, *, soft: bool = False) -> None:
        """End the line; ``soft``: a line break inside a paragraph."""
        line = " ".join("".join(self._line).split())
        self._line = []
        if line:
            start, end = self.builder.write(line)
            self.builder.blocks.append(Block("line", start, end, gap=not soft))

    @staticmethod
    def _only_places(table: Any) -> bool:
        """True for a table that holds the page together: one cell a row, or a table inside it."""
        rows = [len(row.xpath("./td|./th")) for row in table.xpath("./tr|./tbody/tr|./thead/tr|./tfoot/tr")]
        return not rows or max(rows) <= 1 or bool(table.xpath(".//table"))

    def _table(self, table: Any) -> None:
        self._tables += 1
        held: dict[int, int] = {}  # grid column -> rows that a cell above still covers
        for index, tr in enumerate(table.xpath("./tr|./tbody/tr|./thead/tr|./tfoot/tr")):
            cells: list[_Cell] = []
            column = 0
            below: dict[int, int] = {}
            for td in tr.xpath("./td|./th"):
                column = self._covered(held, below, column, cells)
                width, height = _span(td, "colspan"), _span(td, "rowspan")
                cells.append((column, width, _cell_text(td), False))
                if height > 1:
                    below.update(dict.fromkeys(range(column, column + width), height - 1))
                column += width
            self._covered(held, below, column, cells)
            held = {**{c: n for c, n in held.items() if n > 0}, **below}
            self.builder.write_row(cells, self._tables, gap=index == 0)

    def _covered(self, held: dict[int, int], below: dict[int, int], column: int, cells: list[_Cell]) -> int:
        """Skip grid columns that a cell above covers; return the next free one."""
        while held.get(column, 0) > 0:
            held[column] -= 1
            cells.append((column, 1, "", True))
            column += 1
        return column


def _cell_text(td: Any) -> str:
    inner = _Reader()
    inner._text(td.text)
    for child in td:
        inner.element(child, 0)
        inner._text(child.tail)
    inner.flush()
    return "\n".join(inner.builder.text[b.start : b.end].replace("\t", " ") for b in inner.builder.blocks)


def _span(td: Any, name: str) -> int:
    value = str(td.get(name) or "1").strip()
    return min(max(int(value), 1), _MAX_SPAN) if value.isdigit() and len(value) < 6 else 1
