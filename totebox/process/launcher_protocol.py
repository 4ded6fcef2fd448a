"""What the daemon and the launcher say to each other over one stream socket. Both ends are typed and bounded; nothing has a free length.

First the daemon hands over the registry, in frames (`totebox.process.frames`), once:

    PROGRAM*  FILE*  END      rows in order; PROGRAM: name, module, profile, descriptors, most, is_apart, finishes, guard; FILE: a path

Then it gives orders, and the launcher reports. An order's descriptors travel with its first byte (SCM_RIGHTS):

    order     kind u8 | row u8 | number u32                   6 bytes
    report    kind u8 | number u32 | pid i32 | value i32     13 bytes

    START row number + descriptors    STARTED number pid, then ENDED number pid status; or REFUSED number 0 errno
    KILL number                       SIGKILL
    READY row                         a process of that row has said that it serves: its guard begins
    OPEN row + socket                 the file of that row comes back on the socket, open for reading; nothing where there is none
                                      GUARD row 0 errno: how the guard of that row stands, 0 when all is right

A program is named by its row alone: the module, the words and the vault are what the launcher was handed before the daemon spoke with
anybody, so a daemon that was taken over can start nothing else. `number` is the daemon's own name for a process, never used twice.
"""

import socket
import struct
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple, cast

from totebox.process.frames import HEAD, NUMBERS, TEXTS, Misbehaved, fields, frame, get_fields, get_text

if TYPE_CHECKING:
    from totebox.process.program import Program

ORDER = struct.Struct("!BBI")
REPORT = struct.Struct("!BIii")
MAX_ROWS = 64
MAX_DESCRIPTORS = 8


class Setup(IntEnum):
    """The frames that hand over the registry."""

    PROGRAM = 1
    FILE = 2
    END = 3


MOST: dict[int, int] = {Setup.PROGRAM: 1_024, Setup.FILE: 256, Setup.END: 0}
_PROGRAM = (TEXTS, TEXTS, TEXTS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, TEXTS)


class Order(IntEnum):
    """What the daemon orders."""

    START = 1
    KILL = 2
    READY = 3
    OPEN = 4


class Report(IntEnum):
    """What the launcher reports."""

    STARTED = 1
    ENDED = 2
    REFUSED = 3
    GUARD = 4


class Row(NamedTuple):
    """A program as the launcher knows it: what it needs to start one, and no more. No dataclass: those cost the launcher 0.9 MiB."""

    name: str
    module: str
    profile: str
    descriptors: int
    most: int
    is_apart: bool
    finishes: bool
    guard: str


def setup_frames(programs: "Iterable[Program]", files: Iterable[str]) -> bytes:
    """The registry, whole."""
    return b"".join(_setup_frames(programs, files))


def _setup_frames(programs: "Iterable[Program]", files: Iterable[str]) -> Iterator[bytes]:
    for one in programs:
        yield frame(
            Setup.PROGRAM,
            fields(
                one.name, one.module, one.profile.kind, len(one.descriptors), one.most, int(one.is_apart), int(one.finishes), one.guard
            ),
        )  # fmt: skip
    for file in files:
        yield frame(Setup.FILE, file.encode())
    yield frame(Setup.END, b"")


def receive_setup(control: socket.socket) -> tuple[Sequence[Row], Sequence[str]]:
    """Read the registry, and not a byte of what follows it. Blocks.

    Raises:
        Misbehaved: it is no registry, or the other end closed.
    """
    rows: list[Row] = []
    files: list[str] = []
    while len(rows) + len(files) <= MAX_ROWS:
        kind, length = HEAD.unpack(_exactly(control, HEAD.size))
        if length > MOST.get(kind, -1):
            raise Misbehaved(f"a frame of kind {kind} with {length} bytes in the registry")
        body = _exactly(control, length)
        match Setup(kind):
            case Setup.PROGRAM:
                rows.append(_row(body))
            case Setup.FILE:
                files.append(get_text(body))
            case Setup.END:
                return rows, files
    raise Misbehaved(f"a registry of more than {MAX_ROWS} rows")


def _row(body: bytes) -> Row:
    name, module, profile, descriptors, most, is_apart, finishes, guard = cast(
        "tuple[str, str, str, int, int, int, int, str]", get_fields(body, _PROGRAM, 200)
    )
    if not 1 <= descriptors <= MAX_DESCRIPTORS or not 1 <= most <= 255:
        raise Misbehaved(f"program {name} with {descriptors} descriptors, {most} at the same time")
    return Row(name, module, profile, descriptors, most, bool(is_apart), bool(finishes), guard)


def _exactly(control: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = control.recv(size - len(data))
        if not more:
            raise Misbehaved("a registry that ends too early")
        data += more
    return data
