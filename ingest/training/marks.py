"""The mark restorer's statistics: how often a marked syllable follows another in Vietnamese law.

Run: ``python -m ingest.training.marks ../shared/bench`` (writes ``corpus/lexicon/marks.tsv.gz``).
Counted over the articles of ``bench/laws`` and ``bench/zalo2021``, the training questions of
both sets and, many times over, over what the project itself ships (plan, cards, names of units and
places), so that asking words and local names are known.
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus.settings import PACKAGE_DIR, SHIPPED_DOCUMENTS, SHIPPED_LEXICON
from corpus.text import has_marks, normalise
from ingest.training.words import segments

MIN_SINGLE = 5
MIN_PAIR = 6
OWN_WEIGHT = 40
"""How often the project's own texts are counted beside 20 M syllables of law."""


QUESTION_WEIGHT = 20

_BARE_FROM = 3
"""Syllables in a row without any mark from which they were printed so: three words in four have marks."""


def _own_segments() -> Iterator[list[str]]:
    files = [
        *sorted(SHIPPED_DOCUMENTS.glob("*.txt")),
        *sorted((PACKAGE_DIR / "cards").glob("*.toml")),
        *(
            SHIPPED_LEXICON / name
            for name in ("units.toml", "places.toml", "abbreviations.toml", "synonyms.toml")
        ),
    ]
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                for part in re.split(r"[^\w\s]|[\d_]", normalise(line).lower()):
                    yield part.split()


def _question_segments(folder: Path) -> Iterator[list[str]]:
    """The training questions: laws hardly ever ask ("bao nhiêu", "ở đâu")."""
    for name in ("zalo2021/train/queries.jsonl.gz", "alqac2025/train/queries.jsonl.gz"):
        with gzip.open(folder / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                for part in re.split(r"[^\w\s]|[\d_]", normalise(json.loads(line)["text"]).lower()):
                    yield part.split()


def _printed_without_marks(syllables: Sequence[str]) -> bool:
    """True for what a page gives without its marks (titles in ``bench/zalo2021``): nothing to learn from."""
    return len(syllables) >= _BARE_FROM and not any(map(has_marks, syllables))


def main() -> None:
    """Write the statistics."""
    singles: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    bench = Path(sys.argv[1])
    sources = (
        (1, segments(bench)),
        (QUESTION_WEIGHT, _question_segments(bench)),
        (OWN_WEIGHT, _own_segments()),
    )
    for weight, source in sources:
        for syllables in source:
            if _printed_without_marks(syllables):
                continue
            for syllable in syllables:
                singles[syllable] += weight
            for pair in itertools.pairwise(syllables):
                pairs[pair] += weight
    known = {s: n for s, n in singles.items() if n >= MIN_SINGLE and len(s) <= 8}
    lines = [f"{s}\t{n}" for s, n in sorted(known.items())]
    lines.append("")
    lines += [
        f"{a}\t{b}\t{n}" for (a, b), n in sorted(pairs.items()) if n >= MIN_PAIR and a in known and b in known
    ]
    data = "\n".join(lines).encode()
    target = SHIPPED_LEXICON / "marks.tsv.gz"
    # mtime 0: the same counts give the same bytes.
    target.write_bytes(gzip.compress(data, compresslevel=9, mtime=0))


if __name__ == "__main__":
    main()
