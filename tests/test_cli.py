"""The command line of DESIGN.md: shapes, order, exit codes, Vietnamese messages."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.citation import verify
from assistant.cli import main
from assistant.contract import Answer
from assistant.engine import Assistant
from corpus.settings import Settings, get_settings
from eval.gold import load_questions
from ingest.pipeline import ingest

KEYS = [
    "id", "question", "outcome", "answered", "answer", "kind", "basis", "as_of", "generation", "citations",
    "warnings", "follow_ups", "hints", "timings_ms",
]  # fmt: skip
CITATION_KEYS = {
    "id", "label", "document_id", "document", "title", "issuer", "issued", "quote", "spans", "page", "basis",
    "warnings",
}  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    ingest(Settings(data_dir=folder))
    return folder


@pytest.fixture
def here(library: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TROLY_DATA_DIR", str(library))
    get_settings.cache_clear()
    yield library
    get_settings.cache_clear()


def test_ask_json_has_the_public_shape(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--json", "Ai chủ trì tuyên truyền cải cách hành chính?"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert list(data) == KEYS
    assert data["outcome"] == "answer"
    assert data["answered"] is True
    first = data["citations"][0]
    assert set(first) == CITATION_KEYS
    assert first["document"] is None  # the plan has no number yet
    assert first["issued"] == "2026-04"
    assert set(data["timings_ms"]) == {"total", "embed", "search", "answer"}
    start, end = first["spans"][0]
    assert end - start == len(first["quote"])


def test_batch_keeps_order_and_goes_on_after_a_bad_line(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        "Hạn báo cáo?",
        "",
        '{"id": "q2", "question": "Ai ký kế hoạch?", "as_of": "2026-05-01"}',
        '{"id": "q3", "question"',
        '{"id": "q4"}',
        '{"id": "q5", "question": "Hạn báo cáo?", "as_of": "hôm qua"}',
        "Xin chào",
    ]
    path = tmp_path / "questions.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert main(["ask", "--batch", str(path)]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [a["outcome"] for a in answers] == ["answer", "answer", "error", "error", "error", "smalltalk"]
    assert [a["id"] for a in answers] == [None, "q2", None, "q4", "q5", None]
    assert answers[1]["as_of"] == "2026-05-01"
    assert all(list(a) == KEYS for a in answers)


def test_batch_reads_standard_input(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO("Hạn báo cáo?\n".encode()), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", stdin)
    assert main(["ask", "--batch", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "answer"


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        (["search", "--json", "cải cách hành chính"], {"query", "results"}),
        (["status", "--json"], {"generation", "manifest", "documents", "known_only"}),
        (["doctor", "--json"], {"checks"}),
    ],
)
def test_every_reading_command_takes_json(
    here: Path, capsys: pytest.CaptureFixture[str], command: list[str], keys: set[str]
) -> None:
    assert main(command) == 0
    assert set(json.loads(capsys.readouterr().out)) == keys


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "Thiếu tham số"),
        (["hoi"], 2, "Không có lệnh"),
        (["ask"], 2, "Hãy nêu một câu hỏi"),
        (["ask", "a", "--batch", "b"], 2, "không cả hai"),
        (["ask", "a", "--khong-co"], 2, "Không hiểu tham số"),
        (["ask", "a", "--as-of", "mai"], 2, "ngày phải có dạng"),
        (["ask", "--batch", "/khong/co/tep"], 1, "Không đọc được tệp câu hỏi"),
        (["search", "x", "--limit", "ba"], 2, "số nguyên"),
        (["ingest", "/khong/co"], 1, "Không có tệp này"),
    ],
)
def test_errors_are_vietnamese_and_have_their_exit_code(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    assert main(arguments) == code
    output = capsys.readouterr()
    assert said in output.err + output.out
    assert "Traceback" not in output.err


def test_without_a_library_the_message_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "Hạn báo cáo?"]) == 3
    assert "troly ingest" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["", "ingest", "status", "ask", "search", "serve", "doctor"])
def test_help_is_vietnamese(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*([command] if command else []), "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for english in ("usage:", "options:", "positional arguments", "show this help"):
        assert english not in text


def test_every_quote_of_every_question_is_verbatim(library: Path) -> None:
    assistant = Assistant.open(Settings(data_dir=library))
    for question in load_questions("all"):
        answer: Answer = assistant.ask(question.question)
        assert bool(answer.citations) == (answer.outcome == "answer"), question.question
        assert all(verify(assistant.library, citation) for citation in answer.citations), question.question


@pytest.mark.parametrize("odd", ["\udcff hạn báo cáo", "hạn\x00 báo cáo", "hạn báo cáo " * 9000])
def test_odd_arguments_are_answered(here: Path, capsys: pytest.CaptureFixture[str], odd: str) -> None:
    assert main(["ask", "--json", odd]) == 0
    assert json.loads(capsys.readouterr().out)["outcome"] in {"answer", "abstain"}


def test_a_setting_that_cannot_be_read_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TROLY_PORT", "abc")
    get_settings.cache_clear()
    assert main(["status"]) == 2
    assert "TROLY_PORT" in capsys.readouterr().err
