"""Paragraphs -> nodes: the outline of one zone, by the rank of its printed marks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from corpus.model import ProvisionKind
from corpus.text import slug
from ingest.canonical import Paragraph
from ingest.markers import (
    CLOSE_QUOTES,
    OPEN_QUOTES,
    RANK,
    Marker,
    arabic,
    bare_article,
    find_marker,
    roman,
    roman_marker,
)

_HEADING_WORDS = 60  # longest điều title in shared data: 58 words (72/2025 Điều 53: 33; 63/2010: 24)
_TITLE_WORDS = 30  # a title line of a khoản, điểm or plan section: the plan's longest (II.1) has 22
_LEADS_IN = re.compile(r"(?:sau đây|như sau|sau|gồm|bao gồm|gồm có|là|về|các nội dung)\s*:$", re.I)
_AMENDS = re.compile(r"\s*(?:sửa đổi|bổ sung|bãi bỏ|thay thế|thay cụm từ|bỏ cụm từ)\b", re.I)
_KINDS: dict[str, ProvisionKind] = {
    "part": "part", "chapter": "chapter", "section": "section", "subsection": "subsection",
    "article": "article", "dash": "dash", "plus": "dash",
}  # fmt: skip
_GROUPS = ("part", "chapter", "section", "subsection")
_LAW_ITEMS: dict[str, ProvisionKind] = {
    "number": "clause",
    "decimal": "clause",
    "letter": "point",
    "bracket": "point",
}


@dataclass(slots=True)
class Node:
    """A provision in the making; ``items`` are its paragraphs and children in printed order."""

    kind: ProvisionKind
    segment: str  # its own part of the path
    number: str = ""
    heading: str = ""
    rank: int = 0
    marker: str = ""
    absolute: bool = False  # the path begins anew here (điều are numbered through a document)
    titled: bool = False  # printed line is a title: what follows is its body
    head: int = 0  # how many paragraphs at the start are the printed mark and title
    items: list[Paragraph | Node] = field(default_factory=list)

    def children(self) -> list[Node]:
        """The child nodes in order."""
        return [item for item in self.items if isinstance(item, Node)]


class TreeBuilder:
    """Builds the outline of one zone. ``plan`` allows I. and A.; ``law`` names khoản and điểm."""

    def __init__(self, root: Node, *, law: bool, prefix: str = "") -> None:
        self.root = root
        self.law = law
        self.prefix = prefix  # path before a global article: "qc." in an attached regulation
        self.stack: list[Node] = [root]
        self.unclosed: list[Node] = []  # quotations whose end was not printed
        self._capital_first = True
        self._odd: dict[int, Marker] = {}  # marks that only their neighbours prove, by id of the paragraph
        self._marks: dict[int, Marker | None] = {}  # by id of the paragraph: found once, asked for often
        self._later: _Later = _Later(())

    def build(self, paragraphs: Sequence[Paragraph]) -> None:
        """Hang every paragraph into the tree under ``root``."""
        if self.law:
            self._odd = odd_marks(paragraphs)
        marks = [self._find_marker(paragraph) for paragraph in paragraphs]
        self._marks = {id(paragraph): marker for paragraph, marker in zip(paragraphs, marks, strict=True)}
        seen = [marker.kind for marker in marks if marker and marker.kind in ("capital", "roman")]
        self._capital_first = not seen or seen[0] == "capital"
        self._later = _Later([self._rank(marker) if marker else None for marker in marks])
        index = 0
        while index < len(paragraphs):
            if self.top.kind == "table" and not paragraphs[index].row:
                self.stack.pop()
            quoted = self._quotation(paragraphs, index)
            if quoted:
                self._quote(paragraphs[index:quoted])
                index = quoted
                continue
            self._place(paragraphs, index)
            index += 1

    @property
    def top(self) -> Node:
        """The innermost open node."""
        return self.stack[-1]

    def _marker(self, paragraph: Paragraph) -> Marker | None:
        return self._marks[id(paragraph)]

    def _find_marker(self, paragraph: Paragraph) -> Marker | None:
        if paragraph.row:
            return None
        return self._odd.get(id(paragraph)) or find_marker(paragraph.text, plan=not self.law)

    def _rank(self, marker: Marker) -> int:
        if marker.kind == "capital":
            return RANK["capital"] if self._capital_first else RANK["roman"] + 5
        # "1.1." stands inside "1.", "1.1.1." inside "1.1.".
        return RANK[marker.kind] + (marker.number.count(".") - 1 if marker.kind == "decimal" else 0)

    def _place(self, paragraphs: Sequence[Paragraph], index: int) -> None:
        paragraph = paragraphs[index]
        marker = self._marker(paragraph)
        if paragraph.row:
            self._row(paragraph)
        elif marker is None:
            self._unmarked(paragraphs, index)
        else:
            rank = self._rank(marker)
            while len(self.stack) > 1 and self.top.rank >= rank:
                self.stack.pop()
            node = self._node(marker, rank, paragraph, paragraphs[index + 1 : index + 2])
            self.top.items.append(node)
            self.stack.append(node)

    def _node(self, marker: Marker, rank: int, paragraph: Paragraph, following: Sequence[Paragraph]) -> Node:
        kind = _KINDS.get(marker.kind, "outline")
        if self._counts_clauses(marker):
            kind = _LAW_ITEMS.get(marker.kind, kind)
        node = Node(kind, self._segment(marker), marker.number, rank=rank, marker=marker.kind)
        node.absolute = marker.kind in ("part", "chapter", "article")
        node.items.append(paragraph)
        node.head = 1
        rest = paragraph.text[marker.rest :].strip()
        if marker.kind in _GROUPS:
            node.heading, node.titled = rest, True
        else:
            node.heading = self._title(marker, rest, following)
            node.titled = bool(node.heading) or not rest
        return node

    def _segment(self, marker: Marker) -> str:
        number = marker.number
        if marker.kind in _GROUPS:
            name = {"part": "ph", "chapter": "c", "section": "m", "subsection": "tm"}[marker.kind]
            return name + url_part(arabic(number))
        if marker.kind == "article":
            return "d" + url_part(number.lstrip("0") or "0")
        if marker.kind in ("dash", "plus"):
            count = sum(child.kind == "dash" for child in self._parent_for(RANK[marker.kind]).children())
            return f"g{count + 1}"
        if marker.kind == "letter":
            return url_part(number)
        if not self._counts_clauses(marker):
            return url_part(number.rpartition(".")[2]) if marker.kind in ("decimal", "number") else number
        return f"k{url_part(number)}" if marker.kind != "bracket" else f"n{number}"

    def _counts_clauses(self, marker: Marker) -> bool:
        """True where numbers are khoản: in laws, but not under "I." of a plan that an article approves."""
        return self.law and marker.kind != "roman" and all(node.marker != "roman" for node in self.stack)

    def _parent_for(self, rank: int) -> Node:
        return next((n for n in reversed(self.stack) if n.rank < rank), self.root)

    def _title(self, marker: Marker, rest: str, following: Sequence[Paragraph]) -> str:
        """Return the title that a marked line prints, "" where the line is a sentence of its own."""
        if not rest or not following or marker.kind in ("dash", "plus"):
            return ""
        limit = _HEADING_WORDS if marker.kind == "article" else _TITLE_WORDS
        if len(rest.split()) > limit or rest[-1] in '.;!?…,”"':
            return ""
        if rest[-1] == ":":
            bare = rest[:-1].strip()
            if self.law or _LEADS_IN.search(rest) or len(bare.split()) > 12:
                return ""
            rest = bare
        if marker.kind == "article":
            return rest
        return rest if self._body_follows(marker, following[0]) else ""

    def _body_follows(self, marker: Marker, following: Paragraph) -> bool:
        """True when the next paragraph belongs to the marked line: it goes deeper, or has no mark."""
        if following.row:
            return True
        after = self._marker(following)
        return after is None or self._rank(after) > self._rank(marker)

    def _unmarked(self, paragraphs: Sequence[Paragraph], index: int) -> None:
        paragraph = paragraphs[index]
        top = self.top
        # "Chương I" and its title stand on two lines, a long title on more.
        goes_on = not top.heading or (paragraph.text.isupper() and top.heading.isupper())
        if top.kind in _GROUPS and len(top.items) == top.head and goes_on:
            top.heading = f"{top.heading} {paragraph.text}".strip()
            top.items.append(paragraph)
            top.head += 1
            return
        while len(self.stack) > 1 and self._list_ended(paragraphs, index):
            self.stack.pop()
        self.top.items.append(paragraph)

    def _list_ended(self, paragraphs: Sequence[Paragraph], index: int) -> bool:
        """True when an unmarked paragraph no longer belongs to the item above it.

        It does belong to a title line, to an item ending with ":", and to any item that has a
        successor in its list; after the last item it belongs to the one that holds the list.
        """
        top = self.top
        if top.marker not in ("letter", "bracket", "dash", "plus", "decimal"):
            return False
        last = next((item.text for item in reversed(top.items) if isinstance(item, Paragraph)), "")
        if top.titled or (last and last[-1] not in ".;,!?…"):
            return False
        following = self._later.at_most(index + 1, top.rank)
        if following is None:
            return True
        marker = self._marker(paragraphs[following])
        return marker is None or marker.kind != top.marker

    def _row(self, paragraph: Paragraph) -> None:
        row = paragraph.row
        assert row is not None
        if self.top.kind == "table" and (row.joins or self.top.marker == str(paragraph.table)):
            table = self.top
            table.marker = str(paragraph.table)
        else:
            if self.top.kind == "table":
                self.stack.pop()
            table = Node("table", "t", rank=RANK["plus"] + 1, marker=str(paragraph.table))
            self.top.items.append(table)
            self.stack.append(table)
        last = table.items[-1] if table.items else None
        if row.header:
            table.items.append(paragraph)
        elif row.continues and isinstance(last, Node):
            last.items.append(paragraph)
        else:
            marker = "group" if row.group else "row"
            table.items.append(Node("row", "", row.number, marker=marker, items=[paragraph]))

    def _quotation(self, paragraphs: Sequence[Paragraph], start: int) -> int:
        """Return the end of the quoted text that begins at ``start``, 0 where none does.

        An amendment ends with ":" and prints the new text in quotation marks; all of it, with its own
        điều and khoản, belongs to the amendment.
        """
        text = paragraphs[start].text
        if not self.law or text[:1] not in OPEN_QUOTES or not self._announced():
            return 0
        depth = 0
        limit = self._quotation_limit(paragraphs, start)
        # Straight marks do not tell opening from closing: one missing would turn all later ones round.
        last = limit if text[0] == '"' else len(paragraphs)
        for index in range(start, last):
            for char in paragraphs[index].text:
                if char == '"':
                    depth += -1 if depth else 1
                elif char in OPEN_QUOTES:
                    depth += 1
                elif char in CLOSE_QUOTES:
                    depth -= 1
            if depth <= 0:
                return index + 1
        self.unclosed.append(self.top)
        return limit

    def _quotation_limit(self, paragraphs: Sequence[Paragraph], start: int) -> int:
        """Where an unclosed quotation must end at the latest: at the next instruction of this text."""
        articles = [n for n in self.stack if n.kind == "article"]
        following = int(re.sub(r"\D", "", articles[-1].number) or 0) + 1 if articles else 0
        for index in range(start + 1, len(paragraphs)):
            marker = self._marker(paragraphs[index])
            if marker is None or paragraphs[index].text[0] in OPEN_QUOTES:
                continue
            rest = paragraphs[index].text[marker.rest :]
            if marker.kind in ("number", "letter") and _AMENDS.match(rest):
                return index
            if marker.kind == "article" and marker.number == str(following):
                closed = any(
                    p.text.rstrip(" .;,").endswith(tuple(CLOSE_QUOTES)) for p in paragraphs[start:index]
                )
                if closed or not paragraphs[index - 1].text.rstrip().endswith(","):
                    return index
        return len(paragraphs)

    def _announced(self) -> bool:
        """True after "… như sau:", and after another quotation of the same amendment."""
        last = self.top.items[-1] if self.top.items else None
        if isinstance(last, Node):
            return last.kind == "quoted"
        return last is not None and last.text.rstrip().endswith((":", "như sau"))

    def _quote(self, paragraphs: Sequence[Paragraph]) -> None:
        node = Node("quoted", "q", rank=999)
        self.top.items.append(node)
        builder = QuoteBuilder(node)
        builder.build(paragraphs)


class _Later:
    """Finds the next marked paragraph of a rank or a higher one, in steps that grow with ranks, not lines."""

    def __init__(self, ranks: Sequence[int | None]) -> None:
        self._ranks = ranks
        # Behind each paragraph: the next one with a mark (itself counts), and the next one of a lower rank.
        self._marked: list[int | None] = [None] * (len(ranks) + 1)
        self._lower: list[int | None] = [None] * len(ranks)
        for index in range(len(ranks) - 1, -1, -1):
            rank = ranks[index]
            self._marked[index] = self._marked[index + 1] if rank is None else index
            if rank is not None:
                self._lower[index] = self.at_most(index + 1, rank - 1)

    def at_most(self, start: int, rank: int) -> int | None:
        """Return the first index from ``start`` on whose rank is at most ``rank``, None where none is."""
        index = self._marked[start]
        while index is not None and (self._ranks[index] or 0) > rank:
            index = self._lower[index]
        return index


class QuoteBuilder(TreeBuilder):
    """The outline of quoted text: the first mark stands behind the opening quotation mark."""

    def __init__(self, root: Node) -> None:
        super().__init__(root, law=True)

    def _find_marker(self, paragraph: Paragraph) -> Marker | None:
        text = paragraph.text
        bare = text.lstrip(OPEN_QUOTES + " ")
        if paragraph.row or not bare:
            return None
        marker = find_marker(bare, plan=False)
        shift = len(text) - len(bare)
        return Marker(marker.kind, marker.number, marker.rest + shift) if marker else None

    def _quotation(self, paragraphs: Sequence[Paragraph], start: int) -> int:
        return 0


def odd_marks(paragraphs: Sequence[Paragraph]) -> dict[int, Marker]:
    """Return the marks of a law that only their neighbours prove, by id of the paragraph.

    "Điều 5 Phạm vi" is a heading between Điều 4 and Điều 6; "I." and "II." inside one article divide it.
    """
    found: dict[int, Marker] = {}
    articles: list[tuple[Paragraph, Marker, bool]] = []
    romans: list[tuple[Paragraph, Marker]] = []

    def divide() -> None:
        if [roman(marker.number) for _, marker in romans] == list(range(1, len(romans) + 1)) and romans[1:]:
            found.update({id(paragraph): marker for paragraph, marker in romans})
        romans.clear()

    for paragraph in paragraphs:
        marker = None if paragraph.row else find_marker(paragraph.text, plan=False)
        bare = None if paragraph.row or marker else bare_article(paragraph.text)
        if bare or (marker and marker.kind == "article"):
            articles.append((paragraph, bare or marker, bool(bare)))  # type: ignore[arg-type]
            divide()
        elif not paragraph.row and marker is None and (inner := roman_marker(paragraph.text)):
            romans.append((paragraph, inner))
    divide()
    last = 0
    for index, (paragraph, marker, is_bare) in enumerate(articles):
        number = _figure(marker)
        following = _figure(articles[index + 1][1]) if index + 1 < len(articles) else number + 1
        if is_bare and number == last + 1 == following - 1:
            found[id(paragraph)] = marker
        if not is_bare or id(paragraph) in found:
            last = number
    return found


def _figure(marker: Marker) -> int:
    return int(re.sub(r"\D", "", marker.number) or 0)


def url_part(number: str) -> str:
    """Return a printed number as part of a path: "đ" is "dd", anything odd is slugged."""
    if re.fullmatch(r"[0-9A-Za-z]+", number):
        return number
    return slug(number.replace("đ", "dd").replace("Đ", "dd")) or "x"
