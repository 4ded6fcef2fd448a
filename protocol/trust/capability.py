"""Capability: a delegated part of a pairing. It is a chain of at most four blocks, each narrower than the one before.

    signature of block n, by the holder of block n-1 (block 0: by the subject's device key), over
        "PSP-cap-1" 9 | SHA-256(signature of block n-1; of nothing for block 0) 32 | body of block n

    body, integers big-endian, every list sorted, one encoding a value:

    bytes  field
        1  version, 2
        1  depth: how many blocks may still follow
      1 2 n  subject's device key: algorithm, length, public
      1 2 n  holder's device key: algorithm, length, public
      1 n  verbs: count, a byte each, ascending, at least one
      1 n  service: length, UTF-8; empty: every service
      8 8  rows of the record log: first and last, inclusive
      1 (1 n)*  columns: count, each length and UTF-8, ascending; none: every column
      2 n  terms: length, then as `protocol.schema.terms` has them; none: every row
      8 8  not before and not after: microseconds since 1970

A chain is not a bearer token: its last holder must be the peer of the session. Revocation, roles and pairings are not in the chain; the
gate checks them.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import replace

from protocol.errors import CapabilityError, SignatureError
from protocol.schema.envelope import Block
from protocol.schema.numbers import (
    CLOCK_SKEW_S,
    MAX_CAPABILITY_BLOCKS,
    MAX_CAPABILITY_BODY_BYTES,
    Algorithm,
    Verb,
)
from protocol.schema.session import DeviceKey
from protocol.schema.terms import Term, decode_terms, encode_terms
from protocol.schema.verbs import VERBS
from protocol.trust.keys import Binder, fingerprint, verify_device
from protocol.values import dataclass

VERSION = 2
LAST_ROW = (1 << 64) - 1
SKEW_US = CLOCK_SKEW_S * 1_000_000
MAX_COLUMNS = 16
MAX_NAME_BYTES = 64
MAX_SERVICE_BYTES = 32
TEXT_PREFIX = "psp-cap:1:"

Chain = tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be done, to what, and when. `verbs`, `columns` and `terms` ascend; times are microseconds since 1970."""

    verbs: tuple[Verb, ...]
    service: str = ""
    first_row: int = 0
    last_row: int = LAST_ROW
    columns: tuple[str, ...] = ()
    not_before: int = 0
    not_after: int = LAST_ROW
    terms: tuple[Term, ...] = ()
    """Terms that rows of tables have to match, all of them."""

    @property
    def is_whole(self) -> bool:
        """Whether neither service, nor rows, nor columns, nor terms narrow it."""
        return not self.service and not self.columns and not self.terms and self.has_all_rows

    @property
    def has_all_rows(self) -> bool:
        return (self.first_row, self.last_row) == (0, LAST_ROW)

    def holds_row(self, index: int) -> bool:
        return self.first_row <= index <= self.last_row

    def holds_service(self, name: str) -> bool:
        return self.service in ("", name)

    def holds_column(self, name: str) -> bool:
        return not self.columns or name in self.columns


@dataclass(frozen=True, slots=True)
class Body:
    """The fields that the signature of one block covers."""

    depth: int
    subject: DeviceKey
    holder: DeviceKey
    scope: Scope


@dataclass(frozen=True, slots=True)
class Verified:
    """A chain whose signatures and narrowing are valid.

    `ids` are the revocation ids of each of its prefixes; the last is the whole chain's.
    """

    bodies: tuple[Body, ...]
    ids: tuple[bytes, ...]

    @property
    def scope(self) -> Scope:
        """The last block's: all others contain it."""
        return self.bodies[-1].scope

    @property
    def holders(self) -> tuple[DeviceKey, ...]:
        return tuple(body.holder for body in self.bodies)

    @property
    def id(self) -> bytes:
        return self.ids[-1]


def encode_body(body: Body) -> bytes:
    """The only encoding of `body`. Raises CapabilityError when a field is out of range."""
    _check(body)
    scope = body.scope
    out = bytes((VERSION, body.depth)) + _key(body.subject) + _key(body.holder)
    out += bytes((len(scope.verbs), *scope.verbs)) + _text(scope.service)
    out += scope.first_row.to_bytes(8, "big") + scope.last_row.to_bytes(8, "big")
    out += bytes((len(scope.columns),)) + b"".join(map(_text, scope.columns))
    terms = encode_terms(scope.terms)
    out += len(terms).to_bytes(2, "big") + terms
    out += scope.not_before.to_bytes(8, "big") + scope.not_after.to_bytes(8, "big")
    if len(out) > MAX_CAPABILITY_BODY_BYTES:
        raise CapabilityError(f"a block of {len(out)} bytes; at most {MAX_CAPABILITY_BODY_BYTES}")
    return out


