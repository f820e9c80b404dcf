"""From when and until when a text says that it applies, as a whole and in single provisions.

Only what the text states of itself ("Nghị định này có hiệu lực …") counts; quoted amendments speak of
another text. The day of issue is not the day of effect, unless the text says "kể từ ngày ký".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from corpus.kinds import kind_pattern
from corpus.model import Effect, Evidence, Provision
from corpus.provisions import quoted_paths
from ingest.dates import DATE, find_date, is_full, match_date
from ingest.placewords import find_places, named_places

_THIS = rf"{kind_pattern()} này"
_FROM = re.compile(
    rf"{_THIS} (?:bắt đầu )?có hiệu lực(?: thi hành| pháp luật)?,?(?: kể)? từ (?P<when>[^.;,]{{3,60}})"
)
_AFTER_DAYS = re.compile(
    rf"{_THIS} có hiệu lực(?: thi hành)? sau (?P<days>\d{{1,3}})(?: \([^)]*\))? ngày,? (?:kể )?từ ngày "
    r"(?:ký|ban hành)"
)
_OWN_DAY = re.compile(r"ngày (?:ký|được thông qua|thông qua|ban hành)\b")
_UNTIL = re.compile(r"(?:cho )?đến (?:hết )?(?=ngày \d)")
_ENDS = re.compile(rf"{_THIS} (?:hết|chấm dứt) hiệu lực(?: thi hành)?,?(?: kể)? từ ")
_APPLIES_UNTIL = re.compile(
    rf"{_THIS} (?:được )?(?:thực hiện|áp dụng|có hiệu lực(?: thi hành)?) (?:cho )?đến (?:hết )?"
)
_EXCEPT = re.compile(
    r"trừ (?:các )?(?:trường hợp|quy định|nội dung)[^.;]{0,40}?(?=\b(?:điểm|khoản|[Đđ]iều)\b)"
)
# "Quy định về … tại Mục 3 Chương IV của Luật này được thực hiện từ ngày …", "Điều 5 … có hiệu lực từ …"
_PART = re.compile(
    r"^(?:\d{1,3}[a-zđ]?\s*[.)]\s*|[a-zđ]\)\s*)?(?:Riêng |Các |Riêng các )?"
    r"(?:[Qq]uy định|[Nn]ội dung|[Đđ]iểm|[Kk]hoản|[Đđ]iều|[Cc]hương|[Mm]ục|[Pp]hụ lục)\b"
    r"(?P<what>[^;\n]{0,400}?)"
    r"(?P<ends>hết hiệu lực(?: thi hành)?|được (?:thực hiện|áp dụng)|có hiệu lực(?: thi hành)?"
    r"|thực hiện|áp dụng),? (?:kể )?từ "
)
_PARTS_BELOW = re.compile(
    rf"^(?:\d{{1,3}}[a-zđ]?\s*[.)]\s*)?[^.;\n]{{0,60}}quy định (?:tại|của) {_THIS} "
    r"(?:được (?:thực hiện|áp dụng)|có hiệu lực(?: thi hành)?) (?:kể )?từ (?=ngày)"
)
_SPEAKS = re.compile(r"hiệu lực|(?:thực hiện|áp dụng),? (?:kể )?(?:từ|cho đến|đến) ")
_ABOUT_EFFECT = re.compile(r"hiệu lực|thi hành|áp dụng|điều khoản", re.I)


def read_effects(text: str, provisions: Sequence[Provision], issued: str | None) -> list[Effect]:
    """Return what a text says of its own effect, in order; places are paths, "" is the whole text.

    ``issued`` is the ISO date on which it was signed or passed, for texts that count from that day.
    """
    quoted = quoted_paths(provisions)
    own = [p for p in provisions if p.path not in quoted and p.own_end > p.start]
    speaking = [p for p in own if _SPEAKS.search(text, p.start, p.own_end)]
    effects: list[Effect] = []
    for provision in speaking:
        effects += _whole(text, provision, issued)
    heading = {p.path: p.heading for p in provisions}
    for provision in speaking:
        top = provision.path.split(".k")[0]
        if _ABOUT_EFFECT.search(heading.get(top, "")):
            effects += _parts(text, provision, provisions)
    return effects


def _whole(text: str, provision: Provision, issued: str | None) -> Iterable[Effect]:
    for line_start, line in _lines(text, provision):
        for match in _FROM.finditer(line):
            sentence = line[match.start() : _sentence_end(line, match.end())]
            quote = Evidence(provision=provision.path, quote=line[match.start() : match.end()])
            except_ = _EXCEPT.search(sentence)
            exceptions = find_places(sentence[except_.end() :], provision.path) if except_ else ()
            when = match["when"]
            day = find_date(text, line_start + match.start("when"), line_start + match.end("when") + 12)
            until = _UNTIL.search(sentence)
            if until and day and match.start("when") - match.start() > until.start():
                day = None  # "… có hiệu lực từ khi … đến hết ngày …": that day is the last one
            if day is None and _OWN_DAY.match(when):
                day = issued if is_full(issued) else None
            note = "" if day else f"từ {when.strip()}"
            yield Effect("takes_effect", "", day, quote, exceptions, note)
            if until and (last := find_date(sentence, until.end())):
                said = Evidence(provision=provision.path, quote=sentence)
                yield Effect("expires", "", last, said, exceptions)
        for match in _AFTER_DAYS.finditer(line):
            if issued and is_full(issued):
                first = date.fromisoformat(issued) + timedelta(days=int(match["days"]))
                yield Effect(
                    "takes_effect", "", first.isoformat(), Evidence(provision=provision.path, quote=match[0])
                )
        for pattern in (_ENDS, _APPLIES_UNTIL):
            for match in pattern.finditer(line):
                found = DATE.match(line, match.end())
                day = match_date(found) if found else None
                if found and day:
                    last = _day_before(day) if pattern is _ENDS else day
                    said = Evidence(provision=provision.path, quote=line[match.start() : found.end()])
                    yield Effect("expires", "", last, said)


def _parts(text: str, provision: Provision, provisions: Sequence[Provision]) -> Iterable[Effect]:
    known = {p.path for p in provisions}
    own = text[provision.start : provision.own_end]
    below = _PARTS_BELOW.match(own)
    if below and own.rstrip().endswith(":"):
        found = DATE.match(own, below.end())
        day = match_date(found) if found else None
        for child in provisions:
            if day and child.parent == provision.path:
                yield from _effects_of("takes_effect", child, text[child.start : child.end], day, known)
        return
    match = _PART.match(own)
    found = DATE.match(own, match.end()) if match else None
    day = match_date(found) if found else None
    if match and found and day:
        kind: str = "expires" if match["ends"].startswith("hết") else "takes_effect"
        said = own[: found.end()]
        yield from _effects_of(kind, provision, said, _day_before(day) if kind == "expires" else day, known)


def _effects_of(kind: str, provision: Provision, said: str, day: str, known: set[str]) -> Iterable[Effect]:
    """Yield one effect for each place of this text that ``said`` names."""
    for named in named_places(said, provision.path):
        of_this = re.match(rf"[^.;\n]{{0,20}}?\b(?:của )?{_THIS}", said[named.chain_end :])
        if not (named.this or of_this):
            continue
        for path in named.paths:
            if path in known and path != provision.path:
                evidence = Evidence(provision=provision.path, quote=said)
                yield Effect("expires" if kind == "expires" else "takes_effect", path, day, evidence)


def _lines(text: str, provision: Provision) -> Iterable[tuple[int, str]]:
    start = provision.start
    for line in text[provision.start : provision.own_end].split("\n"):
        yield start, line
        start += len(line) + 1


def _sentence_end(line: str, at: int) -> int:
    end = re.compile(r"[.;](?:\s|$)").search(line, at)
    return end.start() if end else len(line)


def _day_before(day: str) -> str:
    """Return the last day in force of what ends on ``day``; a partial or impossible date stays."""
    try:
        return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    except ValueError:
        return day
