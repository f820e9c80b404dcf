"""Ranking: the probability that a provision answers a question, from a few dozen readable features.

Two linear scores over the same features, fitted by ``python -m eval.fit`` on the development questions
(``rank_weights.json``): one orders the candidates of a question, the other says how probable it is
that the best of them answers it. An answer is given from a threshold on, chosen by the same command.
Both exist twice: with the features of the vectors, and for words alone, which decide most questions.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import mul
from pathlib import Path
from typing import Any

from assistant import kinds
from assistant.asking import GENERIC
from assistant.evidence import Evidence, Need, Passage
from assistant.position import position
from assistant.question import Question

WEIGHTS_FILE = Path(__file__).with_name("rank_weights.json")

FEATURES = (
    "bias",
    "lexical",  # BM25, relative to the best candidate
    "cosine",  # absolute, scaled
    "cosine_relative",  # within the candidates
    "coverage",  # share of the question's words that the passage holds
    "coverage_high",  # how far that share goes beyond one half
    "matched",  # weight of the words held, absolute
    "missing",  # weight of the words not held, absolute
    "heaviest_lost",  # weight of the rarest word not held
    "all_held",  # every word is held
    "foreign",  # lacks a word that the whole library lacks
    "segment",  # coverage of the question's best part between punctuation marks
    "item",  # an item of its enumeration stands in the question ("… ; giảm nghèo; …")
    "density",  # how much of the passage the question speaks of
    "heading",  # what is asked about is the passage's title
    "plan",  # the commune's own plan, no document named
    "named",  # the document that the question names
    "elsewhere",  # the question names another document
    "structural",  # letterhead, signature, recipients
    "parts",  # has parts of its own
    "unit_named",  # the passage names a unit that the question names
    "who_task",  # asks who; a task that a plan gives to a unit
    "who_lead",  # asks who leads; a task with "chủ trì"
    "who_field",
    "who_content",  # asks who; a plan's content part, to be joined
    "competence_field",
    "competence_task",
    "power_law",  # asks who decides or appoints; a law
    "wanted",  # holds the figure or time of the kind asked
    "wanted_otherwise",  # holds a figure or time, but not of the kind asked
    "wanted_lacking",  # asks for a figure or time; the passage has none at all
    "figure_clause",  # how much of the question stands in the clause that holds the figure or time
    "number_lost",  # the question names a number that the passage lacks
    "basis_mentions",
    "basis_lacking",
    "definition",
    "list_items",
    "asked_lost",  # asks for a name, an address, a list … that the passage does not speak of
    "kind_who",
    "kind_competence",
    "kind_figure",
    "kind_time",
    "kind_list",
    "kind_basis",
    "kind_definition",
    "object_behind",  # asks who; what is asked only qualifies what the task is about ("tuyên truyền về …")
    "other_office",  # asks "phòng nào" or "trung tâm nào"; the task is given to another kind of unit
    "who_matched",  # the weight of the words held, where a unit is asked for
    "early",  # share of the question that the passage opens with
    "subject",  # the passage's subject is what is asked about
    "subject_definition",  # the same, where a definition is asked for
    "subject_list",
    "together",  # the words held stand close to each other
    "unmarked_cosine",  # the question was typed without marks: its vector is less sure
    "asked",  # cosine of the provision's nearest everyday wording, scaled
    "asked_relative",  # within the nearest
    "asked_coverage",  # share of the question's words in the best of its wordings
    "any_coverage",  # in the passage and all its wordings together
    "any_missing",
    "any_heaviest_lost",
    "any_all_held",
    "relevance",  # behind the best of the candidates by ``assistant.relevance``, which learnt from law texts
    "relevance_share",  # between the worst and the best of them
)


@dataclass(frozen=True, slots=True)
class Signals:
    """What the retriever knows of one candidate before ranking."""

    passage: Passage
    lexical: float  # relative to the best candidate


@dataclass(frozen=True, slots=True)
class Role:
    """What a provision is in its document, as far as ranking cares."""

    task: str = ""  # "lead", "do", "field" where task records come from it
    content: bool = False  # in a plan's content part, under a titled section
    mentions: bool = False  # refers to another document
    unit: str = ""  # the unit that leads the task
    objects: tuple[tuple[str, ...], ...] = ()  # keys of the content words of each task's clause, in order


NO_ROLE = Role()


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of the two scores of a candidate, in the order of ``FEATURES``."""

    orders: tuple[float, ...]
    answers: tuple[float, ...]

    def order(self, features: Sequence[float]) -> float:
        """Return the score by which candidates are ordered (a logit; only differences mean something)."""
        score: float = sum(map(mul, self.orders, features))
        return score

    def probability(self, features: Sequence[float]) -> float:
        """Return P(the passage answers the question), as far as the development questions tell."""
        z: float = sum(map(mul, self.answers, features))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))


