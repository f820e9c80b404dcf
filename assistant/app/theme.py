"""Colours and fonts: a calm paper-and-ink look, local fonts only, light and dark.

``style.css`` lays the page out; this theme gives gradio's own widgets the same colours. Contrast of
every pair of text and ground is at least 4.5:1 (WCAG 2.2 AA), measured by tests/test_app.py.
"""

from __future__ import annotations

import gradio as gr

UI_FONTS = ("Segoe UI", "Noto Sans", "Roboto", "Helvetica Neue", "Arial", "Liberation Sans", "sans-serif")
"""Each carries all Vietnamese letters in regular and bold; nothing is fetched."""

LIGHT = {
    "ground": "#f4f2ec",
    "paper": "#ffffff",
    "ink": "#1f2a30",
    "soft": "#55626a",
    "line": "#dcd8cd",
    "accent": "#0f5c5c",
    "accent-ink": "#ffffff",
    "tint": "#e6f0ee",
    "mark": "#ffe9a8",
    "mark-ink": "#2b2200",
    "warn": "#fdf3dc",
    "warn-ink": "#6b4600",
    "warn-line": "#b97a00",
    "field": "#848c8c",
}
DARK = {
    "ground": "#14191c",
    "paper": "#1c2327",
    "ink": "#e7ebea",
    "soft": "#a5b1b4",
    "line": "#333d42",
    "accent": "#6cc5bd",
    "accent-ink": "#06201f",
    "tint": "#1f3536",
    "mark": "#6a5312",
    "mark-ink": "#fff6da",
    "warn": "#33290f",
    "warn-ink": "#f3d692",
    "warn-line": "#c99a35",
    "field": "#7b888d",
}


def css_variables() -> str:
    """Return both palettes as CSS custom properties (``--ink`` …), dark under gradio's ``.dark``."""
    light = ";".join(f"--{name}:{value}" for name, value in LIGHT.items())
    dark = ";".join(f"--{name}:{value}" for name, value in DARK.items())
    return f":root{{{light};color-scheme:light}}.dark{{{dark};color-scheme:dark}}"


def office_theme() -> gr.themes.Base:
    """Return the gradio theme: our palettes on its widgets, no font from any other host."""
    theme = gr.themes.Base(
        font=list(UI_FONTS),
        font_mono=["Consolas", "Noto Sans Mono", "monospace"],
        radius_size=gr.themes.sizes.radius_md,
    )
    pairs = {
        "body_background_fill": "ground",
        "body_text_color": "ink",
        "body_text_color_subdued": "soft",
        "background_fill_primary": "paper",
        "background_fill_secondary": "ground",
        "border_color_primary": "line",
        "block_background_fill": "ground",
        "input_background_fill": "paper",
        "input_border_color": "line",
        "input_border_color_focus": "accent",
        "input_placeholder_color": "soft",
        "button_primary_background_fill": "accent",
        "button_primary_background_fill_hover": "accent",
        "button_primary_text_color": "accent-ink",
        "button_primary_text_color_hover": "accent-ink",
        "link_text_color": "accent",
        "color_accent": "accent",
        "color_accent_soft": "tint",
    }
    values: dict[str, str] = {}
    for variable, name in pairs.items():
        values[variable] = LIGHT[name]
        # gradio has no dark twin of the accent itself; its widgets take the soft one.
        if variable != "color_accent":
            values[f"{variable}_dark"] = DARK[name]
    return theme.set(
        **values,
        block_border_width="0px",
        block_shadow="none",
        block_padding="0px",
        layout_gap="0px",
    )
