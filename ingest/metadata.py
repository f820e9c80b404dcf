"""What the printed text says of itself: number, kind, title, issuer, date, signer, effect.

Places as Nghị định 30/2020/NĐ-CP (Phụ lục I) lays them out. Every field is printed somewhere or it
is None; a file's front matter is only a hint for what the text does not print.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from corpus.kinds import DocumentKind, kind_named, kind_of_number, kind_pattern
from corpus.model import Effect, Evidence
from ingest.casing import recase
from ingest.dates import PLACE_AND_DATE, find_date, is_full, iso
from ingest.effects import read_effects
from ingest.letters import LOWER, UPPER
from ingest.structure import Structure
from ingest.zones import is_passing, is_person, is_recipients, kind_of_line

_CODE = rf"[{UPPER}][{UPPER}{LOWER}\d&]*"
NUMBER = rf"\d+(?:\.\d+)?[a-z]?(?:/\d{{4}})?\s*[/-]\s*{_CODE}(?:\s?[-/]\s?{_CODE})*"
"""A document's number: "150/2025/NĐ-CP", "90-KL/TU", "66.7/2025/NQ-CP", "72/2025/QH15"."""

_NUMBER_LINE = re.compile(rf"(?:^|\b)(?:[Ll]uật |[Nn]ghị quyết |[Pp]háp lệnh )?[Ss]ố\s*:?\s*(?P<n>{NUMBER})")
# What a body's name begins with, as printed in capitals at the top left of a letterhead.
_BODY = re.compile(
    r"(?:ỦY BAN|UỶ BAN|UBND|HỘI ĐỒNG|HĐND|CHÍNH PHỦ|QUỐC HỘI|BỘ|THỦ TƯỚNG|CHỦ TỊCH|ĐẢNG ỦY|ĐẢNG UỶ|ĐẢNG BỘ"
    r"|TỈNH ỦY|TỈNH UỶ|THÀNH ỦY|BAN|VĂN PHÒNG|SỞ|PHÒNG|TRUNG TÂM|CỤC|TỔNG CỤC|CHI CỤC|THANH TRA|TÒA ÁN|TOÀ ÁN"
    r"|VIỆN|KIỂM TOÁN|NGÂN HÀNG|MẶT TRẬN|LIÊN ĐOÀN|HỘI|ĐOÀN|TRƯỜNG|XÃ|PHƯỜNG|TỈNH|HUYỆN|QUẬN|THÀNH PHỐ|THỊ XÃ"
    r"|ĐẶC KHU)\b"
)
_ISSUES = re.compile(
    r"(?:^|[;.,]\s+|\n)(?P<who>(?:UBND|HĐND|Ủy ban|Uỷ ban|Hội đồng|Chính phủ|Quốc hội|Bộ|Thủ tướng|Chủ tịch"
    r"|Đảng ủy|Tỉnh ủy|Ban|Văn phòng|Sở|Trung tâm|Thanh tra|Tòa án|Viện|Kiểm toán|Ngân hàng|Thống đốc"
    r"|Giám đốc)[^;.,\n]{0,90}?) "
    rf"(?:ban hành|xây dựng) (?:kèm theo )?{kind_pattern()}"
)
_SIGNED = re.compile(r"\(?\s*[Đđ]ã ký\s*\)?:?\s*")
_ON_BEHALF = re.compile(r"^(?P<how>TM|T/M|KT|TL|TUQ|Q|T)\s*[./,]+\s*")
# Nghị định 30/2020/NĐ-CP, Phụ lục I, mục II.7: what stands before an office that is not the signer's own.
_CAPACITY = {
    "KT": "Ký thay", "TM": "Thay mặt", "T/M": "Thay mặt", "TL": "Thừa lệnh", "TUQ": "Thừa ủy quyền",
    "Q": "Quyền",
}  # fmt: skip
_ABOUT = re.compile(r"^V/v:?\s*", re.I)
_HINTS = {
    "number": ("so_hieu",),
    "kind": ("loai", "loai_van_ban"),
    "issuer": ("co_quan_ban_hanh",),
    "issued": ("ngay_ban_hanh",),
    "effective": ("ngay_hieu_luc",),
    "title": ("trich_yeu", "title"),
    "signer": ("nguoi_ky",),
}
_CAPITALS_OF_BODIES = 90  # characters: longer capitals in a letterhead are a title, not a body's name


