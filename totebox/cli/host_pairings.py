"""What `os-totebox` writes into the pairing journal on the host itself, whether or not the daemon runs.

The journal's lock keeps the two writers apart. Within a second the daemon sees that the journal grew, writes the audit
rows, and cuts the sessions of revoked pairings.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from protocol.schema.numbers import Role
from protocol.trust.keys import static_from_private
from totebox.clock import now_text, now_us
from totebox.config import Places
from totebox.errors import ConfigError
from totebox.gate.door import Standing
from totebox.gate.journal import Journal
from totebox.gate.names import safe_line
from totebox.gate.pairing_book import RequestRow, RequestState
from totebox.gate.pairings import Pairings
from totebox.gate.tickets import Issued, Issuer
from totebox.vault.life.home import check_open
from totebox.vault.log.keys import STATIC_KEY, load_key


def role_of(word: str) -> Role:
    """The role that a person typed. Raises ConfigError."""
    try:
        return Role[word.strip().upper()]
    except KeyError:
        names = ", ".join(role.name.lower() for role in sorted(Role, reverse=True))
        raise ConfigError(f"{word!r} is not a role; say one of {names}") from None


def issue_locally(root: Path, role: Role, label: str, address: str, person: str = "") -> Issued:
    """A ticket, recorded in the journal before it is shown. The daemon writes its audit row when it sees the record."""
    pairings = _open(root)
    static = static_from_private(load_key(root, STATIC_KEY))
    issuer = Issuer(pairings, static.public, lambda: address, os.urandom)
    return issuer.issue(
        role,
        safe_line(label, 128),
        now=now_text(),
        now_us=now_us(),
        user=f"uid {os.getuid()}",
        noted=False,
        person=safe_line(person, 128),
    )


def revoke_locally(root: Path, fingerprint: str, reason: str, *, last: bool = False) -> None:
    """End a pairing.

    Raises:
        ConfigError: none with that fingerprint is active, or it is the last ADMIN pairing and `last` is False.
    """
    pairings = _open(root)
    with pairings.writing():
        ended = pairings.by_key(fingerprint)
        if ended is None:
            raise ConfigError(f"no active pairing has the fingerprint {fingerprint}; see `os-totebox pairings {root}`")
        if pairings.book.is_last_admin(fingerprint) and not last:
            raise _no_admin_left(
                root, f"{fingerprint} is the last ADMIN pairing: without it", f"--revoke {fingerprint} --last"
            )
        pairings.revoke(fingerprint, safe_line(reason, 512), now_text(), noted=False)


def _no_admin_left(root: Path, because: str, command: str) -> ConfigError:
    """The refusal of a change after which no ADMIN could open a session; `command` is how it is done all the same."""
    return ConfigError(
        f"{because} nobody could command this Totebox; pair another ADMIN first (os-totebox pair {root} --role admin), "
        f"or say so: os-totebox pairings {root} {command}"
    )


def change_locally(root: Path, action: str, words: Sequence[str], *, last: bool = False, person: str = "") -> None:
    """Record what an operator on the host decides about pairings. The daemon writes the audit row when it sees the
    record. `person` uses the device that is approved. `last` allows a change after which no ADMIN could open a session.

    Raises:
        ConfigError: too few words, no device of that name is in that state, or no ADMIN could open a session afterwards.
    """
    if not words:
        raise ConfigError(
            f"say whom: os-totebox pairings {root} {action} FINGERPRINT (see `os-totebox pairings --help`)"
        )
    name, rest, pairings = words[0], " ".join(words[1:]), _open(root)
    match action:
        case "approve":
            _approve(root, pairings, name, rest, last=last, person=safe_line(person, 128))
        case "deny":
            asked = _asker(root, pairings, name)
            reason = safe_line(rest, 512)
            pairings.end_request(asked.wanted.fingerprint, RequestState.DENIED, reason, now=now_text(), noted=False)
        case "revoke":
            revoke_locally(root, name, rest, last=last)
        case "mark" | "unmark":
            _mark(root, pairings, name, action == "mark", last=last)
        case "name":
            label = safe_line(rest, 128)
            if pairings.by_key(name) is None:
                raise ConfigError(f"no active pairing has the fingerprint {name}; see `os-totebox pairings {root}`")
            if not label:
                raise ConfigError(f"say what it is called: os-totebox pairings {root} name {name} NAME")
            pairings.name(name, label, now=now_text(), noted=False)
        case _:
            _require(root, pairings, role_of(name), action == "require", last=last)


def _mark(root: Path, pairings: Pairings, name: str, hardware: bool, *, last: bool) -> None:
    """Record whether a device's key lives in hardware."""
    with pairings.writing():
        if pairings.by_key(name) is None:
            raise ConfigError(f"no active pairing has the fingerprint {name}; see `os-totebox pairings {root}`")
        needed = Role.ADMIN in pairings.book.required and pairings.book.is_last_admin(name)
        if needed and not hardware and not last:
            raise _no_admin_left(
                root, f"ADMIN needs a marked key here, and {name} is the last one: without it", f"unmark {name} --last"
            )
        pairings.mark(name, hardware, now=now_text(), noted=False)


