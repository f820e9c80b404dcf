"""Task records (nhiệm vụ) from a document's tree: who leads, who co-operates, what, until when.

Four shapes are read: a section whose title is a unit and whose paragraphs are its tasks (the
"Tổ chức thực hiện" of a plan); a provision that opens with a unit it gives work to ("Phòng X
tham mưu, giúp … về: …"), whose points inherit that unit; work assigned in words ("Giao Phòng X chủ
trì, phối hợp với …", ``ingest.assignments``); and the rows of appendix tables (``ingest.task_tables``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.lexicons import Lexicons
from corpus.model import ParsedDocument, Provision, Task
from corpus.text import fold
from ingest.assignments import assigned_tasks
from ingest.deadlines import find_deadline
from ingest.task_tables import table_tasks
from ingest.unit_names import UNIT_WORDS

_UNIT_TITLE = re.compile(rf"^(?:{UNIT_WORDS})\b.{{0,90}}$")
_UNIT_MAX_LENGTH = 100
_CLAUSE = re.compile(r"[^;.]+(?:\.(?=\d)[^;.]+)*[;.]?\s*")
_LEAD = re.compile(r"\bchu tri\b")
_ASIDE = re.compile(r"\([^)]*\)")
_OPENING = 4  # the unit stands at the very start, after a number or a quote mark at most
_COOPERATE = re.compile(r"\bphoi hop (?:voi|cung)\s+")
_GIVES_WORK = re.compile(
    r"^[^.;:]{0,60}?(?:tham muu|giup|chu tri|phu trach|co trach nhiem|chiu trach nhiem"
    r"|dam nhan|lo|giup viec)\b"
)


def extract_tasks(parsed: ParsedDocument, lexicons: Lexicons) -> tuple[Task, ...]:
    """Return the task records of a document, in document order; an empty tuple where it gives none."""
    text = parsed.document.text
    children: dict[str | None, list[Provision]] = {}
    for provision in parsed.provisions:
        children.setdefault(provision.parent, []).append(provision)
    tasks: list[Task] = []
    for provision in parsed.provisions:
        unit = _section_unit(provision, lexicons)
        bodies = children.get(provision.path) or []
        if unit is not None and not any(body.kind == "outline" for body in bodies):
            heading_end = text.find("\n", provision.start, provision.own_end)
            if heading_end >= 0:
                tasks += _tasks_of(unit, provision, heading_end + 1, provision.own_end, text, lexicons)
            for body in bodies:
                tasks += _tasks_of(unit, body, body.start, body.end, text, lexicons)
            continue
        unit = _opening_unit(provision, text, lexicons)
        if unit is not None and not any(task.provision_id == provision.id for task in tasks):
            for body in children.get(provision.path) or [provision]:
                tasks.append(_task(unit, body, body.start, body.end, text, "field", (), len(tasks)))
    taken = frozenset(task.provision_id for task in tasks)
    tasks += assigned_tasks(parsed, lexicons, taken)
    tasks += table_tasks(text, parsed.provisions, lexicons)
    order = {provision.id: provision.order for provision in parsed.provisions}
    return tuple(sorted(tasks, key=lambda task: order[task.provision_id]))


def _section_unit(provision: Provision, lexicons: Lexicons) -> str | None:
    if provision.kind != "outline" or not provision.heading or len(provision.heading) > _UNIT_MAX_LENGTH:
        return None
    known = lexicons.canonical_unit(provision.heading)
    if known:
        return known
    title = fold(provision.heading)
    return provision.heading.strip() if _UNIT_TITLE.match(title) and ":" not in title else None


def _opening_unit(provision: Provision, text: str, lexicons: Lexicons) -> str | None:
    """Return the unit that a provision opens with and gives work to."""
    if provision.kind not in {"clause", "article", "fact"}:
        return None
    own = text[provision.start : provision.own_end]
    mentions = lexicons.find_units(own)
    if not mentions or mentions[0].start > _OPENING:
        return None
    # "Phòng Kinh tế (đối với xã, đặc khu) hoặc Phòng … (đối với phường …) tham mưu …"
    rest = _ASIDE.sub(" ", fold(own[mentions[0].end :]))
    if not _GIVES_WORK.match(rest):
        return None
    # A field of work, not any sentence with a unit in it ("Chủ tịch … chịu trách nhiệm về …").
    return mentions[0].name if "linh vuc" in fold(own) else None


def _tasks_of(
    unit: str, body: Provision, start: int, end: int, text: str, lexicons: Lexicons
) -> Iterator[Task]:
    """Yield one task a clause; the first clause's verb ("Chủ trì …") holds for the clauses after it."""
    paragraph = text[start:end]
    folded = fold(paragraph)
    role = "lead" if _LEAD.search(folded) else "do"
    partners: tuple[str, ...] = ()
    cooperation = _COOPERATE.search(folded)
    if cooperation:
        named = lexicons.find_units(paragraph[cooperation.end() :])
        partners = tuple(dict.fromkeys(m.name for m in named if m.name != unit))
    for n, clause in enumerate(_CLAUSE.finditer(paragraph)):
        if clause.group().strip(" ;.\n/"):
            yield _task(
                unit, body, start + clause.start(), start + clause.end(), text, role,
                partners if cooperation and n == 0 else (), n,
            )  # fmt: skip


def _task(
    unit: str, body: Provision, start: int, end: int, text: str, role: str, partners: tuple[str, ...], n: int
) -> Task:
    while end > start and text[end - 1] in " \n;./":
        end -= 1
    deadline = find_deadline(text[start:end])
    return Task(
        id=f"{body.id}#{n}",
        provision_id=body.id,
        lead=unit,
        cooperates=partners,
        what=text[start:end],
        start=start,
        end=end,
        role=role,
        deadline=text[start + deadline[0] : start + deadline[1]] if deadline else None,
        deadline_provision=body.id if deadline else None,
    )
