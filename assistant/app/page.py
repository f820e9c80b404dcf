"""The page's widgets and which handler each event calls; nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from assistant.app.browse import Browse
from assistant.app.graph import render_graph_opener
from assistant.app.handlers import Conversation, Handlers
from assistant.app.rail import RAIL_HEAD
from assistant.app.store_page import STORE
from assistant.app.theme import office_theme

TITLE = "Trợ lý ảo"
MAX_SESSIONS = 150
"""Conversations held at once, the longest unused one forgotten first; with ``MAX_TURNS`` this bounds
the server's memory (an answer takes some 8 KB, so at worst 150 MB). A commune has about 50 officials."""

_PLUS = (
    '<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">'
    '<path d="M10 4v12M4 10h12" fill="none" stroke="currentColor" stroke-width="2"/></svg>'
)
_HALF = (
    '<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">'
    '<circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="2"/>'
    '<path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor"/></svg>'
)
_LINES = (
    '<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">'
    '<path d="M3 5h14M3 10h14M3 15h14" fill="none" stroke="currentColor" stroke-width="2"/></svg>'
)
_HEADER = f"""
<header class="masthead"><div class="brand">
<button type="button" class="tool tool-icon" data-rail aria-expanded="false" aria-controls="rail"
aria-label="Danh sách hội thoại" title="Danh sách hội thoại">{_LINES}</button>
<span class="seal" aria-hidden="true">§</span>
<div><h1>{TITLE}</h1><p>Tra cứu văn bản và kế hoạch của xã, trả lời kèm trích dẫn</p></div></div>
<nav class="nav" aria-label="Các trang">
<a href="/" data-view="ask">Hỏi đáp</a><a href="/?view=van-ban" data-view="library">Văn bản</a>
<a href="/?view=nhiem-vu" data-view="tasks">Nhiệm vụ</a>
<a href="/?view=kho" data-view="store">Kho</a></nav>
<div class="masthead-tools"><a class="tool tool-icon" href="./" data-new
title="Bắt đầu hội thoại mới" aria-label="Hội thoại mới">
{_PLUS}<span class="tool-words">Hội thoại mới</span></a>
<button type="button" class="tool tool-icon" data-theme-toggle aria-label="Đổi nền sáng, tối"
title="Đổi nền sáng, tối">{_HALF}</button></div></header>
"""

_PANEL_TABS = """
<div class="panel-tabs" role="group" aria-label="Khung bên">
<button type="button" class="tab" data-show="source" aria-pressed="false">Nguồn trích dẫn</button>
<button type="button" class="tab" data-show="shelf" aria-pressed="true">Kho hiện có</button>
<button type="button" class="tab tab-close" data-close-panel aria-label="Đóng khung nguồn">Đóng</button></div>
"""

LATEST = ("open_source", "resume", "earlier", "library", "document", "tasks")
"""Events of which only the newest counts: one at a time from a page, then the last one asked for meanwhile.
gradio's own ``always_last`` asks again with the data of the first (6.31)."""

_BRIDGE = """
const latest = new Set(LATEST), running = {}, next = {};
const send = (name, detail) => {
  if (!latest.has(name)) { trigger(name, detail); return; }
  if (running[name]) { next[name] = [detail]; return; }
  running[name] = setTimeout(() => done(name), 15000); // a lost answer stops nothing for good
  trigger(name, detail);
};
const done = (name) => {
  clearTimeout(running[name]);
  running[name] = 0;
  const waiting = next[name];
  delete next[name];
  if (waiting) send(name, waiting[0]);
};
window.addEventListener('troly:done', (e) => done(e.detail));
for (const [said, name] of Object.entries(EVENTS))
  window.addEventListener('troly:' + said, (e) => send(name, e.detail));
window.trolyBridge = true;
window.dispatchEvent(new CustomEvent('troly:bridge'));
""".replace("LATEST", json.dumps(LATEST)).replace(
    "EVENTS",
    json.dumps(
        {
            "open": "open_source", "ask": "ask_suggested", "resume": "resume", "forget": "forget",
            "earlier": "earlier", "rename": "rename", "vote": "vote", "library": "library",
            "document": "document", "tasks": "tasks",
        }
    ),
)  # fmt: skip
"""gr.HTML's way of raising an event of its own; static/app.js sends these from clicks and at the start."""


