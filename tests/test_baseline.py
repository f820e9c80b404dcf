"""Coverage of the right quote: one rule for the assistant and for the stock pipeline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.contract import ABSTENTION, Answer
from corpus.model import Citation, Document, Provision
from eval.baseline import OURS, STOCK, compare, render_rows, share
from eval.coverage import Gold, Piece, cut, facts_shown, pieces_of
from eval.gold import Question

HEAD = "5. Trung tâm Dịch vụ tổng hợp"
FIRST = "Chủ trì tuyên truyền cải cách hành chính bằng nhiều hình thức đa dạng."
SECOND = "Đăng tải 100% văn bản lên trang thông tin điện tử trước ngày 05/12 hằng năm."
OTHER = "6. Các cơ quan khác\nBảo đảm 100% hồ sơ được số hóa."
TEXT = f"{HEAD}\n{FIRST}\n{SECOND}\n{OTHER}"


def _provision(path: str, words: str, heading: str = "") -> Provision:
    start = TEXT.index(words)
    return Provision(f"kh:{path}", "kh", path, "outline", "", heading, None, 0, start, start + len(words),
                     start + len(words))  # fmt: skip


class FakeLibrary:
    """A section with a heading and two paragraphs, and another section."""

    generation = "g"
    _all = (
        _provision("IV.5", f"{HEAD}\n{FIRST}\n{SECOND}", "Trung tâm Dịch vụ tổng hợp"),
        _provision("IV.5.p1", FIRST),
        _provision("IV.5.p2", SECOND),
        _provision("IV.6", OTHER, "Các cơ quan khác"),
    )

    def document(self, document_id: str) -> Document:
        assert document_id == "kh"
        return Document("kh", "Kế hoạch", None, "Kế hoạch thử", None, None, TEXT)

    def provisions(self, document_id: str) -> list[Provision]:
        return list(self._all)

    def find_provision(self, provision_id: str) -> Provision | None:
        return next((one for one in self._all if one.id == provision_id), None)


LIBRARY = FakeLibrary()


def shown(*words: str) -> list[Piece]:
    """Return pieces of the document that read ``words``, "own:…" being words of the system's own."""
    return [
        Piece(w[4:]) if w.startswith("own:") else Piece(w, "kh", TEXT.index(w))
        for w in words
    ]  # fmt: skip


def gold(facts: list[str], *ids: str) -> Gold:
    groups = tuple((fact,) for fact in facts)
    question = Question("q", "c", "?", "answer", groups, tuple((id,) for id in ids), ids[:1])
    return Gold(question, LIBRARY)


@pytest.mark.parametrize(
    ("facts", "ids", "pieces", "limit", "expected", "reason"),
    [
        (["05/12"], ["kh:IV.5.p2"], shown(SECOND), 600, True, "the fact inside the gold provision"),
        (["05/12"], ["kh:IV.5.p2"], shown(SECOND), 40, False, "the fact stands behind the limit"),
        (["05/12"], ["kh:IV.5.p2"], shown(TEXT), 600, True, "a chunk that holds the provision"),
        (["05/12"], ["kh:IV.5.p2"], shown(FIRST), 600, False, "another provision"),
        (["100%"], ["kh:IV.5.p2"], shown(OTHER), 600, False, "the same figure in a wrong place"),
        (["05/12"], ["kh:IV.5.p2"], shown("own:Hạn: " + SECOND.lower()), 600, True,
         "unless they repeat the provision word for word"),
        (["05/12"], ["kh:IV.5.p2"], shown("own:" + SECOND[-30:]), 600, False, "for long enough"),
        (["05/12"], ["kh:IV.5.p1"], shown("own:" + SECOND), 600, False, "and it is the right one"),
        (["05/12"], ["kh:IV.5.p2"], shown("own:Hạn là 05/12."), 600, False, "own words are no quote"),
        (["05/12"], ["kh:IV.5.p2"], shown("own:" + "x" * 600, SECOND), 600, False, "own words take room"),
        (["100%", "05/12"], ["kh:IV.5.p2"], shown(SECOND[:30]), 600, False, "one fact of two is not enough"),
        (["tuyên truyền", "05/12"], ["kh:IV.5.p1", "kh:IV.5.p2"], shown(SECOND, FIRST), 600, True,
         "facts spread over two provisions, in any order"),
        (["Trung tâm Dịch vụ tổng hợp"], ["kh:IV.5.p1"], shown(FIRST), 600, True,
         "the unit's name is the place, not the quote"),
        (["Trung tâm Dịch vụ tổng hợp"], ["kh:IV.5"], shown(FIRST), 600, False,
         "less than half of the section"),
        (["Trung tâm Dịch vụ tổng hợp"], ["kh:IV.5"], shown(HEAD), 600, False, "a heading alone"),
        (["Trung tâm Dịch vụ tổng hợp"], ["kh:IV.5"], shown(SECOND), 600, True, "half of the section"),
        (["05/12"], ["kh:IV.5.p2"], [], 600, False, "nothing shown"),
    ],
)  # fmt: skip
def test_the_right_quote_is_covered_when_its_facts_are_shown_in_its_place(
    facts: list[str], ids: list[str], pieces: list[Piece], limit: int, expected: bool, reason: str
) -> None:
    assert gold(facts, *ids).covered(pieces, limit) is expected, reason


