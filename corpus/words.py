"""Words: Vietnamese writes a space between syllables, but what a question asks about are words.

"điện thoại" and "đối thoại" share a syllable and nothing else. Segmentation into words of one or two
syllables maximises the summed NPMI of ``lexicon/words.txt``; it works on marked and unmarked text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from corpus.settings import SHIPPED_LEXICON
from corpus.text import Token, fold, tokenise


@dataclass(frozen=True, slots=True)
class Word:
    """One or two syllables of a text; ``surface`` is lower case with its marks, ``folded`` without."""

    surface: tuple[str, ...]
    folded: tuple[str, ...]

    @property
    def key(self) -> str:
        """The word's term in the lexical index ("cai_cach", "thue")."""
        return "_".join(self.folded)

    @property
    def typed_marks(self) -> bool:
        """True where the writer put any mark on it."""
        return self.surface != self.folded

    def __str__(self) -> str:
        return " ".join(self.surface)


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
    """Return NPMI x 100 by marked and by folded pair (the best of its marked forms)."""
    bare = lru_cache(maxsize=None)(fold)  # 44,000 syllables, 3,500 different ones
    marked: dict[tuple[str, str], int] = {}
    folded: dict[tuple[str, str], int] = {}
    for line in (SHIPPED_LEXICON / "words.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        word, _, npmi = line.partition("\t")
        a, _, b = word.partition(" ")
        marked[a, b] = int(npmi)
        key = (bare(a), bare(b))
        folded[key] = max(folded.get(key, 0), int(npmi))
    return marked, folded


# "không được" forbids, though both its syllables alone only connect.
_FIXED = {("khong", "duoc"): 50}


def _bond(a: Word, b: Word) -> int:
    """Return how strongly two neighbouring syllables belong together, 0 where they do not."""
    marked, folded = _tables()
    fixed = _FIXED.get((a.folded[0], b.folded[0]))
    if fixed is not None:
        return fixed
    if a.typed_marks or b.typed_marks:
        found = marked.get((a.surface[0], b.surface[0]))
        if found is not None:
            return found
        known = known_syllables()
        if a.surface[0] in known and b.surface[0] in known:
            return 0  # two good syllables that are no word together
        # One mark missing or wrong: the folded pair still tells, with less certainty.
        return folded.get((a.folded[0], b.folded[0]), 0) // 2
    return folded.get((a.folded[0], b.folded[0]), 0)


def syllables(text: str) -> list[Word]:
    """Return the tokens of ``text`` (already in normal form) as one-syllable words."""
    return [_single(text, token) for token in tokenise(text)]


def _single(text: str, token: Token) -> Word:
    return Word((text[token.start : token.end].lower(),), (token.text,))


def segment(text: str) -> list[Word]:
    """Return the words of ``text`` (already in normal form), in order; punctuation separates words."""
    words: list[Word] = []
    run: list[Word] = []
    last = 0
    for token in tokenise(text):
        if text[last : token.start].strip() and run:
            words += _best_split(run)
            run = []
        run.append(_single(text, token))
        last = token.end
    return words + _best_split(run)


def _best_split(run: Sequence[Word]) -> list[Word]:
    """Split a run of syllables into words with the largest summed bond (dynamic programme)."""
    scores = [0] * (len(run) + 1)
    pair_ends = [False] * (len(run) + 1)
    for n in range(1, len(run) + 1):
        scores[n] = scores[n - 1]
        if n >= 2 and run[n - 2].folded[0].isalpha() and run[n - 1].folded[0].isalpha():
            bond = _bond(run[n - 2], run[n - 1])
            if bond and scores[n - 2] + bond > scores[n]:
                scores[n], pair_ends[n] = scores[n - 2] + bond, True
    words: list[Word] = []
    n = len(run)
    while n:
        step = 2 if pair_ends[n] else 1
        part = run[n - step : n]
        words.append(Word(sum((w.surface for w in part), ()), sum((w.folded for w in part), ())))
        n -= step
    return words[::-1]


@lru_cache(maxsize=1)
def known_syllables() -> frozenset[str]:
    """Return the syllables, with their marks, that are Vietnamese words (``lexicon/syllables.txt``)."""
    lines = (SHIPPED_LEXICON / "syllables.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def is_word(word: Word) -> bool:
    """True where the word as typed, with its marks, is a word of legal Vietnamese."""
    if len(word.surface) == 1:
        return word.surface[0] in known_syllables()
    return word.surface in _tables()[0]
