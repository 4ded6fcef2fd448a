"""Small private files."""

import stat
from pathlib import Path

import pytest

from console.link.keyfile import append_private, create_private, private_dir, read_private, write_private
from protocol.errors import KeyFileError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_the_owners_alone(tmp_path: Path) -> None:
    """Files are 0600, directories 0700, and nothing else is left behind."""
    home = private_dir(tmp_path / "a" / "b")
    write_private(home / "k", b"one")
    write_private(home / "k", b"two")
    append_private(home / "log", b"x\n")
    assert read_private(home / "k") == b"two"
    assert (mode(home), mode(home / "k"), mode(home / "log")) == (0o700, 0o600, 0o600)
    assert sorted(each.name for each in home.iterdir()) == ["k", "log"]


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """A key that others could have read is not used; the remedy is in the message."""
    path = tmp_path / "static.key"
    path.write_bytes(bytes(32))
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match=r"mode 0644\); run: chmod 600 .*static\.key"):
        read_private(path)


def test_the_first_to_create_wins(tmp_path: Path) -> None:
    """Who comes second gets what is there."""
    assert create_private(tmp_path / "k", b"first") == b"first"
    assert create_private(tmp_path / "k", b"second") == b"first"
    assert [each.name for each in tmp_path.iterdir()] == ["k"]


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    """A directory in the place of a key is an error that names it; a missing one is not."""
    (tmp_path / "k").mkdir()
    with pytest.raises(FileNotFoundError):
        read_private(tmp_path / "absent")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(KeyFileError, match="loop: cannot be read"):
        read_private(tmp_path / "loop")
