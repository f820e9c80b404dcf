"""The measures themselves: what counts as a fact, a right citation, an invented figure."""

from __future__ import annotations

import re
import unicodedata

import pytest

from assistant.contract import ABSTENTION, Answer, Outcome
from corpus.errors import TrolyError
from corpus.model import Citation, Document
from corpus.settings import SHIPPED_DOCUMENTS
from eval.figures import comparable, fabricated
from eval.gold import Question
from eval.metrics import (
    Score,
    below_goal,
    by_category,
    matches,
    missing_facts,
    occurs,
    percentile,
    quote_is_verbatim,
    score,
    summarise,
)

TEXT = "Trước ngày 05/12 hằng năm, gửi báo cáo về UBND xã (qua Phòng Văn hóa - Xã hội); cắt giảm 50% chi phí."


class FakeLibrary:
    """One document, honouring the part of ``corpus.store.Library`` that measuring needs."""

    generation = "g1"

    def documents(self) -> list[Document]:
        return [self.document("kh-1")]

    def document(self, document_id: str) -> Document:
        if document_id != "kh-1":
            raise TrolyError("Không có văn bản này.")
        return Document(id="kh-1", kind="Kế hoạch", number=None, title="Kế hoạch thử", issuer=None,
                        issued="2026-04", text=TEXT)  # fmt: skip


def cite(path: str = "IV.6.p2", quote: str = TEXT, spans: tuple[tuple[int, int], ...] = ((0, len(TEXT)),),
         label: str = "Mục IV.6 Kế hoạch thử", document: str | None = None) -> Citation:  # fmt: skip
    return Citation(f"kh-1:{path}", label, "kh-1", document, "Kế hoạch thử", None, "2026-04", quote, spans,
                    None, "full_text")  # fmt: skip


def reply(text: str, *citations: Citation, outcome: Outcome = "answer", question: str = "Hỏi?") -> Answer:
    return Answer(question, outcome, text, "k", "full_text", "2026-11-23", "g1", citations)


@pytest.mark.parametrize(
    ("fact", "text", "expected", "reason"),
    [
        ("5%", "đạt 15% hồ sơ", False, "a figure is not the tail of a longer one"),
        ("5%", "giảm 0,5%", False, "nor of a decimal"),
        ("5%", "giảm 5 %.", True, "a space before the sign does not matter"),
        ("50%", "cắt giảm 50 phần trăm", True, "the sign may be written out"),
        ("100", "đạt 100%", False, "a number is not a percentage"),
        ("100", "100.000 đồng", False, "nor the head of a longer number"),
        ("12", "ngày 12/6/2025", False, "a day is not a number"),
        ("12", "có 12, 13 và 14", True, "a comma that ends a number is punctuation"),
        ("2025", "ngày 12/6/2025", True, "the year of a date is the year"),
        ("6/2025", "ngày 12/6/2025", False, "month and year are not found inside a full date"),
        ("05/12", "trước ngày 5/12 hằng năm", True, "leading zeros do not matter"),
        ("05/12", "trước ngày 05 tháng 12", True, "a day may be written out"),
        ("05/12", "hạn là 05/12/2026", True, "a day of the year stands in the full date"),
        ("5/12", "ngày 15/12", False, "another day"),
        ("12/6/2025", "ngày 12 tháng 6 năm 2025", True, "a date may be written out"),
        ("2026-06-12", "ngày 12/06/2026", True, "an ISO day is the same day"),
        ("tháng 4/2026", "Bình Lư, tháng 4 năm 2026", True, "a month may be written out"),
        ("2030", "giai đoạn 2026–2030", True, "the end of a range is a year of its own"),
        ("2026-2030", "giai đoạn 2026 – 2030", True, "dashes and spaces around them do not matter"),
        ("150/2025/NĐ-CP", "Nghị định số 150/2025/nđ-cp", True, "case does not matter"),
        ("Nghị định 150", "theo Nghị định 150/2025/NĐ-CP", True, "the short form of a document number"),
        ("66/NQ-CP", "Nghị quyết 166/NQ-CP", False, "another document"),
        ("7/2025/NQ-CP", "Nghị quyết 66.7/2025/NQ-CP", False, "another document"),
        ("2024", "so với năm 2024¹.", True, "the mark of a footnote is no digit"),
        ("01 lần", "tối thiểu 1 lần", True, "small numbers with and without the zero"),
        ("Phòng Văn hoá – Xã hội", "Phòng Văn hóa-Xã hội", True, "tone placement and dashes do not matter"),
        (unicodedata.normalize("NFD", "Phòng Kinh tế"), "phòng kinh tế", True, "NFD is the same text"),
        ("Phòng Kinh tế", "Phòng\u00a0Kinh\n tế chủ trì", True, "odd spaces do not matter"),
        ("Y tế", "máy tế bào", False, "words are whole"),
        ("“Trợ lý ảo”", 'Triển khai "trợ lý ảo"', True, "the kind of quote does not matter"),
        ("", "gì cũng được", False, "nothing is not a fact"),
    ],
)
def test_a_fact_is_found_as_whole_words_and_whole_figures(
    fact: str, text: str, expected: bool, reason: str
) -> None:
    assert occurs(fact, text) is expected, reason


