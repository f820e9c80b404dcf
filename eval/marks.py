"""``python -m eval.marks``: how many marks come back, and whether right questions stay right.

Questions of BEIR-shaped sets, as the reader restores them (``assistant.question.complete_marks``): typed
whole, without marks, with half of them. What restoring does to retrieval is seen in ``troly eval
retrieval``: its dense column reads the restored question, its lexical column folded syllables.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.arguments import Parser
from assistant.question import complete_marks
from corpus.errors import TrolyError
from corpus.text import normalise, spell
from eval.beir import VARIANTS, load_asked, typed_as
from eval.table import number, percent, render

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Restored:
    """Shares of syllables and of whole questions that are as they were meant, and milliseconds each."""

    syllables: float
    questions: float
    milliseconds: float
    wrong: tuple[tuple[str, str], ...]  # (meant, restored)


def measure(meant: Sequence[str], typed: Sequence[str]) -> Restored:
    """Return how well the questions ``typed`` are read as what was ``meant``."""
    started = time.perf_counter()
    found = [complete_marks(spell(normalise(text)))[0] for text in typed]
    milliseconds = 1000 * (time.perf_counter() - started) / len(typed)
    total = right = whole = 0
    wrong: list[tuple[str, str]] = []
    for text, restored in zip(meant, found, strict=True):
        pairs = list(
            zip(_WORD.findall(spell(normalise(text)).lower()), _WORD.findall(restored.lower()), strict=True)
        )
        lost = [pair for pair in pairs if pair[0] != pair[1]]
        total += len(pairs)
        right += len(pairs) - len(lost)
        whole += not lost
        wrong += lost
    return Restored(right / (total or 1), whole / len(typed), milliseconds, tuple(wrong))


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(prog="python -m eval.marks", description="Đo việc thêm lại dấu cho câu hỏi.")
    default = [Path("../shared/bench/zalo2021"), Path("../shared/bench/alqac2025")]
    parser.add_argument("--data", type=Path, nargs="+", default=default, metavar="THƯ_MỤC")
    parser.add_argument("--part", default="dev", metavar="PHẦN")
    parser.add_argument("--failures", action="store_true", help="in các tiếng sai")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; return the exit code."""
    try:
        options = _parse(argv)
        rows = []
        complete_marks("han bao cao")  # the first question pays for loading
        for folder in options.data:
            asked = load_asked(folder, options.part)
            for variant, (name, _) in VARIANTS.items():
                one = measure(list(asked.questions.values()), list(typed_as(asked, variant).values()))
                cells = [percent(one.syllables, 2), percent(one.questions), number(one.milliseconds, 2)]
                rows.append([folder.name, name, *cells])
                if options.failures:
                    print(folder.name, name, "; ".join(f"{a} → {b}" for a, b in one.wrong), file=sys.stderr)
    except TrolyError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(render(["Bộ", "Câu hỏi", "tiếng đúng", "cả câu đúng", "ms một câu"], rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
