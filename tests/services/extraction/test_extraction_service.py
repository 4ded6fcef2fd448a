"""The quarantine: rejected claims are sealed, and every claim that was ever decided can be listed."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.services.asking import ask
from tests.services.rings import rings_over
from totebox.clock import now_text
from totebox.service.contract import Claim, Document, Sealing
from totebox.service.rings import BoundaryContext
from totebox.services.extraction import SPEC
from totebox.services.extraction.service import ExtractionService
from totebox.services.extraction.tables import CLAIMS
from totebox.services.people.service import PeopleService
from totebox.vault.api import AuditDraft, Batch, Draft, Whole
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio
JANE = Claim(0, "person", "Jane Doe", "jane@x.example", 4, 2, 10, 18, "Chair: ⟦Jane Doe⟧", "label/1")
PHONE = Claim(1, "phone", "+442079460123", "", 5, 2, 30, 46, "=ring ⟦+44 20 7946 0123⟧, now", "phone/1")


def context(vault: MemoryVault, folder: Path) -> BoundaryContext:
    return rings_over(vault, folder).boundary("extraction")


@pytest.fixture
async def service_over() -> AsyncIterator[Callable[[MemoryVault, Path], ExtractionService]]:
    """Makes the service over a vault and a folder; closed at the test's end."""
    made: list[ExtractionService] = []

    def make(vault: MemoryVault, folder: Path) -> ExtractionService:
        made.append(ExtractionService(context(vault, folder)))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def confirmed(service: ExtractionService, vault: MemoryVault, folder: Path) -> ExtractionService:
    """`service`, after Jane was approved and the phone number rejected in its vault."""
    people = PeopleService(context(vault, folder))  # it opens nothing in order to seal
    document = Document("text/plain", "x", 0, "")
    sealing = Sealing("a.md", "1200", document, (JANE,), now_text(), (PHONE,), b"\x01" * 32)
    original = Draft("minutebook", "original", "a.md", Whole(b"x"), "a.md")
    drafts = (original, *await people.seal(sealing), *await service.seal(sealing))
    await vault.append(Batch("SHA256:me", "", b"", AuditDraft("COMMAND", "local", "s"), drafts))
    return service


async def listed(
    service: ExtractionService, text: str = "", cursor: str = "", limit: int = 100
) -> list[dict[str, object]]:
    page = await ask(service, CLAIMS, text, cursor=cursor, limit=limit)
    names = [column.name for column in page.table.columns]
    return [dict(zip(names, row, strict=True)) for row in page.table.rows]


async def test_a_rejected_claim_is_a_record(service_over, tmp_path: Path) -> None:
    """It stands in the quarantine with its source, place, words and rule; formulas come back as they were."""
    vault = MemoryVault()
    service = await confirmed(service_over(vault, tmp_path), vault, tmp_path)
    (row,) = await listed(service, "status:rejected")
    assert (row["attribute"], row["value"], row["excerpt"]) == ("phone", PHONE.value, PHONE.excerpt)
    assert (row["line"], row["page"], row["start"], row["end"], row["rule"]) == (5, 2, 30, 46, "phone/1")
    assert row["actor"] == "SHA256:me" and isinstance(row["source"], int)


async def test_every_decided_claim_is_listed_newest_first(service_over, tmp_path: Path) -> None:
    """The approved ones too, filtered by words, continued by the cursor."""
    vault = MemoryVault()
    service = await confirmed(service_over(vault, tmp_path), vault, tmp_path)
    assert [row["status"] for row in await listed(service)] == ["rejected", "verified"]
    assert [row["value"] for row in await listed(service, "jane")] == ["Jane Doe"]
    newest = (await listed(service))[0]["index"]
    assert [row["value"] for row in await listed(service, cursor=str(newest))] == ["Jane Doe"]


async def test_the_index_is_made_again_from_the_records(service_over, tmp_path: Path) -> None:
    """Thrown away, it says the same."""
    vault = MemoryVault()
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    before = await listed(await confirmed(service_over(vault, tmp_path / "one"), vault, tmp_path / "one"))
    assert await listed(service_over(vault, tmp_path / "two")) == before


def test_it_keeps_no_originals() -> None:
    """F12 cannot route to it."""
    assert not SPEC.keeps and SPEC.tables == (CLAIMS,)
