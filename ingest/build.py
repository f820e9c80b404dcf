"""Writing a generation: store, vectors and lexical index, complete before anyone can see it."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np

from corpus.embedding import Embedder, Vectors
from corpus.errors import TrolyError
from corpus.generation import COLLECTION, Generation, find_current, generations_dir
from corpus.index import Index
from corpus.lexicons import Lexicons
from corpus.settings import Settings
from corpus.store import FORMAT, StoredDocument, write_store
from corpus.wordings import shipped_vectors, write_wordings
from ingest.lexical import write_lexical

BUILD_VERSION = 4
"""Raise it when nodes or terms are made differently: the same files then give a new generation."""

_BATCH = 128  # nodes a pipeline run: keeps the progress bar moving and memory flat
_KEPT_GENERATIONS = 2  # the one in use and the one before it, which a reader may still hold open


def fingerprint(
    stored: Sequence[StoredDocument],
    embedder: Embedder,
    lexicons: Lexicons,
    parts: Mapping[str, Sequence[str]],
    wordings: Mapping[str, Sequence[str]],
) -> str:
    """Return a hash of everything a generation depends on; equal hashes need no new generation."""
    digest = hashlib.sha256()
    for part in (
        {"format": FORMAT, "build": BUILD_VERSION, "model": embedder.name, "parts": dict(parts)},
        dict(wordings),
        [asdict(unit) for unit in lexicons.units],
        [asdict(abbreviation) for abbreviation in lexicons.abbreviations],
        *(asdict(item) for item in stored),
    ):
        digest.update(json.dumps(part, ensure_ascii=False, sort_keys=True).encode())
    return digest.hexdigest()


class CachedEmbedder:
    """An embedder that remembers passages, so that unchanged ones are never embedded again.

    Vectors lie in one SQLite file (WAL) beside the generations, keyed by model and text.
    """

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.dimension = embedder.dimension
        self.computed = 0
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB NOT NULL)"
        )

    def close(self) -> None:
        """Close the cache file."""
        self._connection.close()

    def _key(self, text: str) -> str:
        return hashlib.sha256(f"{self.name}\0{text}".encode()).hexdigest()

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return [n, d] float32 vectors of questions, computing only those not seen before."""
        return self._remembered(texts, "query", self._embedder.embed_queries)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return [n, d] float32 vectors, computing only those not seen before."""
        return self._remembered(texts, "", self._embedder.embed_passages)

    def _remembered(
        self, texts: Sequence[str], kind: str, embed: Callable[[Sequence[str]], Vectors]
    ) -> Vectors:
        keys = [self._key(f"{kind}\0{text}" if kind else text) for text in texts]
        known: dict[str, bytes] = {}
        for key in dict.fromkeys(keys):
            row = self._connection.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
            if row:
                known[key] = row[0]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            vectors = embed(list(missing.values()))
            self.computed += 0 if kind else len(missing)  # passages are what the report counts
            rows = [
                (key, np.asarray(vector, dtype=np.float32).tobytes())
                for key, vector in zip(missing, vectors, strict=True)
            ]
            self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            self._connection.commit()
            known.update(rows)
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.stack([np.frombuffer(known[key], dtype=np.float32) for key in keys])


def build_generation(
    settings: Settings,
    stored: Sequence[StoredDocument],
    embedder: Embedder,
    lexicons: Lexicons,
    parts: Mapping[str, Sequence[str]],
    wordings: Mapping[str, Sequence[str]],
    *,
    show_progress: bool,
    rebuild: bool = False,
) -> tuple[Generation, int]:
    """Build a complete generation; return it with the number of passages that were embedded anew.

    Unless ``rebuild``, the lexical index takes unchanged documents over from the current generation.

    ``parts`` (document id -> its appendix files) and the source paths go into the manifest: the next
    ingestion finds every file again, even where it cannot read the store.
    The caller holds the writer's lock and publishes the result. Raises ``TrolyError`` when the built
    index does not answer a health query.
    """
    started = datetime.now(UTC)
    name = f"g-{started:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    generation = Generation(name, generations_dir(settings) / name)
    generation.folder.mkdir(parents=True)
    write_store(generation.store_path, stored, {"generation": name})
    cache = CachedEmbedder(embedder, settings.data_dir / "vectors.sqlite")
    try:
        count = _write_vectors(generation, stored, cache, lexicons, show_progress)
        held = {provision.id for item in stored for provision in item.parsed.provisions}
        kept = {id: asked for id, asked in wordings.items() if id in held}
        write_wordings(generation, kept, _wording_vectors(kept, cache, lexicons))
    finally:
        cache.close()
    write_lexical(generation, stored, lexicons, None if rebuild else find_current(settings))
    manifest = {
        "generation": name,
        "fingerprint": fingerprint(stored, embedder, lexicons, parts, wordings),
        "embedding_model": embedder.name,
        "documents": len(stored),
        "provisions": count,
        "sources": [item.source_path for item in stored if item.source_path is not None],
        "parts": dict(parts),
        "built_at": started.isoformat(timespec="seconds"),
    }
    _check_health(generation, count, embedder)
    (generation.folder / "manifest.json").write_text(
        json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    return generation, cache.computed


def _wording_vectors(
    wordings: Mapping[str, Sequence[str]], embedder: CachedEmbedder, lexicons: Lexicons
) -> Vectors:
    """Return one vector a wording [m, d], those that ship taken as they are."""
    asked = [lexicons.expand(one, question=True) for each in wordings.values() for one in each]
    known = shipped_vectors(embedder.name)
    missing = list(dict.fromkeys(text for text in asked if text not in known))
    known |= dict(zip(missing, embedder.embed_queries(missing), strict=True))
    return np.stack([known[text] for text in asked]) if asked else embedder.embed_queries([])


def _write_vectors(
    generation: Generation,
    stored: Sequence[StoredDocument],
    embedder: CachedEmbedder,
    lexicons: Lexicons,
    show_progress: bool,
) -> int:
    import chromadb
    from chromadb.api.client import Client as ChromaClient
    from chromadb.config import Settings as ChromaSettings
    from llama_index.core.ingestion import IngestionPipeline
    from llama_index.vector_stores.chroma import ChromaVectorStore
    from tqdm import tqdm

    from corpus.embedding.llama import LlamaEmbedding
    from ingest.chunks import make_nodes

    # Declared as ClientAPI, which has no close(); made as Client, which has.
    client = cast(
        ChromaClient,
        chromadb.PersistentClient(
            path=str(generation.chroma_path), settings=ChromaSettings(anonymized_telemetry=False)
        ),
    )
    collection = client.create_collection(
        COLLECTION,
        embedding_function=None,
        configuration={"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200}},
    )
    pipeline = IngestionPipeline(
        transformations=[LlamaEmbedding(embedder=embedder)],
        vector_store=ChromaVectorStore(chroma_collection=collection),
        disable_cache=True,  # ours lies beneath the embedding and survives the process
    )
    total = sum(len(item.parsed.provisions) for item in stored)
    done = 0
    progress = tqdm(total=total, desc="Lập chỉ mục", unit="đơn vị", disable=None if show_progress else True)
    with closing(client), progress as bar:  # closing frees the files (Windows), after an error too
        for item in stored:
            nodes = list(make_nodes(item.parsed, lexicons, done))
            for batch in _batches(nodes, _BATCH):
                pipeline.run(nodes=batch, show_progress=False)
                bar.update(len(batch))
            done += len(nodes)
    return done


def _batches(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _check_health(generation: Generation, count: int, embedder: Embedder) -> None:
    """A generation is published only when both its indexes open and answer."""
    index = Index(generation)
    probe = embedder.embed_queries(["kế hoạch"])[0]
    if index.size != count or index.vector_count() != count or (count and not index.dense(probe, 1)):
        raise TrolyError(
            f"Chỉ mục vừa lập không trả lời đúng ({index.size}/{count} đơn vị). "
            "Kho cũ vẫn được giữ; hãy chạy lại."
        )


def remove_leftovers(settings: Settings) -> None:
    """Delete generations that no pointer names, except the one before the current."""
    current = find_current(settings)
    folder = generations_dir(settings)
    if not folder.is_dir():
        return
    complete = sorted(path for path in folder.iterdir() if (path / "manifest.json").is_file())
    others = [path for path in complete if current is None or path.name != current.name]
    keep = {path.name for path in others[-(_KEPT_GENERATIONS - 1) :]} | ({current.name} if current else set())
    for path in folder.iterdir():
        if path.name not in keep:
            # On Windows a reader may still hold files open; the next ingestion tries again.
            shutil.rmtree(path, ignore_errors=True)
