"""What an outsider may call, what each response says, and how the server starts: all of it listed."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount
from starlette.testclient import TestClient

from assistant.app import server
from assistant.app.page import LATEST
from assistant.app.security import CSP_REASONS, MAX_BODY, OPEN_ROUTES, content_security_policy, is_open
from corpus.errors import TrolyError
from corpus.settings import Settings
from tests.fakes import FakeAssistant, sample_assistant, sample_library

LOCAL = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> FakeAssistant:
    return sample_assistant(sample_library(tmp_path_factory.mktemp("library")))


@pytest.fixture(scope="module")
def app(assistant: FakeAssistant, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return server.build_app(Settings(data_dir=tmp_path_factory.mktemp("data")), assistant)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=LOCAL, raise_server_exceptions=False) as opened:
        yield opened


# ---- what an outsider may call

EXPECTED_OPEN = {
    ("GET", "/"), ("GET", "/assets/{path:path}"), ("GET", "/theme.css"), ("GET", "/favicon.ico"),
    ("GET", "/tinh/mau.css"), ("GET", "/tinh/{name}"), ("GET", "/gradio_api/startup-events"),
    ("GET", "/gradio_api/heartbeat/{session_hash}"), ("GET", "/gradio_api/queue/data"),
    ("POST", "/gradio_api/queue/join"), ("POST", "/gradio_api/cancel"), ("POST", "/gradio_api/reset"),
    ("GET", "/api/v1/openapi.json"), ("POST", "/api/v1/ask"), ("POST", "/api/v1/search"),
    ("GET", "/api/v1/documents"), ("GET", "/api/v1/documents/{document_id}"),
    ("GET", "/api/v1/provisions/{provision_id}"), ("GET", "/api/v1/tasks"), ("GET", "/api/v1/health"),
    ("GET", "/api/v1/ready"), ("GET", "/api/v1/conversations/{conversation}"),
    ("DELETE", "/api/v1/conversations/{conversation}"), ("POST", "/api/v1/export/answer.docx"),
    ("GET", "/api/v1/export/conversations/{conversation}.docx"), ("GET", "/api/v1/export/tasks.xlsx"),
    ("GET", "/quan-tri/trang"), ("POST", "/quan-tri/mo-khoa"), ("POST", "/quan-tri/khoa"),
    ("POST", "/quan-tri/tep"), ("POST", "/quan-tri/dua-vao"), ("POST", "/quan-tri/bo"),
    ("POST", "/quan-tri/go"), ("POST", "/quan-tri/lay-lai"), ("POST", "/quan-tri/gop-y"),
    ("GET", "/so-do"), ("GET", "/trang-in/{provision_id}/{number}.png"),
}  # fmt: skip
SAMPLES = {
    "/assets/{path:path}": "/assets/index-abc.js", "/tinh/{name}": "/tinh/style.css",
    "/gradio_api/heartbeat/{session_hash}": "/gradio_api/heartbeat/abc123",
    "/api/v1/conversations/{conversation}": f"/api/v1/conversations/{'a' * 22}",
    "/api/v1/export/conversations/{conversation}.docx": f"/api/v1/export/conversations/{'a' * 22}.docx",
    "/trang-in/{provision_id}/{number}.png": "/trang-in/nd-thu-2025:d1/1.png",
}  # fmt: skip


def _routes(routes: Sequence[BaseRoute], above: str = "") -> Iterator[tuple[str, str]]:
    for route in routes:
        # A mounted application, or (FastAPI's own wrapper) an included router.
        inner = route if isinstance(route, Mount) else getattr(route, "original_router", None)
        if inner is not None:
            yield from _routes(inner.routes, above + getattr(route, "path", "").rstrip("/"))
            continue
        for method in sorted((getattr(route, "methods", None) or set()) - {"HEAD"}):
            yield method, above + route.path  # type: ignore[attr-defined]


def test_every_route_of_the_server_is_closed_but_the_listed_ones(app: FastAPI, client: TestClient) -> None:
    routes = set(_routes(app.routes))
    assert len(routes) > 60, "gradio's own routes are seen"
    opened = {
        (method, path)
        for method, path in routes
        if is_open(method, SAMPLES.get(path, re.sub(r"\{[^}]+\}", "x1", path)))
    }
    assert opened == EXPECTED_OPEN
    for method, path in sorted(routes - opened):
        target = re.sub(r"\{[^}]+\}", "x1", path)
        assert (
            client.request(method, target, content=b"{}" if method == "POST" else None).status_code == 404
        ), path


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd", "/gradio_api/file=data/current", "/file=/etc/passwd",
        "/file/etc/passwd",
        "/gradio_api/file/etc/passwd", "/gradio_api/proxy=https://example.org/", "/gradio_api/upload",
        "/gradio_api/info", "/gradio_api/openapi.json", "/openapi.json", "/docs", "/redoc", "/config",
        "/gradio_api/call/ask", "/gradio_api/run/ask", "/gradio_api/api/predict",
        "/gradio_api/component_server",
        "/gradio_api/deep_link", "/gradio_api/runs", "/monitoring", "/gradio_api/mcp/sse", "/manifest.json",
        "/tinh/../server.py", "/tinh/%2e%2e/server.py", "/tinh/..%2fserver.py", "/assets/../../../routes.py",
        "/assets/%2e%2e/index.html", "//etc/passwd", "/static/img/logo.svg", "/robots.txt", "/login",
    ],
)  # fmt: skip
def test_files_apis_and_uploads_are_out_of_reach(client: TestClient, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        response = client.request(method, path)
        assert response.status_code in (404, 405), (method, path)


def test_gradio_itself_may_not_read_the_data_folder(assistant: FakeAssistant, tmp_path: Path) -> None:
    """The second lock: even past the gate, gradio's file route refuses."""
    secret = tmp_path / "secret.txt"
    secret.write_text("mật")
    app = server.build_app(Settings(data_dir=tmp_path), assistant)
    inner = next(route.app for route in app.routes if isinstance(route, Mount) and not route.path)
    answer = TestClient(inner, base_url=LOCAL).get(f"/gradio_api/file={secret}")
    assert answer.status_code == 403 and "mật" not in answer.text


