"""Fine-tune the embedding model for Vietnamese law: ``python -m ingest.training.finetune``.

Starts from the trimmed fp32 weights of ``build_default`` (or from ``--start``, a folder this command
wrote) and trains with sentence-transformers' multiple-negatives loss over the rows of
``ingest.training.pairs``: a question against its article, the other articles of the batch and one hard
negative each. Needs the extra ``models``, no network; uses a GPU where torch finds one, else bf16 autocast on
the CPU. Seeded; a run that was cut goes on from its last checkpoint when called again.

What was tried; "A" is shipped. nDCG@10 of the 267 dev questions of Zalo 2021 over a pool of 2,698 articles
(gold and the lexical top 12 of each), the first 600 characters of an article embedded; dense alone, then the
best simple sum with the lexical score (alone 0.794), as typed / without marks:

    160 steps of statute pairs (rate 8e-5), "A"               0.653 / 0.643   0.827 / 0.824
    labelled pairs from the untrained, 120 steps at 4e-5      0.747 / 0.746   0.839 / 0.835
    the same after 160 steps, mean with the untrained         0.776 / 0.766   0.838 / 0.835
    the same, mean with A                                     0.752 / 0.740   0.840 / 0.838

With 800 characters the untrained model gives 0.728 / 0.713 and 0.836 / 0.826. (By scripts that are not kept:
measure the next one with ``troly eval retrieval --pool quick``.) On the development questions of
``eval/questions`` A ranks best by vectors alone (MRR 0.68; mean with the labelled one 0.71; untrained 0.61).
It has learnt from no labelled question and stays within 1.5 points of those that have, so it ships.
So next: statute pairs at a lower rate, averaged with the untrained weights; on a GPU, many more of them.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from ingest.training.build_default import base_model
from ingest.training.sentences import PASSAGE, QUERY

_SEED = 20261124
_SCALE = 50.0  # of the cosine, before the softmax (temperature 0.02)
_WARMUP = 0.08  # share of the steps
_DECAY = 0.01
_CLIP = 1.0
_STATE = "state.pt"

Row = dict[str, str]


def start_model(max_tokens: int) -> SentenceTransformer:
    """Return the untrained trimmed model as a SentenceTransformer (mean of token vectors)."""
    bert, tokenizer = base_model()
    # Two hundred steps do not overfit, and dropout keeps attention off torch's fast path: 13 s a step, not 8.
    bert.config.hidden_dropout_prob = bert.config.attention_probs_dropout_prob = 0.0
    with tempfile.TemporaryDirectory() as folder:
        bert.save_pretrained(folder)
        fast = PreTrainedTokenizerFast(
            tokenizer_object=Tokenizer.from_str(json.dumps(tokenizer)),
            pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>", mask_token="<mask>",
        )  # fmt: skip
        fast.save_pretrained(folder)
        encoder = Transformer(folder, max_seq_length=max_tokens)
    return SentenceTransformer(modules=[encoder, Pooling(bert.config.hidden_size, "mean")], device="cpu")


def read_rows(paths: list[Path]) -> list[Row]:
    """Return the training rows of all files."""
    return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]


def batches(rows: list[Row], size: int, first: int) -> Iterator[list[Row]]:
    """Yield batches for ever, from batch number ``first`` on; each pass in its own seeded order.

    No batch holds the same positive twice: the second would count as a negative of the first.
    """
    number, epoch = 0, 0
    while True:
        order = list(range(len(rows)))
        random.Random(_SEED + epoch).shuffle(order)
        batch: list[Row] = []
        seen: set[str] = set()
        for n in order:
            if rows[n]["positive"] in seen:
                continue
            seen.add(rows[n]["positive"])
            batch.append(rows[n])
            if len(batch) == size:
                if number >= first:
                    yield batch
                number += 1
                batch, seen = [], set()
        epoch += 1


def train(model: SentenceTransformer, rows: list[Row], out: Path, arguments: argparse.Namespace) -> None:
    """Train ``model`` in place for ``arguments.steps`` steps, with checkpoints in ``out``."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device)
    loss_of = MultipleNegativesRankingLoss(model, scale=_SCALE)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": _DECAY}, {"params": others, "weight_decay": 0.0}],
        lr=arguments.rate,
    )
    steps, warmup = arguments.steps, max(1, int(arguments.steps * _WARMUP))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda n: (
            (n + 1) / warmup
            if n < warmup
            else 0.5 * (1 + math.cos(math.pi * (n - warmup) / (steps - warmup)))
        ),
    )
    first = 0
    if (out / _STATE).exists():
        state = torch.load(out / _STATE, map_location=device)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        first = state["step"]
        print(f"going on from step {first}", flush=True)
    torch.manual_seed(_SEED + first)
    model.train()
    mean, started = 0.0, time.perf_counter()
    for step, batch in enumerate(batches(rows, arguments.batch, first), start=first + 1):
        if step > steps:
            break
        columns = [
            [QUERY + row["anchor"] for row in batch],
            [PASSAGE + row["positive"] for row in batch],
            [PASSAGE + row["negative"] for row in batch],
        ]
        inputs: list[dict[str, Any]] = [
            {
                name: value.to(device)
                for name, value in model.preprocess(texts).items()
                if hasattr(value, "to")
            }
            for texts in columns
        ]
        with torch.autocast(device, dtype=torch.bfloat16):
            loss = loss_of(inputs, None)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), _CLIP)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        mean = loss.item() if step == first + 1 else 0.95 * mean + 0.05 * loss.item()
        if step % 10 == 0 or step <= first + 3:
            rate = (time.perf_counter() - started) / (step - first)
            print(f"step {step}/{steps} loss {mean:.3f} {rate:.1f} s/step", flush=True)
        if step % arguments.save == 0 or step == steps:
            _save(
                model,
                out,
                {"optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(), "step": step},
            )


def _save(model: SentenceTransformer, out: Path, state: dict[str, Any]) -> None:
    """Write the model for use and everything needed to go on, the state in one step."""
    model.save(str(out))
    scratch = out / f"{_STATE}.new"
    torch.save({"model": model.state_dict(), **state}, scratch)
    scratch.replace(out / _STATE)


def main() -> None:
    """Read the rows, train, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="+", type=Path, help="files of ingest.training.pairs")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model and its checkpoints")
    parser.add_argument(
        "--start", type=Path, help="a folder written by this command; else the untrained model"
    )
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=6e-5)
    parser.add_argument("--max-tokens", type=int, default=144)
    parser.add_argument("--save", type=int, default=50, help="steps between checkpoints")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    random.seed(_SEED)
    if arguments.start:
        model = SentenceTransformer(str(arguments.start), device="cpu")
        model.max_seq_length = arguments.max_tokens
    else:
        model = start_model(arguments.max_tokens)
    train(model, read_rows(arguments.rows), arguments.out, arguments)


if __name__ == "__main__":
    main()
