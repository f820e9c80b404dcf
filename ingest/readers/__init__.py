"""Files -> ``Source``: one module a format. ``read(path)`` is the door.

The type is taken from the content where that is cheap (PDF, ZIP and OLE have magic numbers), from
the name only between the two kinds of plain text. Whatever cannot be read in full is refused with
a message that says what is wrong and what to do; nothing is ever indexed half or empty.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from corpus.errors import TrolyError
from ingest.readers import docx, md, pdf, txt
from ingest.readers.base import Block, Cell, Source
from ingest.readers.guards import refuse_secret

__all__ = ["SUFFIXES", "Block", "Cell", "Source", "read"]

SUFFIXES = (".txt", ".md", ".docx", ".pdf")
"""What ``troly ingest FOLDER`` picks up."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# An encrypted .docx is an OLE container with a stream of this name ([MS-OFFCRYPTO] 2.3.4.4).
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


def read(path: Path) -> Source:
    """Return the file's text, blocks and hints.

    Raises ``TrolyError`` (Vietnamese, with what to do) for a file that is missing, empty, broken,
    encrypted, scanned, of an unknown type or encoding, or stamped MẬT / TỐI MẬT / TUYỆT MẬT.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise TrolyError(f"Không tìm thấy tệp {path}. Hãy kiểm tra lại đường dẫn.") from None
    except OSError as error:
        raise TrolyError(
            f"Không mở được tệp {path} ({error.strerror}). Hãy kiểm tra quyền đọc tệp."
        ) from None
    source = _read_bytes(path.name, data)
    if not any(source.text[b.start : b.end].strip() for b in source.blocks if b.kind != "hint"):
        raise TrolyError(f"Tệp {path.name} không có nội dung chữ. Hãy kiểm tra lại tệp gốc.")
    refuse_secret(source)
    return source


def _read_bytes(name: str, data: bytes) -> Source:
    suffix = Path(name).suffix.lower()
    digest = hashlib.sha256(data).hexdigest()
    if not data.strip():
        raise TrolyError(f"Tệp {name} rỗng. Hãy kiểm tra lại tệp gốc.")
    if data.lstrip()[:5] == b"%PDF-":
        return pdf.read(name, digest, data)
    if data[:2] == b"PK":
        return docx.read(name, digest, data)
    if data[:8] == _OLE:
        if _ENCRYPTED_STREAM in data:
            raise TrolyError(
                f"Tệp {name} có mật khẩu nên không đọc được. Hãy mở bằng Word, bỏ mật khẩu rồi nạp lại."
            )
        raise TrolyError(
            f"Tệp {name} là định dạng .doc cũ, chưa đọc được. "
            "Hãy mở bằng Word hoặc LibreOffice, chọn “Lưu thành” .docx rồi nạp tệp .docx đó."
        )
    if suffix == ".md":
        return md.read(name, digest, data)
    if suffix in (".txt", ""):
        return txt.read(name, digest, data)
    if suffix in (".docx", ".pdf"):
        raise TrolyError(
            f"Tệp {name} bị hỏng hoặc không đúng là tệp {suffix}. "
            "Hãy mở thử, lưu lại từ phần mềm gốc rồi nạp lại."
        )
    raise TrolyError(
        f"Chưa đọc được loại tệp {suffix} ({name}). Các loại đọc được: {', '.join(SUFFIXES)}. "
        "Hãy chuyển tệp sang một trong các loại đó."
    )
