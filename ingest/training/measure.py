"""Speed of the shipped model on this machine: ``python -m ingest.training.measure``.

Prints passages a second at 256 tokens, milliseconds a question, the cold load and the memory it takes.
The texts are the builder's reference sentences, so that anyone can repeat it without other data.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time

from tokenizers import Tokenizer

from corpus.embedding import load_embedder
from corpus.settings import SHIPPED_MODEL, Settings
from ingest.training.sentences import PASSAGE, QUERY, without_prefix

TOKENS = 256
PASSAGES = 64
ROUNDS = 5
# Run in a process of its own: imports, session, first question; then the largest resident set (Linux).
_COLD = """
import time
started = time.perf_counter()
from corpus.embedding import load_embedder
from corpus.settings import Settings
load_embedder(Settings()).embed_queries(["Ai chủ trì?"])
print(time.perf_counter() - started, open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""


def passages() -> list[str]:
    """Return ``PASSAGES`` texts that fill ``TOKENS`` tokens each, prefix and special tokens included."""
    tokenizer = Tokenizer.from_file(str(SHIPPED_MODEL / "tokenizer.json"))
    statements = without_prefix(PASSAGE)
    texts = []
    for start in range(PASSAGES):
        text = " ".join(statements[(start + i) % len(statements)] for i in range(40))
        encoding = tokenizer.encode(PASSAGE + text)
        texts.append(text[: encoding.offsets[TOKENS - 2][1] - len(PASSAGE)])
    return texts


def main() -> None:
    """Measure and print; ``--json`` for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    as_json = parser.parse_args().json

    cold = [
        subprocess.run(
            [sys.executable, "-c", _COLD], capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(ROUNDS)
    ]
    embedder = load_embedder(Settings())
    questions = without_prefix(QUERY)
    embedder.embed_queries(questions)
    times = []
    for question in questions * ROUNDS:
        started = time.perf_counter()
        embedder.embed_queries([question])
        times.append(time.perf_counter() - started)
    texts = passages()
    rates = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        embedder.embed_passages(texts)
        rates.append(len(texts) / (time.perf_counter() - started))
    figures = {
        "model": embedder.name,
        f"passages_per_second_{TOKENS}_tokens": round(statistics.median(rates), 1),
        "question_ms_median": round(statistics.median(times) * 1000, 1),
        "question_ms_p95": round(statistics.quantiles(times, n=20)[-1] * 1000, 1),
        "cold_import_load_and_first_question_ms": round(
            statistics.median(float(run[0]) for run in cold) * 1000
        ),
        "peak_memory_mb": round(statistics.median(int(run[1]) for run in cold) / 1024),
    }
    if as_json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:40} {value}")


if __name__ == "__main__":
    main()
