"""What every embedder promises, and how a text is prepared for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.text import normalise

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Texts to vectors of length 1, so that a dot product is their cosine."""

    @property
    def name(self) -> str:
        """Identifies model, version and prefixes: vectors of two names must never meet in one index."""
        ...

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return fp32 vectors [len(texts), dimension] of questions, in the order given."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return fp32 vectors [len(texts), dimension] of passages, in the order given."""
        ...


def prepare(prefix: str, text: str) -> str:
    """Return ``text`` as a model reads it: one Unicode form, one tone placement, the prefix in front.

    A lone surrogate (an argument that was not UTF-8) becomes "?": no tokenizer takes one.
    """
    return prefix + normalise(text.encode("utf-8", "replace").decode("utf-8"))


def full_name(model: str, query_prefix: str, passage_prefix: str) -> str:
    """Return the identity of ``model`` used with these prefixes; they change the vectors as well."""
    return f"{model} [{query_prefix.strip()}|{passage_prefix.strip()}]"
