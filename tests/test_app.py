"""The chat page without a browser: what it shows is escaped, what it exposes is listed."""

from __future__ import annotations

import html
import re
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount
from starlette.testclient import TestClient

from assistant.app import server
from assistant.app.examples import EXAMPLES, KINDS, TRIES_A_KIND, example_questions
from assistant.app.handlers import MAX_QUESTION, MAX_TURNS, UNEXPECTED, Handlers
from assistant.app.render import Turn, deep_link, display_date, display_number, render_turn
from assistant.app.security import CSP_REASONS, MAX_BODY, OPEN_ROUTES, content_security_policy, is_open
from assistant.app.source import render_shelf, render_source, short_name
from assistant.app.theme import DARK, LIGHT
from assistant.contract import ABSTENTION
from corpus.errors import TrolyError
from corpus.settings import Settings
from corpus.store import Library
from tests.fakes import XSS, FakeAssistant, answer_of, sample_assistant, sample_library

LOCAL = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return sample_library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def assistant(library: Library) -> FakeAssistant:
    return sample_assistant(library)


@pytest.fixture(scope="module")
def app(assistant: FakeAssistant, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return server.build_app(Settings(data_dir=tmp_path_factory.mktemp("data")), assistant)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=LOCAL, raise_server_exceptions=False) as opened:
        yield opened


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
    "a", "article", "blockquote", "button", "code", "div", "h2", "h3", "header", "li", "mark", "nav",
    "ol", "p", "section", "span", "strong", "ul",
}  # fmt: skip


def assert_inert(markup: str) -> Elements:
    """Assert that nothing in ``markup`` runs, loads or restyles; return its elements."""
    seen = Elements(markup)
    assert seen.tags <= OWN_TAGS
    for name, value in seen.attributes:
        assert not name.startswith("on") and name not in {"style", "src", "srcdoc"}
        if name == "href":
            assert value.startswith("/?provision=")
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
    return list(handlers.ask(question, conversation, _event(data)))


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


# ---- what an outsider may call

EXPECTED_OPEN = {
    ("GET", "/"), ("GET", "/assets/{path:path}"), ("GET", "/theme.css"), ("GET", "/favicon.ico"),
    ("GET", "/tinh/mau.css"), ("GET", "/tinh/{name}"), ("GET", "/gradio_api/startup-events"),
    ("GET", "/gradio_api/heartbeat/{session_hash}"), ("GET", "/gradio_api/queue/data"),
    ("POST", "/gradio_api/queue/join"), ("POST", "/gradio_api/cancel"), ("POST", "/gradio_api/reset"),
}  # fmt: skip
SAMPLES = {
    "/assets/{path:path}": "/assets/index-abc.js", "/tinh/{name}": "/tinh/style.css",
    "/gradio_api/heartbeat/{session_hash}": "/gradio_api/heartbeat/abc123",
}  # fmt: skip


def _routes(routes: Sequence[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in routes:
        # A mounted application, or (FastAPI's own wrapper) an included router.
        inner = route if isinstance(route, Mount) else getattr(route, "original_router", None)
        if inner is not None:
            yield from _routes(inner.routes)
            continue
        for method in sorted((getattr(route, "methods", None) or set()) - {"HEAD"}):
            yield method, route.path  # type: ignore[attr-defined]


def test_every_route_of_the_server_is_closed_but_the_listed_ones(app: FastAPI, client: TestClient) -> None:
    routes = set(_routes(app.routes))
    assert len(routes) > 60, "gradio's own routes are seen"
    opened = {
        (method, path)
        for method, path in routes
        if is_open(method, SAMPLES.get(path, re.sub(r"\{[^}]+\}", "x1", path)))
    }
    assert opened == EXPECTED_OPEN
    for method, path in sorted(routes - opened):
        target = re.sub(r"\{[^}]+\}", "x1", path)
        assert (
            client.request(method, target, content=b"{}" if method == "POST" else None).status_code == 404
        ), path


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd", "/gradio_api/file=data/current", "/file=/etc/passwd",
        "/file/etc/passwd",
        "/gradio_api/file/etc/passwd", "/gradio_api/proxy=https://example.org/", "/gradio_api/upload",
        "/gradio_api/info", "/gradio_api/openapi.json", "/openapi.json", "/docs", "/redoc", "/config",
        "/gradio_api/call/ask", "/gradio_api/run/ask", "/gradio_api/api/predict",
        "/gradio_api/component_server",
        "/gradio_api/deep_link", "/gradio_api/runs", "/monitoring", "/gradio_api/mcp/sse", "/manifest.json",
        "/tinh/../server.py", "/tinh/%2e%2e/server.py", "/tinh/..%2fserver.py", "/assets/../../../routes.py",
        "/assets/%2e%2e/index.html", "//etc/passwd", "/static/img/logo.svg", "/robots.txt", "/login",
    ],
)  # fmt: skip
def test_files_apis_and_uploads_are_out_of_reach(client: TestClient, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        response = client.request(method, path)
        assert response.status_code in (404, 405), (method, path)


def test_gradio_itself_may_not_read_the_data_folder(assistant: FakeAssistant, tmp_path: Path) -> None:
    """The second lock: even past the gate, gradio's file route refuses."""
    secret = tmp_path / "secret.txt"
    secret.write_text("mật")
    app = server.build_app(Settings(data_dir=tmp_path), assistant)
    inner = next(route.app for route in app.routes if isinstance(route, Mount))
    answer = TestClient(inner, base_url=LOCAL).get(f"/gradio_api/file={secret}")
    assert answer.status_code == 403 and "mật" not in answer.text


def test_every_event_is_private_and_known(app: FastAPI) -> None:
    inner = next(route.app for route in app.routes if isinstance(route, Mount))
    config = inner.get_blocks().get_config_file()
    events = [(d["targets"][0][1], d["api_visibility"]) for d in config["dependencies"]]
    assert sorted(events) == [
        ("ask_suggested", "private"), ("load", "private"), ("open_source", "private"), ("submit", "private"),
    ]  # fmt: skip
    blocks = inner.get_blocks()
    assert blocks.get_api_info() == {"named_endpoints": {}, "unnamed_endpoints": {}}
    assert all(block.get_config().get("server_fns", []) == [] for block in blocks.blocks.values())
    assert config["analytics_enabled"] is False and config["footer_links"] == []


def _call(client: TestClient, session: str, fn_index: int, data: list[Any], event_data: Any = None) -> str:
    """Return the raw event stream of one call made as the page makes it."""
    body = {"session_hash": session, "fn_index": fn_index, "data": data, "event_data": event_data}
    assert client.post("/gradio_api/queue/join", json=body).status_code == 200
    return client.get("/gradio_api/queue/data", params={"session_hash": session}).text


def test_a_forged_conversation_is_not_believed(app: FastAPI, client: TestClient) -> None:
    """The conversation lives on the server: what a client sends in its place is not read."""
    inner = next(route.app for route in app.routes if isinstance(route, Mount))
    events = {fn.targets[0][1]: fn._id for fn in inner.get_blocks().fns.values()}
    forged = [{"number": 1, "question": "giả", "answer": "giả mạo"}]
    stream = _call(client, "mot", events["submit"], ["Ai in tài liệu?", forged])
    assert "in ấn tài liệu mẫu" in stream
    assert "giả mạo" not in stream and '"success":true' in stream
    chip = {"provision": "kh-thu-2026:IV.2.p1", "turn": 1, "cite": 1}
    assert "<mark" in _call(client, "mot", events["open_source"], [None], chip)
    assert "<mark" not in _call(client, "hai", events["open_source"], [None], chip), "another session"


def test_every_response_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/", "/tinh/style.css", "/theme.css", "/favicon.ico", "/khong-co"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "server" not in headers and "access-control-allow-origin" not in headers


def test_the_policy_names_no_other_host_and_every_exception_has_a_reason() -> None:
    policy = content_security_policy("abc")
    assert "default-src 'self'" in policy and "http" not in policy and "*" not in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0], "no inline script without the nonce"
    assert all(len(reason) > 8 for _, _, reason in CSP_REASONS)
    assert all(reason for _, _, reason in OPEN_ROUTES)