def test_every_event_is_private_and_known(app: FastAPI) -> None:
    inner = next(route.app for route in app.routes if isinstance(route, Mount) and not route.path)
    config = inner.get_blocks().get_config_file()
    events = [(d["targets"][0][1], d["api_visibility"]) for d in config["dependencies"]]
    over = ("then", "private")  # tells the page that an event is over
    assert events.count(over) == len(LATEST)
    events = [event for event in events if event != over]
    assert sorted(events) == [
        ("ask_suggested", "private"), ("document", "private"), ("earlier", "private"), ("forget", "private"),
        ("library", "private"), ("load", "private"), ("load", "private"),
        ("load", "private"),
        ("open_source", "private"), ("rename", "private"), ("resume", "private"), ("submit", "private"),
        ("tasks", "private"), ("vote", "private"),
    ]  # fmt: skip
    blocks = inner.get_blocks()
    assert blocks.get_api_info() == {"named_endpoints": {}, "unnamed_endpoints": {}}
    assert all(block.get_config().get("server_fns", []) == [] for block in blocks.blocks.values())
    assert config["analytics_enabled"] is False and config["footer_links"] == []


def _call(client: TestClient, session: str, fn_index: int, data: list[Any], event_data: Any = None) -> str:
    """Return the raw event stream of one call made as the page makes it."""
    body = {"session_hash": session, "fn_index": fn_index, "data": data, "event_data": event_data}
    assert client.post("/gradio_api/queue/join", json=body).status_code == 200
    return client.get("/gradio_api/queue/data", params={"session_hash": session}).text


