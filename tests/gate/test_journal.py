"""The journal file: whole records or none, one writer at a time, and nothing planted is followed."""

import fcntl
import stat
from pathlib import Path

import pytest

from totebox.errors import ConfigError
from totebox.files.entrance import Planted
from totebox.gate.journal import Journal

ONE, TWO = {"what": "ticket", "id": "01"}, {"what": "noted", "name": "é\n", "role": 4}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "state" / "pairings", tmp_path)


@pytest.fixture(autouse=True)
def state(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


def test_records_come_back_in_order(journal: Journal) -> None:
    """Texts and numbers, and a line break in a text ends no record; before the first there is none."""
    assert journal.read() == [] and journal.stamp() is None
    for line in (ONE, TWO):
        journal.append(line)
    assert journal.read() == [ONE, TWO] and journal.path.read_bytes().count(b"\n") == 2


def test_a_journal_is_private(journal: Journal) -> None:
    """It holds secrets of pairings: only its owner reads it, in its first generation and the next."""
    journal.append(ONE)
    modes = [stat.S_IMODE(journal.path.stat().st_mode)]
    journal.replace([ONE, TWO])
    assert [*modes, stat.S_IMODE(journal.path.stat().st_mode)] == [0o600, 0o600]


def test_a_stamp_changes_with_each_record(journal: Journal) -> None:
    """So does a new generation with the same records."""
    stamps = []
    for act in (lambda: journal.append(ONE), lambda: journal.append(TWO), lambda: journal.replace([ONE, TWO])):
        act()
        stamps.append(journal.stamp())
    assert len(set(stamps)) == 3


@pytest.mark.parametrize("torn", [b'{"what":"gr', b'{"what":"granted"}', b"\x00"])
def test_a_torn_record_is_none_and_the_next_is_whole(journal: Journal, torn: bytes) -> None:
    """What a crash left behind the last line end is left out, and is gone after the next record."""
    journal.append(ONE)
    journal.path.write_bytes(journal.path.read_bytes() + torn)
    assert journal.read() == [ONE]
    journal.append(TWO)
    assert journal.read() == [ONE, TWO] and torn not in journal.path.read_bytes()


def test_an_empty_file_is_no_torn_record(journal: Journal) -> None:
    """The first record goes behind its beginning, in the same file."""
    journal.path.touch(mode=0o600)
    inode = journal.path.stat().st_ino
    journal.append(ONE)
    assert journal.read() == [ONE] and journal.path.stat().st_ino == inode


@pytest.mark.parametrize(
    "line", [b"words", b"[1]", b'{"id":"01"}', b'{"what":"x","list":[1]}', b'{"what":null}', b"[" * 50_000]
)
def test_a_line_that_is_no_record_is_named(journal: Journal, line: bytes) -> None:
    """By its number, with what to do; however deep it is nested."""
    journal.append(ONE)
    journal.path.write_bytes(journal.path.read_bytes() + line + b"\n")
    with pytest.raises(ConfigError, match="line 2 is not a pairing record; restore"):
        journal.read()


def test_a_link_under_its_name_is_not_followed(journal: Journal, tmp_path: Path) -> None:
    """Neither read nor written to."""
    (tmp_path / "elsewhere").write_bytes(b'{"what":"ticket"}\n')
    journal.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Planted):
        journal.read()
    with pytest.raises(OSError):
        journal.append(ONE)
    assert (tmp_path / "elsewhere").read_bytes() == b'{"what":"ticket"}\n'


def test_two_writers_take_turns(journal: Journal) -> None:
    """While one holds the lock another cannot take it; afterwards it can."""
    lock = journal.path.with_name("pairings.lock")
    with journal.locked(), lock.open("r+b") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with lock.open("r+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_what_a_crash_left_of_a_generation_is_swept(journal: Journal, state: Path) -> None:
    """The journal itself stays."""
    journal.append(ONE)
    before = {path.name for path in state.iterdir()}
    journal.sweep()
    assert {path.name for path in state.iterdir()} == before | {"pairings.lock"} and journal.read() == [ONE]
