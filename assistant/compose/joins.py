"""The join between two parts of a plan: a task of its content part and the unit that carries its field."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant import kinds
from assistant.asking import text_words
from assistant.citation import cite
from assistant.context import Context, Draft
from assistant.evidence import Need
from assistant.retrieve import Hit
from assistant.roles import section_of
from corpus.model import Provision, Task
from corpus.text import fold, normalise

# Chosen on the dev questions.
MIN_JOIN = 0.15  # how well a lead task must fit a section's title at least
DETAIL_SHARE = 0.25  # weight of the content provision's own words beside its section's title


@dataclass(frozen=True, slots=True)
class ScoredTask:
    """A task record with how well it fits."""

    task: Task
    score: float
    coverage: float


def words_need(context: Context, text: str) -> Need:
    """Return what a passage has to cover to speak of the same as ``text`` of a document."""
    return context.evidence.need(text_words(normalise(context.lexicons.expand(text, question=False))))


def unit_of_section(context: Context, section: Provision, content: Provision) -> ScoredTask | None:
    """Return the lead task whose field the section's title names.

    The title's phrases count from first to last ("Tuyên truyền, quán triệt, …" is about propaganda);
    the words of the content provision decide between tasks that fit the title equally.
    """
    phrases = [words_need(context, phrase) for phrase in re.split(r"[,;]", section.heading) if phrase.strip()]
    detail = words_need(context, context.library.own_text(content))
    norm = sum(1 / (n + 1) for n in range(len(phrases))) or 1.0
    best: ScoredTask | None = None
    for task, own, around in context.tasks:
        if task.role != "lead" or not task.provision_id.startswith(f"{section.document_id}:"):
            continue
        score = sum(context.evidence.coverage(need, own) / (n + 1) for n, need in enumerate(phrases)) / norm
        score += DETAIL_SHARE * context.evidence.coverage(detail, own, around)
        if best is None or score > best.score:
            best = ScoredTask(task, score, score)
    return best if best is not None and best.score >= MIN_JOIN else None


def joined(context: Context, hit: Hit) -> Draft | None:
    """Return the answer for a task that names no unit: the unit of its field, said to be inferred."""
    provision = hit.passage.provision
    section = section_of(context.library, provision)
    match = unit_of_section(context, section, provision) if section else None
    if section is None or match is None:
        return None
    source = context.library.provision(match.task.provision_id)
    unit = unit_as_printed(context, source, match.task)
    clause = context.text_at(source, (match.task.start, match.task.end))
    draft = Draft(
        kinds.RESPONSIBILITY,
        f"{unit} (suy ra theo lĩnh vực: văn bản không giao đích danh đơn vị cho việc này).",
        [
            cite(context.library, source, basis="inferred"),
            context.cite(provision, context.quote_span(hit.passage, (provision.start, provision.end))),
        ],
        "inferred",
    )
    draft.notes.append(
        f"Việc này nêu trong mục “{section.heading}” [2] mà không ghi đơn vị; "
        f"{unit} được giao lĩnh vực đó: “{clause}” [1]."
    )
    add_unit_heading(context, draft, source, unit)
    draft.follow_ups.append(f"Nhiệm vụ của {unit} là gì?")
    return draft


def unit_as_printed(context: Context, provision: Provision, task: Task) -> str:
    """Return the unit in the document's own spelling: the section title, or the words of the provision."""
    for above in reversed([*context.library.ancestors(provision), provision]):
        title = above.heading.strip() if above.kind == "outline" else ""
        if title and (context.lexicons.canonical_unit(title) or title) == task.lead:
            return title
    text = context.library.text_of(provision)
    for mention in context.lexicons.find_units(text):
        if mention.name == task.lead:
            return text[mention.start : mention.end]
    return task.lead


def add_unit_heading(context: Context, draft: Draft, provision: Provision, unit: str) -> None:
    """Cite the section title that names the unit, where no quote so far holds it."""
    if any(fold(unit) in fold(citation.quote) for citation in draft.citations):
        return
    for above in reversed(context.library.ancestors(provision)):
        # A law names the unit in the clause that leads in ("2. Phòng Kinh tế … tham mưu, giúp …:").
        if above.heading.strip() == unit or fold(unit) in fold(context.library.own_text(above)):
            draft.citations.append(context.cite(above, (above.start, above.own_end)))
            return
