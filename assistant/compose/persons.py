"""Who holds a post: signatures are all that a library knows of people."""

from __future__ import annotations

import re

from assistant import kinds
from assistant.context import Context, Draft, Refusal
from assistant.question import Question
from corpus.text import fold

_ASKS_PERSON = re.compile(
    r"\b(?:ho (?:va )?ten|ten (?:la gi|gi|cua|cu the)|ten (?:ong|ba|dong chi"
    r"|(?:pho )?(?:chu tich|truong|giam doc|bi thu)))|"
    r"^ai (?:dang |hien )?(?:la|lam|giu chuc) (?:pho )?(?:chu tich|truong phong|giam doc|bi thu|ke toan)|"
    r"(?:chu tich|truong phong|giam doc|bi thu|chanh van phong)[^?]{0,60}(?:ten gi|ten la"
    r"|la (?:ong|ba|dong chi)? ?(?:nao|ai)(?! do))"
)
# The one who signs for UBND xã holds no post elsewhere, and a signature tells nothing but the name.
_OTHER_BODY = re.compile(
    r"hoi dong nhan dan(?! va)|hdnd(?! va)|quoc hoi|mat tran|\btinh\b|huyen|cong doan|hoi (?:phu nu"
    r"|nong dan)|dang uy"
)
_POST = re.compile(r"\b(?:pho )?(?:chu tich|truong phong|giam doc|bi thu|chanh van phong|ke toan)\b")


def person(context: Context, question: Question) -> Draft | Refusal | None:
    """Answer who holds a post, from signatures alone; None where no person's name is asked for."""
    if not _ASKS_PERSON.search(question.folded) or question.asks_power:
        return None
    post = _POST.search(question.folded)
    if post is None:
        return None
    for document in context.library.documents():
        title = _POST.search(fold(document.signer_title or ""))
        if (
            document.signer
            and title
            and title.group() == post.group()
            and document.id in context.finder.plans
            and not _OTHER_BODY.search(question.folded)
        ):
            for provision in context.library.provisions(document.id):
                if provision.kind == "signature":
                    citation = context.cite(provision)
                    first = f"{document.signer} (ký với chức danh {document.signer_title})."
                    return Draft(kinds.DOCUMENT, first, [citation], citation.basis)
    return Refusal(kinds.DOCUMENT, "Các văn bản trong kho không ghi tên người này.")
