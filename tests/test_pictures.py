"""The page of a PDF source as a picture: the file is kept, the passage is marked, nothing else is served."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from assistant.app.pictures import KEPT, Pictures, spans_of, spans_text
from assistant.app.server import build_app
from corpus.generation import require_current
from corpus.originals import find_original, keep_original, originals_dir, pictures_dir
from corpus.settings import Settings
from corpus.store import Library, StoredDocument, write_store
from ingest.parse import parse_source
from ingest.pictures import MARK, Token, boxes, draw, matched, tokens
from ingest.pipeline import ingest, remove, restore
from ingest.readers import ocr, read
from tests.conftest import lacking
from tests.fakes import FakeAssistant, answer_of, citation_of
from tests.makers import NOTHING, make_docx, make_pdf
from tests.pages import PHONE, READY_MS, office, running

PAGES = [
    ["ỦY BAN NHÂN DÂN XÃ THỬ", "Số: 12/QĐ-UBND", "Xã Thử, ngày 04 tháng 5 năm 2026", "QUYẾT ĐỊNH",
     "Về việc thử ảnh trang in", "Điều 1. Phạm vi", "Thử việc xem ảnh của trang in.",
     "Điều 2. Thi hành", "Văn phòng chịu trách nhiệm thi hành và phải báo cáo kết quả"],
    ["cho Ủy ban nhân dân xã trước ngày 05 tháng 12 năm 2026.", "Điều 3. Hiệu lực", "Từ ngày ký."],
]  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("in"), history=False)


@pytest.fixture(scope="module")
def library(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A library of one PDF of two pages, which is kept, and one Word file."""
    folder = tmp_path_factory.mktemp("kho")
    files = [
        make_pdf(folder / "Quyết định 12.pdf", PAGES),
        make_docx(folder / "13.docx", [line.replace("12/QĐ", "13/QĐ") for line in PAGES[0]]),
    ]
    parsed = [parse_source(read(file), NOTHING) for file in files]
    sha256 = parsed[0].document.source_sha256
    assert sha256
    keep_original(settings, sha256, files[0].read_bytes())
    write_store(folder / "store.sqlite", [StoredDocument(one, (), None, None) for one in parsed], {})
    return Library(folder / "store.sqlite", "thu-6")


def _pdf(library: Library) -> str:
    return next(one.id for one in library.documents() if one.number == "12/QĐ-UBND")


def _words(*texts: str) -> list[Token]:
    return [Token(text, 10 * n, 0, 10 * n + 8, 10) for n, text in enumerate(texts)]


MATCHES = [
    ("mot hai ba bon nam", "ba bốn năm", [2, 3, 4], "marks and capitals do not matter"),
    ("mot hai ba bon", "Ba bốn năm sáu bảy; hai ba bốn.", [1, 2, 3], "a passage goes on over the page"),
    ("so 12 mot hai ba boon nam sau bay", "một hai ba bốn năm sáu bảy", [2, 3, 4, 5, 6, 7, 8], "an OCR slip"),
    ("mot hai ba", "hoàn toàn khác hai", [], "a word in common is no passage"),
    ("mot hai", "Hai", [1], "a passage of one word"),
    ("mot hai ba", "", [], "nothing"),
]


@pytest.mark.parametrize(("page", "passage", "found", "reason"), MATCHES)
def test_a_passage_is_found_on_its_page(page: str, passage: str, found: list[int], reason: str) -> None:
    assert matched(_words(*page.split()), passage) == found, reason


def test_neighbours_on_a_line_are_one_box() -> None:
    words = [*_words("a", "b", "c"), Token("d", 0, 20, 8, 30)]
    assert [(box.left, box.right) for box in boxes(words, [0, 1, 3])] == [(0, 18), (0, 8)]


