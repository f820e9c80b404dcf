"""Everyday wordings: they lead to their provision, are never shown, and a broken file says what to do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from corpus.embedding import load_embedder
from corpus.errors import TrolyError
from corpus.generation import Generation
from corpus.lexicons import load_lexicons
from corpus.settings import Settings
from corpus.wordings import SHIPPED_WORDINGS, Wordings, load_wordings, shipped_vectors, write_wordings


def test_every_shipped_wording_belongs_to_one_line_a_provision_and_is_asked_once_there() -> None:
    for path in SHIPPED_WORDINGS.glob("*.jsonl"):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        ids = [row["provision"] for row in rows]
        assert len(ids) == len(set(ids))
        assert all(identifier.startswith(f"{path.stem}:") for identifier in ids)
        for row in rows:
            assert row["asked"] and len(row["asked"]) == len(set(row["asked"])), row["provision"]


def test_the_vectors_that_ship_are_those_of_every_shipped_wording_by_the_shipped_model(
    tmp_path: Path,
) -> None:
    settings = Settings(data_dir=tmp_path, embedding_model="")
    embedder, lexicons = load_embedder(settings), load_lexicons(settings)
    known = shipped_vectors(embedder.name)
    texts = [lexicons.expand(one, question=True) for each in load_wordings(settings).values() for one in each]
    assert known.keys() == set(texts), "run: python -m ingest.wordings"
    some = texts[::300]
    for text, vector in zip(some, embedder.embed_queries(some), strict=True):
        assert float(known[text] @ vector) > 0.999
    assert shipped_vectors("another model") == {}


def test_the_users_wordings_stand_beside_the_shipped_ones(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    settings.overlay_wordings.mkdir()
    shipped = load_wordings(settings)
    first = next(iter(shipped))
    mine = {"provision": first, "asked": ["việc ấy hỏi ai", shipped[first][0]]}
    (settings.overlay_wordings / "rieng.jsonl").write_text(json.dumps(mine) + "\n", encoding="utf-8")
    assert load_wordings(settings)[first] == (*shipped[first], "việc ấy hỏi ai")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "no JSON"),
        ('{"asked": ["a"]}', "no provision"),
        ('{"provision": "x:1", "asked": "a"}', "one text instead of a list"),
        ('{"provision": "x:1", "asked": [1]}', "a number is no question"),
    ],
)
def test_a_broken_file_names_its_line_and_what_to_do(tmp_path: Path, line: str, why: str) -> None:
    settings = Settings(data_dir=tmp_path)
    settings.overlay_wordings.mkdir()
    good = '{"provision": "x:1", "asked": ["a"]}'
    (settings.overlay_wordings / "hong.jsonl").write_text(f"{good}\n{line}\n", encoding="utf-8")
    with pytest.raises(TrolyError, match=r"hong\.jsonl, dòng 2: .*Hãy sửa"):
        load_wordings(settings)


def test_a_provision_is_as_near_as_its_nearest_wording(tmp_path: Path) -> None:
    generation = Generation("g-1", tmp_path)
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    write_wordings(generation, {"a:1": ("x", "y"), "b:1": ("z",)}, vectors)
    wordings = Wordings(generation)
    near = wordings.nearest(np.array([1, 0], dtype=np.float32), 2)
    assert list(near) == ["a:1", "b:1"]
    assert near["b:1"] == pytest.approx(0.6, abs=1e-3)
    assert list(wordings.of("a:1")) == ["x", "y"]
    assert not wordings.of("c:1")


def test_a_library_without_wordings_has_none(tmp_path: Path) -> None:
    assert Wordings(Generation("g-1", tmp_path)).nearest(np.array([1.0], dtype=np.float32), 3) == {}
