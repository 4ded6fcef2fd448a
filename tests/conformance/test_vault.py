"""What any vault must do. Memory, what stands in front of a vault, and the disk behind its writer process pass the same claims."""

import os
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from time import monotonic

import anyio
import pytest

from protocol.schema.numbers import Log
from protocol.trust.cosignature import Witness
from protocol.trust.note import Signer, TreeHead, checkpoint_text, parse_vkey, verify_receipt
from protocol.trust.tlog import verify_consistency
from totebox.clock import now_text
from totebox.daemon.opening import open_vault
from totebox.errors import NoSuchEntry, OnceConflict, RecordRejected
from totebox.gate.held_rows import HeldRows
from totebox.telemetry.follower import FollowedVault
from totebox.vault.api import (
    AuditDraft,
    Batch,
    Draft,
    LeafIndex,
    Line,
    Member,
    Staged,
    TreeSize,
    Vault,
    Whole,
    line_cells,
)
from totebox.vault.life.creation import create
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio
ACTOR = "SHA256:conformance"
HEADER = ("anchor", "value")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def intake(tmp_path: Path) -> Path:
    return tmp_path / "vault" / "cache" / "intake"


@pytest.fixture(params=["memory", "memory behind held rows", "memory that is followed", "disk"])
async def vault(request: pytest.FixtureRequest, tmp_path: Path, intake: Path) -> AsyncIterator[Vault]:
    if request.param.startswith("memory"):
        intake.mkdir(parents=True)
        memory = MemoryVault(intake=intake)
        match request.param:
            case "memory behind held rows":
                yield HeldRows(memory, now_text, monotonic)
            case "memory that is followed":
                yield FollowedVault(memory, lambda: None)
            case _:
                yield memory
        return
    root = tmp_path / "vault"
    create(root, "Acme Holdings", "corporation", entropy=os.urandom, now=now_text())
    async with open_vault(root) as client:
        yield client


def batch(*drafts: Draft, command: str = "", digest: bytes = b"\1" * 32) -> Batch:
    return Batch(ACTOR, command, digest, AuditDraft("COMMAND", ACTOR, "input.confirm"), drafts)


def whole(data: bytes, name: str = "lease.pdf", kind: str = "original") -> Draft:
    return Draft("minutebook", kind, name, Whole(data), name)


def line(*cells: str, header: tuple[str, ...] = HEADER) -> Draft:
    return Draft("people", "claim", cells[0], Line("claims", header, cells))


async def size(vault: Vault) -> int:
    return (await vault.head()).records.tree_size


async def test_entry_zero_is_the_identity(vault: Vault) -> None:
    """A vault is born with one entry, which owns `totebox.yaml`, and one audit row that says so."""
    (first,) = await vault.entries(Log.RECORDS, LeafIndex(0), 10)
    (audit,) = await vault.entries(Log.AUDIT, LeafIndex(0), 10)
    assert (first.kind, first.path, first.audit, audit.kind) == ("identity", "totebox.yaml", 0, "CREATED")
    assert sha256(await vault.read(LeafIndex(0), 0, 1 << 20)).digest() == first.sha256


async def test_a_whole_file_reads_back(vault: Vault) -> None:
    """Bytes in, the same bytes out; the row states their hash and length."""
    done = await vault.append(batch(whole(b"%PDF-1.7 ...")))
    (entry,) = done.entries
    assert await vault.read(entry.index, 0, 1 << 20) == b"%PDF-1.7 ..."
    assert (entry.length, entry.sha256) == (12, sha256(b"%PDF-1.7 ...").digest())
    assert entry.path.startswith("assets/minutebook/00000/") and entry.path.endswith(".pdf")


async def test_reading_is_bounded_and_ends(vault: Vault) -> None:
    """A range inside, across and behind the end."""
    (entry,) = (await vault.append(batch(whole(b"0123456789")))).entries
    assert await vault.read(entry.index, 3, 4) == b"3456"
    assert await vault.read(entry.index, 8, 100) == b"89"
    assert await vault.read(entry.index, 10, 100) == b""


async def test_staged_bytes_are_sealed(vault: Vault, intake: Path) -> None:
    """A staged file is sealed byte for byte, and staging is not touched."""
    data = bytes(range(256)) * 9_000
    (intake / "abc").write_bytes(data)
    draft = Draft("minutebook", "original", "scan.tif", Staged("abc", len(data), sha256(data).digest()), "scan.tif")
    (entry,) = (await vault.append(batch(draft))).entries
    assert await vault.read(entry.index, 1 << 20, 1 << 20) == data[1 << 20 : 2 << 20]
    assert (intake / "abc").read_bytes() == data


