"""Scanned pages: the picture made straight and free of stamps, then read by Tesseract (Vietnamese)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from os import environ
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corpus.errors import TrolyError
from corpus.model import Doubt
from ingest.readers.borders import borders, without_borders
from ingest.readers.layout import Word
from ingest.readers.ruled import Stroke

INSTALL = "apt install tesseract-ocr tesseract-ocr-vie (Debian, Ubuntu)"
PAGE_TIMEOUT_S = 120
"""For one page; a full A4 page takes about 5 s on one core."""
_DPI = 300  # what Tesseract's models were trained near
_MAX_SIDE = 6000  # pixels; larger pages are rendered coarser
_COLOURED = 60  # difference of the colour channels from which a pixel is ink of a stamp or pen, of 255
_DARK = 140  # grey below which a pixel counts as ink when the angle is looked for
_MAX_SKEW = 3.0  # degrees
_LOW_CONFIDENCE = 85  # percent; below it the page should be compared with the paper
_PARALLEL = 2
_SAME_PRINT = 0.2  # by which the height of letters may differ within one size of print
_STAMPED_SHARE = 0.0005  # of the page in coloured ink: "MẬT" alone covers 0.001
# Without "MẶT": seals of the Mặt trận Tổ quốc have that word. Recognition may lose marks.
_SECRET = re.compile(r"(?:T[ỐÔO]I\s+|TUY[ỆÊE]T\s+)?M[ẬÂA]T")


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """What was read from a page's picture: words with places (points) and the mean confidence."""

    words: list[Word]
    confidence: float  # percent
    stamp: str = ""  # a secrecy stamp in coloured ink
    strokes: list[Stroke] = field(default_factory=list)  # borders of tables


@lru_cache(maxsize=1)
def missing() -> str | None:
    """Return what OCR lacks on this machine (Vietnamese), None where it can work."""
    if shutil.which("tesseract") is None:
        return "máy này chưa cài Tesseract OCR"
    import pytesseract

    try:
        languages = pytesseract.get_languages(config="")
    except (pytesseract.TesseractError, OSError):
        return "Tesseract OCR trên máy này không chạy được"
    return None if "vie" in languages else "Tesseract OCR trên máy này thiếu dữ liệu tiếng Việt"


def recognise(
    name: str, document: Any, numbers: Sequence[int], say: Callable[[str], None]
) -> Iterator[tuple[int, ScannedPage]]:
    """Yield each page of ``numbers`` (1-based) as recognised.

    Raises ``TrolyError`` with the line to install where OCR is missing, and where no page has a word.
    """
    lack = missing()
    if lack:
        shown = ", ".join(map(str, numbers[:5])) + (" …" if len(numbers) > 5 else "")
        raise TrolyError(
            f"Tệp {name} có trang không có lớp chữ (trang {shown}), có thể là bản quét ảnh, mà {lack}. "
            f"Hãy cài: {INSTALL}; hoặc dùng bản .docx gốc rồi nạp lại."
        )
    # pdfium works in this thread alone; Tesseract's processes run beside it.
    with ThreadPoolExecutor(_PARALLEL) as pool:
        waiting: list[tuple[int, float, Any]] = []
        for number in numbers:
            image, scale = _picture(document, number)
            waiting.append((number, scale, pool.submit(_read, name, number, image, scale)))
            if len(waiting) > _PARALLEL:
                first, _, job = waiting.pop(0)
                yield first, job.result()
                say(f"{name}: nhận dạng trang {first}/{len(document)}")
        for first, _, job in waiting:
            yield first, job.result()
            say(f"{name}: nhận dạng trang {first}/{len(document)}")


def doubts(scans: Mapping[int, ScannedPage]) -> Iterator[Doubt]:
    """Yield one doubt for the file and one for each page that was hard to read or has no word."""
    if not scans:
        return
    mean = sum(scan.confidence for scan in scans.values()) / len(scans)
    yield Doubt(
        "ocr", f"{len(scans)} trang là bản quét, chữ do máy nhận dạng (độ tin cậy trung bình {mean:.0f}%)."
    )
    for number, scan in sorted(scans.items()):
        if not scan.words:
            yield Doubt("ocr-empty", f"Trang {number}: bản quét không nhận ra chữ nào; hãy xem bản gốc.")
        elif scan.confidence < _LOW_CONFIDENCE:
            yield Doubt(
                "ocr-page",
                f"Trang {number}: nhận dạng kém (độ tin cậy {scan.confidence:.0f}%); hãy xem bản gốc.",
            )


def _picture(document: Any, number: int) -> tuple[Image.Image, float]:
    """Return the page as a picture and how many pixels a point has."""
    page = document[number - 1]
    try:
        scale = min(_DPI / 72, _MAX_SIDE / max(page.get_width(), page.get_height(), 1.0))
        bitmap = page.render(scale=scale, may_draw_forms=False)
        image = bitmap.to_pil().convert("RGB")
        bitmap.close()
        return image, scale
    finally:
        page.close()


def _read(name: str, number: int, image: Image.Image, scale: float) -> ScannedPage:
    import pytesseract

    prepared = straight(ink_only(image))
    grey = np.asarray(prepared)
    strokes = borders(grey, scale)
    prepared = Image.fromarray(without_borders(grey, strokes, scale))
    stamp = secrecy_stamp(image, scale) if number == 1 else ""
    environ.setdefault("OMP_THREAD_LIMIT", "1")  # two pages at once are faster than two threads a page
    try:
        data = pytesseract.image_to_data(
            prepared,
            lang="vie",
            config=f"--psm 6 --dpi {round(scale * 72)}",
            output_type=pytesseract.Output.DICT,
            timeout=PAGE_TIMEOUT_S,
        )
    except RuntimeError:
        raise TrolyError(
            f"Tệp {name}: nhận dạng trang {number} quá {PAGE_TIMEOUT_S} giây nên dừng. "
            "Hãy quét lại trang này ở 200–300 dpi, hoặc dùng bản .docx gốc."
        ) from None
    return replace(_page(data, scale), stamp=stamp, strokes=strokes)


