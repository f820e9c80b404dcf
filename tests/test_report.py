"""``troly eval --report``: one page that holds everything, says what was measured, and shows text as text."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.contract import ABSTENTION, Answer
from corpus.model import Citation, Document
from eval import plots
from eval.reliability import Bin, Judged, bins, brier, calibration_error
from eval.report import DATA, PAGE
from eval.run import main
from eval.table import percent

TEXT = "Phòng Thử chủ trì việc in ấn; báo cáo trước ngày 05/12 hằng năm."
EVIL = "Ai lo <script>alert(1)</script> & <img src=http://xấu.vn/x>?"
GOLD: list[dict[str, Any]] = [
    {"id": "q1", "category": "responsibility", "question": EVIL, "outcome": "answer",
     "facts": [["Phòng Thử"]], "provisions": [["kh:1"]], "first": ["kh:1"]},
    {"id": "q2", "category": "deadlines", "question": "Hạn báo cáo?", "outcome": "answer",
     "facts": [["05/12"]], "provisions": [["kh:1"]], "first": ["kh:1"]},
    {"id": "q3", "category": "refuse", "question": "Giá vàng?", "outcome": "abstain"},
    {"id": "q4", "category": "smalltalk", "question": "Chào bạn", "outcome": "smalltalk"},
]  # fmt: skip
ANSWERS = {EVIL: "Phòng Thử chủ trì. [1]", "Hạn báo cáo?": "Trước ngày 05/12. [1]"}


class Kept:
    """A library of one document."""

    generation = "g-<thử>"

    def documents(self) -> list[Document]:
        return [self.document("kh")]

    def document(self, document_id: str) -> Document:
        return Document("kh", "Kế hoạch", None, "Kế hoạch thử", None, "2026", TEXT)

    def find_provision(self, identifier: str) -> str:
        return identifier


def hit(identifier: str, score: float, **facts: Any) -> SimpleNamespace:
    """Return what the retriever gives: a provision with the probability that it answers."""
    provision = SimpleNamespace(own_end=9, end=9, kind="clause")
    return SimpleNamespace(
        **({"id": identifier, "score": score, "wants": None,
            "passage": SimpleNamespace(provision=provision)} | facts)
    )  # fmt: skip


@dataclass
class Teller:
    """Answers from a table; every question but the greeting is decided by a ranked candidate."""

    table: dict[str, str]
    library: Kept = field(default_factory=Kept)
    asked: int = 0

    def ask(self, question: str, as_of: str | None = None) -> Answer:
        self.asked += 1
        timings = {"search": 1.0, "embed": 2.0 if question == "Hạn báo cáo?" else 0.0}
        answer = Answer(question, "abstain", ABSTENTION, "k", None, "2026-11-25", "g", timings_ms=timings)
        if question == "Chào bạn":
            return replace(answer, outcome="smalltalk", answer="Chào!", timings_ms={"search": 0.0})
        if question not in self.table:
            return answer
        cited = Citation("kh:1", "Mục 1", "kh", None, "Kế hoạch thử", None, "2026", TEXT,
                         ((0, len(TEXT)),), None, "full_text")  # fmt: skip
        return replace(answer, outcome="answer", answer=self.table[question], citations=(cited,))

    def search(self, query: str, limit: int = 10, *, dense: bool = True) -> list[SimpleNamespace]:
        score = {EVIL: 0.9, "Hạn báo cáo?": 0.45, "Giá vàng?": 0.15}[query]
        assert dense == (query == "Hạn báo cáo?"), "ranked again as the answer was"
        return [hit("kh:2", 0.99, wants=False), hit("kh:1", score)]  # the first one lacks what is asked


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    lines = [json.dumps(one, ensure_ascii=False) for one in GOLD]
    (tmp_path / "dev.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


class Reader(HTMLParser):
    """Collects the tags, attributes and visible text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def report(folder: Path, questions: Path, table: dict[str, str], *more: str) -> str:
    assert main(["dev", "--report", str(folder), "--questions", str(questions), *more], Teller(table)) == 0
    return (folder / PAGE).read_text(encoding="utf-8")


@pytest.fixture
def page(questions: Path, tmp_path: Path) -> str:
    """The page of a run that lost one answer against the run before it."""
    report(tmp_path / "old", questions, ANSWERS)
    table = {EVIL: ANSWERS[EVIL]}
    return report(tmp_path / "new", questions, table, "--compare", str(tmp_path / "old" / DATA), "--failures")


