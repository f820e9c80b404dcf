"""Small files of every format and their documents, made on the spot: no binary fixtures here."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import docx

from corpus.catalog import Catalog
from corpus.model import ParsedDocument
from corpus.settings import SHIPPED_DOCUMENTS
from ingest.parse import parse_source
from ingest.readers.base import Source, line_blocks

PLAN = SHIPPED_DOCUMENTS / "ke-hoach-binh-lu-2026.txt"
NOTHING = Catalog({})
"""A catalog that knows no document."""


def text_source(text: str, name: str = "a.txt") -> Source:
    """Return ``text`` as the text reader would."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Source(name, digest, "txt", text, tuple(line_blocks(text)))


def parse(text: str, catalog: Catalog = NOTHING, name: str = "a.txt") -> ParsedDocument:
    """Return the document that a text file with this content would give."""
    return parse_source(text_source(text, name), catalog)


def make_docx(path: Path, content: Sequence[str | Sequence[Sequence[str]]]) -> Path:
    """Write a Word file: a string is a paragraph, a list of rows a table. Returns ``path``."""
    document = docx.Document()
    for item in content:
        if isinstance(item, str):
            document.add_paragraph(item)
        else:
            table = document.add_table(len(item), len(item[0]))
            for row, cells in zip(table.rows, item, strict=True):
                for cell, text in zip(row.cells, cells, strict=True):
                    cell.text = text
    document.save(str(path))
    return path


def make_pdf(path: Path, pages: Sequence[Sequence[str]]) -> Path:
    """Write a PDF with a text layer, one string a line (codes are code points, named by a ToUnicode map)."""
    contents = []
    for page in pages:
        shown = "\n".join(f"<{_codes(line)}> Tj T*" for line in page)
        contents.append(f"BT /F 12 Tf 14 TL 50 800 Td\n{shown}\nET")
    return _write_pdf(path, contents, {char for page in pages for line in page for char in line})


def drawn_pdf(
    path: Path,
    pages: Sequence[Sequence[tuple[float, float, str]]],
    strokes: Sequence[Sequence[tuple[float, float, float, float]]],
) -> Path:
    """Write a PDF with each text (10 points high) at its x, y and each stroke from point to point."""
    contents = []
    for texts, lines in zip(pages, strokes, strict=True):
        drawn = [f"{x1} {y1} m {x2} {y2} l S" for x1, y1, x2, y2 in lines]
        shown = [f"BT /F 10 Tf {x} {y} Td <{_codes(text)}> Tj ET" for x, y, text in texts]
        contents.append("\n".join([*drawn, *shown]))
    return _write_pdf(path, contents, {char for page in pages for _, _, text in page for char in text})


def _codes(text: str) -> str:
    return "".join(f"{ord(char):04X}" for char in text)


def _write_pdf(path: Path, contents: Sequence[str], used: set[str]) -> Path:
    characters = sorted(used)
    cmap = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for start in range(0, len(characters), 100):  # at most 100 entries a block (PDF 32000-1, 9.10.3)
        chunk = characters[start : start + 100]
        cmap.append(f"{len(chunk)} beginbfchar")
        cmap += [f"<{ord(char):04X}> <{ord(char):04X}>" for char in chunk]
        cmap.append("endbfchar")
    cmap.append("endcmap end end")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /F /Encoding /Identity-H /DescendantFonts [4 0 R]"
        b" /ToUnicode 5 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /F /DW 500"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>",
        _stream("\n".join(cmap)),
    ]
    kids = []
    for content in contents:
        objects.append(_stream(content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]"
            b" /Resources << /Font << /F 3 0 R >> >> /Contents %d 0 R >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    path.write_bytes(_file(objects))
    return path


def _stream(text: str) -> bytes:
    data = text.encode("ascii")
    return b"<< /Length %d >> stream\n%s\nendstream" % (len(data), data)


def _file(objects: Sequence[bytes]) -> bytes:
    data = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    start = len(data)
    return data + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
        % (size, table, size, start)
    )


_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    "</Types>"
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="word/document.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
)


def raw_docx(path: Path, body: str, **parts: str) -> Path:
    """Write a Word file from raw XML: the body's, and that of other parts by name (``numbering``, …).

    Returns ``path``. A part given as "styles" is the inside of its root element.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELATIONS)
        archive.writestr("word/document.xml", f"<w:document {_WORD}><w:body>{body}</w:body></w:document>")
        for name, inside in parts.items():
            root = {"header1": "hdr", "footer1": "ftr"}.get(name, name)
            archive.writestr(f"word/{name}.xml", f"<w:{root} {_WORD}>{inside}</w:{root}>")
    return path


def par(text: str, *, properties: str = "", run: str = "") -> str:
    """Return the XML of a Word paragraph with one run."""
    ppr = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    rpr = f"<w:rPr>{run}</w:rPr>" if run else ""
    return f'<w:p>{ppr}<w:r>{rpr}<w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
