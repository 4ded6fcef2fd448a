"""An open vault: what is committed, what a repeated command finds, what is read."""

import pytest

from protocol.schema.numbers import Log
from tests.vault.bench import ACTOR, Bench, line, whole
from totebox.errors import NoSuchEntry
from totebox.vault.api import AuditDraft
from totebox.vault.commit.store import payload_bytes


def test_entries_of_a_command_are_found_by_its_row(bench: Bench) -> None:
    """Among many batches, the ones that cite it and no others."""
    done = [bench.append(line(str(number)), line("x")) for number in range(9)]
    assert bench.store is not None
    for one in done:
        assert bench.store.entries_of(one.audit.index) == one.entries


def test_a_row_without_all_its_entries_is_not_known(bench: Bench) -> None:
    """Nor is one that is not acknowledged."""
    done = bench.append(whole(b"a"))
    store = bench.store
    assert store is not None and store.known(done.audit.index) == done.audit
    assert store.known(99) is None
    planned = store.planner.plan_torn([], bench.clock())
    store.logs[Log.AUDIT].write([planned.audit])
    assert store.known(planned.audit.index) is None


def test_a_waiting_row_is_not_shown_before_it_is_synced(bench: Bench) -> None:
    """Readers see what is acknowledged, never more."""
    store = bench.open()
    store.write_waiting(store.planner.plan_audit(AuditDraft("COMMAND", ACTOR, "list"), bench.clock()))
    assert store.has_waiting and store.head().audit.tree_size == 1
    assert store.logs[Log.AUDIT].entries(1, 9) == []
    store.sync_waiting()
    assert not store.has_waiting and store.head().audit.tree_size == 2


def test_payload_bytes_are_counted(bench: Bench) -> None:
    """As they lie under assets/."""
    bench.append(whole(b"12345"), line("ada"))
    assert bench.store is not None
    assert bench.store.payload_bytes == payload_bytes(bench.root)


def test_nothing_is_proved_or_read_behind_the_end(bench: Bench) -> None:
    """It says what there is."""
    store = bench.open()
    for ask in (
        lambda: store.read(1, 0, 1),
        lambda: store.prove(Log.RECORDS, 1),
        lambda: store.consistency(Log.RECORDS, 2),
    ):
        with pytest.raises(NoSuchEntry):
            ask()
