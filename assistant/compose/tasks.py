"""Who leads and whose business it is: the form of the answer follows what the best provision is.

A task that a plan assigns is told directly, a field of work that a law gives to a unit as such, a task
that a plan names without a unit is joined over its field, and any other provision is quoted.
"""

from __future__ import annotations

import re

from assistant import kinds
from assistant.compose.joins import add_unit_heading, joined, unit_as_printed
from assistant.compose.provisions import answering, from_hit, is_leaf, refuse
from assistant.context import Context, Draft, Refusal
from assistant.evidence import Need
from assistant.question import Question
from assistant.rank import FEATURES, threshold
from assistant.retrieve import Hit, Retrieved
from corpus.model import Provision, Task
from corpus.text import fold

_ASKS_UNIT = re.compile(
    r"\b(?:phong|don vi|bo phan|ben|trung tam|co quan)(?: chuyen mon)?(?: [a-z]+){0,2} nao\b"
    r"|thuoc phong"
)
_ASKS_LEVEL = re.compile(r"\bcap nao\b|\btinh\b")
_ASKS_PARTNER = re.compile(r"\bphoi hop\b")
_EXCEPT = re.compile(r"\((?:tru|khong bao gom|ngoai tru|khong gom)\b[^)]*\)")
_UNIT_LIKE = ("Phòng", "Văn phòng", "Trung tâm")
# A plan's task is told beside a law's field from this share of the threshold on.
_BESIDE = 0.6
# It is told first before a law that only speaks of the thing, while the two are this near (order).
_RIVAL = 2.5


