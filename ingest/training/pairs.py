"""Training pairs for the embedding model: ``python -m ingest.training.pairs --bench DIR --out DIR``.

Two files of JSON lines (``anchor``, ``positive``, ``negative``):

* ``statute.jsonl``: no labels, from the laws' own structure. An article's heading, or a sentence of its
  body, asks for the article; its neighbours in the same law and its lexical rivals are the hard negatives.
* ``labelled.jsonl``: questions of the ``train`` parts of Zalo 2021 and ALQAC 2025 with their articles,
  but for the fifth on which the ranker is fitted.

Long articles are cut into windows; the positive is the window that says most of what is asked, and the
negatives are the windows of other articles that lexical search ranks high. Questions are varied as
officials type them: without marks, with half of them, with marks put back by our own restorer (which
errs), in lower case. Seeded: the same inputs give the same files.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
from tqdm import tqdm

from corpus.lexical import BM25_B, BM25_K1
from corpus.marks import restore
from corpus.text import index_terms, normalise, tokenise
from ingest.training.vocabulary import strip_marks

WINDOW = 500
"""Characters of an article's window: with its title and heading about 128 to 160 tokens."""

_SEED = 20261124
_TITLE = 100  # characters of the law's title that stand before a passage
_COMMON_HEADING = 3  # a heading in more articles than this ("Hiệu lực thi hành") asks for none of them
_RIVALS = 40
_SKIPPED_RIVALS = 2  # the very best rivals of a question may answer it as well
_NEIGHBOUR = 3  # articles to either side in the same law
# Shares of questions as officials type them; the rest stays as written.
_BARE, _HALF, _RESTORED, _LOWER = 0.12, 0.10, 0.15, 0.15
_SENTENCE_SHARE = 0.3  # of the statute pairs ask with a sentence of the body
_TEMPLATES = (
    "{}",
    "{}",
    "{} được quy định như thế nào?",
    "Quy định về {}",
    "{} là gì?",
    "{} gồm những gì?",
    "Pháp luật quy định {} thế nào?",
)
_ARTICLE_TAIL = re.compile(r"(?:\s+\d{5,})?\s+-\s+Điều\s+\w+\.?\s*")
_SENTENCE = re.compile(r"(?<=[.;:!?])\s+|\n+")
_PLACE = re.compile(r"^(?:\d+\.|[a-zđ]\)|-)\s*")


@dataclass(frozen=True, slots=True)
class Article:
    """An article of a bench corpus: ``law`` groups the articles of one text."""

    id: str
    law: str
    title: str
    heading: str
    body: str


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a ``.jsonl`` or ``.jsonl.gz`` file."""
    with (
        gzip.open(path, "rt", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open("rt", encoding="utf-8") as f
    ):
        for line in f:
            yield json.loads(line)


def read_articles(path: Path) -> list[Article]:
    """Return the articles of a BEIR corpus file whose texts begin with the article's heading."""
    articles = []
    for row in read_jsonl(path):
        title = _ARTICLE_TAIL.sub(" ", normalise(row["title"])).strip()
        lines = [line for line in map(normalise, row["text"].split("\n")) if line]
        heading = lines[0] if len(lines) > 1 and len(lines[0]) <= 200 else ""
        body = "\n".join(lines[1:] if heading else lines)
        articles.append(Article(row["_id"], row["_id"].rsplit("#", 1)[0], title, heading, body))
    return articles


def windows(article: Article) -> list[str]:
    """Return the passages of an article as the embedder reads them: title, heading, part of the body."""
    head = "\n".join(filter(None, (article.title[:_TITLE], article.heading)))
    parts: list[str] = [""]
    for line in article.body.split("\n"):
        pieces = [line] if len(line) <= WINDOW else _SENTENCE.split(line)
        for piece in pieces:
            if parts[-1] and len(parts[-1]) + len(piece) > WINDOW:
                parts.append("")
            parts[-1] = f"{parts[-1]}\n{piece}".strip() if parts[-1] else piece
    return [f"{head}\n{part}" for part in parts]


class Lexical:
    """BM25 over articles, and the best window of an article for a question."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self.articles = articles
        self._bm25 = bm25s.BM25(k1=BM25_K1, b=BM25_B)
        terms = [
            _terms(f"{a.title} . {a.heading} . {a.body[:6000]}")
            for a in tqdm(articles, desc="index", mininterval=5)
        ]
        self._bm25.index(terms, show_progress=False)

    def best(self, question: str, limit: int) -> list[int]:
        """Return the rows of the best articles for a question, best first."""
        known = self._bm25.get_tokens_ids(_terms(question))
        if not len(known):
            return []
        scores = self._bm25.get_scores_from_ids(known)
        top = np.argpartition(-scores, limit)[:limit]
        return [int(n) for n in top[np.argsort(-scores[top])]]

    def window(self, article: Article, question: str) -> str:
        """Return the window that holds most of the question's terms."""
        wanted = set(_terms(question))
        return max(windows(article), key=lambda part: len(wanted.intersection(_terms(part))))


def _terms(text: str) -> list[str]:
    return index_terms(token.text for token in tokenise(text))


