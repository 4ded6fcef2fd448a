"""Who holds a vault, as the kernel says."""

import os
from pathlib import Path

from tests.vault.bench import stamp
from totebox.vault.life.creation import create
from totebox.vault.life.home import lock, lock_holder


def test_the_holder_of_a_lock_is_the_process_that_took_it(tmp_path: Path) -> None:
    """0 while nobody holds it, and where there is no lock."""
    create(tmp_path / "v", "Acme", "company", entropy=os.urandom, now=stamp(0))
    path = tmp_path / "v/local/lock"
    assert lock_holder(path) == 0 == lock_holder(tmp_path / "none")
    held = lock(tmp_path / "v")
    assert lock_holder(path) == os.getpid()
    os.close(held)
    assert lock_holder(path) == 0
