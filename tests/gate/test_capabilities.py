"""Capabilities at the gate: who mints, who may use, what is let through, and when it ends."""

from dataclasses import replace

import pytest

from protocol.authority.mint import Wish, delegate
from protocol.schema import (
    CapGrant,
    CapRevoke,
    Command,
    Head,
    List,
    PairIssue,
    PairRequire,
    PairRevoke,
    Prove,
    Read,
    Receipt,
    Refusal,
    Route,
    Rows,
    Since,
    Subscribe,
    Verify,
)
from protocol.schema.numbers import CLOCK_SKEW_S, Log, Op, RefusalCode, Role, Topic, Verb
from protocol.schema.terms import Term, encode_terms
from protocol.trust.capability import LAST_ROW, Scope, mint, parse_chain, revocation_ids
from protocol.trust.keys import fingerprint
from protocol.wire.codec import encode_args
from totebox.gate.capability_book import CapabilityBook
from totebox.gate.door import Hearing
from totebox.gate.journal import Journal
from totebox.vault.api import AuditDraft, Batch, Draft, LeafIndex, Whole
from totebox.vault.api import Log as VaultLog

pytestmark = pytest.mark.anyio

READS = (Verb.HEAD, Verb.LIST, Verb.PROVE, Verb.READ, Verb.SUBSCRIBE, Verb.VERIFY)
HOUR = 3_600
DOCUMENTS = List("minutebook.documents", "", "", "", 100)


@pytest.fixture
async def house(room):
    """Ten records of two services (indexes 1 to 10 behind the genesis entry), and five paired devices."""
    for number in range(1, 11):
        service = "minutebook" if number % 2 else "people"
        draft = Draft(service, "original", f"paper {number}", Whole(f"bytes of {number}".encode()), f"{number}.md")
        row = AuditDraft("COMMAND", "local", "seal", f"paper {number}")
        await room.vault.append(Batch("local", "", b"", row, (draft,)))
    return room.enrolled()


def grant_of(verbs=READS, service="", rows=(0, LAST_ROW), columns=(), terms=(), lifetime_s=HOUR, depth=3) -> CapGrant:
    return CapGrant(tuple(verbs), service, *rows, tuple(columns), encode_terms(terms), lifetime_s, depth)


async def minted(room, pairing, grant: CapGrant):
    """The chain that the gate mints for `pairing`."""
    (row,) = await room.rows(pairing, grant)
    return parse_chain(row["chain"])


async def lent(room, wish: Wish = Wish(), grant: CapGrant | None = None, owner=None, to=None):
    """A chain that the reader (USER) minted for itself and handed to the hub (INTERFACE)."""
    owner, to = owner or room.reader, to or room.probe
    chain = await minted(room, owner, grant or grant_of())
    return delegate(chain, room.binder_of(owner), to.key, wish)


async def first_index(room) -> int:
    """Of the first paper."""
    found = await room.vault.entries(VaultLog.RECORDS, LeafIndex(0), 100)
    return next(entry.index for entry in found if entry.subject.startswith("paper"))


async def listed(room, pairing, chain, asked: List = DOCUMENTS) -> list[dict[str, object]]:
    return await room.rows(pairing, asked, capability=chain)


# -- minting


async def test_a_device_mints_a_part_of_its_own_pairing(house) -> None:
    """The block names it as holder, is signed by the subject, and is in the audit log by its revocation id."""
    chain = await minted(house, house.reader, grant_of())
    (id_,) = revocation_ids(chain)
    assert ("CAP_GRANTED", id_.hex()) in await house.audit_rows()


@pytest.mark.parametrize("verb", [Verb.INPUT_OFFER, Verb.INPUT_SEAL])
async def test_nobody_mints_more_than_its_role(house, verb: Verb) -> None:
    """A USER has no INPUT verbs to give."""
    refusal = await house.refused(house.reader, grant_of((Verb.LIST, verb)))
    assert refusal.code is RefusalCode.NOT_PERMITTED and verb.title in refusal.reason


@pytest.mark.parametrize("verb", [Verb.PAIR_ISSUE, Verb.PAIR_APPROVE, Verb.CAP_GRANT, Verb.CAP_REVOKE])
async def test_trust_is_not_minted(house, verb: Verb) -> None:
    """Not by an ADMIN either."""
    assert (await house.refused(house.admin, grant_of((verb,)))).code is RefusalCode.BAD_ARGUMENTS