def _page(data: Mapping[str, Sequence[Any]], scale: float) -> ScannedPage:
    words: list[Word] = []
    total = weight = 0.0
    baselines = _lines_of(data)
    for index, text in enumerate(data["text"]):
        confidence = float(data["conf"][index])
        if not text.strip() or confidence < 0:
            continue
        key = (data["block_num"][index], data["par_num"][index], data["line_num"][index])
        y, size = baselines[key]
        x0 = data["left"][index] / scale
        words.append(
            Word(text.strip(), x0, x0 + data["width"][index] / scale, y / scale, size / scale, space=True)
        )
        total += confidence * len(text)
        weight += len(text)
    return ScannedPage(words, total / weight if weight else 0.0)


def _lines_of(data: Mapping[str, Sequence[Any]]) -> dict[tuple[int, int, int], tuple[float, float]]:
    """Return baseline and font size (pixels) of each line that Tesseract found.

    Most words reach from the ascender to the baseline or the descender: the median bottom is a little
    below the baseline, the median height about 0.8 of the font size.
    """
    found: dict[tuple[int, int, int], list[tuple[float, float]]] = {}
    for index, text in enumerate(data["text"]):
        if text.strip() and float(data["conf"][index]) >= 0:
            key = (data["block_num"][index], data["par_num"][index], data["line_num"][index])
            bottom = data["top"][index] + data["height"][index]
            found.setdefault(key, []).append((bottom, data["height"][index]))
    usual = _median([height for boxes in found.values() for _, height in boxes])
    result = {}
    for key, boxes in found.items():
        height = _median([h for _, h in boxes])
        # A line without tall letters is not set in smaller print.
        height = usual if abs(height - usual) < _SAME_PRINT * usual else height
        result[key] = (_median([b for b, _ in boxes]), height / 0.8)
    return result


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0


def ink_only(image: Image.Image) -> Image.Image:
    """Return a grey picture in which coloured ink (red stamps, blue pens) is paper.

    Black ink is dark in every channel, a stamp bright in its own: the brightest channel shows the text
    under a stamp. A page whose text itself is coloured is left as it is.
    """
    pixels = np.asarray(image, dtype=np.uint8)
    brightest = pixels.max(axis=2)
    grey = np.asarray(image.convert("L"), dtype=np.uint8)
    coloured = (brightest.astype(np.int16) - pixels.min(axis=2)) > _COLOURED
    dark = grey < _DARK
    if not coloured.any() or (coloured & dark).sum() > 0.5 * max(dark.sum(), 1):
        return Image.fromarray(grey)
    cleaned = brightest.copy()
    cleaned[coloured & (brightest > _DARK)] = 255
    return Image.fromarray(cleaned)


def secrecy_stamp(image: Image.Image, scale: float) -> str:
    """Return the secrecy stamp ("MẬT", "TỐI MẬT", "TUYỆT MẬT") that is printed in coloured ink, "" for none.

    Such stamps are red (Thông tư 24/2020/TT-BCA), and red ink is taken out before the text is read.
    """
    import pytesseract

    pixels = np.asarray(image, dtype=np.int16)
    coloured = (pixels.max(axis=2) - pixels.min(axis=2)) > _COLOURED
    if coloured.mean() < _STAMPED_SHARE:
        return ""
    sheet = np.asarray(straight(Image.fromarray(np.where(coloured, 0, 255).astype(np.uint8))))
    bare = Image.fromarray(without_borders(sheet, borders(sheet, scale), scale))  # the stamp's frame
    try:
        text = pytesseract.image_to_string(bare, lang="vie", config="--psm 11", timeout=PAGE_TIMEOUT_S)
    except RuntimeError:  # ornament without end; what is read from the black ink is looked at as well
        return ""
    for line in text.splitlines():
        found = _SECRET.fullmatch(line.strip(" .|[]()_-—"))
        if found:
            return {"TỐ": "TỐI MẬT", "TU": "TUYỆT MẬT"}.get(found[0].upper()[:2].replace("TO", "TỐ"), "MẬT")
    return ""


def straight(image: Image.Image) -> Image.Image:
    """Return the picture turned so that its lines are level."""
    angle = skew(np.asarray(image))
    if abs(angle) < 0.1:
        return image
    return image.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=255)


def skew(grey: NDArray[np.uint8]) -> float:
    """Return by how many degrees the lines fall to the right (Postl's method: the sharpest row profile)."""
    step = max(1, max(grey.shape) // 1200)
    small = grey[::step, ::step]
    ys, xs = np.nonzero(small < _DARK)
    if len(ys) < 200:
        return 0.0

    def sharpness(degrees: float) -> float:
        rows = np.round(ys - xs * np.tan(np.radians(degrees))).astype(np.int64)
        profile = np.bincount(rows - rows.min()).astype(np.float64)
        return float((profile**2).sum())

    coarse = max(np.arange(-_MAX_SKEW, _MAX_SKEW + 0.01, 0.25), key=sharpness)
    return float(max(np.arange(coarse - 0.25, coarse + 0.26, 0.05), key=sharpness))
