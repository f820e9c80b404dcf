"""The web server: gradio's page mounted on FastAPI behind the gate of ``security.py``."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from pathlib import Path

from corpus.errors import TrolyError
from corpus.settings import Settings, silence_third_parties

silence_third_parties()

import gradio as gr  # noqa: E402  (its telemetry reads the environment when it is imported)
import uvicorn  # noqa: E402
from fastapi import FastAPI  # noqa: E402
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response  # noqa: E402

from assistant.api import ROOT as API_ROOT  # noqa: E402
from assistant.api import build_api  # noqa: E402
from assistant.app.browse import Browse  # noqa: E402
from assistant.app.graph import render_graph  # noqa: E402
from assistant.app.guard import Guard  # noqa: E402
from assistant.app.handlers import Backend, Handlers  # noqa: E402
from assistant.app.page import TITLE, build_page  # noqa: E402
from assistant.app.pictures import ROOT as PICTURES  # noqa: E402
from assistant.app.pictures import Pictures, spans_of  # noqa: E402
from assistant.app.security import Gate  # noqa: E402
from assistant.app.store import Store  # noqa: E402
from assistant.app.store_api import ROOT as STORE_ROOT  # noqa: E402
from assistant.app.store_api import build_store_api  # noqa: E402
from assistant.app.theme import css_variables, office_theme  # noqa: E402
from assistant.feedback import open_feedback  # noqa: E402
from assistant.history import open_history  # noqa: E402

STATIC = Path(__file__).resolve().parent / "static"
_STATIC_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
NO_LOGIN = (
    "CẢNH BÁO: trang đang mở ra mạng ({host}) và CHƯA có đăng nhập. Bất kỳ ai vào được mạng này đều đọc được "
    "mọi văn bản trong kho. Chỉ mở trong mạng nội bộ tin cậy; nếu chỉ dùng trên máy này, bỏ --host."
)


def is_loopback(host: str) -> bool:
    """Return whether ``host`` can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def build_app(settings: Settings, assistant: Backend | None = None, host: str | None = None) -> FastAPI:
    """Return the whole web application over the library of ``settings``.

    ``assistant``: an opened assistant, None to open one. ``host``: where it will listen (default
    ``settings.host``); on loopback only requests addressed to loopback are answered. Raises
    ``NotIngestedError`` where there is no library yet.
    """
    if assistant is None:
        from assistant.engine import Assistant

        assistant = Assistant.open(settings)
        assistant.warm_up()
    history = open_history(settings)
    feedback = open_feedback(settings)
    pictures = Pictures(settings)
    page = build_page(Handlers(assistant, history, feedback, pictures), Browse(assistant))
    page.queue(api_open=False, max_size=64, default_concurrency_limit=2)
    app = FastAPI(title=TITLE, docs_url=None, redoc_url=None, openapi_url=None)

    app.mount(API_ROOT, build_api(assistant, history))
    store = Store(settings, feedback, assistant.refresh)
    app.mount(STORE_ROOT, build_store_api(assistant, Guard(settings), store))

    @app.get("/tinh/mau.css")
    def colours() -> Response:
        return PlainTextResponse(css_variables(), media_type="text/css")

    @app.get("/tinh/{name}")
    def static(name: str) -> Response:
        path = STATIC / name
        if path.parent != STATIC or not path.is_file():
            return PlainTextResponse("Không có tệp này.", status_code=404)
        return FileResponse(path, media_type=_STATIC_TYPES.get(path.suffix))

    @app.get(PICTURES + "/{provision_id}/{number}.png")
    def printed(provision_id: str, number: int, doan: str = "") -> Response:
        library = assistant.library
        provision = library.find_provision(provision_id)
        if provision is not None:
            picture = pictures.picture(library, provision, number, spans_of(doan))
            if picture is not None:
                return FileResponse(picture, media_type="image/png")
        return PlainTextResponse("Không có ảnh của trang này.", status_code=404)

    @app.get("/so-do")
    def graph(van_ban: str = "") -> Response:
        drawn = render_graph(assistant.library, assistant.name_of, settings.data_dir / "matplotlib", van_ban)
        return HTMLResponse(drawn)

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")

    gr.mount_gradio_app(
        app,
        page,
        path="/",
        theme=office_theme(),
        footer_links=[],
        run_history=False,
        show_error=False,
        allowed_paths=[],
        blocked_paths=[str(settings.data_dir.resolve()), str(Path.cwd())],
        max_file_size=0,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
    )
    names = LOOPBACK_NAMES if is_loopback(host or settings.host) else ()
    app.add_middleware(Gate, title=TITLE, hosts=names)
    return app


def serve(settings: Settings, host: str | None = None, port: int | None = None) -> None:
    """Serve the page until interrupted. Raises ``TrolyError`` where the address cannot be used."""
    host = host or settings.host
    port = settings.port if port is None else port
    if not is_loopback(host):
        print(NO_LOGIN.format(host=host), file=sys.stderr, flush=True)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # Found out before the model is loaded, and with words of our own.
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name == "posix":  # on Windows the option would share a port that is in use
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise TrolyError(
            f"Không mở được địa chỉ {host}:{port}: {error.strerror or error}. Cổng có thể đang được dùng; "
            "hãy chọn cổng khác bằng --port."
        ) from error
    app = build_app(settings, host=host)
    shown = "localhost" if is_loopback(host) else host
    print(f"Trợ lý ảo đang chạy tại http://{shown}:{port} (Ctrl+C để dừng)", flush=True)
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
