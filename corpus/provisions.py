"""Questions about a document's tree that both sides ask."""

from __future__ import annotations

from collections.abc import Iterable

from corpus.model import Provision


def quoted_paths(provisions: Iterable[Provision]) -> frozenset[str]:
    """Return the paths of the quotations of an amending text and of all that stands inside them.

    ``provisions`` are those of one document in order. The letter "q" in a path does not tell: it may
    be điểm q.
    """
    found: set[str] = set()
    for provision in provisions:
        if provision.kind == "quoted" or provision.parent in found:
            found.add(provision.path)
    return frozenset(found)
