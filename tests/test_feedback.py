"""Votes: stored whole, beside the history, and only when someone gives one."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from assistant.antecedents import Past
from assistant.app.scope import BAD_DAY, Scope, read_day, read_scope
from assistant.engine import kept_within
from assistant.feedback import MAX_COMMENT, Feedback
from assistant.history import History, new_id
from corpus.errors import TrolyError
from corpus.store import Library
from tests.fakes import FakeAssistant, sample_assistant, sample_library


@pytest.fixture
def assistant(tmp_path: Path) -> FakeAssistant:
    (tmp_path / "sample").mkdir()
    return sample_assistant(sample_library(tmp_path / "sample"))


def _past(assistant: FakeAssistant, question: str) -> Past:
    return Past(question, question, assistant.table[question])


def test_a_vote_keeps_question_answer_citations_and_generation(
    tmp_path: Path, assistant: FakeAssistant
) -> None:
    path = tmp_path / "feedback.sqlite"
    votes = Feedback(path)
    assert votes.votes() == [] and not path.exists(), "looking makes no file"
    past = _past(assistant, "Ai thử nghiệm trang?")
    first = votes.give(past, "down", "wrong", " vì … " + "x" * 2000, conversation="c", message=2)
    kept = Feedback(path).votes("new")[0]
    assert kept.past == past and (kept.verdict, kept.reason) == ("down", "wrong")
    assert len(kept.comment) == MAX_COMMENT and kept.comment.startswith("vì")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    second = votes.give(past, "up", "nonsense", conversation="c", message=2, replaces=first)
    assert [(v.id, v.reason) for v in votes.votes()] == [(second, "")]
    assert votes.of_conversation("c") == {2: (second, "up")}
    assert votes.settle(second, "done") and votes.votes("new") == [] and len(votes.votes("done")) == 1
    assert votes.delete(second) and not votes.delete(second)


def test_conversations_are_renamed_and_found_by_their_words(tmp_path: Path, assistant: FakeAssistant) -> None:
    history, one, other = History(tmp_path / "history.sqlite"), new_id(), new_id()
    history.add(one, _past(assistant, "Ai thử nghiệm trang?"))
    history.add(one, _past(assistant, "Ai in tài liệu?"))
    history.add(other, _past(assistant, "Báo cáo?"))
    both = [one, other]
    assert history.rename(other, "  Việc\n quý  ") and not history.rename(new_id(), "x")
    assert {s.title for s in history.summaries(both)} == {"Ai thử nghiệm trang?", "Việc quý"}
    assert [s.id for s in history.summaries(both, "tai lieu")] == [one], "a later question, without marks"
    assert [s.id for s in history.summaries(both, "việc báo")] == [other], "name and question together"
    assert history.rename(other, "") and history.summaries([other])[0].title == "Báo cáo?"


@pytest.mark.parametrize(
    ("typed", "day"),
    [("", None), ("  ", None), ("1/7/2025", "2025-07-01"), ("01.07.2025", "2025-07-01"), ("31/2/2026", ""),
     ("2025-07-01", ""), ("hôm nay", ""), ("1/7/25", "")],
)  # fmt: skip
def test_a_day_is_read_as_people_write_it(typed: str, day: str | None) -> None:
    if day == "":
        with pytest.raises(TrolyError, match=BAD_DAY.partition("«")[0]):
            read_day(typed)
    else:
        assert read_day(typed) == day


def test_what_the_page_sends_of_the_scope_is_checked(assistant: FakeAssistant) -> None:
    library: Library = assistant.library
    for odd in (None, 5, "", "[]", "{", '{"within": 5, "as_of": []}', "x" * 500):
        assert read_scope(odd, library) == Scope()
    chosen = read_scope('{"within": "loai:Nghị định"}', library)
    assert chosen.within == ("nd-thu-2025",) and chosen.name == "1 văn bản loại Nghị định"
    with pytest.raises(TrolyError, match="không còn trong kho"):
        read_scope('{"within": "khong-co"}', library)


def test_an_answer_from_another_document_is_not_given(assistant: FakeAssistant) -> None:
    answer = assistant.table["Ai in tài liệu?"]
    assert kept_within(answer, ()) == answer
    assert kept_within(answer, ["kh-thu-2026"]).citations == answer.citations
    refused = kept_within(answer, ["nd-thu-2025"])
    assert (
        refused.outcome == "abstain"
        and refused.citations == ()
        and refused.hints == ("Mục IV.2 Kế hoạch thử",)
    )