def test_of_each_group_one_alternative_is_enough() -> None:
    groups = (("50%", "một nửa"), ("TTHC", "thủ tục hành chính"), ("2024",))
    assert missing_facts(groups, "Giảm một nửa thời gian giải quyết TTHC") == (("2024",),)


@pytest.mark.parametrize(
    ("cited", "gold", "expected", "reason"),
    [
        ("kh-1:IV.5", "kh-1:IV.5", True, "equal"),
        ("kh-1:IV.5.p1", "kh-1:IV.5", True, "inside"),
        ("kh-1:IV.5", "kh-1:IV.5.p1", False, "an ancestor says more than was asked"),
        ("kh-1:IV.50", "kh-1:IV.5", False, "a longer number is another place"),
        ("kh-1:d13~2", "kh-1:d13", False, "the second of two equal numbers is another place"),
        ("kh-1:IV.5", "kh-1", True, "a document holds all its places"),
        ("kh-12:IV", "kh-1", False, "another document"),
    ],
)
def test_a_citation_matches_gold_when_equal_or_inside(
    cited: str, gold: str, expected: bool, reason: str
) -> None:
    assert matches(cited, gold) is expected, reason


@pytest.mark.parametrize(
    ("quote", "spans", "expected", "reason"),
    [
        (TEXT, ((0, len(TEXT)),), True, "the whole text"),
        (TEXT[:13], ((0, 13),), True, "a part"),
        (TEXT[:13], ((1, 14),), False, "the right words at the wrong place"),
        (TEXT[:13].upper(), ((0, 13),), False, "another case is not verbatim"),
        (f"{TEXT[:13]} … {TEXT[20:30]}", ((0, 13), (20, 30)), True, "an ellipsis between two spans"),
        (f"{TEXT[:13]}\n{TEXT[20:30]}", ((0, 13), (20, 30)), True, "a line break between two spans"),
        (f"{TEXT[:13]} và {TEXT[20:30]}", ((0, 13), (20, 30)), False, "a word of ours between two spans"),
        (TEXT, (), False, "no place, no proof"),
        (TEXT, ((0, len(TEXT) + 1),), False, "beyond the text"),
    ],
)
def test_a_quote_is_verbatim_only_at_its_spans(
    quote: str, spans: tuple[tuple[int, int], ...], expected: bool, reason: str
) -> None:
    assert quote_is_verbatim(cite(quote=quote, spans=spans), FakeLibrary()) is expected, reason


