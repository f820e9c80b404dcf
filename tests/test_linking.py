"""Promises of references between held documents that no catalog knows: resolved whichever came first."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.catalog import Catalog, CatalogEntry
from corpus.model import Reference
from corpus.settings import Settings
from corpus.store import StoredDocument
from ingest import linking
from ingest.linking import link
from ingest.parse import with_references
from ingest.pipeline import ingest, remove
from tests.makers import NOTHING, parse
from tests.test_ingest_pipeline import library_of, settings, shipped

__all__ = ["settings", "shipped"]

HEAD = "{body}\nSố: {number}\n{place}, ngày {day}\n{kind}\nVề việc thử\n"
DECREE = (
    HEAD.format(
        body="CHÍNH PHỦ", number="7/2020/NĐ-CP", place="Hà Nội", day="01 tháng 02 năm 2020", kind="NGHỊ ĐỊNH"
    )
    + "Điều 1. Phạm vi\n1. Việc thử.\n2. Việc khác.\nĐiều 2. Hiệu lực\nNghị định này có hiệu lực."
)
CIRCULAR = HEAD.format(
    body="BỘ NỘI VỤ", number="5/2021/TT-BNV", place="Hà Nội", day="03 tháng 4 năm 2021", kind="THÔNG TƯ"
) + (
    "Căn cứ Nghị định số 07/2020/NĐ-CP ngày 01 tháng 02 năm 2020 của Chính phủ;\nĐiều 1. Phạm vi\n"
    "1. Theo khoản 2 Điều 1 Nghị định số 7/2020/NĐ-CP và NĐ 7.\n2. Theo Nghị định số 8/2020/NĐ-CP."
)
LAW = "QUỐC HỘI\nLuật số: 1/2020/QH14\nLUẬT\nTHỬ NGHIỆM\nĐiều 1. Phạm vi\nViệc thử."
ORDER = HEAD.format(
    body="ỦY BAN NHÂN DÂN\nTỈNH {}", number="12/QĐ-UBND", place="{}", day="05 tháng 5 năm 2021",
    kind="QUYẾT ĐỊNH",
) + "Điều 1. Giao việc thử."  # fmt: skip


def held(*texts: str, catalog: Catalog = NOTHING) -> dict[str, StoredDocument]:
    documents = [parse(text, catalog) for text in texts]
    return {d.document.id: StoredDocument(d, (), f"/{n}.txt", str(n)) for n, d in enumerate(documents)}


def references(stored: dict[str, StoredDocument], id_: str) -> dict[str, Reference]:
    return {r.text: r for r in stored[id_].parsed.references}


def test_a_held_document_is_what_its_number_refers_to() -> None:
    linked = link(held(CIRCULAR, DECREE), {}, NOTHING)
    found = {text: r.target for text, r in references(linked, "tt-5-2021-tt-bnv").items()}
    assert found["Nghị định số 07/2020/NĐ-CP ngày 01 tháng 02 năm 2020"] == "nd-7-2020-nd-cp"
    assert found["khoản 2 Điều 1"] == "nd-7-2020-nd-cp:d1.k2", "a place of it"
    assert found["NĐ 7"] == "nd-7-2020-nd-cp", "a short form of it"
    assert found["Nghị định số 8/2020/NĐ-CP"] is None, "not held, so unresolved"
    based = [r for r in linked["tt-5-2021-tt-bnv"].parsed.relations if r.kind == "based_on"]
    assert [r.target for r in based] == ["nd-7-2020-nd-cp"]


def test_a_law_named_without_its_number_is_the_held_law_of_that_name() -> None:
    text = HEAD.format(
        body="BỘ NỘI VỤ", number="6/2021/TT-BNV", place="Hà Nội", day="03 tháng 4 năm 2021", kind="THÔNG TƯ"
    ) + "Căn cứ Luật Thử nghiệm;\nĐiều 1. Theo Luật Thử nghiệm."  # fmt: skip
    law = parse(LAW).document
    entry = CatalogEntry(law.id, law.kind, law.number, law.title, issued="2020-01-01")
    assert with_references(parse(text), Catalog({law.id: entry}), NOTHING).references[0].target == law.id
    # Of a law whose day is not printed nobody knows whether it is older: it stays unresolved.
    found = references(link(held(text, LAW), {}, NOTHING), "tt-6-2021-tt-bnv")["Luật Thử nghiệm"]
    assert found.target is None and "1/2020/QH14" in found.note


def test_where_two_held_documents_fit_none_is_taken() -> None:
    text = HEAD.format(
        body="BỘ NỘI VỤ", number="5/2021/TT-BNV", place="Hà Nội", day="03 tháng 6 năm 2021", kind="THÔNG TƯ"
    ) + (
        "Điều 1. A\nTheo Quyết định số 12/QĐ-UBND ngày 05/5/2021 và Quyết định số 12/QĐ-UBND ngày 05/5/2021 "
        "của Ủy ban nhân dân tỉnh Lào Cai."
    )  # fmt: skip
    two = [ORDER.format(name.upper(), name) for name in ("Lai Châu", "Lào Cai")]
    linked = link(held(text, *two), {}, NOTHING)
    targets = [r.target for r in linked["tt-5-2021-tt-bnv"].parsed.references]
    assert targets == [None, "qd-12-qd-ubnd-lao-cai-2021-05-05"]


def test_what_came_or_went_alone_is_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = link(held(CIRCULAR, LAW), {}, NOTHING)
    read: list[str] = []
    monkeypatch.setattr(
        linking, "with_references", lambda p, *more: read.append(p.document.id) or with_references(p, *more)
    )
    assert link(first, first, NOTHING) == first and not read, "nothing new: nothing is read"
    second = link(first | held(DECREE), first, NOTHING)
    assert read == ["tt-5-2021-tt-bnv"], "of the old ones, the one that names the newcomer"
    gone = {id_: item for id_, item in second.items() if id_ != "nd-7-2020-nd-cp"}
    assert link(gone, second, NOTHING) == first, "without it all is as it was"


def test_the_order_of_ingestion_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    for name, text in (("a.txt", CIRCULAR), ("b.txt", DECREE)):
        (tmp_path / name).write_text(text, encoding="utf-8")

    def target() -> str | None:
        found = library_of(settings).references("tt-5-2021-tt-bnv")
        return next(r.target for r in found if r.text == "khoản 2 Điều 1")

    ingest(settings, [tmp_path / "a.txt"])
    with pytest.raises(StopIteration):  # a place of a text nobody holds is no reference
        target()
    second = ingest(settings, [tmp_path / "b.txt"])
    assert target() == "nd-7-2020-nd-cp:d1.k2" and second.changed
    assert not ingest(settings).changed, "the same files again keep the generation"
    remove(settings, "nd-7-2020-nd-cp")
    with pytest.raises(StopIteration):
        target()
