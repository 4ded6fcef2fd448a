"""Signed notes: the example of the Go checksum database, byte for byte, and what is refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import NoteError, ProofError
from protocol.schema.envelope import Proof
from protocol.trust import note, tlog

VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNED = (
    TEXT
    + "\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
KEY = note.parse_vkey(VKEY)
SIGNER = note.Signer("acme-1a2b3c4d", b"\7" * 32)
HEAD = note.TreeHead("acme-1a2b3c4d", 5, b"\x11" * 32)


def test_the_published_note_opens() -> None:
    """The reference implementation's note verifies under its published key."""
    assert note.open_note(SIGNED, KEY) == TEXT


def test_the_published_note_is_made_byte_for_byte() -> None:
    """Ed25519 is deterministic: the same seed gives the published bytes."""
    assert note.Signer("PeterNeumann", SEED).sign(TEXT) == SIGNED


def test_a_vkey_reads_back() -> None:
    """The key's text form is the published one."""
    assert KEY.text() == VKEY and KEY.name == "PeterNeumann"


@pytest.mark.parametrize("cut", range(len(VKEY)))
def test_no_mangled_vkey_is_read(cut: int) -> None:
    """Cut off or mistyped anywhere: refused."""
    for mangled in (VKEY[:cut], VKEY[:cut] + chr(ord(VKEY[cut]) + 1) + VKEY[cut + 1 :]):
        with pytest.raises(NoteError):
            note.parse_vkey(mangled)


def test_a_key_of_another_algorithm_is_refused() -> None:
    """Only Ed25519 signs here."""
    with pytest.raises(NoteError, match="not an Ed25519 key"):
        note.parse_vkey("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")


@pytest.mark.parametrize("place", range(len(SIGNED)))
def test_no_bit_of_a_note_can_change(place: int) -> None:
    """One bit anywhere, and the note does not open."""
    bent = bytearray(SIGNED)
    bent[place] ^= 1
    with pytest.raises(NoteError):
        note.open_note(bytes(bent), KEY)


def test_signatures_of_others_are_ignored() -> None:
    """A witness may add its line; ours still counts, and theirs alone does not."""
    witness = note.Signer("witness.example", b"\1" * 32).sign(TEXT)
    both = SIGNED + witness[len(TEXT) + 1 :]
    assert note.open_note(both, KEY) == TEXT
    with pytest.raises(NoteError, match="not signed by"):
        note.open_note(witness, KEY)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_note_or_a_note_error(data: bytes) -> None:
    """Nothing else leaves the parser."""
    with pytest.raises(NoteError):
        note.open_note(data, KEY)


def test_a_checkpoint_says_what_was_signed() -> None:
    """Signed, verified, and equal."""
    signed = SIGNER.sign(note.checkpoint_text(HEAD))
    assert note.verify_checkpoint(signed, SIGNER.verifier) == HEAD == note.read_checkpoint(signed)


def test_a_checkpoint_of_another_origin_is_refused() -> None:
    """A key signs for one origin only: the log its name says."""
    signed = SIGNER.sign(note.checkpoint_text(note.TreeHead("other", 5, b"\x11" * 32)))
    with pytest.raises(NoteError, match="other"):
        note.verify_checkpoint(signed, SIGNER.verifier)


@pytest.mark.parametrize(
    "text",
    ["", "o\n1\n", "o\n01\nAAAA\n", "o\n-1\nAAAA\n", "\n1\nAAAA\n", "o\n1\nAAAA\n", "o\n1\nAAAA"],
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    """Missing lines, leading zeros, an empty origin, a short root."""
    with pytest.raises(NoteError):
        note.parse_checkpoint_text(text)


def test_a_receipt_is_proved_from_leaf_to_signature() -> None:
    """Leaf, path, root and signature are one chain."""
    leaf, other = b"row", tlog.leaf_hash(b"other")
    root = tlog.node_hash(tlog.leaf_hash(leaf), other)
    signed = SIGNER.sign(note.checkpoint_text(note.TreeHead("acme-1a2b3c4d", 2, root)))
    note.verify_receipt(Proof(0, 2, leaf, (other,)), signed, SIGNER.verifier)
    with pytest.raises(ProofError):
        note.verify_receipt(Proof(0, 2, b"raw", (other,)), signed, SIGNER.verifier)


@pytest.mark.parametrize("path", [(), (b"\1" * 32, b"\2" * 32)])
@pytest.mark.parametrize("extra", [b"", b"a row"])
def test_a_proof_file_reads_back(path: tuple[bytes, ...], extra: bytes) -> None:
    """The C2SP tlog-proof form, with and without hashes and an extra line."""
    proof = note.TlogProof(3, path, SIGNER.sign(note.checkpoint_text(HEAD)), extra)
    data = note.format_tlog_proof(proof)
    assert data.startswith(b"c2sp.org/tlog-proof@v1\n") and b"\nindex 3\n" in data
    assert note.parse_tlog_proof(data) == proof


@given(st.binary(max_size=200))
def test_any_bytes_are_a_proof_file_or_a_proof_error(data: bytes) -> None:
    """Nothing else leaves the parser."""
    with pytest.raises(ProofError):
        note.parse_tlog_proof(data)


@pytest.mark.parametrize("size", [1 << 64, 99_999_999_999_999_999_999])
def test_a_size_above_u64_is_no_checkpoint(size: int) -> None:
    """Twenty digits may be more than eight bytes hold."""
    text = f"acme\n{size}\n{base64.b64encode(bytes(32)).decode()}\n"
    with pytest.raises(NoteError):
        note.parse_checkpoint_text(text)
    assert note.parse_checkpoint_text(text.replace(str(size), str((1 << 64) - 1))).tree_size == (1 << 64) - 1


@pytest.mark.parametrize(
    ("index", "path"),
    [(1 << 64, (bytes(32),)), (1, (bytes(31),)), (1, (bytes(33),)), (1, (bytes(32),) * 65)],
)
def test_a_proof_file_of_what_cannot_be_is_refused(index: int, path: tuple[bytes, ...]) -> None:
    """An index above 2^64-1, a step that is no hash, a path that is longer than any tree is high."""
    with pytest.raises(ProofError):
        note.parse_tlog_proof(note.format_tlog_proof(note.TlogProof(index, path, b"note\n")))
