"""The passphrase of whoever looks after the library: kept as an argon2id hash, none by default.

Without one nobody can change the library from a browser; ``troly admin set-passphrase`` sets it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from corpus.errors import TrolyError, UsageError
from corpus.settings import Settings

SHORTEST = 10
"""Characters of a passphrase at least; NIST SP 800-63B asks for 8 where nothing else guards."""
LONGEST = 200


def passphrase_path(settings: Settings) -> Path:
    """Return the file that holds the hash."""
    return settings.data_dir / "admin.json"


def stored_hash(settings: Settings) -> str:
    """Return the hash in use, "" where none is set or the file cannot be understood (nobody gets in)."""
    try:
        data = json.loads(passphrase_path(settings).read_text(encoding="utf-8"))
        return str(data["passphrase"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def set_passphrase(settings: Settings, phrase: str) -> None:
    """Store the hash of a passphrase in place of any other. Raises ``UsageError`` where it is too short."""
    from argon2 import PasswordHasher

    if not SHORTEST <= len(phrase) <= LONGEST:
        raise UsageError(
            f"Cụm mật khẩu phải dài từ {SHORTEST} đến {LONGEST} ký tự; nên dùng bốn, năm từ dễ nhớ."
        )
    path = passphrase_path(settings)
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        opened = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            json.dump({"passphrase": PasswordHasher().hash(phrase)}, file)
        os.replace(part, path)
    except OSError as error:
        raise TrolyError(
            f"Không ghi được {path} ({error}). Hãy kiểm tra quyền của thư mục dữ liệu."
        ) from error


def remove_passphrase(settings: Settings) -> bool:
    """Take the passphrase away: the library is read-only in browsers again. Return whether there was one."""
    path = passphrase_path(settings)
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def fits(hashed: str, phrase: str) -> bool:
    """True where ``phrase`` is the one that was hashed; takes some 50 ms on purpose (argon2id)."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    if not hashed or len(phrase) > LONGEST:
        return False
    try:
        return PasswordHasher().verify(hashed, phrase)
    except (VerificationError, InvalidHashError):
        return False
