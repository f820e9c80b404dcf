"""``troly eval dialogues``: conversations of several turns, each turn measured with those before it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from assistant.antecedents import Past, past
from assistant.arguments import Parser, day
from assistant.contract import Answer
from corpus.errors import TrolyError, UsageError
from eval.gold import QUESTIONS_DIR
from eval.metrics import matches, missing_facts
from eval.table import percent, render

FILE: Final = QUESTIONS_DIR / "dialogues.jsonl"
HALVES: Final = {"dev": ("dev",), "test": ("test",), "all": ("dev", "test")}
GOAL: Final = 0.90
"""Share of turns that must be right (issue 5)."""


@dataclass(frozen=True, slots=True)
class GoldTurn:
    """One turn: what is typed, what the assistant must decide, which facts and which first citation."""

    question: str
    outcome: str
    facts: tuple[tuple[str, ...], ...] = ()
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GoldDialogue:
    """One conversation; ``half`` is "dev" or "test"."""

    id: str
    half: str
    note: str
    turns: tuple[GoldTurn, ...]


@dataclass(frozen=True, slots=True)
class TurnScore:
    """One turn measured; ``number`` counts from 1."""

    dialogue: str
    half: str
    number: int
    question: str
    understood: str | None
    expected: str
    outcome: str
    missing: tuple[tuple[str, ...], ...]
    first_right: bool | None  # None where nothing is to be cited
    cited: tuple[str, ...]
    answer: str

    @property
    def right(self) -> bool:
        """The decision, the facts and the first citation are right."""
        return self.outcome == self.expected and not self.missing and self.first_right is not False

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object with every field and the verdict."""
        return {name: getattr(self, name) for name in self.__slots__} | {"right": self.right}


class Conversing(Protocol):
    """What is measured: ``assistant.engine.Assistant``, or a stand-in in tests."""

    def converse(self, question: str, turns: Sequence[Past], as_of: str | None = None) -> Answer:
        """Return the answer to a question typed after ``turns``."""
        ...


