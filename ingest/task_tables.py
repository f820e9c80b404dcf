"""Task records from appendix tables: STT, nhiệm vụ, chủ trì, phối hợp, thời gian, sản phẩm.

Columns are told by their headings, in whatever order and wording; a table without a column of work and
one of who leads (or groups that name who leads) is no table of tasks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from corpus.lexicons import Lexicons
from corpus.model import Provision, Task
from corpus.text import fold
from ingest.unit_names import UNIT_WORDS, unit_names

Span = tuple[int, int]

# In this order: "Cơ quan phối hợp thực hiện" is no lead, "Thời gian thực hiện" no unit.
_COLUMNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("number", re.compile(r"s?tt|so tt|so thu tu")),
    ("both", re.compile(r".*chu tri.*phoi hop.*")),
    ("partner", re.compile(r".*phoi hop.*|.*cung thuc hien.*")),
    (
        "deadline",
        re.compile(
            r".*(?:thoi gian|thoi han|thoi diem|tien do|lo trinh|moc|han hoan thanh|ngay hoan thanh).*"
            r"|han|hoan thanh"
        ),
    ),
    ("product", re.compile(r".*(?:san pham|dau ra|ket qua).*")),
    ("target", re.compile(r".*(?:chi tieu|muc tieu).*")),
    ("basis", re.compile(r".*(?:can cu|co so phap ly).*")),
    (
        "lead",
        re.compile(
            r".*(?:chu tri|dau moi|phu trach|trach nhiem|phan cong|giao cho).*"
            r"|.*(?:don vi|co quan|bo phan|to chuc)(?: duoc giao)?(?: thuc hien)?(?: chinh)?"
        ),
    ),
    ("what", re.compile(r".*(?:nhiem vu|noi dung|cong viec|dau viec|hoat dong|giai phap|viec).*")),
)
_PARTS = re.compile(r"phoi hop(?: thuc hien)?(?: voi)?\s*:?\s*")
_LEADS = re.compile(r"(?:(?:co quan|don vi)\s+)?chu tri(?: thuc hien)?\s*:?")
_UNIT = re.compile(rf"(?:{UNIT_WORDS}|ubnd|hdnd)\b")
_EMPTY = re.compile(r"[\s.…\-–/]*")


@dataclass(slots=True)
class _Record:
    """One task of a row: the span of its work, the values of its other columns."""

    what: Span
    values: dict[str, Span] = field(default_factory=dict)


def table_tasks(text: str, provisions: Sequence[Provision], lexicons: Lexicons) -> Iterator[Task]:
    """Yield the tasks of all task tables, in the order of the text."""
    by_path = {p.path: p for p in provisions}
    tables: dict[str, list[Provision]] = {}
    for row in provisions:
        if row.kind == "row" and row.cells:
            tables.setdefault(_table_of(row, by_path), []).append(row)
    for rows in tables.values():
        names = list(dict.fromkeys(name for row in rows for name, _, _ in row.cells if name))
        columns = _columns(names)
        groups = {p.path: _group_unit(text, p, lexicons) for p in rows if _is_group(p)}
        if "what" not in columns.values() or not (
            {"lead", "both"} & set(columns.values()) or any(groups.values())
        ):
            continue
        for row in rows:
            if not _is_group(row):
                yield from _row_tasks(text, row, columns, groups.get(row.parent or ""), lexicons)


def _table_of(row: Provision, by_path: Mapping[str, Provision]) -> str:
    parent = row.parent
    while parent is not None and by_path[parent].kind == "row":
        parent = by_path[parent].parent
    return parent or ""


def _columns(names: Sequence[str]) -> dict[str, str]:
    """Return what each heading tells; the first of several columns of work is the work."""
    found: dict[str, str] = {}
    for name in names:
        key = " ".join(re.findall(r"[^\W_]+", fold(name)))
        role = next((role for role, pattern in _COLUMNS if pattern.fullmatch(key)), "")
        if role and not (role in ("what", "number") and role in found.values()):
            found[name] = role
    return found


def _is_group(row: Provision) -> bool:
    return bool(row.cells) and not any(name for name, _, _ in row.cells)


def _group_unit(text: str, group: Provision, lexicons: Lexicons) -> str | None:
    """Return the unit whose tasks stand under a group row ("I. Phòng Kinh tế"), None where it is no unit."""
    _, start, end = group.cells[-1]
    title = text[start:end].strip(" .:;")
    known = lexicons.canonical_unit(title)
    if known:
        return known
    return title if _UNIT.match(fold(title)) and len(title) < 90 and ":" not in title else None


def _row_tasks(
    text: str, row: Provision, columns: Mapping[str, str], group: str | None, lexicons: Lexicons
) -> Iterator[Task]:
    n = 0
    for record in _records(text, row, columns):
        leads, partners = _units(text, record, lexicons)
        leads = leads or ((group,) if group else ())
        start, end = _trimmed(text, record.what)
        values = {
            name: _value(text, record.values.get(name)) for name in ("deadline", "product", "target", "basis")
        }
        for lead in leads:
            yield Task(
                id=f"{row.id}#{n}",
                provision_id=row.id,
                lead=lead,
                cooperates=tuple(p for p in partners if p not in leads),
                what=text[start:end],
                start=start,
                end=end,
                role="lead",
                deadline_provision=row.id if values["deadline"] else None,
                leads=leads,
                **values,
            )
            n += 1


def _records(text: str, row: Provision, columns: Mapping[str, str]) -> list[_Record]:
    """Return the tasks of a row: a second value of the column of work begins another.

    What only one of them prints was merged over both.
    """
    records: list[_Record] = []
    values: dict[str, Span] = {}
    seen: set[str] = set()
    for name, start, end in row.cells:
        role = columns.get(name)
        if role is None or role == "number" or _EMPTY.fullmatch(text[start:end]):
            continue
        if role in seen:  # a further line of the row
            seen = set()
            values = {}
        seen.add(role)
        if role == "what":
            records.append(_Record((start, end), values))
        elif role in values or not records or records[-1].values is values:
            values.setdefault(role, (start, end))
        else:
            records[-1].values.setdefault(role, (start, end))
    for before, record in pairwise(records):
        for role, span in before.values.items():
            record.values.setdefault(role, span)
    return records


def _units(text: str, record: _Record, lexicons: Lexicons) -> tuple[tuple[str, ...], tuple[str, ...]]:
    leads: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    if "lead" in record.values or "both" in record.values:
        start, end = record.values.get("lead") or record.values["both"]
        cell = text[start:end]
        folded = fold(cell)
        cut = _PARTS.search(folded)
        first = cell[: cut.start()] if cut else cell
        mark = _LEADS.search(fold(first))
        if mark:
            first = f"{first[: mark.start()]} {first[mark.end() :]}"
        leads = unit_names(first, lexicons)
        if cut:
            partners = unit_names(cell[cut.end() :], lexicons)
            if not partners:  # "A chủ trì, B phối hợp"
                leads, partners = leads[:1], leads[1:]
    if "partner" in record.values:
        start, end = record.values["partner"]
        partners = (*partners, *unit_names(text[start:end], lexicons))
    return leads, tuple(dict.fromkeys(partners))


def _trimmed(text: str, span: Span) -> Span:
    start, end = span
    while end > start and text[end - 1] in " \n;./":
        end -= 1
    return start, end


def _value(text: str, span: Span | None) -> str | None:
    if span is None:
        return None
    start, end = _trimmed(text, span)
    return text[start:end] or None
