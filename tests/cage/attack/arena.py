"""What an attack finds around it: its own vault, a sibling's, a process of the same user outside, sockets, files of the machine."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Attack = Callable[["Arena"], object]
ATTACKS: dict[str, Attack] = {}
"""Name -> what is tried. It raises OSError where it is refused; whatever it gives back is proof that it was not."""


@dataclass(frozen=True, slots=True)
class Arena:
    """Paths are absolute; `victim` is a process outside that shares the attacker's user."""

    own: Path
    sibling: Path
    home: Path
    """A person's folder: `secret` in it is nobody's business here."""
    runtime: Path
    """The folder of both vaults' socket folders: `own/s` and `sibling/s`."""
    victim: int
    port: int
    """Somebody listens on it at 127.0.0.1."""

    @property
    def sealed(self) -> Path:
        return self.own / "assets/minutebook/sealed"

    @property
    def register(self) -> Path:
        return max(
            (self.own / "ledger/register").glob("*.csv"), default=self.own / "ledger/register/000000000000-1.csv"
        )


def attack(name: str) -> Callable[[Attack], Attack]:
    """Enters a function into the table."""

    def enter(one: Attack) -> Attack:
        assert name not in ATTACKS, name
        ATTACKS[name] = one
        return one

    return enter


def simple(**attacks: Attack) -> None:
    """Enters attacks that are one expression."""
    for name, one in attacks.items():
        attack(name.replace("_", " "))(one)
