"""Questions about documents as a whole: who signed, when, to whom, what it is about, what rests on what.

Facts come from the catalog and the documents' metadata, each with its evidence; what has no evidence
is said not to be known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from assistant import kinds
from assistant.citation import vn_date
from assistant.context import Context, Draft, Refusal
from assistant.places import find_places
from assistant.question import Question
from assistant.retrieve import Retrieved
from corpus.catalog import CatalogEntry
from corpus.model import Citation, Evidence, Provision, RelationKind
from corpus.text import fold, nfc


@dataclass(frozen=True, slots=True)
class _Field:
    """A field that can be asked for: what asks for it and how it is told."""

    name: str
    asks: re.Pattern[str]
    tell: Callable[[str], str]


_FIELDS = (
    _Field(
        "signer",
        re.compile(
            r"tu cach|chuc danh|chuc vu|nguoi ky|chu ky|ky ten"
            r"|(?<!ngay )\bky\b(?! (?:hieu|hop|nang|ban hanh|ngay|vao|khi|nam|thang))"
        ),
        "Người ký: {}".format,
    ),
    _Field(
        "expires",
        re.compile(r"het hieu luc|het han|\bden (?:het )?(?:khi|ngay|nam) nao|hieu luc den"),
        "Có hiệu lực đến hết {}".format,
    ),
    _Field(
        "recipients",
        re.compile(
            r"noi nhan|\bnhan (?:duoc )?(?:ban )?ke hoach|\bgui (?!bao cao|ket qua|ho so|van ban)"
            r"|\bluu (?:o|tai|de)\b|ban luu|\bluu vt\b"
        ),
        str,
    ),
    _Field("relation", re.compile(r"\bsua\b|thay the|bai bo|(?<!van ban )bo sung"), str),
    _Field(
        "effective",
        re.compile(r"hieu luc|(?:ap dung|thi hanh) (?:tu|vao|khi|ngay|nam)|bat dau ap dung|het han"),
        "Có hiệu lực từ {}".format,
    ),
    _Field(
        "number",
        re.compile(
            r"so hieu|so ky hieu|ky hieu|\bso (?:bao nhieu|may|nao|gi)|\bso la\b|so cua|co so (?:chua|khong)"
            r"|du thao|danh so"
        ),
        "Số: {}".format,
    ),
    _Field(
        "issuer",
        re.compile(
            r"(?:ai|co quan nao|don vi nao|cap nao|noi nao|ben nao|nao)"
            r" (?:la (?:co quan|noi) )?(?:da )?ban hanh"
            r"|cua (?:ai|co quan nao|don vi nao|cap nao|noi nao)|co quan ban hanh|ban hanh boi|la cua"
            r"|cua (?:xa|tinh|trung uong) hay"
        ),
        "Cơ quan ban hành: {}".format,
    ),
    _Field(
        "issued",
        re.compile(
            r"ban hanh (?:ngay|khi|nam|thang|vao|luc|hom|mung)"
            r"|(?:ngay|thang|nam|thoi diem|thoi gian)[a-z ]*ban hanh"
            r"|khi nao|\bra (?:doi )?(?:vao )?(?:ngay|thang|nam) may"
            r"|(?:ra |ky )?ngay nao|ngay bao nhieu|thang nao|nam nao|bao gio|ngay thang|tu ngay"
        ),
        "Ngày ban hành: {}".format,
    ),
    _Field(
        "title",
        re.compile(
            r"ve viec gi|noi dung (?:la )?gi|ve noi dung|quy dinh|noi ve|trich yeu|\bten\b"
            r"|ve (?:van de )?(?:gi|cai gi|dieu gi)|la (?:van ban )?gi|la gi|chu de|de lam gi"
            r"|phuong an|chuong trinh"
        ),
        str,
    ),
)


def facts(context: Context, question: Question, retrieved: Retrieved) -> Draft | Refusal | None:
    """Answer a question about a document; None where the question is not one."""
    named = question.documents or question.implied
    if not named:
        return None
    if not question.documents:
        named = _of_issuer(context, question) or named
    asked = [f for f in _FIELDS if f.asks.search(question.folded)]
    if not asked or _ASKS_OF_NOW.search(question.folded):
        return None
    names = {one.name for one in asked}
    if names & {"effective", "expires"} and "ban hanh" not in question.folded:
        # "Có hiệu lực từ ngày nào" asks for one date, not for the day of issue.
        asked = [one for one in asked if one.name in {"effective", "expires"}]
        asked = [one for one in asked if one.name == "expires"] or asked
    for document_id in named:
        entry = context.finder.catalog.entries[document_id]
        told = [draft for one in asked if (draft := _tell(context, question, entry, one)) is not None]
        if not told and asked[0].name in _FINAL:
            return Refusal(kinds.DOCUMENT, "Kho không có thông tin này về văn bản được hỏi.", final=True)
        if not told and asked[0].name == "relation":
            return None  # a provision may tell what the catalog does not
        if told and (asked[0].name not in _ALONE or told[0].told == asked[0].name):
            return _together(told)
    return Refusal(kinds.DOCUMENT, "Kho không có thông tin này về văn bản được hỏi.")


_WHICH_OF = re.compile(
    r"\b(?:so (?:may|bao nhieu|nao)|nao|ngay (?:may|nao|bao nhieu)) cua (?P<issuer>[a-z ]+)"
)


def _of_issuer(context: Context, question: Question) -> tuple[str, ...]:
    """Return the document that is named by its kind and issuer ("kế hoạch số mấy của UBND tỉnh")."""
    asked = _WHICH_OF.search(question.folded)
    if asked is None:
        return ()
    entries = context.finder.catalog.entries.values()
    of_kind = [entry for entry in entries if f"{fold(entry.kind)} " in asked.string[: asked.start() + 1]]
    said = f" {asked['issuer']} "
    held = [
        (fold(context.lexicons.expand(entry.issuer, question=False)), entry.id)
        for entry in of_kind
        if entry.issuer
    ]
    fitting = [(len(issuer), id) for issuer, id in held if f" {issuer} " in said]
    return (max(fitting)[1],) if fitting else ()


# "Tuyên truyền tháng này có nội dung gì" asks for something newer than the document.
_ASKS_OF_NOW = re.compile(r"\b(?:thang|tuan|quy|hom|nam) nay\b")
# What is asked first must be known: the issuer is no answer to who signed.
_FINAL = frozenset({"signer", "recipients"})  # no other provision would tell them
_ALONE = frozenset({"signer", "effective", "expires", "relation", "recipients"})


def _together(told: list[Draft]) -> Draft:
    """Return one draft for several fields of one document."""
    first = told[0]
    for more in told[1:]:
        if first.told in _ALONE or more.told in _ALONE or more.told == "title":
            continue
        n = next((n for n, c in enumerate(first.citations) if c.id == more.citations[0].id), None)
        if n is None:
            first.citations.append(more.citations[0])
            n = len(first.citations) - 1
        first.notes.append(f"{more.first} [{n + 1}]")
    return first


def document_name(entry: CatalogEntry) -> str:
    """Return a document's short name: kind and number, or kind and issuer."""
    return f"{entry.kind} {entry.number}" if entry.number else f"{entry.kind} của {entry.issuer}"


