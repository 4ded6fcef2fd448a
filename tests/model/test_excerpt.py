"""A source line with the claimed part marked."""

from hypothesis import given
from hypothesis import strategies as st

from console.model.excerpt import excerpt


def text_of(lines: list[list[tuple[bool, str]]]) -> list[str]:
    return ["".join(piece for _, piece in line) for line in lines]


def marked(lines: list[list[tuple[bool, str]]]) -> str:
    return "".join(piece for line in lines for is_claim, piece in line if is_claim)


def test_the_marks_of_the_extraction_are_followed() -> None:
    """What stands between the brackets is the claim, even where its value was normalised."""
    lines = excerpt("payable to ⟦DE89 3704⟧ at once", "DE893704", 60)
    assert (text_of(lines), marked(lines)) == (["payable to DE89 3704 at once"], "DE89 3704")


def test_without_marks_the_value_is_looked_for() -> None:
    """Case does not matter."""
    assert marked(excerpt("Ms. ADA OKAFOR signs", "Ada Okafor", 60)) == "ADA OKAFOR"


def test_a_line_is_cut_at_blanks_and_the_mark_goes_on() -> None:
    """A claim across a cut is marked on both lines."""
    lines = excerpt("by Dr. ⟦Karin Lindqvist⟧ of Hamburg", "", 14)
    assert text_of(lines) == ["by Dr. Karin", "Lindqvist of", "Hamburg"]
    assert [piece for line in lines for is_claim, piece in line if is_claim] == ["Karin", "Lindqvist"]


@given(st.text(max_size=200), st.text(max_size=20), st.integers(8, 80))
def test_nothing_is_lost_and_nothing_is_too_long(text: str, value: str, room: int) -> None:
    """All characters but the blanks at cuts are there, in lines of at most `room`."""
    lines = excerpt(text, value, room)
    assert all(len(line) <= room for line in text_of(lines))
    plain = text.replace("⟦", "").replace("⟧", "").replace(" ", "")
    assert "".join(text_of(lines)).replace("⟦", "").replace("⟧", "").replace(" ", "") == plain