@pytest.mark.parametrize("name", ["missing", "../log.key", "", "abc"])
async def test_what_is_not_staged_is_rejected(vault: Vault, intake: Path, name: str) -> None:
    """A missing name, a path, or bytes of another hash: nothing is appended."""
    (intake / "abc").write_bytes(b"changed")
    before = await size(vault)
    with pytest.raises(RecordRejected):
        await vault.append(batch(Draft("minutebook", "original", "x", Staged(name, 7, b"\0" * 32))))
    assert await size(vault) == before


async def test_lines_share_a_segment(vault: Vault) -> None:
    """The first line opens the segment with its header; the next follow it byte by byte."""
    first, second = (await vault.append(batch(line("ada", "1"), line("bob", "2")))).entries
    (third,) = (await vault.append(batch(line("eve", "3")))).entries
    assert first.path == second.path == third.path
    assert await vault.read(first.index, 0, 99) == b"anchor,value\nada,1\n"
    assert (second.offset, third.offset) == (19, 25)
    assert await vault.read(third.index, 0, 99) == b"eve,3\n"


@pytest.mark.parametrize("text", ["=1+1", "'x", "-5", "+1", "@a", "\tx", 'say "hi", twice', " padded ", "", "naïve ☃"])
async def test_cells_read_back_exactly(vault: Vault, text: str) -> None:
    """Quotes, commas and what a spreadsheet would run come back as they went in."""
    await vault.append(batch(line("a", "b")))
    (entry,) = (await vault.append(batch(line("anchor", text)))).entries
    assert line_cells(await vault.read(entry.index, 0, 999)) == ("anchor", text)


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\0b", "a\u2028b", "\ud800"])
async def test_line_breaks_are_rejected(vault: Vault, text: str) -> None:
    """A cell or a subject with a line break becomes no record."""
    before = await size(vault)
    for draft in (line("a", text), whole(b"x", name="n"), line(text, "v")):
        bad = draft if draft.kind == "claim" else Draft("minutebook", "original", text, Whole(b"x"))
        with pytest.raises(RecordRejected):
            await vault.append(batch(bad))
    assert await size(vault) == before


async def test_another_header_is_rejected(vault: Vault) -> None:
    """A segment keeps its columns."""
    await vault.append(batch(line("a", "b")))
    with pytest.raises(RecordRejected, match="columns"):
        await vault.append(batch(line("a", "b", header=("anchor", "other"))))


@pytest.mark.parametrize(
    "draft",
    [
        Draft("Minutebook", "original", "x", Whole(b"")),
        Draft("../up", "original", "x", Whole(b"")),
        Draft("minutebook", "torn", "x", Whole(b"")),
        Draft("minutebook", "original", "x", Whole(b""), source=Member(0)),
        Draft("minutebook", "original", "x", Whole(b""), source=LeafIndex(99)),
        Draft("minutebook", "original", "x", Whole(b""), supersedes=LeafIndex(99)),
        Draft("minutebook", "original", "x" * 66_000, Whole(b"")),
        Draft("people", "claim", "x", Line("../claims", ("a",), ("b",))),
        Draft("people", "claim", "x", Line("claims", ("a",), ("b", "c"))),
    ],
)
async def test_a_draft_that_breaks_a_rule_takes_its_batch_along(vault: Vault, draft: Draft) -> None:
    """All or none: the good member before it is not appended either, and no audit row is left."""
    before = await vault.head()
    with pytest.raises(RecordRejected):
        await vault.append(batch(*((whole(b"good"),) if draft.source != Member(0) else ()), draft))
    after = await vault.head()
    assert (before.records.tree_size, before.audit.tree_size) == (after.records.tree_size, after.audit.tree_size)


async def test_members_cite_earlier_members(vault: Vault) -> None:
    """A text names its original, a correction what it corrects."""
    text = Draft("minutebook", "text", "lease.pdf", Whole(b"# Lease"), "lease.md", source=Member(0))
    original, derived = (await vault.append(batch(whole(b"%PDF"), text))).entries
    assert derived.source == original.index
    newer = Draft("minutebook", "original", "lease.pdf", Whole(b"%PDF2"), "lease.pdf", supersedes=original.index)
    assert (await vault.append(batch(newer))).entries[0].supersedes == original.index


