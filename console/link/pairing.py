"""Pairings of this console, and how one is made from a ticket."""

import asyncio
from dataclasses import field, replace
from typing import TYPE_CHECKING, Protocol

from console.errors import AgentError, LinkDown, PairingError
from console.model.contradiction import Break, Contradiction
from protocol.errors import AddressError, PspError
from protocol.schema import Bound, Bye, DeviceKey
from protocol.schema.numbers import ClosingReason, Log, Role
from protocol.values import dataclass

if TYPE_CHECKING:
    from console.link.call import Refused
    from protocol.trust.keys import Binder, X25519Pair
    from protocol.trust.pairing import Ticket

PAIR_TIMEOUT_S = 30.0
_OPENED_NOTHING = frozenset({ClosingReason.UNKNOWN_PEER, ClosingReason.TICKET_USED, ClosingReason.TICKET_EXPIRED})
"""Closing reasons after which no pairing was made. After REFUSED there may be one, whose key an ADMIN has not marked
yet.
"""


@dataclass(frozen=True, slots=True)
class StoredPairing:
    """One Totebox that obeys this console. Provisional while `subject_key` is None: Bind was sent, but Bound has not
    arrived.

    `totebox` is its stable id (16 hex digits), `name` its name for people, `uri` where it listens, `vkey` and
    `audit_vkey` the pinned keys of its two logs ('' while provisional), `role` the role that it granted (None while
    provisional).
    """

    totebox: str
    name: str
    uri: str
    subject_static: bytes
    subject_key: DeviceKey | None
    psk: bytes = field(repr=False)
    role: Role | None
    vkey: str
    audit_vkey: str

    def completed(self, bound: Bound) -> "StoredPairing":
        """This pairing, with the subject's statements about itself pinned."""
        return replace(self, subject_key=bound.key, role=bound.role, vkey=bound.vkey, audit_vkey=bound.audit_vkey)


class PairingStore(Protocol):
    """Stores pairings. A method that changes them returns when the change is on disk."""

    def store(self, pairing: StoredPairing) -> None: ...

    def free_name(self, wanted: str, totebox: str) -> str:
        """`wanted`, numbered when another Totebox has that name."""
        ...

    def find(self, totebox: str) -> StoredPairing | None:
        """The pairing with the Totebox of that id, or None."""
        ...

    def forget(self, totebox: str) -> None:
        """Forget the pairing with the Totebox of that id."""
        ...


class SeenStore(Protocol):
    """The newest checkpoint seen of each log, so that a log can never go back unnoticed."""

    def get(self, origin: str) -> bytes | None: ...

    def put(self, origin: str, note: bytes) -> None: ...

    def alarm(self, origin: str, seen: bytes, shown: bytes, why: str, broken: Break) -> None:
        """Keep both notes as evidence."""
        ...

    def standing(self, origin: str, log: Log) -> Contradiction | None:
        """The first open alarm about this log, or None. `log` says which of the two logs it is."""
        ...

    def cleared(self, origin: str, why: str) -> None:
        """Mark every alarm about this log as cleared."""
        ...


async def pair(
    ticket: "Ticket", static: "X25519Pair", binder: "Binder", label: str, agent: str, store: PairingStore
) -> StoredPairing:
    """Use `ticket`: after this the Totebox obeys this device in the role that the ticket grants.

    The pairing is stored as provisional before Bind is sent, so that a lost Bound does no harm: the next session
    completes it. Where the Totebox says that the ticket granted nothing, the earlier state is stored again.

    Raises:
        PairingError: the message says why, and whether the ticket is still unused.
    """
    # A console that only reads its pairings loads no cryptography before its first paint.
    from console.link.call import Call, Refused
    from protocol.trust.keys import totebox_id
    from protocol.trust.pairing import ticket_psk

    unused = "the ticket is still unused: see that its Totebox is served (os-totebox serve DIR), then pair again"
    try:
        call = await Call.dial(
            ticket.address,
            static,
            ticket.subject_static,
            ticket_psk(ticket),
            ticket_id=ticket.ticket_id,
        )
    except (AddressError, PspError) as fault:
        raise PairingError(f"{fault}; {unused}") from fault
    identity = totebox_id(ticket.subject_static)
    before, kept = None, False
    try:
        async with asyncio.timeout(PAIR_TIMEOUT_S):
            shaken = await call.shaken()
            provisional = StoredPairing(
                identity,
                store.free_name(identity, identity),
                ticket.address,
                ticket.subject_static,
                None,
                shaken.pairing_psk,
                None,
                "",
                "",
            )
            before, kept = store.find(identity), True
            store.store(provisional)
            unused = "whether it counted is known when the console connects the next time"
            bound = await call.bind(binder, label, agent)
    except Refused as fault:
        if kept and fault.closing.reason in _OPENED_NOTHING:
            if before is None:
                store.forget(identity)
            else:
                store.store(before)
        raise PairingError(_why(fault)) from fault
    except TimeoutError as fault:
        raise PairingError(f"the Totebox at {ticket.address} did not answer in time; {unused}") from fault
    except (PspError, LinkDown, AgentError) as fault:
        raise PairingError(f"{fault}; {unused}") from fault
    else:
        name = store.free_name(bound.entity, provisional.totebox)
        final = replace(provisional.completed(bound), name=name)
        store.store(final)
        call.say(Bye())
        return final
    finally:
        call.close()
        await call.gone()


def _why(fault: "Refused") -> str:
    match fault.closing.reason:
        case ClosingReason.UNKNOWN_PEER:
            return "the Totebox does not know this ticket; it was issued by another one, or replaced: ask for a new one"
        case ClosingReason.TICKET_USED:
            return "the ticket was used before; a ticket works once: ask for a new one"
        case ClosingReason.TICKET_EXPIRED:
            return "the ticket has expired; it lives ten minutes: ask for a new one"
        case _:
            return f"the Totebox refused the pairing: {fault}"
