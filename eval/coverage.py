"""Whether the first characters that a system returns cover the right quote; one rule for any system.

What a system returns is a list of pieces in the order shown: a piece of a document (where it stands in
the canonical text) or words of the system's own, which count as a quote where they repeat the document
word for word (case aside) for at least 40 characters. The pieces are joined by a line break and cut
after the limit. A question is covered when, inside the gold provisions (all ids of ``first`` and
``provisions``) and nowhere else, the characters shown hold every fact group of the question that the
gold provisions' text holds at all. Headings are left out of that text on both sides: "5. Trung tâm
Dịch vụ tổng hợp" says where a quote stands. Where no fact is left to look for (the fact is the unit's
name in the heading, or a count), half of a ``first`` provision has to be shown, or 200 characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from assistant.contract import Answer
from corpus.model import Document, Provision
from eval.gold import Question
from eval.metrics import missing_facts

LIMITS: Final = (600, 2000)
"""Characters a reader takes in: one screen of a phone, and one page."""
_ENOUGH: Final = 200
_VERBATIM: Final = 40  # about eight Vietnamese words: longer than any name, shorter than most clauses

Interval = tuple[int, int]


class HoldsProvisions(Protocol):
    """The part of ``corpus.store.Library`` that finding gold quotes needs."""

    def document(self, document_id: str) -> Document:
        """Return one document."""
        ...

    def provisions(self, document_id: str) -> Sequence[Provision]:
        """Return a document's provisions in order."""
        ...

    def find_provision(self, provision_id: str) -> Provision | None:
        """Return one provision, None where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of what is shown. ``document_id`` None: words of the system's own, with no place."""

    text: str
    document_id: str | None = None
    start: int = 0  # code point in the canonical text where ``text`` begins


def pieces_of(answer: Answer, library: HoldsProvisions) -> list[Piece]:
    """Return what a user reads of ``answer``: its text, then its quotes; labels are left out."""
    pieces = [Piece(answer.answer)]
    for citation in answer.citations:
        text = library.document(citation.document_id).text
        pieces += [Piece(text[start:end], citation.document_id, start) for start, end in citation.spans]
    return pieces


def cut(pieces: Iterable[Piece], limit: int) -> list[Piece]:
    """Return the pieces within the first ``limit`` characters, line breaks between them counted."""
    kept: list[Piece] = []
    left = limit
    for piece in pieces:
        if left <= 0:
            break
        kept.append(Piece(piece.text[:left], piece.document_id, piece.start))
        left -= len(piece.text) + 1
    return kept


def _merge(intervals: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for start, end in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _common(a: Sequence[Interval], b: Sequence[Interval]) -> list[Interval]:
    return _merge((max(s, t), min(e, f)) for s, e in a for t, f in b)


def _without(intervals: Sequence[Interval], holes: Sequence[Interval]) -> list[Interval]:
    for hole_start, hole_end in holes:
        intervals = [
            part
            for start, end in intervals
            for part in ((start, min(end, hole_start)), (max(start, hole_end), end))
            if part[0] < part[1]
        ]
    return list(intervals)


class Gold:
    """The gold text of one question as places in documents."""

    def __init__(self, question: Question, library: HoldsProvisions) -> None:
        self.question = question
        self.library = library
        found = [p for id in sorted(question.gold) if (p := library.find_provision(id)) is not None]
        spans: dict[str, list[Interval]] = {}
        for provision in found:
            spans.setdefault(provision.document_id, []).append((provision.start, provision.end))
        self.spans = {id: _without(_merge(parts), self._headings(id)) for id, parts in spans.items()}
        first = question.first or tuple(question.gold)
        self.first = [p for p in found if p.id in first]
        missing = set(missing_facts(question.facts, self._text(self.spans)))
        self.facts = tuple(group for group in question.facts if group not in missing)

    @property
    def known(self) -> bool:
        """Whether the library holds any gold provision at all."""
        return bool(self.spans)

    def _headings(self, document_id: str) -> list[Interval]:
        text = self.library.document(document_id).text
        found = []
        for provision in self.library.provisions(document_id):
            at = text.find(provision.heading, provision.start, provision.end) if provision.heading else -1
            if at >= 0:
                found.append((at, at + len(provision.heading)))
        return found

    def _text(self, spans: dict[str, list[Interval]]) -> str:
        # Parts that do not touch are kept apart, so that no fact is made of two ends.
        return "\n|\n".join(
            self.library.document(id).text[start:end] for id, parts in spans.items() for start, end in parts
        )

    def covered(self, pieces: Sequence[Piece], limit: int) -> bool:
        """Return whether the first ``limit`` characters of ``pieces`` cover the right quote."""
        shown: dict[str, list[Interval]] = {}
        for piece in cut(pieces, limit):
            if piece.document_id is None:
                for id, spans in self.spans.items():
                    shown.setdefault(id, []).extend(
                        _repeated(piece.text, self.library.document(id).text, spans)
                    )
            else:
                shown.setdefault(piece.document_id, []).append((piece.start, piece.start + len(piece.text)))
        merged = {id: _merge(parts) for id, parts in shown.items()}
        if self.facts:
            inside = {id: _common(parts, merged.get(id, [])) for id, parts in self.spans.items()}
            return not missing_facts(self.facts, self._text(inside))
        for provision in self.first:
            whole = _without([(provision.start, provision.end)], self._headings(provision.document_id))
            seen = _common(whole, merged.get(provision.document_id, []))
            if _length(seen) >= min(_ENOUGH, _length(whole) / 2) and seen:
                return True
        return False


def _repeated(own: str, text: str, spans: Iterable[Interval]) -> list[Interval]:
    """Return the places inside ``spans`` of ``text`` that ``own`` repeats word for word."""
    own, text = _plain(own), _plain(text)
    found: list[Interval] = []
    for start, end in spans:
        size = min(_VERBATIM, end - start)
        windows = {text[at : at + size]: at for at in range(start, end - size + 1)}
        here = 0
        while here + size <= len(own):
            at = windows.get(own[here : here + size])
            if at is None:
                here += 1
                continue
            length = size
            while at + length < end and here + length < len(own) and text[at + length] == own[here + length]:
                length += 1
            found.append((at, at + length))
            here += length
    return found


def _plain(text: str) -> str:
    """Return ``text`` in lower case with line breaks as spaces, character for character."""
    return "".join(" " if char.isspace() else low if len(low := char.lower()) == 1 else char for char in text)


def _length(intervals: Iterable[Interval]) -> int:
    return sum(end - start for start, end in intervals)


def facts_shown(question: Question, pieces: Sequence[Piece], limit: int) -> bool:
    """Return whether all facts stand in the first ``limit`` characters, wherever they come from."""
    return not missing_facts(question.facts, "\n".join(piece.text for piece in cut(pieces, limit)))
