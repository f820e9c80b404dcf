"""What the 27 shared files say, as read in the files themselves by hand: the parser must agree.

Counts are of the text's own điều, khoản and appendix rows (quoted amendments left out). The three
Markdown files made from scans have OCR slips; each place where the parse differs from the official
text because of one stands in ``DEVIATIONS`` with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

from corpus.errors import TrolyError
from corpus.model import ParsedDocument
from corpus.provisions import quoted_paths
from ingest.parse import parse_file
from tests.makers import NOTHING


@dataclass(frozen=True)
class Truth:
    """One document. ``issued``: the printed day, for a law the day on which it was passed."""

    file: str  # below shared/corpus; an office file stands for its .docx and its .doc
    kind: str
    number: str | None
    issued: str | None
    effective: str | None
    signer: str | None
    articles: int
    clauses: int
    rows: int
    spots: dict[str, str]


# fmt: off
TRUTHS = [
    Truth("plan/ke-hoach-binh-lu-2026.txt", "Kế hoạch", None, "2026-04", None, "Trần Thanh Tuấn", 0, 0, 0, {
        "II.3.g2": "Nghị quyết 66/2025/NQ-CP ngày 15/11/2025", "II.7.g2": "Triển khai “Trợ lý ảo”",
        "III": "lồng ghép trong các chương trình, dự án", "IV.6.p2": "trước ngày 05/12 hằng năm",
        "fn1": "Nghị quyết số 66/NQ-CP ngày 26/3/2025",
    }),
    Truth("law/150_2025_ND-CP.md", "Nghị định", "150/2025/NĐ-CP", "2025-06-12", "2025-06-16",
          "Nguyễn Hòa Bình", 25, 109, 0, {
        "d4.k1.a": "Dự thảo nghị quyết của Hội đồng nhân dân cấp tỉnh", "d8.k10": "10. Sở Y tế",
        "d9.k1.b": "cửa khẩu quốc tế đường hàng không", "d9.k2.a": "20.000 người dân tộc thiểu số",
        "d24": "thay thế Nghị định số 45/2025/NĐ-CP",
    }),
    Truth("law/20-2023-QH15.txt", "Luật", "20/2023/QH15", "2023-06-22", "2024-07-01", "Vương Đình Huệ",
          53, 191, 0, {
        "d3.k2": "phần cứng, phần mềm, hệ thống thông tin", "d13.k1.b": "chính khuôn dạng được khởi tạo",
        "d30.k2": "24 giờ trong ngày và 07 ngày trong tuần", "d52.k2": "số 51/2005/QH11 hết hiệu lực",
        "d53.k5": "đến hết ngày 30 tháng 6 năm 2027",
    }),
    Truth("law/42-2013-QH13.txt", "Luật", "42/2013/QH13", "2013-11-25", "2014-07-01", None, 36, 107, 0, {
        "d2.k1.p1": "tiếp công dân định kỳ", "d9.k1": "say do dùng chất kích thích",
        "d13.k4.b": "Đại diện Ủy ban Kiểm tra Huyện ủy", "d35.p1": "từ ngày 01 tháng 7 năm 2014",
        "d35.p2": "số 09/1998/QH10",
    }),
    Truth("law/58-2010-QH12.txt", "Luật", "58/2010/QH12", "2010-11-15", "2012-01-01", None, 62, 188, 0, {
        "d9.k2.b": "chưa được giao quyền tự chủ hoàn toàn", "d23": "thông qua thi tuyển hoặc xét tuyển",
        "d26.k1.l": "Hiệu lực của hợp đồng làm việc", "d42.k1~2": "Hoàn thành xuất sắc nhiệm vụ",
        "d52.k1.d": "Buộc thôi việc",
    }),
    Truth("law/60-2024-QH15.txt", "Luật", "60/2024/QH15", None, "2025-07-01", None, 46, 185, 0, {
        "d3.k4": "4. Dữ liệu mở", "d13.k1.a": "dữ liệu dùng chung, dữ liệu dùng riêng, dữ liệu mở",
        "d30.k2": "phải sử dụng cơ sở hạ tầng", "d44.k2.a.q.a": "Nền tảng chia sẻ, điều phối dữ liệu",
        "d44.k2.b": "Bãi bỏ khoản 8 Điều 3 và Điều 41",
    }),
    Truth("law/63-2025-QH15.txt", "Luật", "63/2025/QH15", "2025-02-18", "2025-03-01", "Trần Thanh Mẫn",
          32, 113, 0, {
        "d1.k2": "chịu trách nhiệm trước Quốc hội", "d2.k2.p1": "Việc thành lập, bãi bỏ Bộ",
        "d8.k1": "Phân cấp trong hệ thống cơ quan nhà nước", "d20.k1": "Chịu trách nhiệm cá nhân",
        "d31.k2": "số 76/2015/QH13",
    }),
    Truth("law/72-2025-QH15.txt", "Luật", "72/2025/QH15", "2025-06-16", "2025-06-16", "Trần Thanh Mẫn",
          54, 293, 0, {
        "d1.k1.b": "gọi chung là cấp xã", "d52.k1.q.k3": "ranh giới quản lý hành chính trên biển",
        "d52.k2.d": "Bãi bỏ các điều 8, 11, 12, 13", "d52.k3.dd": "số 169/2024/QH15",
        "d54.k9.d": "từ ngày 01 tháng 3 năm 2027",
    }),
    Truth("law/80-2025-QH15.txt", "Luật", "80/2025/QH15", "2025-06-24", "2025-07-01", None, 45, 172, 0, {
        "d8": "Điểu 8: Nghĩa vụ", "d8.k5": "cắt giảm tối đa thủ tục hành chính",
        "d25.k3.b": "Đánh giá, xếp loại chất lượng hằng năm", "d44.k2": "Mục 3 Chương IV của Luật này",
        "d45.k2": "đến ngày 01 tháng 7 năm 2027",
    }),
    Truth("law/87-2025-QH15.txt", "Luật", "87/2025/QH15", "2025-06-25", "2025-07-01", None, 3, 27, 0, {
        "d1.k1.q.d4.k10": "Nghị quyết của Hội đồng nhân dân tỉnh, thành phố",
        "d1.k3.q.d21.k1.d": "Thực hiện thí điểm", "d1.k24.q.c": "Bộ trưởng, Thủ trưởng cơ quan ngang Bộ",
        "d2": "từ ngày 01 tháng 7 năm 2025", "d3.k1": "đến hết ngày 28 tháng 02 năm 2027",
    }),
    Truth("law/89-2025-QH15.txt", "Luật", "89/2025/QH15", "2025-06-25", None, "Trần Thanh Mẫn", 79, 398, 0, {
        "d38.k1.r": "Huy động đóng góp", "d46.k1": "Trước ngày 15 tháng 5",
        "d53.k2.c": "Chi bổ sung cân đối", "d66.k3.l": "hoàn trả ngân sách cấp trên",
        "d77.k3.c": "Tạm cấp ngân sách theo quy định tại Điều 53",
    }),
    Truth("law/91-2025-QH15.txt", "Luật", "91/2025/QH15", "2025-06-26", "2026-01-01", "Trần Thanh Mẫn",
          39, 170, 0, {
        "d1.k2.c": "chưa xác định được quốc tịch", "d2.k1": "1. Dữ liệu cá nhân là dữ liệu số",
        "d9.k2.a": "mục đích xử lý dữ liệu cá nhân", "d9.k4.d": "Sự im lặng hoặc không phản hồi",
        "d38.k2": "trong thời gian 05 năm",
    }),
    Truth("office/15_2026_TT-BTC_696722", "Thông tư", "15/2026/TT-BTC", "2026-03-04", "2026-03-04",
          "Nguyễn Đức Tâm", 8, 11, 0, {
        "d1.k2": "nghĩa vụ thuế", "d4.k2": "số 99/2025/TT-BTC", "d5.k2.d": "phí dịch vụ lưu ký",
        "d5.k3.c": "trích lập dự phòng rủi ro", "d8.k1.p1": "được viện dẫn tại Thông tư này",
    }),
    Truth("office/167_2012_TT-BTC_149305", "Thông tư", "167/2012/TT-BTC", "2012-10-10", "2012-12-01",
          "Nguyễn Thị Minh", 6, 22, 32, {
        "d1.k2.b.g2": "thủ tục xử lý vi phạm hành chính", "d3.k9.g": "Chi làm thêm giờ",
        "d6.k1": "số 224/2010/TT-BTC", "pl.r4.ra": "Mức chi: 150.000 đồng/người/buổi",
        "pl.r14.rb": "tại các sở, huyện, xã; Mức chi: 15.000 -20.000 đồng/người/ngày",
    }),
    Truth("office/19_2014_TT-BTP_249771", "Thông tư", "19/2014/TT-BTP", "2014-09-15", "2014-11-01",
          "Hà Hùng Cường", 14, 50, 5, {
        "d5.k2.b": "Đôn đốc các Bộ, cơ quan ngang Bộ", "d12.k3": "Cục Công nghệ thông tin chủ trì",
        "d13.k10": "Tổ chức Pháp chế, Sở Tư pháp", "d14.k1": "từ ngày 01 tháng 11 năm 2014",
        "pl.2.a": "Hồ sơ TTHC đề nghị công khai",
    }),
    Truth("office/25_2014_TT-BTP_262503", "Thông tư", "25/2014/TT-BTP", "2014-12-31", "2015-02-15",
          "Đinh Trung Tụng", 29, 56, 0, {
        "c2.m2": "QUY TRÌNH KIỂM TRA", "d7.k1.d": "tại Điều 26 Thông tư này", "d10.k1.dd": "Các việc khác",
        "d11.k1.h": "Kinh phí thực hiện", "d27.k2": "Chậm nhất vào ngày 02 tháng 12 hàng năm",
    }),
    Truth("office/63_2010_ND-CP_106929", "Nghị định", "63/2010/NĐ-CP", "2010-06-08", "2010-10-14",
          "Nguyễn Tấn Dũng", 37, 130, 20 + 10 + 17, {  # two questions of Phụ lục III go over two table rows
        "d3.k6": "“Cơ sở dữ liệu quốc gia về thủ tục hành chính”", "d5.k1.p1": "bổ nhiệm, miễn nhiệm",
        "d6.k1.dd": "Đùn đẩy trách nhiệm", "d37.k1": "tại Điều 2 của Quyết định số 1699/QĐ-TTg",
        "pl2.r4": "3.1. Yêu cầu việc xác nhận",
    }),
    Truth("office/66_7_2025_NQ-CP_681135", "Nghị quyết", "66.7/2025/NQ-CP", "2025-11-15", "2026-01-01",
          "Phạm Minh Chính", 10, 34, 802 + 12 + 226, {
        "d4.k5.b": "Giấy chứng nhận đăng ký hộ kinh doanh", "d10.k1": "đến hết ngày 28 tháng 02 năm 2027",
        "pl1.r258": "Mã TTHC: 1.010285", "pl2.r8": "Mã TTHC: 1,010826", "pl3.rV.r2": "số 21/2008/QĐ-NHNN",
    }),
    Truth("gov-md/06-2026-TT-BNV.md", "Thông tư", "06/2026/TT-BNV", "2026-04-29", "2026-06-15",
          "Đỗ Thanh Bình", 3, 23, 0, {
        "d1.k2.b.q.d": "trong việc tổ chức triển khai", "d1.k4.q.k": "thống kê, quản lý, khai thác",
        "d2.k4.q.g": "Tham mưu Ủy ban nhân dân cấp xã", "d2.k8.q.k32": "không thành lập phòng chuyên môn",
        "d3.k2": "15 tháng 6 năm 2026",
    }),
    Truth("gov-md/45-2026-TT-BGDDT.md", "Thông tư", "45/2026/TT-BGDĐT", "2026-06-10", "2026-06-10",
          "Phạm Ngọc Thưởng", 4, 14, 0, {
        "d1.k2.q.m": "Quyết định việc ủy quyền", "d1.k7.q.i": "mức độ chuyển đổi số",
        "d1.k9": "điểm h, i, k khoản 2", "d2.k5": "Bãi bỏ điểm d khoản 2 Điều 6",
        "d3": "kể từ ngày 10 tháng 6 năm 2026",
    }),
    Truth("gov-md/276-2026-ND-CP.md", "Nghị định", "276/2026/NĐ-CP", "2026-07-08", "2026-07-08", None,
          5, 31 + 21 + 2, 0, {
        "d2.k10": "Về cải cách hành chính nhà nước", "d2.k13.b": "các hiệp định song phương",
        "d3.k12": "Cục Văn thư và Lưu trữ nhà nước", "d4.k2": "thay thế Nghị định số 25/2025/NĐ-CP",
        "d2.k20.b": "Chủ trì, phối hợp với các bộ, ngành",
    }),
]
# fmt: on

DEVIATIONS: dict[tuple[str, str], tuple[object, str]] = {
    ("gov-md/276-2026-ND-CP.md", "clauses"): (
        53,
        "the scan reads «16.» of Điều 3 as «1ó.»: that line stays in khoản 15; a doubt tells of the gap",
    ),
}
"""(file, field) -> what the parse gives instead, and why. See also the tests of OCR slips below."""

# Word's old binary files go through LibreOffice, which takes seconds a file (66.7/2025/NQ-CP: a minute).
OLD_WORD = (pytest.mark.slow, pytest.mark.timeout(600))
FORMS = [
    pytest.param(truth, suffix, id=f"{truth.file}{suffix}", marks=OLD_WORD if suffix == ".doc" else ())
    for truth in TRUTHS
    for suffix in ((".docx", ".doc") if truth.file.startswith("office/") else ("",))
]


@lru_cache(maxsize=2)
def parsed(path: Path) -> ParsedDocument:
    return parse_file(path, NOTHING)


def read_or_skip(path: Path) -> ParsedDocument:
    """Return the document; a .doc is skipped where nothing on this machine reads it."""
    try:
        return parsed(path)
    except TrolyError as error:
        if path.suffix == ".doc":
            pytest.skip(str(error))
        raise


def test_every_shared_file_has_its_truth(shared: Path) -> None:
    files = {str(p.relative_to(shared / "corpus")) for p in (shared / "corpus").rglob("*") if p.is_file()}
    told = {form.values[0].file + str(form.values[1]) for form in FORMS}  # type: ignore[union-attr]
    assert told == files and len(files) == 27
    assert all(len(truth.spots) == 5 for truth in TRUTHS)


@pytest.mark.parametrize(("truth", "suffix"), FORMS)
def test_a_file_says_what_it_says(shared: Path, truth: Truth, suffix: str) -> None:
    document = read_or_skip(shared / "corpus" / f"{truth.file}{suffix}")
    meta, text = document.document, document.document.text
    quoted = quoted_paths(document.provisions)
    own = [p for p in document.provisions if p.path not in quoted]
    found = {
        "kind": meta.kind,
        "number": meta.number,
        "issued": meta.issued,
        "effective": meta.effective,
        "signer": meta.signer,
        "articles": sum(p.kind == "article" for p in own),
        "clauses": sum(p.kind == "clause" for p in own),
        "rows": sum(p.kind == "row" for p in own),
    }
    expected = {name: DEVIATIONS.get((truth.file, name), (getattr(truth, name),))[0] for name in found}
    assert found == expected
    places = {p.path: p for p in document.provisions}
    for path, words in truth.spots.items():
        assert path in places, path
        provision = places[path]
        assert words in text[provision.start : provision.own_end], path


# ------------------------------------------------------------------ where the scans differ from the law


@pytest.mark.parametrize(
    ("path", "begins", "why"),
    [
        ("d2.k39", "39. Thực hiện công tác kiểm tra", "the scan reads «30.» as «39.»; told as a gap"),
        ("d3.k15", "15. Cục Quản lý lao động", "«1ó. Cục Người có công» is no number: it stays here"),
        ("d2.k5.dd", "đ) Hướng dẫn việc rà soát", "the scan reads «d)» as «đ)» …"),
        ("d2.k5.dd~2", "đ) Hướng dẫn xếp hạng", "… so that the real «đ)» comes twice; told as such"),
        ("nn.c", "c) Nhà xưởng, kho chứa hóa chất", "another document's page was glued to the end"),
    ],
)
def test_slips_of_the_scan_stay_where_they_are_printed(
    shared: Path, path: str, begins: str, why: str
) -> None:
    document = parsed(shared / "corpus/gov-md/276-2026-ND-CP.md")
    provision = next(p for p in document.provisions if p.path == path)
    assert document.document.text[provision.start :].startswith(begins), why
    told = {doubt.provision for doubt in document.document.doubts}
    assert path in told or (path == "d3.k15" and "d3.k17" in told)


def test_the_signature_of_a_scan_that_lost_its_capitals_is_unknown(shared: Path) -> None:
    # "T, THỦ TƯỚNG" and "hị Thanh Trà" are what the scan left; the front matter names an office, no person.
    document = parsed(shared / "corpus/gov-md/276-2026-ND-CP.md").document
    assert (document.signer, document.signer_title) == (None, None)


def test_an_office_that_a_scan_left_out_is_not_made_up(shared: Path) -> None:
    # Under "KT. BỘ TRƯỞNG" the Markdown of 45/2026/TT-BGDĐT has lost the signer's own office.
    document = parsed(shared / "corpus/gov-md/45-2026-TT-BGDDT.md").document
    assert document.signer_title == "Ký thay Bộ trưởng"


def test_editorial_tables_above_a_scan_are_no_part_of_the_law(shared: Path) -> None:
    document = parsed(shared / "corpus/gov-md/06-2026-TT-BNV.md")
    letterhead = next(p for p in document.provisions if p.path == "lh")
    assert "luatvietnam" in document.document.text[letterhead.start : letterhead.end].casefold()
    # The reasons listed there by the editor are no «căn cứ» of the text; those in the text are.
    based = [r.target_text for r in document.relations if r.kind == "based_on"]
    assert based == ["Nghị định số 25/2025/NĐ-CP", "Nghị định số 150/2025/NĐ-CP"]
