"""``python -m eval.lexical_bench``: our lexical index beside bm25s and tantivy, on the same texts.

Speed of building and of a question, size on disk, time to open, what it costs to change one document,
and nDCG@10 of the training questions. Each gets the folded syllables and pairs of title, first line and
rest; bm25s, which knows no fields, gets title and first line several times over.

Seen on 2,764 articles of ``bench/alqac2025``, 150 training questions, a busy machine (ours / bm25s /
tantivy): built in 9.4 / 8.1 / 3.0 s, 9.4 / 6.2 / 1.9 MB on disk, 0.6 / 0.4 / 1.1 ms a question, one law
changed in 0.8 / 5.7 / 0.3 s, nDCG@10 0.939 / 0.916 / 0.639. tantivy is the smallest and the quickest to
build and to change, but it adds up one BM25 a field with boosts (those given here are our fitted
weights, not tuned for it, and its last figure is low enough to be doubted: look into it before quoting
it), and neither b nor idf nor a question term's weight can be fitted; bm25s has neither fields nor an
update. So the index is ours: the columns of bm25s, with fields, weighted terms and taking over
unchanged texts, in one module of numpy.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from tqdm import tqdm

from assistant.arguments import Parser, whole
from assistant.relevance import fields, read_query
from corpus.errors import TrolyError
from corpus.lexical import SHAPE, LexicalBuilder, LexicalIndex, best_of
from corpus.text import index_terms
from eval.beir import Asked, Collection, load_asked, load_collection
from eval.ranking import intervals, values_by_question
from eval.table import number, render

Terms = tuple[list[str], list[str], list[str]]
"""The syllables of the three fields of one text."""

DEPTH: Final = 100
_REPEATED: Final = (2, 5, 1)
"""How often bm25s is given each field: the whole numbers nearest to the fitted weights."""
_NAMES: Final = ("title", "first", "rest")
_BOOSTS: Final = (2.4, 4.8, 0.7)


class Contender(Protocol):
    """One way to index texts and to search them."""

    def build(self, texts: Sequence[Terms], folder: Path) -> None:
        """Write the index of ``texts`` into ``folder``."""
        ...

    def open(self, folder: Path) -> None:
        """Open what ``build`` wrote."""
        ...

    def search(self, terms: dict[str, float], limit: int) -> list[int]:
        """Return the ordinals of the best texts."""
        ...

    def update(self, texts: Sequence[Terms], changed: Sequence[int], folder: Path) -> None:
        """Bring the index of ``folder`` to ``texts``, of which only ``changed`` differ."""
        ...


class Ours:
    """``corpus.lexical``: fields, weighted terms, unchanged texts taken over."""

    def build(self, texts: Sequence[Terms], folder: Path) -> None:
        builder = LexicalBuilder(SHAPE)
        for text in texts:
            builder.add(text)
        builder.finish().save(folder)

    def open(self, folder: Path) -> None:
        self._index = LexicalIndex.load(folder)

    def search(self, terms: dict[str, float], limit: int) -> list[int]:
        return self._index.best(terms, limit)[0].tolist()  # type: ignore[no-any-return]

    def update(self, texts: Sequence[Terms], changed: Sequence[int], folder: Path) -> None:
        old, fresh, builder = LexicalIndex.load(folder), set(changed), LexicalBuilder(SHAPE)
        for n, text in enumerate(texts):
            if n in fresh:
                builder.add(text)
            else:
                builder.take(old, n)
        builder.finish().save(folder.with_name(folder.name + "-new"))


class Bm25s:
    """bm25s: one field, no update."""

    def build(self, texts: Sequence[Terms], folder: Path) -> None:
        import bm25s

        vocabulary: dict[str, int] = {}
        rows = [
            [
                vocabulary.setdefault(term, len(vocabulary))
                for part, times in zip(text, _REPEATED, strict=True)
                for term in index_terms(part) * times
            ]
            for text in texts
        ]
        index = bm25s.BM25(k1=1.2, b=0.75)
        index.index((rows, vocabulary), show_progress=False)
        index.save(str(folder))

    def open(self, folder: Path) -> None:
        import bm25s

        self._index: Any = bm25s.BM25.load(str(folder), load_corpus=False, mmap=True)

    def search(self, terms: dict[str, float], limit: int) -> list[int]:
        known = [self._index.vocab_dict[term] for term in terms if term in self._index.vocab_dict]
        return best_of(self._index.get_scores_from_ids(known), limit)[0].tolist()  # type: ignore[no-any-return]

    def update(self, texts: Sequence[Terms], changed: Sequence[int], folder: Path) -> None:
        self.build(texts, folder.with_name(folder.name + "-new"))


class Tantivy:
    """tantivy: fields with boosts, updates in place."""

    def _schema(self) -> Any:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("n", stored=True, indexed=True, fast=True)
        for name in _NAMES:
            builder.add_text_field(name, stored=False, tokenizer_name="whitespace", index_option="freq")
        return builder.build()

    def _document(self, n: int, text: Terms) -> Any:
        import tantivy

        words = {name: " ".join(index_terms(part)) for name, part in zip(_NAMES, text, strict=True)}
        return tantivy.Document(n=n, **words)

    def build(self, texts: Sequence[Terms], folder: Path) -> None:
        import tantivy

        folder.mkdir(parents=True)
        index = tantivy.Index(self._schema(), path=str(folder))
        writer = index.writer(heap_size=200_000_000, num_threads=1)
        for n, text in enumerate(texts):
            writer.add_document(self._document(n, text))
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> None:
        import tantivy

        self._index = tantivy.Index.open(str(folder))
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, terms: dict[str, float], limit: int) -> list[int]:
        import tantivy

        schema = self._index.schema
        parts = [
            (
                tantivy.Occur.Should,
                tantivy.Query.boost_query(tantivy.Query.term_query(schema, name, term), boost),
            )
            for term in terms
            for name, boost in zip(_NAMES, _BOOSTS, strict=True)
        ]
        hits = self._searcher.search(tantivy.Query.boolean_query(parts), limit).hits
        return [int(self._searcher.doc(address)["n"][0]) for _, address in hits]

    def update(self, texts: Sequence[Terms], changed: Sequence[int], folder: Path) -> None:
        import tantivy

        writer = tantivy.Index.open(str(folder)).writer(heap_size=50_000_000, num_threads=1)
        for n in changed:
            writer.delete_documents_by_term("n", n)
            writer.add_document(self._document(n, texts[n]))
        writer.commit()
        writer.wait_merging_threads()


CONTENDERS: Final[dict[str, Callable[[], Contender]]] = {"troly": Ours, "bm25s": Bm25s, "tantivy": Tantivy}


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(
    contender: Contender, texts: Sequence[Terms], changed: Sequence[int], collection: Collection, asked: Asked
) -> dict[str, float]:
    """Return seconds, megabytes, milliseconds and nDCG@10 of one contender."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        folder = Path(place) / "index"
        result = {"build_s": _timed(lambda: contender.build(texts, folder))}
        result["disk_mb"] = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file()) / 1e6
        result["open_ms"] = 1000 * _timed(lambda: contender.open(folder))
        run, times = {}, []
        for id, text in asked.questions.items():
            terms = read_query(text).terms
            started = time.perf_counter()
            found = contender.search(terms, DEPTH)
            times.append(1000 * (time.perf_counter() - started))
            run[id] = {collection.ids[n]: float(DEPTH - rank) for rank, n in enumerate(found)}
        result["question_ms"] = statistics.median(times)
        result["ndcg10"] = intervals(values_by_question(asked.gold, run))["nDCG@10"].mean
        result["update_s"] = _timed(lambda: contender.update(texts, changed, folder))
        shutil.rmtree(place, ignore_errors=True)
    return result


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(prog="python -m eval.lexical_bench", description="So các cách lập chỉ mục từ.")
    parser.add_argument("--data", type=Path, default=Path("../shared/bench/zalo2021"), metavar="THƯ_MỤC")
    parser.add_argument("--part", default="train", metavar="PHẦN")
    parser.add_argument("--questions", type=whole(1, 10**6), default=300, metavar="N")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the comparison; return the exit code."""
    try:
        options = _parse(argv)
        collection = load_collection(options.data)
        asked = load_asked(options.data, options.part, options.questions)
    except TrolyError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    bar = tqdm(collection.texts, desc="Tách từ", unit="điều", delay=2, file=sys.stderr, disable=None)
    texts = [fields(text) for text in bar]
    # One document: the articles whose ids start like the first one's.
    document = collection.ids[0].rpartition("#")[0]
    changed = [n for n, id in enumerate(collection.ids) if id.rpartition("#")[0] == document]
    rows = []
    for name, make in CONTENDERS.items():
        one = measure(make(), texts, changed, collection, asked)
        rows.append([
            name, number(one["build_s"], 1), number(one["disk_mb"], 1), number(one["open_ms"], 0),
            number(one["question_ms"], 2), number(one["update_s"], 2), number(one["ndcg10"], 3),
        ])  # fmt: skip
    print(f"{options.data}: {len(texts)} điều, {len(asked.questions)} câu phần {options.part}; "
          f"sửa một văn bản: {len(changed)} điều\n")  # fmt: skip
    header = ["", "lập (s)", "đĩa (MB)", "mở (ms)", "một câu (ms)", "sửa (s)", "nDCG@10"]
    print(render(header, rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
