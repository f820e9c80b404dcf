"""Files to take along, opened again: all of the answer is in them, and text never becomes a formula."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.shared import Pt

from assistant.antecedents import Past
from assistant.contract import ABSTENTION, Option
from assistant.export import CLOSING, COLUMNS, conversation_docx, tasks_xlsx
from corpus.model import Task
from corpus.store import Library, StoredDocument, write_store
from tests.fakes import XSS, answer_of, make_document, sample_assistant, sample_library


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return sample_library(tmp_path_factory.mktemp("library"))


def lines(content: bytes) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs]


def test_an_answer_is_whole_in_its_word_file(library: Library) -> None:
    answer = replace(
        sample_assistant(library).table["Ai thử nghiệm trang?"],
        understood="Ai thử nghiệm trang hỏi đáp?",
        as_of="2026-11-23",
    )
    text = lines(
        conversation_docx([Past("ai thử?", "Ai thử nghiệm trang?", answer)], ["2026-11-24T03:05:00+00:00"])
    )
    assert text[0] == "KẾT QUẢ TRA CỨU VĂN BẢN" and "24/11/2026" in text[1]
    assert "Câu hỏi: ai thử?" in text and "Hiểu là: Ai thử nghiệm trang hỏi đáp?" in text
    assert any(line.startswith("Phòng Thử nghiệm [1].") for line in text)
    for number, citation in enumerate(answer.citations, start=1):
        assert f"[{number}] {citation.label}" in text and citation.quote in text
        assert any(
            line.startswith("Nguồn: ") and citation.id in line and citation.title in line for line in text
        )
    for warning in (*answer.warnings, *answer.citations[0].warnings):
        assert f"- {warning}" in text
    assert any("trả lời tại ngày 23/11/2026" in line and library.generation in line for line in text)
    assert text[-1] == CLOSING


def test_the_page_is_laid_out_as_officials_file_it(library: Library) -> None:
    turn = Past("x", "x", sample_assistant(library).table["Ai in tài liệu?"])
    document = docx.Document(io.BytesIO(conversation_docx([turn])))
    section, style = document.sections[0], document.styles["Normal"]
    sizes = [section.page_width, section.page_height, section.left_margin, section.right_margin]
    # Word counts in twentieths of a point.
    assert [round(size.mm) for size in sizes] == [210, 297, 30, 20], "A4, margins of Nghị định 30/2020"
    assert style.font.name == "Times New Roman" and style.font.size in (Pt(13), Pt(14))
    assert min(run.font.size for p in document.paragraphs for run in p.runs) >= Pt(12)
    assert 'w:lang w:val="vi-VN"' in style.element.xml
    assert document.core_properties.author == "Trợ lý ảo"


def test_a_conversation_keeps_its_order_and_every_outcome(library: Library) -> None:
    back = answer_of(library, "b", outcome="clarify", basis=None, answer="Bạn hỏi một hay hai?",
                     options=(Option("một", "một?"), Option("hai", "hai?")))  # fmt: skip
    refused = answer_of(library, "c", outcome="abstain", basis=None, answer=ABSTENTION, hints=("Mục I",))
    turns = [Past("hỏi b", "hỏi b", back), Past("hỏi c", "hỏi c", refused)]
    text = lines(conversation_docx(turns))
    assert text.index("Câu hỏi 1: hỏi b") < text.index("- hai") < text.index("Câu hỏi 2: hỏi c")
    assert text.index("Câu hỏi 2: hỏi c") < text.index(ABSTENTION)
    assert any(line.endswith("Mục I") and "không phải câu trả lời" in line for line in text)


def test_characters_that_no_office_file_holds_are_left_out(library: Library) -> None:
    answer = answer_of(library, "x", answer="trước\x00\x0b\ufffesau", basis=None, outcome="smalltalk")
    assert "trướcsau" in lines(conversation_docx([Past("hỏi\x01", "hỏi", answer)]))
    for payload in XSS:
        turn = Past(
            payload, payload, answer_of(library, payload, answer=payload, basis=None, outcome="error")
        )
        assert payload in lines(conversation_docx([turn]))


FORMULAS = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")')


def tasks_library(folder: Path) -> Library:
    """A plan whose units and duties look like formulas."""
    parsed = make_document(
        "kh-cong-thuc",
        [(f"I.{n}", "outline", str(n), "", f"{n}. {one} phải làm", []) for n, one in enumerate(FORMULAS)],
        title="Kế hoạch công thức", warnings=("=cảnh báo",),
    )  # fmt: skip
    tasks = [
        Task(f"kh-cong-thuc:I.{n}#0", f"kh-cong-thuc:I.{n}", formula, (formula,), f"{formula} phải làm", 0, 1,
             "lead", deadline=formula)
        for n, formula in enumerate(FORMULAS)
    ]  # fmt: skip
    write_store(folder / "tasks.sqlite", [StoredDocument(parsed, tuple(tasks), None, None)], {})
    return Library(folder / "tasks.sqlite", "thu-2")


def test_a_formula_in_a_document_is_inert_in_the_spreadsheet(tmp_path: Path) -> None:
    library = tasks_library(tmp_path)
    sheet = openpyxl.load_workbook(io.BytesIO(tasks_xlsx(library, library.tasks()))).active
    assert [cell.value for cell in sheet[1]] == [name for name, _ in COLUMNS]
    assert sheet.max_row == len(FORMULAS) + 1
    for row, formula in zip(sheet.iter_rows(min_row=2), FORMULAS, strict=True):
        assert not [cell.coordinate for cell in row if cell.data_type == "f"]
        assert row[1].value.strip() == formula.strip() and row[1].quotePrefix
        assert row[3].value.endswith("phải làm") and row[5].value.strip() == formula.strip()
    assert sheet.page_setup.orientation == "landscape" and sheet.freeze_panes == "A2"


def test_no_tasks_give_a_sheet_with_its_head_alone(library: Library) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(tasks_xlsx(library, []))).active
    assert sheet.max_row == 1 and sheet.max_column == len(COLUMNS)
