"""The benchmarks of big libraries measure what they say, on four articles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.relevance import Text, fields
from corpus.embedding import load_embedder
from corpus.generation import find_current
from corpus.settings import Settings, get_settings
from corpus.store import Library
from eval.beir import Asked, Collection
from eval.lexical_bench import CONTENDERS, measure
from eval.scale import StandIn, ask, build, documents, render_result

COLLECTION = Collection(
    ("1/2020/tt#1", "1/2020/tt#2", "2/2020/tt#1", "2/2020/tt#2"),
    (
        Text("Luật Thuế - Điều 1", "Người nộp thuế\nNgười nộp thuế là hộ kinh doanh và doanh nghiệp."),
        Text("Luật Thuế - Điều 2", "Thời hạn\nThời hạn nộp hồ sơ khai thuế là ngày 20 hằng tháng."),
        Text("Luật Trường - Điều 1", "Sắp xếp trường học\nViệc sắp xếp trường học do xã đề nghị."),
        Text("Luật Trường - Điều 2", "Học phí\nHọc phí do tỉnh quy định, kể cả người nộp chậm."),
    ),
)
ASKED = Asked({"q": "Ai đề nghị sắp xếp trường học?"}, {"q": {"2/2020/tt#1": 1}})


@pytest.mark.parametrize("name", CONTENDERS)
def test_every_contender_finds_the_article_and_takes_a_change(name: str) -> None:
    texts = [fields(text) for text in COLLECTION.texts]
    result = measure(CONTENDERS[name](), texts, [0, 1], COLLECTION, ASKED)
    assert result["ndcg10"] == 1.0
    assert result["disk_mb"] > 0 and all(value >= 0 for value in result.values())


def test_articles_of_one_law_are_provisions_of_one_document() -> None:
    stored = documents(COLLECTION, 3)
    assert [len(item.parsed.provisions) for item in stored] == [2, 1]
    for item in stored:
        for provision in item.parsed.provisions:
            text = item.parsed.document.text[provision.start : provision.end]
            assert text in {one.text for one in COLLECTION.texts}


def test_stand_in_vectors_are_the_same_every_time_and_of_length_one() -> None:
    texts = ["thuế", "học phí"]
    first, second = (StandIn(load_embedder(get_settings())).embed_passages(texts) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.linalg.norm(first, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)


def test_a_library_is_built_asked_and_changed(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "library")
    stored = documents(COLLECTION, 4)
    made = build(settings, stored)
    assert made["provisions"] == made["embedded"] == 4
    asked = ask(settings, ["Ai đề nghị sắp xếp trường học?"])
    first = stored[0].parsed
    changed = replace(first.document, text=first.document.text.replace("Người", "NGƯỜI"))
    stored[0] = replace(stored[0], parsed=replace(first, document=changed))
    again = build(settings, stored)
    assert again["embedded"] == 1, "only the article whose text changed is embedded anew"
    generation = find_current(settings)
    assert generation is not None
    assert "NGƯỜI" in Library(generation.store_path, generation.name).document(first.document.id).text
    one = {"build": made, "ask": asked, "change": again}
    speed = {"ours": 9.0, "bare": 10.0, "ratio": 0.9}
    assert "1,00 lần (mục tiêu ≤ 1,5)" in render_result({"libraries": [one, one], "throughput": speed})
