"""Group commit: who waits is answered once, in groups, and a failed disk writes nothing more."""

import errno
from pathlib import Path

import pytest

from protocol.schema.numbers import Log
from tests.vault.bench import ACTOR, Bench, batch, line, whole
from tests.vault.crash.recording import Recording, Synced
from totebox.errors import DiskFull, OnceConflict, ReadOnly, RecordRejected, ToteboxError
from totebox.vault.api import Appended, AuditDraft, Batch
from totebox.vault.commit.group import CommitRequest
from totebox.vault.commit.group_commit import GroupCommit
from totebox.vault.commit.recovery import recover
from totebox.vault.disk.calls import Calls
from totebox.vault.disk.durable import PAGE
from totebox.vault.disk.write_ahead import Prepared


class Failing(Calls):
    """A disk on which the sync that `when` picks fails with `number`."""

    def __init__(self, number: int) -> None:
        self.number, self.after, self.failed = number, -1, 0

    def sync_data(self, descriptor: int) -> None:
        self._count()
        super().sync_data(descriptor)

    def write_through(self, descriptor: int, offset: int, data: memoryview) -> int:
        self._count()
        return super().write_through(descriptor, offset, data)

    def _count(self) -> None:
        self.after -= 1
        if self.after == 0:
            self.failed += 1
            raise OSError(self.number, "the sync failed")


