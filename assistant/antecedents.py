"""What the last answered turn offers to the next question: its topic, units, documents and place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant import kinds
from assistant.asking import GENERIC, asking_spans, is_asking
from assistant.contract import Answer
from assistant.documents import DocumentFinder
from assistant.question import Question, Reader
from assistant.validity import split_day
from corpus.lexicons import Lexicons
from corpus.text import fold, tokenise
from corpus.words import Word, segment

_UNIT_LIKE = ("Phòng", "Văn phòng", "Trung tâm", "Các cơ quan")
_LAW_PATH = re.compile(r"^d(?P<dieu>\d+[a-z]?)(?:\.k(?P<khoan>\d+[a-z]?))?(?:\.(?P<diem>dd|[a-z]))?$")
# Where a noun phrase that names the topic ends and the predicate begins.
_PREDICATE = frozenset({"duoc", "phai", "thi", "la", "co", "do", "can", "bi", "se"})
REUSED = ("source", "detail")
"""Kinds of answers that repeat the last answer's citations: where it stands, its whole text."""
ROLE_WORDS = frozenset({"phoi_hop", "tham_gia", "chu_tri", "tham_muu"})
"""Words that ask for a unit's part in something rather than name the thing."""
FACT_WORDS = frozenset(
    {
        "ban_hanh", "ky", "hieu_luc", "thay_the", "sua_doi", "bo_sung", "bai_bo", "chuc_danh", "chuc_vu",
        "gui", "nhan", "luu", "ap_dung", "so_hieu", "noi_nhan", "trich_yeu", "nguoi", "noi",
    }
)  # fmt: skip
"""Words by which a fact of a document is asked for."""
_TOPIC_WORDS = 14  # syllables of a topic that are carried over; a longer one is cut at a word


@dataclass(frozen=True, slots=True)
class Past:
    """One turn of a conversation: what was typed, the whole question it was read as, and its answer."""

    question: str
    reading: str
    answer: Answer


def past(question: str, answer: Answer, before: Sequence[Past]) -> Past:
    """Return the turn that ``answer`` makes after ``before``: what it leaves for the next question."""
    if answer.kind in REUSED and before:
        # "Ở văn bản nào?" and "nội dung cụ thể?" stay with what the turn before was about.
        last = next((turn for turn in reversed(before) if turn.answer.outcome == "answer"), before[-1])
        return Past(question, last.reading, answer)
    return Past(question, answer.understood or question, answer)


def document_text(finder: DocumentFinder, document_id: str) -> str:
    """Return a name of a document by which the reader finds exactly it."""
    entry = finder.catalog.entries[document_id]
    names = [f"{entry.kind} {entry.number}"] if entry.number else []
    for name in (*names, *entry.aliases):
        if finder.find(name)[0] == (document_id,):
            return name
    return names[0] if names else entry.kind


