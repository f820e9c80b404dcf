"""Printed capitals -> normal spelling, taken from the text itself where it says so."""

from __future__ import annotations

import re

# Words after which a name begins: "tỉnh Lai Châu", "xã Bình Lư".
_NAME_FOLLOWS = {"tỉnh", "xã", "phường", "huyện", "quận", "khu"}
_CAPITALISED = {"việt", "nam", "đảng"}


def recase(printed: str, *texts: str) -> str:
    """Return ``printed`` ("TỔ CHỨC CHÍNH PHỦ") as the document spells it within sentences.

    The first occurrence in ``texts`` decides; without one, "Ủy ban nhân dân tỉnh Lai Châu" is
    guessed for bodies whose name ends with a place. Text that is not all capitals stays as it is.
    """
    printed = " ".join(printed.split())
    if not printed.isupper():
        return printed
    pattern = re.compile(r"\s+".join(re.escape(word) for word in printed.split()), re.I)
    for text in texts:
        for match in pattern.finditer(text):
            found = " ".join(match[0].split())
            if not found.isupper():
                return found[0].upper() + found[1:]
    return _guess(printed)


def _guess(printed: str) -> str:
    words = printed.lower().split()
    result: list[str] = []
    name = False
    for index, word in enumerate(words):
        capital = index == 0 or name or word in _CAPITALISED
        result.append(word.capitalize() if capital else word)
        name = name or word in _NAME_FOLLOWS
    return " ".join(result)
