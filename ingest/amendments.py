"""Which places of which text an amending text changes: "Sửa đổi, bổ sung khoản 2 Điều 5 như sau:"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from corpus.model import Evidence, ParsedDocument, Provision, Reference, Relation
from corpus.provisions import quoted_paths
from ingest.placewords import find_places

_MARK = r"(?:[ĐÐ]iều \d+[a-zđ]?\s*[.:]\s*|\d{1,3}[a-zđ]?\s*[.)/]\s*|[a-zđ]\)\s*)?"
_INSTRUCTION = re.compile(
    rf"{_MARK}(?P<verb>Sửa đổi|Sửa|Bổ sung|Bãi bỏ|Hủy bỏ|Huỷ bỏ|Thay thế|Thay|Bỏ)\b(?P<rest>[^\n]*)"
)
_WORDS = re.compile(r"\s*(?:một số |các )?(?:cụm )?từ\b")  # "Bãi bỏ cụm từ “…” tại Điều 7" leaves the article
_NEW_TEXT = re.compile(r"\bnhư sau\b|[“\"„«]")
_QUOTED = re.compile(r"[“\"„«][^”\"»]*[”\"»]")
_KINDS = ("amends", "repeals", "replaces", "cites")
_QUOTE_LENGTH = 200


def find_amendments(parsed: ParsedDocument, references: Sequence[Reference]) -> tuple[Relation, ...]:
    """Return one relation for each instruction that names places of a text it amends or repeals.

    The text is the one that the instruction names, else the nearest one above it names, else the one
    that the document says in its title to amend.
    """
    text = parsed.document.text
    quoted = quoted_paths(parsed.provisions)
    own = [p for p in parsed.provisions if p.path not in quoted]
    named = _named_texts(references)
    default = next((r for r in references if r.kind == "amends" and _is_head(r)), None)
    by_path = {p.path: p for p in own}
    instructions = {p.path: m for p in own if (m := _INSTRUCTION.match(text, p.start, p.own_end))}
    divided = {p.parent for p in own if p.path in instructions}
    found = []
    for path, match in instructions.items():
        provision = by_path[path]
        if path in divided or provision.kind not in ("article", "clause", "point", "dash", "paragraph"):
            continue
        above = list(_above(provision, by_path))
        target = next((r for p in (provision, *above) if (r := named.get(p.id))), default)
        if target is None:
            continue
        base = ""
        for outer in reversed(above):
            base = _common_place(outer, text, base)
        places = find_places(_places_part(match, target, provision, text), base)
        if not places:
            continue
        removes = match["verb"].startswith(("Bãi", "Hủy", "Huỷ")) and not _WORDS.match(match["rest"])
        quote = text[provision.start : min(provision.own_end, provision.start + _QUOTE_LENGTH)]
        found.append(
            Relation(
                "repeals" if removes else "amends",
                parsed.document.id,
                target.target.partition(":")[0] if target.target else None,
                target.text,
                Evidence(provision=provision.id, quote=quote.split("\n")[0]),
                places,
            )
        )
    return tuple(found)


def _named_texts(references: Sequence[Reference]) -> Mapping[str, Reference]:
    """Return the first text that each provision names as amended; what amended *it* comes later."""
    first: dict[str, Reference] = {}
    for reference in references:
        place = ":" in (reference.target or "")
        if reference.kind in _KINDS and not place and re.search(r"\d", reference.text):
            first.setdefault(reference.provision_id, reference)
    return first


def _is_head(reference: Reference) -> bool:
    return reference.provision_id.partition(":")[2].split(".")[0] in ("lh", "pre")


def _above(provision: Provision, by_path: Mapping[str, Provision]) -> Iterable[Provision]:
    parent = provision.parent
    while parent is not None and parent in by_path:
        yield by_path[parent]
        parent = by_path[parent].parent


def _common_place(provision: Provision, text: str, base: str) -> str:
    """Return the place that everything below an instruction is about ("một số khoản của Điều 2")."""
    match = _INSTRUCTION.match(text, provision.start, provision.own_end)
    places = find_places(_NEW_TEXT.split(match["rest"])[0], base) if match else ()
    steps = zip(*(path.split(".") for path in places), strict=False)
    return ".".join(step[0] for step in takewhile(lambda step: len(set(step)) == 1, steps)) or base


def _places_part(match: re.Match[str], target: Reference, provision: Provision, text: str) -> str:
    """Return the words of an instruction that name places of the amended text."""
    end = match.end()
    if target.provision_id == provision.id and match.start() <= target.start < end:
        end = target.start
    rest = text[match.start("rest") : end]
    if _WORDS.match(rest):  # "Thay thế cụm từ “A” bằng cụm từ “B” tại khoản 1 Điều 5"
        return _QUOTED.sub(" ", rest)
    return _NEW_TEXT.split(rest)[0]
