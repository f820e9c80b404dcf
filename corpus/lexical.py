"""A lexical index: BM25 over fields, of syllables and pairs of syllables, in numpy arrays.

Texts are numbered in the order they were added. A text has fields (title, text …), each a list of
folded syllables; neighbours make a pair, "" keeps two neighbours apart. A term's frequencies are added
up over the fields with the fields' weights, each divided by its own length, before the saturation
(BM25F: Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, section 3.6). One score
is kept for each (term, text), so that a question only adds up a few columns.

Why not bm25s or tantivy (``python -m eval.lexical_bench`` prints the comparison): this index is
bm25s's idea, a column of ready scores for each term; what it adds are fields, weighted terms, and
taking over texts from an older index without reading them again.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ordinals = NDArray[np.int32]
Codes = NDArray[np.int64]

VERSION: Final = 1
"""Raise it when terms or arrays are made differently."""

BREAK: Final = ""
"""Stands between two syllables that make no pair."""

_ARRAYS: Final = ("codes", "pointers", "ordinals", "weights", "counts", "lengths")
_SPREAD_FROM: Final = 2_000  # postings; shorter columns are added faster one by one
_SPREAD_KEPT: Final = 256  # syllables that stand in an eighth of all texts: some 200 in law
_COLUMNS_KEPT: Final = 50_000
_MOST = np.iinfo(np.uint16).max


@dataclass(frozen=True, slots=True)
class Saturation:
    """How frequencies become scores: one number a field for ``fields`` (weights) and ``b`` (lengths).

    ``idf`` is the power to which the inverse document frequency counts, ``weight`` multiplies the score.
    """

    fields: tuple[float, ...]
    b: tuple[float, ...]
    k1: float
    idf: float = 1.0
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Shape:
    """Parameters of single syllables and of pairs."""

    single: Saturation
    pair: Saturation

    @property
    def digest(self) -> str:
        """Identifies the shape and ``VERSION``: indexes of two digests hold other scores."""
        return hashlib.sha256(json.dumps([VERSION, asdict(self)]).encode()).hexdigest()[:12]


BM25_K1: Final = 1.2
BM25_B: Final = 0.75
"""As measured on the Zalo 2021 copy for one field (FIELD.md, "Retrieval numbers to beat")."""

PLAIN: Final = Shape(Saturation((1.0,), (BM25_B,), BM25_K1), Saturation((1.0,), (BM25_B,), BM25_K1))
"""One field: the scores of bm25s (its method "lucene")."""

SHAPE: Final = Shape(
    single=Saturation(fields=(2.54, 4.31, 0.215), b=(0.923, 0.977, 0.887), k1=1.53, idf=0.6),
    pair=Saturation(fields=(2.57, 5.22, 0.866), b=(0.825, 0.951, 0.319), k1=0.345, idf=0.764, weight=0.867),
)
"""Three fields, as fitted on the training questions of ``eval.fit_relevance``: title, heading, text."""


@dataclass(frozen=True, slots=True)
class _Postings:
    """Frequencies [p, f] of terms in texts; ``keys`` is code * size + ordinal, ascending."""

    keys: Codes
    counts: NDArray[np.uint16]


class LexicalBuilder:
    """Takes texts one by one, in order; ``finish`` makes the index of them."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._syllables: dict[str, int] = {BREAK: -1}
        self._flat = [array("i") for _ in shape.single.fields]
        self._ends = [array("q") for _ in shape.single.fields]
        self._old: LexicalIndex | None = None
        self._taken: dict[int, int] = {}  # new ordinal -> ordinal in the old index

    def add(self, fields: Sequence[Sequence[str]]) -> None:
        """Add the next text: the syllables of each field."""
        known = self._syllables
        for n, syllables in enumerate(fields):
            self._flat[n].extend([known.setdefault(one, len(known) - 1) for one in syllables])
            self._ends[n].append(len(self._flat[n]))

    def take(self, old: LexicalIndex, ordinal: int) -> None:
        """Add the next text as it stands in an older index of the same fields, without its syllables.

        All texts taken are of one index.
        """
        self._old = old
        self._taken[len(self._ends[0])] = ordinal
        for n, flat in enumerate(self._flat):
            self._ends[n].append(len(flat))

    def finish(self) -> LexicalIndex:
        """Return the index of all texts added. The same texts give the same arrays, taken or read."""
        size = len(self._ends[0])
        syllables = [one for one in self._syllables if one != BREAK]
        old_codes = np.empty(0, dtype=np.int64)
        mapped = np.empty(0, dtype=np.int64)
        if self._old is not None:
            mapped = np.full(self._old.size, -1, dtype=np.int64)
            mapped[list(self._taken.values())] = list(self._taken)
            old_codes = self._old.codes_among(mapped >= 0)
            syllables += [one for one in self._old.words_of(old_codes) if one not in self._syllables]
        syllables.sort()
        place = {one: n for n, one in enumerate(syllables)}
        recode = np.array([place[one] for one in self._syllables if one != BREAK], dtype=np.int64)
        per_field, lengths = [], np.zeros((size, len(self._flat)), dtype=np.int32)
        for n, (flat, ends) in enumerate(zip(self._flat, self._ends, strict=True)):
            per_field.append(_terms(flat, ends, recode, len(syllables), lengths[:, n]))
        read = _aligned(per_field)
        if self._old is not None:
            taken = self._old.postings_of(mapped, place, size)
            keys = np.concatenate([read.keys, taken.keys])
            order = np.argsort(keys, kind="stable")
            read = _Postings(keys[order], np.concatenate([read.counts, taken.counts])[order])
            news = np.flatnonzero(mapped >= 0)
            lengths[mapped[news]] = self._old.lengths[news]
        return _index(self._shape, syllables, read, lengths)


