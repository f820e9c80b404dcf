"""Two-syllable words of Vietnamese law, by how much their syllables keep company.

Run: ``python -m ingest.training.words ../shared/bench`` (writes ``corpus/lexicon/words.txt``). A word
is a pair of neighbouring syllables with a normalised pointwise mutual information (Bouma 2009) above
a threshold, higher where one of the two is a function word, since those stand beside everything.
"""

from __future__ import annotations

import gzip
import itertools
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from corpus.settings import SHIPPED_LEXICON
from corpus.text import normalise

MIN_COUNT = 20
MIN_NPMI = 0.06
MIN_NPMI_FUNCTION = 0.40
MAX_SYLLABLES = 20_000_000
FUNCTION = frozenset(
    [
        "cho",
        "các",
        "của",
        "và",
        "là",
        "được",
        "có",
        "trong",
        "theo",
        "với",
        "về",
        "tại",
        "này",
        "do",
        "để",
        "khi",
        "từ",
        "đến",
        "những",
        "một",
        "không",
        "phải",
        "bị",
        "bởi",
        "hoặc",
        "thì",
        "mà",
        "như",
        "trên",
        "dưới",
        "ra",
        "vào",
        "sau",
        "trước",
        "đã",
        "sẽ",
        "đang",
        "cùng",
        "bằng",
        "nếu",
        "vì",
        "nào",
        "đó",
        "thuộc",
        "việc",
        "người",
        "ngày",
        "tháng",
        "năm",
        "khoản",
        "điều",
        "điểm",
        "ở",
        "mỗi",
        "mọi",
        "cả",
        "lại",
        "nữa",
        "rất",
        "cũng",
        "chỉ",
        "vẫn",
        "mới",
        "nên",
        "hay",
        "xã",
        "tỉnh",
        "huyện",
        "phường",
        "thôn",
        "phòng",
        "ban",
        "bộ",
    ]
)
_BREAK = re.compile(r"[^\w\s]|[\d_]|\n")


def segments(folder: Path) -> Iterator[list[str]]:
    """Yield runs of lower-case syllables between punctuation marks of the articles in ``folder``."""
    seen = 0
    for name in ("laws/articles.jsonl.gz", "zalo2021/corpus.jsonl.gz"):
        with gzip.open(folder / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                for part in _BREAK.split(normalise(f"{row.get('title', '')}. {row['text']}").lower()):
                    syllables = part.split()
                    seen += len(syllables)
                    yield syllables
                    if seen > MAX_SYLLABLES:
                        return


def count_words(folder: Path) -> dict[str, int]:
    """Return word -> NPMI x 100, counted over the articles in ``folder``."""
    singles: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    total = 0
    for syllables in segments(folder):
        singles.update(syllables)
        pairs.update(itertools.pairwise(syllables))
        total += len(syllables)
    words = {}
    for (a, b), count in pairs.items():
        if count < MIN_COUNT:
            continue
        p = count / total
        npmi = math.log(p / ((singles[a] / total) * (singles[b] / total))) / -math.log(p)
        if npmi >= (MIN_NPMI_FUNCTION if a in FUNCTION or b in FUNCTION else MIN_NPMI):
            words[f"{a} {b}"] = round(npmi * 100)
    return words


def main() -> None:
    """Write the word list."""
    words = count_words(Path(sys.argv[1]))
    lines = [
        "# Two-syllable words and their NPMI x 100, counted by ingest/training/words.py over ../shared/bench",
        "# (20 M syllables of legal text). Language statistics only.",
        *(f"{word}\t{npmi}" for word, npmi in sorted(words.items())),
    ]
    (SHIPPED_LEXICON / "words.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
