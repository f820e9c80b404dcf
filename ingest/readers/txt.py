"""Plain text: decoding, and lines as blocks."""

from __future__ import annotations

import codecs

from corpus.errors import TrolyError
from ingest.readers.base import Source, line_blocks

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Control characters that no text file carries; one of them means a binary file.
_BINARY = frozenset(chr(code) for code in (*range(9), *range(14, 28), 28, 29, 30))


def read(name: str, digest: str, data: bytes) -> Source:
    """Return a text file as one block a non-blank line. Raises ``TrolyError`` if it is no text."""
    text = decode(name, data)
    return Source(name, digest, "txt", text, tuple(line_blocks(text)))


def decode(name: str, data: bytes) -> str:
    """Return the text of a UTF-8 (with or without BOM) or UTF-16 file, line ends as they are.

    Older Vietnamese encodings (TCVN3, VNI, Windows-1258) look alike; guessing one of them would
    quote wrong letters as law, so they are refused with what to do.
    """
    if data.startswith(_UTF16):
        encoding = "utf-16"
    elif len(data) >= 4 and data[1:2] == b"\0" and data[3:4] == b"\0":
        encoding = "utf-16-le"
    else:
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise TrolyError(
            f"Tệp {name} không theo bảng mã Unicode (UTF-8 hoặc UTF-16), có thể là TCVN3, VNI hay "
            "Windows-1258. Hãy chuyển mã sang Unicode (ví dụ bằng UniKey), lưu dạng UTF-8 rồi nạp lại."
        ) from None
    if not _BINARY.isdisjoint(text):
        raise TrolyError(f"Tệp {name} không phải là tệp chữ. Hãy nạp tệp .txt, .md, .docx hoặc .pdf.")
    return text
