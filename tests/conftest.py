"""Fixtures of every test: an isolated library, and the things outside the checkout that some tests need."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from corpus.lexicons import Lexicons, load_lexicons
from corpus.settings import Settings, get_settings, silence_third_parties

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

silence_third_parties()  # before any test module imports a library that would look for a network


def in_ci() -> bool:
    """Return whether this is a CI run (``CI`` set to anything but a denial)."""
    return os.environ.get("CI", "").strip().lower() not in {"", "0", "false", "no"}


def lacking(what: str, how: str) -> NoReturn:
    """Skip on a user's machine; fail in CI, where ``.ci/run`` installs ``what``."""
    if in_ci():
        pytest.fail(f"{what} not found, though .ci/run installs it: {how}", pytrace=False)
    pytest.skip(f"{what} not found: {how}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they ask for, so that ``-m "not browser"`` works without marks by hand."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "shared" in names:
            item.add_marker(pytest.mark.shared)
        if "chromium" in names:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give every test a library folder of its own: no test reads or writes the user's.

    Other ``TROLY_*`` variables of the caller are taken out as well.
    """
    for name in [name for name in os.environ if name.startswith("TROLY_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "library"
    monkeypatch.setenv("TROLY_DATA_DIR", str(folder))
    get_settings.cache_clear()
    yield folder
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def lexicons(tmp_path_factory: pytest.TempPathFactory) -> Lexicons:
    """Return the shipped lexicons, without a user's overlay."""
    return load_lexicons(Settings(data_dir=tmp_path_factory.mktemp("no-overlay")))


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with what ships, ingested once for all tests that only read it."""
    from ingest.pipeline import ingest

    folder = tmp_path_factory.mktemp("shipped")
    ingest(Settings(data_dir=folder))
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of shared law texts; it lies beside the checkout, in CI too, and never inside it."""
    if not (SHARED / "corpus").is_dir():
        pytest.skip(
            f"shared law texts are not on this machine ({SHARED}); they may not be copied into the project"
        )
    return SHARED


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chromium for page tests."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    return found or lacking("Chromium", "apt install chromium")
