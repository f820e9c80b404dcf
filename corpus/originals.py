"""The files of PDF sources as they came, kept with the library so that a cited page can be shown.

They lie under the hash of their bytes: one copy however often a file is taken in, and none can be another's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from corpus.settings import Settings

_SHA256 = re.compile(r"[0-9a-f]{64}")


def originals_dir(settings: Settings) -> Path:
    """Return the folder that holds them."""
    return settings.data_dir / "originals"


def pictures_dir(settings: Settings) -> Path:
    """Return the folder of pictures of their pages, each named ``<hash>-…``."""
    return settings.data_dir / "pictures"


def find_original(settings: Settings, sha256: str | None) -> Path | None:
    """Return the kept file of that hash, None where there is none."""
    if sha256 is None or not _SHA256.fullmatch(sha256):
        return None
    path = originals_dir(settings) / f"{sha256}.pdf"
    return path if path.is_file() else None


def keep_original(settings: Settings, sha256: str, data: bytes) -> None:
    """Keep a file's bytes; a half written one is never found. Raises ``OSError`` where it cannot be."""
    if find_original(settings, sha256) is not None:
        return
    folder = originals_dir(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = folder / f".{sha256}.tmp"
    temporary.write_bytes(data)
    os.replace(temporary, folder / f"{sha256}.pdf")


def drop_originals(settings: Settings, kept: Collection[str]) -> None:
    """Delete every kept file whose hash is not among ``kept``, and the pictures of its pages."""
    for folder in (originals_dir(settings), pictures_dir(settings)):
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.stem.partition("-")[0] not in kept:
                with suppress(OSError):  # one that is open (Windows) goes the next time
                    path.unlink()
