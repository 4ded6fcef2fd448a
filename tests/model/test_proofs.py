"""Receipts are proved here: what holds, and every way in which it may not."""

from dataclasses import replace

import pytest

from console.model.proofs import Expected, check_consistency, check_receipt
from protocol.schema import Receipt
from protocol.schema.numbers import Log
from protocol.testing import MemoryLog
from protocol.trust import tlog
from protocol.trust.note import Signer
from tests.chassis.fake_totebox import add_row

VKEY = Signer("acme", bytes([1]) * 32).verifier.text()
AUDIT_VKEY = Signer("acme/audit", bytes([2]) * 32).verifier.text()


def log(size: int, name: str = "acme/audit", key: int = 2) -> MemoryLog:
    made = MemoryLog(Signer(name, bytes([key]) * 32))
    for number in range(size):
        add_row(made, kind="COMMAND", subject=f"row {number}")
    return made


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 33])
def test_every_leaf_of_every_size_is_proved(size: int) -> None:
    """The verdict holds, and the walked path ends in the signed root."""
    made = log(size)
    for index in range(size):
        verdict = check_receipt(made.receipt(index), VKEY, AUDIT_VKEY)
        assert verdict.holds and verdict.log is Log.AUDIT
        assert (verdict.steps[-1].gives if verdict.steps else verdict.leaf_hash) == verdict.root


def _leaf(receipt: Receipt) -> Receipt:
    return replace(receipt, proof=replace(receipt.proof, leaf=receipt.proof.leaf + b"x"))


def _path(receipt: Receipt) -> Receipt:
    return replace(receipt, proof=replace(receipt.proof, path=(bytes(32), *receipt.proof.path[1:])))


def _short(receipt: Receipt) -> Receipt:
    return replace(receipt, proof=replace(receipt.proof, path=receipt.proof.path[1:]))


def _index(receipt: Receipt) -> Receipt:
    return replace(receipt, index=receipt.index + 1)


def _size(receipt: Receipt) -> Receipt:
    return replace(receipt, proof=replace(receipt.proof, tree_size=receipt.proof.tree_size + 1))


def _note(receipt: Receipt) -> Receipt:
    return replace(receipt, checkpoint=b"not a note\n")


def _unsigned(receipt: Receipt) -> Receipt:
    return replace(receipt, checkpoint=log(5, key=9).note)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_leaf, "the path does not lead to the signed root"),
        (_path, "the path does not lead to the signed root"),
        (_short, "the path does not lead to the signed root"),
        (_index, "the receipt names entry 3, its proof entry 2"),
        (_size, "the path does not lead to the signed root"),
        (_note, "the checkpoint cannot be read"),
        (_unsigned, "the checkpoint is not signed by acme/audit"),
    ],
)
def test_a_spoiled_receipt_is_not_proved(spoil: "object", fault: str) -> None:
    """Each spoiled part is found and named."""
    assert callable(spoil)
    verdict = check_receipt(spoil(log(5).receipt(2)), VKEY, AUDIT_VKEY)
    assert not verdict.holds
    assert fault in verdict.fault


def test_a_leaf_that_is_another_row_is_not_proved() -> None:
    """A true proof of a leaf whose index is not the receipt's is refused: the row must name itself."""
    made = log(3)
    made.leaves[1] = made.leaves[2]
    assert "the leaf is not the row of entry 1" in check_receipt(made.receipt(1), VKEY, AUDIT_VKEY).fault


def test_the_origin_tells_which_key_must_have_signed() -> None:
    """A record receipt is held against the record log's key."""
    verdict = check_receipt(log(4, "acme", 1).receipt(0), VKEY, AUDIT_VKEY)
    assert verdict.holds and verdict.log is Log.RECORDS


def test_a_row_of_the_audit_log_is_no_document() -> None:
    """A true proof of an audit row does not pass where a row of the record log is expected."""
    verdict = check_receipt(log(4).receipt(0), VKEY, AUDIT_VKEY, Expected())
    assert verdict.fault == "the checkpoint is of the audit log, not of the records" and verdict.head is None


def test_consistency_is_checked_from_what_was_seen() -> None:
    """An extended log is consistent; another tree of that size is not."""
    made = log(9)
    old = replace(made.head, tree_size=4, root=tlog.root_hash(4, made.node))
    path = tlog.consistency_path(4, 9, made.node)
    assert check_consistency(old, made.note, AUDIT_VKEY, path) == ""
    assert "does not extend" in check_consistency(replace(old, root=bytes(32)), made.note, AUDIT_VKEY, path)
