"""The vectors that joined version 1: these bytes mean what they meant."""

import base64
import csv
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from protocol.errors import NoteError
from protocol.schema import Closing, Command, DeviceKey, Receipt, Seal
from protocol.schema.note_fields import read_note
from protocol.schema.numbers import Algorithm, ClosingReason, Decision
from protocol.schema.terms import decode_terms, encode_terms, parse_terms
from protocol.trust import tlog
from protocol.trust.approval import Approval, ListedClaim, approval_bytes, claims_bytes
from protocol.trust.keys import verify_device
from protocol.trust.note import parse_vkey, verify_checkpoint, verify_receipt
from protocol.trust.rotation import follow, read_turn
from protocol.trust.words import WORDS, commitment, three_words
from protocol.wire.codec import decode, decode_args, encode

FOLDER = Path(__file__).parents[1] / "vectors" / "psp-1-joined"
SUMS = {
    "capability-refusals.json": "0490ef1f1b68ca20e81cbfcdf7e1806d5f878887d2b8c8ef4fc9f7295aff5134",
    "closings.json": "90d544b39f12c8ec47e3c7e0766f5542a26878d242af59fe2383412321334210",
    "confirmations.json": "20e653741fea6d6c756250ae91a971cbd7fd0f1541e507659b18a482c9e1500f",
    "key-turns.json": "c68e38bb957aa345adbd111da3b362154b86af4084a3cc77a92956ed143714ef",
    "proofs.json": "39da8632a7f5fb075198dfaa224a6c5fb2d6ef30a43af337929b3a2e6b7e06e2",
    "requests.json": "cb3eebcb8ecefc9b251fc1731c7797dc13e2f3acf50076f0e69ace38f6144832",
    "terms.json": "ac75954d0846d4683e4bba060a909dcd117b6087fde82708747fff94d419e4f1",
}


def stored(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def hashes(path: str) -> list[bytes]:
    """The hashes of a path, which stand end to end."""
    data = bytes.fromhex(path)
    assert len(data) % 32 == 0
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def test_no_byte_of_the_folder_has_changed() -> None:
    """Each file has the hash that it had when it was frozen, and there is no other."""
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.iterdir()} == SUMS


def test_the_script_gives_the_same_again(tmp_path: Path) -> None:
    """Nothing in it is drawn at random."""
    subprocess.run(
        [sys.executable, "-m", "tests.protocol.freeze_joined", str(tmp_path)], check=True, cwd=FOLDER.parents[2]
    )
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in FOLDER.iterdir()
    }


def test_proofs() -> None:
    """Every leaf is in every tree that holds it, and every tree continues every smaller one; under another root none does."""
    given = stored("proofs.json")
    leaves, roots = (list(map(bytes.fromhex, given[name])) for name in ("leaves", "roots"))
    for one in given["inclusion"]:
        size, index, path = one["tree_size"], one["index"], hashes(one["path"])
        tlog.verify_inclusion(tlog.leaf_hash(leaves[index]), index, size, path, roots[size])
        with pytest.raises(tlog.ProofError):
            tlog.verify_inclusion(tlog.leaf_hash(leaves[index]), index, size, path, roots[size - 1])
    for one in given["consistency"]:
        old, size, path = one["seen_size"], one["tree_size"], hashes(one["path"])
        tlog.verify_consistency(old, size, path, roots[old], roots[size])
        with pytest.raises(tlog.ProofError):
            tlog.verify_consistency(old, size, path, roots[old - 1], roots[size])


