"""Answers as of a day: the day that a question names, and what was not in force on it.

Only what the library knows is said: a document whose day of effect or expiry is unknown gets no warning.
The day of issue is not the day of effect; but before it was issued a document cannot have applied.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from assistant.citation import document_label, vn_date
from assistant.context import Context
from assistant.contract import Answer
from corpus.text import fold, nfc

_TOLD = frozenset({"not_yet", "expired", "amended"})
_AT = re.compile(
    r"[ ,(]*\b(?:(?:tai|vao|o) (?:thoi diem|ngay)(?: ngay)?|xet tai(?: thoi diem| ngay)?)"
    r" (?:(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{1,2}) thang (\d{1,2}) nam (\d{4}))\b[ ,):]*"
)


def split_day(question: str) -> tuple[str, str | None]:
    """Return a question without the day that it asks about, and that day (ISO), None where it names none.

    "Tại thời điểm 01/7/2025, đất đai thuộc phòng nào?" -> ("đất đai thuộc phòng nào?", "2025-07-01").
    """
    text = nfc(question)
    match = _AT.search(fold(text))
    if match is None:
        return question, None
    day, month, year = (int(part) for part in match.groups() if part)
    try:
        at = date(year, month, day).isoformat()
    except ValueError:  # no such day: words like any other
        return question, None
    rest = f"{text[: match.start()]} {text[match.end() :]}".strip()
    return (rest, at) if re.search(r"\w", rest) else (question, None)


def with_validity(context: Context, answer: Answer) -> Answer:
    """Return the answer with a warning on every citation that was not in force as it stands on its day."""
    if not answer.answered:
        return answer
    citations = []
    told: list[str] = []
    for citation in answer.citations:
        found = [not_in_force(context, citation.id, answer.as_of), *gone(context, citation.id, answer.as_of)]
        new = [warning for warning in found if warning]
        if new:
            told += new
            citation = replace(citation, warnings=tuple(dict.fromkeys((*new, *citation.warnings))))
        citations.append(citation)
    if not told:
        return answer
    warnings = tuple(dict.fromkeys((*told, *answer.warnings)))
    return replace(answer, citations=tuple(citations), warnings=warnings)


def not_in_force(context: Context, provision_id: str, day: str) -> str:
    """Return why a provision did not hold as quoted on ``day`` (ISO), "" where it did or nobody knows.

    Not yet issued, not yet in force, expired, or amended by a known text (``corpus.status``).
    """
    provision = context.library.find_provision(provision_id)
    if provision is None:
        return ""
    document = context.library.document(provision.document_id)
    name, at = document_label(document), vn_date(day)
    status = context.validity.of(provision, day)
    if status.state in _TOLD:
        return f"Tại ngày {at}, {name}: {status.text[:1].lower()}{status.text[1:]}"
    if document.issued and day < _first(document.issued):
        return f"Tại ngày {at}, {name} chưa được ban hành (ban hành {_when(document.issued)})."
    return ""


def gone(context: Context, provision_id: str, day: str) -> tuple[str, ...]:
    """Return what is to be said of offices that a provision names and that no longer exist on ``day``."""
    provision = context.library.find_provision(provision_id)
    return context.validity.of(provision, day).warnings if provision is not None else ()


def _when(iso: str) -> str:
    return f"ngày {vn_date(iso)}" if iso.count("-") == 2 else vn_date(iso)


def _first(iso: str) -> str:
    """Return the first day that a partial ISO date may mean."""
    return iso + "-01" * (2 - iso.count("-"))
