"""Answers as Word files and tasks as spreadsheets, in the layout that officials file.

Page and type follow Nghị định 30/2020/NĐ-CP, Phụ lục I: A4, margins 20-25 mm (top, bottom), 30-35 mm (left),
15-20 mm (right), Times New Roman 13-14. What goes in is text and stays text: no cell is ever a formula.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from assistant.antecedents import Past
from assistant.citation import vn_date
from assistant.contract import Answer, spoken
from assistant.shapes import ROLES, task_json
from corpus.model import Citation, Task
from corpus.store import Library

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

FONT = "Times New Roman"
BODY_PT, SMALL_PT, TITLE_PT = 14, 12, 14
_MARGINS_MM = {"top_margin": 20, "bottom_margin": 20, "left_margin": 30, "right_margin": 20}
BASIS_WORDS = {
    "full_text": "theo nguyên văn của văn bản trong kho",
    "card": "theo bản tóm tắt của kho; kho chưa có toàn văn",
    "inferred": "suy ra từ nhiều quy định; văn bản không nêu thẳng",
}
_OUTCOMES = {
    "abstain": "không tìm thấy", "smalltalk": "chào hỏi", "clarify": "hỏi lại để làm rõ", "error": "lỗi",
}  # fmt: skip
CLOSING = (
    "Phần trích dẫn là nguyên văn của văn bản trong kho tại thời điểm tra cứu. "
    "Cần đối chiếu với bản chính trước khi sử dụng."
)

# XML 1.0 allows none of these, whatever a document or a question held.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return ``text`` without characters that no office file can hold."""
    return _UNPRINTABLE.sub("", text)


def conversation_docx(turns: Sequence[Past], asked_at: Sequence[str] = ()) -> bytes:
    """Return the turns as one .docx: question, answer, quoted provisions, sources, warnings, date of lookup.

    ``asked_at``: when each was asked (ISO); without it the lookup is of now.
    """
    document = _blank()
    _paragraph(document, "KẾT QUẢ TRA CỨU VĂN BẢN", bold=True, centred=True, size=TITLE_PT)
    times = list(asked_at) or [datetime.now().astimezone().isoformat()]
    _paragraph(document, f"(Trợ lý ảo; tra cứu {_when(times[-1])})", italic=True, centred=True)
    for number, turn in enumerate(turns, start=1):
        head = f"Câu hỏi {number}: " if len(turns) > 1 else "Câu hỏi: "
        _turn(document, turn, head, times[number - 1] if len(asked_at) == len(turns) > 1 else "")
    _paragraph(document, CLOSING, italic=True, size=SMALL_PT, before=12)
    content = BytesIO()
    document.save(content)
    return content.getvalue()


def _when(iso: str) -> str:
    """Return a time as "lúc 14 giờ 05 ngày 24/11/2026", in the machine's time zone."""
    at = datetime.fromisoformat(iso).astimezone()
    return f"lúc {at.hour} giờ {at.minute:02d} ngày {vn_date(at.date().isoformat())}"


def _turn(document: WordDocument, turn: Past, head: str, asked_at: str) -> None:
    answer = turn.answer
    _paragraph(document, turn.question, label=head, before=12, keep=True)
    if answer.understood and answer.understood != turn.question:
        _paragraph(document, answer.understood, label="Hiểu là: ", italic=True)
    if asked_at:
        _paragraph(document, _when(asked_at), label="Tra cứu: ")
    _paragraph(document, "Trả lời:", bold=True, keep=True)
    for line in spoken(answer):
        _paragraph(document, line)
    for option in answer.options:
        _paragraph(document, f"- {option.label}")
    for hint in answer.hints:
        _paragraph(document, hint, label="Gần nhất trong kho, không phải câu trả lời: ")
    _state(document, answer)
    if answer.citations:
        _paragraph(document, "Quy định được trích:", bold=True, keep=True)
    for number, citation in enumerate(answer.citations, start=1):
        _citation(document, number, citation)
    own = {warning for warning in answer.warnings}
    own.update(warning for citation in answer.citations for warning in citation.warnings)
    if own:
        _paragraph(document, "Lưu ý:", bold=True, keep=True)
        ordered = [*answer.warnings, *(w for c in answer.citations for w in c.warnings)]
        for warning in dict.fromkeys(ordered):
            _paragraph(document, f"- {warning}")


def _state(document: WordDocument, answer: Answer) -> None:
    said = BASIS_WORDS.get(answer.basis or "", _OUTCOMES.get(answer.outcome, ""))
    day = vn_date(answer.as_of)
    parts = [f"Cơ sở: {said}" if answer.answered else f"Kết quả: {said}", f"trả lời tại ngày {day}"]
    parts.append(f"kho dữ liệu {answer.generation}")
    _paragraph(document, "; ".join(part for part in parts if part) + ".", italic=True, size=SMALL_PT)


