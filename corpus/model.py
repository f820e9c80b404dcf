"""The words of DESIGN.md as frozen data: documents, provisions, tasks, references, citations.

All offsets are code points. ``start``/``end`` of a provision and ``spans`` of a citation count in
the document's canonical text (``Document.text``); ``segments`` count in the decoded source text.
Dates are ISO strings that may be partial ("2026-04") where the source is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Basis = Literal["full_text", "card", "inferred"]

ProvisionKind = Literal[
    "part",  # phần
    "chapter",  # chương
    "section",  # mục of a law
    "subsection",  # tiểu mục
    "article",  # điều
    "clause",  # khoản
    "point",  # điểm
    "outline",  # I. / 1. / a) of a plan
    "dash",  # "-" item of a plan
    "paragraph",  # unnumbered paragraph
    "preamble",
    "footnote",
    "appendix",
    "table",
    "row",
    "signature",
    "recipients",  # nơi nhận
    "letterhead",  # everything printed above the preamble
    "quoted",  # text quoted by an amending provision; its children belong to another document
    "fact",  # one fact of a card, in our own words
]

RelationKind = Literal[
    "based_on",  # căn cứ
    "amends",  # sửa đổi, bổ sung
    "replaces",  # thay thế
    "repeals",  # bãi bỏ
    "guides",  # hướng dẫn, quy định chi tiết
    "implements",  # thực hiện
    "cites",  # dẫn chiếu
]


@dataclass(frozen=True, slots=True)
class Provision:
    """A node of a document's tree.

    ``start``..``end`` covers the node with all its descendants, ``start``..``own_end`` its own text
    before the first child. Siblings are ordered and do not overlap; a child lies inside its parent.
    """

    id: str  # "<document id>:<path>"
    document_id: str
    path: str  # "d13.k2.dd", "II.3.g2", "IV.5.p1", "pre", "fn1"
    kind: ProvisionKind
    number: str  # as printed, without punctuation: "13", "đ", "IV", "" where none
    heading: str  # title printed with the number, "" where none
    parent: str | None  # path of the parent, None for a root
    order: int  # position in the document, 0-based
    start: int
    end: int
    own_end: int
    page: int | None = None  # 1-based, where the source has pages
    segments: tuple[tuple[int, int], ...] = ()  # [start, end) of the own text in the decoded source
    note_of: str | None = None  # a footnote: path of the provision it explains
    note_at: int | None = None  # a footnote: where its mark stood in the canonical text
    source_sha256: str | None = None  # file the segments count in; None: the document's own
    # A row of a table: (column, start, end) of each value in the canonical text; a column may come again.
    cells: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why we believe a fact: a provision of a held document, or an address and the day it was read."""

    provision: str | None = None  # provision id
    quote: str | None = None  # its words
    source: str | None = None  # an address, or the printed place of an official text
    checked_on: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """``source`` stands in ``kind`` to ``target``; ``target`` is a document id, or None if unresolved."""

    kind: RelationKind
    source: str
    target: str | None
    target_text: str  # the target as written
    evidence: Evidence = Evidence()
    places: tuple[str, ...] = ()  # paths of the target that change; empty: the whole, or not said which
    date: str | None = None  # first day of the change where its own provision states one


@dataclass(frozen=True, slots=True)
class Effect:
    """From when or until when a text says that it, or a part of it, applies.

    ``target`` is a document id or the id of a provision (with all below it). ``date`` is the first day
    in force or, of kind ``expires``, the last one; None where the text ties it to something else
    ("từ năm ngân sách 2026", then ``note`` has the words). ``exceptions`` are ids of provisions of the
    same text that state cases in which it does not hold.
    """

    kind: Literal["takes_effect", "expires"]
    target: str
    date: str | None
    evidence: Evidence
    exceptions: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A mention of another document or provision inside a provision."""

    provision_id: str
    start: int  # in the canonical text of the provision's document
    end: int
    text: str
    kind: RelationKind
    target: str | None  # document id or provision id; None: explicitly unresolved
    note: str = ""  # e.g. the likely right number of a citation that seems wrong


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something the reader or the parser was not sure about; shown in the ingestion report."""

    code: str  # stable, e.g. "numbering-gap", "missing-appendix"
    message: str  # Vietnamese
    provision: str | None = None  # path


@dataclass(frozen=True, slots=True)
class Document:
    """One official text with what is known of it; unknown fields are None, never guessed."""

    id: str
    kind: str  # "Nghị định", "Kế hoạch", "Luật" …
    number: str | None  # as printed; None where none was given
    title: str
    issuer: str | None
    issued: str | None  # ISO, maybe partial
    text: str  # canonical text; a card's facts where basis is "card"
    basis: Basis = "full_text"
    place: str | None = None
    effective: str | None = None
    expires: str | None = None
    signer: str | None = None
    signer_title: str | None = None
    recipients: tuple[str, ...] = ()  # nơi nhận, as printed
    draft: bool = False  # no number or no day: "có thể là dự thảo"
    aliases: tuple[str, ...] = ()
    source_name: str | None = None  # file name
    source_sha256: str | None = None
    evidence: dict[str, Evidence] = field(default_factory=dict)  # field name -> why
    warnings: tuple[str, ...] = ()  # Vietnamese, shown with every citation of this document
    missing: tuple[str, ...] = ()  # announced parts that the text does not contain, Vietnamese
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What ingestion makes of one file: the document, its tree in order, and what it mentions."""

    document: Document
    provisions: tuple[Provision, ...]
    relations: tuple[Relation, ...] = ()
    references: tuple[Reference, ...] = ()
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A task (nhiệm vụ) as one provision assigns it."""

    id: str  # "<provision id>#<n>"
    provision_id: str
    lead: str  # canonical unit name
    cooperates: tuple[str, ...]
    what: str  # verbatim clause(s) of the canonical text
    start: int
    end: int
    role: str  # "lead", "cooperate", "do"
    deadline: str | None = None
    deadline_provision: str | None = None
    product: str | None = None  # sản phẩm, kết quả, as printed
    target: str | None = None  # chỉ tiêu
    basis: str | None = None  # căn cứ
    leads: tuple[str, ...] = ()  # all units that lead, where several do; ``lead`` is the first


@dataclass(frozen=True, slots=True)
class Citation:
    """Provision id + label as officials write it + verbatim quote + where the quote stands."""

    id: str
    label: str  # "khoản 2 Điều 13 Nghị định 150/2025/NĐ-CP"
    document_id: str
    document: str | None  # official number as printed, None where none was given
    title: str
    issuer: str | None
    issued: str | None
    quote: str
    spans: tuple[tuple[int, int], ...]
    page: int | None
    basis: Basis
    warnings: tuple[str, ...] = ()