def _terms(
    flat: array[int], ends: array[int], recode: Codes, syllables: int, lengths: NDArray[np.int32]
) -> tuple[Codes, NDArray[np.int64]]:
    """Return key and frequency of every (term, text) of one field, by key; fills in ``lengths`` [n].

    Singles and pairs one after the other: 60,000 articles have 44 million terms, and sorting half of
    them at a time takes half of the memory.
    """
    size = max(1, len(ends))
    ids = np.frombuffer(flat, dtype=np.int32) if len(flat) else np.empty(0, dtype=np.int32)
    stops = np.frombuffer(ends, dtype=np.int64) if len(ends) else np.empty(0, dtype=np.int64)
    owners = np.repeat(np.arange(len(stops), dtype=np.int32), np.diff(stops, prepend=0))
    whole = ids >= 0
    codes = np.where(whole, recode[ids], -1) if len(recode) else np.full(len(ids), -1, dtype=np.int64)
    lengths += np.bincount(owners[whole], minlength=len(lengths))
    singles = np.unique(codes[whole] * size + owners[whole], return_counts=True)
    paired = whole[:-1] & whole[1:] & (owners[:-1] == owners[1:])
    owners = owners[:-1][paired]
    lengths += np.bincount(owners, minlength=len(lengths))
    codes = (codes[:-1][paired] + 1) * syllables + codes[1:][paired]
    pairs = np.unique(codes * size + owners, return_counts=True)
    return np.concatenate([singles[0], pairs[0]]), np.concatenate([singles[1], pairs[1]])


def _aligned(per_field: Sequence[tuple[NDArray[Any], NDArray[Any]]]) -> _Postings:
    """Return the postings of all fields together: one row a (term, text)."""
    keys = per_field[0][0] if len(per_field) == 1 else np.unique(np.concatenate([k for k, _ in per_field]))
    counts = np.zeros((len(keys), len(per_field)), dtype=np.uint16)
    for n, (mine, times) in enumerate(per_field):
        counts[np.searchsorted(keys, mine), n] = np.minimum(times, _MOST)
    return _Postings(keys.astype(np.int64), counts)


def _index(
    shape: Shape, syllables: Sequence[str], postings: _Postings, lengths: NDArray[np.int32]
) -> LexicalIndex:
    rows, ordinals = np.divmod(postings.keys, max(1, len(lengths)))
    first = np.flatnonzero(np.diff(rows, prepend=-1))
    pointers = np.append(first, len(rows)).astype(np.int64)
    bare = LexicalIndex(
        list(syllables), rows[first], pointers, ordinals.astype(np.int32), np.empty(0, np.float32),
        postings.counts, lengths,
    )  # fmt: skip
    return bare.reshaped(shape)


