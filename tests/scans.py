"""Scans made on the spot: a PDF's pages as pictures, askew, with a red stamp over the text."""

from __future__ import annotations

import math
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image, ImageChops, ImageDraw

DPI = 200


def scan(
    source: Path, target: Path, *, degrees: float = 1.0, stamp: bool = True, pages: int | None = None
) -> Path:
    """Write ``target``: each page of the PDF ``source`` as a scanner would give it. Returns ``target``."""
    document = pdfium.PdfDocument(str(source))
    count = len(document) if pages is None else min(pages, len(document))
    images = []
    for number in range(count):
        image = document[number].render(scale=DPI / 72).to_pil().convert("RGB")
        if stamp:
            image = ImageChops.multiply(image, _stamp(image.size))
        images.append(image.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor="white"))
    document.close()
    images[0].save(target, save_all=True, append_images=images[1:], resolution=DPI, quality=80)
    return target


def _stamp(size: tuple[int, int]) -> Image.Image:
    """Return a round red seal, two rings and a star, low on the page where a signature stands."""
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    radius = round(0.7 * DPI)  # 36 mm across, as Thông tư 08/2003/TT-BCA has it for a commune
    x, y = round(size[0] * 0.66), round(size[1] * 0.6)
    for ring, width in ((radius, 6), (round(radius * 0.66), 3)):
        draw.ellipse((x - ring, y - ring, x + ring, y + ring), outline=(215, 35, 45), width=width)
    points = []
    for corner in range(10):
        reach = radius * (0.4 if corner % 2 == 0 else 0.16)
        angle = math.pi * corner / 5 - math.pi / 2
        points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    draw.polygon(points, fill=(225, 60, 65))
    return sheet
