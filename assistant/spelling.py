"""Misspelt words made of good syllables: "bổ xung", "khoáng sảng", "bảo chợ xã hội".

Each syllable is Vietnamese, but the pair is no word while a sound-alike pair is one of the library's: only
then is a syllable replaced, so that a right question is left alone.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterator

from assistant.asking import is_asking
from corpus.marks import mark_model
from corpus.text import fold
from corpus.words import Word, is_word, known_syllables

# Sounds that dialects and hasty hands exchange: initials, finals (as folded letters) and hỏi/ngã.
_INITIALS = (
    ("ch", "tr"), ("s", "x"), ("d", "gi"), ("d", "r"), ("gi", "r"), ("l", "n"), ("d", "v"), ("gi", "v"),
    ("ng", "ngh"), ("g", "gh"), ("c", "k"), ("qu", "w"), ("ph", "f"), ("d", "z"), ("gi", "z"), ("v", "z"),
    ("gi", "j"),
)  # fmt: skip
_FINALS = (("n", "ng"), ("c", "t"), ("n", "nh"), ("t", "ch"), ("i", "y"))
_TONES = str.maketrans("ảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹ", "ãẵẫẽễĩõỗỡũữỹảẳẩẻểỉỏổởủửỷ")
# Connecting words that hasty hands give the other tone ("nhũng việc gì", "củng").
_CONNECTING = frozenset({"những", "của", "cũng", "phải", "sẽ", "đã", "vẫn", "để"})
# "liên thôn" is not "liên thông": another final is believed only of a syllable that the language hardly uses.
_RARE = 200

_WORD = re.compile(r"[^\W\d_]+")


def respell(text: str, vocabulary: Container[str]) -> tuple[str, list[tuple[str, str]]]:
    """Return ``text`` (normal form, with its marks) respelt, and what was replaced by what.

    ``vocabulary`` holds the library's folded terms, pairs of syllables as "a_b".
    """
    found = list(_WORD.finditer(text))
    forms = [match.group().lower() for match in found]
    joined = [not text[a.end() : b.start()].strip() for a, b in itertools.pairwise(found)]
    changes: list[tuple[str, str]] = []
    pieces: list[str] = []
    last = 0
    for n, match in enumerate(found):
        if match.group().isupper() and len(match.group()) > 1:
            continue
        left = forms[n - 1] if n and joined[n - 1] else ""
        right = forms[n + 1] if n + 1 < len(forms) and joined[n] else ""
        swapped = forms[n].translate(_TONES)
        if swapped in _CONNECTING and not (_pair(left, forms[n]) or _pair(forms[n], right)):
            changes.append((match.group(), swapped))
            pieces += [text[last : match.start()], swapped]
            last = match.end()
            forms[n] = swapped
            continue
        if is_asking(Word((forms[n],), (fold(forms[n]),))):
            continue
        if _holds(left, forms[n], vocabulary) or _holds(forms[n], right, vocabulary):
            continue
        for other in _sound_alikes(forms[n]):
            if _is_term(left, other, vocabulary) or _is_term(other, right, vocabulary):
                changes.append((match.group(), other))
                pieces += [text[last : match.start()], other]
                last = match.end()
                forms[n] = other
                break
    return "".join([*pieces, text[last:]]), changes


def _holds(a: str, b: str, vocabulary: Container[str]) -> bool:
    """True where two neighbours are a word, or stand together somewhere in the library."""
    return bool(a and b) and (f"{fold(a)}_{fold(b)}" in vocabulary or _pair(a, b))


def _is_term(a: str, b: str, vocabulary: Container[str]) -> bool:
    return bool(a and b) and f"{fold(a)}_{fold(b)}" in vocabulary and _pair(a, b)


def _pair(a: str, b: str) -> bool:
    return is_word(Word((a, b), (fold(a), fold(b))))


def _sound_alikes(syllable: str) -> Iterator[str]:
    """Yield the Vietnamese syllables that sound nearly alike, one exchange away."""
    known = known_syllables()
    seen = {syllable}
    for form in (syllable, syllable.translate(_TONES)):
        variants = [form]
        finals: list[str] = []
        for pair in _INITIALS:
            for old, new in (pair, pair[::-1]):
                if form.startswith(old):
                    variants.append(new + form[len(old) :])
        for pair in _FINALS:
            for old, new in (pair, pair[::-1]):
                if form.endswith(old):
                    finals.append(form[: -len(old)] + new)
        counts = mark_model().singles
        finals = [other for other in finals if counts.get(other, 0) > _RARE * counts.get(syllable, 0)]
        for variant in (*variants, *finals):
            if variant not in seen and variant in known:
                seen.add(variant)
                yield variant
