"""Runs ``troly`` in a process of its own, as a user's shell would, with the network out of reach."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

# The hook refuses and notes every use of the network by Python code; names of top-level modules tell
# what was imported. Unix sockets stay: asyncio wakes itself through one.
GUARD = """
import atexit, json, os, socket, sys

attempts = []
EVENTS = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
          "socket.gethostbyname", "socket.gethostbyaddr", "urllib.Request"}

def hook(event, args):
    if event not in EVENTS or getattr(args[0], "family", None) == getattr(socket, "AF_UNIX", -1):
        return
    attempts.append([event, repr(args[1:] if event == "socket.connect" else args)])
    raise PermissionError(f"network use in a test: {event} {args!r}")

def note(path):
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"attempts": attempts, "modules": sorted({m.partition(".")[0] for m in sys.modules})}, file)

atexit.register(note, sys.argv.pop())
sys.addaudithook(hook)
sys.argv[0] = "troly"
from assistant.cli import main
sys.exit(main())
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What one guarded ``troly`` call did."""

    code: int
    out: str
    err: str
    attempts: tuple[tuple[str, str], ...]  # audit event, its arguments
    modules: frozenset[str]  # top-level names in sys.modules at exit


@functools.cache
def no_network_prefix() -> tuple[str, ...]:
    """Return a command prefix that takes the network away (a namespace without one), () where not allowed."""
    unshare = shutil.which("unshare")
    if (
        unshare is None
        or subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode
    ):
        return ()
    return (unshare, "-rn")


def run_troly(arguments: list[str], data_dir: Path, cwd: Path, timeout: float = 100) -> Run:
    """Run ``troly ARGUMENTS`` on the library in ``data_dir`` and return what it printed and touched."""
    notes = cwd / "notes.json"
    notes.unlink(missing_ok=True)
    command = [*no_network_prefix(), sys.executable, "-c", GUARD, *arguments, str(notes)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TROLY_")}
    environment |= {"TROLY_DATA_DIR": str(data_dir), "PYTHONUTF8": "1"}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        timeout=timeout,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    noted = json.loads(notes.read_text(encoding="utf-8"))
    return Run(
        code=done.returncode,
        out=done.stdout,
        err=done.stderr,
        attempts=tuple((event, what) for event, what in noted["attempts"]),
        modules=frozenset(noted["modules"]),
    )
