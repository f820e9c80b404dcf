"""The events of the pages beside the chat: the library's table, one document, the tasks. All only read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import gradio as gr

from assistant.app.document_page import render_document, render_no_document
from assistant.app.graph import render_graph_opener
from assistant.app.handlers import Backend
from assistant.app.library_page import Row, View, matching, render_library, render_library_form
from assistant.app.states import standing_of
from assistant.app.tasks_page import Filters, render_tasks, render_tasks_form
from assistant.app.tasks_page import Row as TaskRow
from assistant.deadlines import next_due
from assistant.fields import all_fields
from assistant.shapes import task_json, tasks_of
from corpus.text import fold

MAX_WORDS = 200


def sent(event: gr.EventData) -> dict[str, Any]:
    """Return what the page sent with an event, {} for anything but an object."""
    return event._data if isinstance(event._data, dict) else {}


def text(data: dict[str, Any], name: str) -> str:
    """Return a text that the page sent, "" for anything else."""
    value = data.get(name)
    return value[:MAX_WORDS].strip() if isinstance(value, str) else ""


class Browse:
    """Handlers over one shared assistant; each call reads the generation being served."""

    def __init__(self, assistant: Backend) -> None:
        self._assistant = assistant
        self._known: tuple[tuple[str, str], list[Row]] = (("", ""), [])

    def forms(self) -> str:
        """Return the filters of the table of documents."""
        return render_library_form(sorted({row.document.kind for row in self._rows()}))

    def tasks_form(self) -> str:
        """Return the filters of the tasks."""
        library = self._assistant.library
        tasks = library.tasks()
        units = sorted({name for task in tasks for name in (task.lead, *task.cooperates)}, key=fold)
        ids = dict.fromkeys(task.provision_id.partition(":")[0] for task in tasks)
        named = [(one, self._assistant.name_of(one)) for one in ids]
        return render_tasks_form(units, named, all_fields(library))

    def tasks(self, event: gr.EventData) -> str:
        """Return the task records that the page's filters ask for."""
        data, library, today = sent(event), self._assistant.library, date.today()
        names = ("unit", "role", "field", "document", "due", "words")
        filters = Filters(**{name: text(data, name) for name in names})
        found = tasks_of(
            library, self._assistant.lexicons, unit=filters.unit, role=filters.role,
            document=filters.document, due=filters.due, words=filters.words, field=filters.field,
        )  # fmt: skip
        rows = [TaskRow(task_json(library, task), next_due(task.deadline, today)) for task in found]
        return render_tasks(rows, len(library.tasks()), filters, today)

    def _rows(self) -> list[Row]:
        """Return a row for each document; made once for each generation and day, filtered often."""
        library, today = self._assistant.library, date.today().isoformat()
        if self._known[0] != (library.generation, today):
            sizes = library.sizes()
            rows = [
                Row(
                    replace(one, text=""),  # a table of a large library needs none of its texts
                    standing_of(self._assistant.status(one, today), self._assistant.name_of),
                    sizes[one.id],
                )
                for one in library.documents()
            ]
            self._known = ((library.generation, today), rows)
        return self._known[1]

    def library(self, event: gr.EventData) -> str:
        """Return the table that the page's filters ask for."""
        data = sent(event)
        view = View(
            text(data, "words"), text(data, "kind"), text(data, "basis"), text(data, "sort"),
            data.get("down") is True,
        )  # fmt: skip
        rows = self._rows()
        return render_library(matching(rows, view), len(rows), view)

    def document(self, event: gr.EventData) -> str:
        """Return the page of one document, opened at one of its provisions."""
        data = sent(event)
        wanted, library = text(data, "document"), self._assistant.library
        if wanted not in library:
            return render_no_document(wanted)
        at = library.find_provision(text(data, "at"))
        document = library.document(wanted)
        standing = standing_of(
            self._assistant.status(document, date.today().isoformat()), self._assistant.name_of
        )
        inside = at if at is not None and at.document_id == wanted else None
        graph = render_graph_opener(wanted)
        return render_document(library, document, standing, self._assistant.name_of, inside, graph)
