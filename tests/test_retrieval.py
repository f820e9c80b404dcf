"""Measuring retrieval: sets read as BEIR shapes them, figures as defined, vectors computed once."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant.matching import NAMES, Matching
from assistant.relevance import (
    Exact,
    Relevance,
    Text,
    fields,
    groups_of,
    load_weights,
    read_query,
    rerank_scores,
)
from corpus.embedding import Vectors
from corpus.errors import TrolyError, UsageError
from corpus.lexical import SHAPE, LexicalBuilder, LexicalIndex, Shape
from eval.beir import VARIANTS, load_asked, load_collection, typed_as
from eval.ranking import interval, values_by_question
from eval.retrieval import run
from eval.vectors import cached_vectors

ARTICLES = (
    ("a#1", "Luật Thuế - Điều 1", "Người nộp thuế\nNgười nộp thuế là hộ kinh doanh và doanh nghiệp."),
    ("a#2", "Luật Thuế - Điều 2", "Thời hạn\nThời hạn nộp hồ sơ khai thuế là ngày 20 hằng tháng."),
    ("b#1", "Luật Trường - Điều 1", "Sắp xếp trường học\nViệc sắp xếp trường học do xã đề nghị."),
    ("b#2", "Luật Trường - Điều 2", "Học phí\nHọc phí do tỉnh quy định, kể cả người nộp chậm."),
)
QUESTIONS = {"q1": ("Hạn nộp hồ sơ khai thuế?", "a#2"), "q2": ("Ai đề nghị sắp xếp trường học?", "b#1")}


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    """A set of four articles and two questions in its dev part."""
    folder = tmp_path / "set"
    (folder / "dev").mkdir(parents=True)
    rows = [json.dumps({"_id": id, "title": title, "text": text}) for id, title, text in ARTICLES]
    with gzip.open(folder / "corpus.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(rows))
    asked = [json.dumps({"_id": id, "text": text}) for id, (text, _) in QUESTIONS.items()]
    (folder / "dev" / "queries.jsonl").write_text("\n".join(asked), encoding="utf-8")
    grades = ["query-id\tcorpus-id\tscore", *(f"{id}\t{gold}\t1" for id, (_, gold) in QUESTIONS.items())]
    (folder / "dev" / "qrels.tsv").write_text("\n".join(grades), encoding="utf-8")
    return folder


class Counting:
    """An embedder that counts what it is asked for; a text's vector is drawn from its words."""

    name = "counting@1"
    dimension = 8

    def __init__(self, fail_after: int = 10**9) -> None:
        self.seen: list[str] = []
        self._fail_after = fail_after

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if len(self.seen) >= self._fail_after:
            raise KeyboardInterrupt
        self.seen += texts
        return self.embed_queries(texts)

    def _vector(self, text: str) -> np.ndarray:
        vector = np.random.default_rng(sum(map(ord, text))).normal(size=8)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def index_of(texts: Sequence[Text], shape: Shape = SHAPE) -> LexicalIndex:
    builder = LexicalBuilder(shape)
    for text in texts:
        builder.add(fields(text))
    return builder.finish()


def test_a_set_is_read_with_its_gold(beir: Path) -> None:
    collection = load_collection(beir)
    assert collection.ids == ("a#1", "a#2", "b#1", "b#2")
    assert collection.texts[0] == Text(*ARTICLES[0][1:])
    asked = load_asked(beir, "dev")
    assert asked.questions == {id: text for id, (text, _) in QUESTIONS.items()}
    assert asked.gold == {"q1": {"a#2": 1}, "q2": {"b#1": 1}}


def test_a_drawn_part_is_the_same_every_time(beir: Path) -> None:
    assert load_asked(beir, "dev", 1) == load_asked(beir, "dev", 1)
    assert len(load_asked(beir, "dev", 1).questions) == 1


@pytest.mark.parametrize(
    ("variant", "expected", "why"),
    [
        ("typed", "Hạn nộp đơn?", "nothing changes"),
        ("no_marks", "Han nop don?", "đ is a mark as well"),
        ("nfd", "Ha\u0323n no\u0323\u0302p đơn?".replace("ơ", "o\u031b"), "letters taken apart"),
    ],
)
def test_questions_are_typed_in_four_ways(variant: str, expected: str, why: str) -> None:
    changed = VARIANTS[variant][1]("Hạn nộp đơn?", "q")
    import unicodedata

    assert changed == (unicodedata.normalize("NFD", expected) if variant == "nfd" else expected), why