async def test_a_capability_mints_nothing(house) -> None:
    """Under a chain there is no CAP_GRANT, even if the first holder could."""
    chain = await lent(house)
    refusal = await house.refused(house.probe, grant_of(), capability=chain)
    assert refusal.code is RefusalCode.NOT_PERMITTED


# -- using


async def test_a_hub_reads_what_a_console_lent_it(house) -> None:
    """INTERFACE may not list; under the reader's capability it may, as USER, and the row that it was given for."""
    at = await first_index(house)
    assert (await house.refused(house.probe, DOCUMENTS)).code is RefusalCode.NOT_PERMITTED
    chain = await lent(house, Wish((Verb.LIST, Verb.READ), rows=(at, at)))
    assert [row["index"] for row in await listed(house, house.probe, chain)] == [at]
    reply = house.answers()
    assert await house.ask(house.probe, Read(at, 0), reply=reply, capability=chain) is None
    assert reply.parts == [(0, b"bytes of 1", True)]


async def test_a_stolen_chain_opens_nothing(house) -> None:
    """Neither for another paired device, nor for one of a higher role."""
    chain = await lent(house)
    for thief in (house.other_desk, house.admin, house.reader):
        refusal = await house.refused(thief, DOCUMENTS, capability=chain)
        assert refusal.code is RefusalCode.NOT_PERMITTED and "not to this device" in refusal.reason


async def test_a_chain_that_the_subject_did_not_mint_opens_nothing(house) -> None:
    """However well it is made, under another key."""
    forged = mint(house.binder_of(house.probe), house.probe.key, Scope(tuple(sorted(READS)), not_after=LAST_ROW), 0)
    assert (await house.refused(house.probe, DOCUMENTS, capability=forged)).code is RefusalCode.NOT_PERMITTED


async def test_verbs_outside_are_refused(house) -> None:
    """What the chain has not, although the first holder's role has it."""
    chain = await lent(house, Wish((Verb.LIST,)))
    assert "not in this capability" in (await house.refused(house.probe, Read(1, 0), capability=chain)).reason


async def test_the_first_holders_present_role_counts(house) -> None:
    """What was minted as INPUT is worth USER once the device was paired anew as USER."""
    chain = await lent(house, grant=grant_of((Verb.INPUT_ROUTE, Verb.LIST)), owner=house.desk)
    issued = house.issuer.issue(Role.USER, "", now="now", now_us=house.clock.us)
    house.pairings.grant(issued.ticket_id, house.desk, house.clock.us)
    refusal = await house.refused(house.probe, Route("x", "", "minutebook"), capability=chain)
    assert refusal.code is RefusalCode.NOT_PERMITTED and "first holder has USER" in refusal.reason


# -- scope


async def test_rows_outside_are_not_sent(house) -> None:
    """However they are asked for: whole, from a cursor, page by page."""
    at = await first_index(house)
    chain = await lent(house, Wish(rows=(at + 6, at + 7)))
    assert [row["index"] for row in await listed(house, house.probe, chain)] == [at + 6, at + 7]
    late = replace(DOCUMENTS, cursor=str(at + 7))
    assert [row["index"] for row in await listed(house, house.probe, chain, late)] == [at + 7]


async def test_columns_outside_are_not_sent(house) -> None:
    """The head names them no more than the rows do; the range is judged although `index` is hidden."""
    at = await first_index(house)
    chain = await lent(house, Wish(columns=("name",), rows=(at, at)))
    assert await listed(house, house.probe, chain) == [{"name": "paper 1"}]


async def test_no_search_finds_what_is_hidden(house) -> None:
    """A word that is looked for would tell of columns and rows that are not shown; an index may be named."""
    chain = await lent(house, Wish(columns=("name",)))
    for query in ("secret", "index:1 secret", "service:people"):
        refusal = await house.refused(house.probe, replace(DOCUMENTS, query=query), capability=chain)
        assert "a search would find" in refusal.reason
    await listed(house, house.probe, chain, replace(DOCUMENTS, query="index:1"))


async def test_a_table_without_record_indexes_is_outside_a_range(house) -> None:
    """Its rows cannot be told apart, so none is sent."""
    chain = await lent(house, Wish(rows=(1, 1)), grant_of((Verb.LIST,)), owner=house.desk)
    refusal = await house.refused(house.probe, List("input.intake", "", "", "", 10), capability=chain)
    assert "not rows of the record log" in refusal.reason


