"""Mentions of other documents and of places in this one.

A mention is resolved only when exactly one document fits it (after eyecite); everything else stays
explicitly unresolved. A citation that contradicts what the catalog knows gets a note, no target.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from corpus.catalog import Catalog, CatalogEntry, number_key
from corpus.kinds import kind_named, kind_of_number, kind_pattern
from corpus.model import Evidence, ParsedDocument, Provision, Reference, Relation, RelationKind
from corpus.provisions import quoted_paths
from corpus.text import fold
from ingest.amendments import find_amendments
from ingest.dates import DATE, match_date
from ingest.letters import UPPER
from ingest.metadata import NUMBER
from ingest.own_references import antecedents, own_places, this_text
from ingest.placewords import named_places

_MENTION = re.compile(
    rf"(?P<kind>{kind_pattern()})(?P<name> [^\d,.;:()“”\n]{{2,90}}?)??(?:\s+số)?\s*:?\s*(?P<n>\b{NUMBER})"
)
_KIND = re.compile(kind_pattern())
_DATED = re.compile(rf",?\s*(?=ngày\s|\d{{1,2}}/\d){DATE.pattern}")
_ISSUER = re.compile(
    rf"\s*của\s+(?P<who>[{UPPER}][^,;.()\n]{{1,60}}?)"
    r"(?=\s+(?:về|quy định|sửa đổi|ban hành|hướng dẫn|phê duyệt|[Tt]hực hiện|và các|tại|theo)\b|[,;.()\n]|$)"
)
_CHANGES = ("amends", "repeals", "replaces")
_AMENDING = re.compile(
    r"sửa đổi(?:, bổ sung)?(?:, (?:bãi bỏ|thay thế))?(?: (?:một số|các|tên)?[^.;\n]{0,60}? của)?\s*$", re.I
)
_AMENDED_BY = re.compile(r"được sửa đổi[^.;\n]{0,60}(?:theo|bởi|tại)\s*$", re.I)
_REPLACING = re.compile(r"thay thế(?: cho)?\s*$", re.I)
_REPEALING = re.compile(r"bãi bỏ(?: toàn bộ)?\s*$", re.I)
_GUIDING = re.compile(r"(?:quy định chi tiết|hướng dẫn)[^.;\n]{0,80}$", re.I)
_CLAUSE = 2000  # characters before a mention that are looked at: many mentions may share one line
_EXPIRES = re.compile(r"[^.;\n]{0,120}hết hiệu lực")


LIKELY_NUMBER = "Số hiệu có thể là"
"""How the note begins of a citation whose number contradicts what the catalog knows."""


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    end: int
    kind: str
    number: str
    date: str | None
    issuer: str | None


def find_references(parsed: ParsedDocument, catalog: Catalog) -> tuple[Reference, ...]:
    """Return the mentions of other documents and the places of this one, in order of the text."""
    document = parsed.document
    own = number_key(document.number) if document.number else None
    found: list[Reference] = []
    taken: list[tuple[int, int]] = []
    owners = _Owners(parsed.provisions)
    quoted = quoted_paths(parsed.provisions)
    for mention in _mentions(document.text):
        owner = owners.at(mention.start)
        taken.append((mention.start, mention.end))
        if owner is None or (number_key(mention.number) == own and mention.date in (None, document.issued)):
            continue
        target, note = _resolve(mention, catalog)
        kind = _kind(document.text, mention, owner, owner.path in quoted)
        found.append(
            Reference(
                owner.id,
                mention.start,
                mention.end,
                document.text[mention.start : mention.end],
                kind,
                target,
                note,
            )
        )
    found = _by_antecedent(found)
    documents = list(found)
    found += _named_laws(parsed, catalog, owners, taken)
    found += own_places(parsed, documents)
    found += this_text(parsed, quoted, owners.at)
    found += antecedents(parsed, documents, catalog, quoted, owners.at)
    return tuple(sorted(found, key=lambda r: (r.start, r.end)))


def find_relations(parsed: ParsedDocument, references: Sequence[Reference]) -> tuple[Relation, ...]:
    """Return what the text states of documents: its own reasons, and "X sửa đổi, bổ sung … Y"."""
    text, id_ = parsed.document.text, parsed.document.id
    relations: dict[tuple[str, str, str, tuple[str, ...]], Relation] = {}
    documents = [r for r in references if ":" not in (r.target or "") and r.target != id_]
    for index, reference in enumerate(documents):
        relation: Relation | None = None
        evidence = Evidence(provision=reference.provision_id, quote=reference.text)
        if reference.kind != "cites":
            places = _places_before(text, reference.start) if reference.kind in _CHANGES else ()
            relation = Relation(reference.kind, id_, reference.target, reference.text, evidence, places)
        elif index:
            before = documents[index - 1]
            between = text[before.end : reference.start]
            if (
                before.target
                and before.end < reference.start
                and _AMENDING.search(between)
                and not re.search(r"[;\n]|\bđược\b|\bnày\b", between)
            ):
                quote = text[before.start : reference.end]
                evidence = Evidence(provision=reference.provision_id, quote=quote)
                relation = Relation("amends", before.target, reference.target, reference.text, evidence)
        if relation:
            relations.setdefault(key(relation), relation)
    for relation in find_amendments(parsed, references):
        relations.setdefault(key(relation), relation)
    return tuple(relations.values())


def key(relation: Relation) -> tuple[str, str, str, tuple[str, ...]]:
    """Return what tells two relations apart: kind, both ends, and the places that change."""
    return (relation.kind, relation.source, named(relation), relation.places)


def _without_places(clause: str) -> str:
    """Return a clause up to the places at its end ("Bãi bỏ quy định tại Điều 2 của …" -> "Bãi bỏ")."""
    chains = [n for n in named_places(clause)]
    if not chains or not re.fullmatch(r"\s*(?:của|tại|trong)?\s*", clause[chains[-1].chain_end :]):
        return clause
    first = next(n for n in chains if n.chain_end == chains[-1].chain_end)
    return re.sub(r"(?:\s*(?:các|những|quy định|nội dung|tại|của))+\s*$", "", clause[: first.start]).rstrip()


def _places_before(text: str, at: int) -> tuple[str, ...]:
    """Return the places that stand right before a text's name ("khoản 2 Điều 6 của Nghị quyết số …")."""
    start = max(text.rfind("\n", 0, at) + 1, at - 200)
    last = next(reversed(list(named_places(text[start:at]))), None)
    close = last and re.fullmatch(r"\s*(?:của|tại|trong)?\s*", text[start + last.chain_end : at])
    if not last or not close:
        return ()
    chain = (n for n in named_places(text[start:at]) if n.chain_end == last.chain_end)
    return tuple(path for named_ in chain for path in named_.paths)


