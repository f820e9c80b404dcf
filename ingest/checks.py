"""What a printed text tells against itself: gaps in its numbering, parts it announces but lacks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from corpus.kinds import kind_pattern
from corpus.model import Doubt, Provision
from ingest.markers import LETTERS, MarkerKind, arabic, position
from ingest.tree import Node

_NAMES = {
    "part": "phần", "chapter": "chương", "section": "mục", "subsection": "tiểu mục", "article": "điều",
    "clause": "khoản", "point": "điểm", "outline": "mục", "row": "dòng",
}  # fmt: skip
_COUNTED: dict[str, MarkerKind] = {
    "part": "part", "chapter": "chapter", "section": "section", "subsection": "subsection",
    "article": "article", "roman": "roman", "capital": "capital", "number": "number", "letter": "letter",
    "row-roman": "roman", "row-number": "number", "row-letter": "letter",
}  # fmt: skip

# "(Có Phụ lục kèm theo)", "(chi tiết tại các Phụ lục I, II ban hành kèm theo)".
_IN_BRACKETS = re.compile(r"\(([^()]{0,60}\bphụ lục\b[^()]{0,80}kèm theo[^()]{0,40})\)", re.I)
# "Phụ lục II ban hành kèm theo Nghị định này": of this text, not of another.
_OF_THIS = re.compile(
    rf"\b[Pp]hụ lục\b([^.;()]{{0,120}}?)(?:ban hành |được ban hành |đính )?kèm theo {kind_pattern()} này"
)
_NUMBERS = re.compile(r"\b([IVX]{1,5}|\d{1,2})\b")


def numbering_doubts(nodes: Mapping[str, Node]) -> Iterable[Doubt]:
    """Yield gaps, repetitions and wrong starts in every printed sequence (quoted text left out)."""
    groups: dict[tuple[str, str], list[tuple[str, Node]]] = {}
    quotations = tuple(f"{path}." for path, node in nodes.items() if node.kind == "quoted")
    for path, node in nodes.items():
        if node.marker not in _COUNTED or path.startswith(quotations):
            continue
        # Điều and chương count through the document, everything else within its parent; rows that count
        # through their table have its path.
        base = (
            path.split(".d")[0]
            if node.absolute and node.kind != "row" and "." in path
            else ""
            if node.absolute and node.kind != "row"
            else path.rpartition(".")[0]
        )
        groups.setdefault((base, node.marker), []).append((path, node))
    for (_, marker), members in groups.items():
        expected = 1
        for path, node in members:
            value = position(_COUNTED[marker], node.number)
            if value is None:
                continue
            name = _NAMES.get(node.kind, "mục")
            if "~" in path.rpartition(".")[2] and value < expected:
                yield Doubt("numbering-duplicate", f"Số {name} {node.number} in lặp lại.", path)
            elif value != expected and not _letter_step(marker, node, expected):
                yield Doubt(
                    "numbering-gap",
                    f"Số {name} không liên tục: sau số thứ {expected - 1} in {name} {node.number}.",
                    path,
                )
            expected = value + 1


def _letter_step(marker: str, node: Node, expected: int) -> bool:
    # Older texts count a, b, c, d, e without "đ".
    return marker == "letter" and node.number == "e" and LETTERS[expected - 1 : expected] == "đ"


def missing_appendices(text: str, provisions: Sequence[Provision]) -> list[tuple[str, str | None]]:
    """Return (name, path of the announcing provision) of appendices that are announced but not there.

    The name is Vietnamese: "Phụ lục II", or for an unnumbered one the task it carries: "Phụ lục nhiệm vụ
    trọng tâm".
    """
    present = {p.number for p in provisions if p.kind == "appendix"}
    annexed = [p.start for p in provisions if p.kind == "appendix"]
    limit = min(annexed) if annexed else len(text)
    owners = _Owners(provisions)
    missing: dict[str, str | None] = {}
    for match in sorted([*_IN_BRACKETS.finditer(text), *_OF_THIS.finditer(text)], key=lambda m: m.start()):
        at = match.start()
        owner, quoted = owners.at(at)
        if at >= limit or quoted:
            continue
        numbers = [arabic(n) for n in _NUMBERS.findall(match[1])]
        if numbers:
            for printed, number in zip(_NUMBERS.findall(match[1]), numbers, strict=True):
                if number not in present:
                    missing.setdefault(f"Phụ lục {printed}", owner.path if owner else None)
        elif not present:
            missing.setdefault(_unnumbered(text, owner, at), owner.path if owner else None)
    return list(missing.items())


class _Owners:
    """Finds the innermost provision at an offset, and whether it stands in quoted text."""

    def __init__(self, provisions: Sequence[Provision]) -> None:
        self._provisions = sorted(provisions, key=lambda p: (p.start, p.order))
        self._starts = [p.start for p in self._provisions]
        self._by_path = {p.path: p for p in provisions}

    def at(self, offset: int) -> tuple[Provision | None, bool]:
        index = bisect_right(self._starts, offset) - 1
        found = self._provisions[index] if index >= 0 else None
        while found is not None and found.end <= offset:
            found = self._by_path.get(found.parent) if found.parent else None
        above, quoted = found, False
        while above is not None and not quoted:
            quoted = above.kind == "quoted"
            above = self._by_path.get(above.parent) if above.parent else None
        return found, quoted


def _unnumbered(text: str, owner: Provision | None, at: int) -> str:
    """Name an appendix by the short title it is announced with ("9. Nhiệm vụ trọng tâm: (Có Phụ lục …)")."""
    if owner:
        title = text[owner.start : at].strip(" :(-–")
        title = re.sub(r"^(?:\d+[a-z]?|[IVX]+|[a-zđ])\s*[.)]\s*", "", title)
        if title and len(title.split()) <= 12 and not re.search(r"[.;]", title):
            return f"Phụ lục {title[0].lower()}{title[1:]}"
    return "Phụ lục kèm theo"
