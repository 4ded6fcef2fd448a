"""Surroundings of a program: the words on its command line, `VAULT GRADE PROFILE LOG FD...`, and how it enters its cage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from protocol.schema.numbers import Grade
from totebox.cage.entry import enter
from totebox.cage.grade import EnforcedGrade, settle
from totebox.cage.profiles import PROFILES, Access, Profile
from totebox.process.program_words import LOG


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The surroundings of one process of a program.

    Attributes:
        vault: the vault for which it works; None where it works for none.
        grade: the grade of enforcement that the operator asked for.
        profile: the cage that it enters, from its row in the registry.
        log: system calls that no profile names are allowed and written to the kernel's log (`--cage-log`).
        descriptors: its descriptors, in the order of its row.
    """

    vault: Path | None
    grade: Grade
    profile: Profile
    log: bool
    descriptors: tuple[int, ...]

    def settle(self) -> EnforcedGrade:
        """The grade that this process runs with, and whether it enters its cage."""
        return settle(self.grade, log=self.log)

    def shut_in(self, places: Mapping[Path, Access], *, secrets: Iterable[Path] | None = None) -> None:
        """Enter the cage, which cannot be left: see `totebox.cage.entry.enter`. `secrets` is the vault where it is not given."""
        own = () if self.vault is None else (self.vault,)
        enter(self.profile, places, secrets=own if secrets is None else secrets, log=self.log)


def surroundings(words: Sequence[str]) -> Surroundings:
    """Read the words after the module.

    Raises:
        ValueError, KeyError: they are not words of a launcher.
    """
    vault, grade, profile, log, *descriptors = words
    return Surroundings(
        Path(vault) if vault else None, Grade(grade), PROFILES[profile], log == LOG, tuple(map(int, descriptors))
    )
