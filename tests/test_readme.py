"""The README: its commands run, its answers are what the program prints today, what it names exists."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assistant import cli
from corpus.catalog import load_catalog
from corpus.lexicons import load_lexicons
from corpus.settings import Settings
from tests.conftest import ROOT
from tests.makers import make_docx
from tests.processes import Run, run_troly

README = (ROOT / "README.md").read_text(encoding="utf-8")
_FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
ELISION = "[…]"
# What the README writes for a user's own file or folder, and what these tests put there.
FILE, FOLDER, APPENDIX = "TỆP", "THƯ_MỤC", "PHỤ_LỤC"


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of a language, their indentation taken off."""
    return [
        re.sub(rf"^{m[1]}", "", m[3], flags=re.MULTILINE) for m in _FENCE.finditer(README) if m[2] == language
    ]


def section(title: str) -> str:
    """Return the text between one second-level heading and the next."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no section «{title}»"
    return found[1]


def named_commands() -> list[str]:
    """Return every command line of the README: in shell blocks, after a prompt, and between backquotes."""
    shell = [line.partition("#")[0] for block in blocks("sh") for line in block.splitlines()]
    prompted = [
        line[2:] for block in blocks("console") for line in block.splitlines() if line.startswith("$ ")
    ]
    inline = re.findall(r"`([^`\n]+)`", _FENCE.sub("", README))
    return [
        line.strip()
        for line in (*shell, *prompted, *inline)
        if line.startswith(("troly ", "python -m ", "make "))
    ]


@dataclass(frozen=True)
class Shown:
    """A question that the README asks, and the lines it shows as the answer."""

    question: str
    lines: tuple[str, ...]


def shown_answers() -> list[Shown]:
    """Return the answers of the README, in order."""
    found = []
    for block in blocks("console"):
        command, *lines = block.splitlines()
        asked = shlex.split(command.removeprefix("$ "))
        assert asked[:2] == ["troly", "ask"] and len(asked) == 3, command
        found.append(Shown(asked[2], tuple(lines)))
    return found


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data folder of a library with what ships and nothing else."""
    folder = tmp_path_factory.mktemp("shipped") / "data"
    ingested = run_troly(["ingest"], folder, folder.parent)
    assert ingested.code == 0, ingested.err
    return folder


@pytest.fixture(scope="module")
def told(shipped: Path) -> dict[str, Any]:
    """Return what the program answers today to each question of the README."""
    questions = shipped.parent / "questions.txt"
    questions.write_text("\n".join(shown.question for shown in shown_answers()), encoding="utf-8")
    run = run_troly(["ask", "--batch", str(questions)], shipped, shipped.parent)
    assert run.code == 0, run.err
    return {answer["question"]: answer for answer in map(json.loads, run.out.splitlines())}


@pytest.mark.parametrize("shown", shown_answers(), ids=lambda shown: shown.question)
def test_shown_answer_is_what_the_program_prints_today(shown: Shown, told: dict[str, Any]) -> None:
    assert ELISION not in shown.lines[0], "the first line answers; it is never shortened"
    assert told[shown.question]["answer"].splitlines()[0] == shown.lines[0]


def test_shown_answers_are_one_direct_one_inferred_and_one_refusal(told: dict[str, Any]) -> None:
    assert [(answer["outcome"], answer["basis"]) for answer in told.values()] == [
        ("answer", "full_text"), ("answer", "inferred"), ("abstain", None),
    ]  # fmt: skip


def test_ask_prints_the_answer_before_anything_else(shipped: Path, told: dict[str, Any]) -> None:
    question, answer = next(iter(told.items()))
    printed = run_troly(["ask", question], shipped, shipped.parent)
    assert printed.code == 0 and printed.out.startswith(answer["answer"])


def test_commands_for_adding_documents_run_as_written(tmp_path: Path) -> None:
    folder = tmp_path / "van-ban"
    folder.mkdir()
    file = make_docx(tmp_path / "qd.docx", ["QUYẾT ĐỊNH", "Về việc thử", "Điều 1. Thử nạp một tệp."])
    make_docx(folder / "tb.docx", ["THÔNG BÁO", "Về việc thử", "1. Thử nạp một thư mục."])
    appendix = make_docx(tmp_path / "pl.docx", ["PHỤ LỤC", "NHIỆM VỤ TRỌNG TÂM", "1. Thử gắn phụ lục."])
    stands_for = {FILE: str(file), FOLDER: str(folder), APPENDIX: str(appendix)}
    lines = [line for line in blocks("sh")[1].splitlines() if line.strip()]
    assert all(line.startswith("troly ") for line in lines) and len(lines) >= 4
    library, runs = tmp_path / "data", list[Run]()
    for line in lines:
        arguments = [stands_for.get(word, word) for word in shlex.split(line, comments=True)[1:]]
        runs.append(run_troly(arguments, library, tmp_path))
        assert runs[-1].code == 0, f"{line}: {runs[-1].err}"
    status = runs[-2].out
    assert "Quyết định" in status and "Thông báo" in status, "both files are in the library"
    assert "Phụ lục nhiệm vụ trọng tâm chưa có" not in status, "the appendix is no longer missing"
    assert "Không có gì thay đổi" in runs[-1].out


