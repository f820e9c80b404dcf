"""Fixtures of every test: an isolated library, and the things outside the checkout that some tests need."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from corpus.lexicons import Lexicons, load_lexicons
from corpus.settings import Settings, get_settings, silence_third_parties

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.pages import Office

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


# ---- the page in a browser (tests/pages.py); playwright is imported by the tests that use it alone


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Return a headless Chromium. A module's own: playwright's loop must not outlive its tests."""
    from playwright.sync_api import sync_playwright

    from tests.pages import launch

    with sync_playwright() as playwright:
        started = launch(playwright, chromium)
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return where the page over the sample library is served; answers come from a table."""
    from tests.fakes import sample_assistant, sample_library
    from tests.pages import running

    library = sample_library(tmp_path_factory.mktemp("library"))
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    with running(settings, sample_assistant(library)) as served:
        yield served


@pytest.fixture(scope="module")
def real(shipped: Path) -> Iterator[str]:
    """Return where the page over what ships is served; nothing is kept beside the shared library."""
    from tests.pages import running

    with running(Settings(data_dir=shipped, history=False)) as served:
        yield served


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Office]]:
    """Open the page as one more person; what must never happen is checked for all of them at the end."""
    from tests.pages import office

    people: list[Office] = []

    def come(path: str = "/", **options: Any) -> Office:
        person = office(browser, address, **options)
        people.append(person)
        person.open(path)
        return person

    yield come
    for person in people:
        try:
            person.check()
        finally:
            person.context.close()
