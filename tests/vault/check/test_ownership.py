"""Every byte below assets/ has one owner: a gap, an overlap, a stranger and a second owner are found."""

from pathlib import Path

import pytest

from tests.vault.bench import Bench, line, whole
from totebox.vault.api import Entry, Finding
from totebox.vault.check.chunks import RegisterChunk, Sound
from totebox.vault.check.ownership import Ownership, is_own
from totebox.vault.log.record import make_entry

SEGMENT = "assets/people/claims/00000001-1.csv"
SHELVED = "assets/minutebook/00000/00000007-lease-00000000.pdf"
CHUNK = RegisterChunk("ledger/register/x.csv", 1, 2, 0, 100)


def entry(index: int, path: str, offset: int, length: int, kind: str = "claim") -> Entry:
    return make_entry(
        index, "2030-01-01T00:00:00.000000Z", "a", "people", kind, "s",
        path=path, offset=offset, length=length, sha256=bytes(32), audit=0,
    )  # fmt: skip


@pytest.fixture
def owners(tmp_path: Path) -> Ownership:
    (tmp_path / "assets").mkdir()
    return Ownership(tmp_path)


@pytest.fixture
def furnished(bench: Bench) -> Path:
    """A vault of an original and two lines."""
    bench.append(whole(b"a"), line("ada"), line("bob"))
    bench.stop()
    return bench.root


def owned(root: Path) -> Ownership:
    """As `fsck` leaves it after a pass over the record log of `furnished`."""
    owners = Ownership(root)
    owners.begin("ledger/register/000000000000-1.csv", (root / "ledger/register/000000000000-1.csv").stat().st_size)
    owners.ends["assets/people/claims/00000002-1.csv"] = (root / "assets/people/claims/00000002-1.csv").stat().st_size
    owners.files = 1
    return owners


def test_lines_follow_each_other(owners: Ownership) -> None:
    """One behind the other there is nothing to say, and all of it is to be hashed."""
    owners.add(entry(1, SEGMENT, 0, 10))
    owners.add(entry(2, SEGMENT, 10, 5))
    assert (list(owners.findings), owners.ends[SEGMENT], owners.bytes, len(owners.waiting)) == ([], 15, 15, 2)


@pytest.mark.parametrize("offset", [9, 11], ids=["overlap", "gap"])
def test_a_byte_of_two_or_of_none_is_found(owners: Ownership, offset: int) -> None:
    """The finding says where the next line has to begin."""
    owners.add(entry(1, SEGMENT, 0, 10))
    owners.add(entry(2, SEGMENT, offset, 5))
    (finding,) = owners.findings
    assert (finding.entry, finding.offset, finding.expected) == (2, offset, "offset 10")


def test_an_entry_without_a_payload_owns_nothing(owners: Ownership) -> None:
    """Nothing waits to be hashed for it."""
    owners.add(entry(1, "", 0, 0))
    assert (owners.ends, owners.waiting, owners.bytes) == ({}, [], 0)


@pytest.mark.parametrize(
    ("index", "path", "offset", "kind", "own"),
    [
        (7, SHELVED, 0, "original", True),
        (8, SHELVED, 0, "original", False),
        (7, SHELVED, 1, "original", False),
        (7, SHELVED, 0, "torn", False),
        (1, SEGMENT, 0, "claim", False),
    ],
)
def test_a_whole_file_bears_its_entry(index: int, path: str, offset: int, kind: str, own: bool) -> None:
    """Only the entry whose index is in the name owns a file on a shelf, from its first byte; a torn one is remembered by name."""
    assert is_own(entry(index, path, offset, 5, kind)) is own


def test_a_second_owner_of_a_file_is_found(furnished: Path) -> None:
    """A later entry that claims an original names the entry that owns it."""
    original = next((furnished / "assets/minutebook/00000").iterdir()).relative_to(furnished).as_posix()
    owners = owned(furnished)
    owners.add(entry(9, original, 0, 1))
    (finding,) = owners.findings
    assert (finding.path, finding.entry) == (original, 9) and "entry 1" in finding.expected


def test_a_sound_chunk_is_taken_where_it_fits(owners: Ownership) -> None:
    """Its spans begin where the last owner ended; else nothing is taken from it."""
    assert owners.add_sound(CHUNK, Sound(spans={SEGMENT: (0, 10, 1)}, files=2, payload_bytes=30))
    assert not owners.add_sound(CHUNK, Sound(spans={SEGMENT: (11, 20, 3)}, files=1, payload_bytes=9))
    assert (owners.ends, owners.files, owners.bytes) == ({SEGMENT: 10}, 2, 30)


def test_what_lies_behind_the_last_owner_is_found(furnished: Path) -> None:
    """Of a vault that nobody serves; one that is served grows."""
    owners = owned(furnished)
    assert list(owners.check_sizes(live=False)) == []
    with (furnished / "assets/people/claims/00000002-1.csv").open("ab") as stream:
        stream.write(b"more")
    (finding,) = owners.check_sizes(live=False)
    assert (finding.severity, finding.offset) == ("foreign", owners.ends[finding.path])
    assert list(owners.check_sizes(live=True)) == []


@pytest.mark.parametrize("certain", [True, False])
def test_where_every_file_has_an_owner(furnished: Path, certain: bool) -> None:
    """Counting them and looking each one up come to the same."""
    assert list(owned(furnished).check_foreign(None, certain=certain)) == []


def strangers(root: Path, limit: int | None = None) -> list[Finding]:
    return list(owned(root).check_foreign(limit, certain=True))


def test_a_stranger_is_named(furnished: Path) -> None:
    """Wherever below assets/ it lies, in order; a link and a folder's worth of them too."""
    (furnished / "assets/people/claims/z").write_bytes(b"x")
    (furnished / "assets/deep/er").mkdir(parents=True)
    (furnished / "assets/deep/er/file").write_bytes(b"xx")
    (furnished / "assets/link").symlink_to(furnished)
    found = [(finding.path, finding.found) for finding in strangers(furnished)]
    assert found == [
        ("assets/deep/er/file", "2 bytes that no entry owns"),
        ("assets/link", "a link or a special file"),
        ("assets/people/claims/z", "1 bytes that no entry owns"),
    ]


def test_what_is_made_for_entries_to_come_is_not_judged(furnished: Path) -> None:
    """While the vault is served, a file for an entry behind the head is none of a stranger."""
    (furnished / "assets/minutebook/00000/00000009-new-00000000.pdf").write_bytes(b"half")
    assert strangers(furnished, limit=4) == []
    assert len(strangers(furnished)) == 1
