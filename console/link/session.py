"""The link of one pairing: it connects, reconnects by itself, and emits everything that happens as events.

States, driven by `run`: dialling (Dialing) -> up (LinkUp) -> lost (LinkLost) -> waiting -> dialling ... A link is up
when both binders agreed and Bound's keys are the pinned ones, or were proved to follow from them. While it is up, tasks
send Pings, subscribe to telemetry, check the heads of both logs and cosign; the first of them that fails ends the
session, and its reason is emitted.

Reconnect: the wait is random, below a bound that doubles with each failure (`pause.longest_wait_s`); a session that
lasted longer than STEADY_S resets the count. After a reason that only a person can change (`pause.FOR_GOOD`, another
key) the link waits for `retry`.

Invariants: at most one session at a time; a method called while the link is not up raises LinkDown; a command gets an
answer or LinkDown, never both. Nothing is sent again by itself but reads after a TOO_MANY. Cancelling `run` ends the
session with Bye; cancelling a command sends Cancel. A crash of the console loses no pairing and nothing that was seen:
both are on disk before they are used.

Liveness is the time at which the newest echoed Ping was sent, on our own clock: bytes that lay in a buffer while the
Totebox was away do not make it look alive.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import replace

from console.errors import AgentError, LinkDown
from console.link.call import Call, Refused, sign
from console.link.commands import STALLED_S, Commands, once_for
from console.link.contradictions import Contradictions
from console.link.grants import lend
from console.link.heads import HeadWatch, NothingSeen
from console.link.key_rotation import follow_keys
from console.link.pairing import PairingStore, SeenStore, StoredPairing
from console.link.pause import FOR_GOOD, PAIR_AGAIN, Pause, longest_wait_s
from console.link.subscription import Subscription
from console.link.witness import Stand, Witnessing
from console.model.events import (
    Answer,
    Answered,
    Asked,
    BackedOff,
    Dialing,
    Echo,
    Event,
    HeadChecked,
    Heard,
    LinkLost,
    LinkUp,
)
from console.model.link import Chunks, Lent
from console.model.proofs import check_receipt
from protocol.errors import BinderMismatch, HandshakeError, PspError, RemoteProtocolError
from protocol.schema import (
    Arguments,
    Bound,
    Bye,
    CapGrant,
    Closing,
    DeviceKey,
    Gap,
    HeadBody,
    Offer,
    Ping,
    Pong,
    Read,
    Receipt,
    Refusal,
    Seal,
    Telemetry,
    Up,
)
from protocol.schema.numbers import (
    MAX_CAPABILITY_BLOCKS,
    MAX_UPLOAD_BYTES,
    PING_INTERVAL_S,
    STALE_AFTER_S,
    Log,
    RefusalCode,
    Topic,
)
from protocol.trust.approval import Approval, approval_bytes, manner_of
from protocol.trust.capability import Chain
from protocol.trust.keys import Binder, X25519Pair, fingerprint
from protocol.wire.codec import decode_body

BIND_TIMEOUT_S = 10.0
STEADY_S = 5.0
"""A session that lasted longer resets the count of failures; shorter ones do not."""
AUDIT_CHECK_S = 60.0
"""Seconds between two checks of the audit log's head: each check adds a row to the audit log."""