def test_a_quote_from_a_document_nobody_holds_is_not_verbatim() -> None:
    stray = Citation("x:1", "Điều 1", "x", None, "", None, None, TEXT, ((0, 5),), None, "full_text")
    assert not quote_is_verbatim(stray, FakeLibrary())


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("Cắt giảm 50% chi phí. [1]", [], "in the quote; a citation mark is no figure"),
        ("Cắt giảm 60% chi phí.", ["60%"], "another percentage"),
        ("Cắt giảm 50 thủ tục.", ["50"], "a number is not supported by a percentage"),
        ("Cắt giảm 5% chi phí.", ["5%"], "nor by the tail of one"),
        ("Hạn: trước ngày 5/12.", [], "the day of the quote in another spelling"),
        ("Hạn: trước ngày 05 tháng 12.", [], "written out"),
        ("Hạn: trước ngày 15/12.", ["15/12"], "another day"),
        ("Hạn: trước ngày 05/12/2027.", ["5/12/2027"], "a year that nothing says"),
        ("Ban hành tháng 4 năm 2026.", [], "the month is known of the document"),
        ("Tính đến ngày 23/11/2026.", [], "the day the answer is given for"),
        ("Ban hành năm 2026.", [], "the year of a supported date"),
        ("Theo Mục IV.6 của Kế hoạch.", [], "the place is in the label"),
        ("Theo Mục IV của Kế hoạch.", [], "the part that holds the place"),
        ("Theo Mục IV.7 của Kế hoạch.", ["mục iv.7"], "a place that is not cited"),
        ("Theo khoản 2 Điều 13.", ["khoản 2", "điều 13"], "nor are these"),
        ("Theo Nghị định 150/2025/NĐ-CP.", ["150/2025/nđ-cp"], "a document that nothing names"),
        ("Phòng Văn hóa – Xã hội.", [], "the unit of the quote"),
        ("Phòng VHXH.", [], "the same unit by another name"),
        ("Phòng Kinh tế.", ["phòng kinh tế"], "another unit of the lexicon"),
        ("Sở Nội vụ tỉnh.", ["sở nội vụ"], "a body that the lexicon does not list"),
        ("Gồm:\n1. Báo cáo\n2. Chi phí", [], "list ordinals are no figures"),
        ("Có 3 việc:\n- một\n- hai\n- ba", [], "a count of the lines that follow"),
        ("Có 4 việc:\n- một\n- hai\n- ba", ["4"], "a wrong count"),
        ("Hỏi về Điều 99: không có.", ["điều 99"], "not asked, not quoted"),
        ("Tham gia tố tụng, dự phòng kinh phí.", [], "words that look like units in lower case"),
    ],
)
def test_figures_that_nothing_supports_are_fabricated(text: str, expected: list[str], reason: str) -> None:
    assert [figure.text for figure in fabricated(reply(text, cite()))] == expected, reason


PLAN = SHIPPED_DOCUMENTS / "ke-hoach-binh-lu-2026.txt"


def test_no_changed_number_of_the_plan_goes_unnoticed_and_no_right_one_is_blamed() -> None:
    changed = 0
    for line in filter(str.strip, PLAN.read_text(encoding="utf-8").splitlines()):
        source = cite(quote=line, spans=())
        assert not fabricated(reply(line, source)), line
        body = re.match(r"\d+\. ", line)
        for number in re.compile(r"\d+").finditer(line, body.end() if body else 0):
            other = str(int(number.group()) + 37)
            answer = reply(line[: number.start()] + other + line[number.end() :], source)
            assert fabricated(answer), f"{number.group()} -> {other}: {line}"
            changed += 1
    assert changed > 50


def test_an_answer_may_repeat_the_figures_of_its_question() -> None:
    text = "Không có Điều 99 trong Nghị định 150/2025/NĐ-CP."
    assert fabricated(reply(text, outcome="abstain"))
    assert not fabricated(reply(text, outcome="abstain", question="điều 99 nghị định 150/2025/NĐ-CP là gì"))


def test_a_refusal_may_name_the_documents_it_looked_into_an_answer_may_not() -> None:
    decree = Document("nd", "Nghị định", "150/2025/NĐ-CP", "", "Chính phủ", "2025-06-12", "")
    text = "Kho chỉ có bản tóm tắt Nghị định 150/2025/NĐ-CP."
    assert not fabricated(reply(text, outcome="abstain"), [decree])
    assert fabricated(reply(text, cite()), [decree])
    assert fabricated(reply(text.replace("150", "151"), outcome="abstain"), [decree])


