"""The write-ahead log: what it holds is put back, once and no more, and nothing else is."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.schema.numbers import Log
from tests.vault.bench import Bench, line, whole
from totebox.vault.commit.recovery import recover
from totebox.vault.disk.durable import Disk, Tail
from totebox.vault.disk.write_ahead import AHEAD, PAGE, Prepared, WriteAhead, open_ahead, records

GROWS = "ledger/register/grows.csv"
REGISTER = "ledger/register/000000000000-1.csv"
AUDIT = "ledger/audit/register/000000000000-1.csv"


class Place:
    """A folder with one growing file and a log of eight pages beside it."""

    def __init__(self, root: Path) -> None:
        (root / "local").mkdir()
        (root / "ledger").mkdir()
        self.disk = Disk(root)
        (root / "ledger/register").mkdir()
        self.tail: Tail = self.disk.begin(GROWS)
        self.opened = open_ahead(self.disk, 8 * PAGE).ahead

    @property
    def ahead(self) -> WriteAhead:
        assert self.opened is not None
        return self.opened

    def held(self) -> list[bytes]:
        """The bytes of each record that counts."""
        found = list(records((self.disk.root / AHEAD).read_bytes()))
        assert all(path == GROWS for record in found for path, _, _ in record)
        return [b"".join(data for _, _, data in record) for record in found]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.tail.close()
    place.ahead.close()


def test_records_follow_one_another(place: Place) -> None:
    """Each group is one record, in order; what waits is in none of them until it is put."""
    for data in (b"one,1\n", b"two\n\0\xff", b"three"):
        place.tail.append(data)
        place.ahead.put([place.tail])
    place.tail.append(b"waits")
    assert place.held() == [b"one,1\n", b"two\n\0\xff", b"three"]


def test_a_full_log_starts_over_with_the_files_synced(place: Place) -> None:
    """The ninth group finds it full, and is durable where it lies, with the eight before; the tenth is the first of a new turn."""
    for number in range(10):
        place.tail.append(b"%d\n" % number)
        place.ahead.put([place.tail])
    assert place.held() == [b"9\n"]
    assert (place.disk.root / GROWS).read_bytes() == b"".join(b"%d\n" % number for number in range(10))


def test_a_record_that_is_bent_ends_what_counts(place: Place) -> None:
    """Any bit of a record: it and what follows are not put back; what is before it is."""
    for data in (b"one", b"two", b"three"):
        place.tail.append(data)
        place.ahead.put([place.tail])
    good = (place.disk.root / AHEAD).read_bytes()
    length = good.index(b"\0", PAGE) - PAGE
    for bit in range(length * 8):
        bent = bytearray(good)
        bent[PAGE + bit // 8] ^= 1 << bit % 8
        assert len(list(records(bytes(bent)))) == 1, bit


def test_a_record_of_another_generation_ends_what_counts(place: Place) -> None:
    """What an earlier turn of the log left behind the newest record is never put back again."""
    for data in (b"one", b"two", b"three"):
        place.tail.append(data)
        place.ahead.put([place.tail])
    place.ahead.start_over()
    place.tail.append(b"four")
    place.ahead.put([place.tail])
    assert place.held() == [b"four"]


@pytest.mark.parametrize("left", [b"", b"on", b"one", b"oneTW", b"\0\0\0", b"\0\0\0\0\0\0", b"oneTWOand more"])
def test_what_a_power_loss_took_is_put_back(place: Place, left: bytes) -> None:
    """Whatever is left of the file's end: missing, zeros, a part, or more than what was acknowledged."""
    for data in (b"one", b"TWO"):
        place.tail.append(data)
        place.ahead.put([place.tail])
    file = place.disk.root / GROWS
    file.write_bytes(left)
    prepared = open_ahead(place.disk)
    assert prepared.trouble == "" and prepared.ahead is not None
    prepared.ahead.close()
    assert file.read_bytes() == b"oneTWO" + left[6:]


def test_a_file_that_ends_before_is_said_and_left_alone(place: Place) -> None:
    """Bytes that had been synced are gone: that is no power loss, and nothing is made up."""
    place.tail.append(b"synced")
    place.tail.sync()
    place.tail.append(b"ahead")
    place.ahead.put([place.tail])
    (place.disk.root / GROWS).write_bytes(b"syn")
    assert f"{GROWS} ends before byte 6" in open_ahead(place.disk).trouble
    assert (place.disk.root / GROWS).read_bytes() == b"syn"
    (place.disk.root / GROWS).unlink()
    assert open_ahead(place.disk).ahead is None


@pytest.mark.parametrize(
    "path", ["ledger/../secret/keys/log.key", "local/home", "local/write-ahead", "assets/a/.b", "/etc/passwd"]
)
def test_what_lies_elsewhere_is_never_written(place: Place, path: str) -> None:
    """A record that names anything but a register or a segment puts nothing back."""
    tail = Tail(path, place.disk.resume(GROWS, 0)._descriptor, 0)
    tail.append(b"forged")
    place.ahead.put([tail])
    tail.close()
    assert list(records((place.disk.root / AHEAD).read_bytes())) == [[]]


def test_what_was_synced_between_two_records_is_not_asked_for(place: Place) -> None:
    """A group that was too large for the log lies between two that were not."""
    place.tail.append(b"small")
    place.ahead.put([place.tail])
    place.tail.append(b"L" * 9_000)
    assert not place.ahead.takes(place.tail.waiting_bytes)
    place.tail.sync()
    place.tail.append(b"again")
    place.ahead.put([place.tail])
    file = place.disk.root / GROWS
    file.write_bytes(file.read_bytes()[:-3])
    prepared = open_ahead(place.disk)
    assert prepared.trouble == "" and prepared.ahead is not None
    prepared.ahead.close()
    assert file.read_bytes() == b"small" + b"L" * 9_000 + b"again"


def test_acknowledged_entries_come_back_from_it_alone(bench: Bench) -> None:
    """All that a group grew is gone from three files, as when power fails; the start finds every entry, and it verifies."""
    bench.append(whole(b"a"))
    bench.stop()
    before = {path: (bench.root / path).stat().st_size for path in (REGISTER, AUDIT)}
    told = [bench.append(line(name)) for name in ("ada", "bob")]
    claims = next(path for path in (bench.root / "assets/people/claims").iterdir())
    bench.close()
    for path, size in before.items():
        os.truncate(bench.root / path, size)
    claims.write_bytes(b"")
    doubted = {finding.path for finding in bench.verify().findings if "start the vault once" in finding.remedy}
    assert doubted == {REGISTER, AUDIT, claims.relative_to(bench.root).as_posix()}
    store = bench.open()
    assert store.read_only == ""
    for appended in told:
        assert store.logs[Log.RECORDS].entry(appended.entries[0].index) == appended.entries[0]
    bench.append(line("eve"))
    bench.stop()
    assert bench.verify().findings == ()


def test_a_vault_serves_without_one(bench: Bench) -> None:
    """Where there is no room for it, groups are synced where they lie."""
    bench.store = recover(bench.root, bench.clock, prepared=Prepared(None, ""))
    bench.append(whole(b"a"), line("ada"))
    bench.stop()
    assert not (bench.root / AHEAD).exists()
    assert bench.verify().findings == ()


def test_a_proper_end_leaves_nothing_to_put_back(bench: Bench) -> None:
    """Then the log says nothing of files that may be copied, kept and compared."""
    bench.append(line("ada"))
    assert list(records((bench.root / AHEAD).read_bytes()))
    bench.stop()
    assert not list(records((bench.root / AHEAD).read_bytes()))
