"""The source panel: a cited provision highlighted within its document, and what the library holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from assistant.app.library_page import open_document
from assistant.app.pictures import ROOT as PICTURES
from assistant.app.pictures import spans_text
from assistant.app.render import badge, deep_link, display_date, display_number, notice
from assistant.app.states import Standing, state_badge
from assistant.citation import document_label, formal_reference
from assistant.citation import label as official_label
from corpus.model import Citation, Document, Provision
from corpus.store import Library

CONTEXT_BEFORE = 12_000
CONTEXT_AFTER = 20_000
"""Code points of the document shown around the provision. The plan (20,000) and an ordinary decree's
chapter fit whole; a code of law is read on by its "xem tiếp" buttons instead of one page of megabytes."""

Span = tuple[int, int]

_NAMES = {
    "part": "Phần {n}",
    "chapter": "Chương {n}",
    "section": "Mục {n}",
    "subsection": "Tiểu mục {n}",
    "article": "Điều {n}",
    "clause": "Khoản {n}",
    "point": "Điểm {n}",
    "footnote": "Chú thích {n}",
    "appendix": "Phụ lục {n}",
    "table": "Bảng {n}",
    "row": "Dòng {n}",
    "fact": "Ý {n}",
    "preamble": "Phần mở đầu",
    "signature": "Phần ký",
    "recipients": "Nơi nhận",
    "letterhead": "Phần đầu văn bản",
    "quoted": "Nội dung được trích dẫn",
}
_NO_SPAN_FALLBACK = "Văn bản đã được cập nhật sau câu trả lời này; đoạn trích được tìm lại theo lời văn."


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text that belongs to one provision (None: text between provisions)."""

    start: int
    end: int
    provision: Provision | None
    depth: int


def short_name(provision: Provision) -> str:
    """Return a provision's place without its parents: "Điều 13. Tên điều", "Khoản 2", "Mục IV.1"."""
    if provision.kind == "outline":
        name = f"Mục {provision.path}"
    elif provision.kind in ("dash", "paragraph"):
        ordinal = re.search(r"(\d+)$", provision.path)
        what = "Gạch đầu dòng" if provision.kind == "dash" else "Đoạn"
        name = f"{what} {ordinal[1] if ordinal else ''}"
    else:
        name = _NAMES[provision.kind].format(n=provision.number)
    name = name.strip()
    return f"{name}. {provision.heading}" if provision.heading else name


def document_warnings(document: Document) -> list[str]:
    """Return what stands beside a document's text: its warnings and the parts that it announces only."""
    return [*document.warnings, *(f"{part} chưa có trong kho." for part in document.missing)]


def blocks(document: Document, provisions: Sequence[Provision]) -> list[Block]:
    """Return the document's text as consecutive blocks, none of it left out, in reading order."""
    depth: dict[str, int] = {}
    out: list[Block] = []
    cursor = 0
    for provision in provisions:
        level = depth.get(provision.parent or "", -1) + 1
        depth[provision.path] = level
        if document.text[cursor : provision.start].strip():
            out.append(Block(cursor, provision.start, None, level))
        cursor = max(cursor, provision.start)
        if provision.own_end > cursor:
            out.append(Block(cursor, provision.own_end, provision, level))
            cursor = provision.own_end
    if document.text[cursor:].strip():
        out.append(Block(cursor, len(document.text), None, 0))
    return out


def _cited_spans(document: Document, citation: Citation | None) -> tuple[tuple[Span, ...], str]:
    """Return where the quote stands in today's text, and a remark where it had to be looked up again."""
    if citation is None:
        return (), ""
    text = document.text
    if citation.spans and all(
        0 <= start < end <= len(text) and text[start:end].strip() in citation.quote
        for start, end in citation.spans
    ):
        return citation.spans, ""
    at = text.find(citation.quote)
    return (((at, at + len(citation.quote)),) if at >= 0 else ()), _NO_SPAN_FALLBACK


def _marked(text: str, start: int, end: int, spans: Sequence[Span], first: list[bool]) -> str:
    """Return ``text[start:end]`` escaped, the parts inside ``spans`` marked; ``first`` holds one True
    until the first mark of the page is written (it gets the id that the page scrolls to)."""
    out: list[str] = []
    cursor = start
    for left, right in spans:
        left, right = max(left, cursor), min(right, end)
        if left >= right:
            continue
        out.append(escape(text[cursor:left]))
        anchor = ' id="doan-trich"' if first[0] else ""
        first[0] = False
        out.append(f"<mark{anchor}>{escape(text[left:right])}</mark>")
        cursor = right
    out.append(escape(text[cursor:end]))
    return "".join(out)


