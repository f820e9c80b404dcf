"""Validity in words and badges: what the library knows of a document or a provision on a day, never more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from corpus.status import State, Status

STATE_NAMES: dict[State, str] = {
    "in_force": "Còn hiệu lực",
    "amended": "Đã được sửa đổi",
    "expired": "Hết hiệu lực",
    "not_yet": "Chưa có hiệu lực",
    "unknown": "Chưa rõ hiệu lực",
}
"""State -> the badge's words; the words carry the meaning, never the colour alone."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A status with the names of the documents that changed or ended it."""

    status: Status
    by: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What the badge says: "Đã được sửa đổi bởi Nghị định 1/2026/NĐ-CP"."""
        name = STATE_NAMES[self.status.state]
        named = self.by if self.status.state == "amended" else ()
        return f"{name} bởi {', '.join(named)}" if named else name


def standing_of(status: Status, name_of: Callable[[str], str]) -> Standing:
    """Return a status with the documents named."""
    return Standing(status, tuple(dict.fromkeys(name_of(identifier) for identifier in status.by)))


def state_badge(standing: Standing) -> str:
    """Return the badge alone; what it rests on is its title."""
    return (
        f'<span class="badge state state-{standing.status.state}" title="{escape(standing.status.text)}">'
        f"{escape(standing.words)}</span>"
    )
