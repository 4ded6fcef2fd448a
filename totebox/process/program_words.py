"""The words after a program's module on its command line: `VAULT GRADE PROFILE LOG FD...`. Imports little, since every program loads it."""

from collections.abc import Iterable

LOG, NO_LOG = "log", "-"


def program_words(vault: str, grade: str, profile: str, log: str, descriptors: Iterable[int]) -> list[str]:
    """The words after a program's module; `totebox.process.surroundings` reads them. `log` is LOG or NO_LOG."""
    return [vault, grade, profile, log, *map(str, descriptors)]
