"""One page of a PDF as a picture with passages marked; run as a process of its own for each picture.

``python -m ingest.pictures FILE PAGE TARGET`` reads the passages (a JSON list of texts) from its standard
input, writes TARGET (PNG) and prints ``{"marked": words}``; exit status 1: no such page, or a broken file.
The file is as hostile as when it was read, so the same limits hold (``ingest.readers.worker``).
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from typing import Any

from corpus.text import fold

WIDTH = 1240
"""Pixels across: A4 at 150 dpi, sharp enough to read twice enlarged; some 150 KB a page of text."""
MAX_HEIGHT = 4000
MARK = (255, 226, 122)
"""Like a yellow marker: black ink stays black under it."""
_LEAST_RUN = 3  # words in a row that a passage and the page have in common; fewer meet by chance
_SLIP = 3  # words between two such runs that were read otherwise (a split word, an OCR slip)
_GAP = 0.6  # of a letter's size: a space that was not written (ingest.readers.layout)
_FEW_LETTERS = 40  # a page with fewer is a scan (ingest.readers.pdf)


@dataclass(frozen=True, slots=True)
class Token:
    """A printed word: its folded letters and digits, its box in points from the page's top left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def tokens(page: Any) -> list[Token]:
    """Return the words of a page's text layer in the order in which they were written."""
    import pypdfium2.raw as raw

    textpage = page.get_textpage()
    width, height = round(page.get_width() * 100), round(page.get_height() * 100)
    found: list[Token] = []
    letters: list[Token] = []

    def finish() -> None:
        text = "".join(letter.text for letter in letters)
        if text:
            found.append(_around(text, letters))
        letters.clear()

    try:
        x, y = ctypes.c_int(), ctypes.c_int()
        for index in range(textpage.count_chars()):
            char = chr(raw.FPDFText_GetUnicode(textpage.raw, index) or 32)
            if char.isspace() or char in "\ufffe\uffff\x02":
                finish()
                continue
            left, bottom, right, top = textpage.get_charbox(index, loose=True)
            corners = []
            for u, v in ((left, top), (right, bottom)):  # as they stand on the page when it is shown
                raw.FPDF_PageToDevice(page.raw, 0, 0, width, height, 0, u, v, x, y)
                corners.append((x.value / 100, y.value / 100))
            (x0, y0), (x1, y1) = corners
            letter = Token(_letters(char), min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
            if letters and _apart(letters[-1], letter):
                finish()
            letters.append(letter)
        finish()
    finally:
        textpage.close()
    return found


def _apart(one: Token, two: Token) -> bool:
    """True where a gap parts two letters, in whichever direction the line runs."""
    size = max(two.right - two.left, two.bottom - two.top, 1.0)
    across = max(two.left - one.right, one.left - two.right)
    down = max(two.top - one.bottom, one.top - two.bottom)
    return max(across, down) > _GAP * size


def _letters(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())


def _around(text: str, parts: Sequence[Token]) -> Token:
    return Token(
        text,
        min(part.left for part in parts),
        min(part.top for part in parts),
        max(part.right for part in parts),
        max(part.bottom for part in parts),
    )


def scanned_tokens(document: Any, number: int) -> list[Token]:
    """Return the words that OCR finds on a page, [] where there is no OCR on this machine."""
    from ingest.readers import ocr

    if ocr.missing() is not None:
        return []
    for _, scan in ocr.recognise("", document, [number], lambda _: None):
        return [
            Token(_letters(word.text), word.x0, word.y - 0.85 * word.size, word.x1, word.y + 0.25 * word.size)
            for word in scan.words
            if _letters(word.text)
        ]
    return []


def matched(page: Sequence[Token], passage: str) -> list[int]:
    """Return which words of a page are of a passage, which may begin or go on on another page."""
    wanted = [word for word in (_letters(part) for part in passage.split()) if word]
    said = [token.text for token in page]
    runs = [
        run
        for run in SequenceMatcher(None, said, wanted, autojunk=False).get_matching_blocks()
        if run.size >= min(_LEAST_RUN, max(1, len(wanted)))
    ]
    found = {run.a + step for run in runs for step in range(run.size)}
    for one, two in pairwise(runs):
        here, there = two.a - one.a - one.size, two.b - one.b - one.size
        if 0 < here <= _SLIP and there <= _SLIP:
            found |= set(range(one.a + one.size, two.a))
    return sorted(found)


def boxes(page: Sequence[Token], found: Iterable[int]) -> Iterator[Token]:
    """Yield the boxes of the found words, those that stand beside each other on a line as one."""
    run: list[Token] = []
    last = -2
    for index in found:
        token = page[index]
        beside = run and index == last + 1 and abs(token.bottom - run[-1].bottom) < 0.5 * (
            token.bottom - token.top
        )  # fmt: skip
        if run and not beside:
            yield _around("", run)
            run = []
        run.append(token)
        last = index
    if run:
        yield _around("", run)


def draw(file: Path, number: int, target: Path, passages: Sequence[str], known: Path) -> int:
    """Write a page as PNG; return how many of its words are marked.

    ``known``: where the words of a scanned page are remembered, as recognising takes seconds. Raises
    ``IndexError`` for a page that the file does not have, pdfium's and PIL's errors for a broken file.
    """
    import pypdfium2 as pdfium
    from PIL import Image, ImageChops, ImageDraw

    document = pdfium.PdfDocument(str(file))
    try:
        if not 1 <= number <= len(document):
            raise IndexError(number)
        page = document[number - 1]
        width, height = max(page.get_width(), 1.0), max(page.get_height(), 1.0)
        scale = min(WIDTH / width, MAX_HEIGHT / height)
        image = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
        words = tokens(page)
        if passages and sum(len(token.text) for token in words) < _FEW_LETTERS:
            words = _remembered(known, document, number)
    finally:
        document.close()
    sheet = Image.new("RGB", image.size, "white")
    pen = ImageDraw.Draw(sheet)
    found = sorted({index for passage in passages for index in matched(words, passage)})
    for box in boxes(words, found):
        pen.rectangle(
            ((box.left - 1) * scale, box.top * scale, (box.right + 1) * scale, box.bottom * scale), fill=MARK
        )
    marked = ImageChops.multiply(image, sheet).quantize(64)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    marked.save(temporary, "PNG", optimize=True)
    os.replace(temporary, target)
    return len(found)


def _remembered(known: Path, document: Any, number: int) -> list[Token]:
    try:
        return [Token(**row) for row in json.loads(known.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        words = scanned_tokens(document, number)
        known.write_text(json.dumps([asdict(word) for word in words]), encoding="utf-8")
        return words


def main(arguments: Sequence[str]) -> int:
    """Run as the module's docstring says."""
    from ingest.readers.worker import limit_process

    limit_process()
    file, number, target = Path(arguments[0]), int(arguments[1]), Path(arguments[2])
    passages = json.load(sys.stdin)
    try:
        count = draw(file, number, target, passages, target.with_name(f"{file.stem}-{number}.json"))
    except Exception as error:  # one picture's bad luck: the page is told that there is none
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"marked": count}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
