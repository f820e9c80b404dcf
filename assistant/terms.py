"""The terms of a stretch of text: what coverage compares."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from corpus.text import normalise, spell
from corpus.words import segment, syllables


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one stretch of text, with marks and without; ``folded`` is its folded syllables."""

    marked: frozenset[str]
    marked_pairs: frozenset[tuple[str, str]]
    tokens: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    folded: str
    alone: frozenset[str]  # folded syllables that are words of their own somewhere in it


def terms_of(text: str, *, words: bool = True) -> Terms:
    """Return the terms of ``text`` (abbreviations already written out).

    Without ``words`` every syllable counts as a word of its own: cheaper, enough to compare sentences.
    """
    text = spell(normalise(text))
    found = syllables(text)
    marked = [word.surface[0] for word in found]
    folded = [word.folded[0] for word in found]
    return Terms(
        frozenset(marked),
        frozenset(itertools.pairwise(marked)),
        frozenset(folded),
        frozenset(itertools.pairwise(folded)),
        " ".join(folded),
        frozenset(word.folded[0] for word in segment(text) if len(word.folded) == 1)
        if words
        else frozenset(folded),
    )


def joined(a: Terms, b: Terms) -> Terms:
    """Return the terms of two texts, one after the other."""
    return Terms(
        a.marked | b.marked,
        a.marked_pairs | b.marked_pairs,
        a.tokens | b.tokens,
        a.pairs | b.pairs,
        f"{a.folded} . {b.folded}",
        a.alone | b.alone,
    )


EMPTY = terms_of("")