@dataclass(slots=True)
class Metadata:
    """The fields of ``Document`` that a text gives; ``evidence`` says where each was read."""

    kind: str = ""
    number: str | None = None
    title: str = ""
    issuer: str | None = None
    issued: str | None = None
    place: str | None = None
    effective: str | None = None
    expires: str | None = None
    signer: str | None = None
    signer_title: str | None = None
    evidence: dict[str, Evidence] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)  # places are paths, "" the whole text


def read_metadata(structure: Structure, hints: Mapping[str, str]) -> Metadata:
    """Return what the text says of itself; paths stand as provision in the evidence."""
    meta = Metadata()
    head = list(structure.letterhead)
    preamble = "\n".join(structure.preamble)
    known = f"{preamble}\n{chr(10).join(head)}\n{structure.text}"
    _number(meta, head)
    kind = _kind(meta, structure)
    _place_and_date(meta, head)
    _title(meta, structure, kind, known)
    _issuer(meta, structure, preamble, known)
    _signature(meta, structure.closing, known)
    _passing(meta, structure)
    _effect(meta, structure)
    _use_hints(meta, hints)
    return meta


def _note(meta: Metadata, name: str, path: str, quote: str) -> None:
    meta.evidence[name] = Evidence(provision=path, quote=quote)


def _number(meta: Metadata, head: Sequence[str]) -> None:
    for line in head:
        match = _NUMBER_LINE.search(line)
        # A number inside the title is another document's ("… của Thông tư số 10/2025/TT-BNV").
        if match and (match.start() == 0 or (len(line) < 200 and kind_named(line.split(" ")[0]))):
            meta.number = re.sub(r"\s", "", match["n"])
            _note(meta, "number", "lh", match["n"])
            return


def _kind(meta: Metadata, structure: Structure) -> DocumentKind | None:
    kind: DocumentKind | None = None
    if structure.kind_line is not None:
        line = structure.letterhead[structure.kind_line]
        kind = kind_of_line(line) or next(
            (k for n in range(5, 0, -1) if (k := kind_named(" ".join(line.split()[:n])))), None
        )
        if kind:
            _note(meta, "kind", "lh", line)
    if kind is None and meta.number:
        kind = kind_of_number(meta.number)
    if kind is None and any(line.startswith("V/v") for line in structure.letterhead):
        kind = kind_named("Công văn")
    meta.kind = kind.name if kind else ""
    return kind


def _place_and_date(meta: Metadata, head: Sequence[str]) -> None:
    for line in head:
        match = PLACE_AND_DATE.search(line)
        if match:
            meta.place = match["place"].strip()
            meta.issued = iso(match["y"], match["m"], match["d"])
            _note(meta, "issued", "lh", match[0])
            _note(meta, "place", "lh", match[0])
            return


def _title(meta: Metadata, structure: Structure, kind: DocumentKind | None, known: str) -> None:
    lines: list[str] = []
    if structure.kind_line is not None:
        line = structure.letterhead[structure.kind_line]
        if kind and not kind_of_line(line):
            lines.append(line[len(kind.name) :].strip())
        after = structure.letterhead[structure.kind_line + 1 :]
        # The issuer may be printed again between title and reasons ("CHÍNH PHỦ" in 63/2010/NĐ-CP).
        lines += [t for i, t in enumerate(after) if i == 0 or not _repeats_issuer(t, structure)]
    else:
        lines = [_ABOUT.sub("", t) for t in structure.letterhead if _ABOUT.match(t)]
    title = " ".join(line for line in lines if not line.startswith("(")).strip(" .")
    if title:
        meta.title = recase(title, known)
        _note(meta, "title", "lh", lines[0])


def _repeats_issuer(line: str, structure: Structure) -> bool:
    first = structure.letterhead[: structure.kind_line]
    bare = re.sub(r"\W", "", line)
    return bare in {re.sub(r"\W", "", t) for t in first} or kind_of_line(line) is not None


