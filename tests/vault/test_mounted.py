"""A vault on a disk that is mounted for reading alone: reads are served, and who would write is told at once."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vault.bench import Bench, stamp, whole
from totebox.errors import ReadOnly
from totebox.vault.life.creation import create
from totebox.vault.life.rotation import rotate


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Bench]:
    """A vault with one record on a disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "none", place], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        create(place / "vault", "Acme", "company", entropy=os.urandom, now=stamp(0))
        made = Bench(place / "vault")
        made.append(whole(b"a"))
        made.stop()
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        yield made
        made.close()
    finally:
        subprocess.run(["umount", place], check=True)


def test_it_serves_reads_and_says_why_no_writes(mounted: Bench) -> None:
    """Before anything fails; it verifies."""
    store = mounted.open()
    assert "mounted read-only" in store.read_only and store.read(1, 0, 10) == b"a"
    mounted.close()
    assert mounted.verify().findings == ()


def test_its_key_is_not_turned(mounted: Bench) -> None:
    """The same words."""
    with pytest.raises(ReadOnly, match="mounted read-only"):
        rotate(mounted.root, entropy=os.urandom, now=mounted.clock)
