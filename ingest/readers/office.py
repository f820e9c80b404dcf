"""Old Word files (.doc), .rtf and .odt: LibreOffice turns them into .docx, in a profile of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from corpus.errors import TrolyError

TIMEOUT_S = 180
"""For one file; 66.7/2025/NQ-CP (3.7 MB, the largest shared .doc) takes 9 s on the 2-core machine."""

INSTALL = "apt install libreoffice-writer-nogui (Debian, Ubuntu), hoặc bộ cài LibreOffice cho Windows"
_NAMES = ("soffice", "libreoffice")
_PLACES = (
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice/program/soffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.exe",
)


def find_soffice() -> str | None:
    """Return the path of LibreOffice, None where it is not installed."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    return found or next((place for place in _PLACES if Path(place).is_file()), None)


def to_docx(name: str, suffix: str, data: bytes) -> bytes:
    """Return the file converted to .docx. Raises ``TrolyError`` without LibreOffice, or where it fails."""
    soffice = find_soffice()
    if soffice is None:
        raise TrolyError(
            f"Để đọc tệp {name} ({suffix}) cần LibreOffice trên máy này. Hãy cài: {INSTALL}; "
            "hoặc mở tệp bằng Word, chọn “Lưu thành” .docx rồi nạp tệp .docx đó."
        )
    with tempfile.TemporaryDirectory(prefix="troly-office-", ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        (work / f"in{suffix}").write_bytes(data)
        if not convert(soffice, work, f"in{suffix}", "docx"):
            raise TrolyError(
                f"LibreOffice không mở được tệp {name} trong {TIMEOUT_S} giây; có thể tệp hỏng, có mật khẩu. "
                "Hãy mở bằng Word, chọn “Lưu thành” .docx rồi nạp tệp .docx đó."
            )
        return (work / "in.docx").read_bytes()


def convert(soffice: str, work: Path, name: str, target: str) -> bool:
    """Convert ``work/name`` beside itself; return whether a result came in time.

    A profile of its own (an open LibreOffice window would otherwise take the call), macros and links off
    by the defaults of a fresh profile, no network proxy, and its whole process group ended afterwards.
    """
    command = [
        soffice, f"-env:UserInstallation={(work / 'profile').as_uri()}", "--headless", "--norestore",
        "--nolockcheck", "--nodefault", "--convert-to", target, "--outdir", str(work), str(work / name),
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=os.name == "posix",
        env={**os.environ, "HOME": str(work), "SAL_USE_VCLPLUGIN": "svp"},
    )
    try:
        process.wait(TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return False
    finally:
        _end(process)
    return (work / f"{Path(name).stem}.{target}").is_file()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End LibreOffice with its children: the launcher alone would leave the office process running."""
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:  # pragma: no cover
            subprocess.run(
                ["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False
            )
    process.wait()
