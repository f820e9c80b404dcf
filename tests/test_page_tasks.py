"""Nhiệm vụ: filters, a unit's page, days left, the spreadsheet, and the provision of each row."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from assistant.app.tasks_page import Filters, Row, render_tasks
from assistant.deadlines import is_due, next_due
from assistant.fields import UNSAID, all_fields, fields_of
from assistant.shapes import task_json, tasks_of
from corpus.lexicons import Lexicons
from corpus.model import Task
from corpus.settings import Settings
from corpus.store import Library, StoredDocument, write_store
from tests.fakes import XSS, make_document, sample_assistant, sample_documents
from tests.pages import Visit, running
from tests.test_app import Elements

TODAY = date(2026, 11, 25)
SOON = date.today() + timedelta(days=10)


@pytest.mark.parametrize(
    ("deadline", "due"),
    [
        ("trước ngày 05/12 hằng năm", date(2026, 12, 5)),  # still to come this year
        ("trước ngày 05/11 hằng năm", date(2027, 11, 5)),  # past: next year's
        ("trước ngày 15 hằng tháng", date(2026, 12, 15)),
        ("ngày 30 hàng tháng", date(2026, 11, 30)),
        ("chậm nhất là ngày 01/6/2026", date(2026, 6, 1)),  # a single day that has passed stays
        ("xong trước ngày 20 tháng 12 năm 2026", date(2026, 12, 20)),
        ("Tháng 6/2026", date(2026, 6, 30)),  # the month's last day
        ("ngày 31/02/2026", None),  # no such day
        ("trước ngày 05/12", None),  # of which year nobody says
        ("định kỳ hằng quý", None),
        ("trong năm 2026", None),
        (None, None),
    ],
)
def test_the_next_day_is_read_only_where_the_text_names_one(deadline: str | None, due: date | None) -> None:
    assert next_due(deadline, TODAY) == due


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [("", [0, 1, 2, 3]), ("dated", [0, 1, 2]), ("30", [0]), ("late", [1]), ("x", [0, 1, 2, 3])],
)
def test_tasks_are_chosen_by_their_deadline(wanted: str, fits: list[int]) -> None:
    deadlines = ["trước ngày 05/12 hằng năm", "ngày 01/6/2026", "hằng quý", None]
    assert [n for n, one in enumerate(deadlines) if is_due(one, wanted, TODAY)] == fits


def _task(provision: str, number: int, lead: str, what: str, **facts: Any) -> Task:
    given: dict[str, Any] = {"cooperates": (), "role": "lead", "start": 0, "end": 1, **facts}
    return Task(id=f"{provision}#{number}", provision_id=provision, lead=lead, what=what, **given)


def sample_tasks() -> tuple[Task, ...]:
    """Return three tasks of the sample plan: one due soon, one overdue, one of a hostile name."""
    first, second = "kh-thu-2026:IV.1.p1", "kh-thu-2026:IV.2.p1"
    return (
        _task(first, 0, "Phòng Thử nghiệm", "Chủ trì thử nghiệm trang", cooperates=("Trung tâm Mẫu",)),
        _task(first, 1, "Phòng Thử nghiệm", "báo cáo", role="do", deadline=f"ngày {SOON:%d/%m/%Y}"),
        _task(second, 0, "Trung tâm Mẫu", "in ấn " + XSS[1], deadline="ngày 01/02/2026"),
    )


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    tasks = sample_tasks()
    path = tmp_path_factory.mktemp("viec") / "store.sqlite"
    stored = [
        StoredDocument(one, tasks if n == 0 else (), None, None) for n, one in enumerate(sample_documents())
    ]
    write_store(path, stored, {})
    return Library(path, "thu-3")


@pytest.fixture(scope="module")
def address(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page over a library with task records."""
    with running(Settings(data_dir=tmp_path_factory.mktemp("data")), sample_assistant(library)) as served:
        yield served


def test_every_row_cites_its_provision_and_is_inert(library: Library) -> None:
    rows = [Row(task_json(library, task), next_due(task.deadline, TODAY)) for task in library.tasks()]
    seen = Elements(render_tasks(rows, 3, Filters(), TODAY))
    assert not {"script", "img", "iframe"} & seen.tags and XSS[1] in seen.text
    aims = [value for name, value in seen.attributes if name == "data-at"]
    assert all(task.provision_id in aims for task in library.tasks())
    assert "đã qua 297 ngày" in seen.text
    words = tasks_of(library, Lexicons((), ()), words="thu nghiem")
    assert [task.what for task in words] == ["Chủ trì thử nghiệm trang"]


