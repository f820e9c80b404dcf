"""Places inside documents, as officials name them: "khoản 2 điều 13", "mục IV.5", "phần III".

A place is read from folded text, so marks do not matter, and becomes provision path candidates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ROMAN = re.compile(r"^(?=[ivx]+$)(x{0,3})(ix|iv|v?i{0,3})$")
_LETTER = r"(?:[a-z]|dd)"
_ARTICLE = re.compile(r"\b(?:dieu|d\.|d(?= \d))\s*(?:so\s*|thu\s*)?(\d{1,3})([a-z](?![a-z]))?")
_CLAUSE = re.compile(r"\b(?:khoan|k\.|k(?= \d))\s*(?:so\s*|thu\s*)?(\d{1,3})\b")
_POINT = re.compile(rf"\b(?:diem)\s+({_LETTER})(?![a-z])")
_CHAPTER = re.compile(r"\bchuong\s+([ivx]+|\d{1,2})\b")
_OUTLINE = re.compile(
    r"\b(?:muc|phan|tieu muc|phan muc|diem|khoan|y)\s+(?:thu\s+)?([ivx]+"
    r"|\d{1,2})(?:\s*[.\-,/]\s*(\d{1,2}))?(?:\s*[.\-]\s*([a-z])(?![a-z]))?(?![\w/])"
)
_BARE_OUTLINE = re.compile(r"\b([ivx]{1,4})\s*[.\-]\s*(\d{1,2})\b")
_APPENDIX = re.compile(r"\bphu luc(?:\s+(?:so\s+)?([ivx]+|\d{1,2}))?(?![\w])")
_ORDINALS = {
    **{"dau tien": "1", "nhat": "1", "hai": "2", "ba": "3", "bon": "4", "tu": "4", "nam": "5", "sau": "6"},
    **{"bay": "7", "tam": "8", "chin": "9", "muoi": "10", "cuoi cung": "-1", "cuoi": "-1"},
}
_ITEM = re.compile(
    r"\b(gach dau dong|gach|y|dong|doan)\s+(?:so\s+)?(?:thu\s+)?(\d{1,2}|" + "|".join(_ORDINALS) + r")\b(?!/)"
)
_PART_IN_WORDS = re.compile(r"\bphan (?:thu )?(nhat|hai|ba|bon|tu|nam)\b")
_FOOTNOTE = re.compile(r"\b(?:chu thich|footnote|ghi chu)\s*(?:so\s*)?(\d{1,2})\b")

_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10}


@dataclass(frozen=True, slots=True)
class Place:
    """A named place: ``path`` as in provision ids, ``family`` says which kind of document has it."""

    path: str
    family: str  # "law", "plan", "both"
    text: str  # as typed, folded


def from_roman(numeral: str) -> int | None:
    """Return the value of a folded roman numeral up to 39, None where it is not one."""
    if not numeral or not _ROMAN.match(numeral):
        return None
    values = [_ROMAN_VALUES[char] for char in numeral]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)


def to_roman(number: int) -> str:
    """Return the roman numeral of 1..39 in capitals."""
    tens, units = divmod(number, 10)
    return "X" * tens + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[units]


def find_places(folded: str) -> list[Place]:
    """Return the places that folded text names, the most specific reading first.

    A law's place needs its "điều" ("khoản 2 Điều 13"); a plan's place starts with its roman part
    ("mục IV.5", "điểm 5 mục IV"). An ambiguous one ("mục 5") names no place.
    """
    article = _ARTICLE.search(folded)
    if article:
        path = f"d{article.group(1)}{article.group(2) or ''}"
        clause = _CLAUSE.search(folded)
        point = _POINT.search(folded)
        if clause:
            path += f".k{clause.group(1)}"
        if point:
            path += f".{point.group(1)}"
        return [Place(path, "law", article.group())]
    item = _ITEM.search(folded)
    rest = folded[: item.start()] + folded[item.end() :] if item else folded
    outline = _outline_path(rest)
    if outline:
        if item:
            letter = "p" if item.group(1) == "doan" else "g"
            outline += f".{letter}{_ORDINALS.get(item.group(2), item.group(2))}"
        return [Place(outline, "plan", outline)]
    chapter = _CHAPTER.search(folded)
    if chapter:
        number = from_roman(chapter.group(1)) or int(chapter.group(1)) if chapter.group(1) else None
        return [Place(f"c{number}", "law", chapter.group())]
    footnote = _FOOTNOTE.search(folded)
    if footnote:
        return [Place(f"fn{footnote.group(1)}", "both", footnote.group())]
    appendix = _APPENDIX.search(folded)
    if appendix:
        numeral = appendix.group(1)
        number = (from_roman(numeral) or (int(numeral) if numeral.isdigit() else None)) if numeral else None
        return [Place(f"pl{number or ''}", "both", appendix.group())]
    return []


def _outline_path(folded: str) -> str | None:
    """Read "mục IV.5", "IV.5", "mục 5 phần IV", "điểm 2 mục III" as one outline path."""
    folded = _PART_IN_WORDS.sub(lambda m: f"phan {to_roman(int(_ORDINALS[m.group(1)])).lower()}", folded)
    roman: str | None = None
    arabic: str | None = None
    letter: str | None = None
    for match in _OUTLINE.finditer(folded):
        first, second, third = match.groups()
        value = from_roman(first)
        if value is not None and roman is None:
            roman = to_roman(value)
            arabic = second or arabic
            letter = third or letter
        elif first.isdigit():
            arabic = arabic or first
            letter = letter or third
    if roman is None:
        bare = _BARE_OUTLINE.search(folded)
        value = from_roman(bare.group(1)) if bare else None
        if bare and value is not None:
            roman, arabic = to_roman(value), bare.group(2)
    if roman is None:
        return None
    return ".".join(part for part in (roman, arabic, letter) if part)
