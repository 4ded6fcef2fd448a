"""Where in a text the rules for people look, and which of two equal names a hit is about."""

import pytest

from totebox.services.extraction.names import people

LOOKED_AT = 90


@pytest.mark.parametrize(("distance", "names"), [(LOOKED_AT, ["Jane Doe"]), (LOOKED_AT + 1, [])])
def test_a_mail_name_begins_in_the_90_characters_before_its_address(distance: int, names: list[str]) -> None:
    """A name that begins one character earlier is not the address's."""
    text = "Jane Doe".ljust(distance) + " <jane@x.example>"
    assert [hit.value for hit in people(text)] == names


def test_a_name_after_a_title_is_the_one_after_the_title() -> None:
    """Where the same name stands before the title too, each hit has a place of its own."""
    text = "Present: Bo Li, Professor Bo Li"
    places = [(hit.start, hit.end) for hit in people(text) if hit.rule.startswith("label")]
    assert places == [(9, 14), (26, 31)]
