"""A vault on disk without its writer process: recover, append, close. What crashes is simulated by what lies on the disk."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from totebox.vault.api import Appended, AuditDraft, Batch, Draft, Line, Whole
from totebox.vault.check.verification import Report, verify
from totebox.vault.commit.plan import Outcome
from totebox.vault.commit.recovery import recover
from totebox.vault.commit.store import Store
from totebox.vault.life.home import HOME, home_line

ACTOR = "SHA256:test"


def stamp(tick: int) -> str:
    """The time `tick` seconds after a fixed beginning."""
    return f"2030-01-01T{tick // 3600:02d}:{tick // 60 % 60:02d}:{tick % 60:02d}.000000Z"


@dataclass
class Clock:
    """Moves one second at every reading."""

    tick: int = 0

    def __call__(self) -> str:
        self.tick += 1
        return stamp(self.tick)


def whole(data: bytes, name: str = "lease.pdf") -> Draft:
    return Draft("minutebook", "original", name, Whole(data), name)


def message(data: bytes, name: str = "Re: lease.eml") -> Draft:
    """A message, which lies on a Maildir shelf."""
    return Draft("email", "message", name, Whole(data), name)


def line(anchor: str, value: str = "v", segment: str = "claims") -> Draft:
    return Draft("people", "claim", anchor, Line(segment, ("anchor", "value"), (anchor, value)))


def batch(*drafts: Draft, command: str = "", digest: bytes = b"\1" * 32) -> Batch:
    return Batch(ACTOR, command, digest, AuditDraft("COMMAND", ACTOR, "input.confirm"), drafts)


@dataclass
class Bench:
    """One vault and the store that has it open."""

    root: Path
    clock: Clock = field(default_factory=Clock)
    store: Store | None = None

    def open(self) -> Store:
        """Recover, as a start does."""
        self.close()
        self.store = recover(self.root, self.clock)
        return self.store

    def append(self, *drafts: Draft, command: str = "", digest: bytes = b"\1" * 32) -> Appended:
        """One batch, committed."""
        store = self.store or self.open()
        planned = store.planner.plan_batch(batch(*drafts, command=command, digest=digest), self.clock())
        if not isinstance(planned, Outcome):
            return store.repeated(planned.audit_index)
        store.commit([planned], {})
        return store.appended(planned)

    def close(self) -> None:
        """Let go, as kill -9 does: nothing more is written."""
        if self.store is not None:
            self.store.close()
        self.store = None

    def stop(self) -> None:
        """Let go, as a proper end does: checkpoints are stored."""
        if self.store is not None and not self.store.read_only:
            self.store.note(least=1)
        self.close()

    def verify(self) -> Report:
        return verify(self.root)

    def copy(self, target: Path) -> "Bench":
        """A copy of the vault as it lies on the disk, at home where it is; the original knows nothing of it."""
        self.close()
        shutil.copytree(self.root, target)
        (target / HOME).write_text(home_line(target))
        return Bench(target, self.clock)
