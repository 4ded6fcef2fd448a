"""Rotation of a log's key: a row of the log itself names the next key and is signed by the old one. Pure.

    the statement, signed by the old key under its name:

        totebox key v1
        <vkey of the old key>
        <vkey of the next key>
        <index of the row that states it>

The row (kind `key` in the record log, `KEY` in the audit log) carries the next vkey in its column `subject` and the base64 of
`key id (4) | signature (64)` in its column `note`. A program that pinned the old key needs that row and an inclusion proof of it; it then
accepts checkpoints of the next key. Nothing else changes a pinned key.
"""

import csv
from dataclasses import dataclass

from protocol.errors import NoteError
from protocol.trust.note import DASH, Signer, VerifierKey, open_note, parse_vkey

FIRST_LINE = "totebox key v1"
ROTATED, RESTORED = "key", "restored"
"""Kinds of rows of the record log; the audit log has `AuditKind.KEY` and `AuditKind.RESTORED`.

No earlier key signs a `restored` row."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A row that names a key: after entry `index`, `vkey` signs. `blob` is the old key's signature; '' for a restore."""

    index: int
    vkey: str
    blob: str
    restored: bool


def statement(old: VerifierKey, index: int, following: VerifierKey) -> str:
    """The text that the old key signs."""
    return f"{FIRST_LINE}\n{old.text()}\n{following.text()}\n{index}\n"


def sign_turn(old: Signer, index: int, following: VerifierKey) -> str:
    """The old key's signature of the next key, in the form for the column `note`."""
    note = old.sign(statement(old.verifier, index, following)).decode()
    return note.rstrip("\n").rpartition(" ")[2]


def follow(old: VerifierKey, turn: Turn) -> VerifierKey:
    """The key that follows `old`, after the row was verified.

    Raises:
        NoteError: the row is no rotation, names a key of another log, or `old` did not sign it.
    """
    if turn.restored:
        raise NoteError(
            f"entry {turn.index} says that the log was restored without its old key; {old.name} cannot vouch for it"
        )
    following = parse_vkey(turn.vkey)
    if following.name != old.name:
        raise NoteError(f"entry {turn.index} hands {old.name} over to a key of {following.name}")
    text = statement(old, turn.index, following)
    open_note(f"{text}\n{DASH}{old.name} {turn.blob}\n".encode(), old)
    return following


def read_turn(leaf: bytes) -> Turn | None:
    """The key that a row of either log names; None for a row of another kind.

    It verifies nothing: the caller needs a proof and `follow`.
    """
    try:
        cells = next(csv.reader([leaf.decode()], strict=True))
        index, service, kind, subject, note = int(cells[0]), cells[3], cells[4], cells[5], cells[14]
    except (UnicodeDecodeError, csv.Error, ValueError, IndexError, StopIteration):
        return None
    said = kind.lower()
    if (service, kind) not in (("fs", said), ("audit", said.upper())) or said not in (ROTATED, RESTORED):
        return None
    # A cell that a spreadsheet would take for a formula stands behind one apostrophe.
    vkey, blob = subject.removeprefix("'"), note.removeprefix("'")
    return Turn(index, vkey, blob if said == ROTATED else "", said == RESTORED)
