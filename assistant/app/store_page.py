"""Kho: files sent and their reports, documents to take out or bring back, what people said of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path

from assistant.app.library_page import open_document
from assistant.app.render import badge, display_date, display_number
from assistant.app.store import MAX_UPLOAD, Waiting
from assistant.citation import document_label
from assistant.contract import spoken
from assistant.feedback import REASONS, Vote
from assistant.passphrase import LONGEST
from corpus.model import Document
from corpus.store import Library
from ingest.choices import Removed
from ingest.files import shown_name
from ingest.outcome import FileResult
from ingest.readers import SUFFIXES
from ingest.report import counts_line, source_text, status_word, summary

STORE = '<p id="store-says" role="status"></p><div id="store"></div>'
"""What stands on the page before store.js has fetched its content (store_api.py)."""
_DOUBTS_SHOWN = 50
_HOW = (
    "<p>Để thêm hoặc gỡ văn bản ngay trên trang, người quản trị đặt cụm mật khẩu trên máy chủ, một lần:</p>"
    "<pre><code>troly admin set-passphrase</code></pre>"
    "<p>Không đặt thì vẫn thêm văn bản được bằng dòng lệnh: <code>troly ingest TỆP</code>.</p>"
)


def _shell(body: str, tools: str = "") -> str:
    return f'<div class="page-head store-head"><h2 tabindex="-1">Kho</h2>{tools}</div>{body}'


def _facts(library: Library) -> str:
    documents = library.documents()
    full = sum(document.basis == "full_text" for document in documents)
    cards = len(documents) - full
    return (
        f'<p class="count-line">Kho <code>{escape(library.generation)}</code>: '
        f"{display_number(len(documents))} văn bản, {display_number(full)} có toàn văn, "
        f"{display_number(cards)} mới có tóm tắt.</p>"
    )


def render_read_only(library: Library) -> str:
    """Return the page where no passphrase is set: what there is, and how to open it for changes."""
    return _shell(
        f'{_facts(library)}<section class="card" data-store="read-only"><h3>Trang này chỉ để xem</h3>{_HOW}'
        "</section>"
    )


def render_locked(library: Library) -> str:
    """Return the page that asks for the passphrase."""
    return _shell(
        f'{_facts(library)}<section class="card unlock" data-store="locked"><h3>Dành cho người quản trị</h3>'
        "<p>Nhập cụm mật khẩu để thêm, gỡ văn bản và xem góp ý.</p>"
        '<label><span>Cụm mật khẩu</span><input type="password" class="field" data-passphrase '
        f'maxlength="{LONGEST}" autocomplete="current-password" aria-describedby="unlock-error"></label>'
        '<button type="button" class="step primary" data-unlock>Mở khóa</button>'
        '<p class="scope-error" id="unlock-error" role="alert"></p></section>'
    )


def _drop() -> str:
    kinds = ", ".join(SUFFIXES)
    return (
        '<section class="card" data-store="open"><h3>Thêm văn bản</h3><div class="drop" data-drop>'
        '<p>Kéo thả tệp vào đây, hoặc <label class="step pick">Chọn tệp'
        f'<input type="file" class="sr" data-files multiple accept="{kinds}"></label></p>'
        f'<p class="privacy">{kinds}; mỗi tệp tối đa {MAX_UPLOAD // 1024 // 1024} MB. Tệp được đọc thử '
        "trước, chỉ vào kho khi anh/chị bấm «Đưa vào kho».</p></div>"
        '<ul class="sending" data-sending aria-live="polite"></ul></section>'
    )


def _doubts(one: Waiting, result: FileResult) -> str:
    report = one.report
    item = next(
        (s for s in report.documents if s.parsed.document.id == result.document_id), None
    ) if report else None  # fmt: skip
    if item is None:
        return ""
    document = item.parsed.document
    counts = summary(item)
    lines = [
        f'<p><strong>{escape(document_label(document))}</strong> {escape(document.title)}<br>'
        f"<code>{escape(document.id)}</code>: {escape(counts_line(counts))}</p>"
    ]  # fmt: skip
    lines += [f'<p class="absent">! {escape(part)} chưa có trong kho.</p>' for part in document.missing]
    rows = "".join(
        f'<tr><td data-label="Điều còn ngờ">{escape(doubt.message)}</td>'
        f'<td data-label="Chỗ trong văn bản" class="source-words">'
        f"{f'<code>{escape(doubt.provision)}</code> ' if doubt.provision else ''}"
        f"{escape(source_text(item.parsed, doubt)) or '(cả tệp)'}</td></tr>"
        for doubt in document.doubts[:_DOUBTS_SHOWN]
    )
    if rows:
        more = len(document.doubts) - _DOUBTS_SHOWN
        rest = f'<p class="none">và {display_number(more)} điều nữa</p>' if more > 0 else ""
        lines.append(
            '<div class="table-box"><table class="grid cards-on-phone"><thead><tr>'
            '<th scope="col">Điều còn ngờ</th><th scope="col">Chỗ trong văn bản</th></tr></thead>'
            f"<tbody>{rows}</tbody></table></div>{rest}"
        )
    return "".join(lines)


def render_waiting(one: Waiting) -> str:
    """Return the report of one file that waits, with what can be done with it."""
    name = escape(one.path.name)
    discard = f'<button type="button" class="step" data-discard="{escape(one.key)}">Bỏ</button>'
    if one.refused:
        return (
            f'<li class="waiting-file refused"><h4>{name}</h4><p><strong>Không nhận được.</strong> '
            f"{escape(one.refused)}</p><div class='source-tools'>{discard}</div></li>"
        )
    results = [r for r in one.report.files if Path(r.path).is_relative_to(one.path)] if one.report else []
    results += [r for r in one.report.files if r.path.startswith(f"{one.path}!")] if one.report else []
    body = "".join(
        f"<p>{escape(shown_name(result.path))}: {escape(status_word(result.status))}. "
        f"{escape(result.message)}</p>{_doubts(one, result)}"
        for result in results
    )
    return (
        f'<li class="waiting-file"><h4>{name}</h4>{body}<div class="source-tools">'
        f'<button type="button" class="step primary" data-publish="{escape(one.key)}">Đưa vào kho</button>'
        f"{discard}</div></li>"
    )


def _held(documents: Sequence[Document]) -> str:
    rows = "".join(
        f"<li>{open_document(document.id, document_label(document))} {badge(document.basis)}"
        f'<button type="button" class="step" data-remove="{escape(document.id)}" '
        f'aria-label="Gỡ {escape(document_label(document))}">Gỡ</button></li>'
        for document in documents
    )
    return f'<section class="card"><h3>Văn bản trong kho</h3><ul class="held">{rows}</ul></section>'


def _gone(removed: Mapping[str, Removed]) -> str:
    if not removed:
        return ""
    rows = "".join(
        f"<li><span>{escape(item.title)} <code>{escape(key)}</code> · gỡ ngày "
        f"{escape(display_date(item.removed_on))}</span>"
        f'<button type="button" class="step" data-restore="{escape(key)}">Lấy lại</button></li>'
        for key, item in removed.items()
    )
    return f'<section class="card"><h3>Đã gỡ</h3><ul class="held">{rows}</ul></section>'


def _vote(vote: Vote) -> str:
    answer = vote.past.answer
    given = datetime.fromisoformat(vote.given_at).astimezone().strftime("%d/%m/%Y %H:%M")
    reason = REASONS.get(vote.reason, "")
    said = "Đúng" if vote.verdict == "up" else f"Chưa đúng{f': {reason}' if reason else ''}"
    cited = "; ".join(citation.label for citation in answer.citations)
    comment = f"<blockquote>{escape(vote.comment)}</blockquote>" if vote.comment else ""
    first = (spoken(answer) or [answer.answer])[0]

    def button(action: str, words: str) -> str:
        return (
            f'<button type="button" class="step" data-settle="{escape(vote.id)}" data-action="{action}">'
            f"{words}</button>"
        )

    seen = button("new", "Đánh dấu chưa xem") if vote.state == "done" else button("done", "Đã xem")
    turn = button("question", "Thành câu hỏi chấm điểm") if vote.verdict == "down" else ""
    return (
        f'<li class="vote-item vote-{vote.state}"><p>'
        f'<span class="badge vote-{vote.verdict}">{escape(said)}</span> '
        f"{escape(given)}{' · đã xem' if vote.state == 'done' else ''}</p>"
        f"<p><strong>Hỏi:</strong> {escape(vote.past.question)}</p>"
        f"<p><strong>Đáp:</strong> {escape(first)}</p>"
        f'{comment}<p class="privacy">{escape(cited)} · kho {escape(answer.generation)}</p>'
        f'<div class="source-tools">{seen}{turn}{button("delete", "Xóa")}</div></li>'
    )


def _inbox(votes: Sequence[Vote]) -> str:
    new = sum(vote.state == "new" for vote in votes)
    body = "".join(map(_vote, votes))
    listed = f'<ul class="votes">{body}</ul>' if votes else '<p class="none">Chưa có góp ý nào.</p>'
    return (
        f'<section class="card"><h3>Góp ý <span class="count">{display_number(new)} chưa xem</span></h3>'
        f"{listed}</section>"
    )


def render_store(
    library: Library, waiting: Sequence[Waiting], removed: Mapping[str, Removed], votes: Sequence[Vote]
) -> str:
    """Return the whole page for someone who gave the passphrase."""
    files = "".join(map(render_waiting, waiting))
    queue = f'<section class="card"><h3>Chờ đưa vào kho</h3><ul class="waiting-files">{files}</ul></section>'
    return _shell(
        f"{_facts(library)}{_drop()}{queue if waiting else ''}{_inbox(votes)}{_held(library.documents())}"
        f"{_gone(removed)}",
        '<button type="button" class="step" data-lock>Khóa lại</button>',
    )