@pytest.mark.parametrize("turn", stored("key-turns.json"), ids=lambda turn: turn["what"])
def test_key_turns(turn: dict[str, Any]) -> None:
    """Whoever pinned the old key follows to the next by a row that it signed for its very entry, and by no other."""
    pinned, leaf = parse_vkey(turn["pinned"]), bytes.fromhex(turn["row"])
    read = read_turn(leaf)
    assert read is not None and read.index == turn["index"]
    following = parse_vkey(read.vkey)
    head = verify_checkpoint(bytes.fromhex(turn["checkpoint"]), following)
    tlog.verify_inclusion(tlog.leaf_hash(leaf), turn["index"], turn["tree_size"], hashes(turn["path"]), head.root)
    if turn["follows"] is None:
        with pytest.raises(NoteError):
            follow(pinned, read)
    else:
        assert follow(pinned, read).text() == turn["follows"]


@pytest.mark.parametrize("one", stored("confirmations.json"), ids=lambda one: one["what"])
def test_confirmations(one: dict[str, Any]) -> None:
    """The list and the signed bytes are built from the fields; the device signed them; the receipt proves the original's row."""
    claims = tuple(ListedClaim(*fields[:-1], Decision(fields[-1])) for fields in one["claims"])
    subject, device = (DeviceKey(Algorithm(one[who][0]), bytes.fromhex(one[who][1])) for who in ("subject", "device"))
    approval = Approval(
        one["intake"], bytes.fromhex(one["sha256"]), claims, one["account"], one["service"], one["supersedes"]
    )
    signed, signature = bytes.fromhex(one["signed"]), bytes.fromhex(one["signature"])
    assert claims_bytes(claims).hex() == one["list"]
    assert approval_bytes(approval, subject, one["manner"]) == signed
    verify_device(device, signed, signature)
    command = decode(bytes.fromhex(one["command"]))
    assert isinstance(command, Command) and encode(command).hex() == one["command"]
    assert decode_args(command.verb, command.args) == Seal(one["intake"], one["supersedes"], "a note", signature)
    receipt = decode(bytes.fromhex(one["receipt"]))
    assert isinstance(receipt, Receipt) and receipt.id == command.id
    head = verify_receipt(receipt.proof, receipt.checkpoint, parse_vkey(one["vkey"]))
    assert one["sha256"] in receipt.proof.leaf.decode() and head.tree_size == 2


def test_an_approved_row_holds_what_was_signed() -> None:
    """Base64 in the fields of its note; the manner stands behind the words."""
    for one in stored("confirmations.json"):
        (cells,) = csv.reader([bytes.fromhex(one["approved_row"]).decode()])
        note = read_note(cells[14])
        assert base64.b64decode(note.fields["approval"]).hex() == one["signed"]
        assert base64.b64decode(note.fields["signature"]).hex() == one["signature"]
        assert cells[14].endswith("[scripted]") is (one["manner"] == "scripted")


def test_requests() -> None:
    """The words of three handshakes, and the list that they come from."""
    given = stored("requests.json")
    assert given["list"] == list(WORDS) and len(set(given["list"])) == 256
    for one in given["requests"]:
        h, a, s = (bytes.fromhex(one[name]) for name in ("handshake_hash", "authority_nonce", "subject_nonce"))
        assert commitment(a, h).hex() == one["commitment"] and three_words(h, a, s) == one["words"]


@pytest.mark.parametrize("one", stored("terms.json"), ids=lambda one: one["text"])
def test_terms(one: dict[str, str]) -> None:
    """As people write them, and as a capability carries them."""
    terms = parse_terms(one["text"])
    assert encode_terms(terms).hex() == one["bytes"] and decode_terms(bytes.fromhex(one["bytes"])) == terms


def test_closings() -> None:
    """Every reason has one, also those that nobody sends yet."""
    given = stored("closings.json")
    assert [one["reason"] for one in given] == [int(reason) for reason in ClosingReason]
    for one in given:
        assert decode(bytes.fromhex(one["bytes"])) == Closing(ClosingReason(one["reason"]), "why")


def test_every_rule_of_a_capability_has_a_refusal() -> None:
    """Which the subject's own gate answers: `tests/gate/test_capability_vectors.py`."""
    assert {one["rule"] for one in stored("capability-refusals.json")["cases"]} == set(range(8))
