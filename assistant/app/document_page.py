"""Văn bản: one document with its outline, text, tables, and references in both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from assistant.app.library_page import document_link, open_document
from assistant.app.render import deep_link, display_number, notice
from assistant.app.source import Block, blocks, document_facts, document_warnings, short_name
from assistant.app.states import Standing, state_badge
from assistant.citation import document_label, formal_reference, label
from corpus.model import Document, Provision, Reference, RelationKind
from corpus.store import Library

WHOLE = 400_000
"""Code points of text shown at once; a longer document (a code of law with appendices) is shown in parts."""
PLACES_SHOWN = 6
RELATIONS: dict[RelationKind, str] = {
    "based_on": "căn cứ", "amends": "sửa đổi, bổ sung", "replaces": "thay thế", "repeals": "bãi bỏ",
    "guides": "hướng dẫn", "implements": "thực hiện", "cites": "dẫn chiếu",
}  # fmt: skip
_OUTLINED = {"part", "chapter", "section", "subsection", "article", "appendix"}
_OUTLINE_DEPTH = 2  # of a plan: I. and 1., not a)

_NARROW, _MIDDLE = 12, 60
"""Code points of the longest value of a narrow and of a middling column of a table."""

NameOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Mention:
    """One document that another one mentions: what for, and in which of its provisions."""

    document_id: str
    kinds: tuple[RelationKind, ...]
    places: tuple[Provision, ...]  # of the document that mentions


def mentions(library: Library, references: Iterable[Reference], *, by_source: bool) -> list[Mention]:
    """Return references grouped by the document they lead to or, ``by_source``, come from; in order."""
    groups: dict[str, list[Reference]] = {}
    for one in references:
        source, target = (identifier.partition(":")[0] for identifier in (one.provision_id, one.target or ""))
        if target and source != target:
            groups.setdefault(source if by_source else target, []).append(one)
    return [
        Mention(
            identifier,
            tuple(dict.fromkeys(one.kind for one in group)),
            tuple(
                dict.fromkeys(
                    found for one in group if (found := library.find_provision(one.provision_id)) is not None
                )
            ),
        )
        for identifier, group in groups.items()
    ]


def incoming(library: Library, document_id: str) -> list[Reference]:
    """Return every reference of other documents to this one, in the library's order."""
    return [
        one
        for other in library.document_ids()
        if other != document_id
        for one in library.references(other)
        if one.target is not None and one.target.partition(":")[0] == document_id
    ]


def _linked(text: str, start: int, end: int, references: Sequence[Reference], library: Library) -> str:
    """Return ``text[start:end]`` escaped, its references to what the library holds as links."""
    out: list[str] = []
    cursor = start
    for one in references:
        left, right = max(one.start, cursor), min(one.end, end)
        document_id, _, path = (one.target or "").partition(":")
        if left >= right or document_id not in library:
            continue
        out.append(escape(text[cursor:left]))
        at = one.target if path and one.target and library.find_provision(one.target) else ""
        out.append(open_document(document_id, text[left:right], at or "", "ref"))
        cursor = right
    out.append(escape(text[cursor:end]))
    return "".join(out)


def _lines(document: Document, block: Block, references: Sequence[Reference], library: Library) -> str:
    lines: list[str] = []
    cursor = block.start
    inside = [one for one in references if one.start < block.end and one.end > block.start]
    for line in document.text[block.start : block.end].split("\n"):
        if line.strip():
            heading = bool(block.provision and block.provision.heading and not lines)
            words = _linked(document.text, cursor, cursor + len(line), inside, library)
            lines.append(f'<p class="line{" heading" if heading else ""}">{words}</p>')
        cursor += len(line) + 1
    return "".join(lines)


def _unit(block: Block, content: str, target: Provision | None) -> str:
    provision = block.provision
    inside = target is not None and target.start <= block.start and block.end <= target.end
    at = f' data-place="{escape(provision.id)}"' if provision else ""
    kind = provision.kind if provision else "gap"
    link = ""
    if provision is not None and kind in {"article", "clause", "outline", "appendix", "point"}:
        address, name = escape(deep_link(provision.id)), escape(short_name(provision))
        link = (
            f'<button type="button" class="place-link" data-copy-link="{address}" '
            f'aria-label="Chép liên kết tới {name}" title="Chép liên kết tới chỗ này">¶</button>'
        )
    css = f"unit kind-{kind} depth-{min(block.depth, 5)}{' target' if inside else ''}"
    return f'<div class="{css}"{at}>{link}{content}</div>'


