"""A chunk of rows is sound, or nothing is said of it: the quick look lets nothing pass that the slow one would find."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from protocol.trust.tlog import leaf_hash
from tests.vault.bench import Bench, line, whole
from totebox.vault.check import chunks as chunkcheck
from totebox.vault.check.chunks import LARGE_BYTES, RegisterChunk, Sound, check_audit, check_records
from totebox.vault.check.tree_piece import TreePart
from totebox.vault.log.record import HEADER

RECORDS, AUDIT = "ledger/register/000000000000-1.csv", "ledger/audit/register/000000000000-1.csv"
SEGMENT = "assets/people/claims/00000001-1.csv"


@pytest.fixture
def root(bench: Bench) -> Path:
    """Lines of one segment, in two batches; then an original."""
    bench.append(*(line(f"anchor-{number}") for number in range(5)))
    bench.append(*(line(f"anchor-{number}") for number in range(5, 8)))
    bench.append(whole(b"lease"))
    bench.stop()
    return bench.root


def chunk(root: Path, path: str = RECORDS) -> RegisterChunk:
    """All rows of the register file at `path`."""
    rows = (root / path).read_bytes()[len(HEADER) :]
    return RegisterChunk(path, 0, rows.count(b"\n"), len(HEADER), len(rows))


def records(root: Path) -> Sound | None:
    return check_records(root, chunk(root))


def rewrite(root: Path, change: Callable[[bytes], bytes], path: str = RECORDS) -> None:
    """The rows of the register become others."""
    data = (root / path).read_bytes()
    changed = change(data[len(HEADER) :])
    assert changed != data[len(HEADER) :]
    (root / path).write_bytes(HEADER + changed)


def test_a_sound_chunk_says_what_its_rows_do(root: Path) -> None:
    """Leaf hashes, batches, spans, whole files, and how many bytes they own."""
    found = records(root)
    assert found is not None
    leaves = (root / RECORDS).read_bytes()[len(HEADER) : -1].split(b"\n")
    assert found.tree == TreePart(after=b"".join(map(leaf_hash, leaves)))
    assert found.batches == [(0, 1), (1, 5), (2, 3), (3, 1)]
    size = (root / SEGMENT).stat().st_size
    assert found.spans == {SEGMENT: (0, size, 1)}
    assert (found.files, found.payload_bytes) == (1, size + 5 + (root / "totebox.yaml").stat().st_size)
    assert [index for index, _, _ in found.odd] == [0]


def test_a_large_file_is_left_to_a_share_of_its_own(bench: Bench) -> None:
    """Its hash is stated, and not judged here."""
    data = bytes(LARGE_BYTES)
    bench.append(whole(data))
    bench.stop()
    found = records(bench.root)
    assert found is not None
    [(index, _, length, digest)] = found.large
    assert (index, length, digest) == (1, len(data), sha256(data).digest())


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "an index out of place": lambda rows: rows.replace(b"\n3,", b"\n4,"),
    "an index with a zero in front": lambda rows: rows.replace(b"\n3,", b"\n03,"),
    "a time that is none": lambda rows: rows.replace(b"Z,SHA256", b"z,SHA256", 1),
    "a length with a sign": lambda rows: rows.replace(b",0,", b",+0,", 1),
    "a cell too few": lambda rows: rows.replace(b",people,claim,", b",people-claim,", 1),
    "a cell too many, and one too few": lambda rows: rows.replace(b",,\n", b",\n", 1).replace(b",,\n", b",,,\n", 1),
    "a formula that nobody disarmed": lambda rows: rows.replace(b",anchor-0,", b",=nchor-0,"),
    "a quote": lambda rows: rows.replace(b",anchor-0,", b',"nchor-0,'),
    "a line break of another kind": lambda rows: rows.replace(b",anchor-0,", b",\x0bnchor-0,"),
    "bytes that are no text": lambda rows: rows.replace(b",anchor-0,", b",\xffnchor-0,"),
    "another offset": lambda rows: rows.replace(SEGMENT.encode() + b",0,", SEGMENT.encode() + b",1,"),
    "a citation that is no number": lambda rows: rows.replace(b",,,1,,\n", b",x,,1,,\n", 1),
    "a citation of too many digits": lambda rows: rows.replace(b",,,1,,\n", b"," + b"9" * 21 + b",,1,,\n", 1),
    "a hash in upper case": lambda rows: rows[:-1].upper() + b"\n",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_rows_that_the_vault_does_not_write(root: Path, change: Callable[[bytes], bytes]) -> None:
    """Nothing is said of the chunk."""
    rewrite(root, change)
    assert records(root) is None


def test_hashes_that_are_divided_otherwise(root: Path) -> None:
    """A digit that moved from one row's hash to the next row's is not overlooked."""

    def shift(rows: bytes) -> bytes:
        lines = rows.split(b"\n")
        one, two = lines[2].split(b","), lines[3].split(b",")
        one[9], two[9] = one[9] + two[9][:1], two[9][1:]
        return b"\n".join([*lines[:2], b",".join(one), b",".join(two), *lines[4:]])

    rewrite(root, shift)
    assert records(root) is None


@pytest.mark.parametrize("subject", ['a "quoted", cell', "=1+1", "Ünïcode", "it's", "-"])
def test_rows_that_need_quotes_are_sound(bench: Bench, subject: str) -> None:
    """Whatever the vault writes passes, and its neighbours with it."""
    bench.append(line("plain"), line(subject), line("plain"))
    bench.stop()
    found = records(bench.root)
    assert found is not None and found.batches == [(0, 1), (1, 3)]


@pytest.mark.parametrize("place", [0, 20, -1])
def test_payloads_that_differ(root: Path, place: int) -> None:
    """One bit of a line, and nothing is said."""
    data = bytearray((root / SEGMENT).read_bytes())
    data[place] ^= 1
    (root / SEGMENT).write_bytes(data)
    assert records(root) is None


@pytest.mark.parametrize("cut", [1, 30])
def test_payloads_that_are_short(root: Path, cut: int) -> None:
    """A segment that ends early."""
    (root / SEGMENT).write_bytes((root / SEGMENT).read_bytes()[:-cut])
    assert records(root) is None


@pytest.mark.parametrize("text", [b"LEASE", b"leas", b"lease!", None])
def test_a_whole_file_that_differs(root: Path, text: bytes | None) -> None:
    """Other bytes, fewer, more, or none."""
    path = next((root / "assets/minutebook/00000").iterdir())
    path.unlink()
    if text is not None:
        path.write_bytes(text)
    assert records(root) is None


def test_a_link_in_place_of_a_file(root: Path, tmp_path: Path) -> None:
    """Even to the same bytes."""
    path = next((root / "assets/minutebook/00000").iterdir())
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert records(root) is None


def test_audit_rows_state_the_records(root: Path) -> None:
    """Each root once, and what each row authorises."""
    found = check_audit(root, chunk(root, AUDIT))
    assert found is not None
    assert found.lengths == [(0, 1), (1, 5), (2, 3), (3, 1)]
    assert [(size, row) for size, row, _ in found.stated] == [(0, 0), (1, 1), (6, 2), (9, 3)]


def test_an_audit_row_with_a_path_is_looked_at_alone(root: Path) -> None:
    """It owns torn bytes, which is rare."""
    rewrite(root, lambda rows: rows.replace(b",vault,,", b",vault,ledger/audit/register/x.csv,"), AUDIT)
    assert check_audit(root, chunk(root, AUDIT)) is None


def test_more_segments_than_are_held_open(bench: Bench) -> None:
    """Files are closed and opened again; what is owned stays the same."""
    names = [f"s{number}" for number in range(chunkcheck.MOST_OPEN + 5)]
    for _ in range(2):
        bench.append(*(line("x", segment=name) for name in names))
    bench.stop()
    found = records(bench.root)
    assert found is not None and len(found.spans) == len(names)