def responsibility(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Who leads or co-operates in something, or whose field of work it is."""
    for hit in _with_units(question, retrieved):
        if hit.role.task == "field":
            return _field_answer(context, question, retrieved, hit)
        if hit.role.task:
            return direct(context, question, retrieved.need, hit.passage.provision)
        if hit.role.content:
            draft = joined(context, hit)
            if draft is not None:
                return draft
        return from_hit(context, retrieved, hit, question.kind)
    return refuse(context, question.kind, retrieved)


def _with_units(question: Question, retrieved: Retrieved) -> list[Hit]:
    """Return the answering candidates; where a unit is asked for, those that give one come first.

    A law that merely speaks of the thing ("dữ liệu đất đai thay giấy tờ …") does not say whose it is.
    """
    hits = _object_first(answering(question, retrieved.hits))
    says_none = bool(hits) and not hits[0].passage.units and not _ASKS_LEVEL.search(question.folded)
    if question.asks_power or not (_ASKS_UNIT.search(question.folded) or says_none):
        return hits
    if not hits or hits[0].role.task or hits[0].role.content:
        return hits
    given = [
        hit
        for hit in retrieved.hits
        if hit.score >= _BESIDE * threshold()
        and hits[0].order - hit.order <= _RIVAL
        and is_leaf(hit)
        and (hit.role.task or hit.role.content)
    ]
    return given[:1] + hits


_BEHIND = FEATURES.index("object_behind")
_NEAR = 3.0  # order; beyond it the words decide
_MENTIONED = 0.2  # one word of some weight stands before what is asked
_COVERS = 0.75  # share of the first candidate's coverage


def _object_first(hits: list[Hit]) -> list[Hit]:
    """Put a task that is about what is asked before one that only mentions it ("tuyên truyền về …")."""
    if not hits or hits[0].role.task != "lead" or hits[0].features[_BEHIND] < _MENTIONED:
        return hits
    first = hits[0]
    for hit in hits[1:]:
        about = hit.role.task == "lead" and hit.features[_BEHIND] == 0.0
        if about and first.order - hit.order <= _NEAR and hit.coverage >= _COVERS * first.coverage:
            return [hit, *(other for other in hits if other is not hit)]
    return hits


def best_task(context: Context, need: Need, provision: Provision) -> Task:
    """Return the task of a provision whose clause covers most of what is asked."""
    tasks = [row for row in context.tasks if row[0].provision_id == provision.id]
    # "Chủ trì …" stands first in its paragraph; of two clauses that fit alike the first is meant.
    return max(tasks, key=lambda row: (round(context.evidence.coverage(need, row[1]), 3), -row[0].start))[0]


def direct(context: Context, question: Question, need: Need, provision: Provision) -> Draft:
    """Return the answer for a task that names its unit."""
    task = best_task(context, need, provision)
    unit = unit_as_printed(context, provision, task)
    clause = context.text_at(provision, (task.start, task.end))
    clause = f"{clause[0].lower()}{clause[1:]}"
    partners = _partners(context, provision)
    asked = [name for name in question.units if name.startswith(_UNIT_LIKE)]
    if _ASKS_PARTNER.search(question.folded) and partners:
        first = f"{', '.join(partners)} phối hợp với {unit}: {clause}."
    elif asked and task.lead not in asked and question.kind != kinds.DUTIES:
        first = f"{unit} (không phải {asked[0]}): {clause}."
    else:
        first = f"{unit}: {clause}."
    citation = context.cite(provision)
    draft = Draft(kinds.RESPONSIBILITY, first, [citation], citation.basis)
    add_unit_heading(context, draft, provision, unit)
    draft.follow_ups.append(f"Nhiệm vụ của {unit} là gì?")
    return draft


def _partners(context: Context, provision: Provision) -> list[str]:
    """Return the co-operating units in the words of the provision."""
    named = {
        unit for task, _, _ in context.tasks if task.provision_id == provision.id for unit in task.cooperates
    }
    text = context.library.text_of(provision)
    found = context.lexicons.find_units(text)
    return list(dict.fromkeys(text[m.start : m.end] for m in found if m.name in named))


def _field_answer(context: Context, question: Question, retrieved: Retrieved, hit: Hit) -> Draft:
    need, passage = retrieved.need, hit.passage
    provision = passage.provision
    task = best_task(context, need, provision)
    unit = unit_as_printed(context, provision, task)
    citation = context.cite(provision, context.quote_span(passage, context.best_sentence(need, passage)))
    excluded = _excluded(context, need, passage.text)
    asked = [name for name in question.units if name.startswith(_UNIT_LIKE)]
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
    if not excluded:
        _other_fields(context, draft, retrieved, hit)
        _plan_beside(context, draft, retrieved)
    return draft


def _other_fields(context: Context, draft: Draft, retrieved: Retrieved, best: Hit) -> None:
    """Tell a second field that the question asks for as well ("bảo hiểm xã hội và bảo hiểm y tế")."""
    lost = {str(word) for word in _missing(context, retrieved.need, best)}
    for hit in retrieved.hits:
        if (
            hit.role.task != "field"
            or hit.id == best.id
            or hit.score < _BESIDE * threshold()
            or not is_leaf(hit)
        ):
            continue
        gained = lost - {str(word) for word in _missing(context, retrieved.need, hit)}
        if gained:
            provision = hit.passage.provision
            unit = unit_as_printed(context, provision, best_task(context, retrieved.need, provision))
            draft.citations.append(context.cite(provision))
            draft.notes.append(f"Phần {', '.join(sorted(gained))}: {unit} [{len(draft.citations)}].")
            return


def _missing(context: Context, need: Need, hit: Hit) -> list[object]:
    return list(context.evidence.missing(need, hit.passage))


def _plan_beside(context: Context, draft: Draft, retrieved: Retrieved) -> None:
    """Tell what the plan assigns beside what the law gives as a field of work."""
    for hit in retrieved.hits:
        if hit.role.task in {"lead", "do"} and hit.score >= _BESIDE * threshold():
            source = hit.passage.provision
            task = best_task(context, retrieved.need, source)
            unit = unit_as_printed(context, source, task)
            draft.citations.append(context.cite(source))
            clause = context.text_at(source, (task.start, task.end))
            draft.notes.append(f"Kế hoạch giao {unit}: “{clause}” [{len(draft.citations)}].")
            add_unit_heading(context, draft, source, unit)
            return


def _excluded(context: Context, need: Need, text: str) -> str:
    """Return the exception ("trừ …") that holds what is asked, "" where there is none."""
    for match in _EXCEPT.finditer(fold(text)):
        inside = context.evidence.clause_terms(text[match.start() : match.end()])
        outside = context.evidence.clause_terms(f"{text[: match.start()]} | {text[match.end() :]}")
        if context.evidence.coverage(need, inside) > context.evidence.coverage(need, outside):
            return text[match.start() + 1 : match.end() - 1]
    return ""
