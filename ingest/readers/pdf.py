"""PDF: text by pdfium with the place of every letter, pypdf where that is damaged, OCR for scanned pages."""

from __future__ import annotations

import ctypes
import io
import re
from collections.abc import Callable, Iterable, Iterator
from math import cos, radians, sin
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from corpus.errors import TrolyError
from corpus.model import Doubt
from ingest.readers import ocr
from ingest.readers.base import Source, TextBuilder
from ingest.readers.layout import PageLine, Word, page_lines
from ingest.readers.legacy import LEGACY, convert, mistaken, score
from ingest.readers.paged import Item, in_order, write_pages
from ingest.readers.ruled import page_strokes, table_rows
from ingest.readers.scans import mark_notes, mend_numbers
from ingest.readers.symbols import is_private, symbol

MAX_PAGES = 3000
MAX_CHARACTERS = 20_000_000
"""Of one file: the largest shared text (66.7/2025/NQ-CP, 250 pages) has 450,000."""
_PAGE_CHARACTERS = 200_000  # of one page; a dense A4 page has 6,000
_SCAN_CHARACTERS = 40  # a page with fewer letters and a picture on most of it is a scan
_PICTURE_SHARE = 0.5  # of the page's area
_BARE_SHARE = 0.03
_DRAWN = 30  # strokes on a page without a letter: more than a frame
_GOOD_SHARE = 0.9  # of the marked syllables are Vietnamese: shared texts have 0.99, damaged ones 0.3
_ENOUGH = 8  # marked syllables; fewer tell nothing
_PASSWORD = raw.FPDF_ERR_PASSWORD

Progress = Callable[[str], None]


def read(name: str, digest: str, data: bytes, say: Progress = lambda _: None) -> Source:
    """Return the text of every page, one block a line.

    Raises ``TrolyError`` for a broken or encrypted file, and for a page without text where no OCR is.
    """
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD or "password" in str(error).lower():
            raise TrolyError(
                f"Tệp {name} có mật khẩu nên không đọc được. Hãy bỏ mật khẩu rồi nạp lại."
            ) from None
        raise _broken(name) from None
    try:
        return _Reader(name, data, document, say).source(digest)
    except (pdfium.PdfiumError, ValueError, OSError, OverflowError):
        raise _broken(name) from None
    finally:
        document.close()


def _broken(name: str) -> TrolyError:
    return TrolyError(f"Tệp {name} bị hỏng, không đọc được. Hãy mở thử và xuất lại tệp PDF từ phần mềm gốc.")


class _Reader:
    def __init__(self, name: str, data: bytes, document: pdfium.PdfDocument, say: Progress) -> None:
        self.name = name
        self.data = data
        self.document = document
        self.say = say
        self.doubts: list[Doubt] = []
        self.scans: dict[int, ocr.ScannedPage] = {}

    def source(self, digest: str) -> Source:
        count = len(self.document)
        if count == 0:
            raise _broken(self.name)
        if count > MAX_PAGES:
            raise TrolyError(
                f"Tệp {self.name} có {count} trang, quá giới hạn {MAX_PAGES}. Hãy tách tệp thành nhiều phần."
            )
        pages = [self._page(number) for number in range(1, count + 1)]
        scanned = [number for number, lines in enumerate(pages, 1) if lines is None]
        if scanned:
            self._recognise(pages, scanned)
        builder = TextBuilder()
        write_pages([page or [] for page in pages], builder)
        if builder.length > MAX_CHARACTERS:
            raise TrolyError(f"Tệp {self.name} có quá nhiều chữ. Hãy tách tệp thành nhiều phần.")
        return Source(
            self.name, digest, "pdf", builder.text, tuple(builder.blocks), doubts=tuple(self.doubts)
        )

    def _recognise(self, pages: list[list[Item] | None], scanned: list[int]) -> None:
        """Put the recognised lines in the place of ``scanned`` pages."""
        found: list[list[PageLine]] = []
        for number, scan in ocr.recognise(self.name, self.document, scanned, self.say):
            rows, rest = table_rows(scan.strokes, scan.words)
            lines = page_lines(rest)
            mark_notes(lines)
            if scan.stamp:
                lines.insert(0, PageLine(scan.stamp, 0, 0, 0, 0, 0, joins=False))
            pages[number - 1] = in_order(lines, rows)
            self.scans[number] = scan
            found.append(lines)
        if not any(scan.words for scan in self.scans.values()):
            raise TrolyError(
                f"Tệp {self.name} là bản quét không nhận ra được chữ nào. Hãy quét lại rõ hơn (200–300 dpi)."
            )
        self.doubts += ocr.doubts(self.scans)
        self.doubts += mend_numbers(dict(zip(scanned, found, strict=True)))

    def _page(self, number: int) -> list[Item] | None:
        """Return a page's lines and table rows, None for one that must be recognised from its picture."""
        page = self.document[number - 1]
        try:
            words = list(_letters(page))
            letters = sum(word.text != " " for word in words)
            if letters < _SCAN_CHARACTERS and _is_picture(page, bare=not letters):
                return None
            rows, rest = table_rows(page_strokes(page), words)
            items = in_order(page_lines(rest), rows)
            if _healthy(item.text for item in items):
                return items
            return self._repaired(number, page_lines(words))
        finally:
            page.close()

    def _repaired(self, number: int, lines: list[PageLine]) -> list[Item] | None:
        """Return a damaged page by the best of: old encoding converted, pypdf's reading, OCR."""
        text = "\n".join(line.text for line in lines)
        best = mistaken(text)[0]
        if best.encoding in LEGACY and best.share >= _GOOD_SHARE:
            for line in lines:
                line.text = convert(line.text, LEGACY[best.encoding])
            self._doubt(number, f"chữ theo bảng mã cũ ({best.encoding.upper()}), đã chuyển sang Unicode")
            return [*lines]
        second = _by_pypdf(self.data, number)
        if second and _healthy(line.text for line in second):
            self._doubt(number, "lớp chữ bị hỏng, đã đọc bằng bộ đọc thứ hai (pypdf)")
            return [*second]
        if ocr.missing() is None:
            self._doubt(number, "lớp chữ bị hỏng, đã nhận dạng lại từ hình trang (OCR)")
            return None
        share = score("", text).share
        raise TrolyError(
            f"Tệp {self.name}: lớp chữ của trang {number} bị hỏng (chỉ {share:.0%} âm tiết là tiếng Việt). "
            f"Hãy cài OCR để trợ lý nhận dạng từ hình trang: {ocr.INSTALL}; hoặc dùng bản .docx gốc."
        )

    def _doubt(self, number: int, what: str) -> None:
        self.doubts.append(Doubt("damaged-text", f"Trang {number}: {what}; hãy xem lại chữ."))


