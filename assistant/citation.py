"""Labels as officials write them, and citations whose quotes are checked before anyone sees them.

Order and wording of a place follow the style of Nghị định 30/2020/NĐ-CP: the smallest unit first for
laws ("điểm a khoản 3 Điều 15 Nghị định …"), the outline number for plans ("Mục IV.5 Kế hoạch …").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.places import to_roman
from corpus.kinds import document_kinds
from corpus.model import Basis, Citation, Document, Provision
from corpus.store import Library

_SEGMENT = re.compile(r"^(?P<name>[a-z]+?)(?P<number>\d+[a-z]?)?(?:~(?P<twin>\d+))?$")
_SPECIAL = {
    "pre": "phần mở đầu",
    "lh": "phần đầu",
    "sig": "phần ký",
    "nn": "nơi nhận",
    "qc": "quy chế kèm theo",
    "q": "phần trích sửa đổi",
}


def vn_date(iso: str | None) -> str:
    """Return an ISO date, maybe partial, as people write it: 12/6/2025, tháng 4/2026, năm 2026."""
    if not iso:
        return ""
    parts = iso.split("-")
    if len(parts) == 3:
        # NĐ 30/2020: days below 10 and months 1 and 2 carry a zero.
        day, month = int(parts[2]), int(parts[1])
        return f"{day:02d}/{month:02d}/{parts[0]}" if month < 3 else f"{day:02d}/{month}/{parts[0]}"
    return f"tháng {int(parts[1])}/{parts[0]}" if len(parts) == 2 else f"năm {parts[0]}"


def document_label(document: Document) -> str:
    """Return a document's short name: kind and number, or kind, issuer and date where it has none."""
    if document.number:
        return f"{document.kind} {document.number}"
    issuer = f" của {document.issuer}" if document.issuer else ""
    date = f" ({vn_date(document.issued)})" if document.issued else ""
    return f"{document.kind}{issuer}{date}"


_ROW = re.compile(r"^r(?P<x>x?)(?P<number>\d[\w-]*?|[IVX]+|[A-Za-z]|dd)(?:~(?P<twin>\d+))?$")


def place_label(path: str, ancestors: Sequence[Provision] = ()) -> str:
    """Return the place inside its document: "khoản 2 Điều 13", "Mục IV.5, đoạn 1", "Phụ lục I, dòng 12"."""
    segments = path.split(".")
    attached = next((k for k in document_kinds() if k.attached and k.id == segments[0].split("~")[0]), None)
    if attached and segments[0] not in _SPECIAL:
        inside = place_label(".".join(segments[1:])) if segments[1:] else ""
        return f"{inside} {attached.name[0].lower()}{attached.name[1:]} kèm theo".strip()
    if re.match(r"^[IVX]+$", segments[0]):
        return _outline_label(segments)
    if segments[0].startswith("pl"):
        return _appendix_label(segments)
    words = [_law_segment(segment) for segment in segments]
    return " ".join(reversed(words))


def _law_segment(segment: str) -> str:
    match = _SEGMENT.match(segment)
    if segment in _SPECIAL:
        return _SPECIAL[segment]
    if re.fullmatch(r"[IVX]+|\d+", segment):  # the outline of a scheme that an article approves
        return f"mục {segment}"
    row = _ROW.match(segment)
    if row:
        number = row["number"].replace("dd", "đ").replace("-", ".")
        again = f" (lặp lần {row['twin']})" if row["twin"] else ""
        return f"dòng {'thứ ' if row['x'] else ''}{number}{again}"
    if match is None:
        return segment
    name, number, twin = match.group("name", "number", "twin")
    again = f" (lặp lần {twin})" if twin else ""
    if number is None:
        letter = "đ" if name == "dd" else name
        return f"điểm {letter}{again}"
    names = {
        "d": "Điều", "k": "khoản", "c": "Chương", "m": "Mục", "tm": "Tiểu mục", "ph": "Phần", "p": "đoạn",
        "fn": "chú thích", "g": "gạch đầu dòng thứ", "t": "bảng", "r": "dòng", "pl": "Phụ lục",
    }  # fmt: skip
    shown = to_roman(int(number)) if name in {"c", "ph"} and number.isdigit() and int(number) < 40 else number
    return f"{names.get(name, name)} {shown}{again}"


def _outline_label(segments: list[str]) -> str:
    outline: list[str] = []
    rest: list[str] = []
    for segment in segments:
        if rest or re.match(r"^[gprt]\d", segment):
            rest.append(_law_segment(segment))
        else:
            outline.append(segment.replace("dd", "đ"))
    return ", ".join([f"Mục {'.'.join(outline)}", *rest])


def _appendix_label(segments: list[str]) -> str:
    number = segments[0][2:]
    head = f"Phụ lục {to_roman(int(number))}" if number.isdigit() and 0 < int(number) < 40 else "Phụ lục"
    return ", ".join([head, *(_law_segment(segment) for segment in segments[1:])])


def label(document: Document, provision: Provision, ancestors: Sequence[Provision] = ()) -> str:
    """Return the whole place: "khoản 2 Điều 13 Nghị định 150/2025/NĐ-CP"."""
    place = place_label(provision.path, ancestors)
    return f"{place[0].upper()}{place[1:]} {document_label(document)}"


def formal_reference(document: Document, provision: Provision | None = None) -> str:
    """Return a place as officials write it in a text of their own: "khoản 2 Điều 15 Nghị định số 150/2025/NĐ-CP".

    Nghị định 30/2020/NĐ-CP, Phụ lục I: kind, the word "số", the number; without a number the short name.
    """  # noqa: E501
    name = f"{document.kind} số {document.number}" if document.number else document_label(document)
    return f"{place_label(provision.path)} {name}" if provision is not None else name


def cite(
    library: Library,
    provision: Provision,
    *,
    span: tuple[int, int] | None = None,
    basis: Basis | None = None,
    extra_warnings: Iterable[str] = (),
) -> Citation:
    """Return a citation of ``provision``; ``span`` narrows the quote (canonical code points).

    The quote is cut from the canonical text, so that it is verbatim by construction.
    """
    document = library.document(provision.document_id)
    start, end = span or (provision.start, provision.end)
    while end > start and document.text[end - 1].isspace():
        end -= 1
    while start < end and document.text[start].isspace():
        start += 1
    warnings = [*document.warnings, *extra_warnings]
    return Citation(
        id=provision.id,
        label=label(document, provision),
        document_id=document.id,
        document=document.number,
        title=document.title,
        issuer=document.issuer,
        issued=document.issued,
        quote=document.text[start:end],
        spans=((start, end),),
        page=provision.page,
        basis=basis or document.basis,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def verify(library: Library, citation: Citation) -> bool:
    """True when the quote equals the canonical text at its spans, inside its provision (promise 1)."""
    provision = library.find_provision(citation.id)
    if provision is None or not citation.quote:
        return False
    text = library.document(citation.document_id).text
    inside = all(provision.start <= start < end <= provision.end for start, end in citation.spans)
    return inside and "".join(text[start:end] for start, end in citation.spans) == citation.quote
