"""``troly eval``: ask the assistant every gold question as a user would, and measure the answers."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from tqdm import tqdm

from assistant.arguments import Parser, day
from assistant.contract import Answer
from corpus.errors import TrolyError, UsageError
from eval import plots
from eval.compare import compare, render_comparison
from eval.full_texts import needs_full_texts, require_full_texts
from eval.gold import CATEGORY_NAMES, QUESTIONS_DIR, SUITES, Question, load_questions
from eval.metrics import (
    CATEGORY_GOAL,
    GOAL,
    HoldsDocuments,
    Score,
    Summary,
    below_goal,
    by_category,
    score,
    summarise,
)
from eval.reliability import judge
from eval.table import number, percent, render

FORMAT = 1
"""Version of the JSON form; it grows, it does not break."""

_MEASURES = {"facts": "dữ kiện", "first": "trích dẫn đầu", "decisions": "quyết định"}
_OUTCOMES = {
    "answer": "trả lời",
    "abstain": "từ chối",
    "smalltalk": "chào hỏi",
    "clarify": "hỏi lại",
    "error": "lỗi",
}


class Asked(Protocol):
    """What is measured: ``assistant.engine.Assistant``, or a stand-in in tests."""

    @property
    def library(self) -> HoldsDocuments:
        """The library that answers."""
        ...

    def ask(self, question: str, as_of: str | None = None) -> Answer:
        """Return the answer to ``question`` as of the given ISO day (None: today)."""
        ...


def evaluate(assistant: Asked, questions: Sequence[Question], as_of: str | None = None) -> list[Score]:
    """Ask every question once, in order, and return one score each.

    Times are wall-clock milliseconds of the whole answer. An exception is kept as the outcome
    "error" of its question: one failure must not hide the other results.
    """
    if questions:
        assistant.ask("Kế hoạch này nói về việc gì?", as_of)  # the first answer pays for loading
    scores = []
    for question in tqdm(questions, desc="Đánh giá", unit="câu", delay=2, disable=None, file=sys.stderr):
        error = None
        start = time.perf_counter()
        try:
            answer = assistant.ask(question.question, as_of)
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
            answer = Answer(question.question, "error", "", "", None, as_of or "", "")
        milliseconds = 1000 * (time.perf_counter() - start)
        scores.append(score(question, answer, milliseconds, assistant.library, error))
    return scores


def unknown_gold(library: object, questions: Sequence[Question]) -> list[str]:
    """Return the gold ids that the library does not hold, where no alternative of theirs is held.

    Such a question can only fail, by a slip in the gold file or in the parser; it is not hidden.
    """
    find = getattr(library, "find_provision", None)
    if find is None:
        return []
    groups = [group for question in questions for group in (*question.provisions, question.first) if group]
    missing = [group for group in groups if not any(":" not in one or find(one) for one in group)]
    return sorted({one for group in missing for one in group})


def report(scores: Sequence[Score], suite: str, generation: str) -> dict[str, Any]:
    """Return the machine form of a run: pooled and per-category summaries and every question."""
    return {
        "format": FORMAT,
        "suite": suite,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "generation": generation,
        "pooled": summarise(scores).to_json(),
        "categories": {name: summarise(part).to_json() for name, part in by_category(scores).items()},
        "results": [one.to_json() for one in scores],
    }


def _row(name: str, summary: Summary) -> list[str]:
    return [
        name,
        str(summary.questions),
        percent(summary.facts),
        percent(summary.first),
        percent(summary.needed),
        percent(summary.precision),
        percent(summary.decisions),
        str(summary.fabricated),
        number(summary.median_ms, 1),
        number(summary.p95_ms, 1),
    ]


def render_table(scores: Sequence[Score]) -> str:
    """Return the table a category, the pooled line, and how the pooled figures stand to the goals."""
    header = [
        "Nhóm câu hỏi", "Số câu", "Dữ kiện", "Trích dẫn đầu", "Đủ trích dẫn",
        "Trích dẫn đúng", "Quyết định", "Bịa số liệu", "Trung vị ms", "p95 ms",
    ]  # fmt: skip
    summaries = {name: summarise(part) for name, part in by_category(scores).items()}
    pooled = summarise(scores)
    rows = [_row(CATEGORY_NAMES.get(name, name), summary) for name, summary in summaries.items()]
    lines = [
        render(header, [*rows, _row("Tất cả", pooled)]),
        "",
        f"Câu cần trả lời được trả lời: {percent(pooled.answered)} · "
        + f"câu phải từ chối được từ chối: {percent(pooled.refused)} · "
        + f"chào hỏi: {percent(pooled.smalltalk)}",
        f"Dữ kiện kể cả trong trích dẫn: {percent(pooled.facts_shown)} · "
        + f"điều khoản cần có được dẫn: {percent(pooled.recall)} · "
        + f"trích dẫn không nguyên văn: {pooled.broken_quotes} · câu lỗi: {pooled.errors} · "
        + f"câu đúng trọn vẹn: {percent(pooled.passed)}",
        _goal_line(pooled),
    ]
    for name, measures in below_goal(summaries).items():
        what = ", ".join(_MEASURES[measure] for measure in measures)
        lines.append(f"Dưới {percent(CATEGORY_GOAL, 0)}: {CATEGORY_NAMES.get(name, name)} ({what})")
    return "\n".join(lines)


def _goal_line(pooled: Summary) -> str:
    values = (pooled.facts, pooled.first, pooled.answered, pooled.refused)
    reached = pooled.fabricated == 0 and all(value is None or value >= GOAL for value in values)
    verdict = "đạt" if reached else "chưa đạt"
    return f"Mục tiêu (dữ kiện, trích dẫn đầu, hai chiều quyết định ≥ {percent(GOAL, 0)}; bịa 0): {verdict}"


def render_failures(scores: Sequence[Score], questions: Sequence[Question]) -> str:
    """Return each question that is not wholly right, with what was expected and what came."""
    gold = {question.id: question for question in questions}
    blocks = []
    for one in scores:
        if one.passed:
            continue
        question = gold[one.id]
        lines = [f"✗ {one.id} [{CATEGORY_NAMES.get(one.category, one.category)}] {one.question}"]
        if one.error:
            lines.append(f"    lỗi: {one.error}")
        if not one.decision_right:
            lines.append(f"    mong đợi: {_OUTCOMES[one.expected]} · nhận được: {_OUTCOMES[one.outcome]}")
        lines += [f"    thiếu dữ kiện: {' | '.join(group)}" for group in one.missing]
        if one.first_right is False:
            expected = " | ".join(question.first or sorted(question.gold))
            lines.append(
                f"    trích dẫn đầu mong đợi: {expected} · nhận được: {one.cited[0] if one.cited else '–'}"
            )
        if one.expected == "answer":
            lines += [f"    thiếu trích dẫn: {' | '.join(group)}" for group in one.needed_missing]
        if one.fabricated:
            lines.append(f"    không có căn cứ: {', '.join(one.fabricated)}")
        if one.broken_quotes:
            lines.append(f"    trích dẫn không nguyên văn: {', '.join(one.broken_quotes)}")
        answer = " / ".join(one.answer.split("\n"))
        lines.append(f"    câu trả lời: {answer[:300]}{'…' if len(answer) > 300 else ''}")
        blocks.append("\n".join(lines))
    return "\n".join(blocks) if blocks else "Không có câu nào sai."


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="troly eval", description="Đo chất lượng trả lời trên bộ câu hỏi chuẩn.")
    parser.add_argument(
        "suite",
        nargs="?",
        default="all",
        metavar="BỘ",
        help="dev, test hoặc all (mặc định); laws-dev, laws-test: toàn văn luật, cần nạp trước; "
        + "refuse-dev, refuse-test: câu phải từ chối; ba bộ riêng: dialogues, kinds, retrieval",
    )
    parser.add_argument(
        "--json",
        nargs="?",
        const="-",
        metavar="TỆP",
        help="kết quả cho máy đọc, ra màn hình hoặc ghi vào tệp",
    )
    parser.add_argument(
        "--report", metavar="THƯ MỤC", type=Path, help="viết báo cáo HTML có bảng và biểu đồ vào thư mục này"
    )
    parser.add_argument("--compare", metavar="TỆP", type=Path, help="so với kết quả --json của lần trước")
    parser.add_argument("--failures", action="store_true", help="liệt kê các câu sai")
    parser.add_argument("--category", action="append", metavar="NHÓM", help="chỉ chạy nhóm này")
    parser.add_argument("--as-of", type=day, metavar="NGÀY", help="trả lời tại ngày này (2026-11-23)")
    parser.add_argument("--questions", type=Path, default=QUESTIONS_DIR, metavar="THƯ MỤC",
                        help="thư mục chứa các tệp câu hỏi")  # fmt: skip
    options = parser.parse_args(argv)
    if options.json in SUITES:  # "--json dev": the word after the option is the suite, not a file
        options.suite, options.json = options.json, "-"
    if options.suite not in SUITES:
        raise UsageError(f"Không có bộ câu hỏi “{options.suite}”. Các bộ hiện có: {', '.join(SUITES)}.")
    return options


def _open_assistant() -> Any:
    """Open the real assistant; imported here so that ``--help`` and errors come at once."""
    from assistant.engine import Assistant
    from corpus.settings import get_settings

    return Assistant.open(get_settings())


def _read_old(path: Path) -> dict[str, Any]:
    try:
        old: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not {"results", "pooled"} <= old.keys():
            raise ValueError("thiếu results, pooled")
    except (OSError, ValueError, AttributeError) as error:
        raise TrolyError(
            f"Không đọc được kết quả cũ {path} ({error}). Hãy dùng tệp do “troly eval --json” ghi ra."
        ) from error
    return old


def run(argv: Sequence[str], assistant: Asked | None = None) -> int:
    """Run the command; raises TrolyError with a Vietnamese message on anything the user can mend."""
    if argv and argv[0] == "dialogues":
        from eval.dialogues import run as hold_dialogues

        return hold_dialogues(argv[1:])
    if argv and argv[0] == "kinds":
        from eval.kinds import run as recognise_kinds

        return recognise_kinds(argv[1:])
    options = _parse(argv)
    questions = load_questions(options.suite, options.questions)
    if options.category:
        questions = tuple(q for q in questions if q.category in options.category)
    if not questions:
        raise TrolyError("Không có câu hỏi nào để đánh giá. Hãy kiểm tra tên nhóm và tệp câu hỏi.")
    old = _read_old(options.compare) if options.compare else None
    if options.report:
        plots.require()
    asked = assistant if assistant is not None else _open_assistant()
    if needs_full_texts(options.suite):
        require_full_texts(asked.library)
    scores = evaluate(asked, questions, options.as_of)
    result = report(scores, options.suite, str(getattr(asked.library, "generation", "")))
    result["unknown_gold"] = unknown_gold(asked.library, questions)
    comparison = compare(old, result) if old is not None else None
    if options.report:
        written = _write_report(options, asked, questions, scores, result, comparison)
    if options.json == "-":
        if comparison is not None:
            result["comparison"] = comparison
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return 0
    print(render_table(scores))
    if result["unknown_gold"]:
        print(f"Mã điều khoản chuẩn không có trong kho: {', '.join(result['unknown_gold'])}")
    if options.failures:
        print("\n" + render_failures(scores, questions))
    if comparison is not None:
        print("\n" + render_comparison(comparison))
    if options.json:
        print(f"\nĐã ghi {_write_json(Path(options.json), result)}")
    if options.report:
        print(f"\nĐã ghi báo cáo {written}")
    return 0


def _write_json(target: Path, result: Mapping[str, Any]) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return target


def _write_report(
    options: argparse.Namespace,
    assistant: Asked,
    questions: Sequence[Question],
    scores: Sequence[Score],
    result: Mapping[str, Any],
    comparison: Mapping[str, Any] | None,
) -> Path:
    """Write the page, and beside it the run itself, which a later run can be compared with."""
    from assistant.rank import threshold
    from eval.report import DATA, write_report

    failures = render_failures(scores, questions) if options.failures else ""
    judged = judge(assistant, questions, scores)
    written = write_report(options.report, result, judged, threshold(), comparison, failures)
    _write_json(options.report / DATA, result)
    return written


def main(argv: Sequence[str] | None = None, assistant: Asked | None = None) -> int:
    """Run ``troly eval`` and return the exit code; errors are printed in Vietnamese on stderr."""
    try:
        return run(sys.argv[1:] if argv is None else argv, assistant)
    except TrolyError as error:
        print(error, file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    raise SystemExit(main())
