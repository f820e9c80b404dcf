"""The HTTP API under the page's server, at ``/api/v1``: the same answers as the command line, as JSON.

A sub-application with its own error handlers and OpenAPI document (``/api/v1/openapi.json``); there is no
Swagger page, because its scripts would come from another host. The gate of ``app/security.py`` stands in
front: host names, allowed paths, body size.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, Protocol, TypeVar

import anyio
import anyio.to_thread
from fastapi import FastAPI, HTTPException, Path, Query
from fastapi.responses import JSONResponse, Response

from assistant import export
from assistant.antecedents import Past, past
from assistant.api_models import AnswerBody, AskBody, Problem, SearchBody
from assistant.contract import Answer
from assistant.dialogue import TURNS_READ
from assistant.history import History, is_id, new_id
from assistant.problems import MEDIA_TYPE, install
from assistant.retrieve import Hit
from assistant.shapes import (
    ROLES,
    document_json,
    hit_json,
    provision_json,
    provision_row,
    task_json,
    tasks_of,
    units_of,
)
from corpus.errors import TrolyError
from corpus.lexicons import Lexicons
from corpus.store import Library

ROOT = "/api/v1"
ANSWER_SECONDS = 20.0
"""Longest wait for one answer, its turn in the queue included; a whole answer takes some 10 ms."""
AT_ONCE = 2
"""Answers computed at the same time: a machine has two cores."""
PAGE = 500
"""Task records of one response at most."""

NOT_WRITTEN = (
    "Không ghi được hội thoại; hãy kiểm tra chỗ trống và quyền ghi của thư mục dữ liệu, hoặc hỏi không kèm "
    "«conversation»."
)

T = TypeVar("T")
_log = logging.getLogger(__name__)


class ApiBackend(Protocol):
    """What the API needs of ``assistant.engine.Assistant``."""

    @property
    def library(self) -> Library: ...

    @property
    def lexicons(self) -> Lexicons: ...

    def converse(
        self, question: str, turns: Sequence[Past], as_of: str | None = None, *, within: Sequence[str] = ()
    ) -> Answer: ...

    def replay(self, questions: Sequence[str], as_of: str | None = None) -> list[Past]: ...

    def suggest(self, turn: Past, as_of: str | None = None) -> Answer: ...

    def search(self, query: str, limit: int = 10) -> list[Hit]: ...

    def refresh(self) -> bool: ...


_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"description": said, "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}
    for status, said in (
        (404, "Không có"),
        (413, "Quá lớn"),
        (422, "Sai dạng"),
        (503, "Bận"),
        (504, "Quá lâu"),
    )
}
_ID = Annotated[str, Path(max_length=300, description="Mã như trong trích dẫn.")]
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def build_api(assistant: ApiBackend, history: History | None) -> FastAPI:
    """Return the API over an opened assistant; ``history`` None keeps no conversation."""
    app = FastAPI(
        title="Trợ lý ảo: API tra cứu",
        version="1",
        description="Hỏi đáp có trích dẫn, tìm đơn vị văn bản, xem văn bản và nhiệm vụ trong kho. "
        "Mọi lỗi có dạng application/problem+json (RFC 9457).",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    install(app)
    limiter: list[anyio.CapacityLimiter] = []

    async def work(call: Callable[[], T]) -> T:
        """Run ``call`` in a thread, a few at a time; 504 where it takes too long."""
        if not limiter:  # made inside the running event loop
            limiter.append(anyio.CapacityLimiter(AT_ONCE))
        try:
            with anyio.fail_after(ANSWER_SECONDS):
                return await anyio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=limiter[0])
        except TimeoutError:
            raise HTTPException(504, "Chưa trả lời xong trong thời gian cho phép; xin thử lại.") from None

    def follow() -> None:
        with contextlib.suppress(TrolyError):  # the generation being served goes on
            assistant.refresh()

    def asked(body: AskBody) -> Answer:
        follow()
        within = _chosen(body.within, assistant.library)
        turns, kept = assistant.replay(body.history, body.as_of), None
        if body.conversation is not None:
            kept = new_id() if body.conversation == "new" else body.conversation
            turns = [*_stored(history, kept, fresh=body.conversation == "new"), *turns]
        answer = assistant.converse(body.question, turns, body.as_of, within=within)
        turn = past(body.question, answer, turns)
        if body.suggest and not within:  # suggestions come from the whole library
            answer = assistant.suggest(turn, body.as_of)
        answer = replace(answer, id=body.id, conversation=kept)
        if kept is not None and history is not None:
            try:
                history.add(kept, replace(turn, answer=answer))
            except sqlite3.Error:
                _log.exception("a turn could not be kept")
                raise HTTPException(503, NOT_WRITTEN) from None
        return answer

    @app.post("/ask", summary="Hỏi một câu", response_model=None,
              responses={200: {"model": AnswerBody, "description": "Câu trả lời"}, **_ERRORS})  # fmt: skip
    async def ask(body: AskBody) -> Response:
        return JSONResponse((await work(lambda: asked(body))).to_json())

    @app.post("/search", summary="Tìm các đơn vị văn bản gần nhất", response_model=None, responses=_ERRORS)
    async def search(body: SearchBody) -> Response:
        def found() -> list[Hit]:
            follow()
            return assistant.search(body.query, body.limit)

        hits = await work(found)
        return JSONResponse({"query": body.query, "results": [hit_json(hit) for hit in hits]})

    @app.get("/documents", summary="Các văn bản trong kho", response_model=None)
    def documents() -> Response:
        library = assistant.library
        rows = [document_json(library, document) for document in library.documents()]
        return JSONResponse({"generation": library.generation, "documents": rows})

    @app.get(
        "/documents/{document_id}", summary="Một văn bản và mục lục", response_model=None, responses=_ERRORS
    )
    def document(document_id: _ID) -> Response:
        library = assistant.library
        if document_id not in library:
            raise HTTPException(404, f"Kho không có văn bản «{document_id}».")
        found = library.document(document_id)
        rows = [provision_row(found, provision) for provision in library.provisions(document_id)]
        return JSONResponse(document_json(library, found) | {"outline": rows})

    @app.get(
        "/provisions/{provision_id}", summary="Một đơn vị văn bản", response_model=None, responses=_ERRORS
    )
    def provision(provision_id: _ID) -> Response:
        found = assistant.library.find_provision(provision_id)
        if found is None:
            raise HTTPException(404, f"Kho không có đơn vị văn bản «{provision_id}».")
        return JSONResponse(provision_json(assistant.library, found))

    @app.get("/tasks", summary="Nhiệm vụ theo đơn vị", response_model=None, responses=_ERRORS)
    def tasks(
        unit: Annotated[str, Query(max_length=200, description="Tên đơn vị, viết tắt được.")] = "",
        role: Annotated[Literal["", "lead", "do", "cooperate", "field"], Query(description="Vai trò.")] = "",
        document: Annotated[str, Query(max_length=200, description="Mã văn bản.")] = "",
        field: Annotated[str, Query(max_length=200, description="Lĩnh vực; «-»: không ghi.")] = "",
        limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        library = assistant.library
        found = tasks_of(library, assistant.lexicons, unit=unit, role=role, document=document, field=field)
        rows = [task_json(library, task) for task in found[offset : offset + limit]]
        return JSONResponse({"total": len(found), "units": units_of(found), "roles": ROLES, "tasks": rows})

    @app.get("/conversations/{conversation}", summary="Một hội thoại đã lưu", response_model=None,
             responses=_ERRORS)  # fmt: skip
    def conversation(conversation: _ID) -> Response:
        messages = _messages(history, conversation)
        rows = [
            {"number": m.number, "asked_at": m.asked_at, "answer": m.past.answer.to_json()} for m in messages
        ]
        return JSONResponse({"conversation": conversation, "messages": rows})

    @app.delete("/conversations/{conversation}", summary="Xóa một hội thoại đã lưu", status_code=204,
                response_model=None, responses=_ERRORS)  # fmt: skip
    def forget(conversation: _ID) -> Response:
        if history is None or not is_id(conversation) or not history.delete(conversation):
            raise HTTPException(404, "Không có hội thoại này.")
        return Response(status_code=204)

    @app.post("/export/answer.docx", summary="Câu trả lời thành tệp Word", response_model=None,
              responses=_ERRORS)  # fmt: skip
    async def answer_docx(body: AskBody) -> Response:
        def made() -> bytes:
            answer = asked(body)
            return export.conversation_docx([Past(body.question, answer.understood or body.question, answer)])

        return _file(await work(made), "tra-loi.docx", _DOCX)

    @app.get("/export/conversations/{conversation}.docx", summary="Hội thoại đã lưu thành tệp Word",
             response_model=None, responses=_ERRORS)  # fmt: skip
    async def conversation_docx(conversation: _ID, message: Annotated[int, Query(ge=0)] = 0) -> Response:
        def made() -> bytes:
            messages = _messages(history, conversation)
            chosen = [m for m in messages if message in (0, m.number)]
            if not chosen:
                raise HTTPException(404, "Hội thoại không có lượt này.")
            return export.conversation_docx([m.past for m in chosen], [m.asked_at for m in chosen])

        return _file(await work(made), "hoi-thoai.docx", _DOCX)

    @app.get("/export/tasks.xlsx", summary="Nhiệm vụ thành bảng tính", response_model=None, responses=_ERRORS)
    async def tasks_xlsx(
        unit: Annotated[str, Query(max_length=200)] = "",
        role: Annotated[Literal["", "lead", "do", "cooperate", "field"], Query()] = "",
        document: Annotated[str, Query(max_length=200)] = "",
        due: Annotated[Literal["", "dated", "30", "late"], Query()] = "",
        words: Annotated[str, Query(max_length=200)] = "",
        field: Annotated[str, Query(max_length=200)] = "",
    ) -> Response:
        library = assistant.library
        found = tasks_of(
            library, assistant.lexicons, unit=unit, role=role, document=document, due=due, words=words,
            field=field,
        )  # fmt: skip
        return _file(await work(lambda: export.tasks_xlsx(library, found)), "nhiem-vu.xlsx", _XLSX)

    @app.get("/health", summary="Máy chủ còn chạy", response_model=None)
    async def health() -> Response:
        return JSONResponse({"status": "ok"})

    @app.get("/ready", summary="Sẵn sàng trả lời", response_model=None, responses=_ERRORS)
    async def ready() -> Response:
        await work(lambda: assistant.search("kế hoạch", 1))
        library = assistant.library
        return JSONResponse(
            {"status": "ready", "generation": library.generation, "documents": len(library.document_ids())}
        )

    return app


def _chosen(names: Sequence[str], library: Library) -> list[str]:
    """Return the ids of the documents that a question is limited to, each once."""
    chosen: list[str] = []
    for name in names:
        kind = name.strip().casefold()
        of_kind = [one.id for one in library.documents() if one.kind.casefold() == kind]
        if not of_kind and name not in library:
            raise HTTPException(422, f"within: kho không có văn bản hay loại văn bản «{name[:100]}».")
        chosen += of_kind or [name]
    return list(dict.fromkeys(chosen))


def _messages(history: History | None, conversation: str) -> list[Any]:
    messages = history.messages(conversation) if history is not None and is_id(conversation) else []
    if not messages:
        raise HTTPException(404, "Không có hội thoại này.")
    return messages


def _stored(history: History | None, conversation: str, *, fresh: bool) -> list[Past]:
    if history is None:
        raise HTTPException(409, "Máy chủ không lưu hội thoại (TROLY_HISTORY=0); hãy gửi «history».")
    if fresh:
        return []
    if not is_id(conversation) or not (found := history.messages(conversation, TURNS_READ)):
        raise HTTPException(404, "Không có hội thoại này.")
    return [message.past for message in found]


def _file(content: bytes, name: str, media_type: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
