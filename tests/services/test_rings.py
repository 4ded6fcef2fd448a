"""A ring is a type: what a service may do is what its context holds, for the type checker and at run time."""

import subprocess
import sys
from pathlib import Path

import pytest

from protocol.schema.numbers import Log
from tests.services.rings import rings_over
from totebox.errors import DiskFull, RecordRejected
from totebox.gate.disk_floor import DiskFloor
from totebox.gate.proposals import KEPT
from totebox.service.contract import Claim, ServiceSpec
from totebox.service.rings import MAX_INGEST_DRAFTS, Proposal, ReadOnlyHandle, ServiceContext
from totebox.vault.api import Draft, LeafIndex, Whole
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio
ADDING = ("append", "audit", "cosign", "add")
CLAIM = Claim(0, "person", "Jane Doe", "", 1, 0, 0, 8, "⟦Jane Doe⟧ signs", "model 1")

HEAD = """
from totebox.service.contract import DraftingService, Service
from totebox.service.rings import (
    BoundaryContext, BoundarySpec, IntelligenceContext, IntelligenceSpec, KnowledgeContext, KnowledgeSpec,
)
from totebox.vault.api import Batch

def boundary(context: BoundaryContext) -> DraftingService: ...
def knowledge(context: KnowledgeContext) -> DraftingService: ...
def intelligence(context: IntelligenceContext) -> Service: ...
"""
ALLOWED = """
BoundarySpec(name="a", summary="", make=boundary)
KnowledgeSpec(name="b", summary="", make=knowledge)
IntelligenceSpec(name="c", summary="", make=intelligence)
async def look(context: KnowledgeContext) -> None: await context.reader.head()
async def take(context: BoundaryContext) -> None: await context.ingest.add((), "")
"""
FORBIDDEN = {
    "a reader appends": "async def f(c: BoundaryContext, b: Batch) -> None: await c.reader.append(b)",
    "KNOWLEDGE ingests": "async def f(c: KnowledgeContext) -> None: await c.ingest.add((), '')",
    "INTELLIGENCE ingests": "async def f(c: IntelligenceContext) -> None: await c.ingest.add((), '')",
    "a proposer appends": "async def f(c: IntelligenceContext, b: Batch) -> None: await c.proposer.append(b)",
    "KNOWLEDGE proposes": "def f(c: KnowledgeContext) -> object: return c.proposer",
    "somebody has the root": "def f(c: BoundaryContext) -> object: return c.root",
    "somebody has a folder": "def f(c: KnowledgeContext) -> object: return c.state",
    "a SPEC of another ring": "KnowledgeSpec(name='a', summary='', make=boundary)",
    "INTELLIGENCE with an ingest": "IntelligenceSpec(name='a', summary='', make=boundary)",
    "a service that cannot draft in KNOWLEDGE": "def g(c: KnowledgeContext) -> Service: ...\nKnowledgeSpec(name='a', summary='', make=g)",
}


def contexts(vault: MemoryVault, folder: Path) -> list[ServiceContext]:
    rings = rings_over(vault, folder)
    return [rings.knowledge("k"), rings.boundary("b"), rings.intelligence("i")]


def test_the_type_checker_knows_what_a_ring_may_do(tmp_path: Path, project: Path) -> None:
    """What a ring may not do is an error at each of these lines, and what it may do is none."""
    lines = (HEAD + ALLOWED).splitlines()
    wrong = {}
    for name, text in FORBIDDEN.items():
        lines += text.splitlines()
        wrong[len(lines)] = name
    snippet = tmp_path / "snippet.py"
    snippet.write_text("\n".join(lines) + "\n")
    mypy = (sys.executable, "-m", "mypy", "--strict", "--disable-error-code=empty-body", "--no-error-summary")
    said = subprocess.run(
        (*mypy, "--cache-dir", str(tmp_path / "cache"), str(snippet)), cwd=project, capture_output=True, text=True
    )
    found = {int(line.split(":")[1]) for line in said.stdout.splitlines() if ": error:" in line}
    assert found == set(wrong), said.stdout


async def test_no_reader_has_a_method_that_adds(tmp_path: Path) -> None:
    """`context.reader.append` is an AttributeError in every ring, as are the other ways to add."""
    for context in contexts(MemoryVault(), tmp_path):
        for name in ADDING:
            with pytest.raises(AttributeError):
                getattr(context.reader, name)


