"""Understanding a question: one written form, typing errors, units, documents, places, kind.

Nothing here looks at the library's contents except its vocabulary, which tells a typing error from
a word that the library simply does not use.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from assistant import kinds
from assistant.asking import GENERIC, content_words, fold_asking
from assistant.documents import DocumentFinder
from assistant.places import Place, find_places
from assistant.spelling import respell
from assistant.wanted import acceptable, wanted
from corpus.lexicons import Lexicons
from corpus.marks import lacks_marks, restore
from corpus.text import fold, has_marks, normalise, spell, tokenise
from corpus.words import Word, is_word, known_syllables, syllables

MARKED_SHARE = 0.6
"""Share of syllables with marks from which a question counts as typed with marks (running text: 0.75)."""

MAX_LENGTH = 2000
"""Characters of a question that are read; longer input is cut (unbounded consumption, OWASP LLM10)."""

_TELEX_TONE = re.compile(r"^([a-z]+?)([sfrxj])$")
_TELEX_VOWEL = re.compile(r"(aa|ee|oo|dd|aw|ow|uw|w)")
_TELEX_FIX = {"aa": "a", "ee": "e", "oo": "o", "dd": "d", "aw": "a", "ow": "o", "uw": "u", "w": "u"}

_LETTERS = (("f", ("ph",)), ("z", ("d", "gi", "v")), ("w", ("qu",)), ("j", ("gi", "ch")))

_PUNCTUATION = re.compile(r"[,.;:?!|]+(?=\s|$)|\b(?:thì|nhưng|còn)\b")
_UNIT_NAMES = ("Phòng", "Văn phòng", "Trung tâm", "Các cơ quan")
_UNIT_KINDS = frozenset({kinds.RESPONSIBILITY, kinds.DUTIES, kinds.COMPETENCE})

_ROOM = re.compile(r"\b[Pp]\. ?(?=[^\W\d])")
# "NĐ150", "đ15", "k2": a code and its number typed together.
_LAW = re.compile(r"\bL\.? ?(?=\d{2,3}\b)|\bL\.(?=[A-ZĐ]{2})")
_GLUED = re.compile(r"(?i)\b(nđ|nq|qđ|kl|kh|đ|k)(\d{1,4}\b)")

# "kế hoạch giao việc gì cho Phòng Kinh tế": all of a unit's work, or its work on something.
_ASSIGNED = re.compile(
    r"\bgiao\b.*\b(?:gi|nao)\b|(?:toan bo|cac|het|danh muc|danh sach|ke) (?:cong )?(?:viec|nhiem vu)"
    r"|\bviec cua\b|chiu phan nao"
)

_CONFIRMS = re.compile(
    r"\bco (?:phai|dung|duoc)\b|\b(?:dung|phai|duoc) khong\b|\b(?:khong|ko|chua) *\?*$|\btre\b"
)

_AS_OF = re.compile(r"(?:tai thoi diem|tinh den|vao thoi diem)(?: ngay)? (\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the rest of the assistant sees it.

    ``tokens`` are the folded tokens of the expanded text; ``content`` those that name what it is
    about, in order; ``marked`` is True where it was typed with its marks, False where (nearly) all
    or some of them are missing.
    """

    raw: str
    text: str
    folded: str
    tokens: tuple[str, ...]
    content: tuple[Word, ...]
    topic: tuple[Word, ...]  # the content without the units that are named
    segments: tuple[tuple[Word, ...], ...]  # the topic by punctuation
    marked: bool
    kind: str
    units: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    implied: tuple[str, ...] = ()  # the plan that a bare "kế hoạch" may mean
    unknown_documents: tuple[str, ...] = ()  # numbers typed that no known document has
    places: tuple[Place, ...] = ()
    asks_who: bool = False
    asks_lead: bool = False
    asks_power: bool = False  # who decides, appoints, approves
    wanted: re.Pattern[str] | None = None  # what an answering text should match
    acceptable: re.Pattern[str] | None = None  # what it must match at least
    numbers: frozenset[str] = frozenset()  # numbers and dates among the content words
    corrected: tuple[tuple[str, str], ...] = ()
    as_of: str | None = None
    other_places: tuple[str, ...] = ()  # administrative names that no document speaks of


@lru_cache(maxsize=1)
def load_syllables() -> frozenset[str]:
    """Return the folded syllables that are Vietnamese words."""
    return frozenset(map(fold, known_syllables()))


class Vocabulary(Protocol):
    """What a library holds: ``corpus.lexical.LexicalIndex``."""

    @property
    def words(self) -> Sequence[str]:
        """Every folded syllable of its texts."""
        ...

    def __contains__(self, term: object) -> bool:
        """True where some text holds the folded syllable or pair ("a_b")."""
        ...


