"""State secrets: a stamped document is refused before anything of it is kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from corpus.errors import TrolyError
from corpus.model import Doubt
from ingest.readers.base import Source

# The stamp as printed alone on its line (Thông tư 24/2020/TT-BCA: "MẬT", "TỐI MẬT", "TUYỆT MẬT"), or as
# a letterhead field. The same words inside a sentence are no stamp.
_STAMP = re.compile(r"(?:(?:ĐỘ|MỨC ĐỘ) MẬT\s*:\s*)?(TUYỆT MẬT|TỐI MẬT|MẬT)", re.I)
_STAMP_ALONE = re.compile(r"TUYỆT MẬT|TỐI MẬT|MẬT")
_DECORATION = " \t\r\n*#_|[]()\"'“”.·-–—"
# The letterhead ends where the reasons or the first provision begin.
_BODY = re.compile(r"\W*(?:căn cứ |theo đề nghị|điều \d+\s*[.:]|chương [ivx\d]|i\s*\.\s)", re.I)
_LETTERHEAD_LINES = 40  # the longest letterhead in shared data (with editorial table) has 32 lines


def refuse_secret(source: Source) -> None:
    """Raise ``TrolyError`` if a secrecy stamp stands on a line of its own in the letterhead."""
    seen = 0
    for block in source.blocks:
        if block.kind in ("hint", "note"):
            continue
        spans = [(c.start, c.end) for c in block.cells] or [(block.start, block.end)]
        for start, end in spans:
            for line in source.text[start:end].splitlines():
                text = " ".join(unicodedata.normalize("NFC", line).split()).strip(_DECORATION)
                if _BODY.match(text):
                    return
                level = _stamp(text)
                if level:
                    raise TrolyError(
                        f"Tệp {source.name} có dấu độ mật “{level}” nên không được nạp: trợ lý không lưu giữ "
                        "tài liệu bí mật nhà nước. Hãy xử lý tệp theo quy định về bảo vệ bí mật nhà nước."
                    )
                seen += bool(text)
        if seen > _LETTERHEAD_LINES:
            return


def _stamp(text: str) -> str | None:
    match = _STAMP.fullmatch(text)
    if match and (":" in text or _STAMP_ALONE.fullmatch(text)):
        return match[1].upper()
    return None


# Characters that turn the direction of text: what is shown is then not what is stored (CVE-2021-42574).
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def odd_characters(source: Source) -> Iterator[Doubt]:
    """Yield a doubt where the text has direction controls; the canonical text leaves them out."""
    found = _TURNING.search(source.text)
    if found:
        before, after = (
            source.text[max(0, found.start() - 30) : found.start()],
            source.text[found.end() :][:30],
        )
        near = " ".join(_TURNING.sub("", before + after).split())
        yield Doubt(
            "bidi-control",
            f"Tệp có ký tự ẩn đổi chiều chữ (gần “{near}”); trợ lý đã bỏ các ký tự đó, hãy xem lại chỗ này.",
        )
