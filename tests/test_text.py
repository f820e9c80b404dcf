"""One normal form whatever the keyboard did; folding keeps positions; no token is lost."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text import fold, has_marks, index_terms, nfc, normalise, slug, tokenise


@pytest.mark.parametrize(
    ("typed", "expected", "why"),
    [
        ("hoà bình", "hòa bình", "old tone placement on an open oa"),
        ("thuỷ lợi", "thủy lợi", "old tone placement on an open uy"),
        ("hoàn toàn", "hoàn toàn", "a closed syllable keeps its tone"),
        ("quý", "quý", "after q the u belongs to the consonant"),
        ("khoẻ", "khỏe", "oe as well"),
        ("UỶ BAN", "ỦY BAN", "capitals too"),
        ("cải\u00a0cách", "cải cách", "no-break space"),
        ("cải  \t cách ", "cải cách", "runs of spaces"),
        (unicodedata.normalize("NFD", "thủ tục"), "thủ tục", "NFD from a Mac"),
        ("cải\u200bcách", "cảicách", "invisible characters go"),
        ("Văn hóa – Xã hội", "Văn hóa - Xã hội", "one kind of dash"),
    ],
)
def test_typed_text_gets_one_form(typed: str, expected: str, why: str) -> None:
    assert normalise(typed) == expected, why


@given(st.text())
def test_folding_keeps_every_position(text: str) -> None:
    canonical = nfc(text)
    assert len(fold(canonical)) == len(canonical)


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_folding_takes_every_vietnamese_mark() -> None:
    letters = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
    assert set(fold(letters)) == set("aeiouyd")
    assert set(fold(letters.upper())) == set("aeiouyd")


@pytest.mark.parametrize(
    ("text", "tokens", "why"),
    [
        ("Điều 5, khoản 1", ["dieu", "5", "khoan", "1"], "one-character tokens stay"),
        ("y tế ở xã", ["y", "te", "o", "xa"], "one-letter syllables stay"),
        ("an ninh", ["an", "ninh"], "no English stop words"),
        ("NĐ 150/2025/NĐ-CP.", ["nd", "150/2025/nd-cp"], "a document number is one token"),
        (
            "Kết luận số 90-KL/TU, ngày 03/3/2026",
            ["ket", "luan", "so", "90-kl/tu", "ngay", "03/3/2026"],
            "party number",
        ),
        ("đạt 50% và 1.234,5 tỷ", ["dat", "50%", "va", "1.234,5", "ty"], "figures stay whole"),
        ("trước 05/12", ["truoc", "05/12"], "a date is one token"),
    ],
)
def test_tokens(text: str, tokens: list[str], why: str) -> None:
    assert [token.text for token in tokenise(text)] == tokens, why


def test_token_offsets_point_at_the_surface() -> None:
    text = "Thực hiện Nghị định 150/2025/NĐ-CP"
    last = tokenise(text)[-1]
    assert text[last.start : last.end] == "150/2025/NĐ-CP"


def test_index_terms_are_syllables_and_bigrams() -> None:
    assert index_terms(["cai", "cach", "hanh"]) == ["cai", "cach", "hanh", "cai_cach", "cach_hanh"]


def test_marks_are_noticed() -> None:
    assert has_marks("có dấu")
    assert has_marks("đ")
    assert not has_marks("khong dau 123")


def test_slug_is_url_safe() -> None:
    assert slug("Kế hoạch số 45-KH/ĐU") == "ke-hoach-so-45-kh-du"