def test_half_of_the_marks_go_by_seed(beir: Path) -> None:
    text = "thủ tục đăng ký khai sinh và cấp thẻ bảo hiểm y tế cho trẻ em dưới sáu tuổi" * 4
    changed = VARIANTS["half_marks"][1](text, "q")
    kept = sum(a == b for a, b in zip(text.split(), changed.split(), strict=True))
    assert changed == VARIANTS["half_marks"][1](text, "q")
    assert changed != VARIANTS["half_marks"][1](text, "another question")
    assert 0.4 < kept / len(text.split()) < 0.85  # syllables without marks count as kept
    assert typed_as(load_asked(beir, "dev"), "half_marks").keys() == QUESTIONS.keys()


def test_the_figures_are_those_of_the_definitions() -> None:
    gold = {"q1": {"a": 1}, "q2": {"b": 1, "c": 1}, "q3": {"z": 1}}
    run = {"q1": {"x": 2.0, "a": 1.0}, "q2": {"b": 9.0, "x": 8.0, "y": 7.0, "c": 6.0}}
    values = values_by_question(gold, run)
    ideal = 1 + 1 / math.log2(3)
    assert values["nDCG@10"] == pytest.approx(
        {"q1": 1 / math.log2(3), "q2": (1 + 1 / math.log2(5)) / ideal, "q3": 0}
    )
    assert values["MRR@10"] == {"q1": 0.5, "q2": 1.0, "q3": 0.0}, "nothing found for q3 counts as 0"
    assert values["R@1"] == {"q1": 0.0, "q2": 0.5, "q3": 0.0}
    assert values["R@5"] == {"q1": 1.0, "q2": 1.0, "q3": 0.0}


def test_an_interval_holds_its_mean_and_narrows_with_more_questions() -> None:
    few, many = interval([0.0, 1.0] * 10), interval([0.0, 1.0] * 1000)
    assert few.low < few.mean == 0.5 < few.high
    assert many.high - many.low < (few.high - few.low) / 5


def test_vectors_are_computed_once_and_taken_up_after_a_kill(tmp_path: Path) -> None:
    passages = [f"đoạn {n}" for n in range(200)]
    with pytest.raises(KeyboardInterrupt):
        cached_vectors(Counting(fail_after=100), passages, tmp_path)
    second, third = Counting(), Counting()
    vectors = cached_vectors(second, passages, tmp_path)
    cached_vectors(third, passages, tmp_path)
    assert len(second.seen) == 200 - 128, "two batches of 64 were on disk when the first run was killed"
    assert third.seen == []
    assert np.abs(vectors - Counting().embed_queries(passages)).max() < 1e-3
    other = Counting()
    cached_vectors(other, [*passages[:-1], "đoạn khác"], tmp_path)
    assert len(other.seen) == 200, "another text is another pool"


@pytest.mark.parametrize("texts", [[], [Text("", "")], [Text("", "a"), Text("", "")]])
def test_odd_pools_are_searched_without_an_error(texts: list[Text], tmp_path: Path) -> None:
    index_of(texts).save(tmp_path)
    for index in (index_of(texts), LexicalIndex.load(tmp_path)):
        assert len(Relevance(index, texts).search("a b", "lexical", 5).ordinals) == (len(texts) == 2)


@pytest.mark.parametrize("mode", ["lexical", "dense", "hybrid", "rerank"])
def test_every_mode_returns_each_text_once_with_falling_scores(mode: str) -> None:
    texts = [Text(title, text) for _, title, text in ARTICLES]
    embedder = Counting()
    vectors = embedder.embed_passages([text.text for text in texts])
    dense = Exact(vectors, np.arange(4, dtype=np.int32))
    search = Relevance(index_of(texts), texts, dense, lambda text: embedder.embed_queries([text])[0])
    found = search.search("thời hạn nộp hồ sơ khai thuế", mode, 4)
    assert len(set(found.ordinals.tolist())) == len(found.ordinals)
    assert list(found.scores) == sorted(found.scores, reverse=True)
    if mode == "lexical":  # vectors here are drawn at random
        assert found.ordinals[0] == 1


def test_a_text_is_as_near_as_its_nearest_passage() -> None:
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    dense = Exact(vectors, np.array([0, 0, 1], dtype=np.int32))
    ordinals, near = dense.best(np.array([0, 1], dtype=np.float32), 2)
    assert ordinals.tolist() == [0, 1] and near == pytest.approx([1.0, 0.8])
    assert dense.cosines(np.array([1, 0], dtype=np.float32), ordinals) == pytest.approx([1.0, 0.6])