def test_labels_and_titles_support_the_document_they_name() -> None:
    source = cite("d13.k2", quote="Nội dung.", spans=(), label="khoản 2 Điều 13 Nghị định 150/2025/NĐ-CP",
                  document="150/2025/NĐ-CP")  # fmt: skip
    assert not fabricated(reply("Theo khoản 2 Điều 13 Nghị định 150 (năm 2025).", source))
    assert [f.key for f in fabricated(reply("Theo khoản 3 Điều 13.", source))] == ["khoản 3"]


def test_the_number_of_a_document_is_no_date_of_another() -> None:
    source = cite(quote="Thông tư 06/2026/TT-BNV", spans=())
    assert [f.text for f in fabricated(reply("Ban hành tháng 6/2026.", source))] == ["6/2026"]


def test_comparing_twice_changes_nothing_more() -> None:
    once = comparable("  Phòng Văn hoá – Xã hội, 01 lần, 05/12, 50 %  ")
    assert comparable(once) == once


QUESTION = Question("q1", "deadlines", "Hạn báo cáo?", "answer", (("05/12",), ("UBND xã",)),
                    (("kh-1:IV.6",), ("kh-1:IV.1",)), ("kh-1:IV.6",))  # fmt: skip


def test_a_score_counts_facts_citations_and_the_decision() -> None:
    other = cite("III")
    got = score(QUESTION, reply("Trước ngày 05/12.", cite(), other), 7.0, FakeLibrary())
    assert got.missing == (("UBND xã",),)
    assert got.missing_shown == (), "the quote shows the unit"
    assert got.first_right is True
    assert got.needed_missing == (("kh-1:IV.1",),)
    assert got.needed_right is False
    assert got.precision == 0.5
    assert got.decision_right and not got.passed


def test_refusing_what_should_be_answered_counts_against_citations_too() -> None:
    got = score(QUESTION, reply(ABSTENTION, outcome="abstain"), 7.0, FakeLibrary())
    assert (got.decision_right, got.first_right, got.precision) == (False, False, None)
    assert len(got.missing) == 2


def test_refusing_what_should_be_refused_is_wholly_right_and_has_no_citation_measure() -> None:
    question = Question("q2", "refuse", "Giá vàng?", "abstain")
    got = score(question, reply(ABSTENTION, outcome="abstain"), 7.0, FakeLibrary())
    assert got.passed
    assert (got.first_right, got.needed_right, got.precision) == (None, None, None)


def test_a_second_citation_in_first_place_is_not_right() -> None:
    got = score(QUESTION, reply("05/12, UBND xã", cite("IV.1"), cite()), 7.0, FakeLibrary())
    assert got.first_right is False
    assert got.needed_right is True


def _scores() -> list[Score]:
    refused = Question("q2", "refuse", "Giá vàng?", "abstain")
    return [
        score(QUESTION, reply("05/12, UBND xã", cite(), cite("IV.1")), 10.0, FakeLibrary()),
        score(QUESTION, reply("12/12", cite("III")), 30.0, FakeLibrary()),
        score(refused, reply("Có.", cite()), 20.0, FakeLibrary()),
    ]


def test_a_summary_pools_groups_and_keeps_both_directions_apart() -> None:
    summary = summarise(_scores())
    assert (summary.questions, summary.facts, summary.first) == (3, 0.5, 0.5)
    assert (summary.needed, summary.recall, summary.precision) == (0.5, 0.5, 0.5)
    assert (summary.answered, summary.refused, summary.smalltalk) == (1.0, 0.0, None)
    assert summary.fabricated == 1, "12/12 stands nowhere"
    assert (summary.median_ms, summary.p95_ms) == (20.0, 30.0)


def test_categories_under_the_goal_are_named_with_their_measures() -> None:
    low = below_goal({name: summarise(part) for name, part in by_category(_scores()).items()})
    assert low == {"deadlines": ("facts", "first"), "refuse": ("decisions",)}


def test_nothing_measured_gives_no_share() -> None:
    summary = summarise([])
    assert (summary.facts, summary.first, summary.median_ms) == (None, None, 0.0)


@pytest.mark.parametrize(
    ("values", "share", "expected"), [([], 0.95, 0.0), ([3.0], 0.95, 3.0), (list(range(1, 101)), 0.95, 95)]
)
def test_a_percentile_is_a_value_that_was_measured(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == expected
