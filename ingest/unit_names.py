"""Names of units in running text and in table cells, as the lexicon writes them where it knows them."""

from __future__ import annotations

import re

from corpus.lexicons import Lexicons

UNIT_WORDS = (
    "phong|van phong|trung tam|ban|cac co quan|co quan|cong an|tram|truong|doan|hoi|uy ban|hoi dong|"
    "so|thanh tra|kho bac|thue|mat tran|bo|cuc|chi cuc|to (?:cong tac|giup viec|dan pho)"
)
"""Opening words (folded) of a unit's name, for units that no lexicon knows."""

# Names that are written small; everything else begins with a capital ("Ban …" but "ban hành").
_SMALL = re.compile(r"(?:các|thôn|bản|tổ dân phố|cán bộ|công chức|hộ)\b")
_BULLET = re.compile(r"^\s*[-–•+*]\s*|(?<=\s)[-–•+]\s+(?=[^\W\d_a-zđ])")
_ENDS = " \t\n.,;:/-–•+*()"
# A line break inside a cell is a space in canonical text: a new name begins where a unit's word does.
_NEXT_UNIT = re.compile(
    r"(?<=[^\W\d_])\s+(?=(?:Phòng|Văn phòng|Trung tâm|Công an|Trạm|Ban|Trường|Hội|Đoàn|Các|Ủy ban|Mặt trận) )"
)
_HOLDS_ON = re.compile(r"(?:\b(?:và|của|thuộc|với|tại|do|tịch|viên|trưởng|phó)|[,&])\s*$", re.I)
_ASIDE = re.compile(r"\([^)]*\)")


def unit_names(text: str, lexicons: Lexicons) -> tuple[str, ...]:
    """Return the units that a cell or an enumeration names, in order, without repeats.

    Known units are named as the lexicon does; others as printed. "Văn phòng HĐND và UBND xã" is one
    unit, "Công an xã, Trạm Y tế xã" two, "các thôn, bản" one.
    """
    plain = _BULLET.sub("; ", _ASIDE.sub(" ", text))
    known = lexicons.find_units(plain)
    names: list[str] = []
    last = 0
    for mention in known:
        names += _unknown(plain[last : mention.start], lexicons)
        names.append(mention.name)
        last = mention.end
    names += _unknown(plain[last:], lexicons)
    return tuple(dict.fromkeys(names))


def _unknown(text: str, lexicons: Lexicons) -> list[str]:
    names = []
    for piece in re.split(r"[;\n]|,\s*(?=[^\W\d_a-zđ])|\s+(?:và|cùng)\s+(?=[A-ZĐ]\w+ )", text):
        for name in _by_word(piece):
            bare = re.sub(r"^(?:và|cùng|với|xã)\b", "", name.strip(_ENDS)).strip(_ENDS)
            if _names_unit(bare):
                names.append(lexicons.canonical_unit(bare) or bare)
    return names


def _by_word(piece: str) -> list[str]:
    parts: list[str] = []
    last = 0
    for match in _NEXT_UNIT.finditer(piece):
        if not _HOLDS_ON.search(piece[last : match.start()]):
            parts.append(piece[last : match.start()])
            last = match.end()
    return [*parts, piece[last:]]


def _names_unit(name: str) -> bool:
    return len(name) > 2 and (name[0].isupper() or bool(_SMALL.match(name)))