def _tell(context: Context, question: Question, entry: CatalogEntry, asked: _Field) -> Draft | None:
    draft = _told(context, question, entry, asked)
    if draft is not None:
        draft.told = asked.name
    return draft


def _told(context: Context, question: Question, entry: CatalogEntry, asked: _Field) -> Draft | None:
    if asked.name == "recipients":
        return _recipients(context, entry)
    if asked.name == "relation":
        return _relation(context, question, entry)
    if asked.name == "number" and entry.number is None and entry.id in context.library:
        return _no_number(context, entry)
    value = getattr(entry, asked.name, None) or (entry.subject if asked.name == "title" else None)
    held = entry.id in context.library
    if value is None and held:
        value = getattr(context.library.document(entry.id), asked.name, None)
    if value is None:
        return None
    citation = proof(context, entry, asked.name, value)
    if citation is None:
        return None
    told = vn_date(value) if asked.name in {"issued", "effective", "expires"} else value
    first = f"{document_name(entry)}: {asked.tell(told)}."
    if asked.name == "signer" and entry.signer_title:
        first = f"{document_name(entry)}: {asked.tell(value)}, {entry.signer_title}."
    draft = Draft(kinds.DOCUMENT, first, [citation], citation.basis)
    if asked.name == "effective" and entry.effect_note:
        draft.citations[0] = replace(citation, warnings=(entry.effect_note, *citation.warnings))
    return draft


