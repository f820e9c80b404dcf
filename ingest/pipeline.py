"""The main job of ingestion: files -> parsed documents -> a new generation, or a clear reason why not."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from corpus.catalog import Catalog, load_catalog
from corpus.embedding import load_embedder
from corpus.errors import TrolyError
from corpus.generation import Generation, find_current, publish
from corpus.lexicons import Lexicons, load_lexicons
from corpus.model import ParsedDocument
from corpus.settings import SHIPPED_DOCUMENTS, Settings
from corpus.store import Library, StoredDocument
from ingest.build import build_generation, fingerprint, remove_leftovers
from ingest.parse import attach_part, parse_file
from ingest.readers import read
from ingest.tasks import extract_tasks

SUFFIXES = (".txt", ".md", ".docx", ".pdf")
_LOCK_TIMEOUT_S = 5
_KEPT = (
    "Bản nạp trước đây của tệp này vẫn được giữ trong kho; để gỡ, hãy xóa tệp rồi chạy lại «troly ingest»."
)
_PART_GONE = (
    "Tệp phụ lục không còn nên nội dung của nó đã bỏ khỏi «{id}». "
    "Để có lại, hãy gắn lại: troly ingest TỆP --part-of {id}."
)
_PART_UNREADABLE = "Phụ lục này tạm thời không có trong «{id}»; hãy sửa tệp rồi chạy lại «troly ingest»."
_PART_KEPT = "Nội dung phụ lục đã gắn vào «{id}» trước đây vẫn được giữ."


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file: ``status`` is added, changed, unchanged, removed or refused."""

    path: str
    status: str
    document_id: str | None = None
    message: str = ""


@dataclass(slots=True)
class IngestReport:
    """The outcome of one ``troly ingest``."""

    files: list[FileResult] = field(default_factory=list)
    generation: str = ""
    changed: bool = False
    embedded: int = 0
    documents: list[StoredDocument] = field(default_factory=list)

    @property
    def refused(self) -> list[FileResult]:
        """The files that could not be taken in."""
        return [result for result in self.files if result.status == "refused"]


