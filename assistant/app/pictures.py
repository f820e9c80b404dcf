"""Pages of PDF sources as pictures: drawn when first asked for, by a process of their own, then kept."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from corpus.model import Document, Provision
from corpus.originals import find_original, pictures_dir
from corpus.settings import Settings
from corpus.store import Library

ROOT = "/trang-in"
MAX_SPANS = 20
MAX_PASSAGE = 8_000
"""Code points of one marked passage; a page of A4 holds some 3,500."""
DRAW_S = 60.0
"""Longest wait for one picture; a page of text takes 1 s on two busy cores, a scan to be recognised 10."""
KEPT = 400
"""Pictures kept, the ones made first go; some 150 KB each."""
_SPAN = re.compile(r"(\d{1,9})-(\d{1,9})")
_PROJECT = Path(__file__).resolve().parents[2]
_log = logging.getLogger(__name__)


def spans_of(text: str) -> list[tuple[int, int]]:
    """Return the spans that an address names ("12-40,88-120"), [] where it is none of ours."""
    parts = text.split(",")[:MAX_SPANS] if text else []
    found = [match for part in parts if (match := _SPAN.fullmatch(part))]
    return [(int(match[1]), int(match[2])) for match in found]


def spans_text(spans: Sequence[tuple[int, int]]) -> str:
    """Return spans as an address names them."""
    return ",".join(f"{start}-{end}" for start, end in spans[:MAX_SPANS])


@dataclass
class Pictures:
    """The pictures of one data folder. Safe to share between threads; one is drawn at a time."""

    settings: Settings
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def original(self, document: Document, provision: Provision) -> Path | None:
        """Return the PDF that a provision was read from, None where it came from another kind of file."""
        if provision.page is None:
            return None
        return find_original(self.settings, provision.source_sha256 or document.source_sha256)

    def picture(
        self, library: Library, provision: Provision, page: int, spans: Sequence[tuple[int, int]]
    ) -> Path | None:
        """Return the file of a page's picture, the passages at ``spans`` marked; None where there is none."""
        document = library.document(provision.document_id)
        file = self.original(document, provision)
        if file is None:
            return None
        passages = [
            document.text[start : min(end, start + MAX_PASSAGE)] for start, end in spans if start < end
        ]
        said = json.dumps(passages, ensure_ascii=False)
        folder = pictures_dir(self.settings)
        name = f"{file.stem}-{page}-{hashlib.sha256(said.encode()).hexdigest()[:16]}.png"
        target = folder / name
        if target.is_file():
            return target
        with self._lock:
            if not target.is_file():
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                if not self._draw(file, page, target, said):
                    return None
                _forget_oldest(folder)
        return target

    def _draw(self, file: Path, page: int, target: Path, passages: str) -> bool:
        path = os.pathsep.join(filter(None, (str(_PROJECT), os.environ.get("PYTHONPATH", ""))))
        try:
            done = subprocess.run(
                [sys.executable, "-m", "ingest.pictures", str(file), str(page), str(target)],
                input=passages, capture_output=True, text=True, encoding="utf-8", timeout=DRAW_S, check=False,
                env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
            )  # fmt: skip
        except (subprocess.TimeoutExpired, OSError):
            _log.exception("a page could not be drawn")
            return False
        if done.returncode != 0:
            _log.warning("page %d of %s could not be drawn: %s", page, file.name, done.stderr[-300:])
        return done.returncode == 0 and target.is_file()


def _forget_oldest(folder: Path) -> None:
    made = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in made[: max(0, len(made) - KEPT)]:
        with suppress(OSError):
            path.unlink()