def _citation(document: WordDocument, number: int, citation: Citation) -> None:
    _paragraph(document, citation.label, label=f"[{number}] ", bold=True, keep=True)
    for line in citation.quote.split("\n"):
        if line.strip():
            _paragraph(document, line.strip(), italic=True, indent=True)
    facts = [citation.title]
    facts.append(f"cơ quan ban hành: {citation.issuer}" if citation.issuer else "")
    facts.append(f"ban hành: {vn_date(citation.issued)}" if citation.issued else "")
    facts.append(f"trang {citation.page}" if citation.page is not None else "")
    facts.append("bản tóm tắt của kho" if citation.basis == "card" else "")
    facts.append(f"mã: {citation.id}")
    source = "; ".join(fact for fact in facts if fact)
    _paragraph(document, source, label="Nguồn: ", size=SMALL_PT, indent=True)


# ---- Word


def _blank() -> WordDocument:
    import docx
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for name, millimetres in _MARGINS_MM.items():
        setattr(section, name, Mm(millimetres))
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(BODY_PT)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(script), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.get_or_add_rPr().append(language)
    style.paragraph_format.space_after = Pt(6)
    _page_number(section)
    properties = document.core_properties
    properties.title, properties.author, properties.language = "Kết quả tra cứu văn bản", "Trợ lý ảo", "vi-VN"
    properties.comments = ""
    return document


def _page_number(section: Any) -> None:
    """Number the pages at the top, centred (Nghị định 30/2020/NĐ-CP, Phụ lục I)."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph = section.header.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


def _paragraph(
    document: WordDocument,
    text: str,
    *,
    label: str = "",
    bold: bool = False,
    italic: bool = False,
    centred: bool = False,
    indent: bool = False,
    keep: bool = False,
    size: float = BODY_PT,
    before: float = 0,
) -> None:
    """Add one paragraph: ``label`` in bold, then ``text``; ``keep``: on one page with what follows."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.JUSTIFY
    form = paragraph.paragraph_format
    form.space_before, form.keep_with_next = Pt(before), keep
    if indent:
        form.left_indent = Mm(10)
    for words, strong, slanted in ((label, True, False), (text, bold, italic)):
        if words:
            run = paragraph.add_run(clean(words))
            run.bold, run.italic, run.font.size = strong, slanted, Pt(size)


# ---- spreadsheets

COLUMNS = (
    ("STT", 6), ("Đơn vị", 26), ("Vai trò", 12), ("Nhiệm vụ", 70), ("Phối hợp", 26), ("Thời hạn", 24),
    ("Căn cứ được dẫn", 36), ("Vị trí", 44), ("Văn bản", 20), ("Lưu ý", 44),
)  # fmt: skip


def tasks_xlsx(library: Library, tasks: Sequence[Task]) -> bytes:
    """Return task records as one sheet, a row a task, ready to print on A4 across."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = "Nhiệm vụ"
    thin = Side(style="thin", color="999999")
    border = Border(left=thin, right=thin, top=thin, bottom=thin)
    rows: list[Sequence[str | int]] = [[name for name, _ in COLUMNS]]
    for number, task in enumerate(tasks, start=1):
        row = task_json(library, task)
        rows.append([
            number, row["unit"], ROLES.get(row["role"], row["role"]), row["what"],
            "; ".join(row["cooperates"]), row["deadline"] or "", "; ".join(row["legal_basis"]), row["label"],
            row["document"] or "", "; ".join(row["warnings"]),
        ])  # fmt: skip
    for y, values in enumerate(rows, start=1):
        for x, value in enumerate(values, start=1):
            cell = sheet.cell(y, x)
            _put(cell, value)
            cell.font = Font(name=FONT, size=12, bold=y == 1)
            cell.alignment = Alignment(wrap_text=True, vertical="center" if y == 1 else "top")
            cell.border = border
            if y == 1:
                cell.fill = PatternFill("solid", fgColor="E6F0EE")
    for x, (_, width) in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(x)].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{len(rows)}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    book.properties.creator = "Trợ lý ảo"
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _put(cell: Any, value: str | int) -> None:
    """Write a value; text that looks like a formula is text, here and where the cell is edited later."""
    if isinstance(value, int):
        cell.value = value
        return
    text = clean(value)
    cell.value = text
    cell.data_type = "s"
    cell.quotePrefix = text[:1] in "=+-@\t\r" and bool(text)
