"""Plain text: decoding, and lines as blocks."""

from __future__ import annotations

import codecs

from corpus.errors import TrolyError
from ingest.readers.base import Source, line_blocks

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Control characters that no text file carries; one of them means a binary file.
_BINARY = frozenset(chr(code) for code in (*range(9), *range(14, 28), 28, 29, 30))

_ZERO_SHARE = 0.2  # Vietnamese text in UTF-16: 0.43 of all bytes are zero (shared law texts)


def read(name: str, digest: str, data: bytes) -> Source:
    """Return a text file as one block a non-blank line. Raises ``TrolyError`` if it is no text."""
    text = decode(name, data)
    return Source(name, digest, "txt", text, tuple(line_blocks(text)))


def _by_zero_bytes(head: bytes) -> str | None:
    """Tell UTF-16 without a mark: ASCII letters and spaces leave zeros in every second byte."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) * _ZERO_SHARE or min(even, odd) > max(even, odd) // 10:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def decode(name: str, data: bytes) -> str:
    """Return the text of a UTF-8 (with or without BOM) or UTF-16 file, line ends as they are.

    Older Vietnamese encodings (TCVN3, VNI, Windows-1258) look alike; guessing one of them would
    quote wrong letters as law, so they are refused with what to do.
    """
    encoding = "utf-16" if data.startswith(_UTF16) else _by_zero_bytes(data[:1000]) or "utf-8-sig"
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
