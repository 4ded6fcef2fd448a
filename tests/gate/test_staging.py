"""Staging: private, bounded by the disk, and no record."""

import hashlib
import stat
from pathlib import Path

import pytest

from protocol.schema.numbers import RefusalCode
from totebox.gate.refused import Refused
from totebox.gate.staging import Staging


def test_a_staged_file_is_private_and_hashed_while_written(tmp_path: Path) -> None:
    """0600, no execute bits, size and SHA-256 of what was written."""
    file = Staging(tmp_path).create("a1", 5)
    file.write(b"he")
    file.write(b"llo")
    staged = file.finish()
    assert (staged.name, staged.size_bytes, staged.sha256) == ("a1", 5, hashlib.sha256(b"hello").digest())
    assert stat.S_IMODE((tmp_path / "a1").stat().st_mode) == 0o600


def test_what_does_not_fit_is_refused_before_a_byte_is_sent(tmp_path: Path) -> None:
    """DISK_FULL with the figures."""
    with pytest.raises(Refused, match="free") as refused:
        Staging(tmp_path).create("a1", 1 << 60)
    assert refused.value.code is RefusalCode.DISK_FULL and not list(tmp_path.iterdir())


def test_leftovers_are_listed_and_let_go(tmp_path: Path) -> None:
    """Whatever lies there, links and folders too; what a link leads to stays."""
    folder = tmp_path / "intake"
    staging = Staging(folder)
    assert staging.leftovers() == []
    (tmp_path / "outside").write_text("mine")
    (folder / "file").write_bytes(b"123")
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "sub").mkdir()
    assert [left.name for left in staging.leftovers()] == ["file", "link", "sub"]
    for left in staging.leftovers():
        staging.discard(left.name)
    assert staging.leftovers() == [] and (tmp_path / "outside").read_text() == "mine"
