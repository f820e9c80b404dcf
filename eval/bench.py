"""``python -m eval.bench``: time and memory against the libraries we stand on, in one run.

Each figure is taken side by side with what it is compared to, run by run in turn, so that a busy
machine slows both: whole answers against a stock LlamaIndex pipeline's bare retrieval (warm), a cold
``troly ask`` against a bare process, and the peak memory of ``troly serve``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from corpus.errors import TrolyError
from corpus.generation import COLLECTION, require_current
from corpus.settings import Settings, get_settings, silence_third_parties
from eval.gold import Question, load_questions
from eval.metrics import percentile
from eval.processes import (
    ask_command,
    ask_page,
    bare_command,
    peak_memory_mb,
    running_server,
    wall_seconds,
)
from eval.table import number, render

WARM_GOAL: Final = 1.0
COLD_GOAL: Final = 1.3
MEMORY_GOAL_MB: Final = 900.0
_WARM_UP: Final = ("xin kể tên các văn bản", "ai ký kế hoạch này", "chỉ tiêu đến năm 2030")
_COLD_QUESTION: Final = "Ai chủ trì tuyên truyền cải cách hành chính?"
_SERVED: Final = 10  # questions asked of the page before its memory is read


def interleave(
    first: Callable[[str], object], second: Callable[[str], object], texts: Sequence[str]
) -> tuple[list[float], list[float]]:
    """Time both callables on every text, in turn and in alternating order; return milliseconds.

    Each text is given to each callable exactly once, so that no cache of either can help.
    """
    times: tuple[list[float], list[float]] = ([], [])
    calls = (first, second)
    for turn, text in enumerate(texts):
        for index in (0, 1) if turn % 2 == 0 else (1, 0):
            start = time.perf_counter()
            calls[index](text)
            times[index].append(1000 * (time.perf_counter() - start))
    return times


def _pair(ours: Sequence[float], theirs: Sequence[float], unit: str, goal: float) -> dict[str, Any]:
    ratio = statistics.median(ours) / statistics.median(theirs)
    return {
        "unit": unit,
        "runs": len(ours),
        "ours": {"median": statistics.median(ours), "p95": percentile(ours, 0.95)},
        "theirs": {"median": statistics.median(theirs), "p95": percentile(theirs, 0.95)},
        "ratio": ratio,
        "goal": goal,
        "reached": ratio <= goal,
    }


def bench_warm(settings: Settings, questions: Sequence[Question]) -> dict[str, Any]:
    """Time whole answers against the stock pipeline's bare retrieval, warm, in milliseconds."""
    from assistant.engine import Assistant
    from corpus.embedding import load_embedder
    from eval.baseline import StockPipeline

    assistant = Assistant.open(settings)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        stock = StockPipeline(assistant.library, load_embedder(settings), Path(folder))
        interleave(assistant.ask, stock.retrieve, _WARM_UP)
        ours, theirs = interleave(assistant.ask, stock.retrieve, [q.question for q in questions])
    return _pair(ours, theirs, "ms", WARM_GOAL)


def bench_cold(settings: Settings, runs: int) -> dict[str, Any]:
    """Time a cold ``troly ask`` against the bare process (``eval.processes.BARE``), in seconds."""
    commands = (
        ask_command(_COLD_QUESTION),
        bare_command(require_current(settings).chroma_path, COLLECTION),
    )
    for command in commands:
        wall_seconds(command, settings)  # the first run of each reads its files from disk
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(runs):
        for index in (0, 1) if turn % 2 == 0 else (1, 0):
            times[index].append(wall_seconds(commands[index], settings))
    return _pair(*times, "s", COLD_GOAL)


def bench_memory(settings: Settings, questions: Sequence[Question]) -> dict[str, Any]:
    """Serve the page, ask a few questions as a browser does, and return the process's peak memory."""
    with running_server(settings) as (process, address):
        for question in questions[:_SERVED]:
            ask_page(address, question.question)
        peak = peak_memory_mb(process)
    return {
        "unit": "MB",
        "runs": min(_SERVED, len(questions)),
        "ours": {"median": peak},
        "goal": MEMORY_GOAL_MB,
        "reached": None if peak is None else peak < MEMORY_GOAL_MB,
    }


_PARTS: Final = {
    "warm": "Cả câu trả lời / LlamaIndex chỉ tìm (ms)",
    "cold": "troly ask từ đầu / tiến trình trống (s)",
    "memory": "Bộ nhớ cao nhất của troly serve (MB)",
}


def render_result(result: dict[str, Any]) -> str:
    """Return the table of one run."""
    rows = []
    for key, name in _PARTS.items():
        part = result.get(key)
        if part is None:
            continue
        digits = {"ms": 1, "s": 2, "MB": 0}[part["unit"]]
        theirs = part.get("theirs", {})
        rows.append([
            name,
            str(part["runs"]),
            number(part["ours"]["median"], digits),
            number(part["ours"].get("p95"), digits),
            number(theirs.get("median"), digits),
            number(theirs.get("p95"), digits),
            number(part.get("ratio"), 2),
            "< " + number(part["goal"]) if part["unit"] == "MB" else "≤ " + number(part["goal"], 1),
            {True: "đạt", False: "chưa đạt", None: "không đo được"}[part["reached"]],
        ])  # fmt: skip
    header = ["Phép đo", "Lượt", "Trung vị", "p95", "Đối chiếu", "p95", "Tỷ lệ", "Mục tiêu", "Kết quả"]
    machine = result["machine"]
    return f"{machine['cpus']} lõi, {machine['system']}, Python {machine['python']}\n\n{render(header, rows)}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit code (0 also where a goal is missed: it only measures)."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description="Đo thời gian và bộ nhớ.")
    parser.add_argument("--json", metavar="TỆP", help="ghi kết quả cho máy đọc; “-” là ra màn hình")
    parser.add_argument("--runs", type=int, default=7, help="số lượt đo tiến trình (mặc định 7)")
    parser.add_argument("--questions", type=int, default=100, help="số câu đo thời gian trả lời")
    parser.add_argument("--only", choices=list(_PARTS), action="append", help="chỉ đo phần này")
    options = parser.parse_args(argv)
    silence_third_parties()
    settings = get_settings()
    parts = options.only or list(_PARTS)
    result: dict[str, Any] = {
        "machine": {
            "cpus": os.cpu_count(),
            "system": platform.platform(terse=True),
            "python": platform.python_version(),
        }
    }
    try:
        asked = [question for question in load_questions("all") if question.outcome == "answer"]
        # Every n-th question, so that all categories are in.
        asked = asked[:: max(1, len(asked) // options.questions)]
        if "memory" in parts:
            result["memory"] = bench_memory(settings, asked)
        if "cold" in parts:
            result["cold"] = bench_cold(settings, options.runs)
        if "warm" in parts:
            result["warm"] = bench_warm(settings, asked)
    except TrolyError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    text = json.dumps(result, ensure_ascii=False, indent=1)
    if options.json == "-":
        print(text)
        return 0
    print(render_result(result))
    if options.json:
        Path(options.json).write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
