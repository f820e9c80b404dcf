"""Nhiệm vụ: every task record, who leads it, until when, and the provision that says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any
from urllib.parse import urlencode

from assistant.app.library_page import NONE, open_document
from assistant.app.render import EXPORT, display_date, display_number
from assistant.deadlines import DUE, days_left
from assistant.fields import UNSAID
from assistant.shapes import ROLES

AHEAD = 5
"""Deadlines ahead that are shown above the table."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the page asks for; "" leaves a filter out."""

    unit: str = ""
    role: str = ""
    document: str = ""
    due: str = ""
    words: str = ""
    field: str = ""

    @property
    def given(self) -> dict[str, str]:
        """The filters that are set, as the API and the page's address name them."""
        named = {"unit": self.unit, "role": self.role, "field": self.field, "document": self.document}
        return {name: v for name, v in (named | {"due": self.due, "words": self.words}).items() if v}


@dataclass(frozen=True, slots=True)
class Row:
    """One task as JSON (``assistant.shapes.task_json``) with the next day it is due."""

    task: dict[str, Any]
    due: date | None


def render_tasks_form(
    units: Sequence[str], documents: Sequence[tuple[str, str]], fields: Sequence[str] = ()
) -> str:
    """Return the head of the page with its filters; ``documents`` are (id, name) of those with tasks."""

    def options(pairs: Sequence[tuple[str, str]]) -> str:
        return "".join(f'<option value="{escape(value)}">{escape(name)}</option>' for value, name in pairs)

    def choice(name: str, label: str, every: str, pairs: Sequence[tuple[str, str]]) -> str:
        return (
            f'<label><span>{label}</span><select class="field" data-filter="{name}">'
            f'<option value="">{every}</option>{options(pairs)}</select></label>'
        )

    roles = [(code, name) for code, name in ROLES.items()]
    return (
        '<div class="page-head"><h2 tabindex="-1">Nhiệm vụ</h2><div class="filters" role="search" '
        'aria-label="Tìm nhiệm vụ" data-filters="tasks">'
        '<label class="wide"><span>Tìm</span><input type="search" class="field" data-filter="words" '
        'maxlength="200" placeholder="chữ trong nhiệm vụ; không dấu cũng được" autocomplete="off"></label>'
        + choice("unit", "Đơn vị", "mọi đơn vị", [(unit, unit) for unit in units])
        + choice("role", "Vai trò", "mọi vai trò", roles)
        + choice("field", "Lĩnh vực", "mọi lĩnh vực", [*((f, f) for f in fields), (UNSAID, "không ghi")])
        + choice("document", "Văn bản", "mọi văn bản", documents)
        + choice("due", "Thời hạn", "tất cả", list(DUE.items()))
        + "</div></div>"
    )


def _left(due: date, today: date) -> str:
    days = days_left(due, today)
    said = "hôm nay" if days == 0 else f"còn {display_number(days)} ngày"
    if days < 0:
        said = f"đã qua {display_number(-days)} ngày"
    css = "late" if days < 0 else "soon" if days <= 30 else "far"
    return f'<span class="left left-{css}">{escape(display_date(due.isoformat()))}, {said}</span>'


def _place(task: dict[str, Any]) -> str:
    return open_document(task["document_id"], task["label"], task["provision_id"], "place")


def _row(row: Row, today: date) -> str:
    task = row.task
    role = ROLES.get(task["role"], task["role"])
    due = escape(task["deadline"]) if task["deadline"] else NONE
    if row.due is not None:
        due += f"<br>{_left(row.due, today)}"
    others = "; ".join(task["cooperates"])
    basis = "; ".join(task["legal_basis"])
    fields = "; ".join(task["fields"])
    rests = f'<p class="task-basis">Lĩnh vực: {escape(fields)}</p>' if fields else ""
    rests += f'<p class="task-basis">Căn cứ được dẫn: {escape(basis)}</p>' if basis else ""
    return (
        f'<tr><th scope="row" data-label="Nhiệm vụ">{escape(task["what"])}{rests}</th>'
        f'<td data-label="Đơn vị">{escape(task["unit"])} <span class="role">{escape(role)}</span></td>'
        f'<td data-label="Phối hợp">{escape(others) or NONE}</td><td data-label="Thời hạn">{due}</td>'
        f'<td data-label="Vị trí">{_place(task)}</td></tr>'
    )


