"""Follow-up questions without an LLM: what is missing in a question, and what fills it from the last turn.

A question is incomplete where it opens elliptically ("còn phòng Kinh tế?", "hộ tịch thì sao?"), points
back ("nghị định đó", "phòng này", "điều đó") or names nothing that it is about ("hạn khi nào?"). The slot
that it lacks (topic, unit, document, place, what is asked) is carried over from the last answered turn. A
reference is resolved only where one antecedent fits; where several do, the user is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant import kinds
from assistant.antecedents import FACT_WORDS, REUSED, ROLE_WORDS, Frame, Past, document_text
from assistant.asking import GENERIC, named_words
from assistant.contract import Option
from assistant.documents import DocumentFinder
from assistant.question import Question, Reader
from corpus.lexicons import Lexicons
from corpus.text import fold, tokenise
from corpus.words import Word

_OPENS = re.compile(
    r"^(?:(?:a|u|o|vay|the|roi|va|thi|nhung)[ ,]+)*"
    r"(?:con\b(?! (?:hieu luc|thoi han|bao nhieu|may|lai))|the\b(?! nao)|vay\b|rieng\b|va\b)[ ,]*"
    r"(?:(?:thi|ve|o|doi voi|truong hop|viec|neu la|neu)\b[ ,]*)?"
)
_ENDS = re.compile(r"[ ,]*\bthi (?:sao|the nao|nhu the nao|ra sao)[ ?.!]*$")
_LOOSE_ENDS = re.compile(r"[ ,]*\b(?:thi (?:sao|the nao|ra sao)|(?:nhu )?the nao|ra sao|sao|thi)[ ?.!]*$")
_TRAILING = re.compile(r"[ ?.!,;:]+$")

_WHERE = (
    r"(?:van ban|dieu khoan|dieu|khoan|muc|phan|cho|trang|doan|nghi dinh|nghi quyet|quyet dinh|luat"
    r"|ke hoach) nao"
)
_SOURCE = re.compile(
    rf"\b(?:(?:o|tai|trong|theo|thuoc|nam o|nam trong|ghi o|tu) )?{_WHERE}\b|\b(?:o|tai|tu) dau\b"
    r"|\bcan cu\b|\bnguon (?:o |tu )?(?:dau|nao)|\bco so (?:phap ly|nao)|\bdua (?:vao|tren) dau"
)
_DETAIL = re.compile(
    r"\bnoi dung(?: [a-z]+){0,2} (?:cu the|chi tiet|the nao|la gi|ra sao|gi|nhu the nao)"
    r"|\bcu the (?:hon|the nao|nhu the nao|ra sao|la gi|gom gi)|\bchi tiet\b"
    r"|\b(?:noi|giai thich) (?:ro|them|ky)"
    r"|\b(?:xem|trich|doc) (?:day du|toan van|nguyen van|ca doan)|\bnguyen van\b"
)
# Words that say where something stands, or how much of it is wanted, rather than what it is about.
_STANDING = frozenset(
    {
        "nam", "ghi", "neu", "viet", "in", "trich", "gi", "chi_tiet", "nguyen_van", "nguyen", "van", "day_du",
        "trang", "doan", "khac", "cham_nhat", "muon_nhat", "toi_da", "toi_thieu", "it_nhat",
    }
)  # fmt: skip

_POINTS = r"(?:do|nay|ay|kia|tren|vua neu|vua roi|noi tren|tren day)"
_KIND_NAMES = "nghi dinh|nghi quyet|quyet dinh|ket luan|bo luat|luat|thong tu|chi thi|ke hoach|van ban"
_POINTED_DOCUMENT = re.compile(rf"\b({_KIND_NAMES})((?: [a-z]+){{0,2}}?) {_POINTS}\b|\bno\b")
_POINTED_UNIT = re.compile(rf"\b(?:phong|don vi|trung tam|co quan|bo phan|van phong|ben|ban|noi) {_POINTS}\b")
_POINTED_TOPIC = re.compile(
    rf"\b(?:(?:nhung |cac )?(?:viec|dieu|noi dung|nhiem vu|quy dinh|chi tieu|chi so|cong viec|linh vuc|van de"
    rf"|muc|thu tuc|han|truong hop|phan|cau)(?: [a-z]+)? {_POINTS}|cai (?:do|nay)|dieu do)\b"
)

_ASKING_WORD = re.compile(
    r"\b(?:gi|nao|may(?! (?:moc|tinh|bay))|ai|(?<!ban )sao|khong|bao (?:nhieu|gio|lau)"
    r"|(?:o|ve|den|tai|vao|di|tu|nhung|qua|cho) dau)\b|\bchua$"
)
_LAW_PLACE = re.compile(r"\b(dieu|khoan|diem) (\d{1,3}[a-z]?|dd|[a-z])\b(?!/)(?! nao)")
_PLACE_WORD = re.compile(r"[ivx]+(?:\.\w+)*|\d+(?:\.\d+)*")  # "IV.6", "13": where, not what
_WEAK_WORDS = 4  # a question that names so few things may lean on the turn before
_WEAK_TOKENS = 12
_REPEATED = 2
_BARE_TOKENS = 9  # a longer question without a topic of its own is about what all documents hold


@dataclass(frozen=True, slots=True)
class Plan:
    """How a question may be read after some turns, best first; empty: as it was typed.

    ``reuse`` answers from the citations of the last answer ("source": where it stands, "detail": its whole
    text). ``firm``: the question means nothing by itself, so the first reading holds even where nothing
    answers it. ``stays``: the answer must come from a document that the last answer cited. ``own``: what
    the question names itself; an answer in context must speak of it.
    """

    readings: tuple[str, ...] = ()
    reuse: str = ""
    options: tuple[Option, ...] = ()
    firm: bool = False
    stays: bool = False
    own: tuple[Word, ...] = ()


ALONE = Plan()


@dataclass(frozen=True)
class FollowUps:
    """Reads follow-up questions against one library's documents and lexicons."""

    reader: Reader
    lexicons: Lexicons
    finder: DocumentFinder

    def plan(self, question: Question, turns: Sequence[Past]) -> Plan:
        """Return how ``question`` is to be read after ``turns`` (oldest first)."""
        if not turns or kinds.is_smalltalk(question.folded) or kinds.is_injection(question.folded):
            return ALONE
        if turns[-1].answer.outcome == "clarify":
            chosen = self._chosen(question, turns[-1])
            if chosen is not None:
                return Plan((chosen,), firm=True)
        answered = [turn for turn in reversed(turns) if turn.answer.outcome == "answer"]
        # "Ở văn bản nào?" only repeats what the turn before it was about.
        last = next((turn for turn in answered if turn.answer.kind not in REUSED), None)
        if last is None or question.other_places or question.unknown_documents:
            return ALONE
        return _Reading(self, question, Frame(self.reader, self.lexicons, self.finder, last)).plan()

    def ambiguous(self, question: Question) -> tuple[Option, ...]:
        """Return the readings of a question whose one document name fits several documents, () else."""
        if len(question.documents) < 2:
            return ()
        mentions = self.finder.catalog.mentions(question.text)
        if len(mentions) != 1 or len(mentions[0].entries) < 2:
            return ()
        start, end = mentions[0].start, mentions[0].end
        names = [document_text(self.finder, entry.id) for entry in mentions[0].entries]
        return tuple(
            Option(name, _capital(f"{question.text[:start]}{name}{question.text[end:]}")) for name in names
        )

    def _chosen(self, question: Question, asked: Past) -> str | None:
        """Return the option that a reply to a question back names, None where it names none."""
        words = question.folded
        numbers = re.match(r"(?:cai |so |y )?(?:thu )?(\d|nhat|hai)\W*$", words)
        options = asked.answer.options
        if numbers:
            at = {"nhat": 1, "hai": 2}.get(numbers[1]) or int(numbers[1])
            return options[at - 1].question if 1 <= at <= len(options) else None
        if len(named_words(self.finder.without_all_names(question.text))) > 1:
            return None  # more than a name: a new question
        named = set(question.documents)
        fitting = [option for option in options if named & set(self.finder.find(option.label)[0])]
        if not fitting:
            bare = _TRAILING.sub("", words)
            fitting = [option for option in options if bare and bare in fold(option.label)]
        return fitting[0].question if len(fitting) == 1 else None


