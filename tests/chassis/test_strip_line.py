"""The strip of keys as it is drawn."""

import pytest

from console.chassis.columns import around
from console.chassis.theme import DARK
from tests.chassis.stage import stage

pytestmark = pytest.mark.anyio
NARROW = " 1HELP 2PEOPLE 3 4 5MINUTEBOOK 6 7 8LEDGER 9 10FLEET 11SYSTEM 12INPUT"
NUMBERED = ["HELP", "PEOPLE", "email", "content", "MINUTEBOOK", "bookkeeper"]
NUMBERED += ["search", "LEDGER", "models", "FLEET", "SYSTEM", "INPUT"]


@pytest.mark.parametrize(("width", "gap", "lead"), [(120, 2, ""), (160, 3, "F"), (200, 4, "F")])
async def test_keys_stand_apart_as_far_as_there_is_room(width: int, gap: int, lead: str) -> None:
    """All have the same gap, at most four blanks; before the first there is one blank."""
    async with stage(width) as it:
        strip = next(row for row in it.rows if "HELP" in row and "MINUTEBOOK" in row)
        names = (f"{lead}{at}{' ' if lead else ''}{title}" for at, title in enumerate(NUMBERED, 1))
        assert strip == " " + (" " * gap).join(names)


async def test_a_full_strip_has_one_blank_between_its_keys() -> None:
    """At 80 columns there is no room for more."""
    async with stage(80) as it:
        assert NARROW in it.rows


def test_a_text_that_just_fits_is_not_cut() -> None:
    """A text as wide as its column is whole, wherever the wanted word stands."""
    assert around("0123456789", "89", 10) == "0123456789"


def test_the_dark_theme_is_dark() -> None:
    """The shades that Textual derives for its own widgets follow from it."""
    assert DARK.dark


@pytest.mark.parametrize("width", [80, 120, 200])
async def test_the_clock_stands_at_the_right_edge(width: int) -> None:
    """The right part of the status line is aligned right at every width, as far from the edge as its parts are apart."""
    async with stage(width) as it:
        assert it.rows[-1].endswith("02:31Z") and len(it.rows[-1]) == width - 4
