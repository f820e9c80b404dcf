"""The same document as .docx, .doc, exported .pdf and scanned .pdf: the same provisions, the same text.

Exports are made by LibreOffice at test time, scans from them (200 dpi, red stamp, one degree askew).
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import docx
import pypdf
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Indel

from corpus.errors import TrolyError
from corpus.model import ParsedDocument
from ingest.canonical import canonicalise
from ingest.parse import parse_file
from ingest.readers import ocr, office, read
from tests.conftest import lacking
from tests.makers import NOTHING, PLAN
from tests.scans import scan

OFFICE = {"63/2010/NĐ-CP": "63_2010_ND-CP_106929", "25/2014/TT-BTP": "25_2014_TT-BTP_262503"}
OTHERS = (
    "15_2026_TT-BTC_696722",
    "167_2012_TT-BTC_149305",
    "19_2014_TT-BTP_249771",
    "66_7_2025_NQ-CP_681135",
)
FONTS = (
    "/usr/share/fonts/truetype/croscore/Tinos-Bold.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf",
)
SAME_TEXT, SAME_SCAN = 0.995, 0.97  # of characters
SAME_IDS = 0.95  # of a scan's


@pytest.fixture(scope="session")
def soffice() -> str:
    """Return the path of LibreOffice."""
    return office.find_soffice() or lacking("LibreOffice", office.INSTALL)


@pytest.fixture(scope="session")
def tesseract() -> None:
    """Make sure of Tesseract with Vietnamese data."""
    lack = ocr.missing()
    if lack:
        lacking(lack, ocr.INSTALL)


def to_pdf(soffice: str, source: Path, folder: Path) -> Path:
    shutil.copy(source, folder / f"in{source.suffix}")
    assert office.convert(soffice, folder, f"in{source.suffix}", "pdf"), "LibreOffice made no PDF"
    return folder / "in.pdf"


def plan_docx(path: Path) -> Path:
    """Write the plan as an office's Word file: Times 14 points, indented, apart (NĐ 30/2020, Phụ lục I)."""
    canonical = canonicalise(read(PLAN))
    document = docx.Document()
    font = document.styles["Normal"].font
    font.name, font.size = "Times New Roman", Pt(14)
    layout = document.styles["Normal"].paragraph_format
    layout.first_line_indent, layout.space_after, layout.alignment = (
        Cm(1.27),
        Pt(6),
        WD_ALIGN_PARAGRAPH.JUSTIFY,
    )
    for paragraph in (*canonical.paragraphs, *canonical.notes):
        document.add_paragraph(paragraph.text)
    document.save(str(path))
    return path


def flat(text: str) -> str:
    """Return the words of a text: how lines are parted is what provision ids compare."""
    return " ".join(text.split())


def likeness(a: str, b: str) -> float:
    """Return the share of characters that two texts have in common, in order."""
    return Indel.normalized_similarity(flat(a), flat(b), score_cutoff=0.9)


def paths(document: ParsedDocument) -> list[str]:
    return [provision.path for provision in document.provisions]


def check(first: ParsedDocument, other: ParsedDocument, *, text: float, ids: float) -> None:
    assert likeness(first.document.text, other.document.text) >= text
    mine, theirs = paths(first), paths(other)
    if ids == 1.0:
        assert theirs == mine
    else:
        lost = sorted(set(mine) - set(theirs))
        assert len(lost) <= (1 - ids) * len(mine), f"lost {lost}, new {sorted(set(theirs) - set(mine))}"
    assert other.document.id == first.document.id


@pytest.mark.timeout(600)
def test_the_plan_exported_as_pdf_is_the_same_document(soffice: str, tmp_path: Path) -> None:
    word = plan_docx(tmp_path / "a.docx")
    check(
        parse_file(word, NOTHING),
        parse_file(to_pdf(soffice, word, tmp_path), NOTHING),
        text=SAME_TEXT,
        ids=1.0,
    )


