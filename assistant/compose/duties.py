"""What a unit must do: all its assignments, in the document's order, nothing left out."""

from __future__ import annotations

import re

from assistant import kinds
from assistant.asking import GENERIC
from assistant.compose.joins import add_unit_heading, unit_as_printed
from assistant.compose.provisions import ALSO_SHARE, answering, is_leaf, listed, listing
from assistant.compose.tasks import best_task, direct, responsibility
from assistant.context import Context, Draft, Refusal
from assistant.question import Question
from assistant.rank import threshold
from assistant.retrieve import Hit, Retrieved
from corpus.model import Citation, Task

_ALL_WORDS = frozenset({
    "chu_yeu", "chuc_nang", "vai_tro", "buoc", "nhan", "ke", "danh_muc", "danh_sach", "phan_cong",
    "quyen_han", "nhung", "viec", "cong_viec", "day_du", "tat_ca",
})  # fmt: skip
_PLAN_WORDS = frozenset({"ke_hoach", "to_chuc", "ten", "giao", "xa"})
# Among the tasks of the unit that is named a lower probability is enough.
_ON_TOPIC = 0.6
# One that holds less of the question than this is not what it is about ("em mới chuyển về, phải làm gì").
_COVERED = 0.4


def duties(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Answer what a unit must do, or what it must do about something."""
    mine = _tasks_of(context, question)
    if not mine:
        if question.asks_who:
            return responsibility(context, question, retrieved)
        mine = _tasks_of_described(context, question, retrieved)
        if mine:
            return _all(context, question, mine)
        return listing(context, question, retrieved)
    if _has_topic(question):
        # Of all that any document gives the unit: a plan's tasks and a law's fields of work.
        own = [hit for hit in retrieved.hits if is_leaf(hit) and hit.role.unit in question.units]
        fitting = [h for h in own if h.score >= _ON_TOPIC * threshold() and h.coverage >= _COVERED]
        if fitting:
            return _on_topic(context, question, retrieved, fitting)
    return _all(context, question, mine)


def _tasks_of(context: Context, question: Question) -> list[Task]:
    """Return the tasks of the first unit named that has any: of the plan, or fields of a law."""
    held = [d for d in question.documents if d in context.library]
    law = any(d not in context.finder.plans for d in held)
    fields = law or "linh vuc" in question.folded
    for unit in question.units:
        mine = [task for task, _, _ in context.tasks if task.lead == unit]
        wanted = [task for task in mine if (task.role == "field") == fields]
        if wanted or mine:
            return wanted or mine
    return []


_ASKS_UNITS = re.compile(r"\b(?:nhung|cac|may|liet ke|ke)\b.*\b(?:don vi|co quan|phong|bo phan)\b|nhung ai\b")


def assigned_units(context: Context, question: Question) -> Draft | None:
    """Answer which units a plan gives work to, all of them; None where something else is asked."""
    plans = [d for d in question.documents or question.implied if d in context.finder.plans]
    about = [word for word in question.topic if word.key not in GENERIC | _ALL_WORDS | _PLAN_WORDS]
    if not plans or about or question.units or not _ASKS_UNITS.search(question.folded):
        return None
    found = [task for task, _, _ in context.tasks if task.provision_id.startswith(f"{plans[0]}:")]
    firsts = {task.lead: task for task in reversed(found) if task.role != "field"}
    tasks = sorted(firsts.values(), key=lambda task: task.start)
    if not tasks:
        return None
    citations, lines = [], []
    for n, task in enumerate(tasks, start=1):
        provision = context.library.provision(task.provision_id)
        unit = unit_as_printed(context, provision, task)
        if unit not in context.library.text_of(provision) and provision.parent is not None:
            # The unit stands in the heading above its paragraphs.
            provision = context.library.provision(f"{provision.document_id}:{provision.parent}")
        citations.append(context.cite(provision))
        lines.append(f"- {unit} [{n}]")
    return Draft(kinds.LIST, "Kế hoạch giao việc cho:", citations, citations[0].basis, notes=lines)


# "Đơn vị lo tuyên truyền phải làm những gì": the unit is named by what it leads.
_DESCRIBED = re.compile(
    r"^(?:cac )?(?:don vi|phong|co quan|bo phan|ben|trung tam) (?:lo|phu trach|chu tri|duoc giao"
    r"|dam nhiem|chiu trach nhiem)\b"
)


def _tasks_of_described(context: Context, question: Question, retrieved: Retrieved) -> list[Task]:
    """Return the tasks of the unit that leads what the question describes it by."""
    if not _DESCRIBED.search(question.folded):
        return []
    for hit in answering(question, retrieved.hits):
        if hit.role.task == "lead":
            lead = best_task(context, retrieved.need, hit.passage.provision).lead
            return [task for task, _, _ in context.tasks if task.lead == lead and task.role != "field"]
    return []


def _has_topic(question: Question) -> bool:
    """True where something beside the unit is asked about, False where everything is."""
    if question.topic == question.content:
        return False
    return any(word.key not in GENERIC | _ALL_WORDS | _PLAN_WORDS for word in question.topic)


def _on_topic(context: Context, question: Question, retrieved: Retrieved, fitting: list[Hit]) -> Draft:
    first = fitting[0]
    if first.role.task == "field":
        draft = listed(context, retrieved, first, kinds.DUTIES)
        add_unit_heading(context, draft, first.passage.provision, first.role.unit)
    else:
        draft = direct(context, question, retrieved.need, first.passage.provision)
        draft.kind = kinds.DUTIES
    for hit in fitting[1:]:
        if hit.score >= ALSO_SHARE * fitting[0].score:
            draft.citations.append(context.cite(hit.passage.provision))
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
