"""VERBS: every verb has one row, and a row says nothing that its arguments do not have."""

import pytest

from protocol.errors import RemoteProtocolError
from protocol.schema import (
    RESERVED,
    VERBS,
    Abandon,
    AnswerKind,
    Arguments,
    CapGrant,
    CapRevoke,
    Command,
    Cosign,
    Decide,
    Head,
    List,
    Offer,
    PairApprove,
    PairDeny,
    PairIssue,
    PairMark,
    PairName,
    PairRequire,
    PairRevoke,
    Prove,
    Reach,
    Read,
    Route,
    Seal,
    Since,
    Subscribe,
    Take,
    VerbRow,
    Verify,
    verb_title,
)
from protocol.schema.numbers import Decision, Log, Role, Topic, Verb
from protocol.schema.registry import SINCE
from protocol.wire.codec import decode, decode_args, encode


def test_every_verb_and_every_class_of_arguments_has_one_row() -> None:
    """A number without a row could not be answered, a class without one not be sent."""
    assert sorted(VERBS) == sorted(map(int, Verb)) and all(row.verb == number for number, row in VERBS.items())
    classes = [row.arguments for row in VERBS.values()]
    assert len(set(classes)) == len(classes) and set(classes) == {cls for cls in SINCE if issubclass(cls, Arguments)}


def test_reserved_numbers_are_no_verbs() -> None:
    """No Verb has one of them, and each has a name of its own."""
    assert not set(RESERVED) & set(map(int, Verb))
    titles = [row.title for row in (*VERBS.values(), *RESERVED.values())]
    assert len(set(titles)) == len(titles)


def test_numbers_are_kept() -> None:
    """Of the Input Machine, the lifecycle and the node. A document's password is secret; one verb had its place taken."""
    assert {number: kept.title for number, kept in RESERVED.items()} == {
        0x24: "input.confirm",
        0x26: "input.text",
        0x27: "input.reread",
        0x28: "input.skip_rest",
        0x29: "input.back",
        0x2A: "input.review",
        0x30: "lifecycle.suspend",
        0x31: "lifecycle.resume",
        0x32: "lifecycle.archive",
        0x80: "node.provision",
        0x81: "node.start",
        0x82: "node.stop",
        0x83: "node.adopt",
        0x84: "node.release",
        0x85: "node.limits",
        0x86: "node.logs",
        0x87: "node.cordon",
        0x88: "node.drain",
        0x89: "node.move",
    }
    assert [kept.title for kept in RESERVED.values() if kept.secret] == ["input.reread"]
    assert {kept.title: kept.replaced_by for kept in RESERVED.values() if kept.replaced_by} == {
        "input.confirm": "input.seal"
    }


@pytest.mark.parametrize(("number", "title"), [(0x20, "input.offer"), (0x27, "input.reread"), (0x77, "verb 0x77")])
def test_every_number_has_a_name(number: int, title: str) -> None:
    """Also one that nobody here knows: a refusal and its audit row name it."""
    assert verb_title(number) == title


@pytest.mark.parametrize("number", sorted(set(range(256)) - set(VERBS)))
def test_an_unknown_verb_decodes(number: int) -> None:
    """As a Command with that number; only its arguments cannot be read."""
    command = Command(1, b"", number, b"\x90", ())
    assert decode(encode(command)) == command
    with pytest.raises(RemoteProtocolError, match="not known here"):
        decode_args(number, b"\x90")


@pytest.mark.parametrize("number", [-1, 256])
def test_a_verb_is_one_byte(number: int) -> None:
    """What does not fit is refused, whoever sends it: a capability names a verb by one byte."""
    from protocol.errors import LocalProtocolError

    with pytest.raises(LocalProtocolError):
        encode(Command(1, b"", number, b"", ()))


def test_a_known_verb_is_read_as_its_member() -> None:
    """So that it has a title."""
    read = decode(encode(Command(1, b"", 0x20, b"\x90", ())))
    assert isinstance(read, Command) and read.verb is Verb.INPUT_OFFER


