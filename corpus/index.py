"""Reading one generation's two indexes: vectors in Chroma, terms in bm25s.

Dense results are provision ids; rows of the lexical index are provisions by ordinal
(``Library.provision_ids``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import TrolyError
from corpus.generation import COLLECTION, Generation
from corpus.text import index_terms

Floats = NDArray[np.float32]

# k1 and b as measured on the Zalo 2021 copy (FIELD.md, "Retrieval numbers to beat").
BM25_K1 = 1.2
BM25_B = 0.75


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
        import bm25s

        self.generation = generation
        with _mended_by_rebuild(generation):
            self._lexical = bm25s.BM25.load(str(generation.lexical_path), load_corpus=False)
            self.size = int(self._lexical.scores["num_docs"])

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

    def lexical_scores(self, tokens: Sequence[str]) -> Floats:
        """Return the BM25 score of every provision [n] for folded question tokens (bigrams are added)."""
        known = self._lexical.get_tokens_ids(index_terms(tokens))
        if not len(known):
            return np.zeros(self.size, dtype=np.float32)
        scores: Floats = self._lexical.get_scores_from_ids(known)
        return scores

    def holding(self, term: str) -> NDArray[np.int32]:
        """Return the ordinals of the provisions that hold a folded term ("a" or "a_b")."""
        row = self._lexical.vocab_dict.get(term)
        if row is None:
            return np.empty(0, dtype=np.int32)
        pointers = self._lexical.scores["indptr"]
        found: NDArray[np.int32] = self._lexical.scores["indices"][pointers[row] : pointers[row + 1]]
        return found

    def knows(self, token: str) -> bool:
        """True when the folded token (or "a_b" bigram) occurs anywhere in the library."""
        return token in self._lexical.vocab_dict

    @property
    def vocabulary(self) -> dict[str, int]:
        """Term -> row in the lexical index."""
        vocabulary: dict[str, int] = self._lexical.vocab_dict
        return vocabulary

    def document_frequencies(self) -> dict[str, int]:
        """Return how many provisions hold each term."""
        counts = np.diff(self._lexical.scores["indptr"])
        return {term: int(counts[row]) for term, row in self._lexical.vocab_dict.items() if row < len(counts)}
