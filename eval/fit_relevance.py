"""``python -m eval.fit_relevance --data DIR…``: fit the reranker on the ``train`` parts of BEIR-shaped sets.

Small networks learn from every training question which words of which field tell the right article
(``assistant.matching``; a softmax over the best candidates by BM25). What the vectors say is added with
weights that are chosen on the questions that the embedding model has not learnt from
(``ingest.training.pairs.held_for_ranking``), whose words are judged out of fold. Needs torch (the
``models`` extra); only the candidates of the held questions are embedded, and kept under ``--cache``.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.matching import NAMES, Matching
from assistant.relevance import WEIGHTS_FILE, groups_of, load_weights, passages, read_query, rerank_scores
from corpus.embedding import load_embedder
from corpus.lexical import Floats, best_of
from corpus.settings import get_settings, silence_third_parties
from eval.beir import load_asked, load_collection
from eval.retrieval import Bench
from eval.vectors import cached_vectors
from ingest.training.pairs import held_for_ranking

_POOL = 40  # candidates a question
_HIDDEN, _EPOCHS, _BATCH, _RATE, _DECAY = 32, 60, 64, 3e-3, 0.1
_NETS = 2
_FOLDS = 4
_SEED = 20261124
_COSINES = (0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 14.0)
_RANKS = (0.0, 0.5, 1.0)
_WORDS = [name for name in NAMES if not name.startswith("cosine")]
_COLUMNS = [NAMES.index(name) for name in _WORDS]


@dataclass(frozen=True, slots=True)
class Example:
    """One question: features [m, f] and labels [m] of its candidates; ``held`` from the embedding model."""

    features: Floats
    labels: NDArray[np.bool_]
    gold: int
    held: bool


def collect(folder: Path, cache: Path) -> list[Example]:
    """Return the training questions of one set with their candidates."""
    collection, asked = load_collection(folder), load_asked(folder, "train")
    bench = Bench(collection, cache)
    matching = Matching(bench.lexical, groups_of([text.title for text in collection.texts]))
    place = {identifier: n for n, identifier in enumerate(collection.ids)}
    queries = {identifier: read_query(text) for identifier, text in asked.questions.items()}
    best = {
        identifier: best_of(bench.lexical.scores(query.terms), _POOL) for identifier, query in queries.items()
    }
    embedder = load_embedder(get_settings())
    rows = np.unique(np.concatenate([best[i][0] for i in queries if held_for_ranking(i)])).astype(np.int64)
    # One passage a text: rows of vectors are ordinals of texts.
    vectors = cached_vectors(embedder, [passages(text)[0] for text in collection.texts], cache, rows)
    examples = []
    for identifier, query in queries.items():
        ordinals, lexical = best[identifier]
        held = held_for_ranking(identifier)
        cosine = np.zeros(len(ordinals), dtype=np.float32)
        if held:
            cosine = vectors[ordinals].astype(np.float32) @ embedder.embed_queries([query.text])[0]
        gold = {place[article] for article in asked.gold[identifier]}
        examples.append(
            Example(
                matching.features(query.terms, ordinals, lexical, cosine),
                np.array([n in gold for n in ordinals], dtype=bool),
                len(gold),
                held,
            )
        )
    return examples


def train(examples: list[Example], seed: int) -> dict[str, Any]:
    """Return one network with its scaling, as ``rerank_scores`` reads it."""
    torch.manual_seed(seed)
    used = [example for example in examples if example.labels.any()]
    shape = len(used), _POOL, len(_COLUMNS)
    values = np.zeros(shape, dtype=np.float32)
    right, there = np.zeros(shape[:2], dtype=bool), np.zeros(shape[:2], dtype=bool)
    for n, example in enumerate(used):
        m = len(example.labels)
        values[n, :m], right[n, :m], there[n, :m] = example.features[:, _COLUMNS], example.labels, True
    mean, scale = values[there].mean(axis=0), values[there].std(axis=0) + 1e-6
    inputs = torch.tensor((values - mean) / scale)
    labels, mask = torch.tensor(right), torch.tensor(there)
    hidden = torch.nn.Linear(len(_COLUMNS), _HIDDEN)
    last = torch.nn.Linear(_HIDDEN, 1, bias=False)
    net = torch.nn.Sequential(hidden, torch.nn.ReLU(), last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=_DECAY)
    steps = _EPOCHS * (len(used) // _BATCH + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps + 1)
    for _ in range(_EPOCHS):
        for batch in torch.randperm(len(used)).split(_BATCH):
            scores = net(inputs[batch]).squeeze(-1).masked_fill(~mask[batch], -1e9)
            chances = torch.log_softmax(scores, dim=1).masked_fill(~labels[batch], -1e9)
            loss = -torch.logsumexp(chances, dim=1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return {
        "mean": mean.tolist(),
        "scale": scale.tolist(),
        "net": {
            "w1": hidden.weight.detach().numpy().tolist(),
            "b1": hidden.bias.detach().numpy().tolist(),
            "w2": last.weight.detach().numpy()[0].tolist(),
        },
    }


def weights_of(trained: list[dict[str, Any]], beside: dict[str, float]) -> dict[str, Any]:
    """Return the ``rerank`` part of the weights file; all networks were trained on the same questions."""
    words = {
        "features": _WORDS,
        "mean": trained[0]["mean"],
        "scale": trained[0]["scale"],
        "nets": [one["net"] for one in trained],
    }
    return {"words": words, "beside": {"words": 1.0, **beside}}


def ndcg(example: Example, scores: Floats) -> float:
    """Return nDCG@10 of one question (every right article counts the same)."""
    ranked = example.labels[np.argsort(-scores, kind="stable")][:10]
    gains = 1.0 / np.log2(np.arange(2, 12))
    return float((ranked * gains[: len(ranked)]).sum() / gains[: min(10, example.gold)].sum())


def main() -> None:
    """Fit, print what the held questions say, write ``assistant/relevance_weights.json``."""
    silence_third_parties()
    torch.set_num_threads(1)  # matrices this small are slower on two
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--cache", type=Path, default=Path("eval/runs/retrieval"))
    arguments = parser.parse_args()
    examples = [example for folder in arguments.data for example in collect(folder, arguments.cache)]
    order = np.random.default_rng(_SEED).permutation(len(examples))
    held: list[tuple[Example, Floats]] = []
    for fold in range(_FOLDS):
        out = set(order[fold::_FOLDS].tolist())
        seen = [example for n, example in enumerate(examples) if n not in out]
        words = weights_of([train(seen, _SEED)], {})
        held += [
            (examples[n], rerank_scores(examples[n].features, words)) for n in sorted(out) if examples[n].held
        ]
    cosine, rank = (NAMES.index(name) for name in ("cosine", "cosine_rank"))
    best, chosen = -1.0, {"cosine": 0.0, "cosine_rank": 0.0}
    for a in _COSINES:
        for b in _RANKS:
            value = float(
                np.mean([ndcg(e, s + a * e.features[:, cosine] + b * e.features[:, rank]) for e, s in held])
            )
            print(f"held questions, cosine {a}, cosine_rank {b}: nDCG@10 {value:.4f}")
            if value > best:
                best, chosen = value, {"cosine": a, "cosine_rank": b}
    before = load_weights()
    data = {
        "fitted_by": "python -m eval.fit_relevance",
        "questions": len(examples),
        "held": len(held),
        "pool": before.pool,
        "rerank_pool": before.rerank_pool,
        "fusion": before.fusion,
        "rerank": weights_of([train(examples, _SEED + n) for n in range(_NETS)], chosen),
    }
    text = json.dumps(data, ensure_ascii=False, default=float)
    WEIGHTS_FILE.write_text(text + "\n", encoding="utf-8")
    print(f"{len(examples)} questions, {len(held)} held; chosen {chosen}")


if __name__ == "__main__":
    main()
