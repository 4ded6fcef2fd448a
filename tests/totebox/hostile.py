"""What a stranger may have put into a vault, and the programs that look at it."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

HUGE_BYTES = 200 << 30
NESTED = 3_000


def aside_of(path: Path) -> Path:
    """Where what was at `path` lies now."""
    return path.with_name(f"{path.name}.aside")


def fifo(path: Path) -> None:
    """Whoever opens it and waits, waits for ever."""
    os.mkfifo(path)


def device(path: Path) -> None:
    """/dev/zero: it never ends."""
    os.mknod(path, 0o20666, os.makedev(1, 5))


def link(path: Path) -> None:
    """Leads out of the vault, to what belongs there."""
    path.symlink_to(aside_of(path))


def listener(path: Path) -> None:
    """A Unix socket."""
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(path.name[:100])
    finally:
        os.chdir(here)


def sparse(path: Path) -> None:
    """200 GiB of nothing."""
    with path.open("wb") as stream:
        stream.truncate(HUGE_BYTES)


def grown(path: Path) -> None:
    """What belongs there, and 200 GiB of nothing behind it."""
    shutil.copyfile(aside_of(path), path)
    with path.open("r+b") as stream:
        stream.truncate(HUGE_BYTES)


def nested(path: Path) -> None:
    """3,000 folders within one another: no path leads to the last one."""
    path.mkdir()
    folder = os.open(path, os.O_RDONLY)
    for _ in range(NESTED):
        os.mkdir("d", dir_fd=folder)
        below = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)


OBJECTS: dict[str, Callable[[Path], None]] = {
    each.__name__: each for each in (fifo, device, link, listener, sparse, grown, nested)
}


def replace(root: Path, aside: Path, target: str, name: str) -> None:
    """Put the object `name` where `target` of the vault lies, whose own bytes go to the folder `aside`."""
    path, made = root / target, aside / Path(target).name
    if path.exists():
        shutil.move(path, aside_of(made))
    else:
        aside_of(made).write_bytes(b"")
    OBJECTS[name](made)
    made.rename(path)


def listing(root: Path) -> list[tuple[bytes, bytes]]:
    """Every name below `root`, with its mode, size, time of change and inode."""
    found = subprocess.run(
        ["find", ".", "-printf", "%p\\0%m %s %T@ %i\\0"], cwd=root, capture_output=True, check=False
    ).stdout.split(b"\0")
    return sorted(zip(found[::2], found[1::2], strict=False))


@dataclass(frozen=True, slots=True)
class Ended:
    """How a verb ended."""

    status: int
    out: str
    errors: str
    peak_kib: int


class Jobs:
    """The process that starts verbs (`jobs.py`)."""

    def __init__(self, runtime: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("jobs.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent.parent,
            env={**os.environ, "XDG_RUNTIME_DIR": str(runtime)},
        )  # fmt: skip

    def run(self, *words: object) -> Ended:
        """One verb to its end."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"words": [str(word) for word in words]}) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))

    def __enter__(self) -> "Jobs":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