def named(relation: Relation) -> str:
    """Return what tells the target of a relation apart: its id, else the number it is written with."""
    return relation.target or _printed_number(relation.target_text) or fold(relation.target_text)


def _mentions(text: str) -> Iterable[_Mention]:
    for match in _MENTION.finditer(text):
        start, printed = match.start(), match["kind"]
        # "Luật này thay thế Luật số 1/2020/QH14": the last kind named in capitals owns the number.
        inner = list(_KIND.finditer(text, match.end("kind"), match.start("n")))
        if inner and inner[-1][0][0].isupper():
            start, printed = inner[-1].start(), inner[-1][0]
        kind = kind_named(printed)
        name = re.sub(r"\s*số\s*:?\s*$", "", text[start + len(printed) : match.start("n")]).strip()
        # Only laws print their name before the number.
        if name and not (kind and kind.number_prefix):
            continue
        number = re.sub(r"\s", "", match["n"])
        named = kind or kind_of_number(number)
        dated = _DATED.match(text, match.end())
        end = dated.end() if dated else match.end()
        issuer = _ISSUER.match(text, end)
        yield _Mention(
            start, end, named.name if named else "", number,
            match_date(dated) if dated else None, issuer["who"].strip() if issuer else None,
        )  # fmt: skip


def _resolve(mention: _Mention, catalog: Catalog) -> tuple[str | None, str]:
    entry = catalog.match(mention.kind, mention.number, mention.issuer, mention.date)
    if entry is None and mention.issuer:
        # "UBND tỉnh" in a text of that province, "Ban Chấp hành Đảng bộ tỉnh": names vary, dates do not.
        entry = catalog.match(mention.kind, mention.number, None, mention.date) if mention.date else None
    if entry:
        return entry.id, ""
    likely = _likely(mention, catalog)
    if likely:
        return None, f"{LIKELY_NUMBER} {likely.number} (cùng loại, cùng ngày ban hành)."
    return None, ""


def _by_antecedent(found: list[Reference]) -> list[Reference]:
    """Resolve "Kết luận số 90-KL/TU" by the one fuller mention of that number in the same text."""
    targets: dict[str, set[str]] = {}
    for reference in found:
        if reference.target:
            targets.setdefault(_printed_number(reference.text), set()).add(reference.target)
    result = []
    for reference in found:
        fits = targets.get(_printed_number(reference.text), set())
        if reference.target is None and len(fits) == 1 and not DATE.search(reference.text):
            reference = replace(reference, target=next(iter(fits)))
        result.append(reference)
    return result


