"""The catalog: what is known of documents, with evidence, and cards in our own words.

The shipped file (``catalog.toml``) lies below the user's overlay (``Settings.overlay_catalog``),
merged entry by entry: a field of the overlay replaces the shipped one together with its evidence;
aliases, warnings and relations are added.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from corpus.catalog_file import FACT_FIELDS, RawEntry, WarningRule, read_card_file, read_catalog_file
from corpus.model import Document, Evidence, ParsedDocument, Provision, Relation
from corpus.settings import PACKAGE_DIR, SHIPPED_CATALOG, Settings
from corpus.text import fold, nfc, tokenise

SHIPPED_CARDS = PACKAGE_DIR / "cards"

CARD_NOTE = (
    "Nội dung này là tóm tắt của kho, không phải nguyên văn; cần xem văn bản gốc trước khi viện dẫn. "
    "Thêm toàn văn bằng lệnh: troly ingest TỆP."
)
"""Shown with every answer from a card (DESIGN.md, basis ``card``)."""


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """What is known of one document; an unknown field is None, never guessed.

    ``evidence`` maps each known field to why we believe it. ``subject`` is what a held document says
    the text is about where its title is not known; ``effect_note`` says of its effect what a single
    date cannot. Dates are ISO, maybe partial; ``expires`` is the last day in force.
    """

    id: str
    kind: str
    number: str | None = None
    title: str | None = None
    subject: str | None = None
    issuer: str | None = None
    issued: str | None = None
    effective: str | None = None
    effect_note: str | None = None
    expires: str | None = None
    signer: str | None = None
    signer_title: str | None = None
    place: str | None = None
    aliases: tuple[str, ...] = ()
    evidence: dict[str, Evidence] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    warning_rules: tuple[WarningRule, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """All warnings (Vietnamese), as for a library that holds no other document."""
        return self.warnings_given(())

    def warnings_given(self, held: Collection[str]) -> tuple[str, ...]:
        """Warnings for a library that holds the documents ``held`` (ids)."""
        return tuple(rule.text for rule in self.warning_rules if rule.unless_held not in held)


class Mention(NamedTuple):
    """Where a text names catalog documents; more than one entry: the name is ambiguous."""

    start: int  # code points of the NFC text
    end: int
    entries: tuple[CatalogEntry, ...]


# The same body under the names that documents print and officials write.
_ISSUER_FORMS = {
    "ubnd": "uy ban nhan dan",
    "hdnd": "hoi dong nhan dan",
    "tp": "thanh pho",
    # Điều lệ Đảng: the Ban Chấp hành of the province's Đảng bộ is the Tỉnh ủy.
    "ban chap hanh dang bo tinh": "tinh uy",
}
_FULL_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:/\d{4})?[/-][a-z].*")
_SHORT_NUMBER = re.compile(r"\d+(?:\.\d+)?/\d{4}")


def number_key(number: str) -> str:
    """Return the form in which two printings of a document number are equal ("08-NQ/TU", "8-nq/tu")."""
    return re.sub(r"^so:?|\s", "", fold(nfc(number))).lstrip("0")


def _issuer_key(issuer: str) -> str:
    words = " ".join(re.findall(r"[^\W\d_]+", fold(nfc(issuer))))
    for short, full in _ISSUER_FORMS.items():
        words = re.sub(rf"\b{short}\b", full, words)
    return words


def _starts(a: str, b: str, separator: str) -> bool:
    """True when one of two is the other or its beginning: what is missing does not contradict."""
    return a == b or a.startswith(b + separator) or b.startswith(a + separator)


def _same_issuer(a: str, b: str) -> bool:
    return _starts(_issuer_key(a), _issuer_key(b), " ")


def _same_date(a: str, b: str) -> bool:
    return _starts(a, b, "-")


def _same_number(a: str, b: str) -> bool:
    return number_key(a) == number_key(b)


def _same_words(a: str, b: str) -> bool:
    return re.findall(r"\w+", fold(nfc(a))) == re.findall(r"\w+", fold(nfc(b)))


_WORD = re.compile(r"\w+")


@lru_cache(maxsize=1024)
def _name_pattern(alias: str) -> re.Pattern[str]:
    words = r"\s+".join(re.escape(word) for word in fold(nfc(alias)).split())
    # "NQ 66" is not named by "NQ 66.7" or "NQ 66/NQ-CP".
    return re.compile(rf"(?<!\w){words}(?!\w|[/.,-]\w)")


@dataclass(frozen=True)
class Catalog:
    """Entries by id, and the cards that stand in for texts nobody has added yet."""

    entries: dict[str, CatalogEntry]
    cards_dir: Path = SHIPPED_CARDS

    @property
    def card_ids(self) -> tuple[str, ...]:
        """Ids of the entries that have a card, in catalog order."""
        return tuple(id_ for id_ in self.entries if self._card_path(id_).is_file())

    def card(self, id: str, held: Collection[str] = ()) -> ParsedDocument | None:
        """Return the card of a document, None where there is none.

        Its text is the facts joined by newlines; each fact is a provision of kind ``fact`` under the
        path of the real provision, so that citations keep their ids when the full text arrives.
        ``held``: ids of the documents whose text the library has (for warnings that then fall away).
        """
        entry = self.entries.get(id)
        path = self._card_path(id)
        if entry is None or not path.is_file():
            return None
        facts = read_card_file(path)
        starts: dict[str, int] = {}
        ends: dict[str, int] = {}
        position = 0
        for fact in facts:
            starts[fact.path], ends[fact.path] = position, position + len(fact.text)
            if fact.parent:
                ends[fact.parent] = ends[fact.path]
            position += len(fact.text) + 1
        provisions = tuple(
            Provision(
                id=f"{id}:{fact.path}",
                document_id=id,
                path=fact.path,
                kind="fact",
                number=printed_number(fact.path),
                heading=fact.topic,
                parent=fact.parent,
                order=order,
                start=starts[fact.path],
                end=ends[fact.path],
                own_end=starts[fact.path] + len(fact.text),
            )
            for order, fact in enumerate(facts)
        )
        document = Document(
            id=id,
            kind=entry.kind,
            number=entry.number,
            title=entry.title or entry.subject or "",
            issuer=entry.issuer,
            issued=entry.issued,
            text="\n".join(fact.text for fact in facts),
            basis="card",
            place=entry.place,
            effective=entry.effective,
            expires=entry.expires,
            signer=entry.signer,
            signer_title=entry.signer_title,
            aliases=entry.aliases,
            source_name=path.name,
            # What an answer shows comes from the card and from the entry: a change of either counts.
            source_sha256=hashlib.sha256(path.read_bytes() + repr(entry).encode()).hexdigest(),
            evidence=dict(entry.evidence),
            warnings=(*entry.warnings_given(held), CARD_NOTE),
        )
        return ParsedDocument(document, provisions, entry.relations)

    def _card_path(self, id: str) -> Path:
        return self.cards_dir / f"{id}.toml"

    def relations_of(self, id: str) -> tuple[Relation, ...]:
        """Return every relation that starts or ends at a document, its own first."""
        own = self.entries[id].relations if id in self.entries else ()
        others = (r for e in self.entries.values() if e.id != id for r in e.relations if r.target == id)
        return (*own, *others)

    def match(
        self,
        kind: str | None,
        number: str | None,
        issuer: str | None,
        issued: str | None,
        title: str | None = None,
    ) -> CatalogEntry | None:
        """Return the one entry that a file's metadata identify, None where none or several fit.

        Identity is kind + number + issuer + date; a missing or shorter part does not contradict
        ("UBND tỉnh", "2026-04"). A number without a year recurs, so it needs an agreeing date or
        issuer. Without a number on both sides, kind, issuer and date must all agree; and the title
        too, when the file's number is news to the entry: a commune issues several plans a month.
        """
        fitting = [
            entry for entry in self.entries.values() if self._fits(entry, kind, number, issuer, issued, title)
        ]
        return fitting[0] if len(fitting) == 1 else None

    @staticmethod
    def _fits(
        entry: CatalogEntry,
        kind: str | None,
        number: str | None,
        issuer: str | None,
        issued: str | None,
        title: str | None,
    ) -> bool:
        pairs: tuple[tuple[str, str | None, str | None, Callable[[str, str], bool]], ...] = (
            ("kind", kind, entry.kind, _same_words),
            ("number", number, entry.number, _same_number),
            ("issuer", issuer, entry.issuer, _same_issuer),
            ("issued", issued, entry.issued, _same_date),
        )
        agreed: set[str] = set()
        for name, given, known, same in pairs:
            if given and known:
                if not same(given, known):
                    return False
                agreed.add(name)
        same_title = bool(title and entry.title and _same_words(title, entry.title))
        if "number" in agreed:
            return bool(re.search(r"/\d{4}/", number or "")) or bool(agreed & {"issuer", "issued"})
        if not {"kind", "issuer", "issued"} <= agreed:
            return False
        if number or entry.number:
            return same_title
        return same_title or not (title and entry.title)

    def find_by_number(self, text: str) -> tuple[CatalogEntry, ...]:
        """Return the entries whose number stands in ``text``, in order; "150/2025" is enough.

        Two entries for one number in the text mean that the number alone does not decide.
        """
        found = (entry for mention in self._numbers(text) for entry in mention.entries)
        return tuple({entry.id: entry for entry in found}.values())

    @cached_property
    def _by_number(self) -> dict[str, list[CatalogEntry]]:
        """Entries by the key of their numbers and by its beginnings ("150/2025/" of "150/2025/nd-cp")."""
        found: dict[str, list[CatalogEntry]] = {}
        for entry in self.entries.values():
            keys = _number_keys(entry)
            starts = {key[: n + 1] for key in keys for n, char in enumerate(key) if char == "/"}
            for key in keys | starts:
                found.setdefault(key, []).append(entry)
        return found

    def _numbers(self, text: str) -> Iterable[Mention]:
        for token in tokenise(nfc(text)):
            key = token.text.lstrip("0")
            if _FULL_NUMBER.fullmatch(token.text):
                fit = self._by_number.get(key, [])
            elif _SHORT_NUMBER.fullmatch(token.text):
                fit = self._by_number.get(key + "/", [])
            else:
                continue
            if fit:
                yield Mention(token.start, token.end, tuple(fit))

    @cached_property
    def _by_word(self) -> dict[str, list[tuple[int, str, CatalogEntry]]]:
        """Aliases, numbered in catalog order, by the word of theirs that fewest aliases have.

        A library of thousands of documents has tens of thousands of names; only those whose rarest word
        stands in a question are looked for in it.
        """
        aliases = [(alias, entry) for entry in self.entries.values() for alias in entry.aliases]
        words = [frozenset(_WORD.findall(fold(nfc(alias)))) for alias, _ in aliases]
        common = Counter(itertools.chain.from_iterable(words))
        found: dict[str, list[tuple[int, str, CatalogEntry]]] = {}
        for n, (alias, entry) in enumerate(aliases):
            if words[n]:
                rarest = min(words[n], key=lambda word: (common[word], word))
                found.setdefault(rarest, []).append((n, alias, entry))
        return found

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Return where ``text`` names entries by number or everyday name, with or without marks.

        Mentions do not overlap, the longest wins; offsets are those of ``corpus.text.nfc(text)``.
        """
        folded = fold(nfc(text))
        spans: dict[tuple[int, int], dict[str, CatalogEntry]] = {}
        for mention in self._numbers(text):
            named = spans.setdefault((mention.start, mention.end), {})
            named.update({entry.id: entry for entry in mention.entries})
        possible = [one for word in set(_WORD.findall(folded)) for one in self._by_word.get(word, ())]
        for _, alias, entry in sorted(possible, key=lambda one: one[0]):
            for found in _name_pattern(alias).finditer(folded):
                spans.setdefault(found.span(), {})[entry.id] = entry
        chosen: list[Mention] = []
        for (start, end), named in sorted(spans.items(), key=lambda item: (item[0][0] - item[0][1], item[0])):
            if all(end <= other.start or start >= other.end for other in chosen):
                chosen.append(Mention(start, end, tuple(named.values())))
        return tuple(sorted(chosen, key=lambda mention: mention.start))


