"""Missing marks are put back (corpus/marks.py); what was typed with its marks stays."""

from __future__ import annotations

import re

import pytest

from corpus.marks import restore
from corpus.text import fold, has_marks, normalise
from eval.gold import load_questions

SYLLABLE = re.compile(r"[^\W\d_]+")


@pytest.mark.parametrize(
    ("typed", "meant", "why"),
    [
        (
            "ai chu tri tuyen truyen cai cach hanh chinh",
            "ai chủ trì tuyên truyền cải cách hành chính",
            "no mark at all",
        ),
        ("can cu phap ly sap xep truong hoc", "căn cứ pháp lý sắp xếp trường học", "no mark at all"),
        ("han bao cao la ngay nao", "hạn báo cáo là ngày nào", "question words"),
        ("khoan 2 dieu 13 nghi dinh 150", "khoản 2 điều 13 nghị định 150", "numbers stay"),
        ("van ban het hieu luc", "văn bản hết hiệu lực", "no mark at all"),
        ("TTHC la gi", "TTHC là gì", "an abbreviation in capitals stays"),
        ("Bao nhieu TTHC", "Bao nhiêu TTHC", "the first capital stays"),
        ("Van phong xa", "Văn phòng xã", "the capital moves to the marked letter"),
        ("han bao cao, ai ky", "hạn báo cáo, ai ký", "the comma stays"),
        ("nhiệm vu phong kinh te", "nhiệm vụ phòng kinh tế", "half marked"),
        ("quản lí đất đai", "quản lý đất đai", "both spellings are in use; legal texts write y"),
        ("trách nhiem phong kinh te", "trách nhiệm phòng kinh tế", "a typed mark stays"),
        ("trường học", "trường học", "nothing to do"),
        ("2026: 50%", "2026: 50%", "no letters"),
        ("", "", "nothing in, nothing out"),
    ],
)
def test_missing_marks_are_put_back(typed: str, meant: str, why: str) -> None:
    assert restore(typed) == meant, why


def correctly_typed() -> list[str]:
    """Return the development questions that were written with their marks."""
    wrong = {"no_marks", "half_marks_typos"}
    texts = [normalise(q.question) for q in load_questions("dev") if q.category not in wrong]
    return [text for text in texts if has_marks(text)]


def test_most_stripped_marks_come_back() -> None:
    right = total = 0
    for text in correctly_typed():
        meant = SYLLABLE.findall(text.lower())
        found = SYLLABLE.findall(restore(fold(text)).lower())
        assert len(found) == len(meant), text
        right += sum(a == b for a, b in zip(found, meant, strict=True))
        total += len(meant)
    assert right / total >= 0.93, f"{right}/{total} syllables"


def test_typed_text_is_changed_in_marks_alone() -> None:
    for text in correctly_typed():
        assert fold(restore(text)).replace("y", "i") == fold(text).replace("y", "i")


# Measured 2026-11-23 by the test below: 572 of 602 questions unchanged, 0.9959 of the syllables. What is
# lost are rare right words ("mấy", "nhé"), and only where the reader restores at all (half-marked questions).
LEAST_UNCHANGED, LEAST_SYLLABLES = 0.95, 0.995


def test_questions_typed_with_marks_stay_as_they_are() -> None:
    texts = correctly_typed()
    changed = [(text, restore(text)) for text in texts if restore(text) != text]
    assert 1 - len(changed) / len(texts) >= LEAST_UNCHANGED, changed
    pairs = [
        pair
        for text in texts
        for pair in zip(SYLLABLE.findall(text), SYLLABLE.findall(restore(text)), strict=True)
    ]
    assert sum(a == b for a, b in pairs) / len(pairs) >= LEAST_SYLLABLES
