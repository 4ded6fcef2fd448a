"""The gate checks every command in one order, records it in the audit log and carries it out. There is no other way to
a handler.

    1 the verb is known
    2 its arguments decode
    3 the role permits the verb; under a capability, the capability and the role of its first holder permit it
    4 the `once` id is well-formed and was not used before
    5 the capability's scope contains what the command reaches
    6 an audit row says what will be done
    7 the handler does it

Law: the audit row of a command, refusal or decision is written before the act that it records. Rows of commands that
only read may share a sync within a second. Verbs that write put their own row into the batch that they append.
Repetitions by one device share one row, a span (`read_spans`). The number of rows that a device may cause is bounded
(`row_budget`), and below 64 MiB of free disk only ADMIN causes any (`disk_floor`). A command that is refused for one of
these two reasons, or because the audit log cannot be written, is not done and leaves no row; the next row of the device
says how many there were.

The one exception: where the disk is full and releasing the ballast did not help, up to 1,000 rows about sessions and
reads of ADMIN are held in memory and their acts go on. These rows are written first when there is room (`held_rows`). A
vault that takes no writes at all, such as a retired copy, has no log to write: it serves reads, and its telemetry says
so.
"""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from protocol.errors import CarrierError, PspError
from protocol.schema import VERBS, Arguments, Command, DeviceKey, List, Refusal, Rows, verb_title
from protocol.schema.integrity import MAX_FINDINGS
from protocol.schema.numbers import MAX_TEXT_BYTES, ONCE_BYTES, AuditKind, RefusalCode, Role, Severity, Verb
from protocol.trust.approval import manner_of
from protocol.trust.roles import permits
from protocol.wire.codec import decode_args
from totebox.errors import GateClosed, ToteboxError
from totebox.gate import scope as scoped
from totebox.gate.call import Call, Handler, Handlers, words_of
from totebox.gate.capabilities import Capabilities, Warrant
from totebox.gate.door import (
    MAX_DEVICE_SESSIONS,
    Hearing,
    Identity,
    OpenTicket,
    Pairing,
    PairingRequest,
    Peer,
    Reply,
    Standing,
    TicketFault,
)
from totebox.gate.idempotency import Answer, OnceBook
from totebox.gate.machine import InputMachine
from totebox.gate.names import safe_line
from totebox.gate.pairing_verbs import PairingVerbs
from totebox.gate.read_spans import Act
from totebox.gate.recorder import Recorder
from totebox.gate.refusal import Refused, refusal_of
from totebox.gate.verbs import ReadingVerbs
from totebox.service.contract import Emit
from totebox.vault.api import AuditDraft, Vault

log = logging.getLogger(__name__)

TURNED_AWAY_BURST = 10
TURNED_AWAY_PERIOD_S = 6.0
VERDICT_ROWS = MAX_FINDINGS + 2
"""The most audit rows that the verdict of one verification needs."""