def test_a_forged_conversation_is_not_believed(app: FastAPI, client: TestClient) -> None:
    """The conversation lives on the server: what a client sends in its place is not read."""
    inner = next(route.app for route in app.routes if isinstance(route, Mount) and not route.path)
    events = {fn.targets[0][1]: fn._id for fn in inner.get_blocks().fns.values()}
    forged = [{"number": 1, "question": "giả", "answer": "giả mạo"}]
    stream = _call(client, "mot", events["submit"], ["Ai in tài liệu?", forged, ""])
    assert "in ấn tài liệu mẫu" in stream
    assert "giả mạo" not in stream and '"success":true' in stream
    chip = {"provision": "kh-thu-2026:IV.2.p1", "turn": 1, "cite": 1}
    assert "<mark" in _call(client, "mot", events["open_source"], [None], chip)
    assert "<mark" not in _call(client, "hai", events["open_source"], [None], chip), "another session"


def test_every_response_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/", "/tinh/style.css", "/theme.css", "/favicon.ico", "/khong-co"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "server" not in headers and "access-control-allow-origin" not in headers


def test_the_policy_names_no_other_host_and_every_exception_has_a_reason() -> None:
    policy = content_security_policy("abc")
    assert "default-src 'self'" in policy and "http" not in policy and "*" not in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0], "no inline script without the nonce"
    assert all(len(reason) > 8 for _, _, reason in CSP_REASONS)
    assert all(reason for _, _, reason in OPEN_ROUTES)


def test_the_index_names_no_other_host_and_each_inline_script_has_the_nonce(client: TestClient) -> None:
    first, second = client.get("/"), client.get("/")
    page = first.text
    assert not re.findall(r"https?://(?!127\.0\.0\.1:7860)[^\s\"'<]+", page)
    nonce = re.search(r"'nonce-([^']+)'", first.headers["content-security-policy"])
    assert nonce and nonce[1] not in second.text, "a nonce is used once"
    scripts = re.findall(r"<script([^>]*)>", page)
    assert len(scripts) >= 4
    assert all(f'nonce="{nonce[1]}"' in attributes or "src=" in attributes for attributes in scripts)
    assert "<html" in page and 'lang="vi"' in page and "<title>Trợ lý ảo</title>" in page
    assert not re.search(r'property="og:|name="twitter|iframe-?resizer|manifest\.json', page, re.IGNORECASE)


def test_a_foreign_name_origin_or_size_is_refused(client: TestClient) -> None:
    def post(**headers: str) -> int:
        return client.post("/gradio_api/cancel", json={"session_hash": "a", "fn_index": 0, "event_id": "x"},
                           headers=headers).status_code  # fmt: skip

    assert client.get("/", headers={"host": "evil.example:7860"}).status_code == 421, "DNS rebinding"
    assert post(origin=LOCAL) == 200
    assert post(origin="http://evil.example") == 403
    assert post(**{"sec-fetch-site": "cross-site"}) == 403
    assert client.post("/gradio_api/queue/join", content=b"x" * (MAX_BODY + 1)).status_code == 413
    assert client.post("/gradio_api/queue/join", content=iter([b"x"])).status_code == 413, "no stated length"


def test_an_office_server_answers_by_any_name(assistant: FakeAssistant, tmp_path: Path) -> None:
    app = server.build_app(Settings(data_dir=tmp_path), assistant, host="0.0.0.0")
    with TestClient(app, base_url="http://troly.xa.lan:7860") as client:
        assert client.get("/").status_code == 200


# ---- starting the server


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("192.168.1.5", False),
     ("may-chu", False)],
)  # fmt: skip
def test_loopback_is_told_from_the_network(host: str, local: bool) -> None:
    assert server.is_loopback(host) is local


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_opening_to_the_network_warns_that_there_is_no_login(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str, warned: bool
) -> None:
    started: list[dict[str, Any]] = []
    monkeypatch.setattr(server, "build_app", lambda settings, host=None: host)
    monkeypatch.setattr(server.uvicorn, "run", lambda app, **options: started.append(options))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server.serve(Settings(), host, port)
    assert ("CHƯA có đăng nhập" in capsys.readouterr().err) is warned
    assert started[0]["host"] == host and started[0]["port"] == port


def test_a_port_in_use_is_an_error_the_user_can_act_on() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(TrolyError, match="--port"):
            server.serve(Settings(), "127.0.0.1", taken.getsockname()[1])
