"""Everyday wordings: questions that a provision answers, in words other than its own.

Officials rarely ask in the words of a document. ``wordings/<document id>.jsonl`` (and the user's own
files of the same form in ``Settings.overlay_wordings``) hold, a line a provision, what people type when they
mean it: ``{"provision": "<id>", "asked": ["…", …]}``. They only help to find the provision; they are never
shown, and an answer quotes the document alone. A wording of a provision that the library does not hold
is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.errors import TrolyError
from corpus.generation import Generation
from corpus.settings import Settings

SHIPPED_WORDINGS: Final = Path(__file__).with_name("wordings")
SHIPPED_VECTORS: Final = SHIPPED_WORDINGS / "vectors.npz"
_VECTORS, _TEXTS = "wordings.npy", "wordings.json"

Vectors = NDArray[np.float32]


def load_wordings(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return provision id -> its wordings, shipped ones first. Raises ``TrolyError`` for a broken file."""
    wordings: dict[str, tuple[str, ...]] = {}
    for folder in (SHIPPED_WORDINGS, settings.overlay_wordings):
        for path in sorted(folder.glob("*.jsonl")):
            for provision_id, asked in _read(path):
                wordings[provision_id] = tuple(dict.fromkeys([*wordings.get(provision_id, ()), *asked]))
    return wordings


def _read(path: Path) -> list[tuple[str, list[str]]]:
    rows: list[tuple[str, list[str]]] = []
    number = 0
    try:
        for line in path.read_text(encoding="utf-8-sig").splitlines():
            number += 1
            if line.strip():
                data: dict[str, Any] = json.loads(line)
                asked = data["asked"]
                if not isinstance(asked, list) or not all(isinstance(one, str) for one in asked):
                    raise ValueError("asked")
                rows.append((str(data["provision"]), asked))
    except (ValueError, KeyError, TypeError) as error:
        raise TrolyError(
            f"Tệp cách hỏi {path}, dòng {number}: sai dạng ({error}). Mỗi dòng phải là "
            '{"provision": "mã điều khoản", "asked": ["câu hỏi", …]}. Hãy sửa hoặc xóa dòng này.'
        ) from error
    return rows


def shipped_vectors(model: str) -> dict[str, Vectors]:
    """Return text -> vector of the shipped wordings, none where they were made by another model.

    Embedding them takes half a minute, so they ship; ``python -m ingest.wordings`` makes them anew.
    """
    try:
        with np.load(SHIPPED_VECTORS) as file:
            if str(file["model"]) != model:
                return {}
            return dict(zip(file["texts"].tolist(), file["vectors"].astype(np.float32), strict=True))
    except FileNotFoundError:
        return {}


def write_wordings(generation: Generation, wordings: Mapping[str, Sequence[str]], vectors: Vectors) -> None:
    """Write the wordings of a generation; row n of ``vectors`` [m, d] is the n-th wording in order."""
    np.save(generation.folder / _VECTORS, vectors.astype(np.float16))
    text = json.dumps(dict(wordings), ensure_ascii=False)
    (generation.folder / _TEXTS).write_text(text, encoding="utf-8")


class Wordings:
    """The wordings of one generation; a provision is as near as the nearest of its wordings."""

    def __init__(self, generation: Generation) -> None:
        """A generation that was built without wordings has none."""
        try:
            self._vectors: Vectors = np.load(generation.folder / _VECTORS).astype(np.float32)
            self._asked: dict[str, list[str]] = json.loads(
                (generation.folder / _TEXTS).read_text(encoding="utf-8")
            )
        except FileNotFoundError:
            self._vectors, self._asked = np.empty((0, 0), dtype=np.float32), {}
        self._owners = [provision_id for provision_id, asked in self._asked.items() for _ in asked]

    def of(self, provision_id: str) -> Sequence[str]:
        """Return the wordings of a provision, none where it has none."""
        return self._asked.get(provision_id, ())

    def nearest(self, vector: Vectors, limit: int) -> dict[str, float]:
        """Return up to ``limit`` provisions with the cosine of their nearest wording, nearest first."""
        best: dict[str, float] = {}
        if not self._owners:
            return best
        cosines = self._vectors @ vector
        for row in np.argsort(-cosines, kind="stable"):
            best.setdefault(self._owners[row], float(cosines[row]))
            if len(best) == limit:
                break
        return best
