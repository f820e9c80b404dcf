"""The time that a clause sets for its work."""

from __future__ import annotations

import re

from corpus.text import fold

_DAY = r"\d{1,2}(?:/\d{1,2}(?:/\d{4})?| thang \d{1,2}(?: nam \d{4})?)"
_EVERY = r"hang (?:thang, nam|thang|quy|nam)"
# Most exact first. How often counts only where it opens the clause or says so ("định kỳ hằng quý"):
# "Kế hoạch cải cách hành chính hằng năm" names a plan.
_DEADLINES = (
    re.compile(rf"(?:(?:cham nhat|xong)(?: la)? )?(?:truoc|den|vao) ngay {_DAY}(?: {_EVERY})?"),
    re.compile(r"den (?:het )?nam \d{4}|trong nam \d{4}"),
    re.compile(rf"dinh ky(?: {_EVERY})?|^\W*{_EVERY}"),
)


def find_deadline(clause: str) -> tuple[int, int] | None:
    """Return where ``clause`` states its deadline (code points), None where it states none."""
    folded = fold(clause)
    found = next(filter(None, (pattern.search(folded) for pattern in _DEADLINES)), None)
    return found.span() if found else None
