"""Promises of references: every mention is found, resolved only where exactly one document fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.catalog import Catalog, CatalogEntry, load_catalog
from corpus.model import ParsedDocument, Reference
from corpus.settings import Settings
from ingest.parse import parse_file
from ingest.placewords import find_places
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
    plan = parse_file(PLAN, NOTHING)
    others = [r for r in plan.references if r.target != plan.document.id]
    assert len(others) >= 15 and all(r.target is None for r in others)


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
    assert [(r.text, r.target and r.target.partition(":")[2]) for r in parsed.references] == [
        ("khoản 1 Điều này", "d1.k1"),
        ("Điều 3", None),
        ("Luật này", ""),
    ]


def test_an_older_text_does_not_cite_a_younger_law_of_the_same_name(shared: Path, catalog: Catalog) -> None:
    parsed = parse_file(shared / "corpus" / "law" / "150_2025_ND-CP.md", catalog)
    # Issued on 12/6/2025; Luật 72/2025/QH15 was passed four days later.
    found = reference(parsed, "Luật Tổ chức chính quyền địa phương năm 2025")
    assert found.target is None and "72/2025/QH15" in found.note


def test_one_document_amending_another_is_a_relation_of_those_two(plan: ParsedDocument) -> None:
    pairs = {(r.kind, r.source, r.target) for r in plan.relations}
    assert ("amends", "nd-370-2025-nd-cp", "nd-150-2025-nd-cp") in pairs


@pytest.mark.parametrize(
    ("words", "base", "paths", "why"),
    [
        ("khoản 2 Điều 5", "", ["d5.k2"], "a clause of an article"),
        ("các điểm b, c và d khoản 1 Điều 63", "", ["d63.k1.b", "d63.k1.c", "d63.k1.d"], "several points"),
        ("khoản 2, khoản 3 Điều 9 và Điều 10", "", ["d9.k2", "d9.k3", "d10"], "clauses of one, a whole one"),
        (
            "các điều 8, 11, điểm đ khoản 4 Điều 9, các khoản 2 và 6 Điều 14", "",
            ["d8", "d11", "d9.k4.dd", "d14.k2", "d14.k6"], "a long enumeration",
        ),
        ("điểm c khoản 5", "d2", ["d2.k5.c"], "of the article that the instruction is under"),
        ("Bổ sung khoản 3 vào sau khoản 2 Điều 7", "", ["d7.k3"], "where it is put does not change"),
        ("Mục 3 Chương IV", "d44.k2", ["c4.m3"], "a section of a chapter"),
        ("điểm a và điểm b khoản này", "d54.k9.d", ["d54.k9.a", "d54.k9.b"], "of this clause"),
        ("điểm này", "d31.k9.e.p1", ["d31.k9.e"], "this point"),
        ("khoản 1 Điều này", "qc.d3.k2", ["qc.d3.k1"], "of an attached regulation"),
        ("Phụ lục I và Phụ lục II", "d1", ["pl1", "pl2"], "appendices"),
    ],
)  # fmt: skip
def test_places_in_words(words: str, base: str, paths: list[str], why: str) -> None:
    assert list(find_places(words, base)) == paths, why


TEXT = (
    "NGHỊ ĐỊNH\nVề thử\nĐiều 1. A\n1. B theo khoản 2 Điều 5 Nghị định số 7/2020/NĐ-CP ngày 1/2/2020 "
    "của Chính phủ.\n"
    "2. C theo Nghị định nêu trên, Nghị định này và NĐ 7.\nĐiều 2. D\nTheo Luật E số 1/2020/QH14 và "
    "Luật F số 2/2020/QH14; văn bản nêu trên; Quyết định nêu trên; Nghị quyết 9."
)
SEVENTH = CatalogEntry(
    "nd-7-2020-nd-cp", "Nghị định", "7/2020/NĐ-CP", issuer="Chính phủ", issued="2020-02-01"
)


def test_texts_named_by_what_was_said_before_resolve_where_exactly_one_fits() -> None:
    parsed = parse(TEXT, Catalog({SEVENTH.id: SEVENTH}))
    found = {r.text: (r.target, bool(r.note)) for r in parsed.references}
    assert found["khoản 2 Điều 5"] == ("nd-7-2020-nd-cp:d5.k2", False), "a place of the text named beside it"
    assert found["Nghị định nêu trên"] == ("nd-7-2020-nd-cp", False), "the one decree named above"
    assert found["NĐ 7"] == ("nd-7-2020-nd-cp", False), "a short form of it"
    assert found["Nghị định này"] == (parsed.document.id, False)
    assert found["văn bản nêu trên"] == (None, True), "two laws fit"
    assert found["Quyết định nêu trên"] == (None, True), "none fits"
    assert "Nghị quyết 9" not in found, "a figure that no text bears is no mention"


@pytest.mark.parametrize(
    ("text", "relations", "why"),
    [
        (
            "LUẬT\nSửa đổi, bổ sung một số điều của Luật B\nQuốc hội ban hành Luật sửa đổi, bổ sung "
            "một số điều của Luật B số 1/2020/QH14.\nĐiều 1. Sửa đổi, bổ sung một số điều của Luật B\n"
            "1. Sửa đổi, bổ sung khoản 2 Điều 5 như sau:\n“2. Theo khoản 1 Điều 9.”.\n2. Bãi bỏ Điều 7.\n"
            "3. Thay thế cụm từ “tại Điều 1” bằng “x” tại điểm a khoản 1 Điều 8.",
            [("amends", ()), ("amends", ("d5.k2",)), ("repeals", ("d7",)), ("amends", ("d8.k1.a",))],
            "each instruction names its places",
        ),
        (
            "THÔNG TƯ\nSửa đổi, bổ sung một số điều của Thông tư số 5/2020/TT-BNV\nĐiều 1. Sửa đổi, bổ sung "
            "một số khoản của Điều 2\n1. Sửa đổi, bổ sung điểm b, điểm d khoản 8 như sau:\na) Sửa đổi, bổ "
            "sung điểm b như sau:\n“b) X.”.\nb) Bổ sung điểm d như sau:\n“d) Y.”.",
            [("amends", ()), ("amends", ("d2.k8.b",)), ("amends", ("d2.k8.d",))],
            "an instruction below another goes on with its place",
        ),
        (
            "LUẬT\nThử\nĐiều 1. Hiệu lực\n1. Bãi bỏ khoản 2 Điều 6 của Nghị quyết số 1/2020/QH14.",
            [("repeals", ("d6.k2",))],
            "only a part is repealed",
        ),
        (
            "LUẬT\nThử\nĐiều 1. Hiệu lực\n1. Luật này có hiệu lực từ ngày 01/3/2026. Bãi bỏ quy định tại "
            "Điều 2 của Quyết định số 1699/QĐ-TTg.",
            [("repeals", ("d2",))],
            "in the middle of a clause",
        ),
    ],
)  # fmt: skip
def test_amended_places(text: str, relations: list[tuple[str, tuple[str, ...]]], why: str) -> None:
    assert [(r.kind, r.places) for r in parse(text).relations] == relations, why


def test_a_suspicious_citation_is_a_doubt_of_the_report(plan: ParsedDocument) -> None:
    doubts = {d.code: d for d in plan.document.doubts}
    assert doubts["suspicious-citation"].provision == "II.3.g2"
    assert "66.7/2025/NQ-CP" in doubts["suspicious-citation"].message


def test_the_district_law_amends_places_of_the_capital_law(shared: Path, catalog: Catalog) -> None:
    law = parse_file(shared / "corpus/law/72-2025-QH15.txt", catalog)
    places = {(r.kind, r.target_text, p) for r in law.relations for p in r.places}
    assert ("amends", "Luật Biển Việt Nam số 18/2012/QH13", "d7.k3") in places
    assert ("repeals", "Luật Thủ đô số 39/2024/QH15", "d14.k6") in places
    assert {p for _, name, p in places if "98/2023/QH15" in name} == {"d9.k2", "d9.k3", "d10"}
