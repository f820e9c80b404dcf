"""The document store: one SQLite file a generation, written once by ingestion, then only read.

``write_store`` makes the file; ``Library`` reads it, lazily and a document at a time, so that a large
library costs no more memory than the documents that questions touch.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from corpus.errors import TrolyError
from corpus.model import (
    Document,
    Doubt,
    Effect,
    Evidence,
    ParsedDocument,
    Provision,
    Reference,
    Relation,
    Task,
)

FORMAT = 2
"""Version of the file's tables; a generation of another version is rebuilt, never half read."""

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    id TEXT PRIMARY KEY, position INTEGER NOT NULL, basis TEXT NOT NULL, data TEXT NOT NULL,
    text TEXT NOT NULL, source_path TEXT, source_sha256 TEXT);
CREATE TABLE provisions (
    ordinal INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document_id TEXT NOT NULL, data TEXT NOT NULL);
CREATE INDEX provisions_of_document ON provisions (document_id);
CREATE TABLE tasks (document_id TEXT NOT NULL, position INTEGER NOT NULL, data TEXT NOT NULL);
CREATE TABLE relations (document_id TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE effects (document_id TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE mentions (
    document_id TEXT NOT NULL, provision_id TEXT NOT NULL, target TEXT, data TEXT NOT NULL);
CREATE INDEX mentions_of_document ON mentions (document_id);
"""

_CACHED_DOCUMENTS = 256


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A parsed document with where it came from; what one generation hands to the next."""

    parsed: ParsedDocument
    tasks: tuple[Task, ...]
    source_path: str | None  # absolute path, None for a card
    source_sha256: str | None


def write_store(path: Path, stored: Sequence[StoredDocument], meta: dict[str, str]) -> None:
    """Write a complete store to ``path`` (which must not exist)."""
    connection = sqlite3.connect(path)
    try:
        connection.executescript(_SCHEMA)
        connection.executemany("INSERT INTO meta VALUES (?, ?)", [*meta.items(), ("format", str(FORMAT))])
        ordinal = 0
        for position, item in enumerate(stored):
            document = item.parsed.document
            data = asdict(document)
            text = data.pop("text")
            connection.execute(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    document.id, position, document.basis, _dump(data), text,
                    item.source_path, item.source_sha256,
                ),
            )  # fmt: skip
            for provision in item.parsed.provisions:
                connection.execute(
                    "INSERT INTO provisions VALUES (?, ?, ?, ?)",
                    (ordinal, provision.id, document.id, _dump(asdict(provision))),
                )
                ordinal += 1
            connection.executemany(
                "INSERT INTO tasks VALUES (?, ?, ?)",
                [(document.id, n, _dump(asdict(task))) for n, task in enumerate(item.tasks)],
            )
            connection.executemany(
                "INSERT INTO relations VALUES (?, ?)",
                [(document.id, _dump(asdict(relation))) for relation in item.parsed.relations],
            )
            connection.executemany(
                "INSERT INTO effects VALUES (?, ?)",
                [(document.id, _dump(asdict(effect))) for effect in item.parsed.effects],
            )
            connection.executemany(
                "INSERT INTO mentions VALUES (?, ?, ?, ?)",
                [
                    (document.id, mention.provision_id, mention.target, _dump(asdict(mention)))
                    for mention in item.parsed.references
                ],
            )
        connection.commit()
    finally:
        connection.close()


class Library:
    """The read side of one generation's documents. Safe to share between threads.

    Raises ``TrolyError`` where the file is missing or of another format.
    """

    def __init__(self, path: Path, generation: str) -> None:
        self.generation = generation
        if not path.is_file():
            raise TrolyError(f"Kho không mở được: thiếu tệp {path}. Hãy chạy lại «troly ingest».")
        # The file never changes once published: immutable spares locks, and writes are impossible.
        self._connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        self._lock = threading.Lock()
        self.meta = dict(self._rows("SELECT key, value FROM meta"))
        if self.meta.get("format") != str(FORMAT):
            raise TrolyError("Kho được lập bởi phiên bản khác. Hãy chạy lại «troly ingest».")
        self._ids = [row[0] for row in self._rows("SELECT id FROM documents ORDER BY position")]
        self.document = lru_cache(maxsize=_CACHED_DOCUMENTS)(self._document)
        self.provisions = lru_cache(maxsize=_CACHED_DOCUMENTS)(self._provisions)
        self._by_id = lru_cache(maxsize=_CACHED_DOCUMENTS)(self._provisions_by_id)
        self._mentions = lru_cache(maxsize=_CACHED_DOCUMENTS)(self._mentions_of)
        self._task_list = lru_cache(maxsize=1)(self._all_tasks)

    def close(self) -> None:
        """Close the file; the library must not be used afterwards."""
        with self._lock:
            self._connection.close()

    def _rows(self, sql: str, *args: object) -> list[Any]:
        with self._lock:
            return self._connection.execute(sql, args).fetchall()

    def document_ids(self) -> list[str]:
        """Return the ids of all documents, in the library's order."""
        return list(self._ids)

    def documents(self) -> list[Document]:
        """Return all documents, in the library's order."""
        return [self.document(identifier) for identifier in self._ids]

    def _document(self, document_id: str) -> Document:
        rows = self._rows("SELECT data, text FROM documents WHERE id = ?", document_id)
        if not rows:
            raise TrolyError(f"Kho không có văn bản «{document_id}». Xem danh sách: troly status.")
        return _load_document(json.loads(rows[0][0]), rows[0][1])

    def __contains__(self, document_id: object) -> bool:
        return document_id in self._ids

    def _provisions(self, document_id: str) -> list[Provision]:
        rows = self._rows("SELECT data FROM provisions WHERE document_id = ? ORDER BY ordinal", document_id)
        return [_load_provision(json.loads(row[0])) for row in rows]

    def sizes(self) -> dict[str, int]:
        """Return how many provisions each document has, without reading any of them."""
        rows = self._rows("SELECT document_id, count(*) FROM provisions GROUP BY document_id")
        return dict.fromkeys(self._ids, 0) | dict(rows)

    def _provisions_by_id(self, document_id: str) -> dict[str, Provision]:
        return {provision.id: provision for provision in self.provisions(document_id)}

    def provision(self, provision_id: str) -> Provision:
        """Return one provision; raises ``TrolyError`` where there is none."""
        found = self.find_provision(provision_id)
        if found is None:
            raise TrolyError(f"Kho không có đơn vị văn bản «{provision_id}».")
        return found

    def find_provision(self, provision_id: str) -> Provision | None:
        """Return one provision or None."""
        document_id = provision_id.partition(":")[0]
        return self._by_id(document_id).get(provision_id) if document_id in self._ids else None

    def provision_ids(self) -> list[str]:
        """Return every provision id by ordinal (the row numbers of the lexical index)."""
        return [row[0] for row in self._rows("SELECT id FROM provisions ORDER BY ordinal")]

    def ancestors(self, provision: Provision) -> list[Provision]:
        """Return the provisions above this one, outermost first."""
        chain: list[Provision] = []
        parent = provision.parent
        while parent is not None:
            above = self.provision(f"{provision.document_id}:{parent}")
            chain.append(above)
            parent = above.parent
        return chain[::-1]

    def children(self, provision: Provision) -> list[Provision]:
        """Return the provisions directly below this one, in order."""
        return [p for p in self.provisions(provision.document_id) if p.parent == provision.path]

    def text_of(self, provision: Provision) -> str:
        """Return the whole text of a provision with its descendants."""
        return self.document(provision.document_id).text[provision.start : provision.end]

    def own_text(self, provision: Provision) -> str:
        """Return a provision's own text, without its children."""
        return self.document(provision.document_id).text[provision.start : provision.own_end].rstrip()

    def tasks(self) -> list[Task]:
        """Return all task records, in the library's order."""
        return self._task_list()

    def _all_tasks(self) -> list[Task]:
        rows = self._rows(
            "SELECT t.data FROM tasks t JOIN documents d ON d.id = t.document_id "
            "ORDER BY d.position, t.position"
        )
        return [_load_task(json.loads(row[0])) for row in rows]

    def references(self, document_id: str) -> list[Reference]:
        """Return what a document mentions, in order."""
        return self._mentions(document_id)

    def _mentions_of(self, document_id: str) -> list[Reference]:
        rows = self._rows("SELECT data FROM mentions WHERE document_id = ?", document_id)
        return [Reference(**json.loads(row[0])) for row in rows]

    def relations(self, document_id: str) -> list[Relation]:
        """Return a document's relations to others."""
        rows = self._rows("SELECT data FROM relations WHERE document_id = ?", document_id)
        return [_load_relation(json.loads(row[0])) for row in rows]

    def effects(self, document_id: str) -> list[Effect]:
        """Return what a document says of its own effect and of its parts'."""
        rows = self._rows("SELECT data FROM effects WHERE document_id = ?", document_id)
        return [_load_effect(json.loads(row[0])) for row in rows]

    def stored(self) -> Iterable[StoredDocument]:
        """Yield every document as ingestion stored it, for carrying over into the next generation."""
        rows = self._rows("SELECT id, source_path, source_sha256 FROM documents ORDER BY position")
        for identifier, source_path, sha256 in rows:
            parsed = ParsedDocument(
                self.document(identifier),
                tuple(self.provisions(identifier)),
                tuple(self.relations(identifier)),
                tuple(self.references(identifier)),
                tuple(self.effects(identifier)),
            )
            tasks = self._rows("SELECT data FROM tasks WHERE document_id = ? ORDER BY position", identifier)
            yield StoredDocument(
                parsed, tuple(_load_task(json.loads(row[0])) for row in tasks), source_path, sha256
            )


def _dump(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _tuples(cls: type, data: dict[str, Any]) -> dict[str, Any]:
    """Turn JSON lists back into tuples where the dataclass has tuples."""
    return {
        f.name: tuple(data[f.name]) if isinstance(data[f.name], list) else data[f.name]
        for f in fields(cls)
        if f.name in data
    }


def _load_document(data: dict[str, Any], text: str) -> Document:
    data = _tuples(Document, data)
    data["evidence"] = {key: Evidence(**value) for key, value in data["evidence"].items()}
    data["doubts"] = tuple(Doubt(**doubt) for doubt in data["doubts"])
    return Document(text=text, **data)


def _load_provision(data: dict[str, Any]) -> Provision:
    data["segments"] = tuple((start, end) for start, end in data["segments"])
    data["cells"] = tuple((name, start, end) for name, start, end in data["cells"])
    return Provision(**data)


def _load_task(data: dict[str, Any]) -> Task:
    return Task(**_tuples(Task, data))


def _load_relation(data: dict[str, Any]) -> Relation:
    return Relation(**{**_tuples(Relation, data), "evidence": Evidence(**data["evidence"])})


def _load_effect(data: dict[str, Any]) -> Effect:
    return Effect(**{**_tuples(Effect, data), "evidence": Evidence(**data["evidence"])})
