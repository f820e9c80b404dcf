"""Reading in a process of its own: a file that hangs, crashes or eats memory takes nothing else with it.

One long-lived worker reads file after file and is started anew after a failure. It hears one JSON line and
the file's bytes, and answers JSON lines: progress, then the source or the reason why not (JSON, not pickle:
what comes from a process that parses hostile files is data only). Memory is limited on Linux and macOS;
on Windows time alone is.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import IO, Any

from corpus.errors import TrolyError
from ingest.readers.base import Source

MEMORY_BYTES = 6 * 1024**3
"""Address space of the worker and of each program it starts; a 250-page .docx needs 0.5 GB, LibreOffice 3."""
SILENCE_S = 240.0
"""The worker is ended when it has said nothing for so long: longer than LibreOffice's own limit."""
TOTAL_S = 3 * 3600.0
"""For one file: a scan of 500 pages takes under an hour on two cores."""
_GRACE_S = 3.0  # between asking the worker to stop, with what it has started, and ending it
_FILES = 200  # files a worker reads before a fresh one takes over: leaks of parsers stay small
_ROOT = Path(__file__).resolve().parent.parent.parent

Progress = Callable[[str], None]


class ReadingProcess:
    """Reads files in a worker; use as a context manager, which ends the worker."""

    def __init__(self, *, silence_s: float = SILENCE_S, total_s: float = TOTAL_S) -> None:
        self._silence = silence_s
        self._total = total_s
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._read = 0

    def __enter__(self) -> ReadingProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the worker, so that it is ready when the first file comes."""
        if self._process is not None and self._process.poll() is None:
            return
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ingest.readers.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
            start_new_session=os.name == "posix",  # Ctrl-C is for the main process, which then ends us
        )
        self._answers = queue.Queue()
        self._read = 0
        threading.Thread(target=_pump, args=(self._process.stdout, self._answers), daemon=True).start()

    def close(self) -> None:
        """End the worker and what it has started."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            else:  # pragma: no cover
                process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if stream:
                    stream.close()

    def read(
        self, name: str, data: bytes, encoding: str | None = None, say: Progress = lambda _: None
    ) -> Source:
        """Return a file's text as ``ingest.readers.read_bytes`` does; ``say`` is told of progress.

        Raises ``TrolyError`` also for a file on which the worker hung, crashed or ran out of memory.
        """
        if self._read >= _FILES:
            self.close()
        self.start()
        self._read += 1
        process = self._process
        assert process is not None and process.stdin is not None
        head = json.dumps({"name": name, "size": len(data), "encoding": encoding})
        try:
            process.stdin.write(head.encode() + b"\n" + data)
            process.stdin.flush()
        except OSError:
            self.close()
            raise _crashed(name) from None
        began = time.monotonic()
        while True:
            left = began + self._total - time.monotonic()
            try:
                line = self._answers.get(timeout=max(0.0, min(self._silence, left)))
            except queue.Empty:
                self.close()
                raise TrolyError(
                    f"Đọc tệp {name} quá lâu nên đã dừng (có thể tệp bị hỏng hoặc là tệp phá hoại). "
                    "Hãy mở thử, lưu lại từ phần mềm gốc hoặc chia nhỏ rồi nạp lại."
                ) from None
            except BaseException:  # Ctrl-C: the worker would go on with the file
                self.close()
                raise
            if not line:
                self.close()
                raise _crashed(name)
            answer = json.loads(line)
            if "say" in answer:
                say(answer["say"])
            elif "error" in answer:
                raise TrolyError(answer["error"])
            else:
                source: Source = _adapter().validate_python(answer["source"])
                return source


def _crashed(name: str) -> TrolyError:
    return TrolyError(
        f"Tệp {name} làm bộ đọc dừng đột ngột hoặc cần quá nhiều bộ nhớ nên bị bỏ qua. "
        "Hãy mở thử, lưu lại từ phần mềm gốc hoặc chia nhỏ rồi nạp lại."
    )


def _pump(stream: IO[bytes] | None, answers: queue.Queue[bytes]) -> None:
    """Pass the worker's lines on; an empty one says that it has ended."""
    with contextlib.suppress(OSError, ValueError):
        for line in stream or ():
            answers.put(line)
    answers.put(b"")


def _adapter() -> Any:
    from pydantic import TypeAdapter

    global _ADAPTER
    if _ADAPTER is None:
        _ADAPTER = TypeAdapter(Source)
    return _ADAPTER


_ADAPTER: Any = None


# --- the worker ---------------------------------------------------------------------------------------


def limit_process() -> None:
    """Bound this process, which reads hostile files: its memory, no core files, an end with its parent."""
    if os.name != "posix":
        return
    import resource

    for kind, value in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (value, value))
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)  # lets "finally" end LibreOffice

    signal.signal(signal.SIGTERM, stop)


def _serve() -> None:
    from ingest.readers import read_bytes

    limit_process()
    adapter = _adapter()
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def answer(data: dict[str, Any]) -> None:
        answers.write(json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
        answers.flush()

    while head := sys.stdin.buffer.readline():
        asked = json.loads(head)
        data = sys.stdin.buffer.read(asked["size"])
        try:
            source = read_bytes(asked["name"], data, asked["encoding"], lambda text: answer({"say": text}))
            answer({"source": adapter.dump_python(replace(source, hints=dict(source.hints)), mode="json")})
        except TrolyError as error:
            answer({"error": str(error)})
        except MemoryError:
            answer({"error": str(_crashed(asked["name"]))})
        except Exception as error:  # a reader's own mistake is one file's bad luck, said with its kind
            answer(
                {
                    "error": f"Không đọc được tệp {asked['name']} (lỗi {type(error).__name__}). "
                    "Hãy mở thử, lưu lại từ phần mềm gốc rồi nạp lại."
                }
            )


if __name__ == "__main__":
    _serve()
