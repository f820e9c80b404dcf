"""How well a passage covers a question: the measure behind ranking, sentence choice and abstention.

Coverage is the share of the question's words, weighted by how rare each is in the library, that a
passage holds in its own text, its headings or its document's title. Words that the library never
uses weigh most: a question full of them is about something else.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import mul

from assistant.asking import GENERIC
from assistant.terms import EMPTY, Terms, joined, terms_of
from corpus.index import Index
from corpus.lexicons import Lexicons
from corpus.model import Document, Provision
from corpus.store import Library
from corpus.text import fold
from corpus.wordings import Wordings
from corpus.words import Word, is_word

# A match in the headings says almost as much as one in the text; one in the document's title less.
HEADING_CREDIT = 0.9
TITLE_CREDIT = 0.6
SYNONYM_CREDIT = 0.85
# The same letters with other marks: a typing error, or another word ("thế" and "thể").
OTHER_MARKS_CREDIT = 0.5
TYPO_CREDIT = 0.9
# Both syllables of a word, but apart: "điện" and "thoại" are not "điện thoại".
APART_CREDIT = 0.3
# A word of one syllable found only inside a longer word: "lập" in "công lập".
PART_CREDIT = 0.6
# Words that every administrative sentence holds say little of what a question is about.
GENERIC_WEIGHT = 0.4
# Share of the measure for neighbouring words that stand together in the passage as well.
PAIR_SHARE = 0.2
# Share of a question's special words that a title must hold for the title to be what is asked about.
NAMED_BY = 0.9

_CACHE = 20_000


_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Passage:
    """A provision with what its place adds to it."""

    provision: Provision
    document: Document
    text: str  # the provision's text with its descendants (a fact of a card: its own), as quoted
    end: int  # where that text ends in the canonical text
    folded: str  # its folded text, punctuation kept
    units: frozenset[str]  # units named in it or above it
    items: tuple[str, ...]  # folded items of its enumeration, none where it has none
    own: Terms
    headings: Terms
    title: Terms


@dataclass(frozen=True, slots=True)
class Need:
    """What a passage has to cover: words with their weights, and phrases that say the same."""

    words: tuple[Word, ...]
    weights: tuple[float, ...]
    synonyms: tuple[tuple[frozenset[str], tuple[str, ...]], ...]  # (question syllables, other phrases)
    marked: bool  # the question was typed with its marks
    neighbours: tuple[tuple[str, str], ...] = ()  # last and first syllable of neighbouring words

    @property
    def tokens(self) -> tuple[str, ...]:
        """The folded syllables, in order."""
        return tuple(token for word in self.words for token in word.folded)


@dataclass(frozen=True, slots=True)
class Cover:
    """How one passage covers a question."""

    share: float  # 0..1
    heaviest_lost: float  # weight of the rarest word not held, 0 where all are
    foreign: bool  # lacks a word that the whole library lacks


class Evidence:
    """Coverage of questions by passages of one library."""

    def __init__(self, library: Library, index: Index, lexicons: Lexicons, wordings: Wordings) -> None:
        self.wordings = wordings
        self._library = library
        self._lexicons = lexicons
        self._frequency = index.lexical.frequency
        self._size = max(1, index.size)
        self.passage = lru_cache(maxsize=_CACHE)(self._passage)
        self._title_terms = lru_cache(maxsize=1024)(self._make_title_terms)
        self._mass = lru_cache(maxsize=_CACHE)(self._make_mass)
        self._synonyms = lru_cache(maxsize=64)(
            lexicons.synonyms_in
        )  # asked again for each part of a question
        self._clauses = lru_cache(maxsize=_CACHE)(self._make_clauses)
        self._asked = lru_cache(maxsize=_CACHE)(self._make_asked)
        self.clause_terms = lru_cache(maxsize=_CACHE)(self._make_clause_terms)

    def _make_terms(self, text: str) -> Terms:
        return terms_of(self._lexicons.expand(text, question=False))

    def _make_clause_terms(self, text: str) -> Terms:
        return terms_of(self._lexicons.expand(text, question=False), words=False)

    def _make_mass(self, provision_id: str, own: Terms) -> float:
        return sum(self.weight(token) for token in own.tokens)

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
        if provision.kind == "fact" and provision.heading:
            headings = f"{headings} . {provision.heading}"  # a card's topic is not part of its text
        end = provision.own_end if provision.kind == "fact" else provision.end
        text = document.text[provision.start : end].rstrip()
        return Passage(
            provision,
            document,
            text,
            provision.start + len(text),
            fold(text),
            frozenset(unit.name for unit in self._lexicons.find_units(f"{headings} . {text}")),
            _items(fold(self._lexicons.expand(text, question=False))),
            self._make_terms(text),
            self._make_terms(headings) if headings else EMPTY,
            self._title_terms(document.id),
        )

    def weight(self, term: str) -> float:
        """Return the inverse document frequency of a syllable or "a_b" word, largest for unknown ones."""
        return math.log(1.0 + self._size / (self._frequency(term) + 0.5))

    def need(
        self,
        words: Sequence[Word],
        question: str = "",
        *,
        marked: bool = True,
        generic: frozenset[str] = frozenset(),
    ) -> Need:
        """Return what has to be covered for these words; ``generic`` ones (keys) weigh less."""
        unique = tuple(dict.fromkeys(words))
        groups = self._synonyms(question) if question else []
        return Need(
            unique,
            tuple(self.weight(w.key) * (GENERIC_WEIGHT if w.key in generic else 1.0) for w in unique),
            tuple((frozenset(group.found.split()), group.others) for group in groups),
            marked,
            tuple((a.folded[-1], b.folded[0]) for a, b in itertools.pairwise(unique)),
        )

    def coverage(self, need: Need, own: Terms, headings: Terms = EMPTY, title: Terms = EMPTY) -> float:
        """Return the covered share of ``need``, 0..1."""
        if not need.words:
            return 0.0
        return _share(need, _credits(need, own, headings, title), own, headings)

    def cover(self, need: Need, passage: Passage) -> Cover:
        """Return how a passage covers ``need``, and what it leaves out, in one pass."""
        credits = _credits(need, passage.own, passage.headings, passage.title)
        lost = [n for n, credit in enumerate(credits) if credit < APART_CREDIT]
        foreign = any(
            not any(self._frequency(key) for key in (need.words[n].key, *_spellings(need.words[n])))
            for n in lost
        )
        return Cover(
            _share(need, credits, passage.own, passage.headings) if need.words else 0.0,
            max((need.weights[n] for n in lost), default=0.0),
            foreign,
        )

    def cover_asked(self, need: Need, passage: Passage) -> tuple[Cover, float]:
        """Return how a passage with its everyday wordings covers ``need``, and how the best of these does."""
        whole_passage, each = self._asked(passage.provision.id)
        if not each:
            return self.cover(need, passage), 0.0
        whole = self.cover(need, whole_passage)
        words = [(frozenset(w.folded), weight) for w, weight in zip(need.words, need.weights, strict=True)]
        total = sum(need.weights) or 1.0
        return whole, max(sum(weight for word, weight in words if word <= said) for said in each) / total

    def _make_asked(self, provision_id: str) -> tuple[Passage, tuple[frozenset[str], ...]]:
        """Return the passage with its wordings as part of its text, and the syllables of each wording."""
        passage = self.passage(provision_id)
        each = [self._make_clause_terms(one) for one in self.wordings.of(provision_id)]
        own = functools.reduce(joined, each, passage.own)
        return replace(passage, own=own), tuple(terms.tokens for terms in each)

    def clause_share(self, need: Need, passage: Passage, fitting: re.Pattern[str]) -> float:
        """Return the largest share of ``need`` that one matching clause covers together with its headings.

        The figure that ``fitting`` (over folded text) looks for has to stand beside what it is about.
        """
        shares = [
            self.coverage(need, terms, passage.headings, passage.title)
            for folded, terms in self._clauses(passage.provision.id)
            if fitting.search(folded)
        ]
        return max(shares, default=0.0)

    def _make_clauses(self, provision_id: str) -> tuple[tuple[str, Terms], ...]:
        text = self.passage(provision_id).text
        return tuple((fold(text[a:b]), self.clause_terms(text[a:b])) for a, b in sentences(text))

    def item_held(self, need: Need, passage: Passage) -> float:
        """Return the weight of the heaviest item of the passage's enumeration that the question names."""
        asked = f" {' '.join(need.tokens)} "
        held = [item for item in passage.items if f" {item} " in asked]
        return max((self._item_weight(item) for item in held), default=0.0)

    def _item_weight(self, item: str) -> float:
        syllables = item.split()
        pairs = [self.weight(f"{a}_{b}") for a, b in itertools.pairwise(syllables)]
        return max(pairs) if pairs else self.weight(item)

    def density(self, need: Need, passage: Passage) -> float:
        """Return how much of the passage the question speaks of, 0..1 by weight."""
        total = self._mass(passage.provision.id, passage.own)
        wanted = frozenset(need.tokens)
        return sum(self.weight(token) for token in passage.own.tokens if token in wanted) / (total or 1.0)

    def named_by(self, need: Need, heading: str) -> bool:
        """True where the question's special words are all in a title: it is what is asked about."""
        special = [n for n, word in enumerate(need.words) if word.key not in GENERIC]
        if not special:
            return False
        words = tuple(need.words[n] for n in special)
        neighbours = tuple((a.folded[-1], b.folded[0]) for a, b in itertools.pairwise(words))
        part = Need(words, tuple(need.weights[n] for n in special), need.synonyms, need.marked, neighbours)
        return self.coverage(part, self.clause_terms(heading)) >= NAMED_BY

    def missing(self, need: Need, passage: Passage) -> list[Word]:
        """Return the words that the passage does not hold, in question order."""
        credits = _credits(need, passage.own, passage.headings, passage.title)
        return [word for word, credit in zip(need.words, credits, strict=True) if credit < APART_CREDIT]


