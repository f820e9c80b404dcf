"""What a file is, told by its content; the name only decides between kinds of plain text."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePath
from typing import Literal

from corpus.errors import TrolyError

Kind = Literal["pdf", "docx", "doc", "rtf", "odt", "html", "md", "txt", "zip"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# An encrypted .docx is an OLE container with a stream of this name ([MS-OFFCRYPTO] 2.3.4.4).
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_WORD_STREAM = "WordDocument".encode("utf-16-le")
_FIB_MAGIC = b"\xec\xa5"  # [MS-DOC] 2.5.1: wIdent, first bytes of the WordDocument stream
_FIB_ENCRYPTED = 0x01  # fEncrypted, in the byte at offset 11
_HTML = re.compile(
    rb"(?i)\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.S,
)
_HTML16 = "<html".encode("utf-16-le")
_SUFFIXES: dict[str, frozenset[Kind]] = {
    ".pdf": frozenset({"pdf"}),
    ".docx": frozenset({"docx"}),
    ".docm": frozenset({"docx"}),
    ".dotx": frozenset({"docx"}),
    ".doc": frozenset({"doc"}),
    ".rtf": frozenset({"rtf"}),
    ".odt": frozenset({"odt"}),
    ".html": frozenset({"html"}),
    ".htm": frozenset({"html"}),
    ".md": frozenset({"md"}),
    ".txt": frozenset({"txt"}),
    ".zip": frozenset({"zip"}),
}
_OTHERS = (
    (b"\x89PNG", "ảnh PNG"),
    (b"\xff\xd8\xff", "ảnh JPEG"),
    (b"II*\x00", "ảnh TIFF"),
    (b"MM\x00*", "ảnh TIFF"),
    (b"Rar!", "tệp nén RAR"),
    (b"7z\xbc\xaf", "tệp nén 7z"),
    (b"\x1f\x8b", "tệp nén GZIP"),
    (b"MZ", "chương trình Windows"),
    (b"\x7fELF", "chương trình Linux"),
)
_PDF_HEAD = 1024  # bytes in which a reader looks for the header (PDF 32000-1, annex H, note 13)


def detect(name: str, data: bytes) -> Kind:
    """Return the kind of a file. Raises ``TrolyError`` for one that no reader takes."""
    suffix = PurePath(name).suffix.lower()
    if data[:8] == _OLE:
        return _ole(name, data)
    if data[:4] in _ZIP:
        return _zip(name, data)
    if b"%PDF-" in data[:_PDF_HEAD] and not data[:1].isalpha():
        return "pdf"
    if data[:5] == b"{\\rtf":
        return "rtf"
    other = next((what for magic, what in _OTHERS if data.startswith(magic)), None)
    if other:
        raise TrolyError(
            f"Tệp {name} là {other}, trợ lý không đọc được. Hãy chuyển nội dung sang .docx hoặc .pdf."
        )
    if _HTML.match(data[:4096]) or (data[:2] == b"\xff\xfe" and _HTML16 in data[:4096].lower()):
        return "html"
    if suffix in (".html", ".htm"):
        return "html"
    if suffix == ".md":
        return "md"
    if suffix in (".txt", ""):
        return "txt"
    if suffix in _SUFFIXES:
        if suffix != ".zip" and _is_text(data):
            return "txt"
        raise TrolyError(
            f"Tệp {name} bị hỏng hoặc không đúng là tệp {suffix}. "
            "Hãy mở thử, lưu lại từ phần mềm gốc rồi nạp lại."
        )
    raise TrolyError(
        f"Chưa đọc được loại tệp {suffix} ({name}). Các loại đọc được: {', '.join(_SUFFIXES)}. "
        "Hãy chuyển tệp sang một trong các loại đó."
    )


def misnamed(name: str, kind: Kind) -> bool:
    """True when the name's suffix promises another kind than the content is."""
    promised = _SUFFIXES.get(PurePath(name).suffix.lower())
    return promised is not None and kind not in promised


def _ole(name: str, data: bytes) -> Kind:
    fib = next(
        (at for at in range(512, min(len(data), 1 << 20), 512) if data[at : at + 2] == _FIB_MAGIC), None
    )
    locked = fib is not None and fib + 11 < len(data) and data[fib + 11] & _FIB_ENCRYPTED
    if _ENCRYPTED_STREAM in data or locked:
        raise TrolyError(
            f"Tệp {name} có mật khẩu nên không đọc được. Hãy mở bằng Word, bỏ mật khẩu rồi nạp lại."
        )
    if _WORD_STREAM in data:
        return "doc"
    raise TrolyError(
        f"Tệp {name} là tệp Office cũ nhưng không phải tệp Word (có thể là Excel, PowerPoint), hoặc bị hỏng. "
        "Hãy lưu nội dung cần tra cứu thành .docx rồi nạp lại."
    )


def _zip(name: str, data: bytes) -> Kind:
    broken = TrolyError(f"Tệp {name} bị hỏng, không đọc được. Hãy mở bằng phần mềm gốc, lưu lại rồi nạp lại.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            mime = b""
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                mime = archive.read("mimetype")
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, RuntimeError, EOFError):
        raise broken from None
    except Exception as error:  # zlib.error has no common base with the others
        raise broken from error
    if mime.startswith(b"application/vnd.oasis.opendocument.text"):
        return "odt"
    if "[Content_Types].xml" in names or "word/document.xml" in names or "xl/workbook.xml" in names:
        if any(part.endswith("document.xml") and part.startswith("word/") for part in names):
            return "docx"
        raise TrolyError(
            f"Tệp {name} không phải là tệp Word (.docx) mà là tệp Office loại khác hoặc bị hỏng. "
            "Hãy lưu nội dung cần tra cứu thành .docx rồi nạp lại."
        )
    return "zip"


def _is_text(data: bytes) -> bool:
    """True for bytes that are surely text: UTF-8 with some words and no control characters."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return "\n" in text and not any(ord(c) < 32 and c not in "\t\n\r\f\x1b" for c in text)