def _number_keys(entry: CatalogEntry) -> set[str]:
    """Keys of an entry's number and of aliases that are numbers (a number that a held text misprints)."""
    names = (entry.number, *entry.aliases)
    return {number_key(n) for n in names if n and _FULL_NUMBER.fullmatch(fold(nfc(n)))}


_PRINTED = re.compile(r"[a-z]*?(\d+[a-z]?)|([a-z]+)")


def printed_number(path: str) -> str:
    """Return the number printed at the end of a provision path: "13" of d13, "2" of d13.k2, "đ" of d13.dd."""
    last = path.rsplit(".", 1)[-1]
    match = _PRINTED.fullmatch(last)
    if match is None:
        return last
    return match[1] or ("đ" if match[2] == "dd" else match[2])


def _build(raw: RawEntry, base: CatalogEntry | None) -> CatalogEntry:
    fields: dict[str, str | None] = {name: getattr(base, name) if base else None for name in FACT_FIELDS}
    fields.update(raw.fields)
    kind = fields.pop("kind")
    assert kind is not None  # read_catalog_file demands it of a new entry
    return CatalogEntry(
        id=raw.id,
        kind=kind,
        **fields,
        aliases=tuple(dict.fromkeys((*(base.aliases if base else ()), *raw.aliases))),
        evidence={**(base.evidence if base else {}), **raw.evidence},
        relations=tuple(dict.fromkeys((*(base.relations if base else ()), *raw.relations))),
        warning_rules=tuple(dict.fromkeys((*(base.warning_rules if base else ()), *raw.warnings))),
    )


def load_catalog(settings: Settings) -> Catalog:
    """Return the shipped catalog with the user's overlay laid over it, entry by entry.

    Raises ``TrolyError`` (Vietnamese: file, line, field, what to do) where the overlay is broken.
    """
    entries = {id_: _build(raw, None) for id_, raw in read_catalog_file(SHIPPED_CATALOG).items()}
    if settings.overlay_catalog.is_file():
        for id_, raw in read_catalog_file(settings.overlay_catalog, frozenset(entries)).items():
            entries[id_] = _build(raw, entries.get(id_))
    return Catalog(entries)