def test_shipped_weights_name_known_features_and_others_are_refused(tmp_path: Path) -> None:
    assert set(load_weights().rerank["words"]["features"]) <= set(NAMES)
    wrong = {
        "pool": 1, "rerank_pool": 1, "fusion": {},
        "rerank": {"words": {"features": ["no_such"]}, "beside": {"words": 1.0}},
    }  # fmt: skip
    (tmp_path / "w.json").write_text(json.dumps(wrong), encoding="utf-8")
    with pytest.raises(ValueError, match="no_such"):
        load_weights(tmp_path / "w.json")


def test_scores_are_the_mean_of_the_networks_and_what_stands_beside_them() -> None:
    words = {"features": ["lexical", "lexical_log"], "mean": [1, 0], "scale": [2, 1]}
    nets = [
        {"w1": [[1, 0], [-1, 0]], "b1": [0, 0], "w2": [3, 5]},
        {"w1": [[0, 0], [0, 0]], "b1": [0, 0], "w2": [0, 0]},
    ]
    weights = {"words": {**words, "nets": nets}, "beside": {"words": 2.0, "cosine": 10.0}}
    values = np.zeros((2, len(NAMES)), dtype=np.float32)
    values[:, NAMES.index("lexical")] = [3, -3]
    values[:, NAMES.index("cosine")] = [0.5, 0.1]
    assert rerank_scores(values, weights) == pytest.approx([3.0 + 5.0, 10.0 + 1.0])


def test_features_tell_the_field_that_holds_a_word() -> None:
    texts = [Text(title, text) for _, title, text in ARTICLES]
    index = index_of(texts)
    terms = read_query("thời hạn nộp hồ sơ khai thuế").terms
    ordinals, lexical = index.best(terms, 4)
    found = Matching(index, groups_of([text.title for text in texts])).features(
        terms, ordinals, lexical, np.zeros(len(ordinals), dtype=np.float32)
    )
    assert found.shape == (len(ordinals), len(NAMES)) and np.isfinite(found).all()
    row = dict(zip(NAMES, found[0].tolist(), strict=True))
    assert row["lexical"] == 1.0 and row["single_any"] >= max(row["single_heading"], row["single_text"]) > 0


def test_articles_of_one_law_are_one_group() -> None:
    assert groups_of(["Luật A - Điều 1", "Luật B - Điều 1", "Luật A - Điều 2. Hồ sơ"]).tolist() == [0, 1, 0]


def test_the_command_prints_figures_and_says_which_column_is_missing(
    beir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.json"
    code = run(["--data", str(beir), "--config", "lexical,stock", "--cache", str(tmp_path / "c"),
                "--json", str(target)])  # fmt: skip
    assert code == 0
    out = capsys.readouterr().out
    assert "4 điều, 2 câu hỏi" in out and "Bỏ cột LlamaIndex" in out
    (measured,) = json.loads(target.read_text(encoding="utf-8"))["sets"]
    assert {one["variant"] for one in measured["results"]} == VARIANTS.keys()
    assert all(one["metrics"]["nDCG@10"]["mean"] == 1.0 for one in measured["results"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--config", "lexcal"], "lexcal"),
        (["--variant", ""], "typed"),
        (["--pool", "half"], "half"),
        (["--part", "nowhere"], "queries"),
    ],
)
def test_wrong_calls_are_told_in_vietnamese(
    beir: Path, arguments: list[str], told: str, tmp_path: Path
) -> None:
    with pytest.raises(TrolyError, match=told) as raised:
        run(["--data", str(beir), "--cache", str(tmp_path / "c"), *arguments])
    assert isinstance(raised.value, UsageError) or "Không đọc được" in str(raised.value)


def test_the_quick_pool_keeps_gold(beir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                   capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.setattr("eval.retrieval.QUICK_DEPTH", 1)
    run(
        [
            "--data",
            str(beir),
            "--config",
            "lexical",
            "--pool",
            "quick",
            "--cache",
            str(tmp_path / "c"),
            "--json",
        ]
    )
    (measured,) = json.loads(capsys.readouterr().out)["sets"]
    assert measured["articles"] == 2
    assert all(one["metrics"]["R@10"]["mean"] == 1.0 for one in measured["results"])
