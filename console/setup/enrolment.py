"""Pairing by ticket or by request, the list of pairings, and the address of a Totebox."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from console.agent import program
from console.errors import PairingError
from console.link.keyring import Keyring
from protocol.errors import TicketError
from protocol.schema import Requested
from protocol.schema.numbers import Role
from protocol.trust.keys import fingerprint
from protocol.trust.pairing import parse_ticket

if TYPE_CHECKING:
    from console.link.pairing import StoredPairing


def enrol(text: str, keyring: Keyring, label: str, name: str = "", agent: str = "") -> "StoredPairing":
    """Use the ticket `text`. The pairing is stored under `name`, else under its entity's name.

    Raises:
        PairingError: the ticket is mistyped, unknown, used or expired, or the Totebox cannot be reached; the message
            says which.
    """
    from console.link.pairing import pair

    try:
        ticket = parse_ticket(text)
    except TicketError as error:
        raise PairingError(str(error)) from error
    pairing = asyncio.run(
        pair(ticket, keyring.static(), keyring.binder(), label, agent or program("keyboard"), keyring)
    )
    named = replace(pairing, name=keyring.free_name(name or pairing.name, pairing.totebox))
    keyring.store(named)
    return named


def request_pairing(
    uri: str,
    keyring: Keyring,
    role: Role,
    label: str,
    name: str,
    say: Callable[[str], None],
    *,
    wait: bool,
    agent: str = "",
) -> "StoredPairing | None":
    """Ask the Totebox at `uri` for a pairing; `say` is called with the three words to compare. None where `wait` is
    False.

    Raises:
        PairingError: it cannot be reached, refuses, denies, or nobody decides; the message says which.
    """
    from console.link.request import ask_to_pair, await_decision

    static, binder = keyring.static(), keyring.binder()
    shown: list[Requested] = []

    def show(words: str, requested: Requested) -> None:
        shown.append(requested)
        say(f"{'asked':<13} {requested.entity} ({requested.kind})")
        say(f"{'its device':<13} {fingerprint(requested.key)}")
        say(f"{'this device':<13} {fingerprint(binder.key)}")
        say(f"{'compare':<13} {words}")
        say("An operator sees the same three words (F11, or: os-totebox pairings DIR). Other words: deny it.")

    def held(totebox: str) -> bool:
        return any(each.totebox == totebox and each.subject_key is not None for each in keyring.pairings())

    async def work() -> "StoredPairing | None":
        asked = await ask_to_pair(uri, static, binder, role, label, agent or program("keyboard"), show, keyring, held)
        if name:
            asked = replace(asked, name=keyring.free_name(name, asked.totebox))
            keyring.store(asked)
        if not wait:
            return None
        return await await_decision(asked, shown[-1].key, static, binder, label, agent or program("keyboard"), keyring)

    return asyncio.run(work())


def told(pairing: "StoredPairing", keyring: Keyring) -> list[str]:
    """What a person should know of a new pairing, and may compare with the Totebox's side."""
    theirs = fingerprint(pairing.subject_key) if pairing.subject_key else "not yet known"
    rows = [
        ("paired with", pairing.name),
        ("role granted", pairing.role.name if pairing.role else "not yet known"),
        ("address", pairing.uri),
        ("its device", theirs),
        ("this device", fingerprint(keyring.binder().key)),
    ]
    return [f"{label:<13} {value}" for label, value in rows]


def listing(keyring: Keyring) -> list[str]:
    """All pairings, one a line."""
    held = keyring.pairings()
    if not held:
        return ["no Totebox is paired; pair one with its ticket: os-console pair TICKET"]
    rows = [("NAME", "ROLE", "TOTEBOX", "ADDRESS")]
    rows += [(each.name, _role(each), each.totebox, each.uri) for each in held]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return ["  ".join([*(row[at].ljust(widths[at]) for at in range(3)), row[3]]) for row in rows]


def listed(keyring: Keyring) -> list[dict[str, str]]:
    """All pairings, for programs."""
    return [_plain(each) for each in keyring.pairings()]


def _role(pairing: "StoredPairing") -> str:
    return pairing.role.name if pairing.subject_key and pairing.role else "provisional"


def _plain(pairing: "StoredPairing") -> dict[str, str]:
    return {
        "totebox": pairing.totebox,
        "name": pairing.name,
        "uri": pairing.uri,
        "role": _role(pairing),
        "fingerprint": fingerprint(pairing.subject_key) if pairing.subject_key else "",
        "vkey": pairing.vkey,
        "audit_vkey": pairing.audit_vkey,
    }


def move(keyring: Keyring, name: str, uri: str) -> str:
    """Record where a Totebox now listens. Its keys are unchanged, so another Totebox at that address is refused."""
    moved = keyring.move(name, uri)
    return f"{moved.name} is dialed at {moved.uri} from now on"