@dataclass(frozen=True)
class _Reading:
    """One question against the frame of the last answered turn."""

    tools: FollowUps
    question: Question
    frame: Frame

    @cached_property
    def text(self) -> str:
        return self.question.text

    @cached_property
    def opening(self) -> int:
        """Where the question begins behind an elliptic opening, 0 where it has none."""
        match = _OPENS.match(fold(self.text))
        return match.end() if match else 0

    @cached_property
    def core(self) -> str:
        """The question without its elliptic opening and its end mark."""
        return _TRAILING.sub("", self.text[self.opening :])

    def plan(self) -> Plan:
        """Return the readings of the question; see ``FollowUps.plan``."""
        folded = fold(self.core)
        pointed = self._pointed(folded)
        if pointed is not None:
            return pointed
        ends = (_LOOSE_ENDS if self.opening else _ENDS).search(folded)
        body = _TRAILING.sub("", self.core[: ends.start()]) if ends else self.core
        asks = self._asks(body)
        placed = self._placed(folded)
        if placed is not None:
            return placed
        own = self._own(self.core)
        # "Ai ký?" may mean the library's plan, but after another document it means that one.
        plan = self.question.implied and "ke hoach" in folded
        names = self.question.documents or plan or self._units(self.core)
        if not own and not names and len(tokenise(self.core)) <= _BARE_TOKENS:
            reuse = self._reuse(folded)
            if reuse:
                return reuse
            return self._with_focus(folded, firm=True)
        if own and not names and len(own) <= _REPEATED and self.frame.spoke_of(own):
            reuse = self._reuse(folded)  # "nội dung phối hợp cụ thể là gì?" says again what was spoken of
            if reuse:
                return reuse
        if (self.opening or ends) and not asks and body:
            return self._replaced(body)
        return self._weak(own, folded)

    # ---- what the question itself holds

    def _units(self, text: str) -> list[str]:
        return [mention.name for mention in self.tools.lexicons.find_units(text)]

    def _own(self, text: str) -> list[Word]:
        """Return what the question names that is neither a unit nor common to every question."""
        if not self.question.marked:
            text = fold(text)  # marks put back into so few words may be wrong
        for mention in reversed(self.tools.lexicons.find_units(text)):
            text = f"{text[: mention.start]} | {text[mention.end :]}"
        text = self.tools.finder.without_all_names(text)
        common = GENERIC | _STANDING | ROLE_WORDS
        if kinds.asks_document_fact(fold(text)):
            common |= FACT_WORDS
        return [
            word
            for word in named_words(text)
            if word.key not in common and not _PLACE_WORD.fullmatch(word.key)
        ]

    def _asks(self, text: str) -> bool:
        folded = fold(text)
        return bool(
            _ASKING_WORD.search(folded)
            or kinds.recognise(folded) != kinds.GENERAL
            or kinds.asks_document_fact(folded)
        )

    # ---- pointing back

    def _pointed(self, folded: str) -> Plan | None:
        """Read "nghị định đó", "phòng này", "điều đó"; None where the question points at nothing."""
        unit = _POINTED_UNIT.search(folded)
        if unit is not None and not self._units(self.core):
            found = self.frame.antecedent_unit()
            if found:
                return Plan((self._put(unit.span(), found),), firm=True)
        topic = _POINTED_TOPIC.search(folded)
        document = _POINTED_DOCUMENT.search(folded)
        if document is not None and not self.question.documents:
            return self._pointed_document(document, folded)
        if topic is not None and self.frame.topic:
            rest = f"{self.core[: topic.start()]} {self.core[topic.end() :]}"
            if len(self._own(rest)) <= 1 and not self.question.documents:
                reuse = self._reuse(fold(rest)) if not self._own(rest) else None
                return reuse or Plan((self._put(topic.span(), self.frame.topic),), firm=True)
        return None

    def _pointed_document(self, match: re.Match[str], folded: str) -> Plan | None:
        noun, modifier = match.group(1) or "", (match.group(2) or "").strip()
        if noun == "ke hoach" and len(self.tools.finder.plans) == 1 and not self.frame.documents:
            return None  # the library's own plan: the question says it by itself
        found = self.frame.antecedent_documents(noun, new=bool(modifier))
        if not found:
            if not noun and self.frame.topic:
                return Plan((self._put(match.span(), self.frame.topic),), firm=True)
            return None
        names = [document_text(self.tools.finder, document) for document in found]
        readings = [(name, self._put(match.span(), name)) for name in names]
        if len(readings) == 1:
            return Plan((readings[0][1],), firm=True)
        return Plan(options=tuple(Option(name, _capital(text)) for name, text in readings), firm=True)

    def _put(self, span: tuple[int, int], words: str) -> str:
        return f"{self.core[: span[0]]}{words}{self.core[span[1] :]}?"

    # ---- places of a law: the levels above are those of the last turn

    def _placed(self, folded: str) -> Plan | None:
        named = {level: number for level, number in _LAW_PLACE.findall(folded)}
        if not named or self.question.documents or (set(named) == {"diem"} and not self.frame.place):
            return None
        document, above = self.frame.law_place()
        if document is None:
            return None
        levels = ("dieu", "khoan", "diem")
        top = min(levels.index(level) for level in named)
        if top and not above.get(levels[0]):
            return None
        merged = {level: above[level] for level in levels[:top] if level in above} | named
        words = {"dieu": "Điều", "khoan": "khoản", "diem": "điểm"}
        said = " ".join(
            f"{words[level]} {_letter(merged[level])}" for level in reversed(levels) if level in merged
        )
        rest = _LAW_PLACE.sub(lambda m: " " * len(m.group()), folded)
        kept = self._own("".join(c if r != " " else " " for c, r in zip(self.core, rest, strict=True)))
        if kept:
            return Plan((f"{said} {document}: {self.core}?",), own=tuple(kept))
        return Plan((f"{said} {document} quy định gì?",), firm=True)

    # ---- nothing named: the focus of the last turn is meant

    def _reuse(self, folded: str) -> Plan | None:
        if _DETAIL.search(folded):
            return Plan(reuse="detail", firm=True)
        if _SOURCE.search(folded) and not re.search(r"\bgui|\bnop|\blay|\bluu", folded):
            return Plan(reuse="source", firm=True)
        return None

    def _with_focus(self, folded: str, *, firm: bool, own: Iterable[Word] = ()) -> Plan:
        topic = self.frame.topic
        fact = kinds.asks_document_fact(folded)
        documents = self.frame.antecedent_documents("", new=False) if fact else ()
        readings = []
        for focus in dict.fromkeys((topic, self.frame.subject)):
            if focus:
                readings.append(f"{_capital(focus)}: {self.core}?")
        if documents and len(documents) == 1:
            name = f"{document_text(self.tools.finder, documents[0])}: {self.core}?"
            readings.insert(0 if self.frame.about_document else len(readings), name)
        if not self.question.marked:
            # Marks put back into so few words may be wrong: the reading is tried without any, too.
            readings += [fold(reading) for reading in readings]
        stays = firm and not fact
        return Plan(tuple(readings), firm=firm, stays=stays, own=tuple(own)) if readings else ALONE

    # ---- one slot of the last question is replaced

    def _replaced(self, body: str) -> Plan:
        units = self.tools.lexicons.find_units(body, weak=True)
        own = self._own(body)
        documents, _ = self.tools.finder.find(body)
        if units and not own:
            name = units[0].name
            swapped = self.frame.with_unit(name)
            return Plan((swapped or f"Nhiệm vụ của {name} là gì?",), firm=True)
        if documents and not own:
            swapped = self.frame.with_document(document_text(self.tools.finder, documents[0]))
            return Plan((swapped,), firm=True) if swapped else ALONE
        if self.question.places and not own:
            return ALONE
        return Plan(self.frame.with_topic(body), own=tuple(own), firm=True)

    # ---- a question that may stand by itself

    def _weak(self, own: list[Word], folded: str) -> Plan:
        few = len(own) <= _WEAK_WORDS and len(tokenise(self.core)) <= _WEAK_TOKENS
        if not few or not own or self.question.documents or self.question.places or not self._asks(self.core):
            return ALONE
        return self._with_focus(folded, firm=False, own=own)


def _letter(number: str) -> str:
    return "đ" if number == "dd" else number


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
