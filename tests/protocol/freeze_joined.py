"""Writes the vectors that joined version 1: `python -m tests.protocol.freeze_joined FOLDER`. A file is written once.

What two programs must agree on beyond single messages: how a log's key gives way to the next, proofs in a log, a confirmation from
the signature to its receipt, a request with its words, a refusal for each rule of a capability, terms, and closings.
Bytes are hex text. Private keys are 32 bytes of one number, which stands beside each.
"""

import csv
import io
import sys
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from protocol.schema import Block, Closing, Command, DeviceKey, List, Proof, Read, Receipt, Seal
from protocol.schema.note_fields import note_text
from protocol.schema.numbers import CLOCK_SKEW_S, ClosingReason, Decision, Op, RefusalCode, Role, Verb
from protocol.schema.terms import Term, encode_terms, parse_terms
from protocol.trust import tlog
from protocol.trust.approval import Approval, ListedClaim, approval_bytes, claims_bytes
from protocol.trust.capability import Body, Chain, Scope, attenuate, encode_body, mint, narrowed, revocation_ids
from protocol.trust.keys import FileBinder, fingerprint
from protocol.trust.note import Signer, TreeHead, checkpoint_text
from protocol.trust.rotation import sign_turn
from protocol.trust.words import WORDS, commitment, three_words
from protocol.wire.codec import encode, encode_args
from tests.protocol.freeze_vectors import write_missing

ORIGIN = "acme-holdings-0a1b2c3d"
NOW = 1_800_000_000_000_000
TIME = "2027-01-15T08:00:00.000000Z"
HOUR = 3_600_000_000


def row(*cells: object) -> bytes:
    """One row of a register: RFC 4180, without its LF."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(["" if cell is None else cell for cell in cells])
    return out.getvalue().encode()


class Tree:
    """A log over these leaves."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.leaves = leaves

    def node(self, level: int, index: int) -> bytes:
        if level == 0:
            return tlog.leaf_hash(self.leaves[index])
        return tlog.node_hash(self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))

    def root(self, size: int) -> bytes:
        return tlog.root_hash(size, self.node)

    def path(self, index: int, size: int) -> tuple[bytes, ...]:
        return tlog.inclusion_path(index, size, self.node)

    def checkpoint(self, signer: Signer, size: int) -> bytes:
        return signer.sign(checkpoint_text(TreeHead(signer.verifier.name, size, self.root(size))))


def proofs() -> object:
    """Every size up to 11: each leaf's inclusion, and consistency from each smaller size. `path` is its hashes end to end."""
    tree = Tree([f"leaf {number}".encode() for number in range(11)])
    inclusion, consistency = [], []
    for size in range(1, 12):
        for index in range(size):
            path = b"".join(tree.path(index, size)).hex()
            inclusion.append({"index": index, "tree_size": size, "path": path})
        for old in range(1, size):
            path = b"".join(tlog.consistency_path(old, size, tree.node)).hex()
            consistency.append({"seen_size": old, "tree_size": size, "path": path})
    return {
        "leaves": [leaf.hex() for leaf in tree.leaves],
        "roots": [tree.root(size).hex() for size in range(12)],
        "inclusion": inclusion,
        "consistency": consistency,
    }


def _key_row(index: int, kind: str, subject: str, note: str) -> bytes:
    return row(index, TIME, "local", "fs", kind, subject, "totebox.yaml", 0, 0, "", None, None, index, "", note)


def key_turns() -> object:
    """The old key (1) signs the row that names the next (2) at entry 2, and the next signs the head. Nobody known signs a restore."""
    old, following, stranger = (Signer(ORIGIN, bytes((number,)) * 32) for number in (1, 2, 3))
    found = []
    for what, kind, note, refused in (
        ("rotated", "key", sign_turn(old, 2, following.verifier), False),
        ("restored", "restored", "", True),
        ("signed by another key", "key", sign_turn(stranger, 2, following.verifier), True),
        ("signed for another entry", "key", sign_turn(old, 1, following.verifier), True),
    ):
        leaves = [row(index, TIME, "local", "fs", "entry", f"entry {index}") for index in range(2)]
        tree = Tree([*leaves, _key_row(2, kind, following.verifier.text(), note)])
        found.append(
            {
                "what": what,
                "pinned": old.verifier.text(),
                "row": tree.leaves[2].hex(),
                "index": 2,
                "tree_size": 3,
                "path": b"".join(tree.path(2, 3)).hex(),
                "checkpoint": tree.checkpoint(following, 3).hex(),
                "follows": None if refused else following.verifier.text(),
            }
        )
    return found