@pytest.mark.parametrize("asked", [Read, lambda index, _: Prove(Log.RECORDS, index)], ids=["read", "prove"])
async def test_indexes_outside_are_refused(house, asked) -> None:
    """Below, above, and of another service; the one inside is given."""
    at = await first_index(house)
    chain = await lent(house, Wish(rows=(at + 2, at + 3), service="minutebook"))
    for index in (at + 1, at + 4, at + 3):
        refusal = await house.refused(house.probe, asked(index, 0), capability=chain)
        assert refusal.code is RefusalCode.NOT_PERMITTED and "outside this capability" in refusal.reason
    reply = house.answers()
    await house.ask(house.probe, asked(at + 2, 0), reply=reply, capability=chain)
    assert reply.parts or isinstance(reply.said[0], Receipt)


async def test_a_service_outside_is_refused(house) -> None:
    """Its tables, and the audit log's leaves where another service or a range is named."""
    chain = await lent(house, Wish(service="people"))
    assert "outside this capability" in (await house.refused(house.probe, DOCUMENTS, capability=chain)).reason
    for wish in (Wish(service="people"), Wish(rows=(0, 5))):
        chain = await lent(house, wish)
        assert isinstance(await house.ask(house.probe, Prove(Log.AUDIT, 0), capability=chain), Refusal)
    assert isinstance(await house.ask(house.probe, Prove(Log.AUDIT, 0), capability=await lent(house)), Receipt)


async def test_bytes_and_leaves_have_no_columns(house) -> None:
    """A scope with columns reads and proves nothing."""
    chain = await lent(house, Wish(columns=("name",)))
    for asked in (Read(1, 0), Prove(Log.RECORDS, 1)):
        assert "columns" in (await house.refused(house.probe, asked, capability=chain)).reason


async def test_verification_is_of_the_whole(house) -> None:
    """Its findings name every path, so a narrowed scope has none; HEAD names no record and is given."""
    chain = await lent(house, Wish(rows=(1, 1)))
    assert isinstance(await house.ask(house.probe, Verify(), capability=chain), Refusal)
    assert isinstance(await house.ask(house.probe, Head(Log.RECORDS, 0), capability=chain), Rows)
    assert isinstance(await house.ask(house.probe, Verify(), capability=await lent(house)), Rows)


async def test_routing_to_another_service_is_refused(house) -> None:
    """An INPUT capability for the minute book cannot file under people."""
    chain = await lent(house, grant=grant_of((Verb.INPUT_ROUTE,), service="minutebook"), owner=house.desk)
    refusal = await house.refused(house.probe, Route("x", "", "people"), capability=chain)
    assert refusal.code is RefusalCode.NOT_PERMITTED and "people" in refusal.reason


PEOPLE = Term("service", Op.IS, "people")


async def test_terms_narrow_the_rows_of_a_table(house) -> None:
    """Whatever is asked beside them; the minted block holds them, or one that was handed on adds them."""
    minted_so = await lent(house, grant=grant_of((Verb.LIST,), terms=(PEOPLE,)))
    added = await lent(house, Wish(terms=(PEOPLE,)))
    for chain in (minted_so, added):
        rows = await listed(house, house.probe, chain)
        assert rows and {row["service"] for row in rows} == {"people"}
        rows = await listed(house, house.probe, chain, replace(DOCUMENTS, query="service:minutebook"))
        assert not any(row["service"] == "minutebook" for row in rows)


async def test_terms_about_nothing_that_the_table_has(house) -> None:
    """It is outside, and the refusal says by which term it cannot be asked."""
    chain = await lent(house, Wish(terms=(Term("size", Op.IS, 1),)))
    refusal = await house.refused(house.probe, DOCUMENTS, capability=chain)
    assert refusal.code is RefusalCode.NOT_PERMITTED and "cannot be asked by size:1" in refusal.reason


async def test_no_record_is_opened_under_terms(house) -> None:
    """Its index says nothing of the row, so neither bytes nor leaves are given; verification is of the whole."""
    chain = await lent(house, Wish(terms=(PEOPLE,)))
    for asked in (Read(1, 0), Prove(Log.RECORDS, 1), Prove(Log.AUDIT, 1), Verify()):
        assert (await house.refused(house.probe, asked, capability=chain)).code is RefusalCode.NOT_PERMITTED
    assert isinstance(await house.ask(house.probe, Head(Log.RECORDS, 0), capability=chain), Rows)


