"""Payloads: what is staged is checked, what grows is written once, what is read is all there."""

from hashlib import sha256

import pytest

from tests.vault.bench import Bench, line, whole
from totebox.errors import RecordRejected, VaultDamaged
from totebox.vault.api import Staged
from totebox.vault.disk.durable import Disk
from totebox.vault.disk.payloads import MOST_TAILS, Files, hash_range, read_range


def test_what_is_staged_is_copied_and_checked(bench: Bench) -> None:
    """Its size and its hash, before it can get a name."""
    data = bytes(range(256)) * 5_000
    (bench.root / "cache/intake/x").write_bytes(data)
    files = Files(Disk(bench.root))
    unnamed = files.prepare(Staged("x", len(data), sha256(data).digest()))
    if unnamed is not None:
        unnamed.discard()
    for size, digest in ((len(data) - 1, sha256(data).digest()), (len(data), b"\0" * 32)):
        with pytest.raises(RecordRejected):
            files.prepare(Staged("x", size, digest))


@pytest.mark.parametrize("name", ["", "../secret/keys/log.key", ".x", "missing"])
def test_nothing_else_is_taken_from_staging(bench: Bench, name: str) -> None:
    """Plain names alone."""
    with pytest.raises(RecordRejected):
        Files(Disk(bench.root)).prepare(Staged(name, 0, sha256(b"").digest()))


def test_a_record_that_is_too_short_is_damage(bench: Bench) -> None:
    """It is said, and never padded."""
    entry = bench.append(whole(b"0123456789")).entries[0]
    (bench.root / entry.path).chmod(0o644)
    (bench.root / entry.path).write_bytes(b"0123")
    assert bench.store is not None
    assert bench.store.read(1, 0, 4) == b"0123"
    with pytest.raises(VaultDamaged, match="too short"):
        bench.store.read(1, 0, 10)


def test_more_segments_than_may_be_open(bench: Bench) -> None:
    """All of them grow on; the vault verifies."""
    for _ in range(2):
        bench.append(*(line("a", segment=f"s{number}") for number in range(MOST_TAILS + 3)))
    bench.stop()
    assert bench.verify().findings == ()


def test_a_range_of_a_missing_file_is_empty(bench: Bench) -> None:
    """What is not there has no bytes, and the hash of none."""
    assert read_range(bench.root, "assets/none", 0, 9) == b""
    assert hash_range(bench.root, "assets/none", 0, 9) == (sha256(b"").digest(), 0)
