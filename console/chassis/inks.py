"""Inks: what lists, panels and the frame's lines are drawn with, by name; resolved once a theme.

Not component classes: Textual resolves each of those again for every widget that has them, at its start and at every
change of a class or of the focus. Twenty names on a screen of ten lists are two hundred resolutions before the first picture.
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
    "title": "key",
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
    "table--sorted": ("key", "paper", True),
    "table--filter": ("key", "raised", False),
    "table--empty": ("muted", "paper", False),
}
"""By name: the ink, the ground, and whether it is bold."""


def inks(widget: Widget) -> Mapping[str, Style]:
    """The inks of the theme that `widget` is drawn in. Costs a look into a dict."""
    return _of(widget.app.theme)


@cache
def _of(theme: str) -> Mapping[str, Style]:
    chosen = next((each for each in THEMES if each.name == theme), THEMES[0])
    words = {name.removeprefix("ledger-"): value for name, value in chosen.variables.items()}

    def style(ink: str, ground: str, bold: bool) -> Style:
        return Style(color=Color.parse(words[ink]).rich_color, bgcolor=Color.parse(words[ground]).rich_color, bold=bold)

    return {
        **{f"tone--{name}": style(ink, "paper", name in _BOLD_TONES) for name, ink in _TONES.items()},
        **{f"chrome--{name}": style(ink, "raised", name in _BOLD_CHROME) for name, ink in _CHROME.items()},
        **{name: style(*parts) for name, parts in _OTHERS.items()},
        "table--cursor": Style(bgcolor=Color.parse(words["cursor"]).rich_color, bold=True),
        "table--cursor-blurred": Style(bgcolor=Color.parse(words["cursor-blurred"]).rich_color),
    }
