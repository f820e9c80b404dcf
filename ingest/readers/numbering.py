"""The numbers that Word makes itself ("Điều 1.", "a)", "-"): they are text to the reader, not in the file.

ECMA-376 Part 1, 17.9: a paragraph names a list instance (``w:num``) and a level; the instance points to an
abstract list whose levels tell format, text ("Điều %1.") and start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_MOST = 30_000  # a counter beyond this is a damaged file
_DEPTH = 9  # levels of a list, and styles that a style may rest on


@dataclass(slots=True)
class _Level:
    form: str = "decimal"
    text: str = ""
    start: int = 1
    restart: int | None = None  # the level whose step starts this one anew; None: any above
    legal: bool = False
    style: str = ""


@dataclass(slots=True)
class Numbering:
    """All lists of a document and how far each has counted."""

    levels: dict[tuple[str, int], _Level] = field(default_factory=dict)  # by list instance
    lists: dict[str, str] = field(default_factory=dict)  # instance -> abstract list
    by_style: dict[str, tuple[str, int]] = field(default_factory=dict)  # paragraph style -> (instance, level)
    starts: dict[tuple[str, int], int] = field(default_factory=dict)  # w:startOverride not yet used
    counters: dict[tuple[str, int], int] = field(default_factory=dict)  # by abstract list

    def label(self, instance: str, level: int) -> str:
        """Count one paragraph of a list; return what Word prints before it, "" where nothing."""
        found = self.levels.get((instance, level))
        if found is None or instance == "0":
            return ""
        shared = self.lists[instance]
        restart = self.starts.pop((instance, level), None)
        current = self.counters.get((shared, level))
        value = found.start if current is None else current + 1
        self.counters[shared, level] = min(value if restart is None else restart, _MOST)
        for below in range(level + 1, _DEPTH):
            lower = self.levels.get((instance, below))
            if lower is None or lower.restart is None or level < lower.restart:
                self.counters.pop((shared, below), None)
        if found.form == "bullet":
            return found.text if found.text in ("+", "*", "•") else "-"
        if found.form == "none" and "%" not in found.text:
            return found.text.strip()
        return self._filled(instance, shared, found).strip()

    def _filled(self, instance: str, shared: str, level: _Level) -> str:
        text = level.text
        for n in range(_DEPTH, 0, -1):
            if f"%{n}" not in text:
                continue
            other = self.levels.get((instance, n - 1), _Level())
            value = self.counters.get((shared, n - 1), other.start)
            shown = figure(value, "decimal" if level.legal and other.form != "decimalZero" else other.form)
            text = text.replace(f"%{n}", shown)
        return text


def figure(value: int, form: str) -> str:
    """Return a number in one of Word's formats (ST_NumberFormat); an unknown one counts in figures."""
    if form in ("lowerRoman", "upperRoman") and value > 0:
        text = ""
        rest = value
        for worth, letters in _ROMAN:
            text += letters * (rest // worth)
            rest %= worth
        return text.upper() if form == "upperRoman" else text
    if form in ("lowerLetter", "upperLetter") and value > 0:
        letter = chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form == "decimalZero":
        return f"{value:02d}"
    return "" if form == "none" else str(value)


def read_numbering(root: Any) -> Numbering:
    """Return the lists of ``word/numbering.xml`` (its root element, None where there is none)."""
    numbering = Numbering()
    if root is None:
        return numbering
    abstract = {a.get(f"{W}abstractNumId", ""): _levels(a) for a in root.findall(f"{W}abstractNum")}
    for num in root.findall(f"{W}num"):
        instance = num.get(f"{W}numId", "")
        target = num.find(f"{W}abstractNumId")
        shared = target.get(f"{W}val", "") if target is not None else ""
        numbering.lists[instance] = shared
        for level, found in abstract.get(shared, {}).items():
            numbering.levels[instance, level] = found
            if found.style:
                numbering.by_style.setdefault(found.style, (instance, level))
        for override in num.findall(f"{W}lvlOverride"):
            level = number_of(override.get(f"{W}ilvl")) or 0
            own = override.find(f"{W}lvl")
            if own is not None:
                numbering.levels[instance, level] = _level(own)
            start = value_of(override, "startOverride")
            if start is not None:
                numbering.starts[instance, level] = number_of(start) or 0
    return numbering


def _levels(abstract: Any) -> dict[int, _Level]:
    return {number_of(lvl.get(f"{W}ilvl")) or 0: _level(lvl) for lvl in abstract.findall(f"{W}lvl")}


def _level(lvl: Any) -> _Level:
    start = number_of(value_of(lvl, "start"))
    return _Level(
        form=value_of(lvl, "numFmt") or "decimal",
        text=value_of(lvl, "lvlText") or "",
        start=1 if start is None else start,
        restart=number_of(value_of(lvl, "lvlRestart")),
        legal=lvl.find(f"{W}isLgl") is not None,
        style=value_of(lvl, "pStyle") or "",
    )


def value_of(element: Any, name: str) -> str | None:
    """Return the ``w:val`` of a child element, None where there is none."""
    child = element.find(f"{W}{name}") if element is not None else None
    value = child.get(f"{W}val") if child is not None else None
    return None if value is None else str(value)


def number_of(text: str | None) -> int | None:
    """Return a whole number, None for anything else."""
    try:
        return int(text) if text is not None else None
    except ValueError:
        return None
