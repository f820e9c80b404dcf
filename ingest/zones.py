"""The large parts of a document: letterhead, preamble, body, end matter, annexes.

The order is that of Nghị định 30/2020/NĐ-CP (Phụ lục I): letterhead down to the title, the reasons
("Căn cứ …"), the body, "Nơi nhận" and signature, then appendices and attached regulations.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from corpus.kinds import DocumentKind, document_kinds, kind_named
from ingest.canonical import Paragraph
from ingest.letters import LOWER, UPPER
from ingest.markers import arabic, find_marker, heading_marker

_REASON = re.compile(r"[“\"]?(?:căn cứ|theo đề nghị|xét đề nghị|xét tờ trình|thực hiện|sau khi)\s", re.I)
_LETTERHEAD = re.compile(
    r"CỘNG HÒA XÃ HỘI|CỘNG HOÀ XÃ HỘI|ĐẢNG CỘNG SẢN VIỆT NAM|Độc lập\s*[-–]\s*Tự do|Nguồn:"
    r"|(?:Luật |Nghị quyết )?[Ss]ố\s*:|[^,;.]{2,40}, ngày\b.{0,12}tháng\b|Kính gửi|V/v\b"
)
_SEARCH = 80  # paragraphs in which the title must stand; the longest editorial head seen has 30
_PASSED = re.compile(r"(?:Luật|Bộ luật|Pháp lệnh|Nghị quyết) này (?:đã )?được .{5,160} thông qua ")
_RECIPIENTS = re.compile(r"\W*nơi nhận\b", re.I)
_FOR = re.compile(rf"(?:TM|T/M|KT|TL|TUQ|Q|T,)(?:\s*[./]\s*|\s+)[{UPPER}]{{2}}|T/M\b")
_ROLE = re.compile(
    r"(?:PHÓ |QUYỀN |Q\. ?)?(?:CHỦ TỊCH|BỘ TRƯỞNG|THỨ TRƯỞNG|THỦ TƯỚNG|THỐNG ĐỐC|TỔNG KIỂM TOÁN|CHÁNH ÁN"
    r"|VIỆN TRƯỞNG|GIÁM ĐỐC|CHÁNH VĂN PHÒNG|TRƯỞNG PHÒNG|TRƯỞNG BAN|BÍ THƯ|CỤC TRƯỞNG|VỤ TRƯỞNG|TỔNG BÍ THƯ"
    rf"|TỔNG GIÁM ĐỐC|HIỆU TRƯỞNG|CHỦ NHIỆM|CHÁNH THANH TRA)(?: [{UPPER}, -]+)?"
)
# A body's name in capitals, as a letterhead prints it on one line or two.
_BODY_NAME = re.compile(
    r"(?:ỦY BAN NHÂN DÂN|UỶ BAN NHÂN DÂN|UBND|HỘI ĐỒNG NHÂN DÂN|HĐND|CHÍNH PHỦ|BỘ|SỞ|XÃ|PHƯỜNG|TỈNH|HUYỆN"
    rf"|THÀNH PHỐ|ĐẶC KHU|ĐẢNG ỦY|VĂN PHÒNG|TRƯỜNG|TRUNG TÂM)(?: [{UPPER} ,-]+)?$"
)
_APPENDIX = re.compile(
    r"(?:PHỤ LỤC|Phụ lục)(?:\s+(?:(?:SỐ|[Ss]ố)\s*:?\s*)?(?P<n>[IVXLC]+|\d{1,3}))?"
    r"\s*(?P<mark>[.:–-]?)\s*(?P<rest>.*)"
)
_ISSUED_WITH = re.compile(r"\W*(?:ban hành )?(?:\(?đính )?kèm theo\b", re.I)
_PERSON = re.compile(rf"(?:[{UPPER}][{LOWER}]*\.? ){{1,5}}[{UPPER}][{LOWER}]+")
_TITLE_WORDS = 60
_LEAD_LINES = 8  # an appendix file may have a letterhead of its own above "PHỤ LỤC"


@dataclass(slots=True)
class Annex:
    """An appendix or attached regulation: paragraphs ``[start, end)``, the first ``head`` its title."""

    start: int
    end: int
    head: int
    path: str  # "pl1", "pl", "qc"
    number: str  # "1", "" where none
    heading: str
    law: bool  # divided into điều


@dataclass(slots=True)
class Zones:
    """Bounds of the parts as indices of paragraphs; an empty part has equal bounds."""

    kind_line: int | None  # where the kind ("KẾ HOẠCH") stands
    letterhead: int  # end of the letterhead
    body: int  # start of the body
    closing: int  # start of the end matter
    annexes_from: int
    annexes: list[Annex] = field(default_factory=list)
    law: bool = False  # divided into điều


def find_zones(paragraphs: Sequence[Paragraph]) -> Zones:
    """Return the zones; never fails: what fits nowhere is body."""
    texts = [p.text for p in paragraphs]
    annexes = find_annexes(paragraphs)
    end = annexes[0].start if annexes else len(texts)
    kind_line = _kind_line(texts[:end])
    law = any(_article(t) for t in texts[:end])
    after_title = _after_title(texts[:end], kind_line)
    first = _first_mark(texts, after_title, end, law)
    letterhead = _letterhead_end(texts, kind_line, after_title, end if first is None else first)
    body = _after_reasons(texts, letterhead, end) if first is None else first
    closing = _closing(texts, body, end)
    signed = _signed(texts, closing, end)
    if signed < end:
        title = texts[signed] if texts[signed].isupper() and not paragraphs[signed].row else ""
        forms = Annex(signed, end, signed + bool(title), "pl", "", title, law=False)
        return Zones(kind_line, letterhead, body, closing, signed, [forms, *annexes], law)
    return Zones(kind_line, letterhead, body, closing, end, annexes, law)


def kind_of_line(text: str) -> DocumentKind | None:
    """Return the kind that a line in capitals names ("KẾ HOẠCH", "QUYẾT ĐỊNH:"), else None."""
    bare = text.strip(" :.*")
    return kind_named(bare) if bare.isupper() else None


def is_signature(text: str) -> bool:
    """True for a line that opens a signature: "TM. …", "KT. …", or an office in capitals."""
    return bool(_FOR.match(text) or _ROLE.fullmatch(text.strip(" .")))


def is_recipients(text: str) -> bool:
    """True for the line "Nơi nhận:"."""
    return bool(_RECIPIENTS.match(text))


def is_person(text: str) -> bool:
    """True for a line that is nothing but a person's name."""
    return bool(_PERSON.fullmatch(text))


