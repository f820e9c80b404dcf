"""Units, abbreviations and everyday names from the lexicon files (shipped, then the user's overlay)."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from corpus.errors import TrolyError
from corpus.settings import SHIPPED_LEXICON, Settings
from corpus.text import fold


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit (cơ quan, đơn vị) and the ways people write its name."""

    name: str
    variants: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """Short forms and what they stand for.

    ``keep`` leaves the short form beside the full one; ``case`` asks for capitals as typed, since the
    letters are also a word; ``question_only`` and ``expand_documents`` limit where it is applied.
    """

    short: tuple[str, ...]
    full: str
    keep: bool = False
    case: bool = False
    question_only: bool = False
    expand_documents: bool = True


@dataclass(frozen=True, slots=True)
class SynonymGroup:
    """A phrase found in a text (folded) and the other ways to say it.

    Phrases are folded; those of one syllable keep their marks, since folded they may be another word.
    """

    found: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitMention:
    """A unit named in a text, with code-point offsets."""

    name: str
    start: int
    end: int


def unit_key(text: str) -> str:
    """Return the form in which unit names are compared: folded, punctuation as single spaces."""
    return " ".join(re.findall(r"[^\W_]+", fold(text)))


class Lexicons:
    """All word lists that question understanding and indexing share."""

    def __init__(
        self,
        units: Iterable[Unit],
        abbreviations: Iterable[Abbreviation],
        synonyms: Iterable[tuple[str, ...]] = (),
    ) -> None:
        self.units = tuple(units)
        self.abbreviations = tuple(abbreviations)
        self.synonyms = tuple(synonyms)

    @cached_property
    def digest(self) -> str:
        """Identifies everything that changes how a text is written out (units are not)."""
        return hashlib.sha256(repr(self.abbreviations).encode()).hexdigest()[:16]

    @cached_property
    def _unit_names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for unit in self.units:
            for variant in (unit.name, *unit.variants):
                names.setdefault(unit_key(variant), unit.name)
        return names

    @cached_property
    def _unit_pattern(self) -> re.Pattern[str]:
        return _alternatives(self._unit_names)

    @cached_property
    def _weak_names(self) -> dict[str, str]:
        return {unit_key(weak): unit.name for unit in self.units for weak in unit.weak}

    def canonical_unit(self, text: str) -> str | None:
        """Return the unit's name when ``text`` as a whole names a known unit, else None."""
        key = unit_key(text)
        return self._unit_names.get(key) or self._unit_names.get(re.sub(r" xa$", "", key))

    def find_units(self, text: str, *, weak: bool = False) -> list[UnitMention]:
        """Return the units named in ``text``, longest names first, without overlaps, in text order."""
        folded = fold(text)
        found = [
            UnitMention(self._unit_names[unit_key(m.group())], m.start(), m.end())
            for m in self._unit_pattern.finditer(folded)
        ]
        if weak and not found and self._weak_names:
            found = [
                UnitMention(self._weak_names[unit_key(m.group())], m.start(), m.end())
                for m in _alternatives(self._weak_names).finditer(folded)
            ]
        return found

    def name_units(self, text: str) -> str:
        """Return ``text`` with every variant of a unit's name replaced by the name itself."""
        for mention in reversed(self.find_units(text)):
            text = text[: mention.start] + mention.name + text[mention.end :]
        return text

    @cached_property
    def _short_forms(self) -> dict[str, Abbreviation]:
        return {unit_key(short): entry for entry in self.abbreviations for short in entry.short}

    @cached_property
    def _short_pattern(self) -> re.Pattern[str]:
        return _alternatives(self._short_forms)

    def abbreviation(self, short: str) -> Abbreviation | None:
        """Return the entry of a short form, None where it is not one."""
        return self._short_forms.get(unit_key(short))

    def abbreviations_in(self, text: str) -> list[Abbreviation]:
        """Return the short forms that stand in ``text`` as the lexicon asks for them, in text order."""
        found = []
        for match in self._short_pattern.finditer(fold(text)):
            surface = text[match.start() : match.end()]
            entry = self._short_forms[unit_key(surface)]
            if not entry.case or surface == surface.upper():
                found.append(entry)
        return found

    @cached_property
    def _synonym_groups(self) -> dict[str, tuple[str, ...]]:
        groups: dict[str, tuple[str, ...]] = {}
        for group in self.synonyms:
            forms = [unit_key(phrase) if " " in phrase else phrase.lower() for phrase in group]
            for phrase, form in zip(group, forms, strict=True):
                others = (*groups.get(form, ()), *(other for other in forms if other != form))
                groups[unit_key(phrase) if " " in phrase else form] = tuple(dict.fromkeys(others))
        return groups

    @cached_property
    def _synonym_keys(self) -> tuple[frozenset[str], int]:
        """Return the folded phrases of all groups, and how many words the longest has."""
        keys = frozenset(map(fold, self._synonym_groups))
        return keys, max((len(key.split()) for key in keys), default=0)

    def synonyms_in(self, text: str) -> list[SynonymGroup]:
        """Return the synonym phrases that ``text`` (normal form) holds, longest first, and their others."""
        keys, longest = self._synonym_keys
        words = list(re.finditer(r"[^\W_]+", fold(text)))
        found: dict[str, SynonymGroup] = {}
        at = 0
        while at < len(words):
            step = 1
            for n in range(min(longest, len(words) - at), 0, -1):
                key = " ".join(word.group() for word in words[at : at + n])
                if key in keys:
                    step = n
                    if n == 1:  # as it is marked
                        key = text[words[at].start() : words[at].end()].lower()
                    if key in self._synonym_groups:
                        found.setdefault(key, SynonymGroup(fold(key), self._synonym_groups[key]))
                    break
            at += step
        return list(found.values())

    def expand(self, text: str, *, question: bool) -> str:
        """Return ``text`` with known short forms written out."""

        def full(match: re.Match[str]) -> str:
            surface = text[match.start() : match.end()]
            entry = self._short_forms[unit_key(surface)]
            if (entry.case and surface != surface.upper()) or (
                not question and (entry.question_only or not entry.expand_documents)
            ):
                return surface
            # Where the text itself explains the short form right beside it, once is enough.
            before = fold(text[max(0, match.start() - len(entry.full) - 2) : match.start()])
            if before.rstrip(" (").endswith(fold(entry.full)):
                return surface if entry.keep else ""
            full = entry.full[_overlap(before, fold(entry.full)) :]  # "chỉ số PCI" holds its first words
            return f"{full} {surface}" if entry.keep else full

        return _sub_with_offsets(self._short_pattern, fold(text), text, full)


