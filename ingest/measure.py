"""How much more an ingestion costs than embedding alone: ``python -m ingest.measure FILE …``.

Prints seconds of both and their ratios. Each is measured in a process of its own, as a user's is, with
nothing remembered from before: no vectors, no readings, no warm caches. They take turns, three times; the
least of each counts. What both need is imported before either is measured, and both load the model
themselves. The wordings' vectors, which ship, are embedded by neither.

Processor time (with that of the reading process) does not depend on what else the machine does, the clock
on the wall does. It is taken with one thread of embedding, where the ratio is that of the work; two threads
at best halve the embedding and leave the rest as it is, which bounds the ratio on two cores.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from corpus.embedding import load_embedder
from corpus.errors import TrolyError
from corpus.lexicons import load_lexicons
from corpus.settings import Settings, silence_third_parties

_RUNS = 3
_BATCH = 128  # passages, as ingest.build hands them over


class _Cost(NamedTuple):
    """What one part took, in seconds."""

    passages: int
    processor: float
    clock: float


def main(arguments: Sequence[str]) -> int:
    """Measure the files named; return the exit code."""
    if arguments[:1] and arguments[0] in _PARTS:
        print(*_PARTS[arguments[0]]([Path(argument) for argument in arguments[1:]]))
        return 0
    runs = [[_measured(part, arguments) for part in _PARTS] for _ in range(_RUNS)]
    whole, alone = (
        _Cost(*(min(one) for one in zip(*costs, strict=True))) for costs in zip(*runs, strict=True)
    )
    if whole.passages != alone.passages:
        raise TrolyError(f"Hai bên nhúng khác nhau: {whole.passages} và {alone.passages} đoạn.")
    more = whole.processor - alone.processor
    print(
        f"nạp: {whole.processor:.1f} s xử lý; chỉ nhúng {alone.passages} đoạn: {alone.processor:.1f} s; "
        f"tỷ lệ {whole.processor / alone.processor:.2f} trên một lõi, "
        f"không quá {1 + more / (alone.processor / 2):.2f} trên hai lõi"
    )
    print(f"theo đồng hồ: {whole.clock:.1f} s và {alone.clock:.1f} s; tỷ lệ {whole.clock / alone.clock:.2f}")
    return 0


def _measured(part: str, files: Sequence[str]) -> _Cost:
    """Return the cost of one part in a process of its own."""
    command = [sys.executable, "-m", "ingest.measure", part, *files]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise TrolyError(done.stderr)
    passages, processor, clock = done.stdout.split()[-3:]
    return _Cost(int(passages), float(processor), float(clock))


def _cost(work: Callable[[], int]) -> _Cost:
    """Return what ``work``, which tells how many passages it embedded, takes with the processes it starts."""
    before, began = sum(os.times()[:4]), time.perf_counter()
    passages = work()
    return _Cost(passages, sum(os.times()[:4]) - before, time.perf_counter() - began)


def _whole(paths: Sequence[Path]) -> _Cost:
    """Ingest the files into an empty library."""
    # What both sides need is imported before either is timed.
    import chromadb
    import llama_index.core.ingestion
    import llama_index.vector_stores.chroma

    from ingest.pipeline import ingest

    del chromadb, llama_index
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:

        def work() -> int:
            report = ingest(Settings(data_dir=Path(folder), threads=1), paths)
            if report.refused:
                raise TrolyError(report.refused[0].message)
            return report.embedded

        return _cost(work)


def _alone(paths: Sequence[Path]) -> _Cost:
    """Embed the passages of the same library, each once, as the cache beneath an ingestion does."""
    from ingest.chunks import make_nodes
    from ingest.pipeline import ingest

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = Settings(data_dir=Path(folder), threads=1)
        documents = ingest(settings, paths, dry_run=True).documents
        lexicons = load_lexicons(settings)
    nodes = (node for item in documents for node in make_nodes(item.parsed, lexicons, 0))
    texts = list(dict.fromkeys(node.get_content() for node in nodes))

    def work() -> int:
        embedder = load_embedder(settings)
        return sum(len(embedder.embed_passages(texts[n : n + _BATCH])) for n in range(0, len(texts), _BATCH))

    return _cost(work)


_PARTS: dict[str, Callable[[Sequence[Path]], _Cost]] = {"--whole": _whole, "--alone": _alone}


if __name__ == "__main__":
    silence_third_parties()
    sys.exit(main(sys.argv[1:]))