FIELDS_PLAN = [
    ("II", "outline", "II", "NỘI DUNG", "II. NỘI DUNG", [
        ("II.1", "outline", "1", "Cải cách thể chế", "1. Cải cách thể chế", [
            ("II.1.p1", "paragraph", "", "", "Giao Văn phòng rà soát văn bản.", [])]),
        ("II.2", "outline", "2", "Xây dựng và phát triển chính quyền số", "2. Xây dựng …", []),
    ]),
    ("IV", "outline", "IV", "TỔ CHỨC THỰC HIỆN", "IV. TỔ CHỨC THỰC HIỆN", [
        ("IV.1", "outline", "1", "Phòng Thử nghiệm", "1. Phòng Thử nghiệm", [
            ("IV.1.p1", "paragraph", "", "", "Chủ trì việc phát triển chính quyền số; cải cách thể chế.", []),
            ("IV.1.p2", "paragraph", "", "", "Phụ trách lĩnh vực nội vụ: tổ chức thi tuyển.", []),
            ("IV.1.p3", "paragraph", "", "", "Báo cáo hằng quý.", [])]),
    ]),
]  # fmt: skip
FIELDS = [
    ("II.1.p1", ["Cải cách thể chế"], "stands in a titled section"),
    ("IV.1.p1", ["Cải cách thể chế", "Xây dựng và phát triển chính quyền số"], "repeats titles, one in part"),
    ("IV.1.p2", ["Nội vụ"], "names its field"),
    ("IV.1.p3", [], "says nothing of a field; the unit's own title is none"),
]


@pytest.mark.parametrize(("place", "names", "reason"), FIELDS)
def test_a_task_belongs_to_the_fields_that_its_document_names(
    tmp_path: Path, place: str, names: list[str], reason: str
) -> None:
    plan = make_document("kh-linh-vuc", FIELDS_PLAN)
    tasks = tuple(_task(f"kh-linh-vuc:{p}", 0, "Phòng Thử nghiệm", "việc") for p, _, _ in FIELDS)
    write_store(tmp_path / "store.sqlite", [StoredDocument(plan, tasks, None, None)], {})
    library = Library(tmp_path / "store.sqlite", "thu-5")
    assert all_fields(library) == ["Cải cách thể chế", "Xây dựng và phát triển chính quyền số", "Nội vụ"]
    by_place = {task.provision_id.partition(":")[2]: task for task in library.tasks()}
    assert sorted(fields_of(library, by_place[place])) == names, reason
    wanted = names[0].upper() if names else UNSAID  # in any case
    assert by_place[place] in tasks_of(library, Lexicons((), ()), field=wanted)


def test_a_units_page_its_deadlines_and_its_spreadsheet(visit: Visit, tmp_path: Path) -> None:
    person = visit()
    page = person.page
    page.get_by_role("link", name="Nhiệm vụ", exact=True).click()
    rows = page.locator("#tasks tbody tr")
    expect(rows).to_have_count(3)
    expect(page.locator(".ahead")).to_contain_text(f"{SOON:%d/%m/%Y}, còn 10 ngày")
    page.locator(".units").get_by_role("link", name="Trung tâm Mẫu").click()
    expect(page.locator(".unit-line")).to_have_text(
        "Trung tâm Mẫu: 2 nhiệm vụ: 1 chủ trì, 1 phối hợp; 1 có ngày đến hạn."
    )
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải bảng này (Excel)").click()
    download.value.save_as(tmp_path / "a.xlsx")
    sheet = load_workbook(io.BytesIO((tmp_path / "a.xlsx").read_bytes())).active
    assert sheet.max_row == 3, "the heading and the unit's two tasks"
    sent = page.url
    page.locator("[data-filter=field]").select_option(label="không ghi")
    expect(rows).to_have_count(2)
    page.get_by_label("Thời hạn").select_option(label="đã qua ngày hạn")
    expect(rows).to_have_count(1)
    rows.first.get_by_role("link").click()
    expect(page.locator('#document [data-place="kh-thu-2026:IV.2.p1"]')).to_be_in_viewport()
    cold = visit(sent.removeprefix(person.address))
    expect(cold.page.locator(".unit-line")).to_contain_text("Trung tâm Mẫu: 2 nhiệm vụ")
    expect(cold.page.get_by_label("Đơn vị")).to_have_value("Trung tâm Mẫu")
    cold.page.get_by_role("searchbox", name="Tìm", exact=True).fill("khong co viec nay")
    expect(cold.page.locator("#tasks .none")).to_be_visible()
