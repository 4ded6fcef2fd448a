"""Delegation of a capability: the authority adds a block to a chain that a subject minted for it."""

from protocol.errors import CapabilityError
from protocol.schema import DeviceKey
from protocol.schema.numbers import Verb
from protocol.schema.terms import Term
from protocol.trust.capability import Chain, Scope, attenuate, decode_body, narrowed
from protocol.trust.keys import Binder
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """How to narrow a chain. An empty or None field leaves that part as it is. `lifetime_s` counts from the chain's beginning."""

    verbs: tuple[Verb, ...] = ()
    service: str = ""
    rows: tuple[int, int] | None = None
    columns: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    """Added to those that the chain has."""
    lifetime_s: int | None = None


def scope_of(chain: Chain) -> Scope:
    """The scope of the chain's last block. Raises CapabilityError."""
    if not chain:
        raise CapabilityError("there is no capability to hand on")
    return decode_body(chain[-1].body).scope


def delegate(chain: Chain, binder: Binder, holder: DeviceKey, wish: Wish, *, depth: int = 0) -> Chain:
    """`chain` with one more block, for `holder`, narrowed by `wish`. The device of `binder` must be its last holder.

    Raises:
        CapabilityError: this device is not its last holder, its depth allows no further block, or `wish` is wider than the chain.
    """
    scope = scope_of(chain)
    first, last = wish.rows or (scope.first_row, scope.last_row)
    until = scope.not_after if wish.lifetime_s is None else scope.not_before + wish.lifetime_s * 1_000_000
    narrower = narrowed(
        scope,
        verbs=wish.verbs or scope.verbs,
        service=wish.service or scope.service,
        first_row=first,
        last_row=last,
        columns=wish.columns or scope.columns,
        terms=(*scope.terms, *wish.terms),
        not_after=until,
    )
    return attenuate(chain, binder, holder, narrower, depth)
