"""Words, marks, units, abbreviations and tasks: Vietnamese as officials write it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from corpus.catalog import load_catalog
from corpus.lexicons import Lexicons, load_lexicons
from corpus.marks import restore
from corpus.model import Task
from corpus.settings import Settings
from corpus.text import fold, has_marks, normalise
from corpus.words import is_word, segment, syllables
from eval.gold import load_questions
from ingest.parse import parse_file
from ingest.tasks import extract_tasks
from tests.makers import PLAN

VHXH = "Phòng Văn hóa - Xã hội"
OFFICE = "Văn phòng HĐND và UBND xã"
ONE_STOP = "Trung tâm Phục vụ hành chính công"
ECONOMY = "Phòng Kinh tế"
SERVICES = "Trung tâm Dịch vụ tổng hợp"
OTHERS = "Các cơ quan, ban, ngành xã"
SYLLABLE = re.compile(r"[^\W\d_]+")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def lexicons(settings: Settings) -> Lexicons:
    return load_lexicons(settings)


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ("đối thoại với doanh nghiệp", ["đối thoại", "với", "doanh nghiệp"], "a function word stays alone"),
        ("số điện thoại", ["số", "điện thoại"], "shares a syllable with đối thoại, no word with it"),
        ("cai cach hanh chinh", ["cai cach", "hanh chinh"], "without marks"),
        ("cải cách thể chế", ["cải cách", "thể chế"], "with marks"),
        ("thủ tục, hành chính", ["thủ tục", "hành chính"], "words do not cross a comma"),
        ("thủ, tục", ["thủ", "tục"], "a comma inside a word takes it apart"),
        ("phòng kinh tế", ["phòng", "kinh tế"], "a unit's kind stands alone"),
        ("không được thu phí", ["không được", "thu phí"], "không được forbids, so it is one word"),
        ("năm 2026", ["năm", "2026"], "a number is never half a word"),
        ("Đất đai, môi trường", ["đất đai", "môi trường"], "capitals do not matter"),
        ("", [], "nothing in, nothing out"),
        (" ,.; ", [], "punctuation alone"),
    ],
)
def test_text_falls_into_words(text: str, words: list[str], why: str) -> None:
    assert [str(word) for word in segment(text)] == words, why


@pytest.mark.parametrize("text", ["chủ trì tuyên truyền", "văn bản quy phạm pháp luật", "trường học"])
def test_marked_and_unmarked_text_give_the_same_terms(text: str) -> None:
    assert [word.key for word in segment(text)] == [word.key for word in segment(fold(text))]


def test_segmentation_keeps_every_syllable_in_order() -> None:
    for question in load_questions("dev"):
        text = normalise(question.question)
        parts = [part for word in segment(text) for part in word.surface]
        assert parts == [word.surface[0] for word in syllables(text)], text


@pytest.mark.parametrize(
    ("syllable", "known"), [("trường", True), ("giải", True), ("nôp", False), ("cuôi", False)]
)
def test_a_syllable_that_no_word_has_is_told_from_one_that_exists(syllable: str, known: bool) -> None:
    assert is_word(syllables(syllable)[0]) is known


@pytest.mark.parametrize(
    ("typed", "meant", "why"),
    [
        (
            "ai chu tri tuyen truyen cai cach hanh chinh",
            "ai chủ trì tuyên truyền cải cách hành chính",
            "no mark at all",
        ),
        ("can cu phap ly sap xep truong hoc", "căn cứ pháp lý sắp xếp trường học", "no mark at all"),
        ("han bao cao la ngay nao", "hạn báo cáo là ngày nào", "question words"),
        ("khoan 2 dieu 13 nghi dinh 150", "khoản 2 điều 13 nghị định 150", "numbers stay"),
        ("van ban het hieu luc", "văn bản hết hiệu lực", "no mark at all"),
        ("TTHC la gi", "TTHC là gì", "an abbreviation in capitals stays"),
        ("Bao nhieu TTHC", "Bao nhiêu TTHC", "the first capital stays"),
        ("Van phong xa", "Văn phòng xã", "the capital moves to the marked letter"),
        ("han bao cao, ai ky", "hạn báo cáo, ai ký", "the comma stays"),
        ("nhiệm vu phong kinh te", "nhiệm vụ phòng kinh tế", "half marked"),
        ("quản lí đất đai", "quản lý đất đai", "both spellings are in use; legal texts write y"),
        ("trách nhiem phong kinh te", "trách nhiệm phòng kinh tế", "a typed mark stays"),
        ("trường học", "trường học", "nothing to do"),
        ("2026: 50%", "2026: 50%", "no letters"),
        ("", "", "nothing in, nothing out"),
    ],
)
def test_missing_marks_are_put_back(typed: str, meant: str, why: str) -> None:
    assert restore(typed) == meant, why


def correctly_typed() -> list[str]:
    """Return the development questions that were written with their marks."""
    wrong = {"no_marks", "half_marks_typos"}
    texts = [normalise(q.question) for q in load_questions("dev") if q.category not in wrong]
    return [text for text in texts if has_marks(text)]


def test_most_stripped_marks_come_back() -> None:
    right = total = 0
    for text in correctly_typed():
        meant = SYLLABLE.findall(text.lower())
        found = SYLLABLE.findall(restore(fold(text)).lower())
        assert len(found) == len(meant), text
        right += sum(a == b for a, b in zip(found, meant, strict=True))
        total += len(meant)
    assert right / total >= 0.93, f"{right}/{total} syllables"


def test_typed_text_is_changed_in_marks_alone() -> None:
    for text in correctly_typed():
        assert fold(restore(text)).replace("y", "i") == fold(text).replace("y", "i")


# Measured 2026-11-23 by the test below: 572 of 602 questions unchanged, 0.9959 of the syllables. What is
# lost are rare right words ("mấy", "nhé"), and only where the reader restores at all (half-marked questions).
LEAST_UNCHANGED, LEAST_SYLLABLES = 0.95, 0.995


def test_questions_typed_with_marks_stay_as_they_are() -> None:
    texts = correctly_typed()
    changed = [(text, restore(text)) for text in texts if restore(text) != text]
    assert 1 - len(changed) / len(texts) >= LEAST_UNCHANGED, changed
    pairs = [
        pair
        for text in texts
        for pair in zip(SYLLABLE.findall(text), SYLLABLE.findall(restore(text)), strict=True)
    ]
    assert sum(a == b for a, b in pairs) / len(pairs) >= LEAST_SYLLABLES


@pytest.mark.parametrize(
    ("text", "units", "why"),
    [
        ("Phòng Văn hóa – Xã hội chủ trì", [VHXH], "the plan's dash"),
        ("phòng VH-XH làm gì", [VHXH], "short form with marks"),
        ("phong vhxh lam gi", [VHXH], "without marks"),
        ("Phòng văn hoá và xã hội", [VHXH], "old tone placement, và for the dash"),
        ("VP HĐND & UBND xã", [OFFICE], "with the sign"),
        ("vp hdnd va ubnd", [OFFICE], "without marks"),
        ("nộp ở bộ phận một cửa", [ONE_STOP], "an everyday name"),
        ("TTPVHCC", [ONE_STOP], "one run of letters"),
        ("tt dvth và p.kt", [SERVICES, ECONOMY], "two units in text order"),
        ("Phòng Kinh tế xã", [ECONOMY], "with xã"),
        ("các ban ngành gửi báo cáo", [OTHERS], "the collective"),
        ("phát triển kinh tế", [], "a field is no unit"),
        ("văn phòng phẩm và phòng họp", [], "a word that only begins alike"),
    ],
)
def test_units_are_found_however_they_are_written(
    lexicons: Lexicons, text: str, units: list[str], why: str
) -> None:
    assert [mention.name for mention in lexicons.find_units(text)] == units, why


def test_a_weak_name_counts_only_where_the_question_is_about_units(lexicons: Lexicons) -> None:
    assert lexicons.find_units("văn phòng làm gì") == []
    assert [mention.name for mention in lexicons.find_units("văn phòng làm gì", weak=True)] == [OFFICE]


def test_the_number_of_a_label_starts_no_name(lexicons: Lexicons) -> None:
    """ "mục IV.1 của" holds no "1 cửa", while "hồ sơ 1 cửa" does."""
    text = "mục IV.1 của kế hoạch"
    assert lexicons.name_units(text) == text
    assert lexicons.name_units("hồ sơ 1 cửa") != "hồ sơ 1 cửa"


def test_every_variant_of_the_lexicon_names_its_unit_with_and_without_marks(lexicons: Lexicons) -> None:
    for unit in lexicons.units:
        for variant in (unit.name, *unit.variants):
            assert lexicons.canonical_unit(variant) == unit.name
            assert lexicons.canonical_unit(fold(variant).upper()) == unit.name


@pytest.mark.parametrize(
    ("text", "question", "document", "why"),
    [
        ("CCHC", "cải cách hành chính", "cải cách hành chính", "capitals"),
        ("cchc", "cải cách hành chính", "cải cách hành chính", "small letters"),
        ("cđs", "chuyển đổi số", "chuyển đổi số", "with its mark"),
        ("CDS", "chuyển đổi số", "chuyển đổi số", "without its mark"),
        ("HDND", "hội đồng nhân dân", "hội đồng nhân dân", "without its mark"),
        ("KT-XH", "kinh tế - xã hội", "kinh tế - xã hội", "the longer form wins over KT"),
        ("KT", "kinh tế", "KT", "in questions alone"),
        ("kt", "kt", "kt", "case rule: small letters are not the abbreviation"),
        ("DN", "doanh nghiệp", "doanh nghiệp", "case rule: capitals are"),
        ("dn", "dn", "dn", "case rule: small letters are not"),
        ("BC", "báo cáo", "báo cáo", "case rule: capitals are"),
        ("KPI", "đánh giá hiệu quả công việc KPI", "KPI", "kept, and not written out in documents"),
        (
            "Chỉ số năng lực cạnh tranh (PCI)",
            "Chỉ số năng lực cạnh tranh (PCI)",
            "Chỉ số năng lực cạnh tranh (PCI)",
            "explained beside it: once is enough",
        ),
        ("90-KL/TU", "90-KL/TU", "90-KL/TU", "a document number is left alone"),
    ],
)
def test_abbreviations_are_written_out(
    lexicons: Lexicons, text: str, question: str, document: str, why: str
) -> None:
    assert lexicons.expand(text, question=True) == question, why
    assert lexicons.expand(text, question=False) == document, why


def test_the_users_lexicon_comes_first(tmp_path: Path) -> None:
    folder = tmp_path / "lexicon"
    folder.mkdir()
    (folder / "units.toml").write_text(
        '[[unit]]\nname = "Ban Quản lý chợ"\nvariants = ["bql chợ", "một cửa"]\n', encoding="utf-8"
    )
    lexicons = load_lexicons(Settings(data_dir=tmp_path))
    assert lexicons.canonical_unit("BQL cho") == "Ban Quản lý chợ"
    assert lexicons.canonical_unit("một cửa") == "Ban Quản lý chợ"
    assert lexicons.canonical_unit("p.kt") == ECONOMY


@pytest.fixture(scope="module")
def plan_tasks(settings: Settings, lexicons: Lexicons) -> tuple[Task, ...]:
    return extract_tasks(parse_file(PLAN, load_catalog(settings)), lexicons)


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
    plan_tasks: tuple[Task, ...], settings: Settings
) -> None:
    parsed = parse_file(PLAN, load_catalog(settings))
    places = {provision.id: provision for provision in parsed.provisions}
    for task in plan_tasks:
        place = places[task.provision_id]
        assert place.start <= task.start < task.end <= place.end
        assert parsed.document.text[task.start : task.end] == task.what
    assert len({task.id for task in plan_tasks}) == len(plan_tasks)


def test_the_reporting_task_carries_its_day(plan_tasks: tuple[Task, ...]) -> None:
    task = next(task for task in plan_tasks if task.provision_id.endswith(":IV.6.p2"))
    assert "trước ngày 05/12 hằng năm" in task.what
    assert task.deadline_provision == task.provision_id


@pytest.mark.xfail(strict=True, reason="the first time word of the clause («Định kỳ») is taken")
def test_the_deadline_of_the_report_is_its_day(plan_tasks: tuple[Task, ...]) -> None:
    task = next(task for task in plan_tasks if task.provision_id.endswith(":IV.6.p2"))
    assert task.deadline == "trước ngày 05/12 hằng năm"


def test_the_decree_gives_ten_fields_to_three_offices(settings: Settings, lexicons: Lexicons) -> None:
    card = load_catalog(settings).card("nd-150-2025-nd-cp")
    assert card is not None
    tasks = extract_tasks(card, lexicons)
    assert [(task.provision_id.split(":")[1], task.lead, task.role) for task in tasks] == [
        *((f"d15.k1.{letter}", OFFICE, "field") for letter in "abc"),
        *((f"d15.k2.{letter}", ECONOMY, "field") for letter in "abc"),
        *((f"d15.k3.{letter}", VHXH, "field") for letter in "abcd"),
    ]
