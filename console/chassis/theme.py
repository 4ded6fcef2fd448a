"""Four palettes under one set of names. Style rules use only the names, so a theme is nothing but these lines."""

from typing import Final

from textual.theme import Theme

_CHROME: Final = (
    "rule",
    "key",
    "label",
    "muted",
    "stale",
    "cursor",
    "cursor-blurred",
    "raised",
    "good",
    "notice",
    "warn",
    "bad",
)


def _theme(name: str, *, dark: bool, ink: str, paper: str, chrome: dict[str, str], on: str = "") -> Theme:
    """A theme. `on` is the ink on a coloured ground ('': the colour of the background). Colours of the terminal's own
    palette stay the terminal's.
    """
    assert tuple(chrome) == _CHROME, f"theme {name} must name {_CHROME}"
    return Theme(
        name=name,
        primary=chrome["key"],
        secondary=chrome["notice"],
        accent=chrome["key"],
        foreground=ink,
        background=paper,
        surface=paper,
        panel=chrome["raised"],
        success=chrome["good"],
        warning=chrome["warn"],
        error=chrome["bad"],
        dark=dark,
        ansi=paper.startswith("ansi_"),
        variables={
            **{f"ledger-{word}": colour for word, colour in chrome.items()},
            "ledger-ink": ink,
            "ledger-paper": paper,
            "ledger-on": on or paper,
            "ansi-background": paper,
            "ansi-foreground": ink,
            "footer-background": chrome["raised"],
            "scrollbar": chrome["rule"],
            "scrollbar-hover": chrome["muted"],
            "scrollbar-active": chrome["key"],
            "scrollbar-background": paper,
            "scrollbar-background-hover": paper,
            "scrollbar-background-active": paper,
            "scrollbar-corner-color": paper,
            "input-cursor-background": chrome["key"],
            "input-cursor-foreground": paper,
            "input-selection-background": chrome["cursor"],
        },
    )


DARK: Final = _theme(
    "dark",
    dark=True,
    ink="#c8ccd4",
    paper="#0a0d12",
    chrome={
        "rule": "#2a313c",
        "key": "#ffb13d",
        "label": "#8b95a5",
        "muted": "#6d7787",
        "stale": "#596271",
        "cursor": "#1d3350",
        "cursor-blurred": "#18202b",
        "raised": "#141922",
        "good": "#5fc98b",
        "notice": "#6fb3ff",
        "warn": "#f2c14e",
        "bad": "#ff6b5e",
    },
)
LIGHT: Final = _theme(
    "light",
    dark=False,
    ink="#1c2330",
    paper="#fbfaf7",
    chrome={
        "rule": "#cfccc4",
        "key": "#8a4b00",
        "label": "#5b6472",
        "muted": "#6b7280",
        "stale": "#9aa1ab",
        "cursor": "#cfe0f7",
        "cursor-blurred": "#e9e7e1",
        "raised": "#efede7",
        "good": "#176b3a",
        "notice": "#1b56a8",
        "warn": "#7c5600",
        "bad": "#b3261e",
    },
)
CONTRAST: Final = _theme(
    "contrast",
    dark=True,
    ink="#ffffff",
    paper="#000000",
    chrome={
        "rule": "#ffffff",
        "key": "#ffff00",
        "label": "#ffffff",
        "muted": "#e0e0e0",
        "stale": "#c0c0c0",
        "cursor": "#0040c0",
        "cursor-blurred": "#303030",
        "raised": "#000000",
        "good": "#40ff40",
        "notice": "#60d0ff",
        "warn": "#ffd000",
        "bad": "#ff7070",
    },
)
ANSI: Final = _theme(
    "ansi",
    dark=True,
    ink="ansi_white",
    paper="ansi_default",
    on="ansi_black",
    chrome={
        "rule": "ansi_bright_black",
        "key": "ansi_bright_yellow",
        "label": "ansi_white",
        "muted": "ansi_bright_black",
        "stale": "ansi_bright_black",
        "cursor": "ansi_blue",
        "cursor-blurred": "ansi_default",
        "raised": "ansi_default",
        "good": "ansi_bright_green",
        "notice": "ansi_bright_cyan",
        "warn": "ansi_yellow",
        "bad": "ansi_bright_red",
    },
)

THEMES: Final = (DARK, LIGHT, CONTRAST, ANSI)


def after(name: str) -> str:
    """The theme that `Theme` changes to from `name`."""
    names = [theme.name for theme in THEMES]
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]