def _credits(need: Need, own: Terms, headings: Terms, title: Terms) -> list[float]:
    """Return for each word of ``need`` how well it is held, 0..1."""
    said = _said_otherwise(need, own) if need.synonyms else _NOTHING
    return [_credit(word, need.marked, own, headings, title, said) for word in need.words]


def _share(need: Need, credits: list[float], own: Terms, headings: Terms) -> float:
    """Return the covered share: words by weight, and neighbours that stand together."""
    weights = need.weights
    share: float = sum(map(mul, weights, credits)) / sum(weights)
    if len(weights) < 2:
        return share
    together = together_total = 0.0
    for n, pair in enumerate(need.neighbours):
        weight = weights[n] + weights[n + 1]
        together_total += weight
        if pair in own.pairs or pair in headings.pairs:
            together += weight * min(credits[n], credits[n + 1])
    neighbours: float = max(together / together_total, share * 0.8)
    return (1.0 - PAIR_SHARE) * share + PAIR_SHARE * neighbours


def _said_otherwise(need: Need, own: Terms) -> frozenset[str]:
    """Return the question's syllables that the passage says with another phrase."""
    said: set[str] = set()
    text = f" {own.folded} "
    for tokens, others in need.synonyms:
        # A phrase of one syllable counts with its marks alone.
        if any(f" {other} " in text if " " in other else other in own.marked for other in others):
            said |= tokens
    return frozenset(said)


