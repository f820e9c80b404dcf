"""Changing the library from the page: files wait until someone has read their report, then go in or away."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import threading
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from assistant.feedback import Feedback, Vote
from corpus.errors import TrolyError
from corpus.settings import Settings
from ingest.choices import Removed, load_choices
from ingest.outcome import IngestReport
from ingest.pipeline import ingest, remove, restore
from ingest.readers import SUFFIXES

MAX_UPLOAD = 100 * 1024 * 1024
"""Bytes of one file sent by a browser; larger ones go in by ``troly ingest`` on the machine itself."""
MAX_WAITING = 20
_KEY = re.compile(r"[A-Za-z0-9_-]{16}")
_ODD = re.compile(r"[^\w .()+,;=\-]", re.UNICODE)
_LONGEST_NAME = 120


@dataclass(slots=True)
class Waiting:
    """A file that was sent and read, and is not in the library yet; ``refused`` says why it cannot be."""

    key: str
    path: Path
    report: IngestReport | None = None
    refused: str = ""


@dataclass
class Store:
    """Files that wait, and the documents of one data folder. One change at a time."""

    settings: Settings
    feedback: Feedback
    changed: Callable[[], object]
    """Called after a new generation was published."""
    _waiting: dict[str, Waiting] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        shutil.rmtree(self._staging, ignore_errors=True)  # what waited for a server that is gone

    @property
    def _staging(self) -> Path:
        return self.settings.data_dir / "waiting"

    @property
    def _kept(self) -> Path:
        """Where files that went in stay, so that they can be read again."""
        return self.settings.data_dir / "uploads"

    @property
    def waiting(self) -> list[Waiting]:
        """The files that wait, in the order in which they came."""
        return list(self._waiting.values())

    @property
    def removed(self) -> dict[str, Removed]:
        """Documents that were taken out and can come back."""
        return load_choices(self.settings).removed

    def place_for(self, name: str) -> Waiting:
        """Return where a file of this name is to be written. Raises ``TrolyError`` for a name of no use."""
        safe = safe_name(name)
        if Path(safe).suffix.lower() not in SUFFIXES:
            kinds = ", ".join(SUFFIXES)
            raise TrolyError(f"Không đọc được loại tệp này. Các loại đọc được: {kinds}.")
        if len(self._waiting) >= MAX_WAITING:
            raise TrolyError(f"Đang có {MAX_WAITING} tệp chờ; hãy đưa vào kho hoặc bỏ bớt trước.")
        key = secrets.token_urlsafe(12)
        folder = self._staging / key
        folder.mkdir(parents=True, mode=0o700)
        return Waiting(key, folder / safe)

    def read(self, one: Waiting) -> Waiting:
        """Read a file that has arrived, changing nothing; its report waits with it."""
        with self._lock:
            try:
                one.report = ingest(self.settings, [one.path], dry_run=True)
            except TrolyError as error:
                one.refused = _reason(str(error), one.path)
            else:
                refused = [r for r in one.report.files if Path(r.path) == one.path and r.status == "refused"]
                one.refused = refused[0].message if refused else ""
            self._waiting[one.key] = one
        return one

    def discard(self, key: str) -> str:
        """Throw a waiting file away; return its name. Raises ``TrolyError`` where there is none."""
        one = self._one(key)
        self._drop(one)
        return one.path.name

    def publish(self, key: str) -> str:
        """Take a waiting file into the library as a new generation; return what to say.

        Raises ``TrolyError`` where it cannot be; the library then stays as it is.
        """
        one = self._one(key)
        if one.refused:
            raise TrolyError(f"Tệp {one.path.name} không đọc được nên không đưa vào kho: {one.refused}")
        with self._lock:
            self._kept.mkdir(parents=True, exist_ok=True, mode=0o700)
            target = self._kept / one.path.name
            before = target.with_name(f".{target.name}.cu") if target.exists() else None
            if before is not None:
                os.replace(target, before)
            shutil.move(one.path, target)
            try:
                report = ingest(self.settings, [target])
                refused = [result for result in report.files if result.status == "refused"]
                if refused and not any(r.status in ("added", "changed", "unchanged") for r in report.files):
                    raise TrolyError(refused[0].message)
            except BaseException:
                with suppress(OSError):
                    shutil.move(target, one.path)
                    if before is not None:
                        os.replace(before, target)
                raise
            if before is not None:
                before.unlink(missing_ok=True)
        self._drop(one)
        self.changed()
        if not report.changed:
            return f"Kho đã có đúng nội dung của {one.path.name}; không có gì thay đổi."
        return f"Đã đưa {one.path.name} vào kho; kho mới {report.generation}."

    def remove(self, document_id: str) -> str:
        """Take a document out; return what to say."""
        with self._lock:
            report = remove(self.settings, document_id)
        self.changed()
        return f"Đã gỡ {document_id}; kho mới {report.generation}. Có thể lấy lại ở mục «Đã gỡ»."

    def restore(self, document_id: str) -> str:
        """Bring a removed document back; return what to say."""
        with self._lock:
            report = restore(self.settings, document_id)
        if report.refused:
            raise TrolyError(report.refused[0].message)
        self.changed()
        return f"Đã lấy lại {document_id}; kho mới {report.generation}."

    # ---- what people said of answers

    def settle(self, vote_id: str, action: str) -> str:
        """Mark a vote, delete it, or make a question for the evaluation of it; return what to say."""
        if action == "question":
            vote = next((one for one in self.feedback.votes(limit=10_000) if one.id == vote_id), None)
            if vote is None:
                raise TrolyError("Không còn góp ý này.")
            path = self._write_question(vote)
            self.feedback.settle(vote_id, "done")
            return f"Đã ghi câu hỏi vào {path}; hãy bổ sung đáp án đúng trước khi chấm."
        done = {
            "done": lambda: self.feedback.settle(vote_id, "done"),
            "new": lambda: self.feedback.settle(vote_id, "new"),
            "delete": lambda: self.feedback.delete(vote_id),
        }.get(action, lambda: False)()
        if not done:
            raise TrolyError("Không còn góp ý này.")
        return {"done": "Đã đánh dấu đã xem.", "new": "Đã đánh dấu chưa xem.", "delete": "Đã xóa góp ý."}[
            action
        ]

    def _write_question(self, vote: Vote) -> Path:
        """Append a question in the form of eval/questions, its gold answer left for a person to fill in."""
        path = self.settings.data_dir / "questions.jsonl"
        line = {
            "id": f"u-{vote.id[:8]}", "category": "", "question": vote.past.question,
            "outcome": "answer", "facts": [], "provisions": [], "first": [],
            "note": f"{vote.comment} (trợ lý trả lời: {vote.past.answer.answer.splitlines()[0]})".strip(),
        }  # fmt: skip
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return path

    def _one(self, key: str) -> Waiting:
        one = self._waiting.get(key) if _KEY.fullmatch(key) else None
        if one is None:
            raise TrolyError("Tệp này không còn chờ; có thể đã được đưa vào kho hoặc đã bỏ.")
        return one

    def _drop(self, one: Waiting) -> None:
        self._waiting.pop(one.key, None)
        shutil.rmtree(one.path.parent, ignore_errors=True)


def safe_name(name: str) -> str:
    """Return a file name that stays in its folder, whatever a browser sent: letters, digits, few signs."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    clean = " ".join(_ODD.sub("_", last).split()).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    if not dot or not stem:
        return (clean or "van-ban")[:_LONGEST_NAME]
    return f"{stem[:_LONGEST_NAME].strip(' .') or 'van-ban'}.{suffix[:10]}"


def _reason(message: str, path: Path) -> str:
    """Return the reason of a refusal without the list that the command line prints around it."""
    return message.rpartition(f"- {path.name}: ")[2] or message
