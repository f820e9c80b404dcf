"""``troly eval`` with a small fake assistant that honours ``assistant/contract.py``."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from assistant.contract import ABSTENTION, Answer
from corpus.errors import TrolyError
from corpus.model import Citation, Document
from eval.compare import compare
from eval.full_texts import FULL_TEXTS
from eval.gold import load_questions
from eval.run import main
from eval.table import percent, render, width

TEXT = "Phòng Kinh tế chủ trì cải cách tài chính công. Báo cáo trước ngày 05/12 hằng năm."
GOLD: list[dict[str, Any]] = [
    {"id": "d1", "category": "responsibility", "question": "Ai lo tài chính công?", "outcome": "answer",
     "facts": [["Phòng Kinh tế"]], "provisions": [["kh:IV.4.p1"]], "first": ["kh:IV.4.p1"]},
    {"id": "d2", "category": "deadlines", "question": "Hạn báo cáo?", "outcome": "answer",
     "facts": [["05/12"]], "provisions": [["kh:IV.6.p2"]], "first": ["kh:IV.6.p2"]},
    {"id": "d3", "category": "refuse", "question": "Giá vàng hôm nay?", "outcome": "abstain"},
    {"id": "d4", "category": "smalltalk", "question": "Chào bạn", "outcome": "smalltalk"},
]  # fmt: skip


class FakeLibrary:
    """One document with two provisions."""

    generation = "g-test"

    def documents(self) -> list[Document]:
        return [self.document("kh")]

    def document(self, document_id: str) -> Document:
        if document_id != "kh":
            raise TrolyError("Không có văn bản này.")
        return Document("kh", "Kế hoạch", None, "Kế hoạch thử", None, "2026", TEXT)

    def find_provision(self, identifier: str) -> object | None:
        return identifier if identifier in {"kh:IV.4.p1", "kh:IV.6.p2"} else None


@dataclass
class FakeAssistant:
    """Answers by a fixed table; "raise" makes it fail, an unknown question is refused."""

    table: dict[str, tuple[str, str]]
    library: FakeLibrary = field(default_factory=FakeLibrary)
    asked: list[str] = field(default_factory=list)

    def ask(self, question: str, as_of: str | None = None) -> Answer:
        self.asked.append(question)
        text, path = self.table.get(question, ("", ""))
        day = as_of or "2026-11-23"
        if text == "raise":
            raise RuntimeError("hỏng")
        if question == "Chào bạn":
            return Answer(question, "smalltalk", "Xin chào!", "smalltalk", None, day, "g-test")
        if not text:
            return Answer(question, "abstain", ABSTENTION, "abstain", None, day, "g-test")
        citation = Citation(f"kh:{path}", f"Mục {path}", "kh", None, "Kế hoạch thử", None, "2026", TEXT,
                            ((0, len(TEXT)),), None, "full_text")  # fmt: skip
        return Answer(question, "answer", text, "k", "full_text", day, "g-test", (citation,))


RIGHT = {
    "Ai lo tài chính công?": ("Phòng Kinh tế. [1]", "IV.4.p1"),
    "Hạn báo cáo?": ("Trước ngày 05/12 hằng năm. [1]", "IV.6.p2"),
}
WRONG = {
    "Ai lo tài chính công?": ("Phòng Nội vụ chủ trì 7 việc. [1]", "IV.6.p2"),
    "Hạn báo cáo?": ("raise", ""),
    "Giá vàng hôm nay?": ("Trước ngày 05/12 hằng năm.", "IV.6.p2"),
}


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """A folder of gold questions: two in dev, two in test."""
    for name, part in {"dev": GOLD[:2], "test": GOLD[2:]}.items():
        lines = (json.dumps(item, ensure_ascii=False) for item in part)
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def run_json(table: dict[str, tuple[str, str]], target: Path, questions: Path, *more: str) -> dict[str, Any]:
    argv = ["all", "--json", str(target), "--questions", str(questions), *more]
    assert main(argv, FakeAssistant(table)) == 0
    data: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return data


def test_a_right_assistant_scores_everything(questions: Path, tmp_path: Path) -> None:
    result = run_json(RIGHT, tmp_path / "out.json", questions)
    pooled = result["pooled"]
    measures = ("facts", "first", "needed", "precision", "decisions", "answered", "refused", "passed")
    assert [pooled[name] for name in measures] == [1.0] * len(measures)
    assert (pooled["fabricated"], pooled["broken_quotes"], pooled["errors"]) == (0, 0, 0)


def test_the_machine_form_holds_every_question_with_what_came(questions: Path, tmp_path: Path) -> None:
    result = run_json(WRONG, tmp_path / "out.json", questions)
    assert [one["id"] for one in result["results"]] == ["d1", "d2", "d3", "d4"]
    assert list(result["categories"]) == ["responsibility", "deadlines", "refuse", "smalltalk"]
    first = result["results"][0]
    assert first["answer"].startswith("Phòng Nội vụ")
    assert (first["cited"], first["first_right"]) == (["kh:IV.6.p2"], False)
    assert first["missing"] == [["Phòng Kinh tế"]]
    assert first["fabricated"] == ["phòng nội vụ", "7"]
    assert (result["generation"], result["suite"], result["unknown_gold"]) == ("g-test", "all", [])


def test_a_question_that_raises_is_an_error_and_the_rest_goes_on(questions: Path, tmp_path: Path) -> None:
    result = run_json(WRONG, tmp_path / "out.json", questions)
    assert result["results"][1]["outcome"] == "error"
    assert result["results"][1]["error"] == "RuntimeError: hỏng"
    assert result["results"][3]["passed"], "the question after the failure is still measured"
    assert result["pooled"]["errors"] == 1


@pytest.mark.parametrize(("suite", "ids"), [("dev", ["d1", "d2"]), ("test", ["d3", "d4"]), ("all", 4)])
def test_a_suite_asks_its_questions_and_no_others(suite: str, ids: list[str] | int, questions: Path) -> None:
    found = [question.id for question in load_questions(suite, questions)]
    assert found == ids if isinstance(ids, list) else len(found) == ids


@pytest.mark.parametrize("argv", [["dev", "--json", "-"], ["dev", "--json"], ["--json", "dev"]])
def test_standard_output_is_one_json_object(
    argv: list[str], questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*argv, "--questions", str(questions)], FakeAssistant(RIGHT)) == 0
    assert json.loads(capsys.readouterr().out)["pooled"]["questions"] == 2


def test_the_table_has_a_line_a_category_and_says_what_is_too_low(
    questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--questions", str(questions)], FakeAssistant(RIGHT))
    good = capsys.readouterr().out
    main(["--questions", str(questions)], FakeAssistant(WRONG))
    bad = capsys.readouterr().out
    assert [line.split("  ")[0] for line in good.splitlines()[2:7]] == [
        "Ai chủ trì", "Thời hạn", "Phải từ chối", "Chào hỏi", "Tất cả",
    ]  # fmt: skip
    assert "bịa 0): đạt" in good and "Dưới 85" not in good
    assert "bịa 0): chưa đạt" in bad
    assert "Dưới 85 %: Ai chủ trì (dữ kiện, trích dẫn đầu)" in bad


def test_failures_say_what_was_expected_and_what_came(
    questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--failures", "--questions", str(questions)], FakeAssistant(WRONG))
    out = capsys.readouterr().out
    for words in (
        "✗ d1 [Ai chủ trì] Ai lo tài chính công?",
        "thiếu dữ kiện: Phòng Kinh tế",
        "trích dẫn đầu mong đợi: kh:IV.4.p1 · nhận được: kh:IV.6.p2",
        "không có căn cứ: phòng nội vụ, 7",
        "lỗi: RuntimeError: hỏng",
        "mong đợi: từ chối · nhận được: trả lời",
    ):
        assert words in out
    assert "✗ d4" not in out


def test_a_comparison_names_gains_and_losses_by_question(
    questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = run_json(WRONG, tmp_path / "old.json", questions)
    new = run_json({**RIGHT, "Chào bạn": ("", "")}, tmp_path / "new.json", questions)
    found = compare(old, new)
    assert {gain["id"]: gain["measures"] for gain in found["gains"]} == {
        "d1": ["facts", "first", "needed", "fabricated"],
        "d2": ["decision", "facts", "first", "needed"],
        "d3": ["decision"],
    }
    assert found["losses"] == []
    back = compare(new, old)
    assert [loss["id"] for loss in back["losses"]] == ["d1", "d2", "d3"]
    assert back["pooled"]["facts"] == {"old": 1.0, "new": 0.0}
    capsys.readouterr()
    run_json(WRONG, tmp_path / "again.json", questions, "--compare", str(tmp_path / "new.json"))
    out = capsys.readouterr().out
    assert "Kém đi: 3 câu" in out and "- d3 (quyết định): Giá vàng hôm nay?" in out


def test_questions_of_one_run_alone_are_listed_not_compared(questions: Path, tmp_path: Path) -> None:
    old = run_json(WRONG, tmp_path / "old.json", questions, "--category", "deadlines")
    new = run_json(RIGHT, tmp_path / "new.json", questions, "--category", "refuse", "--category", "deadlines")
    found = compare(old, new)
    assert (found["only_old"], found["only_new"]) == ([], ["d3"])
    assert [gain["id"] for gain in found["gains"]] == ["d2"]


def test_gold_that_the_library_does_not_hold_is_named(questions: Path, tmp_path: Path) -> None:
    slip = {**GOLD[0], "id": "d5", "provisions": [["kh:IX"]], "first": ["kh:IX", "kh:IV.4.p1"]}
    with (questions / "dev.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(slip, ensure_ascii=False) + "\n")
    assert run_json(RIGHT, tmp_path / "out.json", questions)["unknown_gold"] == ["kh:IX"]


@pytest.mark.parametrize(
    ("line", "words", "reason"),
    [
        ("{", "dòng 3", "no JSON"),
        ('{"id": "x", "category": "c", "question": "?"}', "outcome", "a field is missing"),
        ('{"id": "x", "category": "c", "question": "?", "outcome": "maybe"}', "maybe", "no such outcome"),
        ('{"id": "x", "category": "c", "question": "?", "outcome": "answer"}', "provisions", "no gold"),
        (json.dumps(GOLD[0]), "trùng", "an id twice"),
    ],
)
def test_a_bad_question_file_stops_the_run_and_names_the_line(
    line: str, words: str, reason: str, questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (questions / "dev.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    assistant = FakeAssistant(RIGHT)
    assert main(["dev", "--questions", str(questions)], assistant) == 1
    assert words in capsys.readouterr().err, reason
    assert not assistant.asked, "nothing is measured on half a file"


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["nosuch"], 2, "Không có bộ câu hỏi"),
        (["--nosuch"], 2, "Không hiểu tham số: --nosuch"),
        (["--compare", "/no/such/file"], 1, "Không đọc được kết quả cũ"),
        (["--category", "nosuch"], 1, "Không có câu hỏi nào"),
    ],
)
def test_a_wrong_call_is_refused_in_vietnamese(
    argv: list[str], code: int, words: str, questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*argv, "--questions", str(questions)], FakeAssistant(RIGHT)) == code
    assert words in capsys.readouterr().err


def test_a_table_lines_up_with_combining_marks() -> None:
    lines = render(["Nhóm", "Số"], [["tiếng Việt", "1"], ["tie\u0302\u0301ng", "22"]]).splitlines()
    assert len({width(line) for line in lines}) == 1


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (1.0, "100,0 %"), (0.9749, "97,5 %"), (0.0, "0,0 %")]
)
def test_shares_are_printed_the_vietnamese_way(value: float | None, text: str) -> None:
    assert percent(value) == text


class LawLibrary(FakeLibrary):
    """All texts that the questions on full texts need; those named in ``cards`` as summaries only."""

    def __init__(self, cards: set[str], absent: set[str]) -> None:
        self.cards, self.absent = cards, absent

    def documents(self) -> list[Document]:
        one = self.document("kh")
        held = [id_ for id_ in FULL_TEXTS if id_ not in self.absent]
        return [replace(one, id=id_, basis="card" if id_ in self.cards else "full_text") for id_ in held]


@pytest.fixture
def law_questions(questions: Path) -> Path:
    for name in ("laws-dev", "laws-test", "refuse-dev", "refuse-test"):
        (questions / f"{name}.jsonl").write_text((questions / "dev.jsonl").read_text(encoding="utf-8"))
    return questions


def test_a_suite_on_full_texts_says_which_are_missing_instead_of_printing_zeros(
    law_questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assistant = FakeAssistant(RIGHT, LawLibrary(cards={"nd-150-2025-nd-cp"}, absent={"luat-58-2010-qh12"}))
    assert main(["laws-test", "--questions", str(law_questions)], assistant) == 1
    said = capsys.readouterr()
    assert said.out == "" and assistant.asked == []
    assert "chưa có toàn văn của 2 văn bản" in said.err
    assert "- Luật Viên chức 58/2010/QH12\n- Nghị định 150/2025/NĐ-CP\n" in said.err
    line = "troly ingest ../shared/corpus/law/58-2010-QH12.txt ../shared/corpus/law/150_2025_ND-CP.md"
    assert said.err.rstrip().endswith(line)


@pytest.mark.parametrize(
    ("suite", "library"),
    [
        ("laws-dev", LawLibrary(set(), set())),  # every text is held
        ("refuse-test", FakeLibrary()),  # asked of what ships, needs no more
    ],
)
def test_a_suite_is_measured_where_the_library_holds_what_it_asks(
    suite: str, library: FakeLibrary, law_questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([suite, "--questions", str(law_questions)], FakeAssistant(RIGHT, library)) == 0
    assert "Tất cả" in capsys.readouterr().out
