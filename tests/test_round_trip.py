"""Nothing of a file is lost between its source, its canonical text and its tree: all shared files."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from corpus.errors import TrolyError
from ingest.readers import read
from ingest.structure import parse_structure
from tests.trees import check_tree, parse


def letters(text: str) -> Counter[str]:
    return Counter(char for char in unicodedata.normalize("NFC", text) if char.isalnum())


# What stands in a file but is no text of the document: front matter, addresses of links, footnote marks.
NOT_TEXT = re.compile(r"\A---\n.*?\n---\n|(?<=\])\(https?://\S+\)(?=[\s;|(])|&nbsp;|[¹²³]|\[1\]", re.S)


# A heading that a page break made the table print again.
AGAIN = {"office/167_2012_TT-BTC_149305": "TT Nội dung chi Mức chi"}
ALL_FILES = [
    "plan/ke-hoach-binh-lu-2026.txt", "law/150_2025_ND-CP.md", "law/20-2023-QH15.txt", "law/42-2013-QH13.txt",
    "law/58-2010-QH12.txt", "law/60-2024-QH15.txt", "law/63-2025-QH15.txt", "law/72-2025-QH15.txt",
    "law/80-2025-QH15.txt", "law/87-2025-QH15.txt", "law/89-2025-QH15.txt", "law/91-2025-QH15.txt",
    "gov-md/06-2026-TT-BNV.md", "gov-md/276-2026-ND-CP.md", "gov-md/45-2026-TT-BGDDT.md",
    *(f"office/{stem}{suffix}" for stem in (
        "15_2026_TT-BTC_696722", "167_2012_TT-BTC_149305", "19_2014_TT-BTP_249771", "25_2014_TT-BTP_262503",
        "63_2010_ND-CP_106929", "66_7_2025_NQ-CP_681135",
    ) for suffix in (".docx", ".doc")),
]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=(pytest.mark.slow, pytest.mark.timeout(600)) if n.endswith(".doc") else ())
        for n in ALL_FILES
    ],
)
def test_nothing_of_a_file_is_lost(shared: Path, name: str) -> None:
    path = shared / "corpus" / name
    try:
        source = read(path)
    except TrolyError as error:
        if path.suffix != ".doc":
            raise
        pytest.skip(str(error))
    structure = parse_structure(source)
    again = AGAIN.get(name.removesuffix(path.suffix), "")
    assert not letters(NOT_TEXT.sub("", source.text)) - letters(structure.text + again)
    check_tree(source, structure)


# A table has no frame in plain text, so files with tables read back otherwise; the plan has marks of its
# footnote only in the file.
NO_TABLES = [n for n in ALL_FILES if n.startswith(("law/", "gov-md/")) or "15_2026" in n or "25_2014" in n]


@pytest.mark.parametrize("name", [n for n in NO_TABLES if not n.endswith(".doc")])
def test_canonical_text_parses_to_the_same_tree(shared: Path, name: str) -> None:
    """Text -> tree -> text round trip: what we keep is what we would read."""
    first = parse_structure(read(shared / "corpus" / name))
    again = parse(first.text)
    assert again.text == first.text
    assert [(p.path, p.start, p.end) for p in again.provisions] == [
        (p.path, p.start, p.end) for p in first.provisions
    ]
