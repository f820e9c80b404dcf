"""Mentions that only the text around them explains: its own places, "Nghị định này", short forms.

"khoản 1 Điều này" and "Luật này" are this text; "Nghị định nêu trên" and "NĐ 150" are the one text of
that kind and number that was named before, or that the catalog knows; where several fit they stay
explicitly unresolved.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence

from corpus.catalog import Catalog, number_key
from corpus.kinds import kind_named, kind_of_number, kind_pattern
from corpus.model import ParsedDocument, Provision, Reference
from corpus.provisions import quoted_paths
from corpus.text import fold
from ingest.metadata import NUMBER
from ingest.placewords import article_of, named_places

_OF_THIS = re.compile(rf"[^.;\n]{{0,40}}?\b(?:của )?{kind_pattern()} này\b")
_OF_NEXT = re.compile(r"\s*(?:của|tại|trong)?\s*")
_THIS_TEXT = re.compile(rf"\b(?P<kind>{kind_pattern()}) này\b")
_ABOVE = re.compile(rf"\b(?P<kind>{kind_pattern()}|[Vv]ăn bản) (?:đã )?(?:nêu|nói|kể|dẫn) trên\b")
_SHORT_KINDS = {
    "nđ": "Nghị định", "nq": "Nghị quyết", "qđ": "Quyết định", "kh": "Kế hoạch", "kl": "Kết luận",
    "tt": "Thông tư", "ct": "Chỉ thị",
}  # fmt: skip
_SHORT = re.compile(
    r"\b(?P<kind>NĐ|NQ|QĐ|KH|KL|TT|CT|Nghị định|Nghị quyết|Quyết định|Kế hoạch|Kết luận|Thông tư|Chỉ thị"
    r"|Luật)\s+(?:số\s+)?(?P<n>\d{1,4}(?:\.\d+)?)(?![\w/.,%-]*[\w/%])"
)
At = Callable[[int], Provision | None]
"""Returns the innermost provision at an offset of the canonical text."""
_SHOWN = 8  # texts that an unclear mention may mean and that its note names
_NO_PLACE = "Không có vị trí này trong văn bản."


def own_places(parsed: ParsedDocument, documents: Sequence[Reference]) -> Iterable[Reference]:
    """Yield places of this text ("khoản 1 Điều 15 Nghị định này") and of the texts it names beside them."""
    text = parsed.document.text
    quoted = quoted_paths(parsed.provisions)
    paths = {p.path: p for p in parsed.provisions}
    starts = {r.start: r for r in documents}
    ordered = sorted(starts)
    for provision in parsed.provisions:
        if provision.path in quoted or provision.own_end <= provision.start:
            continue
        own = text[provision.start : provision.own_end]
        following = bisect_left(ordered, provision.start)
        names_texts = following < len(ordered) and ordered[following] < provision.own_end
        if not names_texts and "này" not in own:
            continue
        for named in named_places(own, provision.path):
            start, end = provision.start + named.start, provision.start + named.end
            if named.start == 0 and provision.heading:
                continue  # its own heading
            chain_end = provision.start + named.chain_end
            beside = starts.get(_OF_NEXT.match(text, chain_end).end())  # type: ignore[union-attr]
            if beside and beside.target:
                for path in named.paths:
                    yield _reference(provision, start, end, text, f"{beside.target}:{path}")
            elif (named.this and article_of(provision.path)) or _OF_THIS.match(text, chain_end):
                yield from _of_this(provision, start, end, text, named.paths, paths)


def _of_this(
    provision: Provision,
    start: int,
    end: int,
    text: str,
    named: Sequence[str],
    paths: Mapping[str, Provision],
) -> Iterable[Reference]:
    if not named:
        yield _reference(provision, start, end, text, None, _NO_PLACE)
    for path in named:
        target = paths.get(path)
        if target is not None and target.path == article_of(provision.path) == provision.path:
            continue  # "Điều này" in its own article's line says nothing
        yield _reference(
            provision, start, end, text, target.id if target else None, "" if target else _NO_PLACE
        )


def this_text(parsed: ParsedDocument, quoted: frozenset[str], at: At) -> Iterable[Reference]:
    """Yield "Nghị định này": the text itself, or in an annex that is of that kind, the annex."""
    text, document = parsed.document.text, parsed.document
    annexes = [p for p in parsed.provisions if p.kind == "appendix"]
    for match in _THIS_TEXT.finditer(text):
        owner = at(match.start())
        if owner is None or owner.path in quoted:
            continue
        kind = kind_named(match["kind"])
        annex = next((a for a in annexes if a.start <= match.start() < a.end), None)
        if annex is not None and kind and annex.path.split("~")[0] == kind.id:
            yield _reference(owner, match.start(), match.end(), text, annex.id)
        elif kind and fold(kind.name) == fold(document.kind):
            yield _reference(owner, match.start(), match.end(), text, document.id)


def antecedents(
    parsed: ParsedDocument, documents: Sequence[Reference], catalog: Catalog, quoted: frozenset[str], at: At
) -> Iterable[Reference]:
    """Yield "Nghị định nêu trên" and short forms ("NĐ 150"), resolved where exactly one text fits."""
    text = parsed.document.text
    starts = sorted((r.start, r.end) for r in documents)
    by_scope: dict[tuple[str, str], _Named] = {}
    by_figure: dict[tuple[str, str], _Named] = {}
    for reference in documents:
        scope, name = _scope(reference.provision_id.partition(":")[2]), _kind(reference)
        for kind_key in {name, ""}:
            by_scope.setdefault((scope, kind_key), _Named()).add(reference)
        by_figure.setdefault((name, _first_figure(reference.text)), _Named()).add(reference)
    for match in _ABOVE.finditer(text):
        owner = at(match.start())
        if owner is None or owner.path in quoted:
            continue
        kind = kind_named(match["kind"])
        named = by_scope.get((_scope(owner.path), kind.name if kind else ""), _Named())
        yield _resolved(owner, match, text, named.before(match.start()), "văn bản")
    for match in _SHORT.finditer(text):
        owner = at(match.start())
        if owner is None or owner.path in quoted or _taken(starts, match):
            continue
        name = _SHORT_KINDS.get(match["kind"].lower(), match["kind"])
        same = by_figure.get((name, match["n"].lstrip("0")))
        if same:
            yield _resolved(owner, match, text, same.before(len(text)), name)
            continue
        entries = {e.id: e for m in catalog.mentions(match[0]) for e in m.entries}
        entries.pop(parsed.document.id, None)
        if len(entries) == 1:
            yield _reference(owner, match.start(), match.end(), text, next(iter(entries)))
        elif entries:
            names = ", ".join(f"{e.kind} {e.number or ''}".strip() for e in entries.values())
            note = f"Chưa rõ là văn bản nào: {names}."
            yield _reference(owner, match.start(), match.end(), text, None, note)


def _taken(spans: Sequence[tuple[int, int]], match: re.Match[str]) -> bool:
    """True where a mention of a document covers the match already."""
    index = bisect_left(spans, (match.end(), 0)) - 1
    return index >= 0 and spans[index][1] > match.start()


def _scope(path: str) -> str:
    """Return where "nêu trên" looks: the article, outside of articles the top provision."""
    return article_of(path) or path.split(".")[0]


class _Named:
    """Texts that were named, told apart by their numbers, in the order in which they were named first."""

    def __init__(self) -> None:
        self._numbers: dict[str, list[Reference]] = {}

    def add(self, reference: Reference) -> None:
        self._numbers.setdefault(number_key(_number(reference.text)), []).append(reference)

    def before(self, offset: int) -> list[Reference]:
        """Return the last mention of each text named before ``offset``; of a few, more are just as many."""
        found: list[Reference] = []
        for mentions in self._numbers.values():
            if mentions[0].end > offset or len(found) > _SHOWN:
                break
            found.append(mentions[bisect_right(mentions, offset, key=lambda r: r.end) - 1])
        return found


def _resolved(
    owner: Provision, match: re.Match[str], text: str, candidates: Sequence[Reference], what: str
) -> Reference:
    if len(candidates) == 1:
        found = candidates[0]
        note = "" if found.target else f"Là {found.text}."
        return _reference(owner, match.start(), match.end(), text, found.target, note)
    names = ", ".join(r.text for r in candidates[:_SHOWN]) + (" …" if candidates[_SHOWN:] else "")
    note = f"Chưa rõ là {what} nào: {names}." if candidates else "Không thấy văn bản nào được nêu ở trên."
    return _reference(owner, match.start(), match.end(), text, None, note)


def _kind(reference: Reference) -> str:
    printed = re.match(kind_pattern(), reference.text)
    kind = kind_named(printed[0]) if printed else kind_of_number(_number(reference.text))
    return kind.name if kind else ""


def _number(text: str) -> str:
    match = re.search(NUMBER, text)
    return match[0] if match else fold(text)


def _first_figure(text: str) -> str:
    match = re.search(r"\d+(?:\.\d+)?", _number(text))
    return match[0].lstrip("0") if match else ""


def _reference(
    owner: Provision, start: int, end: int, text: str, target: str | None, note: str = ""
) -> Reference:
    return Reference(owner.id, start, end, text[start:end], "cites", target, note)
