"""The official texts that the ``laws-…`` questions need, and a clear word where the library lacks one.

They are not ours to ship: a library holds them once someone has ingested the files.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from corpus.errors import TrolyError
from eval.metrics import HoldsDocuments

FOLDER: Final = PurePosixPath("../shared/corpus")
"""Where the files lie beside a checkout; anywhere else does as well."""

FULL_TEXTS: Final = {
    "luat-20-2023-qh15": ("Luật Giao dịch điện tử 20/2023/QH15", "law/20-2023-QH15.txt"),
    "luat-42-2013-qh13": ("Luật Tiếp công dân 42/2013/QH13", "law/42-2013-QH13.txt"),
    "luat-58-2010-qh12": ("Luật Viên chức 58/2010/QH12", "law/58-2010-QH12.txt"),
    "luat-60-2024-qh15": ("Luật Dữ liệu 60/2024/QH15", "law/60-2024-QH15.txt"),
    "luat-63-2025-qh15": ("Luật Tổ chức Chính phủ 63/2025/QH15", "law/63-2025-QH15.txt"),
    "luat-72-2025-qh15": ("Luật Tổ chức chính quyền địa phương 72/2025/QH15", "law/72-2025-QH15.txt"),
    "luat-80-2025-qh15": ("Luật Cán bộ, công chức 80/2025/QH15", "law/80-2025-QH15.txt"),
    "luat-87-2025-qh15": ("Luật 87/2025/QH15", "law/87-2025-QH15.txt"),
    "luat-89-2025-qh15": ("Luật Ngân sách nhà nước 89/2025/QH15", "law/89-2025-QH15.txt"),
    "luat-91-2025-qh15": ("Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15", "law/91-2025-QH15.txt"),
    "nd-150-2025-nd-cp": ("Nghị định 150/2025/NĐ-CP", "law/150_2025_ND-CP.md"),
    "nq-66-7-2025-nq-cp": ("Nghị quyết 66.7/2025/NQ-CP", "office/66_7_2025_NQ-CP_681135.docx"),
    "nd-63-2010-nd-cp": ("Nghị định 63/2010/NĐ-CP", "office/63_2010_ND-CP_106929.docx"),
}
"""Document id -> (name, file below ``FOLDER``)."""


def needs_full_texts(suite: str) -> bool:
    """Return whether the questions of ``suite`` are asked of the full texts, not of what ships."""
    return suite.startswith("laws-")


def missing_full_texts(library: HoldsDocuments) -> list[str]:
    """Return the ids of ``FULL_TEXTS`` that ``library`` lacks or holds as a summary card only."""
    held = {one.id for one in library.documents() if one.basis == "full_text"}
    return [one for one in FULL_TEXTS if one not in held]


def require_full_texts(library: HoldsDocuments) -> None:
    """Raise TrolyError with the missing documents and the command that adds them.

    Measured without them, nearly every answer would count as wrong: a zero that says nothing.
    """
    missing = missing_full_texts(library)
    if not missing:
        return
    names = "\n".join(f"- {FULL_TEXTS[one][0]}" for one in missing)
    files = " ".join(str(FOLDER / FULL_TEXTS[one][1]) for one in missing)
    raise TrolyError(
        f"Bộ câu hỏi này hỏi trên toàn văn; kho đang dùng chưa có toàn văn của {len(missing)} văn bản:\n"
        + f"{names}\nHãy nạp rồi chạy lại (sửa đường dẫn nếu tệp nằm nơi khác):\n  troly ingest {files}"
    )
