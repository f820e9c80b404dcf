"""Promises of references: every mention is found, resolved only where exactly one document fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.catalog import Catalog, load_catalog
from corpus.model import ParsedDocument, Reference
from corpus.settings import Settings
from ingest.parse import parse_file
from tests.makers import NOTHING, PLAN, parse


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(Settings())


@pytest.fixture(scope="module")
def plan(catalog: Catalog) -> ParsedDocument:
    return parse_file(PLAN, catalog)


def reference(parsed: ParsedDocument, text: str) -> Reference:
    return next(r for r in parsed.references if r.text.startswith(text))


@pytest.mark.parametrize(
    ("text", "kind", "target"),
    [
        ("Kết luận số 90-KL/TU, ngày 03/3/2026", "implements", "kl-90-kl-tu-2026-03-03"),
        ("Kế hoạch số 2286/KH-UBND ngày 31/3/2026", "implements", "kh-2286-kh-ubnd-lai-chau-2026-03-31"),
        ("Nghị quyết số 08-NQ/TU ngày 20/5/2021", "cites", "nq-08-nq-tu-2021-05-20"),
        ("Kế hoạch số 45-KH/ĐU, ngày 23/3/2026", "cites", "kh-45-kh-du-2026-03-23"),
        ("Nghị định 150/2025/NĐ-CP ngày 12/6/2025", "cites", "nd-150-2025-nd-cp"),
        ("Nghị định số 370/2025/NĐ-CP ngày 31/12/2025", "cites", "nd-370-2025-nd-cp"),
        ("Quyết định số 3204/QĐ-UBND ngày 25/12/2025", "cites", "qd-3204-qd-ubnd-lai-chau-2025-12-25"),
        ("Nghị quyết số 66/NQ-CP ngày 26/3/2025", "cites", "nq-66-nq-cp-2025-03-26"),
        ("Kết luận 90-KL/TU", "cites", "kl-90-kl-tu-2026-03-03"),
        ("Luật Ngân sách nhà nước", "cites", "luat-89-2025-qh15"),
    ],
)
def test_what_the_plan_refers_to(plan: ParsedDocument, text: str, kind: str, target: str) -> None:
    found = reference(plan, text)
    assert (found.kind, found.target) == (kind, target)
    assert plan.document.text[found.start : found.end] == found.text


def test_a_suspicious_citation_keeps_a_note_about_the_likely_number(plan: ParsedDocument) -> None:
    found = reference(plan, "Nghị quyết 66/2025/NQ-CP ngày 15/11/2025")
    assert "66.7/2025/NQ-CP" in found.note
    assert found.target in (None, "nq-66-7-2025-nq-cp")


def test_without_a_catalog_every_mention_is_found_and_none_resolved() -> None:
    references = parse_file(PLAN, NOTHING).references
    assert len(references) >= 15 and all(r.target is None for r in references)


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        ("Căn cứ Luật số 1/2020/QH14;\nĐiều 1. A\nB.", "based_on", "a reason"),
        ("Điều 1. Hiệu lực\nLuật này thay thế Luật số 1/2020/QH14.", "replaces", "replaces"),
        ("Điều 1. A\n1. Bãi bỏ Luật số 1/2020/QH14.", "repeals", "repeals"),
        ("Điều 1. A\nLuật B số 1/2020/QH14 hết hiệu lực từ ngày Luật này có hiệu lực.", "repeals", "expires"),
        (
            "Điều 1. A\n1. Sửa đổi, bổ sung một số điều của Luật B số 1/2020/QH14 như sau:\n“x”.",
            "amends",
            "amends",
        ),
        ("Điều 1. A\nTheo Luật B số 1/2020/QH14.", "cites", "just a mention"),
        ("Điều 1. A\n1. Sửa Luật C như sau:\n“Bãi bỏ Luật B số 1/2020/QH14”.", "cites", "inside quoted text"),
    ],
)
def test_kinds_of_references(text: str, kind: str, why: str) -> None:
    found = [r for r in parse("LUẬT\nTHỬ\n" + text).references if "1/2020/QH14" in r.text]
    assert [r.kind for r in found] == [kind], why


def test_places_of_the_text_itself_are_resolved() -> None:
    parsed = parse(
        "LUẬT\nTHỬ\nĐiều 1. A\n1. B.\n2. Theo khoản 1 Điều này và Điều 3 Luật này, Điều 9 Luật khác."
    )
    assert [(r.text, r.target and r.target.split(":")[1]) for r in parsed.references] == [
        ("khoản 1 Điều này", "d1.k1"),
        ("Điều 3", None),
    ]


def test_an_older_text_does_not_cite_a_younger_law_of_the_same_name(shared: Path, catalog: Catalog) -> None:
    parsed = parse_file(shared / "corpus" / "law" / "150_2025_ND-CP.md", catalog)
    # Issued on 12/6/2025; Luật 72/2025/QH15 was passed four days later.
    found = reference(parsed, "Luật Tổ chức chính quyền địa phương năm 2025")
    assert found.target is None and "72/2025/QH15" in found.note


def test_one_document_amending_another_is_a_relation_of_those_two(plan: ParsedDocument) -> None:
    pairs = {(r.kind, r.source, r.target) for r in plan.relations}
    assert ("amends", "nd-370-2025-nd-cp", "nd-150-2025-nd-cp") in pairs
