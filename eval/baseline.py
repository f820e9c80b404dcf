"""``python -m eval.baseline``: our assistant beside a stock LlamaIndex pipeline, same run.

The stock pipeline has what most tutorials build: SentenceSplitter 512/64 with its own tokenizer, Chroma,
``VectorStoreIndex.as_retriever``. It gets the same weights (through the same adapter), the same
documents (their canonical text, cards included) and the same questions.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tqdm import tqdm

from corpus.errors import TrolyError
from corpus.settings import Settings, get_settings, silence_third_parties
from corpus.store import Library
from eval.coverage import LIMITS, Gold, Piece, facts_shown, pieces_of
from eval.gold import CATEGORY_NAMES, SUITES, Question, load_questions
from eval.table import percent, render

if TYPE_CHECKING:
    from corpus.embedding import Embedder

CHUNK_SIZE: Final = 512
CHUNK_OVERLAP: Final = 64
TOP_K: Final = 5
"""Chunks asked for: 512 tokens of Vietnamese are some 850 characters, so five fill 2,000 for sure."""
STOCK: Final = "LlamaIndex"
OURS: Final = "Trợ lý"


class StockPipeline:
    """A stock LlamaIndex vector index over every document of ``library``, kept in ``folder``."""

    def __init__(self, library: Library, embedder: Embedder, folder: Path) -> None:
        silence_third_parties()
        import chromadb
        from chromadb.config import Settings as ChromaSettings
        from llama_index.core import Document, StorageContext, VectorStoreIndex
        from llama_index.core.node_parser import SentenceSplitter
        from llama_index.vector_stores.chroma import ChromaVectorStore

        from corpus.embedding.llama import LlamaEmbedding

        self._texts = {one.id: one.text for one in library.documents() if one.text.strip()}
        client = chromadb.PersistentClient(
            path=str(folder), settings=ChromaSettings(anonymized_telemetry=False)
        )
        store = ChromaVectorStore(
            chroma_collection=client.create_collection("stock", embedding_function=None)
        )
        index = VectorStoreIndex.from_documents(
            [Document(text=text, id_=id) for id, text in self._texts.items()],
            storage_context=StorageContext.from_defaults(vector_store=store),
            embed_model=LlamaEmbedding(embedder=embedder),
            transformations=[SentenceSplitter(chunk_size=CHUNK_SIZE, chunk_overlap=CHUNK_OVERLAP)],
        )
        self._retriever = index.as_retriever(similarity_top_k=TOP_K)

    def retrieve(self, question: str) -> list[Any]:
        """Return LlamaIndex's ``NodeWithScore`` list, best first: the bare retrieval that is timed."""
        found: list[Any] = self._retriever.retrieve(question)
        return found

    def pieces(self, question: str) -> list[Piece]:
        """Return the chunks retrieved as pieces with their places."""
        return [self._piece(hit.node) for hit in self.retrieve(question)]

    def _piece(self, node: Any) -> Piece:
        id = node.ref_doc_id
        text = node.get_content()
        start = node.start_char_idx
        if start is None or not self._texts[id].startswith(text, start):
            start = self._texts[id].find(text)
        if start < 0:
            raise RuntimeError(f"a chunk of {id} is not verbatim: {text[:80]!r}")
        return Piece(text, id, start)


def compare(
    questions: Sequence[Question],
    library: Library,
    systems: dict[str, Callable[[str], list[Piece]]],
) -> list[dict[str, Any]]:
    """Return one row a question that is to be answered: what each system covers within each limit.

    A row has ``id``, ``category``, ``known`` (the library holds gold for it) and, by system name,
    ``{"quote": [bool, …], "facts": [bool, …]}`` in the order of ``LIMITS``.
    """
    rows: list[dict[str, Any]] = []
    asked = [question for question in questions if question.outcome == "answer"]
    for question in tqdm(asked, desc="So sánh", unit="câu", delay=2, disable=None, file=sys.stderr):
        gold = Gold(question, library)
        row: dict[str, Any] = {"id": question.id, "category": question.category, "known": gold.known}
        for name, ask in systems.items():
            try:
                pieces = ask(question.question)
            except Exception as problem:
                # What fails covers nothing; the table says how often, so that it is not hidden.
                pieces = []
                row.setdefault("errors", []).append(f"{name}: {type(problem).__name__}: {problem}")
            row[name] = {
                "quote": [gold.covered(pieces, limit) for limit in LIMITS],
                "facts": [facts_shown(question, pieces, limit) for limit in LIMITS],
            }
        rows.append(row)
    return rows