def decode_body(data: bytes) -> Body:
    """Decode a body. Raises CapabilityError for any bytes that `encode_body` does not make."""
    if len(data) > MAX_CAPABILITY_BODY_BYTES:
        raise CapabilityError(f"a block of {len(data)} bytes; at most {MAX_CAPABILITY_BODY_BYTES}")
    reader = _Reader(data)
    version = reader.number(1)
    if version == 1:
        raise CapabilityError(
            "a block of version 1, which was in use before the first release only; have it granted again"
        )
    if version != VERSION:
        raise CapabilityError(f"a block of version {version}, which this program does not know")
    depth, subject, holder = reader.number(1), reader.key(), reader.key()
    try:
        verbs = tuple(Verb(number) for number in reader.take(reader.number(1)))
    except ValueError as fault:
        raise CapabilityError(f"a block names a verb that this program does not know: {fault}") from fault
    service, first, last = reader.text(), reader.number(8), reader.number(8)
    columns = tuple(reader.text() for _ in range(reader.number(1)))
    terms = decode_terms(reader.take(reader.number(2)))
    begins, ends = reader.number(8), reader.number(8)
    body = Body(depth, subject, holder, Scope(verbs, service, first, last, columns, begins, ends, terms))
    if encode_body(body) != data:
        raise CapabilityError("a block is not encoded as it must be")
    return body


def mint(binder: Binder, holder: DeviceKey, scope: Scope, depth: int) -> Chain:
    """Make block 0, for `holder`. The subject signs it, whose device key `binder` holds. Raises CapabilityError."""
    body = encode_body(Body(depth, binder.key, holder, scope))
    return (Block(body, binder.sign(_signed(b"", body))),)


def attenuate(chain: Chain, binder: Binder, holder: DeviceKey, scope: Scope, depth: int) -> Chain:
    """`chain` with one more block for `holder`, signed by its last holder, whose key `binder` holds.

    Raises:
        CapabilityError: `binder` is not its last holder, no further block may follow, or `scope` is wider than the chain.
    """
    if not chain or len(chain) >= MAX_CAPABILITY_BLOCKS:
        raise CapabilityError(f"a chain has 1 to {MAX_CAPABILITY_BLOCKS} blocks")
    before = decode_body(chain[-1].body)
    if before.holder != binder.key:
        raise CapabilityError(f"only its holder {fingerprint(before.holder)} can hand this capability on")
    following = Body(depth, before.subject, holder, scope)
    check_narrows(before, following)
    body = encode_body(following)
    return (*chain, Block(body, binder.sign(_signed(chain[-1].signature, body))))


def verify(chain: Chain, subject: DeviceKey) -> Verified:
    """Prove that `subject` minted this chain, that each holder signed the next block, and that each block only narrows.

    It does not check whether the chain is valid at present, whether the peer holds it, or whether it is revoked.

    Raises:
        CapabilityError: the message says which block is wrong, and how.
    """
    if not 1 <= len(chain) <= MAX_CAPABILITY_BLOCKS:
        raise CapabilityError(f"a chain has 1 to {MAX_CAPABILITY_BLOCKS} blocks, not {len(chain)}")
    bodies: list[Body] = []
    signer, signature = subject, b""
    for number, block in enumerate(chain):
        body = decode_body(block.body)
        if body.subject != subject:
            raise CapabilityError(f"block {number} is about another Totebox")
        if bodies:
            check_narrows(bodies[-1], body)
        try:
            verify_device(signer, _signed(signature, block.body), block.signature)
        except SignatureError as fault:
            raise CapabilityError(f"block {number} was not signed by {fingerprint(signer)}") from fault
        bodies.append(body)
        signer, signature = body.holder, block.signature
    return Verified(tuple(bodies), revocation_ids(chain))


def check_narrows(before: Body, after: Body) -> None:
    """Check that `after` is within `before`. Raises CapabilityError, which names the field that is wider."""
    old, new = before.scope, after.scope
    wider = {
        "subject": after.subject != before.subject,
        "depth": after.depth >= before.depth,
        "verbs": not set(new.verbs) <= set(old.verbs),
        "service": bool(old.service) and new.service != old.service,
        "first row": new.first_row < old.first_row,
        "last row": new.last_row > old.last_row,
        "columns": bool(old.columns) and not (new.columns and set(new.columns) <= set(old.columns)),
        "terms": not set(old.terms) <= set(new.terms),
        "not before": new.not_before < old.not_before,
        "not after": new.not_after > old.not_after,
    }
    for field, is_wider in wider.items():
        if is_wider:
            raise CapabilityError(f"a block may only narrow the one before, and this one widens its {field}")


def is_early(scope: Scope, now_us: int) -> bool:
    """Whether its window has not begun, a minute of skew allowed."""
    return now_us < scope.not_before - SKEW_US


def is_late(scope: Scope, now_us: int) -> bool:
    """Whether its window is over, a minute of skew allowed."""
    return now_us > scope.not_after + SKEW_US


def revocation_ids(chain: Sequence[Block]) -> tuple[bytes, ...]:
    """SHA-256 of the bodies so far, each with its length (2) before it; signatures are left out, for ECDSA's are malleable."""
    running, ids = hashlib.sha256(), list[bytes]()
    for block in chain:
        running.update(len(block.body).to_bytes(2, "big") + block.body)
        ids.append(running.digest())
    return tuple(ids)


