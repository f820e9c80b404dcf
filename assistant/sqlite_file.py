"""One SQLite file that belongs to its owner alone: opened in WAL mode, brought up to date step by step."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from corpus.errors import TrolyError

Step = Callable[[sqlite3.Connection], None]
_BUSY_MS = 5000


def open_private(path: Path, steps: Sequence[Step], name: str, remedy: str) -> sqlite3.Connection:
    """Return a connection to ``path``, made where it is missing, its tables of the newest version.

    Step n brings a file of version n to n + 1; steps are never changed, only added. Raises ``TrolyError``
    ("Không mở được tệp <name> …", then ``remedy``) where it cannot be opened or is of a newer version.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            # Questions are personal: the file is its owner's alone from the first moment.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(
            path, timeout=_BUSY_MS / 1000, check_same_thread=False, isolation_level=None
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is gone from the file
        _migrate(connection, steps)
    except (sqlite3.Error, OSError) as error:
        raise TrolyError(f"Không mở được tệp {name} {path} ({error}). {remedy}") from error
    return connection


def _migrate(connection: sqlite3.Connection, steps: Sequence[Step]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(steps):
            raise sqlite3.DatabaseError("tệp của một bản mới hơn")
        for step in steps[version:]:
            step(connection)
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
