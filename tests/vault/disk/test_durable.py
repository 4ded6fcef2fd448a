"""The one file that writes: nothing is overwritten, nothing is half there."""

import errno
import os
import stat
from pathlib import Path

import pytest

from totebox.vault.disk.durable import PAGE, Disk


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    (tmp_path / "assets").mkdir()
    return Disk(tmp_path)


@pytest.mark.parametrize("unnamed", [True, False])
def test_a_sealed_file_is_whole_and_read_only(disk: Disk, unnamed: bool) -> None:
    """With and without O_TMPFILE: all bytes, mode 0444, and a taken name is refused."""
    disk.__dict__["has_unnamed"] = unnamed and disk.has_unnamed
    disk.seal("assets/a", (b"one", b"two"))
    assert (disk.root / "assets/a").read_bytes() == b"onetwo"
    assert stat.S_IMODE((disk.root / "assets/a").stat().st_mode) == 0o444
    with pytest.raises(FileExistsError):
        disk.seal("assets/a", (b"other",))
    assert (disk.root / "assets/a").read_bytes() == b"onetwo"


def test_a_file_that_fails_on_the_way_leaves_no_name(disk: Disk) -> None:
    """Where files can be complete before they have a name, a failing source leaves nothing behind."""
    if not disk.has_unnamed:
        pytest.skip("needs O_TMPFILE")

    def broken() -> object:
        yield b"half"
        raise OSError(errno.EIO, "gone")

    with pytest.raises(OSError, match="gone"):
        disk.seal("assets/a", broken())  # type: ignore[arg-type]
    assert list((disk.root / "assets").iterdir()) == []


def test_a_tail_grows_at_its_end_only(disk: Disk) -> None:
    """Begun once, resumed where it ended; a seek on the descriptor changes nothing."""
    tail = disk.begin("assets/t")
    tail.append(b"one")
    os.lseek(tail._descriptor, 0, os.SEEK_SET)
    tail.append(b"two")
    tail.sync()
    tail.close()
    with pytest.raises(FileExistsError):
        disk.begin("assets/t")
    again = disk.resume("assets/t", 6)
    again.append(b"!")
    again.close()
    assert (disk.root / "assets/t").read_bytes() == b"onetwo!"


def test_a_file_that_somebody_else_wrote_to_is_not_resumed(disk: Disk) -> None:
    """Its size must be the one that is known."""
    disk.begin("assets/t").close()
    (disk.root / "assets/t").write_bytes(b"foreign")
    with pytest.raises(OSError, match="somebody else"):
        disk.resume("assets/t", 0)


def test_folders_are_made_with_their_parents(disk: Disk) -> None:
    """Making one that is there is no error."""
    disk.make_folder("assets/a/b/c")
    disk.make_folder("assets/a/b/c")
    assert (disk.root / "assets/a/b/c").is_dir()


def test_a_note_never_replaces(disk: Disk) -> None:
    """What can be rebuilt is written once; a second time changes nothing."""
    disk.note("assets/n", b"first")
    disk.note("assets/n", b"second")
    assert (disk.root / "assets/n").read_bytes() == b"first"


@pytest.mark.parametrize("through", [True, False])
def test_a_slate_is_written_over_and_over(disk: Disk, through: bool) -> None:
    """The same bytes whether it is written past the page cache or through it; what is there at a start stays."""
    if through and not disk.slate("assets/probe", PAGE).writes_through:
        pytest.skip("this file system or disk does not let files be written past its cache")
    disk.may_write_through = through
    for _ in range(2):
        slate = disk.slate("assets/s", 4 * PAGE)
        assert slate.writes_through is through and slate.size == 4 * PAGE
        slate.put(PAGE, b"a" * 2 * PAGE)
        slate.put(0, b"b" * PAGE)
        slate.jot(3 * PAGE, b"c" * PAGE)
        slate.close()
    assert (disk.root / "assets/s").read_bytes() == b"b" * PAGE + b"a" * 2 * PAGE + b"c" * PAGE


def test_a_slate_that_was_begun_is_filled(disk: Disk) -> None:
    """A crash while it was made leaves a short file: it grows to its size, what it holds stays."""
    (disk.root / "assets/s").write_bytes(b"x" * 100)
    slate = disk.slate("assets/s", 2 * PAGE)
    slate.close()
    assert (disk.root / "assets/s").read_bytes() == b"x" * 100 + bytes(2 * PAGE - 100)
