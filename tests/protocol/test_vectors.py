"""The frozen vectors: whatever changes in the code, these bytes mean what they meant. A second implementation starts here."""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest

from protocol.authority.connection import AuthorityConnection, Shaken, TurnedAway
from protocol.authority.request import RequestConnection
from protocol.capture import MAGIC, Record, read_capture, write_record
from protocol.errors import RemoteProtocolError, SignatureError
from protocol.schema import (
    ARGUMENTS,
    BODIES,
    MESSAGES,
    Bind,
    Block,
    Bound,
    Closing,
    Command,
    DeviceKey,
    Request,
    Requested,
)
from protocol.schema.numbers import REKEY_FRAMES, Algorithm, ClosingReason, Kind, SignedBy, Topic, Verb
from protocol.schema.waiting import stated_wait_s
from protocol.subject.connection import Asking, Compared, SubjectConnection
from protocol.trust.capability import chain_text, parse_chain, revocation_ids, verify
from protocol.trust.cosignature import Witness, parse_witness_key, verify_cosignature
from protocol.trust.keys import (
    FileBinder,
    binding,
    fingerprint,
    key_text,
    parse_key_text,
    static_from_private,
    totebox_id,
    verify_device,
)
from protocol.trust.note import parse_vkey, verify_checkpoint
from protocol.trust.pairing import parse_ticket, ticket_psk
from protocol.trust.words import commitment, three_words
from protocol.wire.codec import decode, decode_args, decode_body, encode, encode_args, encode_body
from protocol.wire.noise import CipherState

FOLDER = Path(__file__).parents[1] / "vectors" / "psp-1"
SUMS = {
    "arguments-input.seal.json": "06ec2257aa1b12a0482c0967801640761ef1e01fa87bca9f592e6a0f93a1abe5",
    "notes.json": "7e16222dafce1525a1a3c28aa7feff934571f5ad75d25f16b38408372e196a71",
    "arguments-people.correct.json": "0b598befb3d03251ea769b1a2530849ee1b32d6ffe5fb773c30bbd86b549cfac",
    "arguments-minutebook.label.json": "a44e0cc7cb8d5dad9b186a2a8f2b26826a2cff29da619832b262931b3bbbcdea",
    "arguments-pair.name.json": "c85dca064bf1d42eb51b7083e8d19f790add82edab98c6e2e6a32d1f8f4d3da4",
    "strange-verbs.json": "9f16d61836aca0e56f3b33f8a6c9521abe6e96f0cd25bba7d867920b1519cb08",
    "arguments-joined.json": "d57c84973d01d2d4c0aaf9735a6f5486fb0a15d73a213f45561def3fdb57fc7f",
    "arguments.json": "5288116b3b0f4af60977ce0b042fcf5bc1fdf181b369b8b71ce4227d9ede7f4b",
    "binders.json": "ef8d61e3b49275a2b443d84124e4fbb535b2d04cb7b0c65e133ae379bdcc69ad",
    "bodies-joined.json": "158b2e1e6b342316df1f8523c31f9e735fd6db7dfdb13257a88503c4f77d6da4",
    "bodies.json": "d8ef7a2e8e26d00ef6f0d8389919b5cfc52330bb23325a49cc24746b51138315",
    "capability.json": "f3ec826844811e0745d8356fc9acd28158b67939fc59f76e6529faf4f02e0c0e",
    "cosigned.json": "e5e12047cf44c4d31ff4e8902bd1f3adf75513a3a2115da828a3258648866d53",
    "messages.json": "62816a992219dc6ad580439c0e0f46588394557559e4c3afee4256faa9bc1f00",
    "names.json": "fd4543a88f70b27441bf1bd33cd28fecd769b46f1ef66d1f30f8aac3449e4b30",
    "pairing.json": "633d53aab381da751a3addc8f22c616cd004f7fddca555e9622d1f75de70fd85",
    "recording.json": "cf9acc9255fb6861ce9123a57c33228068f14fcf49a3e0f57aa991624967df30",
    "rekey.json": "d0a280477fbaa69b0be57891c8afaa1ab0c6586087bc3705bd99ffac674e43fe",
    "request.json": "fa4f6e5092f6ccde0ff946db51a9d8f54125069fa1d67bbfabf5e0f75f8933ff",
    "session.json": "693ce43ad2d34e9daf03c6175d77c93eec88a1c88ccf6497f11707e85636aa3a",
    "ticket.json": "5bbf24ca3ecfc41fe08a3b83245a20abb1bf5a1d4ba2e29c2f8d99802e6755c8",
    "turned-away.json": "417dde8fcd924e93568f0a08db51d9d46b9a2941bc972f3a71497f7e58755cb3",
    "waiting.json": "d168b1127332bbc83f2fddb79a1047579c3e38fddeff77931e24cae5db78f393",
}


