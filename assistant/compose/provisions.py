"""Answers that are a provision or a sentence of one: figures, deadlines, lists, everything else."""

from __future__ import annotations

import re

from assistant import kinds
from assistant.asking import GENERIC
from assistant.citation import cite
from assistant.context import QUOTE_LENGTH, Context, Draft, Refusal
from assistant.question import Question
from assistant.rank import lost_attributes, threshold
from assistant.retrieve import Hit, Retrieved
from corpus.model import Provision
from corpus.text import fold
from corpus.words import segment

# Of 79 development questions with a smaller lead the second candidate answers 47 as well or instead.
RIVAL = 1.0
ALSO_SHARE = 0.75  # a second provision that is nearly as probable is shown too
_FULL_TITLE = 0.85
# "Cải cách thể chế có những việc nào" means the section even where its title says more than the question.
_PART_OF_TITLE = 0.4
_ASKS_ALL = re.compile(
    r"\b(?:nhung|cac|toan bo|liet ke|ke)\b.*\b(?:dau viec|viec|nhiem vu|noi dung|giai phap"
    r"|chi tieu|cong viec)\b|(?:gom|co) (?:nhung )?(?:gi|noi dung)"
    r"|lam (?:nhung )?(?:viec )?gi"
)
_CLOSE = 2.0  # how far the third part may lie behind the first for the whole to be the list
_OUTRANKED = 3.0  # order by which another candidate leads a titled section and all its parts
_SIBLINGS = 3  # parts of one provision among the best candidates that together make the list
_BEST = 6
_LISTED = 3  # provisions shown at most where each may hold a part of a list
_LINE = 700  # characters of a first line that is a list
_LIST_LENGTH = 1600  # characters: a list is quoted whole where that is possible at all
_TITLE_WORDS = 3  # a title of so many syllables that stands in the question as it is, is what is meant


def refuse(context: Context, kind: str, retrieved: Retrieved, reason: str = "") -> Refusal:
    """Return a refusal with the nearest provisions as hints."""
    return Refusal(kind, reason, context.hint_labels([hit for hit in retrieved.hits if hit.coverage > 0.2]))


def answering(question: Question, hits: list[Hit]) -> list[Hit]:
    """Return the candidates that are probable enough to answer, best first.

    Only the smallest provisions answer (a whole section covers any question about its parts), and only
    those that hold the figure or time asked for: what nobody wrote down is not answered by its neighbour.
    """
    able = [hit for hit in hits if is_leaf(hit) and hit.wants is not False]
    enough = [hit for hit in able if hit.score >= threshold()]
    # What ranks far behind a candidate that does not answer answers by chance.
    return enough if enough and able[0].order - enough[0].order <= RIVAL else []


def is_leaf(hit: Hit) -> bool:
    """True for a provision without parts, and for a fact of a card, which stands for itself."""
    provision = hit.passage.provision
    return provision.own_end >= provision.end or provision.kind == "fact"


def general(
    context: Context, question: Question, retrieved: Retrieved, kind: str = kinds.GENERAL
) -> Draft | Refusal:
    """Answer with the sentence that covers the question best, quoted with its provision."""
    section = _asked_section(context, question, retrieved)
    if section is not None:
        return section_answer(context, section, kind)
    hits = answering(question, retrieved.hits)
    if not hits:
        return refuse(context, kind, retrieved)
    draft = from_hit(context, retrieved, hits[0], kind)
    add_rival(context, draft, hits)
    return draft


def add_rival(context: Context, draft: Draft, hits: list[Hit]) -> None:
    """Show a second provision where it fits nearly as well as the first: the reader sees both."""
    for hit in hits[1:2]:
        if hits[0].order - hit.order <= RIVAL and hit.id not in {citation.id for citation in draft.citations}:
            draft.citations.append(context.cite(hit.passage.provision, whole(hit)))
            draft.notes.append(f"Cũng có thể liên quan: xem [{len(draft.citations)}].")


def whole(hit: Hit) -> tuple[int, int]:
    """Return the span of a passage: the provision with its parts, of a card's fact its own text."""
    return hit.passage.provision.start, hit.passage.end


def _asked_section(context: Context, question: Question, retrieved: Retrieved) -> Provision | None:
    """Return the section whose title is asked for, unless something outside it answers far better."""
    section = titled_section(context, question, retrieved)
    if section is None or lost_attributes(question, fold(context.library.text_of(section))):
        return None
    inside = [
        hit.order for hit in retrieved.hits if hit.id == section.id or hit.id.startswith(f"{section.id}.")
    ]
    ahead = retrieved.hits[0].order - max(inside) if inside and retrieved.hits else 0.0
    return section if ahead <= _OUTRANKED else None


def _whole_first(hits: list[Hit]) -> Provision | None:
    """Return the best candidate where it has parts: all of them are the list."""
    if not hits or hits[0].score < threshold():
        return None
    provision = hits[0].passage.provision
    return provision if provision.own_end < provision.end else None


