"""How good one answer is against its gold question, and what many answers add up to."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol

from assistant.contract import Answer
from corpus.errors import TrolyError
from corpus.model import Citation, Document
from eval.figures import comparable, fabricated
from eval.gold import Question

GOAL: Final = 0.95
"""Share of facts, first citations and decisions asked of the ``test`` half, pooled."""
CATEGORY_GOAL: Final = 0.85
"""What no category may fall below."""

_DECIMAL_BEFORE: Final = r"(?<!\d[.,])"
# A year may stand behind a slash ("4/2026"); any other figure there is part of a longer one.
_SLASH_BEFORE: Final = r"(?<!\d/)"
_DOCUMENT_AFTER: Final = r"(?:\d{4}/)?[a-zđ]"


class HoldsDocuments(Protocol):
    """The part of ``corpus.store.Library`` that checking an answer needs."""

    def documents(self) -> Sequence[Document]:
        """Return all documents."""
        ...

    @property
    def document(self) -> Callable[[str], Document]:
        """Return the document of an id; raises TrolyError on an unknown one."""
        ...


@lru_cache(maxsize=4096)
def _pattern(alternative: str) -> re.Pattern[str]:
    before, after = r"(?<!\w)", r"(?!\w)"
    if alternative[:1].isdigit():
        before += _DECIMAL_BEFORE
        if not re.match(r"\d{4}\b", alternative):
            before += _SLASH_BEFORE
    elif not alternative[:1].isalnum():
        before = ""
    if alternative[-1:].isdigit():
        after += r"(?![.,]\d)(?!%)"
        # "5/12" may stand in "5/12/2026", and "Nghị định 150" in "Nghị định 150/2025/NĐ-CP"; "12" may
        # not stand in "12/6/2025".
        after += r"(?!/\d+/\d+/)" if "/" in alternative else rf"(?!/(?!{_DOCUMENT_AFTER})\w)"
    elif not alternative[-1:].isalnum():
        after = ""
    return re.compile(before + re.escape(alternative) + after)


def occurs(alternative: str, text: str) -> bool:
    """Return whether ``alternative`` stands in ``text`` as whole words and whole figures.

    Both are compared in ``eval.figures.comparable`` form, so case, spaces, dashes, quotes and the
    spelling of days do not matter; "5%" does not stand in "15%" or "0,5%", nor "12" in "12/6/2025".
    """
    needle = comparable(alternative)
    return bool(needle) and _pattern(needle).search(comparable(text)) is not None


def missing_facts(facts: Iterable[Sequence[str]], text: str) -> tuple[tuple[str, ...], ...]:
    """Return the groups of which no alternative occurs in ``text``."""
    return tuple(tuple(group) for group in facts if not any(occurs(one, text) for one in group))


def matches(cited: str, gold: str) -> bool:
    """Return whether the cited provision is ``gold`` or lies inside it (a document id holds all)."""
    return cited == gold or cited.startswith((f"{gold}.", f"{gold}:"))


def quote_is_verbatim(citation: Citation, library: HoldsDocuments) -> bool:
    """Return whether the quote equals the canonical text at its spans.

    Several spans must follow each other in the quote with nothing but spaces and ellipses
    ("…", "[…]", "...") between them.
    """
    try:
        text = library.document(citation.document_id).text
    except (TrolyError, LookupError):
        return False
    if not citation.spans or any(not 0 <= s < e <= len(text) for s, e in citation.spans):
        return False
    between = r"[\s….\[\]()]*"
    pattern = between.join(re.escape(text[start:end]) for start, end in citation.spans)
    return re.fullmatch(pattern, citation.quote) is not None


@dataclass(frozen=True, slots=True)
class Score:
    """One question measured. ``None`` where a measure does not apply (a refusal cites nothing)."""

    id: str
    category: str
    question: str
    expected: str
    outcome: str
    facts_total: int
    missing: tuple[tuple[str, ...], ...]  # fact groups that the answer's text lacks
    missing_shown: tuple[tuple[str, ...], ...]  # that neither the text nor a quote has
    first_right: bool | None
    needed_total: int
    needed_missing: tuple[tuple[str, ...], ...]
    precision: float | None  # share of the citations that match any gold id
    fabricated: tuple[str, ...]
    broken_quotes: tuple[str, ...]  # ids of citations that are not verbatim
    milliseconds: float
    answer: str
    cited: tuple[str, ...]
    error: str | None = None
    searched: bool = False  # the decision came from ranked candidates
    embedded: bool = False  # and these were ranked with vectors, not by words alone

    @property
    def decision_right(self) -> bool:
        """Answered what should be, refused what should be, small talk to small talk."""
        return self.outcome == self.expected

    @property
    def needed_right(self) -> bool | None:
        """All needed provisions are cited; None where none is needed."""
        return None if self.expected != "answer" or not self.needed_total else not self.needed_missing

    @property
    def passed(self) -> bool:
        """Nothing at all is wrong with the answer."""
        return (
            self.decision_right
            and not self.missing
            and self.first_right is not False
            and self.needed_right is not False
            and not self.fabricated
            and not self.broken_quotes
            and self.error is None
        )

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object with every field and the derived judgements."""
        data = {name: getattr(self, name) for name in self.__slots__}
        data.update(decision_right=self.decision_right, needed_right=self.needed_right, passed=self.passed)
        return data


