"""Capabilities at the gate: they are minted for a paired device, judged at every command, and revoked.

A chain is judged in this order: its signatures and its narrowing are valid; its last holder is the peer of this
session; every holder is paired; none of its blocks was revoked; the clock is inside its window; it names the verb; and
the present role of its first holder permits the verb. A refusal says which check failed, and what this Totebox's clock
says where time decided.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from protocol.errors import CapabilityError
from protocol.schema import VERBS, CapGrant, CapRevoke, Cell, Command, DeviceKey, Receipt, Rows, verb_title
from protocol.schema.numbers import AuditKind, RefusalCode, Role, Verb
from protocol.schema.terms import decode_terms
from protocol.trust.capability import (
    SKEW_US,
    Chain,
    Scope,
    Verified,
    chain_text,
    is_early,
    is_late,
    mint,
    narrowed,
    revocation_ids,
    verify,
)
from protocol.trust.keys import Binder, fingerprint
from protocol.trust.roles import permits
from totebox.gate.call import Call, Handlers, argument, finish
from totebox.gate.capability_book import CapabilityBook
from totebox.gate.capability_views import capability_table, scope_cells, scope_words, shown_time, terms_of
from totebox.gate.door import Peer
from totebox.gate.names import safe_line
from totebox.gate.pairings import Pairings
from totebox.gate.refusal import Refused
from totebox.gate.scope_names import ScopeNames
from totebox.gate.tickets import time_text
from totebox.vault.api import Appender

KEPT_CHAINS = 256
"""The most verified chains that are kept, so that their signatures are not verified again; and the most used chains
that the table lists.
"""


@dataclass(frozen=True, slots=True)
class Warrant:
    """A chain that was judged valid for this peer: what it allows, with the role of which pairing, and who passed it
    on.
    """

    verified: Verified
    role: Role
    holders: tuple[str, ...]

    @property
    def scope(self) -> Scope:
        return self.verified.scope

    @property
    def name(self) -> str:
        """The name of the chain in every audit row of a command under it."""
        return named(self.verified.ids, self.holders)


@dataclass(slots=True)
class Seen:
    """A chain that was used: how many commands, and when the last one came."""

    warrant: Warrant
    chain: Chain
    used: int = 0
    last: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The two verbs about capabilities, and the judgement of chains.

    `binder` holds this subject's device key; `names` is what a grant may name.
    """

    vault: Appender
    book: CapabilityBook
    pairings: Pairings
    binder: Binder
    changed: Callable[[str], None]
    now: Callable[[], str]
    now_us: Callable[[], int]
    names: ScopeNames
    seen: "OrderedDict[bytes, Seen]" = field(default_factory=OrderedDict)
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    # -- the judgement

    def judge(self, command: Command, peer: Peer) -> Warrant:
        """The warrant that the command's chain gives `peer` now. Raises Refused."""
        try:
            verified = _verified(command.capability, self.binder.key)
        except CapabilityError as fault:
            raise Refused(
                RefusalCode.NOT_PERMITTED, f"the capability does not hold: {fault}", "ask its holder for another"
            ) from fault
        holders = tuple(fingerprint(holder) for holder in verified.holders)
        if verified.holders[-1] != peer.pairing.key:
            raise Refused(
                RefusalCode.NOT_PERMITTED,
                f"this capability was given to {holders[-1]}, not to this device",
                "a capability works for the device it names alone; ask for one of your own",
            )
        first = self.pairings.by_key(holders[0])
        warrant = Warrant(verified, first.role if first else Role.INTERFACE, holders)
        self.check(warrant)
        self._check_verb(command.verb, warrant)
        self._count(command.capability, warrant)
        return warrant

    def check(self, warrant: Warrant) -> None:
        """Check what may change while a stream flows: holders, revocation, the window, the first holder's role. Raises
        Refused.
        """
        for name in warrant.holders:
            pairing = self.pairings.by_key(name)
            if pairing is None:
                raise Refused(
                    RefusalCode.REVOKED,
                    f"{name}, a holder of this capability, is not paired with this Totebox",
                    "ask a paired device for another one",
                )
            if self.pairings.book.lacks_hardware(pairing):
                raise Refused(
                    RefusalCode.NOT_PERMITTED,
                    f"the role {pairing.role.name} of {name} needs a hardware key, and an ADMIN has not marked that one",
                    "have the key marked at F11",
                )
        first = self.pairings.by_key(warrant.holders[0])
        if first is not None and first.role is not warrant.role:
            raise Refused(RefusalCode.NOT_PERMITTED, "the first holder's role has changed", "send the command again")
        self._check_revoked(warrant)
        self._check_window(warrant.scope)

    def holds(self, warrant: Warrant) -> bool:
        """Whether `check` would pass."""
        try:
            self.check(warrant)
        except Refused:
            return False
        return True

    def ends_in_s(self, warrant: Warrant) -> float:
        """Seconds until the window of `warrant` closes, the allowed clock skew included."""
        return max(0.0, (warrant.scope.not_after + SKEW_US - self.now_us()) / 1e6)

    def claimed(self, chain: Chain) -> str:
        """How the audit row of a refusal names a chain that was not verified; '' without a chain."""
        return f" [under a capability that claims {revocation_ids(chain)[-1].hex()}]" if chain else ""

    def _check_revoked(self, warrant: Warrant) -> None:
        for id_ in warrant.verified.ids:
            ended = self.book.ledger.ended.get(id_)
            if ended is not None:
                why = f": {ended.reason}" if ended.reason else ""
                raise Refused(
                    RefusalCode.REVOKED,
                    f"the capability {id_.hex()[:16]} was revoked at {ended.time}{why}",
                    "ask its holder for another",
                )

    def _check_window(self, scope: Scope) -> None:
        now_us = self.now_us()
        clock = f"this Totebox's clock says {time_text(now_us)}"
        if is_early(scope, now_us):
            raise Refused(
                RefusalCode.EXPIRED,
                f"the capability begins at {shown_time(scope.not_before)}; {clock}",
                "wait until then",
            )
        if is_late(scope, now_us):
            raise Refused(
                RefusalCode.EXPIRED,
                f"the capability ended at {shown_time(scope.not_after)}; {clock}",
                "ask its holder for another",
            )

    def _check_verb(self, verb: int, warrant: Warrant) -> None:
        if verb not in warrant.scope.verbs:
            allowed = ", ".join(each.title for each in warrant.scope.verbs)
            raise Refused(
                RefusalCode.NOT_PERMITTED,
                f"{verb_title(verb)} is not in this capability, which has {allowed}",
                "ask its holder for a wider one, or send the command without it",
            )
        if not permits(warrant.role, verb):
            raise Refused(
                RefusalCode.NOT_PERMITTED,
                f"{verb_title(verb)} is for role {VERBS[verb].least.name}, and the first holder has {warrant.role.name}",
                "ask a device with that role for a capability",
            )

    def _count(self, chain: Chain, warrant: Warrant) -> None:
        kept = self.seen.setdefault(warrant.verified.id, Seen(warrant, chain))
        kept.warrant, kept.chain, kept.used, kept.last = warrant, chain, kept.used + 1, self.now()
        self.seen.move_to_end(warrant.verified.id)
        if len(self.seen) > KEPT_CHAINS:
            self.seen.popitem(last=False)

    # -- the table

    def rows(self, peer: Peer) -> Iterator[tuple[Cell, ...]]:
        """Capabilities minted here, newest first, then longer chains that were used. Roles below ADMIN see those that
        concern them.
        """
        mine, everything = peer.pairing.fingerprint, peer.pairing.role >= Role.ADMIN
        for id_, minted in reversed(list(self.book.ledger.minted.items())):
            seen = self.seen.get(id_)
            if everything or minted.holder == mine:
                verified = Verified((minted.body,), (id_,))
                yield self._row(verified, (minted.holder,), minted.chain, seen)
        for seen in reversed(list(self.seen.values())):
            if len(seen.chain) > 1 and (everything or mine in seen.warrant.holders):
                yield self._row(seen.warrant.verified, seen.warrant.holders, seen.chain, seen)

    def _row(self, verified: Verified, holders: tuple[str, ...], chain: Chain, seen: "Seen | None") -> tuple[Cell, ...]:
        state, reason = self._state(verified, holders)
        device = self.pairings.book.pairings.get(holders[-1])
        return (
            verified.id, state, holders[-1], device.pairing.label if device else "", holders[0],
            *scope_cells(verified.scope), verified.bodies[-1].depth,
            seen.used if seen else 0, seen.last if seen else None, reason, chain_text(chain),
            terms_of(verified.scope),
        )  # fmt: skip

    def _state(self, verified: Verified, holders: tuple[str, ...]) -> tuple[str, str]:
        """`live`, `waiting`, `expired` or `revoked`, and why."""
        now_us = self.now_us()
        for id_ in verified.ids:
            if (ended := self.book.ledger.ended.get(id_)) is not None:
                return "revoked", ended.reason
        if any(self.pairings.by_key(name) is None for name in holders):
            return "revoked", "a holder is not paired any more"
        if is_late(verified.scope, now_us):
            return "expired", ""
        return ("waiting", "") if is_early(verified.scope, now_us) else ("live", "")

    # -- the verbs

    def verbs(self) -> Handlers:
        """The handlers of CAP_GRANT and CAP_REVOKE."""
        return {Verb.CAP_GRANT: self.grant, Verb.CAP_REVOKE: self.revoke}

    async def grant(self, call: Call) -> Rows:
        """CAP_GRANT: a capability for a part of what the asking device's role permits, signed by this subject."""
        asked = argument(call, CapGrant)
        role = call.peer.pairing.role
        beyond = [verb.title for verb in asked.verbs if not permits(role, verb)]
        if beyond:
            raise Refused(
                RefusalCode.NOT_PERMITTED,
                f"{', '.join(beyond)}: more than this device's own role {role.name} permits",
                "leave it out",
            )
        self.names.check(asked)
        begins = self.now_us()
        scope = Scope((), asked.service, asked.first_row, asked.last_row)
        try:
            scope = narrowed(
                replace(scope, not_before=begins, not_after=begins + asked.lifetime_s * 1_000_000),
                verbs=asked.verbs,
                columns=asked.columns,
                terms=decode_terms(asked.terms),
            )
            chain = mint(self.binder, call.peer.pairing.key, scope, asked.depth)
        except CapabilityError as fault:
            raise Refused(
                RefusalCode.BAD_ARGUMENTS, str(fault), "grant what a capability can carry; table VERBS of PSP names it"
            ) from fault
        (id_,) = revocation_ids(chain)
        await finish(self._grant(call, chain, id_, scope))
        return Rows(call.command.id, capability_table(id_, chain, call.actor, scope), "", False)

    async def _grant(self, call: Call, chain: Chain, id_: bytes, scope: Scope) -> None:
        async with self._writing:
            await self.vault.audit(call.row(AuditKind.CAP_GRANTED, id_.hex(), scope_words(scope)))
            await asyncio.to_thread(self.book.mint, chain, call.actor, self.now())
        self.changed("gate.capabilities")

    async def revoke(self, call: Call) -> Receipt:
        """CAP_REVOKE: end every chain that begins with this block, including chains that this Totebox has never
        seen.
        """
        asked = argument(call, CapRevoke)
        if call.peer.pairing.role < Role.ADMIN and call.actor not in self._owners(asked.id):
            raise Refused(
                RefusalCode.NOT_FOUND,
                f"no capability {asked.id.hex()[:16]} was minted for this device, or handed on by it",
                "ask an ADMIN to revoke it",
            )
        return await finish(self._revoke(call, asked.id, safe_line(asked.reason, 512)))

    def _owners(self, id_: bytes) -> tuple[str, ...]:
        """The fingerprints of those who may revoke it: who handed the capability on, and who holds it."""
        minted, seen = self.book.ledger.minted.get(id_), self.seen.get(id_)
        return (*((minted.holder,) if minted else ()), *(seen.warrant.holders if seen else ()))

    async def _revoke(self, call: Call, id_: bytes, reason: str) -> Receipt:
        async with self._writing:
            appended = await self.vault.append(call.batch(call.row(AuditKind.CAP_REVOKED, id_.hex(), reason)))
            await asyncio.to_thread(self.book.revoke, id_, call.actor, self.now(), reason)
        self.changed("gate.capabilities")
        return call.receipt_of(appended)


@lru_cache(maxsize=KEPT_CHAINS)
def _verified(chain: Chain, subject: DeviceKey) -> Verified:
    """Verify signatures and narrowing. A valid chain stays valid, so it is verified once; a refused one is verified
    again each time.
    """
    return verify(chain, subject)


def named(ids: tuple[bytes, ...], holders: tuple[str, ...]) -> str:
    """Revocation ids and holders, first to last."""
    return f"capability {' > '.join(id_.hex() for id_ in ids)} held by {' > '.join(holders)}"
