"""Taking files into a library in memory: read, parse, told from those held already, parts attached again.

Nothing is written here; ``ingest.pipeline`` publishes the result.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpus.catalog import Catalog, load_catalog
from corpus.errors import TrolyError
from corpus.generation import Generation, find_current
from corpus.lexicons import Lexicons, load_lexicons
from corpus.model import ParsedDocument
from corpus.originals import keep_original
from corpus.settings import SHIPPED_DOCUMENTS, Settings
from corpus.store import Library, StoredDocument
from corpus.text import fold, slug
from ingest.choices import load_choices
from ingest.files import contents, inside, on_disk, sha256_of
from ingest.outcome import FileResult, IngestReport
from ingest.parse import attach_part, parse_source
from ingest.readers import SUFFIXES, Source, load
from ingest.readers.archive import Member
from ingest.readings import Readings
from ingest.tasks import extract_tasks

_KEPT = (
    "Bản nạp trước đây của tệp này vẫn được giữ trong kho; để gỡ, hãy xóa tệp rồi chạy lại «troly ingest»."
)
_PART_GONE = (
    "Tệp phụ lục không còn nên nội dung của nó đã bỏ khỏi «{id}». "
    "Để có lại, hãy gắn lại: troly ingest TỆP --part-of {id}."
)
_PART_UNREADABLE = "Phụ lục này tạm thời không có trong «{id}»; hãy sửa tệp rồi chạy lại «troly ingest»."
_REMOVED = "Văn bản «{id}» đã được gỡ bằng «troly remove»; khôi phục: troly remove --restore {id}."
_RESTORED = "Văn bản từng được gỡ, nay nạp lại."
_SCAN_SECOND = "Kho đang có bản không phải bản quét của văn bản này từ {other} nên giữ bản đó."
_SAME_TITLE = 0.8  # of the words of two titles in common: below it two plans of one month are two documents
_PART_KEPT = "Nội dung phụ lục đã gắn vào «{id}» trước đây vẫn được giữ."


class Taking:
    """A library in memory, and what has become of each file."""

    def __init__(
        self,
        settings: Settings,
        rebuild: bool = False,
        dry_run: bool = False,
        show_progress: bool = False,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self.rebuild = rebuild
        self.dry_run = dry_run
        self.show_progress = show_progress
        self.say = say
        self.readings = Readings(settings.data_dir)
        self.choices = load_choices(settings)
        self.catalog: Catalog = load_catalog(settings)
        self.lexicons: Lexicons = load_lexicons(settings)
        self.report = IngestReport()
        self.current = find_current(settings)
        self.stored: dict[str, StoredDocument] = {}
        self.named: set[Path] = set()  # files that the user named one by one
        self.encoding: str | None = None
        manifest = manifest_of(self.current)
        # Document id -> the appendix files attached to it, in the order of attaching.
        self.parts: dict[str, list[str]] = manifest.get("parts", {})
        self.reread: list[str] = []
        self.bare = False
        if self.current is not None:
            try:
                library = Library(self.current.store_path, self.current.name)
                self.stored = {
                    item.parsed.document.id: item for item in library.stored() if item.source_path is not None
                }
                library.close()
            except (TrolyError, sqlite3.Error):
                # A damaged store, or one of another format, cannot be carried over: all is read again.
                self.rebuild, self.reread = True, manifest.get("sources", [])
        self.before = dict(self.stored)
        for identifier in self.choices.removed:  # killed between deciding and publishing
            self.stored.pop(identifier, None)

    def files(self, paths: Sequence[Path]) -> list[Path]:
        """Return the files to look at, in order; folders give the files of our kinds inside them."""
        known = {item.source_path: identifier for identifier, item in self.stored.items() if item.source_path}
        gone = [key for key in self.reread if not on_disk(key).exists()]
        files = [on_disk(key) for key in self.reread if on_disk(key).exists()]
        self.bare = not paths
        if self.bare:
            files += [on_disk(key) for key in known if on_disk(key).exists()]
            gone += [key for key in known if not on_disk(key).exists()]
        for path in paths:
            if path.is_dir():
                found = inside(path)
                if not found:
                    self.refuse(str(path), f"Thư mục không có tệp {', '.join(SUFFIXES)} nào.")
                files += found
                prefix = str(path.resolve())
                gone += [k for k in known if Path(k).is_relative_to(prefix) and not on_disk(k).exists()]
            elif path.exists():
                files.append(path)
                self.named.add(path.resolve())
            else:
                self.refuse(str(path), "Không có tệp này. Hãy kiểm tra lại đường dẫn.")
        if self.bare or not self.stored:
            files = inside(SHIPPED_DOCUMENTS) + files
        for source in gone:
            self.gone(source, known.get(source))
        # An appendix file is no document of its own: it stands for the document it belongs to.
        bases = {
            part: self.stored[identifier].source_path or part
            for identifier, parts_of in self.parts.items()
            if identifier in self.stored
            for part in parts_of
        }
        resolved = (file.resolve() for file in files)
        return list(dict.fromkeys(on_disk(bases.get(str(file), str(file))) for file in resolved))

    def gone(self, source: str, identifier: str | None) -> None:
        """Report a file that is no longer there, and drop its document."""
        removed = self.stored.pop(identifier).parsed.document.id if identifier in self.stored else None
        parts = ", ".join(self.parts.get(removed or "", ()))
        message = f"Phụ lục gắn kèm cũng đã bỏ: {parts}." if parts else ""
        self.report.files.append(FileResult(source, "removed", removed, message))

    def visit_all(self, paths: Sequence[Path]) -> None:
        if paths:
            self.readings.start()
        for number, path in enumerate(paths, 1):
            self.say(f"[{number}/{len(paths)}] Đọc {path.name} …")
            seen: set[str] = set()
            try:
                for key, member in contents(path):
                    seen.add(key)
                    self.take(key, member)
            except TrolyError as error:
                held = any(
                    on_disk(item.source_path) == path for item in self.stored.values() if item.source_path
                )
                self.refuse(str(path), f"{error} {_KEPT}" if held else str(error))
                continue
            known = {s.source_path: i for i, s in self.stored.items() if s.source_path}
            for key, identifier in known.items():  # members that an archive no longer has
                if key not in seen and key != str(path) and on_disk(key) == path:
                    self.gone(key, identifier)

    def _source(self, key: str, member: Member) -> Source:
        """Return a file's text; raises ``TrolyError`` where it cannot be read."""
        if member.refused:
            raise TrolyError(member.refused)
        if self.encoding and on_disk(key) in self.named:
            self.choices.encodings[key] = self.encoding
        source = self.readings.read(member.name, member.data, self.choices.encodings.get(key), self.say)
        if source.format == "pdf" and not self.dry_run:
            keep_original(self.settings, source.sha256, member.data)
        return source

    def take(self, key: str, member: Member) -> None:
        named = on_disk(key) in self.named
        removed = self.choices.removed_source(key)
        if removed is not None and not named:
            self.report.files.append(FileResult(key, "skipped", removed, _REMOVED.format(id=removed)))
            return
        sha256 = hashlib.sha256(member.data).hexdigest()
        try:
            source = self._source(key, member)
            parsed = self._parsed(source, key)
        except TrolyError as error:
            held = any(item.source_path == key for item in self.stored.values())
            self.refuse(key, f"{error} {_KEPT}" if held else str(error))
            return
        identifier, message = parsed.document.id, ""
        if identifier in self.choices.removed:
            if not named:
                self.report.files.append(
                    FileResult(key, "skipped", identifier, _REMOVED.format(id=identifier))
                )
                return
            self.parts.setdefault(identifier, self.choices.removed.pop(identifier).parts)
            message = _RESTORED
        before = next((s for s in self.stored.values() if s.source_path == key), None)
        if before is not None and before.parsed.document.id != identifier:
            # The file holds another document now, or the same one with its number at last.
            old = before.parsed.document.id
            del self.stored[old]
            self.parts[identifier] = [*self.parts.get(identifier, ()), *self.parts.pop(old, ())]
        else:
            old = None
        twin = self.stored.get(identifier)
        if twin is not None and twin.source_path is not None and twin.source_path != key:
            other = twin.source_path
            told = self._second(key, parsed, sha256, twin)
            if told:
                status = "changed" if old else "unchanged"
                self.report.files.append(FileResult(key, status, identifier, told))
                return
            if twin.source_sha256 != sha256:
                message = f"{message} Thay cho bản nạp từ {other}.".strip()
        same = twin is not None and twin.source_sha256 == sha256
        parsed, complete = self._with_parts(parsed, keep=same)
        # An appendix of an older library, or of one whose manifest is damaged: its file is not known.
        known = identifier in self.parts
        orphan = not known and twin is not None and any(p.source_sha256 for p in twin.parsed.provisions)
        if twin is not None and same and (orphan or not complete):
            parsed = twin.parsed
        elif orphan:
            message = f"{message} {_PART_GONE.format(id=identifier)}".strip()
        self.stored[identifier] = StoredDocument(parsed, extract_tasks(parsed, self.lexicons), key, sha256)
        if twin is not None and same and twin.parsed.document.text == parsed.document.text:
            status = "unchanged"
        else:
            status = "changed" if twin or before else "added"
        self.report.files.append(FileResult(key, status, identifier, message))

    def _parsed(self, source: Source, key: str) -> ParsedDocument:
        """Return the document of a source. Two plans of one body and month without numbers are two."""
        parsed = parse_source(source, self.catalog)
        document = parsed.document
        twin = self.stored.get(document.id)
        if twin is None or twin.source_path in (None, key) or document.number:
            return parsed
        other = twin.parsed.document
        if other.number or not on_disk(twin.source_path or "").exists():
            return parsed
        if _alike(other.title, document.title) >= _SAME_TITLE:
            return parsed
        return parse_source(source, self.catalog, f"{document.id}-{slug(document.title)[:60].strip('-')}")

    def _second(self, key: str, parsed: ParsedDocument, sha256: str, twin: StoredDocument) -> str:
        """Return why a second file of a document is not taken, "" where it replaces the first."""
        other = twin.source_path or ""
        # What the library has of it is still what the other file holds (None: a member of an archive).
        fresh = on_disk(other).exists() and sha256_of(other) in (twin.source_sha256, None)
        if fresh and twin.source_sha256 == sha256:
            return f"Trùng với {other}."
        if self.bare and on_disk(key).is_relative_to(SHIPPED_DOCUMENTS):
            return f"Kho đang dùng bản nạp từ {other}."
        if not fresh:
            return ""
        if twin.parsed.document.text.startswith(parsed.document.text):  # an appendix may stand behind it
            return f"Cùng nội dung với {other}."
        scanned = [any(d.code == "ocr" for d in p.document.doubts) for p in (parsed, twin.parsed)]
        return _SCAN_SECOND.format(other=other) if scanned == [True, False] else ""

    def _with_parts(self, parsed: ParsedDocument, *, keep: bool) -> tuple[ParsedDocument, bool]:
        """Attach the document's appendix files again; False where one of them could not be read.

        Nothing goes silently: a file that is gone or unreadable is reported by its own result.
        ``keep`` says that the text in the library then stays as it is.
        """
        identifier, complete = parsed.document.id, True
        for name in tuple(self.parts.get(identifier, ())):
            if not Path(name).exists():
                self.parts[identifier].remove(name)
                gone = FileResult(name, "removed", identifier, _PART_GONE.format(id=identifier))
                self.report.files.append(gone)
                continue
            try:
                parsed = attach_part(parsed, self._part(Path(name)), self.catalog)
            except TrolyError as error:
                complete = False
                told = _PART_KEPT if keep else _PART_UNREADABLE
                self.refuse(name, f"{error} {told.format(id=identifier)}")
        return parsed, complete

    def _part(self, path: Path) -> Source:
        """Return the text of an appendix file; raises ``TrolyError`` where it cannot be read."""
        return self._source(str(path), Member(path.name, load(path)))

    def attach(self, paths: Sequence[Path], part_of: str) -> None:
        if part_of not in self.stored:
            raise TrolyError(f"Kho không có văn bản toàn văn «{part_of}» để gắn phụ lục. Xem: troly status.")
        if len(paths) != 1:
            raise TrolyError("Với --part-of hãy nêu đúng một tệp phụ lục.")
        base = self.stored[part_of]
        path = paths[0].resolve()
        if not path.is_file():
            raise TrolyError(f"Không có tệp {paths[0]}. Hãy kiểm tra lại đường dẫn.")
        if str(path) == base.source_path:
            raise TrolyError(f"Tệp {path.name} chính là văn bản «{part_of}», không phải phụ lục của nó.")
        part = self._part(path)  # what cannot be read is told before anything changes
        own = next((key for key, item in self.stored.items() if item.source_path == str(path)), None)
        if own is not None:
            del self.stored[own]
            message = f"Tệp này không còn là văn bản riêng mà là phụ lục của «{part_of}»."
            self.report.files.append(FileResult(str(path), "removed", own, message))
        known = self.parts.setdefault(part_of, [])
        if str(path) in known and base.source_path is not None:
            # The appendix as it was must go: the whole is read again.
            for key, member in contents(on_disk(base.source_path)):
                if key == base.source_path:
                    self.take(key, member)
            return
        parsed = attach_part(base.parsed, part, self.catalog)
        if parsed is base.parsed:  # this very text is attached already
            lost = [name for name in known if not Path(name).exists()]
            if known and not lost:
                message = f"Trùng với phụ lục đã gắn vào «{part_of}»."
                self.report.files.append(FileResult(str(path), "unchanged", part_of, message))
                return
            known[:] = [name for name in known if name not in lost[:1]]  # its file was moved
        known.append(str(path))
        self.stored[part_of] = replace(base, parsed=parsed, tasks=extract_tasks(parsed, self.lexicons))
        self.report.files.append(FileResult(str(path), "added", part_of))

    def refuse(self, key: str, message: str) -> None:
        self.report.files.append(FileResult(key, "refused", None, message))


def manifest_of(generation: Generation | None) -> dict[str, Any]:
    """Return what the last ingestion noted, {} where there is none or it is damaged."""
    try:
        return dict(generation.manifest()) if generation else {}
    except (OSError, ValueError):
        return {}


def _alike(a: str, b: str) -> float:
    """Return the share of the words of two titles that both have, 0 to 1."""
    one, two = set(fold(a).split()), set(fold(b).split())
    return len(one & two) / max(len(one | two), 1)
