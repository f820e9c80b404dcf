"""PDF with a text layer, by pypdf; scans are refused, not indexed empty."""

from __future__ import annotations

import io

from pypdf import PasswordType, PdfReader
from pypdf.errors import PyPdfError

from corpus.errors import TrolyError
from ingest.readers.base import Block, Source, TextBuilder, line_blocks


def read(name: str, digest: str, data: bytes) -> Source:
    """Return the text of every page, one block a line.

    Raises ``TrolyError`` for a broken or encrypted file and for a page without text.
    """
    try:
        pages = _pages(name, data)
    except TrolyError:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError):
        # pypdf lets its own parsing errors through on broken files, of many types.
        raise TrolyError(
            f"Tệp {name} bị hỏng, không đọc được. Hãy mở thử và xuất lại tệp PDF từ phần mềm gốc."
        ) from None
    scanned = [number for number, text in enumerate(pages, 1) if not text.strip()]
    if scanned or not pages:
        where = "không có trang nào" if not pages else f"trang {', '.join(map(str, scanned[:5]))}"
        raise TrolyError(
            f"Tệp {name} có trang không có lớp chữ ({where}), có thể là bản quét ảnh. "
            "Hãy nhận dạng chữ (OCR) hoặc dùng bản .docx gốc rồi nạp lại."
        )
    builder = TextBuilder()
    blocks: list[Block] = []
    for number, text in enumerate(pages, 1):
        start, _ = builder.write(text)
        blocks += _shifted(text, start, number)
    return Source(name, digest, "pdf", builder.text, tuple(blocks))


def _pages(name: str, data: bytes) -> list[str]:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise TrolyError(f"Tệp {name} có mật khẩu nên không đọc được. Hãy bỏ mật khẩu rồi nạp lại.")
    return [page.extract_text() for page in reader.pages]


def _shifted(text: str, start: int, page: int) -> list[Block]:
    # A page break alone is no paragraph boundary: a sentence may run over it.
    blocks = line_blocks(text, 0, page)
    return [
        Block("line", b.start + start, b.end + start, page, b.gap and (index > 0 or page == 1))
        for index, b in enumerate(blocks)
    ]
