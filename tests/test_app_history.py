"""Kept conversations on the page, without a browser: resumed whole, never mixed, deleted when told to."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from assistant.app.handlers import Handlers
from assistant.app.render import KEPT, NOT_KEPT, Turn, render_turn
from assistant.contract import Option
from assistant.history import History, new_id
from corpus.store import Library
from tests.fakes import FakeAssistant, answer_of, sample_assistant, sample_library


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return sample_library(tmp_path_factory.mktemp("library"))


@pytest.fixture
def assistant(library: Library) -> FakeAssistant:
    return sample_assistant(library)


@pytest.fixture
def handlers(assistant: FakeAssistant, tmp_path: Path) -> Handlers:
    return Handlers(assistant, History(tmp_path / "history.sqlite"))


def _event(data: Any = None) -> gr.EventData:
    return gr.EventData(None, data)


def _ask(handlers: Handlers, question: str, conversation: Any = ()) -> Any:
    return list(handlers.ask(question, conversation, "", _event()))[-1]


def test_a_reload_brings_the_conversation_back_as_it_was(handlers: Handlers) -> None:
    shown, _, mine = _ask(handlers, "Ai thử nghiệm trang?")
    shown, _, mine = _ask(handlers, "Ai in tài liệu?", mine)
    again, resumed = handlers.resume(_event({"conversation": mine[-1].conversation}))
    assert resumed == mine
    assert again.replace(" data-resumed", "") == shown, "citations stay with their message"
    chip = {"provision": "kh-thu-2026:IV.1.p1", "turn": 1, "cite": 1}
    assert "<mark" in handlers.open_source(resumed, _event(chip))


def test_two_people_write_two_conversations(handlers: Handlers) -> None:
    mine, yours = _ask(handlers, "Ai thử nghiệm trang?")[2], _ask(handlers, "Ai in tài liệu?")[2]
    assert mine[0].conversation != yours[0].conversation
    again, _ = handlers.resume(_event({"conversation": mine[0].conversation}))
    assert "badge-full_text" in again and "badge-inferred" not in again, "the other's answer is inferred"


@pytest.mark.parametrize(
    "data", [None, {}, {"conversation": 5}, {"conversation": "x"}, {"conversation": new_id()}]
)
def test_an_id_that_nobody_gave_opens_the_welcome(handlers: Handlers, data: Any) -> None:
    shown, conversation = handlers.resume(_event(data))
    assert conversation == () and "Anh/chị cần tra cứu" in shown and "data-resumed" in shown


def test_deleting_takes_the_conversation_from_file_page_and_list(handlers: Handlers) -> None:
    mine = _ask(handlers, "Ai thử nghiệm trang?")[2]
    other = _ask(handlers, "Ai in tài liệu?")[2]
    ids = {"conversation": mine[0].conversation, "known": [other[0].conversation]}
    shown, left, listed = handlers.forget(mine, _event(ids))
    assert left == () and "Anh/chị cần tra cứu" in shown
    assert "Ai in tài liệu?" in listed and "Ai thử nghiệm trang?" not in listed
    assert handlers.resume(_event(ids))[1] == ()
    assert handlers.forget(other, _event(ids))[1] == other, "another conversation stays on the page"


def test_the_list_shows_only_what_the_browser_knows(handlers: Handlers) -> None:
    mine = _ask(handlers, "Ai thử nghiệm trang?")[2]
    _ask(handlers, "Ai in tài liệu?")
    listed = handlers.earlier(_event({"known": [mine[0].conversation, "../x", 5]}))
    assert "Ai thử nghiệm trang?" in listed and "Ai in tài liệu?" not in listed and KEPT in listed
    assert "Chưa có hội thoại" in handlers.earlier(_event({"known": "x"}))


def test_the_page_says_where_conversations_are_kept_and_when_they_are_not(
    handlers: Handlers, assistant: FakeAssistant
) -> None:
    assert KEPT in handlers.opening()[0] and "history.sqlite" in KEPT
    without = Handlers(assistant)
    assert NOT_KEPT in without.opening()[0]
    shown, _, conversation = _ask(without, "Ai in tài liệu?")
    assert conversation[0].conversation == "" and "data-forget" not in shown and "data-word" in shown


def test_a_history_that_fails_does_not_stop_the_answer(
    handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(History, "add", full)
    shown, _, conversation = _ask(handlers, "Ai in tài liệu?")
    assert "in ấn tài liệu mẫu" in shown and conversation[0].conversation == ""


def test_how_a_follow_up_was_read_options_and_files_are_shown(
    library: Library, assistant: FakeAssistant
) -> None:
    answer = replace(assistant.table["Ai in tài liệu?"], understood="Ai in tài liệu mẫu?")
    markup = render_turn(Turn(1, "còn in?", answer, "Ai in tài liệu mẫu?", "a" * 22, 3, "Phòng Thử & Mẫu"))
    assert "Hiểu là:</span> Ai in tài liệu mẫu?" in markup
    assert f'href="/api/v1/export/conversations/{"a" * 22}.docx?message=3"' in markup
    assert 'href="/api/v1/export/tasks.xlsx?unit=Ph%C3%B2ng%20Th%E1%BB%AD%20%26%20M%E1%BA%ABu"' in markup
    back = answer_of(library, "b", outcome="clarify", basis=None, answer="Một hay hai?",
                     options=(Option("Một", "Hỏi một?"), Option("Hai", "Hỏi hai?")))  # fmt: skip
    markup = render_turn(Turn(1, "b", back))
    assert re.findall(r'data-ask="([^"]+)">([^<]+)<', markup) == [("Hỏi một?", "Một"), ("Hỏi hai?", "Hai")]
    assert "Hiểu là" not in markup and "export" not in markup, "nothing to explain or to take along"


def test_numbers_go_on_after_a_reload_and_files_name_the_kept_message(handlers: Handlers) -> None:
    mine = _ask(handlers, "a" * 600)[2]  # refused: shown, not kept
    mine = _ask(handlers, "Ai in tài liệu?", mine)[2]
    assert [(turn.number, turn.message) for turn in mine] == [(1, 0), (2, 1)]
    resumed = handlers.resume(_event({"conversation": mine[-1].conversation}))[1]
    assert [(turn.number, turn.message) for turn in resumed] == [(1, 1)]
    assert _ask(handlers, "Ai in tài liệu?", resumed)[2][-1].message == 2
