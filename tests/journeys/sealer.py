"""A console without a screen that seals small documents as fast as it can, and keeps every receipt it was given."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from console.errors import LinkDown
from console.link.keyring import Keyring
from console.link.session import Session
from console.model.events import Answer, Answered, Event, LinkUp
from console.model.link import Chunks
from console.model.tables import records
from protocol.schema import List, Offer, Prove, Receipt, Route, Rows, Seal
from protocol.schema.numbers import Log
from tests.approving import approved
from tests.journeys.computer import Computer
from tests.patience import WAIT_S


class Sealer:
    """One session. `happened` is called with every event of the link."""

    def __init__(self, computer: Computer, happened: Callable[[Event], None] = lambda event: None) -> None:
        ring = Keyring(computer.home / "data" / "totebox" / "console")
        (pairing,) = ring.pairings()
        self._up, self._happened = asyncio.Event(), happened
        self.receipts: list[Receipt] = []
        self.session = Session(
            pairing, ring.static(), ring.binder(), "sealer", "test", self._heard, monotonic,
            seen=ring.seen, stale_after_s=WAIT_S,
        )  # fmt: skip

    def _heard(self, event: Event) -> None:
        if isinstance(event, LinkUp):
            self._up.set()
        if isinstance(event, Answered):
            assert not event.trouble, event.trouble
            if isinstance(event.answer, Receipt) and isinstance(event.arguments, Seal):
                self.receipts.append(event.answer)
        self._happened(event)

    async def intake(self, text: str) -> str:
        """A document without claims, up to its confirmation."""
        data = text.encode()

        async def chunks(offset: int) -> AsyncIterator[bytes]:
            yield data[offset:]

        return await self.routed(Offer(f"{text}.md".encode(), len(data), hashlib.sha256(data).digest()), chunks)

    async def routed(self, offer: Offer, chunks: Chunks) -> str:
        """The id of a document that was uploaded and routed."""
        answer = await self.session.upload("offer", offer, chunks)
        assert isinstance(answer, Rows), answer
        (row,) = records(answer.table)
        routed = await self.session.ask("route", Route(row.text("intake"), await self._account(), "minutebook"))
        assert isinstance(routed, Rows), routed
        assert not routed.table.rows, "a claim was found where none is"
        return row.text("intake")

    async def _account(self) -> str:
        answer = await self.session.ask("chart", List("input.chart", "", "", "", 1))
        assert isinstance(answer, Rows), answer
        return next(records(answer.table)).text("number")

    async def confirm(self, intake: str) -> None:
        """Seal it; nothing is said of one whose answer did not come."""
        try:
            await self.sealed(intake)
        except LinkDown:
            return

    async def sealed(self, intake: str, supersedes: int | None = None) -> Answer:
        """The answer to its confirmation, signed. Raises LinkDown."""
        approval = await approved(lambda question: self.session.ask("approve", question), intake, supersedes)
        return await self.session.seal("confirm", approval, "")

    async def holds(self, receipt: Receipt) -> bool:
        """Whether the Totebox still proves the very row of this receipt."""
        answer = await self.session.ask("prove", Prove(Log.RECORDS, receipt.index))
        return isinstance(answer, Receipt) and answer.proof.leaf == receipt.proof.leaf

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Sealer"]:
        task = asyncio.create_task(self.session.run())
        try:
            async with asyncio.timeout(WAIT_S):
                await self._up.wait()
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