def stored(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def built(hint: Any, value: Any) -> Any:
    """The value of a declared type that the JSON writes."""
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    if NoneType in get_args(hint):
        return None if value is None else built(next(arm for arm in get_args(hint) if arm is not NoneType), value)
    if get_origin(hint) is tuple:
        return tuple(built(get_args(hint)[0], each) for each in value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint, include_extras=True)
        return hint(*(built(hints[each.name], part) for each, part in zip(fields(hint), value, strict=True)))
    return value


def test_no_byte_of_the_folder_has_changed() -> None:
    """Each file has the hash that it had when it was frozen, and there is no other."""
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.iterdir()}
    assert found == SUMS


@pytest.mark.parametrize("row", stored("messages.json"), ids=lambda row: row["name"])
def test_messages(row: dict[str, Any]) -> None:
    """Each value gives these bytes, and these bytes that value."""
    cls, data = MESSAGES[Kind(row["number"])], bytes.fromhex(row["bytes"])
    value = built(cls, row["value"])
    assert cls.__name__ == row["name"] and encode(value) == data and decode(data) == value


VERBS = [row for path in sorted(FOLDER.glob("arguments*.json")) for row in stored(path.name)]


@pytest.mark.parametrize("row", VERBS, ids=lambda row: row["name"])
def test_arguments(row: dict[str, Any]) -> None:
    """As Command carries them."""
    verb, data = Verb(row["number"]), bytes.fromhex(row["bytes"])
    value = built(ARGUMENTS[verb], row["value"])
    assert encode_args(value) == (verb, data) and decode_args(verb, data) == value


TOPICS = stored("bodies.json") + stored("bodies-joined.json")


@pytest.mark.parametrize("row", TOPICS, ids=lambda row: row["name"])
def test_bodies(row: dict[str, Any]) -> None:
    """As Telemetry carries them."""
    topic, data = Topic(row["number"]), bytes.fromhex(row["bytes"])
    value = built(BODIES[topic], row["value"])
    assert encode_body(value) == (topic, data) and decode_body(topic, data) == value


@pytest.mark.parametrize("row", stored("strange-verbs.json"), ids=lambda row: hex(row["verb"]))
def test_strange_verbs(row: dict[str, Any]) -> None:
    """A Command decodes to the number of its verb, whether that verb is known or not."""
    command = decode(bytes.fromhex(row["bytes"]))
    assert isinstance(command, Command) and command.verb == row["verb"] and encode(command).hex() == row["bytes"]


def test_every_number_is_frozen() -> None:
    """No kind, no verb, no topic, no algorithm and no record of a recording without a vector, two of each."""
    assert Counter(row["number"] for row in stored("messages.json")) == dict.fromkeys(map(int, Kind), 2)
    assert Counter(row["number"] for row in VERBS) == dict.fromkeys(map(int, Verb), 2)
    assert Counter(row["number"] for row in TOPICS) == dict.fromkeys(map(int, Topic), 2)
    assert Counter(row["algorithm"] for row in stored("binders.json")) == {each.name: 2 for each in Algorithm}
    records = Counter(row["name"] for row in stored("recording.json")["records"])
    assert records == {cls.__name__: 2 for cls in get_args(Record)}


def test_what_the_files_say_can_be_written_again(tmp_path: Path) -> None:
    """`freeze_vectors` gives these very bytes, but for samples of classes: their fuller value has the newest of an enumeration."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.protocol.freeze_vectors", str(tmp_path)],
        cwd=FOLDER.parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written.keys() == SUMS.keys()
    different = {name for name, data in written.items() if data != (FOLDER / name).read_bytes()}
    samples = {name for name in SUMS if name.startswith("arguments")}
    assert different <= samples | {"messages.json", "bodies.json", "recording.json"}


@pytest.mark.parametrize("row", stored("binders.json"), ids=lambda row: f"{row['algorithm']} {row['side']}")
def test_binders(row: dict[str, Any]) -> None:
    """What either side's device key signs, and a signature of each algorithm that holds; for the other side it does not."""
    key, signed, signature = built(DeviceKey, row["key"]), bytes.fromhex(row["signed"]), bytes.fromhex(row["signature"])
    handshake_hash = bytes.fromhex(row["handshake_hash"])
    assert (
        binding(SignedBy(row["side"].encode()), key, handshake_hash) == signed
        and fingerprint(key) == row["fingerprint"]
    )
    verify_device(key, signed, signature)
    other = SignedBy.SUBJECT if row["side"] == "A" else SignedBy.AUTHORITY
    with pytest.raises(SignatureError):
        verify_device(key, binding(other, key, handshake_hash), signature)


