"""Task records (ingest/tasks.py): who leads, with whom, what, until when, each a piece of its provision."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.catalog import Catalog, load_catalog
from corpus.lexicons import Lexicons
from corpus.model import ParsedDocument, Task
from corpus.settings import Settings
from ingest.parse import parse_file
from ingest.tasks import extract_tasks
from tests.makers import PLAN, parse
from tests.names import ECONOMY, OFFICE, ONE_STOP, OTHERS, SERVICES, VHXH


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return load_catalog(Settings(data_dir=tmp_path_factory.mktemp("library")))


@pytest.fixture(scope="module")
def plan(catalog: Catalog) -> ParsedDocument:
    return parse_file(PLAN, catalog)


@pytest.fixture(scope="module")
def plan_tasks(plan: ParsedDocument, lexicons: Lexicons) -> tuple[Task, ...]:
    return extract_tasks(plan, lexicons)


@pytest.mark.parametrize(
    ("place", "unit", "role", "why"),
    [
        ("IV.1.p1", VHXH, "lead", "Chủ trì"),
        ("IV.1.p2", VHXH, "do", "Theo dõi, đôn đốc"),
        ("IV.1.p3", VHXH, "lead", "Chủ trì"),
        ("IV.1.p4", VHXH, "do", "Định kỳ tổng hợp"),
        ("IV.2.p1", OFFICE, "lead", "Chủ trì"),
        ("IV.2.p2", OFFICE, "lead", "Chủ trì"),
        ("IV.3", ONE_STOP, "lead", "a section with one paragraph"),
        ("IV.4.p1", ECONOMY, "lead", "Chủ trì"),
        ("IV.4.p2", ECONOMY, "lead", "Chủ trì"),
        ("IV.5.p1", SERVICES, "lead", "Chủ trì"),
        ("IV.5.p2", SERVICES, "do", "Chủ động phối hợp"),
        ("IV.5.p3", SERVICES, "do", "Đăng tải"),
        ("IV.6.p1", OTHERS, "do", "Căn cứ chức năng"),
        ("IV.6.p2", OTHERS, "do", "gửi báo cáo"),
    ],
)
def test_the_plan_gives_each_paragraph_to_its_unit(
    plan_tasks: tuple[Task, ...], place: str, unit: str, role: str, why: str
) -> None:
    found = {(t.lead, t.role) for t in plan_tasks if t.provision_id.endswith(f":{place}")}
    assert found == {(unit, role)}, why


def test_the_plan_gives_work_to_its_six_units_and_nobody_else(plan_tasks: tuple[Task, ...]) -> None:
    assert {task.lead for task in plan_tasks} == {VHXH, OFFICE, ONE_STOP, ECONOMY, SERVICES, OTHERS}
    assert all(":IV." in task.provision_id for task in plan_tasks)


def test_partners_are_told_where_the_plan_names_them_and_nowhere_else(plan_tasks: tuple[Task, ...]) -> None:
    partners = {t.provision_id.split(":")[1]: t.cooperates for t in plan_tasks if t.cooperates}
    assert partners == {"IV.5.p2": (OFFICE,)}


def test_a_task_is_a_verbatim_piece_of_its_provision(
    plan_tasks: tuple[Task, ...], plan: ParsedDocument
) -> None:
    places = {provision.id: provision for provision in plan.provisions}
    for task in plan_tasks:
        place = places[task.provision_id]
        assert place.start <= task.start < task.end <= place.end
        assert plan.document.text[task.start : task.end] == task.what
    assert len({task.id for task in plan_tasks}) == len(plan_tasks)


@pytest.mark.parametrize(
    ("place", "deadline", "why"),
    [
        ("IV.6.p2", "trước ngày 05/12 hằng năm", "the day, not the «Định kỳ» before it"),
        ("IV.1.p4", "Định kỳ", "no day is named"),
        ("IV.1.p2", "hằng năm", "how often, at the head of its clause"),
        ("IV.5.p2", None, "«hằng tháng, năm» says of which kind the plan is"),
        ("IV.3", None, "nothing of time"),
    ],
)
def test_the_plan_tells_until_when(
    plan_tasks: tuple[Task, ...], place: str, deadline: str | None, why: str
) -> None:
    found = [task for task in plan_tasks if task.provision_id.endswith(f":{place}") and task.deadline]
    assert [task.deadline for task in found] == ([deadline] if deadline else []), why
    assert all(task.deadline_provision == task.provision_id for task in found)


@pytest.mark.parametrize(
    ("clause", "deadline", "why"),
    [
        ("Gửi báo cáo chậm nhất là trước ngày 15/6/2026", "chậm nhất là trước ngày 15/6/2026", "with year"),
        ("Hoàn thành trước ngày 30 tháng 9 năm 2026", "trước ngày 30 tháng 9 năm 2026", "day in words"),
        ("Báo cáo vào ngày 20/12 hàng năm", "vào ngày 20/12 hàng năm", "hàng for hằng"),
        ("Xây dựng cơ sở dữ liệu đến hết năm 2026", "đến hết năm 2026", "a year"),
        ("Tổng hợp, báo cáo định kỳ hằng quý", "định kỳ hằng quý", "says that it recurs"),
        ("Thực hiện Kế hoạch cải cách hành chính hằng năm", None, "the name of a plan"),
        ("Áp dụng bảng lương mới từ ngày 01/7/2026", None, "a beginning is no deadline"),
        ("Bố trí 12 công chức", None, "a number is no day"),
    ],
)
def test_a_deadline_is_the_most_exact_time_of_the_clause(
    lexicons: Lexicons, clause: str, deadline: str | None, why: str
) -> None:
    parsed = parse(
        "ỦY BAN NHÂN DÂN\nXÃ THỬ\nSố: 5/KH-UBND\nThử, ngày 02 tháng 3 năm 2026\nKẾ HOẠCH\nVề việc thử\n"
        f"I. TỔ CHỨC THỰC HIỆN\n1. Phòng Kinh tế\nChủ trì việc thử.\n{clause}.\n"
    )
    task = extract_tasks(parsed, lexicons)[-1]
    assert (task.lead, task.what) == (ECONOMY, clause)
    assert task.deadline == deadline, why


FIELDS = [
    *((f"d15.k1.{letter}", OFFICE, "field") for letter in "abc"),
    *((f"d15.k2.{letter}", ECONOMY, "field") for letter in "abc"),
    *((f"d15.k3.{letter}", VHXH, "field") for letter in "abcd"),
]


def fields(tasks: tuple[Task, ...]) -> list[tuple[str, str, str]]:
    return [(task.provision_id.split(":")[1], task.lead, task.role) for task in tasks]


def test_the_decrees_card_gives_ten_fields_to_three_offices(catalog: Catalog, lexicons: Lexicons) -> None:
    card = catalog.card("nd-150-2025-nd-cp")
    assert card is not None
    assert fields(extract_tasks(card, lexicons)) == FIELDS


def test_the_decrees_full_text_gives_the_same_fields_and_no_duty_of_a_person(
    catalog: Catalog, lexicons: Lexicons, shared: Path
) -> None:
    decree = parse_file(shared / "corpus/law/150_2025_ND-CP.md", catalog)
    tasks = extract_tasks(decree, lexicons)
    assert fields(tasks) == FIELDS
    assert all(decree.document.text[task.start : task.end] == task.what for task in tasks)


def test_a_law_that_names_no_office_of_a_commune_gives_no_task(
    catalog: Catalog, lexicons: Lexicons, shared: Path
) -> None:
    law = parse_file(shared / "corpus/law/72-2025-QH15.txt", catalog)
    assert extract_tasks(law, lexicons) == ()
