"""Plain text: every encoding that Vietnamese offices have used, told by statistics, never guessed."""

from __future__ import annotations

import codecs
import re

from corpus.errors import TrolyError
from corpus.model import Doubt
from ingest.readers.base import Source, line_blocks
from ingest.readers.legacy import LEGACY, Score, candidates, convert, mistaken, score

ENCODINGS = ("utf-8", "utf-16", *LEGACY)
"""What ``--encoding`` accepts."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Control characters that no text file carries; one of them means a binary file.
_BINARY = frozenset(chr(code) for code in (*range(9), *range(14, 28), 28, 29, 30))
_ZERO_SHARE = 0.2  # Vietnamese text in UTF-16: 0.43 of all bytes are zero (shared law texts)
_SURE_SHARE = 0.9  # of the marked syllables; the 27 shared texts have 0.97 and more in the right encoding
_SURE_LEAD = 0.25  # before the second best reading; wrong readings of those texts have 0.5 at most
_ENOUGH = 5  # marked syllables; fewer tell nothing
_DOUBTFUL_SHARE = 0.6  # Unicode text with less Vietnamese than this may be old text pasted as it was
_SAMPLE = 60  # characters of each reading shown with the question

_NAMES = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "tcvn3": "TCVN3 (ABC)",
    "vni": "VNI",
    "windows-1258": "Windows-1258",
}


def read(name: str, digest: str, data: bytes, encoding: str | None = None) -> Source:
    """Return a text file as one block a non-blank line. Raises ``TrolyError`` if it is no text."""
    text, doubts = decode(name, data, encoding)
    return Source(name, digest, "txt", text, tuple(line_blocks(text)), doubts=doubts)


def decode(name: str, data: bytes, encoding: str | None = None) -> tuple[str, tuple[Doubt, ...]]:
    """Return the text, line ends as they are, with a doubt where an old encoding was converted.

    ``encoding`` (one of ``ENCODINGS``) is what the user says; without it UTF-8 and UTF-16 are told by
    their form, older encodings by the share of Vietnamese syllables. Raises ``TrolyError`` with the
    question to the user where no reading is clearly the right one.
    """
    if encoding:
        return _forced(name, data, encoding), ()
    try:
        text = data.decode(_unicode(data))
    except UnicodeDecodeError:
        if not _BINARY.isdisjoint(data.decode("latin-1")):
            raise _no_text(name) from None
        return _converted(name, candidates(data))
    if not _BINARY.isdisjoint(text):
        raise _no_text(name)
    if re.search(r"[\x80-\xff]", text):
        plain = score("utf-8", text)
        if plain.marked >= _ENOUGH and plain.share < _DOUBTFUL_SHARE:
            readings = mistaken(text)
            if readings[0].share > plain.share:  # what reads no better otherwise is what it says it is
                return _converted(name, readings)
    return text, ()


def _forced(name: str, data: bytes, encoding: str) -> str:
    if encoding in LEGACY:
        old = LEGACY[encoding]
        codec = "cp1258" if old == "windows-1258" else "cp1252"
        try:
            text = data.decode(_unicode(data))  # old text that was saved in Unicode as it was
        except UnicodeDecodeError:
            text = data.decode(codec, "replace")
        return convert(text, old)
    try:
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except (UnicodeDecodeError, LookupError):
        raise TrolyError(
            f"Tệp {name} không đọc được theo bảng mã {encoding}. "
            f"Hãy thử bảng mã khác: {', '.join(ENCODINGS)}."
        ) from None


def _converted(name: str, readings: list[Score]) -> tuple[str, tuple[Doubt, ...]]:
    best, second = readings[0], readings[1]
    if best.marked >= _ENOUGH and best.share >= _SURE_SHARE and best.share - second.share >= _SURE_LEAD:
        if best.encoding == "utf-8":
            return best.text, ()
        message = f"Tệp theo bảng mã cũ {_NAMES[best.encoding]}, đã chuyển sang Unicode; hãy xem lại chữ."
        return best.text, (Doubt("encoding-converted", message),)
    shown = "; ".join(f"{r.encoding}: “{_sample(r.text)}”" for r in readings)
    raise TrolyError(
        f"Không chắc tệp {name} theo bảng mã nào nên chưa nạp. Các cách đọc: {shown}. "
        "Hãy chọn cách đọc đúng rồi nạp lại với --encoding (ví dụ: troly ingest TỆP --encoding "
        f"{best.encoding}), hoặc chuyển tệp sang Unicode (UTF-8)."
    )


def _sample(text: str) -> str:
    """Return the first words that differ between readings: from the first letter outside ASCII on."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    at = next((i for i, c in enumerate(flat) if not c.isascii()), 0)
    return flat[max(0, at - 10) : at + _SAMPLE]


def _no_text(name: str) -> TrolyError:
    return TrolyError(
        f"Tệp {name} không phải là tệp chữ. Hãy nạp tệp .txt, .md, .html, .docx, .doc hoặc .pdf."
    )


def _unicode(data: bytes) -> str:
    return "utf-16" if data.startswith(_UTF16) else _by_zero_bytes(data[:1000]) or "utf-8-sig"


def _by_zero_bytes(head: bytes) -> str | None:
    """Tell UTF-16 without a mark: ASCII letters and spaces leave zeros in every second byte."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) * _ZERO_SHARE or min(even, odd) > max(even, odd) // 10:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"
