"""Which line breaks are taken for wraps."""

import pytest

from totebox.services.extraction.flow import flow


@pytest.mark.parametrize(("length", "joint"), [(45, " "), (44, "\n")])
def test_a_line_of_a_narrow_text_is_full_from_45_characters_on(length: int, joint: str) -> None:
    """A shorter one ends where its writer ended it."""
    assert flow("a" * length + "\nshort") == "a" * length + joint + "short"


def test_a_line_is_full_by_the_measure_of_the_longest_quarter() -> None:
    """Of four lines one has 100 characters: a line of 60 is not full, though most lines are no longer."""
    text = "\n".join(("a" * 60, "b" * 50, "c" * 60, "d" * 100))
    assert flow(text) == text
