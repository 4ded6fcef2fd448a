"""The no-delete matrix: no way that we know changes or loses a byte from inside the writer's or the service's cage.

Each way is first tried without a cage on a copy: there it must succeed, or it proves nothing here and is skipped with the
kernel's word for it. The table of results is written beside the test's temporary files; its path is printed.
"""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import anyio
import pytest

from protocol.schema.numbers import Grade
from tests.patience import PROGRAM_S
from tests.vault.no_delete import ways
from totebox.cage import grade
from totebox.clock import now_text
from totebox.daemon.opening import open_vault
from totebox.vault.api import AuditDraft, Batch, Draft, Line, Member, Whole
from totebox.vault.check.verification import verify
from totebox.vault.life.creation import create

TOP = Path(__file__).parents[3]
HOLD = "import os, sys; held = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND); print('held', flush=True); sys.stdin.read()"
CASES = [(cage, name) for name, way in ways.WAYS.items() for cage in way.cages]

Bytes = dict[str, tuple[object, ...]]


@dataclass
class Arena:
    """A small vault, a process outside the cages that holds its register, and the table of what was tried."""

    vault: Path
    copies: Path
    before: Bytes
    victim: int
    controls: dict[str, tuple[str, str, bool]] = field(default_factory=dict)
    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    def control(self, name: str) -> tuple[str, str, bool]:
        """The way without a cage, on a copy: outcome, detail, and whether the copy was changed."""
        if name not in self.controls:
            copy = self.copies / name
            shutil.copytree(self.vault, copy, symlinks=True)
            before = contents(copy)
            with holding(copy) as victim:
                outcome, detail = attempt("", name, copy, victim)
            self.controls[name] = (outcome, detail, not copy.exists() or contents(copy) != before)
        return self.controls[name]


def attempt(cage: str, name: str, vault: Path, victim: int) -> tuple[str, str]:
    """One try in a process of its own: done, refused or lacking; and the detail."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.vault.no_delete.ways", cage, vault, name],
        cwd=TOP,
        env={**os.environ, "VICTIM": str(victim), "CAGE": cage},
        capture_output=True,
        text=True,
        timeout=PROGRAM_S,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.returncode}\n{ended.stderr}"
    outcome, _, detail = ended.stdout.strip().partition(" ")
    return outcome, detail


@contextmanager
def holding(vault: Path) -> Iterator[int]:
    """A process outside every cage that holds the newest register open for appending."""
    register = max((vault / "ledger/register").iterdir())
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, register], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process.pid
        process.stdin.close()
        process.wait(timeout=PROGRAM_S)


def contents(vault: Path) -> Bytes:
    """Every record and log file: its bytes, and what hangs on them."""
    found: Bytes = {}
    for room in ("assets", "ledger"):
        for path in sorted((vault / room).rglob("*")):
            state = path.lstat()
            data = sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            facts = (state.st_mode, state.st_uid, state.st_mtime_ns if path.is_file() else 0, state.st_nlink)
            tags = tuple(os.listxattr(path)) if hasattr(os, "listxattr") else ()
            found[str(path.relative_to(vault))] = (data, *(facts if path.is_file() else facts[:2]), tags)
    return found


async def fill(vault: Path) -> None:
    """Three entries: a whole file of some blocks, its text, a claim."""
    whole = Draft("minutebook", "original", "deed.pdf", Whole(bytes(range(256)) * 80), name="deed.pdf")
    text = Draft("minutebook", "text", "deed", Whole(b"# Deed\n"), name="deed.md", source=Member(0))
    claim = Draft("people", "claim", "anchor", Line("claims", ("anchor", "value"), ("a1", "Ada")), source=Member(0))
    async with open_vault(vault) as open_one:
        await open_one.append(Batch("local", "", b"", AuditDraft("COMMAND", "local", "SEAL"), (whole, text, claim)))


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """The table of results is written when all is tried."""
    if grade.best().grade is not Grade.KERNEL:
        pytest.skip(grade.best().reason)
    place = tmp_path_factory.mktemp("no-delete")
    vault, copies = place / "vault", place / "copies"
    create(vault, "Acme", "company", entropy=os.urandom, now=now_text())
    anyio.run(fill, vault)
    with holding(vault) as victim:
        arena = Arena(vault, copies, contents(vault), victim)
        yield arena
    table = place / "no-delete.csv"
    with table.open("w", newline="") as stream:
        heading = ("cage", "way", "what it tries", "without the cage", "inside")
        csv.writer(stream).writerows([heading, *sorted(arena.rows)])
    if sys.__stderr__:
        sys.__stderr__.write(f"\nno-delete matrix: {table}\n")


def test_there_are_thirty_ways_and_more() -> None:
    """At least thirty different ways are tried from inside each process."""
    for cage in ("writer", "service"):
        assert sum(cage in way.cages for way in ways.WAYS.values()) >= 30


@pytest.mark.parametrize(("cage", "name"), CASES, ids=[f"{cage}-{name}" for cage, name in CASES])
def test_no_byte_is_changed_or_lost(arena: Arena, cage: str, name: str) -> None:
    """What works without the cage is refused inside, and the vault is what it was, to the last byte."""
    way = ways.WAYS[name]
    outcome, detail, changed = arena.control(name)
    if outcome != "done":
        arena.rows.append((cage, name, way.claim, f"{outcome} {detail}", "not tried"))
        pytest.skip(f"it does not work without a cage either: {outcome} {detail}")
    assert changed or way.door, "this way is harmless: it proves nothing"
    caged, word = attempt(cage, name, arena.vault, arena.victim)
    arena.rows.append((cage, name, way.claim, detail, f"{caged} {word}"))
    assert caged == "refused", word
    assert contents(arena.vault) == arena.before


def test_the_vault_still_verifies(arena: Arena) -> None:
    """After all of it a full verification from bytes has no finding."""
    assert not verify(arena.vault).findings
    assert contents(arena.vault) == arena.before
