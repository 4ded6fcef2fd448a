"""The Command Ledger's rows: telemetry and pages as one list."""

from console.model.ledger import Fold, LedgerRow, folded, hole, newest_first, short_actor


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


def _read(index: int, actor: str = "local", verb: str = "list") -> LedgerRow:
    return LedgerRow(index, "", actor, "COMMAND", f"{verb} x", "", "")


def test_reads_that_follow_each_other_are_folded() -> None:
    """A single read is a row; a decision, a record that was taken out and a hole in the log each end a fold."""
    rows = [_read(9), _read(8), _row(7, "REFUSED"), _read(6), _read(5, verb="read"), _read(4), _read(3), _read(1)]
    shown = folded(rows)
    assert [each.oldest.index if isinstance(each, Fold) else each.index for each in shown] == [8, 7, 6, 5, 3, 1]
    assert [isinstance(each, Fold) for each in shown] == [True, False, False, False, True, False]


def test_spans_of_reads_are_folded_with_their_true_count() -> None:
    """A span's beginning counts nothing yet, its end all it stood for; after a crash at least one."""
    rows = [
        LedgerRow(
            4, "", "local", "READ_SPAN_END", "head", "1 to 1000 of row 3, session 1: records; the daemon ended", ""
        ),
        LedgerRow(3, "", "local", "READ_SPAN", "head", "at most 1000 within 60 s, session 1: records", ""),
        LedgerRow(2, "", "local", "READ_SPAN_END", "list", "57 of row 1, session 1: input.drops 12 of row 9, ", ""),
        LedgerRow(1, "", "local", "READ_SPAN", "list", "at most 1000 within 60 s, session 1: input.drops", ""),
        _read(0),
    ]
    (fold,) = folded(rows)
    assert isinstance(fold, Fold) and fold.verbs == "list 58, head 1" and fold.count == 59


def test_spans_of_refusals_are_as_loud_as_refusals() -> None:
    """And are not folded among reads."""
    rows = [
        LedgerRow(index, "", "a", kind, "list", "", "")
        for index, kind in enumerate(("REFUSED_SPAN_END", "REFUSED_SPAN"))
    ]
    assert [row.tone for row in rows] == ["bad", "bad"] and not any(row.is_read for row in rows)


def test_an_opened_fold_is_its_rows() -> None:
    """Any of its rows opens it."""
    rows = [_read(3), _read(2), _read(1)]
    assert folded(rows, {2}) == rows and len(folded(rows, {9})) == 1


def test_a_fold_says_who_asked_and_what() -> None:
    """One device by its name, several by their number; verbs by how often."""
    one = folded([_read(2), _read(1, verb="head"), _read(0)])[0]
    assert isinstance(one, Fold) and (one.actor, one.verbs) == ("local", "list 2, head 1")
    two = folded([_read(2), _read(1, actor="SHA256:abcdefghijklmnop")])[0]
    assert isinstance(two, Fold) and two.actor == "2 devices"
