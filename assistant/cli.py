"""The command line ``troly``. Heavy imports happen inside the commands that need them.

Exit codes: 0 done; 1 a failure with a Vietnamese message on standard error (also: some file refused);
2 wrong usage; 3 no library yet (run ``troly ingest``); 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant import admin_commands
from assistant.arguments import Parser, day, whole
from assistant.library_commands import add_parsers, ingest, remove, show
from corpus.errors import TrolyError, UsageError

if TYPE_CHECKING:
    from assistant.engine import Assistant
    from corpus.settings import Settings

_REASONS = {
    errno.ENOSPC: "ổ đĩa đã đầy",
    errno.EDQUOT: "đã dùng hết phần ổ đĩa được cấp",
    errno.EROFS: "ổ đĩa chỉ cho đọc",
    errno.EACCES: "không đủ quyền",
    errno.EPERM: "không đủ quyền",
    errno.EIO: "ổ đĩa có lỗi",
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = Parser(
        prog="troly", description="Trợ lý ảo tra cứu văn bản và kế hoạch của xã; chạy không cần mạng."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="LỆNH", parser_class=Parser)

    add_parsers(commands)
    admin_commands.add_parsers(commands, Parser)

    status = commands.add_parser("status", help="kho đang có những văn bản nào")
    status.add_argument("--json", action="store_true", help="in dạng JSON")

    ask = commands.add_parser("ask", help="hỏi một câu, hoặc nhiều câu với --batch")
    ask.add_argument("question", nargs="?", metavar="CÂU_HỎI", help="câu hỏi, có dấu hay không dấu")
    ask.add_argument(
        "--batch", metavar="TỆP", help="mỗi dòng một câu hỏi hoặc một đối tượng JSON; «-»: đầu vào chuẩn"
    )
    ask.add_argument("--as-of", type=day, metavar="NGÀY", help="trả lời tại ngày này (2026-11-23)")
    ask.add_argument(
        "--after", action="append", default=[], metavar="CÂU_HỎI",
        help="câu đã hỏi trước đó, để hiểu câu hỏi nối tiếp; nêu nhiều lần, cũ trước mới sau",
    )  # fmt: skip
    ask.add_argument("--docx", type=Path, metavar="TỆP", help="ghi câu hỏi và câu trả lời ra tệp Word")
    ask.add_argument("--json", action="store_true", help="in dạng JSON")

    tasks = commands.add_parser("tasks", help="nhiệm vụ của các đơn vị, hoặc của một đơn vị")
    tasks.add_argument("--unit", default="", metavar="ĐƠN_VỊ", help="tên đơn vị, viết tắt được")
    tasks.add_argument(
        "--role",
        default="",
        choices=("lead", "do", "cooperate", "field"),
        metavar="VAI_TRÒ",
        help="lead (chủ trì), do (thực hiện), cooperate (phối hợp), field (lĩnh vực)",
    )
    tasks.add_argument("--field", default="", metavar="LĨNH_VỰC", help="tên lĩnh vực như văn bản ghi")
    tasks.add_argument("--document", default="", metavar="MÃ", help="chỉ nhiệm vụ của văn bản có mã này")
    tasks.add_argument("--xlsx", type=Path, metavar="TỆP", help="ghi ra bảng tính")
    tasks.add_argument("--json", action="store_true", help="in dạng JSON")

    search = commands.add_parser("search", help="xem các đơn vị văn bản gần nhất với từ khóa")
    search.add_argument("query", metavar="TỪ_KHÓA")
    search.add_argument(
        "--limit", type=whole(1, 1000), default=10, metavar="N", help="số kết quả (mặc định 10)"
    )
    search.add_argument("--json", action="store_true", help="in dạng JSON")

    serve = commands.add_parser("serve", help="mở trang hỏi đáp trên máy này")
    serve.add_argument("--host", metavar="ĐỊA_CHỈ", help="địa chỉ nghe (mặc định 127.0.0.1, chỉ máy này)")
    serve.add_argument("--port", type=whole(1, 65535), metavar="CỔNG", help="cổng (mặc định 7860)")

    commands.add_parser("eval", help="chấm trợ lý trên bộ câu hỏi (dev, test, all)", add_help=False)

    doctor = commands.add_parser("doctor", help="kiểm tra máy, kho và mô hình")
    doctor.add_argument("--json", action="store_true", help="in dạng JSON")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code (see the module's first lines)."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        try:
            return _command(list(sys.argv[1:] if argv is None else argv))
        finally:
            sys.stdout.flush()  # a closed pipe shows itself here, not after main() has returned
    except TrolyError as error:
        print(f"Lỗi: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Đã dừng theo yêu cầu.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        _discard_output()  # who reads us has enough ("troly ask … | head")
        return 0
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, f"lỗi hệ thống {error.errno}: {error.strerror}")
        print(f"Lỗi: không đọc hoặc ghi được {error.filename or 'kết quả'} ({reason}).", file=sys.stderr)
        if error.filename is None:
            _discard_output()
        return 1


def _discard_output() -> None:
    """Let what could not be written go: the interpreter flushes once more at its end, and would fail."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _command(arguments: list[str]) -> int:
    # Imported here: pydantic takes a while, and Ctrl-C in that while is to be answered, too.
    from corpus.settings import get_settings, silence_third_parties

    silence_third_parties()
    if arguments[:1] == ["eval"]:
        # Their options are their own.
        if arguments[1:2] == ["retrieval"]:
            from eval.retrieval import run as measure_retrieval

            return measure_retrieval(arguments[2:])
        from eval.run import main as evaluate

        return evaluate(arguments[1:])
    return _run(build_parser().parse_args(arguments), get_settings())


