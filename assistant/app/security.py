"""What the browser may load and what an outsider may call. Default: nothing.

gradio 6.31 serves some sixty routes (uploads, files, a proxy, an API, code editing, monitoring …); the
page needs ten, and our own API has its list. ``Gate`` lets those through and answers 404 to the rest, so
that a route which a later gradio adds is closed until someone opens it here.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.app.store import MAX_UPLOAD
from assistant.problems import MEDIA_TYPE, encode, problem

_ID = r"[A-Za-z0-9._~:@-]{1,300}"  # document and provision ids (DESIGN.md, "provision id")
_KEY = r"[A-Za-z0-9_-]{22}"  # 128 random bits (assistant/history.py)

OPEN_ROUTES: tuple[tuple[str, str, str], ...] = (
    ("GET", r"/", "the page"),
    ("GET", r"/tinh/[a-z0-9.-]+", "our own style, script and icon"),
    ("GET", r"/assets/[A-Za-z0-9_.-]+", "gradio's compiled scripts and styles"),
    ("GET", r"/theme\.css", "the theme as gradio writes it"),
    ("GET", r"/favicon\.ico", "the icon that browsers ask for unbidden"),
    ("GET", r"/gradio_api/startup-events", "gradio's client asks it once before the first event"),
    ("GET", r"/gradio_api/heartbeat/[a-z0-9]+", "tells the server that the page is still open"),
    ("GET", r"/gradio_api/queue/data", "answers, as server-sent events"),
    ("POST", r"/gradio_api/queue/join", "questions and opened sources"),
    ("POST", r"/gradio_api/cancel", "gradio's client calls it when a page closes in mid-answer"),
    ("POST", r"/gradio_api/reset", "the same"),
    ("GET", r"/api/v1/(?:openapi\.json|documents|tasks|health|ready)", "the API: what there is"),
    ("GET", rf"/api/v1/(?:documents|provisions)/{_ID}", "the API: one document, one provision"),
    ("POST", r"/api/v1/(?:ask|search)", "the API: questions"),
    ("GET", rf"/api/v1/conversations/{_KEY}", "the API: a kept conversation, for who knows its id"),
    ("DELETE", rf"/api/v1/conversations/{_KEY}", "the API: forgets it"),
    ("POST", r"/api/v1/export/answer\.docx", "the API: an answer as a Word file"),
    ("GET", rf"/api/v1/export/conversations/{_KEY}\.docx", "the same of a kept conversation"),
    ("GET", r"/api/v1/export/tasks\.xlsx", "the API: tasks as a spreadsheet"),
    ("GET", rf"/trang-in/{_ID}/\d{{1,4}}\.png", "a page of a PDF source as a picture"),
    ("GET", r"/so-do", "the drawing of relations between documents"),
    ("GET", r"/quan-tri/trang", "the page Kho, for whom it is"),
    ("POST", r"/quan-tri/mo-khoa", "its passphrase"),
    ("POST", r"/quan-tri/(?:khoa|tep|dua-vao|bo|go|lay-lai|gop-y)", "its actions; each asks the guard"),
)
"""(method, path pattern, why it is open). HEAD goes with GET."""

MAX_BODY = 65_536
"""Bytes of one request. A question is at most 500 characters; the rest is gradio's envelope."""

LARGE_BODIES = {"/quan-tri/tep": MAX_UPLOAD + 1024}
"""Path -> bytes of one request where ``MAX_BODY`` is not enough; the handler lets nobody in unasked."""

_OPEN = tuple((method, re.compile(pattern)) for method, pattern, _ in OPEN_ROUTES)

CSP_REASONS: tuple[tuple[str, str, str], ...] = (
    ("default-src", "'self'", "nothing from any other host"),
    (
        "script-src",
        "'self' 'nonce-{nonce}' 'unsafe-eval'",
        "nonce: index.html carries its configuration as inline scripts. unsafe-eval: gr.HTML compiles its "
        "constant template with Function(); values are arguments of that function, never part of its code",
    ),
    (
        "style-src",
        "'self' 'unsafe-inline'",
        "Svelte sets style attributes, gradio adds <style> elements for its layout",
    ),
    ("img-src", "'self' data:", "gradio's style sheets embed small pictures"),
    ("font-src", "'self'", "fonts are the machine's own"),
    ("connect-src", "'self'", "the queue; blocks gradio's calls to huggingface.co and api.gradio.app"),
    ("object-src", "'none'", "no plug-ins"),
    ("base-uri", "'self'", "index.html has <base href>"),
    ("form-action", "'none'", "the page has no forms"),
    ("frame-ancestors", "'none'", "no other site may wrap the page and steal clicks"),
)
"""(directive, sources, why). ``script-src-attr`` falls back to script-src: inline handlers never run."""

_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def content_security_policy(nonce: str) -> str:
    """Return the policy of one page view."""
    return "; ".join(f"{name} {value.format(nonce=nonce)}" for name, value, _ in CSP_REASONS)


def is_open(method: str, path: str) -> bool:
    """Return whether a request belongs to the page."""
    wanted = "GET" if method == "HEAD" else method
    return any(wanted == allowed and pattern.fullmatch(path) for allowed, pattern in _OPEN)


