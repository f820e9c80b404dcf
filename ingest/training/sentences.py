"""The 200 reference sentences: written for this project, none taken from a law."""

from __future__ import annotations

from pathlib import Path

from corpus.text import normalise

SENTENCES = Path(__file__).with_name("reference_sentences.txt")
QUERY, PASSAGE = "query: ", "passage: "  # the prefixes multilingual-e5 was trained with


def reference_sentences() -> list[str]:
    """Return the sentences, each with its prefix, in the form in which the embedders read text."""
    return [normalise(line) for line in SENTENCES.read_text("utf-8").splitlines()]


def without_prefix(prefix: str) -> list[str]:
    """Return the sentences that carry ``prefix`` (``QUERY`` or ``PASSAGE``), the prefix taken off."""
    return [line.removeprefix(prefix) for line in reference_sentences() if line.startswith(prefix)]