@dataclass(slots=True)
class Gate:
    """Implements `totebox.gate.door.Door`."""

    identity: Identity
    vault: Vault
    pairings: PairingVerbs
    reading: ReadingVerbs
    machine: InputMachine
    emit: Emit
    monotonic: Callable[[], float]
    now_us: Callable[[], int]
    capabilities: Capabilities
    recorder: Recorder
    of_services: Handlers = field(default_factory=dict)
    """Verbs that services contribute (`service_verbs.handlers_of`)."""
    sessions: dict[int, Peer] = field(default_factory=dict)
    in_flight: int = 0
    _once: OnceBook = field(default_factory=OnceBook)
    _turned_away: int = 0
    _allowance: float = TURNED_AWAY_BURST
    _allowance_at: float = 0.0
    _handlers: Mapping[int, Handler] = field(init=False)

    def __post_init__(self) -> None:
        self._handlers = {
            **self.reading.verbs(),
            **self.machine.verbs(),
            **self.pairings.verbs(),
            **self.capabilities.verbs(),
            **self.of_services,
        }

    @property
    def verbs(self) -> tuple[int, ...]:
        """See `Door.verbs`."""
        return tuple(sorted(map(int, (*self._handlers, Verb.SUBSCRIBE))))

    def pairing(self, static: bytes) -> tuple[Standing, Pairing | None]:
        """See `Door.pairing`."""
        return self.pairings.pairings.pairing(static, self.now_us())

    def ticket(self, ticket_id: bytes, static: bytes) -> OpenTicket | TicketFault:
        """See `Door.ticket`."""
        return self.pairings.pairings.ticket(ticket_id, static, self.now_us())

    async def grant(
        self, ticket_id: bytes, static: bytes, key: DeviceKey, psk: bytes, label: str, provider: str
    ) -> Pairing:
        """See `Door.grant`."""
        return await self.pairings.grant(ticket_id, static, key, psk, label, provider)

    async def request(self, asked: PairingRequest) -> None:
        """See `Door.request`."""
        await self.pairings.request(asked)

    async def hearing(self, command: Command, peer: Peer) -> Hearing | Refusal:
        """See `Door.hearing`. A narrowed scope receives only state and heads, because telemetry about rows concerns all
        rows.
        """
        judge = self.capabilities
        try:
            if command.once:
                raise _needless_once(command)
            warrant = judge.judge(command, peer) if command.capability else None
            topics = safe_line(words_of(VERBS[Verb.SUBSCRIBE], _decoded(command)))
            manner = f" [{manner_of(peer.agent)}]" if manner_of(peer.agent) else ""
            under = f" [{warrant.name}]" if warrant else ""
            said = topics + manner + under
            row = AuditDraft(AuditKind.COMMAND, peer.pairing.fingerprint, verb_title(command.verb), said)
            await self.recorder.act(Act(peer.pairing.fingerprint, peer.session, row, said), peer)
        except Refused as refused:
            return _refusal(command, await self._refused(command, peer, refused))
        except ToteboxError as error:
            return _refusal(command, refusal_of(error))
        if warrant is None:
            return Hearing(peer.pairing.role, lambda: True, lambda: math.inf)
        role = warrant.role if warrant.scope.is_whole else Role.INTERFACE
        narrowed = not warrant.scope.is_whole
        return Hearing(role, lambda: judge.holds(warrant), lambda: judge.ends_in_s(warrant), narrowed)

    async def opened(self, peer: Peer) -> None:
        """Write the row of a session into the audit log, before the session's first command."""
        if self.pairings.pairings.book.lacks_hardware(peer.pairing):
            raise GateClosed(
                f"the role {peer.pairing.role.name} needs a hardware key here, and an ADMIN has not marked this device's; "
                "ask one to mark it at F11"
            )
        device = peer.pairing.fingerprint
        if sum(other.pairing.fingerprint == device for other in self.sessions.values()) >= MAX_DEVICE_SESSIONS:
            raise GateClosed(f"{MAX_DEVICE_SESSIONS} sessions of this device are open; close one of them first")
        detail = f"{peer.pairing.role.name} {peer.pairing.label or peer.label}, {peer.agent}, {peer.carrier}"
        self.sessions[peer.session] = peer
        try:
            await self.recorder.opened(peer, safe_line(detail))
        except BaseException:
            self.sessions.pop(peer.session, None)
            raise
        self.pairings.changed("gate.pairings")

    async def closed(self, peer: Peer, reason: str) -> None:
        """A session has ended."""
        self.sessions.pop(peer.session, None)
        await self.machine.leave(peer)
        await self.recorder.closed(peer, safe_line(reason))
        self.pairings.changed("gate.pairings")

    async def turned_away(self, carrier: str, reason: str) -> None:
        """Record a failed handshake: one row each, or a count in the next row when many fail at once. No ticket is used
        up.
        """
        now = self.monotonic()
        refill = (now - self._allowance_at) / TURNED_AWAY_PERIOD_S
        self._allowance, self._allowance_at = min(TURNED_AWAY_BURST, self._allowance + refill), now
        if self._allowance < 1:
            self._turned_away += 1
            return
        self._allowance -= 1
        more = f" (and {self._turned_away} others before it)" if self._turned_away else ""
        self._turned_away = 0
        await self.recorder.try_note(
            AuditDraft(AuditKind.REFUSED, "", "handshake", safe_line(f"{carrier}: {reason}{more}"))
        )
        self.emit(
            Severity.NOTICE, f"turned away {carrier}: {reason}{more}", "pair the device with a ticket if it is yours"
        )

    async def command(self, command: Command, peer: Peer, reply: Reply) -> None:
        """See `Door.command`."""
        self.in_flight += 1
        try:
            answer = await self._answer(command, peer, reply)
            if answer is None:
                return
            await (reply.rows(answer) if isinstance(answer, Rows) else reply.receipt(answer))
            if command.verb == Verb.PAIR_REVOKE:
                self.pairings.answered(peer.pairing.fingerprint)
        except Refused as refused:
            await self._refuse(command, peer, reply, refused)
        except ToteboxError as error:
            await self._refuse(command, peer, reply, refusal_of(error))
        except CarrierError:
            raise  # the peer is gone and can receive no answer; the link ends the session
        except Exception:
            log.exception("%s failed", verb_title(command.verb))
            fault = Refused(
                RefusalCode.FAULT,
                f"{verb_title(command.verb)} failed inside the Totebox",
                "see the daemon's log; nothing was changed",
            )
            await self._refuse(command, peer, reply, fault)
        finally:
            self.in_flight -= 1

    async def _answer(self, command: Command, peer: Peer, reply: Reply) -> Answer:
        if not _reads(command):
            self.recorder.floor.check(peer.pairing.role)
        warrant, call, handler = self._admit_under(command, peer, reply)
        if warrant is not None:
            await scoped.admit(call, warrant.scope, self.vault)

        async def act() -> Answer:
            if call.verb.reads:
                await self.recorder.act(_asking(call), peer)
                if command.verb == Verb.VERIFY:
                    self.recorder.pay(peer, VERDICT_ROWS)
            else:
                self.recorder.pay(peer)
                if not call.verb.own_row:
                    await self.vault.audit(call.row(AuditKind.COMMAND, call.verb.title, call.words))
            return await (handler(call) if warrant is None else scoped.carry(call, warrant.scope, handler))

        return await self._once.carry(call.actor, command.once, call.digest, command.id, act)

    def _admit_under(self, command: Command, peer: Peer, reply: Reply) -> tuple[Warrant | None, Call, Handler]:
        """Checks 1 to 4, under the command's capability where it carries one. Raises Refused."""
        if not command.capability:
            return None, *self._admit(command, peer, reply)
        warrant = self.capabilities.judge(command, peer)
        acting = replace(peer, pairing=replace(peer.pairing, role=warrant.role))
        guarded = scoped.Guarded(reply, lambda: self.capabilities.check(warrant))
        call, handler = self._admit(command, acting, guarded)
        return warrant, replace(call, under=warrant.name), handler

    def _admit(self, command: Command, peer: Peer, reply: Reply) -> tuple[Call, Handler]:
        """Checks 1 to 4. Raises Refused."""
        verb, handler = VERBS.get(command.verb), self._handlers.get(command.verb)
        if verb is None or handler is None:
            raise Refused(
                RefusalCode.UNKNOWN_VERB,
                f"this Totebox does not carry out {verb_title(command.verb)}",
                "update the Totebox, or do without it",
            )
        arguments = _decoded(command)
        role = peer.pairing.role
        if not permits(role, command.verb):
            raise Refused(
                RefusalCode.NOT_PERMITTED,
                f"{verb.title} is for role {verb.least.name}, and this pairing has {role.name}",
                f"pair again with a ticket for {verb.least.name}",
            )
        if command.once and verb.reads:
            raise _needless_once(command)
        if not verb.reads and len(command.once) != ONCE_BYTES:
            raise Refused(
                RefusalCode.BAD_ARGUMENTS,
                f"{verb.title} writes, and its once id has {len(command.once)} bytes instead of {ONCE_BYTES}",
                f"draw {ONCE_BYTES} random bytes, and send the same again only to repeat this very command",
            )
        listing = self.reading.tables.parse(arguments, role) if isinstance(arguments, List) else None
        return Call(command, verb, arguments, peer, reply, listing=listing), handler

    async def _refuse(self, command: Command, peer: Peer, reply: Reply, refused: Refused) -> None:
        await reply.refuse(_refusal(command, await self._refused(command, peer, refused)))

    async def _refused(self, command: Command, peer: Peer, refused: Refused) -> Refused:
        """Record the refusal. Returns what is answered: `refused`, or another refusal where the device has no row left
        for it.
        """
        return await self.recorder.refused(self._refusal_row(command, peer, refused), peer, refused)

    def _refusal_row(self, command: Command, peer: Peer, refused: Refused) -> AuditDraft:
        detail = f"{refused.code.name}: {refused.reason}" + self.capabilities.claimed(command.capability)
        return AuditDraft(
            AuditKind.REFUSED, peer.pairing.fingerprint, verb_title(command.verb), safe_line(detail), command.once.hex()
        )