def _require(root: Path, pairings: Pairings, role: Role, hardware: bool, *, last: bool) -> None:
    """Record whether a role needs marked keys."""
    with pairings.writing():
        if hardware and role is Role.ADMIN and not pairings.book.has_marked(role) and not last:
            raise ConfigError(
                "no ADMIN has a key that is marked as hardware: all of them would be locked out, and nobody could command this "
                f"Totebox; mark one first (os-totebox pairings {root} mark FINGERPRINT), or say so: "
                f"os-totebox pairings {root} require admin --last"
            )
        pairings.require(role, hardware, now=now_text(), noted=False)


def _approve(root: Path, pairings: Pairings, name: str, role_word: str, *, last: bool, person: str) -> None:
    """Approve a request. The operator has to name a role: the role in the request does not count by itself."""
    asked = _asker(root, pairings, name)
    if not role_word:
        raise ConfigError(f"say as what: os-totebox pairings {root} approve {name} {asked.wanted.role.name.lower()}")
    role, words = role_of(role_word), asked.words
    print_ = asked.wanted.fingerprint
    with pairings.writing():
        if role is not Role.ADMIN and pairings.book.is_last_admin(print_) and not last:
            raise _no_admin_left(
                root,
                f"{print_} is the last ADMIN pairing, and would become {role.name}:",
                f"approve {print_} {role.name.lower()} --last",
            )
        if not pairings.approve(print_, words, role, now=now_text(), now_us=now_us(), noted=False, person=person):
            raise ConfigError(f"the request of {name} is no longer pending; see `os-totebox pairings {root}`")


def _asker(root: Path, pairings: Pairings, name: str) -> RequestRow:
    """The pending request, named by its three words or by the device's fingerprint."""
    waiting = [row for key in pairings.book.requests if (row := pairings.pending(key, now_us())) is not None]
    found = [row for row in waiting if name in (row.words, row.wanted.fingerprint)]
    if len(found) != 1:
        raise ConfigError(f"no request called {name} is pending; see `os-totebox pairings {root}`")
    return found[0]


def pairing_lines(root: Path) -> Iterator[str]:
    """Open tickets and every pairing that was ever granted, as text."""
    pairings = _open(root)
    book = pairings.book
    for name, asked in book.requests.items():
        if asked.state is not RequestState.APPROVED:
            yield _request_line(name, asked, waits=pairings.pending(name, now_us()) is not None)
    for row in book.pairings.values():
        state = "paired" if row.standing is Standing.PAIRED else f"revoked {row.ended} {row.reason}".rstrip()
        label = row.pairing.label or "-"
        state += " (hardware)" if row.pairing.fingerprint in book.hardware else ""
        yield f"{row.pairing.fingerprint}  {row.pairing.role.name:<9}  {row.pairing.provider:<6}  {row.pairing.granted}  {label}  {state}"
    waiting = sum(1 for row in book.tickets.values() if row.state.value == "open" and row.expires_us > now_us())
    if not book.pairings or waiting:
        yield f"{len(book.pairings)} pairings, {waiting} unused tickets"
    if book.required:
        yield f"roles that need a key marked as hardware: {', '.join(role.name for role in sorted(book.required))}"


def _request_line(name: str, asked: RequestRow, *, waits: bool) -> str:
    """One line about a device that asks or asked, with the words that its screen shows too."""
    ended = asked.state if asked.state is not RequestState.PENDING else RequestState.EXPIRED
    state = f"pending, words {asked.words}" if waits else f"{ended.value} {asked.ended} {asked.reason}".rstrip()
    wanted = asked.wanted
    return f"{name}  {wanted.role.name:<9}  {wanted.provider:<6}  {asked.asked}  {wanted.label or '-'}  {state}"


def _open(root: Path) -> Pairings:
    check_open(root)
    pairings = Pairings(Journal(Places(root).pairings, root))
    pairings.refresh()
    return pairings