def _table(document: Document, rows: Sequence[Provision], target: Provision | None) -> str:
    """Return the rows of a table under the names of its columns; a row without columns spans them all."""
    names = list(dict.fromkeys(name for row in rows for name, _, _ in row.cells if name))
    widths = {name: _width(document, rows, name) for name in names}
    body = ""
    for position, row in enumerate(rows):
        said = document.text[row.start : row.own_end].strip()
        on = ' class="target"' if target is not None and row.id == target.id else ""
        place = f' data-place="{escape(row.id)}"'
        if not row.cells or not any(name for name, _, _ in row.cells):
            if position == 0 and names and all(name in said for name in names):
                continue  # the printed heading: it is the head of this table
            body += (
                f'<tr{on}{place}><th colspan="{max(len(names), 1)}" scope="rowgroup">{escape(said)}</th></tr>'
            )
            continue
        cells = ""
        for name in names:
            values = [document.text[start:end].strip() for own, start, end in row.cells if own == name]
            cells += f'<td class="{widths[name]}">{escape("; ".join(values))}</td>'
        body += f"<tr{on}{place}>{cells}</tr>"
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    head = f"<thead><tr>{heads}</tr></thead>" if heads else ""
    return (
        '<div class="table-box" tabindex="0" role="region" aria-label="Bảng"><table class="grid doc-grid">'
        f"{head}<tbody>{body}</tbody></table></div>"
    )


def _width(document: Document, rows: Sequence[Provision], name: str) -> str:
    """Return the class of a column by its longest value: what is long gets the room to be read."""
    longest = max((end - start for row in rows for own, start, end in row.cells if own == name), default=0)
    return "narrow" if longest <= _NARROW else "middle" if longest <= _MIDDLE else "broad"


