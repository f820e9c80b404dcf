"""Putting Vietnamese marks back: "ai chu tri tuyen truyen" -> "ai chủ trì tuyên truyền".

A bigram model of marked syllables and the Viterbi algorithm; the channel says what typing does. Marks
that were typed are kept unless the syllable makes no sense where it stands.
"""

from __future__ import annotations

import gzip
import math
import re
from collections import defaultdict
from functools import lru_cache

from corpus.settings import SHIPPED_LEXICON
from corpus.text import fold, has_marks, has_tone

# Interpolation of bigram and unigram, and costs in nats; chosen on the development questions.
_BIGRAM_WEIGHT = 0.9
_COST_ADDED = 0.0  # a mark added to a syllable typed without any, in a question without marks
_COST_ADDED_BESIDE_MARKS = 2.0  # the same where other syllables carry marks
_COST_CHANGED = 6.0  # a typed mark replaced by another
_COST_TONE_CHANGED = 8.0  # the same where a tone was typed: who types tones has typed the whole syllable
_FLOOR = 1e-9

_WORD = re.compile(r"[^\W\d_]+")


class MarkModel:
    """Counts of marked syllables and of their pairs, read once from ``lexicon/marks.tsv.gz``."""

    def __init__(self) -> None:
        text = gzip.decompress((SHIPPED_LEXICON / "marks.tsv.gz").read_bytes()).decode()
        singles, _, pairs = text.partition("\n\n")
        self.singles: dict[str, int] = {}
        self.forms: dict[str, list[str]] = defaultdict(list)
        for line in singles.split("\n"):
            syllable, _, count = line.partition("\t")
            self.singles[syllable] = int(count)
            self.forms[fold(syllable)].append(syllable)
        self.total = sum(self.singles.values())
        self.pairs: dict[tuple[str, str], int] = {}
        for line in pairs.split("\n"):
            a, b, count = line.split("\t")
            self.pairs[a, b] = int(count)

    def log_probability(self, previous: str, syllable: str) -> float:
        """Return ln P(syllable | previous), interpolated with the unigram."""
        unigram = self.singles.get(syllable, 0) / self.total
        before = self.singles.get(previous, 0)
        bigram = self.pairs.get((previous, syllable), 0) / before if before else 0.0
        return math.log(_BIGRAM_WEIGHT * bigram + (1 - _BIGRAM_WEIGHT) * unigram + _FLOOR)


@lru_cache(maxsize=1)
def mark_model() -> MarkModel:
    """Return the shipped model (about 0.2 s the first time)."""
    return MarkModel()


def restore(text: str) -> str:
    """Return ``text`` (normal form) with marks put back where they are missing or make no sense.

    Capitals, numbers and punctuation stay; an all-capital token (an abbreviation) is left alone.
    """
    model = mark_model()
    words = list(_WORD.finditer(text))
    beside_marks = any(has_marks(word.group()) for word in words)
    pieces: list[str] = []
    last = 0
    for run in _runs(text, words):
        forms = _viterbi(model, [word.group() for word in run], beside_marks)
        for word, form in zip(run, forms, strict=True):
            pieces += [text[last : word.start()], form]
            last = word.end()
    return "".join([*pieces, text[last:]])


def _runs(text: str, words: list[re.Match[str]]) -> list[list[re.Match[str]]]:
    """Split words into runs at punctuation: what stands beyond a comma tells little."""
    runs: list[list[re.Match[str]]] = []
    last = -1
    for word in words:
        if last < 0 or text[last : word.start()].strip():
            runs.append([])
        runs[-1].append(word)
        last = word.end()
    return runs


def _viterbi(model: MarkModel, typed: list[str], beside_marks: bool) -> list[str]:
    # state: form -> (score, path)
    states: dict[str, tuple[float, list[str]]] = {"": (0.0, [])}
    for token in typed:
        lower = token.lower()
        following: dict[str, tuple[float, list[str]]] = {}
        for form, cost in _candidates(model, token, lower, beside_marks):
            best = max(
                (
                    (score + model.log_probability(before, form), path)
                    for before, (score, path) in states.items()
                ),
                key=lambda item: item[0],
            )
            following[form] = (best[0] - cost, [*best[1], _cased(form, token)])
        states = following
    return max(states.values(), key=lambda item: item[0])[1]


def _candidates(model: MarkModel, token: str, lower: str, beside_marks: bool) -> list[tuple[str, float]]:
    if len(token) > 1 and token.isupper():
        return [(lower, 0.0)]
    if has_tone(lower):
        changed = _COST_TONE_CHANGED
    elif has_marks(lower):
        changed = _COST_CHANGED
    else:
        changed = _COST_ADDED_BESIDE_MARKS if beside_marks else _COST_ADDED
    costs = {lower: 0.0}
    folded = fold(lower)
    forms = model.forms.get(folded, [])
    if len(folded) == 2 and folded[1] == "i" and folded[0] in "klmt":
        # Both spellings are in use, legal texts write y ("ki" -> "ký").
        forms = [*forms, *model.forms.get(folded[0] + "y", ())]
    for form in forms:
        if form != lower:
            costs[form] = changed
    return list(costs.items())


def _cased(form: str, token: str) -> str:
    if form == token.lower():
        return token
    return form[0].upper() + form[1:] if token[0].isupper() else form
