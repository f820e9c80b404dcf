"""Answers as HTML. Everything that came from a person or a document is escaped here, once.

Pure functions from data to text: no gradio, no state. The page's own script finds its hooks in
``data-*`` attributes and attaches no inline handlers, so the content security policy can forbid them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from urllib.parse import quote

from assistant.antecedents import Past
from assistant.app.rail import KEPT, NOT_KEPT
from assistant.app.votes import render_vote
from assistant.contract import ABSTENTION, Answer, Option, spoken
from assistant.feedback import Verdict
from corpus.model import Basis, Citation

BASIS_NAMES: dict[Basis, tuple[str, str]] = {
    "full_text": ("Toàn văn", "Theo nguyên văn của văn bản trong kho"),
    "card": ("Tóm tắt", "Theo bản tóm tắt; kho chưa có toàn văn"),
    "inferred": ("Suy ra", "Ghép từ nhiều quy định; văn bản không nêu thẳng"),
}
"""Basis -> (the badge's words, what it means). The words carry the meaning, never the colour alone."""

SEARCH_TIPS = (
    "Nêu tên đơn vị, lĩnh vực hoặc số hiệu văn bản, ví dụ tên phòng hay số nghị định.",
    "Hỏi một việc trong một câu; viết không dấu hoặc viết tắt cũng được.",
    "Xem «Kho hiện có» để biết trợ lý đang giữ những văn bản nào.",
)

EXPORT = "/api/v1/export"
"""Where the API gives files (assistant/api.py)."""

_MARK = re.compile(r"\[(\d{1,3})\]")
_BULLET = re.compile(r"^\s*[-–•+]\s+")
_NAMED = re.compile(r"[^:“(\[]{2,70}(?::(?=\s)|(?=\s\())")
"""The head of a first line like "Phòng Kinh tế: chủ trì …": the answer itself, set in bold."""
_LAST_WORD = re.compile(r"\S{1,24}\s?$")
_SHORT_LEAD = 140


@dataclass(frozen=True, slots=True)
class Turn:
    """One question with its answer; ``number`` counts from 1 within a session.

    ``reading`` is the whole question that it was read as, ``conversation`` the id under which it is kept
    ("" where it is not) and ``message`` its number there, ``unit`` the unit whose duties it lists,
    ``scope`` the documents that were chosen beside the question, ``vote`` (id, verdict) what was said of it.
    """

    number: int
    question: str
    answer: Answer
    reading: str = ""
    conversation: str = ""
    message: int = 0
    unit: str = ""
    scope: str = ""
    vote: tuple[str, Verdict] | None = None

    @property
    def past(self) -> Past:
        """The turn as the next question sees it."""
        return Past(self.question, self.reading or self.question, self.answer)


def deep_link(provision_id: str) -> str:
    """Return the address, relative to the page's origin, that opens a provision."""
    return "/?provision=" + quote(provision_id, safe=":.-_~")


def display_date(value: str | None) -> str:
    """Return an ISO date, maybe partial, as Vietnamese officials write it; "" for None.

    "2025-06-12" -> "12/06/2025", "2026-04" -> "tháng 4/2026", "2026" -> "năm 2026".
    """
    if not value:
        return ""
    parts = value.split("-")
    if not all(part.isdigit() for part in parts):
        return value
    if len(parts) == 3:
        return f"{parts[2]:0>2}/{parts[1]:0>2}/{parts[0]}"
    return f"tháng {int(parts[1])}/{parts[0]}" if len(parts) == 2 else f"năm {parts[0]}"


def display_number(value: float, digits: int = 0) -> str:
    """Return a number the Vietnamese way: "1.234,5"."""
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def badge(basis: Basis) -> str:
    """Return the badge that says how far the text can be trusted."""
    name, meaning = BASIS_NAMES[basis]
    return f'<span class="badge badge-{basis}" title="{escape(meaning)}">{escape(name)}</span>'


def notice(lines: Iterable[str]) -> str:
    """Return a visible warning box, or "" where there is nothing to warn of."""
    items = list(dict.fromkeys(line for line in lines if line.strip()))
    if not items:
        return ""
    body = "".join(f"<li>{escape(line)}</li>" for line in items)
    return f'<div class="notice" role="note"><strong>Lưu ý</strong><ul>{body}</ul></div>'


def _chip(turn: int, index: int, citation: Citation) -> str:
    """Return the numbered link of one citation; it names its message, so it never opens another's."""
    return (
        f'<a class="chip" href="{escape(deep_link(citation.id))}" data-open="{escape(citation.id)}" '
        f'data-turn="{turn}" data-cite="{index}" title="{escape(citation.label)}" '
        f'aria-label="Xem nguồn {index}: {escape(citation.label)}">{index}</a>'
    )


def _with_chips(line: str, turn: Turn) -> str:
    """Return one line, escaped, its "[n]" marks turned into chips where such a citation exists."""
    out: list[str] = []
    cursor = 0
    for mark in _MARK.finditer(line):
        index = int(mark[1])
        if not 1 <= index <= len(turn.answer.citations):
            continue
        before = line[cursor : mark.start()]
        word = _LAST_WORD.search(before)
        at = word.start() if word else len(before)
        # The chip keeps to the word that it belongs to; alone at the start of a line it says nothing.
        out.append(f'{escape(before[:at])}<span class="kept">{escape(before[at:])}')
        out.append(f"{_chip(turn.number, index, turn.answer.citations[index - 1])}</span>")
        cursor = mark.end()
    out.append(escape(line[cursor:]))
    return "".join(out)


def _lead(line: str, turn: Turn) -> str:
    """Return the first line; what answers stands out, and a long sentence is not bold throughout."""
    head = _NAMED.match(line)
    if head:
        strong, rest = line[: head.end()], line[head.end() :]
        return (
            f'<p class="lead long"><strong>{_with_chips(strong, turn)}</strong>{_with_chips(rest, turn)}</p>'
        )
    css = "lead long" if len(line) > _SHORT_LEAD else "lead"
    return f'<p class="{css}">{_with_chips(line, turn)}</p>'


def _body(turn: Turn) -> str:
    """Return the answer's text: the first line leads, list lines become a list, the rest paragraphs."""
    lines = spoken(turn.answer)  # each quote has a card of its own
    if not lines:
        return ""
    out = [_lead(lines[0], turn)]
    items: list[str] = []
    for line in [*lines[1:], ""]:
        bullet = _BULLET.match(line)
        if bullet:
            items.append(f"<li>{_with_chips(line[bullet.end() :], turn)}</li>")
            continue
        if items:
            out.append(f"<ul>{''.join(items)}</ul>")
            items = []
        if line:
            out.append(f"<p>{_with_chips(line, turn)}</p>")
    return "".join(out)


def _source_card(turn: Turn, index: int, citation: Citation) -> str:
    """Return one entry of the list of sources under an answer."""
    page = f"Trang {citation.page} · " if citation.page is not None else ""
    own = [line for line in citation.warnings if line not in turn.answer.warnings]
    # The answer's own badge stands above; only a source that is weaker than that says so again.
    kind = badge(citation.basis) if citation.basis == "card" != turn.answer.basis else ""
    return (
        f'<li class="source-card"><a class="source-link" href="{escape(deep_link(citation.id))}" '
        f'data-open="{escape(citation.id)}" data-turn="{turn.number}" data-cite="{index}">'
        f'<span class="chip chip-still" aria-hidden="true">{index}</span>'
        f'<span class="source-label">{escape(citation.label)}</span></a>{kind}'
        f"<blockquote>{escape(citation.quote)}</blockquote>"
        f'<p class="source-facts">{escape(page + citation.title)}</p>{notice(own)}</li>'
    )


def _buttons(questions: Sequence[str], caption: str, css: str) -> str:
    if not questions:
        return ""
    body = "".join(
        f'<li><button type="button" class="suggest" data-ask="{escape(question)}">{escape(question)}'
        "</button></li>"
        for question in dict.fromkeys(questions)
    )
    title = f'<p class="caption">{escape(caption)}</p>'
    return f'<div class="{css}">{title}<ul class="suggests">{body}</ul></div>'


def _reply_answer(turn: Turn) -> str:
    answer = turn.answer
    sources = "".join(_source_card(turn, n, citation) for n, citation in enumerate(answer.citations, 1))
    listed = (
        f'<div class="sources"><p class="caption">Nguồn trích dẫn</p><ol>{sources}</ol></div>'
        if sources
        else ""
    )
    meta = ""
    if answer.basis:
        meta = badge(answer.basis)
        if answer.basis != "full_text":
            meta += f" <span>{escape(BASIS_NAMES[answer.basis][1])}</span>"
    total = answer.timings_ms.get("total")
    if total is not None:
        meta += f'<span class="timing">{display_number(total / 1000, 2)} giây</span>'
    return f'{_body(turn)}<p class="meta">{meta}</p>{notice(answer.warnings)}{listed}'


def _reply_abstain(turn: Turn) -> str:
    answer = turn.answer
    rest = answer.answer.removeprefix(ABSTENTION).strip()
    more = "".join(f"<p>{escape(line)}</p>" for line in rest.split("\n") if line.strip())
    near = "".join(f"<li>{escape(hint)}</li>" for hint in dict.fromkeys(answer.hints))
    if near:
        near = f'<p class="caption">Phần gần với câu hỏi, không phải câu trả lời</p><ul>{near}</ul>'
    tips = "".join(f"<li>{escape(tip)}</li>" for tip in SEARCH_TIPS)
    return (
        f'<div class="notfound"><p class="lead">{escape(ABSTENTION)}</p>{more}{near}{notice(answer.warnings)}'
        f'<p class="caption">Thử cách khác</p><ul>{tips}</ul></div>'
    )


def _understood(answer: Answer) -> str:
    if not answer.understood or answer.understood == answer.question:
        return ""
    return f'<p class="understood"><span>Hiểu là:</span> {escape(answer.understood)}</p>'


def _scope(turn: Turn) -> str:
    """Return the day and the documents that an answer holds for, "" for today and the whole library."""
    day = "" if turn.answer.as_of == date.today().isoformat() else display_date(turn.answer.as_of)
    parts = [f"tại ngày {day}" if day else "", f"chỉ tìm trong {turn.scope}" if turn.scope else ""]
    said = "; ".join(part for part in parts if part)
    if not said or turn.answer.outcome not in ("answer", "abstain"):
        return ""
    return f'<p class="asked-of"><span>Trả lời</span> {escape(said)}</p>'


def _downloads(turn: Turn) -> str:
    """Return the links that give an answer as a file."""
    if not turn.answer.answered:
        return ""
    if turn.conversation:
        address = f"{EXPORT}/conversations/{quote(turn.conversation)}.docx?message={turn.message}"
        link = f'<a class="step" href="{escape(address)}" download>Tải Word</a>'
    else:
        asked = escape(turn.reading or turn.question)
        link = f'<button type="button" class="step" data-word="{asked}">Tải Word</button>'
    if turn.unit:
        address = f"{EXPORT}/tasks.xlsx?unit={quote(turn.unit)}"
        link += f'<a class="step" href="{escape(address)}" download>Tải bảng nhiệm vụ (Excel)</a>'
    return f'<div class="downloads">{link}</div>'


def _options(options: Sequence[Option]) -> str:
    if not options:
        return ""
    body = "".join(
        f'<li><button type="button" class="suggest" data-ask="{escape(option.question)}">'
        f"{escape(option.label)}</button></li>"
        for option in options
    )
    return f'<div class="follow"><p class="caption">Chọn một ý</p><ul class="suggests">{body}</ul></div>'


def _reply(turn: Turn) -> str:
    answer = turn.answer
    if answer.outcome == "answer":
        body = _reply_answer(turn)
    elif answer.outcome == "abstain":
        body = _reply_abstain(turn)
    else:
        body = _body(turn) + notice(answer.warnings)
    caption = "Chọn một ý" if answer.outcome == "clarify" else "Hỏi tiếp"
    voting = ""
    if answer.outcome in ("answer", "abstain"):
        voting = render_vote(turn.number, turn.vote[1] if turn.vote else None, found=answer.answered)
    return (
        f'<div class="reply reply-{answer.outcome}"><p class="sr">Trợ lý trả lời:</p>{_understood(answer)}'
        f"{_scope(turn)}{body}{_downloads(turn)}{_options(answer.options)}"
        f"{_buttons(answer.follow_ups, caption, 'follow')}{voting}</div>"
    )


def _asked(number: int, question: str) -> str:
    return f'<div class="ask"><p class="sr">Câu hỏi {number}:</p><p>{escape(question)}</p></div>'


def render_turn(turn: Turn) -> str:
    """Return one question with its answer."""
    return (
        f'<article class="turn" data-turn-number="{turn.number}">'
        f"{_asked(turn.number, turn.question)}{_reply(turn)}</article>"
    )


def render_pending(number: int, question: str) -> str:
    """Return a question that is being answered."""
    return (
        f'<article class="turn pending" data-turn-number="{number}">{_asked(number, question)}'
        '<div class="reply reply-pending"><p class="lead">Đang tra cứu…</p></div></article>'
    )


def render_welcome(examples: Sequence[str]) -> str:
    """Return what stands in an empty conversation."""
    return (
        '<section class="welcome"><h2>Anh/chị cần tra cứu việc gì?</h2>'
        "<p>Trợ lý trả lời từ các văn bản đang có trong kho, kèm trích dẫn nguyên văn và vị trí trích. "
        "Nội dung nào văn bản không có, trợ lý sẽ báo là không tìm thấy.</p>"
        f"{_buttons(examples, 'Câu hỏi mẫu', 'examples')}</section>"
    )


def render_conversation(
    turns: Sequence[Turn],
    examples: Sequence[str],
    pending: tuple[int, str] | None = None,
    *,
    kept: bool = False,
    resumed: bool = False,
) -> str:
    """Return the whole conversation; an empty one shows the welcome with ``examples``.

    ``kept``: conversations are stored, which the page says; ``resumed``: what a page waits for at its start.
    """
    body = "".join(render_turn(turn) for turn in turns)
    if pending is not None:
        body += render_pending(*pending)
    identifier = turns[-1].conversation if turns else ""
    tools = _thread_tools(identifier) if identifier and pending is None else ""
    if not body:
        body = render_welcome(examples) + f'<p class="privacy">{escape(KEPT if kept else NOT_KEPT)}</p>'
    mark = " data-resumed" if resumed else ""
    return (
        '<div class="thread" role="log" aria-live="polite" aria-label="Hội thoại" tabindex="-1" '
        f'data-conversation="{escape(identifier)}"{mark}>{body}{tools}</div>'
    )


def _thread_tools(conversation: str) -> str:
    address = f"{EXPORT}/conversations/{quote(conversation)}.docx"
    return (
        f'<div class="thread-tools"><a class="step" href="{escape(address)}" download>'
        "Tải cả hội thoại (Word)</a>"
        f'<button type="button" class="step" data-forget="{escape(conversation)}">'
        "Xóa hội thoại này</button></div>"
    )
