"""Any other sentence-transformers model, one setting away (``TROLY_EMBEDDING_MODEL``).

torch and sentence-transformers are the optional extra ``models``; they are imported when the first
text is embedded and only here. Nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from corpus.embedding.api import Vectors, full_name, prepare
from corpus.errors import TrolyError
from corpus.settings import silence_third_parties

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# The start of a weight file holds its tensors' names and shapes, its end the last weights: enough to
# tell two models apart without reading gigabytes.
_SAMPLE_BYTES = 1 << 16


class SentenceTransformersEmbedder:
    """A model in a folder, or a name whose files already lie in the local Hugging Face cache."""

    def __init__(self, model: str, query_prefix: str, passage_prefix: str, threads: int = 0) -> None:
        """Find the model's files; loading waits for the first text.

        Raises TrolyError when the extra is not installed or the model is not on this machine.
        """
        if find_spec("sentence_transformers") is None:
            raise TrolyError(
                f"Mô hình nhúng {model} cần gói mở rộng chưa được cài đặt. Hãy chạy: "
                'pip install "tro-ly-ao[models]", hoặc bỏ biến TROLY_EMBEDDING_MODEL để dùng mô hình có sẵn.'
            )
        self._requested = model
        self._folder = _find(model)
        self._prefixes = query_prefix, passage_prefix
        self._threads = threads
        self._loading = Lock()

    @cached_property
    def name(self) -> str:
        """Name as given, fingerprint of the model's files, and prefixes."""
        return full_name(f"{Path(self._requested).name}@{_fingerprint(self._folder)}", *self._prefixes)

    @property
    def dimension(self) -> int:
        """Number of components; loads the model."""
        size = self._loaded.get_embedding_dimension()
        if size is None:
            raise _unusable(self._requested)
        return int(size)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return fp32 vectors [len(texts), dimension] of questions, in the order given."""
        return self._embed(self._prefixes[0], texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return fp32 vectors [len(texts), dimension] of passages, in the order given."""
        return self._embed(self._prefixes[1], texts)

    def _embed(self, prefix: str, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = self._loaded.encode(
            [prepare(prefix, text) for text in texts],
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)

    @property
    def _loaded(self) -> SentenceTransformer:
        with self._loading:
            return self._model

    @cached_property
    def _model(self) -> SentenceTransformer:
        silence_third_parties()
        try:
            import torch
            from sentence_transformers import SentenceTransformer

            if self._threads:
                torch.set_num_threads(self._threads)
            return SentenceTransformer(str(self._folder), local_files_only=True)
        except Exception as error:  # a damaged model fails in many ways, all of them the user's to fix
            raise _unusable(self._requested) from error


def _find(model: str) -> Path:
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    silence_third_parties()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    names = [model] if "/" in model else [model, f"sentence-transformers/{model}"]
    for name in names:
        try:
            return Path(snapshot_download(name, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError):
            continue
    raise TrolyError(
        f"Không tìm thấy mô hình nhúng {model} trên máy này (chương trình không tải gì từ mạng). "
        "Hãy đặt TROLY_EMBEDDING_MODEL là đường dẫn tới thư mục chứa mô hình sentence-transformers, "
        "hoặc bỏ biến này để dùng mô hình có sẵn."
    )


def _unusable(model: str) -> TrolyError:
    return TrolyError(
        f"Không nạp được mô hình nhúng {model}: thư mục không phải mô hình sentence-transformers "
        "hoặc thiếu tệp. Hãy kiểm tra lại thư mục, hoặc bỏ biến TROLY_EMBEDDING_MODEL để dùng mô hình có sẵn."
    )


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode())
        with path.open("rb") as file:
            digest.update(file.read(_SAMPLE_BYTES))
            file.seek(max(0, size - _SAMPLE_BYTES))
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:12]
