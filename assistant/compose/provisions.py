"""Answers that are a provision or a sentence of one: figures, deadlines, lists, everything else."""

from __future__ import annotations

import re

from assistant import kinds
from assistant.asking import GENERIC
from assistant.context import QUOTE_LENGTH, Context, Draft, Refusal
from assistant.question import Question
from assistant.retrieve import Hit, Retrieved, rescored
from corpus.model import Provision
from corpus.text import fold

# Share of a question's content that a passage must cover to answer it; chosen on the dev questions
# (troly eval dev): below it wrong answers outnumber lost ones.
MIN_COVERAGE = 0.58
# The same where a word of the question occurs nowhere in the library: what is asked may be just that.
MIN_COVERAGE_FOREIGN = 0.72

FIGURE = re.compile(r"\d")
PERCENT = re.compile(r"\d+(?:[.,]\d+)? ?%")
MONEY = re.compile(r"\d[\d.,]* ?(?:ty|trieu|nghin|ngan)? ?dong\b|\d[\d.,]* (?:ty|trieu)\b")
DATE = re.compile(
    r"\b(?:ngay \d|\d{1,2}/\d{1,2}|thang \d|nam (?:19|20)\d\d|(?:hang|moi) (?:nam|thang|quy|tuan)|dinh ky|\d+ (?:ngay|thang|nam|lan|gio)\b|(?:19|20)\d\d|truoc ngay|tu nam|cham nhat|thuong xuyen|"
    r"(?:mot|hai|ba) (?:thang|nam|lan|quy))"
)
REPORT = re.compile(r"\b(?:gui|bao cao|qua|ve)\b")
DAY = re.compile(r"\b(?:ngay \d|\d{1,2}/\d{1,2})")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
FREQUENCY = re.compile(r"\b(?:(?:hang|moi|mot) (?:nam|thang|quy|tuan)|\d+ lan|mot lan|dinh ky|thuong xuyen|\d+ (?:thang|nam|ngay) ?/? ?lan)\b")
RANK = re.compile(r"\b(?:thu|hang|top) \d")

FIGURE_BONUS = 0.15
TIME_BONUS = 0.20
ALSO_MARGIN = 0.08  # a second provision that fits this nearly as well is shown too
SECTION_BONUS = 0.45  # a section whose title is what the question asks for
_FULL_TITLE = 0.85
_TITLE_WORDS = 3  # a title of so many syllables that stands in the question as it is, is what is meant

_ASKS_MONEY = re.compile(
    r"bao nhieu (?:tien|dong|trieu|ty|kinh phi)|(?:kinh phi|so tien|muc chi|gia tien|gia ca|don gia|tien luong|phu cap|muc phat|hoc phi|le phi)[^?]{0,40}bao nhieu|bao nhieu[^?]{0,12}(?:dong|tien|trieu)\b"
)
_ASKS_PERCENT = re.compile(r"phan tram|bao nhieu ?%|\bty le\b|\bti le\b")
_COUNTED = re.compile(r"\b(?:bao nhieu|may)\s+((?!phan tram|lau|lan\b)[a-z]+(?: [a-z]+)?)")
_ASKS_WHEN = re.compile(
    r"khi nao|bao gio|luc nao|ngay (?:nao|may|bao nhieu)|thang (?:nao|may)|nam nao|thoi han|\bhan\b|cham nhat|moc thoi gian|bao lau|thoi diem|giai doan nao|tan suat|may (?:ngay|thang|nam)"
)
_TIMES = (
    (re.compile(r"ngay (?:nao|may|bao nhieu)|\bhan chot"), DAY),
    (re.compile(r"nam (?:nao|bao nhieu)|giai doan nao"), YEAR),
    (re.compile(r"bao lau mot lan|tan suat|may lan|bao nhieu lan"), FREQUENCY),
)
_ASKS_RANK = re.compile(r"thu may|hang may|xep thu|dung thu|thu hang")
_ASKS_WHERE_TO = re.compile(
    r"ve dau|cho ai|den dau|qua (?:phong|don vi|co quan|ai|dau)|don vi nao|co quan nao|phong nao|o dau|ve phong"
)


def threshold(question: Question) -> float:
    """Return the coverage below which a question is not answered."""
    return MIN_COVERAGE


def refuse(context: Context, kind: str, retrieved: Retrieved, reason: str = "") -> Refusal:
    """Return a refusal with the nearest provisions as hints."""
    return Refusal(kind, reason, context.hint_labels([hit for hit in retrieved.hits if hit.coverage > 0.2]))


