"""Promises of appendix files: they become part of their document and nothing else of it moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.catalog import Catalog, load_catalog
from corpus.model import ParsedDocument
from corpus.settings import Settings
from ingest.parse import attach_part, attach_part_file, parse_file
from ingest.readers import read
from tests.makers import NOTHING, PLAN, make_docx, parse, text_source


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(Settings())


@pytest.fixture(scope="module")
def plan(catalog: Catalog) -> ParsedDocument:
    return parse_file(PLAN, catalog)


def test_an_appendix_file_becomes_part_of_the_plan(
    tmp_path: Path, plan: ParsedDocument, catalog: Catalog
) -> None:
    path = make_docx(
        tmp_path / "phu-luc.docx",
        ["PHỤ LỤC", "NHIỆM VỤ TRỌNG TÂM", "(Kèm theo Kế hoạch của UBND xã)",
         [["STT", "Nhiệm vụ", "Đơn vị chủ trì"], ["1", "Triển khai Trợ lý ảo", "Phòng Văn hóa - Xã hội"],
          ["2", "Tuyên truyền", "Trung tâm Dịch vụ tổng hợp"]]],
    )  # fmt: skip
    full = attach_part_file(plan, path, catalog)
    text = full.document.text
    assert text.startswith(plan.document.text) and full.provisions[: len(plan.provisions)] == plan.provisions
    added = {p.path: p for p in full.provisions[len(plan.provisions) :]}
    assert list(added) == ["pl", "pl.t1", "pl.r1", "pl.r2"]
    assert added["pl"].heading == "NHIỆM VỤ TRỌNG TÂM"
    row = added["pl.r1"]
    assert text[row.start : row.end] == (
        "STT: 1; Nhiệm vụ: Triển khai Trợ lý ảo; Đơn vị chủ trì: Phòng Văn hóa - Xã hội"
    )
    assert row.id == "kh-ubnd-binh-lu-2026-04:pl.r1" and row.source_sha256 == read(path).sha256
    assert full.document.missing == ()
    assert [doubt.code for doubt in full.document.doubts] == ["suspicious-citation"], "the plan's own"
    assert [p.order for p in full.provisions] == list(range(len(full.provisions)))


def test_attaching_the_same_file_again_changes_nothing(plan: ParsedDocument, catalog: Catalog) -> None:
    text = "PHỤ LỤC\nNHIỆM VỤ TRỌNG TÂM\n1. Triển khai Trợ lý ảo."
    part = text_source(text, "pl.txt")
    once = attach_part(plan, part, catalog)
    assert attach_part(once, part, catalog) == once
    assert [p.path for p in once.provisions[-2:]] == ["pl", "pl.1"]


@pytest.mark.parametrize(
    ("text", "paths", "missing", "why"),
    [
        ("PHỤ LỤC II\nDANH MỤC\n1. x", ["pl2", "pl2.1"], ("Phụ lục I",), "the numbered one is supplied"),
        (
            "1. x\n2. y",
            ["pl", "pl.1", "pl.2"],
            ("Phụ lục I", "Phụ lục II"),
            "which one it is, nobody can tell",
        ),
        ("PHỤ LỤC I\nA\n1. x\nPHỤ LỤC II\nB\n1. y", ["pl1", "pl1.1", "pl2", "pl2.1"], (), "both in one file"),
    ],
)
def test_only_the_supplied_part_is_no_longer_missing(
    text: str, paths: list[str], missing: tuple[str, ...], why: str
) -> None:
    base = parse("LUẬT\nTHỬ\nĐiều 1. A\nTheo Phụ lục I và Phụ lục II ban hành kèm theo Luật này.")
    assert base.document.missing == ("Phụ lục I", "Phụ lục II")
    part = text_source(text, "pl.txt")
    full = attach_part(base, part, NOTHING)
    assert [p.path for p in full.provisions[len(base.provisions) :]] == paths, why
    assert full.document.missing == missing, why
