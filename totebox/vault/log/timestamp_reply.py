"""Requests and replies of RFC 3161 for checkpoints, and the names of the files that keep replies. Pure: nothing of a signature is verified.

ledger/timestamps/<log>-<size>.tsr      TimeStampResp over the SHA-256 of the file ledger/checkpoints/<size> (log `records`) or
                                        ledger/audit/checkpoints/<size> (log `audit`)
"""

import re
from dataclasses import dataclass

from totebox.vault.log.journal import AUDIT, RECORDS
from totebox.vault.places import TIMESTAMPS

LOGS = {"records": RECORDS, "audit": AUDIT}
MOST_BYTES = 1 << 18
"""Most bytes of a reply; one with its authority's certificates has some thousand."""
NAME = re.compile(r"(records|audit)-(0|[1-9][0-9]{0,19})\.tsr")

SHA256 = bytes.fromhex("0609608648016503040201")
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
"""Object identifiers, as DER."""
REQUEST = bytes.fromhex("30390201013031300d060960864801650304020105000420"), bytes.fromhex("0101ff")
"""TimeStampReq around a hash: version 1, messageImprint (SHA-256, hash), certReq TRUE. Without a nonce: an answer that is older proves
more, and the same head always makes the same request.
"""
SEQUENCE, INTEGER, OCTETS, TIME, EXPLICIT = 0x30, 0x02, 0x04, 0x18, 0xA0
GENERAL_TIME = re.compile(r"[0-9]{14}(?:\.[0-9]+)?Z")
NO_REPLY = "is no TimeStampResp in DER, as RFC 3161 has it"


@dataclass(frozen=True, slots=True)
class Token:
    """What a granted reply states, none of it verified: the hash that was stamped, and when."""

    imprint: bytes
    time: str


def request_bytes(imprint: bytes) -> bytes:
    """TimeStampReq of a SHA-256 (RFC 3161, 2.4.1)."""
    return REQUEST[0] + imprint + REQUEST[1]


def path_of(log: str, size: int) -> str:
    """The file that keeps the reply."""
    return f"{TIMESTAMPS}/{log}-{size}.tsr"


def checkpoint_of(log: str, size: int) -> str:
    """The file that was stamped."""
    return f"{LOGS[log].checkpoints}/{size}"


def read_reply(reply: bytes) -> Token:
    """What a TimeStampResp (DER) states: RFC 3161, 2.4.2. Nothing is verified.

    Raises:
        ValueError: it is none, the authority refused, or it stamps another kind of hash; the message says which.
    """
    try:
        status, *rest = _inside(_of(reply, SEQUENCE))
        said = int.from_bytes(_first(status, SEQUENCE, INTEGER), "big")
        if said > 1:
            raise ValueError(f"is a refusal: the authority granted nothing (status {said})")
        token = _inside(_of(rest[0], SEQUENCE))
        signed = _inside(_of(_of(token[1], EXPLICIT), SEQUENCE))
        content = _inside(_of(signed[2], SEQUENCE))
        info = _inside(_of(_of(_of(content[1], EXPLICIT), OCTETS), SEQUENCE))
        imprint, time = _inside(_of(info[2], SEQUENCE)), _of(info[4], TIME).decode("ascii")
        algorithm, digest = _inside(_of(imprint[0], SEQUENCE))[0], _of(imprint[1], OCTETS)
    except (IndexError, UnicodeDecodeError):
        raise ValueError(NO_REPLY) from None
    if (token[0], content[0]) != (SIGNED_DATA, TST_INFO) or not GENERAL_TIME.fullmatch(time):
        raise ValueError(NO_REPLY)
    if algorithm != SHA256 or len(digest) != 32:
        raise ValueError("stamps another kind of hash than SHA-256")
    day, clock = time[:8], time[8:14]
    return Token(digest, f"{day[:4]}-{day[4:6]}-{day[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}Z")


def _inside(data: bytes) -> list[bytes]:
    """The elements of the contents of a constructed element, each with all its bytes."""
    found, place = list[bytes](), 0
    while place < len(data):
        end = _span(data, place)[2]
        found.append(data[place:end])
        place = end
    return found


def _of(element: bytes, tag: int) -> bytes:
    """The contents of one element with this tag."""
    found, begin, end = _span(element, 0)
    if found != tag or end != len(element):
        raise ValueError(NO_REPLY)
    return element[begin:end]


def _first(element: bytes, outer: int, inner: int) -> bytes:
    return _of(_inside(_of(element, outer))[0], inner)


def _span(data: bytes, place: int) -> tuple[int, int, int]:
    """The tag of the element at `place`, and where its contents begin and end. Definite lengths of at most four bytes alone."""
    head = data[place : place + 2]
    if len(head) < 2 or head[0] & 31 == 31:
        raise ValueError(NO_REPLY)
    begin, size = place + 2, head[1]
    if size & 128:
        count = size & 127
        if not 1 <= count <= 4:
            raise ValueError(NO_REPLY)
        size, begin = int.from_bytes(data[begin : begin + count], "big"), begin + count
    if begin + size > len(data):
        raise ValueError(NO_REPLY)
    return head[0], begin, begin + size
