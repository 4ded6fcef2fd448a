"""Granting a part of a capability to another device: the minted block is narrowed and signed by this console's device
key.
"""

import asyncio
import time

from console.model.events import Answer
from console.model.link import Lent
from console.model.tables import first
from protocol.authority.mint import Wish, delegate, scope_of
from protocol.errors import CapabilityError
from protocol.schema import CapGrant, DeviceKey, Rows
from protocol.schema.terms import decode_terms
from protocol.trust.capability import LAST_ROW, Chain, chain_text, parse_chain, revocation_ids
from protocol.trust.keys import Binder, fingerprint


async def lend(minted: Answer | None, chain: str, wish: CapGrant, holder: DeviceKey, binder: Binder) -> Lent:
    """The chain for `holder`: from the answer of CAP_GRANT, or from the text of a chain that this device holds.

    Raises:
        CapabilityError: the answer has no block, this device may not pass `chain` on, or `wish` asks for more than it
            has.
    """
    # A chain that was minted just now lasts as long as was asked for; for an older one the time counts from now.
    now_us = int(time.time() * 1e6) if minted is None else 0
    held = parse_chain(chain) if minted is None else minted_chain(minted)
    # an agent or a token may wait for a touch; a key in memory does not
    if binder.provider == "file":
        given = _delegated(held, wish, holder, binder, now_us)
    else:
        given = await asyncio.to_thread(_delegated, held, wish, holder, binder, now_us)
    return Lent(chain_text(given), revocation_ids(given)[-1], fingerprint(holder))


def minted_chain(answer: Answer) -> Chain:
    """The block in the answer of CAP_GRANT. Raises CapabilityError."""
    row = first(answer.table) if isinstance(answer, Rows) else None
    if row is None:
        raise CapabilityError("the Totebox answered without a capability")
    return parse_chain(row.text("chain"))


def _delegated(held: Chain, wish: CapGrant, holder: DeviceKey, binder: Binder, now_us: int) -> Chain:
    rows = None if (wish.first_row, wish.last_row) == (0, LAST_ROW) else (wish.first_row, wish.last_row)
    scope = scope_of(held)
    until = min(scope.not_after, now_us + wish.lifetime_s * 1_000_000) if now_us else scope.not_after
    lifetime_s = (until - scope.not_before) // 1_000_000
    narrower = Wish(wish.verbs, wish.service, rows, wish.columns, decode_terms(wish.terms), lifetime_s)
    return delegate(held, binder, holder, narrower, depth=wish.depth)
