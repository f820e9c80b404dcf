"""Promise: a page of a long text takes as long to parse as a page of a short one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from corpus.catalog import load_catalog
from corpus.lexicons import Lexicons
from corpus.settings import Settings
from ingest.parse import parse_source
from ingest.tasks import extract_tasks
from tests.makers import text_source

SHORT, LONG = 50, 1000  # pages
RATIO = 1.2
SENTENCE = (
    "Ủy ban nhân dân cấp xã tổ chức thực hiện theo quy định tại khoản 1 Điều này và Nghị định số "
    "150/2025/NĐ-CP ngày 12 tháng 6 năm 2025 của Chính phủ; báo cáo trước ngày 15 tháng 12 hằng năm"
)
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")


def long_text(pages: int) -> str:
    """Return a decree of ``pages`` pages (2,900 characters each): chapters, articles, clauses, points."""
    lines = [
        "CHÍNH PHỦ", "Số: 9/2026/NĐ-CP", "Hà Nội, ngày 02 tháng 3 năm 2026", "NGHỊ ĐỊNH", "Quy định thử",
        "Căn cứ Luật Tổ chức Chính phủ số 63/2025/QH15;",
    ]  # fmt: skip
    for page in range(pages):
        if page % 20 == 0:
            lines += [f"Chương {ROMAN[page // 20 % 10]}", "QUY ĐỊNH"]
        for article in (2 * page + 1, 2 * page + 2):
            lines.append(f"Điều {article}. Tên điều {article}")
            for clause in (1, 2):
                lines.append(f"{clause}. {SENTENCE}.")
                lines += [f"{letter}) {SENTENCE[:90]};" for letter in "abcd"]
                lines += [f"đ) {SENTENCE[:90]}.", "Trường hợp khác thì thực hiện theo quy định chung."]
    return "\n".join([*lines, "Nơi nhận:", "- Như trên;", "TM. CHÍNH PHỦ", "THỦ TƯỚNG", "Nguyễn Văn A"])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_page_of_a_long_text_takes_no_longer(lexicons: Lexicons, tmp_path: Path) -> None:
    catalog = load_catalog(Settings(data_dir=tmp_path))

    def seconds_a_page(pages: int) -> float:
        source = text_source(long_text(pages))
        start = time.process_time()  # not the clock on the wall: other work on the machine does not count
        parsed = parse_source(source, catalog)
        extract_tasks(parsed, lexicons)
        return (time.process_time() - start) / pages

    seconds_a_page(SHORT)  # patterns are compiled once
    short = min(seconds_a_page(SHORT) for _ in range(3))
    long = seconds_a_page(LONG)
    print(
        f"{1000 * short:.2f} ms a page at {SHORT} pages, {1000 * long:.2f} ms at {LONG}: {long / short:.2f}"
    )
    assert long <= RATIO * short
