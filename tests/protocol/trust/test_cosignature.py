"""cosignature/v1: another type of signature than a log's, with a time, over the same text."""

import base64
import re

import pytest

from protocol.errors import NoteError
from protocol.trust.cosignature import (
    MAX_TIME_S,
    Witness,
    file_name,
    name_of_file,
    parse_witness_key,
    verify_cosignature,
)
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


@pytest.mark.parametrize("name", ["", "..", "a b", "a+b", "-a", "/a", "a%2fb", "a\nb", "é", "x" * 129, "A" * 128])
def test_a_witness_is_a_word_or_a_url_without_schema(name: str) -> None:
    """Anything else is no name: a space, a plus, a control character, what a file name has no room for."""
    with pytest.raises(NoteError):
        Witness(name, b"\2" * 32)


@pytest.mark.parametrize("name", ["desk.example", "witness.example.com/w1", "w.example:8443/a~b/c_d", "Witness"])
def test_a_url_cosigns_and_is_part_of_a_file_name(name: str) -> None:
    """As C2SP recommends; its file has no slash, and its name is found again."""
    witness = Witness(name, b"\2" * 32)
    assert verify_cosignature(witness.cosign(NOTE, TIME_S), parse_witness_key(witness.key.text())) == (HEAD, TIME_S)
    assert re.fullmatch(r"[a-z0-9.%-]+", file_name(name)) and name_of_file(file_name(name)) == name


def test_two_names_are_two_files() -> None:
    """Also where a file system takes A for a; an older name is its own file name still."""
    names = ["a/b", "a.b", "a-b", "a_b", "A.b", "a%2fb", "a:b"]
    assert len({file_name(name).casefold() for name in names}) == len(names)
    assert file_name("desk-0a.example") == "desk-0a.example"


@pytest.mark.parametrize("time_s", [-1, 1 << 63, (1 << 64) - 1])
def test_a_time_that_is_no_time_is_refused(time_s: int) -> None:
    """Neither made nor believed, although the line is signed."""
    with pytest.raises(NoteError):
        WITNESS.cosign(NOTE, time_s)
    if time_s > 0:
        signed = Signer("any", b"\2" * 32).sign(f"cosignature/v1\ntime {time_s}\n{checkpoint_text(HEAD)}")
        signature = base64.b64decode(signed.decode().splitlines()[-1].rpartition(" ")[2])[4:]
        blob = base64.b64encode(WITNESS.key.key_id + time_s.to_bytes(8, "big") + signature).decode()
        with pytest.raises(NoteError, match="out of range"):
            verify_cosignature(NOTE + f"\u2014 {WITNESS.key.name} {blob}\n".encode(), WITNESS.key)
    assert WITNESS.cosign(NOTE, MAX_TIME_S)
