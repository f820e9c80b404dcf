"""Promises of the tree: every printed place has its path, nothing of a source is lost, nothing raises."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from ingest.canonical import canonicalise
from ingest.readers import read
from ingest.structure import Structure, parse_structure
from tests.makers import PLAN, make_docx, make_pdf
from tests.trees import articles, by_path, own_text, parse

# Sections of the plan: how many dashes each of part II has, paragraphs each unit of part IV.
DASHES = {1: 4, 2: 3, 3: 4, 4: 3, 5: 5, 6: 5, 7: 4, 8: 6, 9: 0}
PARAGRAPHS = {1: 4, 2: 2, 3: 0, 4: 2, 5: 3, 6: 2}
OUTLINE = [
    "lh", "pre", "I", "I.1", "I.2", "I.3", "II",
    *(p for n, count in DASHES.items() for p in (f"II.{n}", *(f"II.{n}.g{i + 1}" for i in range(count)))),
    "III", "IV",
    *(p for n, count in PARAGRAPHS.items() for p in (f"IV.{n}", *(f"IV.{n}.p{i + 1}" for i in range(count)))),
    "nn", *(f"nn.g{i}" for i in range(1, 8)), "sig", "fn1",
]  # fmt: skip


@pytest.fixture(scope="module")
def plan() -> Structure:
    return parse_structure(read(PLAN))


# ------------------------------------------------------------------ the plan


def test_the_plan_has_exactly_its_printed_outline(plan: Structure) -> None:
    assert [p.path for p in plan.provisions] == OUTLINE
    assert [p.order for p in plan.provisions] == list(range(len(OUTLINE)))


@pytest.mark.parametrize(
    ("path", "heading", "why"),
    [
        ("I", "MỤC ĐÍCH, YÊU CẦU", "a part's title"),
        ("I.1", "", "a numbered full sentence has no title"),
        (
            "II.1",
            "Tuyên truyền, quán triệt, cụ thể hóa Kết luận số 90-KL/TU, ngày 03/3/2026 "
            "của Ban Chấp hành Đảng bộ tỉnh",
            "a title that a page break split after “ngày”",
        ),
        ("II.9", "", "a line that nothing follows is no title"),
        ("III", "KINH PHÍ", "title over a single paragraph"),
        ("IV.1", "Phòng Văn hóa – Xã hội", "a unit's name, its dash as printed"),
    ],
)
def test_titles_of_the_plan(plan: Structure, path: str, heading: str, why: str) -> None:
    assert by_path(plan)[path].heading == heading, why


@pytest.mark.parametrize(
    ("path", "begins", "ends", "why"),
    [
        ("II.3.g2", "- Rà soát, đề xuất cắt giảm", "các quy định khác có liên quan.", "its mark is out"),
        ("II.3.g4", "- Hằng năm tạo điều kiện", "phiền hà, nhũng nhiễu.", "mended around the footnote"),
        ("II.5.g5", "- Thực hiện tốt cơ chế đánh giá", "cơ quan hành chính nhà nước.", "page break"),
        ("IV.1.p1", "Chủ trì tham mưu UBND xã", "viên chức trên địa bàn xã.", "page break"),
        ("IV.6.p2", "Định kỳ trước ngày 05/12", "báo cáo theo quy định./.", "bold marks are out"),
        ("III", "III. KINH PHÍ\nKinh phí thực hiện", "hướng dẫn thực hiện.", "one paragraph stays own text"),
        ("sig", "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH", "Trần Thanh Tuấn", "signature lines"),
        ("nn.g7", "- Lưu VT", "VHXH.", "last recipient"),
    ],
)
def test_texts_of_the_plan(plan: Structure, path: str, begins: str, ends: str, why: str) -> None:
    text = own_text(plan, path)
    assert text.startswith(begins) and text.endswith(ends), why


def test_a_sentence_broken_by_a_footnote_is_whole(plan: Structure) -> None:
    assert "giải quyết thủ tục hành chính gắn với nâng cao chất lượng" in own_text(plan, "II.3.g4")
    assert "so với năm 2024. Tổ chức triển khai" in own_text(plan, "II.3.g2")


def test_the_footnote_is_linked_to_the_sentence_it_explains(plan: Structure) -> None:
    note = by_path(plan)["fn1"]
    assert note.note_of == "II.3.g2"
    assert note.note_at is not None and plan.text[: note.note_at].endswith("so với năm 2024")
    assert own_text(plan, "fn1").startswith("Theo Nghị quyết số 66/NQ-CP ngày 26/3/2025")


def test_an_announced_appendix_that_is_not_there_is_reported(plan: Structure) -> None:
    assert plan.missing == ("Phụ lục nhiệm vụ trọng tâm",)
    assert [(d.code, d.provision) for d in plan.doubts] == [("missing-appendix", "II.9")]


@pytest.mark.parametrize("form", ["pdf", "docx"])
def test_the_plan_reads_alike_in_every_format(tmp_path: Path, plan: Structure, form: str) -> None:
    body = plan.text[: by_path(plan)["fn1"].start - 1].split("\n")
    if form == "docx":
        again = parse_structure(read(make_docx(tmp_path / "plan.docx", body)))
    else:
        # Lines of a page, 93 wide, with page numbers on top: no paragraph's end fills its line here.
        lines = [line for paragraph in body for line in textwrap.wrap(paragraph, 93)]
        pages = [[str(i // 40 + 1), *lines[i : i + 40]] for i in range(0, len(lines), 40)]
        again = parse_structure(read(make_pdf(tmp_path / "plan.pdf", pages)))
    expected = {p.path: own_text(plan, p.path) for p in plan.provisions if p.path != "fn1"}
    assert {p.path: own_text(again, p.path) for p in again.provisions} == expected


# ------------------------------------------------------------------ laws (shared texts)


@pytest.mark.parametrize(
    ("name", "count", "chapters"),
    [
        ("law/150_2025_ND-CP.md", 25, 5),
        ("law/72-2025-QH15.txt", 54, 7),
        ("law/80-2025-QH15.txt", 45, 7),
        ("law/89-2025-QH15.txt", 79, 7),
        ("law/63-2025-QH15.txt", 32, 5),
        ("law/20-2023-QH15.txt", 53, 8),
        ("law/60-2024-QH15.txt", 46, 5),
        ("law/91-2025-QH15.txt", 39, 5),
        ("law/42-2013-QH13.txt", 36, 9),
        ("law/58-2010-QH12.txt", 62, 6),
        ("law/87-2025-QH15.txt", 3, 0),
        ("office/63_2010_ND-CP_106929.docx", 37, 7),
        ("office/66_7_2025_NQ-CP_681135.docx", 10, 0),
        ("gov-md/06-2026-TT-BNV.md", 3, 0),
        ("gov-md/276-2026-ND-CP.md", 5, 0),
        ("gov-md/45-2026-TT-BGDDT.md", 4, 0),
    ],
)
def test_every_article_is_there_once_and_in_order(shared: Path, name: str, count: int, chapters: int) -> None:
    structure = parse_structure(read(shared / "corpus" / name))
    assert articles(structure) == [str(n) for n in range(1, count + 1)]
    assert sum(p.kind == "chapter" for p in structure.provisions) == chapters


@pytest.mark.parametrize(
    ("name", "path", "begins", "why"),
    [
        ("150_2025_ND-CP.md", "d13.k2", "2. ", "a clause"),
        ("80-2025-QH15.txt", "d8", "Điểu 8: Nghĩa vụ", "a misspelt heading, as printed"),
        ("72-2025-QH15.txt", "d52.k1.q.k3", "“3. Chính phủ", "a quoted clause is the amendment's"),
        (
            "72-2025-QH15.txt",
            "d52.k2.p1",
            "Nội dung liên quan",
            "a paragraph after the points is the clause's",
        ),
        ("72-2025-QH15.txt", "d54.k9.c.p1", "Văn bản hành chính", "… between two points, the point's"),
        ("72-2025-QH15.txt", "c4.m3", "Mục 3\n", "a section of a chapter"),
        ("89-2025-QH15.txt", "d31", "Điều 31. Nhiệm vụ", "no-break space in the heading"),
        ("87-2025-QH15.txt", "d1.k1.q.d4", "“Điều 4. ", "a quoted article"),
        ("87-2025-QH15.txt", "d1.k9.a.q.k1", "“1. ", "quoted under a point"),
    ],
)
def test_places_of_the_laws(shared: Path, name: str, path: str, begins: str, why: str) -> None:
    structure = parse_structure(read(shared / "corpus" / "law" / name))
    assert own_text(structure, path).startswith(begins), why


@pytest.mark.parametrize("name", ["72-2025-QH15.txt", "80-2025-QH15.txt", "89-2025-QH15.txt"])
def test_what_follows_the_last_article_is_not_part_of_it(shared: Path, name: str) -> None:
    structure = parse_structure(read(shared / "corpus" / "law" / name))
    last = [p for p in structure.provisions if p.kind == "article" and "." not in p.path][-1]
    assert "thông qua ngày" not in structure.text[last.start : last.end]
    assert own_text(structure, "sig").startswith("Luật này được Quốc hội")


def test_portal_lines_belong_to_the_letterhead(shared: Path) -> None:
    structure = parse_structure(read(shared / "corpus" / "law" / "72-2025-QH15.txt"))
    assert "Nguồn: Cổng thông tin" in own_text(structure, "lh")
    assert own_text(structure, "pre.p1").startswith("Căn cứ Hiến pháp")
    assert own_text(structure, "sig").endswith("CHỦ TỊCH QUỐC HỘI\nĐã ký: Trần Thanh Mẫn")


def test_rows_of_an_appendix_read_as_column_and_value(shared: Path) -> None:
    structure = parse_structure(read(shared / "corpus" / "office" / "66_7_2025_NQ-CP_681135.docx"))
    row = own_text(structure, "pl1.r1")
    assert row.startswith("STT: 1; Mã TTHC: 2.002093; Tên TTHC: ")
    assert by_path(structure)["pl1.r1"].parent == "pl1.rI" and by_path(structure)["pl1.rI"].parent == "pl1.t1"
    assert [p.path for p in structure.provisions if p.kind == "appendix"] == ["pl1", "pl2", "pl3"]
    assert by_path(structure)["fn1"].note_of == "pl3"


# ------------------------------------------------------------------ small texts

LAW = "LUẬT\nTHỬ\nCăn cứ Hiến pháp;\n"


@pytest.mark.parametrize(
    ("text", "paths", "why"),
    [
        ("Điều 1. Tên\nMột đoạn.", ["d1"], "one body paragraph is own text"),
        ("Điều 1. Tên\nMột.\nHai.", ["d1", "d1.p1", "d1.p2"], "several are p1, p2"),
        ("Điều 1. Tên\nMở đầu:\n1. A.\n2. B.", ["d1", "d1.k1", "d1.k2"], "the lead-in stays own text"),
        ("Điều 1. Tên\na) A;\nđ) B;", ["d1", "d1.a", "d1.dd"], "points right under an article"),
        ("Điều 13a. Tên\n1. A.", ["d13a", "d13a.k1"], "an inserted article"),
        (
            "Điều 1. Tên\n1. A:\na) x;\nb) y.\nĐoạn sau.\n2. B.",
            ["d1", "d1.k1", "d1.k1.a", "d1.k1.b", "d1.k1.p1", "d1.k2"],
            "after the last point: the clause's",
        ),
        (
            "Điều 1. Tên\n1. A:\na) Tiêu đề\nĐoạn một.\nĐoạn hai.\n2. B.",
            ["d1", "d1.k1", "d1.k1.a", "d1.k1.a.p1", "d1.k1.a.p2", "d1.k2"],
            "under a point that is a title: the point's",
        ),
        (
            "Phần thứ nhất\nCHUNG\nChương I\nA\nMục 1\nB\nTiểu mục 1\nC\nĐiều 1. D\nE.",
            ["ph1", "c1", "c1.m1", "c1.m1.tm1", "d1"],
            "all levels above the article",
        ),
        ("Điều 1. A\n1. x.\n1. y.", ["d1", "d1.k1", "d1.k1~2"], "a repeated number"),
        ("Chương I. CHUNG\nĐiều 1. A\nB.", ["c1", "d1"], "a chapter's title on its own line"),
        ("Điều 1. A\nChương V của Luật cũ hết hiệu lực.", ["d1"], "a sentence that begins with a place"),
        (
            "Điều 1. A\n1. Sửa Điều 9 như sau:\n“Điều 9. B\n1. C.\n2. D.”.\n2. E.\nĐiều 2. F\nG.",
            ["d1", "d1.k1", "d1.k1.q", "d1.k1.q.d9", "d1.k1.q.d9.k1", "d1.k1.q.d9.k2", "d1.k2", "d2"],
            "a quoted article",
        ),
        (
            "Điều 1. A\n1. Sửa như sau:\n“Điều 9. B\nC.\n2. Bãi bỏ Điều 3.\nĐiều 2. F\nG.",
            ["d1", "d1.k1", "d1.k1.q", "d1.k1.q.d9", "d1.k2", "d2"],
            "a quotation without its closing mark ends at the next instruction",
        ),
        (
            "Điều 1. A\nB.\nNơi nhận:\n- Như trên;\n- Lưu: VT.\nCHỦ TỊCH\nNguyễn Văn A\n"
            "PHỤ LỤC I\nDANH MỤC\n1. x",
            ["d1", "nn", "nn.g1", "nn.g2", "sig", "pl1", "pl1.1"],
            "end matter and an appendix",
        ),
        (
            "Điều 1. A\n1. Sửa đổi khoản 2 Điều 5 như sau: “2. B:\na) C;\nb) D.”.\n2. E.",
            ["d1", "d1.k1", "d1.k1.q", "d1.k1.q.k2", "d1.k1.q.k2.a", "d1.k1.q.k2.b", "d1.k2"],
            "quoted text in the line of its instruction",
        ),
        (
            "Điều 1. A\n1. Sửa như sau: “x” vào trước “y”.\n2. Bãi bỏ cụm từ “z”.",
            ["d1", "d1.k1", "d1.k2"],
            "quoted words inside an instruction are no provision",
        ),
        (
            "Điều 1. A\n1. B:\np) C;\nq) D;\nr) E.",
            ["d1", "d1.k1", "d1.k1.p", "d1.k1.q", "d1.k1.r"],
            "điểm q is no quotation",
        ),
        (
            "Điều 1. Phê duyệt như sau:\nI. MỤC TIÊU\n1. A\n- b;\nII. NHIỆM VỤ\n1. C\na) d.\nĐiều 2. E.",
            ["d1", "d1.I", "d1.I.1", "d1.I.1.g1", "d1.II", "d1.II.1", "d1.II.1.a", "d2"],
            "the outline of a scheme that an article approves",
        ),
        (
            "ĐIỀU 1 . A\nb.\nĐiêu 2: C\n1 . d\n2/ e:\na/ f;\nb/ g.\nĐiều3. H\ni.\nĐ iều 4. K\nl.",
            ["d1", "d2", "d2.k1", "d2.k2", "d2.k2.a", "d2.k2.b", "d3", "d4"],
            "misspelt and badly spaced headings",
        ),
        (
            "Điều 1. A\nb.\nĐiều 2 Phạm vi\nĐiều 5 Luật này quy định c.\nĐiều 3. D\ne.",
            ["d1", "d2", "d3"],
            "a heading without its point, told by the articles around it",
        ),
        (
            "Điều 1. Ban hành Quy chế.\nTM. UBND\nNguyễn Văn A\nQUY CHẾ\nLÀM VIỆC\n"
            "(Ban hành kèm theo Quyết định số 1/QĐ-UBND)\nChương I\nCHUNG\nĐiều 1. P\nQ.\nĐiều 2. R\nS.",
            ["d1", "sig", "qc", "qc.c1", "qc.d1", "qc.d2"],
            "an attached regulation counts its own articles",
        ),
        (
            "Điều 1. Ban hành Quy định.\nTM. UBND\nCHỦ TỊCH\nNguyễn Văn A\nỦY BAN NHÂN DÂN\nXÃ BÌNH LƯ\n"
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nQUY ĐỊNH\nVỀ PHÍ\n"
            "(Kèm theo Quyết định số 1/QĐ-UBND)\nĐiều 1. P\n1. Q.\nĐiều 2. R\nS.",
            ["d1", "sig", "qyd", "qyd.d1", "qyd.d1.k1", "qyd.d2"],
            "… under a letterhead of its own, which is no signature",
        ),
    ],
)
def test_paths_of_small_laws(text: str, paths: list[str], why: str) -> None:
    structure = parse(LAW + text)
    assert [p.path for p in structure.provisions][2:] == paths, why


@pytest.mark.parametrize(
    ("text", "paths", "why"),
    [
        (
            "I. A\n1. B\na) C;\n- d;\n+ e;\nII. F",
            ["I", "I.1", "I.1.a", "I.1.a.g1", "I.1.a.g1.g1", "II"],
            "all levels",
        ),
        ("1. A\n1.1. B\n1.2. C\n2. D", ["1", "1.1", "1.2", "2"], "decimal numbers without Roman ones"),
        ("A. X\nI. Y\n1. Z\nB. W", ["A", "A.I", "A.I.1", "B"], "capitals over Roman"),
        ("I. X\nA. Y\nB. Z\nII. W", ["I", "I.A", "I.B", "II"], "Roman over capitals"),
        ("- a;\n- b.", ["g1", "g2"], "nothing but dashes"),
        (
            "I- A\n1- B\n1.1- C\n* D:\n- e\n2- F\nII- G",
            ["I", "I.1", "I.1.1", "I.1.1.g1", "I.1.1.g2", "I.2", "II"],
            "numbers with hyphens, as Party documents print them",
        ),
        (
            "Phần thứ nhất\nKẾT QUẢ\nI. A\n1. B\nPhần thứ hai\nNHIỆM VỤ\nI. C",
            ["ph1", "ph1.I", "ph1.I.1", "ph2", "ph2.I"],
            "a report in parts",
        ),
        ("Một câu.\nHai câu.", ["p1", "p2"], "no marks at all"),
    ],
)
def test_paths_of_small_plans(text: str, paths: list[str], why: str) -> None:
    structure = parse("KẾ HOẠCH\nThử nghiệm\n" + text)
    assert [p.path for p in structure.provisions][1:] == paths, why


@pytest.mark.parametrize(
    ("text", "codes", "why"),
    [
        ("Điều 1. A\nx.\nĐiều 3. B\ny.", ["numbering-gap"], "an article is missing"),
        ("Điều 1. A\n1. x.\n2. y.\n2. z.", ["numbering-duplicate"], "a number twice"),
        ("Điều 1. A\na) x;\nb) y;\nc) z;\nd) t;\ne) u.", [], "older texts count without đ"),
        ("Điều 1. A\n1. Sửa như sau:\n“Điều 7. B\n3. C.”", [], "quoted numbers are another text's"),
        ("Điều 1. A\nTheo Phụ lục II kèm theo Luật này.", ["missing-appendix"], "announced and absent"),
        (
            "Điều 1. A\nTheo Phụ lục I kèm theo Luật này.\nPHỤ LỤC I\nDANH MỤC\n1. x",
            [],
            "announced and there",
        ),
        ("Điều 1. A\nSửa Phụ lục 01 ban hành kèm theo Luật Phí.", [], "an appendix of another text"),
    ],
)
def test_doubts_are_reported(text: str, codes: list[str], why: str) -> None:
    assert [doubt.code for doubt in parse(LAW + text).doubts] == codes, why


def test_an_unlinked_footnote_is_kept_and_reported() -> None:
    structure = parse("KẾ HOẠCH\nThử\nI. A\nB.\n\n¹ Chú thích không có dấu.\n")
    assert by_path(structure)["fn1"].note_of is None
    assert [d.code for d in structure.doubts] == ["footnote-unlinked"]


def test_a_square_metre_is_no_footnote() -> None:
    structure = parse("KẾ HOẠCH\nThử\nI. A\nRộng 20 m² và giảm 5%².\n\n² Theo báo cáo.\n")
    assert "20 m² và giảm 5%." in own_text(structure, "I")
    assert by_path(structure)["fn2"].note_of == "I"


def test_parsing_twice_gives_the_same(plan: Structure) -> None:
    assert parse_structure(read(PLAN)) == plan
    assert canonicalise(read(PLAN)).paragraphs[0].text == "Số: /KH-UBND"
