"""A disk that was copied as a whole keeps every inode: its vault is told from the one that it was taken from all the same."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vault.bench import Bench, stamp, whole
from totebox.vault.life.creation import create
from totebox.vault.life.home import why_not_home
from totebox.vault.life.move import adopt


def mounted(image: Path, place: Path) -> None:
    """Skips by name where no disk can be mounted."""
    place.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-o", "loop", image, place], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a disk cannot be mounted here: {done.stderr.strip()}")


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[tuple[Bench, Bench]]:
    """A vault on a disk of its own, and the same on a copy of that disk."""
    if os.geteuid() or shutil.which("mkfs.ext4") is None:
        pytest.skip("a disk of its own needs root and mkfs.ext4")
    first, second = tmp_path / "first", tmp_path / "second"
    image = tmp_path / "disk"
    with image.open("wb") as stream:
        stream.truncate(64 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True, capture_output=True)
    there: list[Path] = []
    try:
        mounted(image, first)
        there.append(first)
        create(first / "vault", "Acme", "company", entropy=os.urandom, now=stamp(0))
        made = Bench(first / "vault")
        made.append(whole(b"a"))
        made.stop()
        subprocess.run(["umount", there.pop()], check=True)
        shutil.copy(image, tmp_path / "copied")
        for disk, place in ((image, first), (tmp_path / "copied", second)):
            mounted(disk, place)
            there.append(place)
        yield made, Bench(second / "vault", made.clock)
        made.close()
    finally:
        for place in there:
            subprocess.run(["umount", place], check=True)


def test_one_of_two_twins_takes_writes(twins: tuple[Bench, Bench]) -> None:
    """The one that lies where its home is; the other says that it is a copy, and after a move it is the other way round."""
    first, second = twins
    assert (first.root / "ledger").stat().st_ino == (second.root / "ledger").stat().st_ino
    assert first.open().read_only == "" and "this is a copy" in second.open().read_only
    second.close()
    first.stop()
    assert adopt(second.root).retired
    assert second.open().read_only == "" and "retired" in first.open().read_only
    second.close()


def test_a_vault_seen_through_another_path_is_itself(bench: Bench, tmp_path: Path) -> None:
    """A link to it is no twin, and a vault that was renamed has none."""
    (tmp_path / "link").symlink_to(bench.root)
    assert why_not_home(tmp_path / "link") == ""
    bench.root.rename(tmp_path / "renamed")
    assert why_not_home(tmp_path / "renamed") == ""
