"""Going to the place that a question names, or saying exactly why it is not there."""

from __future__ import annotations

from assistant import kinds
from assistant.compose.provisions import section_answer
from assistant.context import Context, Draft, Refusal
from assistant.evidence import sentences
from assistant.places import Place
from assistant.question import Question
from corpus.model import Document, Provision
from corpus.text import fold

_SHORT = 300  # characters of a provision that fit on the first line


def place(context: Context, question: Question) -> Draft | Refusal | None:
    """Go to the named place; None where the question names none."""
    if not question.places:
        return None
    wanted = question.places[0]
    named = question.documents or question.implied
    held = [document for document in named if document in context.library]
    if question.documents and not held:
        return Refusal(kinds.PLACE, "Kho chưa có nội dung của văn bản này.")
    documents = held or _with_family(context, wanted)
    for document_id in documents:
        absent = missing_at(context, document_id, wanted)
        if absent:
            return Refusal(kinds.PLACE, absent)
        found = _find(context, document_id, wanted)
        if found:
            return _show(context, found)
    return Refusal(kinds.PLACE, _why_missing(context, documents[0], wanted) if documents else "")


def missing_part(context: Context, question: Question) -> Refusal | None:
    """Refuse where the question falls into a part that a document announces but does not contain."""
    for document in context.incomplete:
        if question.documents and document.id not in question.documents:
            continue
        for part in document.missing:
            subject = fold(part).removeprefix("phu luc").strip()
            if "phu luc" in question.folded or (subject and subject in question.folded):
                return Refusal(kinds.PLACE, f"{part} chưa có trong kho.")
    return None


def missing_at(context: Context, document_id: str, wanted: Place) -> str:
    """Return what is missing at a place that only announces it, "" where nothing is."""
    document = context.library.document(document_id)
    if not document.missing:
        return ""
    announced = {doubt.provision for doubt in document.doubts if doubt.code == "missing-appendix"}
    if wanted.path in announced or wanted.path.startswith("pl"):
        return " ".join(f"{part} chưa có trong kho." for part in document.missing)
    return ""


def _with_family(context: Context, wanted: Place) -> list[str]:
    """Return the documents that could have such a place, where the question names none."""
    if wanted.family == "plan" or wanted.path.startswith(("fn", "pl")):
        return context.finder.plans
    holders = [d for d in context.library.document_ids() if _find(context, d, wanted)]
    return holders if len(holders) == 1 else []


def _find(context: Context, document_id: str, wanted: Place) -> list[Provision]:
    """Return the named provision, or those under it where a card holds only its parts."""
    path = wanted.path
    if path.endswith("-1"):
        # "gạch đầu dòng cuối cùng": the last of its kind under the place.
        parent, _, kind = path[:-2].rpartition(".")
        above = context.library.find_provision(f"{document_id}:{parent}")
        last = (
            [p for p in context.library.children(above) if p.path.startswith(f"{parent}.{kind}")]
            if above
            else []
        )
        return last[-1:]
    for candidate in dict.fromkeys((path, path.replace(".d", ".dd") if path[-2:] == ".d" else path)):
        exact = context.library.find_provision(f"{document_id}:{candidate}")
        if exact is not None:
            return [exact]
    if context.library.document(document_id).basis != "card":
        return []
    under = [p for p in context.library.provisions(document_id) if p.path.startswith(f"{path}.")]
    return [p for p in under if not any(p.path.startswith(f"{q.path}.") for q in under)]


def _why_missing(context: Context, document_id: str, wanted: Place) -> str:
    document: Document = context.library.document(document_id)
    if document.basis == "card":
        return (
            "Kho chỉ có bản tóm tắt của văn bản này, chưa có nội dung của nơi được hỏi; "
            "hãy nạp toàn văn để tra cứu."
        )
    return "Văn bản này trong kho không có nơi được hỏi."


def _show(context: Context, found: list[Provision]) -> Draft:
    if len(found) > 1:
        citations = [context.cite(provision) for provision in found]
        titles = "; ".join(p.heading or context.text_at(p, (p.start, p.own_end)) for p in found)
        return Draft(kinds.PLACE, f"{titles}.", citations, citations[0].basis)
    provision = found[0]
    if provision.own_end < provision.end:
        return section_answer(context, provision, kinds.PLACE)
    citation = context.cite(provision)
    first = " ".join(citation.quote.split())
    if len(first) > _SHORT:
        start, end = sentences(citation.quote)[0]
        first = " ".join(citation.quote[start:end].split()) + " …"
    return Draft(kinds.PLACE, first, [citation], citation.basis)
