"""One file -> one parsed document: reader, structure, metadata, catalog, references."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from corpus.catalog import Catalog, CatalogEntry
from corpus.errors import TrolyError
from corpus.model import Document, Doubt, Effect, ParsedDocument, Provision
from ingest.dates import is_full
from ingest.emit import finish
from ingest.identity import document_id
from ingest.markers import arabic
from ingest.metadata import Metadata, read_metadata
from ingest.readers import Source, read
from ingest.references import LIKELY_NUMBER, find_references, find_relations, named
from ingest.structure import parse_annex, parse_structure

_SUSPICIOUS = "suspicious-citation"


def parse_file(path: Path, catalog: Catalog) -> ParsedDocument:
    """Return the document in a file. Raises ``TrolyError`` when the file cannot be read in full."""
    return parse_source(read(path), catalog)


def parse_source(source: Source, catalog: Catalog, own_id: str | None = None) -> ParsedDocument:
    """Return the document of a source: text, tree, metadata completed from the catalog, references.

    ``own_id`` is given to a document that would else share another one's id; the catalog then knows it not.
    """
    structure = parse_structure(source)
    if not structure.text:
        raise TrolyError(f"Tệp {source.name} không có nội dung chữ. Hãy kiểm tra lại tệp gốc.")
    meta = read_metadata(structure, source.hints)
    entry = catalog.match(meta.kind or None, meta.number, meta.issuer, meta.issued, meta.title or None)
    if own_id is not None:
        entry = None
    id_ = own_id or (entry.id if entry else document_id(meta, Path(source.name).stem))
    provisions = finish(structure.provisions, id_)
    document = _document(meta, entry, source, structure.text, id_)
    document = replace(
        document,
        missing=structure.missing,
        doubts=structure.doubts,
        recipients=_recipients(structure.text, provisions),
    )
    effects = tuple(_with_ids(effect, id_) for effect in meta.effects)
    parsed = ParsedDocument(document, provisions, entry.relations if entry else (), effects=effects)
    return _related(parsed, catalog)


def with_references(parsed: ParsedDocument, known: Catalog, catalog: Catalog) -> ParsedDocument:
    """Return ``parsed`` with its references looked for again, now that ``known`` documents are held.

    ``catalog`` is the one that its fields come from.
    """
    entry = catalog.entries.get(parsed.document.id)
    doubts = tuple(d for d in parsed.document.doubts if d.code != _SUSPICIOUS)
    document = replace(parsed.document, doubts=doubts)
    bare = replace(parsed, document=document, relations=entry.relations if entry else ())
    return _related(bare, known)


def _related(parsed: ParsedDocument, catalog: Catalog) -> ParsedDocument:
    """Return ``parsed`` with its references, the relations they state, and doubts about them."""
    references = find_references(parsed, catalog)
    relations = find_relations(parsed, references)
    # What the catalog states of two documents, it states with more knowledge than one sentence gives;
    # which places change is told by the text alone.
    known = {(r.source, named(r)) for r in parsed.relations}
    added = tuple(r for r in relations if r.places or (r.source, named(r)) not in known)
    doubts = tuple(
        Doubt(
            _SUSPICIOUS,
            f"“{r.text}”: {r.note[0].lower()}{r.note[1:]}",
            r.provision_id.partition(":")[2],
        )
        for r in references
        if r.note.startswith(LIKELY_NUMBER)
    )
    document = replace(parsed.document, doubts=(*parsed.document.doubts, *doubts))
    return replace(parsed, document=document, references=references, relations=(*parsed.relations, *added))


def _with_ids(effect: Effect, id_: str) -> Effect:
    """Return an effect whose places are ids of the document."""
    evidence = replace(effect.evidence, provision=f"{id_}:{effect.evidence.provision}")
    return replace(
        effect,
        target=f"{id_}:{effect.target}" if effect.target else id_,
        evidence=evidence,
        exceptions=tuple(f"{id_}:{path}" for path in effect.exceptions),
    )


def attach_part_file(base: ParsedDocument, path: Path, catalog: Catalog) -> ParsedDocument:
    """Return ``base`` with the appendix in a file added (``troly ingest FILE --part-of ID``)."""
    return attach_part(base, read(path), catalog)


def attach_part(base: ParsedDocument, part: Source, catalog: Catalog) -> ParsedDocument:
    """Return ``base`` with an appendix file as ``pl…`` behind its text; what it supplies counts as there.

    Attaching the same file again changes nothing. Offsets of the base stay what they were.
    """
    document = base.document
    if any(p.source_sha256 == part.sha256 for p in base.provisions):
        return base
    structure = parse_annex(part, document.text, base.provisions)
    added = finish(structure.provisions, document.id)
    supplied = {p.number for p in added if p.kind == "appendix"}
    missing = tuple(name for name in document.missing if not _supplies(supplied, name, document.missing))
    gone = {name for name in document.missing if name not in missing}
    doubts = tuple(d for d in document.doubts if not any(name in d.message for name in gone))
    document = replace(document, text=structure.text, missing=missing, doubts=(*doubts, *structure.doubts))
    parsed = replace(base, document=document, provisions=(*base.provisions, *added))
    return with_references(parsed, catalog, catalog)


def _recipients(text: str, provisions: Sequence[Provision]) -> tuple[str, ...]:
    """Return the lines under "Nơi nhận", without their dashes."""
    lines = (text[p.start : p.end] for p in provisions if p.parent == "nn")
    return tuple(filter(None, (re.sub(r"^[-–—~•+*\s]+|[\s;.,/]+$", "", line) for line in lines)))


def _supplies(numbers: set[str], name: str, missing: tuple[str, ...]) -> bool:
    """True when an appendix with one of ``numbers`` is the missing part ``name``."""
    announced = name.removeprefix("Phụ lục ")
    if arabic(announced) in numbers:
        return True
    # An unnumbered appendix is the one that was announced without a number, or the only one missing.
    numbered = arabic(announced).isdigit()
    return ("" in numbers and (not numbered or len(missing) == 1)) or (not numbered and len(missing) == 1)


def _document(meta: Metadata, entry: CatalogEntry | None, source: Source, text: str, id_: str) -> Document:
    """Return the document's fields: as printed first, the catalog's where the text is silent."""

    def known(name: str) -> str | None:
        printed: str | None = getattr(meta, name) or None
        listed: str | None = getattr(entry, name) if entry else None
        # A fuller date than the printed one ("tháng 4 năm 2026") completes it; others never replace it.
        if printed and listed and name in ("issued", "effective", "expires") and listed.startswith(printed):
            return listed
        return printed or listed

    evidence = dict(entry.evidence) if entry else {}
    for name, where in meta.evidence.items():
        if where.provision is not None:
            where = replace(where, provision=f"{id_}:{where.provision}")
        evidence[name] = where
    number, issued = known("number"), known("issued")
    return Document(
        id=id_,
        kind=known("kind") or "Văn bản",
        number=number,
        title=known("title") or Path(source.name).stem,
        issuer=known("issuer"),
        issued=issued,
        text=text,
        place=known("place"),
        effective=known("effective"),
        expires=known("expires"),
        signer=known("signer"),
        signer_title=known("signer_title"),
        draft=number is None or not is_full(issued),
        aliases=entry.aliases if entry else (),
        source_name=source.name,
        source_sha256=source.sha256,
        evidence=evidence,
        warnings=entry.warnings if entry else (),
    )
