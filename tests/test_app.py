"""The chat page without a browser: what it shows is exact and escaped, and each session has its own."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import gradio as gr
import pytest

from assistant.app.examples import EXAMPLES, KINDS, TRIES_A_KIND, example_questions
from assistant.app.handlers import MAX_QUESTION, MAX_TURNS, UNEXPECTED, Handlers
from assistant.app.render import Turn, deep_link, display_date, display_number, render_turn
from assistant.app.source import render_shelf, render_source, short_name
from assistant.app.theme import DARK, LIGHT
from assistant.contract import ABSTENTION
from corpus.errors import TrolyError
from corpus.store import Library
from tests.fakes import XSS, FakeAssistant, answer_of, sample_assistant, sample_library


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return sample_library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def assistant(library: Library) -> FakeAssistant:
    return sample_assistant(library)


class Elements(HTMLParser):
    """The elements, attributes and text of a fragment, as a browser's parser sees them."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


OWN_TAGS = {
    "a", "article", "blockquote", "button", "code", "details", "div", "h2", "h3", "header", "li",
    "mark", "nav", "ol", "p", "section", "span", "strong", "summary", "textarea", "ul",
}  # fmt: skip


def assert_inert(markup: str) -> Elements:
    """Assert that nothing in ``markup`` runs, loads or restyles; return its elements."""
    seen = Elements(markup)
    assert seen.tags <= OWN_TAGS
    for name, value in seen.attributes:
        assert not name.startswith("on") and name not in {"style", "src", "srcdoc"}
        if name == "href":
            assert value.startswith(("/?provision=", "/?document=", "/api/v1/export/"))
    return seen


# ---- what the page shows


def test_every_field_of_an_answer_is_shown_as_text(assistant: FakeAssistant) -> None:
    turn = Turn(1, " ".join(XSS), assistant.table["xss"])
    seen = assert_inert(render_turn(turn))
    for payload in XSS:
        assert seen.text.count(payload) >= 4, payload  # question, answer, quote, label, warning …


@pytest.mark.parametrize("outcome", ["abstain", "smalltalk", "clarify", "error"])
def test_other_outcomes_are_shown_as_text(library: Library, outcome: str) -> None:
    answer = answer_of(
        library,
        "hỏi",
        outcome=outcome,
        answer="\n".join(XSS),
        basis=None,
        hints=XSS,
        warnings=XSS,
        follow_ups=XSS,
    )
    seen = assert_inert(render_turn(Turn(1, "hỏi", answer)))
    assert all(payload in seen.text for payload in XSS)


def test_documents_full_of_markup_are_shown_as_text(library: Library) -> None:
    assert_inert(render_shelf(library))
    for number, payload in enumerate(XSS, 1):
        seen = assert_inert(render_source(library, library.provision(f"cv-xss:p{number}")))
        assert payload in seen.text


def test_marks_become_chips_only_where_a_citation_exists(assistant: FakeAssistant) -> None:
    markup = render_turn(Turn(7, "hỏi", assistant.table["Ai thử nghiệm trang?"]))
    chips = re.findall(r'<a class="chip"[^>]*>(\d+)</a>', markup)
    assert chips == ["1", "2"]
    assert "[9]" in markup, "a mark without a citation stays what it was"
    assert 'data-turn="7" data-cite="1"' in markup, "a chip names its own message"
    assert 'aria-label="Xem nguồn 1: Mục IV.1 Kế hoạch thử"' in markup, "a screen reader hears the place"


def test_basis_warnings_and_follow_ups_are_in_words(assistant: FakeAssistant) -> None:
    text = Elements(render_turn(Turn(1, "hỏi", assistant.table["Ai thử nghiệm trang?"]))).text
    for words in ("Toàn văn", "Văn bản có thể là dự thảo.", "Văn bản chưa có số.", "Hỏi tiếp", "0,03 giây"):
        assert words in text
    assert "Suy ra" in Elements(render_turn(Turn(1, "hỏi", assistant.table["Ai in tài liệu?"]))).text


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Phòng Thử: chủ trì việc này. [1]", "<strong>Phòng Thử:</strong> chủ trì"),
        ("Phòng Thử (suy ra theo lĩnh vực). [1]", "<strong>Phòng Thử</strong> (suy ra"),
        ("Ngày 05/12. [1]", '<p class="lead">Ngày'),
        ("a " * 100 + "[1]", '<p class="lead long">a'),
    ],
)
def test_what_answers_stands_out_in_the_first_line(assistant: FakeAssistant, line: str, shown: str) -> None:
    answer = replace(assistant.table["Ai in tài liệu?"], answer=line)
    assert shown in render_turn(Turn(1, "hỏi", answer))


