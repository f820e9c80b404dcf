"""The benchmark's instruments: what they time, read and print."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.errors import TrolyError
from corpus.settings import get_settings
from eval.bench import interleave, render_result
from eval.processes import ask_page, free_port, peak_memory_mb, wall_seconds
from tests.fakes import sample_assistant, sample_library


def test_timing_gives_each_text_to_each_side_once_in_alternating_order() -> None:
    calls: list[str] = []
    ours, theirs = interleave(lambda t: calls.append(f"a{t}"), lambda t: calls.append(f"b{t}"), "12")
    assert calls == ["a1", "b1", "b2", "a2"]
    assert len(ours) == len(theirs) == 2


def test_a_slow_side_is_measured_as_slow() -> None:
    ours, theirs = interleave(lambda _: time.sleep(0.02), lambda _: None, "123")
    assert min(ours) >= 20 > max(theirs)


def test_the_wall_time_of_a_command_is_the_whole_process() -> None:
    command = [sys.executable, "-c", "import time; time.sleep(0.3)"]
    assert 0.3 <= wall_seconds(command, get_settings()) < 10


def test_a_command_that_fails_is_no_measurement() -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('hỏng rồi')"]
    with pytest.raises(TrolyError, match="hỏng rồi"):
        wall_seconds(command, get_settings())


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="/proc is Linux")
def test_peak_memory_remembers_what_was_given_back() -> None:
    script = "import sys; x = b'x' * 80_000_000; del x; print('ready', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        peak = peak_memory_mb(process)
        process.communicate()
    assert peak is not None and 80 < peak < 200


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    """The address of a running chat page over the small library."""
    import uvicorn

    from assistant.app.server import build_app

    app = build_app(get_settings(), sample_assistant(sample_library(tmp_path)))
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


def test_the_page_answers_the_benchmark_as_it_answers_a_browser(page: str) -> None:
    assert "Không có ở đâu cả?" in ask_page(page, "Không có ở đâu cả?")


def test_a_server_that_is_not_there_is_an_error_not_a_measurement() -> None:
    with pytest.raises(TrolyError, match="Không hỏi được trang"):
        ask_page(f"http://127.0.0.1:{free_port()}", "Có ai không?")


def test_the_table_says_which_goals_are_reached() -> None:
    sides = {"ours": {"median": 2.6, "p95": 3.0}, "theirs": {"median": 2.0, "p95": 2.1}}
    pair = {"unit": "s", "runs": 7, **sides, "ratio": 1.3, "goal": 1.3, "reached": True}
    memory = {"unit": "MB", "runs": 10, "ours": {"median": 950.0}, "goal": 900.0, "reached": False}
    machine = {"cpus": 2, "system": "Linux", "python": "3.11"}
    lines = render_result({"machine": machine, "cold": pair, "memory": memory}).splitlines()
    assert lines[-2].split("  ")[-1].strip() == "đạt" and "1,30" in lines[-2]
    assert lines[-1].endswith("chưa đạt") and "< 900" in lines[-1]