def answering(question: Question, hits: list[Hit]) -> list[Hit]:
    """Return the candidates that cover enough of the question to answer it, best first.

    Only the smallest provisions answer; a whole section covers any question about its parts.
    """
    return [hit for hit in sorted(hits, key=lambda h: -h.score) if is_leaf(hit) and covers(hit, question)]


def is_leaf(hit: Hit) -> bool:
    """True for a provision without parts, and for a fact of a card, which stands for itself."""
    provision = hit.passage.provision
    return provision.own_end >= provision.end or provision.kind == "fact"


def covers(hit: Hit, question: Question) -> bool:
    """True where a candidate covers enough of the question."""
    return hit.coverage >= (MIN_COVERAGE_FOREIGN if hit.foreign else threshold(question))


def general(
    context: Context, question: Question, retrieved: Retrieved, kind: str = kinds.GENERAL
) -> Draft | Refusal:
    """Answer with the sentence that covers the question best, quoted with its provision."""
    section = titled_section(context, question, retrieved)
    if section is not None:
        return section_answer(context, section, kind)
    hits = answering(question, retrieved.hits)
    return from_hit(context, retrieved, hits[0], kind) if hits else refuse(context, kind, retrieved)


def titled_section(context: Context, question: Question, retrieved: Retrieved) -> Provision | None:
    """Return the section whose title is just what the question names ("mục đích, yêu cầu của kế hoạch")."""
    best: tuple[float, Provision] | None = None
    need = context.retriever.need_of(question)
    for document_id in question.documents or question.implied:
        for provision in context.library.provisions(document_id) if document_id in context.library else []:
            title = " ".join(fold(provision.heading).split())
            if provision.kind == "outline" and len(title.split()) >= _TITLE_WORDS and title in question.folded:
                return provision
    special = [w for w in need.words if w.key not in GENERIC] or list(need.words)
    for hit in retrieved.hits:
        provision = hit.passage.provision
        if provision.kind != "outline" or not provision.heading or provision.own_end == provision.end:
            continue
        title = context.evidence.clause_terms(provision.heading)
        asked = context.evidence.coverage(context.retriever.need_for(special, question), title)
        wanted = set(need.tokens)
        named = sum(token in wanted for token in title.tokens) / (len(title.tokens) or 1)
        if min(asked, named) >= _FULL_TITLE and (best is None or asked + named > best[0]):
            best = (asked + named, provision)
    return best[1] if best else None


def from_hit(
    context: Context, retrieved: Retrieved, hit: Hit, kind: str, wanted: re.Pattern[str] | None = None
) -> Draft:
    """Answer with the best sentence of one provision, which is quoted with its footnotes."""
    passage = hit.passage
    provision = passage.provision
    sentence = context.best_sentence(retrieved.need, passage, wanted)
    citation = context.cite(provision, context.quote_span(passage, sentence))
    first = context.text_at(provision, sentence).lstrip("-–+ ")
    draft = Draft(kind, f"{first[0].upper()}{first[1:]}.", [citation], citation.basis)
    add_footnotes(context, draft, provision)
    return draft


def add_footnotes(context: Context, draft: Draft, provision: Provision) -> None:
    """Cite the footnotes that explain a quoted provision, with their words."""
    for note in context.library.provisions(provision.document_id):
        if note.kind == "footnote" and note.note_of == provision.path:
            draft.citations.append(context.cite(note))
            said = context.text_at(note, (note.start, note.end))
            draft.notes.append(f"Chú thích của đoạn này: {said} [{len(draft.citations)}].")


_FIGURES = ((_ASKS_MONEY, MONEY), (_ASKS_RANK, RANK), (_ASKS_PERCENT, PERCENT))


