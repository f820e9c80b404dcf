"""The borders of tables in a page's picture: found as long straight runs of ink, and taken out of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ingest.readers.ruled import Stroke

_DARK = 140  # grey below which a pixel is ink
_LEVEL_POINTS = 24.0  # length of the shortest border along a line; a long word's strokes reach 10
_UPRIGHT_POINTS = 16.0  # of the shortest upright border; capitals of 13 points are 10 high
_FILLED = 0.95  # share of ink in a border: scans have gaps
_REACH = 1  # pixels to each side that a border may waver by


def borders(grey: NDArray[np.uint8], scale: float) -> list[Stroke]:
    """Return the straight lines of a picture in points, y downwards; ``scale`` is pixels a point."""
    ink = grey < _DARK
    level = [
        Stroke(True, at / scale, start / scale, end / scale)
        for at, start, end in _runs(ink, round(_LEVEL_POINTS * scale))
    ]
    upright = [
        Stroke(False, at / scale, start / scale, end / scale)
        for at, start, end in _runs(ink.T, round(_UPRIGHT_POINTS * scale))
    ]
    # A table has both; a rule under a heading alone is no border.
    return [*level, *upright] if len(level) > 1 and len(upright) > 1 else []


def without_borders(grey: NDArray[np.uint8], strokes: list[Stroke], scale: float) -> NDArray[np.uint8]:
    """Return the picture with the borders painted over: recognition takes them for letters."""
    cleaned = grey.copy()
    for stroke in strokes:
        at, start, end = (round(v * scale) for v in (stroke.at, stroke.start, stroke.end))
        across = slice(max(0, at - 4), at + 5)
        along = slice(max(0, start - 4), end + 5)
        if stroke.flat:
            cleaned[across, along] = 255
        else:
            cleaned[along, across] = 255
    return cleaned


def _runs(ink: NDArray[np.bool_], length: int) -> list[tuple[float, int, int]]:
    """Return (row, start, end) of each run of ink along the rows that is at least ``length`` long."""
    thick = ink.copy()
    for step in range(1, _REACH + 1):
        thick[step:] |= ink[:-step]
        thick[:-step] |= ink[step:]
    if thick.shape[1] <= length:
        return []
    sums = np.zeros((thick.shape[0], thick.shape[1] + 1), dtype=np.int32)
    np.cumsum(thick, axis=1, out=sums[:, 1:])
    full = (sums[:, length:] - sums[:, :-length]) >= _FILLED * length
    found: list[tuple[int, int, int]] = []
    for row in np.flatnonzero(full.any(axis=1)):
        starts = np.flatnonzero(full[row])
        breaks = np.flatnonzero(np.diff(starts) > length)
        for group in np.split(starts, breaks + 1):
            found.append((int(row), int(group[0]), int(group[-1]) + length))
    return _merged(found)


def _merged(found: list[tuple[int, int, int]]) -> list[tuple[float, int, int]]:
    """Return runs on neighbouring rows that overlap as one."""
    lines: list[list[int]] = []  # first row, last row, start, end
    for row, start, end in found:
        for line in lines[-40:]:
            if row - line[1] <= 2 and start <= line[3] and end >= line[2]:
                line[1], line[2], line[3] = row, min(line[2], start), max(line[3], end)
                break
        else:
            lines.append([row, row, start, end])
    return [((first + last) / 2, start, end) for first, last, start, end in lines]