def _run(options: argparse.Namespace, settings: Settings) -> int:
    match options.command:
        case "ingest":
            return ingest(options, settings)
        case "show":
            return show(options, settings)
        case "remove":
            return remove(options, settings)
        case "status":
            return _status(options, settings)
        case "ask":
            return _ask(options, settings)
        case "tasks":
            return _tasks(options, settings)
        case "search":
            return _search(options, settings)
        case "admin":
            return admin_commands.admin(options, settings)
        case "serve":
            from assistant.app.server import serve

            serve(settings, host=options.host or settings.host, port=options.port or settings.port)
            return 0
        case _:
            from assistant.doctor import report

            return report(settings, as_json=options.json)


def _print_json(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False), flush=True)


def _status(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.shapes import document_json
    from corpus.catalog import load_catalog
    from corpus.generation import require_current
    from corpus.store import Library

    generation = require_current(settings)
    library = Library(generation.store_path, generation.name)
    rows = [document_json(library, document) for document in library.documents()]
    known = [entry for entry in load_catalog(settings).entries.values() if entry.id not in library]
    if options.json:
        _print_json(
            {
                "generation": generation.name,
                "manifest": generation.manifest(),
                "documents": rows,
                "known_only": [entry.id for entry in known],
            }
        )
        return 0
    print(f"Kho {generation.name} trong {settings.data_dir.resolve()}")
    for row in rows:
        basis = "toàn văn" if row["basis"] == "full_text" else "tóm tắt"
        note = "; có thể là dự thảo" if row["draft"] else ""
        number = row["document"] or "(chưa có số)"
        print(f"- {row['id']} ({basis}, {row['provisions']} đơn vị{note}): {row['kind']} {number}")
        for missing in row["missing"]:
            print(f"    ! {missing} chưa có trong kho")
    if known:
        print("Chỉ biết qua văn bản khác, chưa có nội dung: " + ", ".join(entry.id for entry in known))
    return 0


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    if (options.question is None) == (options.batch is None):
        raise UsageError("Hãy nêu một câu hỏi, hoặc --batch TỆP (không cả hai). Xem: troly ask --help")
    from assistant.batch import Batch, lines_of
    from assistant.engine import Assistant

    if options.batch is None:
        return _ask_one(options, Assistant.open(settings))
    if options.after or options.docx:
        raise UsageError("--after và --docx chỉ dùng với một câu hỏi. Xem: troly ask --help")
    assistant = Assistant.open(settings)
    batch = Batch(assistant, options.as_of)
    for line in lines_of(options.batch):
        _print_json(batch.answer(line))
    return 0


def _ask_one(options: argparse.Namespace, assistant: Assistant) -> int:
    from assistant.antecedents import past

    turns = assistant.replay(options.after, options.as_of)
    answer = assistant.converse(options.question, turns, options.as_of)
    turn = past(options.question, answer, turns)
    if options.docx:
        from assistant.export import conversation_docx

        options.docx.write_bytes(conversation_docx([turn]))
    if options.json:
        _print_json(assistant.suggest(turn, options.as_of).to_json())
        return 0
    if answer.understood:
        print(f"Hiểu là: {answer.understood}")
    print(answer.answer)
    for number, option in enumerate(answer.options, start=1):
        print(f"{number}. {option.label}: {option.question}")
    for warning in answer.warnings:
        print(f"! {warning}")
    if answer.hints:
        print("Gần nhất trong kho: " + "; ".join(answer.hints))
    if options.docx:
        print(f"Đã ghi {options.docx}")
    return 0


def _tasks(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.shapes import ROLES, task_json, tasks_of
    from corpus.generation import require_current
    from corpus.lexicons import load_lexicons
    from corpus.store import Library

    generation = require_current(settings)
    library = Library(generation.store_path, generation.name)
    found = tasks_of(
        library, load_lexicons(settings), unit=options.unit, role=options.role,
        document=options.document, field=options.field,
    )  # fmt: skip
    if options.xlsx:
        from assistant.export import tasks_xlsx

        options.xlsx.write_bytes(tasks_xlsx(library, found))
    rows = [task_json(library, task) for task in found]
    if options.json:
        _print_json({"generation": generation.name, "total": len(rows), "tasks": rows})
        return 0
    if options.xlsx:
        print(f"Đã ghi {len(rows)} nhiệm vụ vào {options.xlsx}")
        return 0
    for row in rows:
        due = f" (hạn: {row['deadline']})" if row["deadline"] else ""
        with_ = f" (phối hợp: {', '.join(row['cooperates'])})" if row["cooperates"] else ""
        print(f"- {row['unit']}, {ROLES.get(row['role'], row['role'])}: {row['what']}{with_}{due}")
        print(f"    {row['label']}")
    if not rows:
        print("Không có nhiệm vụ nào khớp.")
    return 0


def _search(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.engine import Assistant
    from assistant.shapes import hit_json

    rows = [hit_json(hit) for hit in Assistant.open(settings).search(options.query, options.limit)]
    if options.json:
        _print_json({"query": options.query, "results": rows})
        return 0
    for row in rows:
        text = " ".join(str(row["text"]).split())
        print(f"{row['score']:.3f}  {row['label']}\n       {text[:160]}{'…' if len(text) > 160 else ''}")
    if not rows:
        print("Không có kết quả.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
