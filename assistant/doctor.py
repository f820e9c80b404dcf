"""``troly doctor``: is everything in place to answer, and if not, what to do."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Callable

from corpus.embedding import load_embedder
from corpus.errors import TrolyError
from corpus.generation import require_current
from corpus.index import Index
from corpus.settings import Settings
from corpus.store import Library

_MIN_FREE_MB = 500


def report(settings: Settings, *, as_json: bool) -> int:
    """Print one line a check; return 0 when all are well, else 1."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("Python", lambda: platform.python_version()),
        ("Thư mục dữ liệu", lambda: _data_dir(settings)),
        ("Mô hình nhúng", lambda: _model(settings)),
        ("Kho văn bản", lambda: _library(settings)),
    ]
    results = []
    for name, check in checks:
        try:
            results.append({"check": name, "ok": True, "message": check()})
        except TrolyError as error:
            results.append({"check": name, "ok": False, "message": str(error)})
    if as_json:
        print(json.dumps({"checks": results}, ensure_ascii=False))
    else:
        for result in results:
            print(f"{'tốt ' if result['ok'] else 'LỖI '} {result['check']}: {result['message']}")
    return 0 if all(result["ok"] for result in results) else 1


def _data_dir(settings: Settings) -> str:
    folder = settings.data_dir.resolve()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free // 2**20
    if free < _MIN_FREE_MB:
        raise TrolyError(f"{folder}: chỉ còn {free} MB trống; cần ít nhất {_MIN_FREE_MB} MB. Hãy dọn ổ đĩa.")
    return f"{folder} (còn trống {free} MB)"


def _model(settings: Settings) -> str:
    embedder = load_embedder(settings)
    vector = embedder.embed_queries(["kiểm tra"])[0]
    return f"{embedder.name}, {len(vector)} chiều"


def _library(settings: Settings) -> str:
    generation = require_current(settings)
    library = Library(generation.store_path, generation.name)
    index = Index(generation)
    return f"{generation.name}: {len(library.document_ids())} văn bản, {index.vector_count()} đơn vị"