def test_words_stand_where_they_are_printed_on_a_turned_page_too(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", [["Điều 1. Phạm vi"]])
    turned = tmp_path / "b.pdf"
    turned.write_bytes(path.read_bytes().replace(b"/MediaBox", b"/Rotate 90 /MediaBox"))
    places = []
    for file in (path, turned):
        document = pdfium.PdfDocument(str(file))
        first = tokens(document[0])[0]
        places.append((first.text, first.left, first.top))
        document.close()
    assert places[0][0] == places[1][0] == "dieu"
    assert places[0][1] == pytest.approx(50, abs=3) and places[0][2] == pytest.approx(32, abs=6)
    assert places[1][1] > 700 and places[1][2] == pytest.approx(50, abs=3), "the top edge is at the right"


def _marked_rows(path: Path) -> list[float]:
    """Return where on a page (share of its height) marked lines stand."""
    image = Image.open(path).convert("RGB")
    pixels = image.load()
    assert pixels is not None
    near = lambda a: all(abs(x - y) < 14 for x, y in zip(a, MARK, strict=True))  # noqa: E731
    rows = [
        y for y in range(0, image.height, 3) if sum(near(pixels[x, y]) for x in range(0, image.width, 5)) > 5
    ]
    return [y / image.height for y in rows]


def test_the_passage_is_marked_on_each_page_that_it_stands_on(settings: Settings, library: Library) -> None:
    pictures = Pictures(settings)
    identifier = _pdf(library)
    provision = library.provision(f"{identifier}:d2")
    assert provision.page == 1
    text = library.document(identifier).text
    spans = [(provision.start, provision.end)]
    first, second = (pictures.picture(library, provision, page, spans) for page in (1, 2))
    plain = pictures.picture(library, provision, 1, [])
    assert first and second and plain and first != plain
    line = lambda n: (842 - 800 + 14 * n) / 842  # noqa: E731  of tests.makers.make_pdf
    assert _marked_rows(first) and all(line(6) < y < line(9) for y in _marked_rows(first))
    assert _marked_rows(second) and all(y < line(1) for y in _marked_rows(second))
    assert _marked_rows(plain) == []
    assert "báo cáo kết quả cho Ủy ban" in text, "the sentence was joined over the page break"
    assert pictures.picture(library, provision, 1, spans) == first, "drawn once"
    assert pictures.picture(library, provision, 3, spans) is None, "no such page"
    word = next(one for one in library.documents() if one.number == "13/QĐ-UBND")
    assert pictures.picture(library, library.provisions(word.id)[0], 1, []) is None, "no PDF"
    assert KEPT >= 100


def test_a_broken_file_gives_no_picture(settings: Settings, library: Library, tmp_path: Path) -> None:
    identifier = _pdf(library)
    data = Settings(data_dir=tmp_path)
    sha256 = library.document(identifier).source_sha256
    originals_dir(data).mkdir()
    (originals_dir(data) / f"{sha256}.pdf").write_bytes(b"%PDF-1.7 broken")
    assert Pictures(data).picture(library, library.provision(f"{identifier}:d1"), 1, []) is None
    assert find_original(settings, "../../etc/passwd") is None and find_original(settings, None) is None


def test_pictures_are_served_for_places_of_the_library_alone(settings: Settings, library: Library) -> None:
    identifier = _pdf(library)
    app = build_app(settings, FakeAssistant(library, {}))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        place = f"/trang-in/{identifier}:d2"
        reply = client.get(f"{place}/1.png", params={"doan": "0-20,abc"})
        assert reply.status_code == 200 and reply.headers["content-type"] == "image/png"
        assert reply.content.startswith(b"\x89PNG") and "img-src 'self'" in reply.headers[
            "content-security-policy"
        ]  # fmt: skip
        for path in (f"{place}/9.png", f"{place}/0.png", "/trang-in/khong-co:d1/1.png"):
            assert client.get(path).status_code == 404, path
        for path in ("/trang-in/../admin.json/1.png", f"{place}/1.pdf", "/trang-in/a/b/1.png"):
            assert client.get(path).status_code == 404, path


@pytest.mark.parametrize(
    ("written", "spans"),
    [
        ("12-40", [(12, 40)]),
        ("1-2,3-4", [(1, 2), (3, 4)]),
        ("", []),
        ("a-b,-1-2,5-", []),
        ("9" * 10 + "-1", []),
    ],
)
def test_spans_in_an_address_are_read_strictly(written: str, spans: list[tuple[int, int]]) -> None:
    assert spans_of(written) == spans and spans_of(spans_text(spans)) == spans


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_file_is_kept_once_and_goes_with_its_document(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "kho")
    file = make_pdf(tmp_path / "Quyết định 12.pdf", PAGES)
    ingest(settings, [file], dry_run=True)
    assert not originals_dir(settings).exists(), "only reading keeps nothing"
    ingest(settings, [file])
    ingest(settings, [file])
    kept = list(originals_dir(settings).iterdir())
    pictures_dir(settings).mkdir()
    drawn = pictures_dir(settings) / f"{kept[0].stem}-1-{'0' * 16}.png"
    drawn.write_bytes(b"a page")
    assert [path.read_bytes() for path in kept] == [file.read_bytes()]
    generation = require_current(settings)
    identifier = _pdf(Library(generation.store_path, generation.name))
    remove(settings, identifier)
    assert list(originals_dir(settings).iterdir()) == []
    assert not drawn.exists(), "nor is any of its pages left to be seen"
    restore(settings, identifier)
    assert list(originals_dir(settings).iterdir()) == kept


def _served(library: Library) -> FakeAssistant:
    identifier = _pdf(library)
    cited = citation_of(library, f"{identifier}:d2", "phải báo cáo kết quả", page=1)
    answer = answer_of(library, "Ai báo cáo?", answer="Văn phòng [1].", citations=(cited,))
    return FakeAssistant(library, {"Ai báo cáo?": answer})


@pytest.mark.parametrize("shape", [{}, PHONE], ids=["desk", "phone"])
def test_the_printed_page_is_shown_beside_the_answer(
    browser: Browser, settings: Settings, library: Library, shape: dict[str, object]
) -> None:
    with running(settings, _served(library)) as address:
        person = office(browser, address, **shape)
        page = person.open()
        person.ask("Ai báo cáo?").locator(".lead .chip").click()
        expect(page.locator("#source mark")).to_have_text("phải báo cáo kết quả")
        page.get_by_role("button", name="Xem trang in").click()
        image = page.locator(".printed img")
        expect(page.locator(".printed [role=status]")).to_have_text("Trang 1", timeout=READY_MS)
        assert image.evaluate("e => e.naturalWidth") == 1240
        expect(image).to_have_attribute("alt", "Trang 1 của Quyết định 12/QĐ-UBND; đoạn được trích tô vàng. "
                                        "Nội dung đọc được ở «Xem phần chữ».")  # fmt: skip
        expect(page.locator("#source .doc-text")).to_be_hidden()
        page.get_by_role("button", name="Trang sau ›").click()
        expect(page.locator(".printed [role=status]")).to_have_text("Trang 2", timeout=READY_MS)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"
        page.get_by_role("button", name="Xem phần chữ").click()
        expect(page.locator("#source mark")).to_be_visible()
        expect(page.locator(".printed")).to_have_count(0)
        person.check()
        person.context.close()


@pytest.mark.slow
def test_a_passage_is_marked_on_a_scan_too(tmp_path: Path) -> None:
    """Its words are recognised when it is first asked for, and remembered."""
    lack = ocr.missing()
    if lack:
        lacking(lack, ocr.INSTALL)
    font = ImageFont.truetype("NotoSans-Regular.ttf", 36)
    sheet = Image.new("RGB", (1240, 1754), "white")
    pen = ImageDraw.Draw(sheet)
    lines = [*PAGES[0], "Bản này đã được quét từ giấy để thử việc nhận dạng chữ trên ảnh"]
    for n, line in enumerate(lines):
        pen.text((120, 150 + 80 * n), line, font=font, fill="black")
    sheet.save(tmp_path / "a.pdf", resolution=150)
    known = tmp_path / "words.json"
    for _ in range(2):
        marked = draw(tmp_path / "a.pdf", 1, tmp_path / "a.png", [PAGES[0][8]], known)
        assert marked >= 8
        rows = _marked_rows(tmp_path / "a.png")
        assert rows and all(150 + 80 * 7.6 < 1754 * y < 150 + 80 * 8.9 for y in rows)
    assert known.is_file()
