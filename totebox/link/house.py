"""What every session of one listener shares, and what the subject says of itself in Bound."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocol.schema import MESSAGES, SCHEMA_DIGEST, Bound
from protocol.trust.keys import Binder, Entropy, X25519Pair
from totebox.gate.door import Door, Feed, Peer
from totebox.link.budget import HandshakeBudget

if TYPE_CHECKING:
    from totebox.link.session import Session

_KINDS = tuple(sorted(int(kind) for kind in MESSAGES))
"""The kinds that Bound says that we know; the verbs are the gate's to say."""


@dataclass(frozen=True, slots=True)
class House:
    """What every session of one listener shares."""

    door: Door
    feed: Feed
    static: X25519Pair
    binder: Binder
    entropy: Entropy
    clock: Callable[[], float]
    budget: HandshakeBudget
    spawn: Callable[[Coroutine[None, None, None]], "asyncio.Task[None]"]
    admitted: Callable[["Session"], None]
    """It is open."""
    ended: Callable[["Session"], None]
    """Nothing more is read from it."""
    gone: Callable[["Session"], None]
    """Its transport is."""


def bound_of(house: House, peer: Peer, signature: bytes) -> Bound:
    """Bound for `peer`; `signature` is the device key's over this handshake."""
    who = house.door.identity
    return Bound(
        house.binder.key,
        signature,
        who.entity,
        who.kind,
        who.origin,
        who.vkey,
        who.audit_vkey,
        peer.pairing.role,
        house.feed.epoch,
        SCHEMA_DIGEST,
        _KINDS,
        house.door.verbs,
    )