def target(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Answer a question for a figure; without a figure of the kind asked there is no answer."""
    folded = question.folded
    wanted = next((kind for asks, kind in _FIGURES if asks.search(folded)), FIGURE)
    counted = None if wanted is not FIGURE else _counted(context, question)
    fitting = [
        rescored(hit, FIGURE_BONUS)
        for hit in retrieved.hits
        if (counted or wanted).search(fold(hit.passage.text))
    ]
    hits = answering(question, fitting)
    # A figure that nobody wrote down: what is nearby is a hint, not an answer.
    return (
        from_hit(context, retrieved, hits[0], kinds.TARGET, counted or wanted)
        if hits
        else refuse(context, kinds.TARGET, retrieved)
    )


def _counted(context: Context, question: Question) -> re.Pattern[str] | None:
    """Return what a passage must say to count the thing asked for: a figure right before its name."""
    match = _COUNTED.search(question.folded)
    if match is None:
        return None
    noun = match.group(1).split()
    if noun[0] in {"la", "thi", "de", "cho", "trong", "o", "tai", "so", "muc", "cac", "nhung", "va"}:
        return None
    names = {noun[0], " ".join(noun)}
    return re.compile(
        r"(?:\d[\d.,/]*%?|(?<!phan )\b(?:hai|ba|bon|sau|bay|tam|chin|muoi))(?: [^\W\d]+){0,2}? (?:"
        + "|".join(sorted(names, key=len, reverse=True))
        + r")\b"
    )


def deadline(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Answer until when, and to whom a report goes and through whom."""
    when = bool(_ASKS_WHEN.search(question.folded))
    where = bool(_ASKS_WHERE_TO.search(question.folded))
    wanted = DATE if when or not where else REPORT
    wanted = next((kind for asks, kind in _TIMES if asks.search(question.folded)), wanted)
    fitting = [rescored(hit, TIME_BONUS) for hit in retrieved.hits if wanted.search(fold(hit.passage.text))]
    for hit in answering(question, fitting):
        # The time must stand in the very sentence that speaks of the thing asked about.
        sentence = context.best_sentence(retrieved.need, hit.passage)
        said = fold(context.text_at(hit.passage.provision, sentence))
        if wanted.search(said) or _near_time(context, retrieved, hit, wanted):
            return from_hit(context, retrieved, hit, kinds.DEADLINE, wanted)
    return refuse(context, kinds.DEADLINE, retrieved)


def _near_time(context: Context, retrieved: Retrieved, hit: Hit, wanted: re.Pattern[str]) -> bool:
    """True where the sentence with the time speaks of the question almost as much as the best one."""
    best = context.best_sentence(retrieved.need, hit.passage)
    timed = context.best_sentence(retrieved.need, hit.passage, wanted)

    def covered(span: tuple[int, int]) -> float:
        text = context.text_at(hit.passage.provision, span)
        return context.evidence.coverage(retrieved.need, context.evidence.clause_terms(text))

    return covered(timed) >= 0.5 * covered(best)


def listing(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Answer a question for a list: the whole enumeration, not its first item."""
    section = titled_section(context, question, retrieved)
    if section is not None:
        return section_answer(context, section, kinds.LIST)
    scored = [rescored(hit, _section_bonus(context, question, hit)) for hit in retrieved.hits]
    hits = sorted((h for h in scored if covers(h, question)), key=lambda h: -h.score)
    hits = [h for h in hits if is_leaf(h) or h.passage.provision.heading]
    if not hits:
        return refuse(context, kinds.LIST, retrieved)
    best = hits[0]
    if best.passage.provision.own_end < best.passage.provision.end:
        return section_answer(context, best.passage.provision, kinds.LIST)
    draft = from_hit(context, retrieved, best, kinds.LIST)
    for hit in hits[1:]:
        # Several provisions may each hold a part of what is listed.
        if is_leaf(hit) and hit.score >= best.score - ALSO_MARGIN and hit.coverage >= best.coverage - ALSO_MARGIN:
            draft.citations.append(context.cite(hit.passage.provision))
            break
    return draft


def _section_bonus(context: Context, question: Question, hit: Hit) -> float:
    """A section whose title is what the question asks for is the list that it asks for."""
    provision = hit.passage.provision
    if not provision.heading or provision.own_end == provision.end:
        return 0.0
    need = context.retriever.need_of(question)
    covered = context.evidence.coverage(need, context.evidence.clause_terms(provision.heading))
    return SECTION_BONUS * max(0.0, covered - 0.4)


def section_answer(context: Context, provision: Provision, kind: str) -> Draft:
    """Show a provision with its parts: its title first, then each part with its own citation."""
    children = context.library.children(provision)
    own = " ".join(context.library.own_text(provision).split()).rstrip(" ;.:")
    whole = context.library.text_of(provision)
    if not children or len(whole) <= QUOTE_LENGTH:
        citation = context.cite(provision)
        first = f"{own}:" if children else " ".join(whole.split())
        return Draft(kind, first, [citation], citation.basis)
    if all(child.heading for child in children):
        titles = "; ".join(child.heading.rstrip(" .:;") for child in children)
        citations = [context.cite(child, (child.start, child.own_end)) for child in children]
        return Draft(kind, f"{own}: {titles}.", citations, citations[0].basis)
    citations = [context.cite(child) for child in children]
    return Draft(kind, f"{own}:", citations, citations[0].basis)