async def test_a_receipt_verifies_under_the_vaults_key(vault: Vault) -> None:
    """Leaf, path, root and signature of an append lead to each other, for records and for audit rows."""
    done = await vault.append(batch(whole(b"a"), whole(b"b")))
    row = await vault.audit(AuditDraft("REFUSED", ACTOR, "read", "not permitted"))
    head = await vault.head()
    verify_receipt(done.proven.proof, done.proven.checkpoint.note, parse_vkey(head.vkey))
    verify_receipt(row.proven.proof, row.proven.checkpoint.note, parse_vkey(head.audit_vkey))
    assert (done.proven.proof.leaf, row.proven.proof.leaf) == (done.entries[0].leaf, row.audit.leaf)


async def test_the_audit_row_comes_first_and_is_cited(vault: Vault) -> None:
    """The row that authorised the entries states how many there are and the log they were added to."""
    before = (await vault.head()).records
    done = await vault.append(batch(whole(b"a"), whole(b"b")))
    assert {entry.audit for entry in done.entries} == {done.audit.index}
    assert (done.audit.offset, done.audit.length, done.audit.sha256) == (before.tree_size, 2, before.root)


async def test_a_batch_without_drafts_is_its_audit_row(vault: Vault) -> None:
    """A decision leaves a proved audit row and no record."""
    before = await size(vault)
    done = await vault.append(batch(command="ab"))
    assert done.entries == () and done.proven.proof.leaf == done.audit.leaf
    assert await size(vault) == before


async def test_the_same_command_is_done_once(vault: Vault) -> None:
    """Repeated with the same arguments it returns the first result; nothing is appended."""
    first = await vault.append(batch(whole(b"a"), whole(b"b"), command="0a"))
    await vault.append(batch(whole(b"c"), command="0b"))
    before = await vault.head()
    again = await vault.append(batch(whole(b"a"), whole(b"b"), command="0a"))
    assert again.repeated and not first.repeated
    assert (again.entries, again.audit) == (first.entries, first.audit)
    assert (await vault.head()).audit.tree_size == before.audit.tree_size
    verify_receipt(again.proven.proof, again.proven.checkpoint.note, parse_vkey(before.vkey))


async def test_the_same_id_with_other_arguments_conflicts(vault: Vault) -> None:
    """An id names one command; another device's id is another one."""
    await vault.append(batch(whole(b"a"), command="0a"))
    with pytest.raises(OnceConflict):
        await vault.append(batch(whole(b"z"), command="0a", digest=b"\2" * 32))
    other = Batch("SHA256:other", "0a", b"\2" * 32, AuditDraft("COMMAND", "SHA256:other", "x"), (whole(b"z"),))
    assert not (await vault.append(other)).repeated


async def test_the_same_command_at_the_same_time_is_done_once(vault: Vault) -> None:
    """Two in flight: one is done, the other told so."""
    done: list[bool] = []

    async def one() -> None:
        done.append((await vault.append(batch(whole(b"a"), command="0c"))).repeated)

    async with anyio.create_task_group() as group:
        group.start_soon(one)
        group.start_soon(one)
    assert sorted(done) == [False, True]


async def test_entries_page_through_both_logs(vault: Vault) -> None:
    """In order, from anywhere, empty behind the end; every row parses to what was returned."""
    done = [await vault.append(batch(whole(bytes([n])))) for n in range(5)]
    assert [entry.index for entry in await vault.entries(Log.RECORDS, LeafIndex(2), 3)] == [2, 3, 4]
    assert await vault.entries(Log.RECORDS, LeafIndex(6), 3) == ()
    assert tuple(await vault.entries(Log.RECORDS, LeafIndex(1), 99)) == tuple(one.entries[0] for one in done)
    assert tuple(await vault.entries(Log.AUDIT, LeafIndex(1), 99)) == tuple(one.audit for one in done)


async def test_any_entry_can_be_proved_later(vault: Vault) -> None:
    """Inclusion under the newest checkpoint, for each leaf of both logs."""
    for n in range(6):
        await vault.append(batch(whole(bytes([n]))))
    head = await vault.head()
    for log, vkey in ((Log.RECORDS, head.vkey), (Log.AUDIT, head.audit_vkey)):
        for index in range(7):
            proven = await vault.prove(log, LeafIndex(index))
            verify_receipt(proven.proof, proven.checkpoint.note, parse_vkey(vkey))


