"""``troly eval retrieval``: how well the right article is found, on any BEIR-shaped set.

Several configurations in one run, over the same texts and questions: ``lexical``, ``dense``, ``hybrid``,
``rerank`` (``assistant.relevance``, the retrieval that the assistant uses) and ``stock`` (LlamaIndex as
most tutorials build it, with the untrained weights). Questions are asked as typed, without marks, with
half of the marks, and in NFD.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from tqdm import tqdm

from assistant.arguments import Parser, whole
from assistant.relevance import (
    FIELDS_VERSION,
    STAGES,
    Exact,
    Found,
    Relevance,
    fields,
    load_weights,
    passages,
)
from corpus.errors import UsageError
from corpus.lexical import SHAPE, VERSION, LexicalBuilder, LexicalIndex
from corpus.settings import get_settings
from eval.beir import VARIANTS, Asked, Collection, choose_quick, load_asked, load_collection, typed_as
from eval.ranking import MEASURES, Interval, intervals, values_by_question
from eval.table import number, render
from eval.vectors import cached_vectors

if TYPE_CHECKING:
    from corpus.embedding import Embedder

FORMAT: Final = 1
"""Version of the JSON form; it grows, it does not break."""

CONFIGS: Final = {
    "lexical": "từ ngữ",
    "dense": "véc-tơ",
    "hybrid": "kết hợp",
    "rerank": "kết hợp + xếp lại",
    "stock": "LlamaIndex mặc định",
}
DEPTH: Final = 100
"""Articles asked of every configuration: enough for Recall@100."""
QUICK_DEPTH: Final = 200
"""Articles a question that the lexical index brings into the quick pool."""

Search = Callable[[str], tuple[list[str], dict[str, float]]]
"""A question to (article ids, best first; milliseconds by stage)."""


class Bench:
    """One set with what its configurations need, each part made when first asked for."""

    def __init__(self, collection: Collection, cache: Path) -> None:
        self.collection = collection
        self._cache = cache
        self.lexical = self._lexical_index()
        self.bytes: dict[str, int] = {"lexical": self.lexical.nbytes}

    def _lexical_index(self) -> LexicalIndex:
        folder = self._cache / f"lexical-{self.collection.digest}-{VERSION}.{FIELDS_VERSION}"
        if not (folder / "words.json").is_file():
            builder = LexicalBuilder(SHAPE)
            texts = self.collection.texts
            for text in tqdm(
                texts, desc="Lập chỉ mục từ", unit="điều", delay=2, file=sys.stderr, disable=None
            ):
                builder.add(fields(text))
            builder.finish().save(folder)
        # Kept from a run before: its terms are the same, its scores may be of another shape.
        return LexicalIndex.load(folder).reshaped(SHAPE)

    def lexical_only(self) -> Relevance:
        """Return a search by words alone."""
        return Relevance(self.lexical, self.collection.texts)

    def with_vectors(self, embedder: Embedder, weights: Path | None) -> Relevance:
        """Return the whole search; embeds what the cache lacks."""
        texts = [passages(text) for text in self.collection.texts]
        owners = np.repeat(np.arange(len(texts), dtype=np.int32), [len(parts) for parts in texts])
        vectors = cached_vectors(embedder, [part for parts in texts for part in parts], self._cache)
        self.bytes["dense"] = vectors.nbytes
        return Relevance(
            self.lexical,
            self.collection.texts,
            Exact(vectors, owners),
            lambda text: embedder.embed_queries([text])[0],
            load_weights(weights) if weights else None,
        )

    def ids(self, found: Found) -> list[str]:
        """Return the article ids of what was found."""
        return [self.collection.ids[n] for n in found.ordinals]


def measure(asked: Asked, questions: dict[str, str], search: Search, name: str) -> dict[str, Any]:
    """Ask every question and return ``metrics`` (with intervals), ``ms`` (medians) and ``per_question``."""
    run: dict[str, dict[str, float]] = {}
    spent: dict[str, list[float]] = {}
    search(next(iter(questions.values())))  # the first one pays for loading
    for id, text in tqdm(questions.items(), desc=name, unit="câu", delay=2, file=sys.stderr, disable=None):
        ids, milliseconds = search(text)
        # Only the order counts; ties are ours to break, not the library's.
        run[id] = {article: float(len(ids) - n) for n, article in enumerate(ids)}
        for stage, value in [*milliseconds.items(), ("total", sum(milliseconds.values()))]:
            spent.setdefault(stage, []).append(value)
    by_question = values_by_question(asked.gold, run)
    return {
        "metrics": {name: one.to_json() for name, one in intervals(by_question).items()},
        "ms": {stage: round(statistics.median(values), 2) for stage, values in spent.items()},
        "per_question": by_question,
    }


def evaluate(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Measure every configuration asked for on one set; return the machine form."""
    collection = load_collection(folder)
    asked = load_asked(folder, options.part, options.questions)
    bench = Bench(collection, options.cache)
    if options.pool == "quick":
        words = bench.lexical_only()
        chosen = choose_quick(asked, lambda text: bench.ids(words.search(text, "lexical", QUICK_DEPTH)))
        bench = Bench(collection.subset(chosen), options.cache)
    result: dict[str, Any] = {
        "data": str(folder),
        "part": options.part,
        "pool": options.pool,
        "articles": len(bench.collection.ids),
        "questions": len(asked.questions),
        "notes": [],
        "results": [],
    }
    for config in options.config:
        search = _search(bench, config, options, result["notes"])
        if search is None:
            continue
        for variant in options.variant:
            name = f"{CONFIGS[config]}, {VARIANTS[variant][0]}"
            measured = measure(asked, typed_as(asked, variant), search, name)
            result["results"].append({"config": config, "variant": variant, **measured})
    result["index_bytes"] = bench.bytes
    return result


