"""What every service of the roster does alike: its state, what it adds to a sealing, and which tables it says have changed."""

import importlib
from pathlib import Path

import pytest

from protocol.schema.numbers import Verb
from tests.services.rings import rings_over
from totebox.clock import now_text
from totebox.service.contract import Claim, Document, Sealing, Service, ServiceSpec
from totebox.service.query import Query
from totebox.services import ROSTER
from totebox.vault.api import AuditDraft, Batch, Draft, Whole
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio

YES, NO = (
    Claim(number, "person", name, "", 1, 0, 0, 8, name, "label/1")
    for number, name in enumerate(("Jane Doe", "Jane Roe"))
)
SEALING = Sealing(
    "deed.md", "1200", Document("text/plain", "the words", 2, ""), (YES,), now_text(), (NO,), b"\x01" * 32
)
ADDS = {
    "audit": [],
    "extraction": [("extraction", "rejected", "person Jane Roe")],
    "fs": [],
    "minutebook": [("minutebook", "text", "deed.md")],
    "people": [("people", "claim", "person Jane Doe")],
}
VERBS = {"minutebook": {Verb.MINUTEBOOK_LABEL}, "people": {Verb.PEOPLE_CORRECT}}
CHANGES = {
    "extraction": ["extraction.claims"],
    "minutebook": ["minutebook.documents", "minutebook.history"],
    "people": ["people.anchors", "people.claims"],
}


def spec_of(name: str) -> ServiceSpec:
    spec = importlib.import_module(f"totebox.services.{name}").SPEC
    assert isinstance(spec, ServiceSpec)
    return spec


def made(name: str, folder: Path, vault: MemoryVault | None = None, changed: "list[str] | None" = None) -> Service:
    told = changed if changed is not None else []
    return rings_over(vault or MemoryVault(), folder, changed=told.append).running(spec_of(name)).service


@pytest.mark.parametrize("name", ROSTER)
async def test_a_service_says_that_it_runs(name: str, tmp_path: Path) -> None:
    """Under its own name, with nothing waiting; what runs beside the loop ends by itself or is cancelled."""
    service = made(name, tmp_path)
    state = service.state()
    assert (state.name, state.state, state.reason, state.queued) == (name, "running", "", 0)
    await service.run()
    await service.close()


@pytest.mark.parametrize("name", ROSTER)
async def test_a_service_answers_the_tables_that_it_declares(name: str, tmp_path: Path) -> None:
    """Those and no others; empty archives have empty tables but for the two logs."""
    service = made(name, tmp_path)
    assert list(service.tables()) == [table.name for table in spec_of(name).tables] and spec_of(name).name == name
    for read in service.tables().values():
        page = await read(Query())
        assert len(page.table.rows) == (name in ("audit", "fs")) and not page.more
    await service.close()


@pytest.mark.parametrize("name", ROSTER)
async def test_a_sealing_gets_what_the_service_adds(name: str, tmp_path: Path) -> None:
    """The text, approved claims, rejected claims: each from one service."""
    service = made(name, tmp_path)
    added = [(draft.service, draft.kind, draft.subject) for draft in await service.seal(SEALING)]  # type: ignore[attr-defined]
    assert added == ADDS[name]
    assert set(service.verbs()) == VERBS.get(name, set())  # type: ignore[attr-defined]
    await service.close()


async def test_a_document_without_text_gets_no_text(tmp_path: Path) -> None:
    """A scan has nothing beside its original; a text without a last line end gets one."""
    service = made("minutebook", tmp_path)
    empty = Sealing("scan.pdf", "1200", Document("application/pdf", "", 9, "no text"), (), now_text())
    assert list(await service.seal(empty)) == []  # type: ignore[attr-defined]
    [text] = await service.seal(SEALING)  # type: ignore[attr-defined]
    assert isinstance(text.payload, Whole) and text.payload.data == b"the words\n"
    assert text.name == "deed.md" and text.note == "v=2; pages=2"
    [bare] = await service.seal(Sealing("deed", "", Document("text/plain", "x\n", 0, ""), (), now_text()))  # type: ignore[attr-defined]
    assert bare.name == "deed.md" and bare.payload.data == b"x\n"


@pytest.mark.parametrize("name", ROSTER)
async def test_a_service_says_which_of_its_tables_changed(name: str, tmp_path: Path) -> None:
    """When entries of its own were folded, and not when there are none."""
    vault, changed = MemoryVault(), list[str]()
    service = made(name, tmp_path, vault, changed)
    original = Draft("minutebook", "original", "deed.md", Whole(b"x"), "deed.md")
    drafts = [draft for each in ROSTER for draft in await made(each, tmp_path / each).seal(SEALING)]  # type: ignore[attr-defined]
    done = await vault.append(Batch("local", "", b"", AuditDraft("COMMAND", "local", "seal"), (original, *drafts)))
    await service.absorb(done.entries)
    assert changed == CHANGES.get(name, [])
    await service.absorb(done.entries)
    assert changed == CHANGES.get(name, [])
    await service.close()