def ingest(
    settings: Settings,
    paths: Sequence[Path] = (),
    *,
    part_of: str | None = None,
    rebuild: bool = False,
    show_progress: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> IngestReport:
    """Take files and folders into the library; with no paths, bring the library up to date.

    Without ``paths`` the shipped documents and every file ingested before are looked at again: a
    changed file replaces its document, a file that is gone takes its document with it. With
    ``part_of`` the one file becomes an appendix of that document; from then on both files are read
    whenever the document is. One bad file never stops the others: it is reported as refused.

    Raises ``TrolyError`` when nothing at all can be done.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.data_dir / "ingest.lock")
    try:
        with lock.acquire(timeout=_LOCK_TIMEOUT_S):
            return _Run(settings, rebuild, show_progress, say).run(paths, part_of)
    except Timeout as error:
        raise TrolyError(
            "Một lần nạp văn bản khác đang chạy trên cùng thư mục dữ liệu. Hãy đợi nó xong rồi chạy lại."
        ) from error
    except PermissionError as error:
        raise TrolyError(
            f"Không ghi được vào {error.filename}. Hãy kiểm tra quyền của thư mục dữ liệu."
        ) from error


class _Run:
    """One ingestion under the writer's lock."""

    def __init__(
        self, settings: Settings, rebuild: bool, show_progress: bool, say: Callable[[str], None]
    ) -> None:
        self.settings = settings
        self.rebuild = rebuild
        self.show_progress = show_progress
        self.say = say
        self.catalog: Catalog = load_catalog(settings)
        self.lexicons: Lexicons = load_lexicons(settings)
        self.report = IngestReport()
        self.current = find_current(settings)
        self.stored: dict[str, StoredDocument] = {}
        manifest = _manifest(self.current)
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

    def run(self, paths: Sequence[Path], part_of: str | None) -> IngestReport:
        if part_of is not None:
            for path in self._files(()) if self.reread else ():  # a damaged store: its documents come first
                self._take(path)
            self._attach(paths, part_of)
        else:
            for path in self._files(paths):
                self._take(path)
        if not self.stored and self.report.refused:
            raise TrolyError("Không nạp được văn bản nào:\n" + _lines(self.report.refused))
        self._publish()
        return self.report

    def _files(self, paths: Sequence[Path]) -> list[Path]:
        """Return the files to look at, in order; folders give the files of our kinds inside them."""
        known = {item.source_path: identifier for identifier, item in self.stored.items() if item.source_path}
        gone = [path for path in self.reread if not Path(path).exists()]
        files = [Path(path) for path in self.reread if Path(path).exists()]
        self.bare = not paths
        if self.bare:
            files += [Path(path) for path in known if Path(path).exists()]
            gone += [path for path in known if not Path(path).exists()]
        for path in paths:
            if path.is_dir():
                found = _inside(path)
                if not found:
                    self._refuse(path, f"Thư mục không có tệp {', '.join(SUFFIXES)} nào.")
                files += found
                prefix = str(path.resolve())
                gone += [p for p in known if Path(p).is_relative_to(prefix) and not Path(p).exists()]
            elif path.exists():
                files.append(path)
            else:
                self._refuse(path, "Không có tệp này. Hãy kiểm tra lại đường dẫn.")
        if self.bare or not self.stored:
            files = _inside(SHIPPED_DOCUMENTS) + files
        for source in gone:
            removed = self.stored.pop(known[source]).parsed.document.id if source in known else None
            parts = ", ".join(self.parts.get(removed or "", ()))
            message = f"Phụ lục gắn kèm cũng đã bỏ: {parts}." if parts else ""
            self.report.files.append(FileResult(source, "removed", removed, message))
        # An appendix file is no document of its own: it stands for the document it belongs to.
        bases = {
            part: self.stored[identifier].source_path or part
            for identifier, parts_of in self.parts.items()
            if identifier in self.stored
            for part in parts_of
        }
        resolved = (file.resolve() for file in files)
        return list(dict.fromkeys(Path(bases.get(str(file), file)) for file in resolved))

    def _take(self, path: Path) -> None:
        try:
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            self.say(f"Đọc {path.name} …")
            parsed = parse_file(path, self.catalog)
        except (TrolyError, OSError) as error:
            reason = error if isinstance(error, TrolyError) else f"Không đọc được tệp ({error.strerror})."
            held = any(item.source_path == str(path) for item in self.stored.values())
            self._refuse(path, f"{reason} {_KEPT}" if held else str(reason))
            return
        identifier, message = parsed.document.id, ""
        before = next((s for s in self.stored.values() if s.source_path == str(path)), None)
        if before is not None and before.parsed.document.id != identifier:
            # The file holds another document now, or the same one with its number at last.
            old = before.parsed.document.id
            del self.stored[old]
            self.parts[identifier] = [*self.parts.get(identifier, ()), *self.parts.pop(old, ())]
        else:
            old = None
        twin = self.stored.get(identifier)
        if twin is not None and twin.source_path is not None and twin.source_path != str(path):
            other = Path(twin.source_path)
            if _sha256(other) == twin.source_sha256 == sha256:
                message = f"Trùng với {other}."
            elif self.bare and path.is_relative_to(SHIPPED_DOCUMENTS):
                message = f"Kho đang dùng bản nạp từ {other}."
            if message:
                status = "changed" if old else "unchanged"
                self.report.files.append(FileResult(str(path), status, identifier, message))
                return
            if twin.source_sha256 != sha256:
                message = f"Thay cho bản nạp từ {other}."
        same = twin is not None and twin.source_sha256 == sha256
        parsed, complete = self._with_parts(parsed, keep=same)
        # An appendix of an older library, or of one whose manifest is damaged: its file is not known.
        known = identifier in self.parts
        orphan = not known and twin is not None and any(p.source_sha256 for p in twin.parsed.provisions)
        if twin is not None and same and (orphan or not complete):
            parsed = twin.parsed
        elif orphan:
            message = f"{message} {_PART_GONE.format(id=identifier)}".strip()
        self.stored[identifier] = StoredDocument(
            parsed, extract_tasks(parsed, self.lexicons), str(path), sha256
        )
        if twin is not None and same and twin.parsed.document.text == parsed.document.text:
            status = "unchanged"
        else:
            status = "changed" if twin or before else "added"
        self.report.files.append(FileResult(str(path), status, identifier, message))

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
                parsed = attach_part(parsed, read(Path(name)), self.catalog)
            except TrolyError as error:
                complete = False
                told = _PART_KEPT if keep else _PART_UNREADABLE
                self._refuse(Path(name), f"{error} {told.format(id=identifier)}")
        return parsed, complete

    def _attach(self, paths: Sequence[Path], part_of: str) -> None:
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
        part = read(path)  # what cannot be read is told before anything changes
        own = next((key for key, item in self.stored.items() if item.source_path == str(path)), None)
        if own is not None:
            del self.stored[own]
            message = f"Tệp này không còn là văn bản riêng mà là phụ lục của «{part_of}»."
            self.report.files.append(FileResult(str(path), "removed", own, message))
        known = self.parts.setdefault(part_of, [])
        if str(path) in known and base.source_path is not None:
            self._take(Path(base.source_path))  # the appendix as it was must go: the whole is read again
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

    def _refuse(self, path: Path, message: str) -> None:
        self.report.files.append(FileResult(str(path), "refused", None, message))

    def _with_warnings(self, item: StoredDocument) -> StoredDocument:
        """Return a document with the catalog's warnings for this library ("Kho chưa có …" can pass)."""
        document = item.parsed.document
        entry = self.catalog.entries.get(document.id)
        warnings = entry.warnings_given(set(self.stored)) if entry else ()
        return replace(item, parsed=replace(item.parsed, document=replace(document, warnings=warnings)))

    def _publish(self) -> None:
        cards = [
            self.catalog.card(identifier, set(self.stored))
            for identifier in self.catalog.entries
            if identifier not in self.stored
        ]
        stored = [
            *map(self._with_warnings, self.stored.values()),
            *(StoredDocument(card, extract_tasks(card, self.lexicons), None, None) for card in cards if card),
        ]
        if not stored:
            raise TrolyError("Kho trống: không có văn bản nào để lập chỉ mục.")
        self.report.documents = stored
        embedder = load_embedder(self.settings)
        parts = {key: names for key, names in self.parts.items() if names and key in self.stored}
        wanted = fingerprint(stored, embedder, self.lexicons, parts)
        unchanged = _manifest(self.current).get("fingerprint") == wanted
        if self.current is not None and not self.rebuild and unchanged:
            remove_leftovers(self.settings)  # of a run that was killed
            self.report.generation = self.current.name
            return
        generation, self.report.embedded = build_generation(
            self.settings,
            stored,
            embedder,
            self.lexicons,
            parts,
            show_progress=self.show_progress,
            rebuild=self.rebuild,
        )
        publish(self.settings, generation)
        remove_leftovers(self.settings)
        self.report.generation, self.report.changed = generation.name, True


def _manifest(generation: Generation | None) -> dict[str, Any]:
    """Return what the last ingestion noted, {} where there is none or it is damaged."""
    try:
        return dict(generation.manifest()) if generation else {}
    except (OSError, ValueError):
        return {}


def _sha256(path: Path) -> str | None:
    """Return the hash of a file, None where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _inside(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in SUFFIXES)


def _lines(results: Sequence[FileResult]) -> str:
    return "\n".join(f"- {result.path}: {result.message}" for result in results)
