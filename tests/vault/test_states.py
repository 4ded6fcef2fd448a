"""Two vaults side by side: the one in memory and the one on the disk agree after every step, crashes and clock steps included."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from protocol.schema.numbers import Log
from protocol.trust.tlog import verify_consistency
from tests.vault.bench import ACTOR, Bench, batch, line, stamp, whole
from totebox.errors import OnceConflict, RecordRejected
from totebox.vault.api import Appended, AuditDraft, Batch, Checkpoint, Draft, Entry, LeafIndex
from totebox.vault.commit.plan import Outcome
from totebox.vault.commit.store import Store
from totebox.vault.life.creation import create
from totebox.vault.memory import MemoryVault

ALL = os.environ.get("TORTURE") == "1"
HEADER = b"anchor,value\n"
WORDS = st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=12)
DRAFTS = st.lists(
    st.one_of(
        st.builds(whole, st.binary(max_size=40), st.sampled_from(["lease.pdf", "Ärger 100%.txt", "x" * 200])),
        st.builds(line, WORDS, WORDS, st.sampled_from(["claims", "quarantine"])),
    ),
    max_size=4,
)


class Hands:
    """A clock that both vaults read, and that goes where it is told."""

    def __init__(self) -> None:
        self.tick = 10_000

    def __call__(self) -> str:
        return stamp(self.tick)


def ran(answer: object) -> Appended:
    """The result of a coroutine that waits for nobody, which those of the vault in memory are."""
    try:
        answer.send(None)  # type: ignore[attr-defined]
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    raise AssertionError("the vault in memory waited for somebody")


class TwoVaults(RuleBasedStateMachine):
    """What is appended to one is appended to the other. The disk crashes and restarts; memory does not notice."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(
            tempfile.mkdtemp(prefix="states-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        )
        self.clock = Hands()
        self.heads: list[Checkpoint] = []
        self.crashes = 0
        self.own = 0
        self.commands: list[Batch] = []

    @initialize()
    def make(self) -> None:
        root = self.folder / "vault"
        create(root, "Acme Holdings", "corporation", entropy=os.urandom, now=self.clock())
        self.disk = Bench(root, self.clock)  # type: ignore[arg-type]
        self.memory = MemoryVault(now=self.clock)
        self.told = [self.rows(Log.RECORDS), self.rows(Log.AUDIT)]

    def rows(self, log: Log) -> list[Entry]:
        store = self.disk.store or self.disk.open()
        return list(store.logs[log].entries(0, 10_000))

    def on_disk(self, wanted: Batch) -> Appended:
        """Commit as the committing thread does: a clock that stepped back is stated first."""
        store = self.clocked()
        planned = store.planner.plan_batch(wanted, self.clock())
        if not isinstance(planned, Outcome):
            return store.repeated(planned.audit_index)
        store.commit([planned], {})
        return store.appended(planned)

    def clocked(self) -> Store:
        """The store, which has stated that the clock stepped back if it did: also before a command that it then refuses."""
        store = self.disk.store or self.disk.open()
        if (clock := store.planner.plan_clock(self.clock())) is not None:
            store.commit([clock], {})
        return store

    @rule(drafts=DRAFTS)
    def append(self, drafts: list[Draft]) -> None:
        """One batch: both take it, or both refuse it for the same reason."""
        self._both(batch(*drafts, command=f"{len(self.commands):04x}"), keep=True)

    @precondition(lambda self: self.commands)
    @rule(data=st.data())
    def again(self, data: st.DataObject) -> None:
        """A command that was sent before: both recognise it."""
        self._both(data.draw(st.sampled_from(self.commands)), keep=False)

    @precondition(lambda self: self.commands)
    @rule(data=st.data())
    def conflict(self, data: st.DataObject) -> None:
        """The id of an earlier command with other arguments: both refuse."""
        old = data.draw(st.sampled_from(self.commands))
        other = Batch(ACTOR, old.command, b"\2" * 32, old.audit, old.drafts)
        for send in (self.on_disk, lambda wanted: ran(self.memory.append(wanted))):
            with pytest.raises(OnceConflict):
                send(other)
        # The disk's planner may have planned a step of the clock that nobody wrote: it is thrown away, as after every refusal.
        self.disk.close()

    @rule(text=WORDS)
    def audit(self, text: str) -> None:
        """One row of the audit log."""
        row = AuditDraft("COMMAND", ACTOR, "list", text)
        store = self.clocked()
        try:
            planned = store.planner.plan_audit(row, self.clock())
        except RecordRejected:
            self.disk.close()
            with pytest.raises(RecordRejected):
                ran(self.memory.audit(row))
            return
        store.commit([planned], {})
        ran(self.memory.audit(row))

    @rule(seconds=st.integers(-300, 300))
    def step_clock(self, seconds: int) -> None:
        """It goes anywhere, back as well."""
        self.clock.tick = max(self.clock.tick + seconds, 1)

    @rule()
    def restart(self) -> None:
        """In good order."""
        self.disk.stop()

    @rule(drafts=DRAFTS, cut=st.integers(0, 3), torn=st.binary(max_size=30))
    def crash(self, drafts: list[Draft], cut: int, torn: bytes) -> None:
        """In the middle of a batch that nobody was told of, with something torn behind it: it never was."""
        store = self.disk.store or self.disk.open()
        try:
            planned = store.planner.plan_batch(batch(*drafts, command="c0ffee"), self.clock())
        except RecordRejected:
            self.disk.close()
            return
        assert isinstance(planned, Outcome)
        if cut >= 2 and planned.places:
            payloads = store.files.write(planned.places, {})
            for job in payloads.jobs[: cut - 1]:
                job()
            payloads.close()
        self.disk.close()
        if cut % 2:
            self._tear("ledger/audit/register", torn)
        if cut:
            self._tear("ledger/register", torn)
        self.crashes += 1

    def _tear(self, folder: str, torn: bytes) -> None:
        newest = sorted((self.disk.root / folder).iterdir())[-1]
        with newest.open("ab") as stream:
            stream.write(torn.replace(b"\n", b" "))

    def _both(self, wanted: Batch, *, keep: bool) -> None:
        try:
            disk = self.on_disk(wanted)
        except RecordRejected:
            self.disk.close()
            with pytest.raises(RecordRejected):
                ran(self.memory.append(wanted))
            return
        memory = ran(self.memory.append(wanted))
        assert disk.repeated is memory.repeated
        assert [told(one) for one in disk.entries] == [told(one) for one in memory.entries]
        if keep:
            self.commands.append(wanted)
            self.heads.append(disk.proven.checkpoint if disk.entries else self._head())

    def _head(self) -> Checkpoint:
        store = self.disk.store or self.disk.open()
        return store.logs[Log.RECORDS].head.checkpoint

    @invariant()
    def they_agree(self) -> None:
        """The same records in the same order with the same bytes, but for what the disk says of crashes and its clock."""
        if not hasattr(self, "disk"):
            return
        disk = [entry for entry in self.rows(Log.RECORDS) if entry.kind not in ("torn", "clock")]
        memory = [one for one in ran(self.memory.entries(Log.RECORDS, LeafIndex(0), 10_000)) if one.kind != "clock"]  # type: ignore[attr-defined]
        assert [told(one) for one in disk[1:]] == [told(one) for one in memory[1:]]
        assert self.disk.store is not None and self.disk.store.read_only == ""
        newest = disk[-1]
        mate = memory[-1].index
        found, kept = self.disk.store.read(newest.index, 0, 1 << 20), ran(self.memory.read(mate, 0, 1 << 20))
        # After a crash the disk opens another file, whose header line belongs to the entry that opens it.
        assert len(disk) == 1 or found in (kept, HEADER + kept)

    @invariant()
    def heads_extend(self) -> None:
        """From the first head that was told a proof leads to the newest."""
        if self.heads:
            store = self.disk.store or self.disk.open()
            head, path = store.consistency(Log.RECORDS, self.heads[0].tree_size)
            verify_consistency(self.heads[0].tree_size, head.tree_size, path, self.heads[0].root, head.root)

    def teardown(self) -> None:
        """At the end of every run the disk is verified."""
        if hasattr(self, "disk"):
            self.disk.open()
            self.disk.stop()
            findings = self.disk.verify().findings
            shutil.rmtree(self.folder)
            assert findings == ()


def told(entry: Entry) -> tuple[object, ...]:
    """What both vaults must say of a record; indices and names differ by what the disk says of its crashes."""
    return entry.actor, entry.service, entry.kind, entry.subject, entry.command, entry.note


TwoVaults.TestCase.settings = settings(
    max_examples=400 if ALL else 15,
    stateful_step_count=40 if ALL else 15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestTwoVaults = TwoVaults.TestCase
