"""``python -m ingest.wordings``: the vectors of the shipped wordings, for the shipped model.

To be run after the model or ``corpus/wordings/*.jsonl`` changed; ``tests/test_wordings.py`` notices.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from corpus.embedding import load_embedder
from corpus.lexicons import load_lexicons
from corpus.settings import Settings
from corpus.wordings import SHIPPED_VECTORS, load_wordings


def main() -> None:
    """Embed every shipped wording and write ``vectors.npz``."""
    settings = Settings(data_dir=Path("/nonexistent"), embedding_model="")  # no overlay of anybody
    lexicons, embedder = load_lexicons(settings), load_embedder(settings)
    wordings = load_wordings(settings)
    texts = list(
        dict.fromkeys(lexicons.expand(one, question=True) for each in wordings.values() for one in each)
    )
    vectors = embedder.embed_queries(texts).astype(np.float16)
    np.savez_compressed(SHIPPED_VECTORS, model=embedder.name, texts=np.array(texts), vectors=vectors)
    print(f"{SHIPPED_VECTORS}: {len(texts)} wordings, {SHIPPED_VECTORS.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
