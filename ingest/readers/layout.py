"""Words with places on a page -> lines in reading order, and which of them go on with the line before.

Text PDFs and scans both end here: pdfium tells where each character stands, OCR where each word. All
measures are points (1/72 inch); y grows downwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_COLUMN_GAP = 1.8  # font sizes between two words of one line that stand in two columns
# Font sizes between two letters of two words where no space is printed. pdfium itself puts spaces where a
# line has none; narrow letters of a typewriter font stand 0.35 apart.
_WORD_GAP = 0.6
_SPACE = 0.12  # font sizes: a printed space is no narrower, however tightly a line is set
_LEVEL = 0.3  # font sizes by which the baselines of one line may differ
_RAISED = 0.78  # of the line's font size: smaller and higher figures are footnote marks
_PARAGRAPH_SPACE = 1.32  # of the usual distance of lines: more is a new paragraph
_INDENT = 0.9  # font sizes that the first line of a paragraph is set in, at least
_FLUSH_SHARE = 0.3  # of a page's lines begin at its edge, where indents tell first lines of paragraphs
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
# A list marker may stand far from its text: no column of its own.
_MARKER = re.compile(r"(?:(?:Điều|Chương|Mục)\s+)?[\dIVXLCa-zđ]{1,5}[.):]?|[-–+•*]|\(?\d{1,3}\)?")
# Blocks that stand side by side: letterhead, recipients and signature (NĐ 30/2020/NĐ-CP, Phụ lục I).
_SIDE_BY_SIDE = re.compile(
    r"C[ỘO]NG H[ÒO][AÀ] X[ÃA] H[ỘO]I|ĐẢNG CỘNG SẢN VIỆT NAM|[ĐD][ộo]c l[ậa]p\s*[-–—]\s*T[ựu]"
    r"|N[ơo]i nh[ậa]n\s*:?",
    re.I,
)
_RECIPIENTS = re.compile(r"\W*N[ơo]i nh[ậa]n\b", re.I)
_LEADERS = re.compile(r"(?:[.…_]\s?){5,}")  # dots to write on: drawn in a Word file, characters here


@dataclass(slots=True)
class Word:
    """A word, or one character (also a space) of a text PDF: baseline ``y``, font ``size``."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    space: bool = False  # a space stands behind it


@dataclass(slots=True)
class PageLine:
    """A printed line or one column's part of it; ``joins``: it goes on with the line before."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    first: float  # width of its first word
    gap: bool = True
    joins: bool | None = None


@dataclass(slots=True)
class _Row:
    y: float
    size: float
    words: list[Word]


def page_lines(words: Iterable[Word]) -> list[PageLine]:
    """Return the lines of a page in reading order: columns of a letterhead or signature one by one."""
    rows = _rows(words)
    lines = [_parts(row) for row in rows]
    ordered: list[PageLine] = []
    index = 0
    while index < len(lines):
        end, middle = _side_by_side(lines, index)
        if end > index:
            block = lines[index:end]
            # What stands above the right column alone ("KT. BỘ TRƯỞNG") belongs to it.
            while (
                ordered and ordered[-1].x0 > middle and block[0][0].y - ordered[-1].y < 4 * ordered[-1].size
            ):
                block.insert(0, [ordered.pop()])
            ordered += _columns(block, middle)
            index = end
        else:
            ordered.append(_joined(lines[index]))
            index += 1
    ordered = [line for line in ordered if line.text]
    _paragraphs(ordered)
    return ordered


def _rows(words: Iterable[Word]) -> list[_Row]:
    """Group words into lines: by their baseline, raised figures with the line that they stand in."""
    rows: list[_Row] = []
    for word in sorted(words, key=lambda w: (round(w.y, 1), w.x0)):
        best, least = None, _LEVEL
        for row in rows[-4:]:
            off = abs(word.y - row.y) / min(word.size, row.size)
            if off <= least:
                best, least = row, off
        if best is None:
            rows.append(_Row(word.y, word.size, [word]))
            continue
        best.words.append(word)
        if word.size > best.size and word.text != " ":
            best.size = word.size
    rows = sorted((row for row in rows if any(w.text != " " for w in row.words)), key=lambda r: r.y)
    whole: list[_Row] = []
    for index, row in enumerate(rows):
        near = rows[index + 1] if index + 1 < len(rows) else None
        if near and _raised(row, near):
            near.words += row.words
        else:
            row.words.sort(key=lambda w: w.x0)
            whole.append(row)
    return whole


def _raised(row: _Row, below: _Row) -> bool:
    """True for a row of nothing but small figures that stands in the height of the one below."""
    small = all(w.text == " " or (w.text.isdigit() and w.size < below.size * _RAISED) for w in row.words)
    return small and below.y - row.y < 0.6 * below.size


def _parts(row: _Row) -> list[PageLine]:
    """Return a line's parts: split where the space is as wide as between columns."""
    parts: list[list[Word]] = [[]]
    blank: float | None = None
    for word in row.words:
        last = parts[-1][-1] if parts[-1] else None
        if word.text == " ":
            # One that lies inside a letter was made up as well.
            if last and word.x0 > (last.x0 + last.x1) / 2:
                blank = word.x0 if blank is None else blank
            continue
        # pdfium also makes up spaces, of no width, where the order of drawing jumps.
        if last and blank is not None and word.x0 - blank > _SPACE * row.size:
            last.space = True
        blank = None
        if last and word.x0 - last.x1 > _COLUMN_GAP * row.size:
            parts.append([])
        parts[-1].append(word)
    return [_line(part, row) for part in parts]


