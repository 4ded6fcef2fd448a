"""What every program is handed of where it runs, `VAULT GRADE PROFILE LOG FD...` behind its module, and how it shuts itself in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from protocol.schema.numbers import Grade
from totebox.cage.entry import enter
from totebox.cage.grade import Standing, settle
from totebox.cage.profiles import PROFILES, Access, Profile
from totebox.process.program_words import LOG


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a program runs.

    Attributes:
        vault: the vault that it works for; None where it works for none.
        grade: how hard the kernel shall keep it.
        profile: the cage that it enters, as its row in the registry names it.
        log: system calls that no profile names pass, and the kernel's log tells of them (`--cage-log`).
        descriptors: what came along, in the order of its row.
    """

    vault: Path | None
    grade: Grade
    profile: Profile
    log: bool
    descriptors: tuple[int, ...]

    def settle(self) -> Standing:
        """The grade that this process runs with, and whether it enters its cage."""
        return settle(self.grade, log=self.log)

    def shut_in(self, places: Mapping[Path, Access], *, secrets: Iterable[Path] | None = None) -> None:
        """Enter the cage for good: see `totebox.cage.entry.enter`. `secrets` is the vault where it is not given."""
        own = () if self.vault is None else (self.vault,)
        enter(self.profile, places, secrets=own if secrets is None else secrets, log=self.log)


def surroundings(words: Sequence[str]) -> Surroundings:
    """Read the words behind the module.

    Raises:
        ValueError, KeyError: they are not what a launcher says.
    """
    vault, grade, profile, log, *descriptors = words
    return Surroundings(
        Path(vault) if vault else None, Grade(grade), PROFILES[profile], log == LOG, tuple(map(int, descriptors))
    )
