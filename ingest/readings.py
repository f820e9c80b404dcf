"""What slow files were read as, remembered: a scan is recognised once, an old .doc converted once.

Readings lie in one SQLite file beside the generations, keyed by the file's bytes and the readers' code.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from pathlib import Path, PurePath

from pydantic import TypeAdapter, ValidationError

from ingest.readers import Source
from ingest.readers.worker import ReadingProcess

_SLOW_S = 1.0  # reading again is cheaper than remembering what took less
_KEPT = 500  # readings; the oldest go


class Readings:
    """Reads files in a worker process, and remembers what took long. Close it when done."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "readings.sqlite"
        self._worker = ReadingProcess()

    def start(self) -> None:
        """Start the worker, so that it is ready when the first file comes."""
        self._worker.start()

    def close(self) -> None:
        """End the worker."""
        self._worker.close()

    def read(self, name: str, data: bytes, encoding: str | None, say: Callable[[str], None]) -> Source:
        """Return a file's text; raises ``TrolyError`` as ``ingest.readers.read_bytes`` does."""
        digest = hashlib.sha256(data).hexdigest()
        key = f"{digest}:{PurePath(name).suffix.lower()}:{encoding}:{_readers()}"
        known = self._known(key)
        if known is not None:
            return replace(known, name=name)
        began = time.monotonic()
        source = self._worker.read(name, data, encoding, say)
        if time.monotonic() - began > _SLOW_S:
            self._remember(key, source)
        return source

    def _known(self, key: str) -> Source | None:
        if not self._path.is_file():
            return None
        try:
            with closing(self._open()) as connection:
                row = connection.execute("SELECT source FROM readings WHERE key = ?", (key,)).fetchone()
            return _adapter().validate_json(zlib.decompress(row[0])) if row else None
        except (sqlite3.Error, zlib.error, ValidationError):
            return None  # damaged: the file is read again

    def _remember(self, key: str, source: Source) -> None:
        packed = zlib.compress(_adapter().dump_json(replace(source, hints=dict(source.hints))))
        try:
            with closing(self._open()) as connection, connection:
                connection.execute(
                    "INSERT OR REPLACE INTO readings (key, source) VALUES (?, ?)", (key, packed)
                )
                connection.execute(
                    "DELETE FROM readings WHERE rowid NOT IN "
                    "(SELECT rowid FROM readings ORDER BY rowid DESC LIMIT ?)",
                    (_KEPT,),
                )
        except sqlite3.Error:
            pass  # remembering is a convenience

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path)
        connection.execute("CREATE TABLE IF NOT EXISTS readings (key TEXT PRIMARY KEY, source BLOB NOT NULL)")
        return connection


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Source]:
    return TypeAdapter(Source)


@lru_cache(maxsize=1)
def _readers() -> str:
    """Return a hash of the readers' code: another version reads anew."""
    digest = hashlib.sha256()
    for path in sorted((Path(__file__).parent / "readers").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
