"""Places as texts name them ("các điểm b, c khoản 1 Điều 63", "Mục 3 Chương IV") -> paths of the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.markers import arabic
from ingest.tree import url_part

_FIGURE = r"\d{1,3}[a-zđ]?"
_ROMAN = r"[IVXLC]{1,7}"
_AND = r"(?:\s*,\s*(?:và\s+)?|\s+(?:và|hoặc)\s+)"


def _list(item: str) -> str:
    return rf"(?:{item})\b(?:{_AND}(?:{item})\b(?![)/]))*"


_STEP = re.compile(
    rf"\b(?:(?P<article>[ĐÐđ]iều)\s+(?P<articles>{_list(_FIGURE)}|này\b)"
    rf"|(?P<clause>[Kk]hoản)\s+(?P<clauses>{_list(_FIGURE)}|này\b)"
    rf"|(?P<point>[Đđ]iểm)\s+(?P<points>{_list('[a-zđ]')}|này\b)"
    rf"|(?P<section>[Mm]ục)\s+(?P<sections>\d{{1,2}})\b"
    rf"|(?P<chapter>[Cc]hương)\s+(?P<chapters>{_ROMAN}|\d{{1,2}})\b"
    rf"|(?P<annex>[Pp]hụ lục)\s+(?:số\s+)?(?P<annexes>{_list(_ROMAN + '|' + _FIGURE)}))"
)
# Between two steps of one place stand only these words.
_GLUE = re.compile(r"(?:[\s,;]|và|hoặc|của|tại|thuộc|các|những|quy định|một số)*")
# "Bổ sung khoản 3 vào sau khoản 2 Điều 7": where the new text is put is no place that changes.
_WHERE = re.compile(
    r"\s*\bvào\s+(?:sau|trước|cuối)\s+"
    r"(?:[Đđ]iểm\s+[a-zđ]\b|[Kk]hoản\s+\d+[a-zđ]?\b|[Đđ]iều\s+\d+[a-zđ]?\b)"
)
_ITEM = re.compile(rf"{_ROMAN}\b|{_FIGURE}|[a-zđ]\b")
_KINDS = ("article", "clause", "point", "section", "chapter", "annex")


@dataclass(frozen=True, slots=True)
class Named:
    """Words that name places: ``text[start:end]``; ``chain_end`` is where the whole enumeration ends."""

    start: int
    end: int
    chain_end: int
    paths: tuple[str, ...]
    this: bool  # it says "này": a place of the provision that speaks


def find_places(text: str, base: str = "") -> tuple[str, ...]:
    """Return the paths that ``text`` names, without repeats; see ``named_places``."""
    return tuple(dict.fromkeys(path for named in named_places(text, base) for path in named.paths))


def named_places(text: str, base: str = "") -> Iterator[Named]:
    """Yield the places that ``text`` names, one for each article ("khoản 2, khoản 3 Điều 9").

    ``base`` is the path of the provision that speaks: "Điều này" is its article, "khoản 2" alone a khoản
    of that article, "điểm a" alone a điểm of its khoản. What cannot be placed has no path.
    """
    text = _WHERE.sub(lambda m: " " * len(m[0]), text)
    steps: list[re.Match[str]] = []
    for match in _STEP.finditer(text):
        if steps and not _GLUE.fullmatch(text, steps[-1].end(), match.start()):
            yield from _Chain(base).read(steps)
            steps = []
        steps.append(match)
    if steps:
        yield from _Chain(base).read(steps)


def article_of(path: str) -> str:
    """Return the path of the article that holds a path ("qc.d3.k1" -> "qc.d3"), "" outside of articles."""
    match = re.match(r"(?:.*?\.)?d\d+[a-z]*(?:~\d+)?(?=\.|$)", path)
    return match[0] if match else ""


def clause_of(path: str) -> str:
    """Return the path of the khoản that holds a path, "" where none does."""
    match = re.match(r".*?\.k\d+[a-z]*(?:~\d+)?(?=\.|$)", path)
    return match[0] if match else ""


class _Chain:
    """Reads one enumeration of places from left to right: what waits belongs to the next article."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.article = article_of(base)
        self.points: list[str] = []
        self.waiting: list[str] = []  # clauses, and points with their clause
        self.sections: list[str] = []
        self.found: list[Named] = []
        self.start: int | None = None
        self.this = False

    def read(self, steps: list[re.Match[str]]) -> list[Named]:
        """Return the places of the enumeration."""
        end = steps[-1].end()
        for step in steps:
            self.start = step.start() if self.start is None else self.start
            kind = next(name for name in _KINDS if step[name])
            words = step[{"annex": "annexes"}.get(kind, f"{kind}s")]
            self.this = self.this or words == "này"
            getattr(self, f"_{kind}")(re.findall(_ITEM, words) if words != "này" else [], step.end(), end)
        self._rest(steps[-1].end(), end)
        return self.found

    def _point(self, items: list[str], at: int, end: int) -> None:
        self.points += [url_part(item) for item in items]
        if not items:  # "điểm này"
            inside = self.base.removeprefix(clause_of(self.base) or self.article).split(".")
            self.points += inside[1:2] if clause_of(self.base) else []

    def _clause(self, items: list[str], at: int, end: int) -> None:
        clauses = [f"k{url_part(item)}" for item in items] or [clause_of(self.base).rpartition(".")[2]]
        clauses = [clause for clause in clauses if clause]
        if self.points and clauses:
            self.waiting += [f"{clauses[0]}.{point}" for point in self.points]
            self.points.clear()
            clauses = clauses[1:]
        self.waiting += clauses

    def _article(self, items: list[str], at: int, end: int) -> None:
        articles = [self._full(f"d{url_part(item)}") for item in items] or [self.article]
        articles = [article for article in articles if article]
        inside = [*self.waiting, *self.points]
        if articles and inside:
            self._add([f"{articles[0]}.{place}" for place in inside] + articles[1:], at, end)
        else:
            self._add(articles, at, end)

    def _section(self, items: list[str], at: int, end: int) -> None:
        self.sections += [f"m{item}" for item in items]

    def _chapter(self, items: list[str], at: int, end: int) -> None:
        chapter = self._full(f"c{arabic(items[0])}")
        self._add([f"{chapter}.{section}" for section in self.sections] or [chapter], at, end)

    def _annex(self, items: list[str], at: int, end: int) -> None:
        self._add([f"pl{arabic(item)}" for item in items], at, end)

    def _rest(self, at: int, end: int) -> None:
        """What no article follows belongs to the place that speaks: "khoản 2", "điểm a khoản này"."""
        clause = clause_of(self.base)
        paths = [f"{clause}.{point}" for point in self.points if clause]
        paths += [f"{self.article}.{place}" for place in self.waiting if self.article]
        if self.start is not None:
            self._add(paths, at, end)

    def _full(self, path: str) -> str:
        prefix = self.article.rpartition(".")[0]  # "qc" where an attached regulation speaks
        return f"{prefix}.{path}" if prefix else path

    def _add(self, paths: list[str], at: int, end: int) -> None:
        assert self.start is not None
        self.found.append(Named(self.start, at, end, tuple(paths), self.this))
        self.points, self.waiting, self.sections = [], [], []
        self.start, self.this = None, False
