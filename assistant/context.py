"""What every composer works with: one generation's library, its indexes and its readers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from assistant.citation import cite
from assistant.documents import DocumentFinder
from assistant.evidence import Evidence, Need, Passage, sentences
from assistant.question import Question
from assistant.retrieve import Hit, HybridRetriever, Retrieved
from assistant.terms import Terms
from corpus.changes import Change
from corpus.lexicons import Lexicons
from corpus.model import Basis, Citation, Document, Provision, Task
from corpus.status import Validity
from corpus.store import Library
from corpus.text import fold

QUOTE_LENGTH = 900
"""Characters of a quote; a longer provision is quoted around its answering sentence."""


@dataclass(slots=True)
class Draft:
    """An answer in the making: ``first`` is the first line, ``notes`` follow, quotes come last."""

    kind: str
    first: str
    citations: list[Citation]
    basis: Basis
    notes: list[str] = field(default_factory=list)
    follow_ups: list[str] = field(default_factory=list)
    told: str = ""  # the document's field that it tells, where it tells one


@dataclass(slots=True)
class Refusal:
    """No answer: why (Vietnamese, may be empty) and what lies nearby."""

    kind: str
    reason: str = ""
    hints: list[str] = field(default_factory=list)
    final: bool = False  # nothing else in the library could answer


@dataclass(frozen=True)
class Context:
    """One generation, opened."""

    library: Library
    lexicons: Lexicons
    finder: DocumentFinder
    evidence: Evidence
    retriever: HybridRetriever
    changes: tuple[Change, ...] = ()  # offices that no longer exist

    @cached_property
    def validity(self) -> Validity:
        """What is known of the state of documents and provisions as of a day."""
        return Validity(self.library, self.finder.catalog, self.changes)

    @cached_property
    def tasks(self) -> list[tuple[Task, Terms, Terms]]:
        """Task records with the terms of their clause and of the paragraph around it."""
        rows = []
        for task in self.library.tasks():
            provision = self.library.provision(task.provision_id)
            around = f"{self.library.text_of(provision)} . {task.lead}"
            rows.append((task, self.evidence.clause_terms(task.what), self.evidence.clause_terms(around)))
        return rows

    @cached_property
    def incomplete(self) -> list[Document]:
        """Documents that announce a part that the library does not hold."""
        return [document for document in self.library.documents() if document.missing]

    def search(self, question: Question) -> Retrieved:
        """Return the ranked candidates of a question."""
        return self.retriever.search(question)

    def cite(
        self, provision: Provision, span: tuple[int, int] | None = None, basis: Basis | None = None
    ) -> Citation:
        """Return a citation of a provision, shortened around ``span`` where it is long."""
        start, end = span or (provision.start, provision.end)
        if end - start > QUOTE_LENGTH:
            end = self._cut(provision, start, end)
        return cite(self.library, provision, span=(start, end), basis=basis)

    def _cut(self, provision: Provision, start: int, end: int) -> int:
        """Return where a quote from ``start`` may end: at a sentence end within the limit."""
        text = self.library.document(provision.document_id).text
        best = start
        for _, stop in sentences(text[start:end], start):
            if stop - start > QUOTE_LENGTH and best > start:
                break
            best = stop
        return best

    def best_sentence(self, need: Need, passage: Passage, wanted: object = None) -> tuple[int, int]:
        """Return the span of the sentence or clause that covers most of ``need``.

        ``wanted`` is a compiled pattern over folded text that the sentence should match, where any does.
        """
        provision = passage.provision
        spans = sentences(passage.text, provision.start)
        if not spans:
            return provision.start, provision.end

        def rank(span: tuple[int, int]) -> tuple[bool, float, int]:
            text = passage.text[span[0] - provision.start : span[1] - provision.start]
            terms = self.evidence.clause_terms(text)
            fits = wanted is None or bool(wanted.search(fold(text)))  # type: ignore[attr-defined]
            return fits, self.evidence.coverage(need, terms), -span[0]

        return max(spans, key=rank)

    def quote_span(self, passage: Passage, sentence: tuple[int, int]) -> tuple[int, int]:
        """Return what to quote of a passage: all of it, or the sentences around the answering one."""
        provision = passage.provision
        if passage.end - provision.start <= QUOTE_LENGTH:
            return provision.start, passage.end
        spans = sentences(passage.text, provision.start)
        first = next((n for n, span in enumerate(spans) if span[0] == sentence[0]), 0)
        start, end = spans[first]
        before, after = first - 1, first + 1
        while before >= 0 or after < len(spans):
            grown = False
            if after < len(spans) and spans[after][1] - start <= QUOTE_LENGTH:
                end, after, grown = spans[after][1], after + 1, True
            if before >= 0 and end - spans[before][0] <= QUOTE_LENGTH:
                start, before, grown = spans[before][0], before - 1, True
            if not grown:
                break
        return start, end

    def text_at(self, provision: Provision, span: tuple[int, int]) -> str:
        """Return the canonical text at ``span`` as one line."""
        text = self.library.document(provision.document_id).text[span[0] : span[1]]
        return " ".join(text.split()).rstrip(" ;./,")

    def hint_labels(self, hits: list[Hit], limit: int = 3) -> list[str]:
        """Return labels of what lies nearest, for an abstention."""
        from assistant.citation import label

        names = [label(hit.passage.document, hit.passage.provision) for hit in hits[:limit]]
        return list(dict.fromkeys(names))
