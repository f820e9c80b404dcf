"""What a unit must do: all its assignments, in the document's order, nothing left out."""

from __future__ import annotations

from assistant import kinds
from assistant.asking import GENERIC
from assistant.compose.joins import ScoredTask, add_unit_heading, unit_as_printed
from assistant.compose.provisions import general
from assistant.compose.tasks import MIN_TASK, direct, responsibility, score_tasks, topic_need
from assistant.context import Context, Draft, Refusal
from assistant.evidence import Need
from assistant.question import Question
from assistant.retrieve import Retrieved
from corpus.model import Citation, Task

_PLAN_ROLES = frozenset({"lead", "do", "cooperate"})


def duties(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Answer what a unit must do, or what it must do about something."""
    mine = _tasks_of(context, question)
    if not mine:
        if kinds.asks_who(question.folded):
            return responsibility(context, question, retrieved)
        return general(context, question, retrieved, kinds.DUTIES)
    unit = mine[0].lead
    topic = _topic(context, question)
    if topic is not None:
        own = [
            item
            for item in score_tasks(context, question, retrieved, topic, _PLAN_ROLES)
            if item.task.lead == unit and item.coverage >= MIN_TASK
        ]
        if own:
            return _on_topic(context, question, own)
        found = general(context, question, retrieved, kinds.DUTIES)
        if isinstance(found, Draft) and found.citations[0].document_id not in context.finder.plans:
            return found
    return _all(context, question, mine)


def _tasks_of(context: Context, question: Question) -> list[Task]:
    """Return the tasks of the first unit named that has any: the plan's, or the fields that a law gives it."""
    held = [d for d in question.documents if d in context.library]
    law = any(d not in context.finder.plans for d in held)
    fields = law or "linh vuc" in question.folded
    for unit in question.units:
        mine = [task for task, _, _ in context.tasks if task.lead == unit]
        wanted = [task for task in mine if (task.role == "field") == fields]
        if wanted or mine:
            return wanted or mine
    return []


def _topic(context: Context, question: Question) -> Need | None:
    """Return what the question asks about beside the unit, None where it asks for everything."""
    need = topic_need(context, question)
    named = {word for unit in question.units for word in unit.lower().split()}
    rest = [w for w in need.words if w.key not in GENERIC and not named.issuperset(w.surface)]
    rest = [w for w in rest if w.key not in {"chinh", "chu_yeu", "chuc_nang", "vai_tro", "buoc", "nhan"}]
    return need if rest else None


def _on_topic(context: Context, question: Question, own: list[ScoredTask]) -> Draft:
    draft = direct(context, question, own[0])
    draft.kind = kinds.DUTIES
    shown = {own[0].task.provision_id}
    for item in own[1:]:
        if item.score >= own[0].score - 0.1 and item.task.provision_id not in shown:
            shown.add(item.task.provision_id)
            draft.citations.append(context.cite(context.library.provision(item.task.provision_id)))
    return draft


def _all(context: Context, question: Question, tasks: list[Task]) -> Draft:
    ids = list(dict.fromkeys(task.provision_id for task in tasks))
    provisions = [context.library.provision(identifier) for identifier in ids]
    citations: list[Citation] = [context.cite(provision) for provision in provisions]
    unit = unit_as_printed(context, provisions[0], tasks[0])
    lines = []
    for n, provision in enumerate(provisions, start=1):
        first = next(task for task in tasks if task.provision_id == provision.id)
        clause = context.text_at(provision, (first.start, first.end))
        rest = " …" if sum(task.provision_id == provision.id for task in tasks) > 1 else ""
        lines.append(f"- {clause}{rest} [{n}]")
    draft = Draft(kinds.DUTIES, f"{unit} có các nhiệm vụ sau:", citations, citations[0].basis, notes=lines)
    add_unit_heading(context, draft, provisions[0], unit)
    return draft
