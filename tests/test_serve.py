"""``troly serve`` as a process: it answers, stays small, never reaches out and stops when told to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import GUARD, run_troly

MAX_MEMORY_MB = 900
START_SECONDS = 60
QUESTION = "Ai chủ trì tuyên truyền cải cách hành chính?"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="stops the server by SIGINT")


@dataclass(frozen=True)
class Served:
    """A running server: its process, address and where it notes its uses of the network."""

    process: subprocess.Popen[str]
    address: str
    notes: Path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    library = tmp_path / "library"
    ingested = run_troly(["ingest"], library, tmp_path)
    assert ingested.code == 0, ingested.err
    port, notes = _free_port(), tmp_path / "notes-serve.json"
    command = [sys.executable, "-c", GUARD, "serve", "--port", str(port), str(notes)]
    environment = os.environ | {"TROLY_DATA_DIR": str(library), "PYTHONUTF8": "1"}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_SECONDS
    try:
        while True:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "the server did not start"
            try:
                httpx.get(address, timeout=10)
                break
            except httpx.TransportError:
                time.sleep(0.2)
        yield Served(process, address, notes)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=30)


def _ask(client: httpx.Client, session: str, fn_index: int, question: str) -> dict[str, Any]:
    """Return the last message of one question asked as the page asks it."""
    body = {"session_hash": session, "fn_index": fn_index, "data": [question, None, ""]}
    assert client.post("/gradio_api/queue/join", json=body).status_code == 200
    lines = client.get("/gradio_api/queue/data", params={"session_hash": session}).text.splitlines()
    messages = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    return next(m for m in reversed(messages) if m["msg"] == "process_completed")


def test_the_server_answers_stays_small_and_never_reaches_out(served: Served) -> None:
    with httpx.Client(base_url=served.address, timeout=60) as client:
        page = client.get("/").text
        # The page's configuration lists its events; the question box's is the one with "submit".
        config = json.loads(page.split("window.gradio_config = ", 1)[1].split(";</script>", 1)[0])
        asked = next(
            d["id"] for d in config["dependencies"] if [t[1] for t in d["targets"]][:1] == ["submit"]
        )
        for number in range(20):
            message = _ask(client, f"s{number % 4}", asked, QUESTION)
            assert message["success"] and "Trung tâm Dịch vụ tổng hợp" in json.dumps(
                message["output"], ensure_ascii=False
            )
    status = Path(f"/proc/{served.process.pid}/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        assert int(peak.split()[1]) / 1024 < MAX_MEMORY_MB
    served.process.send_signal(signal.SIGINT)
    out, err = served.process.communicate(timeout=20)
    assert "Trợ lý ảo đang chạy tại http://localhost" in out
    assert "Traceback" not in err
    assert json.loads(served.notes.read_text(encoding="utf-8"))["attempts"] == []


def test_without_a_library_the_server_says_what_to_do(tmp_path: Path) -> None:
    run = run_troly(["serve", "--port", str(_free_port())], tmp_path / "none", tmp_path)
    assert run.code == 3 and "troly ingest" in run.err
