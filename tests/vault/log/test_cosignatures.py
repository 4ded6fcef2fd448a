"""Stored cosignatures: each is judged by the key that its audit row states, and by the log's own rows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from protocol.schema.numbers import Log
from protocol.trust.cosignature import Witness, verify_cosignature
from tests.vault.bench import ACTOR, Bench, whole
from totebox.errors import RecordRejected
from totebox.vault.commit.store import Store
from totebox.vault.life.rotation import rotate
from totebox.vault.log.cosignatures import cosigned, cosigned_row
from totebox.vault.log.journal import RECORDS

WITNESS = Witness("desk.example", b"\5" * 32)


def keep(bench: Bench, witness: Witness = WITNESS) -> Path:
    """One cosigned head, stored as the writer stores it."""
    store = bench.open()
    head = store.logs[Log.RECORDS].head
    name, note = cosigned(head, 0, witness.cosign(head.checkpoint.note, 1_900_000_000), witness.key.text())
    row = cosigned_row(RECORDS, name, witness.key.text(), ACTOR)
    store.commit([store.planner.plan_audit(row, bench.clock())], {})
    store.disk.seal(row.subject, (note,))
    bench.stop()
    return bench.root / row.subject


def test_a_stored_cosignature_verifies(bench: Bench) -> None:
    """Also when the log went on and its key turned."""
    bench.append(whole(b"a"))
    keep(bench)
    rotate(bench.root, entropy=lambda size: b"n" * size, now=bench.clock)
    bench.append(whole(b"b"))
    bench.stop()
    assert bench.verify().findings == ()


def test_a_witness_with_a_url_for_a_name_is_kept(bench: Bench) -> None:
    """Its file lies in the folder of the checkpoints, not below it, and verifies."""
    bench.append(whole(b"a"))
    path = keep(bench, Witness("witness.example.com/w1", b"\5" * 32))
    assert path.name == "2.witness.example.com%2fw1" and path.parent.name == "checkpoints"
    assert bench.verify().findings == ()


def test_the_line_that_is_kept_is_the_one_that_verifies(bench: Bench) -> None:
    """Another key's line under the same name stands before it in the note."""
    bench.append(whole(b"a"))
    head = bench.open().logs[Log.RECORDS].head
    other = Witness(WITNESS.key.name, b"\6" * 32).cosign(head.checkpoint.note, 1_900_000_000)
    _, note = cosigned(head, 0, WITNESS.cosign(other, 1_900_000_000), WITNESS.key.text())
    bench.stop()
    verify_cosignature(note, WITNESS.key)


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note[:-20] + bytes([note[-20] ^ 1]) + note[-19:],
        lambda note: note.replace(b"\n2\n", b"\n1\n"),
        lambda note: note[: note.rindex("\u2014 desk".encode())],
        lambda note: b"",
    ],
)
def test_a_changed_one_is_found(bench: Bench, change: Callable[[bytes], bytes]) -> None:
    """Its signature, its size, its line, or all of it."""
    bench.append(whole(b"a"))
    path = keep(bench)
    path.chmod(0o644)
    path.write_bytes(change(path.read_bytes()))
    assert {finding.path for finding in bench.verify().findings} == {path.relative_to(bench.root).as_posix()}


def test_a_row_whose_file_never_came_is_no_harm(bench: Bench) -> None:
    """A crash came between row and file, and another witness of that name cosigned the same head afterwards."""
    bench.append(whole(b"a"))
    store, lost = bench.open(), Witness(WITNESS.key.name, b"\6" * 32)
    name, _ = cosigned(store.logs[Log.RECORDS].head, 0, _cosigned_by(lost, store), lost.key.text())
    store.commit([store.planner.plan_audit(cosigned_row(RECORDS, name, lost.key.text(), ACTOR), bench.clock())], {})
    bench.stop()
    assert bench.verify().findings == ()
    keep(bench)
    assert bench.verify().findings == ()


def _cosigned_by(witness: Witness, store: Store) -> bytes:
    return witness.cosign(store.logs[Log.RECORDS].head.checkpoint.note, 1_900_000_000)


def test_one_of_nobody_is_found(bench: Bench) -> None:
    """A witness that no audit row names."""
    bench.append(whole(b"a"))
    path = keep(bench)
    path.with_name("2.stranger").write_bytes(path.read_bytes())
    (finding,) = bench.verify().findings
    assert "no audit row" in finding.found


def test_a_head_of_an_earlier_key_is_not_cosigned_any_more(bench: Bench) -> None:
    """It would be stored under a signature that the present key may not give."""
    head = bench.append(whole(b"a")).proven.checkpoint
    store = bench.open()
    with pytest.raises(RecordRejected, match="can be cosigned"):
        cosigned(store.logs[Log.RECORDS].head, 3, WITNESS.cosign(head.note, 1), WITNESS.key.text())
