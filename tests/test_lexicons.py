"""Units and abbreviations (corpus/lexicons.py) are found however officials write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.lexicons import Lexicons, load_lexicons
from corpus.settings import Settings
from corpus.text import fold
from tests.names import ECONOMY, OFFICE, ONE_STOP, OTHERS, SERVICES, VHXH


@pytest.mark.parametrize(
    ("text", "units", "why"),
    [
        ("Phòng Văn hóa – Xã hội chủ trì", [VHXH], "the plan's dash"),
        ("phòng VH-XH làm gì", [VHXH], "short form with marks"),
        ("phong vhxh lam gi", [VHXH], "without marks"),
        ("Phòng văn hoá và xã hội", [VHXH], "old tone placement, và for the dash"),
        ("VP HĐND & UBND xã", [OFFICE], "with the sign"),
        ("vp hdnd va ubnd", [OFFICE], "without marks"),
        ("nộp ở bộ phận một cửa", [ONE_STOP], "an everyday name"),
        ("TTPVHCC", [ONE_STOP], "one run of letters"),
        ("tt dvth và p.kt", [SERVICES, ECONOMY], "two units in text order"),
        ("Phòng Kinh tế xã", [ECONOMY], "with xã"),
        ("các ban ngành gửi báo cáo", [OTHERS], "the collective"),
        ("phát triển kinh tế", [], "a field is no unit"),
        ("văn phòng phẩm và phòng họp", [], "a word that only begins alike"),
    ],
)
def test_units_are_found_however_they_are_written(
    lexicons: Lexicons, text: str, units: list[str], why: str
) -> None:
    assert [mention.name for mention in lexicons.find_units(text)] == units, why


def test_a_weak_name_counts_only_where_the_question_is_about_units(lexicons: Lexicons) -> None:
    assert lexicons.find_units("văn phòng làm gì") == []
    assert [mention.name for mention in lexicons.find_units("văn phòng làm gì", weak=True)] == [OFFICE]


def test_the_number_of_a_label_starts_no_name(lexicons: Lexicons) -> None:
    """ "mục IV.1 của" holds no "1 cửa", while "hồ sơ 1 cửa" does."""
    text = "mục IV.1 của kế hoạch"
    assert lexicons.name_units(text) == text
    assert lexicons.name_units("hồ sơ 1 cửa") != "hồ sơ 1 cửa"


def test_every_variant_of_the_lexicon_names_its_unit_with_and_without_marks(lexicons: Lexicons) -> None:
    for unit in lexicons.units:
        for variant in (unit.name, *unit.variants):
            assert lexicons.canonical_unit(variant) == unit.name
            assert lexicons.canonical_unit(fold(variant).upper()) == unit.name


@pytest.mark.parametrize(
    ("text", "question", "document", "why"),
    [
        ("CCHC", "cải cách hành chính", "cải cách hành chính", "capitals"),
        ("cchc", "cải cách hành chính", "cải cách hành chính", "small letters"),
        ("cđs", "chuyển đổi số", "chuyển đổi số", "with its mark"),
        ("CDS", "chuyển đổi số", "chuyển đổi số", "without its mark"),
        ("HDND", "hội đồng nhân dân", "hội đồng nhân dân", "without its mark"),
        ("KT-XH", "kinh tế - xã hội", "kinh tế - xã hội", "the longer form wins over KT"),
        ("KT", "kinh tế", "KT", "in questions alone"),
        ("kt", "kt", "kt", "case rule: small letters are not the abbreviation"),
        ("DN", "doanh nghiệp", "doanh nghiệp", "case rule: capitals are"),
        ("dn", "dn", "dn", "case rule: small letters are not"),
        ("BC", "báo cáo", "báo cáo", "case rule: capitals are"),
        ("KPI", "đánh giá hiệu quả công việc KPI", "KPI", "kept, and not written out in documents"),
        (
            "Chỉ số năng lực cạnh tranh (PCI)",
            "Chỉ số năng lực cạnh tranh (PCI)",
            "Chỉ số năng lực cạnh tranh (PCI)",
            "explained beside it: once is enough",
        ),
        ("90-KL/TU", "90-KL/TU", "90-KL/TU", "a document number is left alone"),
    ],
)
def test_abbreviations_are_written_out(
    lexicons: Lexicons, text: str, question: str, document: str, why: str
) -> None:
    assert lexicons.expand(text, question=True) == question, why
    assert lexicons.expand(text, question=False) == document, why


def test_the_users_lexicon_comes_first(tmp_path: Path) -> None:
    folder = tmp_path / "lexicon"
    folder.mkdir()
    (folder / "units.toml").write_text(
        '[[unit]]\nname = "Ban Quản lý chợ"\nvariants = ["bql chợ", "một cửa"]\n', encoding="utf-8"
    )
    lexicons = load_lexicons(Settings(data_dir=tmp_path))
    assert lexicons.canonical_unit("BQL cho") == "Ban Quản lý chợ"
    assert lexicons.canonical_unit("một cửa") == "Ban Quản lý chợ"
    assert lexicons.canonical_unit("p.kt") == ECONOMY