class Reader:
    """Reads questions against one library's vocabulary, documents and lexicons."""

    def __init__(
        self,
        lexicons: Lexicons,
        vocabulary: Vocabulary,
        finder: DocumentFinder,
    ) -> None:
        self._lexicons = lexicons
        self._syllables = load_syllables()
        self._vocabulary = vocabulary
        self._words = [word for word in vocabulary.words if word.isalpha() and len(word) > 1]
        self._finder = finder

    def read(self, raw: str) -> Question:
        """Return the understood question; never raises on odd text."""
        typed = _GLUED.sub(
            r"\1 \2", _LAW.sub("Luật ", _ROOM.sub("phòng ", spell(normalise(raw[:MAX_LENGTH]))))
        )
        text, corrected = self._correct(typed)
        text, marked = complete_marks(text, typed)
        text, respelt = respell(text, self._vocabulary)
        corrected += respelt
        folded_typed = fold(text)
        documents, unknown = self._finder.find(text)
        places = tuple(find_places(folded_typed))
        expanded = self._lexicons.expand(self._lexicons.name_units(text), question=True)
        folded = fold(expanded)
        # Without marks every reading is possible; restored ones are guesses.
        asking = fold_asking(expanded) if marked else folded
        kind = self._kind(asking, text)
        about_units = kind in {kinds.RESPONSIBILITY, kinds.DUTIES, kinds.COMPETENCE, kinds.DEADLINE}
        units = self._lexicons.find_units(text, weak=about_units)
        tokens = tuple(token.text for token in tokenise(expanded))
        as_of = _AS_OF.search(folded)
        content = self._content(expanded) if documents else content_words(expanded)
        topic, segments = self._topic(expanded, kind, content)
        return Question(
            raw=raw,
            text=expanded,
            folded=folded,
            tokens=tokens,
            content=content,
            topic=topic,
            segments=segments,
            marked=marked,
            kind=kind,
            units=tuple(dict.fromkeys(unit.name for unit in units)),
            documents=documents or self._finder.signed_by(folded),
            implied=self._finder.implied(folded),
            unknown_documents=unknown,
            places=places,
            asks_who=kinds.asks_who(asking) or kind in {kinds.RESPONSIBILITY, kinds.COMPETENCE},
            asks_lead=kinds.asks_lead(asking),
            asks_power=kinds.asks_power(asking),
            wanted=wanted(asking, kind),
            acceptable=acceptable(asking, kind),
            # "Có phải chỉ 80 % không": a number to be confirmed need not stand in the text.
            numbers=frozenset()
            if _CONFIRMS.search(folded)
            else frozenset(w.key for w in content if w.key[0].isdigit()),
            corrected=tuple(corrected),
            as_of="{2}-{1:0>2}-{0:0>2}".format(*as_of.groups()) if as_of else None,
            other_places=self._finder.other_places(typed, folded),
        )

    def _kind(self, folded: str, text: str) -> str:
        """Return the kind; a unit that is named turns some questions into ones about units."""
        kind = kinds.recognise(folded)
        named = any(unit.name.startswith(_UNIT_NAMES) for unit in self._lexicons.find_units(text))
        if named and kind in {kinds.GENERAL, kinds.DUTIES} and kinds.asks_whether_unit(folded):
            return kinds.RESPONSIBILITY
        if kind == kinds.DUTIES and not named and kinds.asks_who(folded):
            return kinds.RESPONSIBILITY  # "là nhiệm vụ của phòng nào"
        if (
            named
            and kind in {kinds.TARGET, kinds.LIST}
            and re.search(
                r"\b(?:may|bao nhieu|nhung|cac) (?:dau )?(?:viec|nhiem vu|mang)"
                r"|\b(?:phan cong|duoc giao|phai lam) (?:nhung |cac )?gi\b",
                folded,
            )
        ):
            return kinds.DUTIES
        if named and kind == kinds.GENERAL and _ASSIGNED.search(folded):
            return kinds.DUTIES
        return kind

    def _topic(
        self, text: str, kind: str, content: tuple[Word, ...]
    ) -> tuple[tuple[Word, ...], tuple[tuple[Word, ...], ...]]:
        """Return the content without the units named (they ask or answer), whole and by punctuation."""
        if kind in _UNIT_KINDS:
            for mention in reversed(self._lexicons.find_units(text)):
                text = f"{text[: mention.start]} | {text[mention.end :]}"
        known = frozenset(content)
        parts = [
            tuple(word for word in content_words(part) if word in known) for part in _PUNCTUATION.split(text)
        ]
        segments = tuple(part for part in parts if part)
        return tuple(dict.fromkeys(word for part in segments for word in part)) or content, segments

    def _content(self, text: str) -> tuple[Word, ...]:
        """Return what the question is about: the document that it names is where, not what."""
        bare = content_words(self._finder.without_names(text))
        return bare if any(word.key not in GENERIC for word in bare) else content_words(text)

    def _correct(self, text: str) -> tuple[str, list[tuple[str, str]]]:
        """Replace syllables that are no Vietnamese word by the nearest word of the library.

        Telex left-overs ("hanj") are undone first; then one edit (also a swap) away, the candidate
        that follows its left neighbour somewhere in the library wins.
        """
        tokens = tokenise(text)
        pieces: list[str] = []
        changes: list[tuple[str, str]] = []
        last, previous = 0, ""
        for token in tokens:
            better = self._better(token.text, previous)
            if better is not None:
                pieces += [text[last : token.start], better]
                changes.append((text[token.start : token.end], better))
                last = token.end
            previous = better or token.text
        return "".join([*pieces, text[last:]]), changes

    def _better(self, word: str, previous: str) -> str | None:
        if len(word) < 3 or not word.isalpha() or word in self._vocabulary or word in self._syllables:
            return None
        if self._lexicons.abbreviation(word) or self._lexicons.find_units(word):
            return None
        for candidate in (*_sounded(word), *_telex(word)):
            if candidate in self._vocabulary or candidate in self._syllables:
                return candidate
        near = process.extract(
            word,
            self._words,
            scorer=DamerauLevenshtein.distance,
            score_cutoff=1 if len(word) < 7 else 2,
            limit=20,
        )
        if not near:
            return None
        # A candidate seen after the left neighbour beats a nearer one that never follows it.
        ranked = sorted(
            near,
            key=lambda hit: (f"{previous}_{hit[0]}" not in self._vocabulary, hit[1], hit[0][0] != word[0]),
        )
        return ranked[0][0]


