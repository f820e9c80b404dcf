"""Answers that are a provision or a sentence of one: figures, deadlines, lists, places, everything else."""

from __future__ import annotations

import re

from assistant import kinds
from assistant.citation import label
from assistant.context import Context, Draft, Refusal
from assistant.places import Place
from assistant.question import Question
from assistant.retrieve import Hit, Retrieved, rescored
from corpus.model import Provision
from corpus.text import fold

# Share of a question's content that a passage must cover to answer it; chosen on the dev questions.
MIN_COVERAGE = 0.50
MIN_COVERAGE_UNMARKED = 0.50

FIGURE = re.compile(r"\d")
PERCENT = re.compile(r"\d+(?:[.,]\d+)? ?%")
MONEY = re.compile(r"\d[\d.,]* ?(?:ty|trieu|nghin|ngan)? ?dong\b|\d[\d.,]* (?:ty|trieu)\b")
TIME = re.compile(
    r"\b(?:ngay \d|\d{1,2}/\d{1,2}|thang \d|nam (?:19|20)\d\d|giai doan (?:19|20)\d\d|hang (?:nam|thang|quy|tuan|ngay)|dinh ky|thuong xuyen|kip thoi|\d+ (?:ngay|thang|nam|lan|gio)\b|"
    r"ke tu|cham nhat|truoc ngay|den het|(?:19|20)\d\d)"
)
DATE = re.compile(
    r"\b(?:ngay \d|\d{1,2}/\d{1,2}|thang \d|nam (?:19|20)\d\d|hang (?:nam|thang|quy)|dinh ky|\d+ (?:ngay|thang|nam|lan)\b|(?:19|20)\d\d|truoc ngay|tu nam|cham nhat)"
)
REPORT = re.compile(r"\b(?:gui|bao cao|qua|ve)\b")

FIGURE_BONUS = 0.18
TIME_BONUS = 0.20

_ASKS_MONEY = re.compile(
    r"bao nhieu (?:tien|dong|trieu|ty|kinh phi)|(?:kinh phi|so tien|muc chi|gia|luong|phu cap|muc phat|hoc phi|le phi)[^?]{0,40}bao nhieu|bao nhieu[^?]{0,12}(?:dong|tien|trieu)\b"
)
_ASKS_PERCENT = re.compile(r"phan tram|bao nhieu ?%|\bty le\b|\bti le\b")
_ASKS_WHEN = re.compile(
    r"khi nao|bao gio|luc nao|ngay nao|thang nao|nam nao|thoi han|\bhan\b|cham nhat|moc thoi gian|bao lau"
)
_ASKS_WHERE_TO = re.compile(
    r"ve dau|cho ai|den dau|qua (?:phong|don vi|co quan|ai|dau)|don vi nao|co quan nao|phong nao|o dau|ve phong"
)


def threshold(question: Question) -> float:
    """Return the coverage below which a question is not answered."""
    return MIN_COVERAGE if question.marked else MIN_COVERAGE_UNMARKED


def refuse(context: Context, kind: str, retrieved: Retrieved, reason: str = "") -> Refusal:
    """Return a refusal with the nearest provisions as hints."""
    near = [hit for hit in retrieved.hits if hit.coverage > 0.2]
    return Refusal(kind, reason, context.hint_labels(near))


def general(
    context: Context,
    question: Question,
    retrieved: Retrieved,
    kind: str = kinds.GENERAL,
    wanted: object = None,
) -> Draft | Refusal:
    """Answer with the sentence that covers the question best, quoted with its provision."""
    hits = [hit for hit in retrieved.hits if hit.coverage >= threshold(question)]
    if not hits:
        return refuse(context, kind, retrieved)
    return _from_hit(context, question, retrieved, hits[0], kind, wanted)


def _from_hit(
    context: Context, question: Question, retrieved: Retrieved, hit: Hit, kind: str, wanted: object = None
) -> Draft:
    passage = hit.passage
    sentence = context.best_sentence(retrieved.need, passage, wanted)
    citation = context.cite(passage.provision, context.quote_span(passage, sentence))
    first = context.text_at(passage.provision, sentence)
    draft = Draft(kind, f"{first[0].upper()}{first[1:]}.", [citation], citation.basis)
    _add_footnotes(context, draft, passage.provision)
    return draft


def _add_footnotes(context: Context, draft: Draft, provision: Provision) -> None:
    """Cite the footnotes that explain a quoted provision."""
    for note in context.library.provisions(provision.document_id):
        if note.kind == "footnote" and note.note_of == provision.path:
            draft.citations.append(context.cite(note))
            draft.notes.append(f"Chú thích của đoạn này: xem [{len(draft.citations)}].")


