"""A key hands over to the next in a row that it signed, and in no other way."""

from dataclasses import replace

import pytest

from protocol.errors import NoteError
from protocol.trust.note import Signer
from protocol.trust.rotation import Turn, follow, read_turn, sign_turn

OLD, NEW = Signer("acme", b"\1" * 32), Signer("acme", b"\2" * 32)
TURN = Turn(7, NEW.verifier.text(), sign_turn(OLD, 7, NEW.verifier), False)


def row(kind: str = "key", service: str = "fs", subject: str = TURN.vkey, note: str = TURN.blob) -> bytes:
    return f"7,2030-01-01T00:00:00.000000Z,local,{service},{kind},{subject},,0,0,{'0' * 64},,,3,,{note}".encode()


def test_a_signed_turn_is_followed() -> None:
    """From the old key to the one that it names."""
    assert follow(OLD.verifier, TURN) == NEW.verifier


@pytest.mark.parametrize(
    "turn",
    [
        replace(TURN, index=8),
        replace(TURN, vkey=Signer("acme", b"\3" * 32).verifier.text()),
        replace(TURN, blob=sign_turn(NEW, 7, NEW.verifier)),
        replace(TURN, blob=""),
        replace(TURN, vkey="nonsense"),
        replace(TURN, restored=True),
    ],
)
def test_nothing_else_is_followed(turn: Turn) -> None:
    """Another index, key or signer; no signature; a restore."""
    with pytest.raises(NoteError):
        follow(OLD.verifier, turn)


def test_a_key_of_another_log_is_not_followed() -> None:
    """One origin keeps its name over all its keys."""
    other = Signer("other", b"\2" * 32).verifier
    with pytest.raises(NoteError):
        follow(OLD.verifier, Turn(7, other.text(), sign_turn(OLD, 7, other), False))


def test_rows_of_both_logs_are_read() -> None:
    """`key` and `restored` in the record log, in capitals in the audit log; a disarmed cell is taken as it was meant."""
    assert read_turn(row()) == TURN
    assert read_turn(row("KEY", "audit")) == TURN
    assert read_turn(row(note="'" + TURN.blob)) == TURN
    assert read_turn(row("restored")) == Turn(7, TURN.vkey, "", True)


@pytest.mark.parametrize(
    "leaf", [b"", b"\xff", b"7,x", row("original"), row("key", "people"), row("KEY"), row("key", "audit"), row() + b'"']
)
def test_other_rows_say_nothing_of_keys(leaf: bytes) -> None:
    """Nor do bytes that are no row."""
    found = read_turn(leaf)
    assert found is None or found.blob != TURN.blob
