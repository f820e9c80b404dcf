"""Kept conversations: whole, private to who knows the id, safe across restarts and processes."""

from __future__ import annotations

import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from assistant import history as history_module
from assistant.antecedents import Past
from assistant.contract import Option
from assistant.history import History, is_id, new_id, open_history
from corpus.errors import TrolyError
from corpus.settings import Settings
from tests.fakes import sample_assistant, sample_library


@pytest.fixture
def turns(tmp_path: Path) -> list[Past]:
    folder = tmp_path / "sample"
    folder.mkdir()
    table = sample_assistant(sample_library(folder)).table
    lead, back = table["Ai thử nghiệm trang?"], table["Báo cáo?"]
    asked_back = replace(back, options=(Option("quý", "Báo cáo quý?"), Option("năm", "Báo cáo năm?")))
    return [
        Past("ai thu trang", "Ai thử nghiệm trang?", replace(lead, understood="Ai thử nghiệm trang?")),
        Past("Báo cáo?", "Báo cáo?", asked_back),
    ]


def test_a_message_comes_back_whole_after_a_restart(tmp_path: Path, turns: list[Past]) -> None:
    first = History(tmp_path / "history.sqlite")
    mine = new_id()
    for turn in turns:
        first.add(mine, turn)
    first.close()
    again = History(tmp_path / "history.sqlite").messages(mine)
    assert [message.past for message in again] == turns, "citations, options and generation included"
    assert [message.number for message in again] == [1, 2]


def test_conversations_do_not_mix_and_an_unknown_id_shows_nothing(tmp_path: Path, turns: list[Past]) -> None:
    kept = History(tmp_path / "history.sqlite")
    mine, yours = new_id(), new_id()
    kept.add(mine, turns[0])
    kept.add(yours, turns[1])
    assert [m.past for m in kept.messages(mine)] == [turns[0]]
    assert kept.messages(new_id()) == []
    assert [s.id for s in kept.summaries([mine, new_id()])] == [mine]
    assert kept.summaries([mine])[0].title == "ai thu trang"


def test_what_is_deleted_is_gone_from_the_file(tmp_path: Path, turns: list[Past]) -> None:
    path = tmp_path / "history.sqlite"
    kept = History(path)
    mine = new_id()
    kept.add(mine, replace(turns[0], question="bí mật riêng của tôi"))
    assert kept.delete(mine) and not kept.delete(mine)
    kept.close()
    left = b"".join(file.read_bytes() for file in tmp_path.glob("history.sqlite*"))
    assert "bí mật riêng".encode() not in left


def test_clearing_deletes_every_conversation(tmp_path: Path, turns: list[Past]) -> None:
    kept = History(tmp_path / "history.sqlite")
    ids = [new_id(), new_id()]
    for one in ids:
        kept.add(one, turns[0])
    assert kept.clear() == 2 and not any(kept.messages(one) for one in ids)


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    if os.name != "posix":
        pytest.skip("file modes are posix")
    kept = History(tmp_path / "history.sqlite")
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600


def test_many_writers_lose_nothing(tmp_path: Path, turns: list[Past]) -> None:
    """Two connections, as of two processes, eight threads."""
    files = [History(tmp_path / "history.sqlite") for _ in range(2)]
    mine = new_id()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: files[n % 2].add(mine, turns[0]), range(40)))
    assert [m.number for m in files[0].messages(mine)] == list(range(1, 41))


def test_a_conversation_is_bounded(
    tmp_path: Path, turns: list[Past], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_module, "MAX_MESSAGES", 3)
    kept = History(tmp_path / "history.sqlite")
    mine = new_id()
    for _ in range(5):
        kept.add(mine, turns[0])
    assert [m.number for m in kept.messages(mine)] == [3, 4, 5], "the oldest go first, numbers stay"


@pytest.mark.parametrize(
    "content", [b"not a database at all " * 50, None], ids=["damaged", "of a newer version"]
)
def test_a_file_that_cannot_be_used_says_what_to_do(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "history.sqlite"
    if content is not None:
        path.write_bytes(content)
    else:
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA user_version = 99")
    with pytest.raises(TrolyError, match="TROLY_HISTORY=0"):
        History(path)


def test_history_can_be_turned_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TROLY_HISTORY", "0")
    assert open_history(Settings(data_dir=tmp_path)) is None and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (new_id(), True),
        ("", False),
        ("../../etc/passwd", False),
        ("a" * 22 + "\n", False),
        (None, False),
        (5, False),
    ],
)
def test_an_id_has_one_form(text: object, valid: bool) -> None:
    assert is_id(text) is valid