def _line(words: Sequence[Word], row: _Row) -> PageLine:
    text = ""
    first = words[0].x1 - words[0].x0
    for index, word in enumerate(words):
        shown = word.text
        if word.size < row.size * _RAISED and word.y < row.y - 0.1 * row.size and shown.isdigit():
            shown = shown.translate(_SUPERSCRIPTS)
        if index:
            before = words[index - 1]
            apart = before.space or word.x0 - before.x1 > _WORD_GAP * row.size
            if apart and not text.endswith(" "):
                text += " "
            elif not apart and " " not in text:
                first = word.x1 - words[0].x0
        text += shown
    text = _LEADERS.sub(" ", text).strip()
    return PageLine(text, words[0].x0, words[-1].x1, row.y, row.size, first)


def _side_by_side(lines: Sequence[list[PageLine]], start: int) -> tuple[int, float]:
    """Return the end of a block of two columns that begins at ``start`` and where they are parted.

    The end is ``start`` where there is no such block.
    """
    if _RECIPIENTS.match(lines[start][0].text):
        return _recipients(lines, start)
    split: tuple[float, float] | None = None
    end, said = start, False
    for index in range(start, len(lines)):
        parts = lines[index]
        if index > start and parts[0].y - lines[index - 1][0].y > 4 * parts[0].size and not said:
            break
        if len(parts) == 2 and not _MARKER.fullmatch(parts[0].text):
            gap = (parts[0].x1, parts[1].x0)
            if split and (gap[0] >= split[1] or gap[1] <= split[0]):
                break
            split = (max(gap[0], split[0]), min(gap[1], split[1])) if split else gap
        elif len(parts) == 1 and split:
            if parts[0].x0 < (split[0] + split[1]) / 2 < parts[0].x1:
                break
        elif len(parts) == 1 and _SIDE_BY_SIDE.match(parts[0].text) and index == start:
            # "CỘNG HÒA …" may stand half a line higher than what is beside it.
            continue
        else:
            break
        said = said or any(_SIDE_BY_SIDE.search(part.text) for part in parts)
        end = index + 1
    return (end, (split[0] + split[1]) / 2) if split and said else (start, 0.0)


