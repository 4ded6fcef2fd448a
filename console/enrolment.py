"""Pairing by ticket, the list of pairings, and where a Totebox now listens."""

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from console.errors import PairingError
from console.link.keyring import Keyring
from protocol.errors import TicketError
from protocol.trust.keys import fingerprint
from protocol.trust.pairing import parse_ticket

if TYPE_CHECKING:
    from console.link.pairing import StoredPairing

AGENT = "os-console/0.1 keyboard"


def enrol(text: str, keyring: Keyring, label: str, name: str = "", agent: str = AGENT) -> "StoredPairing":
    """Use the ticket that `text` writes; the pairing is stored under `name`, else under its entity's.

    Raises:
        PairingError: the ticket is mistyped, unknown, used or expired, or the Totebox cannot be reached; says which.
    """
    from console.link.pairing import pair

    try:
        ticket = parse_ticket(text)
    except TicketError as error:
        raise PairingError(str(error)) from error
    pairing = asyncio.run(pair(ticket, keyring.static(), keyring.binder(), label, agent, keyring))
    named = replace(pairing, name=keyring.free_name(name or pairing.name, pairing.totebox))
    keyring.store(named)
    return named


def told(pairing: "StoredPairing", keyring: Keyring) -> str:
    """What a person should know of a new pairing, and may compare on the Totebox's side."""
    theirs = fingerprint(pairing.subject_key) if pairing.subject_key else "not yet known"
    rows = [
        ("paired with", pairing.name),
        ("role granted", pairing.role.name if pairing.role else "not yet known"),
        ("address", pairing.uri),
        ("its device", theirs),
        ("this device", fingerprint(keyring.binder().key)),
    ]
    return "\n".join(f"{label:<13} {value}" for label, value in rows)


def listing(keyring: Keyring, *, as_json: bool) -> str:
    """All pairings, one a line."""
    held = keyring.pairings()
    if as_json:
        return json.dumps([_plain(each) for each in held], ensure_ascii=False, indent=2)
    if not held:
        return "no Totebox is paired; pair one with its ticket: os-console pair TICKET"
    rows = [("NAME", "ROLE", "TOTEBOX", "ADDRESS")]
    rows += [(each.name, _role(each), each.totebox, each.uri) for each in held]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join("  ".join([*(row[at].ljust(widths[at]) for at in range(3)), row[3]]) for row in rows)


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
    """Say where a Totebox now listens; its keys are unchanged, so another one at that address is refused."""
    moved = keyring.move(name, uri)
    return f"{moved.name} is dialed at {moved.uri} from now on"
