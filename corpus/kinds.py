"""Kinds of documents (``lexicon/document_kinds.toml``): names, number codes, id prefixes."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from corpus.settings import SHIPPED_LEXICON


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind: "Nghị định", id prefix "nd", code "NĐ" in numbers, usual family of its body."""

    name: str
    id: str
    family: str  # "law" or "plan"
    codes: tuple[str, ...] = ()
    party_codes: tuple[str, ...] = ()
    attached: bool = False  # may be annexed to a document that issues it
    number_prefix: bool = False  # prints its name before the number: "Luật số: 72/2025/QH15"


@lru_cache(maxsize=1)
def document_kinds() -> tuple[DocumentKind, ...]:
    """Return all kinds in the lexicon's order (longer names before the shorter they contain)."""
    with open(SHIPPED_LEXICON / "document_kinds.toml", "rb") as file:
        rows = tomllib.load(file)["kind"]
    return tuple(
        DocumentKind(
            row["name"], row["id"], row["family"],
            tuple(row.get("codes", ())), tuple(row.get("party_codes", ())),
            row.get("attached", False), row.get("number_prefix", False),
        )
        for row in rows
    )  # fmt: skip


def kind_named(name: str) -> DocumentKind | None:
    """Return the kind whose name this is, in any case and normal form, else None."""
    wanted = " ".join(unicodedata.normalize("NFC", name).casefold().split())
    return _by_name().get(wanted)


@lru_cache(maxsize=1)
def _by_name() -> dict[str, DocumentKind]:
    return {kind.name.casefold(): kind for kind in document_kinds()}


_CODE = re.compile(r"\d*(?:[./]\d+)*\s*[/-]\s*([^\W\d_]+)")


def kind_of_number(number: str) -> DocumentKind | None:
    """Return the kind that a number's code tells: "150/2025/NĐ-CP" -> Nghị định, else None.

    A number that the code sits before the organ by "-" and after by "/" ("90-KL/TU") is the Party's.
    """
    if re.search(r"/QH\d+\b", number):
        return kind_named("Luật")
    match = _CODE.match(number.strip())
    if not match:
        return None
    code = match[1]
    party = bool(re.match(r"\d*\s*-", number.strip()))
    for kind in document_kinds():
        if code in (kind.party_codes if party else kind.codes):
            return kind
    return None


@lru_cache(maxsize=1)
def kind_pattern() -> str:
    """Return a regex (no group) that matches any kind's name as printed within a sentence."""
    names = sorted((kind.name for kind in document_kinds()), key=len, reverse=True)
    return "(?:" + "|".join(f"[{n[0].upper()}{n[0].lower()}]{re.escape(n[1:])}" for n in names) + ")"
