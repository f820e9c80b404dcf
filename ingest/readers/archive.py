"""ZIP archives: each member is a file of its own, read in memory, within limits."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from corpus.errors import TrolyError

MAX_MEMBERS = 2000
MAX_TOTAL = 1024 * 1024 * 1024
"""Bytes of all members unpacked."""
MAX_MEMBER = 300 * 1024 * 1024
MAX_RATIO = 200
"""Unpacked to packed size of a member over ``_SMALL`` bytes; office text packs at most 30 to 1."""
MAX_DEPTH = 3
"""Archives inside archives."""
_SMALL = 10 * 1024 * 1024
SEPARATOR = "!/"
"""Between an archive's path and the member's name: "a.zip!/b/c.docx"."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside an archive, or why it could not be taken out (``refused``, Vietnamese)."""

    name: str  # with the names of inner archives: "b.zip!/c.docx"
    data: bytes
    refused: str = ""


def is_archive(data: bytes) -> bool:
    """True for a plain ZIP archive, not an Office file (which is a ZIP as well)."""
    from ingest.readers.detect import detect

    try:
        return data[:2] == b"PK" and detect("a.zip", data) == "zip"
    except TrolyError:
        return False


def members(data: bytes, suffixes: tuple[str, ...]) -> Iterator[Member]:
    """Yield the members whose names end with one of ``suffixes``, inner archives opened.

    Nothing is written to disk, so a member's path can lead nowhere; names that try are refused all the
    same, as are encrypted members and those that unpack beyond the limits.
    """
    yield from _members(data, suffixes, "", 1, [0])


def _members(
    data: bytes, suffixes: tuple[str, ...], prefix: str, depth: int, total: list[int]
) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        yield Member(prefix.removesuffix(SEPARATOR), b"", "Tệp nén bị hỏng. Hãy nén lại rồi nạp lại.")
        return
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if len(infos) > MAX_MEMBERS:
            yield Member(
                prefix.removesuffix(SEPARATOR), b"",
                f"Tệp nén có {len(infos)} tệp, quá giới hạn {MAX_MEMBERS}. Hãy chia nhỏ.",
            )  # fmt: skip
            return
        for info in infos:
            name = shown_name(info)
            full = prefix + name
            if not name.lower().endswith(suffixes):
                continue
            content, refused = _content(archive, info, total)
            if refused:
                yield Member(full, b"", refused)
            elif name.lower().endswith(".zip"):
                if depth >= MAX_DEPTH:
                    yield Member(full, b"", f"Tệp nén lồng quá {MAX_DEPTH} lớp. Hãy giải nén rồi nạp lại.")
                else:
                    yield from _members(content, suffixes, full + SEPARATOR, depth + 1, total)
            else:
                yield Member(full, content)


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, total: list[int]) -> tuple[bytes, str]:
    bomb = "Tệp trong tệp nén bung ra lớn bất thường nên không đọc (có thể là tệp phá hoại)."
    parts = PurePosixPath(info.filename.replace("\\", "/")).parts
    if ".." in parts or info.filename.startswith(("/", "\\")) or ":" in (parts[0] if parts else ""):
        return b"", "Tên tệp trong tệp nén trỏ ra ngoài (…/..) nên không đọc. Hãy nén lại."
    if info.flag_bits & 0x1:
        return b"", "Tệp trong tệp nén có mật khẩu. Hãy giải nén rồi nạp lại."
    limit = min(MAX_MEMBER, MAX_TOTAL - total[0])
    if info.file_size > limit or info.file_size > max(_SMALL, info.compress_size * MAX_RATIO):
        return b"", bomb
    try:
        with archive.open(info) as stream:
            content = stream.read(limit + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        return b"", "Tệp trong tệp nén bị hỏng. Hãy nén lại rồi nạp lại."
    if len(content) > limit:
        return b"", bomb
    total[0] += len(content)
    return content, ""


def shown_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name; names that are not marked as UTF-8 but are read so (Windows archivers)."""
    if not info.flag_bits & 0x800:
        try:
            return info.filename.encode("cp437").decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            pass
    return info.filename
