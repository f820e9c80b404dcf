"""The field of work (lĩnh vực) that a task belongs to, in the words of its own document.

A provision's tasks belong to the fields that it names ("lĩnh vực Tư pháp: …"), to the titled sections of the
same plan whose title it repeats ("các nhiệm vụ về cải cách thể chế"), and to the section or group of rows
that it stands in. Where the document says none of that a task has no field: unknown, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import ceil
from weakref import WeakKeyDictionary

from corpus.lexicons import unit_key
from corpus.model import Provision, Task
from corpus.store import Library

UNSAID = "-"
"""The filter's value for tasks whose document names no field."""

_NAMED = re.compile(r"lĩnh vực ((?:[^\W\d_]|[ ,\-–]){3,60}?)(?=\s*[:;.(]|, (?:gồm|bao gồm)\b)")
_NUMBER = re.compile(r"^\W*(?:[IVXLC]+|\d+(?:\.\d+)*|[A-ZĐ]|[a-zđ])\s*[.);]\s+")
_SHORTEST, _LONGEST = 3, 100
"""Code points of a title that can be a field; a longer one is a sentence."""

_SYLLABLES, _SHARE = 4, 0.6
"""How much of a title's end a text must repeat: "kiểm soát thủ tục hành chính" is of "Cải cách thủ tục hành
chính"; fewer syllables recur by chance."""

_known: WeakKeyDictionary[Library, dict[str, tuple[str, ...]]] = WeakKeyDictionary()


def fields_of(library: Library, task: Task) -> tuple[str, ...]:
    """Return the names of the fields of a task, () where its document names none."""
    known = _known.get(library)
    if known is None:
        known = _known[library] = _read(library)
    return known.get(task.provision_id, ())


def all_fields(library: Library) -> list[str]:
    """Return every field that a task of the library belongs to, each once, in the library's order."""
    return list(dict.fromkeys(name for task in library.tasks() for name in fields_of(library, task)))


def in_field(library: Library, task: Task, wanted: str) -> bool:
    """True where a task belongs to a field; "" is any, ``UNSAID`` none."""
    if not wanted:
        return True
    names = fields_of(library, task)
    return not names if wanted == UNSAID else unit_key(wanted) in map(unit_key, names)


def _read(library: Library) -> dict[str, tuple[str, ...]]:
    """Return the fields of every provision that gives a task."""
    tasks = library.tasks()
    units = {unit_key(name) for task in tasks for name in (task.lead, *task.cooperates)}
    sections: dict[str, list[Provision]] = {}
    found: dict[str, tuple[str, ...]] = {}
    for identifier in dict.fromkeys(task.provision_id for task in tasks):
        document_id = identifier.partition(":")[0]
        if document_id not in sections:
            sections[document_id] = [
                one
                for one in library.provisions(document_id)
                if one.kind == "outline" and one.parent is not None and _fits(one.heading, units)
            ]
        provision = library.provision(identifier)
        names = list(_names(library, provision, sections[document_id], units))
        found[identifier] = tuple({unit_key(name): name for name in names}.values())
    return found


def _names(
    library: Library, provision: Provision, sections: Sequence[Provision], units: set[str]
) -> Iterator[str]:
    said = library.text_of(provision)
    for match in _NAMED.finditer(said):
        yield _title(match[1])
    folded = f" {unit_key(said)} "
    for section in sections:
        inside = section.start <= provision.start and provision.end <= section.end
        if inside or _repeats(section.heading, folded):
            yield _title(section.heading)
    for above in library.ancestors(provision):
        words = _NUMBER.sub("", _row_title(library, above)) if above.kind == "row" else ""
        if _fits(words, units):
            yield _title(words)


def _repeats(title: str, folded: str) -> bool:
    """True where a text repeats a title, or all of it but its first words ("Xây dựng và phát triển …")."""
    syllables = unit_key(title).split()
    least = max(_SYLLABLES, ceil(_SHARE * len(syllables)))
    return any(f" {' '.join(syllables[at:])} " in folded for at in range(max(1, len(syllables) - least + 1)))


def _row_title(library: Library, row: Provision) -> str:
    """Return what the heading of a group of rows says: its last cell, else its whole text."""
    if row.cells:
        _, start, end = row.cells[-1]
        return library.document(row.document_id).text[start:end].strip()
    return library.own_text(row).strip()


def _fits(title: str, units: set[str]) -> bool:
    return _SHORTEST <= len(title) <= _LONGEST and unit_key(title) not in units


def _title(words: str) -> str:
    """Return a field's name as a title: "cải cách thể chế" -> "Cải cách thể chế"; capitals are lowered."""
    name = " ".join(words.split()).strip(" ,.;:-–")
    name = name.capitalize() if name.isupper() and len(name) > _SHORTEST else name
    return name[:1].upper() + name[1:]
