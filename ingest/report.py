"""The report of an ingestion as one HTML page: each doubt beside the words it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from html import escape

from corpus.model import Doubt, ParsedDocument
from corpus.store import StoredDocument
from ingest.files import shown_name
from ingest.outcome import FileResult, IngestReport

_QUOTED = 600  # characters of a provision shown beside its doubt
_WORDS = {
    "added": "thêm mới",
    "changed": "thay bản mới",
    "unchanged": "không đổi",
    "skipped": "bỏ qua (đã gỡ)",
    "removed": "đã gỡ khỏi kho",
    "refused": "TỪ CHỐI",
}
# No script may run even if an escape were forgotten; styles are ours.
_HEAD = """<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>Báo cáo nạp văn bản</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body { font: 16px/1.5 "Noto Sans", "Segoe UI", Arial, sans-serif; max-width: 60rem;
margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } td, th { border: 1px solid #bbb; padding: .4rem .6rem;
text-align: left; vertical-align: top } td.source { white-space: pre-wrap; background: #f7f7f2 }
.refused { color: #a00000 } h2 { margin-top: 2rem; overflow-wrap: anywhere }
</style></head><body>
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """What one document brought: counts for the summary line and for ``--json``."""

    kind: str
    number: str | None
    title: str
    provisions: int
    tables: int
    tasks: int
    references: int
    doubts: int


def summary(item: StoredDocument) -> Summary:
    """Return the counts of a document."""
    document = item.parsed.document
    return Summary(
        document.kind,
        document.number,
        document.title,
        len(item.parsed.provisions),
        sum(provision.kind == "table" for provision in item.parsed.provisions),
        len(item.tasks),
        len(item.parsed.references),
        len(document.doubts),
    )


def status_word(status: str) -> str:
    """Return the Vietnamese word for the status of a file."""
    return _WORDS[status]


def file_json(result: FileResult, documents: Mapping[str, StoredDocument]) -> dict[str, object]:
    """Return one file's part of ``troly ingest --json``."""
    item = documents.get(result.document_id or "") if result.status != "removed" else None
    return {
        "path": result.path,
        "status": result.status,
        "document_id": result.document_id,
        "message": result.message,
        "summary": asdict(summary(item)) if item else None,
        "doubts": _doubts(item.parsed) if item else [],
    }


def _doubts(parsed: ParsedDocument) -> list[dict[str, object]]:
    return [
        {
            "code": doubt.code,
            "message": doubt.message,
            "provision": doubt.provision,
            "source": source_text(parsed, doubt),
        }
        for doubt in parsed.document.doubts
    ]


def source_text(parsed: ParsedDocument, doubt: Doubt) -> str:
    """Return the words that a doubt is about: its provision's own text, "" where it is about the file."""
    found = next((p for p in parsed.provisions if p.path == doubt.provision), None)
    if found is None:
        return ""
    text = parsed.document.text[found.start : max(found.own_end, min(found.end, found.start + _QUOTED))]
    return text if len(text) <= _QUOTED else text[:_QUOTED] + " …"


def html_report(report: IngestReport) -> str:
    """Return the page; every word from a file is escaped."""
    documents = {item.parsed.document.id: item for item in report.documents}
    return "".join([_HEAD, "<h1>Báo cáo nạp văn bản</h1>\n", *_files(report, documents), "</body></html>\n"])


def _files(report: IngestReport, documents: Mapping[str, StoredDocument]) -> Iterable[str]:
    for result in report.files:
        item = documents.get(result.document_id or "")
        refused = ' class="refused"' if result.status == "refused" else ""
        yield f"<h2>{escape(shown_name(result.path))}</h2>\n"
        yield f"<p{refused}>{escape(status_word(result.status))}. {escape(result.message)}</p>\n"
        if item is None or result.status == "removed":
            continue
        counts = summary(item)
        name = f"<b>{escape(counts.kind)} {escape(counts.number or '(chưa có số)')}</b>"
        yield f"<p>{name} {escape(counts.title)}<br>\n"
        yield f"<code>{escape(item.parsed.document.id)}</code>: {counts_line(counts)}</p>\n"
        if item.parsed.document.doubts:
            yield "<table><tr><th>Điều còn ngờ</th><th>Chỗ trong văn bản</th></tr>\n"
            for doubt in item.parsed.document.doubts:
                place = f"<code>{escape(doubt.provision)}</code>\n" if doubt.provision else ""
                words = escape(source_text(item.parsed, doubt)) or "(cả tệp)"
                yield f'<tr><td>{escape(doubt.message)}</td><td class="source">{place}{words}</td></tr>\n'
            yield "</table>\n"


def counts_line(counts: Summary) -> str:
    """Return the summary line: "321 đơn vị, 3 bảng, …"."""
    return (
        f"{counts.provisions} đơn vị, {counts.tables} bảng, {counts.tasks} nhiệm vụ, "
        f"{counts.references} dẫn chiếu, {counts.doubts} điều còn ngờ"
    )
