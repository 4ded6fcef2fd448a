"""A log with proofs: the same claims hold of a vault's record log behind its writer process and of the log in memory."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from protocol.errors import ProofError
from protocol.schema import Proof
from protocol.schema.numbers import Log
from protocol.testing import MemoryLog
from protocol.trust.note import Signer, VerifierKey, parse_vkey, read_checkpoint, verify_checkpoint, verify_receipt
from protocol.trust.tlog import leaf_hash, verify_consistency
from totebox.clock import now_text
from totebox.daemon.opening import open_vault
from totebox.errors import NoSuchEntry
from totebox.vault.api import AuditDraft, Batch, Draft, LeafIndex, TreeSize, Vault, Whole
from totebox.vault.life.creation import create, load_identity

pytestmark = pytest.mark.anyio
SIZES = (1, 2, 3, 4, 7, 8, 9)


class Subject(Protocol):
    """A log that has at least one leaf. `missing` is what it raises where there is no such entry."""

    key: VerifierKey
    origin: str
    missing: type[Exception]

    async def append(self, text: str) -> int: ...
    async def note(self) -> bytes: ...
    async def proof(self, index: int) -> Proof: ...
    async def consistency(self, old: int) -> tuple[bytes, ...]: ...


class InMemory:
    """`MemoryLog`."""

    def __init__(self) -> None:
        self.log = MemoryLog(Signer("acme.example", bytes(32)), [b"0,first"])
        self.key, self.origin, self.missing = self.log.signer.verifier, self.log.origin, IndexError

    async def append(self, text: str) -> int:
        return self.log.append(f"{len(self.log.leaves)},{text}".encode())

    async def note(self) -> bytes:
        return self.log.note

    async def proof(self, index: int) -> Proof:
        return self.log.proof(index)

    async def consistency(self, old: int) -> tuple[bytes, ...]:
        return self.log.consistency(old)


class OnDisk:
    """The record log of `vault`."""

    def __init__(self, vault: Vault, key: VerifierKey, origin: str) -> None:
        self.vault, self.key, self.origin, self.missing = vault, key, origin, NoSuchEntry

    async def append(self, text: str) -> int:
        draft = Draft("minutebook", "original", text, Whole(text.encode()), text)
        row = AuditDraft("COMMAND", "SHA256:conformance", "test")
        return (await self.vault.append(Batch("SHA256:conformance", "", b"\1" * 32, row, (draft,)))).entries[0].index

    async def note(self) -> bytes:
        return (await self.vault.head()).records.note

    async def proof(self, index: int) -> Proof:
        return (await self.vault.prove(Log.RECORDS, LeafIndex(index))).proof

    async def consistency(self, old: int) -> tuple[bytes, ...]:
        return (await self.vault.consistency(Log.RECORDS, TreeSize(old)))[1]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["memory", "disk"])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    if request.param == "memory":
        yield InMemory()
        return
    root = tmp_path / "vault"
    create(root, "Acme Holdings", "corporation", entropy=os.urandom, now=now_text())
    identity = load_identity(root)
    async with open_vault(root) as vault:
        yield OnDisk(vault, parse_vkey(identity.vkey), identity.origin)


async def grown(log: Subject, size: int) -> None:
    while read_checkpoint(await log.note()).tree_size < size:
        await log.append("more")


async def test_a_leaf_gets_the_next_index_and_begins_with_it(log: Subject) -> None:
    """One after the other, from the log's size on."""
    for expected in (1, 2, 3):
        assert await log.append(f"leaf {expected}") == expected
        assert (await log.proof(expected)).leaf.startswith(b"%d," % expected)


async def test_the_checkpoint_is_signed_and_states_origin_and_size(log: Subject) -> None:
    """After each append another one, under the log's key."""
    for size in SIZES:
        await grown(log, size)
        head = verify_checkpoint(await log.note(), log.key)
        assert (head.origin, head.tree_size) == (log.origin, size)


async def test_every_leaf_is_proved_under_the_newest_checkpoint(log: Subject) -> None:
    """At every size up to nine, and no proof holds of another leaf."""
    for size in SIZES:
        await grown(log, size)
        note = await log.note()
        for index in range(size):
            proof = await log.proof(index)
            assert (proof.leaf_index, proof.tree_size) == (index, size)
            verify_receipt(proof, note, log.key)
            with pytest.raises(ProofError):
                verify_receipt(replace(proof, leaf=proof.leaf + b"x"), note, log.key)


async def test_a_tree_of_one_leaf_is_its_hash(log: Subject) -> None:
    """RFC 6962: the root of one leaf, and an empty path."""
    proof = await log.proof(0)
    assert proof.path == () and read_checkpoint(await log.note()).root == leaf_hash(proof.leaf)


async def test_every_tree_is_the_beginning_of_every_later_one(log: Subject) -> None:
    """Consistency from each size that the log had, to the newest."""
    roots = {}
    for size in SIZES:
        await grown(log, size)
        new = read_checkpoint(await log.note())
        roots[size] = new.root
        for old, root in roots.items():
            verify_consistency(old, size, await log.consistency(old), root, new.root)


@pytest.mark.parametrize("index", [1, 2, 1 << 40])
async def test_what_is_not_in_the_log_is_not_proved(log: Subject, index: int) -> None:
    """Neither an entry at or behind the end, nor a tree that is larger than the log."""
    with pytest.raises(log.missing):
        await log.proof(index)
    with pytest.raises(log.missing):
        await log.consistency(index + 1)