@pytest.mark.timeout(600)
def test_a_scanned_page_is_recognised_under_its_stamp(soffice: str, tesseract: None, tmp_path: Path) -> None:
    whole = to_pdf(soffice, plan_docx(tmp_path / "a.docx"), tmp_path)
    writer = pypdf.PdfWriter()
    writer.append(str(whole), pages=(0, 1))
    writer.write(str(tmp_path / "page.pdf"))
    scanned = read(scan(tmp_path / "page.pdf", tmp_path / "scan.pdf"))
    assert likeness(read(tmp_path / "page.pdf").text, scanned.text) >= SAME_SCAN
    doubt = next(d for d in scanned.doubts if d.code == "ocr")
    assert re.search(r"độ tin cậy trung bình \d\d%", doubt.message)


@pytest.mark.timeout(600)
def test_a_red_secrecy_stamp_on_a_scan_is_seen(tesseract: None, tmp_path: Path) -> None:
    fonts = [path for path in map(Path, FONTS) if path.is_file()]
    if not fonts:
        lacking("a font with Vietnamese letters", "apt install fonts-croscore")
    font = ImageFont.truetype(str(fonts[0]), 60)
    image = Image.new("RGB", (1654, 2339), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((180, 380, 420, 480), outline=(210, 30, 40), width=5)
    draw.text((225, 395), "MẬT", font=font, fill=(210, 30, 40))
    draw.text((200, 900), "KẾ HOẠCH bảo vệ trụ sở", font=font, fill="black")
    image.save(tmp_path / "a.pdf", resolution=200)
    with pytest.raises(TrolyError, match="“MẬT”"):
        read(tmp_path / "a.pdf")


@pytest.mark.timeout(600)
def test_an_old_word_file_is_the_same_document(soffice: str, shared: Path) -> None:
    folder = shared / "corpus/office"
    stem = OFFICE["25/2014/TT-BTP"]
    check(
        parse_file(folder / f"{stem}.docx", NOTHING),
        parse_file(folder / f"{stem}.doc", NOTHING),
        text=SAME_TEXT,
        ids=1.0,
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("stem", [OFFICE["63/2010/NĐ-CP"], *OTHERS])
def test_every_old_word_file_is_the_same_document(soffice: str, shared: Path, stem: str) -> None:
    folder = shared / "corpus/office"
    new, old = (parse_file(folder / f"{stem}.{suffix}", NOTHING) for suffix in ("docx", "doc"))
    assert paths(new) == paths(old)
    # 66.7/2025/NQ-CP is too long to align as a whole: paragraph by paragraph.
    pairs = list(zip(new.document.text.split("\n"), old.document.text.split("\n"), strict=True))
    same = sum(len(a) * Indel.normalized_similarity(a, b) for a, b in pairs)
    assert same >= SAME_TEXT * sum(len(a) for a, _ in pairs)


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("number", OFFICE)
def test_laws_exported_and_scanned_are_the_same_document(
    soffice: str, tesseract: None, shared: Path, tmp_path: Path, number: str
) -> None:
    source = shared / f"corpus/office/{OFFICE[number]}.docx"
    first = parse_file(source, NOTHING)
    pdf = to_pdf(soffice, source, tmp_path)
    check(first, parse_file(pdf, NOTHING), text=SAME_TEXT, ids=1.0)
    check(first, parse_file(scan(pdf, tmp_path / "scan.pdf"), NOTHING), text=SAME_SCAN, ids=SAME_IDS)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_plan_scanned_is_the_same_document(soffice: str, tesseract: None, tmp_path: Path) -> None:
    word = plan_docx(tmp_path / "a.docx")
    pdf = to_pdf(soffice, word, tmp_path)
    scanned = parse_file(scan(pdf, tmp_path / "scan.pdf"), NOTHING)
    check(parse_file(word, NOTHING), scanned, text=SAME_SCAN, ids=SAME_IDS)
