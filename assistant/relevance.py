"""How relevant a text is to a question, by nothing but their words: search, fusion, reranking.

This is the part of retrieval that knows neither trees nor tasks: a question and numbered texts with a
title (what stands above the text: document, chapter, article) and the text itself. ``troly eval
retrieval`` measures exactly this code.

Where to plug in
----------------
- Another fusion: ``fuse`` (weights ``fusion`` in ``relevance_weights.json``).
- Another feature: ``assistant.matching``, whose features the reranker weighs.
- Other weights: ``python -m eval.fit_relevance`` writes the file; ``load_weights(path)`` reads another.
- What is embedded of a text: ``passages``; a text's cosine is that of its best passage.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.matching import NAMES, Matching
from assistant.question import complete_marks
from corpus.lexical import Floats, LexicalIndex, Ordinals, best_of
from corpus.text import index_terms, normalise, spell, tokenise

WEIGHTS_FILE: Final = Path(__file__).with_name("relevance_weights.json")

TERMS_FILE: Final = Path(__file__).with_name("relevance_terms.json")
"""Weights of question terms, learnt with ``SHAPE`` from the training questions; others weigh 1.

Asking words hardly tell one article from another ("như_thế": below 1), words of the matter do.
"""

STAGES: Final = ("read", "lexical", "embed", "dense", "fuse", "rerank")


@dataclass(frozen=True, slots=True)
class Text:
    """A text that can be found: ``title`` is what stands above it."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is searched: ``text`` has its marks put back, ``tokens`` are folded."""

    text: str
    tokens: tuple[str, ...]
    terms: dict[str, float]  # what the lexical index is asked for, with weights


def read_query(raw: str) -> Query:
    """Return the question in the form in which it is searched."""
    text, _ = complete_marks(spell(normalise(raw)))
    tokens = tuple(token.text for token in tokenise(text))
    return Query(text, tokens, weighted_terms(tokens))


def weighted_terms(tokens: Sequence[str]) -> dict[str, float]:
    """Return what the lexical index is asked for: folded syllables and pairs, with learnt weights."""
    learnt = _term_weights()
    return {term: learnt.get(term, 1.0) for term in index_terms(tokens)}


@lru_cache(maxsize=1)
def _term_weights() -> dict[str, float]:
    weights: dict[str, float] = json.loads(TERMS_FILE.read_text(encoding="utf-8"))
    return weights


FIELDS_VERSION: Final = 1
"""Raise it when ``fields`` gives other syllables: what was kept on disk is then made anew."""


def fields(text: Text) -> tuple[list[str], list[str], list[str]]:
    """Return the syllables of the three fields of the lexical index: title, first line, the rest.

    The first line of an article is its own heading ("Điều 5. Hồ sơ …"): a match there says most.
    """
    first, _, rest = text.text.partition("\n")
    return _syllables(text.title), _syllables(first), _syllables(rest)


def _syllables(text: str) -> list[str]:
    return [token.text for token in tokenise(spell(normalise(text)))]


PASSAGE_TITLE: Final = 80
PASSAGE_TEXT: Final = 300
"""Characters that are embedded of a text; the rest is found by its words."""


def passages(text: Text) -> list[str]:
    """Return what is embedded of a text: its title and its beginning, as the model was trained."""
    title, start = text.title[:PASSAGE_TITLE], text.text[:PASSAGE_TEXT]
    return [f"{title}\n{start}" if title else start]


class Dense(Protocol):
    """Vectors of texts; a text is as near as the nearest of its passages."""

    def best(self, vector: Floats, limit: int) -> tuple[Ordinals, Floats]:
        """Return the nearest texts, nearest first: their ordinals and cosines [m]."""
        ...

    def cosines(self, vector: Floats, ordinals: Ordinals) -> Floats:
        """Return the cosines of some texts [m]."""
        ...


