"""The fold of the pairing journal: what its records say together, in memory alone."""

import pytest

from protocol.schema import DeviceKey
from protocol.schema.numbers import Algorithm, Role
from protocol.trust.keys import fingerprint
from totebox.errors import ConfigError
from totebox.gate.door import Standing
from totebox.gate.journal import Line
from totebox.gate.pairing_book import RequestState, TicketState, fold, without_old_requests

TICKET = "aa" * 8


def name_of(number: int) -> str:
    return fingerprint(DeviceKey(Algorithm.SSH_ED25519, bytes((number,)) * 32))


def ticket(role: Role = Role.INPUT, label: str = "desk", **more: str | int) -> Line:
    told: Line = {"what": "ticket", "id": TICKET, "psk": "bb" * 32, "role": int(role), "label": label}
    return {**told, "issued": "t0", "expires_us": 600, "noted": 1, "user": "SHA256:boss", **more}


def device(what: str, number: int, **more: str | int) -> Line:
    """A record with a device's whole pairing."""
    told: Line = {
        "what": what, "fingerprint": name_of(number), "static": f"{number:02x}" * 32, "algorithm": int(Algorithm.SSH_ED25519),
        "public": f"{number:02x}" * 32, "psk": "cc" * 32, "role": int(Role.INPUT), "label": f"host {number}", "provider": "file",
        "time": f"t{number}",
    }  # fmt: skip
    return {**told, "ticket": "", **more}


def asked(number: int, **more: str | int) -> Line:
    return device("requested", number, words="one two three", expires_us=900, source="here", **more)


def about(what: str, number: int, **more: str | int) -> Line:
    return {"what": what, "fingerprint": name_of(number), "time": "t9", "reason": "why", **more}


def test_a_ticket_is_used_by_its_grant() -> None:
    """Before it is open to anybody, then it is its device's, and when that pairing ends it is nobody's."""
    lines = [ticket()]
    book = fold(lines)
    assert (book.tickets[bytes.fromhex(TICKET)].state, book.holder(bytes.fromhex(TICKET))) == (TicketState.OPEN, None)
    book = fold([*lines, device("granted", 1, ticket=TICKET)])
    assert book.tickets[bytes.fromhex(TICKET)].state is TicketState.USED
    assert book.holder(bytes.fromhex(TICKET)) == b"\x01" * 32
    book = fold([*lines, device("granted", 1, ticket=TICKET), about("revoked", 1, noted=1)])
    assert book.holder(bytes.fromhex(TICKET)) == b""


def test_a_claim_holds_its_ticket_until_it_is_undone() -> None:
    """Whoever is about to be paired has it; afterwards it is open again."""
    lines = [ticket(), device("claimed", 1, ticket=TICKET)]
    assert fold(lines).holder(bytes.fromhex(TICKET)) == b"\x01" * 32
    undone = fold([*lines, about("undone", 1)])
    assert undone.holder(bytes.fromhex(TICKET)) is None and undone.claims == {}


def test_a_grant_ends_its_claim() -> None:
    """There is nothing left to undo."""
    assert fold([ticket(), device("claimed", 1, ticket=TICKET), device("granted", 1, ticket=TICKET)]).claims == {}


def test_a_device_that_is_paired_again_has_one_static_key() -> None:
    """Its old one leads nowhere."""
    book = fold([device("granted", 1), device("granted", 1, static="ee" * 32)])
    assert book.statics == {b"\xee" * 32: name_of(1)} and len(book.pairings) == 1


def test_a_revocation_erases_the_key_and_says_why() -> None:
    """The row stays, with when and why; one of a device that was never paired is nothing."""
    book = fold([device("granted", 1), about("revoked", 1, noted=0), about("revoked", 2, noted=0)])
    row = book.pairings[name_of(1)]
    assert (row.standing, row.pairing.psk, row.ended, row.reason, row.noted) == (
        Standing.REVOKED,
        b"",
        "t9",
        "why",
        False,
    )
    assert list(book.pairings) == [name_of(1)]


@pytest.mark.parametrize(("what", "state"), [("denied", RequestState.DENIED), ("expired", RequestState.EXPIRED)])
def test_a_request_that_ends_loses_its_key(what: str, state: RequestState) -> None:
    """It says how, when and why; the end of one that nobody made is nothing."""
    book = fold([asked(1), about(what, 1), about(what, 2)])
    row = book.requests[name_of(1)]
    assert (row.state, row.wanted.psk, row.ended, row.reason) == (state, b"", "t9", "why")
    assert list(book.requests) == [name_of(1)] and book.askers == {b"\x01" * 32: name_of(1)}


def test_a_request_is_approved_by_a_grant_without_a_ticket() -> None:
    """By one with a ticket it goes on waiting: the device was paired another way."""
    assert fold([asked(1), device("granted", 1)]).requests[name_of(1)].state is RequestState.APPROVED
    book = fold([ticket(), asked(1), device("granted", 1, ticket=TICKET)])
    assert book.requests[name_of(1)].state is RequestState.PENDING


