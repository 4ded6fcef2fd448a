"""An authority of its own: it was written from the specification and the vectors alone, and shares no code with `protocol/`.

It speaks over a Unix socket, does one thing at a time, and asserts what the subject must do.
"""

import base64
import hashlib
import hmac
import os
import socket
from contextlib import suppress
from dataclasses import dataclass, replace

import msgpack
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.protocol.stranger.keys import SSH_ED25519, to_sign, verify_device
from tests.protocol.stranger.noise import Cipher, Initiator
from tests.protocol.stranger.proofs import (
    Checkpoint,
    OfAnotherKey,
    check_consistency,
    check_inclusion,
    name_of,
    row_of,
    turned,
    verified,
)

BIND, COMMAND, CHUNK, ACK, PING, BYE = 0x01, 0x02, 0x03, 0x05, 0x06, 0x07
BOUND, RECEIPT, ROWS, PART, WANT, REFUSAL = 0x81, 0x82, 0x83, 0x84, 0x85, 0x86
TELEMETRY, GAP, PONG, CLOSING = 0x87, 0x88, 0x89, 0x8A
HEAD, PROVE, VERIFY, SUBSCRIBE, COSIGN, LIST, READ = 0x01, 0x02, 0x03, 0x04, 0x05, 0x10, 0x11
OFFER, ROUTE, DECIDE, ABANDON, SEAL = 0x20, 0x22, 0x23, 0x25, 0x2B
PAIR_ISSUE, LABEL_DEVICE = 0x40, 0x46
READS = {HEAD, PROVE, VERIFY, SUBSCRIBE, LIST, READ}
RECORDS, AUDIT = 1, 2
YES, NO, SKIP = 1, 2, 3
DECISIONS = {
    ("yes", ""): YES, ("no", ""): NO, ("skip", ""): SKIP,
    ("no", "misread"): 4, ("no", "wrong-kind"): 5, ("no", "duplicate"): 6, ("no", "irrelevant"): 7,
}  # fmt: skip
AGENT = "stranger/1 scripted"
CHUNK_BYTES = 16_384

Fields = list  # type: ignore[type-arg]  # what msgpack gives: any values
Row = dict[str, object]


class Refused(Exception):
    """A Refusal: code, reason, remedy."""

    def __init__(self, code: int, reason: str, remedy: str) -> None:
        super().__init__(f"{code}: {reason}; {remedy}")
        self.code = code


class Closed(Exception):
    """A Closing: reason, text."""


def pack(value: object) -> bytes:
    return msgpack.packb(value, use_bin_type=True)


def unpack(data: bytes) -> Fields:
    value = msgpack.unpackb(data, raw=False, strict_map_key=True)
    assert pack(value) == data, "another encoding than the one that a value has"
    return value


@dataclass(frozen=True)
class Ticket:
    """What a ticket holds."""

    subject: bytes
    secret: bytes
    ticket_id: bytes
    address: str

    @property
    def psk(self) -> bytes:
        """HKDF-SHA256 without salt: one block."""
        extracted = hmac.digest(bytes(32), self.secret, "sha256")
        return hmac.digest(extracted, b"PSP-ticket-1" + self.ticket_id + b"\x01", "sha256")


def _base32(text: str) -> bytes:
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8))


def read_ticket(text: str) -> Ticket:
    """Section 11. Raises AssertionError where the check does not match."""
    bare = "".join(text.split()).replace("-", "").lower()
    head, payload_text, check = bare.rsplit("/", 2)
    assert head == "psp://1"
    letters = str.maketrans("018", "olb")
    payload = _base32(payload_text.translate(letters))
    wanted = hashlib.sha256(b"PSP-ticket-check-1" + payload).digest()[:5]
    assert wanted == _base32(check.translate(letters))
    assert len(payload) == 62 + payload[61]
    return Ticket(payload[:32], payload[32:48], payload[48:56], payload[62:].decode())


