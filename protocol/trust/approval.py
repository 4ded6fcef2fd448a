"""A confirmation at F12 that is signed: what a person approved, in one encoding that both sides build.

    the device key signs, integers big-endian:

    bytes  field
       13  "PSP-approve-1"
      1 2 n  subject's device key: algorithm, length, public
      1 n  intake: length, UTF-8
       32  SHA-256 of the original
       32  SHA-256 of the list
      1 n  account: length, UTF-8
      1 n  service: length, UTF-8
        1  whether it supersedes a record: 0 or 1
        8  the index of that record, where it does
      1 n  manner: length, "scripted" or nothing

    the list

        4  how many claims
           of each, by ascending number:
        8  number
      4 n  attribute, value, anchor: length, UTF-8, each
    8 8 8 8  place: line, page, start, end
      4 n  rule: length, UTF-8
        1  decision, a member of `Decision`

The authority signs what it shows; the subject builds the same from what it holds, and refuses where the signature is not the
session's device key's over it. The note of `input.seal` is not signed.
"""

import hashlib
from collections.abc import Iterable

from protocol.errors import LocalProtocolError
from protocol.schema.numbers import Decision
from protocol.schema.session import DeviceKey
from protocol.values import dataclass

PREFIX = b"PSP-approve-1"
SCRIPTED = "scripted"


@dataclass(frozen=True, slots=True)
class ListedClaim:
    """One claim as it stands in `input.claims`, and its answer."""

    number: int
    attribute: str
    value: str
    anchor: str
    line: int
    page: int
    start: int
    end: int
    rule: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person approved. `claims` are all of the document's; `supersedes` is the index of the record that it corrects."""

    intake: str
    sha256: bytes
    claims: tuple[ListedClaim, ...]
    account: str
    service: str
    supersedes: int | None


def manner_of(agent: str) -> str:
    """How a session is driven, by the agent in its Bind: `scripted`, or '' where a person has a keyboard."""
    return SCRIPTED if agent.endswith(SCRIPTED) else ""


def approval_bytes(approval: Approval, subject: DeviceKey, manner: str) -> bytes:
    """The bytes that the device key signs; `subject` is the device key of the Totebox.

    Raises:
        LocalProtocolError: a field cannot be encoded.
    """
    if len(approval.sha256) != 32:
        raise LocalProtocolError(f"an original's SHA-256 has 32 bytes, not {len(approval.sha256)}")
    supersedes = approval.supersedes
    return b"".join(
        (
            PREFIX,
            _number(subject.algorithm, 1) + _sized(subject.public, 2),
            _text(approval.intake, 1),
            approval.sha256,
            hashlib.sha256(claims_bytes(approval.claims)).digest(),
            _text(approval.account, 1),
            _text(approval.service, 1),
            b"\0" if supersedes is None else b"\1" + _number(supersedes, 8),
            _text(manner, 1),
        )
    )


def claims_bytes(claims: Iterable[ListedClaim]) -> bytes:
    """The list, by ascending number. Raises LocalProtocolError: a number stands twice, or a field cannot be encoded."""
    ordered = sorted(claims, key=lambda claim: claim.number)
    if len({claim.number for claim in ordered}) != len(ordered):
        raise LocalProtocolError("two claims of one document have the same number")
    return _number(len(ordered), 4) + b"".join(map(_claim, ordered))


def _claim(claim: ListedClaim) -> bytes:
    words = (_text(each, 4) for each in (claim.attribute, claim.value, claim.anchor))
    place = (_number(each, 8) for each in (claim.line, claim.page, claim.start, claim.end))
    return b"".join((_number(claim.number, 8), *words, *place, _text(claim.rule, 4), _number(claim.decision, 1)))


def _text(text: str, size: int) -> bytes:
    try:
        return _sized(text.encode("utf-8"), size)
    except UnicodeEncodeError as fault:
        raise LocalProtocolError(f"a text that is no UTF-8: {fault}") from fault


def _sized(data: bytes, size: int) -> bytes:
    return _number(len(data), size) + data


def _number(value: int, size: int) -> bytes:
    try:
        return value.to_bytes(size, "big")
    except OverflowError as fault:
        raise LocalProtocolError(f"{value} does not fit {size} bytes") from fault
