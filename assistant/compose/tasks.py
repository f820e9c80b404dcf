"""Who leads, whose business it is, what a unit must do: answers from task records.

A task that part IV of a plan assigns is answered directly. A task of the plan's content part names no
unit; it is joined with the unit whose assignment carries its field, and the answer says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant import kinds
from assistant.compose.provisions import MIN_COVERAGE, general
from assistant.context import Context, Draft, Refusal
from assistant.evidence import Need
from assistant.question import Question
from assistant.retrieve import Hit, Retrieved
from corpus.model import Citation, Provision, Task
from corpus.text import fold

# Chosen on the dev questions. A clause's own words count fully, its paragraph and unit by heading credit.
SPECIFIC_SHARE = 0.18  # share of the score for how much of the clause the question speaks of
DENSE_SHARE = 0.15
DIRECT_MARGIN = 0.06  # how much better a task of the content part must fit before it is joined
MIN_TASK = 0.42
JOIN_MIN_HEADING = 0.15
OTHER_MARGIN = 0.12

_COOPERATES = re.compile(r"\bphoi hop\b")
_EXCEPT = re.compile(r"\((?:tru|khong bao gom|ngoai tru|khong gom)\b[^)]*\)")


@dataclass(frozen=True, slots=True)
class ScoredTask:
    """A task record with how well it fits the question."""

    task: Task
    score: float
    coverage: float


def score_tasks(
    context: Context,
    question: Question,
    retrieved: Retrieved,
    *,
    roles: frozenset[str],
    need: Need | None = None,
) -> list[ScoredTask]:
    """Return the tasks of the given roles by how well they fit, best first."""
    need = need or retrieved.need
    wanted = frozenset(need.tokens)
    cosine = {hit.id: hit.cosine for hit in retrieved.hits if hit.cosine}
    low = min(cosine.values(), default=0.0)
    spread = (max(cosine.values(), default=1.0) - low) or 1.0
    scored = []
    for task, own, around in context.tasks:
        if task.role not in roles:
            continue
        document_id = task.provision_id.partition(":")[0]
        held = [d for d in question.documents if d in context.library]
        if held and document_id not in held:
            continue
        coverage = context.evidence.coverage(need, own, around)
        weights = {token: context.evidence.weight(token) for token in own.tokens}
        specific = sum(w for token, w in weights.items() if token in wanted) / (sum(weights.values()) or 1.0)
        dense = (cosine[task.provision_id] - low) / spread if task.provision_id in cosine else 0.0
        score = coverage + SPECIFIC_SHARE * specific + DENSE_SHARE * dense
        scored.append(ScoredTask(task, score, coverage))
    scored.sort(key=lambda item: -item.score)
    return scored


def responsibility(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Who leads or co-operates in something: direct, joined over the plan's fields, or from a law."""
    plan = score_tasks(context, question, retrieved, roles=frozenset({"lead", "do", "cooperate"}))
    fields = score_tasks(context, question, retrieved, roles=frozenset({"field"}))
    content = _best_content(context, question, retrieved)
    best = plan[0] if plan else None
    other = _best_other(context, retrieved)
    content_score = content.coverage if content else 0.0
    direct = best is not None and best.coverage >= MIN_TASK and best.coverage + DIRECT_MARGIN >= content_score
    named_law = any(
        context.library.document(d).kind != "Kế hoạch" for d in question.documents if d in context.library
    )
    if direct and best and not named_law:
        if other and other.coverage > best.coverage + OTHER_MARGIN:
            return general(context, question, retrieved)
        if fields and fields[0].coverage > best.coverage + OTHER_MARGIN:
            return _field_answer(context, question, fields[0], None)
        return _direct(context, question, best)
    if fields and fields[0].coverage >= max(MIN_TASK, content_score):
        return _field_answer(context, question, fields[0], None)
    if (
        content
        and content_score >= MIN_COVERAGE
        and not (other and other.coverage > content_score + OTHER_MARGIN)
    ):
        joined = _joined(context, question, content)
        if joined is not None:
            return joined
    return general(context, question, retrieved)


