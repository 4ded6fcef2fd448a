"""The Command Ledger's rows: telemetry and pages as one list."""

from console.model.ledger import LedgerRow, hole, newest_first, short_actor


def _row(index: int, kind: str = "COMMAND") -> LedgerRow:
    return LedgerRow(index, "", "local", kind, "", "", "")


def test_rows_are_listed_newest_first() -> None:
    """By index, whatever order they came in."""
    assert [row.index for row in newest_first({i: _row(i) for i in (3, 9, 1)})] == [9, 3, 1]


def test_a_hole_is_found_above_which_to_page_back() -> None:
    """The lowest index above the newest hole; None where rows follow each other."""
    assert hole({i: _row(i) for i in (9, 8, 5, 4)}) == 8
    assert hole({i: _row(i) for i in (9, 8, 7)}) is None
    assert hole({}) is None


def test_kinds_read_without_colour() -> None:
    """Refusals, endings and grants each have a sign beside the word."""
    assert [_row(0, kind).glyph for kind in ("REFUSED", "REVOKED", "PAIRED", "COMMAND")] == ["✗", "▲", "✓", "·"]


def test_a_fingerprint_is_short_and_local_is_local() -> None:
    """Twelve characters tell devices apart on a screen; the proof shows all of it."""
    assert short_actor("SHA256:abcdefghijklmnop") == "abcdefghijkl"
    assert short_actor("local") == "local"
