"""The command line within a conversation, and what it writes to files."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from assistant.cli import main
from corpus.settings import get_settings

QUESTION = "Ai chủ trì tuyên truyền cải cách hành chính?"
PLAN = "kh-ubnd-binh-lu-2026-04"
Troly = Callable[..., tuple[int, str, str]]


@pytest.fixture
def troly(shipped: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Troly:
    """Return a function that runs a command on the shipped library: exit code, output, errors."""
    monkeypatch.setenv("TROLY_DATA_DIR", str(shipped))
    get_settings.cache_clear()

    def run(*arguments: str) -> tuple[int, str, str]:
        code = 0
        with contextlib.suppress(SystemExit):
            code = main(arguments)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def _batch(troly: Troly, tmp_path: Path, rows: list[Any]) -> list[dict[str, Any]]:
    file = tmp_path / "batch.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    code, out, err = troly("ask", "--batch", str(file))
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def test_a_batch_line_leans_on_its_history_or_its_conversation(troly: Troly, tmp_path: Path) -> None:
    rows = _batch(troly, tmp_path, [
        {"id": 1, "question": "còn ai phối hợp?", "history": [QUESTION]},
        {"id": 2, "question": QUESTION, "conversation": "a"},
        {"id": 3, "question": "SIPAS là gì?", "conversation": "b"},
        {"id": 4, "question": "còn ai phối hợp?", "conversation": "a"},
        {"id": 5, "question": "điều đó ở văn bản nào?", "conversation": "b", "suggest": True},
        {"id": 6, "question": "x", "history": "không phải danh sách"},
        {"id": 7, "question": "x", "conversation": {}},
        {"id": 8, "question": QUESTION},
    ])  # fmt: skip
    assert [row["id"] for row in rows] == list(range(1, 9))
    assert rows[0]["citations"][0]["id"] == rows[3]["citations"][0]["id"] == f"{PLAN}:IV.5.p2"
    assert rows[0]["conversation"] is None and rows[3]["conversation"] == "a" and rows[3]["understood"]
    assert rows[4]["citations"][0]["id"] == f"{PLAN}:IV.1.p2", "conversations of one batch do not mix"
    assert rows[4]["follow_ups"]
    assert rows[5]["outcome"] == rows[6]["outcome"] == "error" and "history" in rows[5]["answer"]
    assert rows[7]["understood"] is None, "a line without either stands alone"


def test_one_question_after_others_tells_how_it_was_understood(troly: Troly) -> None:
    code, out, _ = troly("ask", "còn ai phối hợp?", "--after", QUESTION)
    assert code == 0 and out.startswith("Hiểu là: Tuyên truyền cải cách hành chính: ai phối hợp?\n")
    assert "Văn phòng HĐND và UBND xã" in out
    code, out, _ = troly("ask", "Nghị quyết 66 quy định gì?")
    assert code == 0 and "1. Nghị quyết 66/NQ-CP" in out and "2. Nghị quyết 66.7/2025/NQ-CP" in out


def test_an_answer_is_written_as_a_word_file(troly: Troly, tmp_path: Path) -> None:
    target = tmp_path / "trả lời.docx"
    code, out, _ = troly("ask", QUESTION, "--docx", str(target))
    assert code == 0 and str(target) in out
    assert f"Câu hỏi: {QUESTION}" in [p.text for p in docx.Document(str(target)).paragraphs]
    code, _, err = troly("ask", QUESTION, "--docx", str(tmp_path / "không có" / "x.docx"))
    assert code == 1 and "không có" in err and "Traceback" not in err
    assert troly("ask", "--batch", "-", "--docx", str(target))[0] == 2


def test_tasks_are_listed_and_written_as_a_spreadsheet(troly: Troly, tmp_path: Path) -> None:
    code, out, _ = troly("tasks", "--unit", "phong kinh te", "--document", PLAN)
    assert code == 0 and out.count("- Phòng Kinh tế, chủ trì:") >= 3 and "Mục IV.4" in out
    target = tmp_path / "nhiệm vụ.xlsx"
    code, out, _ = troly("tasks", "--unit", "Phòng Kinh tế", "--xlsx", str(target), "--json")
    told = json.loads(out)
    sheet = openpyxl.load_workbook(target).active
    assert code == 0 and sheet.max_row == told["total"] + 1 > 1
    assert troly("tasks", "--unit", "Phòng không có")[1] == "Không có nhiệm vụ nào khớp.\n"
    code, _, err = troly("tasks", "--role", "boss")
    assert code == 2 and "boss" in err
