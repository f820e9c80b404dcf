"""Answering within a conversation: the readings of a follow-up are asked, and the one that answers is taken.

``assistant.conversation`` says how a question may be read after the last turns; here the assistant asks
those readings itself (some milliseconds each) and decides. A question that stands by itself is never
changed: it is asked as typed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from assistant.antecedents import Past
from assistant.citation import cite, label, verify
from assistant.context import QUOTE_LENGTH, Context
from assistant.contract import ABSTENTION, Answer, Option
from assistant.conversation import FollowUps, Plan
from assistant.question import Question, Reader
from assistant.validity import with_validity
from corpus.model import Citation, Provision

TURNS_READ = 8
"""Turns of a conversation that a follow-up may refer to; what was said before them is forgotten."""

_LEANS = 2
"""A question that names no more things than this is read in context where the context holds them."""

Ask = Callable[[str], Answer]


class Dialogue:
    """Conversations over one opened generation; holds no conversation itself."""

    def __init__(self, context: Context, reader: Reader, ask: Ask) -> None:
        self._context = context
        self._reader = reader
        self._ask = ask
        self._follow_ups = FollowUps(reader, context.lexicons, context.finder)

    def answer(self, typed: str, turns: Sequence[Past], as_of: str | None) -> Answer:
        """Answer a question that was typed after ``turns`` (oldest first)."""
        started = time.perf_counter()
        if not typed.strip() or not turns:
            return self._ask(typed)
        question = self._reader.read(typed)
        plan = self._follow_ups.plan(question, turns[-TURNS_READ:])
        found = self._by_plan(plan, question, turns[-TURNS_READ:], as_of)
        took = round((time.perf_counter() - started) * 1000, 3)
        return replace(
            with_validity(self._context, found),
            question=typed,
            timings_ms={**found.timings_ms, "total": took},
        )

    def _by_plan(self, plan: Plan, question: Question, turns: Sequence[Past], as_of: str | None) -> Answer:
        last = next((turn for turn in reversed(turns) if turn.answer.outcome == "answer"), None)
        if plan.options:
            return self._ask_back(plan.options, question, as_of)
        if plan.reuse and last is not None:
            reused = self._reused(plan.reuse, question, last, as_of)
            if reused is not None:
                return reused
        if not plan.readings:
            return self._ask(question.raw)
        if plan.firm:
            answer = self._first_answered(plan, question)
            return self._kept_to(last, answer) if plan.stays and last is not None else answer
        return self._in_context_or_alone(plan, question, last)

    # ---- several readings

    def _first_answered(self, plan: Plan, question: Question) -> Answer:
        """Return the first reading's answer that speaks of what the question names, else the first answer."""
        answers = []
        for reading in plan.readings:
            answer = replace(self._ask(reading), understood=reading)
            if answer.answered and self._speaks(answer, plan, question):
                return answer
            answers.append(answer)
        return next((answer for answer in answers if answer.answered and not plan.own), answers[0])

    def _kept_to(self, last: Past, answer: Answer) -> Answer:
        """Return an abstention where a follow-up found its answer in a document that was not spoken of."""
        spoken = {citation.document_id for citation in last.answer.citations}
        if not answer.answered or answer.citations[0].document_id in spoken:
            return answer
        return replace(
            answer, outcome="abstain", answer=ABSTENTION, basis=None, citations=(), warnings=(),
            follow_ups=(), hints=(answer.citations[0].label,),
        )  # fmt: skip

    def _in_context_or_alone(self, plan: Plan, question: Question, last: Past | None) -> Answer:
        """Return the answer as typed unless only the context answers, or answers nearer to the last turn."""
        alone = self._ask(question.raw)
        if last is None or alone.outcome not in {"answer", "abstain"}:
            return alone
        if alone.answered and (
            self._near(alone, last) or (len(plan.own) > _LEANS and self._speaks(alone, plan, question))
        ):
            return alone
        for reading in plan.readings:
            answer = replace(self._ask(reading), understood=reading)
            if answer.answered and self._near(answer, last) and self._speaks(answer, plan, question, 1):
                return answer
        return alone

    def _speaks(self, answer: Answer, plan: Plan, question: Question, among: int = 2) -> bool:
        """True where one of the first ``among`` citations holds every word that the question names itself."""
        if not plan.own:
            return True
        need = self._context.retriever.need_for(plan.own, question)
        return any(
            not self._context.evidence.missing(need, self._context.evidence.passage(citation.id))
            for citation in answer.citations[:among]
        )

    def _near(self, answer: Answer, last: Past) -> bool:
        """True where the first citation stands in the same article or section as one of the last turn."""
        here = _section(answer.citations[0])
        return any(here == _section(citation) for citation in last.answer.citations[:2])

    # ---- asking back

    def ambiguous(self, question: Question, as_of: str | None) -> Answer | None:
        """Ask back where one document name fits several documents and more than one of them answers."""
        options = self._follow_ups.ambiguous(question)
        answered = [
            (answer.citations[0].id, option)
            for option in options
            if (answer := self._ask(option.question)).answered
        ]
        if len({citation for citation, _ in answered}) < 2:
            return None
        return self._ask_back(tuple(option for _, option in answered), question, as_of)

    def _ask_back(self, options: tuple[Option, ...], question: Question, as_of: str | None) -> Answer:
        names = [option.label for option in options]
        text = f"Bạn hỏi {', '.join(names[:-1])} hay {names[-1]}?"
        return Answer(
            question.raw, "clarify", text, question.kind, None, as_of or date.today().isoformat(),
            self._context.library.generation, options=options,
        )  # fmt: skip

    # ---- the last answer's own citations

    def _reused(self, how: str, question: Question, last: Past, as_of: str | None) -> Answer | None:
        """Answer from the last answer's citations: where they stand, or their whole text; None: gone."""
        kept = [c for c in last.answer.citations if verify(self._context.library, c)]
        if not kept or kept[0].id != last.answer.citations[0].id:
            return None
        provision = self._context.library.provision(kept[0].id)
        if how == "source":
            first, citations = self._source(provision, kept)
        else:
            first, citations = self._detail(provision, kept)
        lines = [first, ""]
        lines += [f"[{n}] {c.label}: “{c.quote}”" for n, c in enumerate(citations, start=1)]
        about = re.sub(r"[ ?.!]+$", "", last.reading)
        return Answer(
            question.raw, "answer", "\n".join(lines), how, last.answer.basis,
            as_of or last.answer.as_of, self._context.library.generation,
            citations=tuple(citations),
            warnings=tuple(dict.fromkeys(w for c in citations for w in c.warnings)),
            understood=f"{about}: {'ở văn bản nào' if how == 'source' else 'nội dung đầy đủ'}?",
        )  # fmt: skip

    def _source(self, provision: Provision, kept: list[Citation]) -> tuple[str, list[Citation]]:
        document = self._context.library.document(provision.document_id)
        first = f"Nội dung trên nằm ở {_lower(label(document, provision))}"
        title = f" ({document.title})" if document.title and document.number else ""
        mentioned = [
            reference.text.strip(" ,;.")
            for reference in self._context.library.references(document.id)
            if (
                reference.provision_id == provision.id
                or reference.provision_id.startswith(f"{provision.id}.")
            )
            and (reference.target is None or not reference.target.startswith(document.id))
            and any(start <= reference.start < end for start, end in kept[0].spans)
        ]
        names = "; ".join(dict.fromkeys(mentioned))
        also = f" Đoạn này dẫn: {names}." if names else ""
        return f"{first}{title}. [1]{also}", kept

    def _detail(self, provision: Provision, kept: list[Citation]) -> tuple[str, list[Citation]]:
        """Return the cited provision as a whole; a citation that was cut short grows to it."""
        length = provision.end - provision.start
        own = provision.kind == "fact"  # a fact of a card stands for itself
        if not own and length <= 2 * QUOTE_LENGTH:
            kept = [
                replace(
                    cite(self._context.library, provision), basis=kept[0].basis, warnings=kept[0].warnings
                ),
                *kept[1:],
            ]
        said = " ".join(kept[0].quote.split())
        document = self._context.library.document(provision.document_id)
        return f"{label(document, provision)}: {said} [1]", kept


def _lower(text: str) -> str:
    """Return a label within a sentence: "khoản 2 Điều 13 …"; "Mục" and "Phụ lục" keep their capital."""
    return (
        text
        if text.startswith(("Mục", "Phụ lục", "Điều", "Chương", "Phần I"))
        else text[:1].lower() + text[1:]
    )


def _section(citation: Citation) -> tuple[str, str]:
    """Return the article of a law or the numbered section of a plan that a citation stands in."""
    path = citation.id.partition(":")[2].split(".")
    return citation.document_id, ".".join(path[: 2 if re.fullmatch(r"[IVX]+", path[0]) else 1])
