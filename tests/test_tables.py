"""Promises of tables: headings are kept, every row is a provision that reads as "column: value"."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import docx
import pytest

from assistant.citation import place_label
from corpus.model import ParsedDocument, Provision
from ingest.parse import parse_file
from ingest.readers import read
from ingest.structure import Structure, parse_structure
from tests.makers import NOTHING
from tests.trees import by_path, check_tree, own_text

Merge = tuple[tuple[int, int], tuple[int, int]]


def table_file(
    path: Path, rows: list[list[str]], merged: tuple[Merge, ...] = (), more: list[list[str]] | None = None
) -> Path:
    """Write a plan with an appendix table; ``merged`` cells span two corners; ``more`` is a second table."""
    document = docx.Document()
    for line in ("KẾ HOẠCH", "Thử nghiệm", "I. MỤC ĐÍCH", "Thử.", "PHỤ LỤC", "DANH MỤC VIỆC"):
        document.add_paragraph(line)
    for index, content in enumerate([rows, more or []]):
        if not content:
            continue
        table: Any = document.add_table(len(content), len(content[0]))
        for row, texts in zip(table.rows, content, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        for (top, left), (bottom, right) in merged if index == 0 else ():
            text = table.cell(top, left).text
            for r in range(top, bottom + 1):
                for c in range(left, right + 1):
                    table.cell(r, c).text = ""
            table.cell(top, left).merge(table.cell(bottom, right)).text = text
        document.add_paragraph("")
    document.save(str(path))
    return path


def tree(path: Path) -> Structure:
    source = read(path)
    structure = parse_structure(source)
    check_tree(source, structure)
    return structure


def rows_of(structure: Structure) -> dict[str, str]:
    return {p.path: own_text(structure, p.path) for p in structure.provisions if p.kind == "row"}


HEAD = ["STT", "Việc", "Hạn"]


@pytest.mark.parametrize(
    ("rows", "merged", "expected", "why"),
    [
        (
            [HEAD, ["1", "Rà soát", "Quý I"], ["2", "Công khai", "Quý II"]],
            (),
            {"pl.r1": "STT: 1; Việc: Rà soát; Hạn: Quý I", "pl.r2": "STT: 2; Việc: Công khai; Hạn: Quý II"},
            "a plain table",
        ),
        (
            [["TT", "Việc", "Cơ quan", "Cơ quan"], ["TT", "Việc", "Chủ trì", "Phối hợp"],
             ["(1)", "(2)", "(3)", "(4)"], ["1", "Rà soát", "Phòng A", "Phòng B"]],
            (((0, 0), (1, 0)), ((0, 1), (1, 1)), ((0, 2), (0, 3))),
            {"pl.r1": "TT: 1; Việc: Rà soát; Cơ quan – Chủ trì: Phòng A; Cơ quan – Phối hợp: Phòng B"},
            "a heading of two levels over a row of column numbers",
        ),
        (
            [["BẢNG VIỆC NĂM 2026", "", ""], HEAD, ["1", "Rà soát", "Quý I"]],
            (((0, 0), (0, 2)),),
            {"pl.r1": "STT: 1; Việc: Rà soát; Hạn: Quý I"},
            "a title row inside the table",
        ),
        (
            [HEAD, ["1", "Rà soát", "Quý I"], HEAD, ["2", "Công khai", "Quý II"]],
            (),
            {"pl.r1": "STT: 1; Việc: Rà soát; Hạn: Quý I", "pl.r2": "STT: 2; Việc: Công khai; Hạn: Quý II"},
            "the heading again after a page break",
        ),
        (
            [HEAD, ["1", "Rà soát", "Quý I"], ["2", "Công khai", ""], ["3", "Đăng tin", "Quý II"]],
            (((1, 2), (2, 2)),),
            {
                "pl.r1": "STT: 1; Việc: Rà soát; Hạn: Quý I",
                "pl.r2": "STT: 2; Việc: Công khai; Hạn: Quý I",
                "pl.r3": "STT: 3; Việc: Đăng tin; Hạn: Quý II",
            },
            "a value merged over two rows counts in both",
        ),
        (
            [HEAD, ["1", "Rà soát", "Quý I"], ["", "Công khai", "Quý II"], ["2", "Đăng tin", "Quý III"]],
            (((1, 0), (2, 0)),),
            {
                "pl.r1": "STT: 1; Việc: Rà soát; Hạn: Quý I\nViệc: Công khai; Hạn: Quý II",
                "pl.r2": "STT: 2; Việc: Đăng tin; Hạn: Quý III",
            },
            "a row whose number is merged with the one above is its further line",
        ),
        (
            [HEAD, ["1", "Rà soát các", "Quý I"], ["", "thủ tục", ""], ["2", "Đăng tin", "Quý II"]],
            (),
            {"pl.r1": "STT: 1; Việc: Rà soát các thủ tục; Hạn: Quý I",
             "pl.r2": "STT: 2; Việc: Đăng tin; Hạn: Quý II"},
            "a row that a page break cut in the middle of a sentence",
        ),
        (
            [HEAD, ["I", "NĂM 2026", ""], ["1", "Rà soát", "Quý I"], ["II", "NĂM 2027", ""],
             ["2", "Đăng tin", "Quý II"]],
            (((1, 1), (1, 2)), ((3, 1), (3, 2))),
            {"pl.rI": "I NĂM 2026", "pl.r1": "STT: 1; Việc: Rà soát; Hạn: Quý I", "pl.rII": "II NĂM 2027",
             "pl.r2": "STT: 2; Việc: Đăng tin; Hạn: Quý II"},
            "groups; the numbers count through",
        ),
        (
            [HEAD, ["1", "Năm 2026", ""], ["a", "Rà soát", "Quý I"], ["2", "Năm 2027", ""],
             ["a", "Đăng tin", "Quý II"]],
            (),
            {"pl.r1": "1 Năm 2026", "pl.r1.ra": "STT: a; Việc: Rà soát; Hạn: Quý I", "pl.r2": "2 Năm 2027",
             "pl.r2.ra": "STT: a; Việc: Đăng tin; Hạn: Quý II"},
            "groups; each counts anew, so that the group belongs to the place",
        ),
        (
            [HEAD, ["1", "Rà soát", "Quý I"], ["1", "Đăng tin", "Quý II"], ["", "Việc khác", "Quý III"]],
            (),
            {"pl.r1": "STT: 1; Việc: Rà soát; Hạn: Quý I", "pl.r1~2": "STT: 1; Việc: Đăng tin; Hạn: Quý II",
             "pl.rx3": "Việc: Việc khác; Hạn: Quý III"},
            "a repeated number, and a row without one",
        ),
    ],
)  # fmt: skip
def test_rows_read_as_column_and_value(
    tmp_path: Path, rows: list[list[str]], merged: tuple[Merge, ...], expected: dict[str, str], why: str
) -> None:
    assert rows_of(tree(table_file(tmp_path / "a.docx", rows, merged))) == expected, why


@pytest.mark.parametrize(
    ("more", "paths", "why"),
    [
        ([HEAD, ["2", "Đăng tin", "Quý II"]], ["pl.r1", "pl.r2"], "with the heading printed again"),
        ([["2", "Đăng tin", "Quý II"]], ["pl.r1", "pl.r2"], "without a heading, counting on"),
        ([["STT", "Tên", "Tuổi"], ["1", "A", "30"]], ["pl.r1", "pl.t2.r1"], "another table"),
    ],
)
def test_a_table_cut_in_two_by_a_page_break_is_one(
    tmp_path: Path, more: list[list[str]], paths: list[str], why: str
) -> None:
    structure = tree(table_file(tmp_path / "a.docx", [HEAD, ["1", "Rà soát", "Quý I"]], more=more))
    assert list(rows_of(structure)) == paths, why
    last = by_path(structure)[paths[-1]]
    assert [name for name, _, _ in last.cells] == (HEAD if len(paths[-1]) < 6 else ["STT", "Tên", "Tuổi"])


def test_a_row_knows_where_its_values_stand(tmp_path: Path) -> None:
    rows = [HEAD, ["1", "Rà soát; công khai", "Quý I: tháng 3"], ["2", "Đăng tin", ""]]
    structure = tree(table_file(tmp_path / "a.docx", rows))
    cells = {p.path: [(name, structure.text[a:b]) for name, a, b in p.cells] for p in structure.provisions}
    assert cells["pl.r1"] == [("STT", "1"), ("Việc", "Rà soát; công khai"), ("Hạn", "Quý I: tháng 3")]
    assert cells["pl.t1"] == [] and own_text(structure, "pl.t1") == "STT; Việc; Hạn"


def test_repeated_and_missing_row_numbers_are_told(tmp_path: Path) -> None:
    rows = [HEAD, ["1", "A", "b"], ["1", "C", "d"], ["4", "E", "f"]]
    structure = tree(table_file(tmp_path / "a.docx", rows))
    assert [(d.code, d.provision) for d in structure.doubts] == [
        ("numbering-duplicate", "pl.r1~2"),
        ("numbering-gap", "pl.r4"),
    ]


@pytest.mark.parametrize(
    ("path", "label", "why"),
    [
        ("pl1.r12", "Phụ lục I, dòng 12", "a row by its printed number"),
        ("pl1.r737~2", "Phụ lục I, dòng 737 (lặp lần 2)", "a number printed twice"),
        ("pl3.rII.r1", "Phụ lục III, dòng II, dòng 1", "a row of a group that counts anew"),
        ("pl.r14.rb", "Phụ lục, dòng 14, dòng b", "… with letters"),
        ("pl.r1-2", "Phụ lục, dòng 1.2", "a decimal number"),
        ("pl.rx3", "Phụ lục, dòng thứ 3", "a row without a number, by its position"),
        ("qyd.d3.k1", "khoản 1 Điều 3 quy định kèm theo", "an attached regulation"),
        ("d1.II.1", "mục 1 mục II Điều 1", "the outline of a scheme that an article approves"),
        ("d38.k1.r", "điểm r khoản 1 Điều 38", "điểm r is no row"),
    ],
)
def test_rows_and_annexes_are_cited_as_officials_would(path: str, label: str, why: str) -> None:
    assert place_label(path) == label, why


# ------------------------------------------------------------------ 66.7/2025/NQ-CP

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SOURCE = "corpus/office/66_7_2025_NQ-CP_681135.docx"
CODE = re.compile(r"\d[.,]\d{4,6}")
# Converters wrote each column as one or two grid cells; these are the first ones of name, paper, database.
COLUMNS = {"Tên TTHC": 2, "TPHS đề nghị thay thế": 3, "TPHS đề nghị cắt giảm": 3, "CSDL": 4}


@pytest.fixture(scope="module")
def resolution(shared: Path) -> ParsedDocument:
    return parse_file(shared / SOURCE, NOTHING)


def bare(text: str) -> str:
    """Return ``text`` without spaces: line breaks inside a cell are spaces in ours, nothing in the XML."""
    return re.sub(r"\s", "", text)


def printed_rows(table: Any) -> list[list[str]]:
    """Return a Word table's rows as XML has them: equal neighbours are one cell, merged ones empty."""
    rows = []
    for tr in table._tbl.tr_lst:
        cells: list[str] = []
        for tc in tr.tc_lst:
            text = " ".join("".join(t.text or "" for t in p.iter(f"{W}t")) for p in tc.iter(f"{W}p"))
            text = "" if tc.vMerge == "continue" else " ".join(text.split())
            if not cells or cells[-1] != text:
                cells.append(text)
        rows.append(cells)
    return rows


