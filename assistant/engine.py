"""The assistant: one generation opened, questions in, checked answers out."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from assistant import answer as answering
from assistant.antecedents import Past, past
from assistant.citation import document_label
from assistant.context import Context, Refusal
from assistant.contract import ABSTENTION, Answer
from assistant.dialogue import TURNS_READ, Dialogue
from assistant.documents import DocumentFinder
from assistant.evidence import Evidence
from assistant.question import Reader
from assistant.retrieve import Hit, HybridRetriever
from assistant.suggest import suggest
from assistant.validity import split_day, with_validity
from corpus.catalog import load_catalog
from corpus.changes import load_changes
from corpus.embedding import load_embedder
from corpus.errors import TrolyError
from corpus.generation import find_current, require_current
from corpus.index import Index
from corpus.lexicons import Lexicons, load_lexicons
from corpus.model import Document, Provision
from corpus.settings import Settings
from corpus.status import Status
from corpus.store import Library
from corpus.wordings import Wordings

NOT_WITHIN = "Chỉ tìm trong văn bản được chọn; bỏ lựa chọn đó để tìm trong cả kho."

_SUGGESTED_KEPT = 1000
"""Answers to suggested questions that are remembered; some 8 KB each."""


class Assistant:
    """Answers questions from one library; follows the pointer when a new generation is published.

    Safe to share between threads: a question works on the generation that was open when it came.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._embedder = load_embedder(settings)
        self._lexicons = load_lexicons(settings)
        self._lock = threading.Lock()
        self._suggested: dict[tuple[str, str, str], Answer] = {}
        self._open()

    @classmethod
    def open(cls, settings: Settings) -> Assistant:
        """Open the current generation; raises ``NotIngestedError`` or ``TrolyError`` with what to do."""
        return cls(settings)

    def _open(self) -> None:
        generation = require_current(self.settings)
        manifest = generation.manifest()
        if manifest["embedding_model"] != self._embedder.name:
            raise TrolyError(
                f"Kho được lập bằng mô hình «{manifest['embedding_model']}», "
                f"nay cấu hình là «{self._embedder.name}». "
                "Hãy chạy «troly ingest» để lập lại, hoặc bỏ TROLY_EMBEDDING_MODEL."
            )
        library = Library(generation.store_path, generation.name)
        index = Index(generation)
        finder = DocumentFinder(library, load_catalog(self.settings), index.lexical.words)
        evidence = Evidence(library, index, self._lexicons, Wordings(generation))
        reader = Reader(self._lexicons, index.lexical, finder)
        retriever = HybridRetriever(library, index, self._embedder, self._lexicons, evidence, reader)
        self._reader = reader
        self._context = Context(
            library, self._lexicons, finder, evidence, retriever, load_changes(self.settings)
        )

    @property
    def library(self) -> Library:
        """The documents of the generation in use."""
        return self._context.library

    @property
    def lexicons(self) -> Lexicons:
        """The word lists in use (shipped, with the user's overlay)."""
        return self._lexicons

    @property
    def retriever(self) -> HybridRetriever:
        """The hybrid retriever of the generation in use (a LlamaIndex ``BaseRetriever``)."""
        return self._context.retriever

    def refresh(self) -> bool:
        """Open the newest generation if the pointer moved; return whether it did."""
        current = find_current(self.settings)
        if current is None or current.name == self.library.generation:
            return False
        with self._lock:
            if current.name != self.library.generation:
                self._open()
        return True

    def warm_up(self) -> None:
        """Load model and vectors now, so that the first question does not pay for them."""
        self.search("kế hoạch", limit=1)

    def search(self, query: str, limit: int = 10, *, dense: bool = True) -> list[Hit]:
        """Return the ranked provisions for a query, best first; without ``dense`` by words alone."""
        return self._context.retriever.search(self._reader.read(query), dense=dense).hits[:limit]

    def converse(
        self,
        question: str,
        turns: Sequence[Past],
        as_of: str | None = None,
        id: str | int | None = None,
        within: Sequence[str] = (),
    ) -> Answer:
        """Answer a question that was typed after ``turns`` (oldest first); see ``assistant.dialogue``.

        ``within``: ids of the only documents that may be cited, empty for the whole library.
        """
        context, reader = self._context, self._reader
        answer = self._dialogue(context, reader, as_of, within).answer(question, turns, as_of)
        answer = kept_within(answer, within)
        return answer if id is None else replace(answer, id=id)

    def status(self, target: Document | Provision, as_of: str) -> Status:
        """Return what is known of the state of a document or provision on a day (ISO)."""
        return self._context.validity.of(target, as_of)

    def name_of(self, identifier: str) -> str:
        """Return what people call the document of a document or provision id, the id where none is known."""
        document_id = identifier.partition(":")[0]
        if document_id in self.library:
            return document_label(self.library.document(document_id))
        entry = self._context.finder.catalog.entries.get(document_id)
        return f"{entry.kind} {entry.number}" if entry and entry.number else document_id

    def suggest(self, turn: Past, as_of: str | None = None) -> Answer:
        """Return the turn's answer with follow-up questions that are answered (asked internally)."""
        context, reader = self._context, self._reader
        known = self._suggested

        def ask(question: str) -> Answer:
            # The same few questions are suggested again and again; each is asked once a generation.
            key = (context.library.generation, as_of or "", question)
            if key not in known:
                if len(known) >= _SUGGESTED_KEPT:
                    known.clear()
                known[key] = self._ask(context, reader, question, as_of)
            return known[key]

        return suggest(context, reader, ask, turn)

    def _dialogue(
        self, context: Context, reader: Reader, as_of: str | None, within: Sequence[str] = ()
    ) -> Dialogue:
        return Dialogue(context, reader, lambda reading: self._ask(context, reader, reading, as_of, within))

    def replay(self, questions: Sequence[str], as_of: str | None = None) -> list[Past]:
        """Return the turns of a conversation that is known by its questions alone, the last few of them."""
        turns: list[Past] = []
        for question in questions[-TURNS_READ:]:
            answer = self.converse(question, turns, as_of)
            turns.append(past(question, answer, turns))
        return turns

    def ask(self, question: str, as_of: str | None = None, id: str | int | None = None) -> Answer:
        """Answer a question. Never raises on odd text; an empty question is an error answer."""
        context, reader = self._context, self._reader
        answer = self._ask(context, reader, question, as_of)
        return answer if id is None else replace(answer, id=id)

    def _ask(
        self,
        context: Context,
        reader: Reader,
        question: str,
        as_of: str | None,
        within: Sequence[str] = (),
    ) -> Answer:
        started = time.perf_counter()
        today = as_of or date.today().isoformat()
        if not question.strip():
            return Answer(
                question,
                "error",
                "Câu hỏi trống. Hãy nhập câu hỏi.",
                "",
                None,
                today,
                context.library.generation,
            )
        asked, day = split_day(question)
        understood = reader.read(asked)
        if day is not None:
            understood = replace(understood, raw=question)
        if within and not understood.documents:
            # Chosen beside the question, it counts as named in it.
            understood = replace(understood, documents=tuple(within))
        today = as_of or day or understood.as_of or today
        reply = answering.smalltalk(understood)
        if reply is not None:
            took = {"total": _ms(started), "embed": 0.0, "search": 0.0, "answer": _ms(started)}
            return Answer(
                question, "smalltalk", reply, "smalltalk", None, today, context.library.generation,
                timings_ms=took,
            )  # fmt: skip
        if len(understood.documents) > 1:
            asked_back = self._dialogue(context, reader, as_of).ambiguous(understood, today)
            if asked_back is not None:
                return replace(asked_back, timings_ms={"total": _ms(started)})
        draft, retrieved = answering.compose(context, understood)
        if isinstance(draft, Refusal) and retrieved is not None and not draft.hints:
            draft.hints = context.hint_labels([hit for hit in retrieved.hits if hit.coverage > 0.2])
        embed = retrieved.timings.embed if retrieved else 0.0
        search = retrieved.timings.search if retrieved else 0.0
        total = _ms(started)
        timings = {
            "total": total,
            "embed": round(embed, 3),
            "search": round(search, 3),
            "answer": round(max(0.0, total - embed - search), 3),
        }
        answer = answering.finish(context, understood, draft, as_of=today, timings=timings)
        return with_validity(context, answer)


def kept_within(answer: Answer, within: Sequence[str]) -> Answer:
    """Return the answer, or an abstention where it cites a document outside ``within`` (empty: any)."""
    if not within:
        return answer
    answer = replace(answer, within=tuple(within))
    outside = [citation.label for citation in answer.citations if citation.document_id not in within]
    if not outside:
        return answer
    return replace(
        answer, outcome="abstain", answer=f"{ABSTENTION} {NOT_WITHIN}", basis=None, citations=(),
        warnings=(), follow_ups=(), hints=tuple(dict.fromkeys(outside)),
    )  # fmt: skip


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
