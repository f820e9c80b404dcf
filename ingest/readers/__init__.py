"""Files -> ``Source``: one module a format. ``read(path)`` is the door.

The type is taken from the content, from the name only between kinds of plain text. Whatever cannot be
read in full is refused with a message that says what is wrong and what to do; nothing is ever indexed
half or empty.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePath

from corpus.errors import TrolyError
from corpus.model import Doubt
from ingest.readers.base import Block, Cell, Source
from ingest.readers.detect import Kind, detect, misnamed
from ingest.readers.guards import odd_characters, refuse_secret

__all__ = ["SUFFIXES", "Block", "Cell", "Source", "read", "read_bytes"]

SUFFIXES = (".txt", ".md", ".html", ".htm", ".docx", ".docm", ".doc", ".rtf", ".odt", ".pdf", ".zip")
"""What ``troly ingest FOLDER`` picks up."""

MAX_BYTES = 300 * 1024 * 1024
"""Of one file; a scan of 500 pages at 300 dpi has about 100 MB."""

Progress = Callable[[str], None]


def read(path: Path, encoding: str | None = None) -> Source:
    """Return the file's text, blocks and hints.

    Raises ``TrolyError`` (Vietnamese, with what to do) for a file that is missing, empty, broken,
    encrypted, of an unknown type or encoding, a scan where no OCR is installed, or stamped MẬT / TỐI
    MẬT / TUYỆT MẬT.
    """
    return read_bytes(path.name, load(path), encoding)


def load(path: Path) -> bytes:
    """Return a file's bytes; raises ``TrolyError`` where it cannot be opened or is too large."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise TrolyError(
                f"Tệp {path.name} lớn hơn {MAX_BYTES // 2**20} MB nên không đọc. Hãy tách thành nhiều tệp."
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise TrolyError(f"Không tìm thấy tệp {path}. Hãy kiểm tra lại đường dẫn.") from None
    except OSError as error:
        raise TrolyError(
            f"Không mở được tệp {path} ({error.strerror}). Hãy kiểm tra quyền đọc tệp."
        ) from None


def read_bytes(name: str, data: bytes, encoding: str | None = None, say: Progress = lambda _: None) -> Source:
    """Return the text of a file's content; ``say`` is told of progress. Raises as ``read`` does."""
    if not data.strip():
        raise TrolyError(f"Tệp {name} rỗng. Hãy kiểm tra lại tệp gốc.")
    kind = detect(name, data)
    source = _by_kind(kind, name, data, encoding, say)
    if not any(
        source.text[b.start : b.end].strip() for b in source.blocks if b.kind not in ("hint", "furniture")
    ):
        raise TrolyError(f"Tệp {name} không có nội dung chữ. Hãy kiểm tra lại tệp gốc.")
    refuse_secret(source)
    doubts = [*source.doubts, *odd_characters(source)]
    if misnamed(name, kind):
        doubts.insert(
            0,
            Doubt(
                "wrong-extension",
                f"Tên tệp ghi “{PurePath(name).suffix}” nhưng nội dung là .{kind}; đã đọc theo nội dung.",
            ),
        )
    return replace(source, doubts=tuple(doubts))


def _by_kind(kind: Kind, name: str, data: bytes, encoding: str | None, say: Progress) -> Source:
    """Call the reader of ``kind``; each is imported when its first file comes."""
    from ingest.readers import docx, html, md, office, pdf, txt

    digest = hashlib.sha256(data).hexdigest()
    match kind:
        case "pdf":
            return pdf.read(name, digest, data, say)
        case "docx":
            return docx.read(name, digest, data)
        case "doc" | "rtf" | "odt":
            word = office.to_docx(name, f".{kind}", data)
            return docx.read(name, digest, word, converted=kind == "doc")
        case "html":
            return html.read(name, digest, data, encoding)
        case "md":
            return md.read(name, digest, data, encoding)
        case "zip":
            raise TrolyError(
                f"Tệp {name} là tệp nén chứa nhiều tệp; hãy nạp bằng «troly ingest» hoặc giải nén trước."
            )
        case _:
            return txt.read(name, digest, data, encoding)
