"""Who may change the library from a browser: a passphrase, short sessions, a lock after repeated failures."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.passphrase import fits, stored_hash
from corpus.settings import Settings

FAILURES = 5
"""Wrong passphrases in a row before the lock closes."""
FIRST_LOCK_S, LONGEST_LOCK_S = 60.0, 3600.0
"""Seconds the lock stays closed: doubled each time, at most an hour. For everybody: addresses can be forged
behind a proxy, and a library changes seldom."""
IDLE_S, WHOLE_S = 1800.0, 28_800.0
"""A session ends after half an hour without use, and after eight hours at the latest."""
MAX_SESSIONS = 20


class NotSet(Exception):
    """No passphrase is set: nobody gets in."""


class Wrong(Exception):
    """Not the passphrase; ``left`` is how many more may be tried."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


class Locked(Exception):
    """Too many failures; ``seconds`` until the next try counts."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(slots=True)
class _Session:
    hashed: str  # of the passphrase that opened it: another one ends it
    began: float
    used: float


@dataclass(slots=True)
class _Tries:
    failed: int = 0
    locks: int = 0
    until: float = 0.0


@dataclass
class Guard:
    """Sessions of one running server; nothing of them is written down. Safe to share between threads."""

    settings: Settings
    clock: Callable[[], float] = time.monotonic
    _sessions: dict[str, _Session] = field(default_factory=dict)
    _tries: _Tries = field(default_factory=_Tries)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_set(self) -> bool:
        """True where a passphrase is set."""
        return bool(stored_hash(self.settings))

    def unlock(self, phrase: str) -> str:
        """Return the token of a new session. Raises ``NotSet``, ``Locked`` or ``Wrong``.

        One try at a time: many at once neither slip past the count nor keep the machine busy.
        """
        with self._lock:
            hashed = stored_hash(self.settings)
            if not hashed:
                raise NotSet
            now = self.clock()
            if now < self._tries.until:
                raise Locked(int(self._tries.until - now) + 1)
            if not fits(hashed, phrase):
                self._failed(now)
            self._tries = _Tries()
            token = secrets.token_urlsafe(32)
            live = sorted(self._sessions.items(), key=lambda item: item[1].used)
            for key, _ in live[: max(0, len(live) - MAX_SESSIONS + 1)]:
                del self._sessions[key]
            self._sessions[_key(token)] = _Session(hashed, now, now)
            return token

    def _failed(self, now: float) -> None:
        tries = self._tries
        tries.failed += 1
        if tries.failed < FAILURES:
            raise Wrong(FAILURES - tries.failed)
        wait = min(LONGEST_LOCK_S, FIRST_LOCK_S * 2**tries.locks)
        tries.failed, tries.locks, tries.until = 0, tries.locks + 1, now + wait
        raise Locked(int(wait))

    def admits(self, token: str | None) -> bool:
        """True for the token of a live session, which it keeps alive."""
        if not token:
            return False
        with self._lock:
            key, now = _key(token), self.clock()
            session = self._sessions.get(key)
            if session is None:
                return False
            stale = now - session.used > IDLE_S or now - session.began > WHOLE_S
            if stale or session.hashed != stored_hash(self.settings):
                del self._sessions[key]
                return False
            session.used = now
            return True

    def leave(self, token: str | None) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(_key(token or ""), None)


def _key(token: str) -> str:
    """Return what a token is kept under: memory holds no token that would open anything."""
    return hashlib.sha256(token.encode()).hexdigest()