def _healthy(texts: Iterable[str]) -> bool:
    """True unless the share of Vietnamese syllables shows that the text layer is damaged."""
    found = score("", "\n".join(texts))
    return found.marked < _ENOUGH or found.share >= _GOOD_SHARE


def _letters(page: Any) -> Iterator[Word]:
    """Yield the characters of a page with their places, as they stand when the page is upright."""
    height = page.get_height()
    textpage = page.get_textpage()
    try:
        handle = textpage.raw
        count = raw.FPDFText_CountChars(handle)
        if count > _PAGE_CHARACTERS:
            raise ValueError("too many characters on a page")
        turn = _turn(handle, count)
        x, y = ctypes.c_double(), ctypes.c_double()
        left, right, low, high = (ctypes.c_double() for _ in range(4))
        last: Word | None = None
        for index in range(count):
            code = raw.FPDFText_GetUnicode(handle, index)
            if code in (0, 10, 13, 0xFFFE, 0xFFFF):
                continue
            char = chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
            char = " " if char.isspace() else symbol(code) if is_private(char) else char
            if not char:
                continue
            raw.FPDFText_GetCharOrigin(handle, index, x, y)
            raw.FPDFText_GetCharBox(handle, index, left, right, low, high)
            size = abs(raw.FPDFText_GetFontSize(handle, index)) or 1.0
            if char == " " and size <= 1.0 and last:
                size = last.size
            if turn:
                word = _turned(
                    char, turn, (left.value, right.value, low.value, high.value), x.value, y.value, size
                )
            else:
                word = Word(char, x.value, right.value, height - y.value, size)
            if (
                last
                and last.text == char
                and abs(last.x0 - word.x0) < 0.15 * size
                and abs(last.y - word.y) < 0.15 * size
            ):
                continue  # bold by printing twice
            last = word
            yield word
    finally:
        textpage.close()


def _turn(handle: Any, count: int) -> float:
    """Return the angle (degrees) in which most letters of the page stand, 0 for upright ones."""
    angles: dict[int, int] = {}
    for index in range(0, count, max(1, count // 50)):
        angle = round(raw.FPDFText_GetCharAngle(handle, index) * 57.29578 / 90) % 4 * 90
        angles[angle] = angles.get(angle, 0) + 1
    return max(angles, key=lambda a: angles[a]) if angles else 0


def _turned(
    char: str, angle: float, box: tuple[float, float, float, float], x: float, y: float, size: float
) -> Word:
    a = radians(angle)
    corners = [(u * cos(a) - v * sin(a)) for u in box[:2] for v in box[2:]]
    return Word(char, min(corners), max(corners), -(x * sin(a) + y * cos(a)), size)


def _is_picture(page: Any, *, bare: bool) -> bool:
    """True for a page that a picture covers most of; for one without a letter any picture will do."""
    if bare and sum(1 for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH])) >= _DRAWN:
        return True  # letters turned into curves
    area = max(page.get_width() * page.get_height(), 1.0)
    covered = 0.0
    for found in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = found.get_bounds()
        covered += max(0.0, right - left) * max(0.0, top - bottom)
    return bool(covered >= (_BARE_SHARE if bare else _PICTURE_SHARE) * area)


def _by_pypdf(data: bytes, number: int) -> list[PageLine]:
    """Return a page as pypdf reads it, line by line without places; nothing where it fails."""
    from pypdf import PdfReader

    try:
        text = PdfReader(io.BytesIO(data)).pages[number - 1].extract_text()
    except Exception:  # pypdf lets errors of many types through on broken files
        return []
    lines = []
    gap = True
    for line in re.split(r"[\r\n]", text):
        if line.strip():
            lines.append(PageLine(line.strip(), 0, 0, 0, 0, 0, gap))
        gap = not line.strip()
    return lines
