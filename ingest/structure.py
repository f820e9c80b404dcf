"""Canonical paragraphs -> the tree of provisions of a document, with what is doubtful about it.

Never raises on odd text: what fits nowhere becomes unnumbered paragraphs of the place it stands in,
so every piece of the source belongs to some provision.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from corpus.model import Doubt, Provision
from ingest.canonical import Canonical, Paragraph, canonicalise
from ingest.checks import missing_appendices, numbering_doubts
from ingest.emit import Emitter
from ingest.quotations import split_quotations
from ingest.readers.base import Source
from ingest.tree import Node, TreeBuilder
from ingest.zones import Annex, Zones, find_annexes, find_zones, is_recipients, is_signature


@dataclass(frozen=True, slots=True)
class Structure:
    """The tree of one text. Provisions carry paths; ids are given when the document's id is known."""

    text: str
    provisions: tuple[Provision, ...]
    doubts: tuple[Doubt, ...] = ()
    missing: tuple[str, ...] = ()  # announced parts that the text does not contain, Vietnamese
    letterhead: tuple[str, ...] = ()  # its lines
    kind_line: int | None = None  # index in ``letterhead`` of the line that names the kind
    preamble: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()  # lines of recipients and signature


def parse_structure(source: Source) -> Structure:
    """Return the tree of a whole document."""
    canonical = canonicalise(source)
    paragraphs = split_quotations(canonical.paragraphs)
    zones = find_zones(paragraphs)
    emitter = Emitter(source.text)
    body, builder = _outline(paragraphs[zones.body : zones.closing], law=zones.law)
    builders = [builder]
    closing = paragraphs[zones.closing : zones.annexes_from]
    for node in [*_head(paragraphs, zones), *body, *_closing(closing)]:
        emitter.add(node)
    for node, builder in _annexes(paragraphs, zones.annexes):
        builders.append(builder)
        emitter.add(node)
    notes = _notes(emitter, canonical)
    provisions = (*emitter.provisions, *notes)
    missing = missing_appendices(emitter.text, provisions)
    doubts = [*source.doubts, *_doubts(emitter, builders, notes)]
    for name, path in missing:
        doubts.append(Doubt("missing-appendix", f"Văn bản nhắc đến {name} nhưng tệp không kèm theo.", path))
    return Structure(
        emitter.text,
        provisions,
        tuple(doubts),
        tuple(name for name, _ in missing),
        tuple(p.text for p in paragraphs[: zones.letterhead]),
        zones.kind_line,
        tuple(p.text for p in paragraphs[zones.letterhead : zones.body]),
        tuple(p.text for p in closing),
    )


def parse_annex(source: Source, text: str, provisions: Sequence[Provision]) -> Structure:
    """Return the tree of a file that is an appendix of an earlier text.

    ``text`` and ``provisions`` are those of the document it belongs to: the result's text is the whole
    new text, its provisions are the added ones, with offsets in the new text. A file without
    "PHỤ LỤC …" lines is one unnumbered appendix.
    """
    canonical = canonicalise(source)
    emitter = Emitter(
        source.text, offset=len(text), order=len(provisions), taken=[p.path for p in provisions]
    )
    builders = []
    paragraphs = split_quotations(canonical.paragraphs)
    for node, builder in _annexes(paragraphs, find_annexes(paragraphs, whole=True)):
        builders.append(builder)
        emitter.add(node)
    notes = _notes(emitter, canonical)
    doubts = (*source.doubts, *_doubts(emitter, builders, notes))
    added = [replace(p, source_sha256=source.sha256) for p in (*emitter.provisions, *notes)]
    return Structure(text + emitter.text, tuple(added), doubts)


def _head(paragraphs: Sequence[Paragraph], zones: Zones) -> Iterable[Node]:
    if zones.letterhead:
        yield Node("letterhead", "lh", items=list(paragraphs[: zones.letterhead]))
    if zones.body > zones.letterhead:
        yield Node("preamble", "pre", items=list(paragraphs[zones.letterhead : zones.body]))