def as_typed(question: str, rng: random.Random) -> str:
    """Return a question as some official would type it."""
    draw = rng.random()
    if draw < _BARE:
        question = strip_marks(question).lower() if rng.random() < 0.5 else strip_marks(question)
    elif draw < _BARE + _HALF:
        question = " ".join(strip_marks(w) if rng.random() < 0.5 else w for w in question.split())
    elif draw < _BARE + _HALF + _RESTORED:
        question = restore(strip_marks(question))
    elif draw < _BARE + _HALF + _RESTORED + _LOWER:
        question = question.lower()
    return question


def held_for_ranking(question_id: str) -> bool:
    """True for the fifth of the ``train`` questions that the embedding model never sees.

    The ranker's weights are fitted on these alone: on questions that it was trained on, the model's
    cosines look surer than they are.
    """
    return hashlib.sha256(question_id.encode()).digest()[0] % 5 == 0


def labelled_pairs(folder: Path, rng: random.Random) -> Iterator[dict[str, str]]:
    """Yield a training row a labelled (question, article) of a set's ``train`` part."""
    articles = read_articles(folder / "corpus.jsonl.gz")
    rows = {article.id: n for n, article in enumerate(articles)}
    lexical = Lexical(articles)
    questions = {row["_id"]: row["text"] for row in read_jsonl(folder / "train" / "queries.jsonl.gz")}
    gold: dict[str, list[str]] = {}
    for line in (folder / "train" / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        question_id, article_id, _ = line.split("\t")
        gold.setdefault(question_id, []).append(article_id)
    for question_id, article_ids in tqdm(gold.items(), desc=folder.name, mininterval=5):
        if held_for_ranking(question_id):
            continue
        question = normalise(questions[question_id])
        right = {rows[id_] for id_ in article_ids}
        rivals = [n for n in lexical.best(question, _RIVALS) if n not in right][_SKIPPED_RIVALS:]
        for row in right:
            # The nearer the rival, the more often it is shown.
            rival = articles[rivals[min(int(rng.expovariate(0.15)), len(rivals) - 1)]]
            yield {
                "anchor": as_typed(question, rng),
                "positive": lexical.window(articles[row], question),
                "negative": lexical.window(rival, question),
            }


def statute_pairs(articles: list[Article], count: int, rng: random.Random) -> Iterator[dict[str, str]]:
    """Yield up to ``count`` training rows from the articles' own headings and sentences."""
    headings = Counter(article.heading.lower() for article in articles)
    lexical = Lexical(articles)
    order = list(range(len(articles)))
    rng.shuffle(order)
    made = 0
    for row in tqdm(order, desc="statute", mininterval=5):
        article = articles[row]
        if made == count or not article.heading or len(article.body) < 80:
            continue
        asked, shown = _ask(article, headings, rng)
        if asked is None:
            continue
        beside = [
            n
            for n in range(row - _NEIGHBOUR, row + _NEIGHBOUR + 1)
            if n != row and 0 <= n < len(articles) and articles[n].law == article.law
        ]
        if beside and rng.random() < 0.4:
            rival = articles[rng.choice(beside)]
        else:
            rivals = [
                n for n in lexical.best(asked, _RIVALS) if n != row and articles[n].heading != article.heading
            ]
            if not rivals:
                continue
            rival = articles[rivals[min(int(rng.expovariate(0.2)), len(rivals) - 1)]]
        made += 1
        yield {
            "anchor": as_typed(asked, rng),
            "positive": lexical.window(shown, asked),
            "negative": lexical.window(rival, asked),
        }


def _ask(article: Article, headings: Counter[str], rng: random.Random) -> tuple[str | None, Article]:
    """Return a question made of an article's own words, and the article as it is shown for it."""
    if rng.random() < _SENTENCE_SHARE:
        whole = [_PLACE.sub("", s).strip(" .;:") for s in _SENTENCE.split(article.body)]
        sentences = [s for s in whole if 50 <= len(s) <= 200]
        if not sentences:
            return None, article
        asked = rng.choice(sentences)
        # Half of the time the sentence itself is taken out: the rest of the article has to do.
        body = article.body.replace(asked, " ") if rng.random() < 0.5 else article.body
        return asked, Article(article.id, article.law, article.title, article.heading, body)
    heading = re.sub(r"^Điều \w+\.?\s*", "", article.heading).strip(" .:")
    if headings[article.heading.lower()] > _COMMON_HEADING:
        if not article.title:
            return None, article
        heading = f"{heading} {article.title[:_TITLE]}"
    template = rng.choice(_TEMPLATES)
    asked = template.format(heading if template.startswith("{}") else heading[:1].lower() + heading[1:])
    # Half of the time without its heading: the body has to say it.
    kept = article.heading if rng.random() < 0.5 else ""
    return asked, Article(article.id, article.law, article.title, kept, article.body)


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    """Write rows as JSON lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    print(f"{path}: {len(rows)} rows")


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", type=Path, required=True, help="folder with laws/, zalo2021/, alqac2025/")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--statute", type=int, default=12_000, help="statute pairs")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(_SEED)
    articles = read_articles(arguments.bench / "laws" / "articles.jsonl.gz")
    write_rows(arguments.out / "statute.jsonl", list(statute_pairs(articles, arguments.statute, rng)))
    rng = random.Random(_SEED)  # the labelled rows do not depend on how many the statutes gave
    rows = [row for name in ("zalo2021", "alqac2025") for row in labelled_pairs(arguments.bench / name, rng)]
    write_rows(arguments.out / "labelled.jsonl", rows)


if __name__ == "__main__":
    main()
