"""The one file that writes: nothing is overwritten, nothing is half there."""

import errno
import os
import stat
from pathlib import Path

import pytest

from totebox.vault.durable import Disk, run_together


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


def test_jobs_run_together_and_the_first_failure_is_raised_at_the_end() -> None:
    """Every job that could run has run when the failure is raised."""
    done: list[int] = []

    def fail() -> None:
        raise OSError(errno.EIO, "gone")

    jobs = [lambda number=number: done.append(number) for number in range(20)]
    with pytest.raises(OSError, match="gone"):
        run_together([*jobs, fail])
    assert sorted(done) == list(range(20))
    run_together([])
