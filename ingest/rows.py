"""The rows of a table: under which group row each stands, and the path by which it is cited.

A row is cited by its printed STT (``pl1.r12``), which counts through the whole table as a rule. Where
each group counts anew (a), b) under 1, 2 …), the group's number belongs to the place: ``pl.r14.ra``.
"""

from __future__ import annotations

from collections import Counter

from ingest.canonical import Paragraph
from ingest.markers import roman
from ingest.tree import Node, url_part

_UNNUMBERED_GROUP = 25  # a title across the table stands over figures, under Roman and capital numbers
_UNNUMBERED = 90


def arrange(table: Node) -> None:
    """Hang the rows of ``table`` under their groups and give each its part of the path."""
    rows = [item for item in table.items if isinstance(item, Node)]
    table.items = [item for item in table.items if isinstance(item, Paragraph)]
    printed = any(row.number for row in rows)
    open_groups: list[tuple[int, Node]] = []
    parents: list[Node | None] = []
    for position, row in enumerate(rows, 1):
        rank = _rank(row)
        while open_groups and open_groups[-1][0] >= rank:
            open_groups.pop()
        parent = open_groups[-1][1] if open_groups else None
        parents.append(parent)
        (parent or table).items.append(row)
        if row.marker == "group":
            open_groups.append((rank, row))
        # A row without a number is cited by its position, which must not look like a printed number.
        row.segment = f"r{url_part(row.number)}" if row.number else f"r{'x' if printed else ''}{position}"
    nested = _counts_anew(rows, parents)
    for row, parent in zip(rows, parents, strict=True):
        row.absolute = parent is None or not nested
        row.marker = _counted(row.number)


def _rank(row: Node) -> int:
    number = row.number
    if not number:
        return _UNNUMBERED_GROUP if row.marker == "group" else _UNNUMBERED
    if roman(number):
        return 10
    if number.isupper():
        return 20 if len(number) == 1 else _UNNUMBERED
    return 30 + number.count(".") if number[0].isdigit() else 50


def _counts_anew(rows: list[Node], parents: list[Node | None]) -> bool:
    """True when the numbers begin again under another group."""
    starts = Counter(
        row.number
        for row, parent in zip(rows, parents, strict=True)
        if parent and row.number in ("1", "a", "A")
    )
    return any(count > 1 for count in starts.values())


def _counted(number: str) -> str:
    if roman(number):
        return "row-roman"
    if number.isdigit():
        return "row-number"
    return "row-letter" if len(number) == 1 and number.islower() else "row"
