"""References to documents that the library holds and no catalog knows: resolved when the library is whole.

While a file is read only the catalog can say what it refers to; a circular and the decree that it names may
come in either order, or in two ingestions. Before a library is published, the references of every text that
names a document which came, or went, are therefore looked for again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from corpus.catalog import Catalog, CatalogEntry, number_key
from corpus.kinds import kind_named
from corpus.model import Document
from corpus.store import StoredDocument
from ingest.parse import with_references

_FIGURES = re.compile(r"\d+(?:\.\d+)?(?:/\d{4})?")


def link(
    stored: Mapping[str, StoredDocument], before: Mapping[str, StoredDocument], catalog: Catalog
) -> dict[str, StoredDocument]:
    """Return ``stored`` with references to one another resolved; ``before`` is the library as it was.

    A text that was read anew is looked at for every document held, one taken over from ``before`` only for
    those that came or went since. What no longer is held is a reference explicitly unresolved again.
    """
    entries = dict(_entries(stored, catalog))
    gone = dict(_entries({id_: item for id_, item in before.items() if id_ not in stored}, catalog))
    come = {id_: entry for id_, entry in entries.items() if entry != _entry_of(before.get(id_))}
    changed = gone | come
    result = {}
    for id_, item in stored.items():
        looked_for = changed if item is before.get(id_) else entries
        if _named(item, looked_for.values()):
            named = {entry.id: entry for entry in _named(item, entries.values())}
            parsed = with_references(
                item.parsed, Catalog(catalog.entries | named, catalog.cards_dir), catalog
            )
            item = item if parsed == item.parsed else replace(item, parsed=parsed)
        result[id_] = item
    return result


def _entries(stored: Mapping[str, StoredDocument], catalog: Catalog) -> Iterable[tuple[str, CatalogEntry]]:
    """Yield what references can name of the documents that the catalog does not know."""
    for id_, item in stored.items():
        entry = None if id_ in catalog.entries else _entry_of(item)
        if entry:
            yield id_, entry


def _entry_of(item: StoredDocument | None) -> CatalogEntry | None:
    """Return a document as a catalog would know it; None for one without a number to be named by."""
    document = item.parsed.document if item else None
    if document is None or not document.number:
        return None
    return CatalogEntry(
        document.id, document.kind, document.number, document.title, issuer=document.issuer,
        issued=document.issued,
    )  # fmt: skip


def _named(item: StoredDocument, entries: Iterable[CatalogEntry]) -> list[CatalogEntry]:
    """Return the entries that a text may name: their figures stand in it, or a law's name does."""
    document = item.parsed.document
    folded = document.text.casefold()
    return [e for e in entries if e.id != document.id and _may_name(document, folded, e)]


def _may_name(document: Document, folded: str, entry: CatalogEntry) -> bool:
    figures = _FIGURES.match(number_key(entry.number or ""))
    if figures and figures[0] in document.text:
        return True
    kind = kind_named(entry.kind)
    return bool(kind and kind.number_prefix and entry.title and entry.title.casefold() in folded)
