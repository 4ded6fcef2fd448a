"""A daemon on a disk that its own staging has filled."""

import errno
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.totebox.conftest import Daemon, Program

SIZE = 48 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """An ext4 of 48 MiB on a loop device; skips by name where there is no root, no loop device or no mkfs."""
    place, image = tmp_path / "disk", tmp_path / "image"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(SIZE)
    for command in (["mkfs.ext4", "-q", "-F", "-m", "0", image], ["mount", "-o", "loop", image, place]):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError as missing:
            pytest.skip(f"no small disk here: {missing}")
        if done.returncode != 0:
            pytest.skip(f"no small disk here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def fill(path: Path) -> None:
    """Until not a byte more fits."""
    with path.open("wb", buffering=0) as file:
        for block in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"x" * block)
            except OSError as full:
                assert full.errno == errno.ENOSPC


def test_a_start_needs_no_disk(small_disk: Path, program: Program) -> None:
    """Half an upload filled it and the daemon was killed: the next start clears it before it writes anything, says so, and is ready."""
    daemon = Daemon(program, small_disk / "vault")
    daemon.init()
    (small_disk / "vault/cache/intake").mkdir(exist_ok=True)
    fill(small_disk / "vault/cache/intake/0123456789abcdef")
    daemon.start()
    assert not list((small_disk / "vault/cache/intake").iterdir())
    assert daemon.stop() == 0
    registers = (small_disk / "vault/ledger/audit/register").glob("*.csv")
    said = "".join(path.read_text() for path in registers)
    assert "ABANDONED" in said and "0123456789abcdef" in said and "STARTED" in said


def test_a_start_on_a_disk_that_others_filled(small_disk: Path, program: Program) -> None:
    """Nothing of it is staging's: the daemon is ready all the same, and ends in good order."""
    daemon = Daemon(program, small_disk / "vault")
    daemon.init()
    fill(small_disk / "other")
    daemon.start()
    assert daemon.stop() == 0