def _recipients(lines: Sequence[list[PageLine]], start: int) -> tuple[int, float]:
    """Return the end of "Nơi nhận: …" with the signature beside it, and where the two are parted."""
    head = lines[start][0]
    edge = head.x0 + 4 * head.size  # recipients begin left of it, the signature right
    near = [part for parts in lines[max(0, start - 3) : start + 12] for part in parts if part.x0 > edge]
    near = [part for part in near if abs(part.y - head.y) < 12 * head.size]
    if not near:
        return start, 0.0
    # A signature's lines are centred under each other; specks of a stamp stand anywhere.
    centres = sorted((part.x0 + part.x1) / 2 for part in near if len(part.text) > 3 or len(near) == 1)
    if not centres:
        return start, 0.0
    axis = centres[len(centres) // 2]
    signature = [part for part in near if abs((part.x0 + part.x1) / 2 - axis) < 2 * head.size]
    right = min((part.x0 for part in signature), default=axis)
    end = start
    for parts in lines[start:]:
        if not all(part.x1 < right if part.x0 <= edge else part.x0 > right - 2 * head.size for part in parts):
            break
        end += 1
    return (end, right - 0.1) if end > start else (start, 0.0)


def _columns(lines: Sequence[list[PageLine]], middle: float) -> list[PageLine]:
    flat = [part for parts in lines for part in parts]
    sides = [p for p in flat if p.x0 < middle], [p for p in flat if p.x0 >= middle]
    for side in sides:
        edge = max((part.x1 for part in side), default=0.0)
        item = False  # inside a recipient ("- …") that may be broken
        for index, part in enumerate(side):
            part.joins = item and edge - side[index - 1].x1 < part.first and part.text[0] not in "-–"
            item = part.joins or part.text[0] in "-–"
    return [*sides[0], *sides[1]]


def _joined(parts: Sequence[PageLine]) -> PageLine:
    if len(parts) == 1:
        return parts[0]
    line = PageLine(
        " ".join(part.text for part in parts),
        parts[0].x0,
        parts[-1].x1,
        parts[0].y,
        parts[0].size,
        parts[0].first,
    )
    if not _MARKER.fullmatch(parts[0].text):
        line.joins = False
    return line


def _paragraphs(lines: Sequence[PageLine]) -> None:
    """Set ``gap`` and ``joins`` of each line from the distance, the indent and the room left before it."""
    if not lines:
        return
    pitch = _pitch(lines)
    left, right = margins(lines)
    flush = sum(line.x0 < left + 0.5 * line.size for line in lines)
    first_lines = flush >= _FLUSH_SHARE * len(lines)
    for before, line in pairwise(lines):
        size = max(before.size, line.size)
        line.gap = not 0 < line.y - before.y <= pitch * _PARAGRAPH_SPACE * size
        if line.joins is not None:
            continue
        if line.gap:
            line.joins = False
            continue
        centred = any(
            abs(one.x0 + one.x1 - left - right) < size and one.x0 > left + 2 * size for one in (before, line)
        )
        room = (right - left if centred else right - before.x0) - (before.x1 - before.x0)
        inner = line.x0 > left + _INDENT * size
        # Two first lines, one under the other, where paragraphs begin with an indent; else a block set in.
        indented = inner and (line.x0 > before.x0 + 0.3 * size or (first_lines and not before.joins))
        # The next word would have fitted: the paragraph had ended.
        line.joins = room < line.first + 0.3 * size and (centred or not indented)


def _pitch(lines: Sequence[PageLine]) -> float:
    """Return the usual distance of two lines of one paragraph, in font sizes."""
    steps = sorted((b.y - a.y) / max(a.size, b.size) for a, b in pairwise(lines) if b.y > a.y)
    steps = [step for step in steps if 0.8 < step < 2.2]
    return steps[len(steps) // 4] if steps else 1.2


def margins(lines: Sequence[PageLine]) -> tuple[float, float]:
    """Return the left and right edge of the text: where its longest lines begin and end."""
    wide = sorted(lines, key=lambda line: line.x0 - line.x1)[: max(3, len(lines) // 3)]
    lefts = sorted(line.x0 for line in wide)
    rights = sorted(line.x1 for line in wide)
    return lefts[len(lefts) // 4], rights[(3 * len(rights)) // 4]


def continues(before: PageLine, line: PageLine, edges: tuple[float, float]) -> bool:
    """True when ``line``, the first of a page, goes on with ``before``, the last of the page before it."""
    left, right = edges
    indented = line.x0 > left + _INDENT * line.size
    return right - before.x1 < line.first + 0.3 * line.size and not indented
