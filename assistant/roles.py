"""What a provision is in its document, beside its text: a task, a field of work, part of a plan's content."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from assistant.asking import is_asking, text_words
from assistant.rank import Role
from corpus.lexicons import Lexicons
from corpus.model import Provision
from corpus.store import Library
from corpus.text import normalise


def section_of(library: Library, provision: Provision) -> Provision | None:
    """Return the titled section of a plan's content part that a provision belongs to."""
    for above in reversed([*library.ancestors(provision), provision]):
        if above.kind == "outline" and above.heading and above.parent is not None:
            return above
    return None


class Roles:
    """Roles of provisions, found when first asked for."""

    def __init__(self, library: Library, lexicons: Lexicons) -> None:
        self._library = library
        self._tasks: dict[str, str] = {}
        self._units: dict[str, str] = {}
        self._objects: dict[str, list[tuple[str, ...]]] = {}
        for task in library.tasks():
            known = self._tasks.get(task.provision_id)
            # A paragraph that leads in one clause leads, whatever its other clauses say.
            self._tasks[task.provision_id] = "lead" if "lead" in (known, task.role) else task.role
            self._units.setdefault(task.provision_id, task.lead)
            if task.role != "field":
                words = text_words(normalise(lexicons.expand(task.what, question=False)))
                keys = tuple(word.key for word in words if not is_asking(word))
                self._objects.setdefault(task.provision_id, []).append(keys)
        self.tasks: Final = frozenset(self._tasks)
        """Ids of the provisions that give a unit a task or a field of work."""
        self.of = lru_cache(maxsize=20_000)(self._of)
        self._mentioning = lru_cache(maxsize=256)(self._mentioning_in)

    def _of(self, provision_id: str) -> Role:
        provision = self._library.provision(provision_id)
        task = self._tasks.get(provision_id, "")
        content = (
            not task
            and provision.kind in {"dash", "paragraph", "outline"}
            and section_of(self._library, provision) is not None
        )
        return Role(
            task,
            content,
            provision_id in self._mentioning(provision.document_id),
            self._units.get(provision_id, ""),
            tuple(self._objects.get(provision_id, ())),
        )

    def _mentioning_in(self, document_id: str) -> frozenset[str]:
        return frozenset(
            reference.provision_id
            for reference in self._library.references(document_id)
            if reference.target is None or not reference.target.startswith(document_id)
        )
