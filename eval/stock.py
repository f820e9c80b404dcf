"""Stock LlamaIndex on a BEIR-shaped pool: SentenceSplitter 512/64, Chroma, ``VectorStoreIndex``.

An article is found by its best chunk. Chunks and their vectors are kept in the cache; what is timed is
the bare retriever.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tqdm import tqdm

from corpus.settings import silence_third_parties
from eval.baseline import CHUNK_OVERLAP, CHUNK_SIZE
from eval.beir import Collection
from eval.vectors import cached_vectors

if TYPE_CHECKING:
    from corpus.embedding import Embedder

_CHUNKS_AN_ARTICLE: Final = 3  # asked for more chunks than articles, since several may be of one article
_INSERTED: Final = 5_000  # chunks handed to Chroma at once


class Stock:
    """A stock LlamaIndex index over every article of a pool."""

    def __init__(self, collection: Collection, embedder: Embedder, cache: Path) -> None:
        silence_third_parties()
        import chromadb
        from chromadb.config import Settings as ChromaSettings
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
        from llama_index.vector_stores.chroma import ChromaVectorStore

        from corpus.embedding.llama import LlamaEmbedding

        chunks = _chunks(collection, cache)
        vectors = cached_vectors(embedder, [text for _, text in chunks], cache)
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        client = chromadb.PersistentClient(
            path=self._folder.name, settings=ChromaSettings(anonymized_telemetry=False)
        )
        store = ChromaVectorStore(
            chroma_collection=client.create_collection("stock", embedding_function=None)
        )
        index = VectorStoreIndex(
            nodes=[],
            storage_context=StorageContext.from_defaults(vector_store=store),
            embed_model=LlamaEmbedding(embedder=embedder),
        )
        for start in tqdm(
            range(0, len(chunks), _INSERTED), desc="Chroma", delay=2, file=sys.stderr, disable=None
        ):
            index.insert_nodes([
                TextNode(
                    text=chunks[n][1],
                    embedding=vectors[n].astype(float).tolist(),
                    relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=chunks[n][0])},
                )
                for n in range(start, min(start + _INSERTED, len(chunks)))
            ])  # fmt: skip
        self._index = index
        self.nbytes = sum(
            path.stat().st_size for path in Path(self._folder.name).rglob("*") if path.is_file()
        )

    def search(self, question: str, limit: int) -> tuple[list[str], dict[str, float]]:
        """Return up to ``limit`` article ids, best first, and the milliseconds of the retriever."""
        retriever = self._index.as_retriever(similarity_top_k=limit * _CHUNKS_AN_ARTICLE)
        started = time.perf_counter()
        found: list[Any] = retriever.retrieve(question)
        spent = 1000 * (time.perf_counter() - started)
        return list(dict.fromkeys(hit.node.ref_doc_id for hit in found))[:limit], {"search": spent}


def _chunks(collection: Collection, cache: Path) -> list[tuple[str, str]]:
    """Return (article id, chunk) of every chunk; splitting 60,000 articles takes minutes, so it is kept."""
    path = cache / f"stock-{collection.digest}-{CHUNK_SIZE}-{CHUNK_OVERLAP}.jsonl"
    if not path.is_file():
        from llama_index.core.node_parser import SentenceSplitter

        splitter = SentenceSplitter(chunk_size=CHUNK_SIZE, chunk_overlap=CHUNK_OVERLAP)
        cache.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        pairs = zip(collection.ids, collection.texts, strict=True)
        with temporary.open("w", encoding="utf-8") as file:
            bar = tqdm(
                pairs, desc="Cắt đoạn", total=len(collection.ids), delay=2, file=sys.stderr, disable=None
            )
            for id, text in bar:
                for chunk in splitter.split_text(f"{text.title}\n{text.text}"):
                    file.write(json.dumps([id, chunk], ensure_ascii=False) + "\n")
        temporary.replace(path)
    with path.open(encoding="utf-8") as lines:
        return [(id, chunk) for id, chunk in map(json.loads, lines)]
