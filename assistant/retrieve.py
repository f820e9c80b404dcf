"""Hybrid retrieval: lexical and dense candidates fused, then ranked; a LlamaIndex ``BaseRetriever``.

A cheap fusion of BM25, cosine and held words over the whole library chooses some dozens of
provisions; ``assistant.rank`` gives each of them the probability that it answers the question.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from assistant import kinds
from assistant.asking import GENERIC
from assistant.evidence import SYNONYM_CREDIT, Evidence, Need, Passage
from assistant.matching import Matching
from assistant.question import Question, Reader
from assistant.rank import (
    FEATURES,
    NO_ROLE,
    Role,
    Signals,
    asks_unit,
    features,
    model,
    with_relevance,
    with_vectors,
    with_wording,
)
from assistant.relevance import load_weights, rerank_scores, weighted_terms
from assistant.roles import Roles
from corpus.embedding import Embedder
from corpus.index import Index
from corpus.lexical import Floats, Ordinals
from corpus.lexicons import Lexicons
from corpus.store import Library
from corpus.text import fold
from corpus.words import Word

CANDIDATES = 40
"""Candidates taken from each index before fusion."""

RANKED = 20
"""Candidates of the fused list that are ranked by all features."""

ASKED = 20
"""Provisions whose wordings are nearest to the question's, as far as ranking looks at them."""
ASKED_RANKED = 6
"""The first of them are ranked, whatever else speaks for them."""

# What decides without vectors. Out of fold (``python -m eval.fit`` prints it) three of five questions that
# are ranked, with as many right first candidates as the vectors give the same questions.
WORDS_LEAD = 2.0
WORDS_PROBABILITY = 0.5
_SEGMENTS = 6  # parts of a question looked at one by one

RANKED_FIRST = 14
"""The same before vectors are looked at: enough to see that one candidate leads clearly."""

# Weights of the first, cheap fusion that only chooses what is ranked.
W_LEXICAL = 0.3
W_DENSE = 0.4
W_COVERAGE = 0.7
SYNONYM_WEIGHT = 0.5  # share of a phrase's weight that its synonym adds to the lexical score


@dataclass(frozen=True, slots=True)
class Hit:
    """A candidate provision; ``score`` is the probability that it answers the question.

    Hits are ordered by ``order``, a score that compares the candidates of one question.
    """

    passage: Passage
    score: float
    lexical: float
    cosine: float
    coverage: float
    role: Role = NO_ROLE
    wants: bool | None = (
        None  # holds the figure or time asked for; None: none is asked, or another kind of it is held
    )
    features: tuple[float, ...] = ()
    order: float = 0.0

    @property
    def id(self) -> str:
        """Provision id."""
        return self.passage.provision.id


