"""What recognition leaves wrong on scanned pages and a rule can mend: section numbers, footnote marks.

Every change is said as a doubt: the number was printed otherwise, as far as the machine could see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from corpus.model import Doubt
from ingest.readers.layout import PageLine

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV")
# A section in capitals ("III. KINH PHÍ") whose numeral may have lost a stroke or its point.
_SECTION = re.compile(r"([IVXl1|]{1,5})\s*([.,:]?)\s+(?=[A-ZĐÀ-Ỹ]{2})")
# "6. Cải cách", read as "6G. Cải cách" or "ó. Cải cách".
_ITEM = re.compile(r"(\S{1,3})([.,])\s+(?=[A-ZĐÀ-Ỹ“\"])")
# Points run through the Vietnamese alphabet; "đ)" is read as "ở)", "g)" as "ø)".
_LETTERS = "abcdđeghiklmnopqrstuvxy"
_POINT = re.compile(r"(\S)\)\s+(?=\S)")
_ARTICLE = re.compile(r"Điều\s+\d")
_LOOKS_LIKE = {  # figures and what Tesseract makes of them (seen on the shared documents' scans)
    "0": "OoQ", "1": "lI|i!Ì", "2": "Z", "3": "", "4": "A", "5": "S", "6": "Góôơ", "7": "T", "8": "B",
    "9": "gq",
}  # fmt: skip
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_NOTE = re.compile(r"\[?(\d{1,2})\]?[.)]?\s+(?=[A-ZĐÀ-Ỹ])")
_SMALL = 0.92  # of the page's font size: footnotes are printed smaller


def mend_numbers(pages: Mapping[int, Sequence[PageLine]]) -> Iterator[Doubt]:
    """Mend the numbers of sections (I, II, …) and items (1, 2, …) where the order shows what they were."""
    section = item = point = 0
    for number, lines in pages.items():
        for line in lines:
            if line.joins:
                continue
            match = _SECTION.match(line.text)
            if match and line.text.isupper():
                shown = match[1].replace("l", "I").replace("1", "I").replace("|", "I")
                expected = _ROMAN[min(section, len(_ROMAN) - 1)]
                printed = _ROMAN.index(shown) + 1 if shown in _ROMAN else 0
                if printed != section + 1 and (shown == expected[: len(shown)] or not printed):
                    printed = section + 1
                if printed == section + 1:
                    fixed = f"{expected}. {line.text[match.end() :]}"
                    if fixed != line.text:
                        yield _mended(number, line.text, fixed)
                        line.text = fixed
                if printed:
                    section, item = printed, 0
                continue
            match = _POINT.match(line.text)
            if match:
                shown, following = match[1], _LETTERS[min(point, len(_LETTERS) - 1)]
                spoiled = point and shown not in _LETTERS and not shown.isascii()
                if spoiled or (shown == "d" and following == "đ"):
                    fixed = f"{following}) {line.text[match.end() :]}"
                    yield _mended(number, line.text, fixed)
                    line.text, shown = fixed, following
                point = _LETTERS.index(shown) + 1 if shown in _LETTERS else 0
                continue
            match = _ITEM.match(line.text)
            if not match:
                point = 0 if _ARTICLE.match(line.text) else point
                continue
            point = 0
            if match[1].isdigit():
                item = int(match[1])
            elif _could_be(match[1], str(item + 1)):
                item += 1
                fixed = f"{item}. {line.text[match.end() :]}"
                yield _mended(number, line.text, fixed)
                line.text = fixed


def _could_be(shown: str, expected: str) -> bool:
    """True when ``shown`` is what recognition may make of the figures ``expected`` ("6G" of "6")."""
    if not any(c.isdigit() for c in shown) and len(shown) > 1:
        return False
    rest = shown
    for figure in expected:
        alike = figure + _LOOKS_LIKE[figure]
        if not rest or rest[0] not in alike:
            return False
        rest = rest[1:]
    return (
        all(c in "".join(_LOOKS_LIKE[f] + f for f in expected[-1]) for c in rest)
        if rest
        else shown != expected
    )


def mark_notes(lines: Sequence[PageLine]) -> None:
    """Give footnotes their raised figures back: small print at the foot of a page that begins with one."""
    sizes = sorted(line.size for line in lines)
    if not sizes:
        return
    usual = sizes[len(sizes) // 2]
    for at in range(len(lines) - 1, 0, -1):
        line = lines[at]
        if line.size > usual * _SMALL:
            break
        match = _NOTE.match(line.text)
        if not match:
            continue
        mark = re.compile(
            rf"(?<=[^\W\d_])({match[1]})(?=[\s.,;:)”]|$)|(?<=\b20\d\d)({match[1]})(?=[\s.,;:)”]|$)"
        )
        for above in lines[:at]:
            found = mark.search(above.text)
            if found:
                raised = found[0].translate(_SUPERSCRIPTS)
                above.text = above.text[: found.start()] + raised + above.text[found.end() :]
                line.text = match[1].translate(_SUPERSCRIPTS) + " " + line.text[match.end() :]
                line.joins = False
                break


def _mended(page: int, read: str, fixed: str) -> Doubt:
    return Doubt(
        "ocr-number",
        f"Trang {page}: số mục đọc được là “{read[:40]}”, "
        f"sửa theo thứ tự thành “{fixed[:40]}”; hãy xem bản gốc.",
    )