class Exact:
    """Vectors in memory, every one compared; ``owners[i]`` is the text of row i, ascending."""

    def __init__(self, vectors: NDArray[Any], owners: Ordinals) -> None:
        self._vectors = np.asarray(vectors, dtype=np.float32)
        self._starts = np.flatnonzero(np.diff(owners, prepend=-1))
        self._ends = np.append(self._starts[1:], len(owners))

    def best(self, vector: Floats, limit: int) -> tuple[Ordinals, Floats]:
        """Return the nearest texts, nearest first: their ordinals and cosines [m]."""
        near: Floats = np.maximum.reduceat(self._vectors @ vector, self._starts)
        count = min(limit, len(near))
        top = np.argpartition(-near, count - 1)[:count]
        top = top[np.lexsort((top, -near[top]))]
        return top.astype(np.int32), near[top]

    def cosines(self, vector: Floats, ordinals: Ordinals) -> Floats:
        """Return the cosines of some texts [m]."""
        return np.array(
            [(self._vectors[self._starts[n] : self._ends[n]] @ vector).max() for n in ordinals],
            dtype=np.float32,
        )


@dataclass(frozen=True, slots=True)
class Candidates:
    """Texts that are compared for one question, best first by ``fused``; every array is [m]."""

    ordinals: Ordinals
    lexical: Floats  # BM25, absolute
    cosine: Floats
    fused: Floats

    def head(self, count: int) -> Candidates:
        """Return the first ``count``."""
        top = slice(count)
        return Candidates(self.ordinals[top], self.lexical[top], self.cosine[top], self.fused[top])


@dataclass(frozen=True, slots=True)
class Weights:
    """Everything that was fitted; see the module's first lines for the file."""

    pool: int
    rerank_pool: int
    fusion: dict[str, float]
    rerank: dict[str, Any]


@lru_cache(maxsize=8)
def load_weights(path: Path = WEIGHTS_FILE) -> Weights:
    """Return the weights of a file. Raises OSError, KeyError or ValueError (an unknown feature)."""
    data = json.loads(path.read_text(encoding="utf-8"))
    rerank = data["rerank"]
    unknown = {*rerank["words"]["features"], *rerank["beside"]} - {*NAMES, "words"}
    if unknown:
        raise ValueError(f"unknown features in {path}: {sorted(unknown)}")
    for net in rerank["words"]["nets"]:
        for name in ("w1", "b1", "w2"):
            net[name] = np.asarray(net[name])
    return Weights(int(data["pool"]), int(data["rerank_pool"]), dict(data["fusion"]), dict(data["rerank"]))


def fuse(lexical: Floats, cosine: Floats, best: float, weights: dict[str, float]) -> Floats:
    """Return one score a candidate [m] from its BM25 and its cosine.

    BM25 counts relative to the best of the question (``best``), since its scale is the question's.
    """
    return weights["lexical"] * lexical / (best or 1.0) + weights["cosine"] * cosine


def rerank_scores(values: Floats, weights: dict[str, Any], *, vectors: bool = True) -> Floats:
    """Return one score a candidate [m] from its features [m, f] (``matching.NAMES``).

    Small networks (their mean) judge the words; what the vectors say is added with weights of its own,
    unless their cosines are not known (``vectors``). Only differences mean something.
    """
    words = weights["words"]
    columns = [NAMES.index(name) for name in words["features"]]
    scaled = (values[:, columns] - np.asarray(words["mean"])) / np.asarray(words["scale"])
    scores = np.zeros(len(values), dtype=np.float64)
    for net in words["nets"]:
        hidden = np.maximum(0.0, scaled @ np.asarray(net["w1"]).T + np.asarray(net["b1"]))
        scores += hidden @ np.asarray(net["w2"]) / len(words["nets"])
    scores *= weights["beside"]["words"]
    for name, weight in weights["beside"].items():
        if name != "words" and vectors:
            scores += weight * values[:, NAMES.index(name)]
    return scores.astype(np.float32)


_ARTICLE = re.compile(r"\s+-\s+Điều\s.*$")


