"""Vietnamese before Unicode: TCVN3 (fonts ".Vn…"), VNI (fonts "VNI-…") and Windows-1258 -> Unicode.

The three reuse the code points of Western letters, so text in one of them looks like text in any other.
``convert`` is exact where the font tells the encoding; ``detect`` measures, for text without fonts, how
many of the syllables that carry a mark are Vietnamese ones after each conversion.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from corpus.text import normalise
from corpus.words import known_syllables

Legacy = Literal["tcvn3", "vni", "windows-1258"]
LEGACY: Mapping[str, Legacy] = {"tcvn3": "tcvn3", "vni": "vni", "windows-1258": "windows-1258"}
"""The names that ``--encoding`` accepts."""

# TCVN 5712:1993, VN3: one code a letter (checked against iconv's TCVN). Capitals with tones have no
# codes: capital fonts (".VnTimeH") show the small letters' codes as capitals.
_TCVN3 = str.maketrans(
    "\xb5\xb6\xb7\xb8\xb9\xa8\xbb\xbc\xbd\xbe\xc6\xa9\xc7\xc8\xc9\xca\xcb\xae\xcc\xce\xcf\xd0\xd1\xaa\xd2\xd3"
    "\xd4\xd5\xd6\xd7\xd8\xdc\xdd\xde\xdf\xe1\xe2\xe3\xe4\xab\xe5\xe6\xe7\xe8\xe9\xac\xea\xeb\xec\xed\xee\xef"
    "\xf1\xf2\xf3\xf4\xad\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xa1\xa2\xa3\xa4\xa5\xa6\xa7",
    "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂÊÔƠƯĐ",
)
# VNI-Windows: a base letter and a code for its mark; a few letters have a code of their own.
_VNI_MARKS = {
    **dict(zip("øùûõï", "\u0300\u0301\u0309\u0303\u0323", strict=True)),
    **{
        mark: "\u0302" + tone
        for mark, tone in zip("âàáåãä", ("", *"\u0300\u0301\u0309\u0303\u0323"), strict=True)
    },
    **{
        mark: "\u0306" + tone
        for mark, tone in zip("êèéúüë", ("", *"\u0300\u0301\u0309\u0303\u0323"), strict=True)
    },
}
_VNI_SINGLE = dict(zip("ìíæóòôöîñ", "ìíỉĩịơưỵđ", strict=True))
_VNI_PAIR = re.compile(r"([aeouyôö])([øùûõïâàáåãäêèéúüë])|([ìíæóòôöîñ])", re.I)
_WORD = re.compile(r"[^\W\d_]+")
_LINE = re.compile(r"[^\r\n]+")


def convert(text: str, encoding: Legacy, *, capitals: bool = False) -> str:
    """Return ``text`` (its code points are the old bytes, as in cp1252) in Unicode, NFC.

    ``capitals``: the font shows every letter as a capital (".VnTimeH"). Windows-1258 text must have
    been decoded as such; only its combining tones are composed.
    """
    if encoding == "tcvn3":
        # Word keeps symbol fonts in the private area U+F000..U+F0FF.
        text = "".join(chr(ord(c) - 0xF000) if 0xF020 <= ord(c) <= 0xF0FF else c for c in text)
        text = text.translate(_TCVN3)
        return text.upper() if capitals else _LINE.sub(_capital_line, text)
    if encoding == "vni":
        text = _VNI_PAIR.sub(_vni_letter, text)
    return unicodedata.normalize("NFC", text)


def _vni_letter(match: re.Match[str]) -> str:
    base, mark, single = match.groups()
    if single:
        letter = _VNI_SINGLE[single.lower()]
        return letter.upper() if single.isupper() else letter
    shown = _VNI_SINGLE.get(base.lower(), base.lower())
    letter = unicodedata.normalize("NFC", shown + _VNI_MARKS[mark.lower()])
    return letter.upper() if base.isupper() else letter


def _capital_line(match: re.Match[str]) -> str:
    """Give toned letters in lines and words of capitals their capitals: "CéNG" became "CộNG"."""
    line = match[0]
    return line.upper() if _in_capitals(line, 4) else _WORD.sub(_capital_word, line)


def _capital_word(match: re.Match[str]) -> str:
    return match[0].upper() if _in_capitals(match[0], 2) else match[0]


def _in_capitals(text: str, least: int) -> bool:
    """True when all plain letters, at least ``least``, are capitals ("Tự" has one and tells nothing)."""
    plain = [c for c in text if c.isascii() and c.isalpha()]
    return len(plain) >= least and all(c.isupper() for c in plain)


def font_encoding(font: str) -> Legacy | None:
    """Return the encoding that a font's name tells: ".VnTime" TCVN3, "VNI-Times" VNI."""
    name = font.strip().lower()
    if name.startswith(".vn"):
        return "tcvn3"
    return "vni" if re.match(r"vni[- ]", name) else None


def capital_font(font: str) -> bool:
    """True for a TCVN3 font that shows capitals only: its name ends with H (".VnArialH")."""
    return font.strip().endswith("H")


@dataclass(frozen=True, slots=True)
class Score:
    """How a text reads under one encoding: marked syllables, and the share that is Vietnamese."""

    encoding: str
    text: str
    marked: int
    share: float


def score(encoding: str, text: str) -> Score:
    """Return how much of ``text`` is Vietnamese: of its words with a letter outside ASCII."""
    known = known_syllables()
    words = [w.lower() for w in _WORD.findall(unicodedata.normalize("NFC", text)) if not w.isascii()]
    good = sum(word in known or normalise(word) in known for word in words)  # "hoà": our list has "hòa"
    return Score(encoding, text, len(words), good / len(words) if words else 0.0)


def candidates(data: bytes) -> list[Score]:
    """Return the readings of bytes that are no Unicode, the most Vietnamese one first."""
    western = data.decode("cp1252", "replace")
    readings = {
        "tcvn3": convert(western, "tcvn3"),
        "vni": convert(western, "vni"),
        "windows-1258": convert(data.decode("cp1258", "replace"), "windows-1258"),
    }
    return sorted((score(name, text) for name, text in readings.items()), key=lambda s: -s.share)


def mistaken(text: str) -> list[Score]:
    """Return the readings of Unicode text that was TCVN3 or VNI all the same ("Céng hßa x· héi")."""
    readings = {name: convert(text, name) for name in ("tcvn3", "vni")}
    scores = [score("utf-8", text), *(score(name, read) for name, read in readings.items())]
    return sorted(scores, key=lambda s: -s.share)