class Session:
    """The link to one Totebox. `run` keeps it up; the other methods may be called at any time from the same loop.

    Args:
        pairing: the Totebox; a provisional pairing is completed at the first Bound (and stored, where `store` is
            given).
        emit: called with every event; must not wait.
        clock: monotonic seconds; also the `at` of events.
        seen: checkpoints seen before; a log that contradicts them raises an alarm.
        stand: how this console cosigns the heads that it proved; without it, it does not cosign.
        stale_after_s: how long the other side may be silent; None: STALE_AFTER_S, for a link whose state is on a
            screen.
        jitter: 0.0 to 1.0, drawn anew before each retry, so that a thousand consoles do not come back at once.
    """

    def __init__(
        self,
        pairing: StoredPairing,
        static: X25519Pair,
        binder: Binder,
        label: str,
        agent: str,
        emit: Callable[[Event], None],
        clock: Callable[[], float],
        *,
        seen: SeenStore | None = None,
        store: PairingStore | None = None,
        stand: Stand | None = None,
        stale_after_s: float | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.pairing = pairing
        self._static, self._binder, self._label, self._agent = static, binder, label, agent
        self._emit, self._clock, self._jitter = emit, clock, jitter
        self._seen: SeenStore = seen or NothingSeen()
        self._store, self._stale_after_s = store, stale_after_s
        self._witnessing = Witnessing(self._seen, stand)
        self._contradictions = Contradictions(self._seen, emit, clock)
        self._call: Call | None = None
        self._commands: Commands | None = None
        self._watch: HeadWatch | None = None
        self._subscription = Subscription()
        self._bound: Bound | None = None
        self._pings: dict[int, float] = {}
        self._echoed_at = self._up_at = 0.0
        self._again = asyncio.Event()
        self._pause = Pause(clock, lambda until: emit(BackedOff(pairing.totebox, until, clock())))

    @property
    def device(self) -> str:
        """The fingerprint of this console's device key."""
        return fingerprint(self._binder.key)

    async def run(self) -> None:
        """Connect, and reconnect by itself, until cancelled. Raises nothing for what the peer or the network does."""
        failures = 0
        self._contradictions.recall(self.pairing)
        while True:
            self._again.clear()
            self._emit(Dialing(self.pairing.totebox, self._clock()))
            reason, closing, for_good = await self._live()
            lasted_s = self._clock() - self._up_at if self._bound is not None else 0.0
            failures = 0 if lasted_s > STEADY_S else failures + 1
            self._bound = None
            wait_s = None if for_good else self._jitter() * longest_wait_s(failures, closing)
            now = self._clock()
            retry_at = None if wait_s is None else now + wait_s
            self._emit(LinkLost(self.pairing.totebox, reason, closing, retry_at, now))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._again.wait()

    def retry(self) -> None:
        """Dial now, without waiting for the end of the wait."""
        self._again.set()

    async def ask(self, key: str, arguments: Arguments, once: bytes = b"", capability: Chain = ()) -> Answer:
        """Send a command, wait for its answer; emits Asked and Answered under `key`. A write without `once` gets a new one.

        `capability` is a chain whose last holder is this device; without one the pairing's role decides.

        Cancelling the wait cancels the command.

        Raises:
            LinkDown: there is no session (nothing was sent), or it ended before the answer (the outcome is unknown).
        """
        self._up()
        self._emit(Asked(self.pairing.totebox, key, arguments, self._clock()))
        return self._answered(key, arguments, await self._quietly(arguments, once or once_for(arguments), capability))

    async def lend(self, key: str, wish: CapGrant, holder: DeviceKey, chain: str = "") -> Lent | Refusal:
        """Grant a part of this device's pairing (or of `chain`, which it holds) to `holder`, which may pass it on
        `wish.depth` blocks deep.

        Raises:
            LinkDown: as `ask`.
        """
        minting = replace(wish, depth=min(wish.depth + 1, MAX_CAPABILITY_BLOCKS - 1))
        minted: Answer | None = None if chain else await self.ask(key, minting)
        if isinstance(minted, Refusal):
            return minted
        try:
            return await lend(minted, chain, wish, holder, self._binder)
        except PspError as fault:
            return Refusal(
                0, RefusalCode.NOT_PERMITTED, str(fault), "ask for less, or begin from this device's pairing"
            )

    async def seal(self, key: str, approval: Approval, note: str, once: bytes = b"") -> Answer:
        """Sign `approval`, the Totebox's key and how this session is driven, and send INPUT_SEAL. A Refusal where the
        device key does not sign: nothing was sent then.

        Raises:
            LinkDown: as `ask`.
        """
        self._up()
        assert self._bound is not None
        try:
            message = approval_bytes(approval, self._bound.key, manner_of(self._agent))
            signature = await sign(self._binder, message)
        except (PspError, AgentError) as fault:
            reason = f"this console's device key did not sign: {fault}"
            return Refusal(0, RefusalCode.UNAVAILABLE, reason, "unlock the key or plug it in, then confirm again")
        return await self.ask(key, Seal(approval.intake, approval.supersedes, note, signature), once)

    async def cosign(self, key: str) -> Answer:
        """Cosign the newest proved head of both logs and send the cosignatures to the Totebox; emits as `ask` does,
        once for each.

        Raises:
            LinkDown: as `ask`.
        """
        return await self._witnessing.cosign(self.pairing, lambda arguments: self.ask(key, arguments))

    async def upload(self, key: str, offer: Offer, chunks: Chunks) -> Answer:
        """Like `ask`. The bytes follow from the offset that the Totebox names, as it gives credit.

        Raises:
            LinkDown: as `ask`.
            Whatever `chunks` raises; the command was cancelled then.
        """
        commands = self._up()
        self._emit(Asked(self.pairing.totebox, key, offer, self._clock()))
        return self._answered(key, offer, await commands.upload(offer, once_for(offer), chunks))

    async def download(
        self,
        index: int,
        sink: Callable[[bytes], None],
        offset: int = 0,
        capability: Chain = (),
        *,
        size: int | None = None,
        within_s: float = STALLED_S,
    ) -> Refusal | None:
        """Pass the bytes of record `index` from `offset` on to `sink`, in order; None when all of them came. After a
        TOO_MANY the rest is asked for again.

        `size` is what the record's row states; the session ends where more comes (None: more than any record has).

        Raises:
            LinkDown: the session ended, or too few bytes came within `within_s`; `sink` has a part.
            Whatever `sink` raises.
        """
        most, at = MAX_UPLOAD_BYTES if size is None else size, offset

        def counted(data: bytes) -> None:
            nonlocal at
            sink(data)
            at += len(data)

        async def on() -> Refusal | None:
            return await self._up().download(Read(index, at), counted, capability, most=most, within_s=within_s)

        return await self._pause.through(on, again=True, freed=self._freed)

    def subscribe(self, topics: tuple[Topic, ...] | None) -> None:
        """Subscribe to these topics now and after every reconnect; None: all that the role may receive."""
        self._subscription.choose(topics)

    # -- one session

    async def _live(self) -> tuple[str, Closing | None, bool]:
        """One connection from dialling to its end. Returns why it ended, the Totebox's Closing, and whether only a
        person can change it.
        """
        try:
            await self._connect()
        except Refused as fault:
            remedy = FOR_GOOD.get(fault.closing.reason, "")
            return f"{fault}; {remedy}" if remedy else str(fault), fault.closing, bool(remedy)
        except BinderMismatch as fault:
            return f"{fault}; {PAIR_AGAIN}", None, True
        except HandshakeError as fault:
            return f"the handshake failed: {fault}", None, False
        except (PspError, LinkDown, AgentError) as fault:
            return str(fault), None, False
        except TimeoutError:
            return "the Totebox did not answer the handshake in time", None, False
        except OSError as fault:
            return f"this console's own keys or files: {fault}", None, False
        finally:
            await self._hang_up()
        raise AssertionError("a connection ends by a reason")

    async def _hang_up(self) -> None:
        call, commands = self._call, self._commands
        self._call = self._commands = self._watch = None
        if commands is not None:
            commands.over("the session ended")
        if call is not None:
            with contextlib.suppress(LinkDown):
                call.say(Bye())
            call.close()
            await call.gone()

    async def _connect(self) -> None:
        held = self.pairing
        call = self._call = await Call.dial(held.uri, self._static, held.subject_static, held.psk, key=held.subject_key)
        await call.shaken()
        async with asyncio.timeout(BIND_TIMEOUT_S):
            bound = await call.bind(self._binder, self._label, self._agent)
        turned = self._pin(bound)
        self._bound, self._pings = bound, {}
        self._up_at = self._echoed_at = self._clock()
        self._commands = Commands(call, bound)
        if turned:
            call.listen(self._heard)
            await self._follow(bound)
        self._watch = HeadWatch(self.pairing, self._seen, self._quietly, self._checked, self._clock)
        self._witnessing.begin()
        self._contradictions.begin()
        self._emit(LinkUp(self.pairing.totebox, bound, call.description, self._clock()))
        call.listen(self._heard)
        await self._stay(call, self._watch)

    async def _stay(self, call: Call, watch: HeadWatch) -> None:
        """Wait until the connection ends. The first fault ends all tasks and is raised."""
        work = (
            call.ended(),
            self._ping(call),
            self._subscribe(),
            watch.run(Log.RECORDS),
            watch.run(Log.AUDIT, AUDIT_CHECK_S),
            self._witness(),
        )
        tasks = [asyncio.ensure_future(each) for each in work]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            if call.over:
                await call.ended()  # its reason says more than the "session is over" that the other tasks raise
            for task in tasks:
                if task.done() and (fault := task.exception()) is not None:
                    raise fault
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _pin(self, bound: Bound) -> bool:
        """Pin what a Totebox says of itself the first time. Returns whether it shows other log keys than the pinned
        ones.
        """
        held = self.pairing
        if held.subject_key is None:
            self.pairing = held.completed(bound)
            if self._store is not None:
                self._store.store(self.pairing)
            return False
        return (bound.vkey, bound.audit_vkey) != (held.vkey, held.audit_vkey)

    async def _follow(self, bound: Bound) -> None:
        """Pin the new keys, if entries prove that they follow from the pinned ones; else raise the alarm with both
        heads.
        """
        held = self.pairing
        async with asyncio.timeout(BIND_TIMEOUT_S):
            try:
                self.pairing = await follow_keys(held, bound, self._quietly)
            except BinderMismatch as fault:
                for log in Log:
                    await HeadWatch(held, self._seen, self._quietly, self._emit, self._clock).accuse(log, str(fault))
                self._contradictions.recall(held)
                raise
        if self._store is not None:
            self._store.store(self.pairing)

    async def _ping(self, call: Call) -> None:
        number = 0
        while True:
            number += 1
            now = self._clock()
            limit_s = self._stale_after_s or STALE_AFTER_S
            # Two Pings without a Pong. After this host was asleep, at most one Ping is unanswered.
            if now - self._echoed_at > limit_s and len(self._pings) > 1:
                call.abort(f"nothing was heard for {limit_s:g} s")
                return
            self._pings[number] = now
            call.say(Ping(number))
            await asyncio.sleep(PING_INTERVAL_S)

    async def _subscribe(self) -> None:
        assert self._bound is not None
        await self._subscription.run(self._bound, self._quietly)

    async def _witness(self) -> None:
        assert self._bound is not None
        await self._witnessing.run(self._bound, self.pairing, lambda arguments: self.ask("witness", arguments))

    def _checked(self, head: HeadChecked) -> None:
        self._emit(head)
        self._witnessing.checked(head)
        self._contradictions.checked(self.pairing, head)

    async def _quietly(self, arguments: Arguments, once: bytes = b"", capability: Chain = ()) -> Answer:
        """The answer, without events. After a TOO_MANY nothing is sent until its wait is over, and a read is sent
        again.
        """
        return await self._pause.through(
            lambda: self._up().ask(arguments, once, capability), not once_for(arguments), self._freed
        )

    async def _freed(self) -> None:
        if self._commands is not None:
            await self._commands.freed()

    def _up(self) -> Commands:
        if self._commands is None:
            raise LinkDown("there is no session with this Totebox now; nothing was sent")
        return self._commands

    def _answered(self, key: str, arguments: Arguments, answer: Answer) -> Answer:
        trouble = ""
        if isinstance(answer, Receipt):
            trouble = check_receipt(answer, self.pairing.vkey, self.pairing.audit_vkey).fault
        self._emit(Answered(self.pairing.totebox, key, arguments, answer, trouble, self._clock()))
        return answer

    # -- what is heard

    def _heard(self, message: Up) -> None:
        if self._commands is not None and self._commands.heard(message):
            return
        match message:
            case Pong():
                self._echo(message)
            case Telemetry():
                self._told(message)
            case Gap():
                self._emit(Heard(self.pairing.totebox, message, self._clock()))
            case _:
                raise RemoteProtocolError(f"{type(message).__name__} was not expected")

    def _echo(self, pong: Pong) -> None:
        sent_at = self._pings.pop(pong.n, None)
        if sent_at is None:
            raise RemoteProtocolError(f"Pong {pong.n} echoes no Ping of ours")
        self._pings = {number: at for number, at in self._pings.items() if number > pong.n}
        self._echoed_at = max(self._echoed_at, sent_at)
        wire_bytes = self._call.wire_bytes if self._call is not None else 0
        self._emit(Echo(self.pairing.totebox, sent_at, self._clock(), wire_bytes))

    def _told(self, telemetry: Telemetry) -> None:
        self._subscription.heard(telemetry)
        self._emit(Heard(self.pairing.totebox, telemetry, self._clock()))
        self._contradictions.heard(self.pairing, telemetry)
        watch = self._watch if telemetry.topic is Topic.HEAD else None
        if watch is not None and isinstance(head := decode_body(telemetry.topic, telemetry.body), HeadBody):
            watch.moved(head.log)