def is_passing(text: str) -> bool:
    """True for the formula that tells when an assembly passed the text."""
    return bool(_PASSED.match(text))


def _article(text: str) -> bool:
    marker = heading_marker(text)
    return bool(marker and marker.kind == "article")


def _kind_line(texts: Sequence[str]) -> int | None:
    for index, text in enumerate(texts[:_SEARCH]):
        if _article(text) or re.match(r"[“\"]?Căn cứ\s+\S+\s+\S+\s+\S+", text):
            return None
        if kind_of_line(text) or _kind_with_title(text):
            return index
    return None


def _kind_with_title(text: str) -> DocumentKind | None:
    """ "KẾ HOẠCH Cải cách hành chính năm 2026": kind and title on one line."""
    for kind in document_kinds():
        name = kind.name.upper()
        if text.startswith(name + " ") and len(text.split()) <= _TITLE_WORDS and text[-1] not in ".;":
            return kind
    return None


def _after_title(texts: Sequence[str], kind_line: int | None) -> int:
    """Return where the title ends: it is one paragraph, more only while in capitals or brackets."""
    if kind_line is None:
        return 0
    index = kind_line + 1
    if not _kind_with_title(texts[kind_line]) and index < len(texts) and not _opens_body(texts[index]):
        index += 1
    while index < len(texts) and not _REASON.match(texts[index]) and not _opens_body(texts[index]):
        if not (texts[index].isupper() or texts[index].startswith("(")) or kind_of_line(texts[index]):
            break
        index += 1
    return index


def _opens_body(text: str) -> bool:
    marker = find_marker(text, plan=True) or heading_marker(text)
    return bool(marker and marker.kind not in ("dash", "plus"))


def _first_mark(texts: Sequence[str], start: int, end: int, law: bool) -> int | None:
    """Return where the first numbered provision stands, None in a text without any."""
    for index in range(start, end):
        marker = heading_marker(texts[index])
        if marker and (law or marker.kind != "article"):
            return index
        if not law and find_marker(texts[index], plan=True):
            return index
    return None


def _after_reasons(texts: Sequence[str], start: int, end: int) -> int:
    """Without marks the reasons end where plain sentences begin."""
    while start < end and _REASON.match(texts[start]):
        start += 1
    return start


def _letterhead_end(texts: Sequence[str], kind_line: int | None, after_title: int, limit: int) -> int:
    if kind_line is not None:
        return after_title
    for index in range(limit):
        if _REASON.match(texts[index]):
            return index
    last = [index for index in range(min(limit, _SEARCH)) if _LETTERHEAD.match(texts[index])]
    return last[-1] + 1 if last else 0


