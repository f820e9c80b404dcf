"""Which files an ingestion looks at: named ones, folders, globs, members of archives.

A file is known by its key: its absolute path, for a member of an archive "a.zip!/folder/b.docx".
"""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ingest.readers import SUFFIXES, load
from ingest.readers.archive import SEPARATOR, Member, is_archive, members

_MAGIC = "*?["


def on_disk(key: str) -> Path:
    """Return the file that holds what ``key`` names: itself, or the archive."""
    path = Path(key)
    return path if SEPARATOR not in key or path.exists() else Path(key.partition(SEPARATOR)[0])


def shown_name(key: str) -> str:
    """Return the name to show for a file: without its folders, a member with its archive's name."""
    path = on_disk(key)
    return path.name + key.removeprefix(str(path)) if str(path) != key else path.name


def expand(path: Path) -> list[Path]:
    """Return what a path on the command line names: itself, or the files that its pattern fits."""
    if path.exists() or not any(sign in str(path) for sign in _MAGIC):
        return [path]
    return [Path(found) for found in sorted(glob.glob(str(path), recursive=True))] or [path]


def inside(folder: Path) -> list[Path]:
    """Return the files of our kinds in a folder and its folders; office's lock files are none."""
    return sorted(
        p
        for p in folder.rglob("*")
        if p.suffix.lower() in SUFFIXES and not p.name.startswith(("~$", ".~lock")) and p.is_file()
    )


def contents(path: Path) -> Iterator[tuple[str, Member]]:
    """Yield the key, name and bytes of a file, or of each member of an archive.

    Raises ``TrolyError`` where the file cannot be opened; a member that cannot be taken out says so itself.
    """
    data = load(path)
    if not is_archive(data):
        yield str(path), Member(path.name, data)
        return
    for member in members(data, SUFFIXES):
        name = PurePosixPath(member.name.replace("\\", "/")).name or member.name
        yield f"{path}{SEPARATOR}{member.name}", Member(name, member.data, member.refused)


def sha256_of(key: str) -> str | None:
    """Return the hash of a file's bytes, None where it cannot be read (or lies in an archive)."""
    try:
        return hashlib.sha256(Path(key).read_bytes()).hexdigest()
    except OSError:
        return None