async def test_terms_are_listed_and_in_the_audit_log(house) -> None:
    """As people write them."""
    await minted(house, house.reader, grant_of((Verb.LIST,), terms=(PEOPLE,)))
    (row,) = await house.rows(house.reader, List("gate.capabilities", "", "", "", 9))
    assert row["terms"] == 'service:"people"'
    entries = await house.vault.entries(VaultLog.AUDIT, LeafIndex(0), 10_000)
    assert any('rows with service:"people"' in entry.note for entry in entries if entry.kind == "CAP_GRANTED")


async def test_a_capability_of_before_the_first_release_is_refused(house) -> None:
    """Version 1 had no terms; the refusal says so and what to do."""
    chain = await lent(house)
    older = (replace(chain[0], body=b"\x01" + chain[0].body[1:]), *chain[1:])
    refusal = await house.refused(house.probe, DOCUMENTS, capability=older)
    assert refusal.code is RefusalCode.NOT_PERMITTED and "version 1" in refusal.reason


# -- time


async def test_a_capability_ends_and_the_refusal_says_what_time_it_is_here(house) -> None:
    """An hour, a minute of skew, and then EXPIRED with this Totebox's clock."""
    chain = await lent(house)
    house.clock.us += (HOUR + CLOCK_SKEW_S) * 1_000_000
    assert await listed(house, house.probe, chain)
    house.clock.us += 1
    refusal = await house.refused(house.probe, DOCUMENTS, capability=chain)
    assert refusal.code is RefusalCode.EXPIRED and "clock says 2027-01-15T09:01:00" in refusal.reason


async def test_a_capability_that_has_not_begun(house) -> None:
    """The clock went back by more than the skew."""
    chain = await lent(house)
    house.clock.us -= CLOCK_SKEW_S * 1_000_000
    assert await listed(house, house.probe, chain)
    house.clock.us -= 1
    refusal = await house.refused(house.probe, DOCUMENTS, capability=chain)
    assert refusal.code is RefusalCode.EXPIRED and "begins at" in refusal.reason


async def test_a_download_ends_with_the_capability(house) -> None:
    """The next piece after the end is not sent; a Refusal says why."""
    at = await first_index(house)
    chain = await lent(house)

    class Slow(house.answers):
        async def part(self, offset: int, data: bytes, last: bool) -> None:
            await super().part(offset, data, last)
            house.clock.us += 2 * HOUR * 1_000_000

    big = Draft("minutebook", "original", "big", Whole(bytes(60_000)), "big.bin")
    done = await house.vault.append(Batch("local", "", b"", AuditDraft("COMMAND", "local", "seal", ""), (big,)))
    reply = Slow()
    await house.ask(house.probe, Read(done.entries[0].index, 0), reply=reply, capability=chain)
    assert at < done.entries[0].index and len(reply.parts) == 1
    assert reply.said[0].code is RefusalCode.EXPIRED


async def test_telemetry_is_heard_as_long_as_the_capability_holds(house) -> None:
    """Whole: as the first holder; narrowed: state and heads alone. Recorded, and over when a holder is revoked."""
    verb, args = encode_args(Subscribe(b"", (Since(Topic.ENTRY, 0),)))
    whole, narrow = await lent(house), await lent(house, Wish(rows=(1, 1)))
    heard = await house.gate.hearing(Command(1, b"", verb, args, whole), house.peer(house.probe))
    less = await house.gate.hearing(Command(2, b"", verb, args, narrow), house.peer(house.probe))
    assert isinstance(heard, Hearing) and isinstance(less, Hearing)
    assert (heard.role, less.role) == (Role.USER, Role.INTERFACE) and heard.holds()
    assert heard.ends_in_s() == HOUR + CLOCK_SKEW_S
    await house.ask(house.admin, PairRevoke(house.reader.fingerprint, ""))
    assert not heard.holds()
    refused = await house.gate.hearing(Command(3, b"", verb, args, whole), house.peer(house.probe))
    assert isinstance(refused, Refusal) and refused.code is RefusalCode.REVOKED


# -- revocation