def test_quotes_printed_below_the_answer_are_shown_once_as_cards(assistant: FakeAssistant) -> None:
    answer = assistant.table["Ai in tài liệu?"]
    citation = answer.citations[0]
    printed = f"{answer.answer}\n\n[1] {citation.label}: “{citation.quote}”"
    markup = render_turn(Turn(1, "hỏi", replace(answer, answer=printed)))
    assert markup == render_turn(Turn(1, "hỏi", answer)) and markup.count(citation.quote) == 1


def test_abstention_is_its_own_state_with_hints_and_tips(library: Library) -> None:
    answer = answer_of(
        library, "hỏi", outcome="abstain", answer=ABSTENTION, basis=None, hints=("Mục I Kế hoạch",)
    )
    markup = render_turn(Turn(1, "hỏi", answer))
    assert 'class="notfound"' in markup and ABSTENTION in markup
    assert "không phải câu trả lời" in markup and "Mục I Kế hoạch" in markup
    assert "data-cite" not in markup


@pytest.mark.parametrize(
    ("iso", "shown"),
    [
        ("2025-06-12", "12/06/2025"),
        ("2026-04", "tháng 4/2026"),
        ("2026", "năm 2026"),
        (None, ""),
        ("không rõ", "không rõ"),
    ],
)
def test_dates_are_written_the_vietnamese_way(iso: str | None, shown: str) -> None:
    assert display_date(iso) == shown


def test_numbers_are_written_the_vietnamese_way() -> None:
    assert (display_number(1234.5, 1), display_number(1234567), display_number(0.031, 2)) == (
        "1.234,5", "1.234.567", "0,03",
    )  # fmt: skip


def _document_text(markup: str) -> str:
    body = markup.split('<div class="doc-text"', 1)[1].split(">", 1)[1]
    body = re.sub(r'<a class="more".*?</a>', "", body)
    lines = re.findall(r'<p class="line[^>]*>(.*?)</p>', body, re.DOTALL)
    return "\n".join(html.unescape(re.sub(r"</?mark[^>]*>", "", line)) for line in lines)


@pytest.mark.parametrize("document_id", ["kh-thu-2026", "luat-thu-2025", "cv-xss"])
def test_the_panel_shows_the_whole_of_a_short_document(library: Library, document_id: str) -> None:
    document = library.document(document_id)
    for provision in library.provisions(document_id):
        shown = _document_text(render_source(library, provision))
        assert shown == "\n".join(line for line in document.text.split("\n") if line.strip())


def test_exactly_the_quote_is_marked(assistant: FakeAssistant, library: Library) -> None:
    for answer in assistant.table.values():
        for citation in answer.citations:
            markup = render_source(library, library.provision(citation.id), citation)
            marked = "".join(html.unescape(part) for part in re.findall(r"<mark[^>]*>(.*?)</mark>", markup))
            assert marked == citation.quote
            assert markup.count('id="doan-trich"') == 1, "the page scrolls to one place"


def test_a_quote_over_several_lines_and_spans_is_marked_piece_by_piece(library: Library) -> None:
    document = library.document("kh-thu-2026")
    first, second = "KINH PHÍ\nKinh phí lấy", "đơn vị thử"
    spans = tuple(
        (document.text.index(words), document.text.index(words) + len(words)) for words in (first, second)
    )
    base = sample_assistant(library).table["Ai in tài liệu?"].citations[0]
    citation = replace(base, id="kh-thu-2026:III", quote=f"{first} … {second}", spans=spans)
    markup = render_source(library, library.provision("kh-thu-2026:III"), citation)
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", markup) == ["KINH PHÍ", "Kinh phí lấy", "đơn vị thử"]


def test_a_quote_of_an_older_generation_is_found_again_by_its_words(library: Library) -> None:
    citation = sample_assistant(library).table["Ai in tài liệu?"].citations[0]
    for spans in (((0, 5),), ((90_000, 90_010),), ()):
        markup = render_source(library, library.provision(citation.id), replace(citation, spans=spans))
        assert f"{citation.quote}</mark>" in markup and "đã được cập nhật" in markup
    gone = replace(citation, quote="lời không còn nữa", spans=((0, 5),))
    markup = render_source(library, library.provision(citation.id), gone)
    assert "<mark" not in markup and "target" in markup, "the provision alone is highlighted"


