"""No text from outside moves a terminal, and nothing of it is lost where the medium can keep it."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.safe_text import escaped, json_text, safe_copy, safe_line, safe_lines

ANY = st.text(st.characters(exclude_categories=()), max_size=60)
KEPT = {"\u200c", "\u200d"}
"""Joiners: scripts and emoji are not written without them."""
ACTIVE = {"Cc", "Zl", "Zp", "Cs"}


def acts(text: str) -> set[str]:
    """The characters of `text` that a terminal acts on, or that cannot be seen."""
    return {char for char in text if unicodedata.category(char) in ACTIVE or escaped(char) != char}


@pytest.mark.parametrize(
    "code", [0x1B, 0x9B, 0x9D, 0x00, 0x0D, 0x07, 0x7F, 0x202E, 0x2066, 0x200B, 0x061C, 0xFEFF, 0xE0041]
)
def test_each_of_them_is_defused(code: int) -> None:
    """Escape, C1, NUL, return, bell, delete, direction, hidden and tag characters: marked on a line, numbered in JSON."""
    text = f"a{chr(code)}b"
    assert not acts(safe_line(text)) and chr(code) not in safe_lines(text) and chr(code) not in json_text(text)


@given(ANY)
def test_a_line_is_one_line_that_acts_on_nothing(text: str) -> None:
    """Whatever it held."""
    assert not acts(safe_line(text)) and len(safe_line(text).splitlines()) <= 1


@given(ANY)
def test_a_copy_keeps_its_lines_and_its_tabs_alone(text: str) -> None:
    """Nothing else of what a terminal acts on is pasted."""
    assert acts(safe_copy(text)) <= {"\n", "\t"}


@given(st.text(max_size=60))
def test_json_gives_back_what_was_put_in(text: str) -> None:
    """Escaped as JSON does it, above U+FFFF as well."""
    assert json.loads(json_text([text, {text: None}])) == [text, {text: None}]


@given(ANY)
def test_json_acts_on_nothing(text: str) -> None:
    """Not even DEL, which JSON itself leaves as it is."""
    assert not acts(json_text(text)) and not acts(json_text(text, ascii_only=True))


def test_scripts_and_emoji_are_left_alone() -> None:
    """What people write stays what it is."""
    for text in ("Ünal & Søn", "नमस्ते", "می‌خواهم", "👩‍⚖️", "日本語", "العربية"):
        assert safe_line(text) == text == escaped(text)