async def test_no_ring_is_handed_the_vault_or_a_path(tmp_path: Path) -> None:
    """No field of a context is the vault, a path or something with `append`; only BOUNDARY has `ingest`, only INTELLIGENCE `proposer`."""
    vault = MemoryVault()
    names = [set(dir(context)) for context in contexts(vault, tmp_path)]
    for context in contexts(vault, tmp_path):
        values = [getattr(context, name) for name in dir(context) if not name.startswith("_")]
        assert not [value for value in values if value is vault or isinstance(value, Path) or hasattr(value, "append")]
    assert ["ingest" in each for each in names] == [False, True, False]
    assert ["proposer" in each for each in names] == [False, False, True]


async def test_a_reader_reads_what_the_vault_has(tmp_path: Path) -> None:
    """Entries, bytes, head, proof and consistency are those of the vault."""
    vault = MemoryVault()
    await rings_over(vault, tmp_path).boundary("mail").ingest.add([draft("mail")], "one message")
    reader = ReadOnlyHandle(vault)
    head = await vault.head()
    last = LeafIndex(head.records.tree_size - 1)
    assert await reader.head() == head
    assert await reader.entries(Log.RECORDS, last, 1) == await vault.entries(Log.RECORDS, last, 1)
    assert await reader.read(last, 0, 10) == b"x"
    assert await reader.prove(Log.RECORDS, last) == await vault.prove(Log.RECORDS, last)
    assert await reader.consistency(Log.RECORDS, head.records.tree_size) == await vault.consistency(
        Log.RECORDS, head.records.tree_size
    )


def draft(service: str) -> Draft:
    return Draft(service, "message", "a message", Whole(b"x"), "a.eml")


async def test_what_is_ingested_stands_behind_an_audit_row(tmp_path: Path) -> None:
    """The row INGESTED names the service, says what came, and authorises the records."""
    vault = MemoryVault()
    appended = await rings_over(vault, tmp_path).boundary("mail").ingest.add([draft("mail")] * 2, "two messages")
    audit = appended.audit
    assert (audit.kind, audit.actor, audit.subject, audit.note) == ("INGESTED", "local", "service mail", "two messages")
    assert [entry.audit for entry in appended.entries] == [audit.index, audit.index]


@pytest.mark.parametrize(
    ("drafts", "reason"),
    [
        ((), "adds 0 records"),
        ((draft("mail"),) * (MAX_INGEST_DRAFTS + 1), "adds 257 records"),
        ((draft("mail"), draft("people")), "may not add a record of people"),
    ],
)
async def test_an_ingest_that_is_not_its_own_is_refused(tmp_path: Path, drafts: tuple[Draft, ...], reason: str) -> None:
    """None, too many, or records of another service: nothing is appended and no row is written."""
    vault = MemoryVault()
    before = await vault.head()
    with pytest.raises(RecordRejected, match=reason):
        await rings_over(vault, tmp_path).boundary("mail").ingest.add(drafts, "")
    assert await vault.head() == before


async def test_an_ingest_leaves_the_last_bytes_of_the_disk_to_an_admin(tmp_path: Path) -> None:
    """Below the floor a service adds nothing; the reason says what to do."""
    vault = MemoryVault()
    ring = rings_over(vault, tmp_path, floor=DiskFloor(lambda: 0)).boundary("mail")
    before = await vault.head()
    with pytest.raises(DiskFull, match="make room"):
        await ring.ingest.add([draft("mail")], "")
    assert await vault.head() == before


async def test_proposals_wait_in_memory_and_are_no_records(tmp_path: Path) -> None:
    """What a program proposes is kept in order, bounded, and the vault does not change."""
    vault = MemoryVault()
    before = await vault.head()
    proposer = rings_over(vault, tmp_path).intelligence("slm").proposer
    for number in range(KEPT + 1):
        proposer.propose(Proposal(LeafIndex(number), CLAIM, "named beside the seal"))
    assert await vault.head() == before
    assert [proposal.source for proposal in proposer.waiting] == list(range(1, KEPT + 1))  # type: ignore[attr-defined]


async def test_a_spec_without_a_ring_is_a_mistake_that_is_named(tmp_path: Path) -> None:
    """A SPEC that is of no ring's class makes no service."""
    with pytest.raises(TypeError, match="KnowledgeSpec"):
        rings_over(MemoryVault(), tmp_path).running(ServiceSpec(name="odd", summary=""))
