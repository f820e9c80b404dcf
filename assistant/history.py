"""Conversations kept on this machine: one SQLite file (WAL) in the data folder, nothing anywhere else.

A message is stored whole: the question as typed, the question it was read as, and its answer with its own
citations and the generation that gave them, so that an old answer shows what it showed. Who knows a
conversation's id (128 random bits) may read and delete it; there is no list of all conversations.
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assistant.antecedents import Past
from assistant.contract import Answer
from assistant.sqlite_file import open_private
from corpus.settings import Settings
from corpus.text import fold

MAX_MESSAGES = 500
"""Messages kept of one conversation, the oldest dropped first."""
_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_TITLE = 80


@dataclass(frozen=True, slots=True)
class Message:
    """One stored turn; ``number`` counts from 1 within its conversation, ``asked_at`` is ISO in UTC."""

    number: int
    asked_at: str
    past: Past


@dataclass(frozen=True, slots=True)
class Summary:
    """A stored conversation at a glance: its name, how many messages, when last used (ISO, UTC).

    ``title`` is the name that its owner gave it, or its first question.
    """

    id: str
    title: str
    messages: int
    updated: str


def _create(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE conversations (id TEXT PRIMARY KEY, created TEXT NOT NULL, updated TEXT NOT NULL)"
    )
    connection.execute(
        "CREATE TABLE messages (conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,"
        " number INTEGER NOT NULL, asked_at TEXT NOT NULL, question TEXT NOT NULL, reading TEXT NOT NULL,"
        " generation TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (conversation, number))"
    )


def _name(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE conversations ADD COLUMN name TEXT NOT NULL DEFAULT ''")


_STEPS = (_create, _name)


def new_id() -> str:
    """Return a fresh conversation id."""
    return secrets.token_urlsafe(16)


def is_id(text: object) -> bool:
    """True for a text that has the form of a conversation id."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


class History:
    """The conversations of one data folder. Safe to share between threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection = open_private(
            path,
            _STEPS,
            "lịch sử hội thoại",
            "Hãy kiểm tra quyền ghi, chuyển tệp này đi nơi khác, hoặc đặt TROLY_HISTORY=0 để không lưu "
            "hội thoại.",
        )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def add(self, conversation: str, past: Past) -> Message:
        """Store one turn at the end of a conversation (made where it is new); return it as stored."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        answer = json.dumps(past.answer.to_json(), ensure_ascii=False, separators=(",", ":"))
        with self._lock, closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                cursor.execute(
                    "INSERT INTO conversations (id, created, updated) VALUES (?, ?, ?)"
                    " ON CONFLICT (id) DO UPDATE SET updated = excluded.updated",
                    (conversation, now, now),
                )
                number = cursor.execute(
                    "SELECT coalesce(max(number), 0) + 1 FROM messages WHERE conversation = ?",
                    (conversation,),
                ).fetchone()[0]
                cursor.execute(
                    "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        conversation, number, now, past.question, past.reading, past.answer.generation,
                        answer,
                    ),
                )  # fmt: skip
                cursor.execute(
                    "DELETE FROM messages WHERE conversation = ? AND number <= ?",
                    (conversation, number - MAX_MESSAGES),
                )
                cursor.execute("COMMIT")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
        return Message(number, now, past)

    def messages(self, conversation: str, limit: int = MAX_MESSAGES) -> list[Message]:
        """Return the last ``limit`` messages of a conversation, oldest first; none for an unknown id."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT number, asked_at, question, reading, answer FROM messages WHERE conversation = ?"
                " ORDER BY number DESC LIMIT ?",
                (conversation, limit),
            ).fetchall()
        return [
            Message(number, asked_at, Past(question, reading, Answer.from_json(json.loads(answer))))
            for number, asked_at, question, reading, answer in reversed(rows)
        ]

    def summaries(self, conversations: Sequence[str], matching: str = "") -> list[Summary]:
        """Return those of the given conversations that are stored, the one used last first.

        ``matching``: only those whose name or questions hold each of its words, with marks or without.
        """
        words = fold(matching).split()
        found = []
        with self._lock:
            for identifier in dict.fromkeys(conversations):
                row = self._connection.execute(
                    "SELECT updated, name FROM conversations WHERE id = ?", (identifier,)
                ).fetchone()
                questions = [
                    row[0]
                    for row in self._connection.execute(
                        "SELECT question FROM messages WHERE conversation = ? ORDER BY number", (identifier,)
                    )
                ]
                if row is None or not questions:
                    continue
                said = fold(" ".join([row[1], *questions])) if words else ""
                if all(word in said for word in words):
                    title = row[1] or questions[0]
                    found.append(Summary(identifier, title[:_TITLE], len(questions), row[0]))
        return sorted(found, key=lambda one: one.updated, reverse=True)

    def rename(self, conversation: str, name: str) -> bool:
        """Give a conversation a name ("" takes it away); return whether there was such a conversation."""
        shown = " ".join(name.split())[:_TITLE]
        with self._lock:
            done = self._connection.execute(
                "UPDATE conversations SET name = ? WHERE id = ?", (shown, conversation)
            )
            return done.rowcount > 0

    def delete(self, conversation: str) -> bool:
        """Delete a conversation with all its messages; return whether there was one."""
        with self._lock:
            done = self._connection.execute("DELETE FROM conversations WHERE id = ?", (conversation,))
            # The journal may still hold what was deleted: it is emptied as well.
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return done.rowcount > 0

    def clear(self) -> int:
        """Delete every conversation; return how many there were."""
        with self._lock:
            done = self._connection.execute("DELETE FROM conversations")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return done.rowcount


def open_history(settings: Settings) -> History | None:
    """Return the history of the data folder, None where ``TROLY_HISTORY=0`` turns it off."""
    return History(settings.history_path) if settings.history else None
