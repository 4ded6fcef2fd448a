"""What the columns of an audit row mean."""

import pytest

from tests.vault.bench import ACTOR, stamp
from totebox.errors import RecordRejected
from totebox.vault.api import AuditDraft
from totebox.vault.log.audit import audit_entry, states_records
from totebox.vault.log.record import make_entry, parse_row

ROW = AuditDraft("COMMAND", ACTOR, "input.confirm", "detail", "0a")


def test_a_row_states_the_record_log() -> None:
    """Size, root, and how many entries it authorises; read back from its bytes."""
    row = parse_row(audit_entry(ROW, 3, stamp(1), (7, b"\7" * 32), 2).leaf)
    assert (row.offset, row.sha256, row.length, row.command, row.note) == (7, b"\7" * 32, 2, "0a", "detail")
    assert states_records(row)


def test_a_command_that_may_be_repeated_carries_the_hash_of_its_arguments() -> None:
    """Behind its id; without it there is nothing to compare with."""
    assert audit_entry(ROW, 3, stamp(1), (0, b"\0" * 32), 0, b"\1" * 32).digest == b"\1" * 32
    assert audit_entry(ROW, 3, stamp(1), (0, b"\0" * 32), 0).digest is None


def test_an_id_with_a_colon_is_refused() -> None:
    """It would be read as an id and a hash."""
    with pytest.raises(RecordRejected):
        audit_entry(AuditDraft("COMMAND", ACTOR, "x", command="a:b"), 3, stamp(1), (0, b"\0" * 32), 0)


def test_a_row_that_owns_torn_bytes_states_nothing_else() -> None:
    """It has a path."""
    torn = make_entry(
        1, stamp(1), "local", "audit", "TORN", "recovery", path="ledger/audit/register/x", sha256=b"\0" * 32
    )
    assert not states_records(torn)
