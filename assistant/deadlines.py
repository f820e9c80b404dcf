"""The next day on which a task is due, read from its deadline as printed, where that states one.

Nothing is guessed: "trước ngày 05/12 hằng năm" has a next day, "định kỳ hằng quý" or "năm 2026" has none,
because the text names no day.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from corpus.text import fold

_FULL = re.compile(r"ngay (\d{1,2})(?:[/.-](\d{1,2})[/.-](\d{4})| thang (\d{1,2}) nam (\d{4}))")
_YEARLY = re.compile(
    r"ngay (\d{1,2})(?:[/.-](\d{1,2})|(?: thang (\d{1,2})))\b(?![/.-]\d)(?: cua)?(?: (hang nam)?)?"
)
_MONTHLY = re.compile(r"ngay (\d{1,2})(?: cua)? hang thang")
_MONTH = re.compile(r"^(?:trong |het |den )*thang (\d{1,2})(?:/| nam )(\d{4})$")


def next_due(deadline: str | None, today: date) -> date | None:
    """Return the first day on or after ``today`` that a deadline names; the day itself where it names one.

    A single day that has passed is returned as it is: the task is overdue, or done. None where the words
    name no day.
    """
    words = fold(deadline or "").replace("hăng", "hang")
    full = _FULL.search(words)
    if full:
        day, month, year, worded, worded_year = full.groups()
        return _date(int(year or worded_year), int(month or worded), int(day))
    monthly = _MONTHLY.search(words)
    if monthly:
        return _next_month(int(monthly[1]), today)
    yearly = _YEARLY.search(words)
    if yearly and yearly[4]:
        day, month = int(yearly[1]), int(yearly[2] or yearly[3])
        this = _date(today.year, month, day)
        return this if this is None or this >= today else _date(today.year + 1, month, day)
    month_only = _MONTH.search(words)
    if month_only:
        number, year = int(month_only[1]), int(month_only[2])
        return _date(year, number, monthrange(year, number)[1]) if 1 <= number <= 12 else None
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _next_month(day: int, today: date) -> date | None:
    """Return the next such day of a month; one that a month lacks ("ngày 31") is its last."""
    if not 1 <= day <= 31:
        return None
    year, month = today.year, today.month
    for _ in range(2):
        found = date(year, month, min(day, monthrange(year, month)[1]))
        if found >= today:
            return found
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return None


DUE = {"dated": "có ghi thời hạn", "30": "đến hạn trong 30 ngày", "late": "đã qua ngày hạn"}
"""Filter by deadline -> what the page calls it."""
_SOON_DAYS = 30


def days_left(due: date, today: date) -> int:
    """Return the days until a deadline, negative where it has passed."""
    return (due - today).days


def is_due(deadline: str | None, wanted: str, today: date) -> bool:
    """True where a deadline as printed meets a filter of ``DUE``; "" lets everything through."""
    if wanted not in DUE:
        return True
    if wanted == "dated":
        return bool(deadline)
    due = next_due(deadline, today)
    if due is None:
        return False
    left = days_left(due, today)
    return left < 0 if wanted == "late" else 0 <= left <= _SOON_DAYS
