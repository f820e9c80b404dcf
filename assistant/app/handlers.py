"""What happens when someone asks or opens a source. Every input is checked: a browser can send anything.

A conversation is a tuple of ``Turn`` in the session's own ``gr.State``; nothing is kept per process
but the assistant itself, so two users cannot see each other's questions. Turns are written to the history
under the conversation's random id, which only the browser that asked holds; with it a reload goes on.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Protocol

import gradio as gr

from assistant import kinds
from assistant.antecedents import Past, past
from assistant.api import ApiBackend
from assistant.api_models import MAX_QUESTION
from assistant.app.examples import example_questions
from assistant.app.pictures import Pictures
from assistant.app.rail import render_earlier
from assistant.app.render import Turn, render_conversation
from assistant.app.scope import read_scope, render_scope
from assistant.app.source import (
    render_empty_source,
    render_missing_source,
    render_shelf,
    render_source,
)
from assistant.app.states import standing_of
from assistant.contract import Answer
from assistant.dialogue import TURNS_READ
from assistant.feedback import Feedback
from assistant.history import History, is_id, new_id
from corpus.errors import TrolyError
from corpus.model import Citation, Document, Provision
from corpus.status import Status

MAX_TURNS = 120
"""Turns kept in one conversation, the oldest dropped first; bounds what one open page makes us hold."""
MAX_KNOWN = 50
"""Earlier conversations that one page may ask for."""
TOO_LONG = "Câu hỏi dài quá {length} ký tự; xin rút gọn còn nhiều nhất {limit} ký tự rồi gửi lại."
UNEXPECTED = "Có lỗi ngoài dự kiến khi tra cứu. Xin thử lại; nếu vẫn lỗi, hãy báo người quản trị."

Conversation = tuple[Turn, ...]
_log = logging.getLogger(__name__)


class Backend(ApiBackend, Protocol):
    """What the page and the API need of ``assistant.engine.Assistant``."""

    def ask(self, question: str, as_of: str | None = None) -> Answer: ...

    def converse(
        self, question: str, turns: Sequence[Past], as_of: str | None = None, *, within: Sequence[str] = ()
    ) -> Answer: ...

    def status(self, target: Document | Provision, as_of: str) -> Status: ...

    def name_of(self, identifier: str) -> str: ...


class Handlers:
    """The page's events over one shared assistant; ``history`` None keeps no conversation."""

    def __init__(
        self,
        assistant: Backend,
        history: History | None = None,
        feedback: Feedback | None = None,
        pictures: Pictures | None = None,
    ) -> None:
        self._assistant = assistant
        self._pictures = pictures
        self._history = history
        self._feedback = feedback
        self._examples: tuple[str, list[str]] = ("", [])

    def examples(self) -> list[str]:
        """Return the example questions of the generation being served (chosen once for each)."""
        generation = self._assistant.library.generation
        if self._examples[0] != generation:
            chosen = example_questions(self._assistant.library, self._assistant.ask)
            self._examples = (generation, chosen)
        return self._examples[1]

    def opening(self) -> tuple[str, str, str, str]:
        """Return conversation, source, shelf and scope of a page that nobody has used yet."""
        library = self._assistant.library
        return (
            self._thread((), examples=True),
            render_empty_source(),
            render_shelf(library),
            render_scope(library),
        )

    def start(self, request: gr.Request) -> tuple[str, str, str]:
        """A page was opened, maybe by a deep link ``/?provision=<id>``: return source, shelf and scope."""
        self._follow()
        _, source, shelf, scope = self.opening()
        wanted = dict(request.query_params).get("provision", "") if request is not None else ""
        return (self._source(wanted) if wanted else source), shelf, scope

    def resume(self, event: gr.EventData) -> tuple[str, Conversation]:
        """Return the conversation that the browser left off, the welcome where there is none."""
        self._follow()
        conversation = self._kept(_text(event, "conversation"))
        return self._thread(conversation, examples=True, resumed=True), conversation

    def forget(self, conversation: Conversation, event: gr.EventData) -> tuple[str, Conversation, str]:
        """Delete a conversation; return the thread, the conversation and the list of earlier ones."""
        wanted = _text(event, "conversation")
        if self._history is not None and is_id(wanted):
            self._history.delete(wanted)
        if conversation and conversation[-1].conversation == wanted:
            conversation = ()
        return self._thread(conversation, examples=True), conversation, self.earlier(event)

    def earlier(self, event: gr.EventData) -> str:
        """Return the list of the conversations whose ids the browser holds, those that match its search."""
        data = event._data if isinstance(event._data, dict) else {}
        ids = data.get("known")
        known = [one for one in ids if is_id(one)][:MAX_KNOWN] if isinstance(ids, list) else []
        matching = _text(event, "matching")[:100]
        found = self._history.summaries(known, matching) if self._history is not None else []
        return render_earlier(found, kept=self._history is not None, matching=matching)

    def rename(self, event: gr.EventData) -> str:
        """Give a conversation another name; return the list of earlier ones."""
        wanted = _text(event, "conversation")
        if self._history is not None and is_id(wanted):
            self._history.rename(wanted, _text(event, "name"))
        return self.earlier(event)

    def vote(self, conversation: Conversation, event: gr.EventData) -> tuple[str, Conversation]:
        """Store what was said of an answer; return the thread, which shows it, and the conversation."""
        data = event._data if isinstance(event._data, dict) else {}
        verdict = data.get("verdict")
        at = next((n for n, turn in enumerate(conversation) if turn.number == data.get("turn")), None)
        if self._feedback is None or at is None or verdict not in ("up", "down"):
            return self._thread(conversation, examples=True), conversation
        turn = conversation[at]
        try:
            given = self._feedback.give(
                turn.past, verdict, _text(event, "reason"), _text(event, "comment"),
                conversation=turn.conversation, message=turn.message,
                replaces=turn.vote[0] if turn.vote else "",
            )  # fmt: skip
        except (TrolyError, sqlite3.Error):
            _log.exception("a vote could not be kept")
            return self._thread(conversation), conversation
        voted = replace(turn, vote=(given, verdict))
        conversation = (*conversation[:at], voted, *conversation[at + 1 :])
        return self._thread(conversation), conversation

    def ask(
        self, typed: str, conversation: Conversation, chosen: str, event: gr.EventData
    ) -> Iterator[tuple[str, Any, Conversation]]:
        """Answer the question in the box, or the suggestion that was pressed; ``chosen``: its scope.

        Yields (conversation as HTML, the box, conversation): first the question alone, then its answer.
        """
        suggested = _text(event, "question")
        question = suggested or typed
        question = question.strip() if isinstance(question, str) else ""
        if not question:
            yield self._thread(conversation, examples=True), gr.skip(), conversation
            return
        number = conversation[-1].number + 1 if conversation else 1
        if len(question) > MAX_QUESTION:
            message = TOO_LONG.format(length=len(question), limit=MAX_QUESTION)
            cut = question[:MAX_QUESTION] + "…"
            refused = (
                *conversation,
                self._turn(number, Past(cut, cut, self._failure(cut, message)), conversation),
            )
            # The box keeps the text, so that it can be shortened instead of typed again.
            yield self._thread(refused), gr.skip(), refused
            return
        box: Any = gr.skip() if suggested else ""
        yield self._thread(conversation, pending=(number, question)), box, conversation
        before = [turn.past for turn in conversation[-TURNS_READ:]]
        turn = past(question, self._answer(question, before, chosen), before)
        # Suggestions come with the answer, not after it: the page takes no new question before the event
        # ends, and what someone types meanwhile would be lost. They come from the whole library.
        if not turn.answer.within:
            turn = replace(turn, answer=self._suggested(turn))
        kept = self._keep(self._turn(number, turn, conversation), turn)
        answered = (*conversation, kept)[-MAX_TURNS:]
        yield self._thread(answered), gr.skip(), answered

    def open_source(self, conversation: Conversation, event: gr.EventData) -> str:
        """Return the panel for a pressed citation, breadcrumb, neighbour or library entry."""
        data = event._data if isinstance(event._data, dict) else {}
        wanted = data.get("provision")
        if not isinstance(wanted, str):
            return render_empty_source()
        turn, citation = _citation(conversation, data, wanted)
        return self._source(wanted, citation, turn)

    def _follow(self) -> None:
        """Change to the newest generation; the one being served goes on where the new one cannot open."""
        try:
            self._assistant.refresh()
        except TrolyError:
            _log.exception("the newest generation could not be opened")

    def _source(self, provision_id: str, citation: Citation | None = None, turn: Turn | None = None) -> str:
        """Return a provision's panel; its validity is that of the answer's day, or today's."""
        library = self._assistant.library
        day = turn.answer.as_of if turn is not None else date.today().isoformat()
        try:
            provision = library.provision(provision_id)
            standing = standing_of(self._assistant.status(provision, day), self._assistant.name_of)
        except TrolyError:
            return render_missing_source(provision_id)
        inferred = turn is not None and turn.answer.basis == "inferred"
        document = library.document(provision.document_id)
        pictured = self._pictures is not None and self._pictures.original(document, provision) is not None
        return render_source(library, provision, citation, standing, inferred=inferred, pictured=pictured)

    def _thread(
        self,
        conversation: Conversation,
        *,
        examples: bool = False,
        pending: tuple[int, str] | None = None,
        resumed: bool = False,
    ) -> str:
        return render_conversation(
            conversation,
            self.examples() if examples and not conversation else (),
            pending,
            kept=self._history is not None,
            resumed=resumed,
        )

    def _turn(self, number: int, turn: Past, conversation: Conversation) -> Turn:
        """Return what the page shows of a turn; without a history it belongs to no kept conversation."""
        identifier = conversation[-1].conversation if conversation else ""
        return Turn(
            number, turn.question, turn.answer, turn.reading, identifier,
            unit=self._unit_of(turn.answer), scope=self._scope_of(turn.answer),
        )  # fmt: skip

    def _scope_of(self, answer: Answer) -> str:
        names = [self._assistant.name_of(identifier) for identifier in answer.within]
        return names[0] if len(names) == 1 else f"{len(names)} văn bản được chọn" if names else ""

    def _unit_of(self, answer: Answer) -> str:
        """Return the unit whose duties an answer lists, "" for any other answer."""
        if answer.kind != kinds.DUTIES or not answer.citations:
            return ""
        cited = answer.citations[0].id
        return next((t.lead for t in self._assistant.library.tasks() if t.provision_id == cited), "")

    def _keep(self, turn: Turn, asked: Past) -> Turn:
        """Write a turn to the history; a history that fails is logged and never stops the page."""
        if self._history is None:
            return turn
        identifier = turn.conversation or new_id()
        try:
            message = self._history.add(identifier, asked)
        except sqlite3.Error:
            _log.exception("a turn could not be kept")
            return turn
        return replace(turn, message=message.number, conversation=identifier)

    def _kept(self, identifier: str) -> Conversation:
        if self._history is None or not is_id(identifier):
            return ()
        try:
            messages = self._history.messages(identifier, MAX_TURNS)
        except sqlite3.Error:
            _log.exception("a conversation could not be read")
            return ()
        votes = self._feedback.of_conversation(identifier) if self._feedback is not None else {}
        return tuple(
            Turn(
                message.number, message.past.question, message.past.answer, message.past.reading, identifier,
                message.number, self._unit_of(message.past.answer), self._scope_of(message.past.answer),
                votes.get(message.number),
            )
            for message in messages
        )  # fmt: skip

    def _suggested(self, turn: Past) -> Answer:
        try:
            return self._assistant.suggest(turn)
        except Exception:
            _log.exception("no suggestions")  # the answer is worth more than what could be asked next
            return turn.answer

    def _answer(self, question: str, before: Sequence[Past], chosen: str) -> Answer:
        try:
            self._follow()
            scope = read_scope(chosen, self._assistant.library)
            return self._assistant.converse(question, before, scope.as_of, within=scope.within)
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


def _text(event: gr.EventData, name: str) -> str:
    """Return a text that the page sent with an event, "" for anything else."""
    value = event._data.get(name) if isinstance(event._data, dict) else None
    return value if isinstance(value, str) else ""


def _citation(
    conversation: Conversation, data: dict[str, Any], provision_id: str
) -> tuple[Turn | None, Citation | None]:
    """Return the turn and the citation that a chip stands for, of its own message, or None twice."""
    for turn in conversation:
        if turn.number != data.get("turn"):
            continue
        index = data.get("cite")
        if isinstance(index, int) and 1 <= index <= len(turn.answer.citations):
            citation = turn.answer.citations[index - 1]
            if citation.id == provision_id:
                return turn, citation
    return None, None
