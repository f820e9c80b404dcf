"""Text that remembers where each of its characters stood in the source.

Cleaning (NFC, odd spaces, marks) changes text; provisions must still be able to say which part of
the file they came from. ``Traced`` keeps one source offset a character through every such step.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")
_ODD_SPACE = re.compile(r"[^\S \n]")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Traced:
    """``text`` and, for each of its code points, the offset of the source character it stands for."""

    text: str
    origin: Sequence[int]

    @classmethod
    def of(cls, source: str, start: int = 0, end: int | None = None) -> Traced:
        """Return ``source[start:end]`` in NFC, invisible characters dropped, odd spaces made plain."""
        end = len(source) if end is None else end
        raw = source[start:end]
        traced = cls(raw, range(start, end))
        if not unicodedata.is_normalized("NFC", raw):
            traced = _compose(raw, start)
        traced = traced.sub(_INVISIBLE, "")
        # One for one: offsets stay.
        return cls(_ODD_SPACE.sub(" ", traced.text), traced.origin)

    def __len__(self) -> int:
        return len(self.text)

    def part(self, start: int, end: int | None = None) -> Traced:
        """Return the slice ``[start:end]``."""
        return Traced(self.text[start:end], self.origin[start:end])

    def sub(self, pattern: re.Pattern[str], replacement: str) -> Traced:
        """Return the text with every match replaced; the new characters stand where the match began."""
        matches = list(pattern.finditer(self.text))
        if not matches:
            return self
        parts: list[str] = []
        origin: list[int] = []
        last = 0
        for match in matches:
            parts += [self.text[last : match.start()], replacement]
            origin += self.origin[last : match.start()]
            at = self.origin[match.start()] if match.start() < len(self.origin) else self._after()
            origin += [at] * len(replacement)
            last = match.end()
        parts.append(self.text[last:])
        origin += self.origin[last:]
        return Traced("".join(parts), origin)

    def keep(self, pattern: re.Pattern[str], group: int) -> Traced:
        """Return the text with every match reduced to its ``group`` (drops what surrounds it)."""
        parts: list[Traced] = []
        last = 0
        for match in pattern.finditer(self.text):
            parts += [self.part(last, match.start()), self.part(*match.span(group))]
            last = match.end()
        return joined([*parts, self.part(last)]) if last else self

    def strip(self) -> Traced:
        """Return the text without spaces at both ends."""
        start = len(self.text) - len(self.text.lstrip())
        return self.part(start, max(start, len(self.text.rstrip())))

    def squeezed(self) -> Traced:
        """Return the text with every run of spaces made one space, none at the ends."""
        if "  " not in self.text and "\n" not in self.text:
            return self.strip()
        return self.sub(_SPACES, " ").strip()

    def plus(self, other: Traced, separator: str = "") -> Traced:
        """Return both texts in a row."""
        if not other.text:
            return self
        if not self.text:
            return other
        glue = [self._after()] * len(separator)
        return Traced(self.text + separator + other.text, [*self.origin, *glue, *other.origin])

    def _after(self) -> int:
        return self.origin[-1] + 1 if len(self.origin) else 0


def empty() -> Traced:
    """Return a text of no characters."""
    return Traced("", ())


def joined(parts: Sequence[Traced]) -> Traced:
    """Return all texts in a row, in one step: adding them one by one would copy the first again and again."""
    return Traced("".join(part.text for part in parts), [at for part in parts for at in part.origin])


def _compose(raw: str, start: int) -> Traced:
    """NFC cluster by cluster: a composed character stands where its base character stood."""
    parts: list[str] = []
    origin: list[int] = []
    begin = 0
    for index in range(1, len(raw) + 1):
        if index < len(raw) and unicodedata.combining(raw[index]):
            continue
        cluster = unicodedata.normalize("NFC", raw[begin:index])
        parts.append(cluster)
        origin += [start + begin] * len(cluster)
        begin = index
    return Traced("".join(parts), origin)