def test_the_index_names_no_other_host_and_each_inline_script_has_the_nonce(client: TestClient) -> None:
    first, second = client.get("/"), client.get("/")
    page = first.text
    assert not re.findall(r"https?://(?!127\.0\.0\.1:7860)[^\s\"'<]+", page)
    nonce = re.search(r"'nonce-([^']+)'", first.headers["content-security-policy"])
    assert nonce and nonce[1] not in second.text, "a nonce is used once"
    scripts = re.findall(r"<script([^>]*)>", page)
    assert len(scripts) >= 4
    assert all(f'nonce="{nonce[1]}"' in attributes or "src=" in attributes for attributes in scripts)
    assert "<html" in page and 'lang="vi"' in page and "<title>Trợ lý ảo</title>" in page
    assert not re.search(r'property="og:|name="twitter|iframe-?resizer|manifest\.json', page, re.IGNORECASE)


def test_a_foreign_name_origin_or_size_is_refused(client: TestClient) -> None:
    def post(**headers: str) -> int:
        return client.post("/gradio_api/cancel", json={"session_hash": "a", "fn_index": 0, "event_id": "x"},
                           headers=headers).status_code  # fmt: skip

    assert client.get("/", headers={"host": "evil.example:7860"}).status_code == 421, "DNS rebinding"
    assert post(origin=LOCAL) == 200
    assert post(origin="http://evil.example") == 403
    assert post(**{"sec-fetch-site": "cross-site"}) == 403
    assert client.post("/gradio_api/queue/join", content=b"x" * (MAX_BODY + 1)).status_code == 413
    assert client.post("/gradio_api/queue/join", content=iter([b"x"])).status_code == 413, "no stated length"


def test_an_office_server_answers_by_any_name(assistant: FakeAssistant, tmp_path: Path) -> None:
    app = server.build_app(Settings(data_dir=tmp_path), assistant, host="0.0.0.0")
    with TestClient(app, base_url="http://troly.xa.lan:7860") as client:
        assert client.get("/").status_code == 200


# ---- starting the server


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("192.168.1.5", False),
     ("may-chu", False)],
)  # fmt: skip
def test_loopback_is_told_from_the_network(host: str, local: bool) -> None:
    assert server.is_loopback(host) is local


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_opening_to_the_network_warns_that_there_is_no_login(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str, warned: bool
) -> None:
    started: list[dict[str, Any]] = []
    monkeypatch.setattr(server, "build_app", lambda settings, host=None: host)
    monkeypatch.setattr(server.uvicorn, "run", lambda app, **options: started.append(options))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server.serve(Settings(), host, port)
    assert ("CHƯA có đăng nhập" in capsys.readouterr().err) is warned
    assert started[0]["host"] == host and started[0]["port"] == port


def test_a_port_in_use_is_an_error_the_user_can_act_on() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(TrolyError, match="--port"):
            server.serve(Settings(), "127.0.0.1", taken.getsockname()[1])
