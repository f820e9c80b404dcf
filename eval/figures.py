"""Figures of an answer (numbers, dates, document numbers, places, units) and what supports them.

DESIGN.md, promise 7: numbers, dates, units and document numbers in an answer occur in its quotes.
The rule held here, exactly:

- Checked is the answer text alone, without citation marks ("[1]") and list ordinals at line starts.
  Warnings are catalog text with evidence of their own and are not part of it.
- Support is the quotes; the citations' labels, titles, document numbers, issuers and dates of issue
  (metadata that carries its own evidence); the labels given as hints; the question, whose words an
  answer may repeat; and the day the answer is given for (``as_of``).
- A refusal cites nothing. It may name the documents it looked into: their numbers, titles and issuers
  are support for refusals alone.
- A figure is supported when a figure of the same kind with the same normal form stands there. A part
  of a full date (year, month and year, day and month) and the short form of a document number
  ("Nghị định 150") are supported by the whole; "Mục IV" by "Mục IV.5". "5" is not supported by "5%".
- A whole number equal to the number of list lines of the answer is counted, not invented.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from assistant.contract import Answer
from corpus.model import Document
from corpus.settings import SHIPPED_LEXICON
from corpus.text import normalise

FigureKind = Literal["number", "date", "document", "place", "unit"]

_NOTE_MARK: Final = re.compile("[⁰¹²³⁴-⁹]+")  # "2024¹": a footnote's mark is no part of the number
_MARK: Final = re.compile(r"\[\d+(?:\s*[,;-]\s*\d+)*\]")
_ORDINAL: Final = re.compile(r"(?m)^[ \t]*(?:[-•*+]|(?:\d{1,2}|[a-zđA-ZĐ]|[IVX]+)[.)])[ \t]+")
_DOCUMENT: Final = re.compile(
    r"(?<![\w./-])(\d+(?:\.\d+)?)(?:/(\d{4}))?[/-][a-zđ]{1,5}\d*(?:[-/][a-zđ]{1,6}\d*)*(?![\w])"
)
_DATE: Final = re.compile(r"(?<![\w/])\d{1,2}/(?:\d{1,2}/)?\d{1,4}(?![\w/])")
_PLACE: Final = re.compile(
    r"(?<!\w)(?:điều \d+[a-zđ]?|khoản \d+[a-zđ]?|điểm [a-zđ]\d?|(?:chương|tiểu mục|mục|phần|phụ lục)"
    r" (?:[ivx]+|\d+))(?:\.\w+)*(?!\w)|(?<![\w.])[ivx]+(?:\.\d+)+(?:\.[a-zđ])?(?!\w)"
)
_NUMBER: Final = re.compile(r"(?<![\w])\d+(?:[.,]\d+)*%?(?!\w)")
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:\.\d{3})+")
# Names of bodies the lexicon does not list. The name's end is not marked in writing, so the head and
# the next two syllables stand for it ("Sở Nội vụ", "Hội Nông dân", "Ban Chấp hành").
_BODY: Final = re.compile(
    r"(?<!\w)(?:Phòng|Trung tâm|Văn phòng|Sở|Bộ|Ban|Cục|Chi cục|Tổng cục|Vụ|Thanh tra|Công an|Trạm|"
    r"Trường|Hội|Hội đồng|Liên đoàn|Đoàn|Mặt trận|Ủy ban|Viện|Kho bạc|Tòa án|Đảng ủy|Tỉnh ủy)"
    r" [A-ZĐÀ-ÖØ-ÝĂĨŨƠƯẠ-Ỹ]\w*(?: \w+)?"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: ``text`` as it stands in the comparable text, ``key`` its normal form."""

    kind: FigureKind
    text: str
    key: str


def comparable(text: str) -> str:
    """Return the form in which texts are compared.

    ``corpus.text.normalise`` (NFC, tone placement, dashes, quotes, spaces), lower case, no spaces
    around dashes and before "%", and one spelling of days ("ngày 05 tháng 12 năm 2026",
    "05/12/2026", "2026-12-05" -> "5/12/2026") and of small numbers ("01" -> "1").
    """
    text = _NOTE_MARK.sub(" ", normalise(text)).lower().strip()
    text = re.sub(r"\s*-\s*", "-", text)
    text = re.sub(r"(?<=\d)\s*(?:%|phần trăm)", "%", text)
    text = re.sub(r"(?<![\d/-])(\d{4})-(\d{2})-(\d{2})(?![\d/-])", r"\3/\2/\1", text)
    text = re.sub(r"(?<![\w/-])(\d{1,2})-(\d{1,2})-(\d{4})(?![\w/-])", r"\1/\2/\3", text)
    text = re.sub(r"(?<!\w)(\d{1,2}) tháng (\d{1,2}),? năm (\d{4})(?!\w)", r"\1/\2/\3", text)
    text = re.sub(r"(?<!\w)(\d{1,2}) tháng (\d{1,2})(?!\w)", r"\1/\2", text)
    text = re.sub(r"(?<!\w)tháng (\d{1,2}),? năm (\d{4})(?!\w)", r"tháng \1/\2", text)
    text = re.sub(r"(?<![\w.,/])0?(\d{1,2})/0?(\d{1,2})(?=/\d{4}(?!/)|(?![\d/]))", r"\1/\2", text)
    return re.sub(r"(?<![\w.,/-])0(\d)(?!\d)", r"\1", text)


