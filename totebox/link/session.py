"""One session of one peer, from the first byte to Closing. Commands go to the Door; telemetry comes from the Feed.

States, driven by what the peer sends and by the listener's clock (`sweep`):

    calling     carrier attached; message 1 arrives (Called) and the pairing or the ticket is looked up in memory
    opening     Introduced: a ticket is granted durably, then the Door records the session, then Bound is sent
    open        commands, uploads, downloads and telemetry, until Bye, a fault or a timeout
    ended       `end` has run: Closing is sent, all tasks are cancelled, and the Door is informed

A device without a ticket goes from calling to asking (Asking, Compared): its request is recorded durably, and the
session ends with Closing(PENDING). Invariants: before the binder nothing durable happens; a command gets exactly one
answer; `end` is the only way out and runs once; the Door hears of the end after the last command. A cancelled command
is answered CANCELLED, but a write that has begun stays. A crash of the daemon loses the session and nothing else: the
device dials again and repeats its writes under their `once` ids.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from protocol.carrier.carrier import Carrier
from protocol.errors import BinderMismatch, CarrierError, DiodeViolation, HandshakeError, RemoteProtocolError
from protocol.schema import (
    MESSAGES,
    SCHEMA_DIGEST,
    Ack,
    Bound,
    Bye,
    Cancel,
    Chunk,
    Command,
    Ping,
    Pong,
    Refusal,
    Requested,
    Up,
)
from protocol.schema.numbers import (
    IDLE_TIMEOUT_S,
    MAX_COMMANDS_IN_FLIGHT,
    MAX_UNOPENED_BYTES,
    SLOW_TIMEOUT_S,
    ClosingReason,
    RefusalCode,
    Verb,
)
from protocol.subject.connection import Asking, Called, Compared, Introduced, SubjectConnection, SubjectEvent
from protocol.trust.keys import Binder, Entropy, X25519Pair
from protocol.trust.words import NONCE_BYTES
from protocol.wire.preface import Purpose
from protocol.wire.state import State
from totebox.errors import GateClosed, ToteboxError
from totebox.gate.door import (
    Door,
    Feed,
    OpenTicket,
    Pairing,
    PairingRequest,
    Peer,
    Standing,
    TicketFault,
)
from totebox.link.budget import HandshakeBudget
from totebox.link.exchange import Exchange
from totebox.link.status import STANDING_STATUS, TICKET_STATUS
from totebox.link.telemetry_stream import Telling

_log = logging.getLogger("totebox.link")
_SHAKING = (State.PREFACE, State.HELLO, State.FINISH)
_HALF_OPEN = (*_SHAKING, State.ANSWER, State.BIND, State.ASK, State.SHOW, State.REVEAL, State.PENDING)


_KINDS = tuple(sorted(int(kind) for kind in MESSAGES))
"""The kinds that Bound lists. The gate says which verbs it lists."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What every session of one listener shares."""

    door: Door
    feed: Feed
    static: X25519Pair
    binder: Binder
    entropy: Entropy
    clock: Callable[[], float]
    budget: HandshakeBudget
    spawn: Callable[[Coroutine[None, None, None]], "asyncio.Task[None]"]
    admitted: "Callable[[Session], None]"
    """Called when a session is open."""
    ended: "Callable[[Session], None]"
    """Called when a session has ended and nothing more is read from it."""
    gone: "Callable[[Session], None]"
    """Called when the transport of a session is closed."""


def bound_of(shared: Shared, peer: Peer, signature: bytes) -> Bound:
    """Bound for `peer`; `signature` is the signature of the device key over this handshake."""
    who = shared.door.identity
    return Bound(
        shared.binder.key,
        signature,
        who.entity,
        who.kind,
        who.origin,
        who.vkey,
        who.audit_vkey,
        peer.pairing.role,
        shared.feed.epoch,
        SCHEMA_DIGEST,
        _KINDS,
        shared.door.verbs,
    )


