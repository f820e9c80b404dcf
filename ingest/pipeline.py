"""The main job of ingestion: files -> parsed documents -> a new generation, or a clear reason why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

from filelock import FileLock, Timeout

from corpus.embedding import load_embedder
from corpus.errors import TrolyError
from corpus.generation import publish
from corpus.originals import drop_originals
from corpus.settings import Settings
from corpus.store import StoredDocument
from corpus.wordings import load_wordings
from ingest.build import build_generation, fingerprint, remove_leftovers
from ingest.choices import Removed, save_choices
from ingest.files import contents, expand, on_disk, shown_name
from ingest.linking import link
from ingest.outcome import FileResult, IngestReport
from ingest.taking import Taking, manifest_of
from ingest.tasks import extract_tasks

__all__ = ["FileResult", "IngestReport", "ingest", "remove", "restore"]

_LOCK_TIMEOUT_S = 5


def ingest(
    settings: Settings,
    paths: Sequence[Path] = (),
    *,
    part_of: str | None = None,
    rebuild: bool = False,
    dry_run: bool = False,
    encoding: str | None = None,
    show_progress: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> IngestReport:
    """Take files and folders into the library; with no paths, bring the library up to date.

    Without ``paths`` the shipped documents and every file ingested before are looked at again: a
    changed file replaces its document, a file that is gone takes its document with it. With
    ``part_of`` the one file becomes an appendix of that document; from then on both files are read
    whenever the document is. One bad file never stops the others: it is reported as refused.
    ``dry_run`` reads and reports, and changes nothing; ``encoding`` is what the user says of ``paths``.

    Raises ``TrolyError`` when nothing at all can be done.
    """
    return _locked(
        settings,
        lambda: _Run(settings, rebuild, dry_run, show_progress, say).run(paths, part_of, encoding),
        writes=not dry_run,
    )


def remove(settings: Settings, identifier: str) -> IngestReport:
    """Take a document out of the library for good: no later ingestion brings it back unasked.

    A shipped document and a card can be removed as well. Raises ``TrolyError`` for an unknown id.
    """
    return _locked(settings, lambda: _Run(settings).remove(identifier))


def restore(settings: Settings, identifier: str, say: Callable[[str], None] = lambda _: None) -> IngestReport:
    """Bring back what ``remove`` took out. Raises ``TrolyError`` where its file is no longer there."""
    return _locked(settings, lambda: _Run(settings, say=say).restore(identifier))


def _locked(settings: Settings, work: Callable[[], IngestReport], *, writes: bool = True) -> IngestReport:
    """Do ``work`` as the only writer of the library."""
    if writes:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.data_dir / "ingest.lock")
    try:
        with lock.acquire(timeout=_LOCK_TIMEOUT_S) if writes else nullcontext():
            return work()
    except Timeout as error:
        raise TrolyError(
            "Một lần nạp văn bản khác đang chạy trên cùng thư mục dữ liệu. Hãy đợi nó xong rồi chạy lại."
        ) from error
    except PermissionError as error:
        raise TrolyError(
            f"Không ghi được vào {error.filename}. Hãy kiểm tra quyền của thư mục dữ liệu."
        ) from error


class _Run(Taking):
    """One ingestion under the writer's lock: files taken in, then a generation published."""

    def run(self, paths: Sequence[Path], part_of: str | None, encoding: str | None) -> IngestReport:
        self.encoding = encoding
        try:
            if part_of is not None:
                self.visit_all(self.files(()) if self.reread else [])  # a damaged store's documents first
                self.attach(paths, part_of)
            else:
                self.visit_all(self.files([found for path in paths for found in expand(path)]))
        finally:
            self.readings.close()
        if not self.stored and self.report.refused:
            raise TrolyError("Không nạp được văn bản nào:\n" + _lines(self.report.refused))
        self._publish()
        return self.report

    def remove(self, identifier: str) -> IngestReport:
        """Take one document out and remember that."""
        item = self.stored.pop(identifier, None)
        entry = self.catalog.entries.get(identifier)
        card = self.catalog.card(identifier, set()) if entry else None
        held = item.parsed if item else card
        if held is None or identifier in self.choices.removed:
            raise TrolyError(f"Kho không có văn bản «{identifier}». Xem danh sách: troly status.")
        source = item.source_path if item else None
        self.choices.removed[identifier] = Removed(
            source, held.document.title, date.today().isoformat(), self.parts.pop(identifier, [])
        )
        self.report.files.append(FileResult(source or identifier, "removed", identifier))
        self._publish()
        return self.report

    def restore(self, identifier: str) -> IngestReport:
        """Bring a removed document back from its file, or its card."""
        item = self.choices.removed.pop(identifier, None)
        if item is None:
            raise TrolyError(f"Văn bản «{identifier}» không nằm trong số đã gỡ. Xem: troly remove.")
        if item.source is not None:
            path = on_disk(item.source)
            if not path.exists():
                raise TrolyError(
                    f"Tệp {path} không còn nên không khôi phục được «{identifier}». "
                    "Hãy nạp lại tệp từ chỗ khác."
                )
            if item.parts:
                self.parts[identifier] = item.parts
            try:
                for key, member in contents(path):
                    if key == item.source:
                        self.take(key, member)
            finally:
                self.readings.close()
        else:
            self.report.files.append(FileResult(identifier, "added", identifier))
        self._publish()
        return self.report

    def _with_warnings(self, item: StoredDocument) -> StoredDocument:
        """Return a document with the catalog's warnings for this library ("Kho chưa có …" can pass)."""
        document = item.parsed.document
        entry = self.catalog.entries.get(document.id)
        warnings = entry.warnings_given(set(self.stored)) if entry else ()
        return replace(item, parsed=replace(item.parsed, document=replace(document, warnings=warnings)))

    def _publish(self) -> None:
        self.stored = link(self.stored, self.before, self.catalog)
        cards = [
            self.catalog.card(identifier, set(self.stored))
            for identifier in self.catalog.entries
            if identifier not in self.stored and identifier not in self.choices.removed
        ]
        stored = [
            *map(self._with_warnings, self.stored.values()),
            *(StoredDocument(card, extract_tasks(card, self.lexicons), None, None) for card in cards if card),
        ]
        if not stored:
            raise TrolyError("Kho trống: không có văn bản nào để lập chỉ mục.")
        self.report.documents = stored
        if self.dry_run:
            return
        save_choices(self.settings, self.choices)
        embedder = load_embedder(self.settings)
        parts = {key: names for key, names in self.parts.items() if names and key in self.stored}
        wordings = load_wordings(self.settings)
        wanted = fingerprint(stored, embedder, self.lexicons, parts, wordings)
        unchanged = manifest_of(self.current).get("fingerprint") == wanted
        if self.current is not None and not self.rebuild and unchanged:
            remove_leftovers(self.settings)  # of a run that was killed
            self._drop_originals(stored)
            self.report.generation = self.current.name
            return
        generation, self.report.embedded = build_generation(
            self.settings,
            stored,
            embedder,
            self.lexicons,
            parts,
            wordings,
            show_progress=self.show_progress,
            rebuild=self.rebuild,
        )
        publish(self.settings, generation)
        remove_leftovers(self.settings)
        self._drop_originals(stored)
        self.report.generation, self.report.changed = generation.name, True

    def _drop_originals(self, stored: Sequence[StoredDocument]) -> None:
        """Delete the kept PDF files that no document of the library comes from."""
        hashes = {item.source_sha256 for item in stored}
        hashes |= {provision.source_sha256 for item in stored for provision in item.parsed.provisions}
        drop_originals(self.settings, {sha256 for sha256 in hashes if sha256 is not None})


def _lines(results: Sequence[FileResult]) -> str:
    return "\n".join(f"- {shown_name(result.path)}: {result.message}" for result in results)