def _text(library: Library, document: Document, target: Provision | None) -> str:
    provisions = library.provisions(document.id)
    references = sorted(library.references(document.id), key=lambda one: one.start)
    rows: dict[str, list[Provision]] = {}
    for provision in provisions:
        if provision.kind == "row" and provision.parent:
            rows.setdefault(provision.parent, []).append(provision)
    shown = blocks(document, provisions)
    before = after = ""
    if len(document.text) > WHOLE:
        aim = target.start if target else 0
        low, high = max(0, aim - WHOLE // 4), aim + WHOLE * 3 // 4
        kept = [block for block in shown if block.end > low and block.start < high]
        before = _more(document, shown, kept[0].start, "Xem phần trên của văn bản", up=True)
        after = _more(document, shown, kept[-1].end, "Xem phần tiếp theo của văn bản", up=False)
        shown = kept
    out: list[str] = []
    done: set[str] = set()
    for block in shown:
        row = block.provision
        parent = row.parent if row is not None and row.kind == "row" else None
        if parent in rows:
            if parent not in done:
                done.add(parent or "")
                out.append(_table(document, rows[parent or ""], target))
            continue
        out.append(_unit(block, _lines(document, block, references, library), target))
    return before + "".join(out) + after


def _more(document: Document, shown: Sequence[Block], at: int, words: str, *, up: bool) -> str:
    """Return the link to the part of a long document before or after what is shown, "" at its ends."""
    past = [b.provision for b in shown if b.provision and (b.end <= at if up else b.start >= at)]
    goal = (past[-1] if up else past[0]) if past else None
    if goal is None:
        return ""
    return open_document(document.id, words, goal.id, "more")


def _outline(document: Document, provisions: Sequence[Provision]) -> str:
    items = []
    for provision in provisions:
        depth = provision.path.count(".")
        outlined = provision.kind in _OUTLINED or (provision.kind == "outline" and depth < _OUTLINE_DEPTH)
        if outlined:
            level = min(depth, 3) if provision.kind != "article" else 1
            link = open_document(document.id, short_name(provision), provision.id, "outline-link")
            items.append(f'<li class="level-{level}">{link}</li>')
    if not items:
        return ""
    return f'<nav class="outline" aria-label="Mục lục"><h3>Mục lục</h3><ol>{"".join(items)}</ol></nav>'


def _mention(library: Library, mention: Mention, name_of: NameOf) -> str:
    """Return one entry of the lists of references."""
    held = mention.document_id in library
    name = name_of(mention.document_id)
    head = open_document(mention.document_id, name) if held else f"<strong>{escape(name)}</strong>"
    absent = "" if held else ' <span class="absent">(chưa có trong kho)</span>'
    kinds = ", ".join(RELATIONS[kind] for kind in mention.kinds)
    links = [
        open_document(place.document_id, _place(library, place), place.id, "place")
        for place in mention.places[:PLACES_SHOWN]
    ]
    left = len(mention.places) - PLACES_SHOWN
    if left > 0:
        links.append(f"và {display_number(left)} chỗ khác")
    where = f'<p class="places">tại {", ".join(links)}</p>' if links else ""
    return f'<li>{head}{absent}<p class="mention-kind">{escape(kinds)}</p>{where}</li>'


def _place(library: Library, provision: Provision) -> str:
    document = library.document(provision.document_id)
    return label(document, provision).removesuffix(document_label(document)).strip() or short_name(provision)


def _references(library: Library, document: Document, name_of: NameOf) -> str:
    out = mentions(library, library.references(document.id), by_source=False)
    back = mentions(library, incoming(library, document.id), by_source=True)
    parts = ""
    for caption, group in (("Dẫn đến", out), ("Được dẫn từ", back)):
        items = "".join(_mention(library, one, name_of) for one in group)
        listed = f"<ul>{items}</ul>" if items else '<p class="none">Không có.</p>'
        parts += f'<h3>{caption} <span class="count">{len(group)}</span></h3>{listed}'
    if not out and not back:
        return ""
    return f'<aside class="refs" aria-label="Dẫn chiếu">{parts}</aside>'


def render_document(
    library: Library, document: Document, standing: Standing, name_of: NameOf, at: Provision | None = None,
    graph: str = "",
) -> str:  # fmt: skip
    """Return the page of a document, opened ``at`` a provision; ``graph``: what opens its drawing."""
    provisions = library.provisions(document.id)
    told = escape(standing.status.text)
    facts = [
        f"Người ký: {document.signer_title + ' ' if document.signer_title else ''}{document.signer}"
        if document.signer
        else "",
        f"{display_number(len(provisions))} đơn vị văn bản",
        f"Tệp: {document.source_name}" if document.source_name else "",
    ]
    line = escape(" · ".join(fact for fact in facts if fact))
    link = document_link(document.id, at.id if at else "")
    scroll = f' data-aim="{escape(at.id)}"' if at else ""
    return (
        f'<article class="document" data-shown="{escape(document.id)}"{scroll}><header class="page-head">'
        '<a class="back" href="/?view=van-ban" data-view="library">‹ Tất cả văn bản</a>'
        f'<h2 tabindex="-1">{escape(document_label(document))}</h2>'
        f'<p class="doc-name">{escape(document.title)}</p>'
        f"{document_facts(document, state_badge(standing))}"
        f'<p class="state-text">{told}</p><p class="doc-facts">{line}</p>'
        f'<div class="source-tools"><button type="button" class="step" data-ask-in="{escape(document.id)}">'
        f'Hỏi trong văn bản này</button><button type="button" class="step" '
        f'data-copy="{escape(formal_reference(document))}">Sao chép trích dẫn</button>'
        f'<button type="button" class="step" data-copy-link="{escape(link)}">Chép liên kết</button></div>'
        f"{notice(document_warnings(document))}{graph}</header>"
        f'<div class="document-body">{_outline(document, provisions)}<div class="doc-text" tabindex="0" '
        f'role="region" aria-label="Nội dung văn bản">{_text(library, document, at)}</div>'
        f"{_references(library, document, name_of)}</div></article>"
    )


def render_no_document(identifier: str) -> str:
    """Return what stands in place of a document that the library does not hold."""
    return (
        f'<article class="document" data-shown="{escape(identifier)}"><header class="page-head">'
        '<a class="back" href="/?view=van-ban" data-view="library">‹ Tất cả văn bản</a>'
        '<h2 tabindex="-1">Không mở được văn bản này</h2>'
        f"<p>Kho hiện có không có văn bản <code>{escape(identifier[:200])}</code>. Văn bản có thể đã được "
        "thay hoặc gỡ khỏi kho.</p></header></article>"
    )
