"""move: one home a vault; the old copy is retired where it is in reach."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.vault.bench import Bench, whole
from totebox.errors import AlreadyServed, ConfigError
from totebox.vault.life.home import lock, why_not_home
from totebox.vault.life.move import adopt, move


def copied(bench: Bench, target: Path) -> Bench:
    bench.append(whole(b"a"))
    bench.stop()
    shutil.copytree(bench.root, target, symlinks=True)
    return Bench(target, bench.clock)


def test_a_copy_writes_after_its_move_and_the_old_one_does_not(bench: Bench, tmp_path: Path) -> None:
    """The new home appends and verifies; the old one says where the vault went, and serves reads."""
    copy = copied(bench, tmp_path / "copy")
    assert adopt(copy.root).retired
    copy.append(whole(b"b"))
    copy.stop()
    assert copy.verify().findings == ()
    old = bench.open()
    assert str(copy.root) in old.read_only and old.read(1, 0, 9) == b"a"


def test_a_vault_at_home_stays_there(bench: Bench) -> None:
    """Moving it to where it is changes nothing."""
    assert "already" in move(bench.root)
    assert bench.open().read_only == ""


def test_a_renamed_vault_is_at_home(bench: Bench, tmp_path: Path) -> None:
    """The same directory under another name is no copy."""
    bench.root.rename(tmp_path / "renamed")
    assert why_not_home(tmp_path / "renamed") == ""


def test_an_old_copy_out_of_reach_is_named(bench: Bench, tmp_path: Path) -> None:
    """Where the old one cannot be told, the person is."""
    copy = copied(bench, tmp_path / "copy")
    shutil.rmtree(bench.root)
    assert "do not start the copy" in move(copy.root)
    assert copy.open().read_only == ""
    copy.close()


def test_a_served_vault_is_not_moved_away(bench: Bench, tmp_path: Path, held: Callable[[], None]) -> None:
    """A daemon on the old copy: stop it first."""
    copy = copied(bench, tmp_path / "copy")
    with pytest.raises(AlreadyServed):
        adopt(copy.root)
    assert why_not_home(copy.root)


def test_a_retired_copy_cannot_be_adopted(bench: Bench, tmp_path: Path) -> None:
    """It would be a second live copy."""
    adopt(copied(bench, tmp_path / "copy").root)
    with pytest.raises(ConfigError, match="retired"):
        adopt(bench.root)


def test_a_backup_of_records_and_secrets_is_moved_and_goes_on(bench: Bench, tmp_path: Path) -> None:
    """Identity, records, ledger and secrets are a whole vault: what else there was is made again."""
    bench.append(whole(b"a"))
    bench.stop()
    shutil.copytree(bench.root, tmp_path / "backup", ignore=shutil.ignore_patterns("local", "cache"))
    held = lock(tmp_path / "backup")
    os.close(held)
    assert "now; do not start the copy at another place" in move(tmp_path / "backup")
    moved = Bench(tmp_path / "backup", bench.clock)
    assert moved.open().read_only == ""
    moved.append(whole(b"b"))
    moved.stop()
    assert moved.verify().findings == ()


def test_a_planted_home_retires_no_other_vault(bench: Bench, tmp_path: Path) -> None:
    """`local/home` may have been written by anybody: where it names another vault, `move` leaves that one alone."""
    import os

    from totebox.vault.life.creation import create
    from totebox.vault.life.home import HOME, RETIRED, machine_id

    bench.stop()
    other = tmp_path / "sibling"
    create(other, "Sibling", "person", entropy=os.urandom, now="2030-01-01T00:00:00.000000Z")
    inode = (other / "ledger").stat().st_ino
    (bench.root / HOME).write_text(f"{machine_id()} {inode} {other}\n")
    adopt(bench.root)
    assert not (other / RETIRED).exists()


def test_a_copy_that_was_cut_off_is_not_moved(bench: Bench) -> None:
    """A folder of the records is missing: move says which, and changes nothing."""
    import shutil

    bench.stop()
    shutil.rmtree(bench.root / "ledger/audit/checkpoints")
    with pytest.raises(ConfigError, match="ledger/audit/checkpoints: the copy is not whole"):
        adopt(bench.root)
