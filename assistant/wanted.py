"""The figure, time or place that a question asks for, as a pattern that an answering text must match.

Patterns run over folded text. A question for an amount of money is not answered by a percentage.
"""

from __future__ import annotations

import re

from assistant import kinds

FIGURE = re.compile(
    r"\d|\b(?:mot|hai|ba|bon) (?:lan|nguoi|cap|phan|phong)\b|qua nua|phan ba|hai phan"
    r"|tat ca|toan bo|\b(?:mot|hai|ba|bon|nam|sau) (?:lan|ky|cap|ban|hinh thuc|nhom|loai)\b"
)
PERCENT = re.compile(r"\d+(?:[.,]\d+)? ?%|phan tram|tat ca|phan ba|qua nua")
MONEY = re.compile(r"\d[\d.,]* ?(?:ty|trieu|nghin|ngan)? ?dong\b|\d[\d.,]* (?:ty|trieu)\b")
RANK = re.compile(r"\b(?:thu|hang|top) \d")
DAY = re.compile(r"\b(?:ngay \d|\d{1,2}/\d{1,2})")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
FREQUENCY = re.compile(
    r"\b(?:(?:hang|moi|mot) (?:nam|thang|quy|tuan)|\d+ lan|(?:mot|hai) lan|dinh ky|thuong xuyen|\d+ ky)\b"
)
DURATION = re.compile(r"\b\d+ (?:ngay|thang|nam|gio|tuan)\b|\b(?:mot|hai|ba) (?:ngay|thang|nam)\b")
TIME = re.compile(
    r"\b(?:ngay \d|\d{1,2}/\d{1,2}|thang \d|nam (?:19|20)\d\d|(?:hang|moi) (?:nam|thang|quy|tuan)|dinh ky"
    r"|\d+ (?:ngay|thang|nam|lan|gio|ky)\b|(?:19|20)\d\d|truoc ngay|tu nam|cham nhat"
    r"|thuong xuyen|(?:mot|hai|ba) (?:thang|nam|lan|quy))"
)
LIMIT = re.compile(
    r"\b(?:ngay \d|\d{1,2}/\d{1,2}|thang \d|nam (?:19|20)\d\d|\d+ (?:ngay|thang|nam|gio)\b"
    r"|(?:19|20)\d\d|cham nhat)"
)
CASE = re.compile(rf"{TIME.pattern}|\bkhi\b|truong hop|\bneu\b|\bsau khi\b")
"""When something may be told as a case as well: "khi Trưởng phòng đi vắng"."""
REPORT = re.compile(r"\b(?:gui|bao cao|qua|ve|nop)\b")

_ASKS_MONEY = re.compile(
    r"bao nhieu (?:tien|dong|trieu|ty|kinh phi)|bao nhieu[^?]{0,12}(?:dong|tien|trieu|ty)\b|\bhet bao nhieu\b"
    r"|^(?!.*\b(?:giam|cat|rut|tang|ty le|ti le|phan tram|tham gia)\b).*\b(?:kinh phi|so tien|muc chi"
    r"|gia tien|gia ca"
    r"|don gia|gia ban|(?:tien )?luong|phu cap|tro cap|muc phat|(?:bi|xu) phat|(?:hoc |le |an )?phi|nhuan but"
    r"|(?:tien|muc|duoc) thuong|tong von|so von|tong muc|tri gia|cong tac phi|gia)\b[^?%]{0,40}"
    r"\b(?:bao nhieu(?! (?:phan|%|ngay|thang|nam|gio|lan|lau))|may dong)"
)
_ASKS_RANK = re.compile(r"thu may|hang may|xep thu|dung thu|thu hang")
_ASKS_PERCENT = re.compile(r"phan tram|bao nhieu ?%|\bty le\b|\bti le\b|may phan\b")
_SAYS_PERCENT = re.compile(r"phan tram|bao nhieu ?%")
_ASKS_DAY = re.compile(r"ngay (?:nao|may|bao nhieu|\d+ la)|\bhan chot|mung (?:may|nao)|hom (?:nao|may)")
_ASKS_YEAR = re.compile(r"\bnam (?:nao|bao nhieu|may)|giai doan nao")
_ASKS_FREQUENCY = re.compile(
    r"bao lau (?:mot lan|thi)|tan suat|\bdinh ky\b|(?:thang|quy|nam) hay (?:theo |ca |tung |moi "
    r"|hang )?(?:thang|quy|nam|giai doan)|(?:may|bao nhieu) (?:lan|ky)|may (?:nam"
    r"|thang) mot lan"
)
_ASKS_DURATION = re.compile(r"bao lau|(?:may|bao nhieu) (?:ngay|thang|nam|gio|tuan)\b")
_ASKS_WHEN = re.compile(r"khi nao|bao gio|luc nao|thang (?:nao|may)|moc thoi gian|thoi diem|dinh ky")
_ASKS_CASE = re.compile(r"khi nao|luc nao")
_ASKS_LIMIT = re.compile(r"thoi han|(?<!quyen )\bhan\b|cham nhat|muon nhat|tre han|han cuoi|truoc ngay")
_ASKS_WHERE_TO = re.compile(
    r"ve dau|cho ai|den dau|qua (?:phong|don vi|co quan|ai|dau)|don vi nao|co quan nao"
    r"|phong nao|o dau|ve phong|nop dau|gui dau"
)
_COUNTED = re.compile(
    r"\b(?:bao nhieu|may)\s+((?!phan\b|lau\b|%|lan\b|ky\b|ngay\b|thang\b"
    r"|nam\b)[a-z]+(?: [a-z]+)?)"
)
_NO_NOUN = frozenset(
    ["la", "nguoi", "thi", "de", "cho", "trong", "o", "tai", "so", "muc", "cac", "nhung", "va", "diem", "moi"]
)


