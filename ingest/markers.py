"""The printed marks that open a provision: "Điều 8.", "1.", "a)", "II.", "-" …

Places are numbered as Nghị định 30/2020/NĐ-CP and Nghị định 78/2025/NĐ-CP lay down (phần, chương,
mục, tiểu mục, điều, khoản, điểm; in plans I., 1., a), gạch đầu dòng). Real files vary, so the
patterns allow what was seen: no-break spaces (already plain here), "Điểu 8:", "ĐIỀU 1", "Chương I QUY ĐỊNH".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from corpus.kinds import kind_pattern
from ingest.letters import UPPER

MarkerKind = Literal[
    "part", "chapter", "section", "subsection", "article",
    "capital", "roman", "number", "decimal", "letter", "bracket", "dash", "plus",
]  # fmt: skip

RANK: dict[MarkerKind, int] = {
    "part": 10, "chapter": 20, "section": 30, "subsection": 40, "article": 50,
    "capital": 55, "roman": 60, "number": 70, "decimal": 75, "letter": 80, "bracket": 85,
    "dash": 90, "plus": 95,
}  # fmt: skip
"""Which marker stands inside which: a smaller rank is further out."""

OPEN_QUOTES = '“„«"'
CLOSE_QUOTES = '”»"'
LETTERS = "abcdđeghiklmnopqrstuvxy"
"""Order of điểm (Nghị định 78/2025/NĐ-CP: Vietnamese alphabet without marks, with đ)."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A mark at the start of a paragraph; ``rest`` is where the text after it begins."""

    kind: MarkerKind
    number: str  # as printed, without punctuation
    rest: int


_ORDINALS = {
    "nhất": "1", "hai": "2", "ba": "3", "bốn": "4", "tư": "4", "năm": "5", "sáu": "6",
    "bảy": "7", "tám": "8", "chín": "9", "mười": "10",
}  # fmt: skip
_COUNT = r"(?P<n>[IVXLC]+|\d{1,3})(?P<suffix>[a-zđ]?)"
_AFTER = r"(?P<mark>\s*[.:\-–]+\s*|\s*$|\s+)"
_HEADINGS: tuple[tuple[MarkerKind, re.Pattern[str]], ...] = (
    (
        "part",
        re.compile(rf"(?i:phần)\s+(?:(?i:thứ)\s+(?P<word>(?i:{'|'.join(_ORDINALS)}))|{_COUNT}){_AFTER}"),
    ),
    ("chapter", re.compile(rf"(?i:chương)\s+{_COUNT}{_AFTER}")),
    ("subsection", re.compile(rf"(?i:tiểu\s+mục)\s+{_COUNT}{_AFTER}")),
    ("section", re.compile(rf"(?i:mục)\s+{_COUNT}{_AFTER}")),
    # "Ð" (eth) is what some fonts left of "Đ"; "Điểu" stands in 80/2025/QH15 as published.
    (
        "article",
        re.compile(
            r"[ĐÐ]\s?(?:i[êeềểễếệ]u|I[ÊỀỂỄẾỆ]U)\s*(?P<n>\d{1,3})(?P<suffix>[a-zđ]?)"
            r"(?P<mark>\s*[.:]+\s*|\s*[-–]\s+|\s*$)"
        ),
    ),
)
# "Điều 5 Phạm vi": without a point it is a heading only where the articles around it say so.
_BARE_ARTICLE = re.compile(rf"[ĐÐ](?:iều|IỀU)\s+(?P<n>\d{{1,3}})\s+(?=[{UPPER}])")
_BARE_WORDS = 25
_DECIMAL = re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,3})\.?\s+(?=[^\W\d_])")
_NUMBER = re.compile(r"(\d{1,3})([a-zđ]?)\s*[./]\s*(?![\d/])")
# Party documents count "1- …", "1.1- …".
_NUMBER_DASH = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,3})\s?[-–]\s+(?=[^\W\d_])")
_LETTER = re.compile(r"\(?([a-zđ])\s?(?:\)\s*|/\s+)")
_LETTER_DOT = re.compile(r"([a-zđ])\.\s+")
_BRACKET = re.compile(r"\(?(\d{1,2})\)\s*")
_ROMAN = re.compile(r"([IVX]{1,7})\s*(?:\.\s*|[/–-]\s+)(?=\S|$)")
_CAPITAL = re.compile(r"([A-HKĐ])\s*[./]\s+(?=\S)")
_DASH = re.compile(r"([-–—−•●▪*~+])\s*(?=[^\W\d_]|\d|[“\"(….])")
_OF_A_TEXT = re.compile(rf"(?:và|của|tại) |{kind_pattern()}\b")
_ROMAN_VALUE = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def heading_marker(text: str) -> Marker | None:
    """Return the marker of a phần, chương, mục, tiểu mục or điều line, else None."""
    if text[:1] not in "PCMTĐÐ":
        return None
    for kind, pattern in _HEADINGS:
        match = pattern.match(text)
        if match:
            groups = match.groupdict()
            rest = text[match.end() :]
            # A heading, not a sentence that begins with a place ("Chương V của Luật Khiếu nại …").
            if rest and not groups["mark"].strip() and not rest.isupper():
                return None
            word = groups.get("word")
            number = _ORDINALS[word.lower()] if word else f"{groups['n']}{groups['suffix'] or ''}"
            return Marker(kind, number, match.end())
    return None