@dataclass(frozen=True)
class Frame:
    """The last answered turn taken apart."""

    reader: Reader
    lexicons: Lexicons
    finder: DocumentFinder
    past: Past

    @cached_property
    def question(self) -> Question:
        """The last question as understood."""
        return self.reader.read(split_day(self.past.reading)[0])

    @cached_property
    def text(self) -> str:
        """The last question written out, without its end mark."""
        return re.sub(r"[ ?.!]+$", "", self.question.text)

    @cached_property
    def _units(self) -> list[tuple[int, int]]:
        found = self.lexicons.find_units(self.text)
        return [(m.start, m.end) for m in found if m.name in self.question.units]

    @cached_property
    def _documents(self) -> list[tuple[int, int]]:
        return [(m.start, m.end) for m in self.finder.catalog.mentions(self.text)]

    @cached_property
    def pieces(self) -> list[tuple[int, int]]:
        """The parts of the last question that name its topic, as spans of ``text``."""
        return self._between([*asking_spans(self.text), *self._units, *self._documents])

    def _between(self, taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
        borders: list[tuple[int, int]] = []
        last = 0
        for start, end in [*sorted(taken), (len(self.text), len(self.text))]:
            borders += self._trimmed(last, start)
            last = max(last, end)
        return borders

    def _trimmed(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the parts of a stretch from the first to the last word that names something."""
        out = []
        for part in re.finditer(r"[^,;:()|?]+", self.text[start:end]):
            at = start + part.start()
            tokens, words = tokenise(part.group()), segment(part.group())
            spans, n = [], 0
            for word in words:
                first, last = tokens[n], tokens[n + len(word.folded) - 1]
                spans.append((word, at + first.start, at + last.end))
                n += len(word.folded)
            while spans and is_asking(spans[0][0]):
                spans.pop(0)
            while spans and is_asking(spans[-1][0]):
                spans.pop()
            common = GENERIC | ROLE_WORDS
            if self.about_document:
                common |= FACT_WORDS
            if any(word.key not in common and not is_asking(word) for word, _, _ in spans):
                out.append((spans[0][1], spans[-1][2]))
        return out

    @cached_property
    def topic(self) -> str:
        """What the last question was about, in its own words, "" where it names nothing."""
        if self.past.answer.kind == kinds.PLACE:
            # Who asks of "mục II.7" means what stands there.
            first = re.sub(r"\[\d+\]|^\W*\d+\.|[:….]+\s*$", " ", self.past.answer.answer.split("\n", 1)[0])
            return " ".join(re.sub(r"[:….\s]+$", "", first).split()[:_TOPIC_WORDS])
        # A document's name stays where something in it was asked about ("quán triệt Kết luận 90").
        taken = [*asking_spans(self.text), *self._units]
        pieces = self._between(taken) if self.pieces else []
        words = " ".join(self.text[start:end] for start, end in pieces).split()
        return " ".join(words[:_TOPIC_WORDS])

    @cached_property
    def subject(self) -> str:
        """The first part of the topic: "dự phòng ngân sách" of "… bằng bao nhiêu phần trăm tổng chi"."""
        return self.text[slice(*self.pieces[0])] if self.pieces else ""

    def spoke_of(self, words: Sequence[Word]) -> bool:
        """True where the last question and what it cited first hold all these words."""
        quote = self.past.answer.citations[0].quote if self.past.answer.citations else ""
        said = " ".join(token.text for token in tokenise(f"{self.text} . {quote}"))
        return all(f" {' '.join(word.folded)} " in f" {said} " for word in words)

    @cached_property
    def documents(self) -> tuple[str, ...]:
        """Documents that the last question named."""
        return self.question.documents

    @cached_property
    def about_document(self) -> bool:
        """True where the last turn was about a document as a whole."""
        return self.past.answer.kind == "document" or (
            bool(self.documents or self.question.implied) and kinds.asks_document_fact(self.question.folded)
        )

    @cached_property
    def place(self) -> dict[str, str]:
        """Levels of the place (dieu, khoan, diem) that the last turn named, else the one it cited."""
        for place in self.question.places:
            match = _LAW_PATH.match(place.path)
            if match:
                return {k: v for k, v in match.groupdict().items() if v}
        for citation in self.past.answer.citations[:1]:
            match = _LAW_PATH.match(citation.id.partition(":")[2])
            if match:
                return {k: v for k, v in match.groupdict().items() if v}
        return {}

    def law_place(self) -> tuple[str | None, dict[str, str]]:
        """Return the name of the law that the last turn was about and the place in it; (None, {}) else."""
        named = [d for d in self.documents if d not in self.finder.plans]
        cited = [
            c.document_id for c in self.past.answer.citations[:1] if c.document_id not in self.finder.plans
        ]
        for document in [*named, *cited]:
            if self.past.answer.citations and document == self.past.answer.citations[0].document_id:
                return document_text(self.finder, document), self.place
        return None, {}

    # ---- antecedents

    def antecedent_unit(self) -> str | None:
        """Return the unit that the answer names first, else the one that the question names."""
        first = self.past.answer.answer.split("\n", 1)[0]
        for text in (first, self.text):
            names = [m.name for m in self.lexicons.find_units(text) if m.name.startswith(_UNIT_LIKE)]
            if names:
                return names[0]
        return None

    def antecedent_documents(self, noun: str, *, new: bool) -> tuple[str, ...]:
        """Return the documents that "nghị định đó" may mean after this turn: one, several or none.

        ``noun``: the folded kind that was said ("" and "van ban" fit any); ``new``: look first at those
        that the answer brought in ("văn bản sửa đổi đó").
        """
        first = self.past.answer.answer.split("\n", 1)[0]
        said = self._fitting(self.finder.find(first)[0], noun)
        named = self._fitting(self.documents or self.question.implied, noun)
        cited = self._fitting(tuple(c.document_id for c in self.past.answer.citations[:1]), noun)
        fresh = tuple(d for d in said if d not in named)
        order = (fresh, named, said, cited) if new else (named, said, cited)
        return next((found for found in order if found), ())

    def _fitting(self, documents: tuple[str, ...], noun: str) -> tuple[str, ...]:
        entries = self.finder.catalog.entries
        return tuple(
            d for d in documents
            if d in entries and (noun in ("", "van ban") or fold(entries[d].kind) in (noun, f"bo {noun}"))
        )  # fmt: skip

    # ---- the last question with one slot replaced

    def with_unit(self, name: str) -> str | None:
        """Return the last question about another unit, None where it was about none."""
        if not self._units:
            return None
        text = self.text
        for start, end in reversed(self._units[1:]):
            text = f"{text[:start]}{text[end:]}"
        start, end = self._units[0]
        return f"{text[:start]}{name}{text[end:]}?"

    def with_document(self, name: str) -> str | None:
        """Return the last question about another document, None where nothing can be asked of it."""
        if self._documents:
            start, end = self._documents[0]
            return f"{self.text[:start]}{name}{self.text[end:]}?"
        return f"{name}: {self.text}?"

    def with_topic(self, words: str) -> tuple[str, ...]:
        """Return readings of the last question about something else, the likeliest first."""
        if not self.pieces:
            return (f"{words}: {self.text}?",)
        readings = []
        window = self._alike(words)
        if window is not None:
            readings.append(f"{self.text[: window[0]]}{words}{self.text[window[1] :]}?")
        if len(self.pieces) == 1:
            start, end = self.pieces[0]
            head = self._head(start, end)
            if head is not None:
                readings.append(f"{self.text[:start]}{words}{self.text[head:]}?")
            readings.append(f"{self.text[:start]}{words}{self.text[end:]}?")
        else:
            for start, end in (self.pieces[-1], self.pieces[0]):
                readings.append(f"{self.text[:start]}{words}{self.text[end:]}?")
            asked = self.text
            for start, end in reversed(self.pieces):
                asked = f"{asked[:start]} {asked[end:]}"
            readings.append(f"{words}: {' '.join(asked.split())}?")
        return tuple(dict.fromkeys(readings))

    def _head(self, start: int, end: int) -> int | None:
        """Return where the noun phrase that opens a topic ends, None where it is the whole topic."""
        for token in tokenise(self.text[start:end])[1:]:
            if token.text in _PREDICATE:
                return start + len(self.text[start : start + token.start].rstrip())
        return None

    def _alike(self, words: str) -> tuple[int, int] | None:
        """Return the stretch of the topic that begins with the word that ``words`` begins with."""
        first = next(iter(segment(words)), None)
        if first is None:
            return None
        length = len(tokenise(words))
        for start, end in self.pieces:
            tokens = tokenise(self.text[start:end])
            for n, token in enumerate(tokens):
                if tuple(t.text for t in tokens[n : n + len(first.folded)]) == first.folded:
                    if n == 0:  # the same head: the whole noun phrase is said anew
                        return start, self._head(start, end) or end
                    stop = min(n + length, len(tokens)) - 1
                    return start + token.start, start + tokens[stop].end
        return None
