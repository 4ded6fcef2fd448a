"""One connection to a Totebox, from dialling to its end. Sessions and pairings both use it."""

import asyncio
import contextlib
import os
import time
from collections import deque
from collections.abc import Callable

from console.errors import LinkDown
from protocol.authority.connection import AuthorityConnection, AuthorityEvent, Shaken, TurnedAway
from protocol.carrier.carrier import Carrier
from protocol.carrier.dialing import dial
from protocol.errors import CarrierError, PspError, RemoteProtocolError
from protocol.schema import Bind, Bound, Closing, DeviceKey, Down, Up
from protocol.schema.numbers import HANDSHAKE_DEADLINE_S, ClosingReason
from protocol.trust.address import parse_address
from protocol.trust.keys import Binder, X25519Pair
from protocol.wire.state import State

DIAL_TIMEOUT_S = 5.0
FAREWELL_S = 0.5

_STATUS_TEXT = {
    ClosingReason.UNKNOWN_PEER: "the Totebox knows no pairing with this device",
    ClosingReason.REVOKED: "the pairing was revoked",
    ClosingReason.TICKET_USED: "the ticket was used before",
    ClosingReason.TICKET_EXPIRED: "the ticket has expired",
    ClosingReason.PENDING: "the request to be paired waits for an operator of the Totebox",
    ClosingReason.DENIED: "the request to be paired was denied",
    ClosingReason.REQUEST_EXPIRED: "nobody answered the request to be paired in time",
}


class Refused(Exception):
    """The Totebox ended the connection with a Closing, which says why."""

    def __init__(self, closing: Closing) -> None:
        super().__init__(closing.text or closing.reason.name.lower().replace("_", " "))
        self.closing = closing


async def sign(binder: Binder, data: bytes) -> bytes:
    """The device key's signature. An agent or a token may wait for a touch, in a thread; a key in memory does not."""
    return binder.sign(data) if binder.provider == "file" else await asyncio.to_thread(binder.sign, data)


class Call:
    """Owns one carrier and one `AuthorityConnection`. Before Bound, events are awaited; then `hear` is called with
    each.
    """

    def __init__(self, connection: AuthorityConnection) -> None:
        self._connection = connection
        self._carrier: Carrier | None = None
        self._early: deque[AuthorityEvent] = deque()
        self._wanted: asyncio.Future[None] | None = None
        """Resolved at the next early event, for the method that waits for it."""
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._gone = asyncio.Event()
        self.hear: Callable[[Up], None] | None = None

    @classmethod
    async def dial(
        cls,
        uri: str,
        static: X25519Pair,
        subject_static: bytes,
        psk: bytes,
        *,
        ticket_id: bytes = b"",
        key: DeviceKey | None = None,
    ) -> "Call":
        """Connect and send the first message.

        Raises:
            AddressError, CarrierError: no connection can be made to `uri`.
        """
        address = parse_address(uri)
        connection = AuthorityConnection(
            static, subject_static, psk, os.urandom, time.monotonic(), ticket_id=ticket_id, key=key
        )
        call = cls(connection)

        def opened(carrier: Carrier) -> None:
            call._carrier = carrier
            carrier.attach(connection, call)

        await dial(address, opened, timeout_s=DIAL_TIMEOUT_S)
        return call

    @property
    def description(self) -> str:
        """The carrier's description, for people."""
        return self._carrier.description if self._carrier else ""

    @property
    def wire_bytes(self) -> int:
        """What went over the connection so far, in both directions."""
        return self._carrier.moved_bytes if self._carrier else 0

    async def shaken(self) -> Shaken:
        """Wait until the handshake is complete. Raises Refused, HandshakeError, LinkDown, TimeoutError."""
        async with asyncio.timeout(HANDSHAKE_DEADLINE_S):
            event = await self._next()
        if not isinstance(event, Shaken):
            raise RemoteProtocolError(f"{type(event).__name__} came where Shaken was due")
        return event

    async def bind(self, binder: Binder, label: str, agent: str) -> Bound:
        """Bind our device key and wait for Bound. Raises Refused, BinderMismatch, LinkDown."""
        data = self._connection.to_sign(binder.key)
        # an agent or a token may wait for a touch; a key in memory does not
        signature = await sign(binder, data)
        self._connection.bind(Bind(binder.key, signature, binder.provider, label, agent))
        self._flush()
        event = await self._next()
        if not isinstance(event, Bound):
            raise RemoteProtocolError(f"{type(event).__name__} came where Bound was due")
        return event

    @property
    def over(self) -> bool:
        """Whether `ended` raises at once."""
        return self._ended.done()

    async def ended(self) -> None:
        """Wait for the end of the connection: raises Refused, PspError or LinkDown, and never returns."""
        await asyncio.shield(self._ended)

    def say(self, message: Down) -> None:
        """Queue `message`. Raises LinkDown when the connection has ended."""
        if self._ended.done() or self._connection.state is not State.OPEN:
            raise LinkDown("the session with this Totebox is over; nothing was sent")
        self._connection.send(message)
        self._flush()

    async def drain(self) -> None:
        """Wait until there is room to send. Raises LinkDown."""
        assert self._carrier is not None
        try:
            await self._carrier.drain()
        except CarrierError as fault:
            raise LinkDown(str(fault)) from fault

    def close(self) -> None:
        """Send what is queued and end the connection."""
        if self._carrier is not None:
            self._carrier.close()

    async def gone(self) -> None:
        """After `close` or `abort`: wait until the transport is closed, so that a loop may end. A peer that does not
        close is cut off.
        """
        if self._carrier is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await self._gone.wait()
        self._carrier.abort()
        await self._gone.wait()

    def abort(self, why: str) -> None:
        """End the connection now, because the peer is silent or breaks the protocol."""
        self._end(LinkDown(why))
        if self._carrier is not None:
            self._carrier.abort()

    # -- the carrier's side

    def readable(self) -> None:
        try:
            while (event := self._connection.next_event()) is not None:
                self._on(event)
        except PspError as fault:
            self._end(fault)
            self.close()

    def lost(self, fault: CarrierError | None) -> None:
        self._gone.set()
        self._end(LinkDown(str(fault) if fault else "the Totebox closed the connection"))

    def _on(self, event: AuthorityEvent) -> None:
        if isinstance(event, TurnedAway):
            event = Closing(event.status, _STATUS_TEXT.get(event.status, ""))
        if isinstance(event, Closing):
            self._end(Refused(event))
            self.close()
        elif self.hear is None or isinstance(event, (Shaken, Bound)):
            self._early.append(event)
            self._wake()
        else:
            self.hear(event)

    def _end(self, fault: Exception) -> None:
        if not self._ended.done():
            self._ended.set_exception(fault)
            self._ended.exception()  # read, so that asyncio logs no warning about a call that was given up
            self._wake()

    async def _next(self) -> AuthorityEvent:
        """The next event. The end of the connection is raised instead."""
        while not self._early:
            if self._ended.done():
                self._ended.result()
                raise RemoteProtocolError("the connection ended without a reason")
            self._wanted = asyncio.get_running_loop().create_future()
            await self._wanted
        return self._early.popleft()

    def _wake(self) -> None:
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_result(None)

    def _flush(self) -> None:
        assert self._carrier is not None
        self._carrier.flush()

    def listen(self, hear: Callable[[Up], None]) -> None:
        """From here on call `hear` with each message, first with those that arrived together with Bound."""
        self.hear = hear
        while self._early:
            event = self._early.popleft()
            if isinstance(event, (Shaken, TurnedAway)):
                raise RemoteProtocolError(f"{type(event).__name__} came in an open session")
            hear(event)