@lru_cache(maxsize=2)
def model(*, vectors: bool) -> Model:
    """Return the model for candidates whose vectors are known, or the one that knows words alone."""
    data = _weights()["vectors" if vectors else "words"]

    def weights(name: str) -> tuple[float, ...]:
        return tuple(float(data[name].get(feature, 0.0)) for feature in FEATURES)

    return Model(weights("order"), weights("answers"))


@lru_cache(maxsize=1)
def threshold() -> float:
    """Return the probability from which an answer is given."""
    return float(_weights()["threshold"])


@lru_cache(maxsize=1)
def _weights() -> dict[str, Any]:
    weights: dict[str, Any] = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    return weights


def asks_unit(question: Question) -> bool:
    """Return whether the answer is a unit: who does something, whose business it is."""
    return question.kind in {kinds.RESPONSIBILITY, kinds.COMPETENCE, kinds.DUTIES} and question.asks_who


def features(
    evidence: Evidence,
    question: Question,
    need: Need,
    segments: Sequence[Need],
    signals: Signals,
    role: Role,
) -> list[float]:
    """Return the features of one candidate, in the order of ``FEATURES``; those of its vector are 0."""
    passage = signals.passage
    strict, least = question.wanted, question.acceptable
    wanted = strict is not None and bool(strict.search(passage.folded))
    accepted = wanted or (least is not None and bool(least.search(passage.folded)))
    fitting = strict if wanted else least if accepted else None
    provision = passage.provision
    cover = evidence.cover(need, passage)
    coverage = cover.share
    anywhere, best_wording = evidence.cover_asked(need, passage)
    stands = position(need, passage.own.folded)
    total = sum(need.weights) or 1.0
    segment = max(
        (
            evidence.coverage(part, passage.own, passage.headings, passage.title)
            * min(1.0, sum(part.weights) / _SEGMENT_WEIGHT)
            for part in segments
        ),
        default=coverage,
    )
    who = asks_unit(question)
    competence = question.kind == kinds.COMPETENCE
    law = provision.kind in {"fact", "article", "clause", "point"}
    named = provision.document_id in question.documents
    return [
        1.0,
        signals.lexical,
        0.0,
        0.0,
        coverage,
        max(0.0, coverage - 0.5),
        min(3.0, coverage * total / 10.0),
        min(3.0, (1.0 - coverage) * total / 10.0),
        cover.heaviest_lost / 6.0,
        float(coverage >= 0.95),
        float(coverage < 0.9 and cover.foreign),
        segment,
        min(2.0, evidence.item_held(need, passage) / 6.0),
        evidence.density(need, passage),
        float(bool(provision.heading) and evidence.named_by(need, provision.heading)),
        float(not question.documents and passage.document.kind == "Kế hoạch"),
        float(named),
        float(bool(question.documents) and not named),
        float(provision.kind in {"letterhead", "signature", "recipients"}),
        (0.5 if provision.kind == "fact" else 1.0) * (provision.own_end < provision.end),
        float(bool(question.units) and any(unit in passage.units for unit in question.units)),
        float(who and role.task in {"lead", "do"}),
        float(who and role.task == "lead" and question.asks_lead),
        float(who and not competence and role.task == "field"),
        float(who and role.content),
        float(competence and role.task == "field"),
        float(competence and role.task in {"lead", "do"}),
        float(question.asks_power and law and role.task != "field"),
        float(wanted),
        float(accepted and not wanted),
        float(strict is not None and not accepted),
        evidence.clause_share(need, passage, fitting) if fitting is not None else 0.0,
        float(bool(question.numbers) and not question.numbers <= passage.own.tokens),
        float(question.kind == kinds.BASIS and role.mentions),
        float(question.kind == kinds.BASIS and not role.mentions),
        float(question.kind == kinds.DEFINITION and law),
        float(question.kind == kinds.LIST)
        * min(1.0, passage.text.count(";") / 6 + passage.text.count(",") / 12),
        lost_attributes(question, passage.folded),
        float(who and not competence),
        float(competence),
        float(question.kind == kinds.TARGET),
        float(question.kind == kinds.DEADLINE),
        float(question.kind == kinds.LIST),
        float(question.kind == kinds.BASIS),
        float(question.kind == kinds.DEFINITION),
        _object_behind(evidence, need, role) if who else 0.0,
        float(who and bool(role.unit) and _other_office(question, role.unit)),
        min(3.0, coverage * total / 10.0) if who else 0.0,
        stands.early,
        stands.subject,
        stands.subject if question.kind == kinds.DEFINITION else 0.0,
        stands.subject if question.kind == kinds.LIST else 0.0,
        stands.together,
        0.0,
        0.0,
        0.0,
        best_wording,
        anywhere.share,
        min(3.0, (1.0 - anywhere.share) * total / 10.0),
        anywhere.heaviest_lost / 6.0,
        float(anywhere.share >= 0.95),
        0.0,
        0.0,
    ]