# Previews for social networks and gradio's iframe helper: all English, most of them name other hosts.
_OUTSIDE = re.compile(
    r'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>|\s*<link rel="manifest"[^>]*>'
    r"|\s*<script data-gradio-mode>.*?</script>"
    r"|\s*<script>\s*\(\(\) => \{.*?iframeResizer\.contentWindow.*?</script>",
    re.DOTALL,
)
_HEAD = (
    '<link rel="icon" type="image/svg+xml" href="./tinh/icon.svg">'
    '<link rel="stylesheet" href="./tinh/mau.css"><link rel="stylesheet" href="./tinh/style.css">'
    '<link rel="stylesheet" href="./tinh/pages.css">'
    '<script nonce="{nonce}">window.__gradio_mode__ = "app";</script>'
    '<script src="./tinh/app.js" defer></script><script src="./tinh/talk.js" defer></script>'
    '<script src="./tinh/views.js" defer></script><script src="./tinh/store.js" defer></script>'
    '<script src="./tinh/complete.js" defer></script><script src="./tinh/printed.js" defer></script>'
)
_WAITING = (
    '<noscript><p class="waiting">Trang này cần JavaScript để trò chuyện. '
    "Có thể hỏi bằng dòng lệnh: troly ask.</p></noscript>"
    '<div class="waiting" id="waiting" role="status">Đang mở Trợ lý ảo…</div>'
)


def adapt_index(page: str, nonce: str, title: str) -> str:
    """Return gradio's index.html as ours: Vietnamese, no other host named, scripts with ``nonce``."""
    page = _OUTSIDE.sub("", page)
    page = page.replace('lang="en"', 'lang="vi" id="troly"', 1)
    page = re.sub(r"<script>", f'<script nonce="{nonce}">', page)
    head = f"<title>{title}</title>" + _HEAD.format(nonce=nonce)
    page = page.replace("</head>", head + "</head>", 1)
    return page.replace("<gradio-app", _WAITING + "<gradio-app", 1)


class Gate:
    """ASGI middleware: closed routes, same-origin posts, bounded bodies, headers, the adapted index.

    ``hosts``: names by which the server may be addressed, empty for any. Set on loopback, where a
    foreign name that resolves to this machine (DNS rebinding) is the only way in from outside.
    """

    def __init__(self, app: ASGIApp, title: str, hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._title = title
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        nonce = secrets.token_urlsafe(16)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await _refuse(self._harden(send, scope, nonce), *refusal)
            return
        if scope["path"] == "/":
            await self._send_index(scope, receive, send, nonce)
            return
        most = LARGE_BODIES.get(scope["path"], MAX_BODY)
        await self._app(scope, _bounded(receive, most), self._harden(send, scope, nonce))

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if self._hosts and (urlsplit(f"//{host}").hostname or "") not in self._hosts:
            return 421, "Địa chỉ này không phải của Trợ lý ảo."
        if not is_open(scope["method"], scope["path"]):
            return 404, "Không có trang này."
        if scope["method"] in ("POST", "DELETE"):
            origin = headers.get("origin")
            if origin is not None and urlsplit(origin).netloc != host:
                return 403, "Yêu cầu đến từ trang khác nên bị từ chối."
            if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
                return 403, "Yêu cầu đến từ trang khác nên bị từ chối."
            length = headers.get("content-length", "0" if scope["method"] == "DELETE" else "")
            if not length.isdigit() or int(length) > LARGE_BODIES.get(scope["path"], MAX_BODY):
                return 413, "Yêu cầu quá lớn."
        return None

    def _harden(self, send: Send, scope: Scope, nonce: str) -> Send:
        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers["content-security-policy"] = content_security_policy(nonce)
                if "server" in headers:
                    del headers["server"]
                if scope["path"].startswith("/assets/"):
                    # The names carry a hash of the content.
                    headers["cache-control"] = "public, max-age=31536000, immutable"
                elif not scope["path"].startswith("/gradio_api/queue"):
                    headers["cache-control"] = "no-cache"
            await send(message)

        return hardened

    async def _send_index(self, scope: Scope, receive: Receive, send: Send, nonce: str) -> None:
        # Uncompressed, because it is rewritten; it is small and mostly goes to the same machine.
        plain = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]
        start: Message = {}
        body = bytearray()
        hardened = self._harden(send, scope, nonce)

        async def collect(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":  # a test client's debug messages
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            content = adapt_index(body.decode("utf-8"), nonce, self._title).encode() if body else b""
            if start["status"] != 200:
                content = bytes(body)
            headers = MutableHeaders(raw=list(start["headers"]))
            if scope["method"] != "HEAD":
                headers["content-length"] = str(len(content))
            await hardened({**start, "headers": headers.raw})
            await hardened({"type": "http.response.body", "body": content})

        await self._app({**scope, "headers": plain}, receive, collect)


def _bounded(receive: Receive, most: int) -> Receive:
    """Return ``receive`` that never passes on more than ``most`` bytes, whatever the header said."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > most:
                return {"type": "http.disconnect"}
        return message

    return bounded


async def _refuse(send: Send, status: int, message: str) -> None:
    body = encode(problem(status, message))
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())],
        }
    )
    await send({"type": "http.response.body", "body": body})
