"""Example questions, made from what the library holds and shown only where the assistant answers them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from assistant.citation import document_label
from assistant.contract import Answer
from corpus.model import Document, Provision
from corpus.store import Library

EXAMPLES = 5
TRIES_A_KIND = 4
"""Questions asked at most for each kind while choosing; at some 10 ms each the start stays quick."""
PROVISIONS_READ = 400
"""Provisions of one document looked at; a long law shows its kind of question early."""

KINDS = ("lead", "duties", "targets", "funding", "article", "about", "signer")
"""What people ask most first (issue 2, "Kinds to serve well now")."""

_LEADS = re.compile(r"[Cc]hủ trì[^.;\n]*?nhiệm vụ về ([^,;.\n]{8,60})[,;.]")
_UNIT = re.compile(r"^(?:Phòng|Văn phòng|Trung tâm|Ban|Công an|Trạm)\b")
_FUNDING = re.compile(r"kinh phí", re.IGNORECASE)
_SHARE = re.compile(r"\d+(?:,\d+)?%")
_FEW_SHARES = 3


def _of_provision(library: Library, document: Document, provision: Provision) -> Iterator[tuple[str, str]]:
    lead = _LEADS.search(library.own_text(provision))
    if lead:
        yield "lead", f"Ai chủ trì {lead[1].strip()}?"
    if not provision.heading:
        return
    if _UNIT.match(provision.heading):
        yield "duties", f"Nhiệm vụ của {provision.heading} là gì?"
    if _FUNDING.search(provision.heading):
        yield "funding", "Kinh phí thực hiện lấy từ đâu?"
    if provision.kind == "article" and document.number:
        yield "article", f"Điều {provision.number} {document_label(document)} quy định gì?"


def _of_document(library: Library, document: Document) -> Iterator[tuple[str, str]]:
    if len(_SHARE.findall(document.text)) >= _FEW_SHARES:
        yield "targets", f"{document.kind} đặt ra những chỉ tiêu nào?"
    if document.number:
        yield "about", f"{document_label(document)} quy định về việc gì?"
    if document.signer:
        yield "signer", f"Ai ký {document_label(document)}?"
    for provision in library.provisions(document.id)[:PROVISIONS_READ]:
        yield from _of_provision(library, document, provision)


def example_questions(library: Library, ask: Callable[[str], Answer]) -> list[str]:
    """Return up to ``EXAMPLES`` questions, one of a kind, each of which ``ask`` answers today.

    Full texts come before summaries. Asks ``ask`` at most ``TRIES_A_KIND`` times for each kind.
    """
    candidates: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for document in sorted(library.documents(), key=lambda d: d.basis != "full_text"):
        for kind, question in _of_document(library, document):
            if question not in candidates[kind] and len(candidates[kind]) < TRIES_A_KIND:
                candidates[kind].append(question)
    found: list[str] = []
    for kind in KINDS:
        if len(found) == EXAMPLES:
            break
        answered = next((question for question in candidates[kind] if ask(question).answered), None)
        if answered:
            found.append(answered)
    return found
