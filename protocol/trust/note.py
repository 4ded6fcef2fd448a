"""C2SP signed notes, verifier keys and checkpoints. Pure: Ed25519 over text.

    <text, ends in LF>
    LF
    U+2014 SP <key name> SP base64( key id (4) | Ed25519 signature (64) over <text> ) LF      one line a signature

key id = SHA-256(key name | LF | 0x01 | public key)[:4]. A verifier key (vkey) is `name+hex(key id)+base64(0x01 | public key)`.
The text of a checkpoint is origin LF, tree size in decimal LF, base64 root LF; ours has no further line.
"""

import base64
import binascii
import re
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol.errors import NoteError, ProofError
from protocol.schema.envelope import Proof
from protocol.schema.numbers import NoteKey
from protocol.trust.tlog import HASH_BYTES, MAX_PATH, MAX_SIZE, verify_proof
from protocol.values import dataclass

ED25519 = bytes((NoteKey.ED25519,))
MAX_NOTE_BYTES = 65_536
MAX_SIGNATURES = 100
DASH = "\u2014 "
NAME = re.compile(r"[^\s+\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name and the Ed25519 key (32 bytes) that signs under it."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def text(self) -> str:
        """The vkey, as it is printed, pinned and compared."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What a checkpoint says."""

    origin: str
    tree_size: int
    root: bytes


class Signer:
    """Signs notes under `name` with an Ed25519 private key of 32 bytes."""

    def __init__(self, name: str, private: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private)
        self.verifier = VerifierKey(_checked_name(name), self._key.public_key().public_bytes_raw())
        self._key_id = self.verifier.key_id

    def sign(self, text: str) -> bytes:
        """The note: `text` (not empty, ends in LF) and this key's signature line."""
        body = _checked_text(text).encode()
        blob = self._key_id + self._key.sign(body)
        return body + f"\n{DASH}{self.verifier.name} {base64.b64encode(blob).decode()}\n".encode()


def parse_vkey(text: str) -> VerifierKey:
    """Read a vkey.

    Raises:
        NoteError: it is malformed, not Ed25519, or its key id is another key's.
    """
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise NoteError("a verifier key is name+keyid+base64; this is not")
    raw = plain_base64(parts[2])
    if len(raw) != 33 or raw[:1] != ED25519:
        raise NoteError(f"the verifier key of {parts[0]!r} is not an Ed25519 key")
    key = VerifierKey(_checked_name(parts[0]), raw[1:])
    if key.key_id.hex() != parts[1]:
        raise NoteError(f"the key id of {parts[0]!r} is mistyped: {parts[1]!r} for {key.key_id.hex()}")
    return key


def open_note(note: bytes, key: VerifierKey) -> str:
    """The text of `note`, after the signature under `key` was verified. Signatures of other keys are ignored.

    Raises:
        NoteError: malformed, not signed by `key`, or the signature is wrong.
    """
    text, signatures = split_note(note)
    body = text.encode()
    mine = [blob for name, blob in signatures if name == key.name and blob[:4] == key.key_id]
    if not mine:
        raise NoteError(f"the note is not signed by {key.name} with key id {key.key_id.hex()}")
    public = Ed25519PublicKey.from_public_bytes(key.public)
    try:
        for blob in mine:
            public.verify(blob[4:], body)
    except InvalidSignature:
        raise NoteError(f"a signature of {key.name} on the note is wrong") from None
    return text


def checkpoint_text(head: TreeHead) -> str:
    """The text that is signed for `head`."""
    return f"{head.origin}\n{head.tree_size}\n{base64.b64encode(head.root).decode()}\n"


def parse_checkpoint_text(text: str) -> TreeHead:
    """Read the text of a checkpoint; extension lines are allowed and ignored.

    Raises:
        NoteError: fewer than three lines, an empty origin, a size with leading zeros or above 2^64-1, a root that is not 32 bytes.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise NoteError("a checkpoint has an origin, a tree size and a root, each on a line; this has not")
    if not re.fullmatch(r"0|[1-9][0-9]{0,19}", lines[1]) or int(lines[1]) > MAX_SIZE:
        raise NoteError(f"not a tree size: {lines[1]!r}")
    root = plain_base64(lines[2])
    if len(root) != HASH_BYTES:
        raise NoteError(f"a root of {len(root)} bytes")
    return TreeHead(lines[0], int(lines[1]), root)


def read_checkpoint(note: bytes) -> TreeHead:
    """What `note` says, WITHOUT verifying who says it.

    Raises:
        NoteError: malformed.
    """
    return parse_checkpoint_text(split_note(note)[0])


def verify_checkpoint(note: bytes, key: VerifierKey) -> TreeHead:
    """What the checkpoint `note` says, after its signature under `key` and its origin (the key's name) were verified.

    Raises:
        NoteError: malformed, of another origin, or not signed by `key`.
    """
    head = parse_checkpoint_text(open_note(note, key))
    if head.origin != key.name:
        raise NoteError(f"the checkpoint is of {head.origin!r}, not of {key.name!r}")
    return head


def verify_receipt(proof: Proof, note: bytes, key: VerifierKey) -> TreeHead:
    """Prove that `proof.leaf` is in the log that `key` signs, at the tree head that `note` states.

    Raises:
        NoteError, ProofError: as `verify_checkpoint` and `tlog.verify_proof`.
    """
    head = verify_checkpoint(note, key)
    verify_proof(proof, head.tree_size, head.root)
    return head


PROOF_LINE = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class TlogProof:
    """What a `.tlog-proof` file holds. `extra` is not authenticated: whoever uses it proves it first."""

    leaf_index: int
    path: tuple[bytes, ...]
    note: bytes
    extra: bytes = b""


def format_tlog_proof(proof: TlogProof) -> bytes:
    """The C2SP `.tlog-proof` file: the index, the audit path, and the checkpoint as signed."""
    extra = [f"extra {base64.b64encode(proof.extra).decode()}"] if proof.extra else []
    lines = [
        PROOF_LINE,
        *extra,
        f"index {proof.leaf_index}",
        *(base64.b64encode(step).decode() for step in proof.path),
        "",
    ]
    return "\n".join(lines).encode() + b"\n" + proof.note


def parse_tlog_proof(data: bytes) -> TlogProof:
    """Read a `.tlog-proof` file.

    Raises:
        ProofError: malformed, an index above 2^64-1, or a step of the path that is no hash.
    """
    head, blank, note = data.partition(b"\n\n")
    try:
        first, *rest = head.decode("ascii").split("\n")
        extra = plain_base64(rest.pop(0)[6:]) if rest and rest[0].startswith("extra ") else b""
        if not blank or first != PROOF_LINE or not rest or not re.fullmatch(r"index (0|[1-9][0-9]{0,19})", rest[0]):
            raise ProofError("not a tlog-proof file: it has another first line, or no index")
        index, path = int(rest[0][6:]), tuple(plain_base64(line) for line in rest[1:])
        if index > MAX_SIZE:
            raise ProofError(f"not a tlog-proof file: the index {index} is above 2^64-1")
        if len(path) > MAX_PATH or any(len(step) != HASH_BYTES for step in path):
            raise ProofError(f"not a tlog-proof file: its path is not at most {MAX_PATH} hashes of {HASH_BYTES} bytes")
        return TlogProof(index, path, note, extra)
    except (UnicodeDecodeError, NoteError) as error:
        raise ProofError(f"not a tlog-proof file: {error}") from None


def split_note(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """The text of a note and its signature lines as (name, key id and signature), none of them verified. Raises NoteError."""
    if len(note) > MAX_NOTE_BYTES:
        raise NoteError(f"a note of {len(note)} bytes")
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise NoteError("a note that is not UTF-8") from None
    if re.search(r"[\x00-\x09\x0b-\x1f]", whole):
        raise NoteError("a control character in a note")
    cut = whole.rfind("\n\n")
    if cut < 0 or not whole.endswith("\n"):
        raise NoteError("a note without a signature block")
    lines = whole[cut + 2 : -1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"a note with {len(lines)} signatures")
    return _checked_text(whole[: cut + 1]), [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    name, space, blob = line.removeprefix(DASH).partition(" ")
    if not line.startswith(DASH) or not space:
        raise NoteError("a malformed signature line in a note")
    raw = plain_base64(blob)
    if len(raw) < 5:
        raise NoteError("a signature that is too short in a note")
    return _checked_name(name), raw


def _checked_text(text: str) -> str:
    if not text.endswith("\n"):
        raise NoteError("the text of a note ends in a line feed; this does not")
    return text


def _checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise NoteError(f"not a key name: {name!r}")
    return name


def plain_base64(text: str) -> bytes:
    """The bytes of canonical base64. Raises NoteError."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise NoteError("bytes that are not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise NoteError("base64 that is not canonical")
    return raw