def _block_html(
    document: Document, block: Block, target: Provision, spans: Sequence[Span], first: list[bool]
) -> str:
    text, provision = document.text, block.provision
    lines: list[str] = []
    cursor = block.start
    for line in text[block.start : block.end].split("\n"):
        if line.strip():
            heading = bool(provision and provision.heading and not lines)
            tag = f'<p class="{"line heading" if heading else "line"}">'
            lines.append(tag + _marked(text, cursor, cursor + len(line), spans, first) + "</p>")
        cursor += len(line) + 1
    inside = target.start <= block.start and block.end <= target.end
    kind = provision.kind if provision else "gap"
    at = ' id="don-vi"' if provision is not None and provision.id == target.id else ""
    return (
        f'<div class="unit kind-{kind} depth-{min(block.depth, 5)}{" target" if inside else ""}"{at}>'
        f"{''.join(lines)}</div>"
    )


def _window(blocks: Sequence[Block], target: Provision) -> tuple[int, int]:
    """Return the range of blocks to show around ``target``."""
    first = next((i for i, block in enumerate(blocks) if block.end > target.start), 0)
    low, high = first, first
    while low > 0 and blocks[first].start - blocks[low - 1].start <= CONTEXT_BEFORE:
        low -= 1
    while high < len(blocks) and blocks[high].start - target.start <= CONTEXT_AFTER:
        high += 1
    return low, high


def _open_button(provision: Provision | None, words: str, css: str = "step") -> str:
    if provision is None:
        return f'<span class="{css} off" aria-hidden="true">{escape(words)}</span>'
    return (
        f'<a class="{css}" href="{escape(deep_link(provision.id))}" data-open="{escape(provision.id)}" '
        f'title="{escape(short_name(provision))}">{escape(words)}</a>'
    )


def _neighbours(
    provisions: Sequence[Provision], target: Provision
) -> tuple[Provision | None, Provision | None]:
    """Return the provision before and after in reading order, siblings first, then the parent's."""
    siblings = [p for p in provisions if p.parent == target.parent]
    at = siblings.index(target)
    before = siblings[at - 1] if at else next((p for p in provisions if p.path == target.parent), None)
    after = next((p for p in provisions if p.order > target.order and p.start >= target.end), None)
    return before, after


def document_facts(document: Document, badges: str = "") -> str:
    """Return the line of badges and dates under a document's title; ``badges`` follow its basis."""
    facts = [
        f"{document.issuer}" if document.issuer else "",
        f"Ban hành: {display_date(document.issued)}" if document.issued else "",
        f"Hiệu lực: {display_date(document.effective)}" if document.effective else "",
        f"Hết hiệu lực: {display_date(document.expires)}" if document.expires else "",
    ]
    draft = '<span class="badge badge-draft">Có thể là dự thảo</span>' if document.draft else ""
    words = escape(" · ".join(fact for fact in facts if fact))
    return f'<p class="doc-facts">{badge(document.basis)}{badges}{draft}<span>{words}</span></p>'


def render_empty_source() -> str:
    """Return what the panel shows before anything was cited."""
    return (
        '<div class="panel-empty"><h2>Nguồn trích dẫn</h2><p>Bấm vào số như '
        '<span class="chip chip-still" aria-hidden="true">1</span> trong câu trả lời để xem đúng đoạn được '
        "trích, tô sáng ngay trong văn bản.</p></div>"
    )


def render_missing_source(provision_id: str) -> str:
    """Return the panel's own "not found": the link names a provision that the library does not hold."""
    return (
        '<div class="panel-empty" data-answered><h2>Không mở được đoạn này</h2>'
        "<p>Kho hiện có không có đơn vị văn bản "
        f"<code>{escape(provision_id[:200])}</code>. Văn bản có thể đã được thay hoặc gỡ khỏi kho.</p></div>"
    )


def _printed(document: Document, provision: Provision, spans: Sequence[Span]) -> str:
    """Return the button that shows the page as it was printed; static/source.js fetches the picture."""
    marked = spans_text(spans or ((provision.start, provision.end),))
    address = f"{PICTURES}/{quote(provision.id, safe=':.-_~@')}"
    return (
        f'<button type="button" class="step" data-printed="{escape(address)}" data-page="{provision.page}" '
        f'data-marked="{marked}" data-name="{escape(document_label(document))}" aria-expanded="false">'
        f"Xem trang in</button>"
    )


