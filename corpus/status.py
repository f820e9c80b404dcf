"""Validity of a document or a provision as of a day, from what held texts and the catalog state.

Nothing is guessed: every state names the provisions or catalog entries that it follows from, and where
they do not suffice it is ``unknown``. The rules, in order:

1. before its day of effect a text is not yet in force; a provision may have a day of its own;
2. after its last day it has expired;
3. a text that repeals or replaces it ends it on the day that text takes effect; a repeal of single
   places ends those;
4. a text that amends places amends those and what holds them; one whose places or day nobody knows
   makes the rest unknown;
5. without a known day of effect the state is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, Protocol

from corpus.catalog import Catalog, number_key
from corpus.changes import Change
from corpus.model import Document, Effect, Evidence, Provision, Relation

State = Literal["in_force", "amended", "expired", "not_yet", "unknown"]
_ENDING = ("repeals", "replaces")
_YEAR = re.compile(r"/\d{4}/")
_NUMBER = re.compile(r"\d+(?:\.\d+)?/\d{4}/[^\s,;.()]+")


class Texts(Protocol):
    """What is asked of a library (``corpus.store.Library``)."""

    def document_ids(self) -> list[str]: ...
    def document(self, document_id: str) -> Document: ...
    def relations(self, document_id: str) -> list[Relation]: ...
    def effects(self, document_id: str) -> list[Effect]: ...
    def ancestors(self, provision: Provision) -> list[Provision]: ...
    def text_of(self, provision: Provision) -> str: ...


@dataclass(frozen=True, slots=True)
class Status:
    """A state on the day ``as_of`` (ISO); ``since`` is its first day and ``until`` its last, if known."""

    state: State
    as_of: str
    text: str  # Vietnamese, one or two sentences
    since: str | None = None
    until: str | None = None
    by: tuple[str, ...] = ()  # ids of documents, or of provisions, that changed or ended it
    evidence: tuple[Evidence, ...] = ()
    warnings: tuple[str, ...] = ()  # Vietnamese: what it names that no longer exists
    warning_evidence: tuple[Evidence, ...] = ()


@dataclass(slots=True)
class _Source:
    """A text that changes others: what is known of it."""

    id: str
    name: str
    issued: str | None
    effective: str | None


@dataclass(slots=True)
class _Facts:
    """What is known of the target before the rules are applied."""

    effective: str | None
    expires: str | None
    evidence: list[Evidence] = field(default_factory=list)
    part: bool = False  # the day is the provision's own
    note: str = ""
    exceptions: tuple[str, ...] = ()


class Validity:
    """Answers for one library and catalog; build it once, it reads every relation on the way in."""

    def __init__(self, library: Texts, catalog: Catalog, changes: Sequence[Change] = ()) -> None:
        self._library = library
        self._catalog = catalog
        self._changes = changes
        self._held = set(library.document_ids())
        self._about: dict[str, list[Relation]] = {}
        relations: list[Relation] = [r for id_ in library.document_ids() for r in library.relations(id_)]
        relations += [r for entry in catalog.entries.values() for r in entry.relations]
        numbers = self._numbers()
        for relation in dict.fromkeys(relations):
            target = relation.target or _held_target(relation.target_text, numbers)
            if target and relation.kind in ("amends", *_ENDING):
                self._about.setdefault(target.partition(":")[0], []).append(relation)

    def _numbers(self) -> dict[str, set[str]]:
        """Return the held documents by number, for mentions that no catalog entry resolved.

        Only numbers with their year: others recur every year and in every province.
        """
        numbers: dict[str, set[str]] = {}
        for id_ in self._held:
            number = self._library.document(id_).number
            if number and _YEAR.search(number):
                numbers.setdefault(number_key(number), set()).add(id_)
        return numbers

    def of(self, target: Document | Provision, as_of: str) -> Status:
        """Return the state of a document or provision on the day ``as_of`` (ISO, a full date)."""
        document = target if isinstance(target, Document) else self._library.document(target.document_id)
        path = "" if isinstance(target, Document) else target.path
        chain = [] if isinstance(target, Document) else [a.path for a in self._library.ancestors(target)]
        facts = self._facts(document, path, chain)
        status = self._state(document, path, chain, facts, as_of)
        return self._warned(status, target, document, as_of)

    def _facts(self, document: Document, path: str, chain: Sequence[str]) -> _Facts:
        facts = _Facts(document.effective, document.expires)
        for name in ("effective", "expires"):
            if getattr(document, name) and name in document.evidence:
                facts.evidence.append(document.evidence[name])
        depth = -1
        for effect in self._library.effects(document.id):
            place = effect.target.partition(":")[2]
            if not place:
                facts.note = facts.note or effect.note
                facts.exceptions = facts.exceptions or effect.exceptions
                continue
            places = [*chain, path]
            if path and place in places and effect.date and places.index(place) >= depth:
                depth = places.index(place)
                facts.part = True
                if effect.kind == "takes_effect":
                    facts.effective = effect.date
                else:
                    facts.expires = effect.date
                facts.evidence.append(effect.evidence)
        return facts

    def _state(
        self, document: Document, path: str, chain: Sequence[str], facts: _Facts, as_of: str
    ) -> Status:
        what = "Quy định này" if path else f"{document.kind} này"
        shown = tuple(facts.evidence)
        first, last = _full(facts.effective), _full(facts.expires)
        if first and as_of < first:
            text = f"{what} chưa có hiệu lực vào ngày {_day(as_of)}; có hiệu lực từ ngày {_day(first)}."
            return Status("not_yet", as_of, text, until=_before(first), evidence=shown)
        if last and as_of > last:
            text = f"{what} đã hết hiệu lực: có hiệu lực đến hết ngày {_day(last)}."
            return Status("expired", as_of, text, since=_after(last), evidence=shown)
        changed = self._changed(document, path, chain, facts, as_of)
        if changed:
            return changed
        if not first:
            said = f" (văn bản ghi: {facts.note})" if facts.note else ""
            text = f"Kho không biết {what[0].lower()}{what[1:]} có hiệu lực từ ngày nào{said}."
            return Status("unknown", as_of, text, until=last, evidence=shown)
        text = f"{what} có hiệu lực từ ngày {_day(first)}{self._limits(document, facts, last)}."
        return Status("in_force", as_of, text, since=first, until=last, evidence=shown)

    def _limits(self, document: Document, facts: _Facts, last: str | None) -> str:
        words = f" đến hết ngày {_day(last)}" if last else ""
        if facts.exceptions and not facts.part:
            places = ", ".join(_place(id_.partition(":")[2]) for id_ in facts.exceptions)
            words += f", trừ trường hợp quy định tại {places}"
        return words

    def _changed(
        self, document: Document, path: str, chain: Sequence[str], facts: _Facts, as_of: str
    ) -> Status | None:
        """Apply what other texts do to the target; None where nothing is known to touch it."""
        unsure: list[tuple[Relation, _Source]] = []
        amended: list[tuple[Relation, _Source, str]] = []
        relations = self._about.get(document.id, [])
        precise = {r.source for r in relations if r.places}
        for relation in relations:
            source = self._source(relation.source)
            if source.issued and _later(source.issued, as_of):
                continue  # not issued yet
            reach = _reach(relation, path, chain)
            if reach == "none" or (reach == "whole" and path and relation.source in precise):
                continue  # that text says itself which places it changes
            day = _full(relation.date) or _full(source.effective)
            if day is None:
                unsure.append((relation, source))
            elif as_of >= day and relation.kind in _ENDING and reach != "part":
                return _ended(document, path, relation, source, day, as_of)
            elif as_of >= day and relation.kind == "amends" and reach == "whole" and path:
                unsure.append((relation, source))  # amended somewhere, nobody knows where
            elif as_of >= day:
                amended.append((relation, source, day))
        if amended and not unsure:
            return _amended(document, path, facts, amended, as_of)
        if unsure:
            return _unsure(document, path, unsure, as_of)
        return None

    def _source(self, id_: str) -> _Source:
        entry = self._catalog.entries.get(id_)
        if id_ in self._held:
            document = self._library.document(id_)
            return _Source(id_, _name(document.kind, document.number), document.issued, document.effective)
        if entry:
            return _Source(id_, _name(entry.kind, entry.number), entry.issued, entry.effective)
        return _Source(id_, id_, None, None)

    def _warned(self, status: Status, target: Document | Provision, document: Document, as_of: str) -> Status:
        if not self._changes or isinstance(target, Document):
            return status
        words = self._library.text_of(target)
        gone = [
            c for c in self._changes
            if as_of >= c.since and (document.issued or "") < c.since and c.named_in(words)
        ]  # fmt: skip
        if not gone:
            return status
        return Status(
            status.state, status.as_of, status.text, status.since, status.until, status.by, status.evidence,
            tuple(c.text for c in gone), tuple(c.evidence for c in gone),
        )  # fmt: skip


def status_of(
    library: Texts, target: Document | Provision, as_of: str, catalog: Catalog, changes: Sequence[Change] = ()
) -> Status:
    """Return the state of one document or provision; for many, build ``Validity`` once."""
    return Validity(library, catalog, changes).of(target, as_of)


def _held_target(written: str, numbers: dict[str, set[str]]) -> str | None:
    """Return the one held document that bears the number in ``written``, None where none or several do."""
    found = _NUMBER.search(written)
    ids = numbers.get(number_key(found[0]), set()) if found else set()
    return next(iter(ids)) if len(ids) == 1 else None


def _reach(relation: Relation, path: str, chain: Sequence[str]) -> Literal["whole", "here", "part", "none"]:
    """How a relation meets a place: it names no place, this one (or one above it), one below it, another."""
    if not relation.places:
        return "whole"
    if not path:
        return "part"
    if any(place == path or place in chain or path.startswith(f"{place}.") for place in relation.places):
        return "here"
    return "part" if any(place.startswith(f"{path}.") for place in relation.places) else "none"


def _ended(
    document: Document, path: str, relation: Relation, source: _Source, day: str, as_of: str
) -> Status:
    verb = "bị thay thế" if relation.kind == "replaces" else "bị bãi bỏ"
    what = "Quy định này" if path else f"{document.kind} này"
    text = f"{what} đã {verb} bởi {source.name}, có hiệu lực từ ngày {_day(day)}."
    return Status("expired", as_of, text, since=day, by=_by(relation, source), evidence=(relation.evidence,))


def _amended(
    document: Document,
    path: str,
    facts: _Facts,
    amended: Sequence[tuple[Relation, _Source, str]],
    as_of: str,
) -> Status:
    what = "Quy định này" if path else f"{document.kind} này"
    days = dict.fromkeys((source.name, day) for _, source, day in amended)
    names = "; ".join(f"{name} (từ ngày {_day(day)})" for name, day in days)
    partly = "" if any(_whole(relation, path) for relation, _, _ in amended) else " một phần"
    return Status(
        "amended", as_of, f"{what} đã được sửa đổi, bổ sung{partly} bởi {names}.",
        since=max(day for _, _, day in amended), until=_full(facts.expires),
        by=tuple(dict.fromkeys(id_ for relation, source, _ in amended for id_ in _by(relation, source))),
        evidence=tuple(dict.fromkeys(relation.evidence for relation, _, _ in amended)),
    )  # fmt: skip


def _whole(relation: Relation, path: str) -> bool:
    return bool(path) and any(path == place or path.startswith(f"{place}.") for place in relation.places)


def _unsure(document: Document, path: str, unsure: Sequence[tuple[Relation, _Source]], as_of: str) -> Status:
    names = "; ".join(
        dict.fromkeys(
            f"{source.name}" + (f" ngày {_day(source.issued)}" if source.issued else "")
            for _, source in unsure
        )
    )
    verbs = {"amends": "sửa đổi, bổ sung", "replaces": "thay thế", "repeals": "bãi bỏ"}
    verb = verbs[unsure[0][0].kind]
    what = "văn bản chứa quy định này" if path else f"{document.kind[0].lower()}{document.kind[1:]} này"
    missing = "điều, khoản nào thay đổi và từ ngày nào" if unsure[0][0].kind == "amends" else "từ ngày nào"
    text = f"{names} {verb} {what}, nhưng kho không biết {missing}; cần đối chiếu trước khi áp dụng."
    return Status(
        "unknown", as_of, text,
        by=tuple(dict.fromkeys(id_ for relation, source in unsure for id_ in _by(relation, source))),
        evidence=tuple(dict.fromkeys(relation.evidence for relation, _ in unsure)),
    )  # fmt: skip


def _by(relation: Relation, source: _Source) -> tuple[str, ...]:
    place = relation.evidence.provision
    return (place,) if place and place.partition(":")[0] == source.id else (source.id,)


def _name(kind: str, number: str | None) -> str:
    return f"{kind} {number}" if number else kind


def _full(day: str | None) -> str | None:
    """Return an ISO date that has its day, else None: "2026" is no day."""
    return day if day and len(day) == 10 else None


def _later(issued: str, as_of: str) -> bool:
    """True when a text was issued after a day; a partial date counts by what it has."""
    return issued > as_of[: len(issued)]


def _day(iso: str | None) -> str:
    parts = (iso or "").split("-")
    if len(parts) != 3:
        return "/".join(reversed(parts))
    # NĐ 30/2020/NĐ-CP: days below 10 and months 1 and 2 carry a zero.
    month = parts[1] if int(parts[1]) < 3 else str(int(parts[1]))
    return f"{parts[2]}/{month}/{parts[0]}"


def _before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


_STEP_NAMES = {"d": "Điều", "k": "khoản"}


def _place(path: str) -> str:
    """Return "khoản 2 Điều 10" for d10.k2."""
    words: Iterable[str] = (
        f"{_STEP_NAMES[step[0]]} {step[1:]}"
        if step[0] in _STEP_NAMES and step[1:2].isdigit()
        else f"điểm {step}"
        for step in reversed(path.split("."))
    )
    return " ".join(words)
