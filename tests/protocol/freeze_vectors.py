"""Writes the frozen vectors of PSP version 1: `python -m tests.protocol.freeze_vectors FOLDER`. A file is written once.

What joined the version later stands in files of its own, so that no byte of an older one changes: the command writes those that
are not there yet, and touches none that is.

Every message, argument class and body with its smallest and a fuller value; what surrounds them (tickets, words, capabilities,
device keys); and four transcripts, byte by byte, with every secret that a second implementation needs to follow them.
Bytes are hex text under the key "hex"; classes are lists of their fields in order.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import partial
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from protocol.authority.connection import AuthorityConnection
from protocol.authority.request import RequestConnection
from protocol.capture import MAGIC, Record, write_record
from protocol.schema import ARGUMENTS, BODIES, MESSAGES, Bind, Command, Refusal, Request, Requested, Table
from protocol.schema.note_fields import note_text, read_note
from protocol.schema.numbers import REKEY_FRAMES, ClosingReason, Kind, Op, RefusalCode, Role, SignedBy, Topic, Verb
from protocol.schema.registry import Size, Span
from protocol.schema.terms import Term
from protocol.schema.waiting import stated_wait_s
from protocol.subject.connection import Asking, Compared, SubjectConnection
from protocol.testing import counted_entropy, make_bound, make_ends
from protocol.trust.capability import Scope, attenuate, chain_text, mint, narrowed, revocation_ids
from protocol.trust.cosignature import Witness
from protocol.trust.keys import FileBinder, binding, fingerprint, generate_static, key_text, totebox_id
from protocol.trust.note import Signer, TreeHead, checkpoint_text
from protocol.trust.pairing import Ticket, ticket_psk
from protocol.trust.words import commitment, three_words
from protocol.wire.codec import encode, encode_args, encode_body
from protocol.wire.frame import frame
from tests.protocol.binders import P256Binder, TokenBinder

JOINED = frozenset({Verb.COSIGN})
"""Verbs that came after `arguments.json` was written, together in `arguments-joined.json`."""
LATER = (Verb.PAIR_NAME, Verb.PEOPLE_CORRECT, Verb.MINUTEBOOK_LABEL, Verb.INPUT_SEAL)
"""Verbs that came after that: each has a file of its own, `arguments-VERB.json`. A new verb joins here."""
JOINED_TOPICS = frozenset({Topic.INTEGRITY})
"""Topics that came after `bodies.json` was written."""
TICKET_ID = b"ticket-1"
NOW = 1_800_000_000_000_000


def plain(value: object) -> object:
    """`value` as JSON holds it."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return [plain(getattr(value, each.name)) for each in fields(value)]
    return value


def sample(hint: Any, full: bool) -> Any:
    """The smallest value of a declared type, or a fuller one; the same at every run."""
    limit = None
    if get_origin(hint) is Annotated:
        hint, *limits = get_args(hint)
        limit = next((each for each in limits if isinstance(each, Size | Span)), None)
    arms = get_args(hint)
    if get_origin(hint) is tuple:
        least, most = (limit.least, limit.most) if isinstance(limit, Size) else (0, 8)
        if set(get_args(arms[0])) == {NoneType, bool, int, str, bytes}:
            return (None, True, -7, "cell", b"\x00\xff") if full else ()
        if full and isinstance(arms[0], type) and issubclass(arms[0], Enum):
            return tuple(arms[0])[: min(most, 3)]
        return tuple(sample(arms[0], full) for _ in range(min(most, max(least, 2)) if full else least))
    if NoneType in arms:
        return sample(next(arm for arm in arms if arm is not NoneType), full) if full else None
    return _scalar(hint, limit, full)


def _scalar(hint: Any, limit: Size | Span | None, full: bool) -> Any:
    if issubclass(hint, Enum):
        return list(hint)[-1 if full else 0]
    if hint is bool:
        return full
    if hint is int:
        return (limit.most if full else limit.least) if isinstance(limit, Span) else (70_000 if full else 0)
    size = (min(limit.most, max(limit.least, 9)) if full else limit.least) if isinstance(limit, Size) else 9 * full
    if hint is bytes:
        return bytes((200 + at) % 256 for at in range(size))
    if hint is str:
        return ("é" + "x" * (size - 2)) if full and size > 2 else "x" * size
    return made(hint, full)


