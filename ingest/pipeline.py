"""The main job of ingestion: files -> parsed documents -> a new generation, or a clear reason why not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from filelock import FileLock, Timeout

from corpus.catalog import Catalog, load_catalog
from corpus.embedding import load_embedder
from corpus.errors import TrolyError
from corpus.generation import find_current, publish
from corpus.lexicons import Lexicons, load_lexicons
from corpus.settings import SHIPPED_DOCUMENTS, Settings
from corpus.store import Library, StoredDocument
from ingest.build import build_generation, fingerprint, remove_leftovers
from ingest.parse import attach_part, parse_file
from ingest.readers import read
from ingest.tasks import extract_tasks

SUFFIXES = (".txt", ".md", ".docx", ".pdf")
_LOCK_TIMEOUT_S = 5
_PART_LOST = (
    "Văn bản đã thay đổi nên phụ lục gắn trước đây không còn; hãy gắn lại: troly ingest TỆP --part-of {id}."
)


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
    ``part_of`` the one file becomes an appendix of that document. One bad file never stops the
    others: it is reported as refused. Raises ``TrolyError`` when nothing at all can be done.
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
        if self.current is not None:
            try:
                library = Library(self.current.store_path, self.current.name)
                self.stored = {
                    item.parsed.document.id: item for item in library.stored() if item.source_path is not None
                }
                library.close()
            except TrolyError:
                # A store of another format cannot be carried over: everything is read again.
                self.rebuild = True

    def run(self, paths: Sequence[Path], part_of: str | None) -> IngestReport:
        if part_of is not None:
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
        gone: list[str] = []
        if not paths:
            files = _inside(SHIPPED_DOCUMENTS) + [Path(path) for path in known if Path(path).exists()]
            gone = [path for path in known if not Path(path).exists()]
        else:
            files = []
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
            if self.current is None:
                files = _inside(SHIPPED_DOCUMENTS) + files
        for source in gone:
            removed = self.stored.pop(known[source])
            self.report.files.append(FileResult(source, "removed", removed.parsed.document.id))
        return list(dict.fromkeys(file.resolve() for file in files))

    def _take(self, path: Path) -> None:
        try:
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            before = next((s for s in self.stored.values() if s.source_path == str(path)), None)
            self.say(f"Đọc {path.name} …")
            parsed = parse_file(path, self.catalog)
            identifier = parsed.document.id
            twin = self.stored.get(identifier)
            if twin is not None and twin.source_path != str(path):
                if twin.source_sha256 == sha256:
                    self.report.files.append(
                        FileResult(str(path), "unchanged", identifier, f"Trùng với {twin.source_path}.")
                    )
                    return
                self.say(f"«{identifier}» trước đây nạp từ {twin.source_path}; nay thay bằng {path}.")
            if before is not None and before.parsed.document.id != identifier:
                del self.stored[before.parsed.document.id]
            item = StoredDocument(parsed, extract_tasks(parsed, self.lexicons), str(path), sha256)
            same = twin is not None and twin.source_sha256 == sha256
            if same and twin is not None and _has_parts(twin):
                item = twin  # an appendix was attached to this very text: keep it
            status = "unchanged" if same else "changed" if twin or before else "added"
            lost = not same and twin is not None and _has_parts(twin)
            message = _PART_LOST.format(id=identifier) if lost else ""
            self.stored[identifier] = item
            self.report.files.append(FileResult(str(path), status, identifier, message))
        except TrolyError as error:
            self._refuse(path, str(error))
        except OSError as error:
            self._refuse(path, f"Không đọc được tệp ({error.strerror}).")

    def _attach(self, paths: Sequence[Path], part_of: str) -> None:
        if part_of not in self.stored:
            raise TrolyError(f"Kho không có văn bản toàn văn «{part_of}» để gắn phụ lục. Xem: troly status.")
        if len(paths) != 1:
            raise TrolyError("Với --part-of hãy nêu đúng một tệp phụ lục.")
        base = self.stored[part_of]
        path = paths[0].resolve()
        if not path.is_file():
            raise TrolyError(f"Không có tệp {paths[0]}. Hãy kiểm tra lại đường dẫn.")
        parsed = attach_part(base.parsed, read(path), self.catalog)
        self.stored[part_of] = replace(base, parsed=parsed, tasks=extract_tasks(parsed, self.lexicons))
        self.report.files.append(FileResult(str(path), "added", part_of))

    def _refuse(self, path: Path, message: str) -> None:
        self.report.files.append(FileResult(str(path), "refused", None, message))

    def _publish(self) -> None:
        cards = [
            self.catalog.card(identifier, set(self.stored))
            for identifier in self.catalog.entries
            if identifier not in self.stored
        ]
        stored = [
            *self.stored.values(),
            *(StoredDocument(card, extract_tasks(card, self.lexicons), None, None) for card in cards if card),
        ]
        if not stored:
            raise TrolyError("Kho trống: không có văn bản nào để lập chỉ mục.")
        self.report.documents = stored
        embedder = load_embedder(self.settings)
        wanted = fingerprint(stored, embedder, self.lexicons)
        if self.current is not None and not self.rebuild and self.current.manifest()["fingerprint"] == wanted:
            self.report.generation = self.current.name
            return
        generation, self.report.embedded = build_generation(
            self.settings, stored, embedder, self.lexicons, show_progress=self.show_progress
        )
        publish(self.settings, generation)
        remove_leftovers(self.settings)
        self.report.generation, self.report.changed = generation.name, True


def _has_parts(item: StoredDocument) -> bool:
    """True where an appendix from another file was attached (its provisions count in that file)."""
    return any(provision.source_sha256 is not None for provision in item.parsed.provisions)


def _inside(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in SUFFIXES)


def _lines(results: Sequence[FileResult]) -> str:
    return "\n".join(f"- {result.path}: {result.message}" for result in results)
