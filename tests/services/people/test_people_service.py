"""The identity ledger: anchors computed from claims, as of any time, conflicts side by side."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from protocol.schema.numbers import Log
from tests.services.asking import rows
from tests.services.rings import rings_over
from totebox.clock import now_text
from totebox.service.claim_line import HEADER
from totebox.service.contract import Claim, Document, Sealing
from totebox.services.people.service import PeopleService
from totebox.services.people.sovereign import anchor_of, sovereign_id
from totebox.services.people.tables import ANCHORS, CLAIMS
from totebox.vault.api import AuditDraft, Batch, Draft, LeafIndex, Whole, line_cells
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio
JANE = Claim(0, "person", "Jane Doe", "Jane@Example.com", 4, 2, 10, 18, "⟦Jane Doe⟧, =director", "mail 1")
MAIL = Claim(1, "email", "jane@example.com", "", 4, 2, 20, 36, "⟦jane@example.com⟧", "mail 1")
ACME = Claim(2, "organisation", "Acme Ltd", "", 5, 2, 40, 48, "for ⟦Acme Ltd⟧", "legal-form 1")
DATE = Claim(3, "date", "2026-01-31", "", 6, 2, 50, 60, "on ⟦2026-01-31⟧", "date 1")


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
async def people(vault: MemoryVault, tmp_path: Path) -> AsyncIterator[PeopleService]:
    service = PeopleService(rings_over(vault, tmp_path).knowledge("people"))
    yield service
    await service.close()


async def seal(vault: MemoryVault, people: PeopleService, *claims: Claim) -> int:
    """Seal `claims` as F12 does; the original's index."""
    original = Draft("minutebook", "original", "a.md", Whole(b"x"), "a.md")
    sealing = Sealing("a.md", "1200", Document("text/plain", "x", 0, ""), claims, now_text(), sha256=b"\x01" * 32)
    batch = Batch("SHA256:me", "", b"", AuditDraft("COMMAND", "local", "s"), (original, *await people.seal(sealing)))
    return (await vault.append(batch)).entries[0].index


def test_the_same_mail_address_is_the_same_person_everywhere() -> None:
    """Whatever its case, and whether it is the claim or what the claim hangs on."""
    assert anchor_of(JANE) == anchor_of(MAIL) == sovereign_id("mailto:jane@example.com")
    assert anchor_of(DATE) == "" and anchor_of(ACME) == sovereign_id("org:acme ltd")


async def test_anchors_are_computed_from_claims(vault, people) -> None:
    """Name from the naming claim, type, number of claims; a date makes no anchor."""
    await seal(vault, people, JANE, MAIL, ACME, DATE)
    found = [(row["name"], row["type"], row["claims"], row["conflict"]) for row in await rows(people, ANCHORS)]
    assert found == [("Acme Ltd", "Company", 1, False), ("Jane Doe", "Person", 2, False)]


async def test_each_claim_leads_to_its_source_line(vault, people) -> None:
    """Index, source entry, line, page, span and excerpt as they were read; formulas and quotes come back as they were."""
    index = await seal(vault, people, JANE)
    row = (await rows(people, CLAIMS, f"anchor:{anchor_of(JANE)}"))[0]
    assert (row["source"], row["line"], row["page"], row["start"], row["end"]) == (index, 4, 2, 10, 18)
    assert row["excerpt"] == JANE.excerpt and row["actor"] == "SHA256:me" and row["status"] == "verified"


async def test_conflicting_names_stand_side_by_side(vault, people) -> None:
    """The newer name is shown, the anchor says that there is another one, both claims stay."""
    await seal(vault, people, JANE)
    await seal(vault, people, Claim(0, "person", "Jane Smith", "jane@example.com", 1, 0, 0, 10, "x", "r"))
    row = (await rows(people, ANCHORS))[0]
    assert row["name"] == "Jane Smith" and row["conflict"] is True and row["claims"] == 2


async def test_as_of_shows_what_was_known_then(vault, people) -> None:
    """A later claim is not in an earlier view."""
    await seal(vault, people, JANE)
    then = str((await rows(people, ANCHORS))[0]["last"])
    await seal(vault, people, Claim(0, "person", "Jane Smith", "jane@example.com", 1, 0, 0, 10, "x", "r"), ACME)
    known = await rows(people, ANCHORS, as_of=then)
    assert [(row["name"], row["conflict"]) for row in known] == [("Jane Doe", False)]


async def test_words_search_anchors_and_claims(vault, people) -> None:
    """By name or type; in value or excerpt."""
    await seal(vault, people, JANE, ACME)
    assert [row["name"] for row in await rows(people, ANCHORS, "acme")] == ["Acme Ltd"]
    assert [row["value"] for row in await rows(people, CLAIMS, "director")] == ["Jane Doe"]


async def test_a_sealed_line_is_joined_by_its_indices(vault, people) -> None:
    """Its own entry, its document's and the audit row that approved it stand in the line, beside the document's name."""
    index = await seal(vault, people, JANE)
    (entry,) = [entry for entry in await vault.entries(Log.RECORDS, LeafIndex(0), 99) if entry.kind == "claim"]
    line = dict(zip(HEADER, line_cells((await vault.read(entry.index, 0, 9_999)).splitlines()[-1]), strict=True))
    assert (line["entry"], line["document_entry"], line["audit"]) == (str(entry.index), str(index), str(entry.audit))
    assert line["document"] == "a.md" and line["account"] == "1200"
