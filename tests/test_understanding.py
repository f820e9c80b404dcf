"""What a question asks: kinds, small talk, asking words that only look alike, sound-alike misspellings."""

from __future__ import annotations

import pytest

from assistant import kinds
from assistant.asking import content_words, fold_asking
from assistant.spelling import respell
from assistant.wanted import acceptable, wanted
from corpus.lexicons import Lexicons
from corpus.text import fold


@pytest.mark.parametrize(
    ("question", "kind", "why"),
    [
        ("Xưởng có người bị máy cắt, ai quản an toàn lao động?", kinds.RESPONSIBILITY, "máy is not mấy"),
        ("Tôi đang soạn tờ trình, cần viện dẫn quyết định nào?", kinds.BASIS, "tôi đang is not tối đa"),
        ("Thu hút vào đầu tư hạ tầng do phòng nào làm?", kinds.RESPONSIBILITY, "vào đầu tư asks no place"),
        ("thu hut vao dau tu do phong nao lam", kinds.RESPONSIBILITY, "the same without marks"),
        ("Mùng mấy thì phải gửi báo cáo?", kinds.DEADLINE, "a day by its everyday name"),
        ("Kế hoạch lập theo tháng hay theo năm?", kinds.DEADLINE, "a choice of periods"),
        ("Gửi kết quả về qua phòng nào?", kinds.DEADLINE, "where something is sent, not who does it"),
        ("Mức cắt giảm so với năm nào?", kinds.TARGET, "a base year belongs to the figure"),
        ("Số biên chế trong chỉ tiêu tỉnh giao do ai quyết?", kinds.RESPONSIBILITY, "who beats chỉ tiêu"),
        ("Cải cách thể chế là nhiệm vụ của đơn vị nào?", kinds.RESPONSIBILITY, "whose task it is"),
        ("Kế hoạch 2286 triển khai kết luận nào?", kinds.BASIS, "which document"),
        ("Ưu tiên lĩnh vực nào khi bồi dưỡng?", kinds.LIST, "fields are a list, even in the singular"),
        ("Phân quyền khác phân cấp thế nào?", kinds.DEFINITION, "two terms compared"),
    ],
)
def test_the_kind_follows_what_is_asked(question: str, kind: str, why: str) -> None:
    marked = fold(question) != question.lower()
    folded = fold_asking(question) if marked else fold(question)
    found = kinds.recognise(folded)
    if found == kinds.DUTIES and kinds.asks_who(folded):
        found = kinds.RESPONSIBILITY  # as the reader does where no unit is named
    assert found == kind, why


@pytest.mark.parametrize(
    "text",
    [
        "Xin chào", "chao ban nhe", "alo alo", "cam on nhieu", "Bạn là ai?", "ban lam duoc gi",
        "Bạn có thể giúp tôi những gì?", "tạm biệt", "ok", "Oke em", "vâng ạ", "Dạ, cảm ơn anh",
        "Bạn do ai tạo ra thế?", "Trợ lý ảo ơi, bạn là ai vậy", "Hẹn gặp lại nhé", "giới thiệu bản thân đi",
        "Cho hỏi bạn là ai", "Chào trợ lý xã",
    ],
)  # fmt: skip
def test_greetings_thanks_and_questions_about_the_assistant_are_small_talk(text: str) -> None:
    assert kinds.is_smalltalk(fold(text))


@pytest.mark.parametrize(
    "text",
    [
        "Xin chào, hạn báo cáo là khi nào?", "cảm ơn, còn Phòng Kinh tế làm gì", "Trợ lý ảo để làm gì?",
        "Ai lo trợ lý ảo", "ok vậy hạn báo cáo?", "chào, ai ký kế hoạch?", "Việc này của ai", "việc làm",
        "bạn có thể làm gì với báo cáo cchc", "cán bộ một cửa làm được gì", "đối thoại với dân",
    ],
)  # fmt: skip
def test_small_talk_never_swallows_a_question(text: str) -> None:
    assert not kinds.is_smalltalk(fold(text))


VOCABULARY = {"bo_sung", "khoang_san", "bao_tro", "ho_so", "lien_thong", "chuyen_mon"}


@pytest.mark.parametrize(
    ("typed", "meant", "why"),
    [
        ("báo bổ xung hồ sơ", "báo bổ sung hồ sơ", "x for s"),
        ("khai thác khoáng sảng", "khai thác khoáng sản", "ng for n, and sảng is rare"),
        ("bảo chợ xã hội", "bảo trợ xã hội", "ch for tr"),
        ("giao thông liên thôn", "giao thông liên thôn", "liên thông is a word too, but thôn is common"),
        ("hồ sơ chuyên môn", "hồ sơ chuyên môn", "what is right stays"),
        ("BỔ XUNG", "BỔ XUNG", "capitals may be short forms"),
    ],
)
def test_sound_alikes_are_respelt_only_into_words_of_the_library(typed: str, meant: str, why: str) -> None:
    assert respell(typed, VOCABULARY)[0] == meant, why


def test_chance_pairs_with_connecting_syllables_are_no_words() -> None:
    assert [word.key for word in content_words("dân phải nộp giấy tờ gì")] == ["dan", "nop", "giay_to"]


@pytest.mark.parametrize(
    ("question", "text", "strict", "least", "why"),
    [
        ("phí chứng thực bao nhiêu", "chậm nhất 10 ngày", False, False, "money is not a period"),
        ("bao nhiêu phần trăm", "100% cơ quan", True, True, "per cent"),
        ("nộp trước ngày nào", "trong 10 ngày", False, True, "a period tells the day otherwise"),
        ("bao nhiêu biên chế", "02 cấp chính quyền", False, False, "a number of something else"),
        ("mấy cấp phó", "01 phó trưởng phòng", False, True, "counted by part of its name"),
    ],
)
def test_figures_bind_to_what_they_count(
    question: str, text: str, strict: bool, least: bool, why: str
) -> None:
    folded = fold(question)
    kind = kinds.recognise(folded)
    for pattern, matches in ((wanted(folded, kind), strict), (acceptable(folded, kind), least)):
        assert pattern is not None and bool(pattern.search(fold(text))) == matches, why


def test_a_short_form_after_its_first_words_is_not_doubled(lexicons: Lexicons) -> None:
    assert lexicons.expand("Chỉ số PCI", question=True) == "Chỉ số năng lực cạnh tranh PCI"


def test_a_synonym_of_one_syllable_needs_its_marks(lexicons: Lexicons) -> None:
    assert "hop" in {group.found for group in lexicons.synonyms_in("UBND họp mấy lần")}
    assert "hop" not in {group.found for group in lexicons.synonyms_in("hợp đồng")}
