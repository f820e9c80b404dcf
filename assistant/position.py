"""Where in a passage the words of a question stand: what a text is about, it says first and together.

"Hồ sơ là giấy tờ mà …" defines "hồ sơ"; a text that only mentions the word further on does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.asking import GENERIC
from assistant.evidence import Need
from corpus.words import Word

_LEADING = 12  # syllables that open a passage: about the subject of its sentence
_SUBJECT_LIMIT = 16
_FROM_NEAR = 3.0  # a stretch this many times as long as the words themselves is no longer together
# What parts the subject of a normative sentence from what is said of it.
_PREDICATES = frozenset({"la", "gom", "bao", "co", "phai", "duoc", "khong", "dung", "do", "quyet", "chiu"})


@dataclass(frozen=True, slots=True)
class Position:
    """Where a question's words stand in one passage; every figure is 0..1."""

    early: float  # share of the question's weight that stands in the passage's first syllables
    subject: float  # how far the passage's subject is what is asked about, and nothing else
    together: float  # share of the question's weight held, by how close together it stands


def position(need: Need, folded: str) -> Position:
    """Return where the words of ``need`` stand in a passage, given as its folded syllables."""
    text, first = _read(folded)
    total = sum(need.weights) or 1.0
    places: list[tuple[int, float]] = []
    for word, weight in zip(need.words, need.weights, strict=True):
        place = _place(word, text, first)
        if place is not None:
            places.append((place, weight))
    early = sum(weight for place, weight in places if place < _LEADING) / total
    return Position(early, _subject(need, text), _together(need, text) * sum(w for _, w in places) / total)


@lru_cache(maxsize=20_000)
def _read(folded: str) -> tuple[list[str], dict[str, int]]:
    """Return the syllables of a passage, and where each first stands."""
    text = folded.split()
    first: dict[str, int] = {}
    for n, syllable in enumerate(text):
        first.setdefault(syllable, n)
    return text, first


def _place(word: Word, text: Sequence[str], first: dict[str, int]) -> int | None:
    """Return where a word first stands, None where it does not."""
    if len(word.folded) == 1:
        return first.get(word.folded[0])
    a, b = word.folded
    start = first.get(a)
    if start is None or b not in first:
        return None
    for n in range(start, len(text) - 1):
        if text[n] == a and text[n + 1] == b:
            return n
    return None


def _subject(need: Need, text: Sequence[str]) -> float:
    """Return the F1 of the passage's subject against what is asked about (by syllables)."""
    end = next((n for n, one in enumerate(text[:_SUBJECT_LIMIT]) if n and one in _PREDICATES), 0)
    subject = set(text[:end])
    asked = {token for word in need.words if word.key not in GENERIC for token in word.folded}
    if not subject or not asked:
        return 0.0
    return 2 * len(subject & asked) / (len(subject) + len(asked))


def _together(need: Need, text: Sequence[str]) -> float:
    """Return how close the held syllables stand at their closest, 1 side by side, 0 far apart."""
    asked = set(need.tokens)
    hits = [(n, one) for n, one in enumerate(text) if one in asked]
    held = len({one for _, one in hits})
    if held < 2:
        return float(held)
    shortest = len(text)
    counts: dict[str, int] = {}
    left = 0
    for end, one in hits:
        counts[one] = counts.get(one, 0) + 1
        while len(counts) == held:
            start, gone = hits[left]
            shortest = min(shortest, end - start + 1)
            counts[gone] -= 1
            if not counts[gone]:
                del counts[gone]
            left += 1
    return max(0.0, 1.0 - (shortest / held - 1.0) / _FROM_NEAR)