def score(
    question: Question,
    answer: Answer,
    milliseconds: float,
    library: HoldsDocuments,
    error: str | None = None,
) -> Score:
    """Measure ``answer`` against ``question``; ``library`` is the one that answered."""
    cited = tuple(citation.id for citation in answer.citations)
    shown = "\n".join([answer.answer, *(citation.quote for citation in answer.citations)])
    wanted = question.outcome == "answer"
    first = question.first or question.gold
    return Score(
        id=question.id,
        category=question.category,
        question=question.question,
        expected=question.outcome,
        outcome=answer.outcome,
        facts_total=len(question.facts),
        missing=missing_facts(question.facts, answer.answer),
        missing_shown=missing_facts(question.facts, shown),
        first_right=any(matches(cited[0], gold) for gold in first) if wanted and cited else _or_none(wanted),
        needed_total=len(question.provisions),
        needed_missing=tuple(
            group for group in question.provisions if not any(matches(c, g) for c in cited for g in group)
        ),
        precision=(
            sum(any(matches(c, g) for g in question.gold) for c in cited) / len(cited)
            if wanted and cited
            else None
        ),
        fabricated=tuple(figure.text for figure in fabricated(answer, library.documents())),
        broken_quotes=tuple(c.id for c in answer.citations if not quote_is_verbatim(c, library)),
        milliseconds=milliseconds,
        answer=answer.answer,
        cited=cited,
        error=error,
        searched=bool(answer.timings_ms.get("search")),
        embedded=bool(answer.timings_ms.get("embed")),
    )


def _or_none(wanted: bool) -> bool | None:
    """A citation that should be there and is not counts as wrong; one nobody wants does not count."""
    return False if wanted else None


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile (``share`` in 0..1) of ``values``; 0 for none."""
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _share(values: Iterable[bool | float | None]) -> float | None:
    counted = [float(value) for value in values if value is not None]
    return sum(counted) / len(counted) if counted else None


@dataclass(frozen=True, slots=True)
class Summary:
    """Many scores added up. Shares are 0..1, None where nothing counts; times are milliseconds."""

    questions: int
    facts: float | None  # fact groups found of all, in the answer's text
    facts_shown: float | None  # in the text or the quotes
    first: float | None  # share of questions with a right first citation
    needed: float | None  # share of questions with all needed provisions cited
    recall: float | None  # needed groups cited of all
    precision: float | None  # mean over the answers that cite
    decisions: float | None
    answered: float | None  # of the questions to be answered
    refused: float | None  # of the questions to be refused
    smalltalk: float | None
    fabricated: int  # figures without support
    broken_quotes: int
    errors: int
    passed: float | None
    median_ms: float
    p95_ms: float

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object with every field."""
        return {name: getattr(self, name) for name in self.__slots__}


def summarise(scores: Sequence[Score]) -> Summary:
    """Add up ``scores``: facts and needed provisions are pooled over groups, the rest over questions."""

    def groups(total: Callable[[Score], int], missing: Callable[[Score], int]) -> float | None:
        count = sum(map(total, scores))
        return 1 - sum(map(missing, scores)) / count if count else None

    def decided(expected: str) -> float | None:
        return _share(s.decision_right for s in scores if s.expected == expected)

    times = [s.milliseconds for s in scores]
    return Summary(
        questions=len(scores),
        facts=groups(lambda s: s.facts_total, lambda s: len(s.missing)),
        facts_shown=groups(lambda s: s.facts_total, lambda s: len(s.missing_shown)),
        first=_share(s.first_right for s in scores),
        needed=_share(s.needed_right for s in scores),
        recall=groups(lambda s: s.needed_total, lambda s: len(s.needed_missing)),
        precision=_share(s.precision for s in scores),
        decisions=_share(s.decision_right for s in scores),
        answered=decided("answer"),
        refused=decided("abstain"),
        smalltalk=decided("smalltalk"),
        fabricated=sum(len(s.fabricated) for s in scores),
        broken_quotes=sum(len(s.broken_quotes) for s in scores),
        errors=sum(s.error is not None for s in scores),
        passed=_share(s.passed for s in scores),
        median_ms=statistics.median(times) if times else 0.0,
        p95_ms=percentile(times, 0.95),
    )


def by_category(scores: Iterable[Score]) -> dict[str, list[Score]]:
    """Return the scores of each category, categories in the order they first appear."""
    categories: dict[str, list[Score]] = {}
    for one in scores:
        categories.setdefault(one.category, []).append(one)
    return categories


def below_goal(categories: dict[str, Summary]) -> dict[str, tuple[str, ...]]:
    """Return, by category, the measures under ``CATEGORY_GOAL``; categories without any are left out."""
    low = {
        name: tuple(
            measure
            for measure in ("facts", "first", "decisions")
            if (value := getattr(summary, measure)) is not None and value < CATEGORY_GOAL
        )
        for name, summary in categories.items()
    }
    return {name: measures for name, measures in low.items() if measures}
