"""What a service may add by itself, and what it may propose: its own records alone, bounded, and never on the last bytes of the disk."""

import pytest

from protocol.schema.numbers import Log
from totebox.errors import DiskFull, RecordRejected
from totebox.gate.disk_floor import DiskFloor, no_floor
from totebox.gate.ingest import GateIngest, admit_ingest
from totebox.gate.proposals import KEPT, ServiceProposals
from totebox.service.contract import Claim
from totebox.service.rings import MAX_INGEST_DRAFTS, Proposal
from totebox.vault.api import Draft, LeafIndex, Whole
from totebox.vault.memory import MemoryVault

FULL = DiskFloor(lambda: 99, 100)


def drafts(count: int, service: str = "mail") -> tuple[Draft, ...]:
    return tuple(Draft(service, "message", f"m{each}", Whole(b"m%d" % each), "m.eml") for each in range(count))


@pytest.mark.anyio
async def test_what_a_service_adds_stands_behind_an_audit_row() -> None:
    """One row INGESTED in its name, with its words on one line, then its records."""
    vault = MemoryVault()
    await GateIngest("mail", vault, no_floor()).add(drafts(2), "two messages\nof today")
    records = await vault.entries(Log.RECORDS, LeafIndex(1), 9)
    row = (await vault.entries(Log.AUDIT, LeafIndex(0), 9))[-1]
    assert [(each.service, each.subject) for each in records] == [("mail", "m0"), ("mail", "m1")]
    assert (row.kind, row.actor, row.subject) == ("INGESTED", "local", "service mail")
    assert "two messages of today" in row.note


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("added", "floor", "fault", "says"),
    [
        ((), no_floor(), RecordRejected, "adds 0 records"),
        (drafts(MAX_INGEST_DRAFTS + 1), no_floor(), RecordRejected, "1 to 256"),
        (drafts(1) + drafts(1, "people"), no_floor(), RecordRejected, "may not add a record of people"),
        (drafts(1), FULL, DiskFull, "kept for ADMIN"),
    ],
    ids=["none", "too many", "another's", "a full disk"],
)
async def test_what_may_not_be_added_leaves_nothing(added, floor, fault, says) -> None:
    """Neither a record nor a row."""
    vault = MemoryVault()
    before = len(await vault.entries(Log.AUDIT, LeafIndex(0), 9))
    with pytest.raises(fault, match=says):
        await GateIngest("mail", vault, floor).add(added, "mail")
    assert len(await vault.entries(Log.RECORDS, LeafIndex(0), 9)) == 1
    assert len(await vault.entries(Log.AUDIT, LeafIndex(0), 9)) == before


def test_the_most_that_goes_in_one_batch_goes() -> None:
    """256 records are admitted, and so is one."""
    admit_ingest("mail", drafts(MAX_INGEST_DRAFTS), no_floor())
    admit_ingest("mail", drafts(1), no_floor())


def test_proposals_wait_in_order_and_the_oldest_goes() -> None:
    """A program that proposes without end fills its own place alone."""
    claim = Claim(0, "person", "Jane Doe", "", 1, 0, 0, 8, "⟦Jane Doe⟧", "test 1")
    mine, other = ServiceProposals(), ServiceProposals()
    proposed = [Proposal(LeafIndex(number), claim, "seen") for number in range(KEPT + 2)]
    for each in proposed:
        mine.propose(each)
    assert mine.waiting == tuple(proposed[2:]) and other.waiting == ()
