"""An ``Embedder`` as LlamaIndex wants it; its only module here that imports LlamaIndex."""

from __future__ import annotations

import asyncio
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from corpus.embedding.api import Embedder

# Texts handed over at once; LlamaIndex's own 10 only adds events and callbacks.
_BATCH = 64


class LlamaEmbedding(BaseEmbedding):
    """For ``IngestionPipeline`` and the stock baseline: ``LlamaEmbedding(embedder=load_embedder(settings))``.

    Node texts go to ``embed_passages``, questions to ``embed_queries``; ``model_name`` is the
    embedder's name.
    """

    _embedder: Embedder = PrivateAttr()

    def __init__(self, *, embedder: Embedder, **fields: Any) -> None:
        """``fields``: those of BaseEmbedding, such as ``embed_batch_size``."""
        super().__init__(**{"model_name": embedder.name, "embed_batch_size": _BATCH, **fields})
        self._embedder = embedder

    @classmethod
    def class_name(cls) -> str:
        """Name under which LlamaIndex serialises it."""
        return "TrolyEmbedding"

    def _get_query_embedding(self, query: str) -> list[float]:
        vector: list[float] = self._embedder.embed_queries([query])[0].tolist()
        return vector

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._embedder.embed_passages(texts).tolist()
        return vectors

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)
