"""On which documents a task rests: the references of the provision that speaks of it."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant import kinds
from assistant.compose.documents import document_name, proof
from assistant.compose.provisions import answering, from_hit, refuse
from assistant.context import Context, Draft, Refusal
from assistant.question import Question
from assistant.retrieve import Hit, Retrieved
from corpus.catalog import CatalogEntry
from corpus.model import Provision, Reference

# A plan may rest on what it does not name: "theo chương trình, kế hoạch của tỉnh".
_RESTS = re.compile(r"\btheo (?:quy dinh|chuong trinh|ke hoach|huong dan)|\bquy dinh cua\b")


def basis(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Answer on which documents a task rests: the references of the sentence that speaks of it."""
    named = [d for d in question.documents or question.implied if d in context.library]
    asks_whole = named and re.search(
        r"ban hanh|ke hoach (?:nay|do)?\s*(?:duoc )?(?:xay dung|can cu|dua|thuc hien|ra doi)"
        r"|can cu cua ke hoach|can cu ban hanh",
        question.folded,
    )
    if asks_whole:
        draft = _preamble(context, named[0])
        if draft is not None:
            return draft
    titled = _by_title(context, question)
    if titled is not None:
        return titled
    for hit in answering(question, retrieved.hits):
        mentions = _mentions(context, hit.passage.provision)
        if mentions and hit.passage.provision.kind != "letterhead":
            return _basis_of(context, retrieved, hit, mentions)
        if hit.passage.provision.kind in {"fact", "article", "clause", "point"} or _RESTS.search(
            hit.passage.folded
        ):
            # The law that says it is its own basis.
            return from_hit(context, retrieved, hit, kinds.BASIS)
    return refuse(context, kinds.BASIS, retrieved)


_ASKS_WHICH = re.compile(r"(?:van ban|nghi dinh|nghi quyet|quyet dinh|luat|ket luan|quy dinh) nao\b")
_TITLE_COVERAGE = 0.8
_TITLE_WORDS = 3


def _by_title(context: Context, question: Question) -> Draft | None:
    """Name the document whose title says what is asked ("văn bản nào quy định tổ chức phòng …")."""
    words = [word for word in question.content if len(word.folded) == 2]
    if not _ASKS_WHICH.search(question.folded) or len(words) < _TITLE_WORDS or question.documents:
        return None
    need = context.retriever.need_for(words, question)
    best: tuple[float, CatalogEntry] | None = None
    for entry in context.finder.catalog.entries.values():
        title = context.evidence.clause_terms(entry.title or entry.subject or "")
        covered = context.evidence.coverage(need, title)
        if (
            entry.id not in context.finder.plans
            and covered >= _TITLE_COVERAGE
            and (best is None or covered > best[0])
        ):
            best = (covered, entry)
    if best is None:
        return None
    entry = best[1]
    citation = proof(context, entry, "number", entry.number or "")
    if citation is None:
        return None
    return Draft(
        kinds.BASIS, f"{document_name(entry)}: {entry.title or entry.subject}.", [citation], citation.basis
    )


def _mentions(context: Context, provision: Provision) -> list[Reference]:
    found = [
        reference
        for reference in context.library.references(provision.document_id)
        if reference.provision_id == provision.id or reference.provision_id.startswith(f"{provision.id}.")
    ]
    return [r for r in found if r.target is None or not r.target.startswith(f"{provision.document_id}")]


def _basis_of(context: Context, retrieved: Retrieved, hit: Hit, mentions: list[Reference]) -> Draft:
    provision = hit.passage.provision
    sentence = context.best_sentence(retrieved.need, hit.passage)
    inside = [m for m in mentions if sentence[0] <= m.start < sentence[1]] or mentions
    names = "; ".join(dict.fromkeys(m.text.strip(" ,;.") for m in inside))
    quote = context.quote_span(hit.passage, sentence)
    draft = Draft(
        kinds.BASIS, f"Căn cứ: {names}.", [context.cite(provision, quote)], hit.passage.document.basis
    )
    for note in context.library.provisions(provision.document_id):
        if note.kind == "footnote" and note.note_of == provision.path:
            draft.citations.append(context.cite(note))
            said = context.text_at(note, (note.start, note.end))
            draft.notes.append(f"Chú thích: {said} [{len(draft.citations)}].")
    notes = tuple(dict.fromkeys(mention.note for mention in inside if mention.note))
    draft.citations[0] = replace(draft.citations[0], warnings=(*notes, *draft.citations[0].warnings))
    return draft


def _preamble(context: Context, document_id: str) -> Draft | None:
    for provision in context.library.provisions(document_id):
        if provision.kind == "preamble" and provision.parent is None:
            mentions = _mentions(context, provision)
            if not mentions:
                continue
            names = "; ".join(dict.fromkeys(m.text.strip(" ,;.") for m in mentions))
            return Draft(kinds.BASIS, f"Căn cứ ban hành: {names}.", [context.cite(provision)], "full_text")
    return None
