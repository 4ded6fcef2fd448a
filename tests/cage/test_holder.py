"""Whether a filter stands around who holds a vault."""

import os
from pathlib import Path

from tests.vault.bench import stamp
from totebox.cage.holder import is_filtered
from totebox.vault.life.creation import create
from totebox.vault.life.home import lock


def test_nobody_and_who_is_no_writer_are_not_judged(tmp_path: Path) -> None:
    """Neither a lock that nobody holds, nor one that is not there, nor one that a verb of `os-totebox` holds."""
    create(tmp_path / "v", "Acme", "company", entropy=os.urandom, now=stamp(0))
    assert is_filtered(tmp_path / "v/state/lock") is None and is_filtered(tmp_path / "none") is None
    held = lock(tmp_path / "v")
    assert is_filtered(tmp_path / "v/state/lock") is None
    os.close(held)
