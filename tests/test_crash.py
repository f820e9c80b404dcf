"""DESIGN.md, promise 2: killing ingestion at any moment leaves the last generation serving."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.engine import Assistant
from corpus.generation import find_current
from corpus.settings import Settings, get_settings
from ingest.pipeline import ingest

MOMENTS = 20
QUESTION = "Ai chủ trì trồng hoa hướng dương?"
# Everything is imported before "ready": the moments then fall into the ingestion itself, not into the
# seconds of imports in which nothing can be harmed.
CHILD = """
import sys
import chromadb, llama_index.core.ingestion, llama_index.vector_stores.chroma
import assistant.cli, corpus.embedding.llama, ingest.chunks, ingest.pipeline
print("ready", flush=True)
sys.stdin.readline()
sys.exit(assistant.cli.main(["ingest", sys.argv[1]]))
"""


def plan(version: int) -> str:
    """Return a plan whose every section says its version, so that a mixture would show."""
    sections = "\n\n".join(
        f"{n}. Nhiệm vụ số {n}\n\n- Thực hiện nội dung {n} theo phương án {version} trong năm 2026."
        for n in range(1, 25)
    )
    return (
        "ỦY BAN NHÂN DÂN XÃ THỬ NGHIỆM\n\nSố: 7/KH-UBND\n\nThử Nghiệm, ngày 02 tháng 3 năm 2026\n\n"
        "KẾ HOẠCH\n\nTrồng hoa hướng dương năm 2026\n\nI. NỘI DUNG\n\n"
        f"{sections}\n\nII. TỔ CHỨC THỰC HIỆN\n\n1. Phòng Kinh tế\n\n"
        f"Chủ trì trồng hoa hướng dương theo phương án {version}.\n"
    )


@pytest.fixture
def settings() -> Settings:
    return get_settings()


@contextlib.contextmanager
def child(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a process that is about to ingest ``path``; it is gone at the end, whatever happened."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def start(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None and process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("\n")
    process.stdin.flush()


def served_version(settings: Settings) -> str:
    """Return the version that a newly opened assistant answers with; the library must be all of one."""
    assistant = Assistant.open(settings)
    answer = assistant.ask(QUESTION)
    assert answer.outcome == "answer", answer.answer
    assert "Phòng Kinh tế" in answer.answer
    document = assistant.library.document(answer.citations[0].document_id)
    versions = {part.split()[0].rstrip(".") for part in document.text.split("phương án ")[1:]}
    assert len(versions) == 1, f"a mixture of versions: {versions}"
    (version,) = versions
    assert f"phương án {version}" in answer.citations[0].quote
    return version


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL and process groups are POSIX")
@pytest.mark.timeout(400)
def test_a_kill_at_any_moment_leaves_a_whole_generation_and_the_next_ingestion_succeeds(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "ke-hoach-hoa.txt"
    path.write_text(plan(0), encoding="utf-8")
    ingest(settings, [path])
    path.write_text(plan(1), encoding="utf-8")
    with child(path) as process:
        start(process)
        began = time.monotonic()
        assert process.wait(timeout=120) == 0
        whole = time.monotonic() - began
    assert served_version(settings) == "1"

    seed = random.randrange(10**6)
    chance = random.Random(seed)
    outcomes: list[str] = []
    with contextlib.ExitStack() as children:
        ready = children.enter_context(child(path))
        for moment in range(MOMENTS):
            # The next process imports while this one's leavings are looked at.
            process, ready = ready, children.enter_context(child(path))
            old, new = str(moment + 1), str(moment + 2)
            path.write_text(plan(moment + 2), encoding="utf-8")
            delay = whole * (moment + chance.random()) / MOMENTS  # one in each equal part of the time
            where = f"seed {seed}, moment {moment}: killed after {delay:.3f} s of {whole:.3f} s"
            start(process)
            time.sleep(delay)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=30)
            served = served_version(settings)
            assert served in (old, new), where
            outcomes.append("old" if served == old else "new")
            report = ingest(settings, [path])
            assert not report.refused, where
            assert served_version(settings) == new, where
    assert outcomes.count("old") >= MOMENTS // 2, f"the kills came too late to prove anything: {outcomes}"
    current = find_current(settings)
    assert current is not None
    left = sorted(folder.name for folder in current.folder.parent.iterdir())
    assert len(left) <= 2, f"leftovers of killed runs stay on the disk: {left}"


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL and process groups are POSIX")
def test_a_kill_during_the_very_first_ingestion_leaves_nothing_half_made(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "ke-hoach-hoa.txt"
    path.write_text(plan(0), encoding="utf-8")
    with child(path) as process:
        start(process)
        folder = settings.data_dir / "generations"
        deadline = time.monotonic() + 60
        while not (folder.is_dir() and any(folder.iterdir())) and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
    assert find_current(settings) is None, "the kill came when the generation was being made"
    ingest(settings, [path])
    assert served_version(settings) == "0"
