"""``make gallery``: every page at three widths, light and dark, over what ships, in one HTML to look at.

Run as ``python -m tests.gallery [FOLDER]``; writes FOLDER/gallery.html (default: screenshots/, not in git).
"""

from __future__ import annotations

import base64
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from assistant import passphrase
from corpus.settings import Settings, silence_third_parties
from tests.conftest import CHROMIUM_NAMES
from tests.pages import PHONE, SCREENSHOTS, Office, launch, office, running

SIZES: dict[int, dict[str, Any]] = {
    1280: {"viewport": {"width": 1280, "height": 800}},
    1366: {"viewport": {"width": 1366, "height": 768}},
    390: PHONE,
}
PHRASE = "cụm mật khẩu để chụp ảnh"
PLAN = "kh-ubnd-binh-lu-2026-04"
_STYLE = (
    "body{font:16px/1.5 'Noto Sans','Segoe UI',sans-serif;margin:2rem;background:#eee;color:#222}"
    "section{margin:0 0 3rem}div{display:flex;flex-wrap:wrap;gap:1rem;align-items:flex-start}"
    "figure{margin:0}img{border:1px solid #999;max-width:48vw}figcaption{font-size:.85rem;color:#444}"
)


def shots(person: Office) -> Iterator[str]:
    """Go through the pages; yield the name of what is on the screen whenever it is worth a picture."""
    page = person.page
    person.open()
    yield "Mở trang"
    turn = person.ask("Ai chủ trì tuyên truyền cải cách hành chính?")
    yield "Trả lời"
    turn.locator(".lead .chip").first.click()
    page.wait_for_selector("#source mark")
    yield "Nguồn trích dẫn"
    page.keyboard.press("Escape")
    turn.get_by_role("button", name="Chưa đúng").click()
    turn.locator(".vote-why").scroll_into_view_if_needed()
    yield "Góp ý"
    person.ask("Giá vé máy bay đi Hà Nội?")
    yield "Không tìm thấy"
    if page.locator("#rail").is_hidden():
        page.get_by_role("button", name="Danh sách hội thoại").click()
        page.wait_for_selector(".talk")
        yield "Hội thoại"
    for path, wait, name in (
        ("/?view=van-ban", "#library tbody tr", "Văn bản"),
        (f"/?document={PLAN}&at={PLAN}:II.4", "#document .target", "Một văn bản"),
        ("/?view=nhiem-vu", "#tasks tbody tr", "Nhiệm vụ"),
        ("/?view=nhiem-vu&unit=Phòng Kinh tế", ".unit-line", "Nhiệm vụ của một đơn vị"),
        ("/?view=kho", "[data-unlock]", "Kho, chưa mở khóa"),
    ):
        person.open(path)
        page.wait_for_selector(wait)
        yield name
    page.get_by_label("Cụm mật khẩu").fill(PHRASE)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-drop]")
    yield "Kho"


def _picture(page: Page) -> str:
    page.wait_for_timeout(350)  # slides and scrolling have ended
    return base64.b64encode(page.screenshot(type="jpeg", quality=80)).decode()


def main(folder: Path = SCREENSHOTS) -> Path:
    """Take all pictures; return the HTML file that holds them."""
    from ingest.pipeline import ingest

    silence_third_parties()
    chromium = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if chromium is None:
        sys.exit("Không có Chromium; hãy cài: apt install chromium")
    pictures: dict[str, list[tuple[str, str]]] = {}
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(data_dir=Path(place))
        ingest(settings)
        passphrase.set_passphrase(settings, PHRASE)
        with running(settings) as address, sync_playwright() as playwright:
            browser = launch(playwright, chromium)
            for width, shape in SIZES.items():
                for scheme in ("light", "dark"):
                    person = office(browser, address, color_scheme=scheme, **shape)
                    for name in shots(person):
                        caption = f"{width} px, {'sáng' if scheme == 'light' else 'tối'}"
                        pictures.setdefault(name, []).append((caption, _picture(person.page)))
                    person.context.close()
            browser.close()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "gallery.html"
    target.write_text(_html(pictures), encoding="utf-8")
    return target


def _html(pictures: dict[str, list[tuple[str, str]]]) -> str:
    body = "".join(
        f"<section><h2>{escape(name)}</h2><div>"
        + "".join(
            f'<figure><img src="data:image/jpeg;base64,{data}" alt="{escape(f"{name}, {caption}")}">'
            f"<figcaption>{escape(caption)}</figcaption></figure>"
            for caption, data in taken
        )
        + "</div></section>"
        for name, taken in pictures.items()
    )
    when = datetime.now().strftime("%d/%m/%Y %H:%M")
    return (
        f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>Các trang của Trợ lý ảo</title>'
        f"<style>{_STYLE}</style></head><body><h1>Các trang của Trợ lý ảo, {when}</h1>{body}</body></html>\n"
    )


if __name__ == "__main__":
    print(main(*map(Path, sys.argv[1:2])))
