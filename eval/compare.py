"""Gains and losses of a run against an earlier one, question by question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from eval.table import number, percent, render

JUDGED: Final = {
    "decision": "quyết định",
    "facts": "dữ kiện",
    "first": "trích dẫn đầu",
    "needed": "đủ trích dẫn",
    "fabricated": "bịa số liệu",
    "verbatim": "nguyên văn",
}
POOLED: Final = {
    "facts": "Dữ kiện",
    "first": "Trích dẫn đầu",
    "needed": "Đủ trích dẫn",
    "precision": "Trích dẫn đúng",
    "answered": "Trả lời khi cần",
    "refused": "Từ chối khi cần",
    "smalltalk": "Chào hỏi",
    "passed": "Đúng trọn vẹn",
}


def judgements(result: Mapping[str, Any]) -> dict[str, float]:
    """Return each judgement of one question's JSON result as 0 (wrong) to 1 (right).

    Facts are the share of groups found; all others are 0 or 1. Judgements that do not apply are absent.
    """
    total = result["facts_total"]
    values: dict[str, float | None] = {
        "decision": float(result["decision_right"]),
        "facts": 1 - len(result["missing"]) / total if total else None,
        "first": None if result["first_right"] is None else float(result["first_right"]),
        "needed": None if result["needed_right"] is None else float(result["needed_right"]),
        "fabricated": float(not result["fabricated"]),
        "verbatim": float(not result["broken_quotes"]),
    }
    return {name: value for name, value in values.items() if value is not None}


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the pooled differences and, by question, what was gained and what was lost.

    ``gains`` and ``losses`` are lists of ``{"id", "question", "measures"}``; a question may stand in
    both. ``only_old``/``only_new`` are ids asked in one run alone, which are not compared.
    """
    before = {result["id"]: result for result in old["results"]}
    after = {result["id"]: result for result in new["results"]}
    gains: list[dict[str, Any]] = []
    losses: list[dict[str, Any]] = []
    for id, result in after.items():
        if id not in before:
            continue
        was, now = judgements(before[id]), judgements(result)
        common = [name for name in now if name in was]
        for found, better in ((gains, True), (losses, False)):
            sign = 1 if better else -1
            measures = [name for name in common if sign * (now[name] - was[name]) > 0]
            if measures:
                found.append({"id": id, "question": result["question"], "measures": measures})

    def pair(name: str) -> dict[str, Any]:
        return {"old": old["pooled"].get(name), "new": new["pooled"].get(name)}

    return {
        "pooled": {name: pair(name) for name in POOLED},
        "fabricated": pair("fabricated"),
        "median_ms": pair("median_ms"),
        "gains": gains,
        "losses": losses,
        "only_old": sorted(before.keys() - after.keys()),
        "only_new": sorted(after.keys() - before.keys()),
    }


def render_comparison(comparison: Mapping[str, Any]) -> str:
    """Return the comparison as Vietnamese text: a table, then gains and losses by question."""
    rows = [
        [name, percent(comparison["pooled"][key]["old"]), percent(comparison["pooled"][key]["new"])]
        for key, name in POOLED.items()
    ]
    for key, name, digits in (("fabricated", "Bịa số liệu", 0), ("median_ms", "Trung vị ms", 1)):
        pair = comparison[key]
        rows.append([name, number(pair["old"], digits), number(pair["new"], digits)])
    lines = [render(["So với lần trước", "Trước", "Nay"], rows)]
    for key, name, mark in (("gains", "Tốt lên", "+"), ("losses", "Kém đi", "-")):
        lines.append(f"\n{name}: {len(comparison[key])} câu")
        for change in comparison[key]:
            what = ", ".join(JUDGED[measure] for measure in change["measures"])
            lines.append(f"  {mark} {change['id']} ({what}): {change['question']}")
    for key, name in (("only_old", "Chỉ có trong lần trước"), ("only_new", "Chỉ có trong lần này")):
        if comparison[key]:
            lines.append(f"{name}: {len(comparison[key])} câu ({', '.join(comparison[key][:10])})")
    return "\n".join(lines)
