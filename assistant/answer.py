"""From an understood question to a checked answer: the right composer, then every quote verified."""

from __future__ import annotations

import re
from collections.abc import Callable

from assistant import kinds
from assistant.citation import verify
from assistant.compose import basis, definitions, documents, duties, persons, places, provisions, tasks
from assistant.context import Context, Draft, Refusal
from assistant.contract import ABSTENTION, Answer
from assistant.question import Question
from assistant.retrieve import Retrieved
from corpus.text import fold, normalise

GREETING = (
    "Chào bạn! Tôi tra cứu kế hoạch và văn bản trong kho và trả lời kèm trích dẫn. "
    "Bạn có thể hỏi: đơn vị nào chủ trì một việc, thời hạn báo cáo, căn cứ pháp lý, chỉ tiêu, "
    "nội dung một điều khoản."
)
THANKS = "Rất vui được giúp bạn. Bạn cứ hỏi tiếp khi cần tra cứu."

Composer = Callable[[Context, Question, Retrieved], Draft | Refusal]

_COMPOSERS: dict[str, Composer] = {
    kinds.RESPONSIBILITY: tasks.responsibility,
    kinds.COMPETENCE: tasks.responsibility,
    kinds.DUTIES: duties.duties,
    kinds.TARGET: provisions.figure,
    kinds.DEADLINE: provisions.figure,
    kinds.LIST: provisions.listing,
    kinds.BASIS: basis.basis,
    kinds.DEFINITION: definitions.definition,
    kinds.GENERAL: provisions.general,
}


def smalltalk(question: Question) -> str | None:
    """Return the reply to a greeting or thanks, None for anything else."""
    # As typed too: "alo" is no misspelling.
    if not kinds.is_smalltalk(question.folded) and not kinds.is_smalltalk(fold(normalise(question.raw))):
        return None
    return (
        THANKS
        if re.search(
            r"cam on|thank|\btks\b|tam biet|\bbye\b|hen gap|hay qua|tot lam|gioi qua|tuyet|^(?:da "
            r"|vang )*(?:ok|oke|okie|okay|uk|um|vang|da)\b",
            question.folded,
        )
        else GREETING
    )


def compose(context: Context, question: Question) -> tuple[Draft | Refusal, Retrieved | None]:
    """Return the draft or refusal for a question, and what was retrieved for it."""
    if kinds.is_injection(question.folded):
        return Refusal(kinds.INJECTION, "Tôi chỉ tra cứu văn bản trong kho."), None
    if question.other_places:
        names = ", ".join(question.other_places)
        return Refusal(question.kind, f"Các văn bản trong kho không nói về {names}."), None
    if question.unknown_documents and not question.documents:
        return Refusal(question.kind, "Kho không có văn bản được nêu trong câu hỏi."), None
    if question.kind == kinds.LIBRARY:
        return documents.library_overview(context), None
    # "Phòng tôi được giao những gì ở phần IV": of the place only what concerns the unit.
    of_unit = question.kind == kinds.DUTIES and bool(question.units)
    found = None if of_unit else places.place(context, question)
    if found is not None:
        return found, None
    absent = places.missing_part(context, question)
    if absent is not None:
        return absent, None
    named = persons.person(context, question)
    if named is not None:
        return named, None
    several = question.asks_who or question.kind in _SEVERAL
    units = duties.assigned_units(context, question) if several else None
    if units is not None:
        return units, None
    retrieved = context.search(question)
    if (
        (question.documents or question.implied)
        and not (question.kind == kinds.TARGET and _ASKS_SHARE.search(question.folded))
        and kinds.asks_document_fact(question.folded)
        and _about_document(context, question)
    ):
        told = documents.facts(context, question, retrieved)
        if told is not None and (isinstance(told, Draft) or told.final or not _held(context, question)):
            return told, retrieved
    return _COMPOSERS[question.kind](context, question, retrieved), retrieved


_SEVERAL = frozenset({kinds.LIST, kinds.DUTIES})


def _held(context: Context, question: Question) -> bool:
    return any(document in context.library for document in question.documents or question.implied)


