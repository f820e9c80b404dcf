"""Promises of the readers: nothing is read half, every refusal says what is wrong and what to do."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pypdf
import pytest

from corpus.errors import TrolyError
from corpus.settings import SHIPPED_DOCUMENTS
from ingest.canonical import canonicalise
from ingest.readers import ocr, read
from tests.makers import make_docx, make_pdf
from tests.scans import scan

TEXT = "KẾ HOẠCH\nCải cách hành chính năm 2026\n\nI. MỤC ĐÍCH\n\nNâng cao chất lượng phục vụ."


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (TEXT.encode(), "UTF-8, as most files are"),
        (TEXT.encode("utf-8-sig"), "UTF-8 with a byte order mark (Notepad)"),
        (TEXT.encode("utf-16"), "UTF-16 with a byte order mark (Word, “Unicode text”)"),
        (TEXT.encode("utf-16-le"), "UTF-16 without one is told by its zero bytes"),
        (TEXT.replace("\n", "\r\n").encode(), "line ends of Windows"),
    ],
)
def test_unicode_text_files_are_read_whole(tmp_path: Path, data: bytes, why: str) -> None:
    source = read(write(tmp_path, "a.txt", data))
    lines = [source.text[block.start : block.end] for block in source.blocks]
    assert lines == [line for line in TEXT.split("\n") if line], why


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.txt", b"", "rỗng"),
        ("a.txt", b" \n\n ", "rỗng"),
        ("a.txt", "Kế hoạch cải cách".encode("cp1258", "replace") + b"\xc3\xff", "bảng mã"),
        ("a.txt", b"abc\0\1\2def", "không phải là tệp chữ"),
        ("a.md", b"---\nso_hieu: 1/2026\n---\n", "không có nội dung chữ"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "không phải tệp Word"),
        (
            "a.doc",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + b"\0" * 504
            + b"\xec\xa5"
            + b"\0" * 9
            + b"\x01"
            + b"\0" * 500,
            "mật khẩu",
        ),
        ("a.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 50, "ảnh JPEG"),
        ("a.zip", b"PK\x03\x04 cut off", "bị hỏng"),
        (
            "a.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "mật khẩu",
        ),
        ("a.docx", b"not a zip at all", "bị hỏng"),
        ("a.docx", b"PK\x03\x04 cut off", "bị hỏng"),
        ("a.pdf", b"%PDF-1.4 cut off", "bị hỏng"),
        ("a.pdf", b"hello", "bị hỏng"),
        ("a.xlsx", b"a,b,c", "Chưa đọc được loại tệp .xlsx"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(
    tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    with pytest.raises(TrolyError, match=said.replace(".", r"\.")) as error:
        read(write(tmp_path, name, data))
    # What is wrong, and what to do about it.
    assert name in str(error.value) and "Hãy" in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrolyError, match="Không tìm thấy tệp"):
        read(tmp_path / "nowhere.txt")


def test_a_spreadsheet_is_not_taken_for_a_word_file(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(TrolyError, match="không phải là tệp Word"):
        read(path)


def test_the_type_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    pdf = make_pdf(tmp_path / "a.pdf", [["Điều 1. Phạm vi"]])
    renamed = write(tmp_path, "b.txt", pdf.read_bytes())
    assert read(renamed).format == "pdf"
    word = make_docx(tmp_path / "c.docx", ["Điều 1. Phạm vi"])
    assert read(write(tmp_path, "d.pdf", word.read_bytes())).format == "docx"


def test_a_scan_is_refused_with_the_line_to_install_where_ocr_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned = scan(make_pdf(tmp_path / "a.pdf", [["Trang một"]]), tmp_path / "b.pdf")
    writer = pypdf.PdfWriter(clone_from=str(make_pdf(tmp_path / "c.pdf", [["Trang một có chữ thật"]])))
    writer.append(str(scanned))
    writer.write(str(tmp_path / "d.pdf"))
    monkeypatch.setattr(ocr, "missing", lambda: "máy này chưa cài Tesseract OCR")
    with pytest.raises(TrolyError, match="trang 2") as error:
        read(tmp_path / "d.pdf")
    assert "bản quét" in str(error.value) and "apt install tesseract-ocr" in str(error.value)


def test_a_wrong_extension_is_read_by_content_and_said(tmp_path: Path) -> None:
    source = read(write(tmp_path, "a.txt", make_pdf(tmp_path / "b.pdf", [["Điều 1. Phạm vi"]]).read_bytes()))
    assert [d.code for d in source.doubts] == ["wrong-extension"]
    assert read(write(tmp_path, "c.pdf", TEXT.encode())).format == "txt"


PAGES = [
    (["Phạm vi điều chỉnh của Nghị định này là các cơ quan nhà", "nước ở xã."], 1, "a full line goes on"),
    (["Mục đích.", "Yêu cầu của việc này là làm cho đúng và cho kịp thời hạn."], 2, "a short line ends"),
    (["Ủy ban nhân dân xã giao các phòng chuyên môn thực hiện ngay", "1. Phòng Kinh tế"], 2, "a marker"),
]


@pytest.mark.parametrize(("lines", "count", "reason"), PAGES)
def test_lines_of_a_page_are_joined_by_the_room_they_leave(
    tmp_path: Path, lines: list[str], count: int, reason: str
) -> None:
    source = read(make_pdf(tmp_path / "a.pdf", [lines]))
    assert len(canonicalise(source).paragraphs) == count, reason


def test_an_encrypted_pdf_is_refused(tmp_path: Path) -> None:
    plain = make_pdf(tmp_path / "a.pdf", [["Nội dung"]])
    writer = pypdf.PdfWriter(clone_from=str(plain))
    writer.encrypt("secret", algorithm="RC4-128")
    with open(tmp_path / "b.pdf", "wb") as file:
        writer.write(file)
    with pytest.raises(TrolyError, match="mật khẩu"):
        read(tmp_path / "b.pdf")


def test_pdf_lines_know_their_page_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", [["1", "Mục đích là nâng cao"], ["2", "chất lượng phục vụ."]])
    source = read(path)
    assert [block.page for block in source.blocks] == [1, 1, 2, 2]
    paragraphs = canonicalise(source).paragraphs
    assert [(p.text, p.page) for p in paragraphs] == [("Mục đích là nâng cao chất lượng phục vụ.", 1)]


def test_docx_keeps_paragraphs_and_tables_in_document_order(tmp_path: Path) -> None:
    path = make_docx(
        tmp_path / "a.docx",
        ["Trước bảng", [["STT", "Việc"], ["1", "Tuyên truyền"]], "Sau bảng"],
    )
    source = read(path)
    assert [(b.kind, source.text[b.start : b.end].strip()) for b in source.blocks] == [
        ("line", "Trước bảng"),
        ("row", "STT\tViệc"),
        ("row", "1\tTuyên truyền"),
        ("line", "Sau bảng"),
    ]


def test_a_merged_cell_is_not_repeated(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    table = document.add_table(3, 3)
    for row, texts in zip(
        table.rows, [("STT", "Việc", "Hạn"), ("1", "x", "y"), ("2", "z", "w")], strict=True
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    wide = table.cell(1, 1).merge(table.cell(1, 2))
    wide.text = "gộp ngang"
    tall = table.cell(1, 0).merge(table.cell(2, 0))
    tall.text = "gộp dọc"
    document.save(str(tmp_path / "a.docx"))
    source = read(tmp_path / "a.docx")
    assert source.text.count("gộp ngang") == 1
    assert source.text.count("gộp dọc") == 1


def test_a_repeated_neighbour_under_one_heading_is_the_same_cell(tmp_path: Path) -> None:
    # Converters write a merged cell once a grid column (66.7/2025/NQ-CP).
    rows = [["STT", "Tên", "Tên"], ["1", "Cấp giấy phép", "Cấp giấy phép"], ["2", "0", "1"]]
    source = read(make_docx(tmp_path / "a.docx", [rows]))
    assert source.text.count("Cấp giấy phép") == 1
    assert source.text.count("0") == 1 and source.text.count("Tên") == 1


@pytest.mark.parametrize(
    ("lines", "refused"),
    [
        (["MẬT", "UBND XÃ BÌNH LƯ", "KẾ HOẠCH", "Về việc gì đó"], True),
        (["UBND XÃ BÌNH LƯ", "**TUYỆT MẬT**", "KẾ HOẠCH"], True),
        (["UBND XÃ BÌNH LƯ", "Độ mật: Tối mật", "KẾ HOẠCH"], True),
        (["UBND XÃ", "KẾ HOẠCH", "Bảo vệ bí mật nhà nước độ Tối mật và Mật", "I. MỤC ĐÍCH"], False),
        (["LUẬT", "BẢO VỆ BÍ MẬT NHÀ NƯỚC", "Điều 8. Phân loại", "1. Độ Tuyệt mật;", "MẬT"], False),
    ],
)
def test_only_a_stamp_of_its_own_in_the_letterhead_is_refused(
    tmp_path: Path, lines: list[str], refused: bool
) -> None:
    path = write(tmp_path, "a.txt", "\n".join(lines).encode())
    if refused:
        with pytest.raises(TrolyError, match="độ mật"):
            read(path)
    else:
        assert read(path).text


def test_a_stamp_in_a_word_table_is_seen(tmp_path: Path) -> None:
    path = make_docx(
        tmp_path / "a.docx", [[["UBND XÃ\nMẬT", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]], "KẾ HOẠCH"]
    )
    with pytest.raises(TrolyError, match="“MẬT”"):
        read(path)


def test_front_matter_is_a_hint_and_not_text(tmp_path: Path) -> None:
    data = '---\nso_hieu: "1/2026/NĐ-CP"\ntags:\n  - x\n---\n# NGHỊ ĐỊNH\n'
    source = read(write(tmp_path, "a.md", data.encode()))
    assert source.hints == {"so_hieu": "1/2026/NĐ-CP"}
    assert [p.text for p in canonicalise(source).paragraphs] == ["NGHỊ ĐỊNH"]


@pytest.mark.parametrize(
    ("markdown", "text", "why"),
    [
        ("**Điều 1. Phạm vi**", "Điều 1. Phạm vi", "bold"),
        ("### Điều 1. *Phạm vi*", "Điều 1. Phạm vi", "heading and emphasis"),
        ("**1.** Thông tư này&nbsp;có", "1. Thông tư này có", "bold number, entity"),
        ("[Luật](https://x.vn/a_(b).html) số 1", "Luật số 1", "a link keeps its words"),
        ("> Trích dẫn", "Trích dẫn", "quotation"),
        ("a<b>b</b>c &amp; d", "abc & d", "tags and entities"),
        (r"1\. Chữ \*sao\*", "1. Chữ *sao*", "escapes"),
    ],
)
def test_markup_is_taken_out_of_the_canonical_text(
    tmp_path: Path, markdown: str, text: str, why: str
) -> None:
    source = read(write(tmp_path, "a.md", markdown.encode()))
    assert [p.text for p in canonicalise(source).paragraphs] == [text], why


@pytest.mark.parametrize(
    ("lines", "paragraphs", "why"),
    [
        (["Kết luận số 90-KL/TU, ngày", "", "03/3/2026 của Tỉnh ủy"], 1, "a page break after “ngày”"),
        (["phát triển cải cách", "", "hành chính; số hóa"], 1, "a page break inside a word group"),
        (["Nội dung thứ nhất.", "Nội dung thứ hai."], 2, "two sentences are two paragraphs"),
        (["do Chính phủ quy định", "7. Dữ liệu"], 2, "a marker never continues a line"),
        (["LUẬT", "tiếp công dân"], 2, "a title in small letters under its kind"),
        (["Công tác tại", "- Sở Nội vụ"], 2, "a dash never continues a line"),
    ],
)
def test_broken_lines_are_mended(tmp_path: Path, lines: list[str], paragraphs: int, why: str) -> None:
    source = read(write(tmp_path, "a.txt", "\n".join(lines).encode()))
    assert len(canonicalise(source).paragraphs) == paragraphs, why


def test_the_canonical_text_is_nfc_with_plain_spaces(tmp_path: Path) -> None:
    data = "Đie\u0302\u0300u\u00a01.\u00a0Pha\u0323m  vi\u00ad"  # decomposed, no-break spaces, soft hyphen
    paragraphs = canonicalise(read(write(tmp_path, "a.txt", data.encode()))).paragraphs
    assert [p.text for p in paragraphs] == ["Điều 1. Phạm vi"]
    # Each character still knows where it stood: "ề" where its base letter was.
    assert paragraphs[0].body.origin[2] == 2


def test_a_bare_figure_of_a_table_is_no_page_number(tmp_path: Path) -> None:
    # 60/2024/QH15, Điều 44: a table that lost its frame.
    lines = ["a) Bổ sung số thứ tự 6 như sau:", "6", "Bộ Tài chính", "b) Bổ sung số thứ tự 5 như sau:", "5"]
    paragraphs = canonicalise(read(write(tmp_path, "a.txt", "\n".join(lines).encode()))).paragraphs
    assert [p.text for p in paragraphs] == lines


def test_the_shipped_plan_reads_without_doubt() -> None:
    source = read(SHIPPED_DOCUMENTS / "ke-hoach-binh-lu-2026.txt")
    assert source.doubts == () and len(source.blocks) > 90
