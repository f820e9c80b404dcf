"""Hybrid retrieval: lexical and dense candidates fused, then ranked; a LlamaIndex ``BaseRetriever``.

A cheap fusion of BM25, cosine and held words over the whole library chooses some dozens of
provisions; ``assistant.rank`` gives each of them the probability that it answers the question.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from assistant.asking import GENERIC
from assistant.evidence import Evidence, Need, Passage
from assistant.question import Question, Reader
from assistant.rank import FEATURES, Role, Signals, features, order, probability
from assistant.roles import Roles
from corpus.embedding import Embedder
from corpus.index import Index
from corpus.lexicons import Lexicons
from corpus.store import Library
from corpus.words import Word

CANDIDATES = 40
"""Candidates taken from each index before fusion."""

RANKED = 20
"""Candidates of the fused list that are ranked by all features."""

# Weights of the first, cheap fusion that only chooses what is ranked.
W_LEXICAL = 0.3
W_DENSE = 0.4
W_COVERAGE = 0.7
SYNONYM_WEIGHT = 0.35  # of the lexical score that synonym phrases add


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
    role: Role = Role()
    wants: bool | None = None  # holds the figure or time asked for; None where none is asked
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
        self.roles = Roles(library)
        self._ids = library.provision_ids()
        self._ordinal = {identifier: n for n, identifier in enumerate(self._ids)}
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

    def search(self, question: Question) -> Retrieved:
        """Return candidates for a question, best first, each with its probability of answering."""
        timings = Timings()
        started = time.perf_counter()
        need = self.need_for(question.topic, question)
        lexical = self._lexical(question, need)
        held = self._held_share(need)
        timings.search += time.perf_counter() - started
        started = time.perf_counter()
        vector = self._embedder.embed_queries([question.text])[0]
        timings.embed = (time.perf_counter() - started) * 1000
        started = time.perf_counter()
        cosines = dict(self._index.dense(vector, CANDIDATES))
        hits = self._rank(question, need, lexical, held, cosines)
        timings.search = (timings.search + time.perf_counter() - started) * 1000
        return Retrieved(hits, need, timings)

    def need_for(self, words: Sequence[Word], question: Question) -> Need:
        """Return what a passage has to cover for some of a question's words."""
        return self._evidence.need(words, question.folded, marked=question.marked, generic=GENERIC)

    def _lexical(self, question: Question, need: Need) -> np.ndarray:
        scores = self._index.lexical_scores(need.tokens or question.tokens)
        alternatives = [token for _, others in need.synonyms for other in others for token in other.split()]
        if alternatives:
            scores = scores + SYNONYM_WEIGHT * self._index.lexical_scores(alternatives)
        return scores

    def _held_share(self, need: Need) -> np.ndarray:
        """Return for every provision [n] the weighted share of the question's words that it holds."""
        held = np.zeros(len(self._ids), dtype=np.float32)
        for word, weight in zip(need.words, need.weights, strict=True):
            held[self._index.holding(word.key)] += weight
        return held / (sum(need.weights) or 1.0)

    def _choose(
        self, question: Question, lexical: np.ndarray, held: np.ndarray, cosines: dict[str, float]
    ) -> list[int]:
        """Return the ordinals of the candidates worth ranking: the best of a cheap fusion."""
        best = float(lexical.max()) or 1.0
        fused = W_LEXICAL * lexical / best + W_COVERAGE * held
        low, spread = _range(cosines)
        for identifier, cosine in cosines.items():
            fused[self._ordinal[identifier]] += W_DENSE * (cosine - low) / spread
        count = min(RANKED, len(fused))
        chosen = np.argpartition(-fused, count - 1)[:count]
        extra = [
            self._ordinal[provision.id]
            for document_id in question.documents
            if document_id in self._library
            for provision in self._library.provisions(document_id)
        ]
        # A named document competes with its best provisions even where others hold more of the words.
        extra.sort(key=lambda n: -float(fused[n]))
        return list(dict.fromkeys([*map(int, chosen), *extra[: RANKED // 2]]))

    def _rank(
        self, question: Question, need: Need, lexical: np.ndarray, held: np.ndarray, cosines: dict[str, float]
    ) -> list[Hit]:
        best = float(lexical.max()) or 1.0
        low, spread = _range(cosines)
        segments = [self.need_for(part, question) for part in question.segments] if len(question.segments) > 1 else []
        hits = []
        for ordinal in self._choose(question, lexical, held, cosines):
            identifier = self._ids[ordinal]
            passage = self._evidence.passage(identifier)
            cosine = cosines.get(identifier, 0.0)
            signals = Signals(
                passage, float(lexical[ordinal]) / best, cosine, (cosine - low) / spread if cosine else 0.0
            )
            wants = bool(question.wanted.search(passage.folded)) if question.wanted else None
            role = self.roles.of(identifier)
            values = features(self._evidence, question, need, segments, signals, role, wants)
            hits.append(
                Hit(
                    passage, probability(values), signals.lexical, cosine, values[_COVERAGE], role, wants,
                    tuple(values), order(values),
                )  # fmt: skip
            )
        hits.sort(key=lambda hit: -hit.order)
        return hits


_COVERAGE = FEATURES.index("coverage")


def _range(cosines: dict[str, float]) -> tuple[float, float]:
    """Return the smallest cosine of the candidates and their spread."""
    low = min(cosines.values(), default=0.0)
    return low, (max(cosines.values(), default=1.0) - low) or 1.0
