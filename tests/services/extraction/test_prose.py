"""Text from outside is safe to keep and to draw."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totebox.services.extraction.prose import Full, Prose, clean, clean_line, decode, table_row


def test_bidi_and_control_characters_are_replaced() -> None:
    """A name cannot turn the line round or ring the bell."""
    assert clean("a\u202etxt.exe\x07\x1b[31m") == "a�txt.exe��[31m"


def test_text_is_composed() -> None:
    """Two spellings of one letter are one."""
    assert clean("Sjo\u0308berg") == "Sjöberg"


def test_line_ends_are_lf() -> None:
    """CRLF, CR, NEL and the Unicode separators end lines alike."""
    assert clean("a\r\nb\rc\x85d\u2028e\x0cf") == "a\nb\nc\nd\ne\nf"


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    """What is clean stays as it is."""
    assert clean(clean(text)) == clean(text)


@given(st.binary(max_size=400))
def test_any_bytes_decode_or_are_no_text(data: bytes) -> None:
    """Decoding raises nothing."""
    text = decode(data)
    assert text is None or isinstance(clean_line(text), str)


def test_a_bar_in_a_cell_stays_in_its_cell() -> None:
    """A cell cannot make columns."""
    assert table_row(["a|b", "c\nd"]) == "| a\\|b | c d |"


def test_full_text_keeps_whole_lines_and_says_so() -> None:
    """Truncation is stated in the text."""
    prose = Prose(10)
    prose.add("12345")
    with pytest.raises(Full):
        prose.add("67890")
    assert prose.text() == "12345\n\n[The text ends here: it is longer than 10 bytes. The original is kept whole.]\n"


def test_one_line_longer_than_everything_is_cut() -> None:
    """Even the first line has to fit."""
    prose = Prose(8)
    with pytest.raises(Full):
        prose.add("é" * 20)
    assert prose.text().startswith("ééé\n")
