"""Staging: private, bounded by the disk, and no record."""

import hashlib
import stat
from pathlib import Path

import pytest

from protocol.schema.numbers import RefusalCode, Role
from totebox.errors import UploadBroken
from totebox.gate.disk_floor import kept_bytes
from totebox.gate.refusal import Refused
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


def test_leftovers_are_let_go_and_named(tmp_path: Path) -> None:
    """Whatever lies there, links and folders too; what a link leads to stays."""
    folder = tmp_path / "intake"
    assert Staging(folder).clear() == []
    folder.mkdir()
    (tmp_path / "outside").write_text("mine")
    (folder / "file").write_bytes(b"123")
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "sub").mkdir()
    assert [left.name for left in Staging(folder).clear()] == ["file", "link", "sub"]
    assert not list(folder.iterdir()) and (tmp_path / "outside").read_text() == "mine"


def test_a_staging_folder_that_is_a_link_loses_the_link_alone(tmp_path: Path) -> None:
    """Clearing follows no link: what it leads to stays whole, and staging begins with a folder of its own."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/deed").write_text("mine")
    (tmp_path / "intake").symlink_to(tmp_path / "elsewhere")
    staging = Staging(tmp_path / "intake")
    assert staging.clear() == [] and (tmp_path / "elsewhere/deed").read_text() == "mine"
    staging.create("a1", 1).close()
    assert not (tmp_path / "intake").is_symlink()


def test_announced_bytes_are_promised_before_they_come(tmp_path: Path) -> None:
    """Free 100, floor 10: 30 bytes that come and are copied leave no room for 20 more; once they are let go there is."""
    staging = Staging(tmp_path, floor_bytes=10, free=lambda folder: 100)
    staging.create("a1", 30)
    with pytest.raises(Refused, match="free") as refused:
        staging.create("a2", 20)
    assert refused.value.code is RefusalCode.DISK_FULL and "confirm or abandon open documents" in refused.value.remedy
    staging.discard("a1")
    staging.create("a2", 20)


def test_a_write_after_the_end_is_a_broken_upload(tmp_path: Path) -> None:
    """A cancelled command's last write comes too late: it lands in no other file."""
    staging = Staging(tmp_path)
    file = staging.create("a1", 5)
    staging.discard("a1")
    with pytest.raises(UploadBroken):
        file.write(b"late")
    assert not list(tmp_path.iterdir())


def test_all_but_admin_leave_the_floor_free(tmp_path: Path) -> None:
    """With 80 MiB free an ADMIN's 10 MiB are taken (twice, and the reserve); another role's are not."""
    staging = Staging(tmp_path, free=lambda folder: 80 << 20)
    with pytest.raises(Refused, match="free"):
        staging.create("a1", 10 << 20, kept_bytes(Role.INPUT))
    staging.create("a1", 10 << 20, kept_bytes(Role.ADMIN)).close()
