"""Protocol between the daemon and the launcher, over one stream socket. Both directions are typed and bounded; no length is free.

First the daemon sends the registry, once, in frames (`totebox.process.frames`):

    PROGRAM*  FILE*  END      rows in order; PROGRAM: name, module, profile, descriptors, most, is_apart, finishes, guard; FILE: a path

Then it sends orders, and the launcher sends reports. The descriptors of an order are sent with its first byte (SCM_RIGHTS):

    order     kind u8 | row u8 | number u32                   6 bytes
    report    kind u8 | number u32 | pid i32 | value i32     13 bytes

    START row number + descriptors    STARTED number pid, then ENDED number pid status; or REFUSED number 0 errno
    KILL number                       the process gets SIGKILL
    READY row                         a process of that row serves: its guard begins
    OPEN row + socket                 the file of that row is sent back over the socket, open for reading; nothing where there is none
                                      GUARD row 0 errno: the state of the guard of that row, 0 when it succeeds

An order names a program by its row alone. The module, the words and the vault were sent before the daemon had a connection to any peer,
so a compromised daemon can start nothing else. The daemon chooses `number` for a process, and never uses it twice.
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
    """The kinds of frames of the registry."""

    PROGRAM = 1
    FILE = 2
    END = 3


MOST: dict[int, int] = {Setup.PROGRAM: 1_024, Setup.FILE: 256, Setup.END: 0}
_PROGRAM = (TEXTS, TEXTS, TEXTS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, TEXTS)


class Order(IntEnum):
    """The orders of the daemon."""

    START = 1
    KILL = 2
    READY = 3
    OPEN = 4


class LauncherReport(IntEnum):
    """The reports of the launcher."""

    STARTED = 1
    ENDED = 2
    REFUSED = 3
    GUARD = 4


class ProgramRow(NamedTuple):
    """The part of a program that the launcher needs to start it. Not a dataclass: importing those costs the launcher 0.9 MiB."""

    name: str
    module: str
    profile: str
    descriptors: int
    most: int
    is_apart: bool
    finishes: bool
    guard: str


def setup_frames(programs: "Iterable[Program]", files: Iterable[str]) -> bytes:
    """The frames of the whole registry."""
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


def receive_setup(control: socket.socket) -> tuple[Sequence[ProgramRow], Sequence[str]]:
    """Read the registry, and no byte after it. Blocks.

    Raises:
        Misbehaved: it is not a registry, or the other end closed.
    """
    rows: list[ProgramRow] = []
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


def _row(body: bytes) -> ProgramRow:
    name, module, profile, descriptors, most, is_apart, finishes, guard = cast(
        "tuple[str, str, str, int, int, int, int, str]", get_fields(body, _PROGRAM, 200)
    )
    if not 1 <= descriptors <= MAX_DESCRIPTORS or not 1 <= most <= 255:
        raise Misbehaved(f"program {name} with {descriptors} descriptors, {most} at the same time")
    return ProgramRow(name, module, profile, descriptors, most, bool(is_apart), bool(finishes), guard)


def _exactly(control: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = control.recv(size - len(data))
        if not more:
            raise Misbehaved("a registry that ends too early")
        data += more
    return data
