"""The quick look and the slow one agree, whatever somebody makes of a register, a segment or a whole file.

The slow one here is the plainest that can be written: row by row, with `parse_row`, `leaf_hash` and SHA-256 of the bytes a row owns.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from random import Random
from re import fullmatch

import pytest

from protocol.trust.tlog import leaf_hash, node_hash, split
from tests.vault.bench import Bench, Clock, line, whole
from totebox.errors import VaultDamaged
from totebox.vault.check.chunks import RegisterChunk, Sound, check_records
from totebox.vault.check.findings import LISTED
from totebox.vault.check.ownership import is_own
from totebox.vault.check.rows import GUIDED, LEAST_BYTES, RegisterPass, RowCheck, chunks
from totebox.vault.check.tree_piece import TreePart
from totebox.vault.check.workers import WorkerPool
from totebox.vault.life.creation import create, load_identity
from totebox.vault.log.journal import RECORDS
from totebox.vault.log.keychain import read_chain
from totebox.vault.log.keys import first_keys
from totebox.vault.log.record import HEADER, parse_row
from totebox.vault.log.register import list_files
from totebox.vault.log.rows import PIECE_BYTES
from totebox.vault.log.tiles import WIDTH

REGISTER = "ledger/register/000000000000-1.csv"
EXAMPLES = 1_000 if os.environ.get("TORTURE") == "1" else 30
SEEDS = 4
ROWS = 300
LONG = 5 * PIECE_BYTES // 2 // 150
"""Rows that fill several pieces of a register."""
SIZES = (1, 5, 255, 256, 257, 299)
"""Sizes of the tree of which a root is asked for."""
BYTES = [bytes([value]) for value in (0, 9, 10, 11, 13, 32, 34, 39, 43, 44, 45, 48, 57, 58, 61, 64, 97, 127, 194, 255)]


def randoms(count: int, seed: int) -> Iterator[Random]:
    """`count` sources of choices, the same in every run."""
    return (Random(seed * count + number) for number in range(count))


CELLS = [
    b"", b"0", b"00", b"+1", b"1_0", b"1e3", b"9" * 19, b"9" * 21, b" 1", b'"1"', b"'=1", b"=1", b"\xc3\xa9", b"e\xcc\x81", b'"a,b"',
]  # fmt: skip


@dataclass(frozen=True)
class Vault:
    """A stopped vault, and what its files hold before anybody touches them."""

    root: Path
    files: dict[str, bytes]

    def changed(self, path: str, data: bytes) -> None:
        (self.root / path).write_bytes(data)

    def restore(self) -> None:
        for path, data in self.files.items():
            (self.root / path).write_bytes(data)


def made(root: Path, rows: int) -> Vault:
    """Lines of two segments in batches of several sizes; a whole file; a subject that needs quotes where there are few rows."""
    create(root, "Acme", "company", entropy=bytes, now=Clock()())
    bench = Bench(root)
    bench.append(whole(b"lease"))
    done = 0
    while done < rows:
        count = min(100 + done % 150, rows - done) if rows > ROWS else min(1 + done % 40, rows - done)
        bench.append(
            *(line(f"anchor-{number}", segment="ab"[number % 97 // 90]) for number in range(done, done + count))
        )
        done += count
    bench.stop()
    owned = [path for folder in ("ledger/register", "assets") for path in (root / folder).rglob("*") if path.is_file()]
    for path in owned:
        path.chmod(0o644)
    return Vault(root, {str(path.relative_to(root)): path.read_bytes() for path in owned})


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return made(tmp_path_factory.mktemp("small") / "vault", ROWS)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return made(tmp_path_factory.mktemp("long") / "vault", LONG)


def slowly(root: Path, rows: list[bytes]) -> Sound | None:
    """What `check_records` may say of `rows`, all of the register's; None where it must say nothing."""
    found, ends = Sound(), dict[str, tuple[int, int, int]]()
    try:
        entries = [parse_row(row) for row in rows]
    except VaultDamaged:
        return None
    for index, entry in enumerate(entries):
        if entry.index != index:
            return None
        found.payload_bytes += entry.length if entry.path else 0
        lies_in_segment = (
            fullmatch(r"assets/[a-z0-9-]+/[a-z][a-z0-9-]*/[0-9]+-[0-9]+\.csv", entry.path) and entry.kind != "torn"
        )
        if not lies_in_segment and not is_own(entry):
            # Whatever else owns bytes is hashed elsewhere, and nothing is said of its bytes here.
            found.odd.append((index, 0, rows[index]))
            continue
        path = root / entry.path
        if not path.is_file():
            return None
        data = path.read_bytes()[entry.offset : entry.offset + entry.length]
        if len(data) != entry.length or sha256(data).digest() != entry.sha256:
            return None
        if lies_in_segment:
            begin, end, first = ends.get(entry.path, (entry.offset, entry.offset, index))
            if end != entry.offset:
                return None
            ends[entry.path] = begin, end + entry.length, first
    found.batches = [(cited or 0, len(list(run))) for cited, run in groupby(entry.audit for entry in entries)]
    hashes = list(map(leaf_hash, rows))
    whole = len(rows) // WIDTH * WIDTH
    tops = b"".join(subtree(hashes[first : first + WIDTH]) for first in range(0, whole, WIDTH))
    rests = {size: subtree(hashes[size // WIDTH * WIDTH : size]) for size in SIZES if size < whole and size % WIDTH}
    found.spans, found.tree = ends, TreePart(b"", tops, b"".join(hashes[whole:]), rests)
    return found


def subtree(hashes: list[bytes]) -> bytes:
    """The root over leaf hashes, as RFC 6962 says it."""
    if len(hashes) == 1:
        return hashes[0]
    middle = split(len(hashes))
    return node_hash(subtree(hashes[:middle]), subtree(hashes[middle:]))


def chunk_of(data: bytes) -> RegisterChunk:
    rows = data[len(HEADER) :]
    return RegisterChunk(REGISTER, 0, rows.count(b"\n"), len(HEADER), len(rows), SIZES)


def agree(vault: Vault) -> bool:
    """Whether the quick look says that all is sound; if it does, the slow one does, and both say the same of it."""
    data = (vault.root / REGISTER).read_bytes()
    quick = check_records(vault.root, chunk_of(data))
    if quick is None:
        return False
    slow = slowly(vault.root, data[len(HEADER) : -1].split(b"\n"))
    assert slow is not None
    assert (replace(quick.tree, other=()), quick.batches, quick.spans) == (slow.tree, slow.batches, slow.spans)
    assert quick.payload_bytes == slow.payload_bytes
    assert [(index, row) for index, _, row in quick.odd] == [(index, row) for index, _, row in slow.odd]
    return True


def test_what_the_vault_wrote_is_sound(small: Vault) -> None:
    """And said to be so: the quick look is taken."""
    small.restore()
    assert agree(small)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_they_agree_on_changed_bytes(small: Vault, seed: int) -> None:
    """Bytes replaced, put in, taken out, moved; in the register, in a segment, or in both."""
    for rng in randoms(EXAMPLES, seed):
        small.restore()
        for path in rng.sample(sorted(small.files), rng.randint(1, 2)):
            text = small.files[path]
            for _ in range(rng.randint(1, 3)):
                begin = rng.randint(len(HEADER) if path == REGISTER else 0, max(len(text) - 1, 0))
                length = rng.choice([0, 1, 2, 20, 190])
                fresh = rng.choice([b"", *BYTES, text[begin - 190 : begin], text[-begin:][:60]])
                text = text[:begin] + fresh + text[begin + length :]
            small.changed(path, text)
        agree(small)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_they_agree_on_changed_cells(small: Vault, seed: int) -> None:
    """Cells of a row replaced by others of the register, by nothing, by numbers and texts that a vault writes otherwise."""
    for rng in randoms(EXAMPLES, seed):
        small.restore()
        rows = [row.split(b",") for row in small.files[REGISTER][len(HEADER) : -1].split(b"\n")]
        for _ in range(rng.randint(1, 4)):
            row, column = rng.randint(0, len(rows) - 1), rng.randint(0, 14)
            other = rows[rng.randint(0, len(rows) - 1)][rng.choice([column, column, 0, 5, 7, 9])]
            rows[row][column] = rng.choice([other, *CELLS])
        small.changed(REGISTER, HEADER + b"".join(b",".join(row) + b"\n" for row in rows))
        agree(small)


def walked(vault: Vault, past: int | None) -> tuple[RegisterPass, dict[str, int]]:
    """A pass over the record log, with the quick look."""
    ends: dict[str, int] = {}

    chain = read_chain(vault.root, RECORDS.register, first_keys(load_identity(vault.root))[0])
    check = RowCheck(
        vault.root, RECORDS, chain, past, lambda *_: None, lambda *_: True, check_records,
        WorkerPool(vault.root, much=False), ends.__setitem__, lambda _: None,
    )  # fmt: skip
    return check.run(), ends


@pytest.mark.parametrize("seed", range(SEEDS))
def test_rows_are_found_in_their_places(long: Vault, seed: int) -> None:
    """Where rows at which pieces of a register begin promise another index, every row is judged once, in its place, all the same."""
    long.restore()
    (file,) = list_files(long.root, RECORDS.register)
    pieces = list(chunks(long.root, file, len(HEADER), 0, LONG, quick=True))
    text = long.files[REGISTER]
    sizes = [min(PIECE_BYTES, max((len(text) - piece.offset) // GUIDED, LEAST_BYTES)) for piece in pieces[:-1]]
    believed = [text.count(b"\n", 0, piece.offset + size) for piece, size in zip(pieces, sizes, strict=False)]
    starts = [*(piece.first for piece in pieces[1:]), *believed]
    assert len(starts) > 12
    for rng in randoms(EXAMPLES // 6, seed):
        rows = long.files[REGISTER][len(HEADER) :].splitlines(keepends=True)
        changed = {}
        for number in rng.choices(
            [near for start in starts for near in (start - 1, start, start + 1)], k=rng.randint(0, 3)
        ):
            index = rng.choice(
                [b"", b"x", b"0", b"%d" % (number + 1), b"%d" % (number - 3), b"9" * 20, b"9" * 30, b"\n"]
            )
            changed[number] = index + rows[number][rows[number].index(b",") :]
        text = b"".join(changed.get(number, row) for number, row in enumerate(rows)) + rng.choice([b"", b"torn"])
        long.changed(REGISTER, HEADER + text)
        past = rng.choice([None, len(rows), len(rows) - 5, starts[-1], starts[0] + 1, starts[0]])
        found, ends = walked(long, past)
        whole_rows = text[: text.rindex(b"\n") + 1].splitlines(keepends=True)[:past]
        assert found.size == len(whole_rows)
        assert ends[REGISTER] == len(HEADER) + sum(map(len, whole_rows))
        wrong = [number for number, row in enumerate(whole_rows) if not row.startswith(b"%d," % number)]
        listed = [finding.entry for finding in found.findings if finding.path == REGISTER]
        assert listed == wrong[:LISTED] and (len(found.findings) >= len(wrong))