def _ahead(rows: Sequence[Row], today: date) -> str:
    coming = sorted(
        (row for row in rows if row.due is not None and row.due >= today),
        key=lambda row: row.due or today,
    )
    if not coming:
        return ""
    items = "".join(
        f"<li>{_left(row.due or today, today)} <strong>{escape(row.task['unit'])}</strong>: "
        f"{escape(row.task['what'])} <span>({_place(row.task)})</span></li>"
        for row in coming[:AHEAD]
    )
    return f'<section class="ahead"><h3>Sắp đến hạn</h3><ul>{items}</ul></section>'


def _units(rows: Sequence[Row]) -> str:
    counts = Counter(row.task["unit"] for row in rows)
    items = "".join(
        f'<li><a class="suggest" href="/?{escape(urlencode({"view": "nhiem-vu", "unit": unit}))}" '
        f'data-view="tasks">{escape(unit)} <span class="count">{display_number(count)}</span></a></li>'
        for unit, count in counts.items()
    )
    return f'<ul class="suggests units" aria-label="Các đơn vị">{items}</ul>'


def _unit_line(unit: str, rows: Sequence[Row]) -> str:
    """Return "Phòng Kinh tế: 3 nhiệm vụ: 2 chủ trì, 1 phối hợp; 1 có ngày đến hạn."."""
    counts = Counter(row.task["role"] if row.task["unit"] == unit else "cooperate" for row in rows)
    parts = [f"{display_number(counts[code])} {name}" for code, name in ROLES.items() if counts[code]]
    dated = sum(row.due is not None for row in rows)
    return (
        f'<p class="unit-line" role="status"><strong>{escape(unit)}</strong>: '
        f"{display_number(len(rows))} nhiệm vụ{escape(': ' + ', '.join(parts) if parts else '')}"
        f"{f'; {dated} có ngày đến hạn' if dated else ''}.</p>"
    )


def render_tasks(rows: Sequence[Row], total: int, filters: Filters, today: date) -> str:
    """Return the table of ``rows``, of ``total`` task records in the library."""
    address = f"{EXPORT}/tasks.xlsx" + (f"?{urlencode(filters.given)}" if filters.given else "")
    out = f'<a class="step" href="{escape(address)}" download>Tải bảng này (Excel)</a>' if rows else ""
    if filters.unit:
        head = _unit_line(filters.unit, rows)
        head += '<a class="back" href="/?view=nhiem-vu" data-view="tasks">‹ Mọi đơn vị</a>'
    else:
        of = f" trong tổng số {display_number(total)}" if len(rows) < total else ""
        head = f'<p class="count-line" role="status">{display_number(len(rows))} nhiệm vụ{of}</p>'
        head += _units(rows)
    if not rows:
        words = "Không có nhiệm vụ nào như vậy. Thử bớt từ hoặc bỏ bớt lựa chọn."
        if not total:
            words = "Chưa đọc được nhiệm vụ nào từ các văn bản trong kho."
        return f'{head}<p class="none">{words}</p>'
    heads = "".join(
        f'<th scope="col">{name}</th>' for name in ("Nhiệm vụ", "Đơn vị", "Phối hợp", "Thời hạn", "Vị trí")
    )
    body = "".join(_row(row, today) for row in rows)
    return (
        f'{head}{_ahead(rows, today)}<div class="table-tools">{out}</div>'
        '<div class="table-box"><table class="grid tasks-grid cards-on-phone">'
        f'<caption class="sr">Nhiệm vụ</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
