"""Measuring dialogues: a turn is right only with its decision, its facts and its first citation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from assistant.antecedents import Past
from assistant.contract import Answer
from corpus.errors import TrolyError, UsageError
from corpus.model import Citation
from eval.dialogues import (
    GoldDialogue,
    GoldTurn,
    evaluate,
    load_dialogues,
    render_failures,
    render_table,
    run,
    share,
)


def answer(text: str, first: str = "", outcome: str = "answer") -> Answer:
    cited = Citation(first, "", "d", None, "", None, None, "q", ((0, 1),), None, "full_text")
    return Answer("", outcome, text, "", None, "2026-11-24", "g", citations=(cited,) if first else ())  # type: ignore[arg-type]


@dataclass
class Scripted:
    """Answers in order and remembers what came before each question."""

    answers: list[Answer]
    seen: list[list[str]]

    def converse(self, question: str, turns: Sequence[Past], as_of: str | None = None) -> Answer:
        self.seen.append([turn.reading for turn in turns])
        return self.answers[len(self.seen) - 1]


GOLD = (
    GoldDialogue("d-1", "dev", "n", (
        GoldTurn("một?", "answer", (("A", "a"),), ("x:I",)),
        GoldTurn("hai?", "clarify", (("B",),)),
        GoldTurn("ba?", "abstain"),
    )),
    GoldDialogue("t-1", "test", "n", (GoldTurn("bốn?", "answer", (("05/12",),), ("x:II",)),)),
)  # fmt: skip


def test_each_turn_is_asked_with_the_turns_before_it() -> None:
    read = replace(answer("A", "x:I.1"), understood="một đầy đủ?")
    script = Scripted(
        [read, answer("B", outcome="clarify"), answer("", outcome="abstain"), answer("", "y")], []
    )
    scores = evaluate(script, GOLD)
    assert script.seen == [[], ["một đầy đủ?"], ["một đầy đủ?", "hai?"], []]
    assert [one.right for one in scores] == [True, True, True, False]
    assert (share(scores), share(scores, later=True)) == (0.75, 1.0)
    table = render_table(scores)
    assert "75,0 %" in table and "chưa đạt" in table
    assert "05/12" in render_failures(scores) and "d-1" not in render_failures(scores)


@pytest.mark.parametrize(
    ("given", "right"),
    [
        (answer("A", "x:I"), True),
        (answer("A", "x:I.2.g1"), True),  # a place inside the gold one
        (answer("A", "x:II"), False),  # another first citation
        (answer("A"), False),  # none at all
        (answer("B", "x:I"), False),  # the fact is missing
        (answer("A", "x:I", "abstain"), False),  # another decision
    ],
)
def test_a_turn_is_right_with_decision_facts_and_first_citation(given: Answer, right: bool) -> None:
    gold = GoldDialogue("d", "dev", "", (GOLD[0].turns[0],))
    assert [one.right for one in evaluate(Scripted([given], []), [gold])] == [right]


def test_a_broken_file_and_an_unknown_half_are_told(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text(json.dumps({"id": "x"}), encoding="utf-8")
    with pytest.raises(TrolyError, match="hội thoại"):
        load_dialogues("all", file)
    with pytest.raises(UsageError, match="giữa"):
        run(["giữa"], Scripted([], []))


def test_the_machine_form_lists_every_turn(capsys: pytest.CaptureFixture[str]) -> None:
    count = sum(len(one.turns) for one in load_dialogues("dev"))
    assert run(["dev", "--json"], Scripted([answer("", outcome="abstain")] * count, [])) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["turns"] == len(told["results"]) == count and 0 < told["right"] < 0.2
