"""The lexical index: scores as defined, texts taken over, one document changed without the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from assistant.relevance import Text, fields, read_query
from corpus.errors import TrolyError
from corpus.generation import Generation
from corpus.index import Index
from corpus.lexical import BREAK, PLAIN, SHAPE, LexicalBuilder, LexicalIndex, Saturation, Shape
from corpus.lexicons import Lexicons
from corpus.store import StoredDocument
from ingest.lexical import NOTES, write_lexical
from tests.fakes import make_document

TEXTS = (
    Text("Luật Thuế - Điều 1", "Người nộp thuế\nNgười nộp thuế là hộ kinh doanh và doanh nghiệp."),
    Text("Luật Thuế - Điều 2", "Thời hạn\nThời hạn nộp hồ sơ khai thuế là ngày 20 hằng tháng."),
    Text("Luật Trường - Điều 1", "Sắp xếp trường học\nViệc sắp xếp trường học do xã đề nghị."),
    Text("Luật Trường - Điều 2", "Học phí\nHọc phí do tỉnh quy định, kể cả người nộp chậm."),
)


def index_of(texts: Sequence[Text], shape: Shape = SHAPE) -> LexicalIndex:
    builder = LexicalBuilder(shape)
    for text in texts:
        builder.add(fields(text))
    return builder.finish()


BARE = Saturation((1.0,), (0.0,), 1.2)


def test_one_index_gives_the_scores_of_bm25() -> None:
    """By hand: two texts, one field, b = 0: idf * tf / (k1 + tf)."""
    builder = LexicalBuilder(Shape(BARE, BARE))
    builder.add([["thue", "thue", "xa"]])
    builder.add([["xa"]])
    index = builder.finish()
    idf = math.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    assert index.scores({"thue": 1.0}) == pytest.approx([idf * 2 / 3.2, 0.0])
    assert index.scores({"thue": 0.5, "lạ": 1.0, "xa_thue": 1.0}) == pytest.approx([idf * 1 / 3.2, 0.0])
    assert index.scores({"thue_xa": 1.0}) == pytest.approx([idf * 1 / 2.2, 0.0])
    assert list(index.holding("xa")) == [0, 1]
    assert "thue_xa" in index and "xa_xa" not in index and "la" not in index


def test_the_plain_shape_gives_the_scores_of_bm25s() -> None:
    """The comparison implementation: bm25s with the same terms (a text per line, "." parts neighbours)."""
    import bm25s

    lines = ["a b c a", "b . c d", "d d d a b", "e", "a b a b a b"]
    rows = [line.split() for line in lines]
    terms = [
        [one for one in row if one != "."] + [f"{x}_{y}" for x, y in pairwise(row) if "." not in (x, y)]
        for row in rows
    ]
    vocabulary: dict[str, int] = {}
    ids = [[vocabulary.setdefault(term, len(vocabulary)) for term in row] for row in terms]
    theirs = bm25s.BM25(k1=1.2, b=0.75)
    theirs.index((ids, vocabulary), show_progress=False)
    builder = LexicalBuilder(PLAIN)
    for row in rows:
        builder.add([[BREAK if one == "." else one for one in row]])
    ours = builder.finish()
    asked = ["a", "b", "a_b", "c_d", "e"]
    expected = theirs.get_scores_from_ids([vocabulary[term] for term in asked])
    assert ours.scores(dict.fromkeys(asked, 1.0)) == pytest.approx(expected, rel=1e-5)


def test_an_index_read_back_is_the_one_saved(tmp_path: Path) -> None:
    index = index_of(TEXTS)
    index.save(tmp_path)
    again = LexicalIndex.load(tmp_path)
    terms = read_query("thời hạn nộp thuế").terms
    assert np.array_equal(again.scores(terms), index.scores(terms))
    assert again.words == index.words


def test_texts_taken_from_an_older_index_give_the_same_index(tmp_path: Path) -> None:
    texts = TEXTS
    old = index_of(texts)
    builder = LexicalBuilder(SHAPE)
    changed = [texts[3], Text("Luật mới", "Điều mới\nHọc phí miễn."), texts[0]]
    builder.take(old, 3)
    builder.add(fields(changed[1]))
    builder.take(old, 0)
    builder.finish().save(tmp_path / "taken")
    index_of(changed).save(tmp_path / "read")
    for path in sorted((tmp_path / "read").iterdir()):
        assert (tmp_path / "taken" / path.name).read_bytes() == path.read_bytes(), path.name


def test_another_shape_is_the_index_built_with_it() -> None:
    other = replace(
        SHAPE, single=replace(SHAPE.single, k1=2.0, idf=1.3), pair=replace(SHAPE.pair, weight=2.0)
    )
    terms = read_query("thời hạn nộp thuế của người nộp").terms
    reshaped = index_of(TEXTS).reshaped(other)
    assert np.array_equal(reshaped.scores(terms), index_of(TEXTS, other).scores(terms))
    assert not np.allclose(reshaped.scores(terms), index_of(TEXTS).scores(terms))


def test_long_columns_are_added_as_short_ones_are(monkeypatch: pytest.MonkeyPatch) -> None:
    terms = {"nop": 1.0, "thue": 0.5, "nop_thue": 2.0}
    expected = index_of(TEXTS).scores(terms)
    monkeypatch.setattr("corpus.lexical._SPREAD_FROM", 0)
    assert np.array_equal(index_of(TEXTS).scores(terms), expected)


def test_some_texts_are_asked_for_a_term() -> None:
    index = index_of(TEXTS)
    everywhere = index.scores({"nop": 1.0})
    some = np.array([3, 0, 2], dtype=np.int32)
    assert index.among("nop", some) == pytest.approx(everywhere[some])
    assert index.counts_among("hoc_phi", some).tolist() == [[0, 1, 1], [0, 0, 0], [0, 0, 0]]
    assert index.among("zz", some).tolist() == [0.0, 0.0, 0.0]


def law(name: str, text: str) -> StoredDocument:
    """Return a document of two articles."""
    nodes = [(f"d{n}", "article", str(n), "", f"Điều {n}. {text} {n}", ()) for n in (1, 2)]
    return StoredDocument(make_document(name, nodes), (), None, None)


@pytest.mark.parametrize(
    ("now", "read", "why"),
    [
        (["a", "b", "c"], 0, "nothing changed"),
        (["a", "b2", "c"], 1, "one document changed"),
        (["c", "a"], 0, "one gone, the others in another order"),
        (["new", "a", "b", "c"], 1, "one more in front"),
    ],
)
def test_changing_one_document_reads_only_that_one(
    now: list[str], read: int, why: str, tmp_path: Path, lexicons: Lexicons
) -> None:
    texts = {"a": "thuế đất", "b": "học phí", "b2": "học bổng", "c": "khai sinh cho trẻ", "new": "hộ tịch"}
    before, after, fresh = (Generation(name, tmp_path / name) for name in ("before", "after", "fresh"))
    assert write_lexical(before, [law(name, texts[name]) for name in "abc"], lexicons) == 3
    stored = [law(name[0], texts[name]) for name in now]
    assert write_lexical(after, stored, lexicons, before) == read, why
    write_lexical(fresh, stored, lexicons)
    for path in fresh.lexical_path.iterdir():
        assert (after.lexical_path / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.parametrize("damage", [NOTES, "codes.npy", "words.json"])
def test_a_damaged_older_index_is_not_taken_over(damage: str, tmp_path: Path, lexicons: Lexicons) -> None:
    before, after = Generation("before", tmp_path / "before"), Generation("after", tmp_path / "after")
    stored = [law("a", "thuế đất"), law("b", "học phí")]
    write_lexical(before, stored, lexicons)
    (before.lexical_path / damage).write_bytes(b"[")
    assert write_lexical(after, stored, lexicons, before) == 2
    assert LexicalIndex.load(after.lexical_path).size == 4


def test_a_library_of_an_earlier_release_is_told_as_such(tmp_path: Path) -> None:
    generation = Generation("thu-1", tmp_path / "thu-1")
    builder = LexicalBuilder(PLAIN)  # one field, as it was before
    builder.add([["nop", "thue"]])
    builder.finish().save(generation.lexical_path)
    with pytest.raises(TrolyError, match=r"bản cũ của chương trình.*troly ingest"):
        Index(generation)
