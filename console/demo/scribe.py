"""Takes documents through F12 as a person does: the same commands in the same order, one decision a claim."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

from console.agent import program
from console.demo.samples import Decided, Sample
from console.errors import DemoError
from console.link.files import measure
from console.link.keyring import Keyring
from console.link.pairing import StoredPairing
from console.link.session import Session
from console.model.events import Answer, Answered, Event, LinkLost, LinkUp
from console.model.input.approval import approval_of
from console.model.input.intake import read_claim
from console.model.link import Chunks
from console.model.tables import Record, records
from protocol.schema import Arguments, Decide, List, Offer, Receipt, Refusal, Route, Rows
from protocol.schema.numbers import Decision
from protocol.trust.approval import Approval

AGENT = program("scripted")
"""The agent in the audit log of every Totebox of the demo: no person was at a keyboard."""
CONNECT_S = 60.0
PAGE = 512


class Scribe:
    """One session with one Totebox. Every receipt is verified; the first one that does not verify ends the demo."""

    def __init__(self, pairing: StoredPairing, keyring: Keyring, label: str) -> None:
        self._up = asyncio.Event()
        self._trouble = ""
        self._lost = "nothing was heard"
        static, binder, seen = keyring.static(), keyring.binder(), keyring.seen
        self._session = Session(
            pairing,
            static,
            binder,
            label,
            AGENT,
            self._heard,
            monotonic,
            seen=seen,
            store=keyring,
            stale_after_s=CONNECT_S,
        )

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["Scribe"]:
        """The session is up while the context lasts.

        Raises:
            DemoError: it was not up in time; the message says what happened.
        """
        task = asyncio.create_task(self._session.run())
        try:
            try:
                async with asyncio.timeout(CONNECT_S):
                    await self._up.wait()
            except TimeoutError as error:
                raise DemoError(f"{self._session.pairing.uri} could not be reached: {self._lost}") from error
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def seal(self, path: Path, sample: Sample, expected: Sequence[Decided], supersedes: int | None) -> int:
        """Take one document through the five steps. Returns its index. A document that is sealed already is left alone.

        Raises:
            DemoError: a refusal, a receipt that does not verify, or claims that differ from the decided ones.
        """
        source = await measure(path)
        row = _only(await self._rows(Offer(source.name, source.size, source.sha256), source.chunks))
        sealed = row.number("sealed")
        if sealed is not None:
            return sealed
        if row.text("trouble"):
            raise DemoError(f"{sample.file}: {row.text('trouble')}")
        intake = row.text("intake")
        claims = await self._claims(Route(intake, sample.account, row.text("service")))
        _compare(sample.file, claims, expected)
        for claim, verdict in zip(claims, expected, strict=True):
            if not claim.text("decision"):
                decision = Decision.YES if verdict.yes else Decision.NO
                await self._receipt(Decide(intake, claim.count("number"), decision))
        approval = await self._approval(Route(intake, sample.account, row.text("service")), source.sha256, supersedes)
        return _receipt(self._checked(await self._session.seal("scripted", approval, sample.note))).index

    async def _approval(self, route: Route, sha256: bytes, supersedes: int | None) -> Approval:
        """What was decided, as it is signed."""
        claims = [read_claim(claim.as_dict()) for claim in await self._claims(route)]
        return approval_of(route.intake, sha256, claims, route.account, route.service, supersedes)

    async def _claims(self, route: Route) -> list[Record]:
        answer = await self._answer(route)
        claims: list[Record] = []
        while True:
            rows = _rows_of(answer)
            claims += records(rows.table)
            if not rows.more:
                return claims
            answer = await self._answer(List("input.claims", f"intake:{route.intake}", "", rows.cursor, PAGE))

    async def _rows(self, offer: Offer, chunks: Chunks) -> Rows:
        return _rows_of(self._checked(await self._session.upload("scripted", offer, chunks)))

    async def _receipt(self, arguments: Arguments) -> Receipt:
        return _receipt(await self._answer(arguments))

    async def _answer(self, arguments: Arguments) -> Answer:
        return self._checked(await self._session.ask("scripted", arguments))

    def _checked(self, answer: Answer) -> Answer:
        if isinstance(answer, Refusal):
            raise DemoError(f"refused: {answer.reason}; {answer.remedy}")
        if self._trouble:
            raise DemoError(f"a receipt does not verify: {self._trouble}")
        return answer

    def _heard(self, event: Event) -> None:
        match event:
            case LinkUp():
                self._up.set()
            case LinkLost():
                self._lost = event.reason
            case Answered():
                self._trouble = self._trouble or event.trouble
            case _:
                pass


def _rows_of(answer: Answer) -> Rows:
    if not isinstance(answer, Rows):
        raise DemoError(f"rows were expected, {type(answer).__name__} came")
    return answer


def _receipt(answer: Answer) -> Receipt:
    if not isinstance(answer, Receipt):
        raise DemoError(f"a receipt was expected, {type(answer).__name__} came")
    return answer


def _only(rows: Rows) -> Record:
    found = list(records(rows.table))
    if len(found) != 1:
        raise DemoError(f"one row of {rows.table.name} was expected, {len(found)} came")
    return found[0]


def _compare(file: str, claims: Sequence[Record], expected: Sequence[Decided]) -> None:
    """Raises DemoError unless `claims` are exactly the expected ones, in order."""
    found = [(claim.text("attribute"), claim.text("value")) for claim in claims]
    wanted = [(one.attribute, one.value) for one in expected]
    if found == wanted:
        return
    more = ", ".join(f"{attribute} {value!r}" for attribute, value in found if (attribute, value) not in wanted)
    fewer = ", ".join(f"{attribute} {value!r}" for attribute, value in wanted if (attribute, value) not in found)
    raise DemoError(
        f"{file}: extraction shows other claims than its decisions name (more: {more or 'none'}; fewer: {fewer or 'none'};"
        " else their order)"
    )
