"""The frozen vectors, read by the authority that was written from the specification alone."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.protocol.stranger.authority import (
    BIND,
    BOUND,
    COMMAND,
    SEAL,
    framed,
    list_of,
    pack,
    read_ticket,
    to_approve,
    unpack,
)
from tests.protocol.stranger.keys import SSH_ED25519, to_sign, verify_device
from tests.protocol.stranger.noise import Initiator, public_of
from tests.protocol.stranger.proofs import (
    Checkpoint,
    OfAnotherKey,
    check_consistency,
    check_inclusion,
    row_of,
    turned,
    verified,
)

VECTORS = Path(__file__).parents[2] / "vectors"
WORDS = Path(__file__).parents[3] / "protocol" / "trust" / "words.txt"
CLAIM = ("number", "attribute", "value", "anchor", "line", "page", "start", "end", "rule")


def _known(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def _steps(path: str) -> list[bytes]:
    raw = bytes.fromhex(path)
    return [raw[at : at + 32] for at in range(0, len(raw), 32)]


def test_its_handshake_is_the_one_of_the_vectors() -> None:
    """Message 1, the handshake hash, the pairing psk and the sealed Bind have the bytes of `session.json`."""
    known = _known("psp-1/session.json")
    raw = [bytes.fromhex(step["bytes"]) for step in known["steps"]]
    static, ephemeral, device = (
        bytes.fromhex(text)
        for text in (
            known["authority_static_private"],
            known["drawn"]["authority"][0],
            known["authority_device_private"],
        )
    )
    subject = public_of(X25519PrivateKey.from_private_bytes(bytes.fromhex(known["subject_static_private"])))
    preface = b"PSP1S" + hashlib.sha256(subject).digest()
    handshake = Initiator(
        preface, X25519PrivateKey.from_private_bytes(static), X25519PrivateKey.from_private_bytes(ephemeral), subject
    )
    assert preface + framed(handshake.write(b"")) == raw[0]
    send, receive, bound_to, psk = handshake.read(raw[1][2:], bytes.fromhex(known["psk"]))
    assert (bound_to.hex(), psk.hex()) == (known["handshake_hash"], known["pairing_psk"])
    key = Ed25519PrivateKey.from_private_bytes(device)
    public = key.public_key().public_bytes_raw()
    bind = [
        [SSH_ED25519, public],
        key.sign(to_sign(b"A", SSH_ED25519, public, bound_to)),
        *known["steps"][2]["says"][2:],
    ]
    assert framed(send.seal(bytes((BIND,)) + pack(bind))) == raw[2]
    assert receive.open(raw[3][2:])[0] == BOUND


def test_it_reads_the_ticket_of_the_vectors() -> None:
    """The fields and the psk of `ticket.json`; a changed letter of the payload does not pass the check."""
    known = _known("psp-1/ticket.json")
    ticket = read_ticket(known["text"])
    _, subject, secret, ticket_id, address, _ = known["ticket"]
    assert [each.hex() for each in (ticket.subject, ticket.secret, ticket.ticket_id)] == [
        each["hex"] for each in (subject, secret, ticket_id)
    ]
    assert (ticket.address, ticket.psk.hex()) == (address, known["psk"])
    assert read_ticket(known["text"].upper().replace("PSP://1/", " psp://1/ ")) == ticket
    with pytest.raises(AssertionError):
        read_ticket(known["text"].replace("aaaqea", "aaaqeb"))


def test_it_verifies_every_algorithm_of_a_device_key() -> None:
    """Each signature of `binders.json` is over the bytes that section 3 draws; with one bit changed none holds."""
    for known in _known("psp-1/binders.json"):
        algorithm, public = known["key"][0], bytes.fromhex(known["key"][1]["hex"])
        signature = bytes.fromhex(known["signature"])
        data = to_sign(known["side"].encode(), algorithm, public, bytes.fromhex(known["handshake_hash"]))
        assert data.hex() == known["signed"]
        verify_device(algorithm, public, signature, data)
        with pytest.raises(InvalidSignature):
            verify_device(algorithm, public, bytes((signature[0] ^ 1,)) + signature[1:], data)


def test_it_proves_inclusion_and_consistency() -> None:
    """Every proof of `proofs.json` holds, and none holds against another root."""
    known = _known("psp-1-joined/proofs.json")
    roots = [bytes.fromhex(root) for root in known["roots"]]
    for each in known["inclusion"]:
        leaf, path = bytes.fromhex(known["leaves"][each["index"]]), _steps(each["path"])
        check_inclusion(leaf, each["index"], each["tree_size"], path, roots[each["tree_size"]])
        with pytest.raises(AssertionError):
            check_inclusion(leaf + b"x", each["index"], each["tree_size"], path, roots[each["tree_size"]])
    for each in known["consistency"]:
        old, new = (Checkpoint("o", each[size], roots[each[size]]) for size in ("seen_size", "tree_size"))
        check_consistency(old, new, _steps(each["path"]))
        if old.size != new.size:
            with pytest.raises(AssertionError):
                check_consistency(Checkpoint("o", old.size, bytes(32)), new, _steps(each["path"]))


def test_it_follows_a_key_only_where_the_old_one_says_so() -> None:
    """Each case of `key-turns.json` leads to the key that is named there, or nowhere."""
    for known in _known("psp-1-joined/key-turns.json"):
        leaf, follows = bytes.fromhex(known["row"]), None
        with suppress(AssertionError, OfAnotherKey):
            follows = turned(leaf, known["index"], known["pinned"])
        if follows is not None:
            with suppress(AssertionError):
                head = verified(bytes.fromhex(known["checkpoint"]), follows)
                check_inclusion(leaf, known["index"], head.size, _steps(known["path"]), head.root)
        assert follows == known["follows"], known["what"]


def test_it_signs_what_a_confirmation_is_about() -> None:
    """List, signed bytes, Command and Receipt of `confirmations.json`."""
    for known in _known("psp-1-joined/confirmations.json"):
        device, subject = ((key[0], bytes.fromhex(key[1])) for key in (known["device"], known["subject"]))
        signature, sha256 = bytes.fromhex(known["signature"]), bytes.fromhex(known["sha256"])
        listed = _listed(known["claims"])
        assert listed.hex() == known["list"]
        signed = to_approve(
            subject,
            known["intake"],
            sha256,
            listed,
            known["account"],
            known["service"],
            known["supersedes"],
            known["manner"],
        )
        assert signed.hex() == known["signed"]
        verify_device(*device, signature, signed)
        command = bytes.fromhex(known["command"])
        _, once, verb, arguments, _ = unpack(command[1:])
        intake, supersedes, _, sent = unpack(arguments)
        assert (command[0], verb, intake, supersedes, sent) == (
            COMMAND, SEAL, known["intake"], known["supersedes"], signature,
        )  # fmt: skip
        _, index, (leaf_index, size, leaf, path), note = unpack(bytes.fromhex(known["receipt"])[1:])
        head = verified(note, known["vkey"])
        check_inclusion(leaf, leaf_index, size, path, head.root)
        assert (index, size, row_of(leaf)["command"]) == (leaf_index, head.size, once.hex())


def _listed(claims: list[list[Any]]) -> bytes:
    """`list_of` of claims whose last item is the number of the decision."""
    words = {1: ("yes", ""), 2: ("no", ""), 3: ("skip", ""), 4: ("no", "misread"), 5: ("no", "wrong-kind")}
    words |= {6: ("no", "duplicate"), 7: ("no", "irrelevant")}
    return list_of(
        [
            {**dict(zip(CLAIM, claim, strict=False)), "decision": words[claim[-1]][0], "because": words[claim[-1]][1]}
            for claim in claims
        ]
    )


def test_the_words_of_a_request() -> None:
    """Commitment and words of `requests.json`, from the file of the words."""
    words = WORDS.read_text(encoding="ascii").splitlines()
    for known in _known("psp-1-joined/requests.json")["requests"]:
        shaken, mine, theirs = (
            bytes.fromhex(known[name]) for name in ("handshake_hash", "authority_nonce", "subject_nonce")
        )
        assert hashlib.sha256(b"PSP-commit-1" + shaken + mine).hexdigest() == known["commitment"]
        digest = hashlib.sha256(b"PSP-words-1" + shaken + mine + theirs).digest()
        assert "-".join(words[byte] for byte in digest[:3]) == known["words"]
