"""CSV cells: what goes in comes out, and a spreadsheet runs none of it."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totebox.errors import RecordRejected, VaultDamaged
from totebox.vault.cells import BREAKS, FORMULA, encode_line, line_cells

TEXT = st.text(st.characters(blacklist_categories=["Cs"])).filter(lambda text: not BREAKS.search(text))


@given(st.lists(TEXT, min_size=1))
def test_any_cells_read_back(cells: list[str]) -> None:
    """Every list of texts without line breaks survives; a lone empty cell is the empty line."""
    line = encode_line(cells)
    assert b"\n" not in line
    assert list(line_cells(line + b"\n")) == (cells if line else [])


@given(TEXT)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    """As a spreadsheet reads it, a cell never begins with a character that starts a formula."""
    ((cell, _),) = csv.reader([encode_line([text, "x"]).decode()], strict=True)
    assert not cell.startswith(FORMULA[:-1])


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
