"""Dates as Vietnamese documents print them -> ISO, partial where the print is."""

from __future__ import annotations

import re

from ingest.letters import LOWER, UPPER

# "ngày 12 tháng 6 năm 2025", "12/6/2025", "12-6-2025", "12.6.2025".
DATE = re.compile(
    r"(?:ngày\s+)?(?:(?P<d>\d{1,2})\s+tháng\s+(?P<m>\d{1,2})\s+năm\s+(?P<y>\d{4})"
    r"|(?P<d2>\d{1,2})\s*[/.-]\s*(?P<m2>\d{1,2})\s*[/.-]\s*(?P<y2>\d{4})(?!\d))"
)
_BLANK = r"[\s.…_]*"
# The letterhead's line; day and month may be left open ("Bình Lư, ngày tháng 4 năm 2026").
PLACE_AND_DATE = re.compile(
    rf"(?P<place>(?:TP\.?\s*)?[{UPPER}][{LOWER}]+(?:[ -][{UPPER}]?[{LOWER}]+){{0,5}}),"
    rf"\s*ngày{_BLANK}(?P<d>\d{{1,2}})?{_BLANK}"
    rf"tháng{_BLANK}(?P<m>\d{{1,2}})?{_BLANK}năm{_BLANK}(?P<y>\d{{4}})"
)


def iso(year: str | None, month: str | None, day: str | None) -> str | None:
    """Return "2025-06-12", "2026-04" or "2026"; None without a year or for an impossible date."""
    if not year:
        return None
    if not month or not 1 <= int(month) <= 12:
        return year if not month else None
    if not day:
        return f"{year}-{int(month):02}"
    return f"{year}-{int(month):02}-{int(day):02}" if 1 <= int(day) <= 31 else None


def find_date(text: str, start: int = 0, end: int | None = None) -> str | None:
    """Return the first full date printed in ``text[start:end]``, else None."""
    match = DATE.search(text, start, len(text) if end is None else end)
    return match_date(match) if match else None


def match_date(match: re.Match[str]) -> str | None:
    """Return the date of a match of ``DATE``."""
    return iso(match["y"] or match["y2"], match["m"] or match["m2"], match["d"] or match["d2"])


def is_full(date: str | None) -> bool:
    """True for a date with its day."""
    return bool(date and len(date) == 10)