def _weights(
    shape: Saturation, counts: NDArray[np.uint16], ordinals: Ordinals, lengths: NDArray[np.int32]
) -> Floats:
    """Return the saturated frequency [p] of some postings, without idf."""
    total = np.zeros(len(counts), dtype=np.float32)
    for n, (weight, b) in enumerate(zip(shape.fields, shape.b, strict=True)):
        mean = float(lengths[:, n].mean()) if len(lengths) else 0.0
        norm = (1.0 - b + b * lengths[:, n] / (mean or 1.0)).astype(np.float32)
        total += np.float32(weight) * counts[:, n] / np.maximum(norm[ordinals], np.float32(1e-6))
    return np.float32(shape.weight) * total / (np.float32(shape.k1) + total)


class LexicalIndex:
    """Scores of texts for weighted terms; a term is a folded syllable or a pair "a_b"."""

    def __init__(
        self,
        words: list[str],
        codes: Codes,
        pointers: NDArray[np.int64],
        ordinals: Ordinals,
        weights: Floats,
        counts: NDArray[np.uint16],
        lengths: NDArray[np.int32],
    ) -> None:
        """``codes`` [t], ascending: n for the word n, ``len(words) * (a + 1) + b`` for a pair."""
        self.words = words
        self.lengths = lengths
        self.size = len(lengths)
        self._place = {word: n for n, word in enumerate(words)}
        self._codes = codes
        self._pointers = pointers
        self._ordinals = ordinals
        self._weights = weights
        self._counts = counts
        self._column = lru_cache(maxsize=_COLUMNS_KEPT)(self._find_column)
        self._spread = lru_cache(maxsize=_SPREAD_KEPT)(self._make_spread)

    def _find_column(self, term: str) -> slice:
        """Return where the postings of a term stand, an empty slice for an unknown one."""
        first, _, second = term.partition("_")
        code = self._place.get(first)
        if code is None:
            return slice(0, 0)
        row = code  # every word stands alone somewhere, so the first codes are all the words
        if second:
            other = self._place.get(second)
            if other is None:
                return slice(0, 0)
            code = len(self.words) * (code + 1) + other
            row = int(self._codes.searchsorted(code))
            if row == len(self._codes) or self._codes[row] != code:
                return slice(0, 0)
        return slice(int(self._pointers[row]), int(self._pointers[row + 1]))

    def __contains__(self, term: object) -> bool:
        return isinstance(term, str) and self.frequency(term) > 0

    def frequency(self, term: str) -> int:
        """Return how many texts hold a term."""
        column = self._column(term)
        return int(column.stop) - int(column.start)

    def holding(self, term: str) -> Ordinals:
        """Return the ordinals of the texts that hold a term, ascending."""
        return self._ordinals[self._column(term)]

    def scores(self, terms: Mapping[str, float]) -> Floats:
        """Return the score of every text [n] for terms with their weights; unknown terms add nothing."""
        total = np.zeros(self.size, dtype=np.float32)
        for term, weight in terms.items():
            column = self._column(term)
            if column.stop - column.start > max(_SPREAD_FROM, self.size // 8):
                total += np.float32(weight) * self._spread(column.start, column.stop)
                continue
            values = self._weights[column]
            # A text stands once in a column, so += adds every entry.
            total[self._ordinals[column]] += values if weight == 1.0 else np.float32(weight) * values
        return total

    def _make_spread(self, start: int, stop: int) -> Floats:
        """Return a long column as one score a text [n]: adding that is ten times faster than by ordinal."""
        spread = np.zeros(self.size, dtype=np.float32)
        spread[self._ordinals[start:stop]] = self._weights[start:stop]
        return spread

    def best(self, terms: Mapping[str, float], limit: int) -> tuple[Ordinals, Floats]:
        """Return up to ``limit`` texts with a score above 0, best first: their ordinals and scores [m]."""
        return best_of(self.scores(terms), limit)

    def among(self, term: str, ordinals: Ordinals) -> Floats:
        """Return the term's weight in each of some texts [m], 0 where it is not held."""
        found = np.zeros(len(ordinals), dtype=np.float32)
        places, held = self._places(term, ordinals)
        found[held] = self._weights[places[held]]
        return found

    def counts_among(self, term: str, ordinals: Ordinals) -> NDArray[np.uint16]:
        """Return how often each field of some texts holds a term [m, f]."""
        found = np.zeros((len(ordinals), self._counts.shape[1]), dtype=np.uint16)
        places, held = self._places(term, ordinals)
        found[held] = self._counts[places[held]]
        return found

    def _places(self, term: str, ordinals: Ordinals) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        column = self._column(term)
        mine = self._ordinals[column]
        if not len(mine):
            return np.zeros(len(ordinals), dtype=np.int64), np.zeros(len(ordinals), dtype=bool)
        places = np.minimum(np.searchsorted(mine, ordinals), len(mine) - 1)
        return places + column.start, mine[places] == ordinals

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays (the words come on top)."""
        return sum(one.nbytes for one in self._arrays)

    @property
    def _arrays(self) -> tuple[NDArray[Any], ...]:
        """The arrays in the order of ``_ARRAYS``."""
        return (self._codes, self._pointers, self._ordinals, self._weights, self._counts, self.lengths)

    def reshaped(self, shape: Shape) -> LexicalIndex:
        """Return the same texts with the scores of another shape (of as many fields)."""
        split = int(self._pointers[np.searchsorted(self._codes, len(self.words))])  # singles come first
        frequencies = np.diff(self._pointers)
        weights = np.empty(len(self._ordinals), dtype=np.float32)
        for part, saturation in ((slice(0, split), shape.single), (slice(split, None), shape.pair)):
            weights[part] = _weights(saturation, self._counts[part], self._ordinals[part], self.lengths)
        idf = np.log(1.0 + (self.size - frequencies + 0.5) / (frequencies + 0.5))
        powers = np.where(self._codes < len(self.words), shape.single.idf, shape.pair.idf)
        weights *= np.repeat((idf**powers).astype(np.float32), frequencies)
        return LexicalIndex(
            self.words, self._codes, self._pointers, self._ordinals, weights, self._counts, self.lengths
        )

    # --- what a builder takes over ---------------------------------------------------------------

    def codes_among(self, chosen: NDArray[np.bool_]) -> Codes:
        """Return the codes of the terms that the chosen texts hold ([n] bool)."""
        if not len(self._codes):
            return self._codes
        held = np.add.reduceat(chosen[self._ordinals].astype(np.int32), self._pointers[:-1])
        return self._codes[held > 0]

    def words_of(self, codes: Codes) -> list[str]:
        """Return the words that some terms are made of."""
        count = len(self.words)
        pairs = codes[codes >= count] - count
        used = np.unique(
            np.concatenate([codes[codes < count], pairs // max(1, count), pairs % max(1, count)])
        )
        return [self.words[n] for n in used]

    def postings_of(self, mapped: Codes, place: Mapping[str, int], size: int) -> _Postings:
        """Return the postings of the texts n with ``mapped[n] >= 0``, with their new ordinals and codes."""
        count = len(self.words)
        new = np.array([place.get(word, -1) for word in self.words], dtype=np.int64)
        pairs = self._codes - count
        codes = np.where(
            pairs < 0,
            new[np.minimum(self._codes, count - 1)],
            (new[pairs // max(1, count)] * len(place) + new[pairs % max(1, count)]) + len(place),
        )
        ordinals = mapped[self._ordinals]
        kept = ordinals >= 0
        rows = np.repeat(codes, np.diff(self._pointers))[kept]
        return _Postings(rows * max(1, size) + ordinals[kept], np.asarray(self._counts)[kept])

    # --- files ------------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Write the index into ``folder`` (made when missing); ``words.json`` comes last."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, values in zip(_ARRAYS, self._arrays, strict=True):
            np.save(folder / f"{name}.npy", values)
        (folder / "words.json").write_text(json.dumps(self.words, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Read the index of ``folder``; its arrays are mapped, not read. Raises OSError or ValueError."""
        words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        # Plain views: slicing a ``memmap`` object itself costs several times what slicing an array does.
        return cls(words, *(np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in _ARRAYS))


def best_of(scores: Floats, limit: int) -> tuple[Ordinals, Floats]:
    """Return up to ``limit`` texts with a score above 0, best first, from the scores of all [n].

    Ties go by ordinal: the same answer every time.
    """
    count = min(limit, len(scores))
    if not count:
        return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
    top = np.argpartition(-scores, count - 1)[:count]
    top = top[np.lexsort((top, -scores[top]))]
    top = top[scores[top] > 0]
    return top.astype(np.int32), scores[top]
