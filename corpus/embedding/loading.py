"""From settings to an embedder."""

from __future__ import annotations

from corpus.embedding.api import Embedder
from corpus.embedding.onnx_model import OnnxEmbedder
from corpus.embedding.other_model import SentenceTransformersEmbedder
from corpus.settings import SHIPPED_MODEL, Settings


def load_embedder(settings: Settings) -> Embedder:
    """Return the embedder that ``settings`` name: the shipped one, or ``TROLY_EMBEDDING_MODEL``.

    Cheap: the model itself is read when the first text is embedded. Raises TrolyError (Vietnamese) when
    another model is asked for and its extra or its files are missing.
    """
    prefixes = settings.embedding_query_prefix, settings.embedding_passage_prefix
    if settings.embedding_model:
        return SentenceTransformersEmbedder(settings.embedding_model, *prefixes, threads=settings.threads)
    return OnnxEmbedder(SHIPPED_MODEL, *prefixes, threads=settings.threads)
