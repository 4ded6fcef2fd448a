"""Files of a directory in which somebody else may have put something."""

from pathlib import Path

import pytest

from totebox.files.entrance import Planted, is_file, is_folder, read_file, stat_of


def test_the_root_itself_is_a_folder(tmp_path: Path) -> None:
    """The empty path is the root: a folder, and no file."""
    assert is_folder(tmp_path, "") and not is_file(tmp_path, "")


def test_a_link_on_the_way_is_not_followed(tmp_path: Path) -> None:
    """What lies behind a linked folder is not there, and cannot be read."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/key").write_text("secret")
    (tmp_path / "root").mkdir()
    (tmp_path / "root/in").symlink_to(tmp_path / "outside")
    assert stat_of(tmp_path / "root", "in/key") is None
    with pytest.raises(Planted):
        read_file(tmp_path / "root", "in/key", 100)