def narrowed(scope: Scope, **fields: object) -> Scope:
    """`scope` with other fields, lists in order; whether it is narrower is for `check_narrows`. Raises CapabilityError: no terms."""
    other = replace(scope, **fields)  # type: ignore[arg-type]  # dataclasses.replace checks the names at run time
    terms = decode_terms(encode_terms(set(other.terms)))
    return replace(other, verbs=tuple(sorted(set(other.verbs))), columns=tuple(sorted(set(other.columns))), terms=terms)


def chain_text(chain: Chain) -> str:
    """A chain as one word of text: `psp-cap:1:` and base64url of its blocks (body length 2, body, signature length 1, signature)."""
    data = b"".join(
        len(each.body).to_bytes(2, "big") + each.body + bytes((len(each.signature),)) + each.signature for each in chain
    )
    return TEXT_PREFIX + base64.urlsafe_b64encode(data).decode().rstrip("=")


def parse_chain(text: str) -> Chain:
    """The chain that `text` writes; nothing of it is proved. Raises CapabilityError."""
    word = "".join(text.split())
    if not word.startswith(TEXT_PREFIX):
        raise CapabilityError(f"{text.strip()[:40]!r} is no capability: one begins with {TEXT_PREFIX}")
    packed = word.removeprefix(TEXT_PREFIX)
    try:
        data = base64.b64decode(packed + "=" * (-len(packed) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as fault:
        raise CapabilityError("the capability is mistyped or cut off; copy all of it") from fault
    reader, blocks = _Reader(data), list[Block]()
    while reader.left and len(blocks) < MAX_CAPABILITY_BLOCKS:
        body = reader.take(reader.number(2))
        blocks.append(Block(body, reader.take(reader.number(1))))
    if reader.left or not blocks or not all(block.body and block.signature for block in blocks):
        raise CapabilityError("the capability is mistyped or cut off; copy all of it")
    return tuple(blocks)


def _signed(previous: bytes, body: bytes) -> bytes:
    return b"PSP-cap-1" + hashlib.sha256(previous).digest() + body


def _check(body: Body) -> None:
    """Raises CapabilityError where a field cannot be."""
    scope = body.scope
    if not 0 <= body.depth < MAX_CAPABILITY_BLOCKS:
        raise CapabilityError(f"a depth of {body.depth}; it is 0 to {MAX_CAPABILITY_BLOCKS - 1}")
    if not scope.verbs or list(scope.verbs) != sorted(set(scope.verbs)):
        raise CapabilityError("verbs ascend, without repetition, and there is at least one")
    if strange := [verb.title for verb in scope.verbs if not VERBS[verb].delegable]:
        names = ", ".join(sorted(strange))
        raise CapabilityError(f"{names}: only a pairing can have these verbs, a capability cannot carry them")
    if len(scope.columns) > MAX_COLUMNS or list(scope.columns) != sorted(set(scope.columns)):
        raise CapabilityError(f"columns ascend, without repetition, and there are at most {MAX_COLUMNS}")
    if not 0 <= scope.first_row <= scope.last_row <= LAST_ROW:
        raise CapabilityError("the first row is not after the last, and both fit 64 bits")
    if not 0 <= scope.not_before < scope.not_after <= LAST_ROW:
        raise CapabilityError("the window begins before it ends, and both fit 64 bits")
    if decode_terms(encode_terms(scope.terms)) != scope.terms:
        raise CapabilityError("terms ascend as they are encoded")
    _check_names(scope)


def _check_names(scope: Scope) -> None:
    for text, most in ((scope.service, MAX_SERVICE_BYTES), *((name, MAX_NAME_BYTES) for name in scope.columns)):
        if not text.isascii() or len(text) > most or (text and not text.isprintable()):
            raise CapabilityError(f"{text[:40]!r} is not the name of a service or column")
    if "" in scope.columns:
        raise CapabilityError("a column without a name")


def _key(key: DeviceKey) -> bytes:
    if not 32 <= len(key.public) <= 256:
        raise CapabilityError(f"a device key of {len(key.public)} bytes")
    return bytes((key.algorithm,)) + len(key.public).to_bytes(2, "big") + key.public


def _text(text: str) -> bytes:
    return bytes((len(text),)) + text.encode("ascii")


class _Reader:
    """Takes bytes off the front; anything missing is a CapabilityError."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        if self.left < size:
            raise CapabilityError("a block is cut off")
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def text(self) -> str:
        try:
            return self.take(self.number(1)).decode("ascii")
        except UnicodeDecodeError as fault:
            raise CapabilityError("a name that is not ASCII") from fault

    def key(self) -> DeviceKey:
        number = self.number(1)
        try:
            algorithm = Algorithm(number)
        except ValueError as fault:
            raise CapabilityError(f"a device key of algorithm {number}") from fault
        return DeviceKey(algorithm, self.take(self.number(2)))
