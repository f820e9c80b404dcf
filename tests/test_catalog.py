"""Catalog: evidence behind every field, identity and names, the user's overlay."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from corpus.catalog import Catalog, load_catalog, number_key
from corpus.catalog_file import FACT_FIELDS
from corpus.errors import TrolyError
from corpus.model import Evidence
from corpus.settings import SHIPPED_DOCUMENTS, Settings
from corpus.text import nfc

PLAN_ID = "kh-ubnd-binh-lu-2026-04"
PLAN_FILE = SHIPPED_DOCUMENTS / "ke-hoach-binh-lu-2026.txt"

# The twelve documents that the library must know of at least (issue 2, point 2).
REQUIRED = {
    "kl-90-kl-tu-2026-03-03": ("90-KL/TU", "2026-03-03"),
    "nq-08-nq-tu-2021-05-20": ("08-NQ/TU", "2021-05-20"),
    "kh-2286-kh-ubnd-lai-chau-2026-03-31": ("2286/KH-UBND", "2026-03-31"),
    "kh-45-kh-du-2026-03-23": ("45-KH/ĐU", "2026-03-23"),
    "nq-66-nq-cp-2025-03-26": ("66/NQ-CP", "2025-03-26"),
    "nq-66-7-2025-nq-cp": ("66.7/2025/NQ-CP", "2025-11-15"),
    "nd-150-2025-nd-cp": ("150/2025/NĐ-CP", "2025-06-12"),
    "nd-370-2025-nd-cp": ("370/2025/NĐ-CP", "2025-12-31"),
    "qd-3204-qd-ubnd-lai-chau-2025-12-25": ("3204/QĐ-UBND", "2025-12-25"),
    "luat-72-2025-qh15": ("72/2025/QH15", "2025-06-16"),
    "luat-89-2025-qh15": ("89/2025/QH15", "2025-06-25"),
    "nd-63-2010-nd-cp": ("63/2010/NĐ-CP", "2010-06-08"),
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(Settings(data_dir=Path("no-such-folder")))


def squeeze(text: str) -> str:
    return " ".join(nfc(text).replace("*", "").split())


@lru_cache(maxsize=1)
def plan_text() -> str:
    return squeeze(PLAN_FILE.read_text(encoding="utf-8"))


def all_evidence(catalog: Catalog) -> Iterator[tuple[str, Evidence]]:
    for entry in catalog.entries.values():
        for name, evidence in entry.evidence.items():
            yield f"{entry.id}.{name}", evidence
        for relation in entry.relations:
            yield f"{entry.id} {relation.kind} {relation.target_text}", relation.evidence
        for rule in entry.warning_rules:
            yield f"{entry.id} warning", rule.evidence


# ------------------------------------------------------------------------------------------ evidence


def test_the_twelve_documents_are_known_by_number_and_day(catalog: Catalog) -> None:
    for id_, (number, issued) in REQUIRED.items():
        assert (catalog.entries[id_].number, catalog.entries[id_].issued) == (number, issued)


def test_every_known_field_has_evidence_and_no_evidence_stands_alone(catalog: Catalog) -> None:
    for entry in catalog.entries.values():
        known = {name for name in FACT_FIELDS if getattr(entry, name) is not None}
        known |= {"warnings"} if entry.warning_rules else set()
        assert set(entry.evidence) == known, entry.id


def test_every_evidence_names_a_held_provision_with_words_or_a_source_with_a_day(catalog: Catalog) -> None:
    for where, evidence in all_evidence(catalog):
        by_provision = bool(evidence.provision and evidence.quote)
        assert by_provision or (evidence.source and evidence.checked_on), where
        # A fresh checkout holds the plan and nothing else.
        assert not evidence.provision or evidence.provision.startswith(PLAN_ID + ":"), where


def test_quotes_of_the_plan_stand_verbatim_in_the_plan(catalog: Catalog) -> None:
    quotes = [(w, e.quote) for w, e in all_evidence(catalog) if e.provision]
    assert len(quotes) > 30
    for where, quote in quotes:
        assert quote and squeeze(quote) in plan_text(), where


def test_evidence_provisions_exist_where_the_quote_stands(catalog: Catalog) -> None:
    parse = pytest.importorskip("ingest.parse", reason="the parser is not built yet")
    parsed = parse.parse_file(PLAN_FILE, catalog)
    texts = {p.id: parsed.document.text[p.start : p.end] for p in parsed.provisions}
    for where, evidence in all_evidence(catalog):
        if evidence.provision:
            assert evidence.provision in texts, where
            assert squeeze(evidence.quote or "") in squeeze(texts[evidence.provision]), where


@pytest.mark.parametrize(
    ("id_", "field", "value", "why"),
    [
        ("nd-370-2025-nd-cp", "effective", None, "no text we hold says from when it applies"),
        ("kh-45-kh-du-2026-03-23", "title", None, "the plan never prints its title"),
        (
            "qd-3204-qd-ubnd-lai-chau-2025-12-25",
            "title",
            None,
            "the plan names what it is about, not its title",
        ),
        ("luat-89-2025-qh15", "effective", None, "'từ năm ngân sách 2026' is not a printed date"),
        ("luat-72-2025-qh15", "effective", "2025-06-16", "in force from the day it was passed"),
        ("nd-150-2025-nd-cp", "effective", "2025-06-16", "Điều 24, four days after issue"),
        ("nq-66-7-2025-nq-cp", "expires", "2027-02-28", "khoản 1 Điều 10"),
        (PLAN_ID, "number", None, "'Số: /KH-UBND'"),
        (PLAN_ID, "issued", "2026-04", "the day is blank"),
    ],
)
def test_what_is_not_proven_is_absent(
    catalog: Catalog, id_: str, field: str, value: str | None, why: str
) -> None:
    assert getattr(catalog.entries[id_], field) == value, why


def test_answers_from_nd_150_say_that_nd_370_amended_it_and_that_we_do_not_know_how(catalog: Catalog) -> None:
    warnings = " ".join(catalog.entries["nd-150-2025-nd-cp"].warnings)
    assert "370/2025/NĐ-CP ngày 31/12/2025" in warnings and "không biết điều, khoản nào" in warnings
    held = catalog.entries["nd-150-2025-nd-cp"].warnings_given({"nd-370-2025-nd-cp"})
    assert len(held) == 1 and "370/2025/NĐ-CP" in held[0]  # once held, only the amendment itself is said
    amending = [r for r in catalog.relations_of("nd-150-2025-nd-cp") if r.kind == "amends"]
    assert [r.source for r in amending] == ["nd-370-2025-nd-cp"]


def test_replaced_texts_are_named_but_not_resolved(catalog: Catalog) -> None:
    replaced = {
        e.id: [(r.target, r.target_text) for r in e.relations if r.kind == "replaces"]
        for e in catalog.entries.values()
    }
    assert [t for t, text in replaced["nd-150-2025-nd-cp"] if "45/2025/NĐ-CP" in text] == [None]
    assert [t for t, text in replaced["luat-72-2025-qh15"] if "65/2025/QH15" in text] == [None]
    assert [t for t, text in replaced["luat-89-2025-qh15"] if "83/2015/QH13" in text] == [None]


def test_relation_targets_are_entries(catalog: Catalog) -> None:
    for entry in catalog.entries.values():
        for relation in entry.relations:
            assert relation.source == entry.id
            assert relation.target is None or relation.target in catalog.entries


# ------------------------------------------------------------------------------- identity and names


@pytest.mark.parametrize(
    ("kind", "number", "issuer", "issued", "title", "expected", "why"),
    [
        ("NGHỊ ĐỊNH", "150/2025/NĐ-CP", "CHÍNH PHỦ", "2025-06-12", None, "nd-150-2025-nd-cp", "all agree"),
        (None, "150/2025/NĐ-CP", None, None, None, "nd-150-2025-nd-cp", "a number with a year is enough"),
        ("Nghị định", "150/2025/NĐ-CP", None, "2024-06-12", None, None, "another date contradicts"),
        ("Nghị quyết", "66/NQ-CP", "Chính phủ", "2025-03-26", None, "nq-66-nq-cp-2025-03-26", "footnote"),
        ("Nghị quyết", "66/NQ-CP", "Chính phủ", "2024-05-10", None, None, "66/NQ-CP recurs every year"),
        ("Nghị quyết", "66/NQ-CP", None, None, None, None, "a recurring number alone identifies nothing"),
        ("Quyết định", "3204/QĐ-UBND", "UBND tỉnh Sơn La", None, None, None, "another province"),
        ("Quyết định", "3204/QĐ-UBND", "Ủy ban nhân dân tỉnh", "2025-12-25", None,
         "qd-3204-qd-ubnd-lai-chau-2025-12-25", "a shorter name does not contradict"),
        ("Kết luận", "90-KL/TU", "Tỉnh ủy Lai Châu", "2026-03-03", None,
         "kl-90-kl-tu-2026-03-03", "the Tỉnh ủy is the Ban Chấp hành Đảng bộ tỉnh"),
        ("Nghị quyết", "8-NQ/TU", None, "2021-05-20", None, "nq-08-nq-tu-2021-05-20", "leading zero"),
        ("Kế hoạch", None, "ỦY BAN NHÂN DÂN XÃ BÌNH LƯ", "2026-04", None, PLAN_ID, "no number at all"),
        ("Kế hoạch", "57/KH-UBND", "UBND xã Bình Lư", "2026-04-20", None, None, "one plan of several"),
        ("Kế hoạch", None, "UBND xã Bình Lư", "2026-04", "Chuyển đổi số năm 2026", None, "another title"),
        ("Kế hoạch", None, None, "2026-04", None, None, "kind and month are not an identity"),
        ("Nghị quyết", "66/2025/NQ-CP", "Chính phủ", "2025-11-15", None, None,
         "the plan's slip is a name to find it by, not a number a file can carry"),
        (None, None, None, None, None, None, "nothing known"),
    ],
)  # fmt: skip
def test_a_file_is_matched_by_kind_number_issuer_and_date(
    catalog: Catalog,
    kind: str | None,
    number: str | None,
    issuer: str | None,
    issued: str | None,
    title: str | None,
    expected: str | None,
    why: str,
) -> None:
    entry = catalog.match(kind, number, issuer, issued, title)
    assert (entry.id if entry else None) == expected, why


def test_a_number_that_arrives_later_fits_by_its_title(catalog: Catalog) -> None:
    plan = catalog.entries[PLAN_ID]
    entry = catalog.match("Kế hoạch", "57/KH-UBND", "UBND xã Bình Lư", "2026-04-20", plan.title)
    assert entry is plan


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("theo Nghị định 150/2025/NĐ-CP", ["nd-150-2025-nd-cp"], "as printed"),
        ("nghi dinh 150/2025/nd-cp", ["nd-150-2025-nd-cp"], "no marks"),
        ("luật 72/2025", ["luat-72-2025-qh15"], "number and year"),
        ("Kết luận số 90-KL/TU và NQ 08-NQ/TU", ["kl-90-kl-tu-2026-03-03", "nq-08-nq-tu-2021-05-20"], "two"),
        ("Nghị quyết 66/2025/NQ-CP ngày 15/11/2025", ["nq-66-7-2025-nq-cp"], "as the plan writes 66.7"),
        ("nghị quyết 66/NQ-CP", ["nq-66-nq-cp-2025-03-26"], "not 66.7"),
        ("nghị định 151/2025/NĐ-CP", [], "unknown number"),
        ("ngày 03/3/2026", [], "a date is not a number"),
    ],
)
def test_numbers_in_a_text_find_their_documents(
    catalog: Catalog, text: str, expected: list[str], why: str
) -> None:
    assert [entry.id for entry in catalog.find_by_number(text)] == expected, why


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("khoản 2 điều 13 nđ 150", [("nđ 150", ["nd-150-2025-nd-cp"])], "everyday name"),
        ("khoan 2 dieu 13 nd 150", [("nd 150", ["nd-150-2025-nd-cp"])], "without marks"),
        ("kết luận 90 nói gì", [("kết luận 90", ["kl-90-kl-tu-2026-03-03"])], "kind in full"),
        ("luat ngan sach", [("luat ngan sach", ["luat-89-2025-qh15"])], "law by its subject"),
        ("nghị quyết 66.7", [("nghị quyết 66.7", ["nq-66-7-2025-nq-cp"])], "not the shorter NQ 66"),
        ("nghị quyết 66", [("nghị quyết 66", ["nq-66-7-2025-nq-cp", "nq-66-nq-cp-2025-03-26"])], "ambiguous"),
        ("nđ 1500", [], "a longer number"),
        ("phòng văn hóa", [], "no document"),
    ],
)
def test_everyday_names_are_found_where_they_stand(
    catalog: Catalog, text: str, expected: list[tuple[str, list[str]]], why: str
) -> None:
    found = [(text[m.start : m.end], sorted(e.id for e in m.entries)) for m in catalog.mentions(text)]
    assert found == expected, why


@pytest.mark.parametrize(
    ("a", "b"), [("90-KL/TU", "90-kl/tu"), ("08-NQ/TU", "8-NQ/TU"), ("Số: 150/2025/NĐ-CP", "150/2025/ND-CP")]
)
def test_two_printings_of_a_number_are_equal(a: str, b: str) -> None:
    assert number_key(a) == number_key(b)


# ------------------------------------------------------------------------------------------- overlay


def overlay(tmp_path: Path, text: str) -> Catalog:
    (tmp_path / "catalog.toml").write_text(text, encoding="utf-8")
    return load_catalog(Settings(data_dir=tmp_path))


def test_an_overlay_adds_documents_and_lays_fields_over_shipped_ones(
    catalog: Catalog, tmp_path: Path
) -> None:
    mine = overlay(
        tmp_path,
        """
