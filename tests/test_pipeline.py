"""Ingestion as a whole: what changes, what does not, and what is said of a file that cannot be taken."""

import unicodedata
from pathlib import Path

import pytest
from docx import Document as Docx
from filelock import FileLock

from assistant.engine import Assistant
from corpus.errors import TrolyError
from corpus.generation import find_current, generations_dir
from corpus.settings import Settings
from corpus.store import Library
from ingest.pipeline import IngestReport, ingest

PLAN = "kh-ubnd-binh-lu-2026-04"


def settings_in(folder: Path) -> Settings:
    return Settings(data_dir=folder / "data")


def library_of(settings: Settings) -> Library:
    generation = find_current(settings)
    assert generation is not None
    return Library(generation.store_path, generation.name)


def statuses(report: IngestReport) -> dict[str, str]:
    return {Path(result.path).name: result.status for result in report.files}


def letter(folder: Path, name: str, number: int, body: str) -> Path:
    path = folder / name
    path.write_text(
        f"ỦY BAN NHÂN DÂN\nXÃ THỬ\nSố: {number}/KH-UBND\nThử, ngày 02 tháng 3 năm 2026\n"
        f"KẾ HOẠCH\nVề việc {number}\n"
        f"I. NỘI DUNG\n1. Việc chính\n- {body}\nII. TỔ CHỨC THỰC HIỆN\n1. Phòng Kinh tế\nChủ trì {body}\n",
        encoding="utf-8",
    )
    return path


def test_first_ingest_holds_the_plan_and_the_cards(tmp_path: Path) -> None:
    report = ingest(settings_in(tmp_path))
    bases = {item.parsed.document.id: item.parsed.document.basis for item in report.documents}
    assert bases.pop(PLAN) == "full_text"
    assert len(bases) == 5
    assert set(bases.values()) == {"card"}


def test_the_same_files_again_change_nothing(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    first = ingest(settings)
    again = ingest(settings)
    assert (again.changed, again.embedded) == (False, 0)
    assert again.generation == first.generation


def test_a_changed_file_replaces_its_document_and_embeds_little(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    path = letter(tmp_path, "a.txt", 7, "trồng cây xanh ven đường.")
    first = ingest(settings, [path])
    letter(tmp_path, "a.txt", 7, "trồng hoa ban ven suối.")
    second = ingest(settings, [path])
    assert statuses(second)["a.txt"] == "changed"
    assert 0 < second.embedded < first.embedded / 4
    text = next(d.text for d in library_of(settings).documents() if d.number == "7/KH-UBND")
    assert "hoa ban" in text
    assert "cây xanh" not in text


def test_a_removed_file_takes_its_provisions_with_it(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    path = letter(tmp_path, "a.txt", 8, "sửa nhà văn hóa thôn.")
    ingest(settings, [path])
    path.unlink()
    report = ingest(settings)
    assert statuses(report)["a.txt"] == "removed"
    assert all(d.number != "8/KH-UBND" for d in library_of(settings).documents())


def test_one_bad_file_never_stops_the_others(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    bad = tmp_path / "b.pdf"
    bad.write_bytes(b"khong phai pdf")
    good = letter(tmp_path, "a.txt", 9, "tu sửa đường thôn.")
    report = ingest(settings, [bad, good])
    assert statuses(report)["b.pdf"] == "refused"
    assert report.refused[0].message
    assert statuses(report)["a.txt"] == "added"


def test_the_same_text_from_a_second_file_is_noticed(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    first = letter(tmp_path, "a.txt", 10, "mở lớp xóa mù chữ.")
    second = tmp_path / "ban-sao.txt"
    second.write_bytes(first.read_bytes())
    report = ingest(settings, [first, second])
    assert any("Trùng" in result.message for result in report.files)


def test_full_text_takes_the_place_of_its_card(tmp_path: Path, shared: Path) -> None:
    settings = settings_in(tmp_path)
    ingest(settings, [shared / "corpus/law/150_2025_ND-CP.md"])
    library = library_of(settings)
    decree = library.document("nd-150-2025-nd-cp")
    assert decree.basis == "full_text"
    assert all(provision.kind != "fact" for provision in library.provisions(decree.id))
    assert any("370/2025/NĐ-CP" in warning for warning in decree.warnings)
    answer = Assistant.open(settings).ask("khoản 2 Điều 13 Nghị định 150")
    assert answer.basis == "full_text"
    assert any("370/2025/NĐ-CP" in warning for warning in answer.warnings)


def test_an_appendix_added_later_is_found_and_survives(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    ingest(settings)
    path = tmp_path / "phu-luc.docx"
    docx = Docx()
    docx.add_paragraph("PHỤ LỤC")
    docx.add_paragraph("NHIỆM VỤ TRỌNG TÂM")
    table = docx.add_table(rows=2, cols=3)
    for cell, text in zip(table.rows[0].cells, ("STT", "Nhiệm vụ", "Cơ quan chủ trì"), strict=True):
        cell.text = text
    for cell, text in zip(
        table.rows[1].cells, ("1", "Số hóa hồ sơ lưu trữ", "Phòng Văn hóa - Xã hội"), strict=True
    ):
        cell.text = text
    docx.save(str(path))
    ingest(settings, [path], part_of=PLAN)
    for report in (None, ingest(settings)):  # and again after a bare ingestion of the unchanged plan
        library = library_of(settings)
        rows = [p for p in library.provisions(PLAN) if p.kind == "row"]
        assert rows, report
        assert any("Số hóa hồ sơ lưu trữ" in library.text_of(row) for row in rows)
        assert library.document(PLAN).missing == ()


def test_only_one_ingestion_writes_at_a_time(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    settings.data_dir.mkdir()
    with FileLock(settings.data_dir / "ingest.lock"), pytest.raises(TrolyError, match="đang chạy"):
        ingest(settings)


def test_old_generations_are_cleaned_up(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    for number in range(4):
        ingest(settings, [letter(tmp_path, f"{number}.txt", 20 + number, f"việc số {number} của xã.")])
    (generations_dir(settings) / "g-leftover").mkdir()
    ingest(settings, rebuild=True)
    assert len(list(generations_dir(settings).iterdir())) <= 2


def test_a_damaged_index_says_how_to_mend_it(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    ingest(settings)
    generation = find_current(settings)
    assert generation is not None
    for file in generation.lexical_path.iterdir():
        file.write_bytes(b"")
    with pytest.raises(TrolyError, match="--rebuild"):
        Assistant.open(settings)
    ingest(settings, rebuild=True)
    assert Assistant.open(settings).ask("Hạn báo cáo?").outcome == "answer"


def test_however_it_is_typed_the_same_provision_is_found(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    ingest(settings)
    assistant = Assistant.open(settings)
    typed = [
        "Ai chủ trì tuyên truyền cải cách hành chính?",
        unicodedata.normalize("NFD", "Ai chủ trì tuyên truyền cải cách hành chính?"),
        "Ai chủ\u00a0trì tuyên\u00a0truyền cải cách hành chính?",
        "ai chu tri tuyen truyen cai cach hanh chinh",
        "Ai chủ tri tuyên truyen cải cach hành chính?",
        "AI CHỦ TRÌ TUYÊN TRUYỀN CẢI CÁCH HÀNH CHÍNH",
        "Ai chủ trì tuyên truyền CCHC?",
    ]
    found = {question: assistant.ask(question).citations[0].id for question in typed}
    assert set(found.values()) == {f"{PLAN}:IV.5.p1"}, found
