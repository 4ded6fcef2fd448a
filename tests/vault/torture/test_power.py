"""Power fails under a running writer, on real file systems: nothing that was acknowledged is missing afterwards.

A file system on a loop device is cut off without flushing its journal (FS_IOC_SHUTDOWN), unmounted, mounted again, and the vault
is started and verified. A few cycles run where root and loop devices are; 200 on each file system with TORTURE=1.
"""

import fcntl
import os
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.patience import PROGRAM_S
from totebox.clock import now_text
from totebox.vault.check.verification import verify
from totebox.vault.commit.recovery import recover
from totebox.vault.life.creation import create
from totebox.vault.life.home import lock

ALL = os.environ.get("TORTURE") == "1"
CYCLES = 200 if ALL else 3
CHECKED_EVERY = 10 if ALL else 1
"""A verification reads everything; acknowledged entries are looked for after every cycle."""
SHUTDOWN, WITHOUT_LOG = 0x8004587D, 2
PROGRAM = Path(__file__).parent / "appender.py"
MAKE = {"ext4": ("mkfs.ext4", "-q", "-F"), "xfs": ("mkfs.xfs", "-q", "-f")}
SIZE = 2 << 30


@dataclass
class Machine:
    """A file system of its own that can lose its power."""

    place: Path
    device: str
    mount: Path
    told: list[bytes] = field(default_factory=list)

    def on(self) -> None:
        subprocess.run(["mount", self.device, self.mount], check=True, capture_output=True)

    def off(self) -> None:
        subprocess.run(["umount", self.mount], check=True, capture_output=True)

    def cut(self) -> None:
        """What was not on the disk is not on it."""
        descriptor = os.open(self.mount, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", WITHOUT_LOG))
        finally:
            os.close(descriptor)


@pytest.fixture(params=MAKE)
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machine]:
    """Skips by name where there is no root, no loop device, or no program that makes the file system."""
    kind: str = request.param
    if os.geteuid() or shutil.which("losetup") is None or shutil.which(MAKE[kind][0]) is None:
        pytest.skip(f"a power failure on {kind} needs root, losetup and {MAKE[kind][0]}")
    image = tmp_path / "disk"
    with image.open("wb") as stream:
        stream.truncate(SIZE)
    attached = subprocess.run(["losetup", "-f", "--show", image], capture_output=True, text=True, check=False)
    if attached.returncode:
        pytest.skip(f"no loop device: {attached.stderr.strip()}")
    found = Machine(tmp_path, attached.stdout.strip(), tmp_path / "mount")
    found.mount.mkdir()
    try:
        made = subprocess.run([*MAKE[kind], found.device], capture_output=True, text=True, check=False)
        tried = subprocess.run(["mount", found.device, found.mount], capture_output=True, text=True, check=False)
        if made.returncode or tried.returncode:
            pytest.skip(f"{kind} cannot be made or mounted here: {(made.stderr + tried.stderr).strip()}")
        yield found
        found.off()
    finally:
        subprocess.run(["losetup", "-d", found.device], check=True)


def test_power_fails_under_a_writer(machine: Machine) -> None:
    """After each failure every acknowledged entry is there with its bytes, and the vault verifies."""
    root, chance = machine.mount / "vault", random.Random(4)
    create(root, "Acme", "company", entropy=os.urandom, now=now_text())
    descriptor = os.open(root.parent, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    for cycle in range(CYCLES):
        told = lost_power(machine, root, chance.randrange(1, 120))
        assert told, "the writer was cut off before it had appended anything"
        machine.told += told
        check(machine, root, told, whole=cycle % CHECKED_EVERY == CHECKED_EVERY - 1)
    print(f"{machine.mount}: {CYCLES} power failures, {len(machine.told)} entries acknowledged, 0 lost")  # noqa: T201


def lost_power(machine: Machine, root: Path, after: int) -> list[bytes]:
    """One life of a writer, cut off after so many acknowledged entries: what it was told."""
    writer = subprocess.Popen([sys.executable, PROGRAM, root], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None
    told: list[bytes] = []
    for line in writer.stdout:
        told.append(line)
        if len(told) == after:
            machine.cut()
    writer.kill()
    _, said = writer.communicate(timeout=PROGRAM_S)
    assert len(told) >= after, said.decode()
    machine.off()
    machine.on()
    return [line.rstrip(b"\n") for line in told]


def check(machine: Machine, root: Path, told: list[bytes], *, whole: bool) -> None:
    """A start finds everything, and gives what the failure tore its owner."""
    held = lock(root)
    store = recover(root, now_text)
    try:
        assert store.read_only == ""
        for leaf in machine.told if whole else told:
            entry = next(iter(store.logs.values())).entry(int(leaf.partition(b",")[0]))
            assert entry.leaf == leaf
            assert len(store.read(entry.index, 0, entry.length)) == entry.length
    finally:
        store.close()
        os.close(held)
    if whole:
        assert verify(root).findings == ()