def _credit(
    word: Word, marked: bool, own: Terms, headings: Terms, title: Terms, said: frozenset[str]
) -> float:
    best = _match(word, marked, own)
    if best >= 1.0:
        return best
    best = max(best, HEADING_CREDIT * _match(word, marked, headings))
    if said.issuperset(word.folded):
        best = max(best, SYNONYM_CREDIT)
    return max(best, TITLE_CREDIT * _match(word, marked, title))


def _match(word: Word, marked: bool, terms: Terms) -> float:
    """Return how well one stretch of text holds a word, 0..1."""
    if len(word.folded) == 1:
        exact, loose = word.surface[0] in terms.marked, word.folded[0] in terms.tokens
        if loose and word.folded[0] not in terms.alone:
            return PART_CREDIT if exact or not marked else APART_CREDIT
    else:
        exact = (word.surface[0], word.surface[1]) in terms.marked_pairs
        loose = (word.folded[0], word.folded[1]) in terms.pairs
    if exact:
        return 1.0
    if loose:
        if not marked and not word.typed_marks:
            return 1.0
        # Other marks on a form that is no word is a typing error; on a word it may be another word.
        return OTHER_MARKS_CREDIT if marked and is_word(word) else TYPO_CREDIT
    if len(word.folded) == 2 and word.folded[0] in terms.tokens and word.folded[1] in terms.tokens:
        return APART_CREDIT
    return 0.0


_MIN_ITEMS = 3
_ITEM_SYLLABLES = 6


def _items(folded: str) -> tuple[str, ...]:
    """Return the items of an enumeration ("a; b; c"), as single-spaced syllables."""
    pieces = [" ".join(re.findall(r"\w+", piece)) for piece in re.split(r"[;:()\n.]", folded)]
    pieces += [" ".join(re.findall(r"\w+", piece)) for piece in re.split(r"[;:(),\n.]", folded)]
    items = dict.fromkeys(piece for piece in pieces if piece and len(piece.split()) <= _ITEM_SYLLABLES)
    return tuple(items) if len(items) >= _MIN_ITEMS else ()


def _spellings(word: Word) -> tuple[str, ...]:
    """Return the syllables of a word of two, whose pair alone may be missing by chance of wording."""
    return word.folded if len(word.folded) == 2 and not is_word(word) else ()


_SENTENCE_END = re.compile(r"(?<=[.;!?…])\s+(?=[^\W\d_]|[\"“(\-])|\n+")


_NUMBER_ONLY = re.compile(r"(?:\d{1,3}|[IVX]{1,5})\.")


def sentences(text: str, start: int = 0) -> list[tuple[int, int]]:
    """Return [start, end) of the sentences and semicolon clauses of ``text``, offset by ``start``.

    A full stop inside a number or an abbreviation without a following space does not end one.
    """
    spans: list[tuple[int, int]] = []
    last = 0
    for match in _SENTENCE_END.finditer(text):
        if _NUMBER_ONLY.fullmatch(text[last : match.start()].strip()):
            continue  # "2." opens the sentence that follows
        if text[last : match.start()].strip():
            spans.append((start + last, start + match.start()))
        last = match.end()
    if text[last:].strip():
        end = len(text.rstrip())
        spans.append((start + last, start + end))
    return spans
