"""Asking a Totebox for a pairing without a ticket: three words on two screens, and an operator's decision."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import replace

from console.errors import LinkDown, PairingError
from console.link.call import DIAL_TIMEOUT_S, Call, Refused, sign
from console.link.pairing import PairingStore, StoredPairing
from protocol.authority.connection import AuthorityEvent, Shaken
from protocol.authority.request import RequestConnection
from protocol.carrier.carrier import Carrier
from protocol.carrier.dialing import dial
from protocol.errors import BinderMismatch, CarrierError, PspError, RemoteProtocolError
from protocol.schema import Bye, Closing, DeviceKey, Request, Requested
from protocol.schema.numbers import HANDSHAKE_DEADLINE_S, REQUEST_LIFETIME_S, ClosingReason, Role
from protocol.trust.address import parse_address
from protocol.trust.keys import Binder, X25519Pair, totebox_id

POLL_S = 1.0
BIND_TIMEOUT_S = 10.0


class _Asking:
    """One connection that asks: its messages, in order. The end of the connection is an exception in the same queue."""

    def __init__(self, connection: RequestConnection) -> None:
        self.connection = connection
        self._heard: asyncio.Queue[AuthorityEvent | Exception] = asyncio.Queue()
        self._carrier: Carrier | None = None

    def opened(self, carrier: Carrier) -> None:
        self._carrier = carrier
        carrier.attach(self.connection, self)

    def readable(self) -> None:
        try:
            while (event := self.connection.next_event()) is not None:
                self._heard.put_nowait(event)
        except PspError as fault:
            self._heard.put_nowait(fault)

    def lost(self, fault: CarrierError | None) -> None:
        self._heard.put_nowait(LinkDown(str(fault) if fault else "the Totebox closed the connection"))

    async def next(self) -> AuthorityEvent:
        async with asyncio.timeout(HANDSHAKE_DEADLINE_S):
            event = await self._heard.get()
        if isinstance(event, Exception):
            raise event
        return event

    def flush(self) -> None:
        assert self._carrier is not None
        self._carrier.flush()

    def close(self) -> None:
        if self._carrier is not None:
            self._carrier.close()


async def ask_to_pair(
    uri: str,
    static: X25519Pair,
    binder: Binder,
    role: Role,
    label: str,
    agent: str,
    show: Callable[[str, Requested], None],
    store: PairingStore,
    held: Callable[[str], bool],
) -> StoredPairing:
    """Leave a request at the Totebox that listens at `uri`. Returns the provisional pairing, which an approval
    completes.

    The pairing is stored before our nonce is revealed, hence before the Totebox has a request. `show` receives the
    three words.

    Raises:
        PairingError: it cannot be reached, refuses, or this console is paired with it already (`held`).
    """
    asking = _Asking(RequestConnection(static, os.urandom, time.monotonic()))
    try:
        await dial(parse_address(uri), asking.opened, timeout_s=DIAL_TIMEOUT_S)
        shaken = await asking.next()
        if not isinstance(shaken, Shaken):
            raise RemoteProtocolError(f"{type(shaken).__name__} came where Shaken was due")
        subject = asking.connection.subject_static
        identity = totebox_id(subject)
        if held(identity):
            raise PairingError("this console is paired with that Totebox already; see: os-console pairings")
        await _request(asking, binder, role, label, agent)
        requested = await asking.next()
        if isinstance(requested, Closing):
            raise PairingError(f"the Totebox takes no request: {requested.text}")
        if not isinstance(requested, Requested):
            raise RemoteProtocolError(f"{type(requested).__name__} came where Requested was due")
        name = store.free_name(requested.entity, identity)
        provisional = StoredPairing(identity, name, uri, subject, None, shaken.pairing_psk, None, "", "")
        store.store(provisional)
        show(asking.connection.words, requested)
        asking.flush()
        closing = await asking.next()
    except TimeoutError as fault:
        raise PairingError(f"the Totebox at {uri} did not answer in time; ask again") from fault
    except (PspError, LinkDown) as fault:
        raise PairingError(f"{fault}; ask again") from fault
    finally:
        asking.close()
    if not isinstance(closing, Closing) or closing.reason is not ClosingReason.PENDING:
        text = closing.text if isinstance(closing, Closing) else "it answered something else"
        raise PairingError(f"the Totebox takes no request: {text}")
    return provisional


async def _request(asking: _Asking, binder: Binder, role: Role, label: str, agent: str) -> None:
    data = asking.connection.to_sign(binder.key)
    signature = await sign(binder, data)
    committed = asking.connection.commitment
    asking.connection.request(Request(binder.key, signature, binder.provider, label, agent, role, committed))
    asking.flush()


async def await_decision(
    pairing: StoredPairing,
    key: DeviceKey,
    static: X25519Pair,
    binder: Binder,
    label: str,
    agent: str,
    store: PairingStore,
    patience_s: float = REQUEST_LIFETIME_S,
) -> StoredPairing:
    """Dial repeatedly until an operator has decided. Returns the pairing.

    Args:
        key: the subject's device key, with which it signed the request; the Totebox that answers must have the same.

    Raises:
        PairingError: denied, expired, or not decided in `patience_s` seconds. In the last case the console completes it
            later by itself.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return await _try(pairing, key, static, binder, label, agent, store)
        except Refused as fault:
            if fault.closing.reason is not ClosingReason.PENDING:
                raise PairingError(f"not paired: {fault}") from fault
        except BinderMismatch as fault:
            raise PairingError(f"not paired: {fault}") from fault
        except (PspError, LinkDown, TimeoutError) as fault:
            if time.monotonic() >= deadline:
                raise PairingError(f"{fault}; it is completed when the console connects the next time") from fault
        if time.monotonic() >= deadline:
            raise PairingError("nobody decided yet; if it is approved, the console completes it when it opens")
        await asyncio.sleep(POLL_S)


async def _try(
    pairing: StoredPairing,
    key: DeviceKey,
    static: X25519Pair,
    binder: Binder,
    label: str,
    agent: str,
    store: PairingStore,
) -> StoredPairing:
    call = await Call.dial(pairing.uri, static, pairing.subject_static, pairing.psk, key=key)
    try:
        await call.shaken()
        async with asyncio.timeout(BIND_TIMEOUT_S):
            bound = await call.bind(binder, label, agent)
        final = replace(pairing.completed(bound), name=store.free_name(pairing.name, pairing.totebox))
        store.store(final)
        call.say(Bye())
        return final
    finally:
        call.close()
        await call.gone()
