"""Văn bản: the library as a table that is searched and sorted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from assistant.app.render import badge, display_date, display_number
from assistant.app.states import Standing, state_badge
from assistant.citation import document_label
from corpus.model import Document
from corpus.text import fold

NONE = '<span class="dash">—</span>'
"""What stands in a cell of something that is not known; left out where a row is a card (pages.css)."""
SORTS = {
    "name": "Văn bản",
    "issuer": "Cơ quan ban hành",
    "issued": "Ban hành",
    "effective": "Hiệu lực từ",
    "state": "Tình trạng",
    "size": "Đơn vị",
    "basis": "Nội dung",
}
"""Column -> its heading; any of them sorts the table."""


@dataclass(frozen=True, slots=True)
class Row:
    """One document with what is known of its validity and how many provisions it has."""

    document: Document
    standing: Standing
    size: int


@dataclass(frozen=True, slots=True)
class View:
    """What is asked for; unknown values mean "all" and the library's own order."""

    words: str = ""
    kind: str = ""
    basis: str = ""
    sort: str = ""
    down: bool = False


def document_link(document_id: str, at: str = "") -> str:
    """Return the address that opens a document, ``at`` a provision of it."""
    place = f"&at={quote(at, safe=':.-_~')}" if at else ""
    return f"/?document={quote(document_id, safe='.-_~')}{place}"


def open_document(document_id: str, words: str, at: str = "", css: str = "doc-link") -> str:
    """Return a link that opens a document (at a provision) in the page; ``words`` are plain text."""
    aim = f' data-at="{escape(at)}"' if at else ""
    return (
        f'<a class="{css}" href="{escape(document_link(document_id, at))}" '
        f'data-document="{escape(document_id)}"{aim}>{escape(words)}</a>'
    )


def _key(row: Row, column: str) -> tuple[bool, object]:
    """Return what a column sorts by; what is not known comes last."""
    document = row.document
    value: object = {
        "name": fold(document_label(document)),
        "issuer": fold(document.issuer or ""),
        "issued": document.issued or "",
        "effective": document.effective or "",
        "state": row.standing.status.state,
        "size": row.size,
        "basis": document.basis,
    }[column]
    return (value == "", value)


def matching(rows: Sequence[Row], view: View) -> list[Row]:
    """Return the rows that a view asks for, sorted; every word must occur, with marks or without."""
    words = fold(view.words).split()
    found = []
    for row in rows:
        document = row.document
        said = fold(
            " ".join(
                filter(None, (document_label(document), document.title, document.issuer, document.signer))
            )
        )
        fits = view.kind in ("", document.kind) and view.basis in ("", document.basis)
        if fits and all(word in said for word in words):
            found.append(row)
    if view.sort in SORTS:
        known = [row for row in found if not _key(row, view.sort)[0]]
        rest = [row for row in found if _key(row, view.sort)[0]]
        found = sorted(known, key=lambda row: _key(row, view.sort)[1], reverse=view.down) + rest  # type: ignore[arg-type, return-value]
    return found


def render_library_form(kinds: Sequence[str]) -> str:
    """Return the head of the page with its filters; it is not written again when the table is."""
    options = "".join(f'<option value="{escape(kind)}">{escape(kind)}</option>' for kind in kinds)
    return (
        '<div class="page-head"><h2 tabindex="-1">Văn bản</h2><div class="filters" role="search" '
        'aria-label="Tìm văn bản" data-filters="library">'
        '<label class="wide"><span>Tìm</span><input type="search" class="field" data-filter="words" '
        'maxlength="200" placeholder="số, tên, cơ quan, người ký; không dấu cũng được" autocomplete="off">'
        f'</label><label><span>Loại</span><select class="field" data-filter="kind"><option value="">mọi loại'
        f'</option>{options}</select></label><label><span>Nội dung</span><select class="field" '
        'data-filter="basis"><option value="">tất cả</option><option value="full_text">toàn văn</option>'
        '<option value="card">tóm tắt</option></select></label></div></div>'
    )


def _cell(column: str, content: str) -> str:
    return f'<td data-label="{SORTS[column]}">{content}</td>'


def _row(row: Row) -> str:
    document = row.document
    title = escape(document.title) if document.title else ""
    draft = '<span class="badge badge-draft">Có thể là dự thảo</span>' if document.draft else ""
    return (
        f'<tr><th scope="row" data-label="{SORTS["name"]}">'
        f'{open_document(document.id, document_label(document))}<p class="doc-title">{title}</p></th>'
        + _cell("issuer", escape(document.issuer or "") or NONE)
        + _cell("issued", escape(display_date(document.issued)) or NONE)
        + _cell("effective", escape(display_date(document.effective)) or NONE)
        + _cell("state", state_badge(row.standing))
        + _cell("size", display_number(row.size))
        + _cell("basis", badge(document.basis) + draft)
        + "</tr>"
    )


def render_library(rows: Sequence[Row], total: int, view: View) -> str:
    """Return the table of ``rows``, of ``total`` documents in the library."""
    count = f"{display_number(len(rows))} văn bản"
    if len(rows) < total:
        count += f" trong tổng số {display_number(total)}"
    said = f'<p class="count-line" role="status">{count}</p>'
    if not rows:
        return said + '<p class="none">Không có văn bản nào như vậy. Thử bớt từ hoặc bỏ bớt lựa chọn.</p>'
    heads = ""
    for column, name in SORTS.items():
        on = column == view.sort
        order = ("descending" if view.down else "ascending") if on else "none"
        arrow = ("↓" if view.down else "↑") if on else "↕"
        heads += (
            f'<th scope="col" aria-sort="{order}"><button type="button" data-sort="{column}" '
            f'data-down="{int(on and not view.down)}">{name} <span aria-hidden="true">{arrow}</span>'
            "</button></th>"
        )
    body = "".join(map(_row, rows))
    return (
        f'{said}<div class="table-box"><table class="grid library-grid">'
        f'<caption class="sr">Các văn bản trong kho</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )
