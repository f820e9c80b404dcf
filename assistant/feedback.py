"""What people say of answers: one SQLite file beside the history, written only when someone presses a button.

A vote is kept with the question, the answer, its citations and the generation that gave it, so that whoever
looks after the library sees what was wrong. It outlives the conversation, which the page says when asking.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from assistant.antecedents import Past
from assistant.contract import Answer
from assistant.history import new_id
from assistant.sqlite_file import open_private
from corpus.settings import Settings

Verdict = Literal["up", "down"]
State = Literal["new", "done"]
REASONS = {
    "wrong": "Trả lời sai",
    "citation": "Trích dẫn sai chỗ",
    "incomplete": "Còn thiếu",
    "exists": "Văn bản có mà báo không tìm thấy",
    "unclear": "Khó hiểu",
}
"""Code -> what the button says."""
MAX_COMMENT = 1000
"""Characters of a comment that are kept."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One stored vote; ``given_at`` is ISO in UTC, ``reason`` a key of ``REASONS`` or ""."""

    id: str
    given_at: str
    verdict: Verdict
    reason: str
    comment: str
    state: State
    past: Past


def _create(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE votes (id TEXT PRIMARY KEY, given_at TEXT NOT NULL, verdict TEXT NOT NULL,"
        " reason TEXT NOT NULL, comment TEXT NOT NULL, state TEXT NOT NULL, conversation TEXT NOT NULL,"
        " message INTEGER NOT NULL, question TEXT NOT NULL, reading TEXT NOT NULL, generation TEXT NOT NULL,"
        " answer TEXT NOT NULL)"
    )
    connection.execute("CREATE INDEX votes_of_message ON votes (conversation, message)")


class Feedback:
    """The votes of one data folder; the file is made with the first one. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_private(
                self.path, (_create,), "góp ý", "Hãy kiểm tra quyền ghi của thư mục dữ liệu."
            )
        return self._connection

    def give(
        self, past: Past, verdict: Verdict, reason: str = "", comment: str = "",
        *, conversation: str = "", message: int = 0, replaces: str = "",
    ) -> str:  # fmt: skip
        """Store a vote on an answer and return its id; ``replaces`` is the id of the vote it takes back.

        Raises ``TrolyError`` where the file cannot be opened, ``sqlite3.Error`` where it cannot be written.
        """
        identifier = new_id()
        answer = json.dumps(past.answer.to_json(), ensure_ascii=False, separators=(",", ":"))
        kept = reason if reason in REASONS else ""
        with self._lock:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.execute("DELETE FROM votes WHERE id = ?", (replaces,))
                connection.execute(
                    "INSERT INTO votes VALUES (?, ?, ?, ?, ?, 'new', ?, ?, ?, ?, ?, ?)",
                    (
                        identifier, datetime.now(UTC).isoformat(timespec="seconds"), verdict, kept,
                        comment.strip()[:MAX_COMMENT], conversation, message, past.question, past.reading,
                        past.answer.generation, answer,
                    ),
                )  # fmt: skip
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
        return identifier

    def of_conversation(self, conversation: str) -> dict[int, tuple[str, Verdict]]:
        """Return message number -> (vote id, verdict) of a kept conversation."""
        rows = self._read(
            "SELECT message, id, verdict FROM votes WHERE conversation = ? AND message > 0", conversation
        )
        return {message: (identifier, verdict) for message, identifier, verdict in rows}

    def votes(self, state: State | None = None, limit: int = 200) -> list[Vote]:
        """Return the newest votes first, all or those of one state."""
        rows = self._read(
            "SELECT id, given_at, verdict, reason, comment, state, question, reading, answer FROM votes"
            " WHERE ? IN ('', state) ORDER BY given_at DESC, rowid DESC LIMIT ?",
            state or "",
            limit,
        )
        return [
            Vote(
                identifier, given_at, verdict, reason, comment, kept,
                Past(question, reading, Answer.from_json(json.loads(answer))),
            )
            for identifier, given_at, verdict, reason, comment, kept, question, reading, answer in rows
        ]  # fmt: skip

    def settle(self, identifier: str, state: State) -> bool:
        """Mark a vote as looked at or not; return whether there was one."""
        return self._write("UPDATE votes SET state = ? WHERE id = ?", state, identifier)

    def delete(self, identifier: str) -> bool:
        """Delete a vote; return whether there was one."""
        return self._write("DELETE FROM votes WHERE id = ?", identifier)

    def _read(self, sql: str, *values: object) -> list[Any]:
        if self._connection is None and not self.path.is_file():
            return []  # nobody has voted: no file is made for looking
        with self._lock:
            rows: list[Any] = self._open().execute(sql, values).fetchall()
            return rows

    def _write(self, sql: str, *values: object) -> bool:
        if self._connection is None and not self.path.is_file():
            return False
        with self._lock:
            return self._open().execute(sql, values).rowcount > 0


def open_feedback(settings: Settings) -> Feedback:
    """Return the votes of the data folder."""
    return Feedback(settings.feedback_path)
