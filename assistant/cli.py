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
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.arguments import Parser, day, whole
from assistant.library_commands import add_parsers, ingest, remove, show
from corpus.errors import TrolyError, UsageError

if TYPE_CHECKING:
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

    status = commands.add_parser("status", help="kho đang có những văn bản nào")
    status.add_argument("--json", action="store_true", help="in dạng JSON")

    ask = commands.add_parser("ask", help="hỏi một câu, hoặc nhiều câu với --batch")
    ask.add_argument("question", nargs="?", metavar="CÂU_HỎI", help="câu hỏi, có dấu hay không dấu")
    ask.add_argument(
        "--batch", metavar="TỆP", help="mỗi dòng một câu hỏi hoặc một đối tượng JSON; «-»: đầu vào chuẩn"
    )
    ask.add_argument("--as-of", type=day, metavar="NGÀY", help="trả lời tại ngày này (2026-11-23)")
    ask.add_argument("--json", action="store_true", help="in dạng JSON")

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
        from eval.run import main as evaluate  # its options are its own

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
        case "search":
            return _search(options, settings)
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
    from corpus.catalog import load_catalog
    from corpus.generation import require_current
    from corpus.store import Library

    generation = require_current(settings)
    library = Library(generation.store_path, generation.name)
    rows: list[dict[str, Any]] = [
        {
            "id": document.id,
            "document": document.number,
            "kind": document.kind,
            "title": document.title,
            "issuer": document.issuer,
            "issued": document.issued,
            "basis": document.basis,
            "provisions": len(library.provisions(document.id)),
            "draft": document.draft,
            "missing": list(document.missing),
            "warnings": list(document.warnings),
        }
        for document in library.documents()
    ]
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
    from assistant.engine import Assistant

    if options.batch is None:
        answer = Assistant.open(settings).ask(options.question, as_of=options.as_of)
        if options.json:
            _print_json(answer.to_json())
        else:
            print(answer.answer)
            for warning in answer.warnings:
                print(f"! {warning}")
            if answer.hints:
                print("Gần nhất trong kho: " + "; ".join(answer.hints))
        return 0
    assistant = Assistant.open(settings)
    for line in _lines(options.batch):
        _print_json(_ask_line(assistant, line, options.as_of))
    return 0


def _lines(source: str) -> Iterator[str]:
    if source == "-":
        # utf-8-sig: PowerShell and Notepad put a byte order mark in front.
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")  # type: ignore[union-attr]
        yield from (line for line in sys.stdin if line.strip())
        return
    try:
        text = Path(source).read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        reason = "không có tệp này" if isinstance(error, FileNotFoundError) else "là thư mục hoặc bị chặn"
        raise TrolyError(
            f"Không đọc được tệp câu hỏi {source} ({reason}). Hãy kiểm tra lại đường dẫn."
        ) from error
    # Not splitlines(): U+2028 and its like may stand inside a JSON string.
    yield from (line for line in text.split("\n") if line.strip())


def _ask_line(assistant: Any, line: str, as_of: str | None) -> dict[str, Any]:
    """Answer one line of a batch; a line that fails gives an object with outcome "error"."""
    identifier: Any = None
    text = line.strip()
    try:
        if text.startswith("{"):
            item = json.loads(text)
            identifier = item.get("id")
            if not isinstance(item.get("question"), str):
                raise TrolyError('Dòng JSON phải có "question" là một chuỗi.')
            as_of = day(str(item["as_of"])) if item.get("as_of") else as_of
            text = item["question"]
        answer: dict[str, Any] = assistant.ask(text, as_of=as_of, id=identifier).to_json()
        return answer
    except json.JSONDecodeError as error:
        return _failed(
            identifier, text, f"Dòng không phải JSON hợp lệ (ký tự {error.pos}).", as_of, assistant
        )
    except Exception as error:
        told = isinstance(error, TrolyError | argparse.ArgumentTypeError)
        message = str(error) if told else f"Không trả lời được dòng này ({type(error).__name__})."
        return _failed(identifier, text, message, as_of, assistant)


def _failed(identifier: Any, text: str, message: str, as_of: str | None, assistant: Any) -> dict[str, Any]:
    from assistant.contract import Answer

    return Answer(
        text,
        "error",
        message,
        "",
        None,
        as_of or date.today().isoformat(),
        assistant.library.generation,
        id=identifier,
    ).to_json()


def _search(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.citation import label
    from assistant.engine import Assistant

    hits = Assistant.open(settings).search(options.query, options.limit)
    rows = [
        {
            "id": hit.id,
            "label": label(hit.passage.document, hit.passage.provision),
            "score": round(hit.score, 4),
            "scores": {
                "lexical": round(hit.lexical, 4),
                "dense": round(hit.cosine, 4),
                "coverage": round(hit.coverage, 4),
                "order": round(hit.order, 4),
            },
            "text": hit.passage.text,
        }
        for hit in hits
    ]
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
