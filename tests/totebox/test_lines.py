"""Sealed lines read back as they were handed in."""

from hypothesis import given
from hypothesis import strategies as st

from totebox.service.lines import last_line
from totebox.vault.log.cells import BREAKS, encode_line

CELLS = st.lists(st.text(max_size=30).filter(lambda text: not BREAKS.search(text)), min_size=2, max_size=6)


@given(CELLS)
def test_what_the_vault_writes_reads_back(cells: list[str]) -> None:
    """Quotes, commas and formulas included, with and without a header line before it."""
    line = encode_line(cells) + b"\n"
    assert last_line(line) == last_line(b"a,b\n" + line) == tuple(cells)
