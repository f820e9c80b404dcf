"""What happens when someone asks or opens a source. Every input is checked: a browser can send anything.

A conversation is a tuple of ``Turn`` in the session's own ``gr.State``; nothing is kept per process
but the assistant itself, so two users cannot see each other's questions.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from typing import Any, Protocol

import gradio as gr

from assistant.app.examples import example_questions
from assistant.app.render import Turn, render_conversation
from assistant.app.source import (
    render_empty_source,
    render_missing_source,
    render_shelf,
    render_source,
)
from assistant.contract import Answer
from corpus.errors import TrolyError
from corpus.model import Citation
from corpus.store import Library

MAX_QUESTION = 500
"""Code points of one question. The longest question of eval/questions has under 200."""
MAX_TURNS = 120
"""Turns kept in one conversation, the oldest dropped first; bounds what one open page makes us hold."""
TOO_LONG = "Câu hỏi dài quá {length} ký tự; xin rút gọn còn nhiều nhất {limit} ký tự rồi gửi lại."
UNEXPECTED = "Có lỗi ngoài dự kiến khi tra cứu. Xin thử lại; nếu vẫn lỗi, hãy báo người quản trị."

Conversation = tuple[Turn, ...]
_log = logging.getLogger(__name__)


class Backend(Protocol):
    """What the page needs of ``assistant.engine.Assistant``."""

    @property
    def library(self) -> Library: ...

    def ask(self, question: str, as_of: str | None = None) -> Answer: ...

    def refresh(self) -> bool: ...


class Handlers:
    """The page's events over one shared assistant."""

    def __init__(self, assistant: Backend) -> None:
        self._assistant = assistant
        self._examples: tuple[str, list[str]] = ("", [])

    def examples(self) -> list[str]:
        """Return the example questions of the generation being served (chosen once for each)."""
        generation = self._assistant.library.generation
        if self._examples[0] != generation:
            chosen = example_questions(self._assistant.library, self._assistant.ask)
            self._examples = (generation, chosen)
        return self._examples[1]

    def opening(self) -> tuple[str, str, str]:
        """Return conversation, source and shelf of a page that nobody has used yet."""
        return (
            render_conversation((), self.examples()),
            render_empty_source(),
            render_shelf(self._assistant.library),
        )

    def start(self, request: gr.Request) -> tuple[str, str, str]:
        """A page was opened, maybe by a deep link ``/?provision=<id>``."""
        self._follow()
        thread, source, shelf = self.opening()
        wanted = dict(request.query_params).get("provision", "") if request is not None else ""
        return thread, (self._source(wanted, None) if wanted else source), shelf

    def ask(
        self, typed: str, conversation: Conversation, event: gr.EventData
    ) -> Iterator[tuple[str, Any, Conversation]]:
        """Answer the question in the box, or the suggestion that was pressed.

        Yields (conversation as HTML, the box, conversation): first the question alone, then its answer.
        """
        data = event._data if isinstance(event._data, dict) else {}
        suggested = data.get("question")
        question = suggested if isinstance(suggested, str) else typed
        question = question.strip() if isinstance(question, str) else ""
        if not question:
            yield render_conversation(conversation, self.examples()), gr.skip(), conversation
            return
        number = conversation[-1].number + 1 if conversation else 1
        if len(question) > MAX_QUESTION:
            message = TOO_LONG.format(length=len(question), limit=MAX_QUESTION)
            shown = question[:MAX_QUESTION] + "…"
            refused = (*conversation, Turn(number, shown, self._failure(shown, message)))
            # The box keeps the text, so that it can be shortened instead of typed again.
            yield render_conversation(refused, ()), gr.skip(), refused
            return
        box: Any = gr.skip() if isinstance(suggested, str) else ""
        yield render_conversation(conversation, (), (number, question)), box, conversation
        answered = (*conversation, Turn(number, question, self._answer(question)))[-MAX_TURNS:]
        yield render_conversation(answered, ()), gr.skip(), answered

    def open_source(self, conversation: Conversation, event: gr.EventData) -> str:
        """Return the panel for a pressed citation, breadcrumb, neighbour or library entry."""
        data = event._data if isinstance(event._data, dict) else {}
        wanted = data.get("provision")
        if not isinstance(wanted, str):
            return render_empty_source()
        return self._source(wanted, _citation(conversation, data, wanted))

    def _follow(self) -> None:
        """Change to the newest generation; the one being served goes on where the new one cannot open."""
        try:
            self._assistant.refresh()
        except TrolyError:
            _log.exception("the newest generation could not be opened")

    def _source(self, provision_id: str, citation: Citation | None) -> str:
        library = self._assistant.library
        try:
            return render_source(library, library.provision(provision_id), citation)
        except TrolyError:
            return render_missing_source(provision_id)

    def _answer(self, question: str) -> Answer:
        try:
            self._follow()
            return self._assistant.ask(question)
        except TrolyError as error:
            return self._failure(question, str(error))
        except Exception:
            # The page must go on for the others; the cause goes to the server's log, not to the user.
            _log.exception("question failed")
            return self._failure(question, UNEXPECTED)

    def _failure(self, question: str, message: str) -> Answer:
        return Answer(
            question=question, outcome="error", answer=message, kind="error", basis=None,
            as_of=date.today().isoformat(), generation=self._assistant.library.generation,
        )  # fmt: skip


def _citation(conversation: Conversation, data: dict[str, Any], provision_id: str) -> Citation | None:
    """Return the citation that a chip stands for: of its own message in this session, or None."""
    for turn in conversation:
        if turn.number != data.get("turn"):
            continue
        index = data.get("cite")
        if isinstance(index, int) and 1 <= index <= len(turn.answer.citations):
            citation = turn.answer.citations[index - 1]
            return citation if citation.id == provision_id else None
    return None
