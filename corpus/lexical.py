"""A fielded BM25 index in numpy arrays: built in one pass, saved as plain ``.npy`` files, read by mapping.

Texts are numbered in the order they were added. A text has fields (title, text …), each a list of
terms (``corpus.text.index_terms``); a term's frequencies are added up over the fields with the fields'
weights, each normalised by its own length, before the saturation (BM25F: Robertson, Zaragoza, "The
Probabilistic Relevance Framework", 2009, 3.6). One score is stored for each (term, text) pair, so that
a question only adds up columns.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ordinals = NDArray[np.int32]

VERSION: Final = 1
"""Raise it when scores or terms are made differently."""

_ARRAYS: Final = ("pointers", "ordinals", "weights")


@dataclass(frozen=True, slots=True)
class Shape:
    """Parameters of the scores, chosen on the training questions of ``bench/zalo2021``.

    ``field_weights`` and ``field_b`` have one number a field; ``k1`` saturates the summed frequency.
    """

    field_weights: tuple[float, ...]
    field_b: tuple[float, ...]
    k1: float

    @property
    def digest(self) -> str:
        """Identifies the shape and ``VERSION``: indexes of two digests hold other scores."""
        return hashlib.sha256(json.dumps([VERSION, asdict(self)]).encode()).hexdigest()[:12]


DEFAULT_SHAPE: Final = Shape(field_weights=(3.0, 1.0), field_b=(0.75, 0.75), k1=1.2)
"""Title (or heading chain) and text."""


class LexicalBuilder:
    """Takes texts one by one; ``finish`` makes the index of them."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._fields = len(shape.field_weights)
        self._vocabulary: dict[str, int] = {}
        self._terms = [array("i") for _ in range(self._fields)]
        self._texts = [array("i") for _ in range(self._fields)]
        self._counts = [array("f") for _ in range(self._fields)]
        self._lengths = [array("i") for _ in range(self._fields)]

    def add(self, fields: Sequence[Sequence[str]]) -> None:
        """Add the next text: one list of terms a field."""
        vocabulary = self._vocabulary
        for n, terms in enumerate(fields):
            counts = Counter(terms)
            self._terms[n].extend([vocabulary.setdefault(term, len(vocabulary)) for term in counts])
            self._texts[n].extend([len(self._lengths[n])] * len(counts))
            self._counts[n].extend(counts.values())
            self._lengths[n].append(len(terms))

    def finish(self) -> LexicalIndex:
        """Return the index of all texts added."""
        size = len(self._lengths[0])
        shape = self._shape
        terms, texts, counts = [], [], []
        for n in range(self._fields):
            lengths = np.frombuffer(self._lengths[n], dtype=np.int32).astype(np.float32)
            mean = float(lengths.mean()) if size else 0.0
            norm = 1.0 - shape.field_b[n] + shape.field_b[n] * lengths / (mean or 1.0)
            owners = np.frombuffer(self._texts[n], dtype=np.int32)
            counts.append(
                shape.field_weights[n] * np.frombuffer(self._counts[n], dtype=np.float32) / norm[owners]
            )
            texts.append(owners)
            terms.append(np.frombuffer(self._terms[n], dtype=np.int32))
        # One entry a (term, text): sort by both, then add up what the fields hold.
        keys = np.concatenate(terms).astype(np.int64) * max(1, size) + np.concatenate(texts)
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        frequency = np.add.reduceat(np.concatenate(counts)[order], first) if len(first) else np.empty(0)
        keys = keys[first]
        rows = (keys // max(1, size)).astype(np.int32)
        ordinals = (keys % max(1, size)).astype(np.int32)
        df = np.bincount(rows, minlength=len(self._vocabulary)).astype(np.float64)
        idf = np.log(1.0 + (size - df + 0.5) / (df + 0.5)).astype(np.float32)
        weights = (idf[rows] * frequency / (shape.k1 + frequency)).astype(np.float32)
        pointers = np.concatenate([[0], np.cumsum(df)]).astype(np.int64)
        return LexicalIndex(self._vocabulary, pointers, ordinals, weights, size)


class LexicalIndex:
    """Scores of texts for weighted terms."""

    def __init__(
        self,
        vocabulary: dict[str, int],
        pointers: NDArray[np.int64],
        ordinals: Ordinals,
        weights: Floats,
        size: int,
    ) -> None:
        self.vocabulary = vocabulary
        self.size = size
        self._pointers = pointers
        self._ordinals = ordinals
        self._weights = weights

    def scores(self, terms: Mapping[str, float]) -> Floats:
        """Return the score of every text [n] for terms with their weights; unknown terms add nothing."""
        total = np.zeros(self.size, dtype=np.float32)
        for term, weight in terms.items():
            row = self.vocabulary.get(term)
            if row is not None and weight:
                start, end = self._pointers[row], self._pointers[row + 1]
                # A text stands once in a column, so += adds every entry.
                total[self._ordinals[start:end]] += np.float32(weight) * self._weights[start:end]
        return total

    def best(self, terms: Mapping[str, float], limit: int) -> tuple[Ordinals, Floats]:
        """Return up to ``limit`` texts with a score above 0, best first: their ordinals and scores [m]."""
        return self.best_of(self.scores(terms), limit)

    @staticmethod
    def best_of(scores: Floats, limit: int) -> tuple[Ordinals, Floats]:
        """Return up to ``limit`` texts with a score above 0, best first, from the scores of all [n]."""
        count = min(limit, len(scores))
        if not count:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
        top = np.argpartition(-scores, count - 1)[:count]
        top = top[np.lexsort((top, -scores[top]))]  # ties by ordinal: the same answer every time
        top = top[scores[top] > 0]
        return top.astype(np.int32), scores[top]

    def holding(self, term: str) -> Ordinals:
        """Return the ordinals of the texts that hold a term, ascending."""
        row = self.vocabulary.get(term)
        if row is None:
            return np.empty(0, dtype=np.int32)
        return self._ordinals[self._pointers[row] : self._pointers[row + 1]]

    def frequency(self, term: str) -> int:
        """Return how many texts hold a term."""
        return len(self.holding(term))

    def among(self, term: str, ordinals: Ordinals) -> Floats:
        """Return the term's weight in each of some texts [m], 0 where it is not held."""
        row = self.vocabulary.get(term)
        found = np.zeros(len(ordinals), dtype=np.float32)
        if row is None:
            return found
        start, end = self._pointers[row], self._pointers[row + 1]
        column = self._ordinals[start:end]
        places = np.searchsorted(column, ordinals)
        places[places == len(column)] = 0
        held = column[places] == ordinals
        found[held] = self._weights[start:end][places[held]]
        return found

    @property
    def nbytes(self) -> int:
        """Bytes of the three arrays (the vocabulary comes on top)."""
        return self._pointers.nbytes + self._ordinals.nbytes + self._weights.nbytes

    def save(self, folder: Path, shape: Shape) -> None:
        """Write the index into ``folder`` (made when missing)."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays: tuple[NDArray[Any], ...] = (self._pointers, self._ordinals, self._weights)
        for name, values in zip(_ARRAYS, arrays, strict=True):
            np.save(folder / f"{name}.npy", values)
        (folder / "terms.txt").write_text("\n".join(self.vocabulary), encoding="utf-8")
        card: dict[str, Any] = {"size": self.size, "shape": asdict(shape)}
        (folder / "lexical.json").write_text(json.dumps(card), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Read the index of ``folder``; its arrays are mapped, not read. Raises OSError or ValueError."""
        card = json.loads((folder / "lexical.json").read_text(encoding="utf-8"))
        terms = (folder / "terms.txt").read_text(encoding="utf-8").split("\n")
        pointers, ordinals, weights = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS)
        vocabulary = {term: n for n, term in enumerate(terms)} if len(pointers) > 1 else {}
        return cls(vocabulary, pointers, ordinals, weights, int(card["size"]))