def strip_marks(text: str) -> str:
    """Return ``text`` without citation marks and without the ordinals and dashes of its lists."""
    return _ORDINAL.sub(" ", _MARK.sub(" ", text))


@lru_cache(maxsize=1)
def _units() -> tuple[tuple[str, str], ...]:
    """Return (spelling, canonical name), longest spelling first, from the shipped lexicon."""
    with (SHIPPED_LEXICON / "units.toml").open("rb") as file:
        entries = tomllib.load(file)["unit"]
    pairs = {
        comparable(spelling): entry["name"]
        for entry in entries
        for spelling in (entry["name"], *entry.get("variants", ()))
    }
    return tuple(sorted(pairs.items(), key=lambda pair: -len(pair[0])))


def _find_units(text: str) -> tuple[list[Figure], str]:
    """Return the listed units in comparable ``text`` and the text with them blanked out."""
    found = []
    for spelling, name in _units():
        if spelling not in text:
            continue
        pattern = re.compile(rf"(?<!\w){re.escape(spelling)}(?!\w)")
        if pattern.search(text):
            found.append(Figure("unit", spelling, name))
            text = pattern.sub(lambda m: "_" * len(m.group()), text)
    return found, text


def extract(text: str) -> list[Figure]:
    """Return every figure of ``text``; each character belongs to one figure at most."""
    # The case that marks a name is lost in comparable text, so unlisted bodies are read first.
    bodies = [comparable(match.group()) for match in _BODY.finditer(normalise(text))]
    figures, rest = _find_units(comparable(text))
    figures += [Figure("unit", body, body) for body in bodies if body in rest]
    kinds: tuple[tuple[FigureKind, re.Pattern[str]], ...] = (
        ("document", _DOCUMENT),
        ("date", _DATE),
        ("place", _PLACE),
        ("number", _NUMBER),
    )
    for kind, pattern in kinds:
        for match in pattern.finditer(rest):
            key = match.group()
            if kind == "number" and _THOUSANDS.fullmatch(key):
                key = key.replace(".", "")
            figures.append(Figure(kind, match.group(), key))
        rest = pattern.sub(lambda m: "_" * len(m.group()), rest)
    return figures


def _support_keys(text: str) -> set[tuple[FigureKind, str]]:
    """Return (kind, key) of all that ``text`` supports, parts of dates and short forms included."""
    keys: set[tuple[FigureKind, str]] = set()
    for figure in extract(text):
        keys.add((figure.kind, figure.key))
        if figure.kind == "date":
            parts = figure.key.split("/")
            if len(parts) == 3:
                keys |= {("date", f"{parts[0]}/{parts[1]}"), ("date", f"{parts[1]}/{parts[2]}")}
            if len(parts[-1]) == 4:
                keys.add(("number", parts[-1]))
        elif figure.kind == "document":
            match = _DOCUMENT.fullmatch(figure.key)
            assert match is not None  # the key is what the pattern matched
            keys |= {("number", part) for part in match.groups() if part}
        elif figure.kind == "place":
            levels = figure.key.split(".")
            keys |= {("place", ".".join(levels[:depth])) for depth in range(1, len(levels))}
            keys.add(("place", figure.key.split(" ", 1)[-1]))
    return keys


def support_text(answer: Answer, held: Iterable[Document] = ()) -> str:
    """Return everything that may support a figure of ``answer`` (see the module's rule)."""
    parts = [answer.question, answer.as_of, *answer.hints]
    if answer.outcome == "abstain":
        parts += [name for one in held for name in (one.number, one.title, one.issuer) if name]
    for citation in answer.citations:
        # ISO days are turned round by ``comparable``; a bare ISO month would look like a range there.
        issued = re.sub(r"^(\d{4})-(\d{2})$", r"\2/\1", citation.issued or "")
        fields = (citation.quote, citation.label, citation.title, citation.document, citation.issuer)
        parts += [part for part in (*fields, issued) if part]
    return "\n".join(parts)


def fabricated(answer: Answer, held: Iterable[Document] = ()) -> list[Figure]:
    """Return the figures of the answer's text that nothing supports, in order of kind.

    ``held``: the documents of the library that answered, which a refusal may name.
    """
    shown = extract(strip_marks(answer.answer))
    if not shown:
        return []
    support = support_text(answer, held)
    keys = _support_keys(support)
    plain = comparable(support)
    listed = str(len(_ORDINAL.findall(answer.answer)))
    return [
        figure
        for figure in shown
        if (figure.kind, figure.key) not in keys
        and not (figure.kind == "number" and figure.key == listed)
        and not (figure.kind == "unit" and re.search(rf"(?<!\w){re.escape(figure.text)}(?!\w)", plain))
    ]