def test_a_fact_cut_in_two_is_not_made_whole_by_what_follows() -> None:
    at = SECOND.index("05/12") + 3
    pieces = [*shown(SECOND[:at]), Piece("12 tháng", None)]
    assert not gold(["05/12"], "kh:IV.5.p2").covered(pieces, 600)
    assert gold(["05/12"], "kh:IV.5.p2").covered(shown(SECOND[:at], SECOND[at:]), 600), (
        "two halves that touch"
    )


def test_line_breaks_between_pieces_count() -> None:
    assert [piece.text for piece in cut([Piece("abc"), Piece("def")], 5)] == ["abc", "d"]


def test_a_question_whose_gold_nobody_holds_is_left_out_and_named() -> None:
    question = Question("q9", "lists", "?", "answer", (("x",),), (("kh:IX",),))
    rows = compare([question], LIBRARY, {OURS: lambda _: [], STOCK: lambda _: []})  # type: ignore[arg-type]
    assert share(rows, OURS, "quote", 600) is None
    assert "q9" in render_rows(rows, (OURS, STOCK))


def test_an_answer_is_read_as_its_text_then_its_quotes() -> None:
    at = TEXT.index(SECOND)
    citation = Citation("kh:IV.5.p2", "Mục IV.5", "kh", None, "", None, None, SECOND,
                        ((at, at + len(SECOND)),), None, "full_text")  # fmt: skip
    answer = Answer("?", "answer", "Trước 05/12.", "k", "full_text", "2026-01-01", "g", (citation,))
    assert pieces_of(answer, LIBRARY) == [Piece("Trước 05/12."), Piece(SECOND, "kh", at)]
    refused = Answer("?", "abstain", ABSTENTION, "k", None, "2026-01-01", "g")
    assert pieces_of(refused, LIBRARY) == [Piece(ABSTENTION)]


def test_both_systems_are_asked_the_same_questions_and_judged_alike() -> None:
    question = Question("q", "lists", "Hạn?", "answer", (("05/12",),), (("kh:IV.5.p2",),), ("kh:IV.5.p2",))
    refusal = Question("r", "refuse", "Giá vàng?", "abstain")
    asked: list[str] = []

    def good(text: str) -> list[Piece]:
        asked.append(text)
        return shown(SECOND)

    def poor(text: str) -> list[Piece]:
        asked.append(text)
        return [Piece("x" * 700), *shown(SECOND)]

    rows = compare([question, refusal], LIBRARY, {OURS: good, STOCK: poor})  # type: ignore[arg-type]
    assert asked == ["Hạn?", "Hạn?"], "what must be refused has no right quote"
    shares = [share(rows, name, "quote", limit) for name in (OURS, STOCK) for limit in (600, 2000)]
    assert shares == [1.0, 1.0, 0.0, 1.0]
    assert "Tất cả: trích dẫn đúng" in render_rows(rows, (OURS, STOCK))


def test_facts_shown_counts_words_of_the_system_too() -> None:
    question = Question("q", "c", "?", "answer", (("05/12",),))
    assert facts_shown(question, [Piece("Trước 5/12.")], 600)
    assert not facts_shown(question, [Piece("Trước 5/12.")], 6)


class WordEmbedder:
    """A tiny deterministic embedder: one dimension a word of a fixed list."""

    name = "words"
    dimension = 4
    _words = ("tuyên truyền", "đăng tải", "số hóa", "")

    def embed_queries(self, texts: list[str]) -> object:
        import numpy as np

        rows = [
            [len(re.findall(word, text.lower())) if word else 0.1 for word in self._words] for text in texts
        ]
        vectors = np.asarray(rows, dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    embed_passages = embed_queries


def test_the_stock_pipeline_returns_verbatim_chunks_with_their_places(tmp_path: Path) -> None:
    from eval.baseline import StockPipeline

    class Long(FakeLibrary):
        text = "\n\n".join(f"{n}. Nội dung số {n}. {FIRST} {SECOND}" for n in range(40))

        def documents(self) -> list[Document]:
            return [
                Document("kh", "Kế hoạch", None, "", None, None, self.text),
                Document("trong", "Thẻ", None, "", None, None, ""),
            ]

    stock = StockPipeline(Long(), WordEmbedder(), tmp_path)  # type: ignore[arg-type]
    pieces = stock.pieces("đăng tải gì")
    assert len(pieces) == 5
    assert all(Long.text[p.start : p.start + len(p.text)] == p.text for p in pieces)
    assert sum(len(piece.text) for piece in pieces) > 2000, "enough for the longer limit"