def _sounded(word: str) -> list[str]:
    """Return readings of a syllable typed with letters that Vietnamese lacks ("fải", "zậy", "wản")."""
    return [new + word[1:] for old, news in _LETTERS for new in news if word.startswith(old)]


def _telex(word: str) -> list[str]:
    """Return readings of a syllable typed with Telex keys that the keyboard did not turn into marks."""
    base = _TELEX_VOWEL.sub(lambda m: _TELEX_FIX[m.group()], word)
    readings = [base]
    for form in (word, base):
        tone = _TELEX_TONE.match(form)
        if tone:
            readings.append(tone.group(1))
    # The tone key may stand inside the syllable ("hajn").
    readings.append(re.sub(r"(?<=[aeiouy])[sfrxj](?=[a-z])", "", base))
    return [reading for reading in readings if reading != word]


# "the che do co quan nao": the model of running text would read "chế độ"; who asks so means "do".
_DONE_BY = re.compile(r"(?i)\bdo (co quan|don vi|phong|bo phan|ben|ai)\b(?: nao\b)?")
_DONE_BY_MARKED = {
    "co quan": "do cơ quan nào",
    "don vi": "do đơn vị nào",
    "phong": "do phòng nào",
    "bo phan": "do bộ phận nào",
    "ben": "do bên nào",
    "ai": "do ai",
}


def _restore(text: str) -> str:
    """Return ``text`` with marks put back, asking phrases first."""
    pieces, last = [], 0
    for match in _DONE_BY.finditer(text):
        if match.group(1) != "ai" and not match.group().lower().endswith("nao"):
            continue
        pieces += [restore(text[last : match.start()]), _DONE_BY_MARKED[match.group(1).lower()]]
        last = match.end()
    return "".join([*pieces, restore(text[last:])])


def complete_marks(text: str, typed: str | None = None) -> tuple[str, bool]:
    """Return ``text`` (normal form) with its missing marks put back, and whether it came with its marks.

    ``typed``: the text as typed where typing errors were corrected since; it tells what was typed.
    """
    marked = mark_share(text if typed is None else typed) >= MARKED_SHARE
    whole = marked and not _nonsense(text) and not lacks_marks(text)
    return (text if whole else _restore(text)), marked


def _nonsense(text: str) -> bool:
    """True where some syllable is none as it is marked ("nôp") or must have lost its marks ("trach")."""
    bare = load_syllables()
    words = " ".join(word for word in text.split() if not word.isupper())  # short forms are none
    for word in syllables(words):
        if not is_word(word) and (word.typed_marks or (len(word.folded[0]) > 2 and word.folded[0] in bare)):
            return True
    return False


def mark_share(text: str) -> float:
    """Return the share of lower-case syllables of two or more letters that carry a mark (1.0 for none)."""
    words = [t for t in re.findall(r"[^\W\d_]+", text) if len(t) > 1 and not t.isupper()]
    return sum(map(has_marks, words)) / len(words) if words else 1.0
