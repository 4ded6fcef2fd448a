"""CSV cells: what goes in comes out, and a spreadsheet runs none of it."""

import csv
import re
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totebox.errors import RecordRejected, VaultDamaged
from totebox.vault.log.cells import BREAKS, FORMULA, are_plain, encode_line, join_line, line_cells

TEXT = st.text(st.characters(blacklist_categories=["Cs"])).filter(lambda text: not BREAKS.search(text))


@given(st.lists(TEXT, min_size=1))
def test_any_cells_read_back(cells: list[str]) -> None:
    """Every list of texts without line breaks survives; a lone empty cell is the empty line."""
    line = encode_line(cells)
    assert b"\n" not in line
    assert list(line_cells(line + b"\n")) == (cells if line else [])


@given(TEXT)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    """As a spreadsheet reads it, a cell begins with a character that starts a formula only where it is a negative number."""
    ((cell, _),) = csv.reader([encode_line([text, "x"]).decode()], strict=True)
    assert not cell.startswith(FORMULA[:-1]) or re.fullmatch(r"-[0-9]+(\.[0-9]+)?", cell, re.ASCII)


@pytest.mark.parametrize("number", ["-12.50", "-0", "-1234567890123.99"])
def test_a_negative_decimal_number_has_no_guard(number: str) -> None:
    """A spreadsheet can add it up; with a guard it is no line of ours."""
    assert (
        encode_line([number, "EUR"]) == f"{number},EUR".encode() and line_cells(f"{number},EUR".encode())[0] == number
    )
    with pytest.raises(VaultDamaged):
        line_cells(f"'{number},EUR".encode())


@pytest.mark.parametrize(
    "text", ["+49 30 1234", "=HYPERLINK(1)", "-1+2", "-1e5", "-", "-1.", "-.5", "--1", "@SUM(A1)", "'x"]
)
def test_whatever_else_begins_so_is_guarded(text: str) -> None:
    """A phone number, a formula, something that merely begins like a number: one apostrophe, which reading takes away."""
    line = encode_line([text, "x"])
    assert line.startswith(b"'" + text.encode()) and line_cells(line) == (text, "x")


@pytest.mark.parametrize("line", [b'"open', b'a"b', b"=1", b'"x"', b"\xff", b"a\rb", b'"a"b,c'])
def test_lines_that_are_not_ours_are_damage(line: bytes) -> None:
    """Unquoted formulas, needless quotes, broken quotes, bytes that are not text: not written here, not read here."""
    with pytest.raises(VaultDamaged):
        line_cells(line)


@pytest.mark.parametrize("text", ["\n", "\r", "\0", "\x85", "\u2029", "\ud800"])
def test_line_breaks_are_rejected(text: str) -> None:
    """No cell holds a line break of any kind, or half a character."""
    with pytest.raises(RecordRejected):
        encode_line(["a", f"b{text}c"])


@given(st.lists(st.text("ab ,\"'=-\t\n\x00\x85\ud800\u0308\u0338u\u00fc\u00a0", max_size=6), min_size=1))
def test_plain_cells_are_joined_as_they_are_quoted(cells: list[str]) -> None:
    """Where all are plain the quick way gives the same line, and each is NFC; where none is refused or quoted, all are plain."""
    normal = all(normalize("NFC", cell) == cell for cell in cells)
    try:
        quoted = encode_line(cells)
    except RecordRejected:
        assert not are_plain(cells)
        return
    assert are_plain(cells) == (normal and quoted == join_line(cells) and not any("," in cell for cell in cells))


@given(st.lists(TEXT, max_size=5))
def test_whatever_is_plain_is_its_line(cells: list[str]) -> None:
    """Any text at all: who is called plain is written as it is."""
    if are_plain(cells):
        assert encode_line(cells) == join_line(cells) and normalize("NFC", ",".join(cells)) == ",".join(cells)


def test_an_empty_batch_is_plain() -> None:
    """No text, nothing to quote."""
    assert are_plain([]) and are_plain([""]) and are_plain(["", ""])
