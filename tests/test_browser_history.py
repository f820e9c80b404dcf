"""Conversations in headless Chromium: kept over a reload, opened again, taken along, deleted."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.pages import PHONE, SCREENSHOTS, keep, office


def test_a_conversation_outlives_a_reload_a_new_one_and_is_deleted_for_good(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    person, other = office(browser, address), office(browser, address)
    page = person.open()
    expect(page.locator("#log .privacy")).to_contain_text("history.sqlite")
    person.ask("Ai thử nghiệm trang?")
    person.ask("Ai in tài liệu?")
    person.reload()
    expect(page.locator(".turn")).to_have_count(2)
    page.locator(".turn").first.locator(".lead .chip").click()
    expect(page.locator("#source mark")).to_contain_text("Chủ trì các nhiệm vụ")
    with page.expect_download() as download:
        page.locator(".turn").first.get_by_role("link", name="Tải Word").click()
    download.value.save_as(tmp_path / "a.docx")
    assert (tmp_path / "a.docx").read_bytes()[:2] == b"PK"

    other.open()
    expect(other.page.locator(".turn")).to_have_count(0)
    expect(other.page.locator("#earlier")).to_contain_text("Chưa có hội thoại nào")

    person.begin_anew()
    expect(page.locator(".turn")).to_have_count(0)
    person.ask("Xin chào")
    expect(page.locator("#earlier .earlier")).to_have_count(2)
    page.locator("#earlier").get_by_role("button", name="Ai thử nghiệm trang?").click()
    expect(page.locator(".turn")).to_have_count(2)

    forget = page.locator(".thread-tools [data-forget]")
    forget.click()
    expect(forget).to_have_text("Bấm lần nữa để xóa hẳn")
    forget.click()
    expect(page.locator(".turn")).to_have_count(0)
    person.reload()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator("#earlier .earlier")).to_have_count(1)
    for one in (person, other):
        one.check()
        one.context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_follow_up_is_explained_asked_back_and_answered(browser: Browser, real: str, width: int) -> None:
    shape = PHONE if width == 390 else {"viewport": {"width": width, "height": 800}}
    person = office(browser, real, color_scheme="light", **shape)
    page = person.open()
    shot = partial(keep, page, SCREENSHOTS)
    person.ask("Ai chủ trì tuyên truyền cải cách hành chính?")
    turn = person.ask("còn ai phối hợp?")
    expect(turn.locator(".understood")).to_contain_text("Tuyên truyền cải cách hành chính: ai phối hợp?")
    expect(turn.locator(".lead")).to_contain_text("Văn phòng HĐND và UBND xã")
    suggestions = turn.locator(".follow button")
    expect(suggestions.first).to_be_visible()
    assert 1 <= suggestions.count() <= 3
    shot(f"{width}-hoi-tiep")
    turn = person.ask("Nghị quyết 66 quy định gì?")
    expect(turn.locator(".reply-clarify")).to_be_visible()
    shot(f"{width}-hoi-lai")
    turn.get_by_role("button", name="Nghị quyết 66.7/2025/NQ-CP").click()
    expect(person.answered(4).locator(".chip").first).to_be_visible()
    turn = person.ask("Nhiệm vụ của Phòng Kinh tế trong kế hoạch là gì?")
    expect(turn.get_by_role("link", name="Tải bảng nhiệm vụ (Excel)")).to_be_visible()
    shot(f"{width}-nhiem-vu")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"
    person.check()
    person.context.close()