def _issuer(meta: Metadata, structure: Structure, preamble: str, known: str) -> None:
    match = _ISSUES.search(preamble)
    end = structure.kind_line if structure.kind_line is not None else len(structure.letterhead)
    bodies = [
        line for line in structure.letterhead[:end]
        if line.isupper() and _BODY.match(line) and len(line) <= _CAPITALS_OF_BODIES
        and not re.search(r"\d|SỐ:", line) and kind_named(line) is None
    ]  # fmt: skip
    if bodies:
        printed = _body_name(bodies)
        # "ỦY BAN NHÂN DÂN" over "XÃ BÌNH LƯ" is one name, "UBND TỈNH …" over "SỞ NỘI VỤ" two bodies.
        meta.issuer = recase(printed, known)
        _note(meta, "issuer", "lh", bodies[-1])
    elif match:
        # A minister issues for the ministry that the letterhead would name.
        meta.issuer = re.sub(r"^Bộ trưởng (?=Bộ )", "", match["who"].strip())
        _note(meta, "issuer", "pre", match["who"])


def _body_name(bodies: Sequence[str]) -> str:
    last = bodies[-1]
    if len(bodies) > 1 and re.match(
        r"(?:XÃ|PHƯỜNG|TỈNH|HUYỆN|QUẬN|THÀNH PHỐ|THỊ XÃ"
        r"|ĐẶC KHU)\b",
        last,
    ):
        return f"{bodies[-2]} {last}"
    return last


def _signature(meta: Metadata, closing: Sequence[str], known: str) -> None:
    lines = [_SIGNED.sub("", line).strip() for line in closing]
    offices = [
        line for line in lines if line.isupper() and len(line.split()) <= 14 and not is_recipients(line)
    ]
    names = [i for i, line in enumerate(lines) if is_person(line)]
    if not names or not offices:
        return
    meta.signer = lines[names[-1]]
    _note(meta, "signer", "sig", meta.signer)
    before = [line for line in lines[: names[-1]] if line in offices]
    if before:
        behalf = _ON_BEHALF.match(before[-1])
        office = recase(_ON_BEHALF.sub("", before[-1]), known)
        capacity = _CAPACITY.get(behalf["how"]) if behalf else None
        meta.signer_title = f"{capacity} {office}" if capacity else office
        _note(meta, "signer_title", "sig", before[-1])


def _passing(meta: Metadata, structure: Structure) -> None:
    """A law's date is the day on which the assembly passed it; the formula prints it."""
    for line in structure.closing:
        if is_passing(line):
            date = find_date(line, line.find("thông qua"))
            if date and not is_full(meta.issued):
                meta.issued = date
                _note(meta, "issued", "sig", line)
            if not meta.issuer:
                match = re.search(
                    r"được (Quốc hội|Ủy ban Thường vụ Quốc hội|Hội đồng nhân dân[^,]{0,40})", line
                )
                meta.issuer = match[1] if match else None


def _effect(meta: Metadata, structure: Structure) -> None:
    """Take the document's own days of effect from what its text says of itself."""
    meta.effects = read_effects(structure.text, structure.provisions, meta.issued)
    for kind, name in (("takes_effect", "effective"), ("expires", "expires")):
        own = next((e for e in meta.effects if e.kind == kind and not e.target and e.date), None)
        if own and own.date:
            setattr(meta, name, own.date)
            meta.evidence[name] = own.evidence


def _use_hints(meta: Metadata, hints: Mapping[str, str]) -> None:
    for name, keys in _HINTS.items():
        value = next((hints[key] for key in keys if hints.get(key)), "")
        if not value or getattr(meta, name):
            continue
        if name in ("issued", "effective"):
            value = value if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else find_date(value) or ""
        if name == "kind" and kind_named(value) is None:
            continue
        if name == "signer" and not is_person(value):
            continue
        if value:
            setattr(meta, name, value)
            meta.evidence[name] = Evidence(source="phần khai báo đầu tệp")
    if not meta.kind and meta.number:
        kind = kind_of_number(meta.number)
        meta.kind = kind.name if kind else ""