def _search(bench: Bench, config: str, options: argparse.Namespace, notes: list[str]) -> Search | None:
    from corpus.embedding import OnnxEmbedder, load_embedder

    settings = get_settings()
    if config == "stock":
        if options.stock_model is None or not (options.stock_model / "config.json").is_file():
            notes.append(
                "Bỏ cột LlamaIndex mặc định: thiếu mô hình chưa huấn luyện. Hãy dựng: "
                "«python -m ingest.training.build_default --out THƯ_MỤC» rồi thêm --stock-model THƯ_MỤC."
            )
            return None
        from eval.stock import Stock

        embedder = OnnxEmbedder(
            options.stock_model,
            settings.embedding_query_prefix,
            settings.embedding_passage_prefix,
            settings.threads,
        )
        stock = Stock(bench.collection, embedder, options.cache)
        bench.bytes["stock"] = stock.nbytes
        return lambda text: stock.search(text, DEPTH)
    relevance = (
        bench.lexical_only()
        if config == "lexical"
        else bench.with_vectors(load_embedder(settings), options.weights)
    )

    def search(text: str) -> tuple[list[str], dict[str, float]]:
        found = relevance.search(text, config, DEPTH)
        return bench.ids(found), found.milliseconds

    return search


_STAGE_NAMES: Final = dict(
    zip(STAGES, ("hiểu câu", "từ", "nhúng", "véc-tơ", "trộn", "xếp lại"), strict=True),
    search="tìm",
    total="tổng",
)
_SIZE_NAMES: Final = {"lexical": "chỉ mục từ", "dense": "véc-tơ", "stock": "LlamaIndex"}


