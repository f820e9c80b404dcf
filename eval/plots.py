"""Plots of the evaluation report as SVG text to be put into a page: no file, no window, no network.

Needs matplotlib (the ``eval`` extra). Colours are those of Okabe and Ito, told apart by the colour-blind;
every plot also differs by marker or place, and the report has the same figures as a table beside it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any, Final

from corpus.errors import TrolyError
from eval.reliability import Bin

BLUE: Final = "#0072b2"
ORANGE: Final = "#d55e00"
GREEN: Final = "#009e73"
GREY: Final = "#767676"

_WIDTH: Final = 8.4  # inches at 72 points: as wide as the report's text
_STYLE: Final = {
    "svg.fonttype": "none",  # letters stay letters: they can be searched, copied and read aloud
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
}
_MEASURES: Final = (
    ("facts", "Dữ kiện", "o", BLUE),
    ("first", "Trích dẫn đầu", "s", ORANGE),
    ("decisions", "Quyết định", "^", GREEN),
)


def require() -> Any:
    """Return matplotlib; raises TrolyError with what to install, so that nobody measures for nothing."""
    try:
        import matplotlib
    except ImportError as error:
        raise TrolyError(
            'Thiếu thư viện vẽ matplotlib. Hãy chạy: pip install "tro-ly-ao[eval]" (hoặc make test một lần).'
        ) from error
    return matplotlib


def _svg(figure: Any, name: str) -> str:
    """Return the drawing as an ``<svg>`` element; its ids begin with ``name``: two can share a page."""
    written = io.StringIO()
    # Without these the file names its maker's address and the minute it was drawn.
    figure.savefig(
        written,
        format="svg",
        bbox_inches="tight",
        metadata={"Creator": None, "Date": None, "Format": None, "Type": None},
    )
    text = written.getvalue()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.S)
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)


def _drawn(name: str) -> Callable[[Callable[..., Any]], Callable[..., str]]:
    """Let a function that fills a figure return its SVG; the same figures give the same bytes."""

    def decorate(draw: Callable[..., Any]) -> Callable[..., str]:
        @wraps(draw)
        def drawn(*arguments: Any) -> str:
            matplotlib = require()
            from matplotlib.figure import Figure

            with matplotlib.rc_context({**_STYLE, "svg.hashsalt": name}):
                figure = Figure(layout="constrained")
                draw(figure, *arguments)
                return _svg(figure, name)

        return drawn

    return decorate


def _percent_axis(axis: Any) -> None:
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))


@_drawn("nhom")
def categories(
    figure: Any, rows: Mapping[str, Mapping[str, float | None]], goal: float, least: float
) -> None:
    """Draw a line a category with its shares as marks; ``rows``: name -> {"facts", "first", "decisions"}."""
    figure.set_size_inches(_WIDTH, 1.2 + 0.34 * len(rows))
    axes = figure.subplots()
    names = list(rows)
    for offset, (key, label, marker, colour) in enumerate(_MEASURES):
        points = [
            (value, at + (offset - 1) * 0.2)
            for at, name in enumerate(names)
            if (value := rows[name].get(key)) is not None
        ]
        axes.plot(
            [x for x, _ in points], [y for _, y in points], marker, color=colour, label=label, markersize=6
        )
    axes.axvline(goal, color=GREY, linewidth=1, linestyle="--")
    axes.axvline(least, color=GREY, linewidth=1, linestyle=":")
    lowest = min((v for row in rows.values() for v in row.values() if v is not None), default=1.0)
    axes.set_xlim(max(0.0, min(lowest, least) - 0.06), 1.01)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(axis="y", color="#e5e5e5")
    _percent_axis(axes.xaxis)
    figure.legend(loc="outside upper center", ncols=3)


@_drawn("tin-cay")
def reliability(figure: Any, held: Sequence[Bin], threshold: float) -> None:
    """Draw the share that is right over the score, the diagonal where both agree, and the counts below."""
    figure.set_size_inches(_WIDTH * 0.75, 5.4)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", label="điểm đúng bằng thực tế")
    upper.plot(
        [one.confidence for one in held],
        [one.right for one in held],
        "o-",
        color=BLUE,
        label="trợ lý",
    )
    width = 1 / 10
    lower.bar(
        [(one.low + one.high) / 2 for one in held], [one.count for one in held], width * 0.9, color=BLUE
    )
    for axes in (upper, lower):
        axes.axvline(threshold, color=ORANGE, linewidth=1.5, linestyle=":", label="ngưỡng trả lời")
    upper.legend(loc="lower right")
    upper.set_ylim(-0.02, 1.02)
    upper.set_ylabel("Tỷ lệ đúng")
    lower.set_ylabel("Số câu")
    lower.set_xlabel("Điểm: xác suất điều khoản tìm được trả lời đúng câu hỏi")
    lower.set_xlim(0, 1)
    _percent_axis(upper.yaxis)
    _percent_axis(lower.xaxis)


@_drawn("thoi-gian")
def times(figure: Any, milliseconds: Sequence[float], median: float, p95: float) -> None:
    """Draw how many questions took how long; the last bar holds all that took longer than the axis."""
    figure.set_size_inches(_WIDTH, 2.8)
    axes = figure.subplots()
    end = max(10.0, 1.5 * p95)
    axes.hist([min(value, end) for value in milliseconds], bins=40, range=(0, end), color=BLUE)
    for value, label, style in ((median, "trung vị", "-"), (p95, "95 % số câu nhanh hơn", "--")):
        axes.axvline(value, color=ORANGE, linestyle=style, label=f"{label}: {value:.0f} ms")
    axes.set_xlabel("Thời gian của cả câu trả lời, mili giây (cột cuối gồm cả các câu lâu hơn)")
    axes.set_ylabel("Số câu")
    axes.legend()


@_drawn("thay-doi")
def changes(figure: Any, rows: Sequence[tuple[str, int, int]]) -> None:
    """Draw, by category, how many questions got better (to the right) and worse; (name, gains, losses)."""
    figure.set_size_inches(_WIDTH, 1.0 + 0.32 * len(rows))
    axes = figure.subplots()
    at = list(range(len(rows)))
    better = axes.barh(at, [gains for _, gains, _ in rows], color=GREEN, label="tốt lên")
    worse = axes.barh(at, [-losses for _, _, losses in rows], color=ORANGE, label="kém đi", hatch="//")
    axes.bar_label(better, _labels(gains for _, gains, _ in rows), padding=3)
    axes.bar_label(worse, _labels(losses for _, _, losses in rows), padding=3)
    axes.set_yticks(at, [name for name, _, _ in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.axvline(0, color="black", linewidth=0.8)
    furthest = max((max(gains, losses) for _, gains, losses in rows), default=1)
    axes.set_xlim(-furthest * 1.25 - 0.5, furthest * 1.25 + 0.5)
    axes.set_xticks([])
    figure.legend(loc="outside upper center", ncols=2)


def _labels(counts: Iterable[int]) -> list[str]:
    return [str(count) if count else "" for count in counts]
