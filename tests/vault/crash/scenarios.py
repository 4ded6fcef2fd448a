"""Runs of a vault that are written down, and what must hold of every state that a crash in them may leave."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path

from protocol.schema.numbers import Log
from tests.vault.bench import ACTOR, Clock, batch, line, message, stamp, whole
from tests.vault.crash.recording import Recording, Told, Tree
from tests.vault.crash.states import Disk, Files, after, lay_out
from totebox.errors import ToteboxError
from totebox.vault.api import AuditDraft, Batch, Draft
from totebox.vault.check.verification import verify
from totebox.vault.commit.plan import Outcome
from totebox.vault.commit.recovery import prepare, recover
from totebox.vault.commit.store import Store
from totebox.vault.disk.calls import CALLS, Calls
from totebox.vault.disk.write_ahead import Prepared
from totebox.vault.life.creation import create
from totebox.vault.life.home import home_line

AHEAD = 32 * 1024
"""Bytes of the write-ahead log in these runs."""
OWN = {"torn", "clock"}
OWN_AUDIT = {"TORN", "CLOCK"}


@dataclass
class Run:
    """A recorded run: what it asked of the disk, what it meant to append, and the commands that can be repeated."""

    recording: Recording
    batches: list[Batch] = field(default_factory=list)
    planned: list[tuple[bytes, tuple[bytes, ...]]] = field(default_factory=list)
    """(audit leaf, record leaves) of everything that was ever meant to be written."""
    clock: Clock = field(default_factory=Clock)

    def append(self, store: Store, *drafts: Draft) -> None:
        """Commit one batch, and tell."""
        wanted = batch(*drafts, command=f"{len(self.batches):02x}")
        self.batches.append(wanted)
        self.commit(store, wanted)

    def commit(self, store: Store, *wanted: Batch) -> None:
        outcomes = []
        for one in wanted:
            outcome = store.planner.plan_batch(one, self.clock())
            assert isinstance(outcome, Outcome)
            outcomes.append(self.meant(outcome))
        store.commit(outcomes, {})
        self.told(store)

    def audit(self, store: Store, text: str) -> None:
        """The row of a command that only read: written, and told when it is synced."""
        store.write_waiting(self.meant(store.planner.plan_audit(AuditDraft("COMMAND", ACTOR, text), self.clock())))

    def meant(self, outcome: Outcome) -> Outcome:
        self.planned.append((outcome.audit.leaf, tuple(entry.leaf for entry in outcome.entries)))
        return outcome

    def told(self, store: Store) -> None:
        """Everything that the store shows now may be relied on."""
        self.recording.told(*(leaves_of(store, log) for log in (Log.RECORDS, Log.AUDIT)))


def opened(place: Path, clock: Clock, calls: Calls = CALLS, *, ahead_bytes: int = AHEAD) -> Store:
    """Start, with a small write-ahead log: it fills within a run, and some groups are too large for it. None with `ahead_bytes` 0."""
    if not ahead_bytes:
        return recover(place, clock, calls, prepared=Prepared(None, ""))
    store = recover(place, clock, calls, prepared=prepare(place, calls, ahead_bytes=ahead_bytes))
    store.owns_ahead = True
    return store


def leaves_of(store: Store, log: Log) -> list[bytes]:
    return list(store.logs[log].leaves(0, 1 << 30))


def vault(place: Path) -> Path:
    """A fresh vault with one batch in it, as it lies when nobody serves it."""
    create(place, "Acme Holdings", "corporation", entropy=seeded(), now=stamp(0))
    return place


def seeded() -> Callable[[int], bytes]:
    """Random bytes that are the same in every run."""
    turns = count()
    return lambda size: (sha256(b"%d" % next(turns)).digest() * 2)[:size]


def appending(place: Path, forgotten: str = "", *, unnamed: bool = True, ahead_bytes: int = AHEAD) -> Run:
    """Whole files and lines in one batch, a second one into the same places, rows that wait, checkpoints stored."""
    run = Run(Recording(vault(place), forgotten))
    store = opened(place, run.clock, run.recording, ahead_bytes=ahead_bytes)
    if not unnamed:
        store.disk.__dict__["has_unnamed"] = False
    run.append(store, whole(b"a" * 700), line("ada"))
    run.append(store, whole(b"b" * 40), whole(b"c" * 900), line("bob", "x" * 600), line("eve"))
    run.audit(store, "list")
    store.sync_waiting()
    run.told(store)
    store.note(least=1)
    store.close()
    return run


def filling(place: Path, forgotten: str = "") -> Run:
    """Groups that fill the write-ahead log and begin it anew, and one between them that is too large for it."""
    run = Run(Recording(vault(place), forgotten))
    store = opened(place, run.clock, run.recording)
    for number in range(4):
        run.append(store, line(f"ada-{number}"))
    run.append(store, line("bob", "x" * 5_000))
    for number in range(6):
        run.append(store, line(f"eve-{number}", segment="others"))
    store.close()
    return run


def mailing(place: Path, forgotten: str = "", *, unnamed: bool = True) -> Run:
    """Messages on a Maildir shelf: the first makes its folders, the next two come in one batch with a line."""
    run = Run(Recording(vault(place), forgotten))
    store = opened(place, run.clock, run.recording)
    if not unnamed:
        store.disk.__dict__["has_unnamed"] = False
    run.append(store, message(b"From: a\r\n\r\n" + b"a" * 700))
    run.append(store, message(b"From: b\r\n\r\nb"), message(b"From: c\r\n\r\nc"), line("bob"))
    store.note(least=1)
    store.close()
    return run


def restarting(place: Path, forgotten: str = "") -> Run:
    """A start after a writer was killed, with groups in the write-ahead log."""
    run = filling(place)
    run.recording = Recording(place, forgotten)
    store = opened(place, run.clock, run.recording)
    run.told(store)
    run.append(store, line("later"))
    store.close()
    return run


def adopting(place: Path, forgotten: str = "") -> Run:
    """A start that finds something torn at the end of a register and of a segment, and a file of no entry; then a batch."""
    first = vault(place)
    earlier = Run(Recording(first))
    store = opened(first, earlier.clock)
    earlier.append(store, whole(b"a"), line("ada"))
    store.note(least=1)
    store.close()
    for torn in ("ledger/register/000000000000-1.csv", "assets/people/claims/00000002-1.csv"):
        with (place / torn).open("ab") as stream:
            stream.write(b"3,torn " * 90)
    (place / "assets/minutebook/00000/00000003-x-00000000.pdf").write_bytes(b"half")
    run = Run(Recording(place, forgotten), earlier.batches, earlier.planned, earlier.clock)
    store = opened(place, run.clock, run.recording)
    run.told(store)
    run.append(store, whole(b"b"), line("bob"))
    store.close()
    return run


def creating(place: Path, forgotten: str = "") -> Run:
    """A vault is provisioned; whoever did so is told when it is there."""
    place.parent.mkdir(exist_ok=True)
    run = Run(Recording(place.parent, forgotten))
    create(place, "Acme Holdings", "corporation", entropy=seeded(), now=stamp(0), calls=run.recording)
    store = opened(place, run.clock)
    run.told(store)
    store.close()
    return run


def rolling(place: Path, forgotten: str = "") -> Run:
    """Rows that wait fill a register file to its last row; a batch begins the next one."""
    run = Run(Recording(vault(place), forgotten))
    store = opened(place, run.clock, run.recording)
    store.logs[Log.AUDIT].register.file_rows = 4
    for number in range(3):
        run.audit(store, f"list {number}")
    run.append(store, whole(b"a"))
    store.close()
    return run


@dataclass
class Judge:
    """Starts vaults on states of the disk, each state once, and says what is wrong with them."""

    place: Path
    run: Run
    seen: set[bytes] = field(default_factory=set)
    judged: int = 0

    def trouble(self, files: Files, told: list[Told]) -> str:
        """'' where a start on `files` finds everything that was told, invents nothing, and goes on."""
        promised = told[-1] if told else Told((), ())
        mark = sha256(repr((sorted(files.items()), promised)).encode()).digest()
        if mark in self.seen:
            return ""
        self.seen.add(mark)
        self.judged += 1
        root = self._laid_out(files)
        try:
            store = opened(root, Clock(10_000 + self.judged))
            found = store.read_only or self._compare(store, promised) or self._go_on(store, promised)
            store.close()
            return found or "; ".join(f"{one.path}: {one.expected}, {one.found}" for one in verify(root).findings)
        except (ToteboxError, OSError, AssertionError) as error:
            return f"{type(error).__name__}: {error}"
        finally:
            shutil.rmtree(root)

    def _laid_out(self, files: Files) -> Path:
        root = lay_out(files, self.place / f"state{self.judged}")
        if (root / "local/home").exists() and (root / "local/home").stat().st_size:
            (root / "local/home").write_text(home_line(root))
        return root

    def _compare(self, store: Store, promised: Told) -> str:
        records, audit = (store.logs[log].entries(0, 1 << 30) for log in (Log.RECORDS, Log.AUDIT))
        for have, must in ((records, promised.records), (audit, promised.audit)):
            if tuple(entry.leaf for entry in have[: len(must)]) != must:
                return f"acknowledged and lost: {set(must) - {entry.leaf for entry in have}}"
        meant_audit = {leaf for leaf, _ in self.run.planned}
        for row in audit[1:]:
            if row.leaf not in meant_audit and row.kind not in OWN_AUDIT:
                return f"an invented audit row: {row.leaf!r}"
        batches = dict(self.run.planned)
        for entry in records[1:]:
            leaves = batches.get(audit[entry.audit or 0].leaf, ())
            have = tuple(one.leaf for one in records if one.audit == entry.audit)
            if entry.kind not in OWN and (entry.leaf not in leaves or have != leaves):
                return f"an invented entry, or part of a batch: {entry.leaf!r}"
        return ""

    def _go_on(self, store: Store, promised: Told) -> str:
        """Every command is sent again: those that were acknowledged are recognised, the others are done now."""
        done = [
            audit
            for audit, entries in self.run.planned
            if audit in promised.audit and {*entries} <= {*promised.records}
        ]
        acknowledged = b"\n".join(done)
        for wanted in self.run.batches:
            planned = store.planner.plan_batch(wanted, stamp(40_000))
            if isinstance(planned, Outcome):
                if b"," + wanted.command.encode() + b":" in acknowledged:
                    return f"command {wanted.command} was acknowledged and is done twice"
                store.commit([planned], {})
        return ""


def power_losses(run: Run, most: int, *, every: int = 1) -> Iterator[tuple[int, Files, list[Told]]]:
    """Power is lost after each call of the run: (calls made, state, what was told until then)."""
    ops = run.recording.ops
    disk = after(run.recording.start, [])
    for made in range(len(ops) + 1):
        if made:
            disk.take(ops[made - 1])
        if made % every == 0 or made == len(ops):
            for files in disk.crashes(most, made):
                yield made, files, list(disk.told)


def killed_then_power_lost(
    run: Run, place: Path, most: int, *, forgotten: str = "", every: int = 1
) -> Iterator[tuple[int, Files, list[Told]]]:
    """The writer is killed after each call, and another one starts on the page cache; when that one serves, power is lost."""
    ops = run.recording.ops
    for made in range(0, len(ops) + 1, every):
        disk = after(run.recording.start, ops[:made])
        yield from _second_life(run, disk, place / f"killed{made}", made, most, forgotten)


def _second_life(
    run: Run, disk: Disk, root: Path, made: int, most: int, forgotten: str
) -> Iterator[tuple[int, Files, list[Told]]]:
    lay_out(disk.all_there(), root)
    (root / "local/home").write_text(home_line(root))
    recording = Recording(root, forgotten, disk.nodes())
    store = opened(root, Clock(5_000), recording)
    assert store.read_only == "", store.read_only
    recording.told(leaves_of(store, Log.RECORDS), leaves_of(store, Log.AUDIT))
    wanted = batch(whole(b"second life"), line("second"), command="5ec0")
    planned = store.planner.plan_batch(wanted, stamp(6_000))
    assert isinstance(planned, Outcome)
    run.meant(planned)
    store.commit([planned], {})
    recording.told(leaves_of(store, Log.RECORDS), leaves_of(store, Log.AUDIT))
    store.close()
    shutil.rmtree(root)
    for op in recording.ops:
        disk.take(op)
        if isinstance(op, Told):
            for files in disk.crashes(most, made):
                yield made, files, list(disk.told)


def below(files: Files, name: str) -> Files:
    """The part of `files` below the folder `name`; empty where it is not there."""
    found = {path.removeprefix(f"{name}/"): data for path, data in files.items() if path.startswith(f"{name}/")}
    return ({"": None} | found) if name in files else {}


def empty(tree: Tree) -> bool:
    """Whether nothing lies in `tree`."""
    return not any(tree.folders.values()) and not tree.files


def fast_place(fallback: Path) -> Path:
    """A folder in memory, where there is one: the states are about order, not about a real disk."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK):
        return fallback
    return shared
