"""The answer as callers see it: the JSON shape of DESIGN.md, one constant for "không tìm thấy"."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from corpus.model import Basis, Citation

ABSTENTION = "Không tìm thấy nội dung này trong các văn bản hiện có."
"""The abstention sentence; an abstaining answer starts with it and cites nothing."""

Outcome = Literal["answer", "abstain", "smalltalk", "clarify", "error"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. Only ``outcome == "answer"`` has citations; the first one carries the answer.

    ``answer`` is plain text: the first line answers, further lines explain, "[n]" marks point at
    ``citations[n-1]``. ``hints`` are provision labels near an abstention, not an answer.
    """

    question: str
    outcome: Outcome
    answer: str
    kind: str
    basis: Basis | None
    as_of: str
    generation: str
    citations: tuple[Citation, ...] = ()
    warnings: tuple[str, ...] = ()
    follow_ups: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)
    id: str | int | None = None

    @property
    def answered(self) -> bool:
        """True for ``outcome == "answer"`` alone."""
        return self.outcome == "answer"

    def to_json(self) -> dict[str, Any]:
        """Return the public JSON object (DESIGN.md, "The command line")."""
        data = asdict(self)
        data["answered"] = self.answered
        for key in ("citations", "warnings", "follow_ups", "hints"):
            data[key] = list(data[key])
        for citation in data["citations"]:
            citation["spans"] = [list(span) for span in citation["spans"]]
            citation["warnings"] = list(citation["warnings"])
        order = (
            "id", "question", "outcome", "answered", "answer", "kind", "basis", "as_of",
            "generation", "citations", "warnings", "follow_ups", "hints", "timings_ms",
        )  # fmt: skip
        return {key: data[key] for key in order}