def bare_article(text: str) -> Marker | None:
    """Return the marker of a line that may be an article's heading without its point ("Điều 5 Phạm vi")."""
    match = _BARE_ARTICLE.match(text)
    rest = text[match.end() :] if match else ""
    if match is None or rest[-1:] in ".;:," or len(rest.split()) > _BARE_WORDS:
        return None
    return None if _OF_A_TEXT.match(rest) else Marker("article", match["n"], match.end())


def roman_marker(text: str) -> Marker | None:
    """Return the marker of a line that begins with a Roman number ("II. NHIỆM VỤ")."""
    match = _ROMAN.match(text)
    return Marker("roman", match[1], match.end()) if match and roman(match[1]) else None


def item_marker(text: str, *, plan: bool) -> Marker | None:
    """Return the marker of a khoản, điểm, dash …; Roman and capital letters only in plans."""
    if plan:
        marker = roman_marker(text)
        if marker:
            return marker
        match = _CAPITAL.match(text)
        if match:
            return Marker("capital", match[1], match.end())
        match = _LETTER_DOT.match(text)
        if match:
            return Marker("letter", match[1], match.end())
        match = _NUMBER_DASH.match(text)
        if match:
            return Marker("decimal" if "." in match[1] else "number", match[1], match.end())
    match = _DECIMAL.match(text)
    if match:
        return Marker("decimal", match[1], match.end())
    match = _NUMBER.match(text)
    if match:
        return Marker("number", match[1] + match[2], match.end())
    match = _LETTER.match(text)
    if match:
        return Marker("letter", match[1], match.end())
    match = _BRACKET.match(text)
    if match:
        return Marker("bracket", match[1], match.end())
    match = _DASH.match(text)
    # "-5 %" is a figure, "-100% cơ quan" a hasty dash: a figure needs the space.
    if match and not (match.end() == 1 and text[1:2].isdigit()):
        return Marker("plus" if match[1] == "+" else "dash", "", match.end())
    return None


def find_marker(text: str, *, plan: bool) -> Marker | None:
    """Return the marker at the start of a paragraph, or None."""
    marker = heading_marker(text)
    if marker and not (plan and marker.kind == "article"):
        return marker
    return item_marker(text, plan=plan)


def opens_provision(text: str) -> bool:
    """True when a line begins with any marker, of either family."""
    return bool(heading_marker(text) or item_marker(text, plan=True))


def roman(text: str) -> int:
    """Return the value of a well-formed Roman number, 0 for anything else."""
    total = 0
    for char, following in zip(text, f"{text} "[1:], strict=True):
        value = _ROMAN_VALUE.get(char, 0)
        if not value:
            return 0
        total += -value if _ROMAN_VALUE.get(following, 0) > value else value
    return total if 0 < total < 100 and to_roman(total) == text else 0


def to_roman(value: int) -> str:
    """Return ``value`` (1–99) as a Roman number."""
    tens, ones = divmod(value, 10)
    tens_text = ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC")[tens]
    return tens_text + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]


def arabic(number: str) -> str:
    """Return a printed count ("IV", "4", "4a") with Arabic figures."""
    value = roman(number)
    return str(value) if value else number.lstrip("0") or "0"


def position(kind: MarkerKind, number: str) -> int | None:
    """Return the place of a printed number in its sequence (1-based), None where it has none."""
    if kind in ("letter", "capital"):
        index = LETTERS.find(number.lower())
        return index + 1 if index >= 0 else None
    figures = re.match(r"\d+", arabic(number.rpartition(".")[2]))
    return int(figures[0]) if figures else None
