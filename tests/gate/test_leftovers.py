"""What an earlier daemon, or a crash, left in the cache: staged documents and a part of the ballast."""

from pathlib import Path

from totebox.gate.ballast import Ballast
from totebox.gate.staging import Leftover, Staging


def test_a_link_that_leads_nowhere_is_let_go(tmp_path: Path) -> None:
    """Its size is the link's own, since clearing follows none."""
    link = tmp_path / "intake/link"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "gone")
    size = link.lstat().st_size
    assert Staging(link.parent).clear() == [Leftover("link", size)] and not list(link.parent.iterdir())


def test_the_size_of_a_link_is_its_own(tmp_path: Path) -> None:
    """Not that of the file it leads to."""
    link, target = tmp_path / "intake/link", tmp_path / "outside"
    link.parent.mkdir()
    target.write_bytes(b"x" * 5_000)
    link.symlink_to(target)
    assert [left.size_bytes for left in Staging(link.parent).clear()] == [len(str(target))]


def test_a_ballast_of_one_byte_gives_its_block_back(tmp_path: Path) -> None:
    """A crash may leave any part; releasing it says that there was a file, and once it is gone that there is none."""
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/ballast").write_bytes(b"x")
    ballast = Ballast(tmp_path)
    assert ballast.release() and not ballast.release()