def proof(context: Context, entry: CatalogEntry, name: str, value: str) -> Citation | None:
    """Return a citation that shows the fact: its evidence, or a provision of the document itself."""
    evidence = entry.evidence.get(name) or (entry.evidence.get("subject") if name == "title" else None)
    number = entry.evidence.get("number")
    if number is not None and number.provision and entry.id not in context.library:
        # Of a document that we do not hold, the provision that names it tells most.
        said = context.library.find_provision(number.provision)
        if said is not None and _tells(context, said, value):
            evidence = number
    if evidence is not None and evidence.provision:
        citation = cite_evidence(context, evidence)
        if citation is not None:
            return citation
    if entry.id not in context.library:
        return None
    # "150/2025/NĐ-CP, Điều 24": the printed place of the official text, which a card may hold.
    for place in find_places(fold(evidence.source or "")) if evidence is not None else ():
        inside = [
            p
            for p in context.library.provisions(entry.id)
            if p.path == place.path or p.path.startswith(f"{place.path}.")
        ]
        if inside:
            return context.cite(_saying(context, inside, value))
    document = context.library.document(entry.id)
    needles = [fold(value), _short_date(value), _long_date(value)]
    own = context.library.provisions(entry.id)
    places = ("signature", "letterhead", "preamble", "fact", "article")
    for kind in places:
        for provision in own:
            text = fold(document.text[provision.start : provision.end])
            if provision.kind == kind and any(needle and needle in text for needle in needles):
                return context.cite(provision)
    return _told_elsewhere(context, entry, value) if name in _NAMED_WITH else None


# What stands beside a document's name wherever another one refers to it.
_NAMED_WITH = frozenset({"issued", "number", "title", "issuer"})


def _told_elsewhere(context: Context, entry: CatalogEntry, value: str) -> Citation | None:
    """Return a provision of another document that names this one and says ``value`` ("… ngày 12/6/2025")."""
    for document_id in context.library.document_ids():
        for reference in context.library.references(document_id) if document_id != entry.id else ():
            if reference.target != entry.id:
                continue
            provision = context.library.provision(reference.provision_id)
            if _tells(context, provision, value):
                passage = context.evidence.passage(provision.id)
                at = _sentence_at(passage.text, provision, reference.start)
                return context.cite(provision, context.quote_span(passage, at))
    return None


def _tells(context: Context, provision: Provision, value: str) -> bool:
    """True where a provision says a value: as it stands, as a date, or as the head of a longer name."""
    text = fold(context.library.text_of(provision))
    needles = [fold(value), _short_date(value), _long_date(value), " ".join(fold(value).split()[:2])]
    return any(needle and needle in text for needle in needles)


def _saying(context: Context, provisions: list[Provision], value: str) -> Provision:
    """Return the first of some provisions that says ``value``, else the first."""
    needles = [needle for needle in (fold(value), _short_date(value), _long_date(value)) if needle]
    for provision in provisions:
        if any(needle in fold(context.library.text_of(provision)) for needle in needles):
            return provision
    return provisions[0]


