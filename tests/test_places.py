"""Places as officials name them become provision paths."""

import pytest

from assistant.citation import place_label, vn_date
from assistant.places import find_places, from_roman, to_roman
from corpus.text import fold


@pytest.mark.parametrize(
    ("question", "path", "why"),
    [
        ("khoản 2 điều 13 nđ 150", "d13.k2", "clause before article"),
        ("Điều 13 khoản 2 điểm a", "d13.k2.a", "article before clause"),
        ("điểm đ khoản 1 Điều 4", "d4.k1.d", "đ folds to d; the finder tries both"),
        ("dieu 15 nghi dinh 150", "d15", "without marks"),
        ("Điều 13a", "d13a", "inserted article"),
        ("mục IV.5 kế hoạch", "IV.5", "outline"),
        ("muc iv.2 cua ke hoach", "IV.2", "outline without marks"),
        ("mục 5 phần IV", "IV.5", "part named after"),
        ("Phần II mục 8 nói những gì", "II.8", "part named before"),
        ("phần III kế hoạch", "III", "a whole part"),
        ("II.7 nói gì", "II.7", "bare outline number"),
        ("Gạch đầu dòng thứ hai mục II.4 của kế hoạch", "II.4.g2", "ordinal word of a dash item"),
        ("gạch đầu dòng thứ 3 mục II.1", "II.1.g3", "ordinal figure"),
        ("đoạn 2 mục IV.1", "IV.1.p2", "paragraph"),
        ("chương II nghị định 150", "c2", "chapter"),
        ("chú thích 1", "fn1", "footnote"),
        ("phụ lục II", "pl2", "appendix"),
    ],
)
def test_place_becomes_path(question: str, path: str, why: str) -> None:
    places = find_places(fold(question))
    assert places and places[0].path == path, why


@pytest.mark.parametrize(
    "question",
    [
        "Ai chủ trì cải cách hành chính?",
        "điều kiện thành lập phòng",
        "chỉ tiêu năm 2026",
        "mục tiêu đến năm 2030",
        "phần mềm nào",
    ],
)
def test_ordinary_words_name_no_place(question: str) -> None:
    assert find_places(fold(question)) == []


@pytest.mark.parametrize("number", range(1, 40))
def test_roman_numerals_round_trip(number: int) -> None:
    assert from_roman(to_roman(number).lower()) == number


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("d13.k2", "khoản 2 Điều 13"),
        ("d13.k2.dd", "điểm đ khoản 2 Điều 13"),
        ("IV.5.p1", "Mục IV.5, đoạn 1"),
        ("II.3.g2", "Mục II.3, gạch đầu dòng thứ 2"),
        ("pl1.r12", "Phụ lục I, dòng 12"),
        ("fn1", "chú thích 1"),
        ("c4.m3", "Mục 3 Chương IV"),
        ("d13.k2~2", "khoản 2 (lặp lần 2) Điều 13"),
    ],
)
def test_path_becomes_label(path: str, label: str) -> None:
    assert place_label(path) == label


@pytest.mark.parametrize(
    ("iso", "shown"),
    [
        ("2025-06-12", "12/6/2025"),
        ("2025-02-05", "05/02/2025"),
        ("2026-04", "tháng 4/2026"),
        ("2026", "năm 2026"),
        (None, ""),
    ],
)
def test_dates_are_shown_as_people_write_them(iso: str | None, shown: str) -> None:
    assert vn_date(iso) == shown
