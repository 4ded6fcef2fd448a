"""What F8 says: a row, folded reads, a day, a gap; and its columns."""

from console.cartridges.ledger.sheets import COLUMNS, drawn
from console.model.ledger import Day, Fold, LedgerRow, Missed

TIME = "2026-11-22T02:31:40.000000Z"


def row(index: int, kind: str = "COMMAND", actor: str = "SHA256:abc") -> LedgerRow:
    return LedgerRow(index, TIME, actor, kind, "list", "people.claims", "0123456789abcdef")


def test_a_row_names_the_device_and_the_command() -> None:
    """By the label where one is known; of the command's id the beginning."""
    shown = drawn(row(9), {"SHA256:abc": "front desk"}, {})
    assert (shown.id, shown.cells[0], shown.cells[1], shown.cells[3], shown.cells[6]) == (
        9,
        9,
        TIME,
        "front desk",
        "01234567",
    )
    assert str(shown.cells[2]).endswith("COMMAND") and len(shown.cells) == len(shown.tones) == len(COLUMNS)


def test_kinds_have_their_tones() -> None:
    """Damage is red, a refusal is marked, a grant is green, a read is plain."""
    tones = [drawn(row(1, kind), {}, {}).tones[2] for kind in ("AUDIT_FINDING", "REFUSED", "PAIRED", "COMMAND")]
    assert tones == ["bad", "warn", "good", "plain"]


def test_reads_are_one_line() -> None:
    """With how many, by whom, and which rows Enter opens; its place is that of its oldest row."""
    fold = Fold((row(12), row(11), row(10)))
    shown = drawn(fold, {"SHA256:abc": "front desk"}, {})
    assert shown.id == ("reads", 10) and shown.cells[:4] == (12, TIME, "▸ 3 reads", "front desk")
    assert shown.cells[5] == "Enter opens 10 to 12" and shown.tone == "muted"
    assert drawn(Fold((row(12), row(11, actor="SHA256:x"))), {}, {}).cells[3] == "2 devices"


def test_a_day_is_a_rule() -> None:
    """The cursor skips it; a day that came twice is two."""
    first, again = (drawn(Day("2026-11-22", turn), {}, {}) for turn in (1, 2))
    assert (first.span, first.is_rule) == ("2026-11-22", True) and first.id != again.id


def test_a_gap_says_what_is_missing() -> None:
    """How many rows, which, and that Enter asks for them; the cursor can stand on it."""
    shown = drawn(Missed(1_000, 2_499), {}, {})
    assert "1,500 rows were missed: 1,000 to 2,499. Enter asks for them" in shown.span
    assert shown.tone == "warn" and not shown.is_rule and shown.id == ("missed", 2_499)