@dataclass(frozen=True)
class Pairing:
    """What an authority keeps of a subject."""

    subject: bytes
    psk: bytes
    address: str
    subject_key: tuple[int, bytes] | None = None
    vkeys: tuple[str, ...] = ()
    """Of the record log and of the audit log."""


class Device:
    """The keys of one device."""

    def __init__(self) -> None:
        self.static, self.key = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()

    @property
    def fingerprint(self) -> str:
        public = self.key.public_key().public_bytes_raw()
        digest = hashlib.sha256(bytes((SSH_ED25519,)) + public).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    def pair(self, ticket_text: str) -> "Session":
        """Use a ticket. The session that comes of it is open, and `session.pairing` is to be kept."""
        ticket = read_ticket(ticket_text)
        return Session(self, Pairing(ticket.subject, ticket.psk, ticket.address), ticket.ticket_id)

    def open(self, pairing: Pairing) -> "Session":
        return Session(self, pairing)


class Session:
    """One session from the first byte to Bye."""

    def __init__(self, device: Device, pairing: Pairing, ticket_id: bytes = b"") -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(pairing.address.removeprefix("unix:"))
        self._send_cipher: Cipher
        self._receive_cipher: Cipher
        self._number, self._device = 0, device
        self.part_offset = 0
        """Where the last Part of the newest download began."""
        self._sizes: dict[int, int] = {}
        """The largest tree size seen of each log."""
        self.heard: list[tuple[int, Fields]] = []
        """Telemetry and Gaps, as they came."""
        self.pairing = self._shake(device, pairing, ticket_id)

    def close(self) -> None:
        """Bye, and what is answered."""
        self._say(BYE)
        try:
            while True:
                self._hear()
        except Closed as closed:
            assert closed.args[0] == 1, closed
        self._socket.close()

    # -- sections 2 to 4

    def _shake(self, device: Device, pairing: Pairing, ticket_id: bytes) -> Pairing:
        purpose = b"T" if ticket_id else b"S"
        preface = b"PSP1" + purpose + hashlib.sha256(pairing.subject).digest()
        handshake = Initiator(preface, device.static, X25519PrivateKey.generate(), pairing.subject)
        self._socket.sendall(preface + framed(handshake.write(ticket_id)))
        self._send_cipher, self._receive_cipher, bound_to, psk = handshake.read(self._frame(), pairing.psk)
        if ticket_id:
            pairing = replace(pairing, psk=psk)
        public = device.key.public_key().public_bytes_raw()
        signature = device.key.sign(to_sign(b"A", SSH_ED25519, public, bound_to))
        self._say(BIND, [SSH_ED25519, public], signature, "file", "stranger", AGENT)
        kind, self.bound = self._hear()
        assert kind == BOUND
        (algorithm, public), signature = self.bound[:2]
        verify_device(algorithm, public, signature, to_sign(b"S", algorithm, public, bound_to))
        assert pairing.subject_key in (None, (algorithm, public)), "another device key than the paired one"
        return replace(pairing, subject_key=(algorithm, public), vkeys=pairing.vkeys or (self.bound[5], self.bound[6]))

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self._socket.recv(size - len(data))
            if not piece:
                raise ConnectionError("the subject ended the stream")
            data += piece
        return data

    def _frame(self) -> bytes:
        return self._exactly(int.from_bytes(self._exactly(2), "big"))

    def _say(self, kind: int, *fields: object) -> None:
        self._socket.sendall(framed(self._send_cipher.seal(bytes((kind,)) + pack(fields))))

    def _hear(self) -> tuple[int, Fields]:
        plain = self._receive_cipher.open(self._frame())
        kind, fields = plain[0], unpack(plain[1:])
        if kind == CLOSING:
            raise Closed(*fields)
        return kind, fields

    # -- sections 6 and 7

    def ask(self, verb: int, *arguments: object, upload: bytes = b"", once: bytes | None = None) -> tuple[int, Fields]:
        """The answer of one command: Receipt, Rows, or the last Part with the bytes of all."""
        self._number += 1
        mine = self._number
        if once is None:
            once = b"" if verb in READS else os.urandom(16)
        self._say(COMMAND, mine, once, verb, pack(arguments), [])
        parts = b""
        while True:
            kind, fields = self._hear()
            if kind in (TELEMETRY, GAP):
                self.heard.append((kind, fields))
                continue
            assert fields[0] == mine, f"an answer to {fields[0]}"
            if kind == REFUSAL:
                raise Refused(*fields[1:])
            if kind == WANT:
                self._send_chunks(mine, upload, *fields[1:])
            elif kind == PART:
                parts += fields[2]
                self.part_offset = fields[1]
                self._say(ACK, mine, fields[1] + len(fields[2]))
                if fields[3]:
                    return kind, [mine, parts]
            else:
                return kind, fields

    def _send_chunks(self, command: int, data: bytes, offset: int, credit: int) -> None:
        while credit:
            piece = data[offset : offset + min(credit, CHUNK_BYTES)]
            offset, credit = offset + len(piece), credit - len(piece)
            self._say(CHUNK, command, offset - len(piece), piece, offset == len(data))

    def ping(self, number: int) -> None:
        """Pong with the same number; telemetry that was sent before is heard before."""
        self._say(PING, number)
        while True:
            kind, fields = self._hear()
            if kind == PONG:
                assert fields == [number]
                return
            self.heard.append((kind, fields))

    def until(self, topic: int) -> Fields:
        """The next telemetry on `topic`: its fields."""
        while True:
            for kind, fields in self.heard:
                if (kind, fields[0]) == (TELEMETRY, topic):
                    return fields
            self.heard.append(self._hear())

    def rows(self, verb: int, *arguments: object, upload: bytes = b"") -> list[Row]:
        """The rows of an answer by column."""
        return _rows(self._page(verb, *arguments, upload=upload))

    def _page(self, verb: int, *arguments: object, upload: bytes = b"") -> Fields:
        kind, fields = self.ask(verb, *arguments, upload=upload)
        assert kind == ROWS
        return fields

    def pages(self, table: str, query: str = "", limit: int = 100) -> list[list[Row]]:
        """Every page of a table: each goes on with the cursor of the one before."""
        pages, cursor, more = [], "", True
        while more:
            page = self._page(LIST, table, query, "", cursor, limit)
            pages.append(_rows(page))
            cursor, more = page[2], page[3]
        return pages

    # -- logs, heads and receipts

    def receipt(self, verb: int, log: int, *arguments: object, once: bytes = b"") -> tuple[int, dict[str, str]]:
        """(index, row) of the Receipt of a write, which holds and is of this device's own command."""
        once = once or os.urandom(16)
        kind, fields = self.ask(verb, *arguments, once=once)
        assert kind == RECEIPT
        index, row = self.proved(log, fields)
        assert row["command"].partition(":")[0] == once.hex() and row["actor"] == self._device.fingerprint
        return index, row

    def prove(self, log: int, index: int) -> dict[str, str]:
        """The row at `index`, proved."""
        kind, fields = self.ask(PROVE, log, index)
        assert kind == RECEIPT and fields[1] == index
        return self.proved(log, fields)[1]

    def proved(self, log: int, fields: Fields) -> tuple[int, dict[str, str]]:
        """Index and row of a Receipt of `log`."""
        _, index, (leaf_index, size, leaf, path), note = fields
        checkpoint, row = verified(note, self.pairing.vkeys[log - 1]), row_of(leaf)
        assert size == checkpoint.size >= self._sizes.get(log, 0)
        assert index == leaf_index == int(row["index"])
        check_inclusion(leaf, leaf_index, size, path, checkpoint.root)
        self._sizes[log] = size
        return index, row

    def head(self, log: int, seen: Checkpoint | None) -> Checkpoint:
        """The newest checkpoint of `log`, which follows from the one seen before."""
        (row,) = self.rows(HEAD, log, seen.size if seen else 0)
        new, path = verified(_bytes(row["checkpoint"]), self.pairing.vkeys[log - 1]), _bytes(row["path"])
        assert (row["tree_size"], row["root"]) == (new.size, new.root)
        if seen is None:
            assert path == b""
        else:
            check_consistency(seen, new, [path[at : at + 32] for at in range(0, len(path), 32)])
        return new

    def seal(self, intake: Row, account: str, service: str, once: bytes = b"") -> tuple[int, dict[str, str]]:
        """Confirm a document, every claim of which is decided: index and row of its record."""
        name = str(intake["intake"])
        claims = [row for page in self.pages("input.claims", f"intake:{name}") for row in page]
        signed = to_approve(
            self._subject_key(), name, _bytes(intake["sha256"]), list_of(claims), account, service, None, "scripted"
        )
        return self.receipt(SEAL, RECORDS, name, None, "sent by a stranger", self._device.key.sign(signed), once=once)

    def _subject_key(self) -> tuple[int, bytes]:
        assert self.pairing.subject_key is not None
        return self.pairing.subject_key

    def follow_keys(self) -> None:
        """Where Bound names other log keys than the pinned ones: follow the rows that the pinned keys signed."""
        shown = self.bound[5], self.bound[6]
        self.pairing = replace(self.pairing, vkeys=tuple(map(self._followed, (RECORDS, AUDIT), shown)))

    def _followed(self, log: int, shown: str) -> str:
        pinned = self.pairing.vkeys[log - 1]
        if pinned == shown:
            return pinned
        assert name_of(pinned) == name_of(shown), "another origin: pair anew"
        (row,) = self.rows(HEAD, log, 0)
        for index in map(int, str(row["turns"]).split()):
            _, (_, _, (leaf_index, size, leaf, path), note) = self.ask(PROVE, log, index)
            checkpoint = verified(note, shown)
            assert (leaf_index, size) == (index, checkpoint.size)
            check_inclusion(leaf, index, size, path, checkpoint.root)
            with suppress(OfAnotherKey):
                pinned = turned(leaf, index, pinned)
        assert pinned == shown
        return shown


