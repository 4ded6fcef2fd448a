"""A signed confirmation: one encoding, and every field of it is under the signature."""

import base64
import hashlib
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from protocol.errors import LocalProtocolError
from protocol.schema.numbers import Algorithm, Decision
from protocol.trust.approval import Approval, ListedClaim, approval_bytes, claims_bytes, manner_of
from protocol.trust.keys import Binder, FileBinder
from tests.openssl import needs_openssl
from tests.protocol.binders import P256Binder, TokenBinder
from tests.protocol.specification import README

SUBJECT, OTHER = FileBinder(b"\1" * 32).key, FileBinder(b"\2" * 32).key
CLAIM = ListedClaim(0, "person", "Anna Å", "", 3, 1, 40, 46, "person 2", Decision.YES)
SECOND = replace(CLAIM, number=1, decision=Decision.SKIP)
APPROVAL = Approval("in-1", b"\7" * 32, (CLAIM, SECOND), "4100", "minutebook", None)


def test_the_bytes_of_an_approval() -> None:
    """Field by field, as the specification draws them."""
    key = b"\1\0\x20" + SUBJECT.public
    listed = hashlib.sha256(claims_bytes((CLAIM, SECOND))).digest()
    rest = b"\x044100" + b"\x0aminutebook"
    assert (
        approval_bytes(APPROVAL, SUBJECT, "")
        == b"PSP-approve-1" + key + b"\x04in-1" + b"\7" * 32 + listed + rest + b"\0\0"
    )
    superseding = approval_bytes(replace(APPROVAL, supersedes=258), SUBJECT, "scripted")
    assert superseding.endswith(rest + b"\1" + bytes(6) + b"\1\2" + b"\x08scripted")


def test_the_bytes_of_the_list() -> None:
    """How many, then each: number, attribute, value, anchor, place, rule, decision."""
    words = b"\0\0\0\6person" + b"\0\0\0\7Anna \xc3\x85" + b"\0\0\0\0"
    place = b"".join(each.to_bytes(8, "big") for each in (3, 1, 40, 46))
    assert claims_bytes((CLAIM,)) == b"\0\0\0\1" + bytes(8) + words + place + b"\0\0\0\x08person 2" + b"\1"


def test_the_order_of_the_list_is_by_number() -> None:
    """In whatever order the claims are held; two of one number are none."""
    assert claims_bytes((SECOND, CLAIM)) == claims_bytes((CLAIM, SECOND))
    with pytest.raises(LocalProtocolError, match="the same number"):
        claims_bytes((CLAIM, CLAIM))


CLAIMS = {
    "number": 5, "attribute": "email", "value": "Anna", "anchor": "Acme", "line": 4, "page": 2, "start": 41, "end": 47,
    "rule": "person 3", "decision": Decision.NO,
}  # fmt: skip
FIELDS = {
    "intake": "in-2", "sha256": b"\6" * 32, "claims": (CLAIM,), "account": "4101", "service": "fs", "supersedes": 1,
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), CLAIMS.items(), ids=CLAIMS)
def test_every_field_of_a_claim_is_signed(name: str, value: object) -> None:
    """Another value is another list."""
    other = replace(CLAIM, **{name: value})
    assert claims_bytes((other,)) != claims_bytes((CLAIM,))


@pytest.mark.parametrize(("name", "value"), FIELDS.items(), ids=FIELDS)
def test_every_field_is_signed(name: str, value: object) -> None:
    """Another document, another list, another destination, another record to supersede."""
    assert approval_bytes(replace(APPROVAL, **{name: value}), SUBJECT, "") != approval_bytes(APPROVAL, SUBJECT, "")


def test_the_totebox_and_the_manner_are_signed() -> None:
    """What was approved for one Totebox is nothing at another; what a program approved is not what a person did."""
    assert len({approval_bytes(APPROVAL, *how) for how in ((SUBJECT, ""), (OTHER, ""), (SUBJECT, "scripted"))}) == 3


def test_borders_cannot_move() -> None:
    """The same letters in another field are other bytes."""
    one = replace(APPROVAL, account="41", service="00minutebook")
    assert approval_bytes(one, SUBJECT, "") != approval_bytes(APPROVAL, SUBJECT, "")


@pytest.mark.parametrize(
    "approval",
    [replace(APPROVAL, sha256=b"short"), replace(APPROVAL, intake="x" * 256), replace(APPROVAL, supersedes=1 << 64),
     replace(APPROVAL, claims=(replace(CLAIM, line=-1),)), replace(APPROVAL, claims=(replace(CLAIM, value="\ud800"),))],
)  # fmt: skip
def test_what_cannot_be_encoded_is_not_signed(approval: Approval) -> None:
    """It is our own fault, and said to be."""
    with pytest.raises(LocalProtocolError):
        approval_bytes(approval, SUBJECT, "")


@pytest.mark.parametrize(
    ("agent", "manner"), [("os-console/1 scripted", "scripted"), ("os-console/1 keyboard", ""), ("", "")]
)
def test_a_program_is_told_by_its_agent(agent: str, manner: str) -> None:
    """As every row of the audit log about its commands says it."""
    assert manner_of(agent) == manner


def _der(signature: bytes) -> bytes:
    """r (32) and s (32) as a SEQUENCE of two INTEGERs."""
    numbers = b""
    for half in (signature[:32], signature[32:]):
        short = half.lstrip(b"\0") or b"\0"
        padded = b"\0" * (short[0] >> 7) + short
        numbers += b"\2" + bytes((len(padded),)) + padded
    return b"\x30" + bytes((len(numbers),)) + numbers


ED25519_DER, P256_DER = re.findall(r"`(30[0-9a-f]{20,})`", README.read_text(encoding="utf-8"))
"""What stands before the public bytes in the file of a key, as the specification writes it."""


@pytest.mark.parametrize(
    "binder",
    [FileBinder(b"\5" * 32), P256Binder(0x05_05), TokenBinder(b"\5" * 32)],
    ids=lambda each: each.key.algorithm.name,
)
@needs_openssl
def test_openssl_alone_verifies_a_signature(binder: Binder, tmp_path: Path) -> None:
    """Of each algorithm, by the specification's own words; and no other bytes."""
    message = approval_bytes(APPROVAL, SUBJECT, "")
    signature, public, prefix, more = binder.sign(message), binder.key.public, ED25519_DER, []
    if binder.key.algorithm is Algorithm.ECDSA_P256:
        signature, prefix, more = _der(signature), P256_DER, ["-digest", "sha256"]
    if binder.key.algorithm is Algorithm.SK_SSH_ED25519:
        message = hashlib.sha256(public[32:]).digest() + signature[64:] + hashlib.sha256(message).digest()
        signature, public = signature[:64], public[:32]
    coded = base64.b64encode(bytes.fromhex(prefix) + public).decode()
    (tmp_path / "key.pem").write_text(f"-----BEGIN PUBLIC KEY-----\n{coded}\n-----END PUBLIC KEY-----\n")
    (tmp_path / "signature").write_bytes(signature)
    (command,) = re.findall(r"`(openssl pkeyutl [^`]+)`", README.read_text(encoding="utf-8"))
    for bytes_, verified in ((message, True), (message + b"!", False)):
        (tmp_path / "approval").write_bytes(bytes_)
        done = subprocess.run([*command.split(), *more], cwd=tmp_path, capture_output=True, check=False)
        assert (done.returncode == 0) is verified, done.stderr