def wanted(folded: str, kind: str) -> re.Pattern[str] | None:
    """Return what an answering text must match, None where the question asks for no figure or time."""
    if kind == kinds.TARGET:
        for asks, pattern in ((_ASKS_MONEY, MONEY), (_ASKS_RANK, RANK), (_ASKS_PERCENT, PERCENT)):
            if asks.search(folded):
                return pattern
        for asks, pattern in ((_ASKS_FREQUENCY, FREQUENCY), (_ASKS_DURATION, DURATION), (_ASKS_YEAR, YEAR)):
            if asks.search(folded):
                return pattern
        return _counted(folded) or FIGURE
    if kind == kinds.DEADLINE:
        for asks, pattern in (
            (_ASKS_FREQUENCY, FREQUENCY),
            (_ASKS_DAY, DAY),
            (_ASKS_YEAR, YEAR),
            (_ASKS_DURATION, DURATION),
            (_ASKS_LIMIT, LIMIT),
            (_ASKS_WHEN, TIME),
            (_ASKS_WHERE_TO, REPORT),
        ):
            if asks.search(folded):
                return pattern
        return TIME
    return None


def acceptable(folded: str, kind: str) -> re.Pattern[str] | None:
    """Return what an answering text must match at least: a figure or a time at all.

    A day may be told as a period and a number of things by another name, but what is asked in money, as a
    rank or in per cent is answered by nothing else.
    """
    if kind == kinds.TARGET:
        for asks, pattern in ((_ASKS_MONEY, MONEY), (_ASKS_RANK, RANK), (_SAYS_PERCENT, PERCENT)):
            if asks.search(folded):
                return pattern
        return _counted(folded, _APART) or FIGURE
    if kind == kinds.DEADLINE:
        asked = wanted(folded, kind)
        if asked is TIME and _ASKS_CASE.search(folded):
            return CASE
        return REPORT if asked is REPORT else TIME
    return None


_NEAR, _APART = 2, 5  # words that may stand between a figure and the name of what it counts


def _counted(folded: str, apart: int = _NEAR) -> re.Pattern[str] | None:
    """Return what counts the thing asked for: a figure shortly before its name ("100% cơ quan")."""
    match = _COUNTED.search(folded)
    if match is None:
        return None
    noun = match.group(1).split()
    if noun[0] in _NO_NOUN:
        return None
    # "Mấy cấp phó": at a distance the thing may also be told by its last syllable ("01 Phó Trưởng phòng").
    told = {noun[0], " ".join(noun), *(noun[1:] if apart == _APART else ())}
    names = sorted(told, key=len, reverse=True)
    return re.compile(
        r"(?:\d[\d.,/]*%?|(?<!phan )\b(?:mot|hai|ba|bon|sau|bay|tam|chin|muoi)|qua nua"
        rf"|phan ba)(?:[ ,]+[^\W\d]+){{0,{apart}}}? (?:" + "|".join(map(re.escape, names)) + r")\b"
    )
