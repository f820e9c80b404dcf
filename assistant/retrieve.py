"""Hybrid retrieval: lexical and dense candidates fused, a LlamaIndex ``BaseRetriever``.

A question that names a document or a place goes there; everything else is ranked by three scores of
comparable size: BM25 (relative to the best), cosine (relative to the candidates) and coverage.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from assistant.asking import GENERIC
from assistant.evidence import Evidence, Need, Passage
from assistant.question import Question, Reader
from corpus.embedding import Embedder
from corpus.index import Index
from corpus.lexicons import Lexicons
from corpus.store import Library
from corpus.words import Word

CANDIDATES = 40
"""Candidates taken from each index before fusion."""

# Weights of the fused score; chosen on the dev questions (``troly eval dev``).
W_LEXICAL = 0.30
W_DENSE = 0.30
W_DENSE_UNMARKED = 0.22  # its marks were put back by a model that errs now and then
W_COVERAGE = 0.70
SYNONYM_WEIGHT = 0.35  # of the lexical score that synonym phrases add
NAMED_DOCUMENT_BONUS = 0.25
PLAN_BONUS = 0.15  # the commune's own plan, where the question names no document
HEADING_BONUS = 0.15  # what is asked about is the very title of the provision
PARENT_PENALTY = 0.12  # a whole section says the same as its part, less precisely

_STRUCTURAL = frozenset({"letterhead", "signature", "recipients"})
STRUCTURAL_PENALTY = 0.30  # they answer questions about the document, which have their own path


@dataclass(frozen=True, slots=True)
class Hit:
    """A candidate provision with the parts of its score."""

    passage: Passage
    score: float
    lexical: float
    cosine: float
    coverage: float
    foreign: bool = False  # lacks a word of the question that the whole library lacks

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

    def search(self, question: Question, *, dense: bool = True) -> Retrieved:
        """Return candidates for a question, best first, with their scores."""
        timings = Timings()
        need = self.need_of(question)
        started = time.perf_counter()
        lexical = self._lexical(question, need)
        ordinals = np.argpartition(-lexical, min(CANDIDATES, len(lexical) - 1))[:CANDIDATES]
        chosen = {self._ids[n]: float(lexical[n]) for n in ordinals if lexical[n] > 0}
        timings.search += time.perf_counter() - started
        cosines: dict[str, float] = {}
        if dense:
            started = time.perf_counter()
            vector = self._embedder.embed_queries([question.text])[0]
            timings.embed = (time.perf_counter() - started) * 1000
            started = time.perf_counter()
            cosines = dict(self._index.dense(vector, CANDIDATES))
            timings.search += time.perf_counter() - started
        started = time.perf_counter()
        for identifier in cosines:
            chosen.setdefault(identifier, float(lexical[self._ordinal[identifier]]))
        for document_id in question.documents:
            # A named document competes with all its provisions where it is small enough to look at.
            if document_id in self._library:
                provisions = self._library.provisions(document_id)
                for provision in provisions if len(provisions) <= 400 else []:
                    chosen.setdefault(provision.id, float(lexical[self._ordinal[provision.id]]))
        hits = self._fuse(question, need, chosen, cosines)
        timings.search = (timings.search + time.perf_counter() - started) * 1000
        return Retrieved(hits, need, timings)

    def need_of(self, question: Question) -> Need:
        """Return what a passage has to cover to answer the question."""
        return self.need_for(question.content, question)

    def need_for(self, words: Sequence[Word], question: Question) -> Need:
        """Return what a passage has to cover for some of a question's words."""
        return self._evidence.need(words, question.folded, marked=question.marked, generic=GENERIC)

    def _lexical(self, question: Question, need: Need) -> np.ndarray:
        scores = self._index.lexical_scores(need.tokens or question.tokens)
        alternatives = [token for _, others in need.synonyms for other in others for token in other.split()]
        if alternatives:
            scores = scores + SYNONYM_WEIGHT * self._index.lexical_scores(alternatives)
        return scores

    def _fuse(
        self, question: Question, need: Need, lexical: dict[str, float], cosines: dict[str, float]
    ) -> list[Hit]:
        best = max(lexical.values(), default=0.0) or 1.0
        low = min(cosines.values(), default=0.0)
        spread = (max(cosines.values(), default=1.0) - low) or 1.0
        w_dense = W_DENSE if question.marked else W_DENSE_UNMARKED
        hits = []
        for identifier, score in lexical.items():
            passage = self._evidence.passage(identifier)
            coverage = self._evidence.coverage(need, passage.own, passage.headings, passage.title)
            cosine = cosines.get(identifier, low)
            fused = (
                W_LEXICAL * score / best + w_dense * (cosine - low) / spread + W_COVERAGE * coverage
                + self._prior(question, passage)
            )  # fmt: skip
            foreign = coverage < 0.9 and self._evidence.is_foreign(need, passage)
            shown = cosine if identifier in cosines else 0.0
            hits.append(Hit(passage, fused, score / best, shown, coverage, foreign))
        hits.sort(key=lambda hit: -hit.score)
        return hits

    def _prior(self, question: Question, passage: Passage) -> float:
        prior = 0.0
        provision = passage.provision
        if provision.document_id in question.documents:
            prior += NAMED_DOCUMENT_BONUS
        elif not question.documents and passage.document.kind == "Kế hoạch":
            prior += PLAN_BONUS
        if provision.heading and self._named_by(question, provision.heading):
            prior += HEADING_BONUS
        if provision.kind in _STRUCTURAL:
            prior -= STRUCTURAL_PENALTY
        if provision.own_end < provision.end:
            prior -= PARENT_PENALTY
        return prior


    def _named_by(self, question: Question, heading: str) -> bool:
        special = [word for word in question.content if word.key not in GENERIC]
        title = self._evidence.clause_terms(heading)
        return bool(special) and self._evidence.coverage(self.need_for(special, question), title) >= 0.9


def rescored(hit: Hit, bonus: float) -> Hit:
    """Return the hit with ``bonus`` added to its score."""
    return replace(hit, score=hit.score + bonus)
