"""What a term or an abbreviation means, in the words of the documents."""

from __future__ import annotations

import re

from assistant import kinds
from assistant.asking import GENERIC
from assistant.compose.provisions import general, is_leaf
from assistant.context import Context, Draft, Refusal
from assistant.evidence import Need
from assistant.question import Question
from assistant.retrieve import Hit, Retrieved
from corpus.lexicons import Abbreviation, unit_key
from corpus.text import fold, normalise

_ABOUT_WORDS = frozenset(
    [
        "tu",
        "cum_tu",
        "cum",
        "chu",
        "chu_viet",
        "day_du",
        "chinh_xac",
        "tieng",
        "hieu",
        "chi_so",
        "cum_chu",
        "tu_viet",
        "viet",
        "doc",
        "ra",
    ]
)
_ASKS_SHORT = re.compile(r"viet tat|goi tat|tieng anh|ky hieu tieng")
_DEFINES = r"(?:la|duoc hieu la|nghia la|gom|bao gom|:)"


def definition(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Explain an abbreviation from where a document spells it out, or quote the defining provision."""
    entry = _short_form(context, question)
    if entry is not None:
        draft = _abbreviation(context, question, entry)
        if draft is not None:
            return draft
    compared = _comparison(context, question, retrieved) if _COMPARES.search(question.folded) else None
    if compared is not None:
        return compared
    defined = _defining(context, question, retrieved)
    return defined or general(context, question, retrieved, kinds.DEFINITION)


def _short_form(context: Context, question: Question) -> Abbreviation | None:
    """Return the abbreviation that is asked about: the only thing the question is about."""
    typed = normalise(question.raw)
    asked = None
    for token in re.finditer(r"[^\W_]+(?:[ \-][^\W_]+)?", typed):
        for candidate in (token.group(), *token.group().split()):
            found = context.lexicons.abbreviation(candidate)
            if found and not (found.case and candidate != candidate.upper()):
                asked = asked or found
    if _ASKS_SHORT.search(question.folded):
        # "Chỉ số cải cách hành chính tên tiếng Anh là gì": the full form is typed, the short one asked for.
        full = [e for e in context.lexicons.abbreviations if f" {fold(e.full)} " in f" {unit_key(typed)} "]
        latin = [e for e in full if e.keep] or full
        if latin and (asked is None or asked in full):
            return max(latin, key=lambda e: len(e.full))
        if asked is not None and asked.short[0].isupper():
            return asked  # "… chữ CCHC mà không rõ, là viết tắt của từ nào"
    if asked is None:
        return None
    # "CCHC là gì" asks for the short form; "mục tiêu CCHC là gì" asks for something else.
    own = {word for form in (asked.full, *asked.short) for word in unit_key(form).split()}
    rest = [
        w for w in question.content if not own.issuperset(w.folded) and w.key not in GENERIC | _ABOUT_WORDS
    ]
    return asked if not rest else None


def _abbreviation(context: Context, question: Question, entry: Abbreviation) -> Draft | None:
    """Cite where the full form stands with its short form; else where the short form is used."""
    full = fold(entry.full)
    best: tuple[int, str, str] | None = None
    for document in context.library.documents():
        folded = fold(document.text)
        for short in entry.short:
            key = re.escape(fold(short))
            explained = re.search(
                rf"([^.;(\n]{{0,80}})\(\s*(?:sau day (?:goi|viet) (?:tat|chung)? ?la:? ?)?{key}\s*\)", folded
            )
            used = re.search(rf"(?<![\w-]){key}(?![\w-])", folded)
            for rank, match in ((0, explained), (1, used)):
                if match and (best is None or rank < best[0]):
                    best = (rank, document.id, str(match.end()))
    if best is None:
        return None
    rank, document_id, at = best
    provision = _smallest(context, document_id, int(at) - 1)
    if provision is None:
        return None
    passage = context.evidence.passage(provision)
    document = context.library.document(document_id)
    place = passage.provision
    from assistant.compose.documents import _sentence_at

    sentence = _sentence_at(passage.text, place, int(at) - 1)
    told = entry.full[0].upper() + entry.full[1:]
    if rank == 0:
        folded = fold(document.text)
        stop = folded.rfind("(", 0, int(at))
        phrase = document.text[max(sentence[0], stop - 120) : stop].strip()
        start = fold(phrase).rfind(" ".join(full.split()[:2]))
        told = phrase[start:] if start >= 0 else told
        told = told[0].upper() + told[1:]
    first = f"{entry.short[0]}: {told}."
    citation = context.cite(place, context.quote_span(passage, sentence))
    draft = Draft(kinds.DEFINITION, first, [citation], citation.basis)
    if rank == 1:
        draft.notes.append(
            "Văn bản dùng chữ viết tắt này mà không giải thích; nghĩa theo bảng viết tắt của kho."
        )
    return draft


def _smallest(context: Context, document_id: str, at: int) -> str | None:
    """Return the id of the smallest provision around a position of the canonical text."""
    holders = [p for p in context.library.provisions(document_id) if p.start <= at < p.end]
    return min(holders, key=lambda p: p.end - p.start).id if holders else None


def _defining(context: Context, question: Question, retrieved: Retrieved) -> Draft | None:
    """Prefer a passage that says "X là …" of the very term that is asked about, or bears it as its title."""
    leading = [hit for hit in retrieved.hits if is_leaf(hit)][:1]
    words = [" ".join(word.folded) for word in question.content]
    # What ranks first may define any part of what is named: "trong thủ tục hành chính, hồ sơ là gì".
    for part in [part for part in words if " " in part] if leading else ():
        draft = _define(context, leading, retrieved.need, part)
        if draft is not None:
            return draft
    for term in _terms(question):
        draft = _define(context, retrieved.hits, retrieved.need, term)
        if draft is not None:
            return draft
    return None


def _define(context: Context, hits: list[Hit], need: Need, term: str) -> Draft | None:
    """Return the definition of a folded term from the candidates, None where none defines it."""
    pattern = re.compile(rf"(?:^|[.;:\n“\"]\s*|\d\.\s*){re.escape(term)}[”\"]?(?: \([^)]*\))? {_DEFINES}\b")
    for hit in hits:
        provision = hit.passage.provision
        if not is_leaf(hit) or provision.kind in {"letterhead", "signature", "recipients"}:
            continue
        folded = fold(context.lexicons.expand(hit.passage.text, question=False))
        titled = " ".join(re.findall(r"\w+", fold(provision.heading))) in {term, f"{term} la gi"}
        if titled or pattern.search(folded):
            sentence = context.best_sentence(need, hit.passage, re.compile(re.escape(term)))
            first = context.text_at(provision, sentence)
            citation = context.cite(provision, context.quote_span(hit.passage, sentence))
            return Draft(kinds.DEFINITION, f"{first}.", [citation], citation.basis)
    return None


_COMPARES = re.compile(r"\bkhac\b|\bphan biet\b|\bso sanh\b")


def _comparison(context: Context, question: Question, retrieved: Retrieved) -> Draft | None:
    """Define both terms of "X khác Y ở chỗ nào", each from its own provision; None for fewer."""
    drafts: list[Draft] = []
    typed = normalise(question.raw)
    for entry in dict.fromkeys(context.lexicons.abbreviations_in(typed)):
        explained = _abbreviation(context, question, entry)
        if explained is not None:
            drafts.append(explained)
    for word in question.content if len(drafts) < 2 else ():
        term = " ".join(word.folded)
        draft = _define(context, retrieved.hits, retrieved.need, term) if " " in term else None
        if draft is not None and draft.citations[0].id not in {d.citations[0].id for d in drafts}:
            drafts.append(draft)
    if len(drafts) < 2:
        return None
    first = drafts[0]
    for more in drafts[1:]:
        if more.citations[0].id not in {citation.id for citation in first.citations}:
            first.citations.append(more.citations[0])
        n = [citation.id for citation in first.citations].index(more.citations[0].id)
        first.notes.append(f"{more.first} [{n + 1}]")
    return first


def _terms(question: Question) -> list[str]:
    """Return what may be the term, longest first: "hồ sơ trong thủ tục hành chính" may mean "hồ sơ"."""
    words = [" ".join(word.folded) for word in question.content]
    terms = [" ".join(words[:n]) for n in range(len(words), 0, -1)]
    return [term for term in terms if " " in term]