class Short(Calls):
    """A disk that takes less than it is given, every time; from write number `fails` on it takes nothing."""

    def __init__(self, fails: int = 1 << 30) -> None:
        self.fails, self.cut = fails, 0

    def write(self, descriptor: int, data: memoryview) -> int:
        self._count(len(data) > 1)
        return super().write(descriptor, data[: (len(data) + 1) // 2])

    def write_at(self, descriptor: int, offset: int, data: memoryview) -> int:
        """In whole pages, as a file takes them that is written past the page cache."""
        self._count(len(data) > PAGE)
        return super().write_at(descriptor, offset, data[: max(PAGE, len(data) // 2 // PAGE * PAGE)])

    def _count(self, cuts: bool) -> None:
        self.cut += cuts
        if self.cut >= self.fails:
            raise OSError(errno.EIO, "the rest was not taken")


def served(bench: Bench, *wanted: Batch | AuditDraft, durable: bool = True) -> list[Appended | ToteboxError]:
    """Submit all before the thread starts, so that they are one group; run to the end."""
    answers: list[Appended | ToteboxError] = []
    group = GroupCommit(bench.store or bench.open(), bench.open, bench.clock)
    for one in wanted:
        group.submit(CommitRequest(one, answers.append, durable))
    group.end()
    group.run()
    return answers


def test_what_waits_is_one_group(bench: Bench, tmp_path: Path) -> None:
    """Many batches, one sync: that of the write-ahead log."""
    recording = Recording(bench.root)
    bench.store = recover(bench.root, bench.clock, recording)
    answers = served(bench, *(batch(line(str(number))) for number in range(20)))
    assert all(isinstance(one, Appended) for one in answers)
    sites = [op.site for op in recording.ops if isinstance(op, Synced)]
    assert sites.count("a record of the write-ahead log") == 1 and "the rows of the record log" not in sites


def test_a_crowd_that_comes_again_is_one_group_again(bench: Bench) -> None:
    """Who asks anew when told waits for all the others who do: as many syncs as rounds."""
    recording, rounds, crowd = Recording(bench.root), 4, 20
    group = GroupCommit(recover(bench.root, bench.clock, recording), bench.open, bench.clock)
    answers: list[Appended | ToteboxError] = []

    def ask(number: int) -> None:
        group.submit(CommitRequest(batch(line(str(number))), lambda answer: told(number, answer)))

    def told(number: int, answer: Appended | ToteboxError) -> None:
        answers.append(answer)
        if number + crowd < rounds * crowd:
            ask(number + crowd)
        elif len(answers) == rounds * crowd:
            group.end()

    for number in range(crowd):
        ask(number)
    group.run()
    group.store.close()
    assert [one.audit.index for one in answers if isinstance(one, Appended)] == list(range(1, 1 + rounds * crowd))
    assert sum(op.site == "a record of the write-ahead log" for op in recording.ops if isinstance(op, Synced)) == rounds


def test_one_bad_request_does_not_disturb_its_group(bench: Bench) -> None:
    """It alone is refused."""
    answers = served(bench, batch(whole(b"a")), batch(line("a\nb")), batch(whole(b"c")))
    assert [type(one) for one in answers] == [RecordRejected, Appended, Appended]


def test_the_same_command_twice_in_a_group_is_done_once(bench: Bench) -> None:
    """The second waits for the first, and is told that it was done; with other arguments it is a conflict."""
    same = batch(whole(b"a"), command="0a")
    answers = served(bench, same, same, batch(whole(b"b"), command="0a", digest=b"\2" * 32))
    done = [one.repeated for one in answers if isinstance(one, Appended)]
    assert done == [False, True] and [type(one) for one in answers].count(OnceConflict) == 1


def test_rows_that_may_wait_are_synced_before_the_end(bench: Bench) -> None:
    """They are answered at once and are there after a restart."""
    (answer,) = served(bench, AuditDraft("COMMAND", ACTOR, "list"), durable=False)
    assert isinstance(answer, Appended) and answer.proven.proof.leaf_index >= answer.proven.proof.tree_size
    assert bench.open().head().audit.tree_size == 2


WITHOUT = Prepared(None, "")
"""No write-ahead log: every group is synced where it lies."""


@pytest.mark.parametrize(("sync", "prepared"), [(1, None), (1, WITHOUT), (2, WITHOUT), (3, WITHOUT)])
def test_after_a_failed_sync_nothing_is_written(bench: Bench, sync: int, prepared: Prepared | None) -> None:
    """Whichever it was: who waited is refused, the store takes no more, and a start finds everything that was told."""
    calls = Failing(errno.EIO)
    bench.append(line("before"))
    bench.close()
    bench.store = recover(bench.root, bench.clock, calls, prepared=prepared)
    calls.after = sync
    (first,) = served(bench, batch(whole(b"a"), line("ada")))
    assert isinstance(first, ReadOnly) and "check the disk" in str(first) and calls.failed == 1
    before = _bytes(bench.root)
    assert all(isinstance(one, ReadOnly) for one in served(bench, batch(whole(b"b"))))
    assert _bytes(bench.root) == before
    bench.open()
    bench.append(whole(b"c"))
    bench.stop()
    assert bench.verify().findings == ()


@pytest.mark.parametrize("prepared", [None, WITHOUT])
def test_a_write_that_is_cut_short_goes_on_where_it_was_cut(bench: Bench, prepared: Prepared | None) -> None:
    """Whole files, lines, rows and the write-ahead log: everything is there, once."""
    calls = Short()
    bench.store = recover(bench.root, bench.clock, calls, prepared=prepared)
    answers = served(bench, *(batch(whole(b"a" * 9_000), line(f"ada {number}", "x" * 3_000)) for number in range(3)))
    assert all(isinstance(one, Appended) for one in answers) and calls.cut > 20
    told = [entry.leaf for answer in answers if isinstance(answer, Appended) for entry in answer.entries]
    bench.close()
    assert [entry.leaf for entry in bench.open().logs[Log.RECORDS].entries(1, 100)] == told
    bench.stop()
    assert bench.verify().findings == ()


@pytest.mark.parametrize("prepared", [None, WITHOUT])
def test_a_write_whose_rest_is_not_taken_is_torn(bench: Bench, prepared: Prepared | None) -> None:
    """Wherever the disk stops in the middle of a group: who waited is refused, nothing is invented, what is torn gets its owner."""
    bench.append(line("before"))
    bench.stop()
    refused = 0
    for fails in range(1, 60):
        calls = Short(fails)
        try:
            bench.store = recover(bench.root, bench.clock, calls, prepared=prepared)
        except OSError:
            continue  # it stopped while the start made the write-ahead log
        before = bench.store.planner.records_size
        (answer,) = served(bench, batch(whole(b"a" * 9_000), line("ada", "x" * 3_000)))
        refused += isinstance(answer, ReadOnly)
        bench.close()
        found = [entry.kind for entry in bench.open().logs[Log.RECORDS].entries(before, 100)]
        assert isinstance(answer, Appended) or {*found} <= {"torn"}, (fails, found)
        bench.stop()
        if isinstance(answer, Appended):
            break
    assert refused > 5 and isinstance(answer, Appended)
    assert bench.verify().findings == ()


@pytest.mark.parametrize(("sync", "prepared"), [(1, None), (1, WITHOUT), (2, WITHOUT)])
def test_a_full_disk_is_said_and_then_gone_on_from(bench: Bench, sync: int, prepared: Prepared | None) -> None:
    """What the failed group left gets its owner at once, and the next append of the same committing thread succeeds."""
    calls = Failing(errno.ENOSPC)
    bench.append(line("before"))
    bench.close()
    store = recover(bench.root, bench.clock, calls, prepared=prepared)
    calls.after = sync
    answers: list[Appended | ToteboxError] = []
    group = GroupCommit(store, lambda: recover(bench.root, bench.clock), bench.clock)
    second = CommitRequest(batch(whole(b"b")), answers.append)

    def failed(answer: Appended | ToteboxError) -> None:
        answers.append(answer)
        group.submit(second)
        group.end()

    group.submit(CommitRequest(batch(whole(b"a")), failed))
    group.run()
    group.store.close()
    assert [type(one) for one in answers] == [DiskFull, Appended]
    assert bench.verify().findings == ()


def _bytes(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in (root / "ledger").rglob("*") if path.is_file()}
