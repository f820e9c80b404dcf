"""Passage vectors kept on disk: computed once, taken up again after a kill.

One folder an embedder and list of passages: ``vectors.npy`` (float16 [n, d]), ``done.npy`` (bool [n]).
A passage is marked as done only after its vector is on disk.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

if TYPE_CHECKING:
    from corpus.embedding import Embedder

_BATCH: Final = 64  # passages between two writes: about two seconds of work


def cached_vectors(
    embedder: Embedder, passages: Sequence[str], folder: Path, rows: NDArray[np.int64] | None = None
) -> NDArray[np.float16]:
    """Return the vectors [n, d] of ``passages``; with ``rows``, only those are sure to be filled in.

    What ``folder`` does not hold yet is embedded and written there, a progress bar on standard error.
    Unlike vectors in float32, cosines are exact to about 0.0005.
    """
    place = folder / _name(embedder, passages)
    vectors, done = _open(place, len(passages), embedder)
    wanted = np.arange(len(passages)) if rows is None else np.unique(rows)
    missing = wanted[~done[wanted]]
    # Long and short passages mixed, so that the time left on the bar is honest.
    missing = np.random.default_rng(0).permutation(missing)
    with tqdm(total=len(missing), desc="Nhúng", unit="đoạn", delay=2, file=sys.stderr, disable=None) as bar:
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            vectors[batch] = embedder.embed_passages([passages[n] for n in batch]).astype(np.float16)
            vectors.flush()
            done[batch] = True
            done.flush()
            bar.update(len(batch))
    return vectors


def _name(embedder: Embedder, passages: Sequence[str]) -> str:
    digest = hashlib.sha256(embedder.name.encode())
    for passage in passages:
        digest.update(b"\0")
        digest.update(passage.encode())
    return f"vectors-{digest.hexdigest()[:16]}"


def _open(place: Path, count: int, embedder: Embedder) -> tuple[np.memmap[Any, Any], np.memmap[Any, Any]]:
    paths = place / "vectors.npy", place / "done.npy"
    if not (place / "card.json").is_file():
        place.mkdir(parents=True, exist_ok=True)
        shapes = (np.float16, (count, embedder.dimension)), (np.bool_, (count,))
        for path, (kind, shape) in zip(paths, shapes, strict=True):
            np.lib.format.open_memmap(path, "w+", dtype=kind, shape=shape).flush()
        # Last: a folder without it was left half made.
        card = {"model": embedder.name, "passages": count}
        (place / "card.json").write_text(json.dumps(card, ensure_ascii=False), encoding="utf-8")
    vectors, done = (np.lib.format.open_memmap(path, "r+") for path in paths)
    return vectors, done
