"""Nodes -> canonical text and provisions: paths, offsets, segments, order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from corpus.model import Provision
from ingest.canonical import Paragraph
from ingest.rows import arrange
from ingest.tree import Node

Span = tuple[int, int]

# Zones that are one provision whatever their lines are.
_WHOLE = ("letterhead", "signature", "footnote", "row", "table")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a footnote's mark stood in the canonical text."""

    label: str
    at: int


class Emitter:
    """Writes nodes in order; ``provisions`` and ``text`` grow with every call of ``add``."""

    def __init__(
        self, source_text: str, *, offset: int = 0, order: int = 0, taken: Iterable[str] = ()
    ) -> None:
        self.provisions: list[Provision] = []
        self.marks: list[Mark] = []
        self.nodes: dict[str, Node] = {}
        self._source = source_text
        self._parts: list[str] = []
        self._length = offset
        self._order = order
        self._taken = set(taken)
        self._copies: dict[str, int] = {}  # how often a path was given already
        self._body = Annex("")
        self._rows = ""  # path before a row of the table being written

    @property
    def text(self) -> str:
        """The canonical text written so far (what is added to an earlier text begins with a newline)."""
        return "".join(self._parts)

    def add(self, node: Node, parent: str | None = None, prefix: str = "", annex: Annex | None = None) -> str:
        """Write ``node`` and all below it; return its path."""
        if node.kind == "table":
            arrange(node)
        own, children = settle(node)
        path = self._path(node, parent, prefix, annex)
        self.nodes[path] = node
        index = len(self.provisions)
        self.provisions.append(_placeholder(path))
        order = self._order
        self._order += 1
        start: int | None = None
        cells: list[tuple[str, int, int]] = []
        for paragraph in own:
            begin = self._write(paragraph)
            start = begin if start is None else start
            if paragraph.row:
                cells += [(name, begin + a, begin + b) for name, a, b in paragraph.row.cells]
        own_end = self._length
        below = f"{path}" if node.kind in ("quoted", "appendix") else prefix
        if node.kind == "appendix":
            annex = Annex(path)
        first_child = len(self.provisions)
        for child in children:
            self.add(child, path, below, annex)
        if start is None:
            start = self.provisions[first_child].start if children else self._length
            own_end = start
        self.provisions[index] = Provision(
            id="", document_id="", path=path, kind=node.kind, number=node.number, heading=node.heading,
            parent=parent, order=order, start=start, end=self._length, own_end=own_end,
            page=next((p.page for p in _paragraphs(own, children)), None),
            segments=self._segments(own), cells=tuple(cells),
        )  # fmt: skip
        return path

    def _write(self, paragraph: Paragraph) -> int:
        if self._length:
            self._parts.append("\n")
            self._length += 1
        begin = self._length
        self._parts.append(paragraph.text)
        self._length += len(paragraph.text)
        self.marks += [Mark(label, begin + at) for at, label in paragraph.marks]
        return begin

    def _path(self, node: Node, parent: str | None, prefix: str, annex: Annex | None) -> str:
        base = prefix if node.absolute else parent or ""
        segment = node.segment
        if node.kind == "table":
            # Tables are numbered through their zone: "t1", in an appendix "pl1.t1".
            base = annex.path if annex else ""
            segment = f"t{(annex or self._body).next_table()}"
            # The first table of an appendix is what its rows are cited by.
            self._rows = annex.path if annex and segment == "t1" else f"{base}.{segment}".lstrip(".")
        elif node.kind == "row" and node.absolute:
            base = self._rows
        path = f"{base}.{segment}" if base else segment
        copy = self._copies.get(path, 1)
        unique = path if copy == 1 else f"{path}~{copy}"
        while unique in self._taken:
            copy += 1
            unique = f"{path}~{copy}"
        self._taken.add(unique)
        self._copies[path] = copy
        return unique

    def _segments(self, own: Sequence[Paragraph]) -> tuple[Span, ...]:
        merged: list[Span] = []
        for start, end in (span for paragraph in own for span in paragraph.spans):
            if merged and start >= merged[-1][1] and not self._source[merged[-1][1] : start].strip():
                merged[-1] = (merged[-1][0], end)
            else:
                merged.append((start, end))
        return tuple(merged)


class Annex:
    """An appendix being written: its path, and how many tables it has so far."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._tables = 0

    def next_table(self) -> int:
        """Count one more table and return its number."""
        self._tables += 1
        return self._tables


def settle(node: Node) -> tuple[list[Paragraph], list[Node]]:
    """Return a node's own paragraphs and its children, unnumbered paragraphs made ``p1``, ``p2`` ….

    The lead-in before numbered children is own text, and so is the single body paragraph of a title;
    several paragraphs, and those after the children, are provisions of their own.
    """
    if node.kind in _WHOLE:
        return [i for i in node.items if isinstance(i, Paragraph)], node.children()
    first = next((i for i, item in enumerate(node.items) if isinstance(item, Node)), len(node.items))
    lead = [item for item in node.items[:first] if isinstance(item, Paragraph)]
    rest = node.items[first:]
    leads_in = node.titled or not node.head or lead[node.head - 1].text.endswith(":")
    single = len(lead) - node.head == 1 and leads_in
    keep = len(lead) if rest and node.children() else len(lead) if single else node.head
    if node.kind == "preamble" and len(lead) > 1:
        keep = 0
    own, later = lead[:keep], [*lead[keep:], *rest]
    children: list[Node] = []
    count = 0
    for item in later:
        if isinstance(item, Paragraph):
            count += 1
            item = Node("paragraph", f"p{count}", items=[item])
        children.append(item)
    return own, children


def finish(provisions: Sequence[Provision], document_id: str) -> tuple[Provision, ...]:
    """Return the provisions with the document's id filled in."""
    return tuple(replace(p, id=f"{document_id}:{p.path}", document_id=document_id) for p in provisions)


def _paragraphs(own: Sequence[Paragraph], children: Sequence[Node]) -> Iterable[Paragraph]:
    yield from own
    for child in children:
        for item in child.items:
            if isinstance(item, Paragraph):
                yield item


def _placeholder(path: str) -> Provision:
    return Provision("", "", path, "paragraph", "", "", None, 0, 0, 0, 0)