# A share or an amount is told by a provision, never by what is known of the document.
_ASKS_SHARE = re.compile(r"\bty le\b|\bti le\b|phan tram|(?<!so )(?<!ngay )(?<!nam )bao nhieu\b")
_DOCUMENT_WORDS = frozenset(
    [
        "nghi",
        "dinh",
        "quyet",
        "luat",
        "ke",
        "hoach",
        "thong",
        "tu",
        "ket",
        "luan",
        "van",
        "ban",
        "so",
        "hieu",
        "ky",
        "ban",
        "hanh",
        "ngay",
        "thang",
        "nam",
        "noi",
        "nhan",
        "gui",
        "chu",
        "tich",
        "nguoi",
        "nd",
        "nq",
        "qd",
        "kh",
        "kl",
        "ten",
        "day",
        "goi",
        "trich",
        "yeu",
        "hien",
        "con",
        "moi",
        "sua",
        "doi",
        "bo",
        "thay",
        "the",
        "bai",
        "het",
        "han",
        "luc",
        "du",
        "thao",
        "giai",
        "doan",
        "boi",
        "hoi",
        "dong",
        "uy",
        "ban",
        "nhan",
        "dan",
        "xa",
        "tinh",
        "chinh",
        "phu",
        "cp",
        "tu",
        "dang",
        "lai",
        "chau",
        "binh",
        "lu",
        "dieu",
        "mot",
        "nay",
        "cua",
        "hanh",
        "hanh",
        "chuc",
        "vu",
        "cap",
        "da",
        "duoc",
        "chua",
        "ai",
        "cu",
        "the",
        "pho",
        "hay",
        "ban",
        "ra",
        "noi",
        "dung",
        "quy",
        "dinh",
        "chuong",
        "trinh",
        "phuong",
        "an",
        "ong",
        "ba",
        "tu",
        "cach",
        "danh",
        "vi",
        "gi",
        "mang",
        "to",
        "hop",
        "ung",
        "trung",
        "uong",
        "dat",
        "but",
        "loai",
        "may",
    ]
)


def _about_document(context: Context, question: Question) -> bool:
    """True where nothing is asked about but the document itself."""
    names = " ".join(
        " ".join(
            filter(None, (entry.kind, entry.number, entry.title, entry.issuer, entry.signer, *entry.aliases))
        )
        for entry in (context.finder.catalog.entries[d] for d in question.documents or question.implied)
    )
    own = context.evidence.clause_terms(names).tokens
    known = own | _DOCUMENT_WORDS
    rest = [w for w in question.content if not known.issuperset(w.folded) and not w.folded[0][0].isdigit()]
    return len(rest) <= 1


def finish(
    context: Context, question: Question, draft: Draft | Refusal, *, as_of: str, timings: dict[str, float]
) -> Answer:
    """Return the answer as callers see it; an answer whose quotes fail the check becomes an abstention."""
    generation = context.library.generation
    if isinstance(draft, Draft):
        bad = [citation for citation in draft.citations if not verify(context.library, citation)]
        if not bad and draft.citations:
            return Answer(
                question=question.raw,
                outcome="answer",
                answer=_text(draft),
                kind=draft.kind,
                basis=draft.basis,
                as_of=as_of,
                generation=generation,
                citations=tuple(draft.citations),
                warnings=tuple(dict.fromkeys(w for c in draft.citations for w in c.warnings)),
                follow_ups=tuple(draft.follow_ups),
                timings_ms=timings,
            )
        draft = Refusal(draft.kind)
    return Answer(
        question=question.raw,
        outcome="abstain",
        answer=" ".join(filter(None, (ABSTENTION, draft.reason))),
        kind=draft.kind,
        basis=None,
        as_of=as_of,
        generation=generation,
        hints=tuple(draft.hints),
        timings_ms=timings,
    )


def _text(draft: Draft) -> str:
    """Return the answer's text: first line with its marks, notes, then the quotes with their places."""
    # A line that only opens a list needs no mark: each item carries its own.
    marked = "[1]" in draft.first or (draft.first.endswith(":") and draft.notes)
    first = draft.first if marked else f"{draft.first} [1]"
    lines = [first, *draft.notes, ""]
    for n, citation in enumerate(draft.citations, start=1):
        lines.append(f"[{n}] {citation.label}: “{citation.quote}”")
    return "\n".join(lines)