def _direct(context: Context, question: Question, best: ScoredTask) -> Draft:
    task = best.task
    provision = context.library.provision(task.provision_id)
    unit = unit_as_printed(context, provision, task)
    clause = context.text_at(provision, (task.start, task.end))
    if _COOPERATES.search(question.folded) and task.cooperates:
        partners = ", ".join(_printed_partners(context, provision, task))
        first = f"{partners} phối hợp với {unit}."
    else:
        first = f"{unit}: {clause}."
    draft = Draft(kinds.RESPONSIBILITY, first, [context.cite(provision)], "full_text")
    _add_unit_heading(context, draft, provision, unit)
    draft.basis = draft.citations[0].basis
    draft.follow_ups = [f"Nhiệm vụ của {unit} là gì?"]
    return draft


def _printed_partners(context: Context, provision: Provision, task: Task) -> list[str]:
    """Return partner units in the words of the provision."""
    text = context.library.text_of(provision)
    names = [
        text[mention.start : mention.end]
        for mention in context.lexicons.find_units(text)
        if mention.name in task.cooperates
    ]
    return list(dict.fromkeys(names)) or list(task.cooperates)


def unit_as_printed(context: Context, provision: Provision, task: Task) -> str:
    """Return the unit in the document's own spelling: the section title, or the words of the provision."""
    for above in reversed(context.library.ancestors(provision)):
        if above.heading and context.lexicons.canonical_unit(above.heading) in {task.lead, None}:
            return above.heading if above.kind == "outline" else task.lead
    text = context.library.text_of(provision)
    for mention in context.lexicons.find_units(text):
        if mention.name == task.lead:
            return text[mention.start : mention.end]
    return task.lead


def _add_unit_heading(context: Context, draft: Draft, provision: Provision, unit: str) -> None:
    """Cite the section title that names the unit, where the quoted paragraph does not."""
    if fold(unit) in fold(draft.citations[0].quote):
        return
    for above in reversed(context.library.ancestors(provision)):
        if above.heading == unit:
            draft.citations.append(context.cite(above, (above.start, above.own_end)))
            return


def _best_content(context: Context, question: Question, retrieved: Retrieved) -> Hit | None:
    """Return the best provision of a plan's content part (no unit assigned there)."""
    assigned = {task.provision_id for task, _, _ in context.tasks}
    for hit in sorted(retrieved.hits, key=lambda h: -(h.coverage + 0.25 * h.score)):
        provision = hit.passage.provision
        if (
            provision.kind in {"dash", "paragraph", "outline"}
            and provision.own_end == provision.end
            and provision.id not in assigned
            and _section(context, provision) is not None
        ):
            return hit
    return None


def _best_other(context: Context, retrieved: Retrieved) -> Hit | None:
    """Return the best provision that is no task and not of a plan's outline (a law, a card)."""
    assigned = {task.provision_id for task, _, _ in context.tasks}
    return next(
        (
            hit
            for hit in retrieved.hits
            if hit.passage.provision.kind in {"fact", "article", "clause", "point"} and hit.id not in assigned
        ),
        None,
    )


def _section(context: Context, provision: Provision) -> Provision | None:
    """Return the titled section of the content part that a provision belongs to."""
    for above in reversed([*context.library.ancestors(provision), provision]):
        if above.kind == "outline" and above.heading and above.parent is not None:
            return above
    return None