@pytest.mark.parametrize("which", [0, 1, 2])
async def test_a_revoked_holder_anywhere_ends_the_chain(house, which: int) -> None:
    """The first, the one in the middle, the last (whose session is cut besides)."""
    holders = (house.reader, house.other_desk, house.probe)
    chain = await minted(house, holders[0], grant_of())
    chain = delegate(chain, house.binder_of(holders[0]), holders[1].key, Wish(), depth=1)
    chain = delegate(chain, house.binder_of(holders[1]), holders[2].key, Wish())
    assert await listed(house, house.probe, chain)
    await house.ask(house.admin, PairRevoke(holders[which].fingerprint, "lost"))
    refusal = await house.refused(house.probe, DOCUMENTS, capability=chain)
    assert refusal.code is RefusalCode.REVOKED and holders[which].fingerprint in refusal.reason


@pytest.mark.parametrize("which", [0, 1])
async def test_revoking_a_beginning_ends_what_follows(house, which: int) -> None:
    """The minted block's id or the whole chain's; a sister chain goes on where only the other was revoked."""
    chain = await minted(house, house.reader, grant_of())
    mine = delegate(chain, house.binder_of(house.reader), house.probe.key, Wish())
    other = delegate(chain, house.binder_of(house.reader), house.desk.key, Wish())
    receipt = await house.ask(house.admin, CapRevoke(revocation_ids(mine)[which], "over"), once=b"r" * 16)
    assert isinstance(receipt, Receipt)
    refusal = await house.refused(house.probe, DOCUMENTS, capability=mine)
    assert refusal.code is RefusalCode.REVOKED and "over" in refusal.reason
    assert isinstance(await house.ask(house.desk, DOCUMENTS, capability=other), Refusal if which == 0 else Rows)


async def test_a_holder_revokes_its_own_and_nobody_elses(house) -> None:
    """What was minted for it; an ADMIN any, unseen ones included."""
    mine, theirs = await minted(house, house.reader, grant_of()), await minted(house, house.desk, grant_of())
    assert isinstance(await house.ask(house.reader, CapRevoke(revocation_ids(mine)[0], "")), Receipt)
    refusal = await house.refused(house.reader, CapRevoke(revocation_ids(theirs)[0], ""))
    assert refusal.code is RefusalCode.NOT_FOUND
    assert isinstance(await house.ask(house.admin, CapRevoke(b"n" * 32, "never seen")), Receipt)


async def test_revocations_survive_the_daemon(house) -> None:
    """Whoever reads the journal afresh finds what was minted and what was revoked."""
    chain = await minted(house, house.reader, grant_of())
    (id_,) = revocation_ids(chain)
    await house.ask(house.reader, CapRevoke(id_, "over"))
    book = house.gate.capabilities.book
    fresh = CapabilityBook(Journal(book._journal.path))
    fresh.refresh()
    assert fresh.ledger == book.ledger and fresh.ledger.minted[id_].chain == chain
    assert fresh.ledger.ended[id_].reason == "over"


# -- the log, and the list


async def test_the_audit_log_names_the_chain(house) -> None:
    """Every revocation id and every holder, in the row of a command and of a refusal under it."""
    at = await first_index(house)
    chain = await lent(house, Wish(rows=(at, at)))
    ids = revocation_ids(chain)
    await listed(house, house.probe, chain)
    await house.refused(house.probe, Read(at + 1, 0), capability=chain)
    done, refused = (await house.vault.entries(VaultLog.AUDIT, LeafIndex(0), 1_000))[-2:]
    assert (done.kind, refused.kind) == ("COMMAND", "REFUSED")
    for word in (*(id_.hex() for id_ in ids), house.reader.fingerprint, house.probe.fingerprint):
        assert word in done.note
    assert ids[-1].hex() in refused.note and done.actor == house.probe.fingerprint


async def test_what_is_live_is_listed(house) -> None:
    """An ADMIN sees all, a holder its own; state, scope, use, and the chain to hand on."""
    chain = await lent(house, Wish((Verb.LIST,), rows=(1, 2)))
    await listed(house, house.probe, chain)
    await minted(house, house.desk, grant_of())
    asked = List("gate.capabilities", "", "", "", 50)
    everything, mine = await house.rows(house.admin, asked), await house.rows(house.reader, asked)
    assert len(everything) == 3 and len(mine) == 2
    used = mine[-1]
    assert (used["state"], used["holder"], used["by"]) == ("live", house.probe.fingerprint, house.reader.fingerprint)
    assert (used["verbs"], used["rows"], used["used"]) == ("list", "1-2", 1)
    assert parse_chain(used["chain"]) == chain
    await house.ask(house.reader, CapRevoke(revocation_ids(chain)[0], "over"))
    assert {row["state"] for row in await house.rows(house.reader, asked)} == {"revoked"}
    house.clock.us += 3 * HOUR * 1_000_000
    assert {row["state"] for row in await house.rows(house.desk, asked)} == {"expired"}


