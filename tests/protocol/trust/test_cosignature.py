"""cosignature/v1: another type of signature than a log's, with a time, over the same text."""

import base64

import pytest

from protocol.errors import NoteError
from protocol.trust.cosignature import Witness, parse_witness_key, verify_cosignature
from protocol.trust.note import Signer, TreeHead, checkpoint_text, parse_vkey, verify_checkpoint

LOG = Signer("acme-00000000", b"\1" * 32)
WITNESS = Witness("witness.example", b"\2" * 32)
HEAD = TreeHead("acme-00000000", 7, b"\3" * 32)
NOTE = LOG.sign(checkpoint_text(HEAD))
TIME_S = 1_900_000_000


def test_a_cosigned_checkpoint_verifies_for_both() -> None:
    """The log's signature and the witness's line stand in one note, and neither disturbs the other."""
    note = WITNESS.cosign(NOTE, TIME_S)
    assert verify_checkpoint(note, LOG.verifier) == HEAD
    assert verify_cosignature(note, parse_witness_key(WITNESS.key.text())) == (HEAD, TIME_S)


def test_the_message_is_the_one_of_the_specification() -> None:
    """`cosignature/v1`, the time, the text; key id over type 0x04; 8 bytes of time before the signature."""
    line = WITNESS.cosign(NOTE, TIME_S).decode().splitlines()[-1]
    blob = base64.b64decode(line.rpartition(" ")[2])
    assert len(blob) == 4 + 8 + 64
    assert blob[4:12] == TIME_S.to_bytes(8, "big")
    signed = Signer("any", b"\2" * 32).sign(f"cosignature/v1\ntime {TIME_S}\n{checkpoint_text(HEAD)}")
    assert base64.b64decode(signed.decode().splitlines()[-1].rpartition(" ")[2])[4:] == blob[12:]


@pytest.mark.parametrize("change", ["time", "text", "signature", "witness", "none"])
def test_what_differs_does_not_verify(change: str) -> None:
    """Another time, text or signature, another witness's key, or no line at all."""
    note, key = WITNESS.cosign(NOTE, TIME_S), WITNESS.key
    blob = bytearray(base64.b64decode(note.decode().splitlines()[-1].rpartition(" ")[2]))
    match change:
        case "time":
            blob[11] ^= 1
        case "signature":
            blob[-1] ^= 1
        case "text":
            note = note.replace(b"\n7\n", b"\n8\n")
        case "witness":
            key = Witness("witness.example", b"\4" * 32).key
        case "none":
            note = NOTE
    if change in ("time", "signature"):
        note = NOTE + f"\u2014 {WITNESS.key.name} {base64.b64encode(bytes(blob)).decode()}\n".encode()
    with pytest.raises(NoteError):
        verify_cosignature(note, key)


def test_a_logs_key_is_no_witnesss_key() -> None:
    """The types are kept apart, in both directions."""
    with pytest.raises(NoteError):
        parse_witness_key(LOG.verifier.text())
    with pytest.raises(NoteError):
        parse_vkey(WITNESS.key.text())


@pytest.mark.parametrize("name", ["", "Witness", "a/b", "..", "a b", "-a", "x" * 64])
def test_a_witness_has_a_name_that_is_a_file_name(name: str) -> None:
    """It is part of one."""
    with pytest.raises(NoteError):
        Witness(name, b"\2" * 32)
