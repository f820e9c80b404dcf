"""Syllables become words (corpus/words.py): what a question asks about, with and without marks."""

from __future__ import annotations

import pytest

from corpus.text import fold, normalise
from corpus.words import is_word, segment, syllables
from eval.gold import load_questions


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ("đối thoại với doanh nghiệp", ["đối thoại", "với", "doanh nghiệp"], "a function word stays alone"),
        ("số điện thoại", ["số", "điện thoại"], "shares a syllable with đối thoại, no word with it"),
        ("cai cach hanh chinh", ["cai cach", "hanh chinh"], "without marks"),
        ("cải cách thể chế", ["cải cách", "thể chế"], "with marks"),
        ("thủ tục, hành chính", ["thủ tục", "hành chính"], "words do not cross a comma"),
        ("thủ, tục", ["thủ", "tục"], "a comma inside a word takes it apart"),
        ("phòng kinh tế", ["phòng", "kinh tế"], "a unit's kind stands alone"),
        ("không được thu phí", ["không được", "thu phí"], "không được forbids, so it is one word"),
        ("năm 2026", ["năm", "2026"], "a number is never half a word"),
        ("Đất đai, môi trường", ["đất đai", "môi trường"], "capitals do not matter"),
        ("", [], "nothing in, nothing out"),
        (" ,.; ", [], "punctuation alone"),
    ],
)
def test_text_falls_into_words(text: str, words: list[str], why: str) -> None:
    assert [str(word) for word in segment(text)] == words, why


@pytest.mark.parametrize("text", ["chủ trì tuyên truyền", "văn bản quy phạm pháp luật", "trường học"])
def test_marked_and_unmarked_text_give_the_same_terms(text: str) -> None:
    assert [word.key for word in segment(text)] == [word.key for word in segment(fold(text))]


def test_segmentation_keeps_every_syllable_in_order() -> None:
    for question in load_questions("dev"):
        text = normalise(question.question)
        parts = [part for word in segment(text) for part in word.surface]
        assert parts == [word.surface[0] for word in syllables(text)], text


@pytest.mark.parametrize(
    ("syllable", "known"), [("trường", True), ("giải", True), ("nôp", False), ("cuôi", False)]
)
def test_a_syllable_that_no_word_has_is_told_from_one_that_exists(syllable: str, known: bool) -> None:
    assert is_word(syllables(syllable)[0]) is known