def made(cls: type, full: bool) -> Any:
    """A value of a schema class."""
    if cls is Table:
        return _table(full)
    hints = get_type_hints(cls, include_extras=True)
    return cls(*(sample(hints[each.name], full) for each in fields(cls)))  # type: ignore[arg-type]  # a dataclass


def _table(full: bool) -> Table:
    from protocol.schema import Column, ColumnKind

    if not full:
        return Table("", (), ())
    columns = tuple(Column(kind.value, kind, "unit") for kind in list(ColumnKind)[:5])
    return Table("a.table", columns, ((None, True, -7, "cell", b"\x00\xff"), (1, 2, 3, "", b"")))


def numbered(registry: Mapping[Any, type], encoded: Callable[[Any], bytes]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for number, cls in sorted(registry.items()):
        for full in (False, True):
            value = made(cls, full)
            found.append(
                {"number": int(number), "name": cls.__name__, "value": plain(value), "bytes": encoded(value).hex()}
            )
    return found


def messages() -> object:
    return numbered(MESSAGES, encode)


def arguments(joined: bool = False) -> object:
    frozen = {verb: cls for verb, cls in ARGUMENTS.items() if (verb in JOINED) is joined and verb not in LATER}
    return numbered(frozen, lambda value: encode_args(value)[1])


def arguments_of(verb: Verb) -> object:
    return numbered({verb: ARGUMENTS[verb]}, lambda value: encode_args(value)[1])


STRANGE = (*range(0x26, 0x2C), 0x77, 0xFF)
"""Numbers that no verb had when `strange-verbs.json` was written: those that were kept, and others."""


def strange_verbs() -> object:
    """Commands with a number that a subject may not know: they decode to that number, whatever it knows."""
    commands = (Command(number, bytes(range(16)), number, b"\x91\x01", ()) for number in STRANGE)
    return [{"verb": command.verb, "bytes": encode(command).hex()} for command in commands]


def bodies(joined: bool = False) -> object:
    frozen = {topic: cls for topic, cls in BODIES.items() if (topic in JOINED_TOPICS) is joined}
    return numbered(frozen, lambda value: encode_body(value)[1])


def capabilities() -> object:
    """A chain of three, and the public keys that it goes by; private keys are 32 times 1, 2 and 3, and 4."""
    subject, desk, hub, last = (FileBinder(bytes((number,)) * 32) for number in (1, 2, 3, 4))
    scope = Scope((Verb.PROVE, Verb.LIST, Verb.READ), "minutebook", 10, 20, (), NOW, NOW + 3_600_000_000)
    chain = mint(subject, desk.key, scope, 2)
    chain = attenuate(chain, desk, hub.key, narrowed(scope, first_row=12, last_row=12), 1)
    terms = (Term("name", Op.STARTS, "Minutes"), Term("index", Op.ABOVE, 11))
    chain = attenuate(
        chain, hub, last.key, narrowed(scope, first_row=12, last_row=12, verbs=(Verb.LIST,), terms=terms), 0
    )
    return {
        "subject": plain(subject.key),
        "holders": [plain(each.key) for each in (desk, hub, last)],
        "chain": plain(chain),
        "text": chain_text(chain),
        "revocation_ids": [id_.hex() for id_ in revocation_ids(chain)],
    }


def tickets() -> object:
    ticket = Ticket(1, bytes(range(32)), bytes(range(16)), TICKET_ID, "tcp:box.example:7447", 1_800_000_000)
    return {"ticket": plain(ticket), "text": ticket.text(), "psk": ticket_psk(ticket).hex()}


def names() -> object:
    binder, static = FileBinder(b"\x05" * 32), generate_static(counted_entropy(5))
    h, a, s = bytes(32), b"a" * 16, b"s" * 16
    return {
        "device_key": plain(binder.key),
        "fingerprint": fingerprint(binder.key),
        "key_text": key_text(binder.key),
        "static_public": static.public.hex(),
        "totebox_id": totebox_id(static.public),
        "handshake_hash": h.hex(),
        "authority_nonce": a.hex(),
        "subject_nonce": s.hex(),
        "commitment": commitment(a, h).hex(),
        "words": three_words(h, a, s),
    }


def binders() -> object:
    """What a device key of each algorithm signs for either side, over a handshake hash of 32 bytes 7."""
    handshake_hash, found = b"\x07" * 32, []
    for binder in (FileBinder(b"\x05" * 32), P256Binder(0x05_05), TokenBinder(b"\x05" * 32)):
        for side in SignedBy:
            to_sign = binding(side, binder.key, handshake_hash)
            found.append(
                {
                    "algorithm": binder.key.algorithm.name,
                    "side": side.value.decode(),
                    "key": plain(binder.key),
                    "fingerprint": fingerprint(binder.key),
                    "handshake_hash": handshake_hash.hex(),
                    "signed": to_sign.hex(),
                    "signature": binder.sign(to_sign).hex(),
                }
            )
    return found


def rekeyed() -> object:
    """Sealed frames on either side of a new key, by the words of the specification alone: number, plain bytes, what travels."""
    key, plains = bytes(range(32)), (b"\x06\x91\x01", b"\x07\x90")
    last, frames = (1 << 64) - 1, []
    for number in (0, 1, REKEY_FRAMES - 1, REKEY_FRAMES, REKEY_FRAMES + 1, 2 * REKEY_FRAMES):
        present = key
        for _ in range(number // REKEY_FRAMES):
            present = ChaCha20Poly1305(present).encrypt(bytes(4) + last.to_bytes(8, "little"), bytes(32), None)[:32]
        nonce = bytes(4) + number.to_bytes(8, "little")
        sealed = ChaCha20Poly1305(present).encrypt(nonce, plains[number % 2], None)
        frames.append({"number": number, "plain": plains[number % 2].hex(), "frame": frame(sealed).hex()})
    return {"key": key.hex(), "frames": frames}


def recordings() -> object:
    """A `.psp` file with every record in it, smallest and fuller."""
    written = [made(cls, full) for cls in get_args(Record) for full in (False, True)]
    data = MAGIC + b"".join(write_record(1_000 * at, record) for at, record in enumerate(written))
    records = [{"name": type(record).__name__, "value": plain(record)} for record in written]
    return {"file": data.hex(), "records": records}


def witnesses() -> object:
    """A checkpoint, and the same with a witness's line; private keys are 32 bytes 1 (log) and 2 (witness)."""
    log, witness = Signer("totebox.example/acme", b"\x01" * 32), Witness("witness.example", b"\x02" * 32)
    note = log.sign(checkpoint_text(TreeHead("totebox.example/acme", 12, bytes(range(32)))))
    return {
        "note": plain(note),
        "vkey": log.verifier.text(),
        "witness": witness.key.text(),
        "time_s": NOW // 1_000_000,
        "cosigned": plain(witness.cosign(note, NOW // 1_000_000)),
    }


class Transcript:
    """Every byte of one connection, in order, and every secret behind it."""

    def __init__(self, purpose: str) -> None:
        self.ends = make_ends(3)
        self.draws = {"authority": counted_entropy(31), "subject": counted_entropy(32)}
        self.drawn: dict[str, list[str]] = {"authority": [], "subject": []}
        self.steps: list[dict[str, object]] = []
        self.purpose = purpose

    def entropy(self, who: str) -> Callable[[int], bytes]:
        def draw(size: int) -> bytes:
            data = self.draws[who](size)
            self.drawn[who].append(data.hex())
            return data

        return draw

    def step(self, by: str, says: object, data: bytes) -> bytes:
        self.steps.append({"by": by, "says": plain(says), "bytes": data.hex()})
        return data

    def told(self, **more: object) -> object:
        ends = self.ends
        return {
            "purpose": self.purpose,
            "authority_static_private": ends.authority.private.hex(),
            "subject_static_private": ends.subject.private.hex(),
            "authority_device_private": (counted(ends, 0)).hex(),
            "subject_device_private": (counted(ends, 1)).hex(),
            "psk": ends.psk.hex(),
            "drawn": self.drawn,
            "steps": self.steps,
            **more,
        }


def counted(ends: object, which: int) -> bytes:
    """The private bytes of the device keys that `make_ends(3)` draws after the two static keys."""
    draw = counted_entropy(3)
    return [draw(32) for _ in range(4)][2 + which]


def session(ticket_id: bytes) -> object:
    """Purposes S and T to the first command and its refusal."""
    made_of = Transcript("T" if ticket_id else "S")
    ends = made_of.ends
    authority = AuthorityConnection(
        ends.authority, ends.subject.public, ends.psk, made_of.entropy("authority"), 0.0, ticket_id=ticket_id
    )
    subject = SubjectConnection(ends.subject, made_of.entropy("subject"), 0.0)
    subject.receive_data(made_of.step("authority", "preface and message 1", authority.data_to_send()))
    subject.next_event()
    subject.admit(ends.psk, None)
    authority.receive_data(made_of.step("subject", "message 2", subject.data_to_send()))
    shaken = authority.next_event()
    key = ends.authority_binder.key
    bind = Bind(key, ends.authority_binder.sign(authority.to_sign(key)), "file", "desk", "test/1")
    authority.bind(bind)
    subject.receive_data(made_of.step("authority", bind, authority.data_to_send()))
    subject.next_event()
    key = ends.subject_binder.key
    signature = ends.subject_binder.sign(subject.to_sign(key))
    bound = replace(make_bound(key, signature, Role.USER), schema=bytes(32))
    subject.bound(bound)
    authority.receive_data(made_of.step("subject", bound, subject.data_to_send()))
    authority.next_event()
    command = Command(1, b"", Verb.HEAD, b"\x92\x01\x00", ())
    authority.send(command)
    subject.receive_data(made_of.step("authority", command, authority.data_to_send()))
    subject.next_event()
    refusal = Refusal(1, RefusalCode.NOT_FOUND, "no", "")
    subject.send(refusal)
    made_of.step("subject", refusal, subject.data_to_send())
    assert authority._channel is not None
    more = {"handshake_hash": authority._channel.handshake_hash.hex(), "ticket_id": ticket_id.hex()}
    return made_of.told(**more, pairing_psk=shaken.pairing_psk.hex())  # type: ignore[union-attr]  # Shaken


def turned_away() -> object:
    """An unknown device hears so under the zero psk."""
    made_of = Transcript("S")
    ends = made_of.ends
    authority = AuthorityConnection(ends.authority, ends.subject.public, ends.psk, made_of.entropy("authority"), 0.0)
    subject = SubjectConnection(ends.subject, made_of.entropy("subject"), 0.0)
    subject.receive_data(made_of.step("authority", "preface and message 1", authority.data_to_send()))
    subject.next_event()
    subject.turn_away(ClosingReason.UNKNOWN_PEER)
    made_of.step("subject", int(ClosingReason.UNKNOWN_PEER), subject.data_to_send())
    return made_of.told(ticket_id="")


def request() -> object:
    """Purpose R: Noise XX, the commitment, both nonces, the words."""
    made_of = Transcript("R")
    ends = made_of.ends
    device = RequestConnection(ends.authority, made_of.entropy("authority"), 0.0)
    subject = SubjectConnection(ends.subject, made_of.entropy("subject"), 0.0)
    subject.receive_data(made_of.step("authority", "preface and message 1", device.data_to_send()))
    subject.next_event()
    device.receive_data(made_of.step("subject", "message 2", subject.data_to_send()))
    shaken = device.next_event()
    made_of.step("authority", "message 3", third := device.data_to_send())
    key = ends.authority_binder.key
    asked = Request(
        key, ends.authority_binder.sign(device.to_sign(key)), "file", "desk", "test/1", Role.USER, device.commitment
    )
    device.request(asked)
    subject.receive_data(third + made_of.step("authority", asked, device.data_to_send()))
    assert isinstance(subject.next_event(), Asking)
    key = ends.subject_binder.key
    signature = ends.subject_binder.sign(subject.to_sign(key))
    requested = Requested(key, signature, "Acme Holdings", "corporation", b"subject's nonce!")
    subject.requested(requested)
    device.receive_data(made_of.step("subject", requested, subject.data_to_send()))
    device.next_event()
    subject.receive_data(made_of.step("authority", "Reveal", device.data_to_send()))
    compared = subject.next_event()
    assert isinstance(compared, Compared)
    subject.close(ClosingReason.PENDING, "wait")
    made_of.step("subject", [int(ClosingReason.PENDING), "wait"], subject.data_to_send())
    assert device._channel is not None
    more = {"handshake_hash": device._channel.handshake_hash.hex(), "words": compared.words}
    return made_of.told(**more, pairing_psk=shaken.pairing_psk.hex())  # type: ignore[union-attr]  # Shaken


WAITS = (
    "wait 1 s",
    "wait 60 s, then ask again",
    "wait 86400 s, then verify again",
    "wait 99999 s",
    "wait 0 s",
    "wait 01 s",
    "wait 100000 s",
    "wait 1 second",
    "Wait 1 s",
    "wait 1 s.",
    "please wait 1 s",
    "wait for an answer, then ask again",
    "",
)


def waits() -> object:
    """Remedies of TOO_MANY and the seconds that they state; null where they state none."""
    return [{"remedy": remedy, "wait_s": stated_wait_s(remedy)} for remedy in WAITS]


WRITTEN_NOTES: tuple[tuple[tuple[tuple[str, str], ...], str], ...] = (
    ((("account", "1200"), ("media", "application/pdf")), ""),
    ((("account", "1200"), ("media", "application/pdf")), "corrects the second page"),
    ((("pages", "3"),), ""),
    ((), "pages=9"),
    ((("account", "1200; media=x"), ("media", "a%b=c")), "v=2; account=7"),
    ((("path", "assets/\u202eevil\n"),), "e\u0301 \u00e9"),
    ((("a", "\u0338"),), ""),
    ((("scope", "full"),), "every byte, row, tile, root and signature agrees"),
)
OLDER_NOTES = (
    "",
    "account=1200, media=text/markdown, note=a, b",
    "account=1200, media=text/plain",
    "account=, media=text/plain",
    "account=1, media=x, note=pages=9",
    "pages=3",
    "torn by a crash",
    "two; words",
    "finding=1/20; run=5f; scope=full; path=a%3Bb; remedy=r",
    "scope=full; text=every byte",
    "2 findings; the first: damage a=b",
)
BROKEN_NOTES = (
    "v=2",
    "v=2; ",
    "v=2; account",
    "v=2; a=1; a=2",
    "v=2; text=x; pages=9",
    "v=2; a=%zz",
    "v=2; a=%FF",
    "v=2; a=50%",
    "v=3; a=1",
    "V=2; a=1",
)


def notes() -> object:
    """Notes of register rows as they are written; those of before; those that break the rules, which are words."""

    def read(note: str) -> object:
        said = read_note(note)
        return {"note": note, "fields": list(said.fields.items()), "text": said.text}

    return {
        "written": [{"note": note_text(named, text), "fields": named, "text": text} for named, text in WRITTEN_NOTES],
        "older": list(map(read, OLDER_NOTES)),
        "broken": list(map(read, BROKEN_NOTES)),
    }


FILES: Mapping[str, Callable[[], object]] = {
    "messages.json": messages,
    "arguments.json": arguments,
    "bodies.json": bodies,
    "capability.json": capabilities,
    "ticket.json": tickets,
    "names.json": names,
    "session.json": lambda: session(b""),
    "pairing.json": lambda: session(TICKET_ID),
    "request.json": request,
    "turned-away.json": turned_away,
    "arguments-joined.json": lambda: arguments(joined=True),
    "bodies-joined.json": lambda: bodies(joined=True),
    "binders.json": binders,
    "rekey.json": rekeyed,
    "recording.json": recordings,
    "cosigned.json": witnesses,
    "waiting.json": waits,
    "strange-verbs.json": strange_verbs,
    "notes.json": notes,
    **{f"arguments-{verb.title}.json": partial(arguments_of, verb) for verb in LATER},
}


def write_missing(folder: Path, files: Mapping[str, Callable[[], object]]) -> None:
    """Write each of `files` that `folder` does not have: what is frozen stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, give in files.items():
        if not (folder / name).exists():
            (folder / name).write_text(json.dumps(give(), indent=1, ensure_ascii=True) + "\n", encoding="utf-8")


def main() -> None:
    write_missing(Path(sys.argv[1]), FILES)
    assert Kind.BIND == 1


if __name__ == "__main__":
    main()
