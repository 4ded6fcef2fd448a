"""Services that run side by side: one that fails says so, the others go on."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from protocol.schema import ServiceState
from tests.patience import WAIT_S
from tests.services.rings import rings_over
from totebox.clock import now_text
from totebox.daemon.roster import Roster, Running, hire
from totebox.service.contract import Document, Sealing
from totebox.service.rings import KnowledgeSpec
from totebox.services import ROSTER
from totebox.vault.api import Draft, Whole
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio


class Small:
    """A service that notes what it is given, and fails when told."""

    def __init__(self, name: str, *, fails: bool = False) -> None:
        self.name, self.fails, self.seen, self.closed = name, fails, [], False
        self.worked = asyncio.Event()

    def tables(self) -> dict:
        return {}

    async def seal(self, sealing: Sealing) -> Sequence[Draft]:
        return (Draft(self.name, "text", "s", Whole(b"x")),)

    async def absorb(self, entries) -> None:
        if self.fails:
            raise RuntimeError("out of order")
        self.seen += entries

    async def run(self) -> None:
        if self.fails:
            raise RuntimeError("cannot work")
        self.worked.set()

    def state(self) -> ServiceState:
        return ServiceState(self.name, "running", "", 0)

    async def close(self) -> None:
        if self.fails:
            raise RuntimeError("cannot close")
        self.closed = True


def running(service: Small, *, keeps: bool = False) -> Running:
    spec = KnowledgeSpec(name=service.name, summary="", make=lambda context: service, keeps=keeps)
    return Running(spec, service, service)


async def test_a_failing_service_is_shown_and_the_others_go_on() -> None:
    """Its state says failed and why; one event, not one for each entry; it recovers by working again."""
    said: list[str] = []
    bad, good = Small("bad", fails=True), Small("good")
    roster = Roster([running(bad), running(good)], lambda severity, text, remedy: said.append(text))
    await roster.absorb(["a"])
    await roster.absorb(["b"])
    assert good.seen == ["a", "b"] and len(said) == 1
    assert [(state.name, state.state) for state in roster.states()] == [("bad", "failed"), ("good", "running")]
    bad.fails = False
    await roster.absorb(["c"])
    assert roster.states()[0].state == "running"


async def test_background_work_that_fails_ends_nobody_else() -> None:
    """The state of the service says why; the work of the others goes on to its end."""
    failed, bad, good = asyncio.Event(), Small("bad", fails=True), Small("good")
    roster = Roster([running(bad), running(good)], lambda severity, text, remedy: failed.set())
    work = asyncio.create_task(roster.run())
    async with asyncio.timeout(WAIT_S):
        await failed.wait()
        await good.worked.wait()
    assert [state.reason for state in roster.states()] == ["RuntimeError: cannot work", ""]
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


async def test_every_service_is_closed_whatever_becomes_of_one() -> None:
    """A service that cannot close says so in its state; the ones after it are closed all the same."""
    bad, good = Small("bad", fails=True), Small("good")
    roster = Roster([running(bad), running(good)])
    await roster.close()
    assert good.closed and roster.states()[0].reason == "RuntimeError: cannot close"


async def test_the_keeper_speaks_first_and_other_keepers_not_at_all() -> None:
    """A batch is the original, the keeper's drafts, then those of services that keep no originals."""
    roster = Roster([running(Small("people")), running(Small("books"), keeps=True), running(Small("mail"), keeps=True)])
    sealing = Sealing("n", "1", Document("text/plain", "", 0, ""), (), now_text())
    assert [draft.service for draft in await roster.compose("mail", sealing)] == ["mail", "people"]
    assert [keeper.name for keeper in roster.keepers()] == ["books", "mail"]


async def test_the_roster_of_the_house_publishes_what_its_specs_say(tmp_path: Path) -> None:
    """Each service is made, and its tables are those of its SPEC."""
    vault = MemoryVault()
    roster = hire(ROSTER, rings_over(vault, tmp_path))
    assert [one.spec.name for one in roster.running] == list(ROSTER)
    for one in roster.running:
        assert set(one.service.tables()) == {table.name for table in one.spec.tables}


async def test_another_roster_starts_its_own_services_alone(tmp_path: Path) -> None:
    """A roster is a value: an appliance with other services needs no other code."""
    roster = hire(("audit", "fs"), rings_over(MemoryVault(), tmp_path))
    assert [table.spec.name for table in roster.tables()] == ["audit.log", "fs.entries"]
    assert roster.keepers() == ()
