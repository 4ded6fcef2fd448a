"""What the log says of a finding, read at its bounds."""

import pytest

from protocol.schema import Found
from protocol.schema.note_fields import note_text
from totebox.gate.verdict import VerdictReader
from totebox.vault.log.record import make_entry

TIME = "2026-01-31T12:00:00.000000Z"


def found(**changes: str) -> Found:
    """The one finding of a verdict whose row has these fields."""
    fields = {
        "run": "r", "finding": "1/1", "severity": "damage", "path": "a", "entry": "1", "offset": "7",
        "expected": "x", "found": "y", "remedy": "z",
    } | changes  # fmt: skip
    reader = VerdictReader()
    note = note_text(tuple(fields.items()))
    reader.take(make_entry(0, TIME, "local", "audit", "AUDIT_FINDING", "a", bytes(32), note=note))
    reader.end()
    [one] = reader.told.findings
    return one


@pytest.mark.parametrize(("length", "shown"), [(16, 16), (17, 16)])
def test_a_severity_has_16_bytes_at_most(length: int, shown: int) -> None:
    """A longer word of a hostile log is cut."""
    assert len(found(severity="s" * length).severity.encode()) == shown


@pytest.mark.parametrize(("said", "number"), [(str((1 << 64) - 1), (1 << 64) - 1), (str(1 << 64), None), ("x", None)])
def test_a_number_of_a_finding_is_a_u64(said: str, number: int | None) -> None:
    """The largest is read; the one after it, and what is no number, is none."""
    assert (found(entry=said).entry, found(offset=said).offset) == (number, number)