[document.nd-370-2025-nd-cp]
effective = "2026-02-15"
aliases = ["NĐ sửa NĐ 150"]
[[document.nd-370-2025-nd-cp.evidence]]
fields = ["effective"]
source = "370/2025/NĐ-CP, Điều 3"
checked_on = "2026-12-01"

[document.qd-12-qd-ubnd-binh-lu-2026-05-04]
kind = "Quyết định"
number = "12/QĐ-UBND"
[[document.qd-12-qd-ubnd-binh-lu-2026-05-04.evidence]]
fields = ["kind", "number"]
source = "bản giấy tại Văn phòng"
checked_on = "2026-12-01"
""",
    )
    amended, shipped = mine.entries["nd-370-2025-nd-cp"], catalog.entries["nd-370-2025-nd-cp"]
    assert amended.effective == "2026-02-15" and amended.number == shipped.number
    assert amended.evidence["effective"].source == "370/2025/NĐ-CP, Điều 3"
    assert amended.evidence["number"] == shipped.evidence["number"]
    assert amended.aliases == (*shipped.aliases, "NĐ sửa NĐ 150")
    assert amended.relations == shipped.relations
    assert mine.entries["qd-12-qd-ubnd-binh-lu-2026-05-04"].number == "12/QĐ-UBND"
    assert set(mine.entries) - set(catalog.entries) == {"qd-12-qd-ubnd-binh-lu-2026-05-04"}


def test_an_overlay_saved_by_notepad_is_read(catalog: Catalog, tmp_path: Path) -> None:
    assert set(overlay(tmp_path, "\ufeff# trống\n").entries) == set(catalog.entries)


ENTRY = '[document.qd-1]\nkind = "Quyết định"\n'
PROOF = '[[document.qd-1.evidence]]\nfields = ["kind"]\nsource = "bản giấy"\nchecked_on = "2026-12-01"\n'


@pytest.mark.parametrize(
    ("text", "says", "why"),
    [
        (ENTRY + 'number = "1\n' + PROOF, ["dòng 3", "cú pháp", "dấu ngoặc kép"], "an open quotation mark"),
        (ENTRY + 'isued = "2026"\n' + PROOF, ["dòng 3", "qd-1", "isued", "issued"], "a misspelt field"),
        (ENTRY, ["dòng 2", "qd-1", "kind", "chưa có căn cứ", "evidence"], "a field without evidence"),
        (
            ENTRY + 'issued = "15/4/2026"\n' + PROOF,
            ["dòng 3", "issued", "năm-tháng-ngày"],
            "a Vietnamese date",
        ),
        (ENTRY + "issued = 2026-04-15\n" + PROOF, ["dòng 3", "issued", '"2026-04-15"'], "an unquoted date"),
        (ENTRY + 'issued = "2026-02-30"\n' + PROOF, ["dòng 3", "issued", "2026-02-30"], "no such day"),
        (ENTRY + "number = 12\n" + PROOF, ["dòng 3", "number", "phải là chữ"], "a bare figure"),
        ('[document.qd-1]\nnumber = "1/QĐ-UBND"\n', ["dòng 1", "qd-1", "kind"], "a new entry without a kind"),
        ('[document."QĐ 1"]\nkind = "Quyết định"\n', ["dòng 1", "QĐ 1", "chữ thường không dấu"], "a bad id"),
        ('[documents.x]\nkind = "a"\n', ["dòng 1", "documents", "[document."], "a misspelt table"),
        (
            ENTRY + '[[document.qd-1.evidence]]\nfields = ["kind"]\nsource = "x"\n',
            ["qd-1", "kind", "checked_on"],
            "a source without the day",
        ),
        (
            ENTRY + PROOF + '[[document.qd-1.relation]]\nkind = "thay"\ntarget_text = "QĐ 2"\n',
            ["dòng 7", "relation", "replaces"],
            "an unknown relation",
        ),
    ],
)
def test_a_broken_overlay_says_where_what_and_what_to_do(
    tmp_path: Path, text: str, says: list[str], why: str
) -> None:
    with pytest.raises(TrolyError) as caught:
        overlay(tmp_path, text)
    message = str(caught.value)
    assert str(tmp_path / "catalog.toml") in message
    for part in says:
        assert part in message, (why, message)


def test_an_overlay_in_another_encoding_says_so(tmp_path: Path) -> None:
    (tmp_path / "catalog.toml").write_bytes('# "Nghị định"'.encode("utf-16"))
    with pytest.raises(TrolyError, match="UTF-8"):
        load_catalog(Settings(data_dir=tmp_path))
