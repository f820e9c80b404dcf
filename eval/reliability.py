"""Does the score that decides between answering and abstaining mean what it says?

The score is the probability that the best candidate provision answers the question (``assistant.rank``);
below the threshold the assistant abstains. It is reliable when, of the candidates that get 0.7, seven in
ten are right. Only questions that ranking decides are looked at: named places, greetings, facts about a
document and orders to the assistant are settled before anything is ranked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from eval.gold import Question
from eval.metrics import Score, matches

BINS: Final = 10
_CANDIDATES: Final = 1000


@dataclass(frozen=True, slots=True)
class Judged:
    """The best candidate of one question: its score (0..1) and whether gold names it."""

    id: str
    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions whose score lies in [low, high): how many, their mean score, the share that is right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


def may_answer(hit: Any) -> bool:
    """Return whether a hit may carry an answer: it holds what is asked, and has text of its own."""
    provision = hit.passage.provision
    whole = provision.own_end >= provision.end or provision.kind == "fact"
    return hit.wants is not False and whole


def judge(assistant: Any, questions: Sequence[Question], scores: Sequence[Score]) -> list[Judged]:
    """Return the best candidate of each question that ranking decided, in order.

    An assistant without ``search`` (a stand-in) gives none.
    """
    search = getattr(assistant, "search", None)
    if search is None:
        return []
    judged = []
    for question, score in zip(questions, scores, strict=True):
        if not score.searched:
            continue
        # Words alone and words with vectors are weighed by models of their own: as the answer was.
        hits = search(question.question, limit=_CANDIDATES, dense=score.embedded)
        best = next((hit for hit in hits if may_answer(hit)), None)
        if best is not None:
            first = question.first or question.gold
            right = question.outcome == "answer" and any(matches(best.id, gold) for gold in first)
            judged.append(Judged(question.id, float(best.score), right))
    return judged


def bins(judged: Sequence[Judged], count: int = BINS) -> list[Bin]:
    """Return the bins of equal width that hold a question, lowest first; 1.0 belongs to the last."""
    held: dict[int, list[Judged]] = {}
    for one in judged:
        held.setdefault(min(int(one.confidence * count), count - 1), []).append(one)
    return [
        Bin(
            at / count,
            (at + 1) / count,
            len(part),
            sum(one.confidence for one in part) / len(part),
            sum(one.right for one in part) / len(part),
        )
        for at, part in sorted(held.items())
    ]


def calibration_error(judged: Sequence[Judged]) -> float | None:
    """Return the expected calibration error, 0..1: |mean score - share right| weighted by bin.

    Naeini et al., AAAI 2015 ("ECE"), ten bins of equal width; None for no question.
    """
    if not judged:
        return None
    return sum(one.count * abs(one.confidence - one.right) for one in bins(judged)) / len(judged)


def brier(judged: Sequence[Judged]) -> float | None:
    """Return the Brier score, 0 (best) to 1: the mean squared distance of score and truth."""
    if not judged:
        return None
    return sum((one.confidence - one.right) ** 2 for one in judged) / len(judged)
