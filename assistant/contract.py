"""The answer as callers see it: the JSON shape of DESIGN.md, one constant for "không tìm thấy"."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from corpus.model import Basis, Citation

ABSTENTION = "Không tìm thấy nội dung này trong các văn bản hiện có."
"""The abstention sentence; an abstaining answer starts with it and cites nothing."""

Outcome = Literal["answer", "abstain", "smalltalk", "clarify", "error"]


@dataclass(frozen=True, slots=True)
class Option:
    """One reading of a question that has several: what a button says and the question that it asks."""

    label: str
    question: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. Only ``outcome == "answer"`` has citations; the first one carries the answer.

    ``answer`` is plain text: the first line answers, further lines explain, "[n]" marks point at
    ``citations[n-1]``. ``hints`` are provision labels near an abstention, not an answer.
    ``understood`` is the whole question that a follow-up was read as, None where it was taken as typed;
    ``options`` are the readings to choose from where the outcome is "clarify";
    ``conversation`` is the caller's name of the conversation that it belongs to; ``within`` are the ids of
    the only documents that it might cite, empty for the whole library.
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
    conversation: str | None = None
    understood: str | None = None
    options: tuple[Option, ...] = ()
    within: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        """True for ``outcome == "answer"`` alone."""
        return self.outcome == "answer"

    def to_json(self) -> dict[str, Any]:
        """Return the public JSON object (DESIGN.md, "The command line")."""
        data = asdict(self)
        data["answered"] = self.answered
        for key in ("citations", "warnings", "follow_ups", "hints", "within"):
            data[key] = list(data[key])
        for citation in data["citations"]:
            citation["spans"] = [list(span) for span in citation["spans"]]
            citation["warnings"] = list(citation["warnings"])
        data["options"] = list(data["options"])
        order = (
            "id", "question", "outcome", "answered", "answer", "kind", "basis", "as_of",
            "generation", "citations", "warnings", "follow_ups", "hints", "timings_ms",
            "conversation", "understood", "options", "within",
        )  # fmt: skip
        return {key: data[key] for key in order}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Answer:
        """Return the answer that ``to_json`` wrote down; keys that it does not know are left out."""
        known = {one.name for one in fields(cls)}
        kept = {key: value for key, value in data.items() if key in known}
        for key in ("warnings", "follow_ups", "hints", "within"):
            kept[key] = tuple(kept.get(key, ()))
        kept["options"] = tuple(Option(**option) for option in kept.get("options", ()))
        kept["citations"] = tuple(_citation(citation) for citation in kept.get("citations", ()))
        return cls(**kept)


def spoken(answer: Answer) -> list[str]:
    """Return the answer's own lines without the quotes that the command line prints below them."""
    text = answer.answer
    for index, citation in enumerate(answer.citations, 1):
        text = text.replace(f"[{index}] {citation.label}: “{citation.quote}”", "")
    return [line.rstrip() for line in text.split("\n") if line.strip()]


def _citation(data: dict[str, Any]) -> Citation:
    known = {one.name for one in fields(Citation)}
    kept = {key: value for key, value in data.items() if key in known}
    kept["spans"] = tuple((start, end) for start, end in kept["spans"])
    kept["warnings"] = tuple(kept.get("warnings", ()))
    return Citation(**kept)
