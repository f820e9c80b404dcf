"""Where the generations of a library lie, and the pointer that names the one in use.

A generation is a folder that is complete before the pointer names it and never changes afterwards:
``library.sqlite`` (documents), ``chroma/`` (vectors), ``lexical/`` (terms), ``manifest.json``.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import NotIngestedError
from corpus.settings import Settings

COLLECTION = "provisions"
"""Name of the Chroma collection in each generation."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One complete built index on disk."""

    name: str
    folder: Path

    @property
    def store_path(self) -> Path:
        return self.folder / "library.sqlite"

    @property
    def chroma_path(self) -> Path:
        return self.folder / "chroma"

    @property
    def lexical_path(self) -> Path:
        return self.folder / "lexical"

    def manifest(self) -> dict[str, object]:
        """Return what ingestion noted of the generation: model, counts, time of building."""
        data: dict[str, object] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        return data


def generations_dir(settings: Settings) -> Path:
    """Return the folder that holds the generations."""
    return settings.data_dir / "generations"


def pointer_path(settings: Settings) -> Path:
    """Return the file that names the generation in use."""
    return settings.data_dir / "current.json"


def find_current(settings: Settings) -> Generation | None:
    """Return the generation in use, or None before the first ingestion."""
    try:
        name = str(json.loads(pointer_path(settings).read_text(encoding="utf-8"))["generation"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):  # none yet, or no pointer of ours
        return None
    generation = Generation(name, generations_dir(settings) / name)
    return generation if (generation.folder / "manifest.json").is_file() else None


def require_current(settings: Settings) -> Generation:
    """Return the generation in use; raises ``NotIngestedError`` with what to do."""
    generation = find_current(settings)
    if generation is None:
        raise NotIngestedError(
            f"Chưa có kho văn bản trong thư mục {settings.data_dir.resolve()}. Hãy chạy «troly ingest» trước."
        )
    return generation


def publish(settings: Settings, generation: Generation) -> None:
    """Make ``generation`` the one in use, in one atomic step.

    ``os.replace`` is atomic on POSIX and on Windows; the bytes are on disk before the name is.
    """
    pointer = pointer_path(settings)
    temporary = pointer.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump({"generation": generation.name}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, pointer)
