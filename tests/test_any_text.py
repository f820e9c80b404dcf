"""Promise 4: a parser never raises on odd text, and every piece of the source belongs to a provision."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.readers import md, txt
from ingest.structure import parse_structure
from tests.makers import text_source
from tests.trees import check_tree

KEYWORDS = [
    "Điều 1.", "Điều 2. Tên", "Điều 13a:", "ĐIỀU 4", "Chương I", "Chương", "Mục 2", "Phần thứ nhất",
    "Tiểu mục 1", "I.", "II. NỘI DUNG", "A.", "1.", "2. ", "1.1. x", "a)", "đ) x;", "- ", "+ x", "1)",
    "“Điều 9. B", "”.", '"', ":", "như sau:", "PHỤ LỤC", "PHỤ LỤC II", "Phụ lục I kèm theo Luật này",
    "(Có Phụ lục kèm theo)", "QUY CHẾ", "LUẬT", "KẾ HOẠCH", "QUYẾT ĐỊNH:",
    "(Ban hành kèm theo Quyết định số 1)", "Nơi nhận:", "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH", "Nguyễn Văn A",
    "Căn cứ Luật số 1/2020/QH14;", "Số: /KH-UBND", "Bình Lư, ngày tháng 4 năm 2026", "¹ Chú thích", "chữ¹",
    "m²", "[1]", "|", "| a | b |", "---", "| --- | --- |", "**", "**x**", "\u00a0", "e\u0302\u0300",
    "\u00ad", "Luật này được Quốc hội khóa XV thông qua ngày 1 tháng 1 năm 2025.", "sửa đổi", "1", "2",
    "một câu dài.", "chữ", "&nbsp;", "<br>", "[x](y)", "---\nso_hieu: 1\n---", "\f", "\x85", "\u2028",
    "V/v x", "Kính gửi:", "CỘNG HÒA XÃ HỘI",
]  # fmt: skip
LINES = st.lists(st.lists(st.sampled_from(KEYWORDS), min_size=0, max_size=3).map(" ".join), max_size=25)


@given(lines=LINES, form=st.sampled_from(["txt", "md"]))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_mixture_of_keywords_gives_a_tree_that_covers_it(lines: list[str], form: str) -> None:
    data = "\n".join(lines).encode()
    source = (md if form == "md" else txt).read(f"a.{form}", "0" * 64, data)
    check_tree(source, parse_structure(source))


@given(text=st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_a_tree_that_covers_it(text: str) -> None:
    source = text_source(text)
    check_tree(source, parse_structure(source))