def unit_of_section(
    context: Context, section: Provision, content: Provision | None = None
) -> ScoredTask | None:
    """Return the lead task whose field the section's title names: the join between two parts of a plan.

    The title's phrases count from first to last ("Tuyên truyền, quán triệt, …" is about propaganda);
    the words of the content provision decide between tasks that fit the title equally.
    """
    phrases = [phrase for phrase in re.split(r"[,;]", section.heading) if phrase.strip()]
    best: ScoredTask | None = None
    detail = (
        context.evidence.need([t for t in _terms(context, context.library.own_text(content))])
        if content
        else None
    )
    for task, own, around in context.tasks:
        if task.role != "lead" or not task.provision_id.startswith(f"{section.document_id}:"):
            continue
        score = 0.0
        for n, phrase in enumerate(phrases):
            need = context.evidence.need(_terms(context, phrase))
            score += context.evidence.coverage(need, own) / (n + 1)
        score /= sum(1 / (n + 1) for n in range(len(phrases))) or 1.0
        if detail is not None:
            score += 0.25 * context.evidence.coverage(detail, own, around)
        if best is None or score > best.score:
            best = ScoredTask(task, score, score)
    return best if best is not None and best.score >= JOIN_MIN_HEADING else None


def _terms(context: Context, text: str) -> tuple[str, ...]:
    from assistant.question import content_terms

    return content_terms(fold(context.lexicons.expand(text, question=False)))


def _joined(context: Context, question: Question, hit: Hit) -> Draft | None:
    provision = hit.passage.provision
    section = _section(context, provision)
    match = unit_of_section(context, section, provision) if section else None
    if section is None or match is None:
        return None
    source = context.library.provision(match.task.provision_id)
    unit = unit_as_printed(context, source, match.task)
    first = f"{unit} (suy ra theo lĩnh vực; văn bản không giao đích danh việc này)."
    lead = context.cite(source, basis="inferred")
    draft = Draft(kinds.RESPONSIBILITY, first, [lead], "inferred")
    draft.citations.append(
        context.cite(provision, context.quote_span(hit.passage, (provision.start, provision.end)))
    )
    _add_unit_heading(context, draft, source, unit)
    draft.notes.append(
        f"Việc này nêu tại mục “{section.heading}” [2] mà không ghi đơn vị; "
        f"{unit} được giao chủ trì lĩnh vực đó: “{context.text_at(source, (match.task.start, match.task.end))}” [1]."
    )
    return draft


