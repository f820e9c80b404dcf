"""What a Word style says that matters to the text: its list, its font, whether it is hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingest.readers.numbering import W, number_of, value_of

_DEPTH = 12  # styles that a style may rest on; a circle in a damaged file ends there


@dataclass(slots=True)
class Style:
    """One style with what it inherits already filled in; None: says nothing."""

    font: str | None = None
    hidden: bool | None = None
    instance: str | None = None  # list
    level: int | None = None


class Styles:
    """The styles of ``word/styles.xml`` (its root element, None where there is none)."""

    def __init__(self, root: Any) -> None:
        self._elements: dict[str, Any] = {}
        self._known: dict[str, Style] = {}
        self.default = Style()
        self._plain = ""
        if root is None:
            return
        defaults = root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        self.default.font = run_font(defaults)
        for element in root.findall(f"{W}style"):
            identifier = element.get(f"{W}styleId", "")
            self._elements[identifier] = element
            if element.get(f"{W}type") == "paragraph" and is_on(element.get(f"{W}default")):
                self._plain = identifier

    def get(self, identifier: str | None) -> Style:
        """Return a style by its id; None gives the default paragraph style."""
        name = self._plain if identifier is None else identifier
        if name not in self._known:
            self._known[name] = self._filled(name)
        return self._known[name]

    def _filled(self, name: str) -> Style:
        style = Style()
        for _ in range(_DEPTH):
            element = self._elements.get(name)
            if element is None:
                break
            run, paragraph = element.find(f"{W}rPr"), element.find(f"{W}pPr")
            style.font = style.font or run_font(run)
            style.hidden = run_hidden(run) if style.hidden is None else style.hidden
            instance, level = paragraph_list(paragraph)
            style.instance = instance if style.instance is None else style.instance
            style.level = level if style.level is None else style.level
            name = value_of(element, "basedOn") or ""
        return style


def run_font(properties: Any) -> str | None:
    """Return the font of Western letters in a ``w:rPr``, None where it says nothing."""
    fonts = properties.find(f"{W}rFonts") if properties is not None else None
    if fonts is None:
        return None
    name = fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi")
    return str(name) if name else None


def run_hidden(properties: Any) -> bool | None:
    """Return whether a ``w:rPr`` hides its text, None where it says nothing."""
    vanish = properties.find(f"{W}vanish") if properties is not None else None
    return None if vanish is None else is_on(vanish.get(f"{W}val", "1"))


def paragraph_list(properties: Any) -> tuple[str | None, int | None]:
    """Return the list instance and level that a ``w:pPr`` names."""
    element = properties.find(f"{W}numPr") if properties is not None else None
    if element is None:
        return None, None
    return value_of(element, "numId"), number_of(value_of(element, "ilvl"))


def is_on(value: str | None) -> bool:
    """Return the meaning of an on/off attribute (ECMA-376 Part 1, 22.9.2.7)."""
    return value is not None and value.lower() not in ("0", "false", "off")