def render_result(result: dict[str, Any]) -> str:
    """Return the tables of one set: figures with their intervals, then milliseconds and sizes."""
    header = ["Cấu hình", "Câu hỏi", *MEASURES, "nDCG@10, khoảng 95 %"]
    rows = []
    for one in result["results"]:
        metrics = {name: Interval(**values) for name, values in one["metrics"].items()}
        first = metrics["nDCG@10"]
        rows.append([
            CONFIGS[one["config"]],
            VARIANTS[one["variant"]][0],
            *(number(metrics[name].mean, 3) for name in MEASURES),
            f"{number(first.low, 3)}–{number(first.high, 3)}",
        ])  # fmt: skip
    used = [stage for stage in _STAGE_NAMES if any(stage in one["ms"] for one in result["results"])]
    times = [
        [CONFIGS[r["config"]], VARIANTS[r["variant"]][0], *(number(r["ms"].get(stage), 1) for stage in used)]
        for r in result["results"]
    ]
    pool = "cả kho" if result["pool"] == "full" else "kho rút gọn"
    sizes = " · ".join(
        f"{_SIZE_NAMES[name]} {number(size / 1e6, 1)} MB" for name, size in result["index_bytes"].items()
    )
    lines = [
        f"{result['data']}, phần {result['part']}, {pool}: "
        f"{result['articles']} điều, {result['questions']} câu hỏi",
        "",
        render(header, rows),
        "",
        "Mili giây một câu (trung vị)",
        render(["Cấu hình", "Câu hỏi", *(_STAGE_NAMES[stage] for stage in used)], times),
        f"Kích thước: {sizes}",
        *result["notes"],
    ]
    return "\n".join(lines)


def _choices(known: dict[str, Any]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        chosen = [name.strip() for name in text.split(",") if name.strip()]
        unknown = [name for name in chosen if name not in known]
        if unknown or not chosen:
            raise argparse.ArgumentTypeError(f"không có «{', '.join(unknown)}»; có: {', '.join(known)}.")
        return list(dict.fromkeys(chosen))

    return read


def _told(known: dict[str, Any]) -> str:
    return f"trong {','.join(known)} (mặc định: tất cả)"


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(
        prog="troly eval retrieval", description="Đo việc tìm đúng điều trên bộ câu hỏi dạng BEIR."
    )
    add = parser.add_argument
    add("--data", type=Path, nargs="+", required=True, metavar="THƯ_MỤC", help="một hay nhiều bộ")
    add("--part", default="dev", metavar="PHẦN", help="dev (mặc định) hoặc train")
    add("--config", type=_choices(CONFIGS), default=list(CONFIGS), metavar="TÊN,…", help=_told(CONFIGS))
    add("--variant", type=_choices(VARIANTS), default=list(VARIANTS), metavar="TÊN,…", help=_told(VARIANTS))
    quick = f"full: mọi điều (mặc định); quick: điều đúng và {QUICK_DEPTH} điều gần nhất theo từ"
    add("--pool", default="full", metavar="KHO", help=quick)
    add("--questions", type=whole(1, 10**6), metavar="N", help="chỉ N câu, rút ngẫu nhiên cố định")
    kept = "nơi giữ véc-tơ và chỉ mục giữa các lần chạy (mặc định %(default)s)"
    add("--cache", type=Path, default=Path("eval/runs/retrieval"), metavar="THƯ_MỤC", help=kept)
    add("--weights", type=Path, metavar="TỆP", help="trọng số khác thay cho tệp đi kèm")
    add("--stock-model", type=Path, metavar="THƯ_MỤC", help="mô hình chưa huấn luyện, cho cấu hình stock")
    add("--json", nargs="?", const="-", metavar="TỆP", help="kết quả cho máy đọc")
    options = parser.parse_args(argv)
    if options.pool not in {"full", "quick"}:
        raise UsageError(f"Không có kho «{options.pool}». Hãy chọn full hoặc quick.")
    return options


def run(argv: Sequence[str]) -> int:
    """Run the command; raises TrolyError with a Vietnamese message on anything the user can mend."""
    options = _parse(argv)
    sets = []
    for folder in options.data:
        result = evaluate(folder, options)
        sets.append(result)
        if options.json != "-":
            print(render_result(result) + "\n", flush=True)
    report = {
        "format": FORMAT,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"system": platform.system(), "python": platform.python_version()},
        "sets": sets,
    }
    if options.json:
        text = json.dumps(report, ensure_ascii=False, indent=1)
        if options.json == "-":
            print(text)
        else:
            Path(options.json).write_text(text + "\n", encoding="utf-8")
    return 0
