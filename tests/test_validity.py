"""Answers as of a day: the day named in a question is found, and what was not in force on it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.engine import Assistant
from assistant.validity import split_day
from corpus.settings import Settings

PAPER = "Giấy khai sinh được thay bằng dữ liệu nào?"
TASK = "Ai chủ trì tuyên truyền cải cách hành chính?"


@pytest.fixture(scope="module")
def assistant(shipped: Path) -> Assistant:
    return Assistant.open(Settings(data_dir=shipped))


@pytest.mark.parametrize(
    ("question", "rest", "day"),
    [
        ("Tại thời điểm 01/7/2025, đất đai thuộc phòng nào?", "đất đai thuộc phòng nào?", "2025-07-01"),
        ("đất đai thuộc phòng nào tại thời điểm ngày 1/7/2025?", "đất đai thuộc phòng nào ?", "2025-07-01"),
        ("Tại ngày 5 tháng 6 năm 2025 phòng nào lo hộ tịch?", "phòng nào lo hộ tịch?", "2025-06-05"),
        ("tai thoi diem 01/07/2025 dat dai thuoc phong nao", "dat dai thuoc phong nao", "2025-07-01"),
        ("Tại thời điểm 31/02/2025 thì sao?", "Tại thời điểm 31/02/2025 thì sao?", None),  # no such day
        ("Định kỳ trước ngày 05/12 phải làm gì?", "Định kỳ trước ngày 05/12 phải làm gì?", None),
        ("Tại thời điểm 01/7/2025", "Tại thời điểm 01/7/2025", None),  # nothing is asked but the day
    ],
)
def test_the_day_that_a_question_names_is_taken_out(question: str, rest: str, day: str | None) -> None:
    found, at = split_day(question)
    assert (" ".join(found.split()), at) == (rest, day)


@pytest.mark.parametrize(
    ("question", "as_of", "told"),
    [
        (PAPER, "2025-12-31", "chưa có hiệu lực vào ngày 31/12/2025; có hiệu lực từ ngày 01/01/2026"),
        (PAPER, "2027-03-01", "đã hết hiệu lực: có hiệu lực đến hết ngày 28/02/2027"),
        (PAPER, "2027-02-28", None),  # the last day counts
        (PAPER, "2026-01-01", None),  # the first day counts
        ("Đất đai ở xã thuộc phòng nào?", "2025-05-01", "chưa có hiệu lực vào ngày 01/5/2025"),
        ("Đất đai ở xã thuộc phòng nào?", "2026-06-01", None),
        (TASK, "2026-03-31", "chưa được ban hành (ban hành tháng 4/2026)"),
        (TASK, "2026-04-01", None),  # maybe issued that day: not known
        (TASK, "2040-01-01", None),  # its end is unknown
    ],
)  # fmt: skip
def test_what_was_not_in_force_is_told_with_the_date(
    assistant: Assistant, question: str, as_of: str, told: str | None
) -> None:
    answer = assistant.ask(question, as_of=as_of)
    assert answer.answered and answer.as_of == as_of
    if told is None:
        assert not [warning for warning in answer.warnings if warning.startswith("Tại ngày")]
    else:
        assert told in answer.warnings[0]
        assert told in answer.citations[0].warnings[0]


def test_a_day_in_the_question_reaches_the_answer_and_the_argument_wins(assistant: Assistant) -> None:
    question = "Tại thời điểm 01/5/2025, đất đai ở xã thuộc phòng nào?"
    answer = assistant.ask(question)
    assert (answer.as_of, answer.question) == ("2025-05-01", question)
    assert "Phòng Kinh tế" in answer.answer and "chưa có hiệu lực" in answer.warnings[0]
    assert assistant.ask(question, as_of="2026-06-01").as_of == "2026-06-01"


def test_a_repeated_citation_is_warned_of_as_well(assistant: Assistant) -> None:
    turns = assistant.replay(["Giấy khai sinh được thay bằng dữ liệu nào?"], "2027-03-01")
    answer = assistant.converse("điều đó ở văn bản nào?", turns, "2027-03-01")
    assert answer.kind == "source" and "đã hết hiệu lực" in answer.warnings[0]


@pytest.mark.parametrize(
    ("day", "warned"),
    [("2025-06-20", False), ("2025-07-01", True)],  # the district level ended on 01/7/2025
)
def test_an_office_that_no_longer_exists_is_told_with_the_provision_that_names_it(
    assistant: Assistant, day: str, warned: bool
) -> None:
    answer = assistant.ask("Điều 51 Luật 72/2025/QH15 quy định gì?", as_of=day)
    assert answer.outcome == "answer"
    assert any("chính quyền cấp huyện" in warning for warning in answer.warnings) is warned
