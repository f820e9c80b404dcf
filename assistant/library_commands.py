"""The commands that change the library or show what it holds: ``ingest``, ``remove``, ``show``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.model import Document, Provision
from corpus.settings import Settings

_FIRST_WORDS = 90  # characters of a provision in the tree
ENCODINGS = ("utf-8", "utf-16", "windows-1258", "tcvn3", "vni")


def add_parsers(commands: Any) -> None:
    """Add the parsers of these commands."""
    ingest = commands.add_parser("ingest", help="nạp văn bản vào kho (không nêu tệp: cập nhật kho)")
    ingest.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="TỆP",
        help="tệp, thư mục hoặc mẫu tên (*.docx); đọc được .docx .doc .pdf .html .txt .md .rtf .odt .zip",
    )
    ingest.add_argument("--part-of", metavar="MÃ", help="gắn tệp làm phụ lục của văn bản có mã này")
    ingest.add_argument("--rebuild", action="store_true", help="lập lại toàn bộ chỉ mục")
    ingest.add_argument("--dry-run", action="store_true", help="chỉ đọc và báo cáo, không thay đổi kho")
    ingest.add_argument(
        "--encoding",
        choices=ENCODINGS,
        metavar="BẢNG_MÃ",
        help="bảng mã của tệp chữ: " + ", ".join(ENCODINGS),
    )
    ingest.add_argument(
        "--report", type=Path, metavar="TỆP.html", help="ghi báo cáo, mỗi điều ngờ kèm chỗ của nó"
    )
    ingest.add_argument("--json", action="store_true", help="in kết quả dạng JSON")

    show = commands.add_parser("show", help="xem cây của một văn bản, hoặc một đơn vị văn bản")
    show.add_argument("id", metavar="MÃ", help="mã văn bản, hoặc mã đơn vị (nd-150-2025-nd-cp:d13)")
    show.add_argument("--json", action="store_true", help="in dạng JSON")

    remove = commands.add_parser("remove", help="gỡ hẳn một văn bản (không nêu mã: xem những gì đã gỡ)")
    remove.add_argument("id", nargs="?", metavar="MÃ")
    remove.add_argument("--restore", action="store_true", help="khôi phục văn bản đã gỡ")
    remove.add_argument("--json", action="store_true", help="in dạng JSON")


def ingest(options: argparse.Namespace, settings: Settings) -> int:
    """Run ``troly ingest``; return 1 where a file was refused."""
    from ingest.pipeline import ingest as run
    from ingest.report import counts_line, file_json, html_report, status_word, summary

    report = run(
        settings,
        options.paths,
        part_of=options.part_of,
        rebuild=options.rebuild,
        dry_run=options.dry_run,
        encoding=options.encoding,
        show_progress=not options.json,
        say=(lambda _: None) if options.json else _say,
    )
    if options.report:
        options.report.write_text(html_report(report), encoding="utf-8")
    stored = {item.parsed.document.id: item for item in report.documents}
    if options.json:
        _print_json(
            {
                "generation": report.generation,
                "changed": report.changed,
                "embedded": report.embedded,
                "files": [file_json(result, stored) for result in report.files],
                "dry_run": options.dry_run,
            }
        )
        return 1 if report.refused else 0
    from ingest.files import shown_name

    for result in report.files:
        print(f"{status_word(result.status)}: {shown_name(result.path)}", end="")
        item = stored.get(result.document_id or "")
        if item is not None and result.status != "removed":
            document = item.parsed.document
            kind = " ".join(filter(None, (document.kind, document.number)))
            print(f" → {document.id} ({kind}): {counts_line(summary(item))}")
            for missing in document.missing:
                print(f"  ! {missing} chưa có trong kho; thêm bằng: troly ingest TỆP --part-of {document.id}")
            for doubt in document.doubts:
                print(f"  ? {doubt.message}")
        else:
            print()
        if result.message:
            print(f"  {result.message}")
    if options.report:
        print(f"Đã ghi báo cáo: {options.report}")
    if options.dry_run:
        print("Chạy thử: kho không thay đổi.")
    elif report.changed:
        print(f"Đã lập kho mới {report.generation}: {len(stored)} văn bản, nhúng mới {report.embedded} đoạn.")
    else:
        print(f"Không có gì thay đổi; kho {report.generation} vẫn đang dùng.")
    return 1 if report.refused else 0


def remove(options: argparse.Namespace, settings: Settings) -> int:
    """Run ``troly remove``: list, remove or restore."""
    from ingest.choices import load_choices
    from ingest.pipeline import remove as take_out
    from ingest.pipeline import restore as bring_back

    if options.id is None:
        removed = load_choices(settings).removed
        if options.json:
            _print_json(
                {
                    "removed": [
                        {"id": key, "title": r.title, "source": r.source, "removed_on": r.removed_on}
                        for key, r in removed.items()
                    ]
                }
            )
            return 0
        for key, item in removed.items():
            print(f"- {key}: {item.title} (gỡ ngày {item.removed_on}; {item.source or 'bản tóm tắt đi kèm'})")
        print("Khôi phục: troly remove --restore MÃ" if removed else "Chưa gỡ văn bản nào.")
        return 0
    if options.restore:
        report = bring_back(settings, options.id, say=(lambda _: None) if options.json else _say)
    else:
        report = take_out(settings, options.id)
    if options.json:
        _print_json(
            {
                "id": options.id,
                "restored": options.restore,
                "generation": report.generation,
                "changed": report.changed,
                "files": [
                    {"path": f.path, "status": f.status, "document_id": f.document_id, "message": f.message}
                    for f in report.files
                ],
            }
        )
    elif report.refused:
        print(report.refused[0].message)
    elif options.restore:
        print(f"Đã khôi phục {options.id}; kho mới {report.generation}.")
    else:
        print(
            f"Đã gỡ {options.id}; kho mới {report.generation}. Tệp còn nguyên; lần nạp sau không đưa lại. "
            f"Khôi phục: troly remove --restore {options.id}"
        )
    return 1 if report.refused else 0


def show(options: argparse.Namespace, settings: Settings) -> int:
    """Run ``troly show``: a document's facts and tree, or one provision with what lies below it."""
    from corpus.generation import require_current
    from corpus.store import Library

    generation = require_current(settings)
    library = Library(generation.store_path, generation.name)
    document_id, _, path = options.id.partition(":")
    document = library.document(document_id)
    provisions = library.provisions(document_id)
    if path:
        top = library.provision(options.id)
        provisions = [p for p in provisions if p.path == path or _below(p, top)]
    if options.json:
        _print_json(
            {
                "id": options.id,
                "document": _facts(document),
                "provisions": [_node(document, p) for p in provisions],
                "doubts": [] if path else [{"code": d.code, "message": d.message} for d in document.doubts],
            }
        )
        return 0
    for line in _header(document):
        print(line)
    print()
    if path:
        print(document.text[provisions[0].start : provisions[0].end])
        print()
    for line in _tree(document, provisions):
        print(line)
    for doubt in () if path else document.doubts:
        print(f"? {doubt.message}")
    return 0


