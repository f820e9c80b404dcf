"""Plain aligned text tables and Vietnamese figures for the evaluation's output."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def percent(value: float | None, digits: int = 1) -> str:
    """Return ``value`` (0..1) the Vietnamese way, "97,5 %"; "–" for None."""
    return "–" if value is None else f"{100 * value:.{digits}f} %".replace(".", ",")


def number(value: float | None, digits: int = 0) -> str:
    """Return ``value`` with a decimal comma; "–" for None."""
    return "–" if value is None else f"{value:.{digits}f}".replace(".", ",")


def width(text: str) -> int:
    """Return the columns ``text`` takes: combining marks take none."""
    return sum(not unicodedata.combining(char) for char in text)


def render(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an aligned table: the first column to the left, the others to the right."""
    table = [list(header), *map(list, rows)]
    widths = [max(width(row[i]) for row in table) for i in range(len(header))]
    rule = "  ".join("─" * w for w in widths)

    def line(row: list[str]) -> str:
        cells = []
        for i, (cell, w) in enumerate(zip(row, widths, strict=True)):
            pad = " " * (w - width(cell))
            cells.append(cell + pad if i == 0 else pad + cell)
        return "  ".join(cells).rstrip()

    return "\n".join([line(table[0]), rule, *map(line, table[1:])])