async def test_a_role_that_needs_hardware_needs_it_of_holders_too(house) -> None:
    """The first holder's key is not marked any more than it was: its chain ends with its sessions."""
    chain = await lent(house)
    await house.ask(house.admin, PairRequire(Role.USER, True))
    refusal = await house.refused(house.probe, DOCUMENTS, capability=chain)
    assert refusal.code is RefusalCode.NOT_PERMITTED and "hardware" in refusal.reason
    assert house.cuts == [house.reader.fingerprint]


async def test_a_wider_answer_is_not_repeated_under_a_narrower_chain(house) -> None:
    """The once id of a command stands for its capability too."""
    lend, to = {"owner": house.desk, "to": house.other_desk}, house.other_desk
    wide = await lent(house, grant=grant_of((Verb.INPUT_ROUTE,)), **lend)
    narrow = await lent(house, grant=grant_of((Verb.INPUT_ROUTE,), service="minutebook"), **lend)
    route = Route(await house.offer(to, b"minutes"), "1200", "minutebook")
    assert isinstance(await house.ask(to, route, once=b"o" * 16, capability=wide), Rows)
    refusal = await house.refused(to, route, once=b"o" * 16, capability=narrow)
    assert refusal.code is RefusalCode.CONFLICT


async def test_tickets_are_not_lent(house) -> None:
    """PAIR_ISSUE under an ADMIN's chain is refused: no chain can name it."""
    chain = await lent(house, owner=house.admin)
    assert isinstance(await house.ask(house.probe, PairIssue(Role.ADMIN, ""), capability=chain), Refusal)
    assert fingerprint(house.binder.key) not in {house.admin.fingerprint, house.probe.fingerprint}


# -- names that nothing bears


@pytest.mark.parametrize(
    ("grant", "says", "helps"),
    [
        (grant_of(service="minutebok"), "no service 'minutebok'", "did you mean minutebook?"),
        (grant_of(service="ledger"), "no service 'ledger'", "services here: gate, input, minutebook"),
        (grant_of(service="minutebook.documents"), "is no service", "did you mean minutebook?"),
        (grant_of(columns=("nmae",)), "no table here has a column nmae", "did you mean name?"),
        (grant_of(service="minutebook", columns=("role",)), "no table of minutebook has a column role", "columns here: index"),
    ],
)  # fmt: skip
async def test_a_grant_names_what_there_is(house, grant: CapGrant, says: str, helps: str) -> None:
    """An unknown service, table or column is refused, and the remedy names those that there are; nothing is minted."""
    refusal = await house.refused(house.reader, grant)
    assert refusal.code is RefusalCode.BAD_ARGUMENTS
    assert says in refusal.reason and helps in refusal.remedy
    assert "CAP_GRANTED" not in [kind for kind, _ in await house.audit_rows()]


async def test_a_verb_that_no_service_carries_out_is_not_granted(house) -> None:
    """This gate has no service people: `people.correct` would be refused at its use, so it is refused at the grant."""
    refusal = await house.refused(house.desk, grant_of((Verb.LIST, Verb.PEOPLE_CORRECT)))
    assert refusal.code is RefusalCode.BAD_ARGUMENTS
    assert "people.correct" in refusal.reason and "verbs here: head" in refusal.remedy


async def test_a_verb_of_no_number_is_not_granted(house) -> None:
    """A number that no verb has is refused with a remedy, not granted and not a fault."""
    _, args = encode_args(grant_of((Verb.LIST,)))
    strange = args.replace(bytes((Verb.LIST,)), b"\x7f", 1)
    assert strange != args
    reply = house.answers()
    await house.gate.command(Command(1, b"", Verb.CAP_GRANT, strange, ()), house.peer(house.reader), reply)
    (refusal,) = reply.said
    assert refusal.code is RefusalCode.BAD_ARGUMENTS and refusal.remedy


async def test_every_table_s_service_and_columns_may_be_named(house) -> None:
    """Those of the gate's own tables as well as those of services."""
    for service, column in (("minutebook", "name"), ("gate", "verbs"), ("input", "intake")):
        assert await minted(house, house.admin, grant_of(service=service, columns=(column,)))
