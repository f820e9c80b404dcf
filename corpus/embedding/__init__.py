"""Sentence vectors: one Protocol, the shipped ONNX model, any sentence-transformers model instead.

``load_embedder(settings)`` is the way in. Importing this package loads neither torch nor onnxruntime;
a model is read when the first text is embedded.
"""

from corpus.embedding.api import Embedder, Vectors
from corpus.embedding.loading import load_embedder
from corpus.embedding.onnx_model import OnnxEmbedder
from corpus.embedding.other_model import SentenceTransformersEmbedder

__all__ = ["Embedder", "OnnxEmbedder", "SentenceTransformersEmbedder", "Vectors", "load_embedder"]