@pytest.mark.parametrize(
    ("line", "kind", "says"),
    [
        (device("granted", 1, noted=0), "PAIRED", "INPUT to host 1 by os-totebox, words one two three"),
        (about("denied", 1, noted=0), "DENIED", "by os-totebox: why"),
        (about("expired", 1, noted=0), "EXPIRED", "by os-totebox: why"),
        (about("marked", 1, hardware=1, noted=0), "MARKED", "by os-totebox: in hardware"),
        (about("marked", 1, hardware=0, noted=0), "MARKED", "by os-totebox: not in hardware"),
        (about("named", 1, label="till", noted=0), "NAMED", "till, by os-totebox"),
    ],
)
def test_what_the_host_wrote_waits_for_a_row(line: Line, kind: str, says: str) -> None:
    """The audit log is told once; what the daemon wrote itself, it wrote there first."""
    book = fold([asked(1), line])
    [(key, beside)] = book.beside.items()
    assert (beside.kind, beside.subject, beside.detail) == (kind, name_of(1), says)
    assert fold([asked(1), line, {"what": "noted", "name": key}]).beside == {}
    assert fold([asked(1), {**line, "noted": 1}]).beside == {}


@pytest.mark.parametrize(("hardware", "says"), [(1, "hardware keys alone"), (0, "any key")])
def test_a_requirement_is_of_a_role(hardware: int, says: str) -> None:
    """And is taken back by the next one."""
    line: Line = {"what": "required", "role": int(Role.ADMIN), "hardware": hardware, "time": "t9", "noted": 0}
    book = fold([{**line, "hardware": 1 - hardware, "noted": 1}, line])
    assert book.required == ({Role.ADMIN} if hardware else set())
    assert [(one.kind, one.subject, one.detail) for one in book.beside.values()] == [
        ("REQUIRED", "ADMIN", f"by os-totebox: {says}")
    ]


def test_a_role_that_needs_hardware_is_lacked_by_unmarked_keys() -> None:
    """Not by one that is marked, nor by another role; a mark that is taken back counts no more."""
    required: Line = {"what": "required", "role": int(Role.INPUT), "hardware": 1, "time": "t9", "noted": 1}
    lines = [*(device("granted", number) for number in (1, 2, 3)), device("granted", 4, role=int(Role.USER)), required]
    marks = [about("marked", 1, hardware=1), about("marked", 2, hardware=1), about("marked", 2, hardware=0)]
    book = fold([*lines, *marks])
    lacking = [number for number in (1, 2, 3, 4) if book.lacks_hardware(book.pairings[name_of(number)].pairing)]
    assert lacking == [2, 3]


def test_a_name_is_an_admin_s_then_the_ticket_s_then_the_device_s() -> None:
    """What the device said of itself stays beside it, and a name that was given first holds."""
    by_ticket = fold([ticket(), device("granted", 1, ticket=TICKET)]).pairings[name_of(1)]
    assert (by_ticket.pairing.label, by_ticket.said) == ("desk", "host 1")
    unlabelled = fold([ticket(label=""), device("granted", 1, ticket=TICKET)]).pairings[name_of(1)]
    assert unlabelled.pairing.label == "host 1"
    named = about("named", 1, label="till", noted=1)
    for lines in ([named, ticket(), device("granted", 1, ticket=TICKET)], [device("granted", 1), named]):
        assert fold(lines).pairings[name_of(1)].pairing.label == "till"


def test_what_the_log_knows_of_is_noted_by_its_name() -> None:
    """A ticket by its id, a revocation by its fingerprint; a name of neither is nothing."""
    lines = [ticket(noted=0), device("granted", 1), about("revoked", 1, noted=0)]
    noted: list[Line] = [{"what": "noted", "name": each} for each in (TICKET, name_of(1), "bb" * 8, "MARKED:x:t")]
    before, after = fold(lines), fold([*lines, *noted])
    assert not before.tickets[bytes.fromhex(TICKET)].noted and not before.pairings[name_of(1)].noted
    assert after.tickets[bytes.fromhex(TICKET)].noted and after.pairings[name_of(1)].noted


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"what": "pruned"}, "a record of kind 'pruned'; it was written by a newer os-totebox"),
        ({"what": "ticket", "id": TICKET}, "a ticket record lacks psk"),
        ({**ticket(), "role": "INPUT"}, "a ticket record lacks role"),
        (device("granted", 1, psk=7), "a granted record lacks psk"),
        (device("granted", 1, public="02" * 32), "has another fingerprint"),
        ({"what": "named", "fingerprint": "SHA256:x"}, "a named record lacks label"),
    ],
)
def test_a_record_that_cannot_be_read_is_named(line: Line, says: str) -> None:
    """With what it lacks, and what to do."""
    with pytest.raises(ConfigError, match=says):
        fold([line])


def over(number: int, **more: str | int) -> list[Line]:
    return [asked(number), about("denied", number, **more)]


def test_old_requests_that_came_to_nothing_are_left_out() -> None:
    """The newest stay, with the records of everything else in their order."""
    lines = [*over(1), ticket(), *over(2), *over(3)]
    assert without_old_requests(lines, 2) == [ticket(), *over(2), *over(3)]
    assert without_old_requests(lines, 3) == lines


@pytest.mark.parametrize(
    "more",
    [[device("granted", 1)], [asked(1)], [about("denied", 1, noted=0)]],
    ids=["paired since", "waiting again", "not in the log yet"],
)
def test_a_request_that_still_counts_is_kept_however_old(more: list[Line]) -> None:
    """Its device is paired or waits, or the audit log has yet to be told."""
    lines = [*over(1), *more, *over(2), *over(3)]
    kept = [line.get("fingerprint") for line in without_old_requests(lines, 1) if line["what"] == "requested"]
    assert name_of(1) in kept and name_of(3) in kept
