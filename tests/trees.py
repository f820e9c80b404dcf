"""What tests ask of a tree."""

from __future__ import annotations

from corpus.model import Provision
from ingest.readers import Source
from ingest.structure import Structure, parse_structure
from tests.makers import text_source


def parse(text: str) -> Structure:
    return parse_structure(text_source(text))


def by_path(structure: Structure) -> dict[str, Provision]:
    return {provision.path: provision for provision in structure.provisions}


def own_text(structure: Structure, path: str) -> str:
    provision = by_path(structure)[path]
    return structure.text[provision.start : provision.own_end]


def articles(structure: Structure) -> list[str]:
    """Numbers of the document's own điều, in order."""
    return [p.number for p in structure.provisions if p.kind == "article" and "." not in p.path]


def check_tree(source: Source, structure: Structure) -> None:
    """Assert what holds for every tree: unique paths, nesting, order, full cover of text and source."""
    provisions = structure.provisions
    paths = by_path(structure)
    assert len(paths) == len(provisions)
    assert [p.order for p in provisions] == list(range(len(provisions)))
    text_cover = bytearray(len(structure.text))
    source_cover = bytearray(len(source.text))
    for p in provisions:
        assert 0 <= p.start <= p.own_end <= p.end <= len(structure.text)
        if p.parent is not None:
            assert paths[p.parent].start <= p.start and p.end <= paths[p.parent].end
        assert all(p.start <= a <= b <= p.own_end for _, a, b in p.cells), "values stand in their row"
        assert not any(text_cover[p.start : p.own_end]), "own texts do not overlap"
        text_cover[p.start : p.own_end] = b"\1" * (p.own_end - p.start)
        for start, end in p.segments:
            assert not any(source_cover[start:end]), "source segments do not overlap"
            source_cover[start:end] = b"\1" * (end - start)
    assert all(done or char == "\n" for done, char in zip(text_cover, structure.text, strict=True))
    if structure.text:  # nothing but furniture ("- 1 -") has no provision to belong to
        assert all(done or not char.isalnum() for done, char in zip(source_cover, source.text, strict=True))
