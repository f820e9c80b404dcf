"""``troly eval --report``: one HTML page that the office's head can read, with everything inside it.

The page refers to nothing outside: style and plots are part of it, there is no script. It is made from the
machine form of a run (``eval.run.report``), so that an earlier run can be shown again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from eval import plots
from eval.compare import JUDGED, POOLED
from eval.gold import CATEGORY_NAMES
from eval.metrics import CATEGORY_GOAL, GOAL
from eval.reliability import Judged, bins, brier, calibration_error
from eval.table import number, percent

PAGE: Final = "bao-cao.html"
DATA: Final = "ket-qua.json"
FEW: Final = 20
"""Questions under which a category's share moves by five points or more with one answer."""

_COLUMNS: Final = (
    ("facts", "Dữ kiện đúng"),
    ("first", "Trích dẫn đầu đúng"),
    ("needed", "Đủ trích dẫn"),
    ("decisions", "Quyết định đúng"),
)


def write_report(
    folder: Path,
    result: Mapping[str, Any],
    judged: Sequence[Judged],
    threshold: float,
    comparison: Mapping[str, Any] | None = None,
    failures: str = "",
) -> Path:
    """Write the page of a run into ``folder`` (made where missing) and return its path.

    ``result`` is ``eval.run.report``, ``comparison`` ``eval.compare.compare``; ``failures``: text that lists
    the wrong questions, empty to leave them out. Raises TrolyError where matplotlib is not installed.
    """
    parts = [
        _head(result),
        _summary(result["pooled"]),
        _by_category(result["categories"]),
        _reliability(judged, threshold),
        _times(result),
        _comparison(result, comparison) if comparison else "",
        f"<h2>Các câu chưa đúng</h2><pre>{escape(failures)}</pre>" if failures else "",
        _reading(),
    ]
    style = files("eval").joinpath("report.css").read_text(encoding="utf-8")
    page = (
        '<!doctype html>\n<html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Báo cáo đánh giá trợ lý ảo</title><style>{style}</style></head>\n"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / PAGE
    target.write_text(page, encoding="utf-8")
    return target


def _head(result: Mapping[str, Any]) -> str:
    day = datetime.fromisoformat(result["created"])
    return (
        "<h1>Báo cáo đánh giá trợ lý ảo</h1>"
        f"<p class='meta'>Bộ câu hỏi “{escape(result['suite'])}”, {result['pooled']['questions']} câu · "
        f"đo ngày {day:%d/%m/%Y} lúc {day:%H:%M} (giờ UTC) · "
        f"kho “{escape(result['generation'])}” · "
        f"lệnh: <code>troly eval {escape(result['suite'])} --report</code></p>"
    )


def _summary(pooled: Mapping[str, Any]) -> str:
    goals = [
        ("facts", "Dữ kiện đúng", "các con số, tên, ngày phải có đều nằm trong câu trả lời", GOAL),
        ("first", "Trích dẫn đầu đúng chỗ", "trích dẫn thứ nhất là chỗ thật sự trả lời", GOAL),
        ("answered", "Trả lời khi cần", "câu mà văn bản có lời đáp thì được trả lời", GOAL),
        ("refused", "Từ chối khi cần", "câu mà văn bản không có lời đáp thì nói không tìm thấy", GOAL),
    ]
    tiles = []
    for key, name, meaning, goal in goals:
        value = pooled[key]
        if value is not None:
            tiles.append(_tile(percent(value), name, meaning, f"mục tiêu {percent(goal, 0)}", value >= goal))
    for key, name, meaning in (
        (
            "fabricated",
            "Số liệu không có căn cứ",
            "con số, ngày, số văn bản, đơn vị không có trong trích dẫn",
        ),
        ("broken_quotes", "Trích dẫn không nguyên văn", "chữ trong ngoặc kép khác chữ của văn bản"),
    ):
        tiles.append(_tile(str(pooled[key]), name, meaning, "mục tiêu 0", pooled[key] == 0))
    said = []
    if pooled["answered"] is not None:
        said.append(
            "Cứ 100 câu mà văn bản trong kho có lời đáp, trợ lý trả lời khoảng "
            f"{100 * pooled['answered']:.0f} câu; trích dẫn đầu đúng chỗ ở khoảng "
            f"{100 * (pooled['first'] or 0):.0f} câu."
        )
    if pooled["refused"] is not None:
        said.append(
            f"Cứ 100 câu mà kho không có lời đáp, trợ lý nói không tìm thấy ở khoảng "
            f"{100 * pooled['refused']:.0f} câu, những câu còn lại bị trả lời nhầm."
        )
    said.append(f"Một nửa số câu trả lời xong trong {number(pooled['median_ms'], 0)} mili giây.")
    if pooled["errors"]:
        said.append(f"Có {pooled['errors']} câu chương trình bị lỗi.")
    return f"<h2>Kết luận</h2><p>{' '.join(said)}</p><div class='tiles'>{''.join(tiles)}</div>"


def _tile(value: str, name: str, meaning: str, goal: str, reached: bool) -> str:
    verdict = "đạt" if reached else "chưa đạt"
    return (
        f"<div class='tile {'good' if reached else 'bad'}'><b>{value}</b><strong>{name}</strong>"
        f"<span>{meaning}</span><em>{goal}: {verdict}</em></div>"
    )


def _by_category(categories: Mapping[str, Mapping[str, Any]]) -> str:
    names = {key: CATEGORY_NAMES.get(key, key) for key in categories}
    drawn = {names[key]: summary for key, summary in categories.items()}
    rows = [
        [
            names[key] + (" (ít câu)" if summary["questions"] < FEW else ""),
            str(summary["questions"]),
            *(_cell(summary[measure]) for measure, _ in _COLUMNS),
            str(summary["fabricated"]),
        ]
        for key, summary in categories.items()
    ]
    shown = {
        name: {key: summary[key] for key in ("facts", "first", "decisions")}
        for name, summary in drawn.items()
    }
    return (
        "<h2>Theo nhóm câu hỏi</h2>"
        f"<p>Đường gạch: mục tiêu chung {percent(GOAL, 0)}. Đường chấm: mức mà không nhóm nào được thấp hơn, "
        f"{percent(CATEGORY_GOAL, 0)}. Nhóm dưới {FEW} câu được ghi “ít câu”: chỉ một câu đã làm tỷ lệ đổi "
        "5 điểm trở lên.</p>"
        + _figure(
            plots.categories(shown, GOAL, CATEGORY_GOAL),
            "Tỷ lệ đúng của từng nhóm câu hỏi; số ở bảng ngay dưới.",
        )
        + _table(["Nhóm", "Số câu", *(name for _, name in _COLUMNS), "Số liệu không căn cứ"], rows)
    )


def _cell(value: float | None) -> str:
    text = percent(value)
    return f"<span class='low'>{text}</span>" if value is not None and value < CATEGORY_GOAL else text


def _reliability(judged: Sequence[Judged], threshold: float) -> str:
    held = bins(judged)
    if not held:
        return ""
    rows = [
        [
            f"{percent(one.low, 0)} – {percent(one.high, 0)}",
            str(one.count),
            percent(one.confidence),
            percent(one.right),
        ]
        for one in held
    ]
    return (
        "<h2>Điểm tin cậy có nói đúng không</h2>"
        "<p>Trước khi trả lời, trợ lý chấm điểm điều khoản tốt nhất tìm được: xác suất điều khoản đó "
        f"trả lời đúng câu hỏi. Từ {percent(threshold, 0)} trở lên thì trả lời, dưới mức đó thì nói "
        "không tìm thấy (một số cách trả lời còn có điều kiện riêng). "
        "Điểm đáng tin khi đường của trợ lý nằm sát đường chéo: trong các câu điểm 70 % thì 70 % đúng thật. "
        "Đường nằm trên đường chéo là quá dè dặt, nằm dưới là quá tự tin.</p>"
        + _figure(plots.reliability(held, threshold), "Tỷ lệ đúng thật theo điểm; số ở bảng ngay dưới.")
        + f"<p>{len(judged)} câu được quyết định bằng điểm. Sai lệch trung bình giữa điểm và thực tế (ECE): "
        f"{percent(calibration_error(judged))}. Điểm Brier (0 là tốt nhất): {number(brier(judged), 3)}.</p>"
        + _table(["Điểm", "Số câu", "Điểm trung bình", "Đúng thật"], rows)
    )


def _times(result: Mapping[str, Any]) -> str:
    pooled = result["pooled"]
    taken = [one["milliseconds"] for one in result["results"]]
    rows = [
        [CATEGORY_NAMES.get(key, key), number(summary["median_ms"], 1), number(summary["p95_ms"], 1)]
        for key, summary in result["categories"].items()
    ]
    rows.append(["Tất cả", number(pooled["median_ms"], 1), number(pooled["p95_ms"], 1)])
    return (
        "<h2>Thời gian trả lời</h2>"
        "<p>Đo trên máy chạy đánh giá, mỗi câu một lần, không kể lúc mở kho. Máy khác thì số khác; "
        "chỉ so được hai lần đo trên cùng một máy.</p>"
        + _figure(
            plots.times(taken, pooled["median_ms"], pooled["p95_ms"]),
            "Số câu theo thời gian trả lời.",
        )
        + _table(["Nhóm", "Trung vị (ms)", "95 % số câu nhanh hơn (ms)"], rows)
    )


def _comparison(result: Mapping[str, Any], comparison: Mapping[str, Any]) -> str:
    category = {one["id"]: one["category"] for one in result["results"]}
    counted = {key: [0, 0] for key in result["categories"]}
    for at, key in enumerate(("gains", "losses")):
        for change in comparison[key]:
            counted[category[change["id"]]][at] += 1
    moved = [
        (CATEGORY_NAMES.get(key, key), gains, losses)
        for key, (gains, losses) in counted.items()
        if gains or losses
    ]
    rows = [
        [name, percent(comparison["pooled"][key]["old"]), percent(comparison["pooled"][key]["new"])]
        for key, name in POOLED.items()
    ]
    for key, name, digits in (
        ("fabricated", "Số liệu không có căn cứ", 0),
        ("median_ms", "Trung vị (ms)", 1),
    ):
        pair = comparison[key]
        rows.append([name, number(pair["old"], digits), number(pair["new"], digits)])
    lists = "".join(
        f"<h3>{name}: {len(comparison[key])} câu</h3><ul>"
        + "".join(
            f"<li><code>{escape(change['id'])}</code> {escape(change['question'])} "
            f"<em>({escape(', '.join(JUDGED[measure] for measure in change['measures']))})</em></li>"
            for change in comparison[key]
        )
        + "</ul>"
        for key, name in (("gains", "Tốt lên"), ("losses", "Kém đi"))
    )
    drawn = (
        _figure(plots.changes(moved), "Số câu tốt lên và kém đi của từng nhóm.")
        if moved
        else "<p>Không câu nào thay đổi.</p>"
    )
    alone = [
        f"{len(comparison[key])} câu chỉ có trong {where}"
        for key, where in (("only_old", "lần trước"), ("only_new", "lần này"))
        if comparison[key]
    ]
    note = f"<p>Không so: {'; '.join(alone)}.</p>" if alone else ""
    return (
        "<h2>So với lần trước</h2>"
        + _table(["", "Trước", "Nay"], rows)
        + drawn
        + note
        + f"<details><summary>Từng câu thay đổi</summary>{lists}</details>"
    )


def _reading() -> str:
    meanings = {
        "Dữ kiện đúng": "phần các dữ kiện phải có (số, ngày, tên đơn vị, số văn bản) nằm trong câu trả lời.",
        "Trích dẫn đầu đúng": "trích dẫn đứng đầu là một trong những chỗ trả lời được câu hỏi.",
        "Đủ trích dẫn": "mọi chỗ cần dẫn đều được dẫn, kể cả khi phải ghép nhiều chỗ.",
        "Quyết định đúng": "trả lời câu có lời đáp, nói không tìm thấy với câu không có, chào lại lời chào.",
        "Số liệu không căn cứ": "số, ngày, số văn bản, tên đơn vị trong câu trả lời mà trích dẫn không có; "
        "mỗi câu trả lời đều được kiểm tra tự động.",
    }
    items = "".join(f"<dt>{name}</dt><dd>{meaning}</dd>" for name, meaning in meanings.items())
    return (
        f"<h2>Cách đọc</h2><dl>{items}</dl>"
        "<p>Câu hỏi và lời đáp chuẩn do người viết từ chính các văn bản; kết quả trên văn bản khác có thể "
        "khác. Bộ “dev” được dùng khi chỉnh trợ lý nên cho số cao hơn thực tế; bộ “test” thì không.</p>"
    )


def _figure(svg: str, caption: str) -> str:
    label = escape(caption, quote=True)
    return f"<figure role='img' aria-label='{label}'>{svg}<figcaption>{label}</figcaption></figure>"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; the header and the first column are text, the other cells are markup of ours."""
    head = "".join(f"<th scope='col'>{escape(cell)}</th>" for cell in header)
    body = "".join(
        f"<tr><th scope='row'>{escape(row[0])}</th>{''.join(f'<td>{cell}</td>' for cell in row[1:])}</tr>"
        for row in rows
    )
    return f"<div class='wide'><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
