"""The gold questions are well formed, complete in number, and ask only for what our documents say.

The plan is read here by a few lines of the test's own, so that a gold path is checked against the text and
not against the parser that the questions are there to measure.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from eval.full_texts import FULL_TEXTS
from eval.gold import CATEGORY_NAMES
from ingest.parse import parse_file
from tests.makers import NOTHING

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "eval" / "questions"
PLAN_ID = "kh-ubnd-binh-lu-2026-04"
HALVES = {"t": "test.jsonl", "d": "dev.jsonl"}
# Asked of full texts that we may not ship; refusals of what ships; labelled kinds. The key begins its ids.
LAWS = {"l": "laws-dev.jsonl", "lt": "laws-test.jsonl"}
REFUSALS = {"r": "refuse-dev.jsonl", "rt": "refuse-test.jsonl"}
KINDS = {"k": "kinds-dev.jsonl", "kt": "kinds-test.jsonl"}
FRESH = {"h": "fresh.jsonl"}  # written last, not learnt from
FILES = HALVES | LAWS | REFUSALS | KINDS | FRESH
LAW_CATEGORIES = {
    "competence", "conditions", "procedure", "deadlines", "definitions", "lists", "figures", "legal_basis",
    "relations", "status", "comparison", "named_places", "document_facts", "refuse",
}  # fmt: skip
QUESTION_KINDS = {
    "lead", "cooperate", "competence", "unit_duties", "legal_basis", "targets", "deadlines", "conditions",
    "procedure", "definition", "list", "named_place", "comparison", "relation", "status", "document_facts",
    "holdings", "smalltalk", "out_of_scope",
}  # fmt: skip
# Issue 2, point 11: ten or more of each kind, fifty refusals, ten of small talk, over both halves. Each half
# holds at least this many, so that no category is measured on a handful.
LEAST = {
    "responsibility": 8, "joined_responsibility": 8, "competence": 8, "unit_duties": 8, "targets": 8,
    "deadlines": 8, "legal_basis": 8, "lists": 8, "definitions": 8, "document_facts": 8, "named_places": 8,
    "no_marks": 8, "half_marks_typos": 8, "abbreviations": 8, "refuse": 30, "smalltalk": 5,
}  # fmt: skip
FIELDS = {"id", "category", "question", "outcome", "facts", "provisions", "first", "note"}
OUTCOME = {"refuse": "abstain", "smalltalk": "smalltalk"}  # any other category: answer

STEP = r"(?:~\d+)?"
POINT = r"(?:dd|[a-z])"
DASHES = rf"(?:\.[gp]\d+{STEP})*"
PATH = re.compile(
    rf"""(?:
      (?:qc\.)? (?:
        (?:ph\d+\.)?c\d+(?:\.m\d+)?(?:\.tm\d+)?                                # phần, chương, mục, tiểu mục
      | d\d+[a-z]?{STEP} (?:\.k\d+[a-z]?{STEP})? (?:\.{POINT}{STEP})? (?:\.p\d+)?
        (?: \.q \.d\d+ (?:\.k\d+)? (?:\.{POINT})? )?                      # an article that it quotes
      )
    | [IVX]+(?:\.\d+{STEP})?(?:\.{POINT})?{DASHES}                             # a plan
    | lh | sig | fn\d+ | (?:pre|nn){DASHES} | pl\d*(?:\.t\d+)?(?:\.r\d+)?
    )$""",
    re.VERBOSE,
)


@cache
def rows(letter: str) -> tuple[dict[str, Any], ...]:
    lines = (QUESTIONS / FILES[letter]).read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def everything() -> list[dict[str, Any]]:
    return [row for letter in HALVES for row in rows(letter)]


def laws() -> list[dict[str, Any]]:
    return [row for letter in LAWS for row in rows(letter)]


def words(text: str) -> str:
    return re.sub(r"\W+", " ", plain(text)).strip()


def plain(text: str) -> str:
    """Case, dash kinds, tone placement in oa/oe/uy and white space do not decide whether a fact occurs."""
    text = unicodedata.normalize("NFC", text).casefold()
    text = re.sub(r"[‐-―−]", "-", text).replace("**", "").replace("¹", "")
    for old, new in (("oà", "òa"), ("oá", "óa"), ("uỷ", "ủy"), ("uý", "úy")):
        text = text.replace(old, new)
    return re.sub(r"\s+", " ", text)


def plan_parts() -> dict[str, str]:
    """Path -> text of every part of the plan that a question may point to."""
    source = (ROOT / "corpus" / "documents" / "ke-hoach-binh-lu-2026.txt").read_text(encoding="utf-8")
    parts: dict[str, str] = {}
    part = section = ""  # "II" and "II.3"
    dashes = paragraphs = 0
    head, body = source.split("Thực hiện Kế hoạch số 2286", 1)
    body, foot = body.split("Nơi nhận:", 1)
    parts["lh"] = head
    recipients, parts["sig"] = foot.split("**TM.", 1)
    parts["nn"] = recipients
    first = True
    for raw in body.splitlines():
        line = raw.strip()
        if not line:
            continue
        roman = re.match(r"([IVX]+)\. ", line)
        number = re.match(r"(\d+)\. ", line)
        if first:
            key, first = "pre", False
            line = "Thực hiện Kế hoạch số 2286" + line
        elif line.startswith("¹"):
            parts["fn1"] = line  # the broken dash goes on after it, so `key` stays
            continue
        elif roman:
            part, section = roman[1], ""
            key = part
        elif number:
            section = f"{part}.{number[1]}"
            key, dashes, paragraphs = section, 0, 0
        elif line.startswith("- "):
            dashes += 1
            key = f"{section}.g{dashes}"
        elif line[0].islower() or line[0].isdigit():
            pass  # a page break inside a paragraph
        elif part == "IV":
            paragraphs += 1
            key = f"{section}.p{paragraphs}"
        elif part == "III":
            key = "III"
        parts[key] = f"{parts.get(key, '')} {line}"
    return parts


def plan_text(path: str) -> str | None:
    """The text under ``path`` with the titles above it, None where the plan has no such place."""
    parts = plan_parts()
    if path == "IV.3":
        return parts["IV.3"] + parts["IV.3.p1"]  # one single paragraph stays its section's own text
    below = [key for key in parts if key == path or key.startswith(path + ".")]
    above = [path.rsplit(".", n)[0] for n in range(1, path.count(".") + 1)]
    return " ".join(parts[key] for key in above + below if key in parts) if below else None


def catalog_ids() -> set[str]:
    return set(tomllib.loads((ROOT / "corpus" / "catalog.toml").read_text(encoding="utf-8"))["document"])


def shipped_text(one: str) -> str | None:
    """What the library as it ships says at the gold id ``one``, None where it has no such provision."""
    document, _, path = one.partition(":")
    if document == PLAN_ID:
        return plan_text(path)
    card = ROOT / "corpus" / "cards" / f"{document}.toml"
    if not card.exists():
        return None
    facts = tomllib.loads(card.read_text(encoding="utf-8"))["fact"]
    parts = [part for fact in facts for part in [fact, *fact.get("part", [])]]
    found = [part["text"] for part in parts if part["path"] == path or part["path"].startswith(path + ".")]
    return " ".join(found) or None


def gold_ids(row: dict[str, Any]) -> list[str]:
    return [*row["first"], *(one for group in row["provisions"] for one in group)]


def test_every_row_has_the_fields_and_the_outcome_of_its_category() -> None:
    for row in everything():
        assert set(row) == FIELDS, row["id"]
        assert row["category"] in LEAST, row["id"]
        assert row["outcome"] == OUTCOME.get(row["category"], "answer"), row["id"]
        assert row["question"].strip() == row["question"] != "", row["id"]
        assert row["note"], row["id"]
        if row["outcome"] == "answer":
            assert row["facts"] and row["provisions"] and row["first"], row["id"]
        else:
            assert not row["provisions"] and not row["first"], row["id"]
        assert all(group and all(group) for group in row["facts"] + row["provisions"]), row["id"]


def test_ids_are_unique_and_name_their_half() -> None:
    counts = Counter(row["id"] for row in everything())
    assert [one for one, n in counts.items() if n > 1] == []
    for letter in HALVES:
        assert all(row["id"].startswith(letter + "-") for row in rows(letter))


@pytest.mark.parametrize("letter", HALVES)
def test_each_half_covers_every_category(letter: str) -> None:
    counts = Counter(row["category"] for row in rows(letter))
    assert {name: counts[name] for name in LEAST if counts[name] < LEAST[name]} == {}


def test_no_question_is_asked_twice() -> None:
    asked = (row for letter in HALVES | LAWS | REFUSALS | FRESH for row in rows(letter))
    counts = Counter(words(row["question"]) for row in asked)
    assert [text for text, n in counts.items() if n > 1] == []


def test_gold_ids_follow_the_path_grammar_and_name_a_known_document() -> None:
    known = catalog_ids()
    for row in everything():
        for one in gold_ids(row):
            document, _, path = one.partition(":")
            assert document in known, (row["id"], one)
            assert PATH.match(path), (row["id"], one)


def test_gold_places_of_the_plan_exist() -> None:
    for row in everything():
        for one in gold_ids(row):
            document, _, path = one.partition(":")
            if document == PLAN_ID and path not in {"II.9"}:
                assert plan_text(path) is not None, (row["id"], one)


def test_every_needed_group_can_be_cited_from_the_library_as_it_ships() -> None:
    """A finer gold place of a law is an alternative for those who ingest its full text."""
    for row in everything():
        for group in [*row["provisions"], *([row["first"]] if row["first"] else [])]:
            assert any(shipped_text(one) for one in group), (row["id"], group)


def test_expected_facts_stand_in_their_gold_provisions() -> None:
    """A question asks for nothing that its gold places, as they ship, do not say."""
    for row in everything():
        text = plain(" ".join(shipped_text(one) or "" for one in gold_ids(row)))
        for group in row["facts"] if row["outcome"] == "answer" else ():
            assert any(plain(one) in text for one in group), (row["id"], group)


def test_questions_on_full_texts_are_well_formed() -> None:
    for row in [*laws(), *(row for letter in REFUSALS for row in rows(letter))]:
        assert set(row) == FIELDS and row["note"], row["id"]
        assert row["category"] in LAW_CATEGORIES & CATEGORY_NAMES.keys(), row["id"]
        assert row["outcome"] == OUTCOME.get(row["category"], "answer"), row["id"]
        assert row["question"].strip() == row["question"] != "", row["id"]
        found = bool(row["facts"] and row["provisions"] and row["first"])
        assert found == (row["outcome"] == "answer"), row["id"]
        assert found or not (row["facts"] or row["provisions"] or row["first"]), row["id"]
        assert all(group and all(group) for group in row["facts"] + row["provisions"]), row["id"]


def test_every_file_names_its_rows_after_itself_and_none_twice() -> None:
    every = [row["id"] for letter in FILES for row in rows(letter)]
    assert len(every) == len(set(every))
    for letter in FILES:
        assert all(row["id"].startswith(f"{letter}-") for row in rows(letter)), letter


@pytest.mark.parametrize("letter", LAWS)
def test_each_half_on_full_texts_holds_every_kind_and_every_document(letter: str) -> None:
    counts = Counter(row["category"] for row in rows(letter))
    assert {name for name in LAW_CATEGORIES if counts[name] < 7} == set()
    assert sum(counts.values()) - counts["refuse"] == 110
    asked = {one.partition(":")[0] for row in rows(letter) for one in gold_ids(row)}
    assert asked == set(FULL_TEXTS), "the documents that the command asks for are those that are asked about"


@pytest.mark.parametrize("letter", LAWS)
def test_a_quarter_of_each_half_is_typed_without_marks(letter: str) -> None:
    unmarked = [row for row in rows(letter) if row["question"].isascii()]
    assert 0.22 <= len(unmarked) / len(rows(letter)) <= 0.28


@pytest.mark.parametrize("refusals", ["r", "rt"])
def test_half_of_sixty_unanswerable_questions_stands_in_each_half(refusals: str) -> None:
    half = "l" if refusals == "r" else "lt"
    assert len(rows(refusals)) + sum(row["category"] == "refuse" for row in rows(half)) == 30


def test_gold_ids_on_full_texts_follow_the_path_grammar() -> None:
    for row in laws():
        for one in gold_ids(row):
            assert PATH.match(one.partition(":")[2]), (row["id"], one)
        assert set(row["first"]) <= {one for group in row["provisions"] for one in group}, row["id"]


def test_facts_are_short_so_that_no_sentence_of_a_law_is_copied() -> None:
    for row in laws():
        assert all(len(one.split()) <= 11 for group in row["facts"] for one in group), row["id"]


@pytest.mark.parametrize("letter", KINDS)
def test_questions_for_kinds_are_well_formed_and_of_every_kind(letter: str) -> None:
    assert all(set(row) == {"id", "question", "kind"} and row["question"].strip() for row in rows(letter))
    counts = Counter(row["kind"] for row in rows(letter))
    assert set(counts) == QUESTION_KINDS and min(counts.values()) >= 11
    assert len(rows(letter)) == 210
    assert not any(row["question"].isascii() and row["question"][0].islower() for row in rows(letter)), (
        "the measurement takes the marks off itself"
    )


def test_no_question_for_kinds_is_asked_twice() -> None:
    counts = Counter(words(row["question"]) for letter in KINDS for row in rows(letter))
    assert [text for text, n in counts.items() if n > 1] == []


@pytest.fixture(scope="module")
def law_places(shared: Path) -> dict[str, str]:
    """Gold place -> its text below the first lines of the places above it, of all documents asked about."""
    places: dict[str, str] = {}
    for id_, (_, file) in FULL_TEXTS.items():
        parsed = parse_file(shared / "corpus" / file, NOTHING)
        text = parsed.document.text
        own = {one.path: text[one.start : one.end] for one in parsed.provisions}
        for path, below in own.items():
            above = [path.rsplit(".", n)[0] for n in range(1, path.count(".") + 1)]
            heads = [own[one].partition("\n")[0] for one in above if one in own]
            places[f"{id_}:{path}"] = plain(" ".join([*heads, below]))
    return places


def test_gold_places_of_the_full_texts_exist_and_say_what_is_expected(law_places: dict[str, str]) -> None:
    for row in laws():
        assert [one for one in gold_ids(row) if one not in law_places] == [], row["id"]
        text = " ".join(law_places[one] for one in gold_ids(row))
        for group in row["facts"]:
            assert any(plain(one) in text for one in group), (row["id"], group)


def test_no_question_repeats_a_sentence_of_a_law(law_places: dict[str, str]) -> None:
    """Twelve words in a row are no coincidence (``tests/test_cards.py`` allows a card eleven)."""
    run = 12
    tokens = [words(text).split() for path, text in law_places.items() if re.search(r":d\d+$", path)]
    known = {tuple(one[n : n + run]) for one in tokens for n in range(len(one) - run + 1)}
    for row in laws():
        for text in [row["question"], row["note"], *(one for group in row["facts"] for one in group)]:
            asked = words(text).split()
            assert not any(tuple(asked[n : n + run]) in known for n in range(len(asked) - run + 1)), row["id"]