def test_new_keys() -> None:
    """Each frame opens under the key of its time alone, before and after the turns."""
    given = stored("rekey.json")
    for row in given["frames"]:
        framed = bytes.fromhex(row["frame"])
        assert int.from_bytes(framed[:2], "big") == len(framed) - 2
        for turns in range(4):
            cipher = CipherState(bytes.fromhex(given["key"]), row["number"])
            for _ in range(turns):
                cipher.rekey()
            if turns == row["number"] // REKEY_FRAMES:
                assert cipher.decrypt(None, framed[2:]).hex() == row["plain"]
            else:
                with pytest.raises(RemoteProtocolError):
                    cipher.decrypt(None, framed[2:])


def test_recording() -> None:
    """The file's records are these, and give these bytes."""
    given = stored("recording.json")
    classes = {cls.__name__: cls for cls in get_args(Record)}
    records = [built(classes[row["name"]], row["value"]) for row in given["records"]]
    data = bytes.fromhex(given["file"])
    assert list(read_capture(data)) == [(1_000 * at, record) for at, record in enumerate(records)]
    assert data == MAGIC + b"".join(write_record(1_000 * at, record) for at, record in enumerate(records))


def test_cosigned_checkpoint() -> None:
    """The log's signature and the witness's line hold, each under its own key."""
    given = stored("cosigned.json")
    note, cosigned = (bytes.fromhex(given[name]["hex"]) for name in ("note", "cosigned"))
    witness = parse_witness_key(given["witness"])
    head = verify_checkpoint(note, parse_vkey(given["vkey"]))
    assert verify_cosignature(cosigned, witness) == (head, given["time_s"])
    assert verify_checkpoint(cosigned, parse_vkey(given["vkey"])) == head
    assert Witness("witness.example", b"\x02" * 32).cosign(note, given["time_s"]) == cosigned


def test_capability() -> None:
    """The chain verifies under the subject's key; text and revocation ids are these."""
    given = stored("capability.json")
    chain = built(tuple[Block, ...], given["chain"])
    subject = built(DeviceKey, given["subject"])
    verified = verify(chain, subject)
    assert [id_.hex() for id_ in verified.ids] == given["revocation_ids"] == [i.hex() for i in revocation_ids(chain)]
    assert list(verified.holders) == [built(DeviceKey, holder) for holder in given["holders"]]
    assert chain_text(chain) == given["text"] and parse_chain(given["text"]) == chain


def test_ticket_and_names() -> None:
    """The ticket's text and psk, a fingerprint, a Totebox's id, a commitment and its words."""
    given = stored("ticket.json")
    ticket = parse_ticket(given["text"])
    assert ticket.text() == given["text"] and ticket_psk(ticket).hex() == given["psk"]
    given = stored("names.json")
    key = built(DeviceKey, given["device_key"])
    assert (fingerprint(key), key_text(key), parse_key_text(given["key_text"])) == (
        given["fingerprint"],
        given["key_text"],
        key,
    )
    h, a, s = (bytes.fromhex(given[name]) for name in ("handshake_hash", "authority_nonce", "subject_nonce"))
    assert totebox_id(bytes.fromhex(given["static_public"])) == given["totebox_id"]
    assert (commitment(a, h).hex(), three_words(h, a, s)) == (given["commitment"], given["words"])


class Replay:
    """Both ends again, from the secrets that the transcript states."""

    def __init__(self, name: str) -> None:
        self.given = stored(name)
        self.steps = iter(self.given["steps"])
        self.psk = bytes.fromhex(self.given["psk"])
        self.static = {
            who: static_from_private(self.secret(f"{who}_static_private")) for who in ("authority", "subject")
        }
        self.binder = {who: FileBinder(self.secret(f"{who}_device_private")) for who in ("authority", "subject")}

    def secret(self, name: str) -> bytes:
        return bytes.fromhex(self.given[name])

    def entropy(self, who: str) -> Any:
        drawn = iter(self.given["drawn"][who])
        return lambda size: bytes.fromhex(next(drawn))

    def subject(self) -> SubjectConnection:
        return SubjectConnection(self.static["subject"], self.entropy("subject"), 0.0)

    def says(self, by: str, data: bytes) -> bytes:
        """The next step is by `by` and these are its bytes."""
        step = next(self.steps)
        assert (step["by"], step["bytes"]) == (by, data.hex()), step["says"]
        self.said = step["says"]
        return data


