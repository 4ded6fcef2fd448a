"""What the vault's figures share: vaults made in this process, the peer that does the same duties, and journalled disks of our own."""

import contextlib
import hashlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import perf_counter

from totebox.clock import now_text
from totebox.vault.api import AuditDraft, Batch, Draft, Line
from totebox.vault.commit.plan import Outcome
from totebox.vault.commit.recovery import recover
from totebox.vault.commit.store import Store
from totebox.vault.life.creation import create

ACTOR = "SHA256:bench"
HEADER = ("anchor", "attribute", "value")
LOOP_BYTES = 2 << 30
BUSY_S = 120.0
"""How long a writer of SQLite waits for its turn: nobody gives up in a run."""
MAKERS = {"ext4": ("mkfs.ext4", "-q", "-F"), "xfs": ("mkfs.xfs", "-q", "-f")}


def batch(start: int, count: int) -> Batch:
    """`count` small records: lines of one segment, as an import hands them over."""
    drafts = [
        Draft("people", "claim", f"anchor-{number}", Line("claims", HEADER, (f"anchor-{number}", "email", f"{number}@example.org")))
        for number in range(start, start + count)
    ]  # fmt: skip
    return Batch(ACTOR, "", b"", AuditDraft("COMMAND", ACTOR, "import"), tuple(drafts))


class OurVault:
    """A vault opened in this process: the code the writer process runs, without the socketpair."""

    def __init__(self, root: Path) -> None:
        create(root, "Bench", "company", entropy=os.urandom, now=now_text())
        self.root = root
        self.store: Store = recover(root, now_text)
        self._next = 0

    def append(self, count: int = 1) -> None:
        """One batch, durable and proved."""
        outcome = self.store.planner.plan_batch(batch(self._next, count), now_text())
        assert isinstance(outcome, Outcome)
        self.store.commit([outcome], {})
        self.store.appended(outcome)
        self._next += count

    def grow(self, size: int, per_batch: int = 256) -> None:
        """Append until there are `size` entries."""
        while self.store.planner.records_size < size:
            self.append(min(per_batch, size - self.store.planner.records_size))
            self.store.note(least=1_024)

    def close(self) -> None:
        """As a proper end does: checkpoints and tiles are stored."""
        self.store.note(least=1)
        self.store.close()


class SqliteLedger:
    """SQLite (WAL, synchronous=FULL) doing the same duties: an audit row committed, then its records, each with its hash."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None, timeout=BUSY_S)
        for statement in (
            "pragma journal_mode = wal",
            "pragma synchronous = full",
            "create table if not exists audit (id integer primary key, time, actor, kind, subject, detail, size, root blob)",
            "create table if not exists record (id integer primary key, time, actor, service, kind, subject, payload blob, sha256 blob,"
            " length, audit, command, note)",
        ):
            self._database.execute(statement)
        self._next = 0

    def append(self, count: int = 1) -> None:
        """One batch, durable."""
        execute = self._database.execute
        execute("begin")
        audit = execute(
            "insert into audit values (null, ?, ?, ?, ?, ?, ?, ?)",
            (now_text(), ACTOR, "COMMAND", "import", "", self._next, bytes(32)),
        ).lastrowid
        execute("commit")
        execute("begin")
        rows = [self._row(number, audit) for number in range(self._next, self._next + count)]
        self._database.executemany("insert into record values (null, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        execute("commit")
        self._next += count

    def close(self) -> None:
        self._database.close()

    @staticmethod
    def together(path: Path, writers: int, each: int) -> float:
        """Seconds that `writers` threads, with a connection each, take to append `each` batches of one record."""
        ready = Barrier(writers + 1)

        def write() -> None:
            ledger = SqliteLedger(path)
            ready.wait()
            for _ in range(each):
                ledger.append()
            ledger.close()

        with ThreadPoolExecutor(writers) as pool:
            done = [pool.submit(write) for _ in range(writers)]
            ready.wait()
            started = perf_counter()
            for one in done:
                one.result()
        return perf_counter() - started

    def _row(self, number: int, audit: int | None) -> tuple[object, ...]:
        payload = f"anchor-{number},email,{number}@example.org\n".encode()
        digest = hashlib.sha256(payload).digest()
        return now_text(), ACTOR, "people", "claim", f"anchor-{number}", payload, digest, len(payload), audit, "", ""


@contextlib.contextmanager
def workspace(system: str) -> Iterator[Path]:
    """An empty folder on `system`: "disk", or a loop-mounted "ext4" or "xfs" of 2 GiB.

    Raises:
        Unavailable: it cannot be made here, and why.
    """
    folder = Path(tempfile.mkdtemp(prefix="vault-bench-"))
    try:
        if system == "disk":
            yield folder
        else:
            with _mounted(system, folder) as inside:
                yield inside
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Unavailable(Exception):
    """A file system that cannot be made here."""


@contextlib.contextmanager
def _mounted(system: str, folder: Path) -> Iterator[Path]:
    maker = MAKERS[system]
    if os.geteuid() != 0:
        raise Unavailable(f"{system}: a loop mount needs root")
    if shutil.which(maker[0]) is None:
        raise Unavailable(f"{system}: there is no {maker[0]} here")
    image, inside = folder / "image", folder / "mounted"
    inside.mkdir()
    with image.open("wb") as file:
        file.truncate(LOOP_BYTES)
    for command in ((*maker, str(image)), ("mount", "-o", "loop", str(image), str(inside))):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise Unavailable(f"{system}: {command[0]}: {done.stderr.strip().splitlines()[-1:]}")
    try:
        yield inside
    finally:
        subprocess.run(("umount", str(inside)), check=True)


def systems() -> tuple[str, ...]:
    """Where the figures of durability are taken."""
    return ("disk", "ext4", "xfs")


def each_system(measure: Callable[[str, Path], None]) -> list[str]:
    """Run `measure` on every file system; what could not be had here, and why."""
    skipped = []
    for system in systems():
        try:
            with workspace(system) as folder:
                measure(system, folder)
        except Unavailable as error:
            skipped.append(str(error))
    return skipped