def test_a_long_document_is_shown_around_the_provision_and_read_on(library: Library) -> None:
    markup = render_source(library, library.provision("nd-thu-2025:d40.k1"))
    shown = _document_text(markup)
    assert "Khoản 1 của điều 40" in shown and len(shown) < 40_000 < len(library.document("nd-thu-2025").text)
    assert "Xem phần trên của văn bản" in markup and "Xem phần tiếp theo của văn bản" in markup
    assert "Xem phần trên" not in render_source(library, library.provision("nd-thu-2025:d1"))
    assert "Xem phần tiếp" not in render_source(library, library.provision("nd-thu-2025:d80.k2"))


def test_the_panel_names_the_heading_chain_and_the_neighbours(library: Library) -> None:
    markup = render_source(library, library.provision("nd-thu-2025:d40.k2"))
    links = dict(re.findall(r'data-open="([^"]+)" title="[^"]*">([^<]+)</a>', markup))
    assert links["nd-thu-2025:d40"] == "Điều 40. Nội dung thứ 40"
    assert links["nd-thu-2025:d40.k1"] == "‹ Trước" and links["nd-thu-2025:d41"] == "Sau ›"
    assert "Chưa rõ văn bản sửa đổi" in markup, "the document's warnings stand beside its text"


def test_places_are_named_as_officials_name_them(library: Library) -> None:
    names = {
        "kh-thu-2026:IV.1": "Mục IV.1. Phòng Thử nghiệm", "kh-thu-2026:IV.1.p1": "Đoạn 1",
        "nd-thu-2025:d3.k2": "Khoản 2", "luat-thu-2025:y1": "Ý 1",
    }  # fmt: skip
    assert {identifier: short_name(library.provision(identifier)) for identifier in names} == names


def test_the_shelf_tells_full_texts_from_summaries(library: Library) -> None:
    text = Elements(render_shelf(library)).text
    assert (
        text.index("Có toàn văn") < text.index("Nghị định 999/2025/NĐ-CP") < text.index("Mới có bản tóm tắt")
    )
    for words in (
        "4 văn bản",
        "tháng 4/2026",
        "12/06/2025",
        "Có thể là dự thảo",
        "Phụ lục chưa có trong kho.",
    ):
        assert words in text


def test_deep_links_carry_any_id_safely() -> None:
    assert deep_link("nd-150-2025-nd-cp:d13.k2.dd~2") == "/?provision=nd-150-2025-nd-cp:d13.k2.dd~2"
    assert deep_link('x"&y=1') == "/?provision=x%22%26y%3D1"


def _contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two #rrggbb colours (WCAG 2.2, "contrast ratio")."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(palette: dict[str, str]) -> None:
    texts = [(ink, ground) for ink in ("ink", "soft", "accent") for ground in ("ground", "paper", "tint")]
    texts += [("accent-ink", "accent"), ("mark-ink", "mark"), ("warn-ink", "warn")]
    low = {pair: _contrast(palette[pair[0]], palette[pair[1]]) for pair in texts}
    assert not {pair: ratio for pair, ratio in low.items() if ratio < 4.5}
    for shape in ("field", "warn-line"):  # borders that carry meaning: 3:1
        assert _contrast(palette[shape], palette["paper"]) >= 3


# ---- what happens when someone asks


def _event(data: Any = None) -> gr.EventData:
    return gr.EventData(None, data)


def _ask(handlers: Handlers, question: str, conversation: Any = (), data: Any = None) -> list[Any]:
    return list(handlers.ask(question, conversation, "", _event(data)))


def test_a_question_is_shown_before_its_answer(assistant: FakeAssistant) -> None:
    pending, final = _ask(Handlers(assistant), "  Ai thử nghiệm trang?  ")
    assert "Đang tra cứu" in pending[0] and pending[1] == "" and pending[2] == ()
    assert "Phòng Thử nghiệm" in Elements(final[0]).text and len(final[2]) == 1


def test_each_question_sees_the_newest_generation(assistant: FakeAssistant) -> None:
    before = assistant.refreshed
    _ask(Handlers(assistant), "Xin chào")
    assert assistant.refreshed == before + 1


