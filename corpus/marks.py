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

# Interpolation of bigram and unigram, and costs in nats; chosen on the development questions
# (python -m eval.marks).
_BIGRAM_WEIGHT = 0.9
_COST_CHANGED = 6.0  # a typed mark replaced by another
_COST_TONE_CHANGED = 8.0  # the same where a tone was typed: who types tones has typed the whole syllable
_FLOOR = 1e-9
# A form without marks that is so rare beside its marked forms is no word: law writes "khong" only where
# a heading was printed without marks. From the first share on it is no candidate, from the second on it
# is a sure sign that marks are missing ("trai" stays itself in a question typed with its marks).
_RARE_BARE = 0.03
_SURE_BARE = 0.01

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
        self.bare_share = {
            bare: self.singles.get(bare, 0) / marked
            for bare, forms in self.forms.items()
            if (marked := sum(self.singles[form] for form in forms if form != bare))
        }
        """How often a folded syllable stands without marks, for each time that it stands with marks."""
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


def lacks_marks(text: str) -> bool:
    """True where some lower-case syllable of ``text`` can only have lost its marks ("hoat", "duoc")."""
    shares = mark_model().bare_share
    return any(
        word.group().islower() and shares.get(word.group(), 1.0) < _SURE_BARE for word in _WORD.finditer(text)
    )


def restore(text: str) -> str:
    """Return ``text`` (normal form) with marks put back where they are missing or make no sense.

    Capitals, numbers and punctuation stay; an all-capital token (an abbreviation) is left alone unless
    it can only be a word. How readily a bare syllable is given marks depends on how many bare ones of
    the question can only have lost theirs: all of them, half of them, or one by mistake.
    """
    model = mark_model()
    words = list(_WORD.finditer(text))
    typed = [word.group().lower() for word in words]
    lost = sum(model.bare_share.get(one, 1.0) < _RARE_BARE for one in typed)
    kept = sum(map(has_marks, typed))
    added = -math.log((lost + 0.05) / (lost + kept + 0.1))
    pieces: list[str] = []
    last = 0
    for run in _runs(text, words):
        forms = _viterbi(model, [word.group() for word in run], added)
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


def _viterbi(model: MarkModel, typed: list[str], added: float) -> list[str]:
    # state: form -> (score, path)
    states: dict[str, tuple[float, list[str]]] = {"": (0.0, [])}
    for token in typed:
        lower = token.lower()
        following: dict[str, tuple[float, list[str]]] = {}
        for form, cost in _candidates(model, token, lower, added):
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


def _candidates(model: MarkModel, token: str, lower: str, added: float) -> list[tuple[str, float]]:
    """Return the forms that may have been meant, with what it costs to have typed ``token`` for them."""
    no_word = model.bare_share.get(lower, 1.0) < _SURE_BARE
    if len(token) > 1 and token.isupper() and not no_word:
        return [(lower, 0.0)]
    changed = _COST_CHANGED if has_marks(lower) else added
    if has_tone(lower):
        changed = _COST_TONE_CHANGED
    folded = fold(lower)
    forms = model.forms.get(folded, [])
    if len(folded) == 2 and folded[1] == "i" and folded[0] in "klmt":
        # Both spellings are in use, legal texts write y ("ki" -> "ký").
        forms = [*forms, *model.forms.get(folded[0] + "y", ())]
    costs = {} if no_word else {lower: 0.0}
    costs.update((form, changed) for form in forms if form != lower)
    return list(costs.items())


def _cased(form: str, token: str) -> str:
    if form == token.lower():
        return token
    if len(token) > 1 and token.isupper():
        return form.upper()
    return form[0].upper() + form[1:] if token[0].isupper() else form
