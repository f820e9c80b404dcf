"""One line of source -> one line of canonical text: markup out, marks noted, rules recognised."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from ingest.letters import UPPER
from ingest.readers.base import Format
from ingest.traced import Traced, joined

_BOLD = re.compile(r"\*{2,}|(?<!\w)__(?=[^\W_])|(?<=[^\s_])__(?!\w)")
_EMPHASIS = re.compile(r"(?<![\w*\\])\*(?=\S)|(?<=[^\s\\])\*(?![\w*])|(?<!\w)_(?=\w)|(?<=\w)_(?!\w)")
_ATX = re.compile(r"\A\s{0,3}(?:>\s?)*#{1,6}\s+")
_QUOTE = re.compile(r"\A\s{0,3}(?:>\s?)+")
_BULLET = re.compile(r"\A(\s*)\*(?=\s)")
_LINK = re.compile(r"!?\[([^\]\[]+)\]\((?:[^()\s]|\([^()\s]*\))+\)")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|~>])")
_BREAK = re.compile(r"(?i)<br\s*/?>|</p>|</div>")
_SUP = re.compile(r"(?i)<sup>\s*\[?(\d{1,2})\]?\s*</sup>")
_TAG = re.compile(
    r"(?i)</?(?:p|div|span|b|i|u|em|strong|sup|sub|center|font|a|table|tr|td|th|tbody|li|ul|ol)\b[^<>]*>"
)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
_RULE = re.compile(r"[\s\-_=*–—~•·+]*")
_TRAILING_RULE = re.compile(r"\s*(?:-{3,}|_{3,}|={3,}|–{3,}|—{2,})\s*$")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
# A raised figure after a unit of length is a square or cube, not a footnote ("m²").
_MARK = re.compile(r"(?<!\bm)(?<!\bkm)(?<!\bcm)(?<!\bdm)(?<!\bmm)[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}|\[\^?\d{1,3}\]")
_BODY = re.compile(r"\s*(?P<mark>[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}|\[\^?\d{1,3}\]:?)\s*(?=\S)")
# Two printed lines that the portal glued together (seen in 72/2025, 91/2025, 20/2023 and 89/2025/QH15).
_GLUED = re.compile(
    rf"(?<=[{UPPER}])(?=\(?Đã ký)|(?<=\(Đã ký\))\s*(?=\S)|(?<=VIỆT NAM)\s*(?=Độc lập)"
    r"|(?<=Hạnh phúc)\s*(?=-{3,})"
    r"|(?<=[.;/])\s+(?=(?:Luật|Bộ luật|Pháp lệnh|Nghị quyết) này (?:đã )?được [^.;]{5,160} thông qua )"
)


@dataclass(slots=True)
class Line:
    """A cleaned line with the source it came from."""

    body: Traced
    spans: list[tuple[int, int]]
    page: int | None
    gap: bool
    rule: bool = False  # a drawn line or nothing: furniture
    length: int = 0  # characters as printed, to tell wrapped lines
    marks: list[tuple[int, str]] = field(default_factory=list)
    note: str | None = None  # label, where the line begins a footnote's body
    cell: bool = False  # stands in a cell of a layout table
    joins: bool | None = None  # what the page shows: goes on with the line before, or does not


def mark_label(mark: str) -> str:
    """Return the label of a footnote mark: "¹" and "[^1]" -> "1"."""
    return mark.strip("[]^: ").translate(_SUPERSCRIPTS)


def clean(text: str, start: int, end: int, form: Format) -> Traced:
    """Return ``text[start:end]`` as canonical characters; footnote marks are still in it."""
    traced = Traced.of(text, start, end)
    if form == "md":
        traced = traced.keep(_LINK, 1).sub(_ATX, "").sub(_QUOTE, "").sub(_BULLET, "-")
        traced = _sup_marks(traced)
        traced = traced.sub(_BREAK, "\n").sub(_TAG, "")
        traced = _entities(traced)
    if form in ("md", "txt"):
        traced = traced.sub(_BOLD, "")
    if form == "md":
        traced = traced.sub(_EMPHASIS, "").keep(_ESCAPE, 1)
    return traced


def take_marks(body: Traced, labels: set[str]) -> tuple[Traced, list[tuple[int, str]]]:
    """Take the footnote marks whose label is in ``labels`` out of ``body``; return where they stood."""
    marks: list[tuple[int, str]] = []
    parts: list[Traced] = []
    last = shift = 0
    for match in _MARK.finditer(body.text):
        label = mark_label(match[0])
        if label not in labels:
            continue
        parts.append(body.part(last, match.start()))
        marks.append((match.start() - shift, label))
        shift += len(match[0])
        last = match.end()
    if not marks:
        return body, []
    return joined([*parts, body.part(last)]), marks


def note_body(line: Line) -> bool:
    """True for a line that begins a footnote's body; its mark is taken off and kept as label."""
    match = _BODY.match(line.body.text)
    if not match:
        return False
    line.note = mark_label(match["mark"])
    line.body = line.body.part(match.end())
    return True


def split_lines(body: Traced) -> list[Traced]:
    """Return the printed lines in ``body``: at breaks, and where two lines were glued together."""
    pieces: list[Traced] = []
    last = 0
    cuts = sorted(
        {m.end() for m in re.finditer("\n", body.text)} | {m.start() for m in _GLUED.finditer(body.text)}
    )
    for cut in [*cuts, len(body)]:
        pieces.append(body.part(last, cut).squeezed())
        last = cut
    return pieces


def is_rule(text: str) -> bool:
    """True for a drawn line ("-------", "* * *") or nothing at all."""
    return bool(_RULE.fullmatch(text))


def without_rule(body: Traced) -> Traced:
    """Return the line without a drawn line at its end ("QUỐC HỘI-------")."""
    match = _TRAILING_RULE.search(body.text)
    return body.part(0, match.start()) if match and match.start() else body


def _sup_marks(traced: Traced) -> Traced:
    parts: list[Traced] = []
    last = 0
    for match in _SUP.finditer(traced.text):
        mark = Traced(f"[{match[1]}]", [traced.origin[match.start()]] * (len(match[1]) + 2))
        parts += [traced.part(last, match.start()), mark]
        last = match.end()
    return joined([*parts, traced.part(last)]) if parts else traced


def _entities(traced: Traced) -> Traced:
    for entity in {match[0] for match in _ENTITY.finditer(traced.text)}:
        plain = html.unescape(entity).replace("\xa0", " ")
        traced = traced.sub(re.compile(re.escape(entity)), plain)
    return traced