def _closing(texts: Sequence[str], body: int, end: int) -> int:
    for index in range(body, end):
        text = texts[index]
        if is_passing(text) or is_recipients(text):
            return _signature_before(texts, body, index)
        if _FOR.match(text) and (text.isupper() or len(text.split()) <= 8):
            return index
        # An office alone in capitals signs only near the end; elsewhere it may be a heading.
        if _ROLE.fullmatch(text.strip(" .")) and end - index <= 6 and not find_marker(text, plan=True):
            return index
    return end


def _signature_before(texts: Sequence[str], body: int, index: int) -> int:
    """A signature printed above "Nơi nhận" belongs to the end matter too."""
    for back in range(index - 1, max(body, index - 6), -1):
        if is_signature(texts[back]) and texts[back].isupper():
            return back
    return index


def _signed(texts: Sequence[str], closing: int, end: int) -> int:
    """Return where the end matter ends: behind the signer's name, unless recipients or a signature follow.

    What comes after (forms with a letterhead of their own, 19/2014/TT-BTP) is attached matter.
    """
    signed = False
    recipients = [index for index in range(closing, end) if is_recipients(texts[index])]
    for index in range(closing, end - 1):
        following = texts[index + 1]
        if signed and is_person(texts[index]):
            if is_signature(following) or is_person(following) or is_recipients(following):
                continue
            if not recipients or recipients[0] < index or recipients[-1] <= index:
                return index + 1
        signed = signed or is_signature(texts[index])
    return end


def find_annexes(paragraphs: Sequence[Paragraph], *, whole: bool = False) -> list[Annex]:
    """Return the annexes in order. ``whole``: the text is nothing but annexes (one, if none is marked)."""
    texts = [p.text for p in paragraphs]
    legal = next((i for i, t in enumerate(texts) if _article(t) or _FOR.match(t)), len(texts))
    starts = [
        i for i in range(len(texts)) if not paragraphs[i].row and _opens_annex(texts, i, whole, legal < i)
    ]
    if whole and texts and starts[:1] != [0]:
        starts = [0, *(starts if starts and starts[0] > _LEAD_LINES else starts[1:])]
    tops = starts if whole else [_with_letterhead(texts, start) for start in starts]
    return [
        _annex(paragraphs, texts, top, start, end)
        for top, start, end in zip(tops, starts, [*tops[1:], len(texts)], strict=False)
    ]


def _with_letterhead(texts: Sequence[str], start: int) -> int:
    """Return where an annex begins: a letterhead printed again above its title belongs to it."""
    top = start
    while top > 0 and start - top < _LEAD_LINES and not is_signature(texts[top - 1]):
        if not (_LETTERHEAD.match(texts[top - 1]) or _BODY_NAME.match(texts[top - 1])):
            break
        top -= 1
    return top


def _annex(paragraphs: Sequence[Paragraph], texts: Sequence[str], top: int, start: int, end: int) -> Annex:
    match = _APPENDIX.match(texts[start])
    kind = kind_of_line(texts[start])
    marked = match is not None or kind is not None
    head = _annex_head(paragraphs, texts, start + 1 if marked else start, end)
    number = arabic(match["n"]) if match and match["n"] else ""
    titles = [match["rest"].strip()] if match and match["rest"].strip() else []
    titles += [t for t in texts[start + 1 if marked else start : head] if not _ISSUED_WITH.match(t)]
    path = kind.id if kind and not match else f"pl{number}"
    law = any(_article(text) for text in texts[head:end])
    return Annex(top, end, head, path, number, " ".join(titles), law)


def _opens_annex(texts: Sequence[str], index: int, whole: bool, after_law: bool) -> bool:
    text = texts[index]
    # A document does not begin with its appendix, an appendix file does.
    if index == 0 and not whole:
        return False
    match = _APPENDIX.fullmatch(text)
    if match and len(text.split()) <= 40:
        rest = match["rest"]
        if not rest:
            return text.startswith("PHỤ LỤC") or bool(match["n"])
        return rest.isupper() or rest.startswith("(") or (bool(match["mark"]) and text.startswith("PHỤ LỤC"))
    kind = kind_of_line(text)
    if kind and kind.attached and after_law:
        return any(_ISSUED_WITH.match(t) for t in texts[index + 1 : index + 6])
    return False


def _annex_head(paragraphs: Sequence[Paragraph], texts: Sequence[str], start: int, end: int) -> int:
    """Return where an annex's title ends: lines in capitals and the bracket "(Ban hành kèm theo …)"."""
    index = start
    while index < end and not paragraphs[index].row and not _opens_body(texts[index]):
        if not (texts[index].isupper() or _ISSUED_WITH.match(texts[index])):
            # A title in small letters stands directly under "PHỤ LỤC", the bracket after it proves it.
            follows = index + 1 < end and _ISSUED_WITH.match(texts[index + 1])
            if not (index == start and follows):
                break
        index += 1
    return index
