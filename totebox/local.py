"""What `os-totebox` does to the pairing journal on the host itself, whether or not the daemon runs.

The journal's lock keeps the two apart; the daemon sees within a second that the journal grew, writes the audit rows, and cuts
the sessions of what was revoked.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from protocol.schema.numbers import Role
from protocol.trust.keys import static_from_private
from totebox.clock import now_text, now_us
from totebox.config import Places
from totebox.errors import ConfigError
from totebox.gate.door import Standing
from totebox.gate.journal import Journal
from totebox.gate.names import safe_line
from totebox.gate.pairings import Pairings
from totebox.gate.tickets import Issued, Issuer
from totebox.vault.keys import STATIC_KEY, load_key


def role_of(word: str) -> Role:
    """The role that a person wrote. Raises ConfigError."""
    try:
        return Role[word.strip().upper()]
    except KeyError:
        names = ", ".join(role.name.lower() for role in sorted(Role, reverse=True))
        raise ConfigError(f"{word!r} is not a role; say one of {names}") from None


def issue_locally(root: Path, role: Role, label: str, address: str) -> Issued:
    """A ticket, recorded in the journal before it is shown; the audit log names it when the daemon sees it."""
    pairings = _open(root)
    static = static_from_private(load_key(root, STATIC_KEY))
    issuer = Issuer(pairings, static.public, lambda: address, os.urandom)
    return issuer.issue(
        role, safe_line(label, 128), now=now_text(), now_us=now_us(), user=f"uid {os.getuid()}", noted=False
    )


def revoke_locally(root: Path, fingerprint: str, reason: str) -> None:
    """End a pairing. Raises ConfigError where none of that fingerprint is active."""
    pairings = _open(root)
    if not pairings.revoke(fingerprint, safe_line(reason, 512), now_text(), noted=False):
        raise ConfigError(f"no active pairing has the fingerprint {fingerprint}; see `os-totebox pairings {root}`")


def pairing_lines(root: Path) -> Iterator[str]:
    """Open tickets and every pairing that was ever granted, as text."""
    book = _open(root).book
    for row in book.pairings.values():
        state = "paired" if row.standing is Standing.PAIRED else f"revoked {row.ended} {row.reason}".rstrip()
        label = row.pairing.label or "-"
        yield f"{row.pairing.fingerprint}  {row.pairing.role.name:<9}  {row.pairing.provider:<6}  {row.pairing.granted}  {label}  {state}"
    waiting = sum(1 for row in book.tickets.values() if row.state.value == "open" and row.expires_us > now_us())
    if not book.pairings or waiting:
        yield f"{len(book.pairings)} pairings, {waiting} unused tickets"


def _open(root: Path) -> Pairings:
    pairings = Pairings(Journal(Places(root).pairings))
    pairings.refresh()
    return pairings
