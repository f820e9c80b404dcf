"""What the words of a question have in common with each of some texts, as features for reranking.

Everything comes from the postings of the lexical index (which field holds which term how often), so a
hundred texts cost a few milliseconds and no text is read. ``NAMES`` lists the features; the network that
weighs them is in ``relevance_weights.json`` (``python -m eval.fit_relevance``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corpus.lexical import Floats, LexicalIndex, Ordinals

NAMES: Final = (
    "lexical",  # BM25, relative to the best of the question
    "lexical_log",
    "lexical_rank",  # 1 / rank by BM25
    "lexical_gap",  # lead over the second best, relative
    "cosine",
    "cosine_gap",  # how far below the nearest text
    "cosine_rank",
    "single_any",  # share of the question's syllables held, by weight: anywhere, then by field
    "single_title",
    "single_heading",
    "single_text",
    "pair_any",  # the same for pairs of syllables
    "pair_title",
    "pair_heading",
    "pair_text",
    "heading_used",  # share of the heading's syllables that the question names
    "title_used",
    "heaviest_lost",  # weight of the rarest syllable that is not held
    "numbers_lost",  # numbers of the question that are not held
    "text_length",
    "heading_length",
    "group_weight",  # how much of the candidates' weight lies in other texts of the same document
    "group_best",  # the best of those, relative
    "group_size",
    "question_length",
)
"""Features of a candidate, in the order of ``Matching.features``."""

_TITLE, _HEADING, _TEXT = range(3)


class Matching:
    """Features of one index with the fields title, heading and text."""

    def __init__(self, index: LexicalIndex, groups: NDArray[np.int32]) -> None:
        """``groups`` [n] numbers the document that each text is part of."""
        self._index = index
        self._groups = groups
        # An index counts a text's syllables and its pairs, one fewer, together.
        self._lengths = ((index.lengths + 1) / 2).astype(np.float32)

    def features(
        self, terms: Mapping[str, float], ordinals: Ordinals, lexical: Floats, cosine: Floats
    ) -> Floats:
        """Return the features [m, f] of some texts [m], given their BM25 and cosines [m]."""
        index, m = self._index, len(ordinals)
        if not m or not terms:
            return np.zeros((m, len(NAMES)), dtype=np.float32)
        size = index.size
        names = list(terms)
        weights = np.array(
            [math.log(1 + (size - f + 0.5) / (f + 0.5)) for f in map(index.frequency, names)],
            dtype=np.float32,
        )
        pair = np.array(["_" in name for name in names])
        held = np.stack([index.counts_among(name, ordinals) for name in names]) > 0  # [terms, m, fields]
        anywhere = held.any(axis=2)
        relative = lexical / (float(lexical.max()) or 1.0)
        shares = [
            (where * (weights * mine)[:, None]).sum(axis=0) / (float((weights * mine).sum()) or 1.0)
            for mine in (~pair, pair)
            for where in (anywhere, held[..., _TITLE], held[..., _HEADING], held[..., _TEXT])
        ]
        used = [
            (held[..., part] & ~pair[:, None]).sum(axis=0) / np.maximum(self._lengths[ordinals, part], 1.0)
            for part in (_HEADING, _TITLE)
        ]
        lost = ~anywhere
        numbers = np.array([name[0].isdigit() for name in names]) & ~pair
        group = self._groups[ordinals]
        same = group[:, None] == group[None, :]
        np.fill_diagonal(same, False)
        strength = relative**4
        columns: list[NDArray[np.generic] | Floats] = [
            relative,
            np.log1p(lexical),
            1.0 / _ranks(lexical),
            relative - _second(relative),
            cosine,
            cosine - float(cosine.max()),
            1.0 / _ranks(cosine),
            *shares,
            *used,
            (lost * (weights * ~pair)[:, None]).max(axis=0) / 10.0,
            (lost & numbers[:, None]).sum(axis=0),
            np.log1p(self._lengths[ordinals, _TEXT]),
            np.log1p(self._lengths[ordinals, _HEADING]),
            (same * strength[None, :]).sum(axis=1) / (float(strength.sum()) or 1.0),
            (same * relative[None, :]).max(axis=1),
            np.log1p(same.sum(axis=1)),
            np.full(m, len(names) / 20.0),
        ]
        return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)


def _ranks(values: Floats) -> Floats:
    """Return the rank of each value [m], 1 for the largest."""
    ranks = np.empty(len(values), dtype=np.float32)
    ranks[np.argsort(-values, kind="stable")] = np.arange(1, len(values) + 1)
    return ranks


def _second(values: Sequence[float] | Floats) -> float:
    ordered = np.sort(np.asarray(values))
    return float(ordered[-2] if len(ordered) > 1 else ordered[-1])
