"""Promises of validity: states follow from texts and catalog as of a day, provision by provision."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from corpus.catalog import Catalog, CatalogEntry, load_catalog
from corpus.changes import load_changes
from corpus.errors import TrolyError
from corpus.model import Effect, Evidence, ParsedDocument, Relation
from corpus.settings import Settings
from corpus.status import Status, status_of
from corpus.store import Library, StoredDocument, write_store
from ingest.parse import parse_file
from tests.makers import NOTHING, parse


def library(folder: Path, documents: Sequence[ParsedDocument]) -> Library:
    """Return a store of these documents, as ingestion writes it and answers read it."""
    path = folder / "library.sqlite"
    write_store(path, [StoredDocument(d, (), d.document.source_name, None) for d in documents], {})
    return Library(path, "test")


def state(held: Library, place: str, as_of: str, catalog: Catalog = NOTHING) -> Status:
    """Return the status of "<document id>" or "<document id>:<path>"."""
    target = held.provision(place) if ":" in place else held.document(place)
    return status_of(held, target, as_of, catalog)


OLD = parse(
    "NGHỊ ĐỊNH\nVề thử\nĐiều 1. A\n1. B.\n2. C.\nĐiều 2. D\n1. E.\n2. F:\na) g;\nb) h.\nĐiều 3. I\nK.\n"
    "Điều 4. Hiệu lực thi hành\n1. Nghị định này có hiệu lực thi hành từ ngày 01 tháng 3 năm 2024, trừ "
    "trường hợp quy định tại khoản 2 Điều này.\n2. Quy định tại Điều 3 của Nghị định này được thực hiện từ "
    "ngày 01 tháng 01 năm 2025.".replace(
        "NGHỊ ĐỊNH\n", "CHÍNH PHỦ\nSố: 1/2024/NĐ-CP\nHà Nội, ngày 02 tháng 02 năm 2024\nNGHỊ ĐỊNH\n"
    )
)
AMENDING = parse(
    "CHÍNH PHỦ\nSố: 9/2025/NĐ-CP\nHà Nội, ngày 10 tháng 5 năm 2025\nNGHỊ ĐỊNH\nSửa đổi, bổ sung một số điều "
    "của Nghị định số 1/2024/NĐ-CP\nĐiều 1. Sửa đổi, bổ sung một số điều của Nghị định số 1/2024/NĐ-CP\n"
    "1. Sửa đổi, bổ sung khoản 2 Điều 1 như sau:\n“2. C mới.”.\n2. Bãi bỏ điểm b khoản 2 Điều 2.\n"
    "Điều 2. Hiệu lực thi hành\nNghị định này có hiệu lực thi hành kể từ ngày 01 tháng 7 năm 2025."
)
A, B = "nd-1-2024-nd-cp", "nd-9-2025-nd-cp"


@pytest.mark.parametrize(
    ("place", "as_of", "expected", "by", "why"),
    [
        (A, "2024-02-29", "not_yet", (), "the day of issue is not the day of effect"),
        (A, "2024-03-01", "in_force", (), "the first day"),
        (f"{A}:d3", "2024-12-31", "not_yet", (), "an article with a later day of its own"),
        (f"{A}:d3", "2025-01-01", "in_force", (), "… from that day on"),
        (f"{A}:d1.k2", "2025-06-30", "in_force", (), "before the amendment takes effect"),
        (f"{A}:d1.k2", "2025-07-01", "amended", (f"{B}:d1.k1",), "the amended clause"),
        (f"{A}:d1.k1", "2025-07-01", "in_force", (), "its neighbour is as it was"),
        (f"{A}:d1", "2025-07-01", "amended", (f"{B}:d1.k1",), "the article that holds it"),
        (f"{A}:d2.k2.b", "2025-07-01", "expired", (f"{B}:d1.k2",), "a repealed point"),
        (f"{A}:d2.k2", "2025-07-01", "amended", (f"{B}:d1.k2",), "the clause that lost a point"),
        (A, "2025-07-01", "amended", (f"{B}:lh", f"{B}:d1.k1", f"{B}:d1.k2"), "the document as a whole"),
    ],
)  # fmt: skip
def test_each_provision_has_its_own_state(
    tmp_path: Path, place: str, as_of: str, expected: str, by: tuple[str, ...], why: str
) -> None:
    found = state(library(tmp_path, [OLD, AMENDING]), place, as_of)
    assert (found.state, found.as_of) == (expected, as_of), why
    assert set(found.by) == set(by), why
    assert found.evidence and found.text.endswith("."), "every known state has its evidence and a sentence"


def test_exceptions_of_an_effect_are_told(tmp_path: Path) -> None:
    found = state(library(tmp_path, [OLD]), A, "2025-01-01")
    assert found.text.startswith("Nghị định này có hiệu lực từ ngày 01/3/2024, trừ")
    assert found.text.endswith("khoản 2 Điều 4.") and found.since == "2024-03-01"


CATALOG_AMENDS = Catalog({
    "nd-5-2026-nd-cp": CatalogEntry(
        "nd-5-2026-nd-cp", "Nghị định", "5/2026/NĐ-CP", issued="2026-01-31",
        relations=(Relation("amends", "nd-5-2026-nd-cp", A, "một số điều", Evidence(source="x")),),
    )
})  # fmt: skip


@pytest.mark.parametrize(
    ("place", "as_of", "expected", "why"),
    [
        (A, "2026-01-30", "in_force", "it had not been issued"),
        (A, "2026-02-01", "unknown", "nobody knows from when it amends"),
        (f"{A}:d1.k1", "2026-02-01", "unknown", "… nor which provisions"),
    ],
)
def test_an_amendment_that_is_known_by_name_alone_makes_unknown(
    tmp_path: Path, place: str, as_of: str, expected: str, why: str
) -> None:
    found = state(library(tmp_path, [OLD]), place, as_of, CATALOG_AMENDS)
    assert found.state == expected, why
    assert ("Nghị định 5/2026/NĐ-CP ngày 31/01/2026" in found.text) == (expected == "unknown")


@pytest.mark.parametrize(
    ("text", "as_of", "expected", "why"),
    [
        ("Nghị quyết này có hiệu lực từ ngày 01/01/2026 đến hết ngày 28/02/2027.", "2027-02-28", "in_force",
         "the last day"),
        ("Nghị quyết này có hiệu lực từ ngày 01/01/2026 đến hết ngày 28/02/2027.", "2027-03-01", "expired",
         "the day after"),
        ("Nghị quyết này hết hiệu lực kể từ ngày 01/3/2027.", "2027-03-01", "expired", "a day without"),
        ("Nghị quyết này có hiệu lực sau 45 ngày kể từ ngày ký.", "2025-12-29", "not_yet", "44 days after"),
        ("Nghị quyết này có hiệu lực sau 45 ngày kể từ ngày ký.", "2025-12-30", "in_force", "45 days after"),
        ("Nghị quyết này có hiệu lực kể từ ngày ký.", "2025-11-15", "in_force", "on the day of issue itself"),
        ("Nghị quyết này có hiệu lực từ năm ngân sách 2026.", "2026-06-01", "unknown", "no day is stated"),
        ("Các cơ quan thi hành Nghị quyết này.", "2026-06-01", "unknown", "nothing of effect"),
        ("Nghị định khác có hiệu lực từ ngày 01/01/2026.", "2026-06-01", "unknown", "another text's day"),
    ],
)  # fmt: skip
def test_days_as_texts_state_them(tmp_path: Path, text: str, as_of: str, expected: str, why: str) -> None:
    head = "CHÍNH PHỦ\nSố: 7/2025/NQ-CP\nHà Nội, ngày 15 tháng 11 năm 2025\nNGHỊ QUYẾT\nVề thử\n"
    held = library(tmp_path, [parse(f"{head}Điều 1. A\nB.\nĐiều 2. Hiệu lực thi hành\n{text}")])
    assert state(held, "nq-7-2025-nq-cp", as_of).state == expected, why


def test_a_replaced_text_ends_when_the_new_one_takes_effect(tmp_path: Path) -> None:
    new = parse(
        "CHÍNH PHỦ\nSố: 8/2025/NĐ-CP\nHà Nội, ngày 10 tháng 5 năm 2025\nNGHỊ ĐỊNH\nVề thử\nĐiều 1. A\nB.\n"
        "Điều 2. Hiệu lực thi hành\nNghị định này có hiệu lực thi hành từ ngày 01 tháng 7 năm 2025, thay thế "
        "Nghị định số 1/2024/NĐ-CP ngày 02 tháng 02 năm 2024 của Chính phủ."
    )
    held = library(tmp_path, [OLD, new])
    assert state(held, f"{A}:d1", "2025-06-30").state == "in_force"
    ended = state(held, f"{A}:d1", "2025-07-01")
    assert (ended.state, ended.since, ended.by) == ("expired", "2025-07-01", ("nd-8-2025-nd-cp:d2",))
    assert "thay thế bởi Nghị định 8/2025/NĐ-CP" in ended.text


def test_effects_survive_the_store(tmp_path: Path) -> None:
    held = library(tmp_path, [OLD])
    assert tuple(held.effects(A)) == OLD.effects and len(OLD.effects) == 2
    assert isinstance(OLD.effects[1], Effect) and OLD.effects[1].target == f"{A}:d3"
    (stored,) = held.stored()
    assert stored.parsed == OLD


# ------------------------------------------------------------------ what no longer exists


@pytest.mark.parametrize(
    ("words", "issued", "as_of", "warned", "why"),
    [
        (
            "Ủy ban nhân dân cấp huyện phê duyệt.",
            "ngày 02 tháng 02 năm 2024",
            "2025-07-01",
            True,
            "abolished",
        ),
        ("UBND huyện phê duyệt.", "ngày 02 tháng 02 năm 2024", "2026-01-01", True, "in short"),
        ("UBND huyện phê duyệt.", "ngày 02 tháng 02 năm 2024", "2025-06-30", False, "not yet abolished"),
        ("UBND cấp xã phê duyệt.", "ngày 02 tháng 02 năm 2024", "2026-01-01", False, "it exists"),
        ("UBND huyện cũ phê duyệt.", "ngày 02 tháng 9 năm 2025", "2026-01-01", False, "a text that knows"),
    ],
)
def test_old_texts_that_speak_of_the_district_are_warned_of(
    tmp_path: Path, words: str, issued: str, as_of: str, warned: bool, why: str
) -> None:
    text = f"CHÍNH PHỦ\nSố: 3/2024/NĐ-CP\nHà Nội, {issued}\nNGHỊ ĐỊNH\nVề thử\nĐiều 1. A\n{words}"
    held = library(tmp_path, [parse(text)])
    changes = load_changes(Settings())
    found = status_of(held, held.provision("nd-3-2024-nd-cp:d1"), as_of, NOTHING, changes)
    assert bool(found.warnings) == warned, why
    assert [e.provision for e in found.warning_evidence] == ["luat-72-2025-qh15:d51.k3"] * warned


def test_the_evidence_of_the_abolished_district_is_in_the_law(shared: Path) -> None:
    law = parse_file(shared / "corpus/law/72-2025-QH15.txt", NOTHING)
    (change,) = load_changes(Settings())
    provision = next(p for p in law.provisions if p.id == change.evidence.provision)
    assert (
        change.evidence.quote and change.evidence.quote in law.document.text[provision.start : provision.end]
    )


def test_a_broken_overlay_of_changes_is_told(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    settings.overlay_lexicon.mkdir(parents=True)
    (settings.overlay_lexicon / "changes.toml").write_text('[[change]]\nname = "x"\n', encoding="utf-8")
    with pytest.raises(TrolyError, match=r"changes\.toml"):
        load_changes(settings)


# ------------------------------------------------------------------ shared texts

FILES = (
    "law/80-2025-QH15.txt", "law/20-2023-QH15.txt", "law/60-2024-QH15.txt", "law/150_2025_ND-CP.md",
    "law/89-2025-QH15.txt", "law/72-2025-QH15.txt", "office/63_2010_ND-CP_106929.docx",
)  # fmt: skip


@pytest.fixture(scope="module")
def laws(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    catalog = load_catalog(Settings())
    return library(
        tmp_path_factory.mktemp("laws"), [parse_file(shared / "corpus" / f, catalog) for f in FILES]
    )


@pytest.mark.parametrize(
    ("place", "as_of", "expected", "words", "why"),
    [
        ("luat-80-2025-qh15:d25.k1", "2025-12-31", "not_yet", "01/01/2026", "Mục 3 Chương IV starts later"),
        ("luat-80-2025-qh15:d25.k1", "2026-01-01", "in_force", "01/01/2026", "… and applies from then"),
        ("luat-80-2025-qh15:d24", "2025-12-31", "in_force", "01/7/2025", "the article before it"),
        ("luat-89-2025-qh15:d53.k1", "2025-07-01", "in_force", "01/7/2025", "one article of a law"),
        ("luat-89-2025-qh15", "2026-06-01", "unknown", "từ năm ngân sách 2026", "a budget year is no day"),
        ("luat-20-2023-qh15:d42.k4.a", "2025-07-01", "amended", "60/2024/QH15", "amended by a later law"),
        ("luat-20-2023-qh15:d41", "2025-07-01", "expired", "60/2024/QH15", "repealed by it"),
        ("luat-20-2023-qh15:d40", "2025-07-01", "in_force", "01/7/2024", "untouched"),
        ("nd-150-2025-nd-cp:d13.k2", "2026-11-24", "unknown", "370/2025/NĐ-CP", "articles not known"),
        ("nd-150-2025-nd-cp:d13.k2", "2025-12-30", "in_force", "16/6/2025", "before that decree was issued"),
        ("nd-63-2010-nd-cp", "2026-11-24", "unknown", "48/2013/NĐ-CP", "amended, its day is not known"),
    ],
)  # fmt: skip
def test_states_of_real_provisions(
    laws: Library, place: str, as_of: str, expected: str, words: str, why: str
) -> None:
    found = state(laws, place, as_of, load_catalog(Settings()))
    assert (found.state, words in found.text) == (expected, True), f"{why}: {found.text}"


def test_the_resolution_states_its_last_day_and_its_exceptions(shared: Path) -> None:
    document = parse_file(shared / "corpus/office/66_7_2025_NQ-CP_681135.docx", NOTHING)
    assert (document.document.effective, document.document.expires) == ("2026-01-01", "2027-02-28")
    id_ = document.document.id
    assert document.effects[1].exceptions == (f"{id_}:d10.k2", f"{id_}:d10.k3")
