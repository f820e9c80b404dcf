"""Whole processes as the benchmark sees them: wall time of a command, peak memory of the server."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from corpus.errors import TrolyError
from corpus.settings import SHIPPED_MODEL, Settings

BARE: Final = """
import sys
import llama_index.core, chromadb, onnxruntime
from chromadb.config import Settings
from tokenizers import Tokenizer
folder, name, model, tokenizer = sys.argv[1:]
client = chromadb.PersistentClient(path=folder, settings=Settings(anonymized_telemetry=False))
client.get_collection(name, embedding_function=None).count()
onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
Tokenizer.from_file(tokenizer)
"""
"""The least that a process on these libraries has to do before it can take a question."""

_START_TIMEOUT_S: Final = 120
_ANSWER_TIMEOUT_S: Final = 60


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment of a child process that works on the same library."""
    return {**os.environ, "TROLY_DATA_DIR": str(settings.data_dir.resolve()), "PYTHONIOENCODING": "utf-8"}


def wall_seconds(command: Sequence[str], settings: Settings) -> float:
    """Run ``command`` to its end and return its wall time in seconds; raises TrolyError if it fails."""
    start = time.perf_counter()
    done = subprocess.run(command, env=environment(settings), capture_output=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        tail = done.stderr.decode("utf-8", "replace").strip()[-500:]
        raise TrolyError(f"Lệnh {' '.join(command[:4])} … thoát với mã {done.returncode}: {tail}")
    return seconds


def ask_command(question: str) -> list[str]:
    """Return the command line of a cold ``troly ask``."""
    return [sys.executable, "-m", "assistant.cli", "ask", question]


def bare_command(chroma: Path, collection: str) -> list[str]:
    """Return the command line of the bare process on the Chroma folder of a generation."""
    models = sorted(SHIPPED_MODEL.rglob("*.onnx"))
    tokenizers = sorted(SHIPPED_MODEL.rglob("tokenizer.json"))
    if not models or not tokenizers:
        raise TrolyError(f"Thiếu mô hình trong {SHIPPED_MODEL}. Hãy cài đặt lại.")
    return [sys.executable, "-c", BARE, str(chroma), collection, str(models[0]), str(tokenizers[0])]


def free_port() -> int:
    """Return a TCP port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running_server(settings: Settings) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start ``troly serve`` on a free port; yield the process and its address; stop it at the end.

    Raises TrolyError when it does not answer within two minutes.
    """
    port = free_port()
    command = [sys.executable, "-m", "assistant.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, env=environment(settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=10) as reply:
                if reply.status == 200:
                    break
            if process.poll() is not None or time.monotonic() > deadline:
                raise TrolyError(f"«troly serve» không trả lời (mã thoát {process.poll()}).")
            time.sleep(0.2)
        yield process, address
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _post(address: str, path: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{address}/gradio_api/{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Origin": address},
    )
    urllib.request.urlopen(request, timeout=_ANSWER_TIMEOUT_S).read()


def ask_page(address: str, question: str) -> str:
    """Ask the running page as a browser does, by the event of its question box.

    Returns the last message of the event stream. Raises TrolyError when the page has no such event,
    refuses the request, or does not finish.
    """
    try:
        with urllib.request.urlopen(address, timeout=_ANSWER_TIMEOUT_S) as reply:
            # gradio writes its configuration into the page; its /config route is closed here.
            _, _, script = reply.read().decode("utf-8").partition("window.gradio_config = ")
        config, _ = json.JSONDecoder().raw_decode(script)
        event = next(
            (
                (dependency["id"], target[0], len(dependency["inputs"]))
                for dependency in config["dependencies"]
                for target in dependency["targets"]
                if target[1] == "submit"
            ),
            None,
        )
        if event is None:
            raise TrolyError("Trang không có ô hỏi.")
        session = secrets.token_hex(5)
        body = {
            "data": [question] + [None] * (event[2] - 1),
            "event_data": None,
            "fn_index": event[0],
            "trigger_id": event[1],
            "session_hash": session,
        }
        _post(address, "queue/join", body)
        stream = f"{address}/gradio_api/queue/data?session_hash={session}"
        with urllib.request.urlopen(stream, timeout=_ANSWER_TIMEOUT_S) as reply:
            for line in reply:
                if line.startswith(b"data:"):
                    message = json.loads(line[5:])
                    if message["msg"] == "process_completed":
                        if not message.get("success"):
                            raise TrolyError("Trang báo lỗi khi trả lời.")
                        return str(message["output"])
    except (urllib.error.URLError, TimeoutError, KeyError, ValueError) as error:
        raise TrolyError(f"Không hỏi được trang: {error}") from error
    raise TrolyError("Trang không trả lời xong.")


def peak_memory_mb(process: subprocess.Popen[Any]) -> float | None:
    """Return the peak resident memory of ``process`` in MB (10^6 bytes); None where Linux does not say."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    except OSError:
        return None
    kilobytes = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), None)
    return None if kilobytes is None else int(kilobytes) * 1024 / 1e6