def groups_of(titles: Sequence[str]) -> NDArray[np.int32]:
    """Return the number of the document of each text [n]: what its title says before " - Điều …"."""
    documents = np.array([_ARTICLE.sub("", title) for title in titles], dtype=np.str_)
    return np.unique(documents, return_inverse=True)[1].astype(np.int32)


@dataclass(slots=True)
class Found:
    """The texts found for one question, best first, and the milliseconds of each stage (``STAGES``)."""

    ordinals: Ordinals
    scores: Floats
    milliseconds: dict[str, float] = field(default_factory=dict)


class Relevance:
    """Search over numbered texts: ``mode`` is "lexical", "dense", "hybrid" or "rerank"."""

    def __init__(
        self,
        lexical: LexicalIndex,
        texts: Sequence[Text],
        dense: Dense | None = None,
        embed: Callable[[str], Floats] | None = None,
        weights: Weights | None = None,
    ) -> None:
        """``dense`` and ``embed`` (a question to its vector [d]) are needed by every mode but "lexical"."""
        self._lexical = lexical
        self._dense = dense
        self._embed = embed
        self._weights = weights or load_weights()
        self._matching = Matching(lexical, groups_of([text.title for text in texts]))

    def search(self, raw: str, mode: str, limit: int) -> Found:
        """Return up to ``limit`` texts, best first."""
        clock = _Clock()
        query = read_query(raw)
        clock.stop("read")
        if mode == "lexical":
            top, values = self._lexical.best(query.terms, limit)
            clock.stop("lexical")
            return Found(top, values, clock.milliseconds)
        if self._dense is None or self._embed is None:
            raise ValueError(f"mode {mode!r} needs vectors")
        if mode == "dense":
            vector = self._embed(query.text)
            clock.stop("embed")
            top, values = self._dense.best(vector, limit)
            clock.stop("dense")
            return Found(top, values, clock.milliseconds)
        found = self.candidates(query, clock)
        if mode == "hybrid":
            return Found(found.ordinals[:limit], found.fused[:limit], clock.milliseconds)
        first = found.head(self._weights.rerank_pool)
        head = len(first.ordinals)
        values = self._matching.features(query.terms, first.ordinals, first.lexical, first.cosine)
        scores = rerank_scores(values, self._weights.rerank)
        order = np.argsort(-scores, kind="stable")
        ordinals = np.concatenate([first.ordinals[order], found.ordinals[head:]])
        # Those below the reranked head keep their order under it.
        below = scores.min(initial=0.0) - 1.0 - np.arange(len(ordinals) - head, dtype=np.float32)
        clock.stop("rerank")
        return Found(ordinals[:limit], np.concatenate([scores[order], below])[:limit], clock.milliseconds)

    def candidates(self, query: Query, clock: _Clock | None = None) -> Candidates:
        """Return the candidates of both indexes with both scores, best first by the fusion."""
        clock = clock or _Clock()
        if self._dense is None or self._embed is None:
            raise ValueError("candidates need vectors")
        scores = self._lexical.scores(query.terms)
        by_words, _ = best_of(scores, self._weights.pool)
        clock.stop("lexical")
        vector = self._embed(query.text)
        clock.stop("embed")
        by_vector, near = self._dense.best(vector, self._weights.pool)
        only_words = np.setdiff1d(by_words, by_vector)
        ordinals = np.concatenate([by_vector, only_words])
        cosine = np.concatenate([near, self._dense.cosines(vector, only_words)])
        clock.stop("dense")
        lexical = scores[ordinals]
        fused = fuse(lexical, cosine, float(scores.max(initial=0.0)), self._weights.fusion)
        order = np.lexsort((ordinals, -fused))
        clock.stop("fuse")
        return Candidates(ordinals[order], lexical[order], cosine[order], fused[order])


class _Clock:
    """Milliseconds by stage: each ``stop`` closes the stage that ran since the last one."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def stop(self, stage: str) -> None:
        now = time.perf_counter()
        self.milliseconds[stage] = self.milliseconds.get(stage, 0.0) + 1000 * (now - self._last)
        self._last = now
