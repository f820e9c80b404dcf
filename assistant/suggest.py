"""Up to three follow-up suggestions under an answer, each of which the library answers today.

Candidates come from what the answer cites: the unit, the topic, the place after it, the document itself.
Each is asked internally before it is shown, and it must lead somewhere new. Every suggestion is a whole
question, so it means the same whenever it is pressed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from assistant import kinds
from assistant.antecedents import REUSED, Frame, Past, document_text
from assistant.citation import place_label
from assistant.context import Context
from assistant.contract import Answer
from assistant.question import Reader
from corpus.model import Provision

SUGGESTIONS = 3
TRIES = 8
"""Questions asked at most while choosing: under a tenth of a second."""


def suggest(context: Context, reader: Reader, ask: Callable[[str], Answer], turn: Past) -> Answer:
    """Return the turn's answer with suggestions that are answered; only an answer gets any."""
    answer = turn.answer
    if not answer.answered:
        return answer
    frame = Frame(reader, context.lexicons, context.finder, turn)
    shown = {citation.id for citation in answer.citations}
    asked = {_plain(turn.question), _plain(turn.reading)}
    found: list[str] = []
    for tried, question in enumerate(_candidates(context, frame)):
        if len(found) == SUGGESTIONS or tried == TRIES:
            break
        if _plain(question) in asked:
            continue
        asked.add(_plain(question))
        reply = ask(question)
        if reply.answered and reply.citations[0].id not in shown:
            shown.add(reply.citations[0].id)
            found.append(question)
    return replace(answer, follow_ups=tuple(found))


def _plain(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.casefold()))


def _lowered(topic: str) -> str:
    """Return a topic as it stands within a sentence; names and short forms keep their capitals."""
    return topic[:1].lower() + topic[1:] if topic[1:2].islower() and " " in topic else topic


def _candidates(context: Context, frame: Frame) -> Iterator[str]:
    answer = frame.past.answer
    yield from answer.follow_ups
    topic = _lowered(frame.topic)
    kind = frame.question.kind if answer.kind in REUSED else answer.kind
    own = context.library.find_provision(answer.citations[0].id)
    whole = topic and not frame.about_document
    if whole and kind in {kinds.RESPONSIBILITY, kinds.COMPETENCE}:
        yield f"Ai phối hợp {topic}?"
    elif whole and kind not in {kinds.DUTIES, kinds.PLACE, kinds.DEFINITION}:
        yield f"Ai chủ trì {topic}?"
    if own is not None:
        yield from _after(context, own)
    if whole and kind not in {kinds.BASIS, kinds.PLACE, kinds.DUTIES}:
        yield f"Căn cứ pháp lý về {topic}?"
    for document in dict.fromkeys((*frame.documents, answer.citations[0].document_id)):
        if document in context.finder.catalog.entries:
            yield from _of_document(context, document)


def _after(context: Context, own: Provision) -> Iterator[str]:
    """Ask for the article or section after the cited one, then for the one around it."""
    provisions = context.library.provisions(own.document_id)
    name = document_text(context.finder, own.document_id)
    top = context.library.ancestors(own)
    around = next((p for p in reversed([*top, own]) if p.kind in {"article", "outline"} and p.heading), None)
    if around is None:
        # Facts of a card: the next one with another article.
        head = own.path.partition(".")[0]
        following = next(
            (p for p in provisions if p.order > own.order and p.path.partition(".")[0] != head), None
        )
        if following is not None and following.path.startswith("d"):
            yield f"{place_label(following.path.partition('.')[0])} {name} quy định gì?"
        return
    after = next(
        (p for p in provisions if p.order > around.order and p.parent == around.parent and p.heading), None
    )
    if around.id != own.id:
        yield f"{place_label(around.path)} {name} quy định gì?"
    if after is not None:
        yield f"{place_label(after.path)} {name} quy định gì?"


def _of_document(context: Context, document_id: str) -> Iterator[str]:
    name = document_text(context.finder, document_id)
    entry = context.finder.catalog.entries[document_id]
    if entry.effective:
        yield f"{name} có hiệu lực từ ngày nào?"
    if entry.signer:
        yield f"Ai ký {name}?"
    yield f"{name} ban hành ngày nào?"
