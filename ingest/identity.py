"""The document's id: given once, readable, stable (DESIGN.md, "provision id")."""

from __future__ import annotations

import re

from corpus.kinds import kind_named
from corpus.text import slug
from ingest.letters import UPPER
from ingest.metadata import Metadata

_YEAR = re.compile(r"[/-](?:19|20)\d{2}(?:[/-]|$)")
_LOCAL = re.compile(r"UBND|HĐND|Ủy ban nhân dân|Uỷ ban nhân dân|Hội đồng nhân dân", re.I)
_AREA = re.compile(
    rf"(?:tỉnh|xã|phường|huyện|quận|thị xã|thị trấn|đặc khu|thành phố|TP\.?)\s+(?P<name>[{UPPER}].*)$"
)
_SHORT = (("Ủy ban nhân dân", "UBND"), ("Uỷ ban nhân dân", "UBND"), ("Hội đồng nhân dân", "HĐND"))


def document_id(meta: Metadata, fallback: str) -> str:
    """Return the id built from kind and number, with issuer's place and date where numbers recur.

    ``fallback`` (the file's name without suffix) names a text that tells neither kind nor number.
    """
    kind = kind_named(meta.kind)
    prefix = kind.id if kind else ""
    area = _area(meta)
    parts: list[str] = [prefix]
    if meta.number:
        parts.append(slug(meta.number))
        # Every province has a 3204/QĐ-UBND; numbers without a year recur each year.
        if _LOCAL.search(meta.number):
            parts.append(slug(area))
        if not _YEAR.search(meta.number):
            parts.append(meta.issued or "")
    elif kind:
        parts += [slug(_body(meta)), slug(area), meta.issued or ""]
    if not [part for part in parts[1:] if part]:
        return slug(fallback) or "van-ban"
    return "-".join(part for part in parts if part)


def _area(meta: Metadata) -> str:
    match = _AREA.search(meta.issuer or "")
    return match["name"] if match else meta.place or ""


def _body(meta: Metadata) -> str:
    """Return the issuing body without its place, shortened as in numbers: "UBND xã Bình Lư" -> "UBND"."""
    body = meta.issuer or ""
    for long, short in _SHORT:
        body = body.replace(long, short)
    match = _AREA.search(body)
    return body[: match.start()].strip() if match else body