def _overlap(before: str, full: str) -> int:
    """Return how many characters of ``full`` (whole words) stand at the end of ``before`` already."""
    words = full.split(" ")
    for n in range(len(words) - 1, 0, -1):
        head = " ".join(words[:n]) + " "
        if f" {before}".endswith(f" {head}"):
            return len(head)
    return 0


def _sub_with_offsets(pattern: re.Pattern[str], folded: str, text: str, replace: Any) -> str:
    """Substitute in ``text`` where ``pattern`` matches in its folded twin (same offsets)."""
    pieces, last = [], 0
    for match in pattern.finditer(folded):
        pieces += [text[last : match.start()], replace(match)]
        last = match.end()
    return "".join([*pieces, text[last:]])


def _alternatives(keys: Iterable[str]) -> re.Pattern[str]:
    """Match any key with free punctuation between its words, longest key first, at word borders.

    A digit after a dot belongs to a number or a label ("mục IV.1 của" holds no "1 cửa").
    """
    ordered = sorted(keys, key=len, reverse=True)
    bodies = (r"[^\w]{1,4}".join(map(re.escape, key.split())) for key in ordered)
    if not ordered:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<![\w/-])(?!(?<=\w\.)\d)(?:{'|'.join(bodies)})(?![\w])")


def load_lexicons(settings: Settings) -> Lexicons:
    """Return the shipped lexicons with the user's overlay folder laid over them.

    An overlay file has the same name and shape as the shipped one; its entries come first.
    Raises ``TrolyError`` naming the broken file.
    """
    units = [
        Unit(e["name"], tuple(e.get("variants", ())), tuple(e.get("weak", ())))
        for e in _entries(settings, "units.toml", "unit", "name")
    ]
    abbreviations = [
        Abbreviation(**{**e, "short": tuple(e["short"])})
        for e in _entries(settings, "abbreviations.toml", "abbreviation", "short", "full")
    ]
    synonyms = [tuple(e["phrases"]) for e in _entries(settings, "synonyms.toml", "synonyms", "phrases")]
    return Lexicons(units, abbreviations, synonyms)


def _entries(settings: Settings, name: str, table: str, *needed: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for folder in (settings.overlay_lexicon, SHIPPED_LEXICON):
        path: Path = folder / name
        if not path.is_file():
            continue
        try:
            # utf-8-sig: Notepad puts a byte order mark in front.
            found = tomllib.loads(path.read_text(encoding="utf-8-sig")).get(table, [])
            lacking = [entry for entry in found if not set(needed) <= entry.keys()]
            if lacking:
                raise TrolyError(
                    f"Tệp từ điển {path}: mỗi mục [[{table}]] phải có {', '.join(needed)}. "
                    "Hãy bổ sung rồi chạy lại."
                )
            entries += found
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise TrolyError(f"Tệp từ điển {path} sai cú pháp: {error}. Hãy sửa hoặc xóa tệp này.") from error
    return entries
