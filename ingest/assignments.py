"""Work that a provision gives to units: "Giao Phòng X chủ trì, phối hợp với Y …", "- Cơ quan chủ trì: X"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from corpus.kinds import kind_named
from corpus.lexicons import Lexicons
from corpus.model import ParsedDocument, Provision, Task
from corpus.provisions import quoted_paths
from corpus.text import fold
from ingest.deadlines import find_deadline
from ingest.unit_names import UNIT_WORDS, unit_names

# Laws lay down what bodies are there for; who does what until when stand in these.
_GIVES = ("Quyết định", "Chỉ thị", "Nghị quyết", "Kết luận", "Thông báo", "Công văn", "Công điện", "Văn bản")
_VERBS = (
    r"chu tri|lam dau moi|la co quan thuong truc|tham muu|to chuc|xay dung|theo doi|thuc hien|tong hop"
    r"|ra soat|huong dan|trien khai|co trach nhiem|chiu trach nhiem|kiem tra|don doc|can cu|lap|bo tri"
    r"|dang tai"
)
_GIVEN = re.compile(
    r"(?<!duoc )\b(?:giao|phan cong)(?: cho)?(?: trach nhiem cho)?:? "
    rf"(?P<who>[^.;:]{{3,160}}?),? (?P<verb>{_VERBS})\b"
)
_OPENS = re.compile(
    rf"(?:\d{{1,3}}[.)] |[a-zd]\) |[-+–] )?(?P<who>(?:{UNIT_WORDS})\b[^.;:]{{0,100}}?),? chu tri\b"
)
_WITH = re.compile(r"\bphoi hop(?: chat che)?(?: (?:voi|cung))?\s+")
_LABELS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "lead",
        re.compile(r"(?:co quan |don vi |bo phan )?(?:chu tri|dau moi|thuc hien)(?: thuc hien)?\s*:\s*"),
    ),
    ("partner", re.compile(r"(?:co quan |don vi |bo phan )?phoi hop(?: thuc hien)?\s*:\s*")),
    (
        "deadline",
        re.compile(
            r"(?:thoi gian|thoi han|tien do|han)(?: (?:thuc hien|hoan thanh|trinh))*(?: xong)?\s*:\s*"
        ),
    ),
    ("product", re.compile(r"(?:san pham|ket qua|dau ra)(?: (?:dau ra|thuc hien|hoan thanh))?\s*:\s*")),
)
_MARK = re.compile(r"\s*(?:[-+–•*]|[a-zđ]\)|\d{1,3}[.)])?\s*")
_DO_WHAT = re.compile(
    r"\s*(?:xay dung|tham muu|to chuc|trien khai|thuc hien|ra soat|ban hanh|theo doi|huong dan|tong hop|trinh"
    r"|kiem tra|cap nhat|bao cao|lap|de xuat|nghien cuu|tuyen truyen|day manh|tang cuong|hoan thien|bo tri"
    r"|phat trien|nang cap)\b"
)


def assigned_tasks(parsed: ParsedDocument, lexicons: Lexicons, taken: frozenset[str]) -> Iterator[Task]:
    """Yield the tasks that provisions assign in words, in order.

    ``taken`` are ids of provisions that gave tasks otherwise.
    """
    text = parsed.document.text
    kind = kind_named(parsed.document.kind)
    if parsed.document.basis != "full_text" or not kind or not (kind.family == "plan" or kind.name in _GIVES):
        return
    quoted = quoted_paths(parsed.provisions)
    labelled: dict[str, dict[str, tuple[Provision, str]]] = {}
    by_path = {p.path: p for p in parsed.provisions}
    for p in parsed.provisions:
        label = _label(text[p.start : p.own_end])
        if label and p.parent is not None:
            labelled.setdefault(p.parent, {}).setdefault(label[0], (p, label[1]))
    for p in parsed.provisions:
        if (
            p.kind in ("row", "table", "letterhead", "preamble", "signature", "recipients")
            or p.path in quoted
        ):
            continue
        own = text[p.start : p.own_end]
        if p.path in labelled:
            yield from _labelled(p, own, text, labelled[p.path], lexicons)
        elif p.id not in taken and not _label(own) and not _under_unit(p, by_path, lexicons):
            yield from _in_words(p, own, lexicons)


def _label(own: str) -> tuple[str, str] | None:
    """Return (field, value) of a line such as "- Cơ quan chủ trì: Phòng Kinh tế"."""
    start = _MARK.match(own)
    at = start.end() if start else 0
    folded = fold(own)
    for name, pattern in _LABELS:
        match = pattern.match(folded, at)
        if match and match.end() < len(own):
            return name, own[match.end() :].strip(" .;/\n")
    return None


def _labelled(
    p: Provision, own: str, text: str, values: Mapping[str, tuple[Provision, str]], lexicons: Lexicons
) -> Iterator[Task]:
    if "lead" not in values:
        return
    leads = unit_names(values["lead"][1], lexicons)
    partners = unit_names(values["partner"][1], lexicons) if "partner" in values else ()
    start = p.start + (match.end() if (match := _MARK.match(own)) else 0)
    end = p.start + len(own.rstrip(" .;:/\n"))
    for n, lead in enumerate(leads):
        yield Task(
            id=f"{p.id}#{n}", provision_id=p.id, lead=lead,
            cooperates=tuple(x for x in partners if x not in leads), what=text[start:end],
            start=start, end=end, role="lead",
            deadline=values["deadline"][1] if "deadline" in values else None,
            deadline_provision=values["deadline"][0].id if "deadline" in values else None,
            product=values["product"][1] if "product" in values else None,
            leads=leads,
        )  # fmt: skip


def _in_words(p: Provision, own: str, lexicons: Lexicons) -> Iterator[Task]:
    folded = fold(own)
    matches: Sequence[re.Match[str]] = list(_GIVEN.finditer(folded))
    if not matches:
        opening = _OPENS.match(folded)
        matches = [opening] if opening else []
    number = 0
    for n, match in enumerate(matches):
        leads = unit_names(own[match.start("who") : match.end("who")], lexicons)
        if not leads:
            continue
        end = matches[n + 1].start() if n + 1 < len(matches) else len(own)
        clause = re.compile(r"[.;](?=\s|$)").search(own, match.end(), end)
        end = clause.start() if clause else end
        partners, work = _partners(own, folded, match, end, lexicons)
        start = match.start("verb") if "verb" in match.groupdict() and match["verb"] != "chu tri" else work
        while end > start and own[end - 1] in " \n;./":
            end -= 1
        if end <= start:
            continue
        when = find_deadline(own[match.start() : end])
        for lead in leads:
            yield Task(
                id=f"{p.id}#{number}", provision_id=p.id, lead=lead,
                cooperates=tuple(x for x in partners if x not in leads), what=own[start:end],
                start=p.start + start, end=p.start + end, role="lead" if "chu tri" in match[0] else "do",
                deadline=own[match.start() + when[0] : match.start() + when[1]] if when else None,
                deadline_provision=p.id if when else None, leads=leads,
            )  # fmt: skip
            number += 1


def _partners(
    own: str, folded: str, match: re.Match[str], end: int, lexicons: Lexicons
) -> tuple[tuple[str, ...], int]:
    """Return the units named after "phối hợp với", and where the work begins behind them."""
    work = match.end()
    while work < end and own[work] in " ,":
        work += 1
    with_ = _WITH.match(folded, work, end)
    if with_ is None:
        return (), work
    verb = _DO_WHAT.search(folded, with_.end(), end)
    stop = verb.start() if verb else end
    while verb and stop < end and own[stop] == " ":
        stop += 1
    return unit_names(own[with_.end() : verb.start() if verb else end], lexicons), stop if verb else work


def _under_unit(p: Provision, by_path: Mapping[str, Provision], lexicons: Lexicons) -> bool:
    """True under a title that is a unit: those tasks are that unit's (see ``ingest.tasks``)."""
    parent = p.parent
    while parent is not None:
        above = by_path[parent]
        if above.heading and lexicons.canonical_unit(above.heading):
            return True
        parent = above.parent
    return False
