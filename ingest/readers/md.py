"""Markdown: front matter as hints, pipe tables as rows, everything else as lines.

Markup stays in the source text; ``ingest.canonical`` takes it out, because offsets count here.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from ingest.readers.base import Block, Cell, Source, line_blocks
from ingest.readers.txt import decode

_FRONT = re.compile(r"\A\s*---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.S)
_FIELD = re.compile(r"^([A-Za-z_]\w*):[ \t]*(\S.*?)[ \t]*$", re.M)
_PIPE = re.compile(r"(?<!\\)\|")
_RULE_CELL = re.compile(r"\s*:?-{2,}:?\s*")


def read(name: str, digest: str, data: bytes, encoding: str | None = None) -> Source:
    """Return a Markdown file; raises ``TrolyError`` for one that is no text."""
    text, doubts = decode(name, data, encoding)
    hints: dict[str, str] = {}
    blocks: list[Block] = []
    start = 0
    front = _FRONT.match(text)
    # A document may also begin with a rule: front matter has fields.
    if front and _FIELD.search(front[1]):
        hints = {key: value.strip("\"'") for key, value in _FIELD.findall(front[1])}
        blocks.append(Block("hint", 0, front.end()))
        start = front.end()
    blocks += _with_tables(text, line_blocks(text, start))
    return Source(name, digest, "md", text, tuple(blocks), hints, doubts)


def _with_tables(text: str, lines: list[Block]) -> list[Block]:
    result: list[Block] = []
    table = 0
    inside = False
    for block in lines:
        cells = _cells(text, block)
        if not cells:
            inside = False
            result.append(block)
            continue
        if not inside or block.gap:
            table += 1
            inside = True
        rule = all(_RULE_CELL.fullmatch(text[c.start : c.end]) for c in cells)
        result.append(replace(block, kind="row", table=table, cells=() if rule else cells))
    return result


def _cells(text: str, block: Block) -> tuple[Cell, ...]:
    """Return the cells of a line that is a table row ("| a | b |"), else nothing."""
    line = text[block.start : block.end]
    if not line.lstrip().startswith("|"):
        return ()
    bars = [match.start() for match in _PIPE.finditer(line)]
    if not line.rstrip().endswith("|"):
        bars.append(len(line))
    if len(bars) < 2:
        return ()
    pairs = pairwise(bars)
    return tuple(Cell(block.start + a + 1, block.start + b, column) for column, (a, b) in enumerate(pairs))
