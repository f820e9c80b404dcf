"""Amendments that print the new text in the line of the instruction: "… như sau: “2. …”."

The instruction and the quoted text become paragraphs of their own, so that the quotation is one
provision whether it was printed on a new line or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ingest.canonical import Paragraph
from ingest.markers import CLOSE_QUOTES, OPEN_QUOTES

_INLINE = re.compile(
    rf"\b(?:sửa đổi|sửa|bổ sung|thay thế|thay)\b[^{OPEN_QUOTES}{CLOSE_QUOTES}]{{0,400}}?"
    rf"\bnhư sau\s*:\s*(?=[{OPEN_QUOTES}])",
    re.I,
)


def split_quotations(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Return the paragraphs with such lines cut in two before the quoted text."""
    return [part for paragraph in paragraphs for part in _split(paragraph)]


def _split(paragraph: Paragraph) -> Iterable[Paragraph]:
    match = None if paragraph.row else _INLINE.search(paragraph.text)
    # "… như sau: “x” vào trước cụm từ “y”": the instruction goes on behind the quotation.
    if match is None or not _quoted_to_the_end(paragraph.text[match.end() :]):
        yield paragraph
        return
    at = match.end()
    cut = paragraph.body.origin[at]
    before, after = paragraph.body.part(0, at).squeezed(), paragraph.body.part(at)
    yield Paragraph(
        before,
        [(a, min(b, cut)) for a, b in paragraph.spans if a < cut],
        paragraph.page,
        [(n, label) for n, label in paragraph.marks if n <= len(before)],
        cell=paragraph.cell,
    )
    yield Paragraph(
        after,
        [(max(a, cut), b) for a, b in paragraph.spans if b > cut],
        paragraph.page,
        [(n - at, label) for n, label in paragraph.marks if n > len(before)],
        last_length=paragraph.last_length,
        cell=paragraph.cell,
    )


def _quoted_to_the_end(text: str) -> bool:
    """True when the quotation that opens ``text`` closes at its end, or not in this paragraph at all."""
    depth = 0
    for index, char in enumerate(text):
        if char == '"':
            depth += -1 if depth else 1
        elif char in OPEN_QUOTES:
            depth += 1
        elif char in CLOSE_QUOTES:
            depth -= 1
        if depth <= 0:
            return not re.search(r"\w", text[index + 1 :])
    return True
