"""Example questions, made from what the library holds and shown only where the assistant answers them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from assistant.contract import Answer
from corpus.model import Document, Provision
from corpus.store import Library

EXAMPLES = 5
CANDIDATES_TRIED = 24
"""Questions asked of the assistant at most while choosing; at some 10 ms each this stays unnoticed."""

_LEADS = re.compile(r"[Cc]hủ trì[^.;\n]*?nhiệm vụ về ([^,;.\n]{8,60})[,;.]")
_TASK_OF = re.compile(r"^(?:Phòng|Văn phòng|Trung tâm|Ban|Công an|Trạm)\b")
_FUNDING = re.compile(r"kinh phí", re.IGNORECASE)
_SHARE = re.compile(r"\d+(?:,\d+)?%")


def _of_provision(library: Library, document: Document, provision: Provision) -> Iterator[str]:
    own = library.own_text(provision)
    lead = _LEADS.search(own)
    if lead:
        yield f"Ai chủ trì {lead[1].strip()}?"
    if provision.heading and _TASK_OF.match(provision.heading):
        yield f"Nhiệm vụ của {provision.heading} là gì?"
    if provision.heading and _FUNDING.search(provision.heading):
        yield "Kinh phí thực hiện lấy từ đâu?"
    if provision.kind == "article" and provision.heading and document.number:
        yield f"Điều {provision.number} {document.kind} {document.number} quy định gì?"


def _of_document(library: Library, document: Document) -> Iterator[str]:
    name = f"{document.kind} {document.number}" if document.number else document.kind
    if document.signer:
        yield f"Ai ký {name}?"
    if len(_SHARE.findall(document.text)) >= 3:
        yield f"{document.kind} đặt ra những chỉ tiêu nào?"
    for provision in library.provisions(document.id):
        yield from _of_provision(library, document, provision)


def _kind_of(question: str) -> str:
    """Return what two examples must not share, so that the few shown differ in kind."""
    return " ".join(question.split()[:2])


def example_questions(library: Library, ask: Callable[[str], Answer]) -> list[str]:
    """Return up to ``EXAMPLES`` questions of different kinds, each of which ``ask`` answers today.

    Full texts come before summaries, and documents take turns, so that one long law does not fill
    the list. Asks ``ask`` at most ``CANDIDATES_TRIED`` times.
    """
    documents = sorted(library.documents(), key=lambda d: d.basis != "full_text")
    streams = [_of_document(library, document) for document in documents]
    found: list[str] = []
    kinds: set[str] = set()
    tried = 0
    for stream in streams:
        for question in islice(stream, 400):
            if len(found) >= EXAMPLES or tried >= CANDIDATES_TRIED:
                return found
            if _kind_of(question) in kinds:
                continue
            tried += 1
            if ask(question).answered:
                kinds.add(_kind_of(question))
                found.append(question)
    return found
