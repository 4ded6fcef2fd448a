"""Which copy of a vault this is."""

import os
import shutil
from pathlib import Path

import pytest

from tests.vault.bench import Bench, stamp
from totebox.errors import AlreadyServed, ConfigError
from totebox.vault.disk.durable import Disk
from totebox.vault.life.creation import create
from totebox.vault.life.home import HOME, lock, machine_id, read_home, take_home, why_not_home


def test_the_last_line_counts(bench: Bench, tmp_path: Path) -> None:
    """Taking a home adds a line; earlier ones stay."""
    shutil.copytree(bench.root, tmp_path / "copy")
    assert "copy of the vault" in why_not_home(tmp_path / "copy")
    take_home(Disk(tmp_path / "copy"))
    assert why_not_home(tmp_path / "copy") == ""
    assert len((tmp_path / "copy" / HOME).read_text().splitlines()) == 2
    assert read_home(tmp_path / "copy")[2] == str(tmp_path / "copy")


@pytest.mark.parametrize("text", ["", "nonsense\n", "a b\n", "x y z\n"])
def test_a_home_that_cannot_be_read_is_none(bench: Bench, text: str) -> None:
    """Then the vault takes no writes until somebody says where it lives."""
    (bench.root / HOME).write_text(text)
    assert why_not_home(bench.root)


def test_a_machine_has_one_name(bench: Bench) -> None:
    """The same each time, and nothing of the machine's own id in it."""
    assert machine_id() == machine_id() == read_home(bench.root)[0]
    assert len(machine_id()) == 32


def test_one_holds_it(bench: Bench, tmp_path: Path) -> None:
    """A second holder is turned away until the first lets go; without a lock file it is no vault."""
    held = lock(bench.root)
    with pytest.raises(AlreadyServed):
        lock(bench.root)
    os.close(held)
    os.close(lock(bench.root))
    with pytest.raises(ConfigError):
        lock(tmp_path)


@pytest.mark.parametrize("name", ["a\nb", "a\u2028b", "a\x85b", "a  b", os.fsdecode(b"caf\xe9")])
def test_a_path_that_breaks_lines_is_a_home(tmp_path: Path, name: str) -> None:
    """Wherever a vault is made, it is at home there."""
    create(tmp_path / name, "Acme", "corporation", entropy=os.urandom, now=stamp(0))
    assert why_not_home(tmp_path / name) == ""
    assert len((tmp_path / name / HOME).read_bytes().split(b"\n")) == 2
