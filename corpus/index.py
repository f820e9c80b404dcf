"""Reading one generation's two indexes: vectors in Chroma, terms in ``corpus.lexical``.

Dense results are provision ids; rows of the lexical index are provisions by ordinal
(``Library.provision_ids``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np

from corpus.errors import TrolyError
from corpus.generation import COLLECTION, Generation
from corpus.lexical import SHAPE, Floats, LexicalIndex, Ordinals


def open_collection(generation: Generation) -> Any:
    """Return the generation's Chroma collection (no embedding function: we always pass vectors)."""
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    client = chromadb.PersistentClient(
        path=str(generation.chroma_path), settings=ChromaSettings(anonymized_telemetry=False)
    )
    return client.get_collection(COLLECTION, embedding_function=None)


@contextmanager
def _mended_by_rebuild(generation: Generation) -> Iterator[None]:
    """Turn whatever the two libraries raise on damaged files into the one way out."""
    try:
        yield
    except TrolyError:
        raise
    except Exception as error:
        raise TrolyError(
            f"Chỉ mục «{generation.name}» bị hỏng ({type(error).__name__}). "
            "Hãy chạy «troly ingest --rebuild»."
        ) from error


class Index:
    """Dense and lexical search over the provisions of one generation."""

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        with _mended_by_rebuild(generation):
            self.lexical = LexicalIndex.load(generation.lexical_path)
            if self.lexical.lengths.shape[1] != len(SHAPE.single.fields):
                raise TrolyError(
                    f"Kho «{generation.name}» do bản cũ của chương trình lập. "
                    "Hãy chạy «troly ingest» để lập lại."
                )
            self.size = self.lexical.size

    @cached_property
    def _collection(self) -> Any:
        # Opened when first asked: chromadb costs half a second, and many questions need no vectors.
        with _mended_by_rebuild(self.generation):
            return open_collection(self.generation)

    def vector_count(self) -> int:
        """Return how many provisions have a vector."""
        with _mended_by_rebuild(self.generation):
            return int(self._collection.count())

    def dense(self, vector: Floats, limit: int) -> list[tuple[str, float]]:
        """Return up to ``limit`` (provision id, cosine) pairs, best first; ``vector`` [d] has length 1."""
        with _mended_by_rebuild(self.generation):
            found = self._collection.query(
                query_embeddings=vector[None, :], n_results=min(limit, self.size), include=["distances"]
            )
        return [
            (identifier, 1.0 - float(distance))
            for identifier, distance in zip(found["ids"][0], found["distances"][0], strict=True)
        ]

    def cosines(self, vector: Floats, ids: Sequence[str]) -> dict[str, float]:
        """Return the cosines of some provisions by id; one that has no vector is left out."""
        if not ids:
            return {}
        with _mended_by_rebuild(self.generation):
            found = self._collection.get(ids=list(ids), include=["embeddings"])
        near = np.asarray(found["embeddings"], dtype=np.float32).reshape(-1, len(vector)) @ vector
        return dict(zip(found["ids"], near.tolist(), strict=True))

    def holding(self, term: str) -> Ordinals:
        """Return the ordinals of the provisions that hold a folded term ("a" or "a_b")."""
        return self.lexical.holding(term)
