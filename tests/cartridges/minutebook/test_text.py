"""Extracted text as numbered lines."""

from hypothesis import given
from hypothesis import strategies as st

from console.cartridges.minutebook.text import numbered


def drawn(text: str, width: int = 30, **how: object) -> list[str]:
    return ["".join(piece for _, piece in line) for line in numbered(text, width, **how).lines]  # type: ignore[arg-type]


def test_lines_keep_their_numbers_when_they_wrap() -> None:
    """A long line is one number; what follows it is numbered on."""
    assert drawn("one two three four five six seven\nshort") == [
        "    1 │ one two three four",
        "      │ five six seven",
        "    2 │ short",
    ]


def test_the_line_that_a_claim_names_is_pointed_at() -> None:
    """Every row of it has the sign, and `row_of` finds its first row."""
    paged = numbered("a\nb b b b b b b b b b b b b b b\nc", 30, here=2)
    assert paged.row_of(2) == 1
    assert [line[0][1].endswith("▶ ") for line in paged.lines] == [False, True, True, False]


def test_searched_words_are_marked() -> None:
    """Wherever they stand, without regard to case."""
    paged = numbered("The Lease of a lease", 40, words=["lease"])
    assert [piece for tone, piece in paged.lines[0] if tone == "mark"] == ["Lease", "lease"]


def test_a_line_beyond_the_end_is_the_last_one() -> None:
    """A claim whose line the text does not have points at the end, never outside."""
    assert numbered("a\nb", 30).row_of(99) == 1


@given(st.text(max_size=300), st.integers(20, 90))
def test_no_text_breaks_out_of_its_panel(text: str, width: int) -> None:
    """No row is wider than the panel, and nothing but printable text is in it."""
    from rich.cells import cell_len

    for row in drawn(text, width):
        assert cell_len(row) <= max(width, 26)
        assert "\x1b" not in row