def test_picture_names_the_files_of_a_library(shipped: Path) -> None:
    (picture,) = blocks("text")
    generation = json.loads((shipped / "current.json").read_text(encoding="utf-8"))["generation"]
    for path in (shipped / "generations" / generation).iterdir():
        assert path.name in picture, "every part of a generation is in the picture"


@pytest.mark.parametrize("line", sorted({c for c in named_commands() if c.startswith("troly ")}))
def test_named_troly_command_exists_with_its_options(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = line.split()[1:]
    # Three suites of ``eval`` have options of their own.
    command = words[:2] if words[1:2] in (["dialogues"], ["retrieval"], ["kinds"]) else words[:1]
    with pytest.raises(SystemExit) as stopped:
        cli.main([*command, "--help"])
    assert stopped.value.code == 0
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    assert set(re.findall(r"--[a-z-]+", line)) <= known


@pytest.mark.parametrize("line", sorted({c for c in named_commands() if c.startswith("python -m ")}))
def test_named_module_can_be_run(line: str) -> None:
    name = line.split()[2]
    if name == "venv":
        return
    found = importlib.util.find_spec(name)
    assert found is not None and found.origin is not None, f"there is no module {name}"
    assert '__name__ == "__main__"' in Path(found.origin).read_text(encoding="utf-8")


@pytest.mark.parametrize("line", sorted({c for c in named_commands() if c.startswith("make ")}))
def test_named_make_target_exists(line: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(line.split()[1])}:", makefile, re.MULTILINE)


def test_every_command_and_setting_is_in_the_tables() -> None:
    tables = section("Lệnh, cấu hình, mã thoát")
    usage = cli.build_parser().format_help()
    commands = set(re.findall(r"^    ([a-z]+) +\S", usage, re.MULTILINE))
    assert commands and set(re.findall(r"^\| `troly ([a-z]+)", tables, re.MULTILINE)) == commands
    settings = {f"TROLY_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"`(TROLY_[A-Z_]+)`", tables)) == settings


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["doctor"], 1),
        (["khong-co-lenh"], 2),
        (["ask"], 2),
        (["status"], 3),
        (["stop"], 130),
    ],
)
def test_exit_codes_are_those_of_the_table(
    arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine without a library; "stop" stands for a user's Ctrl+C."""
    if arguments == ["stop"]:

        def interrupted(*_: object) -> int:
            raise KeyboardInterrupt

        monkeypatch.setattr(cli, "_run", interrupted)
        arguments = ["status"]
    try:
        given = cli.main(arguments)
    except SystemExit as stopped:  # argparse leaves this way after --help
        given = int(str(stopped.code))
    assert given == code
    assert f"\n| {code} |" in section("Lệnh, cấu hình, mã thoát")


def test_overlay_examples_are_taken_as_written(data_dir: Path) -> None:
    for block in blocks("toml"):
        target = data_dir / block.splitlines()[0].removeprefix("# ")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block, encoding="utf-8")
    settings = Settings(data_dir=data_dir)
    entry = load_catalog(settings).entries["qd-12-qd-ubnd-binh-lu-2026-05-04"]
    assert (entry.number, entry.issued) == ("12/QĐ-UBND", "2026-05-04")
    lexicons = load_lexicons(settings)
    assert lexicons.expand("kế hoạch CĐS", question=True) == "kế hoạch chuyển đổi số"
    assert lexicons.canonical_unit("xã đội") == "Ban Chỉ huy Quân sự xã"


def test_links_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-")
        for h in re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)\s]+)\)", README):
        known = target[1:] in headings if target.startswith("#") else (ROOT / target).is_file()
        assert known, f"{target} is neither a heading nor a file"


def test_english_summary_closes_the_readme_in_half_a_page() -> None:
    titles = re.findall(r"^## (.+)$", README, re.MULTILINE)
    assert titles[-1] == "English summary"
    assert 150 <= len(section("English summary").split()) <= 330
