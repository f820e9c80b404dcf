"""The shipped model on ONNX Runtime: onnxruntime, tokenizers and numpy, nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.embedding.api import Vectors, full_name, prepare
from corpus.errors import TrolyError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer


class OnnxEmbedder:
    """Mean of the encoder's token vectors, scaled to length 1 (as multilingual-e5 was trained).

    A text longer than the model's positions (512 tokens, prefix and specials included) is cut there.
    Texts run one at a time, not in padded batches: int8 activations share one scale per run, so a batch
    would let a vector depend on its neighbours (cosine 0.995 measured between alone and in sixteen), and
    on two cores a batch is not faster (``python -m ingest.training.measure``). The same text therefore
    always has the same vector, whatever else is being indexed.
    """

    def __init__(self, folder: Path, query_prefix: str, passage_prefix: str, threads: int = 0) -> None:
        """Read the small ``config.json`` of ``folder`` only; the model itself loads on first use.

        ``threads``: threads of one run, 0 lets the runtime choose. Raises TrolyError when the folder
        does not hold a model.
        """
        try:
            card: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
            self._model_name = f"{card['name']}@{card['fingerprint']}"
            self._dimension = int(card["dimension"])
            self._max_tokens = int(card["max_tokens"])
        except (OSError, ValueError, KeyError) as error:
            raise _broken(folder) from error
        self._folder = folder
        self._prefixes = query_prefix, passage_prefix
        self._threads = threads
        self._loading = Lock()

    @property
    def name(self) -> str:
        """Model, fingerprint of its files, and prefixes."""
        return full_name(self._model_name, *self._prefixes)

    @property
    def dimension(self) -> int:
        """384 for the shipped model."""
        return self._dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return fp32 vectors [len(texts), dimension] of questions, in the order given."""
        return self._embed(self._prefixes[0], texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return fp32 vectors [len(texts), dimension] of passages, in the order given."""
        return self._embed(self._prefixes[1], texts)

    def _embed(self, prefix: str, texts: Sequence[str]) -> Vectors:
        tokenizer, session = self._loaded
        vectors = np.empty((len(texts), self._dimension), np.float32)
        for row, text in enumerate(texts):
            ids = np.array([tokenizer.encode(prepare(prefix, text)).ids], np.int64)
            (hidden,) = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
            mean = hidden[0].mean(axis=0)
            vectors[row] = mean / np.linalg.norm(mean)
        return vectors

    @property
    def _loaded(self) -> tuple[Tokenizer, InferenceSession]:
        # The page answers from several threads; two first questions must not load two models.
        with self._loading:
            return self._model

    @cached_property
    def _model(self) -> tuple[Tokenizer, InferenceSession]:
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        options = SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3  # its warnings are about hardware probing, not for our users
        # Threads that spin after a run take the second core from whatever comes next: the search after a
        # question's embedding took twice as long, while a run by itself was no faster.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
            session = InferenceSession(
                str(self._folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both libraries raise bare Exceptions of their own for a bad file
            raise _broken(self._folder) from error
        tokenizer.enable_truncation(self._max_tokens)
        return tokenizer, session


def _broken(folder: Path) -> TrolyError:
    return TrolyError(
        f"Không đọc được mô hình nhúng trong thư mục {folder}. "
        "Hãy cài đặt lại chương trình, hoặc bỏ biến TROLY_EMBEDDING_MODEL nếu đã đặt."
    )
