"""``troly eval kinds dev|test``: are the nineteen kinds of question recognised, with marks and without?"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.arguments import Parser
from assistant.asked import KINDS, recognise
from corpus.errors import TrolyError, UsageError
from corpus.text import fold
from eval.gold import QUESTIONS_DIR
from eval.table import number, percent, render

FILES: Final = {name: f"kinds-{name}.jsonl" for name in ("train", "dev", "test")}
GOALS: Final = {"typed": 0.93, "bare": 0.88}
"""Share that must be recognised on the kept half, as typed and without marks (issue 5)."""
_TYPED_AS: Final[dict[str, Callable[[str], str]]] = {"typed": str, "bare": fold}

NAMES: Final = {
    "lead": "Ai chủ trì", "cooperate": "Ai phối hợp", "competence": "Thẩm quyền",
    "unit_duties": "Nhiệm vụ đơn vị", "legal_basis": "Căn cứ pháp lý", "targets": "Chỉ tiêu",
    "deadlines": "Thời hạn", "conditions": "Điều kiện", "procedure": "Trình tự, thủ tục",
    "definition": "Định nghĩa", "list": "Liệt kê", "named_place": "Điều khoản nêu rõ",
    "comparison": "So sánh", "relation": "Quan hệ văn bản", "status": "Hiệu lực",
    "document_facts": "Thông tin văn bản", "holdings": "Kho có gì", "smalltalk": "Chào hỏi",
    "out_of_scope": "Ngoài phạm vi",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labelled:
    """One question and the kind that it is, one of ``assistant.asked.KINDS``."""

    id: str
    question: str
    kind: str


@dataclass(frozen=True, slots=True)
class Recognised:
    """What one question was taken for in one way of typing; ``confidence`` is 0..1."""

    labelled: Labelled
    typed: str  # a key of GOALS
    kind: str
    confidence: float

    @property
    def right(self) -> bool:
        """The kind is the labelled one."""
        return self.kind == self.labelled.kind


def load_kinds(suite: str, folder: Path = QUESTIONS_DIR) -> tuple[Labelled, ...]:
    """Return the labelled questions of "dev", "test" or "train", in file order.

    Raises TrolyError where the file is missing or a line is malformed.
    """
    path = folder / FILES[suite]
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        found = tuple(Labelled(row["id"], row["question"], row["kind"]) for row in rows)
        odd = {one.kind for one in found} - set(KINDS)
        if odd:
            raise ValueError(f"kind={sorted(odd)}")
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TrolyError(f"Không đọc được tệp loại câu hỏi {path} ({error}).") from error
    return found


def evaluate(
    questions: Sequence[Labelled], recogniser: Callable[[str], tuple[str, float]] = recognise
) -> list[Recognised]:
    """Return what every question is taken for, as typed and without marks."""
    return [
        Recognised(one, typed, *recogniser(change(one.question)))
        for typed, change in _TYPED_AS.items()
        for one in questions
    ]


def share(results: Sequence[Recognised], typed: str) -> float:
    """Return the share that is right of those typed in one way; 0 for none."""
    counted = [one for one in results if one.typed == typed]
    return sum(one.right for one in counted) / len(counted) if counted else 0.0


def render_table(results: Sequence[Recognised]) -> str:
    """Return a line a kind, the pooled line and how that stands to the goals."""
    rows = []
    for kind in KINDS:
        part = [one for one in results if one.labelled.kind == kind]
        if part:
            taken = Counter(NAMES[one.kind] for one in part if not one.right)
            rows.append([
                NAMES[kind], str(sum(one.typed == "typed" for one in part)),
                percent(share(part, "typed")), percent(share(part, "bare")),
                ", ".join(f"{name} ×{n}" for name, n in taken.most_common(3)),
            ])  # fmt: skip
    rows.append(["Tất cả", *_pooled(results), ""])
    reached = all(share(results, typed) >= goal for typed, goal in GOALS.items())
    goals = f"{percent(GOALS['typed'], 0)} / {percent(GOALS['bare'], 0)}"
    header = ["Loại", "Số câu", "Có dấu", "Không dấu", "Bị nhầm là"]
    return f"{render(header, rows)}\n{_goal(goals, reached)}"


def _pooled(results: Sequence[Recognised]) -> list[str]:
    asked = sum(one.typed == "typed" for one in results)
    return [str(asked), percent(share(results, "typed")), percent(share(results, "bare"))]


def _goal(goals: str, reached: bool) -> str:
    return f"Mục tiêu (có dấu / không dấu ≥ {goals}): {'đạt' if reached else 'chưa đạt'}"


def render_pooled(results: Sequence[Recognised]) -> str:
    """Return the pooled figures alone: all that is looked at of the blind half."""
    asked, typed, bare = _pooled(results)
    return f"{asked} câu: có dấu {typed}, không dấu {bare}"


def render_failures(results: Sequence[Recognised]) -> str:
    """Return each question that was taken for another kind, once for both ways of typing."""
    lines = [
        f"✗ {one.labelled.id} [{NAMES[one.labelled.kind]}] → {NAMES[one.kind]} ({percent(one.confidence, 0)}"
        f"{', không dấu' if one.typed == 'bare' else ''}): {one.labelled.question}"
        for one in results
        if not one.right
    ]
    return "\n".join(lines) if lines else "Không có câu nào bị nhầm."


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="troly eval kinds", description="Đo việc nhận ra loại câu hỏi.")
    parser.add_argument("suite", nargs="?", default="dev", metavar="BỘ", help="dev (mặc định) hoặc test")
    parser.add_argument("--failures", action="store_true", help="liệt kê các câu bị nhầm")
    parser.add_argument("--pooled", action="store_true", help="chỉ in số chung, không in theo từng loại")
    parser.add_argument("--json", action="store_true", help="in kết quả cho máy đọc")
    options = parser.parse_args(argv)
    if options.suite not in ("dev", "test"):
        raise UsageError(f"Không có bộ loại câu hỏi “{options.suite}”. Các bộ hiện có: dev, test.")
    return options


def run(argv: Sequence[str]) -> int:
    """Run the command; raises TrolyError with a Vietnamese message on anything the user can mend."""
    options = _parse(argv)
    questions = load_kinds(options.suite)
    recognise(questions[0].question)  # the first one pays for loading
    started = time.perf_counter()
    results = evaluate(questions)
    milliseconds = 1000 * (time.perf_counter() - started) / len(results)
    if options.json:
        print(json.dumps({
            "suite": options.suite, "questions": len(questions),
            "right": {typed: share(results, typed) for typed in GOALS}, "milliseconds": milliseconds,
        }, ensure_ascii=False, indent=1))  # fmt: skip
        return 0
    print(render_pooled(results) if options.pooled else render_table(results))
    print(f"Một câu: {number(milliseconds, 2)} ms")
    if options.failures:
        print("\n" + render_failures(results))
    return 0
