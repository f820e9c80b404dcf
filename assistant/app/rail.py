"""The side bar: earlier conversations of this browser, found, renamed, opened again, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from assistant.history import Summary

KEPT = (
    "Hội thoại được lưu trên máy chủ của Trợ lý ảo (tệp history.sqlite trong thư mục dữ liệu), không gửi "
    "đi đâu. Chỉ trình duyệt này mở lại được; có thể xóa bất cứ lúc nào."
)
NOT_KEPT = "Máy chủ này không lưu hội thoại; tải lại trang là hội thoại mất."

RAIL_HEAD = """
<div class="rail-head"><h2 tabindex="-1">Hội thoại</h2>
<button type="button" class="tool tool-icon rail-close" data-rail
aria-label="Đóng danh sách hội thoại">✕</button></div>
<a class="tool rail-new" href="./" data-new>+ Hội thoại mới</a>
<input type="search" class="field" id="rail-search" placeholder="Tìm hội thoại…" maxlength="100"
aria-label="Tìm hội thoại" autocomplete="off">
"""


def _day(iso: str) -> str:
    """Return when something was stored (ISO, UTC) as a day here: 05/02/2026."""
    return datetime.fromisoformat(iso).astimezone().strftime("%d/%m/%Y")


def render_earlier(conversations: Sequence[Summary], *, kept: bool, matching: str = "") -> str:
    """Return the list of earlier conversations that this browser may open again."""
    items = "".join(
        f'<li class="talk" data-talk="{escape(one.id)}">'
        f'<button type="button" class="earlier" data-resume="{escape(one.id)}" title="{escape(one.title)}">'
        f'<span class="talk-title">{escape(one.title)}</span>'
        f'<span class="talk-facts">{one.messages} lượt hỏi · {_day(one.updated)}</span></button>'
        f'<span class="talk-tools"><button type="button" data-rename="{escape(one.id)}">Đổi tên</button>'
        f'<button type="button" data-forget="{escape(one.id)}">Xóa</button></span></li>'
        for one in conversations
    )
    if items:
        listed = f'<ul class="talks">{items}</ul>'
    elif matching:
        listed = f'<p class="rail-none">Không có hội thoại nào chứa «{escape(matching)}».</p>'
    else:
        listed = '<p class="rail-none">Chưa có hội thoại nào được lưu.</p>'
    return f'<div data-earlier>{listed}<p class="rail-kept">{escape(KEPT if kept else NOT_KEPT)}</p></div>'