def titled_section(context: Context, question: Question, retrieved: Retrieved) -> Provision | None:
    """Return the section whose title is just what the question names ("mục đích, yêu cầu của kế hoạch")."""
    best: tuple[float, Provision] | None = None
    need = context.retriever.need_for(question.content, question)
    special = [w for w in need.words if w.key not in GENERIC] or list(need.words)
    for document_id in question.documents or context.finder.plans:
        for provision in context.library.provisions(document_id) if document_id in context.library else []:
            printed = " ".join(fold(provision.heading).split())
            named_whole = len(printed.split()) >= _TITLE_WORDS and printed in question.folded
            said = set(re.findall(r"\w+", printed))
            more = [w for w in special if w.key not in GENERIC and not said.issuperset(w.folded)]
            if provision.kind != "outline" or not named_whole or len(more) > 1:
                continue
            # "Tổ chức thực hiện … những yêu cầu gì" names no title, though it holds the words of one.
            if not (more and _only_generic(printed)):
                return provision
    for hit in retrieved.hits:
        provision = hit.passage.provision
        if provision.kind != "outline" or not provision.heading or provision.own_end == provision.end:
            continue
        title = context.evidence.clause_terms(provision.heading)
        asked = context.evidence.coverage(context.retriever.need_for(special, question), title)
        wanted = set(need.tokens)
        named = sum(token in wanted for token in title.tokens) / (len(title.tokens) or 1)
        enough = _PART_OF_TITLE if _ASKS_ALL.search(question.folded) else _FULL_TITLE
        if asked >= _FULL_TITLE and named >= enough and (best is None or asked + named > best[0]):
            best = (asked + named, provision)
    return best[1] if best else None


def _only_generic(title: str) -> bool:
    return all(word.key in GENERIC for word in segment(title))


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


def figure(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Answer a question for a figure, a time or where a report goes: the sentence that says it."""
    hits = answering(question, retrieved.hits)
    if not hits:
        return refuse(context, question.kind, retrieved)
    asked = question.wanted if hits[0].wants else question.acceptable
    draft = from_hit(context, retrieved, hits[0], question.kind, asked)
    add_rival(context, draft, hits)
    return draft


def listing(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Answer a question for a list: the whole enumeration, not its first item."""
    section = _asked_section(context, question, retrieved) or _whole_first(retrieved.hits)
    if section is not None:
        return section_answer(context, section, kinds.LIST)
    parts = [hit for hit in retrieved.hits if is_leaf(hit) and hit.wants is not False][:_BEST]
    parent = _common_parent(context, parts)
    if parent is not None and any(
        hit.score >= threshold() for hit in retrieved.hits if hit in parts or hit.id == parent.id
    ):
        return section_answer(context, parent, kinds.LIST)
    hits = answering(question, retrieved.hits)
    if not hits:
        return refuse(context, kinds.LIST, retrieved)
    best = hits[0]
    draft = listed(context, retrieved, best, kinds.LIST)
    for hit in hits[1:_LISTED]:
        # Several provisions may each hold a part of what is listed.
        if hit.score >= ALSO_SHARE * best.score:
            draft.citations.append(context.cite(hit.passage.provision))
    return draft


def listed(context: Context, retrieved: Retrieved, hit: Hit, kind: str) -> Draft:
    """Answer with all that one provision enumerates."""
    draft = from_hit(context, retrieved, hit, kind)
    provision, passage = hit.passage.provision, hit.passage
    if passage.end - provision.start <= _LIST_LENGTH:
        draft.citations[0] = cite(context.library, provision, span=(provision.start, passage.end))
    draft.first = _whole_list(context, hit, draft.first)
    return draft


def _whole_list(context: Context, hit: Hit, sentence: str) -> str:
    """Return a list as first line: the passage where it is short, else the whole sentence, not a clause."""
    passage = hit.passage
    said = context.text_at(passage.provision, whole(hit)).lstrip("-–+ ")
    if passage.end - passage.provision.start <= _LINE:
        return f"{said[0].upper()}{said[1:]}."
    at = said.casefold().find(sentence.rstrip(".").casefold())
    if at < 0:
        return sentence
    start = said.rfind(". ", 0, at) + 2 if ". " in said[:at] else 0
    end = said.find(". ", at + len(sentence) - 2)
    line = said[start : end if end > 0 else len(said)].rstrip(" .")
    return f"{line[0].upper()}{line[1:]}." if len(line) <= 2 * _LINE else sentence


def _common_parent(context: Context, hits: list[Hit]) -> Provision | None:
    """Return the provision whose parts make up most of the best candidates: they are the list."""
    if not hits:
        return None
    best = hits[0].passage.provision
    siblings = [h for h in hits if h.passage.provision.parent == best.parent]
    siblings = [h for h in siblings if h.passage.provision.document_id == best.document_id]
    if best.parent is None or len(siblings) < _SIBLINGS:
        return None
    if hits[0].order - siblings[_SIBLINGS - 1].order > _CLOSE:
        return None  # one part is meant, its neighbours only resemble it
    return context.library.provision(f"{best.document_id}:{best.parent}")


def _titled(heading: str, text: str) -> str:
    """Return a provision's text in one line, with a colon where its printed title ends."""
    at = text.find(heading) if heading else -1
    end = at + len(heading)
    return (
        f"{text[at:end]}: {text[end:].lstrip(' .:')}"
        if 0 <= at < len(heading) and text[end:].strip()
        else text
    )


def section_answer(context: Context, provision: Provision, kind: str) -> Draft:
    """Show a provision with its parts: its title first, then each part with its own citation."""
    children = context.library.children(provision)
    own = " ".join(context.library.own_text(provision).split()).rstrip(" ;.:")
    whole = context.library.text_of(provision)
    if not children or len(whole) <= QUOTE_LENGTH:
        citation = context.cite(provision)
        first = f"{own}:" if children else _titled(provision.heading, " ".join(whole.split()))
        return Draft(kind, first, [citation], citation.basis)
    if all(child.heading for child in children):
        titles = "; ".join(child.heading.rstrip(" .:;") for child in children)
        citations = [context.cite(child, (child.start, child.own_end)) for child in children]
        return Draft(kind, f"{own}: {titles}.", citations, citations[0].basis)
    citations = [context.cite(child) for child in children]
    return Draft(kind, f"{own}:", citations, citations[0].basis)
