"""Who leads and whose business it is: answers from task records, from fields of work, or joined.

Four readings compete by how much of the question they cover: a task that a plan assigns, a field of
work that a law gives to a unit, a task that a plan names without a unit (joined over its field), and
any other provision of a law.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant import kinds
from assistant.asking import content_words
from assistant.compose.joins import ScoredTask, add_unit_heading, joined, section_of, unit_as_printed
from assistant.compose.provisions import from_hit, is_leaf, refuse, threshold
from assistant.context import Context, Draft, Refusal
from assistant.evidence import Need
from assistant.question import Question
from assistant.retrieve import Hit, Retrieved
from corpus.model import Provision, Task
from corpus.text import fold

# Chosen on the dev questions.
SPECIFIC_SHARE = 0.15  # how much of the clause the question speaks of: the specific beats the general
DENSE_SHARE = 0.12
LEAD_BONUS = 0.10  # a "chủ trì" task where the question asks who leads
DIRECT_BONUS = 0.10  # a task with its unit beats one that must be joined
FIELD_BONUS = 0.10  # a field of work, where the question asks for competence
OTHER_PENALTY = 0.08
MIN_TASK = 0.42

_ASKS_LEAD = re.compile(r"\bchu tri|\bchiu trach nhiem|\bdau moi|\bphu trach")
# Power to decide is a law's matter; a plan only hands out work.
_ASKS_POWER = re.compile(r"co tham quyen|thuoc (?:tham )?quyen cua|\bquyet dinh\b|co quyen|bo nhiem|phe chuan|phe duyet")
_ASKS_PARTNER = re.compile(r"\bphoi hop\b")
_EXCEPT = re.compile(r"\((?:tru|khong bao gom|ngoai tru|khong gom)\b[^)]*\)")


@dataclass(frozen=True, slots=True)
class _Readings:
    """The best of each reading of a who-question, with comparable scores."""

    plan: ScoredTask | None
    field: ScoredTask | None
    content: tuple[float, Hit] | None
    other: tuple[float, Hit] | None


def topic_need(context: Context, question: Question) -> Need:
    """Return what is asked about, without the units that the question names."""
    text = question.text
    for mention in reversed(context.lexicons.find_units(text)):
        text = f"{text[: mention.start]} | {text[mention.end :]}"
    words = content_words(text)
    # Where only the unit is left nothing else is asked about; the whole question is the topic then.
    named = [word for word in words if word in question.content] or list(question.content)
    return context.retriever.need_for(named, question)


def score_tasks(
    context: Context, question: Question, retrieved: Retrieved, need: Need, roles: frozenset[str]
) -> list[ScoredTask]:
    """Return the tasks of the given roles by how well they fit ``need``, best first."""
    wanted = frozenset(need.tokens)
    cosine = _cosines(retrieved)
    asks_lead = bool(_ASKS_LEAD.search(question.folded))
    held = [document for document in question.documents if document in context.library]
    scored = []
    for task, own, around in context.tasks:
        document_id = task.provision_id.partition(":")[0]
        if task.role not in roles or (held and document_id not in held):
            continue
        coverage = context.evidence.coverage(need, own, around)
        weights = {token: context.evidence.weight(token) for token in own.tokens}
        specific = sum(w for token, w in weights.items() if token in wanted) / (sum(weights.values()) or 1.0)
        score = coverage + SPECIFIC_SHARE * specific + DENSE_SHARE * cosine.get(task.provision_id, 0.0)
        score += LEAD_BONUS if asks_lead and task.role == "lead" else 0.0
        scored.append(ScoredTask(task, score, coverage))
    scored.sort(key=lambda item: -item.score)
    return scored


def _cosines(retrieved: Retrieved) -> dict[str, float]:
    """Return the candidates' cosines scaled to 0..1."""
    found = {hit.id: hit.cosine for hit in retrieved.hits if hit.cosine}
    low, high = min(found.values(), default=0.0), max(found.values(), default=1.0)
    return {identifier: (cosine - low) / ((high - low) or 1.0) for identifier, cosine in found.items()}


def _read(context: Context, question: Question, retrieved: Retrieved, need: Need) -> _Readings:
    plan = score_tasks(context, question, retrieved, need, frozenset({"lead", "do"}))
    fields = score_tasks(context, question, retrieved, need, frozenset({"field"}))
    cosine = _cosines(retrieved)
    assigned = {task.provision_id for task, _, _ in context.tasks}
    content: tuple[float, Hit] | None = None
    other: tuple[float, Hit] | None = None
    held = [document for document in question.documents if document in context.library]
    for hit in retrieved.hits:
        passage = hit.passage
        provision = passage.provision
        if not is_leaf(hit) or provision.id in assigned or (held and provision.document_id not in held):
            continue
        coverage = context.evidence.coverage(need, passage.own, passage.headings, passage.title)
        score = coverage + DENSE_SHARE * cosine.get(hit.id, 0.0)
        if provision.kind in {"fact", "article", "clause", "point"}:
            if other is None or score > other[0]:
                other = (score, hit)
        elif (
            provision.kind in {"dash", "paragraph", "outline"}
            and section_of(context, provision) is not None
            and (content is None or score > content[0])
        ):
            content = (score, hit)
    return _Readings(plan[0] if plan else None, fields[0] if fields else None, content, other)


