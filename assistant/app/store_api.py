"""The addresses of the page Kho. Each one asks the guard itself; hiding a button protects nothing."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any, Protocol

import anyio
import anyio.to_thread
from fastapi import APIRouter, Cookie, Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import ClientDisconnect

from assistant.app.guard import WHOLE_S, Guard, Locked, NotSet, Wrong
from assistant.app.store import MAX_UPLOAD, Store
from assistant.app.store_page import render_locked, render_read_only, render_store
from assistant.passphrase import LONGEST
from assistant.problems import install
from corpus.errors import TrolyError
from corpus.store import Library

ROOT = "/quan-tri"
COOKIE = "troly_quan_tri"
NOT_SET = "Chưa đặt cụm mật khẩu. Trên máy chủ, chạy: troly admin set-passphrase"
WRONG = "Cụm mật khẩu không đúng; còn {left} lần thử."
LOCKED = "Nhập sai quá nhiều lần. Hãy thử lại sau {minutes} phút."
NOT_IN = "Phiên quản trị đã hết hoặc chưa mở khóa; hãy nhập lại cụm mật khẩu."
_log = logging.getLogger(__name__)


class _Served(Protocol):
    @property
    def library(self) -> Library: ...


class Phrase(BaseModel):
    """The passphrase as typed."""

    model_config = ConfigDict(extra="forbid")
    passphrase: str = Field(max_length=LONGEST)


class Named(BaseModel):
    """What an action is about."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(max_length=300)
    action: str = Field("", max_length=20)


def build_store_api(assistant: _Served, guard: Guard, store: Store) -> FastAPI:
    """Return the application of the page Kho, to be mounted at ``ROOT``."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    install(app)
    one_at_a_time = anyio.Semaphore(1)

    async def work(call: Callable[[], Any]) -> Any:
        """Run a change in a thread, one after another; what goes wrong is said in Vietnamese."""
        async with one_at_a_time:
            try:
                # Not abandoned when the browser goes away: a change that began is finished.
                return await anyio.to_thread.run_sync(call)
            except TrolyError as error:
                raise HTTPException(409, str(error)) from None
            except (OSError, sqlite3.Error) as error:
                _log.exception("a change of the library failed")
                raise HTTPException(503, f"Không ghi được vào thư mục dữ liệu ({error}).") from None

    def admitted(token: Annotated[str | None, Cookie(alias=COOKIE)] = None) -> str:
        if not guard.is_set:
            raise HTTPException(403, NOT_SET)
        if not guard.admits(token):
            raise HTTPException(403, NOT_IN)
        return token or ""

    @app.get("/trang")
    def page(token: Annotated[str | None, Cookie(alias=COOKIE)] = None) -> Response:
        library = assistant.library
        if not guard.is_set:
            return HTMLResponse(render_read_only(library))
        if not guard.admits(token):
            return HTMLResponse(render_locked(library))
        return HTMLResponse(render_store(library, store.waiting, store.removed, store.feedback.votes()))

    @app.post("/mo-khoa")
    async def unlock(body: Phrase) -> Response:
        try:
            token = await anyio.to_thread.run_sync(guard.unlock, body.passphrase)
        except NotSet:
            raise HTTPException(403, NOT_SET) from None
        except Wrong as error:
            raise HTTPException(403, WRONG.format(left=error.left)) from None
        except Locked as error:
            minutes = -(-error.seconds // 60)
            headers = {"retry-after": str(error.seconds)}
            raise HTTPException(429, LOCKED.format(minutes=minutes), headers) from None
        response = JSONResponse({"message": "Đã mở khóa."})
        response.set_cookie(
            COOKIE, token, max_age=int(WHOLE_S), path=ROOT, httponly=True, samesite="strict"
        )  # fmt: skip
        return response

    guarded = APIRouter(dependencies=[Depends(admitted)])

    @guarded.post("/khoa")
    def leave(token: Annotated[str | None, Cookie(alias=COOKIE)] = None) -> Response:
        guard.leave(token)
        response = JSONResponse({"message": "Đã khóa."})
        response.delete_cookie(COOKIE, path=ROOT, httponly=True, samesite="strict")
        return response

    @guarded.post("/tep")
    async def send(request: Request, name: Annotated[str, Query(min_length=1, max_length=400)]) -> Response:
        one = await work(lambda: store.place_for(name))
        size = 0
        try:
            async with await anyio.open_file(one.path, "xb") as file:
                async for part in request.stream():
                    size += len(part)
                    if size > MAX_UPLOAD:
                        raise HTTPException(413, f"Tệp lớn quá {MAX_UPLOAD // 1024 // 1024} MB.")
                    await file.write(part)
            if not size:
                raise HTTPException(409, "Tệp trống.")
        except (HTTPException, ClientDisconnect, OSError) as error:
            with suppress(OSError):
                one.path.unlink(missing_ok=True)
                one.path.parent.rmdir()
            if isinstance(error, HTTPException):
                raise
            raise HTTPException(409, "Tệp chưa đến đủ; xin gửi lại.") from None
        read = await work(lambda: store.read(one))
        return JSONResponse(
            {"message": read.refused or f"Đã đọc {one.path.name}.", "refused": bool(read.refused)}
        )

    def does(path: str, call: Callable[[Named], str]) -> None:
        async def act(body: Named) -> Response:
            return JSONResponse({"message": await work(lambda: call(body))})

        guarded.post(path, response_model=None)(act)

    does("/dua-vao", lambda body: store.publish(body.id))
    does("/bo", lambda body: f"Đã bỏ {store.discard(body.id)}.")
    does("/go", lambda body: store.remove(body.id))
    does("/lay-lai", lambda body: store.restore(body.id))
    does("/gop-y", lambda body: store.settle(body.id, body.action))
    app.include_router(guarded)
    return app
