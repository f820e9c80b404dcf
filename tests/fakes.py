"""A small library and an assistant that answers from a table: the page's tests need both to be exact.

The library is the real store over documents written here (no official text); the assistant honours
assistant/contract.py. Texts carry markup on purpose: the page must show it as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.antecedents import Past
from assistant.citation import document_label
from assistant.contract import ABSTENTION, Answer
from assistant.engine import kept_within
from corpus.catalog import Catalog
from corpus.errors import TrolyError
from corpus.lexicons import Lexicons
from corpus.model import Citation, Document, ParsedDocument, Provision
from corpus.status import Status, status_of
from corpus.store import Library, StoredDocument, write_store

XSS = (
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    '"><svg onload=window.hacked=1>',
    "' onmouseover='window.hacked=1",
    "javascript:window.hacked=1",
    "</textarea><iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
    "{{constructor.constructor('window.hacked=1')()}}",
    "${window.hacked=1}",
    '<a href="javascript:window.hacked=1">bấm</a>',
    "&lt;script&gt;window.hacked=1&lt;/script&gt;",
    "<style>*{display:none}</style>",
    "`+window.hacked=1+`",
    "<math><mtext></table><mglyph><style><!--</style><img src onerror=window.hacked=1>",
    "\u202e<b onclick=window.hacked=1>ngược</b>",
)
"""Payloads that would run, restyle or break out if any were put on the page unescaped."""

NO_CATALOG = Catalog({}, Path())

Node = tuple[str, str, str, str, str, Sequence[Any]]
"""(path, kind, number, heading, own text, children)"""


def make_document(identifier: str, nodes: Sequence[Node], **facts: Any) -> ParsedDocument:
    """Return a document whose text and offsets are laid out from ``nodes``."""
    parts: list[str] = []
    found: list[Provision] = []
    length = 0

    def put(node: Node, parent: str | None) -> None:
        nonlocal length
        path, kind, number, heading, own, children = node
        start = length
        parts.append(own + "\n")
        length += len(own) + 1
        own_end = length - 1
        at = len(found)
        found.append(
            Provision(
                id=f"{identifier}:{path}", document_id=identifier, path=path, kind=kind, number=number,  # type: ignore[arg-type]
                heading=heading, parent=parent, order=at, start=start, end=own_end, own_end=own_end,
            )
        )  # fmt: skip
        for child in children:
            put(child, path)
        found[at] = replace(found[at], end=length - 1)

    for node in nodes:
        put(node, None)
    settings: dict[str, Any] = {
        "kind": "Kế hoạch",
        "number": None,
        "title": "Kế hoạch thử",
        "issuer": None,
        "issued": None,
    }
    document = Document(id=identifier, text="".join(parts).rstrip("\n"), **(settings | facts))
    return ParsedDocument(document, tuple(found))


def sample_documents() -> list[ParsedDocument]:
    """Return a plan, a decree long enough to be windowed, a card and a document full of markup."""
    plan = make_document(
        "kh-thu-2026",
        [
            ("I", "outline", "I", "MỤC ĐÍCH", "I. MỤC ĐÍCH", [
                ("I.1", "outline", "1", "", "1. Làm cho việc tra cứu nhanh và đúng.", []),
                ("I.2", "outline", "2", "", "2. Giữ đủ 100% hồ sơ, 90% đúng hạn và 80% trực tuyến.", []),
            ]),
            ("III", "outline", "III", "KINH PHÍ",
             "III. KINH PHÍ\nKinh phí lấy từ ngân sách của đơn vị thử.", []),
            ("IV", "outline", "IV", "TỔ CHỨC THỰC HIỆN", "IV. TỔ CHỨC THỰC HIỆN", [
                ("IV.1", "outline", "1", "Phòng Thử nghiệm", "1. Phòng Thử nghiệm", [
                    ("IV.1.p1", "paragraph", "", "",
                     "Chủ trì các nhiệm vụ về thử nghiệm trang hỏi đáp; báo cáo hằng quý.", []),
                ]),
                ("IV.2", "outline", "2", "Trung tâm Mẫu", "2. Trung tâm Mẫu", [
                    ("IV.2.p1", "paragraph", "", "", "Chủ trì việc in ấn tài liệu mẫu.", []),
                ]),
            ]),
        ],
        title="Kế hoạch thử nghiệm trang hỏi đáp năm 2026", issuer="UBND xã Thử",
        issued="2026-04", draft=True,
        missing=("Phụ lục",),
    )  # fmt: skip
    decree = make_document(
        "nd-thu-2025",
        [
            (f"d{n}", "article", str(n), f"Nội dung thứ {n}", f"Điều {n}. Nội dung thứ {n}", [
                (f"d{n}.k{k}", "clause", str(k), "",
                 f"{k}. Khoản {k} của điều {n}: " + "việc phải làm đúng hạn. " * 20, [])
                for k in (1, 2)
            ])
            for n in range(1, 81)
        ],
        kind="Nghị định", number="999/2025/NĐ-CP", title="Nghị định thử có nhiều điều", issuer="Chính phủ",
        issued="2025-06-12", effective="2025-07-01",
        warnings=("Chưa rõ văn bản sửa đổi có hiệu lực từ ngày nào.",),
    )  # fmt: skip
    card = make_document(
        "luat-thu-2025",
        [("y1", "fact", "1", "", "Luật thử giao việc cho cấp xã (Điều 3).", [])],
        kind="Luật", number="99/2025/QH15", title="Luật thử", issuer="Quốc hội", issued="2025-06-16",
        basis="card",
    )  # fmt: skip
    nasty = make_document(
        "cv-xss",
        [
            (f"p{n}", "paragraph", "", payload if n % 2 else "", payload, [])
            for n, payload in enumerate(XSS, 1)
        ],
        kind=XSS[0], number=XSS[1], title=XSS[2], issuer=XSS[3], issued="2026-01-02",
        warnings=XSS, missing=XSS,
    )  # fmt: skip
    return [plan, decree, card, nasty]


def sample_library(folder: Path) -> Library:
    """Return the store of ``sample_documents`` written under ``folder``."""
    path = folder / "store.sqlite"
    write_store(path, [StoredDocument(parsed, (), None, None) for parsed in sample_documents()], {})
    return Library(path, "thu-1")


def citation_of(library: Library, provision_id: str, words: str, **facts: Any) -> Citation:
    """Return a citation of ``words`` in a provision of ``library``."""
    provision = library.provision(provision_id)
    document = library.document(provision.document_id)
    start = document.text.index(words, provision.start)
    settings: dict[str, Any] = {
        "id": provision_id, "label": f"{provision.path} {document.kind}", "document_id": document.id,
        "document": document.number, "title": document.title, "issuer": document.issuer,
        "issued": document.issued, "quote": words, "spans": ((start, start + len(words)),), "page": None,
        "basis": document.basis,
    }  # fmt: skip
    return Citation(**(settings | facts))


def answer_of(library: Library, question: str, **facts: Any) -> Answer:
    """Return an answer; outcome "answer" unless told otherwise."""
    settings: dict[str, Any] = {
        "question": question, "outcome": "answer", "answer": "Có.", "kind": "other", "basis": "full_text",
        "as_of": "2026-11-23", "generation": library.generation, "timings_ms": {"total": 31.4},
    }  # fmt: skip
    return Answer(**(settings | facts))


@dataclass
class FakeAssistant:
    """Answers what its table holds, abstains from the rest."""

    library: Library
    table: Mapping[str, Answer]
    refreshed: int = 0

    def ask(self, question: str, as_of: str | None = None) -> Answer:
        """Return the table's answer; the word "hỏng" fails as a user's error, "sập" as a bug."""
        if "hỏng" in question:
            raise TrolyError("Kho đang hỏng; hãy chạy lại «troly ingest».")
        if "sập" in question:
            raise ZeroDivisionError("secret path /srv/troly")
        if question in self.table:
            return self.table[question]
        return answer_of(
            self.library,
            question,
            outcome="abstain",
            answer=ABSTENTION,
            basis=None,
            hints=("Mục IV.1 Kế hoạch thử",),
        )

    def converse(
        self, question: str, turns: Sequence[Past], as_of: str | None = None, within: Sequence[str] = ()
    ) -> Answer:
        """Return the table's answer whatever was asked before."""
        answer = self.ask(question, as_of)
        return kept_within(replace(answer, as_of=as_of or answer.as_of), within)

    def status(self, target: Document | Provision, as_of: str) -> Status:
        """Return what the sample library itself says of validity."""
        return status_of(self.library, target, as_of, NO_CATALOG)

    def name_of(self, identifier: str) -> str:
        """Return the short name of a document of the library."""
        return document_label(self.library.document(identifier.partition(":")[0]))

    def replay(self, questions: Sequence[str], as_of: str | None = None) -> list[Past]:
        """Return the table's answers to earlier questions."""
        return [Past(question, question, self.ask(question, as_of)) for question in questions]

    def suggest(self, turn: Past, as_of: str | None = None) -> Answer:
        """Return the answer with the suggestions that the table gave it."""
        return turn.answer

    def search(self, query: str, limit: int = 10) -> list[Any]:
        """Find nothing."""
        return []

    @property
    def lexicons(self) -> Lexicons:
        """No word lists."""
        return Lexicons((), ())

    def refresh(self) -> bool:
        """Count the calls; nothing moves."""
        self.refreshed += 1
        return False


