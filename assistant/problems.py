"""Errors of the API as problem+json (RFC 9457), in Vietnamese."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException as StarletteHTTPException

from corpus.errors import NotIngestedError, TrolyError

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "Yêu cầu sai", 403: "Bị từ chối", 404: "Không tìm thấy", 405: "Không dùng được cách gọi này",
    409: "Xung đột", 413: "Yêu cầu quá lớn", 421: "Sai địa chỉ", 422: "Yêu cầu không hợp lệ",
    429: "Thử quá nhiều lần", 500: "Lỗi ngoài dự kiến", 503: "Chưa sẵn sàng", 504: "Quá thời gian",
}  # fmt: skip
UNEXPECTED = "Có lỗi ngoài dự kiến; chi tiết nằm trong nhật ký của máy chủ."

_log = logging.getLogger(__name__)


def problem(status: int, detail: str, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """Return the body of one problem."""
    body: dict[str, Any] = {
        "type": "about:blank", "title": TITLES.get(status, "Lỗi"), "status": status, "detail": detail,
    }  # fmt: skip
    return body | ({"errors": list(errors)} if errors else {})


def encode(body: dict[str, Any]) -> bytes:
    """Return a problem as the bytes of its response."""
    return json.dumps(body, ensure_ascii=False).encode()


def _response(
    status: int, detail: str, errors: Sequence[dict[str, str]] = (), headers: dict[str, str] | None = None
) -> Response:
    return Response(
        encode(problem(status, detail, errors)), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


_MESSAGES = {
    "missing": "thiếu trường này",
    "extra_forbidden": "không có trường này",
    "string_too_short": "không được để trống",
    "string_too_long": "dài quá {max_length} ký tự",
    "too_long": "có quá {max_length} mục",
    "string_type": "phải là một chuỗi",
    "list_type": "phải là một danh sách",
    "bool_type": "phải là true hoặc false",
    "bool_parsing": "phải là true hoặc false",
    "int_type": "phải là số nguyên",
    "int_parsing": "phải là số nguyên",
    "int_from_float": "phải là số nguyên",
    "greater_than_equal": "phải từ {ge} trở lên",
    "less_than_equal": "nhiều nhất là {le}",
    "json_invalid": "không phải JSON hợp lệ",
    "model_attributes_type": "phải là một đối tượng JSON",
    "literal_error": "chỉ nhận một trong các giá trị đã nêu ở mô tả API",
}


def _told(error: dict[str, Any]) -> dict[str, str]:
    names = [str(part) for part in error["loc"] if part not in ("body", "query", "path")]
    context = error.get("ctx") or {}
    if error["type"] in ("value_error", "assertion_error") and "error" in context:
        message = str(context["error"])
    else:
        template = _MESSAGES.get(error["type"], "giá trị không dùng được")
        try:
            message = template.format(**context)
        except (KeyError, IndexError):
            message = "giá trị không dùng được"
    if error["type"] == "json_invalid":
        names = []
    return {"field": ".".join(names) or "(thân yêu cầu)", "message": message}


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem in Vietnamese; what we did not foresee is logged, not shown."""

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        errors = [_told(dict(one)) for one in error.errors()]
        return _response(422, "; ".join(f"{one['field']}: {one['message']}" for one in errors), errors)

    @app.exception_handler(StarletteHTTPException)
    async def refused(_: Request, error: StarletteHTTPException) -> Response:
        ours = isinstance(error, HTTPException) and isinstance(error.detail, str)
        detail = str(error.detail) if ours else TITLES.get(error.status_code, "Lỗi")
        headers = dict(error.headers) if error.headers else None
        return _response(error.status_code, detail, headers=headers)

    @app.exception_handler(TrolyError)
    async def told(_: Request, error: TrolyError) -> Response:
        return _response(503 if isinstance(error, NotIngestedError) else 500, str(error))

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> Response:
        _log.error("request failed", exc_info=error)
        return _response(500, UNEXPECTED)