def _outline(paragraphs: Sequence[Paragraph], *, law: bool) -> tuple[list[Node], TreeBuilder]:
    """Return the top nodes of a zone; unnumbered paragraphs on top become ``p1``, ``p2`` …."""
    root = Node("outline", "")
    builder = TreeBuilder(root, law=law)
    builder.build(paragraphs)
    nodes: list[Node] = []
    for item in root.items:
        if isinstance(item, Paragraph):
            loose = sum(node.kind == "paragraph" for node in nodes) + 1
            item = Node("paragraph", f"p{loose}", items=[item])
        nodes.append(item)
    return nodes, builder


def _closing(paragraphs: Sequence[Paragraph]) -> list[Node]:
    """Return the recipients (with one node a dash line) and the signature, as printed."""
    nodes: list[Node] = []
    recipients: list[Paragraph] = []

    def flush() -> None:
        if recipients:
            node = Node("recipients", "nn", head=1, titled=True)
            TreeBuilder(node, law=False).build(recipients[1:])
            node.items.insert(0, recipients[0])
            nodes.append(node)
            recipients.clear()

    for paragraph in paragraphs:
        if is_recipients(paragraph.text):
            flush()
            recipients.append(paragraph)
        elif recipients and not is_signature(paragraph.text):
            recipients.append(paragraph)
        else:
            flush()
            if not nodes or nodes[-1].kind != "signature":
                nodes.append(Node("signature", "sig"))
            nodes[-1].items.append(paragraph)
    flush()
    return nodes


def _annexes(paragraphs: Sequence[Paragraph], annexes: Sequence[Annex]) -> Iterable[tuple[Node, TreeBuilder]]:
    for annex in annexes:
        node = Node("appendix", annex.path, annex.number, annex.heading, titled=True)
        builder = TreeBuilder(node, law=annex.law)
        builder.build(paragraphs[annex.head : annex.end])
        node.items[:0] = paragraphs[annex.start : annex.head]
        node.head = annex.head - annex.start
        yield node, builder


def _notes(emitter: Emitter, canonical: Canonical) -> list[Provision]:
    """Write the footnotes behind everything else and link each to the provision it explains.

    A label may occur again on another page: the n-th body belongs to the n-th mark of that label.
    """
    written = [p for p in emitter.provisions if p.own_end > p.start]
    starts = [p.start for p in written]  # own texts follow one another
    count = len(emitter.provisions)
    waiting: dict[str, list[int]] = {}
    for mark in emitter.marks:
        waiting.setdefault(mark.label, []).append(mark.at)
    unique = len({note.note for note in canonical.notes}) == len(canonical.notes)
    notes = []
    for index, note in enumerate(canonical.notes, 1):
        label = note.note or ""
        number = label if unique and label.isdigit() else str(index)
        path = emitter.add(Node("footnote", f"fn{number}", label, items=[note]))
        places = waiting.get(label, [])
        at = places.pop(0) if places else None
        provision = next(p for p in reversed(emitter.provisions) if p.path == path)
        owner = None
        if at is not None:
            holder = written[max(0, bisect_right(starts, at) - 1)] if written else None
            owner = holder.path if holder and holder.start <= at <= holder.own_end else None
        notes.append(replace(provision, note_of=owner, note_at=at))
    del emitter.provisions[count:]
    return notes


def _doubts(emitter: Emitter, builders: Sequence[TreeBuilder], notes: Sequence[Provision]) -> Iterable[Doubt]:
    yield from numbering_doubts(emitter.nodes)
    paths = {id(node): path for path, node in emitter.nodes.items()}
    for builder in builders:
        for node in builder.unclosed:
            yield Doubt(
                "quote-unclosed", "Đoạn trích dẫn trong ngoặc kép không có dấu đóng.", paths.get(id(node))
            )
    for note in notes:
        if note.note_at is None:
            yield Doubt(
                "footnote-unlinked", f"Không thấy chỗ đánh dấu của chú thích {note.number}.", note.path
            )
