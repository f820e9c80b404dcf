"""Running the page for browser tests: a server on a free port, and a browser that keeps watch."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright

from assistant.app.handlers import Backend
from assistant.app.server import build_app
from corpus.settings import Settings
from tests.conftest import ROOT

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SCREENSHOTS = ROOT / "screenshots"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
READY_MS = 20_000
"""Longest wait for a page or an answer; CI shares two cores with other work."""

CUT_OFF = ("Connection errored out", "AbortError: signal is aborted")
"""What gradio says of a request in flight when the page is loaded again."""

WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (e) => window.violations.push(e.violatedDirective + ' ' + e.blockedURI));
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: 'layout-shift', buffered: true });
"""  # noqa: E501


@contextmanager
def running(settings: Settings, assistant: Backend | None = None) -> Iterator[str]:
    """Serve the page on a free port of this machine; give its address, stop it afterwards."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        app = build_app(settings, assistant)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)


@dataclass
class Office:
    """One person's browser on the page, with everything that must not happen noted down."""

    context: BrowserContext
    page: Page
    address: str
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        """Go to a path and wait until the page can be used."""
        self.page.goto(self.address + path)
        self.page.wait_for_selector("body.ready", timeout=READY_MS)
        # The load event replaces the first content once; wait for the queue to fall silent.
        self.page.wait_for_load_state("load")
        return self.page

    def reload(self) -> None:
        """Load the page again; what the reload itself cut off is no complaint of the page."""
        self._leave(lambda: self.page.reload())

    def begin_anew(self) -> None:
        """Begin a new conversation by the link of the side bar, which loads the page again."""
        self._leave(lambda: self.page.locator("#rail").get_by_role("link", name="Hội thoại mới").click())

    def _leave(self, how: Callable[[], object]) -> None:
        before = len(self.complaints)
        self.page.evaluate("window.old = true")
        how()
        self.page.wait_for_function("!window.old && document.body?.matches('.ready')", timeout=READY_MS)
        self.complaints[before:] = [
            said for said in self.complaints[before:] if not any(words in said for words in CUT_OFF)
        ]

    @property
    def box(self) -> Locator:
        """The question box."""
        return self.page.get_by_role("textbox", name="Câu hỏi của anh/chị")

    def ask(self, question: str) -> Locator:
        """Ask by the keyboard; return the answered turn."""
        before = self.page.locator(".turn").count()
        self.box.fill(question)
        self.box.press("Enter")
        return self.answered(before + 1)

    def answered(self, number: int) -> Locator:
        """Wait for the ``number``-th turn on the page to be answered; return it."""
        turn = self.page.locator(".turn").nth(number - 1)
        turn.locator(".reply:not(.reply-pending)").wait_for(timeout=READY_MS)
        return turn

    def check(self) -> None:
        """Assert what holds for every visit: nothing left the machine, nothing was blocked or failed."""
        assert self.hosts <= {urlsplit(self.address).netloc}
        assert self.page.evaluate("window.violations") == []
        assert not self.complaints, self.complaints


Visit = Callable[..., Office]
"""What the ``visit`` fixture gives: opens the page as one more person."""


def office(browser: Browser, address: str, **options: Any) -> Office:
    """Return a fresh browser profile (its own session) on the page at ``address``."""
    settings: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "vi-VN"}
    context = browser.new_context(**(settings | options))
    context.add_init_script(WATCH)
    page = context.new_page()
    made = Office(context, page, address)
    page.on("request", lambda request: made.hosts.add(urlsplit(request.url).netloc))
    page.on("pageerror", lambda error: made.complaints.append(f"error: {error}"))
    page.on(
        "console",
        lambda said: made.complaints.append(said.text) if said.type in ("error", "warning") else None,
    )
    return made


def launch(playwright: Playwright, chromium: str) -> Browser:
    """Start Debian's Chromium (or the machine's own) without a sandbox of its own."""
    return playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)


def keep(page: Page, folder: Path, name: str) -> None:
    """Keep a screenshot for people to look at (``screenshots/`` is not in git)."""
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")