def _approvals() -> list[tuple[str, Approval, str]]:
    first = ListedClaim(0, "person", "Anna Å Lindqvist", "", 3, 1, 40, 56, "person 2", Decision.YES)
    second = ListedClaim(1, "amount", "1200.00", "Anna Å Lindqvist", 4, 1, 60, 67, "amount 1", Decision.NO)
    third = ListedClaim(2, "date", "2026-11-20", "", 5, 2, 80, 90, "date 3", Decision.SKIP)
    claims = (first, second, third)
    whole = Approval("0123456789abcdef", bytes(range(32)), claims, "4100", "minutebook", None)
    correcting = Approval("fedcba9876543210", bytes(32), (), "4100", "minutebook", 7)
    return [("by a person", whole, ""), ("a correction by a program", correcting, "scripted")]


def _claim(claim: ListedClaim) -> list[object]:
    place = (claim.line, claim.page, claim.start, claim.end)
    return [claim.number, claim.attribute, claim.value, claim.anchor, *place, claim.rule, int(claim.decision)]


def confirmations() -> object:
    """Totebox 200 and device 2: what is signed, the command, the row APPROVED, and the receipt of the original under log key 1."""
    subject, desk, log = FileBinder(b"\xc8" * 32), FileBinder(b"\2" * 32), Signer(ORIGIN, b"\1" * 32)
    found = []
    for what, approval, manner in _approvals():
        signed = approval_bytes(approval, subject.key, manner)
        seal = Seal(approval.intake, approval.supersedes, "a note", desk.sign(signed))
        verb, args = encode_args(seal)
        once, name = bytes(range(16)), fingerprint(desk.key)
        fields = (("approval", b64encode(signed).decode()), ("signature", b64encode(seal.signature).decode()))
        note = note_text(fields, "seal minutes.md") + (f" [{manner}]" if manner else "")
        approved = row(9, TIME, name, "audit", "APPROVED", approval.intake, *[None] * 7, once.hex(), note)
        path = "minutebook/0000/minutes-00010203.md"
        original = row(
            1, TIME, name, "minutebook", "original", "minutes.md", path, 0, 12, approval.sha256.hex(), None,
            approval.supersedes, 9, once.hex(), note_text((("account", approval.account),), "a note"),
        )  # fmt: skip
        tree = Tree([b"entry 0", original])
        receipt = Receipt(5, 1, Proof(1, 2, original, tree.path(1, 2)), tree.checkpoint(log, 2))
        found.append(
            {
                "what": what,
                "subject": [int(subject.key.algorithm), subject.key.public.hex()],
                "device": [int(desk.key.algorithm), desk.key.public.hex()],
                "intake": approval.intake,
                "sha256": approval.sha256.hex(),
                "claims": [_claim(claim) for claim in approval.claims],
                "account": approval.account,
                "service": approval.service,
                "supersedes": approval.supersedes,
                "manner": manner,
                "list": claims_bytes(approval.claims).hex(),
                "signed": signed.hex(),
                "signature": seal.signature.hex(),
                "command": encode(Command(5, once, verb, args, ())).hex(),
                "approved_row": approved.hex(),
                "receipt": encode(receipt).hex(),
                "vkey": log.verifier.text(),
            }
        )
    return found


def requests() -> object:
    """The commitment and the words of a request, for three handshakes; and the whole list of words, one for each byte."""
    found = []
    for number in range(3):
        h, a, s = bytes((number,)) * 32, bytes((number + 10,)) * 16, bytes((number + 20,)) * 16
        found.append(
            {
                "handshake_hash": h.hex(),
                "authority_nonce": a.hex(),
                "subject_nonce": s.hex(),
                "commitment": commitment(a, h).hex(),
                "words": three_words(h, a, s),
            }
        )
    return {"list": list(WORDS), "requests": found}


SUBJECT, READER, HUB, STRANGER = (FileBinder(bytes((number,)) * 32) for number in (200, 4, 5, 77))
SCOPE = Scope((Verb.LIST, Verb.READ), "", 0, 5, (), NOW, NOW + HOUR)


def _forced(chain: Chain, binder: FileBinder, holder: DeviceKey, scope: Scope) -> Chain:
    """`chain` and a block that a dishonest holder signs, whatever it says."""
    from protocol.trust.capability import _signed

    data = encode_body(Body(0, SUBJECT.key, holder, scope))
    return (*chain, Block(data, binder.sign(_signed(chain[-1].signature, data))))


def _to_hub(scope: Scope = SCOPE, **narrower: object) -> Chain:
    """Minted for the reader, handed to the hub."""
    return attenuate(mint(SUBJECT, READER.key, scope, 1), READER, HUB.key, narrowed(scope, **narrower), 0)


