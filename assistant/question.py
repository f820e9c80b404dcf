"""Understanding a question: one written form, typing errors, units, documents, places, kind.

Nothing here looks at the library's contents except its vocabulary, which tells a typing error from
a word that the library simply does not use.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from assistant import kinds
from assistant.places import Place, find_places
from corpus.lexicons import Lexicons
from corpus.settings import SHIPPED_LEXICON
from corpus.text import fold, has_marks, normalise, tokenise

MAX_LENGTH = 2000
"""Characters of a question that are read; longer input is cut (unbounded consumption, OWASP LLM10)."""

# Words that ask rather than name: they say nothing of what the question is about.
_ASKING = frozenset(
    """ai nao gi bao nhieu may dau sao the la co khong ko k cua va voi cho trong ve theo duoc phai thi ma nhu nhung cac
    mot nay do kia day se da dang can hay hoac hoi xin vui long cho biet toi minh em anh chi ban oi a nhi vay ha thua
    nhe giup dum ho noi xem tra loi rang khi luc bao gio tu den o tai ra vao bi boi neu thi con cung chi rieng moi tat ca
    de lam viec gom bao them nua duoi tren sau truoc ngay thang nam ke tim tra cuu thong tin muon hieu ro cu
    don vi co quan bo phan phong ban to chuc nguoi chu tri chiu trach nhiem phu trach dam nhiem dam nhan giao
    lo tham quyen thuoc linh vuc nhiem vu nghia viet tat phap ly so""".split()
)
# Of these only the whole phrase is scaffolding: "phòng" asks in "phòng nào", names in "phòng bệnh".
_ASKING_PHRASES = re.compile(
    r"\b(?:cho (?:toi |em |minh |anh )?(?:biet|hoi)|don vi nao|co quan nao|phong (?:ban )?nao|bo phan nao|to chuc nao|ban nganh nao|ben nao|cap nao|"
    r"nguoi nao|van ban nao|chiu trach nhiem(?: chinh)?|trach nhiem|phu trach|dam nhiem|dam nhan|duoc giao|giao cho|giao|chu tri|tham muu|dau moi|"
    r"bao nhieu|khi nao|bao gio|luc nao|nhu the nao|the nao|ra sao|vi sao|tai sao|o dau|viet tat(?: cua)?(?: tu| cum tu)?|co nghia la|nghia la|la gi|lam gi|"
    r"tham quyen|can cu(?: phap ly)?(?: vao)?|co so phap ly|dua (?:tren|vao)|theo van ban|linh vuc nao|nhung gi|cai gi|viec gi|cong viec gi|"
    r"thoi han|han chot|phan tram|ty le|nhung ai|cua ai|don vi|co quan(?! chuyen mon)|bo phan|liet ke|ke ten|hay neu|neu ro|cu the|thuc hien|trien khai|to chuc(?= (?:thuc|trien))|nhiem vu|"
    r"viec|thuoc|quy dinh|noi (?:gi|ve)|muc dich|cap xa|quan ly)\b"
)

_TELEX_TONE = re.compile(r"^([a-z]+?)([sfrxj])$")
_TELEX_VOWEL = re.compile(r"(aa|ee|oo|dd|aw|ow|uw|w)")
_TELEX_FIX = {"aa": "a", "ee": "e", "oo": "o", "dd": "d", "aw": "a", "ow": "o", "uw": "u", "w": "u"}

_AS_OF = re.compile(r"(?:tai thoi diem|tinh den|vao thoi diem)(?: ngay)? (\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the rest of the assistant sees it.

    ``tokens`` are the folded tokens of the expanded text; ``content`` those that name what it is
    about, in order; ``marked`` is False where it was typed without any mark.
    """

    raw: str
    text: str
    folded: str
    tokens: tuple[str, ...]
    content: tuple[str, ...]
    marked: bool
    kind: str
    units: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    unknown_documents: tuple[str, ...] = ()  # numbers typed that no known document has
    places: tuple[Place, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
    as_of: str | None = None
    other_places: tuple[str, ...] = ()  # administrative names that no document speaks of


def load_syllables() -> frozenset[str]:
    """Return the folded syllables that are Vietnamese words (``corpus/lexicon/syllables.txt``)."""
    lines = (SHIPPED_LEXICON / "syllables.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


class Reader:
    """Reads questions against one library's vocabulary, documents and lexicons."""

    def __init__(
        self,
        lexicons: Lexicons,
        vocabulary: dict[str, int],
        find_documents: Callable[[str], tuple[tuple[str, ...], tuple[str, ...]]],
        find_other_places: Callable[[str, str], tuple[str, ...]],
    ) -> None:
        self._lexicons = lexicons
        self._syllables = load_syllables()
        self._vocabulary = vocabulary
        self._words = [term for term in vocabulary if "_" not in term and term.isalpha() and len(term) > 1]
        self._find_documents = find_documents
        self._find_other_places = find_other_places

    def read(self, raw: str) -> Question:
        """Return the understood question; never raises on odd text."""
        typed = normalise(raw[:MAX_LENGTH])
        text, corrected = self._correct(typed)
        folded_typed = fold(text)
        documents, unknown = self._find_documents(text)
        places = tuple(find_places(folded_typed))
        expanded = self._lexicons.expand(self._lexicons.name_units(text), question=True)
        folded = fold(expanded)
        kind = kinds.recognise(folded)
        about_units = kind in {kinds.RESPONSIBILITY, kinds.DUTIES, kinds.COMPETENCE, kinds.DEADLINE}
        units = self._lexicons.find_units(text, weak=about_units)
        tokens = tuple(token.text for token in tokenise(expanded))
        as_of = _AS_OF.search(folded)
        return Question(
            raw=raw,
            text=expanded,
            folded=folded,
            tokens=tokens,
            content=content_terms(folded),
            marked=has_marks(typed),
            kind=kind,
            units=tuple(dict.fromkeys(unit.name for unit in units)),
            documents=documents,
            unknown_documents=unknown,
            places=places,
            corrected=tuple(corrected),
            as_of="{2}-{1:0>2}-{0:0>2}".format(*as_of.groups()) if as_of else None,
            other_places=self._find_other_places(typed, folded),
        )

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
        for candidate in _telex(word):
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


def content_terms(folded: str) -> tuple[str, ...]:
    """Return the folded tokens that say what the question is about, in order."""
    stripped = _ASKING_PHRASES.sub(" | ", folded)
    return tuple(
        token.text
        for token in tokenise(stripped)
        if token.text not in _ASKING and (len(token.text) > 1 or token.text.isdigit() or token.text in "yo")
    )