def to_approve(
    subject: tuple[int, bytes],
    intake: str,
    sha256: bytes,
    listed: bytes,
    account: str,
    service: str,
    supersedes: int | None,
    manner: str,
) -> bytes:
    """What the device key signs of a confirmation."""
    replaced = b"\0" if supersedes is None else b"\1" + _number(supersedes, 8)
    return b"".join(
        (
            b"PSP-approve-1", _number(subject[0], 1), _sized(subject[1], 2), _sized(intake, 1), sha256,
            hashlib.sha256(listed).digest(), _sized(account, 1), _sized(service, 1), replaced, _sized(manner, 1),
        )
    )  # fmt: skip


def list_of(claims: list[Row]) -> bytes:
    """What is hashed of the claims that a confirmation is about: rows of `input.claims`."""
    parts = [_number(len(claims), 4)]
    for row in sorted(claims, key=lambda row: int(str(row["number"]))):
        parts.append(_number(row["number"], 8))
        parts += [_sized(str(row[name]), 4) for name in ("attribute", "value", "anchor")]
        parts += [_number(row[name], 8) for name in ("line", "page", "start", "end")]
        parts.append(_sized(str(row["rule"]), 4))
        parts.append(_number(DECISIONS.get((str(row["decision"]), str(row["because"])), 0), 1))
    return b"".join(parts)


def _number(value: object, size: int) -> bytes:
    assert isinstance(value, int)
    return value.to_bytes(size, "big")


def _sized(data: bytes | str, size: int) -> bytes:
    """The length in `size` bytes, then the bytes."""
    raw = data.encode() if isinstance(data, str) else data
    return _number(len(raw), size) + raw


def _bytes(cell: object) -> bytes:
    assert isinstance(cell, bytes)
    return cell


def framed(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def _rows(fields: Fields) -> list[Row]:
    _, (_, columns, rows), _, _ = fields
    names = [name for name, _, _ in columns]
    return [dict(zip(names, row, strict=True)) for row in rows]
