"""What older texts name that no longer exists, from ``lexicon/changes.toml`` and the user's overlay."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from corpus.errors import TrolyError
from corpus.lexicons import unit_key
from corpus.model import Evidence
from corpus.settings import SHIPPED_LEXICON, Settings
from corpus.text import fold


@dataclass(frozen=True, slots=True)
class Change:
    """Something that ended on the day before ``since``, and the words by which texts name it."""

    name: str
    since: str  # ISO day from which it no longer exists
    words: tuple[str, ...]
    text: str  # Vietnamese warning
    evidence: Evidence

    def named_in(self, text: str) -> bool:
        """True when ``text`` names it, with or without marks."""
        return bool(_pattern(self.words).search(fold(text)))


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    bodies = (r"[^\w]{1,3}".join(map(re.escape, unit_key(word).split())) for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(bodies)})(?!\w)")


def load_changes(settings: Settings) -> tuple[Change, ...]:
    """Return the shipped changes and those of the user's overlay. Raises ``TrolyError`` for a broken file."""
    changes: list[Change] = []
    for folder in (settings.overlay_lexicon, SHIPPED_LEXICON):
        path: Path = folder / "changes.toml"
        if path.is_file():
            changes += _read(path)
    return tuple(changes)


def _read(path: Path) -> list[Change]:
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("change", [])
        return [
            Change(row["name"], row["since"], tuple(row["words"]), row["text"], Evidence(**row["evidence"]))
            for row in rows
        ]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise TrolyError(
            f"Tệp từ điển {path} sai cú pháp hoặc thiếu trường: {error}. Mỗi mục [[change]] phải có name, "
            "since, words, text và [change.evidence]. Hãy sửa hoặc xóa tệp này."
        ) from error
