"""What is drawn can be read, in every theme: ratios are computed from the theme's own colours."""

import pytest
from rich.color import Color as RichColor
from textual.color import Color
from textual.theme import Theme

from console.chassis.inks import LEGIBLE, contrast, inks_of, seen
from console.chassis.theme import THEMES

BARS = {"cursor": "cursor", "blurred": "cursor-blurred"}


def drawn(theme: Theme, colour: RichColor | None) -> Color:
    """A colour that a list is drawn with, as it is seen."""
    found = [seen(word) for word in theme.variables.values() if _rich(word) == colour]
    assert found, f"{colour} is no colour of the theme {theme.name}"
    return found[0]


def _rich(word: str) -> RichColor | None:
    try:
        return Color.parse(word).rich_color
    except ValueError:
        return None


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("bar", BARS)
def test_every_ink_is_legible_on_the_cursor_bar(theme: Theme, bar: str) -> None:
    """At least 4.5 to 1 (WCAG 2.2, level AA), dim inks too."""
    ground = seen(theme.variables[f"ledger-{BARS[bar]}"])
    styles = {name: style for name, style in inks_of(theme.name).items() if name.startswith(f"{bar}--")}
    assert len(styles) >= 9
    ratios = {name: round(contrast(drawn(theme, style.color), ground), 2) for name, style in styles.items()}
    assert not {name: ratio for name, ratio in ratios.items() if ratio < LEGIBLE}


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white is 21 to 1, a colour on itself 1 to 1, and #777777 on white just below 4.5."""
    white = Color.parse("#ffffff")
    assert round(contrast(Color.parse("#000000"), white), 2) == 21
    assert contrast(white, white) == 1
    assert 4.4 < contrast(Color.parse("#777777"), white) < LEGIBLE