@dataclass(slots=True)
class Timings:
    """Milliseconds spent by stage for one question."""

    embed: float = 0.0
    search: float = 0.0


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The ranked candidates of one question."""

    hits: list[Hit]
    need: Need
    timings: Timings = field(default_factory=Timings)


class HybridRetriever(BaseRetriever):
    """Dense and lexical candidates of one generation, fused and ranked."""

    def __init__(
        self,
        library: Library,
        index: Index,
        embedder: Embedder,
        lexicons: Lexicons,
        evidence: Evidence,
        reader: Reader,
        limit: int = 10,
    ) -> None:
        self._library = library
        self._index = index
        self._embedder = embedder
        self._lexicons = lexicons
        self._evidence = evidence
        self._reader = reader
        self._limit = limit
        self.roles = Roles(library, lexicons)
        self._ids = library.provision_ids()
        self._ordinal = {identifier: n for n, identifier in enumerate(self._ids)}
        documents = [identifier.partition(":")[0] for identifier in self._ids]
        self._matching = Matching(
            index.lexical, np.unique(documents, return_inverse=True)[1].astype(np.int32)
        )
        self._tasks = np.array(sorted(self._ordinal[id] for id in self.roles.tasks), dtype=np.int32)
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        question = self._reader.read(query_bundle.query_str)
        return [
            NodeWithScore(
                node=TextNode(
                    id_=hit.id, text=hit.passage.text, metadata={"document_id": hit.passage.document.id}
                ),
                score=hit.score,
            )
            for hit in self.search(question).hits[: self._limit]
        ]

    def search(self, question: Question, *, dense: bool | None = None) -> Retrieved:
        """Return candidates for a question, best first, each with its probability of answering.

        The question is embedded only where vectors could change the outcome: a lexical candidate that
        leads by more than they can weigh, and is probable enough, stands as it is. ``dense`` forces
        the one or the other (evaluation, ``troly search``).
        """
        timings = Timings()
        started = time.perf_counter()
        need = self.need_for(question.topic, question)
        pool = _Pool(question, need, self._lexical(question, need), self._held_share(need))
        pool.segments = [self.need_for(part, question) for part in question.segments[:_SEGMENTS]]
        hits = self._rank(pool, None, RANKED if dense is False else RANKED_FIRST)
        timings.search = (time.perf_counter() - started) * 1000
        if dense is False or (dense is None and _decided(question, hits)):
            return Retrieved(hits, need, timings)
        started = time.perf_counter()
        vector = self._embedder.embed_queries([question.text])[0]
        timings.embed = (time.perf_counter() - started) * 1000
        started = time.perf_counter()
        hits = self._rank(pool, vector, RANKED)
        timings.search += (time.perf_counter() - started) * 1000
        return Retrieved(hits, need, timings)

    def need_for(self, words: Sequence[Word], question: Question) -> Need:
        """Return what a passage has to cover for some of a question's words."""
        return self._evidence.need(words, question.text, marked=question.marked, generic=GENERIC)

    def _lexical(self, question: Question, need: Need) -> np.ndarray:
        """Return BM25 of every provision [n], raised where it says a phrase of the question otherwise."""
        scores = self._index.lexical.scores(weighted_terms(need.tokens or question.tokens))
        for found, others in need.synonyms:
            gain = sum(self._evidence.weight(token) for token in found)
            scores[self._saying(others)] += np.float32(SYNONYM_WEIGHT * gain)
        return scores

    def _held_share(self, need: Need) -> np.ndarray:
        """Return for every provision [n] the weighted share of the question's words that it holds."""
        held = np.zeros(len(self._ids), dtype=np.float32)
        otherwise = [(found, self._saying(others)) for found, others in need.synonyms]
        for word, weight in zip(need.words, need.weights, strict=True):
            holders = self._index.holding(word.key)
            held[holders] += np.float32(weight)
            said = [where for found, where in otherwise if found.issuperset(word.folded)]
            if said:
                other = np.setdiff1d(np.concatenate(said), holders)
                held[other] += np.float32(weight * SYNONYM_CREDIT)
        return held / np.float32(sum(need.weights) or 1.0)

    def _saying(self, phrases: Sequence[str]) -> Ordinals:
        """Return the provisions that hold all of any phrase (its pairs of syllables): their ordinals."""
        saying = [np.empty(0, dtype=np.int32)]
        for phrase in phrases:
            tokens = fold(phrase).split()
            terms = [f"{a}_{b}" for a, b in pairwise(tokens)] or tokens
            holders = self._index.holding(terms[0])
            for term in terms[1:]:
                holders = np.intersect1d(holders, self._index.holding(term))
            saying.append(holders)
        return np.unique(np.concatenate(saying))

    def _choose(self, pool: _Pool, near: dict[str, float], limit: int) -> list[int]:
        """Return the ordinals of the candidates worth ranking: the best of a cheap fusion."""
        fused = W_LEXICAL * pool.lexical / pool.best + W_COVERAGE * pool.held
        low, spread = _range(near)
        for identifier, cosine in near.items():
            fused[self._ordinal[identifier]] += W_DENSE * (cosine - low) / spread
        count = min(limit, len(fused))
        chosen = np.argpartition(-fused, count - 1)[:count]
        extra = [
            self._ordinal[provision.id]
            for document_id in pool.question.documents
            if document_id in self._library
            for provision in self._library.provisions(document_id)
        ]
        # A named document competes with its best provisions even where others hold more of the words.
        extra.sort(key=lambda n: -float(fused[n]))
        best_tasks: Ordinals = np.empty(0, dtype=np.int32)
        if asks_unit(pool.question) and len(self._tasks):
            # Phrases that the whole library repeats would keep out the one place that names the unit.
            best_tasks = self._tasks[np.argsort(-fused[self._tasks], kind="stable")[: limit // 2]]
        return list(dict.fromkeys([*map(int, chosen), *extra[: limit // 2], *map(int, best_tasks)]))

    def _rank(self, pool: _Pool, vector: Floats | None, limit: int) -> list[Hit]:
        """Return the candidates ranked; without ``vector`` by words alone."""
        near = dict(self._index.dense(vector, CANDIDATES)) if vector is not None else {}
        low, spread = _range(near)
        asked = self._evidence.wordings.nearest(vector, ASKED) if vector is not None else {}
        asked_low, asked_spread = _range(asked)
        chosen = self._choose(pool, near, limit)
        chosen += [n for id in [*asked][:ASKED_RANKED] if (n := self._ordinal[id]) not in chosen]
        cosines = dict(near)
        if vector is not None:
            others = [self._ids[n] for n in chosen if self._ids[n] not in near]
            cosines |= self._index.cosines(vector, others)
            # The graph of the vectors may miss a near one; its cosine is no less true.
            low, spread = _range(dict(sorted(cosines.items(), key=lambda item: -item[1])[:CANDIDATES]))
        scores = model(vectors=vector is not None)
        relevance = self._relevance(pool, chosen, cosines)
        best, spread_of = max(relevance, default=0.0), (max(relevance) - min(relevance) if relevance else 0.0)
        hits = []
        for ordinal, relevant in zip(chosen, relevance, strict=True):
            identifier = self._ids[ordinal]
            values = pool.features.get(ordinal)
            if values is None:
                values = pool.features[ordinal] = self._features(pool, ordinal)
            cosine = cosines.get(identifier, 0.0)
            relative = (cosine - low) / spread if cosine else 0.0
            values = with_vectors(values, cosine, relative, pool.question.marked)
            values = with_relevance(
                values, relevant - best, (relevant - best + spread_of) / (spread_of or 1.0)
            )
            if identifier in asked:
                values = with_wording(
                    values, asked[identifier], (asked[identifier] - asked_low) / asked_spread
                )
            hits.append(
                Hit(
                    self._evidence.passage(identifier),
                    scores.probability(values),
                    float(pool.lexical[ordinal]) / pool.best,
                    cosine,
                    values[_COVERAGE],
                    self.roles.of(identifier),
                    _wants(values),
                    tuple(values),
                    scores.order(values),
                )
            )
        hits.sort(key=lambda hit: -hit.order)
        return hits

    def _relevance(self, pool: _Pool, chosen: list[int], cosines: dict[str, float]) -> list[float]:
        """Return how relevant the words of some provisions are, by a scale of this question alone."""
        ordinals = np.array(chosen, dtype=np.int32)
        if pool.said is None:
            pool.terms = weighted_terms(pool.question.tokens)
            pool.said = self._index.lexical.scores(pool.terms)
        near = np.array([cosines.get(self._ids[n], 0.0) for n in chosen], dtype=np.float32)
        values = self._matching.features(pool.terms, ordinals, pool.said[ordinals], near)
        scores: list[float] = rerank_scores(values, load_weights().rerank, vectors=bool(cosines)).tolist()
        return scores

    def _features(self, pool: _Pool, ordinal: int) -> list[float]:
        question = pool.question
        passage = self._evidence.passage(self._ids[ordinal])
        role = self.roles.of(self._ids[ordinal])
        segments = pool.segments if len(pool.segments) > 1 else []
        lexical = float(pool.lexical[ordinal]) / pool.best
        return features(self._evidence, question, pool.need, segments, Signals(passage, lexical), role)


@dataclass(slots=True)
class _Pool:
    """What is known of every provision for one question before vectors; features of those ranked so far."""

    question: Question
    need: Need
    lexical: np.ndarray  # BM25 of every provision [n]
    held: np.ndarray  # weighted share of the question's words that it holds [n]
    segments: list[Need] = field(default_factory=list)
    features: dict[int, list[float]] = field(default_factory=dict)
    terms: dict[str, float] = field(default_factory=dict)  # of all its words, for ``said``
    said: Floats | None = None  # BM25 of every provision by all words, asking ones too [n]

    @property
    def best(self) -> float:
        """The highest BM25 score, 1 where nothing matches."""
        return float(self.lexical.max()) or 1.0


_COVERAGE = FEATURES.index("coverage")
_WANTED, _LACKING = FEATURES.index("wanted"), FEATURES.index("wanted_lacking")


def _wants(values: Sequence[float]) -> bool | None:
    return False if values[_LACKING] else (True if values[_WANTED] else None)


# Many texts hold the words of a term or a list that only one of them defines or gives.
_BY_MEANING = frozenset({kinds.DEFINITION, kinds.LIST})


def _decided(question: Question, hits: list[Hit]) -> bool:
    """True where vectors could hardly change the first candidate nor whether it answers."""
    if len(hits) < 2 or hits[0].score < WORDS_PROBABILITY or question.kind in _BY_MEANING:
        return False
    first = hits[0].passage.provision
    plain = first.own_end >= first.end or first.kind == "fact"
    return plain and hits[0].wants is not False and hits[0].order - hits[1].order >= WORDS_LEAD


def _range(cosines: dict[str, float]) -> tuple[float, float]:
    """Return the smallest cosine of the candidates and their spread."""
    low = min(cosines.values(), default=0.0)
    return low, (max(cosines.values(), default=1.0) - low) or 1.0