@pytest.mark.parametrize("name", ["session.json", "pairing.json"])
def test_transcript_of_a_session(name: str) -> None:
    """Every byte of both ends, from the preface to the first refusal."""
    it = Replay(name)
    ticket_id = it.secret("ticket_id")
    static, public = it.static["authority"], it.static["subject"].public
    authority = AuthorityConnection(static, public, it.psk, it.entropy("authority"), 0.0, ticket_id=ticket_id)
    subject = it.subject()
    subject.receive_data(it.says("authority", authority.data_to_send()))
    subject.next_event()
    subject.admit(it.psk, None)
    authority.receive_data(it.says("subject", subject.data_to_send()))
    shaken = authority.next_event()
    assert isinstance(shaken, Shaken) and shaken.pairing_psk == it.secret("pairing_psk")
    key = it.binder["authority"].key
    authority.bind(Bind(key, it.binder["authority"].sign(authority.to_sign(key)), "file", "desk", "test/1"))
    subject.receive_data(it.says("authority", authority.data_to_send()))
    subject.next_event()
    step = it.given["steps"][3]
    subject.bound(built(Bound, step["says"]))
    authority.receive_data(it.says("subject", subject.data_to_send()))
    assert isinstance(authority.next_event(), Bound)
    authority.send(built(Command, it.given["steps"][4]["says"]))
    subject.receive_data(it.says("authority", authority.data_to_send()))
    assert isinstance(subject.next_event(), Command)
    assert authority._channel is not None
    assert authority._channel.handshake_hash == it.secret("handshake_hash")


def test_transcript_of_being_turned_away() -> None:
    """One byte of status under the zero psk."""
    it = Replay("turned-away.json")
    static, public = it.static["authority"], it.static["subject"].public
    authority = AuthorityConnection(static, public, it.psk, it.entropy("authority"), 0.0)
    subject = it.subject()
    subject.receive_data(it.says("authority", authority.data_to_send()))
    subject.next_event()
    subject.turn_away(ClosingReason.UNKNOWN_PEER)
    authority.receive_data(it.says("subject", subject.data_to_send()))
    assert authority.next_event() == TurnedAway(ClosingReason.UNKNOWN_PEER)


def test_transcript_of_a_request() -> None:
    """Noise XX, the commitment, both nonces, and the words on both screens."""
    it = Replay("request.json")
    device = RequestConnection(it.static["authority"], it.entropy("authority"), 0.0)
    subject = it.subject()
    subject.receive_data(it.says("authority", device.data_to_send()))
    subject.next_event()
    device.receive_data(it.says("subject", subject.data_to_send()))
    device.next_event()
    subject.receive_data(it.says("authority", device.data_to_send()))
    asked = built(Request, it.given["steps"][3]["says"])
    device.request(asked)
    subject.receive_data(it.says("authority", device.data_to_send()))
    asking = subject.next_event()
    assert isinstance(asking, Asking) and asking.pairing_psk == it.secret("pairing_psk")
    subject.requested(built(Requested, it.given["steps"][4]["says"]))
    device.receive_data(it.says("subject", subject.data_to_send()))
    assert isinstance(device.next_event(), Requested)
    subject.receive_data(it.says("authority", device.data_to_send()))
    assert subject.next_event() == Compared(it.given["words"]) and device.words == it.given["words"]
    subject.close(ClosingReason.PENDING, "wait")
    device.receive_data(it.says("subject", subject.data_to_send()))
    assert device.next_event() == Closing(ClosingReason.PENDING, "wait")
    assert asked.key.algorithm is Algorithm.SSH_ED25519


@pytest.mark.parametrize("row", stored("waiting.json"), ids=lambda row: row["remedy"] or "nothing")
def test_a_remedy_states_a_wait_in_one_form(row) -> None:
    """What begins otherwise states none."""
    assert stated_wait_s(row["remedy"]) == row["wait_s"]
