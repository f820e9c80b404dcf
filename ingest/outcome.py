"""What became of the files of one ``troly ingest``."""

from __future__ import annotations

from dataclasses import dataclass, field

from corpus.store import StoredDocument


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file: ``status`` is added, changed, unchanged, skipped, removed or refused.

    Skipped is a file whose document ``troly remove`` took out.
    """

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
