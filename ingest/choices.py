"""What the user decided about files, kept beside the generations: removed documents, forced encodings."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from corpus.errors import TrolyError
from corpus.settings import Settings

_NAME = "choices.json"


@dataclass(slots=True)
class Removed:
    """A document that ``troly remove`` took out: where it came from, so that it can come back."""

    source: str | None  # None: known by a card alone
    title: str
    removed_on: str  # ISO date
    parts: list[str] = field(default_factory=list)  # its appendix files


@dataclass(slots=True)
class Choices:
    """All decisions of one library."""

    removed: dict[str, Removed] = field(default_factory=dict)  # by document id
    encodings: dict[str, str] = field(default_factory=dict)  # file -> encoding the user named

    def removed_source(self, source: str) -> str | None:
        """Return the id of the removed document that came from ``source``, None where there is none."""
        return next((key for key, item in self.removed.items() if item.source == source), None)


def load_choices(settings: Settings) -> Choices:
    """Return the library's decisions. Raises ``TrolyError`` where the file cannot be understood."""
    path = settings.data_dir / _NAME
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        removed = {key: Removed(**item) for key, item in data.get("removed", {}).items()}
        return Choices(removed, dict(data.get("encodings", {})))
    except FileNotFoundError:
        return Choices()
    except (OSError, ValueError, TypeError, AttributeError):
        # Going on without it would bring removed documents back.
        raise TrolyError(
            f"Tệp {path} bị hỏng nên không biết văn bản nào đã gỡ. "
            "Hãy sửa lại, hoặc xóa tệp này nếu chưa gỡ gì."
        ) from None


def save_choices(settings: Settings, choices: Choices) -> None:
    """Write the decisions in one step: a kill leaves the old file or the new one."""
    path = settings.data_dir / _NAME
    part = Path(f"{path}.part")
    part.write_text(json.dumps(asdict(choices), ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(part, path)
