"""Cards: facts in our own words, each at a place that the law has, with figures that stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import docx
import pytest

from corpus.catalog import CARD_NOTE, Catalog, load_catalog, printed_number
from corpus.catalog_file import read_card_file
from corpus.errors import TrolyError
from corpus.settings import Settings
from corpus.text import nfc

LAW_FILES = {
    "nd-150-2025-nd-cp": "law/150_2025_ND-CP.md",
    "luat-72-2025-qh15": "law/72-2025-QH15.txt",
    "luat-89-2025-qh15": "law/89-2025-QH15.txt",
    "nq-66-7-2025-nq-cp": "office/66_7_2025_NQ-CP_681135.docx",
    "nd-63-2010-nd-cp": "office/63_2010_ND-CP_106929.docx",
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(Settings(data_dir=Path("no-such-folder")))


@pytest.mark.parametrize("id_", LAW_FILES)
def test_a_card_has_5_to_15_facts_and_is_well_formed(catalog: Catalog, id_: str) -> None:
    parsed = catalog.card(id_)
    assert parsed is not None
    document, provisions = parsed.document, parsed.provisions
    assert 5 <= sum(p.parent is None for p in provisions) <= 15
    assert document.basis == "card" and CARD_NOTE in document.warnings
    assert set(catalog.entries[id_].warnings) <= set(document.warnings)
    assert document.title and document.issuer and document.evidence
    by_path = {p.path: p for p in provisions}
    assert [p.order for p in provisions] == list(range(len(provisions))) and len(by_path) == len(provisions)
    for provision in provisions:
        assert provision.id == f"{id_}:{provision.path}" and provision.kind == "fact" and provision.heading
        own = document.text[provision.start : provision.own_end]
        assert own.endswith(".") and "\n" not in own
        if provision.parent:
            parent = by_path[provision.parent]
            assert parent.own_end < provision.start and provision.end <= parent.end
    roots = [p for p in provisions if p.parent is None]
    assert all(a.end + 1 == b.start for a, b in pairwise(roots))
    assert roots[-1].end == len(document.text)


def test_documents_without_a_card_have_none(catalog: Catalog) -> None:
    assert catalog.card("kl-90-kl-tu-2026-03-03") is None
    assert catalog.card("no-such-id") is None
    assert set(catalog.card_ids) == set(LAW_FILES)


@pytest.mark.parametrize(
    ("path", "number"), [("d13", "13"), ("d13a", "13a"), ("d13.k2", "2"), ("d13.k2.dd", "đ"), ("d9.a", "a")]
)
def test_a_fact_carries_the_printed_number_of_its_provision(path: str, number: str) -> None:
    assert printed_number(path) == number


@lru_cache(maxsize=8)
def law_text(shared: Path, id_: str) -> str:
    path = shared / "corpus" / LAW_FILES[id_]
    if path.suffix != ".docx":
        return nfc(path.read_text(encoding="utf-8")).replace("*", "")
    return nfc("\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs))


def law_part(shared: Path, id_: str, path: str) -> str | None:
    """The real text at a path (điều, khoản, điểm), None where the law has no such place.

    Deliberately not the project's parser: the cards are held against an independent reading.
    """
    text: str | None = law_text(shared, id_)
    for step in path.split("."):
        if step.startswith("d") and step[1:].isdigit():
            start, stop = rf"^\s*Điều {step[1:]}\. ", r"^\s*Điều \d+\. "
        elif step.startswith("k") and step[1:].isdigit():
            start, stop = rf"^\s*{step[1:]}\. ", r"^\s*\d+\. "
        else:
            start, stop = rf"^\s*{'đ' if step == 'dd' else step}\) ", r"^\s*[a-zđ]\) "
        found = re.search(start, text or "", re.M)
        if text is None or found is None:
            return None
        after = re.search(stop, text[found.end() :], re.M)
        text = text[found.start() : found.end() + after.start() if after else len(text)]
    return text


def figures(text: str) -> set[str]:
    """Figures without leading zeros; dates as d/m or d/m/y, however they are written."""
    text = re.sub(r"ngày (\d+) tháng (\d+) năm (\d+)", r"\1/\2/\3", text)
    text = re.sub(r"ngày (\d+) tháng (\d+)", r"\1/\2", text)
    found = re.findall(r"\d+(?:[./,]\d+)*(?:/[A-ZĐ\d-]+)*%?", text)
    return {"/".join(part.lstrip("0") or "0" for part in figure.split("/")) for figure in found}


@pytest.mark.parametrize("id_", LAW_FILES)
def test_every_fact_stands_at_a_place_that_the_law_has(catalog: Catalog, shared: Path, id_: str) -> None:
    parsed = catalog.card(id_)
    assert parsed is not None
    missing = [p.path for p in parsed.provisions if law_part(shared, id_, p.path) is None]
    assert missing == []


@pytest.mark.parametrize("id_", LAW_FILES)
def test_every_figure_of_a_fact_stands_there_in_the_law(catalog: Catalog, shared: Path, id_: str) -> None:
    parsed = catalog.card(id_)
    assert parsed is not None
    entry = catalog.entries[id_]
    # The document's own number and its dated effect have evidence of their own in the catalog.
    own = figures(" ".join(filter(None, (entry.number, _printed(entry.effective)))))
    for provision in parsed.provisions:
        said = figures(parsed.document.text[provision.start : provision.own_end]) - own
        assert said <= figures(law_part(shared, id_, provision.path) or ""), provision.path


def _printed(date: str | None) -> str | None:
    return "/".join(reversed(date.split("-"))) if date else None


# Longest run of words that a fact may share with its law inside one phrase (between punctuation): the
# longest name that has to carry over, "Cơ sở dữ liệu quốc gia về thủ tục hành chính", has eleven.
LONGEST_SHARED_RUN = 11


@pytest.mark.parametrize("id_", LAW_FILES)
def test_facts_are_in_our_own_words(catalog: Catalog, shared: Path, id_: str) -> None:
    parsed = catalog.card(id_)
    assert parsed is not None

    def phrases(text: str) -> Iterator[list[str]]:
        text = text.replace("Ủy ban nhân dân", "UBND").replace("Hội đồng nhân dân", "HĐND")
        for phrase in re.split(r"[.,;:()\n“”]", text):
            yield re.findall(r"\w+", phrase.lower())

    size = LONGEST_SHARED_RUN + 1
    law = {tuple(w[i : i + size]) for w in phrases(law_text(shared, id_)) for i in range(len(w) - size + 1)}
    for provision in parsed.provisions:
        for words in phrases(parsed.document.text[provision.start : provision.own_end]):
            copied = [w for i in range(len(words)) if (w := tuple(words[i : i + size])) in law]
            assert not copied, (provision.path, " ".join(copied[0]))


# Words of the sentence around the fields, which are ours to change.
LITTLE_WORDS = (
    "các của và về đối với gồm bao đơn vị hành chính theo quy định thuộc khác có không gắn việc "
    "công tác hoạt động lĩnh vực thực hiện"
)


def field_groups(shared: Path) -> list[tuple[str, str]]:
    """Each field that Điều 15 NĐ 150 gives a phòng, as (path of its điểm, field)."""
    result = []
    for path in ("k1.a", "k1.b", "k1.c", "k2.a", "k2.b", "k2.c", "k3.a", "k3.b", "k3.c", "k3.d"):
        text = law_part(shared, "nd-150-2025-nd-cp", f"d15.{path}") or ""
        text = text.split("gồm:", 1)[1]
        result += [(f"d15.{path}", f.strip(" .\n")) for f in re.split(r"[;,():]", text) if f.strip(" .\n")]
    return result


def test_every_field_of_every_phong_in_nd_150_is_in_the_card(catalog: Catalog, shared: Path) -> None:
    parsed = catalog.card("nd-150-2025-nd-cp")
    assert parsed is not None
    facts = {p.path: parsed.document.text[p.start : p.own_end] for p in parsed.provisions}
    little = set(re.findall(r"\w+", LITTLE_WORDS))
    fields = field_groups(shared)
    assert len(fields) > 100
    for path, name in fields:
        name = name.lower().replace("hội đồng nhân dân", "hđnd").replace("ủy ban nhân dân", "ubnd")
        have = set(re.findall(r"\w+", facts[path].lower()))
        missing = [word for word in re.findall(r"\w+", name) if word not in have and word not in little]
        assert not missing, (path, name, missing)


FACT = '[[fact]]\npath = "d1"\ntopic = "t"\ntext = "x"\n'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no facts"),
        (FACT.replace('topic = "t"', ""), "no topic"),
        (FACT.replace("d1", "Điều 1"), "not a path"),
        (FACT + FACT, "the same place twice"),
        (FACT + FACT.replace("[[fact]]", "[[fact.part]]").replace("d1", "d2.k1"), "part of another article"),
    ],
)
def test_a_broken_card_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "card.toml").write_text(text, encoding="utf-8")
    with pytest.raises(TrolyError):
        read_card_file(tmp_path / "card.toml")