def _short_date(iso: str) -> str:
    """Return an ISO date as plans print it ("12/6/2025"), "" for anything else."""
    return vn_date(iso) if re.fullmatch(r"\d{4}(?:-\d{2}){0,2}", iso) else ""


def _long_date(iso: str) -> str:
    """Return an ISO date as laws print it, folded: "ngay 12 thang 6 nam 2025"."""
    match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", iso)
    return f"{int(match[3]):02d} thang {int(match[2])} nam {match[1]}" if match else ""


def cite_evidence(context: Context, evidence: Evidence) -> Citation | None:
    """Return the citation of a catalog fact's evidence, None where the library lacks that provision."""
    provision = context.library.find_provision(evidence.provision or "")
    if provision is None:
        return None
    document = context.library.document(provision.document_id)
    if evidence.quote:
        at = nfc(document.text).find(nfc(evidence.quote), provision.start, provision.end)
        if at >= 0 and provision.end - provision.start > 700:
            passage = context.evidence.passage(provision.id)
            return context.cite(
                provision, context.quote_span(passage, _sentence_at(passage.text, provision, at))
            )
    return context.cite(provision)


def _sentence_at(text: str, provision: Provision, at: int) -> tuple[int, int]:
    from assistant.evidence import sentences

    spans = sentences(text, provision.start)
    return next((span for span in spans if span[0] <= at < span[1]), (provision.start, provision.end))


def _recipients(context: Context, entry: CatalogEntry) -> Draft | None:
    if entry.id not in context.library:
        return None
    for provision in context.library.provisions(entry.id):
        if provision.kind == "recipients":
            citation = context.cite(provision)
            lines = [line.strip(" -;.") for line in citation.quote.splitlines()[1:]]
            return Draft(
                kinds.DOCUMENT, f"{document_name(entry)} gửi: {'; '.join(lines)}.", [citation], citation.basis
            )
    return None


def _no_number(context: Context, entry: CatalogEntry) -> Draft | None:
    for provision in context.library.provisions(entry.id):
        if provision.kind == "letterhead":
            citation = context.cite(provision)
            first = f"{document_name(entry)} chưa có số (chỗ ghi số còn để trống); có thể là dự thảo."
            return Draft(kinds.DOCUMENT, first, [citation], citation.basis)
    return None


_VERBS: dict[str, str] = {
    "amends": "sửa đổi, bổ sung",
    "replaces": "thay thế",
    "repeals": "bãi bỏ",
}


def _relation(context: Context, question: Question, entry: CatalogEntry) -> Draft | None:
    """Tell which documents amend, replace or repeal one another, as far as evidence goes."""
    wanted: set[RelationKind] = set()
    if re.search(r"\bsua\b|bo sung", question.folded):
        wanted.add("amends")
    if "thay the" in question.folded:
        wanted.add("replaces")
    if "bai bo" in question.folded:
        wanted |= {"repeals", "replaces"}
    for relation in context.finder.catalog.relations_of(entry.id):
        if relation.kind not in wanted:
            continue
        source = context.finder.catalog.entries[relation.source]
        citation = cite_evidence(context, relation.evidence) or proof(
            context, source, "relation", relation.target_text
        )
        if citation is None:
            continue
        object_ = (
            document_name(context.finder.catalog.entries[relation.target])
            if relation.target in context.finder.catalog.entries
            else relation.target_text
        )
        first = f"{document_name(source)} {_VERBS[relation.kind]} {object_}."
        return Draft(kinds.DOCUMENT, first, [citation], citation.basis)
    return None


def library_overview(context: Context) -> Draft | Refusal:
    """Tell what the library holds."""
    documents = context.library.documents()
    if not documents:
        return Refusal(kinds.LIBRARY)
    citations = []
    for document in documents:
        provisions = context.library.provisions(document.id)
        if provisions:
            head = provisions[0]
            citations.append(context.cite(head))
    names = "; ".join(document_name(context.finder.catalog.entries[d.id]) for d in documents)
    return Draft(kinds.LIBRARY, f"Kho hiện có: {names}.", citations, "full_text")
