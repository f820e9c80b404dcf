"""The chat page in headless Chromium, used as an official would: mouse, keyboard, phone, dark.

Every visit also asserts that no request left the machine, that the content security policy blocked
nothing and that the console stayed silent (``Office.check``).
"""

from __future__ import annotations

import re
from functools import partial

import pytest
from playwright.sync_api import Browser, Locator, expect

from assistant.app.handlers import MAX_QUESTION
from assistant.contract import ABSTENTION
from tests.fakes import XSS
from tests.pages import PHONE, READY_MS, SCREENSHOTS, Visit, keep, office

USABLE_MS = 5_000
"""From the request to a usable page, on a machine that runs other tests; 900 ms when it is idle."""


def in_view(element: Locator, frame: Locator) -> bool:
    """Return whether an element lies inside the visible part of its scrolling frame."""
    inner, outer = element.bounding_box(), frame.bounding_box()
    assert inner and outer
    return outer["y"] <= inner["y"] and inner["y"] + inner["height"] <= outer["y"] + outer["height"]


def test_ask_read_click_and_see_the_highlight(visit: Visit) -> None:
    person = visit()
    turn = person.ask("Ai thử nghiệm trang?")
    expect(turn.locator(".lead")).to_have_text("Phòng Thử nghiệm 1.")
    expect(turn.locator(".notice").first).to_be_visible()
    turn.locator(".lead .chip").click()
    mark = person.page.locator("#source mark")
    expect(mark).to_have_text("Chủ trì các nhiệm vụ về thử nghiệm trang hỏi đáp")
    expect(mark).to_be_visible()
    assert in_view(mark, person.page.locator(".doc-text"))
    expect(turn.locator(".lead .chip")).to_have_attribute("aria-current", "true")


def test_the_highlight_is_scrolled_to_in_a_long_document(visit: Visit) -> None:
    person = visit()
    person.ask("Điều 60?").locator(".chip").first.click()
    mark = person.page.locator("#source mark")
    expect(mark).to_have_text("Khoản 2 của điều 60")
    person.page.wait_for_function("document.querySelector('.doc-text').scrollTop > 500")
    assert in_view(mark, person.page.locator(".doc-text"))
    person.page.get_by_role("link", name="Sau ›").click()
    expect(person.page.locator("#don-vi")).to_contain_text("Điều 61")
    expect(person.page.locator("#source mark")).to_have_count(0)


def test_the_whole_visit_works_from_the_keyboard(visit: Visit) -> None:
    person = visit()
    keyboard, page = person.page.keyboard, person.page
    expect(person.box).to_be_focused()
    keyboard.type("Ai thử nghiệm trang?")
    keyboard.press("Enter")
    person.answered(1)
    expect(person.box).to_have_value("")
    for _ in range(12):
        keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('.lead .chip')"):
            break
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("aria-label", "Xem nguồn 1: Mục IV.1 Kế hoạch thử")
    assert focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid", "the focus can be seen"
    keyboard.press("Enter")
    expect(page.locator("#source mark")).to_be_visible()
    expect(page.locator("#source h2")).to_be_focused()
    keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#source') !== null")
    keyboard.press("Escape")
    expect(page.locator(".lead .chip")).to_be_focused()


def test_on_a_phone_a_chip_opens_a_sheet_that_closes_three_ways(visit: Visit) -> None:
    person = visit(**PHONE)
    page = person.page
    turn = person.ask("Ai thử nghiệm trang?")
    expect(page.locator("#panel")).not_to_be_visible()
    chip = turn.locator(".lead .chip")
    for close in ("button", "back", "escape"):
        chip.tap()
        expect(page.locator("#source mark")).to_be_visible()
        expect(page.locator("#source mark")).to_be_in_viewport()
        if close == "button":
            page.get_by_role("button", name="Đóng khung nguồn").tap()
        elif close == "back":
            page.go_back()
        else:
            page.keyboard.press("Escape")
        expect(page.locator("#panel")).not_to_be_visible()
        expect(chip).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"


def test_what_is_not_found_has_its_own_state(visit: Visit) -> None:
    person = visit()
    turn = person.ask("Giá vàng hôm nay?")
    expect(turn.locator(".notfound .lead")).to_have_text(ABSTENTION)
    expect(turn).to_contain_text("không phải câu trả lời")
    expect(turn.locator(".chip")).to_have_count(0)


def test_small_talk_questions_back_and_errors_are_plain_text(visit: Visit) -> None:
    person = visit()
    expect(person.ask("Xin chào").locator(".reply")).to_contain_text("Chào anh/chị.")
    turn = person.ask("Báo cáo?")
    turn.get_by_role("button", name="Báo cáo quý?").click()
    expect(person.answered(3).locator(".ask")).to_contain_text("Báo cáo quý?")
    expect(person.ask("hỏng").locator(".reply")).to_contain_text("hãy chạy lại «troly ingest»")
    expect(person.ask("sập").locator(".reply")).not_to_contain_text("secret")


