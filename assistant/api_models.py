"""What the API takes and gives, as OpenAPI shows it: Vietnamese descriptions and examples."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from assistant.arguments import day

MAX_QUESTION = 500
"""Code points of one question. The longest question of eval/questions has under 200."""
MAX_BEFORE = 20
"""Previous questions that one request may carry."""
MAX_RESULTS = 50
MAX_WITHIN = 200
"""Documents or kinds that one question may be limited to."""

_ANSWER_EXAMPLE: dict[str, Any] = {
    "id": None, "conversation": None, "question": "hạn khi nào?",
    "understood": "Gửi báo cáo kết quả thực hiện kế hoạch: hạn khi nào?",
    "outcome": "answer", "answered": True,
    "answer": "Định kỳ trước ngày 05/12 hằng năm … [1]", "kind": "deadline", "basis": "full_text",
    "as_of": "2026-11-24", "generation": "g-20261124-120000-123456",
    "citations": [{
        "id": "kh-ubnd-binh-lu-2026-04:IV.6.p2",
        "label": "Mục IV.6, đoạn 2 Kế hoạch của UBND xã Bình Lư (tháng 4/2026)",
        "document_id": "kh-ubnd-binh-lu-2026-04", "document": None,
        "title": "Thực hiện Kết luận số 90-KL/TU …",
        "issuer": "UBND xã Bình Lư", "issued": "2026-04", "quote": "Định kỳ trước ngày 05/12 hằng năm …",
        "spans": [[19000, 19200]], "page": None, "basis": "full_text", "warnings": [],
    }],
    "warnings": [], "follow_ups": ["Ai ký Kế hoạch của UBND xã Bình Lư?"], "options": [],
    "within": [], "hints": [],
    "timings_ms": {"total": 8.1, "embed": 0.0, "search": 4.0, "answer": 4.1},
}  # fmt: skip


class AskBody(BaseModel):
    """Một câu hỏi."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"question": "Ai chủ trì tuyên truyền cải cách hành chính?"},
                {
                    "question": "hạn khi nào?",
                    "history": ["Các ban, ngành gửi báo cáo kết quả thực hiện kế hoạch cho ai?"],
                    "as_of": "2026-11-24",
                },
                {"question": "Ai ký?", "within": ["Nghị định", "kh-ubnd-binh-lu-2026-04"]},
            ]
        },
    )
    question: str = Field(
        min_length=1, max_length=MAX_QUESTION, description="Câu hỏi, có dấu hay không dấu, viết tắt được."
    )
    as_of: str | None = Field(None, description="Trả lời tại ngày này (NĂM-THÁNG-NGÀY); bỏ trống: hôm nay.")
    history: list[str] = Field(
        default_factory=list, max_length=MAX_BEFORE,
        description="Các câu hỏi trước trong cùng cuộc trao đổi, cũ trước mới sau; không được lưu lại.",
    )  # fmt: skip
    within: list[str] = Field(
        default_factory=list, max_length=MAX_WITHIN,
        description="Chỉ tìm trong các văn bản này: mã văn bản, hoặc tên loại văn bản («Nghị định»); "
        "bỏ trống: cả kho.",
    )  # fmt: skip
    conversation: str | None = Field(
        None, description="Mã hội thoại được lưu trên máy chủ; «new» mở hội thoại mới và trả về mã của nó."
    )
    suggest: bool = Field(True, description="Kèm tối đa ba câu hỏi tiếp mà kho trả lời được.")
    id: str | int | None = Field(None, description="Mã của bên gọi, được trả lại nguyên như gửi.")

    @field_validator("as_of")
    @classmethod
    def _a_day(cls, value: str | None) -> str | None:
        try:
            return day(value) if value else None
        except ArgumentTypeError as error:
            raise ValueError(str(error)) from None

    @field_validator("history")
    @classmethod
    def _short(cls, value: list[str]) -> list[str]:
        if any(len(one) > MAX_QUESTION for one in value):
            raise ValueError(f"mỗi câu hỏi trước dài nhiều nhất {MAX_QUESTION} ký tự")
        return value


class SearchBody(BaseModel):
    """Một lượt tìm các đơn vị văn bản gần nhất."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"query": "báo cáo kết quả thực hiện", "limit": 5}]}
    )
    query: str = Field(min_length=1, max_length=MAX_QUESTION, description="Từ khóa hoặc câu hỏi.")
    limit: int = Field(10, ge=1, le=MAX_RESULTS, description="Số kết quả.")


class CitationBody(BaseModel):
    """Một trích dẫn nguyên văn."""

    id: str = Field(description="Mã đơn vị văn bản, dùng được ở /provisions/{id}.")
    label: str = Field(
        description="Vị trí như cán bộ viết, ví dụ «khoản 2 Điều 13 Nghị định 150/2025/NĐ-CP»."
    )
    document_id: str
    document: str | None = Field(description="Số hiệu như in trên văn bản; null nếu văn bản chưa có số.")
    title: str
    issuer: str | None
    issued: str | None = Field(description="Ngày ban hành, có thể chỉ có năm hoặc tháng.")
    quote: str = Field(description="Nguyên văn đoạn trích.")
    spans: list[tuple[int, int]] = Field(description="Vị trí đoạn trích trong văn bản, tính bằng ký tự.")
    page: int | None
    basis: str = Field(description="full_text: toàn văn; card: tóm tắt; inferred: suy ra.")
    warnings: list[str]


class OptionBody(BaseModel):
    """Một cách hiểu để chọn."""

    label: str = Field(description="Chữ trên nút.")
    question: str = Field(description="Câu hỏi đầy đủ nếu chọn cách hiểu này.")


class AnswerBody(BaseModel):
    """Câu trả lời; giống hệt kết quả của «troly ask --json»."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ANSWER_EXAMPLE]})
    id: str | int | None
    conversation: str | None = Field(description="Mã hội thoại được lưu, nếu có.")
    question: str
    understood: str | None = Field(
        description="Câu hỏi đầy đủ mà trợ lý hiểu, khi câu được gõ là câu hỏi nối tiếp."
    )
    outcome: Literal["answer", "abstain", "smalltalk", "clarify", "error"] = Field(
        description="answer: trả lời; abstain: không tìm thấy; smalltalk: chào hỏi; clarify: hỏi lại; "
        "error: lỗi."
    )
    answered: bool
    answer: str = Field(description="Dòng đầu là câu trả lời; «[n]» chỉ trích dẫn thứ n.")
    kind: str
    basis: str | None
    as_of: str
    generation: str = Field(description="Mã của kho đã trả lời.")
    citations: list[CitationBody]
    warnings: list[str]
    follow_ups: list[str] = Field(description="Câu hỏi tiếp mà kho trả lời được.")
    options: list[OptionBody] = Field(description="Các cách hiểu để chọn, khi outcome là clarify.")
    within: list[str] = Field(description="Mã các văn bản được chọn để tìm; rỗng: cả kho.")
    hints: list[str] = Field(description="Chỗ gần nhất trong kho khi không tìm thấy; không phải câu trả lời.")
    timings_ms: dict[str, float]


class ErrorItem(BaseModel):
    """Một trường sai."""

    field: str
    message: str


class Problem(BaseModel):
    """Lỗi theo RFC 9457 (application/problem+json)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Yêu cầu không hợp lệ",
                    "status": 422,
                    "detail": "question: thiếu trường này",
                    "errors": [{"field": "question", "message": "thiếu trường này"}],
                }
            ]
        }
    )
    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[ErrorItem] | None = None
