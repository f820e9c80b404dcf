"""Characters of symbol fonts (Wingdings and its like), which lie in the private area U+F000..U+F0FF."""

from __future__ import annotations

_FONTS = ("wingdings", "webdings", "symbol", "marlett")
# What forms use, by the low byte: boxes, ticks, bullets, arrows. Others are ornament and left out.
_SYMBOLS = {
    **dict.fromkeys((0x6F, 0x71, 0x72, 0xA3, 0xA8), "□"),
    **dict.fromkeys((0x52, 0x53, 0x78, 0xFD, 0xFE), "☑"),
    0xFC: "✓",
    0xB7: "•",
    0xE0: "→",
    0xF0: "→",
}


def is_symbol_font(font: str) -> bool:
    """True for a font whose characters are pictures."""
    return font.lower().startswith(_FONTS)


def is_private(char: str) -> bool:
    """True for a character of the area that symbol fonts use."""
    return "\uf000" <= char <= "\uf0ff"


def symbol(code: int) -> str:
    """Return the Unicode character for a symbol font's code, "" for ornament."""
    return _SYMBOLS.get(code & 0xFF, "")