def test_nothing_outside_the_page_is_referred_to(page: str) -> None:
    read = Reader(page)
    assert {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & set(read.tags) == set()
    links = [(name, value) for name, value in read.attributes if name.endswith(("src", "href"))]
    assert [link for link in links if not link[1].startswith("#")] == []
    assert re.findall(r"url\((?!#)", page) == [] and "@import" not in page
    names = {value for name, value in read.attributes if "://" in value}
    assert names == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}, "XML namespaces alone"


def test_markup_in_a_question_is_shown_as_text(page: str) -> None:
    assert "<script>alert" not in page and "g-<thử>" not in page
    assert "g-<thử>" in Reader(page).text


def test_every_plot_is_there_and_no_id_stands_twice(page: str) -> None:
    read = Reader(page)
    assert read.tags.count("svg") == 4, "categories, reliability, times, changes"
    twice = [id_ for id_, n in Counter(v for name, v in read.attributes if name == "id").items() if n > 1]
    assert twice == []


def test_the_page_says_the_figures_of_the_run(page: str, tmp_path: Path) -> None:
    pooled = json.loads((tmp_path / "new" / DATA).read_text(encoding="utf-8"))["pooled"]
    text = Reader(page).text
    assert (percent(pooled["answered"]), percent(pooled["refused"])) == ("50,0 %", "100,0 %")
    assert "50,0 %Trả lời khi cần" in text and "100,0 %Từ chối khi cần" in text
    assert "khoảng 50 câu" in text and "mục tiêu 95 %: chưa đạt" in text and "mục tiêu 0: đạt" in text
    for name in ("Ai chủ trì", "Thời hạn", "Phải từ chối", "Chào hỏi"):
        assert name in text


def test_what_got_worse_is_named(page: str) -> None:
    text = Reader(page).text
    assert "Tốt lên: 0 câu" in text and "Kém đi: 1 câu" in text
    assert "q2 Hạn báo cáo? (quyết định, dữ kiện, trích dẫn đầu, đủ trích dẫn)" in text
    assert "✗ q2 [Thời hạn] Hạn báo cáo?" in text, "--failures lists the wrong ones"


def test_a_run_alone_has_no_comparison_and_hides_the_questions(questions: Path, tmp_path: Path) -> None:
    text = Reader(report(tmp_path / "one", questions, {})).text
    assert "So với lần trước" not in text and "Các câu chưa đúng" not in text
    assert "Hạn báo cáo?" not in text, "the blind half can be reported without being read"


def test_the_score_shown_is_that_of_the_candidate_that_may_answer(page: str) -> None:
    """0.9 and 0.45 are right, 0.15 belongs to a question without an answer; the greeting is not ranked."""
    text = Reader(page).text
    assert "3 câu được quyết định bằng điểm" in text
    assert "90 % – 100 %190,0 %100,0 %" in text and "10 % – 20 %115,0 %0,0 %" in text


def test_without_matplotlib_nobody_measures_for_nothing(
    questions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    teller = Teller(ANSWERS)
    assert main(["dev", "--report", str(tmp_path / "r"), "--questions", str(questions)], teller) == 1
    assert 'pip install "tro-ly-ao[eval]"' in capsys.readouterr().err and teller.asked == 0


def test_the_same_figures_give_the_same_plot() -> None:
    drawn = [plots.reliability([Bin(0.1, 0.2, 3, 0.15, 0.5)], 0.4) for _ in range(2)]
    assert drawn[0] == drawn[1] and "ngưỡng trả lời" in drawn[0], "letters stay letters"


JUDGED = [Judged("a", 0.95, True), Judged("b", 1.0, False), Judged("c", 0.2, False), Judged("d", 0.25, True)]


def test_scores_are_binned_with_their_mean_and_the_share_that_is_right() -> None:
    assert bins(JUDGED) == [Bin(0.2, 0.3, 2, 0.225, 0.5), Bin(0.9, 1.0, 2, 0.975, 0.5)]


@pytest.mark.parametrize(
    ("judged", "error", "score", "reason"),
    [
        (JUDGED, (2 * 0.275 + 2 * 0.475) / 4, (0.0025 + 1 + 0.04 + 0.5625) / 4, "by hand"),
        ([Judged("a", 1.0, True)], 0.0, 0.0, "sure and right"),
        ([Judged("a", 1.0, False)], 1.0, 1.0, "sure and wrong"),
        ([], None, None, "nothing was ranked"),
    ],
)
def test_calibration_error_and_brier_score(
    judged: list[Judged], error: float | None, score: float | None, reason: str
) -> None:
    assert calibration_error(judged) == (error if error is None else pytest.approx(error)), reason
    assert brier(judged) == (score if score is None else pytest.approx(score)), reason
