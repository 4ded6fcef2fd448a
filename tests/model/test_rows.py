"""Leaves read back: exact columns, quoting, formula escaping."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.rows import RowError, parse_row


def test_a_row_reads_as_its_columns() -> None:
    """Every column has its type; empty references are None."""
    leaf = (
        b'7,2026-11-22T02:00:00.000000Z,SHA256:x,people,claim,"Ada, Countess",assets/p.csv,10,42,'
        + b"ab" * 32
        + b",3,,12,9f,note"
    )
    row = parse_row(leaf)
    assert (row.index, row.subject, row.offset, row.length, row.source, row.supersedes, row.audit) == (
        7, "Ada, Countess", 10, 42, 3, None, 12,
    )  # fmt: skip
    assert row.sha256 == bytes.fromhex("ab" * 32) and row.leaf == leaf


@pytest.mark.parametrize(
    "leaf", [b"", b"1,2", b"x" + b"," * 14, b"1" + b"," * 13, b"\xff" + b"," * 14, b'1,"a' + b"," * 13]
)
def test_what_is_no_row_is_a_row_error(leaf: bytes) -> None:
    """Wrong counts, numbers, bytes and quotes are RowError."""
    with pytest.raises(RowError):
        parse_row(leaf)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_row_or_a_row_error(leaf: bytes) -> None:
    """Nothing else escapes."""
    try:
        parse_row(leaf)
    except RowError:
        return
