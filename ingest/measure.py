"""How much more an ingestion costs than embedding alone: ``python -m ingest.measure FILE …``.

Prints seconds of both and their ratio. Both are run in turn, three times, each in a library of its own; the
least of each counts, so that other work on the machine weighs less.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from corpus.embedding import load_embedder
from corpus.errors import TrolyError
from corpus.lexicons import Lexicons, load_lexicons
from corpus.settings import Settings, silence_third_parties

_RUNS = 3
_BATCH = 128  # passages, as ingest.build hands them over


def main(arguments: Sequence[str]) -> int:
    """Measure the files named; return the exit code."""
    silence_third_parties()
    # What both sides need is imported before either is timed.
    import chromadb
    import llama_index.core.ingestion
    import llama_index.vector_stores.chroma

    from ingest.chunks import make_nodes
    from ingest.pipeline import ingest

    del chromadb, llama_index
    paths = [Path(argument) for argument in arguments]
    whole: list[float] = []
    alone: list[float] = []
    passages = 0
    for _ in range(_RUNS):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            began = time.perf_counter()
            report = ingest(Settings(data_dir=Path(folder)), paths)
            whole.append(time.perf_counter() - began)
            if report.refused:
                raise TrolyError(report.refused[0].message)
            lexicons = _lexicons(Path(folder))
            texts = [
                node.get_content()
                for item in report.documents
                for node in make_nodes(item.parsed, lexicons, 0)
            ]
        # The same passages once each, as the cache beneath an ingestion makes it.
        texts = list(dict.fromkeys(texts))
        passages = len(texts)
        began = time.perf_counter()
        embedder = load_embedder(Settings())
        for start in range(0, len(texts), _BATCH):
            embedder.embed_passages(texts[start : start + _BATCH])
        alone.append(time.perf_counter() - began)
    longer, least = min(whole), min(alone)
    print(f"nạp: {longer:.2f} s; chỉ nhúng {passages} đoạn: {least:.2f} s; tỷ lệ {longer / least:.2f}")
    return 0


def _lexicons(folder: Path) -> Lexicons:
    return load_lexicons(Settings(data_dir=folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
