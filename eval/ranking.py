"""Figures of a ranking, from ir-measures (the ``eval`` extra), with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from corpus.errors import TrolyError
from eval.beir import SEED

MEASURES: Final = ("nDCG@10", "MRR@10", "R@1", "R@5", "R@10", "R@100")
RESAMPLES: Final = 2000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over questions and its 95 % percentile bootstrap interval (questions drawn anew)."""

    mean: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """Return the three figures."""
        return {name: round(value, 5) for name, value in asdict(self).items()}


def values_by_question(
    gold: Mapping[str, Mapping[str, int]], run: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """Return measure -> question -> value; a question for which nothing was found counts as 0.

    Raises TrolyError where the metrics library is not installed.
    """
    try:
        import ir_measures
    except ModuleNotFoundError as error:
        raise TrolyError(
            'Thiếu thư viện đo ir-measures. Hãy chạy: pip install "tro-ly-ao[eval]" (hoặc make test một lần).'
        ) from error
    # RR is the field's MRR of one question; the mean over questions makes it MRR.
    measures = {ir_measures.parse_measure(name.replace("MRR", "RR")): name for name in MEASURES}
    values: dict[str, dict[str, float]] = {name: dict.fromkeys(gold, 0.0) for name in MEASURES}
    for one in ir_measures.iter_calc(list(measures), dict(gold), dict(run)):
        values[measures[one.measure]][one.query_id] = float(one.value)
    return values


def interval(values: Sequence[float]) -> Interval:
    """Return the mean of one value a question with its 95 % interval (seeded)."""
    all_values = np.asarray(values, dtype=np.float64)
    draws = np.random.default_rng(SEED).integers(0, len(all_values), (RESAMPLES, len(all_values)))
    low, high = np.percentile(all_values[draws].mean(axis=1), [2.5, 97.5])
    return Interval(float(all_values.mean()), float(low), float(high))


def intervals(values: Mapping[str, Mapping[str, float]]) -> dict[str, Interval]:
    """Return measure -> mean with its interval."""
    return {name: interval(list(by_question.values())) for name, by_question in values.items()}