def render_source(
    library: Library,
    provision: Provision,
    citation: Citation | None = None,
    standing: Standing | None = None,
    *,
    inferred: bool = False,
    pictured: bool = False,
) -> str:
    """Return ``provision`` within its document, with the citation's quote marked.

    ``standing``: what is known of its validity; ``inferred``: the answer joined it with other places;
    ``pictured``: the page that it was printed on can be shown (``assistant.app.pictures``).

    A quote whose spans no longer fit (the library was rebuilt since) is looked up by its words; where
    that fails too, the provision alone is highlighted. Raises ``TrolyError`` for an unknown document.
    """
    document = library.document(provision.document_id)
    provisions = library.provisions(document.id)
    above = library.ancestors(provision)
    name = official_label(document, provision, above)
    spans, remark = _cited_spans(document, citation)
    units = blocks(document, provisions)
    low, high = _window(units, provision)
    first = [True]
    body = "".join(_block_html(document, block, provision, sorted(spans), first) for block in units[low:high])
    head = next((b.provision for b in reversed(units[:low]) if b.provision), None)
    tail = next((b.provision for b in units[high:] if b.provision), None)
    more = _open_button(head, "Xem phần trên của văn bản", "more") if head else ""
    rest = _open_button(tail, "Xem phần tiếp theo của văn bản", "more") if tail else ""
    before, after = _neighbours(provisions, provision)
    crumbs = "".join(f"<li>{_open_button(p, short_name(p), 'crumb')}</li>" for p in above)
    formal = formal_reference(document, provision)
    words = citation.quote if citation else library.text_of(provision).strip()
    badges = (badge("inferred") if inferred else "") + (state_badge(standing) if standing else "")
    told = f'<p class="state-text">{escape(standing.status.text)}</p>' if standing else ""
    region = f'tabindex="0" role="region" aria-label="Văn bản {escape(document_label(document))}"'
    page = f" · trang {provision.page}" if provision.page is not None else ""
    return (
        f'<article class="source" data-source="{escape(provision.id)}" data-answered>'
        f'<header class="source-head"><h2 tabindex="-1">{escape(name)}</h2>'
        f'<p class="doc-title">{escape(document.title)}{escape(page)}</p>'
        f"{document_facts(document, badges)}{told}"
        f"{notice([*document_warnings(document), remark])}"
        f'<nav class="crumbs" aria-label="Vị trí trong văn bản"><ol>{crumbs}'
        f'<li aria-current="location">{escape(short_name(provision))}</li></ol></nav>'
        f'</header><div class="source-tools">{_open_button(before, "‹ Trước")}{_open_button(after, "Sau ›")}'
        f"{open_document(document.id, 'Mở văn bản', provision.id, 'step')}"
        f"{_printed(document, provision, spans) if pictured else ''}"
        f'<button type="button" class="step" data-copy="{escape(formal)}">Sao chép trích dẫn</button>'
        f'<button type="button" class="step" data-copy="{escape(f"“{words}” ({formal})")}">'
        "Chép nguyên văn</button>"
        f'<button type="button" class="step" data-copy-link="{escape(deep_link(provision.id))}">'
        "Chép liên kết</button></div>"
        f'<div class="doc-text" {region}>{more}{body}{rest}</div></article>'
    )


def _folded(warnings: list[str]) -> str:
    """Return the first warning in the open and the others one click away: the shelf is for looking over."""
    if len(warnings) < 2:
        return notice(warnings)
    count = len(warnings) - 1
    more = f"<details><summary>Xem thêm {count} lưu ý</summary>{notice(warnings[1:])}</details>"
    return notice(warnings[:1]) + more


def _shelf_card(library: Library, document: Document) -> str:
    provisions = library.provisions(document.id)
    opening = provisions[0] if provisions else None
    title = escape(document_label(document))
    head = (
        f'<a class="shelf-title" href="{escape(deep_link(opening.id))}" '
        f'data-open="{escape(opening.id)}">{title}</a>'
        if opening
        else f'<span class="shelf-title">{title}</span>'
    )
    count = f"{display_number(len(provisions))} đơn vị văn bản" if document.basis == "full_text" else ""
    size = f'<p class="shelf-size">{count}</p>' if count else ""
    return (
        f'<li class="shelf-card">{head}<p class="doc-title">{escape(document.title)}</p>'
        f"{document_facts(document)}{size}{_folded(document_warnings(document))}</li>"
    )


def render_shelf(library: Library) -> str:
    """Return what the library holds: full texts first, then the summaries."""
    documents = library.documents()
    if not documents:
        return (
            '<div class="panel-empty"><h2>Kho hiện có</h2><p>Kho chưa có văn bản nào. Thêm văn bản bằng lệnh '
            "<code>troly ingest</code>.</p></div>"
        )
    full = [d for d in documents if d.basis == "full_text"]
    cards = [d for d in documents if d.basis != "full_text"]
    groups = "".join(
        f'<h3>{caption} <span class="count">{len(group)}</span></h3>'
        f'<ul class="shelf">{"".join(_shelf_card(library, d) for d in group)}</ul>'
        for caption, group in (("Có toàn văn", full), ("Mới có bản tóm tắt", cards))
        if group
    )
    return (
        '<div class="shelf-view"><h2 tabindex="-1">Kho hiện có</h2><p class="shelf-intro">'
        f"Trợ lý chỉ trả lời từ {len(documents)} văn bản dưới đây.</p>{groups}</div>"
    )
