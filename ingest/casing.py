"""Printed capitals -> normal spelling, taken from the text itself where it says so."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

# Words after which a name begins: "tỉnh Lai Châu", "xã Bình Lư".
_NAME_FOLLOWS = {"tỉnh", "xã", "phường", "huyện", "quận", "khu"}
# … and after which one word does: "Sở Nội vụ", "Bộ Tài chính" (but "Bộ trưởng").
_WORD_FOLLOWS = {"sở", "bộ", "phòng"}
_NO_NAME = {"trưởng"}
_CAPITALISED = {"việt", "nam", "đảng"}


def recase(printed: str, *texts: str) -> str:
    """Return ``printed`` ("TỔ CHỨC CHÍNH PHỦ") as the document spells it within sentences.

    The first occurrence in ``texts`` decides; without one, each pair of words is spelt as the texts
    mostly spell it, and a place name is told by the word before it ("tỉnh", "xã" …). Text that is not
    all capitals stays as it is.
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
    return _guess(printed, " ".join(texts))


def _guess(printed: str, text: str) -> str:
    words = printed.lower().split()
    for index, pair in enumerate(pairwise(words)):
        spelt = Counter(re.findall(rf"\b{re.escape(' '.join(pair))}\b", text, re.I)).most_common()
        # A pair in capitals throughout tells nothing.
        usual = next((found for found, _ in spelt if not found.isupper()), None)
        if usual:
            words[index], words[index + 1] = usual.split()
    result: list[str] = []
    name = False
    for index, word in enumerate(words):
        after = index > 0 and words[index - 1].lower() in _WORD_FOLLOWS and word not in _NO_NAME
        capital = index == 0 or name or after or word in _CAPITALISED
        result.append(word[0].upper() + word[1:] if capital else word)
        name = name or word.lower() in _NAME_FOLLOWS
    return " ".join(result)
