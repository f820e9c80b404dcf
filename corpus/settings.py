"""One Settings object for every layer, filled from ``TROLY_*`` environment variables."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from corpus.errors import UsageError

PACKAGE_DIR = Path(__file__).resolve().parent
SHIPPED_DOCUMENTS = PACKAGE_DIR / "documents"
SHIPPED_CATALOG = PACKAGE_DIR / "catalog.toml"
SHIPPED_LEXICON = PACKAGE_DIR / "lexicon"
SHIPPED_MODEL = PACKAGE_DIR / "embedding" / "model"


class Settings(BaseSettings):
    """Everything that can be configured; local and offline by default."""

    model_config = SettingsConfigDict(env_prefix="TROLY_", frozen=True)

    data_dir: Path = Path("data")
    """Folder of one library: its generations, overlays and history."""
    embedding_model: str = ""
    """Empty: the shipped model. Else a folder or name that sentence-transformers can load offline."""
    embedding_query_prefix: str = "query: "
    embedding_passage_prefix: str = "passage: "
    """Prefixes of the E5 family; set both to "" for a model trained without them."""
    threads: int = 0
    """Threads of the ONNX session; 0 lets the runtime choose."""
    host: str = "127.0.0.1"
    port: int = 7860
    history: bool = True
    """Keep conversations in the data folder; ``TROLY_HISTORY=0`` keeps none."""

    @property
    def history_path(self) -> Path:
        """The file of kept conversations."""
        return self.data_dir / "history.sqlite"

    @property
    def feedback_path(self) -> Path:
        """The file of what people said of answers."""
        return self.data_dir / "feedback.sqlite"

    @property
    def overlay_catalog(self) -> Path:
        """The user's own catalog facts, laid over the shipped ones."""
        return self.data_dir / "catalog.toml"

    @property
    def overlay_lexicon(self) -> Path:
        """The user's own lexicon files, laid over the shipped ones."""
        return self.data_dir / "lexicon"

    @property
    def overlay_wordings(self) -> Path:
        """The user's own wordings (``corpus.wordings``), beside the shipped ones."""
        return self.data_dir / "wordings"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the process-wide settings (read once; tests call ``get_settings.cache_clear()``).

    Raises ``UsageError`` naming the variable whose value cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        names = ", ".join(f"TROLY_{str(item['loc'][0]).upper()}" for item in error.errors())
        raise UsageError(
            f"Giá trị của biến môi trường {names} không dùng được. Hãy sửa hoặc bỏ biến này."
        ) from error


def silence_third_parties() -> None:
    """Turn off every telemetry and hub access of our libraries; call before importing them."""
    for name, value in {
        "ANONYMIZED_TELEMETRY": "False",
        "CHROMA_TELEMETRY_IMPL": "chromadb.telemetry.product.ProductTelemetryClient",
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "DO_NOT_TRACK": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }.items():
        os.environ.setdefault(name, value)
