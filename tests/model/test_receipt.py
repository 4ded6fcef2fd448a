"""A receipt is checked, not believed: each lie is caught by its own verdict."""

import hashlib
from dataclasses import replace

import pytest

from console.model.input.receipt import receipt_text
from console.model.proofs import Expected, Verdict, check_receipt
from protocol.schema import Proof, Receipt
from protocol.trust.note import Signer, TreeHead, checkpoint_text
from protocol.trust.tlog import inclusion_path, leaf_hash, node_hash, root_hash

SHA = hashlib.sha256(b"the lease").digest()
ROW = f"2,2026-11-22T02:14:07.000000Z,SHA256:abc,minutebook,original,lease.pdf,assets/minutebook/a.pdf,0,9,{SHA.hex()},,1,5,aa,".encode()
LEAVES = [b"zero", b"one", ROW, b"three", b"four"]
SIGNER = Signer("acme-1234abcd", bytes(32))
VKEY = SIGNER.verifier.text()
GOOD = Expected(SHA, 9, hashed_here=True, supersedes=1)


def node(level: int, index: int) -> bytes:
    if level == 0:
        return leaf_hash(LEAVES[index])
    return node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))


def sign(root: bytes, signer: Signer = SIGNER) -> bytes:
    return signer.sign(checkpoint_text(TreeHead(SIGNER.verifier.name, len(LEAVES), root)))


def receipt() -> Receipt:
    size = len(LEAVES)
    return Receipt(1, 2, Proof(2, size, ROW, inclusion_path(2, size, node)), sign(root_hash(size, node)))


def failing(verdict: Verdict) -> list[str]:
    return [check.what for check in verdict.checks if check.holds is False]


def test_a_true_receipt_holds_in_every_point() -> None:
    """Signature, inclusion, row, SHA-256, size and correction are each said."""
    checked = check_receipt(receipt(), VKEY, "", GOOD)
    assert [check.what for check in checked.checks] == [
        "signed checkpoint",
        "inclusion proof",
        "register row",
        "SHA-256",
        "size",
        "correction",
    ]
    assert checked.holds


LIES = [
    (replace(receipt(), checkpoint=sign(bytes(32))), GOOD, ["inclusion proof"]),
    (
        replace(receipt(), checkpoint=sign(root_hash(5, node), Signer("acme-1234abcd", b"1" * 32))),
        GOOD,
        ["signed checkpoint"],
    ),
    (replace(receipt(), checkpoint=b"garbage"), GOOD, ["signed checkpoint"]),
    (replace(receipt(), index=3), GOOD, ["register row"]),
    (replace(receipt(), proof=replace(receipt().proof, leaf=ROW + b"x")), GOOD, ["inclusion proof"]),
    (replace(receipt(), proof=replace(receipt().proof, leaf=b"\xff")), GOOD, ["inclusion proof", "register row"]),
    (replace(receipt(), proof=replace(receipt().proof, path=())), GOOD, ["inclusion proof"]),
    (receipt(), replace(GOOD, sha256=bytes(32)), ["SHA-256"]),
    (receipt(), replace(GOOD, size=10), ["size"]),
    (receipt(), replace(GOOD, supersedes=0), ["correction"]),
    (receipt(), replace(GOOD, supersedes=None), ["correction"]),
]


@pytest.mark.parametrize(("receipt", "expected", "caught"), LIES)
def test_every_lie_is_caught_by_its_verdict(receipt: Receipt, expected: Expected, caught: list[str]) -> None:
    """One changed thing fails exactly the checks that it concerns."""
    checked = check_receipt(receipt, VKEY, "", expected)
    assert failing(checked) == caught
    assert not checked.holds


def test_without_a_key_nothing_is_claimed() -> None:
    """No vkey: the signature and the path are unknown, not good."""
    checked = check_receipt(receipt(), "", "")
    assert [check.holds for check in checked.checks] == [None, None, True]
    assert not checked.holds and checked.fault == "this console has no key of this Totebox yet"


def test_the_file_holds_the_row_and_the_proof() -> None:
    """What is saved can be checked by others: leaf, C2SP proof and the verdicts are in it."""
    text = receipt_text(check_receipt(receipt(), VKEY, "", GOOD), "Receipt of lease.pdf", ("account   4100",))
    assert ROW.decode() in text
    assert "c2sp.org/tlog-proof" in text
    assert "[✓] inclusion proof" in text
    assert "account   4100" in text