def load_dialogues(suite: str = "all", path: Path = FILE) -> tuple[GoldDialogue, ...]:
    """Return the dialogues of one half or both, in file order. Raises TrolyError on a malformed file."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        dialogues = tuple(
            GoldDialogue(
                row["id"], row["half"], row["note"],
                tuple(
                    GoldTurn(
                        turn["question"], turn["outcome"], tuple(tuple(group) for group in turn["facts"]),
                        tuple(turn.get("first", ())),
                    )
                    for turn in row["turns"]
                ),
            )
            for row in rows
        )  # fmt: skip
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TrolyError(f"Không đọc được tệp hội thoại {path} ({error}).") from error
    return tuple(one for one in dialogues if one.half in HALVES[suite])


def evaluate(
    assistant: Conversing, dialogues: Sequence[GoldDialogue], as_of: str | None = None
) -> list[TurnScore]:
    """Hold every dialogue with the assistant and return one score a turn, in order."""
    scores = []
    for dialogue in dialogues:
        turns: list[Past] = []
        for number, gold in enumerate(dialogue.turns, start=1):
            answer = assistant.converse(gold.question, turns, as_of)
            turns.append(past(gold.question, answer, turns))
            scores.append(_score(dialogue, number, gold, answer))
    return scores


def _score(dialogue: GoldDialogue, number: int, gold: GoldTurn, answer: Answer) -> TurnScore:
    cited = tuple(citation.id for citation in answer.citations)
    return TurnScore(
        dialogue.id, dialogue.half, number, gold.question, answer.understood, gold.outcome, answer.outcome,
        missing_facts(gold.facts, answer.answer),
        any(matches(cited[0], one) for one in gold.first) if gold.first and cited else _none_or_lost(gold),
        cited, answer.answer,
    )  # fmt: skip


def _none_or_lost(gold: GoldTurn) -> bool | None:
    return False if gold.first else None


def share(scores: Sequence[TurnScore], *, later: bool = False) -> float | None:
    """Return the share of turns that are right; ``later``: of those after the first of their dialogue."""
    counted = [one for one in scores if not later or one.number > 1]
    return sum(one.right for one in counted) / len(counted) if counted else None


def render_table(scores: Sequence[TurnScore]) -> str:
    """Return a line a half and the pooled line, and how that stands to the goal."""
    rows = []
    for name, half in (("dev", "dev"), ("test", "test"), ("Tất cả", "")):
        part = [one for one in scores if half in ("", one.half)]
        if part:
            firsts = [one.first_right for one in part if one.first_right is not None]
            rows.append([
                name, str(len({one.dialogue for one in part})), str(len(part)), percent(share(part)),
                percent(share(part, later=True)),
                percent(sum(not one.missing for one in part) / len(part)),
                percent(sum(firsts) / len(firsts) if firsts else None),
                percent(sum(one.outcome == one.expected for one in part) / len(part)),
            ])  # fmt: skip
    header = [
        "Nửa",
        "Hội thoại",
        "Lượt",
        "Lượt đúng",
        "Lượt sau đúng",
        "Dữ kiện",
        "Trích dẫn đầu",
        "Quyết định",
    ]
    whole = share(scores) or 0.0
    verdict = "đạt" if whole >= GOAL else "chưa đạt"
    return f"{render(header, rows)}\nMục tiêu (lượt đúng ≥ {percent(GOAL, 0)}): {verdict}"


def render_failures(scores: Sequence[TurnScore]) -> str:
    """Return each turn that is not right, with how it was read and what came."""
    blocks = []
    for one in scores:
        if one.right:
            continue
        lines = [f"✗ {one.dialogue} lượt {one.number}: {one.question}"]
        if one.understood:
            lines.append(f"    hiểu là: {one.understood}")
        if one.outcome != one.expected:
            lines.append(f"    mong đợi: {one.expected} · nhận được: {one.outcome}")
        lines += [f"    thiếu dữ kiện: {' | '.join(group)}" for group in one.missing]
        if one.first_right is False:
            lines.append(f"    trích dẫn đầu: {one.cited[0] if one.cited else '–'}")
        lines.append(f"    câu trả lời: {' / '.join(one.answer.splitlines())[:240]}")
        blocks.append("\n".join(lines))
    return "\n".join(blocks) if blocks else "Không có lượt nào sai."


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="troly eval dialogues", description="Đo hội thoại nhiều lượt trên bộ chuẩn.")
    parser.add_argument("suite", nargs="?", default="all", metavar="BỘ", help="dev, test hoặc all (mặc định)")
    parser.add_argument("--failures", action="store_true", help="liệt kê các lượt sai")
    parser.add_argument("--json", action="store_true", help="in kết quả cho máy đọc")
    parser.add_argument("--as-of", type=day, metavar="NGÀY", help="trả lời tại ngày này (2026-11-23)")
    options = parser.parse_args(argv)
    if options.suite not in HALVES:
        raise UsageError(f"Không có bộ hội thoại “{options.suite}”. Các bộ hiện có: {', '.join(HALVES)}.")
    return options


def run(argv: Sequence[str], assistant: Conversing | None = None) -> int:
    """Run the command; raises TrolyError with a Vietnamese message on anything the user can mend."""
    options = _parse(argv)
    dialogues = load_dialogues(options.suite)
    if assistant is None:
        from assistant.engine import Assistant
        from corpus.settings import get_settings

        assistant = Assistant.open(get_settings())
    scores = evaluate(assistant, dialogues, options.as_of)
    if options.json:
        print(json.dumps({
            "suite": options.suite, "turns": len(scores), "right": share(scores),
            "right_later": share(scores, later=True), "results": [one.to_json() for one in scores],
        }, ensure_ascii=False, indent=1))  # fmt: skip
        return 0
    print(render_table(scores))
    if options.failures:
        print("\n" + render_failures(scores))
    return 0