def test_examples_and_follow_ups_ask_when_pressed(visit: Visit) -> None:
    person = visit()
    person.ask("Ai thử nghiệm trang?").get_by_role("button", name="Ai in tài liệu?").click()
    expect(person.answered(2).locator(".lead")).to_contain_text("Trung tâm Mẫu")
    expect(person.answered(2).locator(".meta")).to_contain_text("Suy ra")


def test_a_long_question_is_refused_and_stays_in_the_box(visit: Visit) -> None:
    person = visit()
    person.box.fill("dài " * MAX_QUESTION)
    person.page.get_by_role("button", name="Gửi").click()
    expect(person.answered(1)).to_contain_text(f"nhiều nhất {MAX_QUESTION} ký tự")
    assert person.box.input_value().startswith("dài dài")


def test_two_people_never_see_each_other(visit: Visit) -> None:
    one, other = visit(), visit()
    one.ask("Ai thử nghiệm trang?")
    other.ask("Ai in tài liệu?")
    expect(other.page.locator(".turn")).to_have_count(1)
    expect(other.page.locator("#log")).not_to_contain_text("Phòng Thử nghiệm")
    other.page.locator(".chip").first.click()
    expect(other.page.locator("#source mark")).to_have_text("in ấn tài liệu mẫu")
    expect(one.page.locator("#source mark")).to_have_count(0)
    one.page.locator(".lead .chip").click()
    expect(one.page.locator("#source mark")).to_contain_text("Chủ trì các nhiệm vụ")


def test_an_old_answers_chip_still_opens_its_own_source(visit: Visit) -> None:
    person = visit()
    first, second = person.ask("Ai thử nghiệm trang?"), person.ask("Ai in tài liệu?")
    second.locator(".lead .chip").click()
    expect(person.page.locator("#source mark")).to_have_text("in ấn tài liệu mẫu")
    first.locator(".lead .chip").click()
    expect(person.page.locator("#source mark")).to_contain_text("Chủ trì các nhiệm vụ")


def test_a_deep_link_opens_its_provision_cold(visit: Visit) -> None:
    person = visit("/?provision=nd-thu-2025:d60.k2")
    block = person.page.locator("#source .target")
    expect(block).to_contain_text("Khoản 2 của điều 60")
    expect(block).to_be_in_viewport()
    expect(person.page.locator(".crumbs")).to_contain_text("Điều 60. Nội dung thứ 60")
    phone = visit("/?provision=nd-thu-2025:d60.k2", **PHONE)
    expect(phone.page.locator("#source .target")).to_be_in_viewport()
    gone = visit("/?provision=khong-co:d1")
    expect(gone.page.locator("#source")).to_contain_text("Không mở được đoạn này")


def test_a_new_conversation_is_a_fresh_page_that_works(visit: Visit) -> None:
    """A reload goes on where one was: tests/test_browser_history.py."""
    person = visit()
    person.ask("Ai thử nghiệm trang?")
    person.begin_anew()
    expect(person.page.locator(".turn")).to_have_count(0)
    expect(person.ask("Ai in tài liệu?").locator(".lead")).to_contain_text("Trung tâm Mẫu")


def test_nothing_typed_or_held_can_run(visit: Visit) -> None:
    person = visit()
    for payload in XSS[:6]:
        person.ask(payload)
    turn = person.ask("xss")
    for index in range(len(XSS)):
        turn.locator("p .chip, li .chip:not(.chip-still)").nth(index).click()
        expect(person.page.locator("#source mark")).to_have_text(XSS[index].strip())
    person.page.locator(".tab[data-show=shelf]").click()
    person.page.mouse.move(300, 300)
    assert person.page.evaluate("window.hacked") is None
    assert person.page.locator("#log img, #log script, #log iframe, #source img, #shelf style").count() == 0


def test_the_users_choice_of_dark_survives_a_reload(visit: Visit) -> None:
    person = visit(color_scheme="light")
    dark = "document.body.classList.contains('dark')"
    assert not person.page.evaluate(dark)
    person.page.get_by_role("button", name="Đổi nền sáng, tối").click()
    assert person.page.evaluate(dark)
    person.reload()
    assert person.page.evaluate(dark)
    follows = visit(color_scheme="dark")
    assert follows.page.evaluate(dark), "without a choice the page follows the system"


def test_the_page_is_usable_soon_and_does_not_jump(visit: Visit) -> None:
    person = visit()
    ready = person.page.evaluate("performance.getEntriesByName('troly-ready')[0].startTime")
    assert ready < USABLE_MS
    person.ask("Ai thử nghiệm trang?").locator(".chip").first.click()
    expect(person.page.locator("#source mark")).to_be_visible()
    # 0.1 is "good" by web.dev's Cumulative Layout Shift.
    assert person.page.evaluate("window.shift") < 0.1


ENGLISH = re.compile(
    r"\b(the|and|your|this|with|submit|clear|loading|settings|share|copy|copied|api|built|gradio|textbox|error|"
    r"processing|queue|retry|undo|click|close|send|message|type|chat|chatbot|source|sources|answer|question|"
    r"library|home|search|more|show|hide|open|toggle|theme|dark|light|input|output|fullscreen|download)\b",
    re.IGNORECASE,
)
WORDS_OF_THE_PAGE = """() => {
  const words = [document.title, document.body.innerText];
  for (const e of document.querySelectorAll('body *'))
    for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-roledescription'])
      if (e.hasAttribute(name)) words.push(e.getAttribute(name));
  return words;
}"""


