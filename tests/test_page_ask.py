"""Hỏi đáp in the browser: validity and basis beside the source, scope of a question, votes, the side bar."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from assistant.citation import formal_reference
from corpus.settings import Settings
from corpus.store import Library
from tests.fakes import sample_assistant, sample_library
from tests.pages import PHONE, Visit, office, running


def test_the_source_says_how_it_stands_and_is_copied_as_officials_write_it(visit: Visit) -> None:
    person = visit()
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    person.ask("Điều 60?").locator(".chip").first.click()
    head = person.page.locator("#source .source-head")
    expect(head.locator(".state")).to_have_text("Còn hiệu lực")
    expect(head.locator(".state-text")).to_have_text("Quy định này có hiệu lực từ ngày 01/7/2025.")
    expect(head.locator(".badge").first).to_have_text("Toàn văn")
    person.page.get_by_role("button", name="Sao chép trích dẫn").click()
    expect(person.page.locator("#source")).to_contain_text("Đã chép")
    copied = person.page.evaluate("navigator.clipboard.readText()")
    assert copied == "khoản 2 Điều 60 Nghị định số 999/2025/NĐ-CP"
    person.ask("Ai in tài liệu?").locator(".lead .chip").click()
    expect(head.locator(".badge-inferred")).to_have_text("Suy ra")
    expect(head.locator(".state")).to_have_text("Chưa rõ hiệu lực")


def test_a_day_and_a_document_go_with_the_question(visit: Visit) -> None:
    person = visit()
    page = person.page
    page.get_by_label("Tại ngày").fill("1/6/2025")
    page.get_by_label("Tìm trong").select_option(label="Nghị định 999/2025/NĐ-CP")
    turn = person.ask("Điều 60?")
    expect(turn.locator(".asked-of")).to_have_text(
        "Trả lời tại ngày 01/06/2025; chỉ tìm trong Nghị định 999/2025/NĐ-CP"
    )
    turn.locator(".chip").first.click()
    expect(page.locator("#source .state")).to_have_text("Chưa có hiệu lực")
    expect(person.ask("Ai in tài liệu?").locator(".notfound")).to_contain_text("văn bản được chọn")
    page.get_by_role("button", name="Bỏ lựa chọn").click()
    expect(person.ask("Ai in tài liệu?").locator(".lead")).to_contain_text("Trung tâm Mẫu")
    page.get_by_label("Tại ngày").fill("31/2/2026")
    expect(page.locator("#scope-error")).to_contain_text("ngày/tháng/năm")
    expect(person.ask("Điều 60?").locator(".reply-error")).to_contain_text("31/2/2026")


def test_a_vote_with_its_reason_is_kept_and_shown_after_a_reload(browser: Browser, tmp_path: Path) -> None:
    library = sample_library(tmp_path)
    with running(Settings(data_dir=tmp_path), sample_assistant(library)) as address:
        person = office(browser, address)
        page = person.open()
        turn = person.ask("Ai in tài liệu?")
        turn.get_by_role("button", name="Chưa đúng").click()
        expect(turn.get_by_role("button", name="Trả lời sai")).to_be_focused()
        turn.get_by_role("button", name="Trích dẫn sai chỗ").click()
        turn.get_by_label("Nói rõ hơn").fill("<b onclick=window.hacked=1>Mục IV.1</b>")
        turn.get_by_role("button", name="Gửi góp ý").click()
        expect(turn.locator(".vote-thanks")).to_contain_text("Đã ghi nhận góp ý")
        person.reload()
        expect(page.get_by_role("button", name="Chưa đúng")).to_have_attribute("aria-pressed", "true")
        person.ask("Xin chào")
        page.get_by_role("button", name="Đúng", exact=True).first.click()
        expect(page.locator(".vote-thanks")).to_contain_text("câu trả lời đúng")
        person.check()
        person.context.close()
    with sqlite3.connect(tmp_path / "feedback.sqlite") as stored:
        rows = stored.execute("SELECT verdict, question, generation, answer FROM votes").fetchall()
    assert [(verdict, question, generation) for verdict, question, generation, _ in rows] == [
        ("up", "Ai in tài liệu?", library.generation)
    ], "a second vote on an answer takes the place of the first"
    assert "in ấn tài liệu mẫu" in rows[0][3], "with its citations"


def test_conversations_are_found_renamed_and_opened_in_the_side_bar(visit: Visit) -> None:
    person = visit()
    page, rail = person.page, person.page.locator("#rail")
    person.ask("Ai thử nghiệm trang?")
    person.begin_anew()
    person.ask("Ai in tài liệu?")
    expect(rail.locator(".talk")).to_have_count(2)
    expect(rail.locator("[aria-current=true]")).to_contain_text("Ai in tài liệu?")
    rail.get_by_role("button", name="Đổi tên").first.click()
    page.keyboard.type("Chuyện in ấn")
    page.keyboard.press("Enter")
    expect(rail.locator(".talk-title").first).to_have_text("Chuyện in ấn")
    rail.get_by_role("searchbox").fill("thu nghiem")
    expect(rail.locator(".talk")).to_have_count(1)
    rail.locator(".talk .earlier").click()
    expect(page.locator(".turn .ask")).to_contain_text("Ai thử nghiệm trang?")
    rail.get_by_role("searchbox").fill("không có đâu")
    expect(rail.locator(".rail-none")).to_contain_text("Không có hội thoại nào")


@pytest.mark.slow
def test_documents_and_earlier_questions_are_offered_while_typing(visit: Visit) -> None:
    person = visit()
    page, keyboard = person.page, person.page.keyboard
    options = page.get_by_role("option", include_hidden=False).and_(page.locator("#complete li"))
    keyboard.type("điều 60 của nghi di")
    expect(options).to_have_text(["Nghị định 999/2025/NĐ-CP"])
    keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    keyboard.press("Enter")
    expect(person.box).to_have_value("điều 60 của Nghị định 999/2025/NĐ-CP")
    expect(page.locator(".turn")).to_have_count(0)
    person.ask("Ai in tài liệu?")
    keyboard.type("in tai l")
    expect(options.first).to_contain_text("Ai in tài liệu?")
    keyboard.press("Escape")
    expect(options).to_have_count(0)
    keyboard.type("i")
    options.first.click()
    expect(person.box).to_have_value("Ai in tài liệu?")
    keyboard.press("Enter")
    expect(person.answered(2).locator(".lead")).to_contain_text("Trung tâm Mẫu")


@pytest.mark.slow
def test_on_a_phone_the_side_bar_is_a_drawer(visit: Visit) -> None:
    person = visit(**PHONE)
    page, rail = person.page, person.page.locator("#rail")
    person.ask("Ai in tài liệu?")
    expect(rail).to_be_hidden()
    page.get_by_role("button", name="Danh sách hội thoại").tap()
    expect(rail.locator(".talk")).to_have_count(1)
    expect(rail.locator("h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(rail).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"


@pytest.mark.parametrize(
    ("provision", "written"),
    [
        ("nd-thu-2025:d60.k2", "khoản 2 Điều 60 Nghị định số 999/2025/NĐ-CP"),  # smallest unit first
        ("kh-thu-2026:IV.1.p1", "Mục IV.1, đoạn 1 Kế hoạch của UBND xã Thử (tháng 4/2026)"),  # no number
        ("luat-thu-2025:y1", "y 1 Luật số 99/2025/QH15"),  # a fact of a card keeps its own place
    ],
)
def test_a_place_is_written_with_the_word_so(tmp_path: Path, provision: str, written: str) -> None:
    library: Library = sample_library(tmp_path)
    found = library.provision(provision)
    assert formal_reference(library.document(found.document_id), found) == written