def sample_assistant(library: Library) -> FakeAssistant:
    """Return a fake that knows a cited answer, small talk, a question back, and markup in every field."""
    lead = citation_of(
        library, "kh-thu-2026:IV.1.p1", "Chủ trì các nhiệm vụ về thử nghiệm trang hỏi đáp",
        label="Mục IV.1 Kế hoạch thử", warnings=("Văn bản chưa có số.",),
    )  # fmt: skip
    print_ = citation_of(library, "kh-thu-2026:IV.2.p1", "in ấn tài liệu mẫu", label="Mục IV.2 Kế hoạch thử")
    far = citation_of(
        library, "nd-thu-2025:d60.k2", "Khoản 2 của điều 60", label="khoản 2 Điều 60 Nghị định thử"
    )
    nasty = [
        citation_of(
            library,
            f"cv-xss:p{n}",
            payload,
            label=payload,
            title=payload,
            issuer=payload,
            warnings=(payload,),
        )
        for n, payload in enumerate(XSS, 1)
    ]
    table = {
        "Ai thử nghiệm trang?": answer_of(
            library, "Ai thử nghiệm trang?", kind="responsibility", citations=(lead, print_),
            answer="Phòng Thử nghiệm [1].\nViệc in ấn do nơi khác làm [2]; mục này không có [9].\n"
            "- ý một\n- ý hai",
            warnings=("Văn bản có thể là dự thảo.",), follow_ups=("Ai in tài liệu?",),
        ),
        "Ai in tài liệu?": answer_of(
            library, "Ai in tài liệu?", basis="inferred", answer="Trung tâm Mẫu [1].", citations=(print_,)
        ),
        "Điều 60?": answer_of(library, "Điều 60?", answer="Khoản 2 [1].", citations=(far,)),
        "Xin chào": answer_of(library, "Xin chào", outcome="smalltalk", basis=None, answer="Chào anh/chị."),
        "Báo cáo?": answer_of(
            library, "Báo cáo?", outcome="clarify", basis=None, answer="Anh/chị hỏi báo cáo nào?",
            follow_ups=("Báo cáo quý?", "Báo cáo năm?"),
        ),
        "xss": answer_of(
            library, "xss", answer="\n".join(f"{p} [{n}]" for n, p in enumerate(XSS, 1)),
            citations=tuple(nasty),
            warnings=XSS, follow_ups=XSS,
        ),
    }  # fmt: skip
    return FakeAssistant(library, table)
