"""Which documents and which administrative places a question names."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Sequence
from functools import cached_property

from corpus.catalog import Catalog, CatalogEntry
from corpus.kinds import kind_named
from corpus.model import Document
from corpus.settings import SHIPPED_LEXICON
from corpus.store import Library
from corpus.text import fold

_NUMBERED = re.compile(
    r"\b(?:nghi dinh|nd|nghi quyet|nq|quyet dinh|qd|ke hoach|kh|ket luan|kl|luat|thong tu"
    r"|chi thi|ct|cong van|cv|to trinh|bao cao)"
    r"\s*(?:so\s*:?\s*)?(\d+(?:\.\d+)?(?:/\d{4})?(?:[/-][a-z]+(?:[/-][a-z]+)*\d*)?)(?![\w%])"
)
_THIS_PLAN = re.compile(
    r"\bke hoach (?:nay|do|tren|(?:cchc |cai cach hanh chinh )?cua (?:xa|ubnd|uy ban|minh"
    r"|chung ta)|xa|giao|yeu cau"
    r"|dat ra)\b|\b(?:trong|theo|cua|ban) ke hoach\b(?! (?:cua tinh|so))"
)
_A_PLAN = re.compile(r"\bke hoach\b|\bban nay\b|\bnoi nhan\b|\bnguoi ky\b|\bai (?:da )?ky\b|\bvan ban nay\b")
_DATED = re.compile(
    r"\b(nghi dinh|nghi quyet|quyet dinh|ke hoach|ket luan|luat|thong tu)\b[^,.?\d]{0,40}"
    r"ngay (\d{1,2})[/.-](\d{1,2})[/.-](\d{4})"
)
_UNIT_OF_PLACE = r"(?:xa|phuong|dac khu|thi tran|huyen|thi xa|thanh pho|tp|tinh)"


_NAMED_PLACE = re.compile(
    r"(?i:\bxã|\bphường|\bđặc khu|\bthị trấn|\bhuyện|\bthị xã"
    r"|\btỉnh) ((?:[^\W\d_]+ ?){1,4})"
)
_NOT_A_PLACE = frozenset(
    [
        "UBND",
        "HĐND",
        "Phòng",
        "Ban",
        "Đảng",
        "Ủy",
        "Hội",
        "Chủ",
        "Văn",
        "Trung",
        "Trưởng",
        "Phó",
        "Kế",
        "Nghị",
    ]
)


def entries_of(library: Library, catalog: Catalog) -> Catalog:
    """Return the catalog with an entry for every document of the library that it does not know."""
    entries = dict(catalog.entries)
    for document in library.documents():
        if document.id not in entries:
            entries[document.id] = _entry(document)
    return Catalog(entries, catalog.cards_dir)


def _entry(document: Document) -> CatalogEntry:
    aliases = list(document.aliases)
    if document.number:
        head = re.match(r"\d+(?:\.\d+)?(?:/\d{4})?", document.number)
        for kind in (document.kind, *_codes(document.kind)):
            aliases += [f"{kind} {document.number}"] + ([f"{kind} {head.group()}"] if head else [])
    if document.kind in {"Luật", "Bộ luật", "Pháp lệnh"} and document.title:
        title = document.title.strip().capitalize()
        title = title if fold(title).startswith(fold(document.kind)) else f"{document.kind} {title}"
        aliases += [title, re.sub(r"\s*,\s*", " ", title)]  # few people type the comma of a law's name
    return CatalogEntry(
        id=document.id,
        kind=document.kind,
        number=document.number,
        title=document.title,
        issuer=document.issuer,
        issued=document.issued,
        effective=document.effective,
        signer=document.signer,
        signer_title=document.signer_title,
        aliases=tuple(dict.fromkeys(aliases)),
        evidence=dict(document.evidence),
    )


def _codes(kind: str) -> tuple[str, ...]:
    """Return the codes of a kind of document ("NĐ"), none where it has none."""
    known = kind_named(kind)
    return known.codes if known else ()


class DocumentFinder:
    """Finds documents and administrative names in questions."""

    def __init__(self, library: Library, catalog: Catalog, words: Sequence[str]) -> None:
        """``words``: every folded word of the library's texts (``corpus.lexical.LexicalIndex.words``)."""
        self._library = library
        self._words = words
        self.catalog = entries_of(library, catalog)

    @cached_property
    def plans(self) -> list[str]:
        """Ids of the plans whose text the library holds."""
        return [d.id for d in self._library.documents() if d.kind == "Kế hoạch" and d.basis == "full_text"]

    def find(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return (ids of the documents named, folded numbers that no known document has).

        "Kế hoạch này", "kế hoạch của xã" mean the library's plan where it holds exactly one.
        """
        found: list[str] = []
        spans: list[tuple[int, int]] = []
        for mention in self.catalog.mentions(text):
            spans.append((mention.start, mention.end))
            # An ambiguous name points at all its documents; the caller asks or takes the nearest.
            found += [entry.id for entry in mention.entries]
        folded = fold(text)
        unknown = []
        for match in _NUMBERED.finditer(folded):
            if all(match.end() <= start or end <= match.start() for start, end in spans):
                resolved = self._by_head(match.group())
                if resolved:
                    found += resolved
                elif not self._spoken_of(match.group(1)):
                    unknown.append(match.group())
                spans.append(match.span())
        if not found and not unknown:
            found += self._by_date(folded)
        if not found and not unknown and len(self.plans) == 1 and _THIS_PLAN.search(folded):
            found.append(self.plans[0])
        return tuple(dict.fromkeys(found)), tuple(unknown)

    def _by_date(self, folded: str) -> list[str]:
        """Return the document that a kind and its day name ("nghị quyết ngày 15/11/2025"), if one fits."""
        match = _DATED.search(folded)
        if match is None:
            return []
        iso = f"{match[4]}-{int(match[3]):02d}-{int(match[2]):02d}"
        fits = [e.id for e in self.catalog.entries.values() if e.issued == iso and fold(e.kind) == match[1]]
        return fits if len(fits) == 1 else []

    def without_names(self, text: str) -> str:
        """Return ``text`` without the names of documents whose content the library holds."""
        for mention in reversed(self.catalog.mentions(text)):
            if any(entry.id in self._library for entry in mention.entries):
                text = f"{text[: mention.start]} | {text[mention.end :]}"
        return text

    def without_all_names(self, text: str) -> str:
        """Return ``text`` without the names of any known document, held or not."""
        for mention in reversed(self.catalog.mentions(text)):
            text = f"{text[: mention.start]} | {text[mention.end :]}"
        return text

    def implied(self, folded: str) -> tuple[str, ...]:
        """Return the plan that a bare "kế hoạch" may mean; weaker than naming it."""
        return tuple(self.plans) if len(self.plans) == 1 and _A_PLAN.search(folded) else ()

    def signed_by(self, folded: str) -> tuple[str, ...]:
        """Return the documents whose signer the question names."""
        return tuple(id for signer, id in self._signers if signer in folded)

    @cached_property
    def _signers(self) -> list[tuple[str, str]]:
        return [(fold(entry.signer), entry.id) for entry in self.catalog.entries.values() if entry.signer]

    @cached_property
    def _dated_numbers(self) -> str:
        """Every word of the library's texts that is a number with a year, folded."""
        return " ".join(word for word in self._words if re.search(r"/\d{4}", word))

    def _spoken_of(self, number: str) -> bool:
        """True where a document of the library mentions such a number, known to the catalog or not."""
        return bool(re.search(r"/\d{4}", number)) and bool(
            re.search(rf"(?<!\d){re.escape(number)}(?!\d)", self._dated_numbers)
        )

    def _by_head(self, mention: str) -> list[str]:
        """Resolve "nghi dinh 150" by kind and the number's head; only an exact head counts."""
        match = re.match(r"([a-z ]+?)\s*(?:so\s*:?\s*)?(\d.*)$", mention)
        if match is None:
            return []
        kind, number = match.groups()
        hits = []
        for entry in self.catalog.entries.values():
            kinds = {fold(name) for name in (entry.kind, *_codes(entry.kind))}
            if entry.number is None or kind.strip() not in kinds:
                continue
            own = fold(entry.number).lstrip("0")
            number = number.lstrip("0")
            if own == number or re.match(rf"{re.escape(number)}(?=[/-])", own):
                hits.append(entry.id)
        return hits

    @cached_property
    def _names(self) -> dict[str, str]:
        """Names of provinces and communes by folded form, without those that the library speaks of."""
        data = tomllib.loads((SHIPPED_LEXICON / "places.toml").read_text(encoding="utf-8"))
        names = {fold(name): name for group in ("provinces", "communes") for name in data[group]}
        return {key: name for key, name in names.items() if key not in self._known_text}

    @cached_property
    def _place_pattern(self) -> re.Pattern[str]:
        keys = "|".join(map(re.escape, sorted(self._names, key=len, reverse=True)))
        return re.compile(rf"\b(?P<level>{_UNIT_OF_PLACE} )?(?P<name>{keys})\b")

    @cached_property
    def _known_text(self) -> str:
        """Folded names that the library itself speaks of: its issuers, places and titles."""
        parts = [
            part
            for entry in self.catalog.entries.values()
            for part in (entry.issuer, entry.place, entry.title)
            if part
        ]
        return fold(" . ".join(parts))

    def other_places(self, typed: str, folded: str) -> tuple[str, ...]:
        """Return administrative names in a question that no document of the library is about."""
        found = []
        for match in self._place_pattern.finditer(folded):
            key = match.group("name")
            name = self._names[key]
            # Without the word for its level, two common syllables may just be words ("hà giang").
            if match.group("level") or name in typed or name.upper() in typed:
                found.append(name)
        for match in _NAMED_PLACE.finditer(typed):
            words = match.group(1).split()
            name = " ".join(itertools.takewhile(lambda word: word[0].isupper() and not word.isupper(), words))
            if name and words[0] not in _NOT_A_PLACE and fold(name) not in self._known_text:
                found.append(name)
        return tuple(dict.fromkeys(found))
