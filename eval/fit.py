"""``python -m eval.fit``: fit the ranker's weights and its threshold on the development questions.

Two linear scores over the features of ``assistant.rank``: a conditional logit that puts the gold first
citation before the other candidates, and a logistic regression that tells a right best candidate from
the best candidate of an unanswerable question. Cross-validated by question; the threshold is where missed and
false answers balance at their stated cost, out of fold. Needs
scikit-learn (installed with the ``models`` extra). The test half is never read.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import numpy as np

from assistant.engine import Assistant
from assistant.rank import FEATURES, WEIGHTS_FILE
from assistant.retrieve import WORDS_LEAD, WORDS_PROBABILITY, Hit
from corpus.settings import get_settings, silence_third_parties
from eval.gold import Question, load_questions
from eval.metrics import matches
from eval.reliability import may_answer

# Their answers come from the named place or from metadata, not from ranking.
_NOT_RANKED = frozenset({"named_places", "document_facts", "smalltalk"})
MISSED_COST = 1.5
"""A missed answer against a false one: the official has asked in vain, and gets neither fact nor place;
a false one comes with its quote, which shows that it speaks of something else. Stated, not measured."""
_FOLDS = 5
_STRENGTH = 0.5  # inverse of the L2 penalty of the second model
_RIDGE = 0.5  # L2 penalty of the first
_NEGATIVES = 3  # candidates of an unanswerable question that are shown to the second model
_SEED = 20261123


@dataclass(frozen=True, slots=True)
class Example:
    """The candidates of one question: features [n, f], labels [n], whether each may answer."""

    question: Question
    features: np.ndarray
    labels: np.ndarray
    eligible: np.ndarray


@dataclass(frozen=True, slots=True)
class Pair:
    """One question ranked by words alone, and once more with vectors."""

    words: Example
    vectors: Example


def collect(assistant: Assistant, questions: tuple[Question, ...]) -> list[Pair]:
    """Return one pair a question that ranking decides."""
    pairs = []
    for question in questions:
        if question.category in _NOT_RANKED:
            continue
        if question.outcome == "abstain" and not assistant.ask(question.question).timings_ms.get("search"):
            continue  # decided before anything was searched: a named place, another commune, an injection
        words, vectors = (assistant.search(question.question, 1000, dense=dense) for dense in (False, True))
        if words and vectors:
            pairs.append(Pair(_example(question, words), _example(question, vectors)))
    return pairs


def _example(question: Question, hits: list[Hit]) -> Example:
    return Example(
        question,
        np.array([hit.features for hit in hits]),
        np.array([any(matches(hit.id, gold) for gold in question.first) for hit in hits]),
        np.array([may_answer(hit) for hit in hits]),
    )


def fit_order(examples: list[Example]) -> np.ndarray:
    """Return the weights that put gold candidates first: conditional logit (softmax) with L2."""
    from scipy.optimize import minimize

    usable = [e for e in examples if e.labels.any() and not e.labels.all()]

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = _RIDGE * float(weights @ weights), 2 * _RIDGE * weights
        for example in usable:
            scores = example.features @ weights
            scores -= scores.max()
            odds = np.exp(scores)
            p, q = odds / odds.sum(), np.where(example.labels, odds, 0.0)
            q = q / q.sum()
            value -= float(np.log(p[example.labels].sum()))
            gradient = gradient + example.features.T @ (p - q)
        return value, gradient

    found = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B")
    weights: np.ndarray = found.x
    return weights


def fit_answers(examples: list[Example], order: np.ndarray) -> np.ndarray:
    """Return the weights that tell a right best candidate from one that answers nothing."""
    from sklearn.linear_model import LogisticRegression

    rows, labels, costs = [], [], []
    for example in examples:
        ranked = [n for n in np.argsort(-(example.features @ order)) if example.eligible[n]][:_NEGATIVES]
        for rank, n in enumerate(ranked):
            right = bool(example.labels[n])
            if example.question.outcome == "answer" and not right and rank == 0:
                continue  # a wrong first candidate of an answerable question teaches neither
            if example.question.outcome == "answer" and not right:
                continue
            rows.append(example.features[n])
            labels.append(right)
            costs.append(1.0 if rank == 0 else 0.3)
    model = LogisticRegression(C=_STRENGTH, fit_intercept=False, class_weight="balanced", max_iter=5000)
    model.fit(np.array(rows), np.array(labels), sample_weight=np.array(costs))
    weights: np.ndarray = model.coef_[0]
    return weights


@dataclass(frozen=True, slots=True)
class Fitted:
    """The weights of both scores [f] each."""

    order: np.ndarray
    answers: np.ndarray

    @classmethod
    def to(cls, examples: list[Example], beside: list[Example]) -> Fitted:
        """Fit to ``examples``; ``beside`` are learnt from too."""
        order = fit_order(examples + beside)
        return cls(order, fit_answers(examples + beside, order))

    def top(self, example: Example) -> Top:
        """Return what is known of the best eligible candidate."""
        raw = example.features @ self.order
        scores = np.where(example.eligible, raw, -np.inf)
        best = int(scores.argmax())
        if not example.eligible[best]:
            return Top(0.0, False, 0.0)
        others = np.delete(raw, best)
        lead = float(raw[best] - others.max()) if len(others) else 0.0
        z = float(example.features[best] @ self.answers)
        return Top(1.0 / (1.0 + math.exp(-z)), bool(example.labels[best]), lead)

    def as_json(self) -> dict[str, dict[str, float]]:
        """Return both scores as feature -> weight."""
        return {
            name: {feature: round(float(w), 4) for feature, w in zip(FEATURES, weights, strict=True)}
            for name, weights in (("order", self.order), ("answers", self.answers))
        }


@dataclass(frozen=True, slots=True)
class Top:
    """The best candidate of a question: probability of answering, whether it is right, lead over the next."""

    probability: float
    right: bool
    lead: float


def choose_threshold(tops: list[Top], answerable: list[bool], decided: int = 0) -> float:
    """Return the probability at which missed answers, at their cost, balance false ones (as shares).

    ``decided``: unanswerable questions that are refused before anything is ranked.
    """
    n_answerable = sum(answerable) or 1
    n_refuse = len(answerable) - sum(answerable) + decided or 1
    best = (float("inf"), 0.5)
    for threshold in np.arange(0.05, 0.95, 0.01):
        missed = sum(1 for top, a in zip(tops, answerable, strict=True) if a and top.probability < threshold)
        false = sum(
            1 for top, a in zip(tops, answerable, strict=True) if not a and top.probability >= threshold
        )
        best = min(best, (abs(MISSED_COST * missed / n_answerable - false / n_refuse), float(threshold)))
    return round(best[1], 2)


def decided_by_words(words: Top) -> bool:
    """Return whether the assistant would ask no vectors (see ``assistant.retrieve``)."""
    return words.probability >= WORDS_PROBABILITY and words.lead >= WORDS_LEAD


def _out_of_fold(pairs: list[Pair], beside: list[Pair]) -> list[tuple[Top, Top]]:
    """Return for each pair the best candidates by words and with vectors, by models that did not see it."""
    shuffled = np.random.default_rng(_SEED).permutation(len(pairs))
    tops: dict[int, tuple[Top, Top]] = {}
    for fold in range(_FOLDS):
        held = set(shuffled[fold::_FOLDS].tolist())
        seen = [pair for n, pair in enumerate(pairs) if n not in held]
        words = Fitted.to([pair.words for pair in seen], [pair.words for pair in beside])
        vectors = Fitted.to([pair.vectors for pair in seen], [pair.vectors for pair in beside])
        for n in held:
            tops[n] = words.top(pairs[n].words), vectors.top(pairs[n].vectors)
    return [tops[n] for n in range(len(pairs))]


def _report(tops: list[tuple[Top, Top]], answerable: list[bool], threshold: float) -> None:
    """Print the out-of-fold figures, of both models and of what words decide alone."""
    n_answerable, n_refuse = sum(answerable), len(answerable) - sum(answerable)
    final = [words if decided_by_words(words) else vectors for words, vectors in tops]
    for name, ranked in (
        ("words", [words for words, _ in tops]),
        ("vectors", [vectors for _, vectors in tops]),
        ("both, as asked", final),
    ):
        first = sum(top.right for top, a in zip(ranked, answerable, strict=True) if a)
        answered = sum(top.probability >= threshold for top, a in zip(ranked, answerable, strict=True) if a)
        refused = sum(top.probability < threshold for top, a in zip(ranked, answerable, strict=True) if not a)
        print(
            f"{name}: first right {first}/{n_answerable}, answered {answered}/{n_answerable}, "
            f"refused {refused}/{n_refuse} at {threshold}"
        )
    decided = [pair for pair in zip(tops, answerable, strict=True) if decided_by_words(pair[0][0])]
    by_words, by_vectors = (sum(both[n].right for both, a in decided if a) for n in (0, 1))
    print(
        f"decided by words {len(decided)} of {len(tops)}: first right {by_words}, by vectors {by_vectors} "
        f"of {sum(a for _, a in decided)}"
    )
    for at in (0.3, 0.4, 0.5, 0.6, 0.7):
        kept = sum(top.probability >= at for top, a in zip(final, answerable, strict=True) if a)
        left = sum(top.probability < at for top, a in zip(final, answerable, strict=True) if not a)
        print(f"  threshold {at}: answered {kept / n_answerable:.3f}, refused {left / n_refuse:.3f}")


def main() -> None:
    """Fit, report the out-of-fold figures, write ``assistant/rank_weights.json``."""
    silence_third_parties()
    questions, hard = load_questions("dev"), load_questions("refuse-dev") + load_questions("unanswerable")
    assistant = Assistant.open(get_settings())
    pairs = collect(assistant, questions)
    # Learnt from, but not counted: near misses one after the other are not what an office asks all day.
    beside = collect(assistant, hard)
    answerable = [pair.words.question.outcome == "answer" for pair in pairs]
    decided = sum(q.outcome == "abstain" for q in questions) - answerable.count(False)
    tops = _out_of_fold(pairs, beside)
    final = [words if decided_by_words(words) else vectors for words, vectors in tops]
    threshold = choose_threshold(final, answerable, decided)
    print(f"{len(pairs)} questions, out of fold:")
    _report(tops, answerable, threshold)
    words = Fitted.to([pair.words for pair in pairs], [pair.words for pair in beside])
    vectors = Fitted.to([pair.vectors for pair in pairs], [pair.vectors for pair in beside])
    for n, name in enumerate(FEATURES):
        weights = (vectors.order[n], vectors.answers[n], words.order[n], words.answers[n])
        print(f"  {name:18s} " + " ".join(f"{weight:+.2f}" for weight in weights))
    hard_tops = [vectors.top(pair.vectors).probability for pair in beside]
    print(f"hard ones, seen in fitting: refused {sum(p < threshold for p in hard_tops)}/{len(hard_tops)}")
    data = {
        "fitted_by": "python -m eval.fit",
        "questions": len(pairs),
        "threshold": threshold,
        "vectors": vectors.as_json(),
        "words": words.as_json(),
    }
    WEIGHTS_FILE.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