def target(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Answer a question for a figure; without a figure of the kind asked there is no answer."""
    wanted = (
        MONEY
        if _ASKS_MONEY.search(question.folded)
        else PERCENT
        if _ASKS_PERCENT.search(question.folded)
        else FIGURE
    )
    fitting = []
    for hit in retrieved.hits:
        folded = fold(hit.passage.text)
        if wanted.search(folded):
            fitting.append(rescored(hit, FIGURE_BONUS))
        elif wanted is PERCENT and FIGURE.search(folded):
            fitting.append(hit)
    hits = [h for h in sorted(fitting, key=lambda h: -h.score) if h.coverage >= threshold(question)]
    if not hits:
        # A figure that nobody wrote down: what is nearby is a hint, not an answer.
        return refuse(context, kinds.TARGET, retrieved)
    return _from_hit(context, question, retrieved, hits[0], kinds.TARGET, wanted)


def deadline(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Answer until when, and to whom a report goes and through whom."""
    when = bool(_ASKS_WHEN.search(question.folded))
    where = bool(_ASKS_WHERE_TO.search(question.folded))
    wanted = DATE if when else REPORT if where else TIME
    fitting = [rescored(hit, TIME_BONUS) for hit in retrieved.hits if wanted.search(fold(hit.passage.text))]
    hits = [h for h in sorted(fitting, key=lambda h: -h.score) if h.coverage >= threshold(question)]
    if not hits:
        return refuse(context, kinds.DEADLINE, retrieved)
    return _from_hit(context, question, retrieved, hits[0], kinds.DEADLINE, wanted)


def listing(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Answer a question for a list: the whole enumeration, not its first item."""
    hits = [hit for hit in retrieved.hits if hit.coverage >= threshold(question)]
    if not hits:
        return refuse(context, kinds.LIST, retrieved)
    sections = [
        rescored(hit, _section_bonus(context, question, hit))
        for hit in hits
        if hit.passage.provision.own_end < hit.passage.provision.end
    ]
    best = max([*hits[:1], *sections], key=lambda hit: hit.score)
    if best.passage.provision.own_end < best.passage.provision.end:
        return section_answer(context, best.passage.provision, kinds.LIST)
    return _from_hit(context, question, retrieved, best, kinds.LIST)


def _section_bonus(context: Context, question: Question, hit: Hit) -> float:
    """A section whose title is what the question asks for is the list that it asks for."""
    heading = hit.passage.provision.heading
    if not heading:
        return 0.0
    need = context.evidence.need(question.content, question.folded)
    return 0.5 * max(0.0, context.evidence.coverage(need, context.evidence.clause_terms(heading)) - 0.3)


def section_answer(context: Context, provision: Provision, kind: str) -> Draft:
    """Show a provision with its parts: its title first, then each part with its own citation."""
    children = context.library.children(provision)
    own = context.text_at(provision, (provision.start, provision.own_end))
    whole = context.library.text_of(provision)
    if not children or len(whole) <= 900:
        citation = context.cite(provision)
        first = own if children else " ".join(whole.split())
        return Draft(kind, f"{first}:" if children else first, [citation], citation.basis)
    citations = [context.cite(child) for child in children]
    return Draft(kind, f"{own}:", citations, citations[0].basis)


def place(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal | None:
    """Go to the place that the question names; None where it names none we can read."""
    if not question.places:
        return None
    wanted = question.places[0]
    documents = [d for d in question.documents if d in context.library] or _with_family(context, wanted)
    if question.documents and not any(d in context.library for d in question.documents):
        names = ", ".join(_name(context, d) for d in question.documents)
        return Refusal(kinds.PLACE, f"Kho chưa có nội dung {names}.")
    for document_id in documents:
        found = find_in(context, document_id, wanted)
        if found is not None:
            return _show_place(context, question, retrieved, found)
    reasons = [_why_missing(context, document_id, wanted) for document_id in documents[:1]]
    return Refusal(kinds.PLACE, reasons[0] if reasons else "")


def _name(context: Context, document_id: str) -> str:
    entry = context.finder.catalog.entries[document_id]
    return f"{entry.kind} {entry.number or ''}".strip()


def _with_family(context: Context, wanted: Place) -> list[str]:
    """Return the documents that could have such a place, where the question names none."""
    plans = context.finder.plans
    if wanted.family == "plan":
        return plans
    if wanted.path.startswith(("fn", "pl")):
        return plans
    holders = [d for d in context.library.document_ids() if find_in(context, d, wanted) is not None]
    return holders if len(holders) == 1 else []


def find_in(context: Context, document_id: str, wanted: Place) -> Provision | None:
    """Return the named provision of a document, None where it has none."""
    return context.library.find_provision(f"{document_id}:{wanted.path}")


def _why_missing(context: Context, document_id: str, wanted: Place) -> str:
    document = context.library.document(document_id)
    name = _name(context, document_id) if document_id in context.finder.catalog.entries else document.kind
    if wanted.path.startswith("pl") and document.missing:
        return " ".join(f"{part} chưa có trong kho." for part in document.missing)
    if document.basis == "card":
        return (
            f"Kho chỉ có bản tóm tắt {name}, không có nội dung của nơi được hỏi; hãy nạp toàn văn để tra cứu."
        )
    return f"{name} trong kho không có nơi được hỏi."


def _show_place(context: Context, question: Question, retrieved: Retrieved, provision: Provision) -> Draft:
    rest = [
        t
        for t in question.content
        if t not in set("dieu khoan diem muc phan chuong nghi dinh luat ke hoach".split())
    ]
    if provision.own_end < provision.end and not rest:
        return section_answer(context, provision, kinds.PLACE)
    if provision.own_end < provision.end:
        return section_answer(context, provision, kinds.PLACE)
    citation = context.cite(provision)
    first = " ".join(citation.quote.split())
    if len(first) > 300:
        first = f"{label(context.library.document(provision.document_id), provision)}: {first[:200].rsplit(' ', 1)[0]} …"
    return Draft(kinds.PLACE, first, [citation], citation.basis)