def responsibility(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Who leads or co-operates in something, or whose field of work it is."""
    need = topic_need(context, question)
    found = _read(context, question, retrieved, need)
    competence = question.kind == kinds.COMPETENCE
    ranked: list[tuple[float, str]] = []
    if found.plan and found.plan.coverage >= MIN_TASK:
        ranked.append((found.plan.score + DIRECT_BONUS, "plan"))
    if found.field and found.field.coverage >= MIN_TASK:
        ranked.append((found.field.score + (FIELD_BONUS if competence else 0.0), "field"))
    if found.content and found.content[0] >= threshold(question):
        ranked.append((found.content[0], "content"))
    if found.other and found.other[0] >= threshold(question):
        decides = _ASKS_POWER.search(question.folded)
        ranked.append((found.other[0] + (DIRECT_BONUS if decides else -OTHER_PENALTY), "other"))
    for _, reading in sorted(ranked, reverse=True):
        if reading == "plan" and found.plan:
            if competence and found.field and found.field.coverage >= found.plan.coverage:
                return _field_answer(context, question, need, found.field, found.plan)
            return direct(context, question, found.plan)
        if reading == "field" and found.field:
            same = found.plan is not None and found.plan.coverage >= max(MIN_TASK, found.field.coverage - 0.1)
            return _field_answer(context, question, need, found.field, found.plan if same else None)
        if reading == "content" and found.content:
            draft = joined(context, found.content[1])
            if draft is not None:
                return draft
        if reading == "other" and found.other:
            return from_hit(context, retrieved, found.other[1], question.kind)
    return refuse(context, question.kind, retrieved)


def direct(context: Context, question: Question, best: ScoredTask) -> Draft:
    """Return the answer for a task that names its unit."""
    task = best.task
    provision = context.library.provision(task.provision_id)
    unit = unit_as_printed(context, provision, task)
    clause = context.text_at(provision, (task.start, task.end))
    first = f"{unit}: {clause[0].lower()}{clause[1:]}."
    partners = _partners(context, provision, task)
    if _ASKS_PARTNER.search(question.folded) and partners:
        first = f"{', '.join(partners)} phối hợp với {unit}: {clause[0].lower()}{clause[1:]}."
    citation = context.cite(provision)
    draft = Draft(kinds.RESPONSIBILITY, first, [citation], citation.basis)
    add_unit_heading(context, draft, provision, unit)
    draft.follow_ups.append(f"Nhiệm vụ của {unit} là gì?")
    return draft


def _partners(context: Context, provision: Provision, task: Task) -> list[str]:
    """Return the co-operating units in the words of the provision."""
    text = context.library.text_of(provision)
    found = context.lexicons.find_units(text)
    return list(dict.fromkeys(text[m.start : m.end] for m in found if m.name in task.cooperates))


def _field_answer(
    context: Context, question: Question, need: Need, best: ScoredTask, plan: ScoredTask | None
) -> Draft:
    task = best.task
    provision = context.library.provision(task.provision_id)
    unit = unit_as_printed(context, provision, task)
    passage = context.evidence.passage(provision.id)
    citation = context.cite(provision, context.quote_span(passage, context.best_sentence(need, passage)))
    excluded = _excluded(context, need, passage.text)
    asked = [name for name in question.units if name.startswith(("Phòng", "Văn phòng", "Trung tâm"))]
    if excluded:
        first = f"Không: phần này nằm ngoài lĩnh vực giao cho {unit} ({excluded})."
    elif asked and task.lead not in asked:
        first = f"Không phải {asked[0]}: {unit} tham mưu, giúp UBND cấp xã quản lý lĩnh vực này."
    elif question.kind == kinds.COMPETENCE:
        first = f"Có, thuộc phạm vi của cấp xã: {unit} tham mưu, giúp UBND cấp xã."
    else:
        first = f"{unit} tham mưu, giúp UBND cấp xã quản lý lĩnh vực này."
    draft = Draft(kinds.COMPETENCE, first, [citation], citation.basis)
    add_unit_heading(context, draft, provision, unit)
    if plan is not None and not excluded:
        source = context.library.provision(plan.task.provision_id)
        plan_unit = unit_as_printed(context, source, plan.task)
        clause = context.text_at(source, (plan.task.start, plan.task.end))
        draft.citations.append(context.cite(source))
        draft.notes.append(f"Kế hoạch giao {plan_unit}: “{clause}” [{len(draft.citations)}].")
        add_unit_heading(context, draft, source, plan_unit)
    return draft


def _excluded(context: Context, need: Need, text: str) -> str:
    """Return the exception ("trừ …") that holds what is asked, "" where there is none."""
    for match in _EXCEPT.finditer(fold(text)):
        inside = context.evidence.clause_terms(text[match.start() : match.end()])
        outside = context.evidence.clause_terms(f"{text[: match.start()]} | {text[match.end() :]}")
        if context.evidence.coverage(need, inside) > context.evidence.coverage(need, outside):
            return text[match.start() + 1 : match.end() - 1]
    return ""
