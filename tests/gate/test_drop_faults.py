"""A dropped file that is not what it was, or cannot be read, stays where it is, and the refusal says which and what to do."""

import os
from pathlib import Path

import pytest

from protocol.schema.numbers import MAX_UPLOAD_BYTES, RefusalCode
from totebox.gate.drops import SETTLE_S, Drops
from totebox.gate.refusal import Refused
from totebox.gate.staging import StagedFile, Staging

NOW_S = 1_800_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("drops", "intake"):
        (tmp_path / name).mkdir()
    return tmp_path / "drops"


@pytest.fixture
def watch() -> list[float]:
    """A stopwatch that moves when told."""
    return [10.0]


@pytest.fixture
def drops(folder: Path, watch: list[float]) -> Drops:
    """The wall clock stands still at `NOW_S`."""
    return Drops(folder, lambda: watch[0], lambda: NOW_S * 1_000_000)


@pytest.fixture
def staged(folder: Path) -> StagedFile:
    return Staging(folder.parent / "intake").create("id", 10)


def put(folder: Path, name: str, age_s: float, data: bytes = b"12345") -> Path:
    path = folder / name
    path.write_bytes(data)
    os.utime(path, (NOW_S - age_s, NOW_S - age_s))
    return path


def test_an_old_file_is_listed_at_first_sight(folder: Path, drops: Drops) -> None:
    """What nobody has written to for more than two seconds has settled before the daemon started; a newer one has not."""
    put(folder, "old", 3)
    put(folder, "new", 2)
    found, unsettled = drops.scan()
    assert [drop.name for drop in found] == [b"old"] and unsettled


def test_a_file_has_settled_after_a_second(folder: Path, drops: Drops, watch: list[float]) -> None:
    """Not a moment before; and when all have settled nothing is waited for."""
    put(folder, "new", 0)
    drops.scan()
    watch[0] += SETTLE_S - 0.1
    assert drops.scan() == ([], True)
    watch[0] += 0.1
    found, unsettled = drops.scan()
    assert [drop.shown for drop in found] == ["new"] and not unsettled


def test_files_are_listed_by_name(folder: Path, drops: Drops) -> None:
    """In the order of their bytes, whatever order the folder has."""
    for name in ("b", "a", "Z", "10", "9"):
        put(folder, name, 9)
    assert [drop.name for drop in drops.scan()[0]] == [b"10", b"9", b"Z", b"a", b"b"]


def test_a_folder_that_is_not_there_has_no_files(folder: Path, drops: Drops) -> None:
    """A person may take it away."""
    folder.rmdir()
    assert drops.scan() == ([], False)


def test_a_file_that_is_too_large_is_not_copied(folder: Path, drops: Drops, staged: StagedFile) -> None:
    """The limit is named; one byte less is not refused for its size."""
    path = put(folder, "huge", 9)
    os.truncate(path, MAX_UPLOAD_BYTES + 1)
    with pytest.raises(Refused, match=str(MAX_UPLOAD_BYTES)) as refused:
        drops.take(b"huge", staged)
    assert refused.value.code is RefusalCode.TOO_LARGE and staged.size_bytes == 0 and path.exists()


@pytest.mark.parametrize("data", [b"12", b"1234567890"])
def test_a_file_that_changes_while_it_is_read_is_refused(folder: Path, drops: Drops, data: bytes) -> None:
    """It shrank or grew: the copy is of neither condition."""
    path = put(folder, "a", 9)

    class Meanwhile(StagedFile):
        def write(self, block: bytes) -> None:
            super().write(block)
            path.write_bytes(data)

    with pytest.raises(Refused, match="changed while it was read") as refused:
        drops.take(b"a", Meanwhile(folder.parent / "intake" / "id", 5))
    assert refused.value.code is RefusalCode.UNREADABLE and path.read_bytes() == data


def test_the_size_is_what_lies_there(folder: Path, drops: Drops) -> None:
    """Of a file that is gone there is none."""
    put(folder, "a", 9, b"1234567")
    assert drops.size(b"a") == 7
    with pytest.raises(Refused, match="no longer in the drop folder"):
        drops.size(b"b")


@pytest.mark.parametrize("name", [b"", b".", b"..", b".hidden", b"a/b", b"a\0b"])
def test_a_name_that_leads_elsewhere_names_nothing(folder: Path, drops: Drops, name: bytes) -> None:
    """Whatever lies there."""
    (folder / ".hidden").write_bytes(b"1")
    with pytest.raises(Refused, match="is no file of the drop folder") as refused:
        drops.size(name)
    assert refused.value.code is RefusalCode.NOT_FOUND


def test_a_name_that_is_too_long_is_a_refusal(drops: Drops) -> None:
    """The file system's own words are in it."""
    with pytest.raises(Refused, match="File name too long") as refused:
        drops.size(b"x" * 300)
    assert refused.value.code is RefusalCode.UNREADABLE


def test_the_same_bytes_under_another_time_stay(folder: Path, drops: Drops, staged: StagedFile) -> None:
    """Somebody wrote them again: it may be about to change."""
    path = put(folder, "a", 9)
    taken = drops.take(b"a", staged)
    os.utime(path, (NOW_S, NOW_S))
    assert "changed after it was taken" in drops.release(taken) and path.exists()


def test_other_bytes_under_the_same_time_stay(folder: Path, drops: Drops, staged: StagedFile) -> None:
    """The hash is what counts."""
    path = put(folder, "a", 9)
    taken = drops.take(b"a", staged)
    with path.open("r+b") as file:
        file.write(b"54321")
    os.utime(path, ns=(taken.mark.mtime_ns, taken.mark.mtime_ns))
    assert "its bytes changed" in drops.release(taken) and path.read_bytes() == b"54321"


def test_another_file_in_its_place_stays(folder: Path, drops: Drops, staged: StagedFile) -> None:
    """The same bytes and time, but another file; what replaced it by a link stays as well."""
    path = put(folder, "a", 9)
    taken = drops.take(b"a", staged)
    other = put(folder, "other", 9)
    other.replace(path)
    assert "changed after it was taken" in drops.release(taken) and path.exists()
