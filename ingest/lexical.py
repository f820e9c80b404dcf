"""Writing a generation's lexical index; what did not change is taken over from the generation before.

Reading a text (abbreviations written out, syllables) is nearly all the work of indexing it. Each index
therefore notes which documents it holds, by a digest of everything their terms depend on; the next
build reads only the documents whose digest is new and copies the postings of the others. Scores are
then computed for all (they depend on how many texts hold a term): seconds for 60,000 articles.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from corpus.generation import Generation
from corpus.lexical import SHAPE, LexicalBuilder, LexicalIndex
from corpus.lexicons import Lexicons
from corpus.store import StoredDocument
from ingest.chunks import by_path, lexical_fields

NOTES = "documents.json"


def write_lexical(
    generation: Generation,
    stored: Sequence[StoredDocument],
    lexicons: Lexicons,
    before: Generation | None = None,
) -> int:
    """Write the index of ``stored`` and return how many documents had to be read.

    ``before``: an older generation whose unchanged documents are taken over; one that cannot be read
    is left alone.
    """
    digests = [_digest(item, lexicons) for item in stored]
    old, places = _read(before.lexical_path) if before else (None, {})
    builder = LexicalBuilder(SHAPE)
    read = 0
    for item, digest in zip(stored, digests, strict=True):
        start = places.get(digest)
        if old is not None and start is not None:
            for n in range(len(item.parsed.provisions)):
                builder.take(old, start + n)
            continue
        read += 1
        paths = by_path(item.parsed)
        for provision in item.parsed.provisions:
            builder.add(lexical_fields(item.parsed, provision, lexicons, paths))
    builder.finish().save(generation.lexical_path)
    notes = [[digest, len(item.parsed.provisions)] for item, digest in zip(stored, digests, strict=True)]
    (generation.lexical_path / NOTES).write_text(json.dumps(notes), encoding="utf-8")
    return read


def _digest(item: StoredDocument, lexicons: Lexicons) -> str:
    document = item.parsed.document
    parts = (
        SHAPE.digest,
        lexicons.digest,
        document.text,
        [
            (one.path, one.parent, one.heading, one.start, one.own_end, one.end)
            for one in item.parsed.provisions
        ],
    )
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def _read(folder: Path) -> tuple[LexicalIndex | None, dict[str, int]]:
    """Return an older index and where the provisions of each document start in it."""
    try:
        places, start = {}, 0
        for digest, count in json.loads((folder / NOTES).read_text(encoding="utf-8")):
            places[str(digest)] = start
            start += int(count)
        index = LexicalIndex.load(folder)
    except (OSError, EOFError, ValueError, TypeError):  # of another version, or damaged: read everything anew
        return None, {}
    return (index, places) if index.size == start else (None, {})
