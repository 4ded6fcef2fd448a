"""Program: one row of the registry that the composition root gives to the launcher.

A program is run as `python -P -m MODULE VAULT GRADE PROFILE LOG FD...` (`totebox.process.surroundings` reads these words). The FDs are the
descriptors that its row names, in that order.
"""

from dataclasses import dataclass
from enum import Enum

from totebox.cage.profiles import Profile


class Lifetime(Enum):
    """How long a process of a program lives."""

    ONE_SHOT = "one-shot"
    """It does one job and ends; it is started for each job."""
    LONG_LIVED = "long-lived"
    """It serves until its first descriptor is closed at the other end; when it ends before that, it is started again."""


@dataclass(frozen=True, slots=True)
class Restart:
    """When a long-lived program that ended is started again.

    Attributes:
        pauses_s: seconds before the first start again, the second, ...; the last one repeats.
        most: number of starts in a row after which it is given up; None: never.
        steady_s: when a process ran for at least this long, the count begins again.
    """

    pauses_s: tuple[float, ...]
    most: int | None = None
    steady_s: float = 60.0

    def __post_init__(self) -> None:
        if not self.pauses_s:
            raise ValueError("a restart policy has at least one pause")

    def pause_s(self, number: int) -> float | None:
        """Seconds to wait before the restart with this `number`, from 1; None when the program is given up instead."""
        if self.most is not None and number > self.most:
            return None
        return self.pauses_s[min(number, len(self.pauses_s)) - 1]


@dataclass(frozen=True, slots=True)
class Program:
    """A program that the launcher can start.

    Attributes:
        name: one word, unique in its registry.
        module: the Python module that is run.
        profile: the cage that the process enters by itself.
        descriptors: a name for each descriptor that the process gets, in order. The first is the program's wire.
        lifetime: one-shot or long-lived.
        restart: the policy of a long-lived program; None for a one-shot.
        most: most processes of it at the same time, 1 to 255.
        is_apart: it has its own session and environment, and its output is dropped. Else it shares the daemon's output.
        finishes: when the daemon has ended, the launcher waits for the process to end by itself; else it kills it.
        guard: a module with `make_guard` (`totebox.process.guard`), which the launcher itself runs for the program; '' for none.
    """

    name: str
    module: str
    profile: Profile
    descriptors: tuple[str, ...] = ("wire",)
    lifetime: Lifetime = Lifetime.ONE_SHOT
    restart: Restart | None = None
    most: int = 1
    is_apart: bool = True
    finishes: bool = False
    guard: str = ""

    def __post_init__(self) -> None:
        if (self.lifetime is Lifetime.LONG_LIVED) != (self.restart is not None):
            raise ValueError(f"program {self.name}: a long-lived program has a restart policy, a one-shot has none")
