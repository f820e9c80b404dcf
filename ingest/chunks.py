"""Tree -> LlamaIndex nodes: one ``TextNode`` a provision, its id the provision id.

The text that is embedded carries the heading chain, so that a paragraph under "IV.1. Phòng Văn
hóa – Xã hội" is found by the unit's name as well as by its own words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from llama_index.core.schema import TextNode

from corpus.lexical import BREAK
from corpus.lexicons import Lexicons
from corpus.model import Document, ParsedDocument, Provision
from corpus.text import nfc, spell, tokenise

TITLE_LENGTH = 120
"""Characters of the document's title that go in front of a passage: enough to tell texts apart."""

PASSAGE_LENGTH = 1000
"""Characters of a provision that are embedded: about 250 tokens. What comes after them has vectors of its
own (each part of a long provision is a provision) and stands in the lexical index with all its words."""

_NO_TITLE = frozenset({"letterhead", "signature", "recipients"})


def document_name(document: Document) -> str:
    """Return kind, number and the start of the title, for heading chains."""
    parts = [document.kind, document.number or "", document.title[:TITLE_LENGTH]]
    return " ".join(part for part in parts if part)


def by_path(parsed: ParsedDocument) -> dict[str, Provision]:
    """Return a document's provisions by their paths; made once a document, for ``heading_chain``."""
    return {provision.path: provision for provision in parsed.provisions}


def heading_chain(
    parsed: ParsedDocument, provision: Provision, paths: Mapping[str, Provision] | None = None
) -> list[str]:
    """Return the headings above a provision, outermost first; ``paths`` is ``by_path(parsed)``."""
    paths = by_path(parsed) if paths is None else paths
    chain: list[str] = []
    parent = provision.parent
    while parent is not None:
        above = paths[parent]
        # A clause that introduces points ("Phòng X tham mưu … về:") is context just like a title.
        own = parsed.document.text[above.start : above.own_end].strip()
        chain.append(above.heading or (own if len(own) <= 400 else own[:400]))
        parent = above.parent
    return [heading for heading in reversed(chain) if heading]


def passage(parsed: ParsedDocument, provision: Provision, chain: list[str]) -> str:
    """Return the text of one node: heading chain, then the start of the provision with its descendants."""
    text = parsed.document.text[provision.start : min(provision.end, provision.start + PASSAGE_LENGTH)]
    title = [] if provision.kind in _NO_TITLE else [document_name(parsed.document)]
    return "\n".join([*title, *chain, text])


def make_nodes(parsed: ParsedDocument, lexicons: Lexicons, first_ordinal: int) -> Iterable[TextNode]:
    """Yield one node a provision, in order, abbreviations written out.

    ``first_ordinal`` is the ordinal of the document's first provision in the generation.
    """
    paths = by_path(parsed)
    for n, provision in enumerate(parsed.provisions):
        chain = heading_chain(parsed, provision, paths)
        text = lexicons.expand(passage(parsed, provision, chain), question=False)
        yield TextNode(
            id_=provision.id,
            text=text,
            metadata={"document_id": provision.document_id, "ordinal": first_ordinal + n},
            excluded_embed_metadata_keys=["document_id", "ordinal"],
            excluded_llm_metadata_keys=["document_id", "ordinal"],
        )


def lexical_syllables(
    parsed: ParsedDocument,
    provision: Provision,
    lexicons: Lexicons,
    paths: Mapping[str, Provision] | None = None,
) -> list[str]:
    """Return the syllables under which the lexical index finds a provision: headings, then text."""
    chain = " . ".join(heading_chain(parsed, provision, paths))
    text = parsed.document.text[provision.start : provision.end]
    syllables: list[str] = []
    for part in (chain, text):
        expanded = lexicons.expand(spell(nfc(part)), question=False)
        syllables += [BREAK, *(token.text for token in tokenise(expanded))]
    return syllables