def refusals() -> object:
    """For each rule of section 14 at least one chain that breaks it and none before: what the subject refuses, and one that it takes.

    Totebox 200; paired are READER (4, role USER) and HUB (5, role INTERFACE); the session's device is HUB unless `peer` says otherwise.
    """
    good, listing = _to_hub(), List("minutebook.documents", "", "", "", 9)
    older = (Block(b"\1" + good[0].body[1:], good[0].signature), *good[1:])
    bent = (Block(good[0].body, good[0].signature[:-1] + bytes((good[0].signature[-1] ^ 1,))), *good[1:])
    minted = mint(SUBJECT, READER.key, SCOPE, 1)
    wider = _forced(minted, READER, HUB.key, narrowed(SCOPE, last_row=6))
    elsewhere = attenuate(mint(STRANGER, READER.key, SCOPE, 1), READER, HUB.key, SCOPE, 0)
    by_stranger = attenuate(mint(SUBJECT, STRANGER.key, SCOPE, 1), STRANGER, HUB.key, SCOPE, 0)
    skew = CLOCK_SKEW_S * 1_000_000
    late, early = NOW + HOUR + skew + 1, NOW - skew - 1
    offering = _to_hub(narrowed(SCOPE, verbs=(Verb.INPUT_TAKE, Verb.LIST)))
    no = RefusalCode.NOT_PERMITTED
    cases: list[tuple[int, str, Chain, object, RefusalCode | None, dict[str, object]]] = [
        (0, "taken", good, listing, None, {}),
        (1, "a body of version 1", older, listing, no, {}),
        (1, "a signature with one bit changed", bent, listing, no, {}),
        (1, "a block that widens the rows", wider, listing, no, {}),
        (1, "minted by another Totebox", elsewhere, listing, no, {}),
        (2, "shown by another device", good, listing, no, {"peer": 4}),
        (3, "a holder that is not paired", by_stranger, listing, RefusalCode.REVOKED, {}),
        (
            4,
            "the first block was revoked",
            good,
            listing,
            RefusalCode.REVOKED,
            {"revoked": revocation_ids(good)[0].hex()},
        ),
        (
            4,
            "the whole chain was revoked",
            good,
            listing,
            RefusalCode.REVOKED,
            {"revoked": revocation_ids(good)[1].hex()},
        ),
        (5, "after its end and the skew", good, listing, RefusalCode.EXPIRED, {"now_us": late}),
        (5, "before its beginning and the skew", good, listing, RefusalCode.EXPIRED, {"now_us": early}),
        (6, "a verb that the last block has not", _to_hub(verbs=(Verb.READ,)), listing, no, {}),
        (6, "a verb that the first holder's role does not permit", offering, None, no, {}),
        (7, "a record outside the rows", good, Read(6, 0), no, {}),
        (7, "bytes under columns", _to_hub(columns=("index",)), Read(1, 0), no, {}),
        (7, "a table of another service", _to_hub(service="people"), listing, no, {}),
        (7, "a search under a range", good, List("minutebook.documents", "lease", "", "", 9), no, {}),
        (7, "a record by its index under terms", _to_hub(terms=(Term("name", Op.IS, "a"),)), Read(1, 0), no, {}),
        (7, "a table that a term cannot ask", _to_hub(terms=(Term("size", Op.IS, 1),)), listing, no, {}),
    ]
    found = []
    for rule, what, chain, arguments, code, how in cases:
        verb, args = encode_args(arguments) if arguments else (Verb.INPUT_TAKE, b"\x91\xc4\x01n")
        once = b"" if arguments else bytes(range(16))
        command = encode(Command(7, once, verb, args, chain))
        found.append({"rule": rule, "what": what, "command": command.hex(), "code": code, **how})
    pairings = [{"device": 4, "role": int(Role.USER)}, {"device": 5, "role": int(Role.INTERFACE)}]
    return {"subject": 200, "pairings": pairings, "now_us": NOW, "peer": 5, "cases": found}


TERMS = (
    "state:live", "index:12", 'number:"12"', "index:>12", "name:Acme*", 'name:"Acme ""Holdings"""', "b:1 a:1", "state:live index:>12",
)  # fmt: skip


def terms() -> object:
    """Terms as people write them, and their bytes."""
    return [{"text": text, "bytes": encode_terms(parse_terms(text)).hex()} for text in TERMS]


def closings() -> object:
    """Closing with each reason."""
    return [{"reason": int(reason), "bytes": encode(Closing(reason, "why")).hex()} for reason in ClosingReason]


FILES: Mapping[str, Callable[[], object]] = {
    "proofs.json": proofs,
    "key-turns.json": key_turns,
    "confirmations.json": confirmations,
    "requests.json": requests,
    "capability-refusals.json": refusals,
    "terms.json": terms,
    "closings.json": closings,
}


def main() -> None:
    write_missing(Path(sys.argv[1]), FILES)


if __name__ == "__main__":
    main()
