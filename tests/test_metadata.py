"""Promises of metadata: what is printed is read, what is not printed stays unknown, ids are stable."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.catalog import Catalog, load_catalog
from corpus.errors import TrolyError
from corpus.kinds import kind_named, kind_of_number
from corpus.model import Document, ParsedDocument
from corpus.settings import Settings
from ingest.casing import recase
from ingest.dates import PLACE_AND_DATE, find_date, iso
from ingest.parse import parse_file
from tests.makers import NOTHING, PLAN, parse


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(Settings())


@pytest.fixture(scope="module")
def plan(catalog: Catalog) -> ParsedDocument:
    return parse_file(PLAN, catalog)


# ------------------------------------------------------------------ the plan


def test_the_plan_says_who_signed_it_when_and_that_it_may_be_a_draft(plan: ParsedDocument) -> None:
    document = plan.document
    assert document.id == "kh-ubnd-binh-lu-2026-04"
    assert (document.kind, document.number, document.issued) == ("Kế hoạch", None, "2026-04")
    assert (document.issuer, document.place) == ("UBND xã Bình Lư", "Bình Lư")
    assert (document.signer, document.signer_title) == ("Trần Thanh Tuấn", "Chủ tịch")
    assert document.title.startswith("Thực hiện Kết luận số 90-KL/TU, ngày 03/3/2026")
    assert document.effective is None
    assert document.draft
    assert document.missing == ("Phụ lục nhiệm vụ trọng tâm",)


def test_the_plan_names_its_recipients_as_printed(plan: ParsedDocument) -> None:
    assert plan.document.recipients == (
        "Sở Nội vụ tỉnh", "TT. Đảng ủy xã", "TT. HĐND xã", "Đ/c Chủ tịch và các PCT UBND xã",
        "Các cơ quan, ban, ngành, đoàn thể xã", "Trang thông tin điện tử xã", "Lưu VT, VHXH",
    )  # fmt: skip


def test_the_plan_gets_the_same_id_without_a_catalog() -> None:
    assert parse_file(PLAN, NOTHING).document.id == "kh-ubnd-binh-lu-2026-04"


def test_every_field_of_the_plan_names_its_place(plan: ParsedDocument) -> None:
    paths = {p.id: plan.document.text[p.start : p.end] for p in plan.provisions}
    for name in ("title", "issuer", "issued", "signer"):
        evidence = plan.document.evidence[name]
        assert evidence.provision and evidence.quote and evidence.quote in paths[evidence.provision]


# ------------------------------------------------------------------ shared texts


@pytest.mark.parametrize(
    ("name", "expected", "why"),
    [
        (
            "law/150_2025_ND-CP.md",
            ("nd-150-2025-nd-cp", "Nghị định", "150/2025/NĐ-CP", "Chính phủ", "2025-06-12", "2025-06-16",
             "Nguyễn Hòa Bình", "Phó Thủ tướng"),
            "letterhead and signature are Markdown tables",
        ),
        (
            "law/72-2025-QH15.txt",
            ("luat-72-2025-qh15", "Luật", "72/2025/QH15", "Quốc hội", "2025-06-16", "2025-06-16",
             "Trần Thanh Mẫn", "Chủ tịch Quốc hội"),
            "in force from the day it was passed; the signature is glued",
        ),
        (
            "law/80-2025-QH15.txt",
            ("luat-80-2025-qh15", "Luật", "80/2025/QH15", "Quốc hội", "2025-06-24", "2025-07-01", None, None),
            "no letterhead but the portal's, no signature",
        ),
        (
            "law/89-2025-QH15.txt",
            ("luat-89-2025-qh15", "Luật", "89/2025/QH15", "Quốc hội", "2025-06-25", None,
             "Trần Thanh Mẫn", "Chủ tịch Quốc hội"),
            "in force from a budget year: no day is stated",
        ),
        (
            "law/60-2024-QH15.txt",
            ("luat-60-2024-qh15", "Luật", "60/2024/QH15", "Quốc hội", None, "2025-07-01", None, None),
            "its date is not printed",
        ),
        (
            "office/63_2010_ND-CP_106929.docx",
            ("nd-63-2010-nd-cp", "Nghị định", "63/2010/NĐ-CP", "Chính phủ", "2010-06-08", "2010-10-14",
             "Nguyễn Tấn Dũng", "Thủ tướng"),
            "the issuer again under the title",
        ),
        (
            "office/66_7_2025_NQ-CP_681135.docx",
            ("nq-66-7-2025-nq-cp", "Nghị quyết", "66.7/2025/NQ-CP", "Chính phủ", "2025-11-15", "2026-01-01",
             "Phạm Minh Chính", "Thủ tướng"),
            "a number with a point",
        ),
        (
            "office/15_2026_TT-BTC_696722.docx",
            ("tt-15-2026-tt-btc", "Thông tư", "15/2026/TT-BTC", "Bộ Tài chính", "2026-03-04", "2026-03-04",
             "Nguyễn Đức Tâm", "Thứ trưởng"),
            "in force from the day it was signed; signed for the minister",
        ),
        (
            "gov-md/06-2026-TT-BNV.md",
            ("tt-06-2026-tt-bnv", "Thông tư", "06/2026/TT-BNV", "Bộ Nội vụ", "2026-04-29", "2026-06-15",
             "Đỗ Thanh Bình", "Bộ trưởng"),
            "an editorial table above the letterhead",
        ),
        (
            "gov-md/45-2026-TT-BGDDT.md",
            ("tt-45-2026-tt-bgddt", "Thông tư", "45/2026/TT-BGDĐT", "Bộ Giáo dục và Đào tạo", "2026-06-10",
             "2026-06-10", "Phạm Ngọc Thưởng", "Ký thay Bộ trưởng"),
            "no letterhead: number and date from the front matter; the signer's own office is not printed",
        ),
    ],
)  # fmt: skip
def test_fields_of_real_files(
    shared: Path, catalog: Catalog, name: str, expected: tuple[str | None, ...], why: str
) -> None:
    d = parse_file(shared / "corpus" / name, catalog).document
    found = (d.id, d.kind, d.number, d.issuer, d.issued, d.effective, d.signer, d.signer_title)
    assert found == expected, why
    without = parse_file(shared / "corpus" / name, NOTHING).document
    assert without.id == d.id, "the catalog does not change an id"


def test_a_title_in_capitals_is_spelt_as_the_text_spells_it(shared: Path) -> None:
    def title(name: str) -> str:
        return parse_file(shared / "corpus" / name, NOTHING).document.title

    assert title("law/72-2025-QH15.txt") == "Tổ chức chính quyền địa phương"
    assert title("law/63-2025-QH15.txt") == "Tổ chức Chính phủ"
    assert title("office/63_2010_ND-CP_106929.docx") == "Về kiểm soát thủ tục hành chính"


def test_every_shared_file_reads_and_has_an_id_of_its_own(shared: Path, catalog: Catalog) -> None:
    files = [p for p in sorted((shared / "corpus").rglob("*")) if p.suffix in (".txt", ".md", ".docx")]
    parsed = [parse_file(path, catalog) for path in files]
    assert len({p.document.id for p in parsed}) == len(files) > 15
    for item in parsed:
        assert all(p.id == f"{item.document.id}:{p.path}" for p in item.provisions)


# ------------------------------------------------------------------ small texts

HEAD = (
    "UBND TỈNH LAI CHÂU\nSỞ NỘI VỤ\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n"
    "Số: 12/KH-SNV\nLai Châu, ngày 05 tháng 02 năm 2026\nKẾ HOẠCH\nCải cách hành chính năm 2026\n"
    "I. MỤC ĐÍCH\nNâng cao."
)


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        (
            HEAD,
            {"number": "12/KH-SNV", "issuer": "Sở Nội vụ", "issued": "2026-02-05", "draft": False},
            "the lower of two bodies issues",
        ),
        (
            "ĐẢNG BỘ TỈNH LAI CHÂU\nBAN CHẤP HÀNH\n*\nSố 90-KL/TU\nĐẢNG CỘNG SẢN VIỆT NAM\n"
            "Lai Châu, ngày 03 tháng 3 năm 2026\nKẾT LUẬN\nvề cải cách hành chính\nI. A\nB.",
            {"id": "kl-90-kl-tu-2026-03-03", "kind": "Kết luận", "number": "90-KL/TU"},
            "a Party document",
        ),
        (
            "ỦY BAN NHÂN DÂN\nTỈNH LAI CHÂU\nSố: 3204/QĐ-UBND\nLai Châu, ngày 25 tháng 12 năm 2025\n"
            "QUYẾT ĐỊNH\nVề việc phê duyệt Phương án\nCăn cứ Luật A;\nQUYẾT ĐỊNH:\nĐiều 1. Phê duyệt.",
            {
                "id": "qd-3204-qd-ubnd-lai-chau-2025-12-25",
                "issuer": "Ủy ban nhân dân tỉnh Lai Châu",
                "kind": "Quyết định",
            },
            "an issuer on two lines; the number recurs, so place and date are in the id",
        ),
        (
            "HỘI ĐỒNG NHÂN DÂN XÃ BÌNH LƯ\nSố: 05/2026/NQ-HĐND\nBình Lư, ngày tháng năm 2026\n"
            "NGHỊ QUYẾT\nVề phí\nĐiều 1. A\nB.",
            {"id": "nq-05-2026-nq-hdnd-binh-lu", "issued": "2026", "draft": True},
            "a number with its year and no day yet",
        ),
        (
            "UBND XÃ BÌNH LƯ\nSố: 45/UBND-VP\nV/v báo cáo cải cách hành chính\nBình Lư, ngày 2 tháng 3 năm"
            " 2026\nKính gửi: Sở Nội vụ.\nUBND xã báo cáo như sau.",
            {"kind": "Công văn", "number": "45/UBND-VP", "title": "báo cáo cải cách hành chính"},
            "an official letter has no kind line",
        ),
        (
            "Ghi chép cuộc họp.\nKhông có gì.",
            {"id": "ghi-chep", "kind": "Văn bản", "title": "Ghi chép"},
            "a text that says nothing of itself is called as its file",
        ),
    ],
)  # fmt: skip
def test_fields_of_small_texts(text: str, expected: dict[str, object], why: str) -> None:
    document = parse(text, name="Ghi chép.txt").document
    assert {name: getattr(document, name) for name in expected} == expected, why


def test_the_printed_text_wins_over_front_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        "---\nso_hieu: 99/2020/NĐ-CP\nngay_hieu_luc: 2021-01-01\n---\nCHÍNH PHỦ\n\nSố: 1/2026/NĐ-CP\n\n"
        "*Hà Nội, ngày 1 tháng 2 năm 2026*\n\n**NGHỊ ĐỊNH**\n\nVề thử nghiệm\n\n**Điều 1. A**\n\nB.\n",
        encoding="utf-8",
    )
    document = parse_file(path, NOTHING).document
    assert (document.number, document.issued) == ("1/2026/NĐ-CP", "2026-02-01")
    assert document.effective == "2021-01-01", "only what the text does not print comes from the front matter"
    assert document.evidence["effective"].provision is None


def test_a_text_of_nothing_but_page_numbers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("1\n\n2\n\n3\n", encoding="utf-8")
    with pytest.raises(TrolyError, match="không có nội dung chữ"):
        parse_file(path, NOTHING)


@pytest.mark.parametrize(
    ("text", "date", "why"),
    [
        ("ngày 12 tháng 6 năm 2025", "2025-06-12", "in words"),
        ("ngày 03/3/2026", "2026-03-03", "with strokes"),
        ("ngày 10/ 10 /2012", "2012-10-10", "with spaces"),
        ("01-7-2025", "2025-07-01", "with hyphens"),
        ("99/99/2025", None, "no date at all"),
        ("trước ngày 05/12", None, "no year"),
    ],
)
def test_dates_as_printed(text: str, date: str | None, why: str) -> None:
    assert find_date(text) == date, why


@pytest.mark.parametrize(
    ("line", "place", "date"),
    [
        ("Bình Lư, ngày tháng 4 năm 2026", "Bình Lư", "2026-04"),
        ("Lai Châu, ngày … tháng … năm 2026", "Lai Châu", "2026"),
        ("Số: 1/2026/NĐ-CP Hà Nội, ngày 08 tháng 7 năm 2026", "Hà Nội", "2026-07-08"),
        ("Thành phố Hồ Chí Minh, ngày 1 tháng 2 năm 2026", "Thành phố Hồ Chí Minh", "2026-02-01"),
    ],
)
def test_place_and_date_lines(line: str, place: str, date: str) -> None:
    match = PLACE_AND_DATE.search(line)
    assert match and (match["place"], iso(match["y"], match["m"], match["d"])) == (place, date)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("150/2025/NĐ-CP", "Nghị định"), ("72/2025/QH15", "Luật"), ("90-KL/TU", "Kết luận"),
        ("45-KH/ĐU", "Kế hoạch"), ("3204/QĐ-UBND", "Quyết định"), ("15/2026/TT-BTC", "Thông tư"),
        ("12/CTr-UBND", "Chương trình"), ("45/UBND-VP", None), ("7-QĐi/TW", "Quy định"),
    ],
)  # fmt: skip
def test_a_number_tells_its_kind(number: str, kind: str | None) -> None:
    assert kind_of_number(number) == (kind_named(kind) if kind else None)


@pytest.mark.parametrize(
    ("printed", "text", "spelt", "why"),
    [
        ("TỔ CHỨC CHÍNH PHỦ", "ban hành Luật Tổ chức Chính phủ.", "Tổ chức Chính phủ", "found whole"),
        ("CHỦ TỊCH QUỐC HỘI", "do Quốc hội quyết định; Chủ tịch nước", "Chủ tịch Quốc hội", "pair by pair"),
        ("ỦY BAN NHÂN DÂN XÃ BÌNH LƯ", "", "Ủy ban nhân dân xã Bình Lư", "a place follows “xã”"),
        ("Sở Nội vụ", "", "Sở Nội vụ", "not in capitals: as it is"),
    ],
)
def test_capitals_are_spelt_normally(printed: str, text: str, spelt: str, why: str) -> None:
    assert recase(printed, text) == spelt, why


def test_documents_are_plain_values(plan: ParsedDocument, catalog: Catalog) -> None:
    assert isinstance(plan.document, Document)
    assert parse_file(PLAN, catalog) == plan