@pytest.mark.parametrize(("appendix", "table"), [("pl1", 2), ("pl2", 3)])
def test_every_procedure_of_the_resolution_is_one_row(
    shared: Path, resolution: ParsedDocument, appendix: str, table: int
) -> None:
    printed = [r for r in printed_rows(docx.Document(str(shared / SOURCE)).tables[table]) if len(r) > 1]
    expected = Counter((r[0], r[1]) for r in printed if CODE.fullmatch(r[1]))
    text = resolution.document.text
    found = []
    for row in resolution.provisions:
        if row.kind == "row" and row.path.startswith(f"{appendix}."):
            values = {name: text[a:b] for name, a, b in reversed(row.cells)}
            if "Mã TTHC" in values:
                found.append((values["STT"], values["Mã TTHC"]))
                assert text[row.start : row.own_end].count(f"Mã TTHC: {values['Mã TTHC']}") == 1
    assert Counter(found) == expected and len(found) == (787 if appendix == "pl1" else 8)


def test_name_paper_and_database_stand_in_their_columns(shared: Path, resolution: ParsedDocument) -> None:
    """Every row whose eight columns are all printed differently can be told from the XML alone."""
    text = resolution.document.text
    by_number = {
        p.number: p for p in resolution.provisions if p.path.startswith("pl1.r") and "~" not in p.path
    }
    checked = 0
    for cells in printed_rows(docx.Document(str(shared / SOURCE)).tables[2]):
        if len(cells) == 8 and cells[0].isdigit() and CODE.fullmatch(cells[1]) and "" not in cells:
            if cells[0] == "737":
                continue  # printed twice
            values = {name: text[a:b] for name, a, b in reversed(by_number[cells[0]].cells)}
            for name, at in COLUMNS.items():
                assert name not in values or bare(values[name]) == bare(cells[at]), (cells[0], name)
            checked += 1
    assert checked > 700


