"""``python -m eval.scale``: what a big library costs, through the assistant's own ingestion and search.

Two libraries are built from a BEIR-shaped pool, one article a provision and one law a document: the
first 5,000 articles, and all of them. Printed: time, peak memory and size of building (a process of its
own); milliseconds of a question through the whole retrieval; what changing one document rebuilds; and
how near embedding comes to the bare ONNX session.

Embedding 61,425 articles takes an hour on two cores, and neither memory nor the time of a search
depends on what the vectors say. So the passages get stand-in vectors here (seeded directions of their
syllables, added up); questions are embedded by the shipped model.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from assistant.arguments import Parser, whole
from corpus.embedding import Embedder, Vectors, load_embedder
from corpus.embedding.api import prepare
from corpus.embedding.onnx_model import OnnxEmbedder
from corpus.errors import TrolyError
from corpus.generation import publish
from corpus.lexicons import load_lexicons
from corpus.model import Document, ParsedDocument, Provision
from corpus.settings import Settings, silence_third_parties
from corpus.store import StoredDocument
from corpus.text import slug, tokenise
from eval.beir import Collection, load_asked, load_collection
from eval.table import number, render

_PARTS: Final = ("lexical", "chroma", "library.sqlite")
RATIO_GOAL: Final = 1.5
MEMORY_GOAL_MB: Final = 3_000
THROUGHPUT_GOAL: Final = 0.9


class StandIn:
    """An embedder with the shipped model's name and questions, whose passages cost nothing."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.dimension = embedder.dimension
        self._direction = lru_cache(maxsize=None)(self._make_direction)

    def _make_direction(self, syllable: str) -> Vectors:
        seed = int.from_bytes(syllable.encode(), "little") % (1 << 63)
        return np.random.default_rng(seed).standard_normal(self.dimension, dtype=np.float32)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the shipped model's vectors."""
        return self._embedder.embed_queries(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the sum of the directions of each text's first syllables, scaled to length 1."""
        rows = []
        for text in texts:
            total = sum((self._direction(t.text) for t in tokenise(text[:1000])), self._direction(""))
            rows.append(total / np.linalg.norm(total))
        return np.stack(rows)


def documents(collection: Collection, count: int) -> list[StoredDocument]:
    """Return the first ``count`` articles as documents, one a law, with one provision an article."""
    laws: dict[str, list[int]] = {}
    for n, id in enumerate(collection.ids[:count]):
        laws.setdefault(id.rpartition("#")[0] or id, []).append(n)
    return [
        _document(law, f"{slug(law)}-{place}", collection, rows)
        for place, (law, rows) in enumerate(laws.items())
    ]


def _document(law: str, identifier: str, collection: Collection, rows: Sequence[int]) -> StoredDocument:
    parts: list[str] = []
    provisions: list[Provision] = []
    start = 0
    for order, n in enumerate(rows):
        text = collection.texts[n].text
        provisions.append(
            Provision(
                id=f"{identifier}:d{order + 1}", document_id=identifier, path=f"d{order + 1}", kind="article",
                number=str(order + 1), heading=text.partition("\n")[0][:200], parent=None, order=order,
                start=start, end=start + len(text), own_end=start + len(text),
            )
        )  # fmt: skip
        parts.append(text)
        start += len(text) + 1
    title = collection.texts[rows[0]].title.rpartition(" - ")[0]
    document = Document(identifier, "Nghị định", law, title, None, None, "\n".join(parts))
    return StoredDocument(ParsedDocument(document, tuple(provisions)), (), None, None)


def build(settings: Settings, stored: Sequence[StoredDocument]) -> dict[str, float]:
    """Build and publish a library; return its seconds and the peak memory of this process in MB."""
    from ingest.build import build_generation

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    embedder = StandIn(load_embedder(settings))
    started = time.perf_counter()
    generation, embedded = build_generation(
        settings, stored, embedder, load_lexicons(settings), {}, {}, show_progress=True
    )
    publish(settings, generation)
    seconds = time.perf_counter() - started
    return {
        "provisions": sum(len(item.parsed.provisions) for item in stored),
        "seconds": seconds,
        "embedded": embedded,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        **{
            f"{part}_mb": _megabytes(generation.folder / part)
            for part in ("lexical", "chroma", "library.sqlite")
        },
    }


def _megabytes(path: Path) -> float:
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return sum(one.stat().st_size for one in files) / 1e6


def ask(settings: Settings, questions: Sequence[str]) -> dict[str, Any]:
    """Return milliseconds of understanding and searching each question, and of whole answers."""
    from assistant.engine import Assistant

    started = time.perf_counter()
    assistant = Assistant.open(settings)
    opened = time.perf_counter() - started
    for question in questions[:20]:  # what is read once is read before the clock runs
        assistant.search(question)
        assistant.ask(question)
    searches, answers = [], []
    for question in questions:
        started = time.perf_counter()
        assistant.search(question)
        searches.append(1000 * (time.perf_counter() - started))
        started = time.perf_counter()
        assistant.ask(question)
        answers.append(1000 * (time.perf_counter() - started))
    return {
        "open_s": opened,
        "search_ms": statistics.median(searches),
        "answer_ms": statistics.median(answers),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    }


def throughput(texts: Sequence[str], rounds: int = 3) -> dict[str, float]:
    """Return passages a second of our embedder and of the bare session on the same tokens, and the ratio.

    The two take turns, so that other work on the machine hits both.
    """
    embedder = load_embedder(Settings())
    assert isinstance(embedder, OnnxEmbedder)
    tokenizer, session = embedder._loaded
    ids = [np.array([tokenizer.encode(prepare(embedder._prefixes[1], text)).ids], np.int64) for text in texts]
    ours, bare = [], []
    for _ in range(rounds):
        started = time.perf_counter()
        embedder.embed_passages(texts)
        ours.append(len(texts) / (time.perf_counter() - started))
        started = time.perf_counter()
        for one in ids:
            session.run(None, {"input_ids": one, "attention_mask": np.ones_like(one)})
        bare.append(len(texts) / (time.perf_counter() - started))
    mine, theirs = statistics.median(ours), statistics.median(bare)
    return {"ours": mine, "bare": theirs, "ratio": mine / theirs}


def step(options: argparse.Namespace) -> dict[str, Any]:
    """Run one step in this process (each is a process of its own, so that its memory is its own)."""
    silence_third_parties()
    settings = Settings(data_dir=options.place)
    if options.step == "ask":
        return ask(
            settings, list(load_asked(options.data, options.part, options.questions).questions.values())
        )
    stored = documents(load_collection(options.data), options.articles)
    if options.step == "change":
        first = stored[0].parsed
        changed = replace(first.document, text=first.document.text.replace("định", "ĐỊNH"))
        stored[0] = replace(stored[0], parsed=replace(first, document=changed))
    return build(settings, stored)


def _child(options: argparse.Namespace, name: str, place: Path, articles: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "eval.scale", "--step", name, "--place", str(place)]
    command += ["--articles", str(articles), "--data", str(options.data)]
    command += ["--part", options.part, "--questions", str(options.questions)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise TrolyError(f"Bước «{name}» với {articles} điều không chạy được (mã {done.returncode}).")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def render_result(result: dict[str, Any]) -> str:
    """Return the tables of one run."""
    header = ["Điều", "lập (s)", "bộ nhớ lập (MB)", "chỉ mục từ (MB)", "véc-tơ (MB)", "chữ (MB)", "mở (s)",
              "tìm (ms)", "trả lời (ms)", "bộ nhớ hỏi (MB)", "sửa 1 văn bản (s)", "nhúng lại"]  # fmt: skip
    rows = []
    for one in result["libraries"]:
        made, asked, changed = one["build"], one["ask"], one["change"]
        rows.append([
            str(made["provisions"]), number(made["seconds"]), number(made["memory_mb"]),
            number(made["lexical_mb"]), number(made["chroma_mb"]), number(made["library.sqlite_mb"]),
            number(asked["open_s"], 1), number(asked["search_ms"], 1), number(asked["answer_ms"], 1),
            number(asked["memory_mb"]), number(changed["seconds"]), str(changed["embedded"]),
        ])  # fmt: skip
    lines = [render(header, rows), ""]
    if len(result["libraries"]) > 1:
        small, big = result["libraries"][0]["ask"], result["libraries"][-1]["ask"]
        for name, told in (("search_ms", "Tìm"), ("answer_ms", "Cả câu trả lời")):
            ratio = big[name] / small[name]
            lines.append(
                f"{told}, kho lớn so với kho nhỏ: {number(ratio, 2)} lần (mục tiêu ≤ {number(RATIO_GOAL, 1)})"
            )
    memory = max(one["build"]["memory_mb"] for one in result["libraries"])
    lines.append(f"Bộ nhớ cao nhất khi lập: {number(memory)} MB (mục tiêu < {MEMORY_GOAL_MB})")
    speed = result["throughput"]
    lines.append(
        f"Nhúng: {number(speed['ours'], 1)} đoạn/s, phiên ONNX trần {number(speed['bare'], 1)} "
        f"({number(speed['ratio'], 2)} lần, mục tiêu ≥ {number(THROUGHPUT_GOAL, 1)})"
    )
    return "\n".join(lines)


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(prog="python -m eval.scale", description="Đo kho lớn: lập, hỏi, sửa một văn bản.")
    add = parser.add_argument
    add("--data", type=Path, default=Path("../shared/bench/zalo2021"), metavar="THƯ_MỤC", help="bộ dạng BEIR")
    add("--part", default="train", metavar="PHẦN", help="phần câu hỏi")
    add("--questions", type=whole(1, 10**6), default=100, metavar="N", help="số câu hỏi")
    add("--sizes", default="5000,61425", metavar="N,…", help="số điều của mỗi kho (mặc định %(default)s)")
    add("--json", metavar="TỆP", type=Path, help="kết quả cho máy đọc")
    add("--step", choices=("build", "ask", "change"), help=argparse.SUPPRESS)
    add("--place", type=Path, help=argparse.SUPPRESS)
    add("--articles", type=int, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the measurements; return the exit code."""
    try:
        options = _parse(argv)
        if options.step:
            print(json.dumps(step(options)))
            return 0
        libraries = []
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            for size in map(int, options.sizes.split(",")):
                place = Path(folder) / str(size)
                libraries.append(
                    {name: _child(options, name, place, size) for name in ("build", "ask", "change")}
                )
        texts = [text.text for text in load_collection(options.data).texts[:64]]
        result = {"libraries": libraries, "throughput": throughput(texts)}
    except TrolyError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(render_result(result))
    if options.json:
        options.json.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