def build_page(handlers: Handlers, browse: Browse) -> gr.Blocks:
    """Return the Blocks of all pages; every event is private, two run at once."""
    thread, source, shelf, scope = handlers.opening()
    empty: Conversation = ()
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        conversation = gr.State(empty)
        gr.HTML(_HEADER, js_on_load=None, apply_default_css=False, elem_id="masthead")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="rail", scale=0, min_width=0):
                gr.HTML(RAIL_HEAD, js_on_load=None, apply_default_css=False, elem_id="rail-head")
                kept = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="earlier")
            with gr.Column(elem_id="chat", scale=1, min_width=0):
                log = gr.HTML(thread, js_on_load=_BRIDGE, apply_default_css=False, elem_id="log")
                with gr.Row(elem_id="composer"):
                    box = gr.Textbox(
                        label="Câu hỏi của anh/chị",
                        show_label=False,
                        container=False,
                        placeholder="Nhập câu hỏi…",
                        lines=1,
                        max_lines=5,
                        autofocus=True,
                        elem_id="question",
                        scale=1,
                        min_width=0,
                    )
                    send = gr.Button("Gửi", variant="primary", elem_id="send", scale=0, min_width=0)
                fields = gr.HTML(scope, js_on_load=None, apply_default_css=False, elem_id="scope")
                # What the two fields hold goes with the question itself, so that it is never another's.
                chosen = gr.Textbox("", show_label=False, container=False, visible="hidden", elem_id="chosen")
            with gr.Column(elem_id="panel", scale=1, min_width=0):
                gr.HTML(_PANEL_TABS, js_on_load=None, apply_default_css=False, elem_id="tabs")
                panel = gr.HTML(source, js_on_load=None, apply_default_css=False, elem_id="source")
                holdings = gr.HTML(shelf, js_on_load=None, apply_default_css=False, elem_id="shelf")
        with gr.Column(elem_id="page-library", elem_classes="page"):
            forms = gr.HTML(browse.forms(), js_on_load=None, apply_default_css=False)
            gr.HTML(render_graph_opener(), js_on_load=None, apply_default_css=False)
            table = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="library")
        with gr.Column(elem_id="page-document", elem_classes="page"):
            sheet = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="document")
        with gr.Column(elem_id="page-tasks", elem_classes="page"):
            task_forms = gr.HTML(browse.tasks_form(), js_on_load=None, apply_default_css=False)
            tasks = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="tasks")
        with gr.Column(elem_id="page-store", elem_classes="page"):
            gr.HTML(STORE, js_on_load=None, apply_default_css=False)
        # Private: absent from every API listing and refused to client libraries (server.py closes the
        # routes as well). One at a time from a session ("once"), so that a double click asks once.
        asking: dict[str, Any] = {
            "fn": handlers.ask,
            "inputs": [box, conversation, chosen],
            "outputs": [log, box, conversation],
            "api_visibility": "private",
            "show_progress": "hidden",
            "trigger_mode": "once",
            "concurrency_limit": 2,
            "concurrency_id": "ask",
        }
        gr.on([box.submit, send.click], **asking)
        log.ask_suggested(**asking)
        reading: dict[str, Any] = {
            "api_visibility": "private",
            "show_progress": "hidden",
            "concurrency_limit": 4,
            "concurrency_id": "source",
        }

        def newest(name: str, fn: Callable[..., Any], inputs: Any, outputs: list[Any]) -> None:
            """Run an event of ``LATEST``; the page is told when it is over."""
            told = f"() => {{ window.dispatchEvent(new CustomEvent('troly:done', {{detail: '{name}'}})); }}"
            event = getattr(log, name)(fn, inputs, outputs, trigger_mode="multiple", **reading)
            event.then(None, js=told, api_visibility="private", show_progress="hidden")

        newest("open_source", handlers.open_source, [conversation], [panel])
        newest("resume", handlers.resume, None, [log, conversation])
        newest("earlier", handlers.earlier, None, [kept])
        newest("library", browse.library, None, [table])
        newest("document", browse.document, None, [sheet])
        newest("tasks", browse.tasks, None, [tasks])
        log.forget(handlers.forget, [conversation], [log, conversation, kept], trigger_mode="once", **reading)
        log.rename(handlers.rename, None, [kept], trigger_mode="once", **reading)
        log.vote(handlers.vote, [conversation], [log, conversation], trigger_mode="once", **reading)
        page.load(browse.forms, None, [forms], **reading)
        page.load(browse.tasks_form, None, [task_forms], **reading)
        page.load(handlers.start, None, [panel, holdings, fields], **reading)
    page.state_session_capacity = MAX_SESSIONS
    return page


__all__ = ["TITLE", "build_page", "office_theme"]
