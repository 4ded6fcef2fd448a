"""Inks: the styles of lists, panels and the frame's lines, by name; resolved once for each theme.

They are no component classes: Textual resolves each of those again for every widget that has them, at its start and at
every change of a class or of the focus. Twenty names on a screen of ten lists are two hundred resolutions before the
first picture.
"""

from collections.abc import Mapping
from functools import cache

from rich.style import Style
from textual.color import Color
from textual.widget import Widget

from console.chassis.theme import THEMES

_TONES = {
    "plain": "ink",
    "label": "label",
    "good": "good",
    "notice": "notice",
    "warn": "warn",
    "bad": "bad",
    "muted": "muted",
    "stale": "stale",
    "title": "ink",
}
_BOLD_TONES = {"bad", "title"}
_CHROME = {
    "key": "key",
    "text": "ink",
    "label": "label",
    "muted": "stale",
    "good": "good",
    "notice": "notice",
    "warn": "warn",
    "bad": "bad",
}
_BOLD_CHROME = {"key", "bad"}
_OTHERS = {
    "tone--mark": ("on", "warn", False),
    "chrome--active": ("on", "key", True),
    "table--head": ("label", "paper", True),
    "table--sorted": ("ink", "paper", True),
    "table--filter": ("key", "raised", False),
    "table--empty": ("muted", "paper", False),
}
"""By name: the foreground, the background, and whether it is bold."""


LEGIBLE = 4.5
"""The contrast of text that WCAG 2.2 asks for (1.4.3, level AA)."""
_BARS = {"cursor": "cursor", "blurred": "cursor-blurred"}
"""The background of the bar under the cursor, by its name in `toned`."""
_XTERM = {
    "ansi_default": "#000000",
    "ansi_black": "#000000",
    "ansi_blue": "#0000ee",
    "ansi_white": "#e5e5e5",
    "ansi_yellow": "#cdcd00",
    "ansi_bright_black": "#7f7f7f",
    "ansi_bright_red": "#ff0000",
    "ansi_bright_green": "#00ff00",
    "ansi_bright_yellow": "#ffff00",
    "ansi_bright_cyan": "#00ffff",
}
"""The colours of the theme `ansi` as xterm shows them; other terminals come near it."""


def inks(widget: Widget) -> Mapping[str, Style]:
    """The inks of the theme of `widget`. Costs one lookup."""
    return inks_of(widget.app.theme)


def toned(widget: Widget, tone: str, ground: str = "") -> Style:
    """The ink of `tone` ('' plain) on the background, or on the bar of a list with focus (`cursor`) or without
    (`blurred`).
    """
    return inks(widget)[f"{ground or 'tone'}--{tone or 'plain'}"]


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Color) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def seen(word: str) -> Color:
    """A colour of a theme as it is seen: one of the terminal's own colours as xterm shows it."""
    return Color.parse(_XTERM.get(word, word))


@cache
def inks_of(theme: str) -> Mapping[str, Style]:
    """The inks of one theme, by name."""
    chosen = next((each for each in THEMES if each.name == theme), THEMES[0])
    words = {name.removeprefix("ledger-"): value for name, value in chosen.variables.items()}

    def style(ink: str, ground: str, bold: bool) -> Style:
        return Style(color=Color.parse(words[ink]).rich_color, bgcolor=Color.parse(words[ground]).rich_color, bold=bold)

    def on_bar(name: str, ground: str) -> Style:
        """The style of a tone on the bar: the plain ink where the tone is not legible there, because the words beside
        it say the same.
        """
        ink = _TONES[name] if contrast(seen(words[_TONES[name]]), seen(words[ground])) >= LEGIBLE else "ink"
        return style(ink, ground, name in _BOLD_TONES or ground == "cursor")

    return {
        **{f"tone--{name}": style(ink, "paper", name in _BOLD_TONES) for name, ink in _TONES.items()},
        **{f"{bar}--{name}": on_bar(name, ground) for bar, ground in _BARS.items() for name in _TONES},
        **{f"chrome--{name}": style(ink, "raised", name in _BOLD_CHROME) for name, ink in _CHROME.items()},
        **{name: style(*parts) for name, parts in _OTHERS.items()},
    }
