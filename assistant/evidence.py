"""How well a passage covers a question: the measure behind ranking, sentence choice and abstention.

Coverage is the share of the question's content, weighted by how rare each term is in the library,
that a passage holds in its own text, its headings or its document's title. Terms that the library
never uses weigh most: a question full of them is about something else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from corpus.index import Index
from corpus.lexicons import Lexicons
from corpus.model import Document, Provision
from corpus.store import Library
from corpus.text import tokenise

# A match in the headings says almost as much as one in the text; one in the document's title less.
HEADING_CREDIT = 0.9
TITLE_CREDIT = 0.6
SYNONYM_CREDIT = 0.85
# Share of the measure that comes from adjacent pairs: word order tells "kinh phí" from "kinh … phí".
PAIR_SHARE = 0.45

_CACHE = 20_000


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one stretch of text: folded tokens, adjacent pairs, and the folded text itself."""

    tokens: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    folded: str


def terms_of(text: str) -> Terms:
    """Return the terms of ``text`` (abbreviations already written out)."""
    tokens = [token.text for token in tokenise(text)]
    return Terms(frozenset(tokens), frozenset(zip(tokens, tokens[1:], strict=False)), " ".join(tokens))


EMPTY = Terms(frozenset(), frozenset(), "")


@dataclass(frozen=True, slots=True)
class Passage:
    """A provision with what its place adds to it."""

    provision: Provision
    document: Document
    text: str  # the provision's text with its descendants, as quoted
    own: Terms
    headings: Terms
    title: Terms


@dataclass(frozen=True, slots=True)
class Need:
    """What a passage has to cover: a question's content terms with their weights."""

    tokens: tuple[str, ...]
    weights: tuple[float, ...]
    pairs: tuple[tuple[str, str], ...]
    pair_weights: tuple[float, ...]
    synonyms: tuple[tuple[frozenset[str], tuple[str, ...]], ...]  # (question tokens, other phrases)

    @property
    def total(self) -> float:
        """Sum of the token weights."""
        return sum(self.weights)


class Evidence:
    """Coverage of questions by passages of one library."""

    def __init__(self, library: Library, index: Index, lexicons: Lexicons) -> None:
        self._library = library
        self._lexicons = lexicons
        self._index = index
        self._df = index.document_frequencies()
        self._size = max(1, index.size)
        self.passage = lru_cache(maxsize=_CACHE)(self._passage)
        self._title_terms = lru_cache(maxsize=1024)(self._make_title_terms)
        self._clause_terms = lru_cache(maxsize=_CACHE)(self._make_terms)

    def _make_terms(self, text: str) -> Terms:
        return terms_of(self._lexicons.expand(text, question=False))

    def clause_terms(self, text: str) -> Terms:
        """Return the terms of a clause or sentence, abbreviations written out."""
        return self._clause_terms(text)

    def _make_title_terms(self, document_id: str) -> Terms:
        document = self._library.document(document_id)
        names = " . ".join(
            filter(None, [document.kind, document.number, document.title, document.issuer, *document.aliases])
        )
        return self._make_terms(names)

    def _passage(self, provision_id: str) -> Passage:
        provision = self._library.provision(provision_id)
        document = self._library.document(provision.document_id)
        above = self._library.ancestors(provision)
        headings = " . ".join(p.heading or self._library.own_text(p)[:400] for p in above)
        text = document.text[provision.start : provision.end]
        return Passage(
            provision,
            document,
            text,
            self._make_terms(text),
            self._make_terms(headings) if headings else EMPTY,
            self._title_terms(document.id),
        )

    def weight(self, term: str) -> float:
        """Return the inverse document frequency of a token or "a_b" pair, largest for unknown terms."""
        return math.log(1.0 + self._size / (self._df.get(term, 0) + 0.5))

    def need(self, content: Sequence[str], folded_question: str = "") -> Need:
        """Return what has to be covered for these content terms."""
        tokens = tuple(dict.fromkeys(content))
        pairs = tuple(dict.fromkeys(pair for pair in zip(content, content[1:], strict=False)))
        synonyms = []
        for group in self._lexicons.synonyms_in(folded_question):
            synonyms.append((frozenset(group.found.split()), tuple(group.others)))
        return Need(
            tokens,
            tuple(self.weight(token) for token in tokens),
            pairs,
            tuple(self.weight("_".join(pair)) for pair in pairs),
            tuple(synonyms),
        )

    def coverage(self, need: Need, own: Terms, headings: Terms = EMPTY, title: Terms = EMPTY) -> float:
        """Return the covered share of ``need``, 0..1."""
        if not need.tokens:
            return 0.0
        said_otherwise: set[str] = set()
        for tokens, others in need.synonyms:
            if any(_has_phrase(own.folded, other) for other in others):
                said_otherwise |= tokens
        got = 0.0
        for token, weight in zip(need.tokens, need.weights, strict=True):
            got += weight * _credit(token, own.tokens, headings.tokens, title.tokens, said_otherwise)
        share = got / need.total
        known = [
            (pair, weight)
            for pair, weight in zip(need.pairs, need.pair_weights, strict=True)
            if "_".join(pair) in self._df
        ]
        if not known:
            return share * (1.0 if not need.pairs else 1.0 - PAIR_SHARE / 2)
        got = sum(
            weight * _credit_pair(pair, own.pairs, headings.pairs, title.pairs, said_otherwise)
            for pair, weight in known
        )
        pair_total = sum(weight for _, weight in known)
        return (1.0 - PAIR_SHARE) * share + PAIR_SHARE * got / pair_total

    def missing(self, need: Need, own: Terms, headings: Terms = EMPTY, title: Terms = EMPTY) -> list[str]:
        """Return the content tokens that the passage does not hold, in question order."""
        said: set[str] = set()
        for tokens, others in need.synonyms:
            if any(_has_phrase(own.folded, other) for other in others):
                said |= tokens
        return [t for t in need.tokens if not _credit(t, own.tokens, headings.tokens, title.tokens, said)]


def _has_phrase(folded: str, phrase: str) -> bool:
    return f" {phrase} " in f" {folded} "


def _credit(
    token: str, own: frozenset[str], headings: frozenset[str], title: frozenset[str], said: Iterable[str]
) -> float:
    if token in own:
        return 1.0
    if token in headings:
        return HEADING_CREDIT
    if token in said:
        return SYNONYM_CREDIT
    return TITLE_CREDIT if token in title else 0.0


def _credit_pair(
    pair: tuple[str, str],
    own: frozenset[tuple[str, str]],
    headings: frozenset[tuple[str, str]],
    title: frozenset[tuple[str, str]],
    said: set[str],
) -> float:
    if pair in own:
        return 1.0
    if pair in headings:
        return HEADING_CREDIT
    if pair[0] in said and pair[1] in said:
        return SYNONYM_CREDIT
    return TITLE_CREDIT if pair in title else 0.0


_SENTENCE_END = re.compile(r"(?<=[.;!?…])\s+(?=[^\W\d_]|[\"“(\-])|\n+")


def sentences(text: str, start: int = 0) -> list[tuple[int, int]]:
    """Return [start, end) of the sentences and semicolon clauses of ``text``, offset by ``start``.

    A full stop inside a number or an abbreviation without a following space does not end one.
    """
    spans: list[tuple[int, int]] = []
    last = 0
    for match in _SENTENCE_END.finditer(text):
        if text[last : match.start()].strip():
            spans.append((start + last, start + match.start()))
        last = match.end()
    if text[last:].strip():
        end = len(text.rstrip())
        spans.append((start + last, start + end))
    return spans