def test_a_generation_that_cannot_open_leaves_the_old_one_answering(library: Library) -> None:
    class Stuck(FakeAssistant):
        def refresh(self) -> bool:
            raise TrolyError("Kho mới lập bằng mô hình khác.")

    stuck = Stuck(library, sample_assistant(library).table)
    assert "Trung tâm Mẫu" in Elements(_ask(Handlers(stuck), "Ai in tài liệu?")[-1][0]).text


@pytest.mark.parametrize("data", [None, {}, {"question": 5}, {"question": "   "}, "text", [1]])
def test_an_empty_or_odd_request_asks_nothing(assistant: FakeAssistant, data: Any) -> None:
    (only,) = _ask(Handlers(assistant), "   ", (), data)
    assert only[2] == () and "Anh/chị cần tra cứu" in only[0]


def test_a_suggestion_is_asked_and_the_box_left_alone(assistant: FakeAssistant) -> None:
    pending, final = _ask(Handlers(assistant), "đang gõ dở", (), {"question": "Ai in tài liệu?"})
    assert pending[1] != "" and final[2][0].question == "Ai in tài liệu?"


def test_a_long_question_is_refused_in_vietnamese_and_kept_in_the_box(assistant: FakeAssistant) -> None:
    (only,) = _ask(Handlers(assistant), "a" * (MAX_QUESTION + 1))
    assert f"nhiều nhất {MAX_QUESTION} ký tự" in only[0] and only[1] != ""
    assert len(_ask(Handlers(assistant), "a" * MAX_QUESTION)) == 2, "the limit itself is allowed"


def test_an_error_for_the_user_is_shown_and_a_bug_is_not(assistant: FakeAssistant) -> None:
    handlers = Handlers(assistant)
    assert "Kho đang hỏng; hãy chạy lại «troly ingest»." in _ask(handlers, "hỏng")[-1][0]
    shown = _ask(handlers, "sập")[-1][0]
    assert UNEXPECTED in shown and "secret" not in shown and "/srv/troly" not in shown


def test_a_conversation_keeps_a_bounded_number_of_turns(assistant: FakeAssistant) -> None:
    handlers, conversation = Handlers(assistant), ()
    for _ in range(MAX_TURNS + 3):
        conversation = _ask(handlers, "Xin chào", conversation)[-1][2]
    assert len(conversation) == MAX_TURNS and conversation[-1].number == MAX_TURNS + 3


def test_a_citation_belongs_to_its_message_and_its_session(assistant: FakeAssistant) -> None:
    handlers = Handlers(assistant)
    mine = _ask(handlers, "Ai thử nghiệm trang?")[-1][2]
    mine = _ask(handlers, "Ai in tài liệu?", mine)[-1][2]
    chip = {"provision": "kh-thu-2026:IV.1.p1", "turn": 1, "cite": 1}
    assert "Chủ trì các nhiệm vụ về thử nghiệm trang hỏi đáp</mark>" in handlers.open_source(
        mine, _event(chip)
    )
    assert "<mark" not in handlers.open_source(mine, _event(chip | {"turn": 2})), "another message's number"
    assert "<mark" not in handlers.open_source((), _event(chip)), "another session has no such citation"


@pytest.mark.parametrize(
    "data", [None, {}, {"provision": 3}, {"provision": "khong-co:d1"}, {"provision": "../../etc/passwd"},
             {"provision": XSS[1]}, {"provision": "kh-thu-2026:IV.1.p1", "turn": "1", "cite": []}]
)  # fmt: skip
def test_odd_requests_for_a_source_are_harmless(assistant: FakeAssistant, data: Any) -> None:
    assert_inert(Handlers(assistant).open_source((), _event(data)))


def test_examples_are_made_from_the_library_and_always_answered(library: Library) -> None:
    asked: list[str] = []

    def ask(question: str) -> Any:
        asked.append(question)
        known = "thử nghiệm" in question or question.startswith("Điều")
        return answer_of(library, question, outcome="answer" if known else "abstain")

    found = example_questions(library, ask)
    assert "Ai chủ trì thử nghiệm trang hỏi đáp?" in found
    assert all("thử nghiệm" in question or question.startswith("Điều") for question in found)
    assert len(asked) <= TRIES_A_KIND * len(KINDS) and len(set(found)) == len(found) <= EXAMPLES
