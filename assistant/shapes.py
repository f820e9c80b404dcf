"""The JSON of documents, provisions, tasks and search hits: one shape for the command line and the API."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from assistant.citation import label
from assistant.deadlines import is_due
from assistant.fields import fields_of, in_field
from corpus.lexicons import Lexicons, unit_key
from corpus.model import Document, Provision, Task
from corpus.store import Library
from corpus.text import fold

if TYPE_CHECKING:
    from assistant.retrieve import Hit  # imports LlamaIndex, which listing documents does not need


def document_json(library: Library, document: Document) -> dict[str, Any]:
    """Return what ``troly status --json`` says of one document."""
    return {
        "id": document.id,
        "document": document.number,
        "kind": document.kind,
        "title": document.title,
        "issuer": document.issuer,
        "issued": document.issued,
        "effective": document.effective,
        "expires": document.expires,
        "basis": document.basis,
        "provisions": len(library.provisions(document.id)),
        "draft": document.draft,
        "missing": list(document.missing),
        "warnings": list(document.warnings),
    }


def provision_row(document: Document, provision: Provision) -> dict[str, Any]:
    """Return one line of a document's outline."""
    return {
        "id": provision.id,
        "label": label(document, provision),
        "kind": provision.kind,
        "heading": provision.heading,
        "parent": f"{document.id}:{provision.parent}" if provision.parent else None,
    }


def provision_json(library: Library, provision: Provision) -> dict[str, Any]:
    """Return one provision with its text, its place in the tree and what it mentions."""
    document = library.document(provision.document_id)
    mentioned = [
        reference
        for reference in library.references(document.id)
        if reference.provision_id == provision.id or reference.provision_id.startswith(f"{provision.id}.")
    ]
    return provision_row(document, provision) | {
        "document_id": document.id,
        "document": document.number,
        "title": document.title,
        "text": library.text_of(provision),
        "page": provision.page,
        "basis": document.basis,
        "ancestors": [above.id for above in library.ancestors(provision)],
        "children": [below.id for below in library.children(provision)],
        "references": [
            {"text": one.text, "kind": one.kind, "target": one.target, "note": one.note} for one in mentioned
        ],
        "warnings": list(document.warnings),
    }


def hit_json(hit: Hit) -> dict[str, Any]:
    """Return one ranked provision of ``troly search --json``."""
    return {
        "id": hit.id,
        "label": label(hit.passage.document, hit.passage.provision),
        "score": round(hit.score, 4),
        "scores": {
            "lexical": round(hit.lexical, 4),
            "dense": round(hit.cosine, 4),
            "coverage": round(hit.coverage, 4),
            "order": round(hit.order, 4),
        },
        "text": hit.passage.text,
    }


ROLES = {"lead": "chủ trì", "do": "thực hiện", "cooperate": "phối hợp", "field": "lĩnh vực quản lý"}
"""Role of a task record -> what officials call it."""


def task_json(library: Library, task: Task) -> dict[str, Any]:
    """Return one task record with its place and the documents that its provision rests on."""
    provision = library.provision(task.provision_id)
    document = library.document(provision.document_id)
    due = library.find_provision(task.deadline_provision) if task.deadline_provision else None
    basis = [
        reference.text.strip(" ,;.")
        for reference in library.references(document.id)
        if reference.provision_id == provision.id and task.start <= reference.start < task.end
    ]
    return {
        "id": task.id,
        "unit": task.lead,
        "role": task.role,
        "fields": list(fields_of(library, task)),
        "cooperates": list(task.cooperates),
        "what": " ".join(task.what.split()),
        "deadline": task.deadline,
        "deadline_provision": due.id if due else None,
        "legal_basis": list(dict.fromkeys(basis)),
        "provision_id": provision.id,
        "label": label(document, provision),
        "document_id": document.id,
        "document": document.number,
        "basis": document.basis,
        "warnings": list(document.warnings),
    }


def tasks_of(
    library: Library,
    lexicons: Lexicons,
    *,
    unit: str = "",
    role: str = "",
    document: str = "",
    due: str = "",
    words: str = "",
    field: str = "",
) -> list[Task]:
    """Return the task records of a unit (any of its names), a role and a document, in the library's order.

    A unit leads its tasks or co-operates in them. ``due`` is a key of ``assistant.deadlines.DUE`` as of
    today; ``field``: a name of ``assistant.fields``; ``words`` must all occur in the task, with marks or
    without. "" leaves a filter out.
    """
    today = date.today()
    folded = fold(words).split()
    wanted = (lexicons.canonical_unit(unit) or unit) if unit else ""
    key = unit_key(wanted)
    return [
        task
        for task in library.tasks()
        if (not unit or key in {unit_key(name) for name in (task.lead, *task.cooperates)})
        and role in ("", task.role)
        and document in ("", task.provision_id.partition(":")[0])
        and is_due(task.deadline, due, today)
        and all(word in fold(task.what) for word in folded)
        and in_field(library, task, field)
    ]


def units_of(tasks: Iterable[Task]) -> list[str]:
    """Return the units that lead a task, each once, in order."""
    return list(dict.fromkeys(task.lead for task in tasks))
