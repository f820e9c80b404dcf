"""Parts of an Office file (ZIP of XML), read within limits: no entities, no network, no bombs."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from typing import Any

from lxml import etree

from corpus.errors import TrolyError

MAX_PART = 200 * 1024 * 1024
"""Bytes of one unpacked part; the largest real one seen (66.7/2025/NQ-CP, 250 pages) has 13 MB."""
MAX_PARTS = 20_000

_STRICT = (b"http://purl.oclc.org/ooxml/", b"http://schemas.openxmlformats.org/")
_MAIN = "/officeDocument"


class Package:
    """An opened Office file. Raises ``TrolyError`` where it is no ZIP or breaks a limit."""

    def __init__(self, name: str, data: bytes) -> None:
        self._file = name
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
            raise self.broken() from None
        self.names = self._archive.namelist()
        if len(self.names) > MAX_PARTS:
            raise self._too_large()

    def broken(self) -> TrolyError:
        """Return what to say of a damaged file."""
        return TrolyError(
            f"Tệp {self._file} bị hỏng, không đọc được. Hãy mở bằng Word, lưu lại thành .docx rồi nạp lại."
        )

    def _too_large(self) -> TrolyError:
        return TrolyError(
            f"Tệp {self._file} bung ra lớn bất thường nên không đọc (có thể là tệp phá hoại). "
            "Hãy kiểm tra nguồn gốc tệp."
        )

    def part(self, name: str) -> bytes:
        """Return the bytes of a part, unpacked no further than the limit; b"" where there is none."""
        if name not in self.names:
            return b""
        try:
            with self._archive.open(name) as stream:
                data = stream.read(MAX_PART + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
            raise self.broken() from None
        except RuntimeError:  # zipfile's way to say that a member is encrypted
            raise TrolyError(
                f"Tệp {self._file} có mật khẩu nên không đọc được. Hãy bỏ mật khẩu rồi nạp lại."
            ) from None
        if len(data) > MAX_PART:
            raise self._too_large()
        return data

    def xml(self, name: str) -> Any:
        """Return the root element of a part, None where there is none."""
        data = self.part(name)
        if not data:
            return None
        if b"<!DOCTYPE" in data[:4096]:
            raise TrolyError(
                f"Tệp {self._file} chứa khai báo thực thể (DTD), không phải tệp Word bình thường. "
                "Hãy kiểm tra nguồn gốc tệp."
            )
        # huge_tree off: libxml2 stops at absurd depth, names and text lengths.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            return etree.fromstring(data.replace(*_STRICT), parser)
        except (etree.XMLSyntaxError, ValueError):
            raise self.broken() from None

    def main(self) -> str:
        """Return the name of the main document part."""
        root = self.xml("_rels/.rels")
        for relation in root if root is not None else ():
            if str(relation.get("Type", "")).endswith(_MAIN):
                target = posixpath.normpath(str(relation.get("Target", "")).lstrip("/"))
                if target in self.names:
                    return target
        return "word/document.xml"