@pytest.mark.parametrize(
    ("path", "column", "values", "why"),
    [
        ("pl1.r258", "TPHS đề nghị thay thế",
         ["Căn cước công dân;", "Giấy chứng nhận đăng ký hộ kinh doanh"], "two papers for one procedure"),
        ("pl1.r258", "CSDL",
         ["CSDL quốc gia về dân cư", "Cơ sở dữ liệu quốc gia về đăng ký doanh nghiệp"], "two databases"),
        ("pl1.r708", "CSDL", ["Cơ sở dữ liệu quốc gia về dân cư"], "the paper is merged …"),
        ("pl1.r725", "CSDL",
         ["Cơ sở dữ liệu quốc gia về dân cư và Cơ sở dữ liệu hộ tịch điện tử"], "here the database is"),
        ("pl1.rXV", "", ["XV.", "BỘ DÂN TỘC VÀ TÔN GIÁO"], "a group"),
    ],
)  # fmt: skip
def test_merged_cells_of_the_resolution(
    resolution: ParsedDocument, path: str, column: str, values: list[str], why: str
) -> None:
    row: Provision = next(p for p in resolution.provisions if p.path == path)
    text = resolution.document.text
    assert [text[a:b] for name, a, b in row.cells if name == column] == values, why


def test_the_misprinted_numbers_of_the_resolution_are_told(resolution: ParsedDocument) -> None:
    told = {(d.code, d.provision) for d in resolution.document.doubts}
    assert {("numbering-duplicate", "pl1.rVII~2"), ("numbering-duplicate", "pl1.r737~2")} <= told
