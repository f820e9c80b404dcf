"""Promises for PDF pages: columns in reading order, ruled tables as rows, what runs over a page mended."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from ingest.canonical import canonicalise
from ingest.readers import read
from ingest.readers.layout import PageLine, Word, page_lines
from ingest.readers.scans import mark_notes, mend_numbers
from tests.makers import drawn_pdf
from tests.test_docx import shown

Text = tuple[float, float, str]
Stroke = tuple[float, float, float, float]


def grid(xs: list[float], ys: list[float], *, without: tuple[Stroke, ...] = ()) -> list[Stroke]:
    """Return the borders of every cell, drawn cell by cell as office programs do, less those named."""
    strokes: list[Stroke] = []
    for x1, x2 in itertools.pairwise(xs):
        strokes += [(x1, y, x2, y) for y in ys]
    for y1, y2 in itertools.pairwise(ys):
        strokes += [(x, y1, x, y2) for x in xs]
    return [stroke for stroke in strokes if stroke not in without]


HEAD: list[Text] = [(60, 785, "STT"), (110, 785, "Việc"), (310, 785, "Hạn")]
XS, YS = [50.0, 100.0, 300.0, 400.0], [800.0, 780.0, 740.0, 720.0]
TABLES = [
    (
        [*HEAD, (60, 770, "1"), (110, 770, "Dọn vệ sinh"), (110, 757, "đường làng"), (310, 770, "05/12"),
         (60, 725, "2"), (110, 725, "Trồng cây"), (310, 725, "Quý I")],
        grid(XS, YS),
        ["STT | Việc | Hạn", "1 | Dọn vệ sinh\nđường làng | 05/12", "2 | Trồng cây | Quý I"],
        "cells keep their lines, rows their cells",
    ),
    (
        [(60, 785, "STT"), (110, 785, "Việc và hạn"), (60, 770, "1"), (110, 770, "a"), (310, 770, "b")],
        grid(XS, YS[:3], without=((300, 800, 300, 780),)),
        ["STT | Việc và hạn", "1 | a | b"],
        "a missing upright is a cell over two columns",
    ),
    (
        [*HEAD, (60, 770, "1"), (110, 770, "a"), (310, 770, "chung"), (60, 725, "2"), (110, 725, "b")],
        grid(XS, YS, without=((300, 740, 400, 740),)),
        ["STT | Việc | Hạn", "1 | a | chung", "2 | b | "],
        "a missing level is a cell over two rows",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "strokes", "rows", "reason"), TABLES)
def test_a_ruled_table_is_read_by_its_lines(
    tmp_path: Path, texts: list[Text], strokes: list[Stroke], rows: list[str], reason: str
) -> None:
    around = [(50.0, 820.0, "Trước bảng"), (50.0, 600.0, "Sau bảng")]
    path = drawn_pdf(tmp_path / "a.pdf", [[*around, *texts]], [strokes])
    assert shown(read(path)) == ["Trước bảng", *rows, "Sau bảng"], reason


def test_a_table_over_a_page_break_is_one_table(tmp_path: Path) -> None:
    first = [*HEAD, (60, 770, "1"), (110, 770, "Việc dài viết"), (310, 770, "05/12")]
    second = [*HEAD, (110, 770, "tiếp ở trang sau"), (60, 725, "2"), (110, 725, "b"), (310, 725, "c")]
    path = drawn_pdf(tmp_path / "a.pdf", [first, second], [grid(XS, YS[:3]), grid(XS, YS)])
    source = read(path)
    assert shown(source) == ["STT | Việc | Hạn", "1 | Việc dài viết\ntiếp ở trang sau | 05/12", "2 | b | c"]
    assert {b.table for b in source.blocks} == {1}


def words(*lines: tuple[float, float, str]) -> list[Word]:
    """Return words 12 points high, half as wide as high a letter, at x and y (downwards)."""
    result = []
    for x, y, text in lines:
        for part in text.split():
            result.append(Word(part, x, x + 6 * len(part), y, 12.0, space=True))
            x += 6 * (len(part) + 1)
    return result


LETTERHEAD = words(
    (60, 80, "ỦY BAN NHÂN DÂN"), (260, 80, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), (75, 95, "XÃ BÌNH LƯ"),
    (300, 95, "Độc lập - Tự do - Hạnh phúc"), (80, 125, "Số: 1/KH-UBND"),
    (300, 125, "Bình Lư, ngày 1 tháng 4"),
    (270, 170, "KẾ HOẠCH"),
)  # fmt: skip
SIGNATURE = words(
    (60, 80, "Các phòng thực hiện Kế hoạch này, báo cáo trước ngày 05 tháng 12 năm 2026 cho"),
    (60, 95, "Ủy ban nhân dân xã."), (360, 130, "TM. ỦY BAN NHÂN DÂN"), (60, 136, "Nơi nhận:"),
    (390, 145, "CHỦ TỊCH"), (60, 151, "- Các phòng;"), (60, 166, "- Lưu: VT."), (375, 190, "Nguyễn Văn An"),
)  # fmt: skip
ORDERS = [
    (LETTERHEAD, ["ỦY BAN NHÂN DÂN", "XÃ BÌNH LƯ", "Số: 1/KH-UBND", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
                  "Độc lập - Tự do - Hạnh phúc", "Bình Lư, ngày 1 tháng 4", "KẾ HOẠCH"], "a letterhead"),
    (SIGNATURE, ["Các phòng thực hiện Kế hoạch này, báo cáo trước ngày 05 tháng 12 năm 2026 cho",
                 "Ủy ban nhân dân xã.", "Nơi nhận:", "- Các phòng;", "- Lưu: VT.", "TM. ỦY BAN NHÂN DÂN",
                 "CHỦ TỊCH", "Nguyễn Văn An"], "recipients and signature on different lines"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "lines", "reason"), ORDERS)
def test_what_stands_side_by_side_is_read_column_by_column(
    page: list[Word], lines: list[str], reason: str
) -> None:
    assert [line.text for line in page_lines(page)] == lines, reason


def test_a_raised_figure_is_a_footnote_mark() -> None:
    year = Word("2024", 60, 84, 80, 12.0)
    found = page_lines([year, Word("1", 84.5, 88, 75.5, 7.0, space=True), *words((92, 80, "tại xã"))])
    assert [line.text for line in found] == ["2024¹ tại xã"]


def test_page_numbers_between_two_pages_do_not_part_a_sentence(tmp_path: Path) -> None:
    first = [
        (50.0, 800.0, "1"),
        (50.0, 700.0, "Ủy ban nhân dân xã giao các phòng chuyên môn phối hợp với Phòng"),
    ]
    second = [(50.0, 800.0, "2"), (50.0, 700.0, "Kinh tế thực hiện.")]
    path = drawn_pdf(tmp_path / "a.pdf", [first, second], [[], []])
    assert [p.text for p in canonicalise(read(path)).paragraphs] == [f"{first[1][2]} {second[1][2]}"]


def line(text: str, size: float = 12.0) -> PageLine:
    return PageLine(text, 60, 300, 80, size, 20, True, False)


NUMBERS = [
    (["I. MỤC ĐÍCH", "II NỘI DUNG", "II. KINH PHÍ"], ["I. MỤC ĐÍCH", "II. NỘI DUNG", "III. KINH PHÍ"],
     "a point and a stroke were lost"),
    (["5. Công vụ", "6G. Tài chính", "7. Số"], ["5. Công vụ", "6. Tài chính", "7. Số"],
     "a figure was doubled"),
    (["I. MỤC ĐÍCH", "IV. TỔ CHỨC"], ["I. MỤC ĐÍCH", "IV. TỔ CHỨC"], "a gap is left as printed"),
    (["a) x", "b) y", "c) z", "d) u", "ở) v", "e) s", "ø) t"],
     ["a) x", "b) y", "c) z", "d) u", "đ) v", "e) s", "g) t"], "letters of points"),
    (["a) x", "b) y", "c) z", "d) u", "d) v"], ["a) x", "b) y", "c) z", "d) u", "đ) v"], "a lost stroke"),
    (["1. Một", "A. Hai", "TP. Ba"], ["1. Một", "A. Hai", "TP. Ba"], "letters are no figures"),
]  # fmt: skip


@pytest.mark.parametrize(("read_as", "mended", "reason"), NUMBERS)
def test_numbers_that_recognition_spoiled_are_mended_by_their_order_and_said(
    read_as: list[str], mended: list[str], reason: str
) -> None:
    lines = [line(text) for text in read_as]
    doubts = list(mend_numbers({1: lines}))
    assert [item.text for item in lines] == mended, reason
    assert len(doubts) == sum(a != b for a, b in zip(read_as, mended, strict=True)), "each change is said"


def test_small_print_at_the_foot_becomes_a_footnote_again() -> None:
    page = [
        line("so với năm 20241. Tổ chức"),
        *(line("câu thường") for _ in range(5)),
        line("1 Theo Nghị quyết", 10),
    ]
    mark_notes(page)
    assert (page[0].text, page[-1].text) == ("so với năm 2024¹. Tổ chức", "¹ Theo Nghị quyết")
