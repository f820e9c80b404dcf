"""Promises about the whole: what the answering path imports, no network, the size of modules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.contract import ABSTENTION
from tests.conftest import ROOT
from tests.processes import Run, run_troly

QUESTION = "Ai chủ trì tuyên truyền cải cách hành chính?"
MAX_LINES = 400
HEAVY = {"torch", "transformers", "sentence_transformers", "gradio"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside the checkout."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def ingested(place: Path) -> Run:
    run = run_troly(["ingest"], place / "library", place)
    assert run.code == 0, run.err
    return run


@pytest.fixture(scope="module")
def asked(place: Path, ingested: Run) -> Run:
    run = run_troly(["ask", "--json", QUESTION], place / "library", place)
    assert run.code == 0, run.err
    return run


def test_a_fresh_library_answers_the_main_question_with_its_place(asked: Run) -> None:
    answer = json.loads(asked.out)
    assert answer["outcome"] == "answer"
    assert "Trung tâm Dịch vụ tổng hợp" in answer["answer"].splitlines()[0]
    assert answer["citations"][0]["id"].partition(":")[2].startswith("IV.5")


def test_asking_imports_neither_torch_nor_transformers_nor_gradio(asked: Run) -> None:
    assert asked.modules & HEAVY == set()


def test_ingesting_imports_neither_torch_nor_transformers_nor_gradio(ingested: Run) -> None:
    assert ingested.modules & HEAVY == set()


def test_ingesting_and_asking_never_try_the_network(ingested: Run, asked: Run) -> None:
    assert ingested.attempts + asked.attempts == ()


def test_the_network_guard_sees_an_attempt(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard itself: a command that does connect is refused and noted (port 9 of this machine)."""
    package = place / "guarded" / "assistant"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "cli.py").write_text(
        "import socket\ndef main():\n    socket.create_connection(('127.0.0.1', 9))\n", encoding="utf-8"
    )
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    run = run_troly([], place / "library", place)
    assert run.code != 0
    assert "socket.getaddrinfo" in {event for event, _ in run.attempts}


def test_a_module_has_at_most_400_lines() -> None:
    sizes = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for package in ("assistant", "corpus", "eval", "ingest", "tests")
        for path in (ROOT / package).rglob("*.py")
    }
    assert {name: size for name, size in sizes.items() if size > MAX_LINES} == {}


def test_the_abstention_sentence_is_written_once() -> None:
    """Code, tests and evaluation share the constant (DESIGN.md, "abstention"); a copy would drift."""
    copies = [
        path.relative_to(ROOT).as_posix()
        for package in ("assistant", "corpus", "eval", "ingest")
        for path in (ROOT / package).rglob("*.py")
        if ABSTENTION in path.read_text(encoding="utf-8")
    ]
    assert copies == ["assistant/contract.py"]