def _below(provision: Provision, top: Provision) -> bool:
    return provision.order > top.order and provision.start >= top.start and provision.end <= top.end


def _facts(document: Document) -> dict[str, Any]:
    names = (
        "id", "kind", "number", "title", "issuer", "issued", "effective", "expires", "signer", "signer_title",
        "basis", "draft", "source_name",
    )  # fmt: skip
    return {
        **{name: getattr(document, name) for name in names},
        "aliases": list(document.aliases),
        "warnings": list(document.warnings),
        "missing": list(document.missing),
    }


def _node(document: Document, provision: Provision) -> dict[str, Any]:
    return {
        "id": provision.id,
        "kind": provision.kind,
        "number": provision.number,
        "heading": provision.heading,
        "parent": provision.parent,
        "page": provision.page,
        "text": document.text[provision.start : provision.own_end].rstrip(),
        "span": [provision.start, provision.end],
        "segments": [list(segment) for segment in provision.segments],
    }


def _header(document: Document) -> Iterator[str]:
    number = document.number or "(chưa có số)"
    yield f"{document.kind} {number}: {document.title}"
    for name, value in (
        ("Mã", document.id),
        ("Cơ quan ban hành", document.issuer),
        ("Ngày ban hành", document.issued),
        ("Có hiệu lực", document.effective),
        ("Người ký", " ".join(filter(None, (document.signer_title, document.signer)))),
        ("Tệp", document.source_name),
        ("Nội dung", "toàn văn" if document.basis == "full_text" else "bản tóm tắt"),
    ):
        if value:
            yield f"{name}: {value}"
    for warning in document.warnings:
        yield f"! {warning}"


def _tree(document: Document, provisions: list[Provision]) -> Iterator[str]:
    depths: dict[str, int] = {}
    for provision in provisions:
        depth = depths.get(provision.parent or "", -1) + 1
        depths[provision.path] = depth
        text = " ".join(document.text[provision.start : max(provision.own_end, provision.start)].split())
        shown = text if len(text) <= _FIRST_WORDS else text[:_FIRST_WORDS].rstrip() + " …"
        page = f" (trang {provision.page})" if provision.page else ""
        yield f"{'  ' * depth}{provision.path}{page}: {shown}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _print_json(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False), flush=True)
