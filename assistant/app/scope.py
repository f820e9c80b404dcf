"""For which day and in which documents a question is asked: the two fields under the question box."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from html import escape

from assistant.citation import document_label
from corpus.errors import TrolyError
from corpus.store import Library

_DAY = re.compile(r"\s*(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})\s*")
_KIND = "loai:"
MAX_SCOPE = 400
"""Characters of what the page sends of both fields."""
BAD_DAY = "Không đọc được ngày «{day}»; hãy viết ngày/tháng/năm, ví dụ 01/07/2025, hoặc để trống là hôm nay."
GONE = "Văn bản được chọn không còn trong kho; hãy chọn lại ở ô «Tìm trong»."


@dataclass(frozen=True, slots=True)
class Scope:
    """``as_of`` is an ISO day or None for today; ``within`` ids of documents, empty for all."""

    as_of: str | None = None
    within: tuple[str, ...] = ()
    name: str = ""  # what was chosen, as people call it


def read_day(text: str) -> str | None:
    """Return a day typed as dd/mm/yyyy in ISO, None for an empty text. Raises ``TrolyError`` for others."""
    if not text.strip():
        return None
    match = _DAY.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        return date(int(match[3]), int(match[2]), int(match[1])).isoformat()
    except ValueError:
        raise TrolyError(BAD_DAY.format(day=text.strip()[:30])) from None


def read_scope(sent: object, library: Library) -> Scope:
    """Return what the page sent of both fields, checked. Raises ``TrolyError`` where it cannot be used."""
    try:
        data = json.loads(sent) if isinstance(sent, str) and 0 < len(sent) <= MAX_SCOPE else {}
    except ValueError:
        data = {}
    data = data if isinstance(data, dict) else {}
    as_of = read_day(data["as_of"]) if isinstance(data.get("as_of"), str) else None
    chosen = data.get("within")
    if not isinstance(chosen, str) or not chosen:
        return Scope(as_of)
    if chosen.startswith(_KIND):
        kind = chosen.removeprefix(_KIND)
        within = tuple(document.id for document in library.documents() if document.kind == kind)
        name = f"{len(within)} văn bản loại {kind}"
    else:
        within = (chosen,) if chosen in library else ()
        name = document_label(library.document(chosen)) if within else ""
    if not within:
        raise TrolyError(GONE)
    return Scope(as_of, within, name)


def render_scope(library: Library) -> str:
    """Return both fields; documents are listed by kind, and a kind with several can be chosen whole."""
    kinds: dict[str, list[str]] = {}
    for document in library.documents():
        option = f'<option value="{escape(document.id)}">{escape(document_label(document))}</option>'
        kinds.setdefault(document.kind, []).append(option)
    groups = "".join(
        f'<optgroup label="{escape(kind)}">'
        + (f'<option value="{escape(_KIND + kind)}">Mọi {escape(kind)}</option>' if len(options) > 1 else "")
        + "".join(options)
        + "</optgroup>"
        for kind, options in kinds.items()
    )
    return (
        '<div class="scope" role="group" aria-label="Phạm vi tra cứu">'
        '<label><span>Tại ngày</span><input type="text" class="field" data-scope="as_of" inputmode="numeric" '
        'maxlength="10" placeholder="hôm nay" autocomplete="off" aria-describedby="scope-error"></label>'
        '<label class="scope-within"><span>Tìm trong</span><select class="field" data-scope="within">'
        f'<option value="">cả kho</option>{groups}</select></label>'
        '<button type="button" class="scope-clear" data-scope-clear hidden>Bỏ lựa chọn</button>'
        '<p class="scope-error" id="scope-error" role="alert"></p></div>'
    )
