"""Character classes of Vietnamese letters: ranges such as ``À-Ỹ`` mix capitals and small letters."""

from __future__ import annotations

import unicodedata

_BASES = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")

_MARKED = "".join(
    letter
    for base in _BASES
    for tone in _TONES
    if not (letter := unicodedata.normalize("NFC", base + tone)).isascii()
)

LOWER = f"a-zđ{_MARKED}"
"""Inside of a regex class: every small Vietnamese letter."""
UPPER = f"A-ZĐ{_MARKED.upper()}"
"""Inside of a regex class: every capital Vietnamese letter."""
