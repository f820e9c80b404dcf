"""Reading catalog and card files (TOML) into plain entries, with errors a user can act on.

The format is described at the top of ``catalog.toml``. Every rule that a user's own file can break
has a Vietnamese message naming the file, the line, the document and the field, and what to do.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, cast, get_args

from corpus.errors import TrolyError
from corpus.model import Evidence, Relation, RelationKind

FACT_FIELDS = (
    "kind", "number", "title", "subject", "issuer", "issued", "effective", "effect_note",
    "expires", "signer", "signer_title", "place",
)  # fmt: skip
"""Single-valued fields; each needs evidence."""
DATE_FIELDS = ("issued", "effective", "expires")
_KEYS = (*FACT_FIELDS, "aliases", "warnings", "evidence", "relation")
_EVIDENCE_KEYS = ("provision", "quote", "source", "checked_on")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PARTIAL_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-\d{2})?)?")
_TOML_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True)
class WarningRule:
    """A warning of a document; dropped once the library holds the document ``unless_held``."""

    text: str
    unless_held: str | None = None
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One ``[document.<id>]`` table, checked."""

    id: str
    fields: dict[str, str]
    evidence: dict[str, Evidence]
    aliases: tuple[str, ...] = ()
    warnings: tuple[WarningRule, ...] = ()
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a card: our own words about the provision at ``path``.

    ``parent`` is the path of the fact that this one is a part of (one point of a clause, say).
    """

    path: str
    topic: str
    text: str
    parent: str | None = None


@dataclass
class _File:
    """A TOML file with its lines, so that an error can name one."""

    path: Path
    what: str
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def load(self) -> _File:
        try:
            # Notepad on Windows writes a byte order mark; tomllib does not take it.
            self.text = self.path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            self.fail("không phải mã UTF-8. Mở tệp, chọn lưu lại với mã (Encoding) UTF-8 rồi chạy lại.")
        except OSError as error:
            self.fail(f"không đọc được ({error.strerror}). Kiểm tra quyền đọc tệp rồi chạy lại.")
        try:
            self.data = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            place = _TOML_PLACE.search(str(error))
            line = int(place[1]) if place else len(self.text.splitlines())
            column = f", cột {place[2]}" if place else ""
            self.fail(
                f"sai cú pháp TOML{column}. Mỗi giá trị chữ phải nằm trong dấu ngoặc kép, viết dạng "
                'tên = "giá trị"; mỗi bảng mở đầu bằng [document.<mã văn bản>]. '
                "Sửa dòng này rồi chạy lại.",
                line,
            )
        return self

    def line_of(self, document: str, key: str | None = None, text: str | None = None) -> int | None:
        """Line of ``key = `` (or of ``text``) after the first table header of ``document``."""
        header = re.compile(rf"\s*\[+\s*document\.[\"']?{re.escape(document)}[\"']?\s*[\].]")
        wanted = re.compile(rf"\s*(?:\[+[^\]]*\.)?[\"']?{re.escape(key)}[\"']?\s*[=\]]") if key else None
        start: int | None = None
        inside = False
        for number, line in enumerate(self.text.splitlines(), 1):
            if re.match(r"\s*\[", line):
                inside = header.match(line) is not None
                start = start or (number if inside else None)
            if inside and ((text and text in line) or (wanted and wanted.match(line))):
                return number
        return start

    def fail(self, message: str, line: int | None = None) -> NoReturn:
        place = f", dòng {line}" if line else ""
        raise TrolyError(f"{self.what} “{self.path}”{place}: {message}")


def read_catalog_file(path: Path, shipped_ids: frozenset[str] = frozenset()) -> dict[str, RawEntry]:
    """Return the checked entries of one catalog file.

    ``shipped_ids`` are the entries that exist already: such a table may add to one of them and need
    not repeat its kind. Raises ``TrolyError`` naming file, line, document and field.
    """
    file = _File(path, "Tệp danh mục").load()
    for key in file.data:
        if key != "document":
            line = next((n for n, t in enumerate(file.text.splitlines(), 1) if key in t), None)
            file.fail(f"có mục lạ “{key}”. Mọi bảng phải mở đầu bằng [document.<mã văn bản>].", line)
    tables = file.data.get("document", {})
    if not isinstance(tables, dict):
        file.fail("“document” phải là bảng. Mở đầu mỗi văn bản bằng [document.<mã văn bản>].")
    return {id_: _entry(file, id_, table, id_ in shipped_ids) for id_, table in tables.items()}


def _entry(file: _File, id_: str, table: Any, known: bool) -> RawEntry:
    if not _ID.fullmatch(id_):
        file.fail(
            f"mã văn bản “{id_}” không hợp lệ. Chỉ dùng chữ thường không dấu, chữ số và dấu gạch nối, "
            "ví dụ: qd-12-qd-ubnd-binh-lu-2026-05-04.",
            file.line_of(id_),
        )
    if not isinstance(table, dict):
        file.fail(f"văn bản “{id_}” phải là một bảng mở đầu bằng [document.{id_}].", file.line_of(id_))
    for key in table:
        if key not in _KEYS:
            file.fail(
                f"văn bản “{id_}” có trường lạ “{key}”. Các trường dùng được: {', '.join(_KEYS)}. "
                "Sửa tên trường hoặc xóa dòng này rồi chạy lại.",
                file.line_of(id_, key),
            )
    fields = {key: _string(file, id_, key, table[key]) for key in FACT_FIELDS if key in table}
    for key in DATE_FIELDS:
        if key in fields:
            _check_date(file, id_, key, fields[key])
    if "kind" not in fields and not known:
        file.fail(
            f'văn bản “{id_}” thiếu trường “kind” (loại văn bản). Thêm dòng kind = "Quyết định" '
            "(hoặc loại đúng) rồi chạy lại.",
            file.line_of(id_),
        )
    evidence = _evidence_by_field(file, id_, table, fields)
    warnings = tuple(
        _warning(file, id_, item, evidence.get("warnings", Evidence()))
        for item in _list(file, id_, "warnings", table)
    )
    return RawEntry(
        id=id_,
        fields=fields,
        evidence=evidence,
        aliases=tuple(_string(file, id_, "aliases", a) for a in _list(file, id_, "aliases", table)),
        warnings=warnings,
        relations=tuple(_relation(file, id_, item) for item in _list(file, id_, "relation", table)),
    )


def _string(file: _File, id_: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        hint = f'viết dạng {key} = "giá trị"'
        if isinstance(value, date):
            hint = f'đặt ngày trong ngoặc kép: {key} = "{value.isoformat()}"'
        file.fail(
            f"văn bản “{id_}”, trường “{key}” phải là chữ, không để trống; {hint}. "
            "Nếu không biết thì xóa dòng này.",
            file.line_of(id_, key),
        )
    return " ".join(value.split())


def _list(file: _File, id_: str, key: str, table: dict[str, Any]) -> list[Any]:
    value = table.get(key, [])
    if not isinstance(value, list):
        hint = f"[[document.{id_}.{key}]]" if key in ("evidence", "relation") else f'{key} = ["…", "…"]'
        file.fail(f"văn bản “{id_}”, “{key}” phải là danh sách, viết dạng {hint}.", file.line_of(id_, key))
    return value


def _check_date(file: _File, id_: str, key: str, value: str) -> None:
    good = _PARTIAL_DATE.fullmatch(value) is not None
    if good and len(value) == 10:
        try:
            date.fromisoformat(value)
        except ValueError:
            good = False
    if not good:
        file.fail(
            f"văn bản “{id_}”, trường “{key}”: “{value}” không phải ngày. Viết năm-tháng-ngày, ví dụ "
            f'{key} = "2026-04-15"; không biết ngày thì "2026-04" hoặc "2026".',
            file.line_of(id_, key),
        )


def _evidence(file: _File, id_: str, item: dict[str, Any], about: str) -> Evidence:
    values = {key: _string(file, id_, key, item[key]) for key in _EVIDENCE_KEYS if key in item}
    by_provision = "provision" in values and "quote" in values
    by_source = "source" in values and "checked_on" in values
    if not (by_provision or by_source):
        file.fail(
            f"văn bản “{id_}”, {about}: căn cứ chưa đủ. Ghi source và checked_on (nơi đọc được và ngày "
            "đọc), hoặc provision và quote (mã đơn vị văn bản có trong kho và lời của nó).",
            file.line_of(id_, text=next((str(v) for v in item.values() if isinstance(v, str)), None)),
        )
    if "checked_on" in values:
        _check_date(file, id_, "checked_on", values["checked_on"])
    return Evidence(**values)


def _evidence_by_field(
    file: _File, id_: str, table: dict[str, Any], fields: dict[str, str]
) -> dict[str, Evidence]:
    present = set(fields) | ({"warnings"} if table.get("warnings") else set())
    result: dict[str, Evidence] = {}
    for item in _list(file, id_, "evidence", table):
        names = item.get("fields") if isinstance(item, dict) else None
        if not isinstance(names, list) or not names:
            file.fail(
                f'văn bản “{id_}”: mỗi bảng [[document.{id_}.evidence]] phải có fields = ["tên trường", …].',
                file.line_of(id_, "evidence"),
            )
        for key in item:
            if key != "fields" and key not in _EVIDENCE_KEYS:
                file.fail(
                    f"văn bản “{id_}”, bảng evidence có trường lạ “{key}”. Dùng: fields, "
                    f"{', '.join(_EVIDENCE_KEYS)}.",
                    file.line_of(id_, key),
                )
        found = _evidence(file, id_, item, f"căn cứ của {', '.join(map(str, names))}")
        for name in names:
            if name not in present or name in result:
                why = "được nêu căn cứ hai lần" if name in result else "không có giá trị trong bảng này"
                file.fail(
                    f"văn bản “{id_}”, căn cứ: trường “{name}” {why}.", file.line_of(id_, text=str(name))
                )
            result[name] = found
    for name in (*FACT_FIELDS, "warnings"):
        if name in present and name not in result:
            file.fail(
                f"văn bản “{id_}”, trường “{name}” chưa có căn cứ. Thêm bảng [[document.{id_}.evidence]] "
                f'với fields = ["{name}"], source = "nơi đọc được", checked_on = "ngày đọc", '
                "hoặc xóa dòng này.",
                file.line_of(id_, name),
            )
    return result


def _warning(file: _File, id_: str, item: Any, evidence: Evidence) -> WarningRule:
    if isinstance(item, dict) and set(item) <= {"text", "unless_held"} and "text" in item:
        unless = item.get("unless_held")
        held = _string(file, id_, "warnings", unless) if unless is not None else None
        return WarningRule(_string(file, id_, "warnings", item["text"]), held, evidence)
    return WarningRule(_string(file, id_, "warnings", item), None, evidence)


def _relation(file: _File, id_: str, item: Any) -> Relation:
    kinds = get_args(RelationKind)
    if not isinstance(item, dict) or item.get("kind") not in kinds or "target_text" not in item:
        file.fail(
            f"văn bản “{id_}”: mỗi bảng [[document.{id_}.relation]] phải có target_text (văn bản kia, "
            f"như được ghi) và kind là một trong: {', '.join(kinds)}.",
            file.line_of(id_, "relation"),
        )
    for key in item:
        if key not in ("kind", "target", "target_text", *_EVIDENCE_KEYS):
            file.fail(f"văn bản “{id_}”, bảng relation có trường lạ “{key}”.", file.line_of(id_, key))
    target = item.get("target")
    return Relation(
        kind=cast(RelationKind, item["kind"]),
        source=id_,
        target=_string(file, id_, "target", target) if target is not None else None,
        target_text=_string(file, id_, "target_text", item["target_text"]),
        evidence=_evidence(file, id_, item, "quan hệ"),
    )


_PATH = re.compile(r"[a-z]+\d*[a-z]*(?:\.[a-z]+\d*[a-z]*)*|[IVX]+(?:\.[a-z\d]+)*")


def read_card_file(path: Path) -> tuple[Fact, ...]:
    """Return the facts of a card in order, parts behind their fact. Raises ``TrolyError`` when broken."""
    file = _File(path, "Tệp tóm tắt").load()
    facts: list[Fact] = []
    for item in file.data.get("fact", []):
        parts = item.pop("part", [])
        whole = _fact(file, item, None, facts)
        facts.append(whole)
        for part in parts:
            facts.append(_fact(file, part, whole.path, facts))
    if not facts:
        file.fail("không có ý nào ([[fact]]).")
    return tuple(facts)


def _fact(file: _File, item: dict[str, Any], parent: str | None, before: list[Fact]) -> Fact:
    if set(item) != {"path", "topic", "text"} or not all(isinstance(v, str) and v for v in item.values()):
        file.fail(f"ý “{item.get('path')}” phải có đúng ba trường path, topic, text, không để trống.")
    path, topic, text = (" ".join(str(item[key]).split()) for key in ("path", "topic", "text"))
    fact = Fact(path, topic, text, parent)
    inside = parent is None or fact.path.startswith(parent + ".")
    if not _PATH.fullmatch(fact.path) or not inside or fact.path in {f.path for f in before}:
        file.fail(f"ý “{fact.path}”: path sai dạng, trùng ý trước hoặc nằm ngoài ý lớn.")
    return fact
