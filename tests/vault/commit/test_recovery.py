"""Starting is recovering: what a crash may leave, and what becomes of it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from protocol.schema.numbers import Log
from tests.vault.bench import ACTOR, Bench, batch, line, stamp, whole
from totebox.errors import VaultDamaged
from totebox.vault.api import AuditDraft
from totebox.vault.commit.plan import Outcome
from totebox.vault.commit.store import Store

REGISTER = "ledger/register/000000000000-1.csv"
AUDIT_REGISTER = "ledger/audit/register/000000000000-1.csv"


def size_of(store: Store) -> int:
    return store.logs[Log.RECORDS].head.checkpoint.tree_size


def kinds(store: Store) -> list[str]:
    return [entry.kind for entry in store.logs[Log.RECORDS].entries(0, 10_000)]


def grow(root: Path, path: str, data: bytes) -> None:
    with (root / path).open("ab") as stream:
        stream.write(data)


def test_a_start_without_a_crash_writes_nothing(bench: Bench) -> None:
    """Opening and closing leaves every file as it was."""
    bench.append(whole(b"a"), line("ada"))
    bench.stop()
    before = {path: path.read_bytes() for path in bench.root.rglob("*") if path.is_file()}
    bench.open()
    bench.close()
    assert before == {path: path.read_bytes() for path in bench.root.rglob("*") if path.is_file()}


def test_what_was_appended_is_there_after_a_crash(bench: Bench) -> None:
    """Rows, proofs and bytes of acknowledged batches survive; no checkpoint file is needed for that."""
    done = bench.append(whole(b"a"), line("ada"))
    store = bench.open()
    assert store.logs[Log.RECORDS].head.checkpoint.root == done.proven.checkpoint.root
    assert store.read(1, 0, 9) == b"a"
    assert bench.verify().findings == ()


@pytest.mark.parametrize("tail", [b"7", b"3,2030-01-01T00:00:09.000000Z,x\n", b"\xff\xfe\n\n", b"\n"])
def test_a_torn_register_is_adopted(bench: Bench, tail: bytes) -> None:
    """Bytes behind the last whole row stay where they are; an entry of kind torn owns them; appending goes on in another file."""
    bench.append(whole(b"a"))
    bench.close()
    grow(bench.root, REGISTER, tail)
    store = bench.open()
    assert kinds(store)[-1] == "torn" and (bench.root / REGISTER).read_bytes().endswith(tail)
    bench.append(whole(b"b"))
    assert (bench.root / "ledger/register/000000000002-1.csv").exists()
    bench.stop()
    assert bench.verify().findings == ()


def test_a_torn_audit_register_is_adopted(bench: Bench) -> None:
    """The second log owns its own torn bytes."""
    bench.append(whole(b"a"))
    bench.close()
    grow(bench.root, AUDIT_REGISTER, b"2,half a row")
    store = bench.open()
    torn = store.logs[Log.AUDIT].entries(2, 9)[0]
    assert (torn.kind, torn.path, torn.length) == ("TORN", AUDIT_REGISTER, 12)
    bench.append(whole(b"b"))
    bench.stop()
    assert bench.verify().findings == ()


def test_a_torn_segment_is_adopted_and_closed(bench: Bench) -> None:
    """A half line stays; the next line opens another file with its own header."""
    first = bench.append(line("ada")).entries[0]
    bench.close()
    grow(bench.root, first.path, b"half,a li")
    bench.open()
    second = bench.append(line("bob")).entries[0]
    assert second.path != first.path and second.offset == 0
    bench.stop()
    assert bench.verify().findings == ()


def test_whole_files_and_segments_that_were_only_begun_are_adopted(bench: Bench) -> None:
    """Files made for entries that never came get an owner, whatever they hold."""
    bench.append(whole(b"a"))
    bench.close()
    (bench.root / "assets/people/claims").mkdir(parents=True)
    (bench.root / "assets/people/claims/00000002-1.csv").write_bytes(b"anchor,val")
    (bench.root / "assets/minutebook/00000/00000003-x-00000000.pdf").write_bytes(b"")
    store = bench.open()
    assert kinds(store) == ["identity", "original", "torn", "torn"]
    bench.open()
    assert size_of(bench.open()) == 4, "adopted once, not at every start"
    assert bench.append(line("ada")).entries[0].offset == 0
    bench.stop()
    assert bench.verify().findings == ()


def test_a_torn_name_is_not_given_again(bench: Bench) -> None:
    """The same bytes for the same index after a crash get another name beside the torn file."""
    bench.append(whole(b"a"))
    planned = bench.open().planner.plan_batch(batch(whole(b"z"), whole(b"z")), stamp(99))
    assert isinstance(planned, Outcome)
    bench.close()
    second = bench.root / planned.places[1].path
    second.write_bytes(b"z")
    bench.open()
    again = bench.append(whole(b"z")).entries[0]
    assert again.index == 3 and second.exists() and again.path.endswith("-2.pdf")
    bench.stop()
    assert bench.verify().findings == ()


def test_an_audit_row_without_its_entries_is_not_the_command_done(bench: Bench) -> None:
    """A crash between the audit row and the register: the command may be repeated, and is then done."""
    store = bench.open()
    planned = store.planner.plan_batch(batch(whole(b"a"), command="0a"), stamp(50))
    assert isinstance(planned, Outcome)
    store.logs[Log.AUDIT].write([planned.audit])
    bench.open()
    done = bench.append(whole(b"a"), command="0a")
    assert not done.repeated and len(done.entries) == 1
    assert bench.append(whole(b"a"), command="0a").repeated
    bench.stop()
    assert bench.verify().findings == ()


def test_once_holds_across_restarts(bench: Bench) -> None:
    """A command that was done before the crash is repeated after it, with the same entries and a fresh proof."""
    first = bench.append(whole(b"a"), line("ada"), command="0a")
    bench.append(whole(b"b"))
    bench.open()
    again = bench.append(whole(b"a"), line("ada"), command="0a")
    assert again.repeated and (again.entries, again.audit) == (first.entries, first.audit)


def test_a_crash_while_adopting_is_adopted_too(bench: Bench) -> None:
    """A torn entry that is itself torn: everything gets its one owner in the end."""
    bench.append(whole(b"a"), line("ada"))
    bench.close()
    grow(bench.root, REGISTER, b"torn")
    grow(bench.root, next((bench.root / "assets/people/claims").iterdir()).relative_to(bench.root).as_posix(), b"torn")
    bench.open()
    bench.close()
    second = bench.root / "ledger/register/000000000003-1.csv"
    data = second.read_bytes()
    for cut in range(0, len(data), 37):
        copy = bench.copy(bench.root.parent / f"cut{cut}")
        os.truncate(copy.root / "ledger/register/000000000003-1.csv", cut)
        assert copy.open().read_only == ""
        copy.append(whole(b"b"), line("bob"))
        copy.stop()
        assert copy.verify().findings == (), cut


def test_a_batch_is_there_whole_or_not_at_all(bench: Bench, tmp_path: Path) -> None:
    """Cut one batch off at any byte of any file it wrote, in the order of the commit: recovered, clean, all or none."""
    bench.append(whole(b"a"), line("ada"))
    bench.close()
    for number, state in enumerate(_crash_states(bench, tmp_path / "after")):
        copy = bench.copy(tmp_path / f"state{number}")
        state(copy.root)
        store = copy.open()
        assert store.read_only == "", number
        members = [kind for kind in kinds(store)[3:] if kind != "torn"]
        assert members in ([], ["original", "claim", "claim"]), number
        copy.append(whole(b"next"), line("next"))
        copy.stop()
        assert copy.verify().findings == (), number


def _crash_states(bench: Bench, after: Path) -> Iterator[Callable[[Path], None]]:
    """What lies on the disk when the next batch is cut off."""
    grown = bench.copy(after)
    grown.append(whole(b"0123456789"), line("bob", "=1"), line("eve", "two"))
    grown.close()
    payload = [path.relative_to(after).as_posix() for path in after.glob("assets/**/*") if path.is_file()]
    order = [*payload, AUDIT_REGISTER, REGISTER]
    sizes = {path: ((bench.root / path).stat().st_size if (bench.root / path).exists() else -1) for path in order}
    changed = [path for path in order if (after / path).stat().st_size != sizes[path]]
    for place, path in enumerate(changed):
        begin, end = max(sizes[path], 0), (after / path).stat().st_size
        for cut in {begin, begin + 1, (begin + end) // 2, end - 1, end}:

            def apply(root: Path, place: int = place, path: str = path, cut: int = cut) -> None:
                for done in (*changed[:place], path):
                    (root / done).parent.mkdir(parents=True, exist_ok=True)
                    data = (after / done).read_bytes()
                    (root / done).write_bytes(data if done != path else data[:cut])

            yield apply


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_register_shorter_than_acknowledged_is_damage(bench: Bench, rows: int) -> None:
    """Rows that a checkpoint or a later audit row covered are missing: reads are served, writes refused, with the reason."""
    bench.append(whole(b"a"))
    bench.append(whole(b"b"))
    bench.stop()
    data = (bench.root / REGISTER).read_bytes().split(b"\n")
    (bench.root / REGISTER).write_bytes(b"\n".join(data[: rows + 1]) + b"\n")
    store = bench.open()
    assert "were acknowledged" in store.read_only
    assert size_of(store) == rows
    assert bench.verify().findings


def test_another_row_below_the_acknowledged_end_is_damage(bench: Bench) -> None:
    """One changed byte in an old row changes the root: read-only, and the reason says which checkpoint disagrees."""
    bench.append(whole(b"a"))
    bench.stop()
    data = (bench.root / REGISTER).read_bytes()
    (bench.root / REGISTER).write_bytes(data.replace(b"Acme", b"Acne"))
    assert "another root" in bench.open().read_only


def test_a_missing_register_is_said(bench: Bench) -> None:
    """Without any register there is nothing to serve."""
    (bench.root / REGISTER).unlink()
    with pytest.raises(VaultDamaged, match="holds no register"):
        bench.open()


def test_a_copy_serves_reads_only(bench: Bench, tmp_path: Path) -> None:
    """The inode of ledger/ is another one: nothing is written, and the reason says what to do."""
    bench.append(whole(b"a"))
    bench.stop()
    shutil.copytree(bench.root, tmp_path / "copy")
    grow(tmp_path / "copy", REGISTER, b"torn")
    copy = Bench(tmp_path / "copy", bench.clock)
    store = copy.open()
    assert "os-totebox move" in store.read_only and store.read(1, 0, 9) == b"a"
    assert (copy.root / REGISTER).read_bytes().endswith(b"torn")
    copy.close()


def test_damaged_tiles_cost_time_and_nothing_else(bench: Bench) -> None:
    """With a tile of other bytes, or none, the tree is made again from the rows."""
    for start in range(0, 600, 100):
        bench.append(*(line(str(start + number)) for number in range(100)))
    bench.stop()
    root = bench.open().logs[Log.RECORDS].head.checkpoint.root
    tile = bench.root / "cache/tiles/records/0/000000/0000"
    for damage in (b"\0" * 8192, b"short"):
        bench.close()
        tile.chmod(0o644)
        tile.write_bytes(damage)
        store = bench.open()
        assert (store.read_only, store.logs[Log.RECORDS].head.checkpoint.root) == ("", root)
        assert store.prove(Log.RECORDS, 3).checkpoint.root == root


def test_a_clock_that_steps_back_is_stated(bench: Bench) -> None:
    """An entry of kind clock says from when to when; rows keep the clock as it was read."""
    bench.append(whole(b"a"))
    bench.stop()
    grow(bench.root, REGISTER, b"torn")
    bench.clock.tick = -1
    store = bench.open()
    assert kinds(store)[-2:] == ["torn", "clock"]
    assert "stepped back from 2030-01-01T00:00:02" in store.logs[Log.RECORDS].entries(3, 1)[0].subject
    bench.stop()
    assert bench.verify().findings == ()


def test_audit_rows_that_waited_are_kept(bench: Bench) -> None:
    """Rows of reads that were written and not yet synced when the writer was killed are there afterwards."""
    store = bench.open()
    store.write_waiting(store.planner.plan_audit(AuditDraft("COMMAND", ACTOR, "list"), bench.clock()))
    assert store.logs[Log.AUDIT].head.checkpoint.tree_size == 1
    assert bench.open().logs[Log.AUDIT].head.checkpoint.tree_size == 2