def _printed_number(text: str) -> str:
    match = re.search(NUMBER, text)
    return number_key(match[0]) if match else ""


def _likely(mention: _Mention, catalog: Catalog) -> CatalogEntry | None:
    """Return the one document of the same kind and day whose number nearly is the printed one."""
    if not mention.date:
        return None
    first = re.match(r"\d+", mention.number)
    near = [
        entry
        for entry in catalog.entries.values()
        if entry.number
        and entry.issued == mention.date
        and fold(entry.kind) == fold(mention.kind)
        and first
        and re.match(rf"0*{int(first[0])}\b", entry.number)
    ]
    return near[0] if len(near) == 1 else None


def _kind(text: str, mention: _Mention, owner: Provision, quoted: bool) -> RelationKind:
    line = text.rfind("\n", 0, mention.start) + 1
    before = text[max(line, mention.start - _CLAUSE) : mention.start].rstrip()
    stop = max(before.rfind(". "), before.rfind("; "))
    clause = before[stop + 1 :].strip()
    if quoted:
        return "cites"
    if owner.path.split(".")[0] in ("lh", "pre"):
        # "Quốc hội ban hành Luật sửa đổi, bổ sung một số điều của Luật … số …"
        if " ban hành " in f" {clause}" and _AMENDING.search(clause):
            return "amends"
        if clause.lower() in ("căn cứ", "căn cứ vào"):
            return "based_on"
        if clause.lower() == "thực hiện":
            return "implements"
        if owner.path == "lh" and _AMENDING.search(clause):
            return "amends"
        if owner.path == "lh" and _GUIDING.search(clause):
            return "guides"
        return "cites"
    # The subject must be this document: another one named before in the clause is the subject itself.
    if re.search(NUMBER, clause) and not re.search(rf"{kind_pattern()} này", clause):
        return "cites"
    if _AMENDED_BY.search(clause):
        return "cites"
    clause = _without_places(clause)
    if _REPLACING.search(clause):
        return "replaces"
    if _REPEALING.search(clause):
        return "repeals"
    if _AMENDING.search(clause) and owner.path[:1] == "d":
        return "amends"
    if _EXPIRES.match(text, mention.end) and owner.path[:1] == "d":
        return "repeals"
    return "cites"


def _named_laws(
    parsed: ParsedDocument, catalog: Catalog, owners: _Owners, taken: Sequence[tuple[int, int]]
) -> Iterable[Reference]:
    """Yield laws mentioned by name alone; resolved if the one law of that name is not younger."""
    text = parsed.document.text
    for entry in catalog.entries.values():
        kind = kind_named(entry.kind)
        if not entry.title or not kind or not kind.number_prefix or entry.id == parsed.document.id:
            continue
        pattern = rf"{re.escape(entry.kind)}\s+{re.escape(entry.title)}(?P<year> năm \d{{4}})?(?!\s*số|\w)"
        for match in re.finditer(pattern, text, re.I):
            owner = owners.at(match.start())
            if owner is None or any(a < match.end() and match.start() < b for a, b in taken):
                continue
            younger = (entry.issued or "9999") > (parsed.document.issued or "9999")
            other_year = match["year"] and match["year"][-4:] != (entry.issued or "")[:4]
            resolved = not younger and not other_year
            note = (
                ""
                if resolved
                else f"Văn bản này không phải {entry.kind} số {entry.number}, ban hành sau hoặc khác năm."
            )
            before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip().lower()
            based = owner.path.startswith("pre") and before.startswith("căn cứ")
            yield Reference(
                owner.id, match.start(), match.end(), match[0], "based_on" if based else "cites",
                entry.id if resolved else None, note,
            )  # fmt: skip


class _Owners:
    """Finds the innermost provision at an offset."""

    def __init__(self, provisions: Sequence[Provision]) -> None:
        own = [p for p in provisions if p.own_end > p.start]
        self._starts = sorted(own, key=lambda p: p.start)
        self._keys = [p.start for p in self._starts]

    def at(self, offset: int) -> Provision | None:
        """Return the provision whose own text holds ``offset``, else None."""
        index = bisect_right(self._keys, offset) - 1
        if index < 0 or self._starts[index].own_end < offset:
            return None
        return self._starts[index]
