"""Gold questions: one JSON object a line in the files of ``eval/questions``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast

from corpus.errors import TrolyError

QUESTIONS_DIR: Final = Path(__file__).resolve().parent / "questions"
SUITES: Final = {
    "dev": ("dev",),
    "test": ("test",),
    "all": ("dev", "test"),
    "laws-dev": ("laws-dev",),
    "laws-test": ("laws-test",),
    "refuse-dev": ("refuse-dev",),
    "refuse-test": ("refuse-test",),
    "unanswerable": ("unanswerable",),
    "fresh": ("fresh",),
}
"""Suite -> its files. The halves of one kind are never pooled but in "all"."""

Expected = Literal["answer", "abstain", "smalltalk"]
_EXPECTED: Final = ("answer", "abstain", "smalltalk")

CATEGORY_NAMES: Final = {
    "responsibility": "Ai chủ trì",
    "joined_responsibility": "Chủ trì, suy ra",
    "competence": "Thẩm quyền",
    "unit_duties": "Nhiệm vụ đơn vị",
    "targets": "Chỉ tiêu",
    "deadlines": "Thời hạn",
    "legal_basis": "Căn cứ pháp lý",
    "lists": "Liệt kê",
    "definitions": "Định nghĩa",
    "document_facts": "Thông tin văn bản",
    "named_places": "Điều khoản nêu rõ",
    "no_marks": "Không dấu",
    "half_marks_typos": "Thiếu dấu, lỗi gõ",
    "abbreviations": "Viết tắt",
    "refuse": "Phải từ chối",
    "smalltalk": "Chào hỏi",
    "conditions": "Điều kiện",
    "procedure": "Trình tự, thủ tục",
    "figures": "Con số",
    "relations": "Quan hệ văn bản",
    "status": "Hiệu lực",
    "comparison": "So sánh",
}
"""Vietnamese names of the categories in tables; an unlisted category is shown by its own name."""


@dataclass(frozen=True, slots=True)
class Question:
    """One gold question.

    ``facts`` are groups of alternatives, ``provisions`` groups of provision ids ("needed"): of each
    group one must be there. ``first`` are the provision ids that may stand first.
    """

    id: str
    category: str
    question: str
    outcome: Expected
    facts: tuple[tuple[str, ...], ...] = ()
    provisions: tuple[tuple[str, ...], ...] = ()
    first: tuple[str, ...] = ()
    note: str = ""

    @property
    def gold(self) -> frozenset[str]:
        """Every provision id that counts as a right citation."""
        return frozenset(self.first).union(*self.provisions)


def _groups(value: Any) -> tuple[tuple[str, ...], ...]:
    return tuple((group,) if isinstance(group, str) else tuple(map(str, group)) for group in value)


def parse_question(data: dict[str, Any]) -> Question:
    """Return the question of one JSON object. Raises KeyError or ValueError on a malformed one."""
    if data["outcome"] not in _EXPECTED:
        raise ValueError(f"outcome={data['outcome']!r}")
    question = Question(
        id=str(data["id"]),
        category=str(data["category"]),
        question=str(data["question"]),
        outcome=cast(Expected, data["outcome"]),
        facts=_groups(data.get("facts") or ()),
        provisions=_groups(data.get("provisions") or ()),
        first=tuple(data.get("first") or ()),
        note=str(data.get("note") or ""),
    )
    if question.outcome == "answer" and not question.gold:
        raise ValueError("outcome=answer, provisions=[]")
    return question


def load_questions(suite: str = "all", folder: Path = QUESTIONS_DIR) -> tuple[Question, ...]:
    """Return the questions of ``suite``, one of ``SUITES``, in file order.

    Raises TrolyError when the suite is unknown, a file is missing, a line is malformed or an id
    stands twice: a measurement over half a file would look like a result.
    """
    if suite not in SUITES:
        raise TrolyError(f"Không có bộ câu hỏi “{suite}”. Các bộ hiện có: {', '.join(SUITES)}.")
    questions: dict[str, Question] = {}
    for name in SUITES[suite]:
        path = folder / f"{name}.jsonl"
        if not path.is_file():
            raise TrolyError(f"Thiếu tệp câu hỏi {path}. Hãy cài đặt lại hoặc tạo tệp này.")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip():
                continue
            try:
                question = parse_question(json.loads(line))
            except (KeyError, TypeError, ValueError) as error:
                raise TrolyError(f"{path.name}, dòng {number}: câu hỏi không hợp lệ ({error}).") from error
            if question.id in questions:
                raise TrolyError(f"{path.name}, dòng {number}: mã câu hỏi “{question.id}” bị trùng.")
            questions[question.id] = question
    return tuple(questions.values())