def _row(arguments: type[Arguments], **how: object) -> VerbRow[Arguments]:
    return VerbRow(Verb.PROVE, arguments, Role.USER, AnswerKind.ROWS, lambda *_: "", "a leaf", **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "reach", [Reach(entry="record"), Reach(log="journal"), Reach(service="keeper"), Reach(table="name")]
)
def test_a_row_reaches_only_what_its_arguments_have(reach: Reach) -> None:
    """A misspelled argument would let everything through: the row cannot be made."""
    with pytest.raises(AssertionError, match="no argument of it"):
        _row(Prove, reach=reach)
    _row(Route, reach=Reach(service="service"))


def test_a_read_has_no_row_of_its_own() -> None:
    """Its repetitions are counted in spans, which the gate writes."""
    with pytest.raises(AssertionError, match="only reads"):
        _row(Prove, reads=True, own_row=True)


ID = bytes(range(32))
WORDS = {
    "records seen 7": Head(Log.RECORDS, 7),
    "audit leaf 3": Prove(Log.AUDIT, 3),
    "the whole vault": Verify(),
    "status, head": Subscribe(b"", (Since(Topic.STATUS, 0), Since(Topic.HEAD, 9))),
    "a head of audit by <witness.example>": Cosign(Log.AUDIT, b"note", "witness.example+1234+key"),
    "people.claims": List("people.claims", "", "", "cursor", 1),
    "people.claims Karin Lindqvist as of 2026-01-01": List("people.claims", "Karin Lindqvist", "2026-01-01", "", 1),
    "record 5 from byte 16": Read(5, 16),
    f"<minutes.md>, 12 bytes, sha256 {ID.hex()}": Offer(b"minutes.md", 12, ID),
    "<minutes.md> from the drop folder": Take(b"minutes.md"),
    "in-1 to account 1200, service minutebook": Route("in-1", "1200", "minutebook"),
    "in-2": Decide("in-2", 4, Decision.YES),
    "in-3": Seal("in-3", 4, "words of a person", b"s"),
    "in-4": Abandon("in-4"),
    "ticket for USER front desk": PairIssue(Role.USER, "front desk"),
    "ticket for ADMIN": PairIssue(Role.ADMIN, ""),
    "SHA256:a": PairRevoke("SHA256:a", "lost"),
    "SHA256:b as INPUT, words one-two-three": PairApprove("SHA256:b", "one-two-three", Role.INPUT),
    "SHA256:c": PairDeny("SHA256:c", "a stranger"),
    "SHA256:d in hardware": PairMark("SHA256:d", True),
    "SHA256:d not in hardware": PairMark("SHA256:d", False),
    "ADMIN with hardware keys alone": PairRequire(Role.ADMIN, True),
    "ADMIN with any key": PairRequire(Role.ADMIN, False),
    "SHA256:e as front desk": PairName("SHA256:e", "front desk"),
    "list, read for 60 s": CapGrant((Verb.LIST, Verb.READ), "", 0, 9, (), b"", 60, 0),
    ID.hex(): CapRevoke(ID, "over"),
}
QUESTIONS = {"records": Head(Log.RECORDS, 7), "record 5": Read(5, 16)}
"""Reads whose repetitions are alike although their words are not."""
ROW_OF = {row.arguments: row for row in VERBS.values()}


def _shown(raw: bytes) -> str:
    return f"<{raw.decode()}>"


@pytest.mark.parametrize(("words", "arguments"), WORDS.items(), ids=[type(each).__name__ for each in WORDS.values()])
def test_the_audit_log_says_what_was_asked(words: str, arguments: Arguments) -> None:
    """In one line; names from outside go through `shown`."""
    assert ROW_OF[type(arguments)].describes(arguments, _shown) == words


@pytest.mark.parametrize(("words", "arguments"), QUESTIONS.items(), ids=QUESTIONS)
def test_repetitions_of_a_read_are_one_question(words: str, arguments: Arguments) -> None:
    """Whatever size was seen before, from whatever byte. Every other verb is asked by its words."""
    says = ROW_OF[type(arguments)].question
    assert says is not None and says(arguments, _shown) == words
    assert {row.arguments for row in VERBS.values() if row.question} == {type(each) for each in QUESTIONS.values()}
