"""Signed notes, Merkle proofs and key turns, as the specification's section on logs has them. Every check raises AssertionError."""

import base64
import csv
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

COLUMNS = (
    "index", "time", "actor", "service", "kind", "subject", "path", "offset",
    "length", "sha256", "source", "supersedes", "audit", "command", "note",
)  # fmt: skip
TURN_KINDS = {("fs", "key"), ("audit", "KEY")}


class OfAnotherKey(Exception):
    """A row that another key signed."""


@dataclass(frozen=True)
class Checkpoint:
    """What a verified checkpoint says."""

    origin: str
    size: int
    root: bytes


def name_of(vkey: str) -> str:
    return vkey.split("+", 2)[0]


def verify_signed(text: str, name: str, blob: str, vkey: str) -> None:
    """`blob` is base64 of key id (4) and the signature of `vkey` over `text`."""
    key_name, key_id, key = vkey.split("+", 2)
    kind_and_public, signature = base64.b64decode(key), base64.b64decode(blob)
    assert hashlib.sha256(key_name.encode() + b"\n" + kind_and_public).digest()[:4].hex() == key_id
    assert (name, kind_and_public[:1]) == (key_name, b"\x01")
    if signature[:4].hex() != key_id:
        raise InvalidSignature
    Ed25519PublicKey.from_public_bytes(kind_and_public[1:]).verify(signature[4:], text.encode())


def verified(note: bytes, vkey: str) -> Checkpoint:
    """The checkpoint in `note`, signed by `vkey`; lines of other keys are skipped."""
    text, _, lines = note.decode().rpartition("\n\n")
    text += "\n"
    signatures = [line.removeprefix("— ").split(" ") for line in lines.splitlines()]
    key_id = bytes.fromhex(vkey.split("+", 2)[1])
    mine = [blob for name, blob in signatures if name == name_of(vkey) and base64.b64decode(blob)[:4] == key_id]
    assert mine, f"not signed by {vkey}"
    verify_signed(text, name_of(vkey), mine[0], vkey)
    origin, size, root = text.splitlines()[:3]
    assert origin == name_of(vkey)
    return Checkpoint(origin, int(size), base64.b64decode(root))


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def check_inclusion(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> None:
    """RFC 9162, 2.1.3.2."""
    assert index < size
    at, last, found = index, size - 1, hashlib.sha256(b"\x00" + leaf).digest()
    for step in path:
        assert last, "the path is too long"
        if at % 2 or at == last:
            found = node(step, found)
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            found = node(found, step)
        at, last = at // 2, last // 2
    assert last == 0 and found == root


def check_consistency(old: Checkpoint, new: Checkpoint, path: list[bytes]) -> None:
    """RFC 9162, 2.1.4.2."""
    assert 0 < old.size <= new.size and old.origin == new.origin
    if old.size == new.size:
        assert not path and old.root == new.root
        return
    steps = [old.root, *path] if old.size & (old.size - 1) == 0 else list(path)
    at, last = old.size - 1, new.size - 1
    while at % 2:
        at, last = at // 2, last // 2
    first = second = steps[0]
    for step in steps[1:]:
        assert last, "the path is too long"
        if at % 2 or at == last:
            first, second = node(step, first), node(step, second)
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            second = node(second, step)
        at, last = at // 2, last // 2
    assert (last, first, second) == (0, old.root, new.root)


def row_of(leaf: bytes) -> dict[str, str]:
    """The cells of a register row by column, without the guard before a formula."""
    (cells,) = csv.reader([leaf.decode()], strict=True)
    return {name: cell.removeprefix("'") for name, cell in zip(COLUMNS, cells, strict=True)}


def turned(leaf: bytes, index: int, vkey: str) -> str:
    """The key that follows `vkey` by this row. Raises OfAnotherKey where `vkey` did not sign it."""
    row = row_of(leaf)
    assert (row["service"], row["kind"]) in TURN_KINDS and int(row["index"]) == index
    assert name_of(row["subject"]) == name_of(vkey)
    statement = f"totebox key v1\n{vkey}\n{row['subject']}\n{index}\n"
    try:
        verify_signed(statement, name_of(vkey), row["note"], vkey)
    except InvalidSignature:
        raise OfAnotherKey from None
    return row["subject"]