def _decoded(command: Command) -> Arguments:
    """The command's arguments. Raises Refused: BAD_ARGUMENTS."""
    try:
        return decode_args(command.verb, command.args)
    except PspError as fault:
        raise Refused(
            RefusalCode.BAD_ARGUMENTS,
            f"the arguments of {verb_title(command.verb)} are not what it takes: {fault}",
            "write them as the specification of PSP does, or use programs of one version on both sides",
        ) from fault


def _reads(command: Command) -> bool:
    """Whether the verb is known and only reads."""
    verb = VERBS.get(command.verb)
    return verb is not None and verb.reads


def _needless_once(command: Command) -> Refused:
    """The refusal of a `once` id on a read. An id is kept together with its answer, and answers of reads are large and
    many.
    """
    return Refused(
        RefusalCode.BAD_ARGUMENTS,
        f"{verb_title(command.verb)} only reads, and a once id is for a write",
        "send it without a once id",
    )


def _asking(call: Call) -> Act:
    """A read as an act. Its own row says everything that was asked; a span's row says what is the same in each
    repetition.
    """
    row = call.row(AuditKind.COMMAND, call.verb.title, call.words)
    return Act(call.actor, call.peer.session, row, call.said(call.question))


def _refusal(command: Command, refused: Refused) -> Refusal:
    return Refusal(command.id, refused.code, _short(refused.reason), _short(refused.remedy))


def _short(text: str) -> str:
    return text if len(text.encode("utf-8", "replace")) <= MAX_TEXT_BYTES else text[: MAX_TEXT_BYTES // 4]
