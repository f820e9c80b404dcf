"""``python -m eval.fit_kinds``: learn the weights of ``assistant.asked`` and write them down.

Learnt from ``kinds-train.jsonl``, ``kinds-dev.jsonl`` and, at a lower weight, from the other development
questions whose category leaves no doubt of the kind. The strength of the penalty and the lowest count of a
feature are constants, chosen by the cross-validation over ``kinds-dev`` that the command prints (``--cv``);
``kinds-test`` is never read. Same files, same weights. Needs scikit-learn (the ``models`` extra).
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from assistant.asked import KINDS, WEIGHTS_FILE, features
from corpus.text import fold, normalise
from eval.gold import load_questions
from eval.kinds import Labelled, load_kinds

_STRENGTH: Final = 30.0  # inverse of the L2 penalty
_LEAST: Final = 2  # questions that a feature must occur in
_DERIVED_WEIGHT: Final = 0.3
_FOLDS: Final = 5
_SEED: Final = 20261125

# Category of the other questions -> kind, what the folded question must and must not hold. The categories
# are cut by where the answer stands, the kinds by what is asked; the words tell where both agree.
_ANY, _NONE = r".", r"(?!)"
_WITH_OTHERS = r"phoi hop|cung (?:voi|lam)|tham gia|ho tro"
_AGREES: Final = {
    "responsibility": ("lead", r"\b(?:ai|nao)\b", _WITH_OTHERS),
    "joined_responsibility": ("lead", r"\b(?:ai|nao)\b", _WITH_OTHERS),
    "unit_duties": ("unit_duties", r"\bgi\b|\bnao\b|viec|nhiem vu", r"phoi hop|cung"),
    "targets": ("targets", r"bao nhieu|\bmay\b|phan tram|%|ty le", r"ngay|thang|nam nao"),
    "deadlines": (
        "deadlines",
        r"khi nao|bao gio|ngay|\bhan\b|bao lau|thang nao|may (?:thang|nam|gio)|bao nhieu (?:ngay|nam|thang)",
        r"hieu luc|tu ngay nao",
    ),
    "legal_basis": (
        "legal_basis",
        r"can cu|theo .*nao|(?:van ban|luat|quy dinh|nghi dinh|nghi quyet) nao|phap ly|dua (?:vao|tren|theo)",
        r"sua doi|thay the|thay cho",
    ),
    "lists": (
        "list",
        r"liet ke|nhung|\bcac\b|gom|\bke\b|\bneu\b",
        r"dieu kien|nhiem vu cua|khi nao|truong hop",
    ),
    "definitions": (
        "definition",
        r"la gi|nghia|the nao la|hieu|viet tat|khai niem|giai thich",
        r"khac|so voi",
    ),
    "document_facts": (
        "document_facts",
        r"\bky\b|so hieu|ban hanh|ra ngay|noi nhan|trich yeu|ten day du",
        r"hieu luc|sua doi|thay|can cu",
    ),
    "named_places": ("named_place", r"dieu|khoan|muc|phan|phu luc|\bd\d", r"hieu luc"),
    "smalltalk": ("smalltalk", _ANY, _NONE),
    "conditions": ("conditions", _ANY, _NONE),
    "procedure": ("procedure", _ANY, _NONE),
    "relations": ("relation", _ANY, _NONE),
    "status": ("status", _ANY, _NONE),
    "comparison": ("comparison", _ANY, _NONE),
}  # fmt: skip


def derived() -> list[Labelled]:
    """Return the development questions whose kind follows from their category."""
    found = []
    for suite in ("dev", "laws-dev"):
        for one in load_questions(suite):
            kind, must, must_not = _AGREES.get(one.category, ("", _NONE, _NONE))
            folded = fold(normalise(one.question))
            if re.search(must, folded) and not re.search(must_not, folded):
                found.append(Labelled(one.id, one.question, kind))
    return found


def fit(questions: Sequence[Labelled], weights: Sequence[float]) -> tuple[list[str], Any, Any]:
    """Return the features, their weights [features, kinds] and the bias [kinds] of a softmax regression."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows = [features(one.question) for one in questions]
    counts = Counter(name for row in rows for name in row)
    names = sorted(name for name, count in counts.items() if count >= _LEAST)
    column = {name: n for n, name in enumerate(names)}
    cells = [
        (n, column[name], value)
        for n, row in enumerate(rows)
        for name, value in row.items()
        if name in column
    ]
    at, where, values = zip(*cells, strict=True)
    matrix = csr_matrix((values, (at, where)), shape=(len(rows), len(names)))
    labels = [KINDS.index(one.kind) for one in questions]
    model = LogisticRegression(C=_STRENGTH, max_iter=1000)
    model.fit(matrix, labels, sample_weight=weights)
    return names, model.coef_.T, model.intercept_


def _take(question: str, fitted: tuple[list[str], Any, Any]) -> str:
    names, weights, bias = fitted
    column = {name: n for n, name in enumerate(names)}
    found = [(column[name], value) for name, value in features(question).items() if name in column]
    logits = bias + sum((value * weights[n] for n, value in found), np.zeros(len(KINDS)))
    return KINDS[int(np.argmax(logits))]


def cross_validate(dev: Sequence[Labelled], always: Sequence[Labelled], beside: Sequence[Labelled]) -> float:
    """Return the share of ``dev`` recognised by models that have not seen it; prints each mistake."""
    shuffled = np.random.default_rng(_SEED).permutation(len(dev))
    right = 0
    for fold_number in range(_FOLDS):
        held = set(shuffled[fold_number::_FOLDS].tolist())
        seen = [one for n, one in enumerate(dev) if n not in held] + list(always)
        fitted = fit([*seen, *beside], [1.0] * len(seen) + [_DERIVED_WEIGHT] * len(beside))
        for n in sorted(held):
            kind = _take(dev[n].question, fitted)
            right += kind == dev[n].kind
            if kind != dev[n].kind:
                print(f"  {dev[n].kind} -> {kind}: {dev[n].question}")
    return right / len(dev)


def main() -> None:
    """Fit, print the cross-validated share where asked, write ``assistant/asked_weights.npz``."""
    parser = argparse.ArgumentParser(prog="python -m eval.fit_kinds")
    parser.add_argument("--cv", action="store_true", help="cross-validate over kinds-dev first (a minute)")
    options = parser.parse_args()
    dev, train, beside = load_kinds("dev"), load_kinds("train"), derived()
    if options.cv:
        share = cross_validate(dev, train, beside)
        print(f"out of fold, {len(dev)} questions: {share:.3f}")
    own = [*dev, *train]
    names, weights, bias = fit([*own, *beside], [1.0] * len(own) + [_DERIVED_WEIGHT] * len(beside))
    scale = np.abs(weights).max(axis=0) / 127
    np.savez_compressed(
        WEIGHTS_FILE,
        features=np.frombuffer("\n".join(names).encode("utf-8"), dtype=np.uint8),
        weights=np.round(weights / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        bias=bias.astype(np.float32),
    )
    size = WEIGHTS_FILE.stat().st_size
    print(f"{len(own)} + {len(beside)} questions, {len(names)} features, {size} bytes: {WEIGHTS_FILE}")


if __name__ == "__main__":
    main()
