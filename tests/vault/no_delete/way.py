"""What a way to change or lose a byte of a record is, what it is tried on, and the list of all that are known.

A way returns what it did, or lets the OSError of the refusal through. It is tried inside a cage, and once without one on a
copy, where it must succeed: so a refusal means something. `door` marks a way that opens a door and stops there, because
behind it lies more than the vault.
"""

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

APPEND = os.O_WRONLY | os.O_APPEND
HERE = b"!"


class Lacking(Exception):
    """This machine has nothing of the kind."""


@dataclass(frozen=True)
class Way:
    """`act(vault)` tries it; `door` says that it changes nothing by itself; `cages` where it is tried."""

    act: Callable[[Path], str]
    door: bool
    cages: tuple[str, ...]

    @property
    def claim(self) -> str:
        return (self.act.__doc__ or "").rstrip(".")


WAYS: dict[str, Way] = {}


def way(
    *, door: bool = False, cages: tuple[str, ...] = ("writer", "service")
) -> Callable[[Callable[[Path], str]], Callable[[Path], str]]:
    def register(act: Callable[[Path], str]) -> Callable[[Path], str]:
        WAYS[act.__name__] = Way(act, door, cages)
        return act

    return register


def sealed(vault: Path) -> Path:
    """The largest whole file: more than two blocks."""
    return max((path for path in (vault / "assets").rglob("*") if path.is_file()), key=lambda p: p.stat().st_size)


def segment(vault: Path) -> Path:
    """A file that still grows."""
    return next(
        path for path in sorted((vault / "assets").rglob("*")) if path.is_file() and path.stat().st_mode & 0o200
    )


def register(vault: Path) -> Path:
    """The newest register file: the source of truth."""
    return max(path for path in (vault / "ledger/register").iterdir())


def victim() -> int:
    """A process outside every cage that holds the register open for appending."""
    return int(os.environ["VICTIM"])


def write_here(file: int) -> str:
    os.lseek(file, 0, os.SEEK_SET)
    os.write(file, HERE)
    return "wrote at 0"


def as_text(path: Path | str) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(os.fsencode(path))


def as_bytes(data: bytes) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(data, len(data))