def _object_behind(evidence: Evidence, need: Need, role: Role) -> float:
    """Return the weight of what a task is about before what is asked comes, 0..1, of its best clause.

    Only a clause that names all that is asked is about it: "cải cách tài chính công" is no
    "cải cách hành chính". What is no task is behind nothing.
    """
    asked = {word.key for word in need.words if word.key not in GENERIC}
    if not asked or not role.objects:
        return 0.0
    whole = [keys for keys in role.objects if asked.issubset(keys)]
    return min([1.0, *(_before(evidence, keys, asked) / _FULL_OBJECT for keys in whole)])


def _before(evidence: Evidence, keys: Sequence[str], asked: set[str]) -> float:
    before = itertools.takewhile(lambda key: key not in asked, keys)
    return sum(evidence.weight(key) for key in before if key not in GENERIC)


# The summed weight of two rare words.
_FULL_OBJECT = 10.0
_ASKS_OFFICE = re.compile(r"\b(phong|van phong|trung tam)(?: chuyen mon)? nao\b")
_OFFICES = {"phong": ("Phòng", "Văn phòng"), "van phong": ("Văn phòng",), "trung tam": ("Trung tâm",)}


def _other_office(question: Question, unit: str) -> bool:
    asked = _ASKS_OFFICE.search(question.folded)
    return asked is not None and not unit.startswith(_OFFICES[asked[1]])


_COSINE, _RELATIVE = FEATURES.index("cosine"), FEATURES.index("cosine_relative")
_UNMARKED = FEATURES.index("unmarked_cosine")
_ASKED, _ASKED_RELATIVE = FEATURES.index("asked"), FEATURES.index("asked_relative")


def with_wording(values: Sequence[float], cosine: float, relative: float) -> list[float]:
    """Return a candidate's features with how near its nearest wording is to the question."""
    full = list(values)
    full[_ASKED], full[_ASKED_RELATIVE] = _scaled(cosine), relative
    return full


_RELEVANCE, _RELEVANCE_SHARE = FEATURES.index("relevance"), FEATURES.index("relevance_share")


def with_relevance(values: Sequence[float], behind: float, share: float) -> list[float]:
    """Return a candidate's features with how relevant its words are among the candidates."""
    full = list(values)
    full[_RELEVANCE], full[_RELEVANCE_SHARE] = behind / _RELEVANCE_SCALE, share
    return full


def _scaled(cosine: float) -> float:
    return max(0.0, (cosine - _COSINE_FLOOR) / (1.0 - _COSINE_FLOOR))


def with_vectors(values: Sequence[float], cosine: float, relative: float, marked: bool) -> list[float]:
    """Return a candidate's features with what its vector says (cosine 0: not among the nearest)."""
    scaled = _scaled(cosine)
    full = list(values)
    full[_COSINE], full[_RELATIVE], full[_UNMARKED] = scaled, relative, 0.0 if marked else scaled
    return full


# Things of a kind that a text must name to tell them: what it is called, where it is, how to reach it.
_ATTRIBUTES = re.compile(
    r"\b(?:ten|dia chi|dien thoai|so may|email|hop thu|website|duong link|tai khoan"
    r"|ngay sinh|nam sinh|sinh nam|que quan|tuoi|can cuoc|cong ty|nha thau|nha cung cap|hang nao"
    r"|danh sach|ho so (?:\w+ ){1,10}gom|mau|bieu mau|bieu nao|giay to|ho so gom|thanh phan ho so|chi phi"
    r"|le phi|hoc phi|phi|gia"
    r"|muc luong|he so|phu cap|nhuan but|muc phat|bi phat|muc chi|cong tac phi|tong muc|tong von|dien tich"
    r"|bao nhieu tien|trieu|diem so|may diem|xep loai gi|chu de|de tai|lich|gio lam viec|thu may"
    r"|hien (?:nay |gio |tai )?(?:co|dang|xa)|da dat|xep hang|gan nhat|nam ngoai|nam truoc|thang (?:nay"
    r"|truoc)"
    r"|vua qua|hom nay|tuan nay|nam nay|quy nay|lan nay|sap toi|toi day|ngay mai|thoi tiet|cach (?:nau"
    r"|lam|sua|chua|trong)|sua sao|loi gi"
    r"|dieu kien de|tieu chuan de|(?<!lay )(?<!luu )o dau|cho nao|may gio|khai giang|mat khau|ma so)\b"
)


@lru_cache(maxsize=64)
def _attributes(folded_question: str) -> frozenset[str]:
    return frozenset(match.group() for match in _ATTRIBUTES.finditer(folded_question))


def lost_attributes(question: Question, folded: str) -> float:
    """Return how many of the things asked for a folded text does not speak of, at most two."""
    asked = _attributes(question.folded)
    return float(min(2, sum(thing not in folded for thing in asked)))


# A part of a question with less weight than this ("cho hỏi", "ở xã") says too little by itself.
_SEGMENT_WEIGHT = 8.0
_RELEVANCE_SCALE = 5.0
# The shipped model puts unrelated texts near here.
_COSINE_FLOOR = 0.2