def test_no_english_is_left_on_the_page(visit: Visit) -> None:
    for options in ({}, PHONE, {"locale": "en-US"}):
        person = visit(**options)
        person.ask("Ai thử nghiệm trang?").locator(".lead .chip").click()
        expect(person.page.locator("#source mark")).to_be_visible()
        words = person.page.evaluate(WORDS_OF_THE_PAGE)
        assert not [found for text in words for found in ENGLISH.findall(text)]
        assert person.page.locator("html").get_attribute("lang") == "vi"


def test_every_control_has_a_name_and_a_fingers_size(visit: Visit) -> None:
    person = visit(**PHONE)
    person.ask("Ai thử nghiệm trang?")
    names = person.page.evaluate(
        """() => [...document.querySelectorAll('button, a, textarea, input')]
        .filter(e => e.checkVisibility({visibilityProperty: true}))
        .filter(e => !(e.innerText || e.getAttribute('aria-label') || e.labels?.[0]?.innerText || '').trim())
        .map(e => e.outerHTML)"""
    )
    assert names == []
    small = person.page.evaluate(
        """() => [...document.querySelectorAll('#chat button, #masthead button')]
        .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 40).map(e => e.outerHTML)"""
    )
    assert small == []


def test_vietnamese_letters_have_glyphs_in_every_weight(visit: Visit) -> None:
    """No letter is drawn as the box that stands for a missing one."""
    person = visit()
    missing = person.page.evaluate(
        """() => {
          const canvas = Object.assign(document.createElement('canvas'), {width: 90, height: 90});
          const pen = canvas.getContext('2d', {willReadFrequently: true});
          const drawn = letter => (pen.clearRect(0, 0, 90, 90), pen.fillText(letter, 20, 60),
                                   pen.getImageData(0, 0, 90, 90).data.join());
          const out = [];
          const families = [getComputedStyle(document.body).fontFamily, '"Times New Roman", "Noto Serif"'];
          for (const family of families)
            for (const weight of [400, 600, 700]) {
              pen.font = `${weight} 40px ${family}`;
              const box = drawn('\\u{10FFFE}');
              for (const letter of 'ậệộữđơưẳễỗỵĐƠƯẬỆỘỮ')
                if (drawn(letter) === box) out.push([family, weight, letter]);
            }
          return out;
        }"""
    )
    assert missing == []


def test_a_lost_server_is_told_in_vietnamese(browser: Browser, address: str) -> None:
    person = office(browser, address)
    person.open()
    person.context.set_offline(True)
    person.box.fill("Ai in tài liệu?")
    person.box.press("Enter")
    toast = person.page.locator(".toast-body").first
    expect(toast).to_contain_text("máy chủ", timeout=READY_MS)
    assert not ENGLISH.findall(toast.inner_text())
    person.context.close()


# ---- the real assistant on the shipped library

MAIN_QUESTION = "Ai chủ trì tuyên truyền cải cách hành chính?"
MAIN_ANSWER = "Trung tâm Dịch vụ tổng hợp"
LOOKS = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_main_question_from_the_welcome_to_the_highlight(
    browser: Browser, real: str, width: int, scheme: str
) -> None:
    """The job of the project, looked at in each of its four looks; screenshots are kept for people."""
    shape = PHONE if width == 390 else {"viewport": {"width": width, "height": 800}}
    person = office(browser, real, color_scheme=scheme, **shape)
    page = person.open()
    shot = partial(keep, page, SCREENSHOTS)
    look = f"{width}-{scheme}"
    assert page.locator(".examples button").count() >= 3, "examples come from the library"
    shot(f"{look}-1-mo-trang")
    turn = person.ask(MAIN_QUESTION)
    expect(turn.locator(".lead")).to_contain_text(MAIN_ANSWER)
    shot(f"{look}-2-tra-loi")
    turn.locator(".lead .chip").first.click()
    mark = page.locator("#source mark").first
    expect(mark).to_be_in_viewport()
    quoted = " ".join(page.locator("#source mark").all_inner_texts())
    assert "tuyên truyền" in quoted.lower()
    page.wait_for_timeout(300)  # the sheet's slide, for the picture alone
    shot(f"{look}-3-nguon")
    page.keyboard.press("Escape")
    expect(person.ask("Giá vé máy bay đi Hà Nội?").locator(".notfound")).to_contain_text(ABSTENTION)
    shot(f"{look}-4-khong-tim-thay")
    person.check()
    person.context.close()


def test_every_example_is_answered(browser: Browser, real: str) -> None:
    person = office(browser, real)
    page = person.open()
    examples = page.locator(".examples button").all_inner_texts()
    for number, question in enumerate(examples, 1):
        if number == 1:
            page.get_by_role("button", name=question).click()
            turn = person.answered(1)
        else:
            turn = person.ask(question)
        expect(turn.locator(".reply-answer .chip").first).to_be_visible()
    person.check()
    person.context.close()