async def test_an_old_head_is_consistent_with_a_newer_one(vault: Vault) -> None:
    """From every earlier checkpoint a path leads to the newest."""
    heads = [(await vault.append(batch(whole(bytes([n]))))).proven.checkpoint for n in range(9)]
    for old in heads:
        new, path = await vault.consistency(Log.RECORDS, old.tree_size)
        verify_consistency(old.tree_size, new.tree_size, path, old.root, new.root)


async def test_what_is_not_there_is_said(vault: Vault) -> None:
    """Beyond the end there is nothing to read, prove or be consistent with."""
    end = await size(vault)
    for attempt in (
        lambda: vault.read(LeafIndex(end), 0, 1),
        lambda: vault.prove(Log.RECORDS, LeafIndex(end)),
        lambda: vault.consistency(Log.RECORDS, TreeSize(end + 1)),
    ):
        with pytest.raises(NoSuchEntry):
            await attempt()


async def test_concurrent_appends_all_land(vault: Vault) -> None:
    """Many writers: every batch is whole, consecutive and proved."""
    done: list[tuple[int, ...]] = []

    async def one(n: int) -> None:
        result = await vault.append(batch(whole(bytes([n])), line(str(n), "v")))
        done.append(tuple(entry.index for entry in result.entries))

    async with anyio.create_task_group() as group:
        for n in range(32):
            group.start_soon(one, n)
    assert sorted(index for pair in done for index in pair) == list(range(1, 65))
    assert all(second == first + 1 for first, second in done)


async def test_a_row_that_may_wait_is_numbered_at_once(vault: Vault) -> None:
    """A read's audit row has its place immediately, and later rows follow it."""
    waiting = await vault.audit(AuditDraft("COMMAND", ACTOR, "list"), durable=False)
    following = await vault.audit(AuditDraft("COMMAND", ACTOR, "prove"))
    assert (waiting.audit.index + 1, waiting.audit.subject) == (following.audit.index, "list")
    assert following.proven.checkpoint.tree_size == following.audit.index + 1


async def test_a_witness_cosigns_a_head(vault: Vault) -> None:
    """Kept after an audit row that names the witness's key; the same again is no error."""
    witness = Witness("desk.example", b"\5" * 32)
    head = (await vault.append(batch(whole(b"a")))).proven.checkpoint
    note = witness.cosign(head.note, 1_900_000_000)
    first = await vault.cosign(Log.RECORDS, note, witness.key.text(), ACTOR)
    again = await vault.cosign(Log.RECORDS, note, witness.key.text(), ACTOR)
    assert (first.audit.kind, first.audit.note) == ("COSIGNED", witness.key.text())
    assert first.audit.subject == again.audit.subject == "ledger/checkpoints/2.desk.example"


async def test_a_witness_s_name_is_one_key_s(vault: Vault) -> None:
    """Another key that calls itself so is told, at the same head: its word would not be kept. At a later head it may."""
    witness, other = Witness("desk.example", b"\5" * 32), Witness("desk.example", b"\6" * 32)
    head = (await vault.append(batch(whole(b"a")))).proven.checkpoint
    await vault.cosign(Log.RECORDS, witness.cosign(head.note, 1_900_000_000), witness.key.text(), ACTOR)
    before = (await vault.head()).audit.tree_size
    with pytest.raises(RecordRejected, match="another name"):
        await vault.cosign(Log.RECORDS, other.cosign(head.note, 1_900_000_000), other.key.text(), ACTOR)
    assert (await vault.head()).audit.tree_size == before
    later = (await vault.append(batch(whole(b"b")))).proven.checkpoint
    await vault.cosign(Log.RECORDS, other.cosign(later.note, 1_900_000_001), other.key.text(), ACTOR)


async def test_what_is_no_cosigned_head_is_rejected(vault: Vault) -> None:
    """Another key than the one that cosigned, another root, a head of another log, one that is not reached."""
    witness, other = Witness("desk.example", b"\5" * 32), Witness("desk.example", b"\6" * 32)
    head = (await vault.append(batch(whole(b"a")))).proven.checkpoint
    signer = Signer(head.origin, b"\7" * 32)
    forged = [signer.sign(checkpoint_text(TreeHead(head.origin, size, b"\0" * 32))) for size in (2, 99)]
    before = (await vault.head()).audit.tree_size
    for note, log, key in (
        (head.note, Log.RECORDS, other),
        (head.note, Log.AUDIT, witness),
        *((note, Log.RECORDS, witness) for note in forged),
    ):
        with pytest.raises(RecordRejected):
            await vault.cosign(log, witness.cosign(note, 1_900_000_000), key.key.text(), ACTOR)
    assert (await vault.head()).audit.tree_size == before