class Session:
    """Owns one carrier and one `SubjectConnection`; its tasks are the commands in flight and the telemetry."""

    __slots__ = (
        "_asking", "_carrier", "_connection", "_ended", "_exchanges", "_heard_at", "_house", "_in_line", "_pairing", "_request",
        "_static", "_tasks", "_telling", "_ticket_id", "number", "peer",
    )  # fmt: skip

    def __init__(self, house: Shared, carrier: Carrier, number: int) -> None:
        self._house, self._carrier, self.number = house, carrier, number
        self._connection = SubjectConnection(house.static, house.entropy, house.clock())
        self._pairing: Pairing | None = None
        self._ticket_id = b""
        self._static = b""
        self._asking: Asking | None = None
        self._request: asyncio.Task[None] | None = None
        self._exchanges: dict[int, Exchange] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._telling = Telling(self, house.feed, house.spawn)
        self._in_line = False
        self._heard_at = house.clock()
        self._ended = False
        self.peer: Peer | None = None
        """The peer, once the session is open."""
        carrier.attach(self._connection, self)

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the pairing that this session uses; '' before it is known."""
        return self._pairing.fingerprint if self._pairing else ""

    @property
    def _heard_out(self) -> bool:
        """Whether the peer completed message 1: only then it receives a Closing."""
        return bool(self._static)

    @property
    def half_open(self) -> bool:
        return self._connection.state in _HALF_OPEN

    # -- the carrier's side

    def readable(self) -> None:
        self._heard_at = self._house.clock()
        if self.peer is None and self._connection.state in _SHAKING:
            if self._connection.held > MAX_UNOPENED_BYTES:
                self.end(ClosingReason.PROTOCOL, "more bytes than a handshake has")
            elif not self._in_line:
                self._in_line = True
                self._house.budget.put(self._shake)
            return
        self._pump()

    def lost(self, fault: CarrierError | None) -> None:
        self.end(None, str(fault) if fault else "the peer closed the connection")
        self._house.gone(self)

    @property
    def source(self) -> str:
        """Where the connection comes from, as far as the network can tell."""
        return self._carrier.source

    def cut_off(self) -> None:
        """End the session now, even if its last messages are not sent, so that its descriptor is free."""
        self.end(None, "it was cut to make room for a newer connection")
        self._carrier.abort()

    def _shake(self) -> None:
        self._in_line = False
        self._pump()

    def _pump(self) -> None:
        try:
            while not self._ended and (event := self._connection.next_event()) is not None:
                self._on(event)
        except BinderMismatch as fault:
            self._turned_away(fault)
            self.end(ClosingReason.BINDER_MISMATCH, str(fault))
        except (HandshakeError, DiodeViolation) as fault:
            self._turned_away(fault)
            self.end(ClosingReason.PROTOCOL, str(fault))
        except RemoteProtocolError as fault:
            if self.peer is None:
                self._turned_away(fault)
            self.end(ClosingReason.PROTOCOL, str(fault))
        except (OSError, ToteboxError) as fault:
            self._cannot(fault)
        if self.peer is None and self._connection.held > MAX_UNOPENED_BYTES:
            self.end(ClosingReason.PROTOCOL, "more bytes than a handshake has")
        if not self._ended:
            self._carrier.write_now()
            if self._carrier.is_stuck:
                self._carrier.pause_reading()
                self._house.spawn(self._read_again())

    async def _read_again(self) -> None:
        """Read nothing while the peer does not take our answers, so that no queue grows here."""
        with contextlib.suppress(CarrierError):
            await self._carrier.drain()
            self._carrier.resume_reading()

    def _on(self, event: SubjectEvent) -> None:
        match event:
            case Called():
                self._answer(event)
            case Introduced():
                self._house.spawn(self._open(event))
            case Asking():
                self._show(event)
            case Compared():
                self._request = self._house.spawn(self._ask(event.words))
            case Command():
                self._command(event)
            case Chunk():
                if (exchange := self._exchanges.get(event.id)) is not None:
                    exchange.chunk(event)
            case Cancel():
                self._cancel(event)
            case Ack():
                if (exchange := self._exchanges.get(event.id)) is not None:
                    exchange.ack(event)
            case Ping():
                self._connection.send(Pong(event.n))
            case Bye():
                self.end(ClosingReason.GOODBYE)

    # -- the handshake

    def _answer(self, called: Called) -> None:
        """Look the peer up in memory. Nothing durable happens before the binder."""
        self._static = called.static
        if called.purpose is Purpose.TICKET:
            ticket = self._house.door.ticket(called.ticket_id, called.static)
            if isinstance(ticket, OpenTicket):
                self._ticket_id = called.ticket_id
                self._connection.admit(ticket.psk, None)
                return
            self._turn_away(TICKET_STATUS[ticket], f"ticket {called.ticket_id.hex()} is {ticket.value}")
            return
        standing, pairing = self._house.door.pairing(called.static)
        if standing is Standing.PAIRED and pairing is not None:
            self._pairing = pairing
            self._connection.admit(pairing.psk, pairing.key)
        else:
            self._turn_away(*STANDING_STATUS[standing])

    def _turn_away(self, status: ClosingReason, reason: str) -> None:
        self._connection.turn_away(status)
        if reason:
            self._turned_away(reason)
        self.end(status, reason)

    def _cannot(self, fault: Exception) -> None:
        """End the session because of a fault of the Totebox (no descriptor is left, the disk is full). Other sessions
        go on.
        """
        _log.warning("a session is refused: %s", fault)
        self._turned_away(fault)
        self.end(ClosingReason.REFUSED, "the Totebox cannot take a session now; try again later")

    def _turned_away(self, reason: object) -> None:
        self._house.spawn(self._house.door.turned_away(self._carrier.description, str(reason)))

    def _show(self, asking: Asking) -> None:
        """Send our nonce to a device without a ticket, so that both screens can show the words."""
        self._static, self._asking = asking.static, asking
        who, binder = self._house.door.identity, self._house.binder
        signature = binder.sign(self._connection.to_sign(binder.key))
        nonce = self._house.entropy(NONCE_BYTES)
        self._connection.requested(Requested(binder.key, signature, who.entity, who.kind, nonce))

    async def _ask(self, words: str) -> None:
        """Record the request durably, before Closing(PENDING) is sent to the device."""
        assert self._asking is not None
        asking, request = self._asking, self._asking.request
        try:
            await self._house.door.request(
                PairingRequest(
                    asking.static, request.key, asking.pairing_psk, request.role,
                    request.label, request.provider, request.agent, words, self._carrier.source,
                )
            )  # fmt: skip
        except ToteboxError as fault:
            self._turned_away(fault)
            self.end(ClosingReason.REFUSED, str(fault))
        except OSError as fault:
            self._cannot(fault)
        else:
            self.end(ClosingReason.PENDING, "an operator has to compare the three words and approve")

    async def _open(self, introduced: Introduced) -> None:
        """Make the pairing durable and record the session in the audit log, before Bound is sent."""
        bind, house = introduced.bind, self._house
        try:
            if self._ticket_id:
                self._pairing = await house.door.grant(
                    self._ticket_id, self._static, bind.key, introduced.pairing_psk, bind.label, bind.provider
                )
            assert self._pairing is not None
            if self._ended or house.door.pairing(self._static)[0] is not Standing.PAIRED:
                self.end(ClosingReason.REVOKED)
                return
            peer = Peer(self.number, self._pairing, bind.label, bind.agent, self._carrier.description)
            await house.door.opened(peer)
        except GateClosed as fault:
            self._turned_away(fault)
            self.end(self._closed_ticket(), str(fault))
        except ToteboxError as fault:
            self._turned_away(fault)
            self.end(ClosingReason.REFUSED, str(fault))
        except OSError as fault:
            self._cannot(fault)
        else:
            self._bound(peer)

    def _bound(self, peer: Peer) -> None:
        self.peer = peer
        if self._ended:
            self._house.spawn(self._house.door.closed(peer, "the session ended before Bound was sent"))
            return
        self._house.admitted(self)
        signature = self._house.binder.sign(self._connection.to_sign(self._house.binder.key))
        self._connection.bound(bound_of(self._house, peer, signature))
        self._pump()

    def _closed_ticket(self) -> ClosingReason:
        fault = self._house.door.ticket(self._ticket_id, self._static) if self._ticket_id else None
        return TICKET_STATUS[fault] if isinstance(fault, TicketFault) else ClosingReason.REFUSED

    # -- commands

    def _command(self, command: Command) -> None:
        if command.id in self._exchanges:
            raise RemoteProtocolError(f"command id {command.id} is still in flight")
        if len(self._exchanges) >= MAX_COMMANDS_IN_FLIGHT:
            # The command does not reach the gate and leaves no row, so that a flood of commands is no flood of audit
            # rows.
            reason = f"{MAX_COMMANDS_IN_FLIGHT} commands are in flight"
            self.send(Refusal(command.id, RefusalCode.TOO_MANY, reason, "wait for an answer, then ask again"))
        else:
            self._exchanges[command.id] = exchange = Exchange(command, self)
            self._tasks[command.id] = self._house.spawn(self._carry_out(exchange))

    def _cancel(self, cancel: Cancel) -> None:
        exchange = self._exchanges.get(cancel.id)
        if exchange is None:
            return  # it has been answered
        exchange.cancelled = True
        if exchange.started:
            self._tasks[cancel.id].cancel()

    async def _carry_out(self, exchange: Exchange) -> None:
        """The task of one command. Whatever happens in it, exactly one answer is sent."""
        assert self.peer is not None
        command = exchange.command
        exchange.started = True
        try:
            if exchange.cancelled:
                raise asyncio.CancelledError
            if command.verb == Verb.SUBSCRIBE:
                await self._telling.begin(exchange, self.peer, self._house.door)
            else:
                await self._house.door.command(command, self.peer, exchange)
            await exchange.settle(RefusalCode.FAULT, "the gate gave no answer", "this is a bug: report it")
        except asyncio.CancelledError:
            with contextlib.suppress(CarrierError):
                await exchange.settle(RefusalCode.CANCELLED, "cancelled")
        except CarrierError:
            pass  # the peer is gone and can receive no answer; `lost` ends the session
        except Exception as fault:  # noqa: BLE001  the root of a task: the session must outlive a fault of the gate
            with contextlib.suppress(CarrierError):
                await exchange.settle(RefusalCode.FAULT, f"{type(fault).__name__}: {fault}", "see the daemon's log")
        finally:
            self._exchanges.pop(command.id, None)
            self._tasks.pop(command.id, None)

    # -- Outbox

    def send(self, message: Up) -> None:
        if not self._ended:
            self._connection.send(message)
            self._carrier.flush()

    async def drain(self) -> None:
        await self._carrier.drain()

    # -- the end

    def sweep(self, now: float) -> None:
        """End the session if the handshake takes too long, the peer sends nothing for too long, or it reads nothing for
        too long.
        """
        if self.half_open:
            if now >= self._connection.deadline:
                self.end(ClosingReason.IDLE, "the handshake took too long")
        elif self._carrier.stuck_for_s > SLOW_TIMEOUT_S:
            self.end(ClosingReason.TOO_SLOW, "nothing was read for too long")
            self._carrier.abort()
        elif now - self._heard_at > IDLE_TIMEOUT_S:
            self.end(ClosingReason.IDLE, "nothing was received for too long")

    def end(self, reason: ClosingReason | None, text: str = "") -> None:
        """End the session once: send the reason (None where the peer is gone), cancel its tasks, inform the Door."""
        if self._ended:
            return
        self._ended = True
        if reason is not None:
            self._connection.close(reason, text[:512])
        if self._heard_out:
            self._carrier.close()
        else:
            self._carrier.abort()
        for exchange in self._exchanges.values():
            exchange.broken(text or "the session ended")
        tasks = [*self._tasks.values(), *self._telling.stop()]
        for task in tasks:
            task.cancel()
        if self._request is not None and self._request is not asyncio.current_task():
            self._request.cancel()  # it may still wait to be recorded, and the peer no longer reads the answer
        self._house.ended(self)
        if self.peer is not None:
            self._house.spawn(self._closed(self.peer, reason.name.lower() if reason else text, tasks))

    async def _closed(self, peer: Peer, reason: str, tasks: list["asyncio.Task[None]"]) -> None:
        """Inform the Door, after the last command has ended."""
        if tasks:
            await asyncio.wait(tasks)
        with contextlib.suppress(ToteboxError, OSError):
            await self._house.door.closed(peer, reason)
