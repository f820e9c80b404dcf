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


def lexical_fields(
    parsed: ParsedDocument,
    provision: Provision,
    lexicons: Lexicons,
    paths: Mapping[str, Provision] | None = None,
) -> tuple[list[str], list[str], list[str]]:
    """Return the syllables under which the lexical index finds a provision: title, heading, text.

    The title is what stands above it. The document's name is no part of it: every provision would hold its
    words, and they would tell nothing apart any more.
    """
    chain = heading_chain(parsed, provision, paths)
    text = parsed.document.text[provision.start : provision.end]
    # A card's topic is not part of its fact's text; any other heading is, and counts as one there.
    first, _, rest = (
        text.partition("\n") if provision.heading and provision.kind != "fact" else ("", "", text)
    )
    return (
        [one for above in chain for one in (BREAK, *_syllables(above, lexicons))],
        _syllables(first or provision.heading, lexicons),
        _syllables(rest, lexicons),
    )


def _syllables(text: str, lexicons: Lexicons) -> list[str]:
    return [token.text for token in tokenise(lexicons.expand(spell(nfc(text)), question=False))]
