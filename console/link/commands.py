"""Commands in flight on one call: their ids, their answers, and the bytes that are uploaded or downloaded with them."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import NoReturn

from console.errors import LinkDown
from console.link.call import Call
from console.model.answers import check_kind
from console.model.events import Answer
from console.model.link import Chunks
from protocol.errors import RemoteProtocolError
from protocol.schema import (
    VERBS,
    Ack,
    Arguments,
    Bound,
    Cancel,
    Chunk,
    Command,
    Offer,
    Part,
    Read,
    Receipt,
    Refusal,
    Rows,
    Up,
    Want,
)
from protocol.schema.numbers import DOWNLOAD_WINDOW_BYTES, MAX_BULK_BYTES, MAX_COMMANDS_IN_FLIGHT, RefusalCode, Verb
from protocol.trust.capability import Chain
from protocol.wire.codec import encode_args

ACK_EVERY_BYTES = DOWNLOAD_WINDOW_BYTES // 4
STALLED_S = 60.0
SLOWEST_BYTES_S = 1_024
"""The least bytes a second of a download. A slower one counts as stalled, because its caller would wait for ever."""


@dataclass
class _Flight:
    """A command that is not answered yet. `done` is None for a download whose bytes have all arrived."""

    verb: Verb
    done: "asyncio.Future[Answer | None]"
    size: int = 0
    """The size of an upload in bytes; for a download, the offset that its bytes must not exceed."""
    sink: Callable[[bytes], None] | None = None
    received: int = 0
    acked: int = 0
    start: int | None = None
    limit: int = 0
    wanted: asyncio.Event = field(default_factory=asyncio.Event)


class Commands:
    """Sends commands over `call` and returns the answer of each. Ids count from 1 and are not used again in a
    session. At most `MAX_COMMANDS_IN_FLIGHT` are sent and not answered: a further one waits, in order, for an answer.
    """

    def __init__(self, call: Call, bound: Bound) -> None:
        self._call = call
        self._verbs = frozenset(bound.verbs)
        self._next_id = 1
        self._flights: dict[int, _Flight] = {}
        self._slots = asyncio.Semaphore(MAX_COMMANDS_IN_FLIGHT)

    async def ask(self, arguments: Arguments, once: bytes, capability: Chain = ()) -> Answer:
        """Send a command and wait for its answer. Raises LinkDown: nothing was sent, or the outcome is unknown."""
        async with self._slots:
            with self._flight(arguments, once, capability) as (_, flight):
                answer = await flight.done
        assert answer is not None
        return answer

    async def upload(self, offer: Offer, once: bytes, chunks: Chunks) -> Answer:
        """Send an upload. Raises LinkDown, and whatever `chunks` raises, after the command was cancelled."""
        async with self._slots:
            return await self._uploaded(offer, once, chunks)

    async def _uploaded(self, offer: Offer, once: bytes, chunks: Chunks) -> Answer:
        with self._flight(offer, once) as (number, flight):
            flight.size = offer.size
            sending = asyncio.ensure_future(self._send(number, flight, offer.size, chunks))
            try:
                await asyncio.wait((sending, flight.done), return_when=asyncio.FIRST_COMPLETED)
                if sending.done() and not flight.done.done():
                    sending.result()
                answer = await flight.done
            finally:
                sending.cancel()
                with contextlib.suppress(BaseException):
                    await asyncio.wait((sending,))
        assert answer is not None
        return answer

    async def download(
        self,
        read: Read,
        sink: Callable[[bytes], None],
        capability: Chain = (),
        *,
        most: int,
        within_s: float = STALLED_S,
    ) -> Refusal | None:
        """Receive at most `most` bytes, counted from the record's first; the session ends where more come.

        Raises:
            LinkDown: the session ended, or the bytes stopped coming for `within_s`.
            Whatever `sink` raises.
        """
        async with self._slots:
            with self._flight(read, b"", capability) as (_, flight):
                flight.sink, flight.received, flight.acked, flight.size = sink, read.offset, read.offset, most
                await self._flowing(flight, within_s)
                answer = flight.done.result()
        return answer if isinstance(answer, Refusal) else None

    async def freed(self) -> None:
        """Wait until a command in flight has its answer; return at once where none is in flight."""
        if self._flights:
            await asyncio.wait([flight.done for flight in self._flights.values()], return_when=asyncio.FIRST_COMPLETED)

    async def _flowing(self, flight: _Flight, within_s: float) -> None:
        """Wait for the answer, as long as enough bytes arrive within each `within_s`."""
        before = flight.received
        while not (await asyncio.wait((flight.done,), timeout=within_s))[0]:
            if flight.received - before < max(1, SLOWEST_BYTES_S * within_s):
                came = flight.received - before
                raise LinkDown(
                    f"the download stands still: {came:,} bytes came within {within_s:g} s; nothing more is waited for"
                )
            before = flight.received

    def heard(self, message: Up) -> bool:
        """Give an answer to its command. False when `message` belongs to no command."""
        match message:
            case Receipt() | Rows() | Refusal():
                self._settle(message.id, message)
            case Want():
                self._want(message)
            case Part():
                self._part(message)
            case _:
                return False
        return True

    def over(self, why: str) -> None:
        """The session has ended: every command without an answer fails."""
        for flight in self._flights.values():
            if not flight.done.done():
                flight.done.set_exception(LinkDown(f"{why}; whether the command was carried out is unknown"))

    @contextlib.contextmanager
    def _flight(self, arguments: Arguments, once: bytes, capability: Chain = ()) -> Iterator[tuple[int, _Flight]]:
        """Send the command. A caller that stops waiting cancels it."""
        verb, packed = encode_args(arguments)
        number, self._next_id = self._next_id, self._next_id + 1
        flight = _Flight(verb, asyncio.get_running_loop().create_future())
        if verb not in self._verbs:
            reason = f"this Totebox does not know {verb.title}"
            flight.done.set_result(Refusal(number, RefusalCode.UNKNOWN_VERB, reason, "update the Totebox"))
            yield number, flight
            return
        self._call.say(Command(number, once, verb, packed, capability))
        self._flights[number] = flight
        try:
            yield number, flight
        finally:
            del self._flights[number]
            if not flight.done.done() or flight.done.cancelled():
                self._tell(Cancel(number))

    def _settle(self, number: int, answer: Answer | None) -> None:
        flight = self._flights.get(number)
        if flight is not None and not flight.done.done():
            try:
                if answer is not None:
                    check_kind(flight.verb, answer)
            except RemoteProtocolError as fault:
                self._broken(flight, fault)
            flight.done.set_result(answer)

    def _want(self, want: Want) -> None:
        flight = self._flights.get(want.id)
        if flight is None:
            return
        if want.offset > flight.size:
            raise RemoteProtocolError(f"the bytes from {want.offset} on are wanted of an upload of {flight.size}")
        if flight.start is None:
            flight.start = want.offset
        flight.limit = max(flight.limit, want.offset + want.credit)
        flight.wanted.set()

    def _part(self, part: Part) -> None:
        """Pass download bytes on, in order, and return credit for them."""
        flight = self._flights.get(part.id)
        if flight is None or flight.sink is None or flight.done.done():
            return  # the caller has given up
        if part.offset != flight.received:
            raise RemoteProtocolError(f"download bytes from {part.offset} where {flight.received} was next")
        if part.offset + len(part.data) > flight.size:
            fault = RemoteProtocolError(f"the download goes on beyond byte {flight.size:,}, where its record ends")
            self._broken(flight, fault)
        try:
            flight.sink(part.data)
        except Exception as error:  # noqa: BLE001  the sink is the asker's; its fault goes to the asker
            flight.done.set_exception(error)
            self._tell(Cancel(part.id))
            return
        flight.received += len(part.data)
        if part.last:
            self._settle(part.id, None)
        elif flight.received - flight.acked >= ACK_EVERY_BYTES:
            flight.acked = flight.received
            self._tell(Ack(part.id, flight.received))

    def _broken(self, flight: _Flight, fault: RemoteProtocolError) -> NoReturn:
        """Fail the command with the reason why the session ends."""
        flight.done.set_exception(LinkDown(f"the Totebox broke the protocol: {fault}"))
        raise fault

    def _tell(self, message: Ack | Cancel) -> None:
        """Send `message` if the session is still open."""
        with contextlib.suppress(LinkDown):
            self._call.say(message)

    async def _send(self, number: int, flight: _Flight, size: int, chunks: Chunks) -> None:
        """Send the upload's bytes from the offset that the Totebox names, within its credit."""
        await flight.wanted.wait()
        assert flight.start is not None
        at = flight.start
        async for piece in chunks(at):
            while piece:
                room = min(len(piece), flight.limit - at, MAX_BULK_BYTES)
                if room <= 0:
                    flight.wanted.clear()
                    await flight.wanted.wait()
                    continue
                self._call.say(Chunk(number, at, piece[:room], at + room == size))
                at, piece = at + room, piece[room:]
                await self._call.drain()
        if at < size:
            self._call.say(Chunk(number, at, b"", True))


def once_for(arguments: Arguments) -> bytes:
    """A new idempotency id for a write; b'' for a read."""
    verb, _ = encode_args(arguments)
    return b"" if VERBS[verb].reads else token_bytes(16)