def competence(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """Is this the commune's business, and whose: the field of a law, beside what the plan assigns."""
    fields = score_tasks(context, question, retrieved, roles=frozenset({"field"}))
    plan = score_tasks(context, question, retrieved, roles=frozenset({"lead", "do"}))
    other = _best_other(context, retrieved)
    best_field = fields[0] if fields else None
    best_plan = plan[0] if plan and plan[0].coverage >= MIN_TASK else None
    if best_field and other and other.coverage > best_field.coverage + OTHER_MARGIN:
        return general(context, question, retrieved)
    if best_field and best_field.coverage >= MIN_TASK:
        if best_plan and best_plan.coverage > best_field.coverage + OTHER_MARGIN:
            return _direct(context, question, best_plan)
        same = best_plan and best_plan.coverage + DIRECT_MARGIN >= best_field.coverage
        return _field_answer(context, question, best_field, best_plan if same else None)
    return responsibility(context, question, retrieved)


def _field_answer(context: Context, question: Question, best: ScoredTask, plan: ScoredTask | None) -> Draft:
    task = best.task
    provision = context.library.provision(task.provision_id)
    unit = unit_as_printed(context, provision, task)
    passage = context.evidence.passage(provision.id)
    sentence = context.best_sentence(context.evidence.need(question.content, question.folded), passage)
    excluded = _excluded(context, question, passage.text)
    citation = context.cite(provision, context.quote_span(passage, sentence))
    if excluded:
        first = f"Không: phần này được loại trừ khỏi lĩnh vực giao cho {unit} ({excluded})."
    else:
        first = f"Có, thuộc việc của cấp xã: {unit} tham mưu, giúp UBND cấp xã."
        if not kinds.recognise(question.folded) == kinds.COMPETENCE:
            first = f"{unit} tham mưu, giúp UBND cấp xã quản lý lĩnh vực này."
    draft = Draft(kinds.COMPETENCE, first, [citation], citation.basis)
    _add_unit_heading(context, draft, provision, unit)
    if plan is not None and not excluded:
        source = context.library.provision(plan.task.provision_id)
        plan_unit = unit_as_printed(context, source, plan.task)
        draft.citations.append(context.cite(source))
        n = len(draft.citations)
        draft.notes.append(
            f"Kế hoạch giao {plan_unit}: “{context.text_at(source, (plan.task.start, plan.task.end))}” [{n}]."
        )
        if fold(plan_unit) not in fold(draft.citations[-1].quote):
            _add_heading_of(context, draft, source, plan_unit)
    return draft


def _add_heading_of(context: Context, draft: Draft, provision: Provision, unit: str) -> None:
    for above in reversed(context.library.ancestors(provision)):
        if above.heading == unit:
            draft.citations.append(context.cite(above, (above.start, above.own_end)))


def _excluded(context: Context, question: Question, text: str) -> str:
    """Return the exception ("trừ …") that holds all that is asked, "" where there is none."""
    folded = fold(text)
    for match in _EXCEPT.finditer(folded):
        terms = context.evidence.clause_terms(text[match.start() : match.end()])
        rest = context.evidence.clause_terms(_EXCEPT.sub(" ", folded))
        need = context.evidence.need([t for t in question.content if t in terms.tokens | rest.tokens])
        if need.tokens and context.evidence.coverage(need, terms) > context.evidence.coverage(need, rest):
            return text[match.start() + 1 : match.end() - 1]
    return ""


def duties(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal:
    """What a unit must do: all its assignments, in the document's order, nothing left out."""
    known = [unit for unit in question.units if any(task.lead == unit for task, _, _ in context.tasks)]
    if not known:
        return responsibility(context, question, retrieved)
    unit = known[0]
    roles = frozenset({"lead", "do", "cooperate"})
    topic = _topic_need(context, question, unit)
    if topic is not None:
        fitting = score_tasks(context, question, retrieved, roles=roles, need=topic)
        own = [item for item in fitting if item.task.lead == unit and item.coverage >= MIN_TASK]
        if own:
            return _direct(context, question, own[0])
    law = [
        d
        for d in question.documents
        if d in context.library and context.library.document(d).kind != "Kế hoạch"
    ]
    asks_fields = "linh vuc" in question.folded or bool(law)
    mine = [task for task, _, _ in context.tasks if task.lead == unit]
    tasks = [t for t in mine if (t.role == "field") == asks_fields] or mine
    ids = list(dict.fromkeys(task.provision_id for task in tasks))
    provisions = [context.library.provision(identifier) for identifier in ids]
    citations: list[Citation] = [context.cite(provision) for provision in provisions]
    printed = unit_as_printed(context, provisions[0], tasks[0])
    verb = "phụ trách" if asks_fields else "được giao"
    summary = "; ".join(
        context.text_at(p, (t.start, t.end))
        for p, t in ((context.library.provision(t.provision_id), t) for t in tasks[:1])
    )
    draft = Draft(
        kinds.DUTIES,
        f"{printed} {verb}: {summary}" + (" …" if len(tasks) > 1 else "."),
        citations,
        citations[0].basis,
    )
    _add_unit_heading(context, draft, provisions[0], printed)
    if len(provisions) > 1:
        draft.notes.append("Đầy đủ các nhiệm vụ được nêu trong những đoạn trích dưới đây.")
    return draft


def _topic_need(context: Context, question: Question, unit: str) -> Need | None:
    """Return what the question asks about beside the unit itself, None where it asks for everything."""
    from assistant.question import content_terms

    text = question.text
    for mention in reversed(context.lexicons.find_units(text)):
        text = text[: mention.start] + " | " + text[mention.end :]
    skip = {
        "xa",
        "ke",
        "hoach",
        "nay",
        "chinh",
        "yeu",
        "cai",
        "cach",
        "tong",
        "cong",
        "chuc",
        "nang",
        "vai",
        "tro",
        "binh",
        "lu",
    }
    rest = [t for t in content_terms(fold(text)) if t not in skip]
    return context.evidence.need(rest, fold(text)) if len(rest) >= 2 else None
