"""What is asked: the nineteen kinds are told apart, with marks and without, at once and from any text."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from assistant.asked import KINDS, MAX_LENGTH, WEIGHTS_FILE, features, probabilities, recognise, tokens
from corpus.errors import TrolyError
from corpus.text import fold, normalise
from eval.kinds import (
    GOALS,
    Labelled,
    Recognised,
    evaluate,
    load_kinds,
    render_failures,
    render_pooled,
    render_table,
    share,
)
from eval.run import main
from tests.test_questions import QUESTION_KINDS

MILLISECONDS = 0.3


@pytest.mark.parametrize(
    ("question", "kind", "reason"),
    [
        ("Mảng cây xanh của xã giao phòng nào lo?", "lead", "who does it"),
        ("Phòng nào phối hợp làm mảng cây xanh?", "cooperate", "who takes part"),
        ("Xã có được tự cấp phép trồng cây không?", "competence", "who has the power"),
        ("Trồng cây xanh căn cứ vào nghị định nào?", "legal_basis", "on which text it rests"),
        ("Phải trồng bao nhiêu phần trăm cây xanh?", "targets", "how much"),
        ("Chậm nhất ngày nào phải trồng xong cây xanh?", "deadlines", "until when"),
        ("Cây xanh đô thị được hiểu là gì?", "definition", "what a word means"),
        ("Cây xanh và cây bóng mát khác nhau thế nào?", "comparison", "two things side by side"),
        ("Nghị định 99/2030/NĐ-CP còn hiệu lực không?", "status", "in force or not"),
        ("Nghị định 99/2030/NĐ-CP sửa đổi văn bản nào?", "relation", "between documents"),
        ("khoan 7 dieu 99 nghi dinh 999 noi gi", "named_place", "a place by its number, no marks"),
        ("Trong kho có văn bản nào về cây xanh không?", "holdings", "what the library holds"),
        ("Cảm ơn em nhiều nhé", "smalltalk", "thanks"),
    ],
)
def test_a_subject_that_was_never_learnt_does_not_hide_what_is_asked(
    question: str, kind: str, reason: str
) -> None:
    assert recognise(question)[0] == kind, reason


def test_the_learnt_questions_are_recognised_with_marks_and_without() -> None:
    """A guard of the shipped weights, not a measurement: that is ``troly eval kinds test``."""
    results = evaluate(load_kinds("dev"))
    assert min(share(results, typed) for typed in GOALS) >= 0.97


def test_probabilities_are_of_all_kinds_and_add_up() -> None:
    chances = probabilities("Ai chủ trì việc này?")
    assert tuple(chances) == KINDS and set(KINDS) == QUESTION_KINDS
    assert sum(chances.values()) == pytest.approx(1, abs=1e-5)
    assert recognise("Ai chủ trì việc này?") == ("lead", max(chances.values()))


@pytest.mark.parametrize(
    "text", ["", "   ", "???", "\x00\ud800", "ư" * 100_000, "1" * 5000, "<vb> ^ $ #", "😀 " * 500]
)
def test_odd_text_is_some_kind_and_never_an_error(text: str) -> None:
    kind, confidence = recognise(text)
    assert kind in KINDS and 0 < confidence <= 1


def test_marks_tone_placement_and_case_change_nothing() -> None:
    typed = "Ai hòa giải, ĐIỀU 5 quản lý?"
    same = features(typed)
    for other in (fold(normalise(typed)), typed.lower(), "Ai hoà giải, Điều 5 quản lí?"):
        assert features(other) == same


def test_numbers_do_not_matter_and_the_end_of_a_long_text_is_read() -> None:
    assert tokens("Điều 5 NĐ 150/2025/NĐ-CP, 30%") == ["dieu", "#", "nd", "<vb>", "#"]
    assert tokens("a " * MAX_LENGTH + "còn hiệu lực không")[-3:] == ["hieu", "luc", "khong"]


def test_recognising_takes_less_than_a_third_of_a_millisecond() -> None:
    questions = [one.question for one in load_kinds("dev")]
    recognise(questions[0])
    taken = []
    for question in questions:
        start = time.perf_counter()
        recognise(question)
        taken.append(1000 * (time.perf_counter() - start))
    assert statistics.median(taken) < MILLISECONDS
    assert WEIGHTS_FILE.stat().st_size <= 300_000


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys, assistant.asked as a; a.recognise('ai'); print(sorted(set(sys.modules) & set(sys.argv)))"
    )
    heavy = ["sklearn", "scipy", "torch", "onnxruntime", "chromadb", "llama_index", "matplotlib"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_questions_to_learn_from_are_well_formed_and_stand_in_neither_half() -> None:
    def words(text: str) -> tuple[str, ...]:
        return tuple(tokens(text))

    train = load_kinds("train")
    assert set(Counter(one.kind for one in train)) == set(KINDS)
    assert all(one.id.startswith(f"kr-{one.kind}-") for one in train)
    assert (
        len({one.id for one in train}) == len({fold(normalise(one.question)) for one in train}) == len(train)
    )
    halves = {fold(normalise(one.question)) for half in ("dev", "test") for one in load_kinds(half)}
    assert sum(fold(normalise(one.question)) in halves for one in train) == 0


RESULTS = [
    Recognised(Labelled("a", "Ai chủ trì?", "lead"), "typed", "lead", 0.9),
    Recognised(Labelled("b", "Ai phối hợp?", "cooperate"), "typed", "lead", 0.6),
    Recognised(Labelled("a", "Ai chủ trì?", "lead"), "bare", "lead", 0.9),
    Recognised(Labelled("b", "Ai phối hợp?", "cooperate"), "bare", "cooperate", 0.6),
]


def test_both_ways_of_typing_are_counted_apart_and_mistakes_are_named() -> None:
    assert (share(RESULTS, "typed"), share(RESULTS, "bare")) == (0.5, 1.0)
    table = render_table(RESULTS)
    assert "Ai chủ trì ×1" in table and table.endswith("≥ 93 % / 88 %): chưa đạt")
    assert render_pooled(RESULTS) == "2 câu: có dấu 50,0 %, không dấu 100,0 %"
    assert render_failures(RESULTS) == "✗ b [Ai phối hợp] → Ai chủ trì (60 %): Ai phối hợp?"


def test_marks_are_taken_off_by_the_measurement_itself() -> None:
    heard: list[str] = []

    def listen(question: str) -> tuple[str, float]:
        heard.append(question)
        return "lead", 1.0

    evaluate([Labelled("a", "Ai chủ trì?", "lead")], listen)
    assert heard == ["Ai chủ trì?", "ai chu tri?"]


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["kinds", "dev"], 0, "Mục tiêu (có dấu / không dấu"),
        (["kinds", "dev", "--pooled"], 0, "210 câu: có dấu"),
        (["kinds", "nosuch"], 2, "Không có bộ loại câu hỏi “nosuch”"),
    ],
)
def test_the_command_measures_a_half(
    argv: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == code
    said = capsys.readouterr()
    assert words in said.out + said.err


@pytest.mark.parametrize(
    ("line", "reason"),
    [("{", "no JSON"), ('{"id": "x", "question": "?"}', "no kind"),
     (json.dumps({"id": "x", "question": "?", "kind": "nosuch"}), "an unknown kind")],
)  # fmt: skip
def test_a_bad_file_of_kinds_is_named(line: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "kinds-dev.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(TrolyError, match=r"kinds-dev\.jsonl"):
        load_kinds("dev", tmp_path)