def share(rows: Sequence[dict[str, Any]], system: str, measure: str, limit: int) -> float | None:
    """Return the share of ``rows`` (those with known gold) that ``system`` covers within ``limit``."""
    counted = [row[system][measure][LIMITS.index(limit)] for row in rows if row["known"]]
    return sum(counted) / len(counted) if counted else None


def render_rows(rows: Sequence[dict[str, Any]], systems: Sequence[str]) -> str:
    """Return the tables: right quote by category and pooled, then facts pooled."""
    header = ["Nhóm câu hỏi", "Số câu"]
    header += [f"{name} {limit}" for limit in LIMITS for name in systems]

    def line(name: str, part: Sequence[dict[str, Any]], measure: str) -> list[str]:
        cells = [percent(share(part, system, measure, limit)) for limit in LIMITS for system in systems]
        return [name, str(sum(row["known"] for row in part)), *cells]

    categories: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        categories.setdefault(row["category"], []).append(row)
    table = [line(CATEGORY_NAMES.get(name, name), part, "quote") for name, part in categories.items()]
    table.append(line("Tất cả: trích dẫn đúng", rows, "quote"))
    table.append(line("Tất cả: đủ dữ kiện", rows, "facts"))
    unknown = [row["id"] for row in rows if not row["known"]]
    failed = [f"{row['id']} ({'; '.join(row['errors'])})" for row in rows if "errors" in row]
    note = f"\nCâu lỗi, coi như không có đoạn nào: {', '.join(failed)}" if failed else ""
    note += f"\nKhông tính (kho không có điều khoản chuẩn): {', '.join(unknown)}" if unknown else ""
    limits = " và ".join(str(limit) for limit in LIMITS)
    return f"Tỷ lệ câu mà {limits} ký tự đầu có đúng đoạn trích\n\n{render(header, table)}{note}"


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m eval.baseline", description="So với một quy trình LlamaIndex mặc định."
    )
    parser.add_argument("suite", nargs="?", default="all", choices=SUITES, help="bộ câu hỏi")
    parser.add_argument("--json", metavar="TỆP", help="ghi kết quả cho máy đọc; “-” là ra màn hình")
    return parser.parse_args(argv)


def measure(settings: Settings, questions: Sequence[Question]) -> list[dict[str, Any]]:
    """Build the stock pipeline on the library in use and ask both systems every question."""
    from assistant.engine import Assistant
    from corpus.embedding import load_embedder

    assistant = Assistant.open(settings)
    library = assistant.library
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        stock = StockPipeline(library, load_embedder(settings), Path(folder))
        return compare(
            questions,
            library,
            {OURS: lambda text: pieces_of(assistant.ask(text), library), STOCK: stock.pieces},
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Print the comparison; return the exit code."""
    options = _parse(argv)
    silence_third_parties()
    try:
        rows = measure(get_settings(), load_questions(options.suite))
    except TrolyError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    shares = {
        f"{system} {name} {limit}": share(rows, system, name, limit)
        for name in ("quote", "facts")
        for limit in LIMITS
        for system in (OURS, STOCK)
    }
    result = {"suite": options.suite, "pooled": shares, "results": rows}
    text = json.dumps(result, ensure_ascii=False, indent=1)
    if options.json == "-":
        print(text)
        return 0
    print(render_rows(rows, (OURS, STOCK)))
    if options.json:
        Path(options.json).write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
