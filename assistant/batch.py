"""``troly ask --batch``: one question a line, one JSON object a line; a line that fails stops no other.

A line may lean on others: ``"history"`` lists the questions asked before it, ``"conversation"`` names a
conversation whose earlier lines of the same batch come before it. ``"suggest": true`` adds questions to ask
next. Nothing of a batch is stored.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.arguments import day
from corpus.errors import TrolyError

if TYPE_CHECKING:
    from assistant.antecedents import Past
    from assistant.engine import Assistant


def lines_of(source: str) -> Iterator[str]:
    """Yield the lines of a file, or of standard input for "-", that are not blank."""
    if source == "-":
        # utf-8-sig: PowerShell and Notepad put a byte order mark in front.
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")  # type: ignore[union-attr]
        yield from (line for line in sys.stdin if line.strip())
        return
    try:
        text = Path(source).read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        reason = "không có tệp này" if isinstance(error, FileNotFoundError) else "là thư mục hoặc bị chặn"
        raise TrolyError(
            f"Không đọc được tệp câu hỏi {source} ({reason}). Hãy kiểm tra lại đường dẫn."
        ) from error
    # Not splitlines(): U+2028 and its like may stand inside a JSON string.
    yield from (line for line in text.split("\n") if line.strip())


class Batch:
    """Answers the lines of one batch in order."""

    def __init__(self, assistant: Assistant, as_of: str | None) -> None:
        self._assistant = assistant
        self._as_of = as_of
        self._turns: defaultdict[str, list[Past]] = defaultdict(list)

    def answer(self, line: str) -> dict[str, Any]:
        """Return the JSON object of one line; a line that fails gives one with outcome "error"."""
        identifier: Any = None
        text, as_of = line.strip(), self._as_of
        try:
            item: dict[str, Any] = {}
            if text.startswith("{"):
                item = json.loads(text)
                identifier = item.get("id")
                if not isinstance(item.get("question"), str):
                    raise TrolyError('Dòng JSON phải có "question" là một chuỗi.')
                as_of = day(str(item["as_of"])) if item.get("as_of") else as_of
                text = item["question"]
            return self._answer(text, item, identifier, as_of)
        except json.JSONDecodeError as error:
            message = f"Dòng không phải JSON hợp lệ (ký tự {error.pos})."
            return self._failed(identifier, text, message, as_of)
        except Exception as error:
            told = isinstance(error, TrolyError | argparse.ArgumentTypeError)
            message = str(error) if told else f"Không trả lời được dòng này ({type(error).__name__})."
            return self._failed(identifier, text, message, as_of)

    def _answer(self, text: str, item: dict[str, Any], identifier: Any, as_of: str | None) -> dict[str, Any]:
        from assistant.antecedents import past

        before = questions_before(item.get("history"))
        name = item.get("conversation")
        if name is not None and not isinstance(name, str | int):
            raise TrolyError('"conversation" phải là một chuỗi hoặc một số.')
        turns = self._assistant.replay(before, as_of)
        kept = self._turns[str(name)] if name is not None else []
        turns = [*kept, *turns]
        answer = self._assistant.converse(text, turns, as_of, id=identifier)
        turn = past(text, answer, turns)
        if item.get("suggest") is True:
            answer = self._assistant.suggest(turn, as_of)
        if name is not None:
            kept.append(turn)
            answer = replace(answer, conversation=str(name))
        return answer.to_json()

    def _failed(self, identifier: Any, text: str, message: str, as_of: str | None) -> dict[str, Any]:
        from assistant.contract import Answer

        return Answer(
            text, "error", message, "", None, as_of or date.today().isoformat(),
            self._assistant.library.generation, id=identifier,
        ).to_json()  # fmt: skip


def questions_before(value: Any) -> list[str]:
    """Return the previous questions of a request; raises ``TrolyError`` where they are no list of texts."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TrolyError('"history" phải là danh sách các câu hỏi trước, mỗi câu một chuỗi.')
    return value
