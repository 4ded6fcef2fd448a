"""A session for one command: connect, wait until bound, ask, close."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic, time
from typing import TYPE_CHECKING

from console.agent import program
from console.errors import LinkDown
from console.link.pairing import StoredPairing
from console.link.session import Session
from console.link.witness import Stand
from console.model.answers import expected
from console.model.events import Answer, Answered, Event, LinkLost, PairingAdded
from console.model.proofs import check_for
from console.model.reduce import reduce
from console.model.rows import RowError, parse_row
from console.model.state import LogRow, Model, ToteboxState
from protocol.errors import ProofError, RemoteProtocolError
from protocol.schema import SCHEMA_DIGEST, Arguments, Bound, Prove, Receipt, Refusal
from protocol.schema.numbers import Log

if TYPE_CHECKING:
    from console.link.keyring import Keyring
    from protocol.trust.capability import Chain


class OneShotSession:
    """One open session. `trouble` says which proof of the newest answer failed, '' when all held."""

    def __init__(self, pairing: StoredPairing, timeout_s: float) -> None:
        self._id, self._timeout_s = pairing.totebox, timeout_s
        self._model = reduce(Model(), PairingAdded(pairing.totebox, pairing.name, pairing.uri, monotonic()))
        self._moved = asyncio.Event()
        self._lost = ""
        self.link: Session | None = None
        self.trouble = ""
        self.capability: Chain = ()
        """The capability under which every command is sent; empty for this device's own role."""

    def emit(self, event: Event) -> None:
        self._model = reduce(self._model, event)
        if isinstance(event, LinkLost):
            self._lost = event.reason
        if isinstance(event, Answered):
            self.trouble = event.trouble
        self._moved.set()

    @property
    def state(self) -> ToteboxState:
        return self._model.toteboxes[self._id]

    @property
    def bound(self) -> Bound:
        assert self.state.bound is not None
        return self.state.bound

    async def wait_bound(self) -> None:
        """Wait until both binders agreed. Raises LinkDown with the reason of the first attempt."""
        await self._until(lambda: self.state.is_linked, "it did not answer")

    async def wait_status(self) -> ToteboxState:
        """Wait for the Totebox's STATUS. Raises LinkDown."""
        await self._until(lambda: self.state.status is not None and bool(self.state.heads), "it did not say how it is")
        return self.state

    async def wait_proved(self) -> bool:
        """Wait until both heads were compared with what this console had seen; False when the Totebox did not send them
        in time.
        """
        with contextlib.suppress(LinkDown):
            await self._until(lambda: len(self.state.heads) == len(Log), "its heads were not proved")
        return len(self.state.heads) == len(Log)

    async def wait_integrity(self) -> bool:
        """Wait for the result of its newest verification; False where the Totebox does not know that topic, or does not
        send it in time.
        """
        if self.bound.schema != SCHEMA_DIGEST:
            return self.state.integrity is not None
        with contextlib.suppress(LinkDown):
            await self._until(lambda: self.state.integrity is not None, "it did not say how it was verified")
        return self.state.integrity is not None

    async def _until(self, holds: Callable[[], bool], else_why: str) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                while not holds():
                    if self._lost:
                        raise LinkDown(f"{self.state.name} ({self.state.uri}): {self._lost}")
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            raise LinkDown(f"{self.state.name}: {else_why} within {self._timeout_s:.0f} s") from None

    async def ask(self, arguments: Arguments, once: bytes = b"") -> Answer:
        """Send a command. Raises LinkDown: no answer in time, or the session ended."""
        assert self.link is not None
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self.link.ask("headless", arguments, once, self.capability)
        except TimeoutError:
            raise LinkDown(f"{self.state.name}: no answer within {self._timeout_s:.0f} s") from None

    async def cosign(self) -> Answer:
        """Cosign both heads, after both were proved. Raises LinkDown."""
        await self._until(lambda: len(self.state.heads) == len(Log), "its heads were not proved")
        assert self.link is not None
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self.link.cosign("headless")
        except TimeoutError:
            raise LinkDown(f"{self.state.name}: no answer within {self._timeout_s:.0f} s") from None

    async def proved_row(self, index: int) -> LogRow | None:
        """The row of record `index`, proved under the pinned keys; None where this role or capability may not see it.

        Raises:
            LinkDown: no answer in time, or the session ended.
            ProofError: its proof does not hold.
            RemoteProtocolError: the answer is no Receipt, or its leaf is no row.
        """
        answer = expected(await self.ask(Prove(Log.RECORDS, index)), Receipt)
        if isinstance(answer, Refusal):
            return None
        if self.trouble:
            raise ProofError(f"entry {index}: {self.trouble}")
        try:
            row = parse_row(answer.proof.leaf)
        except RowError as fault:
            raise RemoteProtocolError(f"entry {index}: {fault}") from fault
        if row.index != index:
            raise ProofError(f"entry {index} was asked for, and entry {row.index} was proved")
        if check_for(answer, self.bound).log is not Log.RECORDS:
            raise ProofError(f"entry {index} was asked for, and a row of the audit log was proved")
        return row

    async def download(self, index: int, sink: Callable[[bytes], None], size: int | None) -> Refusal | None:
        """Download the `size` bytes that the record's row states (None: as many as any record may have), for as long as
        bytes arrive.

        Raises:
            LinkDown: the bytes stopped coming, or the session ended.
            RemoteProtocolError: more came.
        """
        assert self.link is not None
        return await self.link.download(index, sink, capability=self.capability, size=size, within_s=self._timeout_s)


@asynccontextmanager
async def connected(
    pairing: StoredPairing, keyring: "Keyring", label: str, timeout_s: float, witness: str = ""
) -> AsyncIterator[OneShotSession]:
    """A bound session with `pairing`, closed at the end. `witness` is the name under which it cosigns, '' for its own.

    No screen shows its state, so the Totebox may be silent for as long as an answer may take.

    Raises:
        LinkDown: the Totebox cannot be reached, or refuses; the message says why.
    """
    connection = OneShotSession(pairing, timeout_s)
    session = Session(
        pairing,
        keyring.static(),
        keyring.binder(),
        label,
        program("scripted"),
        connection.emit,
        monotonic,
        seen=keyring.seen,
        store=keyring,
        stale_after_s=timeout_s,
        stand=Stand(lambda: keyring.witness(witness, label), lambda: int(time()), lambda: False),
    )
    connection.link = session
    running = asyncio.create_task(session.run())
    try:
        await connection.wait_bound()
        yield connection
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
