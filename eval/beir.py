"""BEIR-shaped retrieval sets: a pool of articles, questions, and which articles answer which question.

A set is a folder with ``corpus.jsonl`` (or ``.jsonl.gz``) and, for each part (``train``, ``dev``), a
folder with ``queries.jsonl(.gz)`` and ``qrels.tsv``; a set without parts has the two beside the corpus.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from assistant.relevance import Text
from corpus.errors import TrolyError

SEED: Final = 20261124
"""Seed of everything drawn at random in the evaluation of retrieval."""


@dataclass(frozen=True)
class Collection:
    """A pool of articles; ``ids[n]`` is the id of ``texts[n]``."""

    ids: tuple[str, ...]
    texts: tuple[Text, ...]

    @cached_property
    def digest(self) -> str:
        """Identifies the texts and their order (what is kept on disk is named by it)."""
        digest = hashlib.sha256()
        for text in self.texts:
            digest.update(f"{text.title}\0{text.text}\1".encode())
        return digest.hexdigest()[:16]

    def subset(self, ids: set[str]) -> Collection:
        """Return the articles of some ids, in the order of the pool."""
        kept = [n for n, id in enumerate(self.ids) if id in ids]
        return Collection(tuple(self.ids[n] for n in kept), tuple(self.texts[n] for n in kept))


@dataclass(frozen=True)
class Asked:
    """The questions of one part: id -> text, and id -> the articles that answer it with their grade."""

    questions: dict[str, str]
    gold: dict[str, dict[str, int]]


def load_collection(folder: Path) -> Collection:
    """Return the pool of a set; raises TrolyError where a file is missing or a line is malformed."""
    ids: list[str] = []
    texts: list[Text] = []
    for row in _rows(folder, "corpus"):
        ids.append(str(row["_id"]))
        texts.append(Text(str(row.get("title", "")), str(row["text"])))
    if not ids:
        raise TrolyError(f"Tệp corpus của {folder} không có điều nào.")
    return Collection(tuple(ids), tuple(texts))


def load_asked(folder: Path, part: str, limit: int | None = None) -> Asked:
    """Return the questions of a part that have a gold article, at most ``limit`` of them (drawn, seeded)."""
    place = folder / part if (folder / part).is_dir() else folder
    questions = {str(row["_id"]): str(row["text"]) for row in _rows(place, "queries")}
    gold: dict[str, dict[str, int]] = {}
    path = place / "qrels.tsv"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()[1:]  # the first line names the columns
        for line in lines:
            question, article, grade = line.split("\t")
            if int(grade) > 0:
                gold.setdefault(question, {})[article] = int(grade)
    except (OSError, ValueError) as error:
        raise TrolyError(
            f"Không đọc được {path} ({error}). Mỗi dòng: mã câu hỏi, mã điều, điểm, cách nhau bằng tab."
        ) from error
    asked = [id for id in questions if id in gold]
    if not asked:
        raise TrolyError(f"{place} không có câu hỏi nào kèm điều trả lời nó.")
    if limit is not None and limit < len(asked):
        asked = sorted(random.Random(SEED).sample(asked, limit), key=asked.index)
    return Asked({id: questions[id] for id in asked}, {id: gold[id] for id in asked})


def _rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    packed = folder / f"{name}.jsonl.gz"
    path = packed if packed.is_file() else folder / f"{name}.jsonl"
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path == packed
            else path.open(encoding="utf-8") as lines
        ):
            for line in lines:
                if line.strip():
                    row: dict[str, Any] = json.loads(line)
                    if not {"_id", "text"} <= row.keys():
                        raise ValueError("thiếu _id hoặc text")
                    yield row
    except (OSError, ValueError, AttributeError) as error:
        raise TrolyError(
            f"Không đọc được {path} ({error}). Bộ đo phải có corpus.jsonl, queries.jsonl (hoặc .jsonl.gz) "
            "và qrels.tsv theo dạng BEIR."
        ) from error


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _half(text: str, key: str) -> str:
    draw = random.Random(f"{SEED}:{key}")
    return re.sub(r"\S+", lambda m: _bare(m.group()) if draw.random() < 0.5 else m.group(), text)


VARIANTS: Final[dict[str, tuple[str, Callable[[str, str], str]]]] = {
    "typed": ("như gõ", lambda text, _: text),
    "no_marks": ("không dấu", lambda text, _: _bare(text)),
    "half_marks": ("nửa số dấu", _half),
    "nfd": ("NFD", lambda text, _: unicodedata.normalize("NFD", text)),
}
"""Ways to type a question: name -> (Vietnamese name, (text, question id) -> text)."""


def typed_as(asked: Asked, variant: str) -> dict[str, str]:
    """Return the questions typed one way; half of the marks are dropped by a seed and the question's id."""
    change = VARIANTS[variant][1]
    return {id: change(text, id) for id, text in asked.questions.items()}


def choose_quick(asked: Asked, ranked: Callable[[str], Sequence[str]]) -> set[str]:
    """Return the ids of the quick pool: every gold article and what ``ranked`` finds for each question."""
    ids = {article for grades in asked.gold.values() for article in grades}
    for text in asked.questions.values():
        ids.update(ranked(text))
    return ids
