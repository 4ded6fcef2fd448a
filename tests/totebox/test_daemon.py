"""A whole Totebox in processes of its own, asked by consoles over its socket."""

import asyncio
import hashlib
import os
import re
import signal
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from console.errors import LinkDown, PairingError
from console.model.events import Answered, Heard, LinkLost, LinkUp
from protocol.errors import TicketError
from protocol.schema import (
    RESERVED,
    Command,
    CorrectClaim,
    Decide,
    Head,
    List,
    PairIssue,
    PairRevoke,
    Prove,
    Receipt,
    Refusal,
    Route,
    Rows,
    StatusBody,
    Take,
    Telemetry,
    Verify,
)
from protocol.schema.numbers import Decision, Grade, Log, RefusalCode, Role, Severity, Topic, Verb
from protocol.trust.keys import fingerprint
from protocol.wire.codec import decode_body, encode_args
from tests.openssl import needs_openssl
from tests.patience import WAIT_S
from tests.processes import descendants, words
from tests.protocol.specification import README

pytestmark = pytest.mark.anyio
MINUTES = b"""# Minutes of the board of Acme Holdings Ltd

Present: Ms Karin Lindqvist (chair), karin.lindqvist@acme.example

It was resolved on 12 March 2026 to approve the annual accounts.
"""


def table(name: str, query: str = "", limit: int = 100) -> List:
    return List(name, query, "", "", limit)


async def seal(console, data: bytes = MINUTES, name: bytes = b"minutes.md", supersedes: int | None = None) -> Receipt:
    """Through all five steps, yes to every claim."""
    intake = await console.offer(data, name)
    claims = await console.rows(Route(str(intake["intake"]), await account(console), "minutebook"))
    for claim in claims:
        answer = await console.ask(Decide(str(intake["intake"]), int(claim["number"]), Decision.YES))
        assert isinstance(answer, Receipt), answer
    receipt = await console.seal(intake["intake"], supersedes)
    assert isinstance(receipt, Receipt), receipt
    return receipt


async def account(console) -> str:
    return str((await console.rows(table("input.chart")))[0]["number"])


async def heard(console, topic: Topic, holds=lambda body: True):
    """The first telemetry on `topic` whose body holds."""

    def right(event: Heard) -> bool:
        message = event.message
        return isinstance(message, Telemetry) and message.topic is topic and holds(decode_body(topic, message.body))

    event = await console.wait(Heard, right)
    return decode_body(topic, event.message.body)


async def test_status_tells_the_live_state(desk, daemon) -> None:
    """Who it is, where both logs stand, what its processes use."""
    body = await heard(desk, Topic.STATUS)
    assert (body.entity, body.entity_kind, body.lifecycle) == ("Acme Holdings", "corporation", "active")
    assert body.tree_size >= 1 and body.sessions == 1 and body.read_only == ""
    assert body.grade in set(Grade) and body.memory_bytes > 1 << 20 and body.disk_free_bytes > 0
    assert [service.name for service in body.services] == ["fs", "audit", "people", "extraction", "minutebook"]
    assert {service.state for service in body.services} == {"running"}


async def test_every_table_of_the_contract_can_be_listed(desk) -> None:
    """By an ADMIN, all of them; none of them fails when there is nothing to show."""
    for name in (
        "gate.pairings", "fs.entries", "audit.log", "input.chart", "input.drops", "input.intake",
        "minutebook.documents", "minutebook.history", "people.anchors", "people.claims", "extraction.claims",
        "gate.capabilities", "gate.tables",
    ):  # fmt: skip
        assert isinstance(await desk.rows(table(name)), list)
    refusal = await desk.ask(table("minutebok.documents"))
    assert isinstance(refusal, Refusal) and "minutebook.documents" in refusal.remedy


@pytest.mark.parametrize(
    "asked",
    [
        List("fs.entries", "colour:red", "", "", 10),
        List("fs.entries", "index:x", "", "", 10),
        List("fs.entries", "", "yesterday", "", 10),
        List("fs.entries", "", "", "x", 10),
    ],
    ids=["unknown key", "no number", "bad time", "bad cursor"],
)
async def test_a_bad_query_is_refused_over_the_wire(desk, asked: List) -> None:
    """BAD_ARGUMENTS with a remedy."""
    refusal = await desk.ask(asked)
    assert isinstance(refusal, Refusal) and refusal.code is RefusalCode.BAD_ARGUMENTS and refusal.remedy


async def test_a_document_goes_in_and_comes_out_byte_for_byte(desk) -> None:
    """Five steps, a receipt that the console verified itself, found by its words, read back."""
    receipt = await seal(desk)
    answered = await desk.wait(Answered, lambda event: event.answer == receipt)
    assert answered.trouble == ""
    found = await desk.rows(table("minutebook.documents", "lindqvist"))
    assert [row["index"] for row in found] == [receipt.index]
    assert await desk.download(receipt.index) == MINUTES
    assert b"Lindqvist" in await desk.download(int(found[0]["text"]))
    anchors = await desk.rows(table("people.anchors", "lindqvist"))
    assert anchors and anchors[0]["type"] == "Person"
    claims = await desk.rows(table("people.claims", f"anchor:{anchors[0]['anchor']}"))
    assert claims[0]["source"] == receipt.index and "Lindqvist" in str(claims[0]["excerpt"])


async def test_what_happens_is_told_as_it_happens(desk) -> None:
    """The entry's row, its audit row, the new head and the changed table arrive without being asked for."""
    receipt = await seal(desk)
    body = await heard(desk, Topic.ENTRY, lambda body: body.index == receipt.index)
    assert body.row == receipt.proof.leaf
    await heard(desk, Topic.AUDIT, lambda body: b"RECORD_VERIFIED" in body.row)
    await heard(desk, Topic.HEAD, lambda body: body.log is Log.RECORDS and body.checkpoint == receipt.checkpoint)
    await heard(desk, Topic.CHANGED, lambda body: body.name == "minutebook.documents")


async def test_a_sealed_file_is_recognised(desk) -> None:
    """The same bytes under another name: the row names the record, and nothing is uploaded."""
    receipt = await seal(desk)
    row = await desk.offer(MINUTES, b"copy.md")
    assert (row["sealed"], row["step"]) == (receipt.index, "sealed")


async def test_two_devices_in_the_same_document(desk, another) -> None:
    """The second is told by whom it is held; after the first has confirmed, that it is a record."""
    intake = str((await desk.offer(MINUTES, b"minutes.md"))["intake"])
    other = await another("input", "back office")
    refusal = await other.ask(Route(intake, await account(other), "minutebook"))
    assert isinstance(refusal, Refusal) and refusal.code is RefusalCode.HELD and "desk" in refusal.reason


async def test_roles_end_where_they_should(desk, another) -> None:
    """A USER reads and cannot feed F12; an INTERFACE proves and cannot list; neither hears what it may not."""
    reader = await another("user", "reader")
    assert await reader.rows(table("audit.log", "", 5))
    refusal = await reader.ask(Take(b"x"))
    assert isinstance(refusal, Refusal) and refusal.code is RefusalCode.NOT_PERMITTED
    probe = await another("interface", "hub")
    assert isinstance(await probe.ask(Prove(Log.RECORDS, 0)), Receipt)
    refusal = await probe.ask(table("audit.log"))
    assert isinstance(refusal, Refusal) and refusal.code is RefusalCode.NOT_PERMITTED
    await heard(probe, Topic.STATUS)
    assert not any(isinstance(e, Heard) and e.message.topic in (Topic.AUDIT, Topic.ENTRY) for e in probe.events)


async def test_tickets_open_once_and_say_why_not(desk, new_console, daemon) -> None:
    """Used, of another Totebox, mistyped: each has its own words, and burns nothing."""
    ticket = daemon.ticket("user")
    with pytest.raises(TicketError, match="mistyped"):
        await new_console().pair(ticket[:-1] + ("a" if ticket[-1] != "a" else "b"))
    await new_console().pair(ticket)
    with pytest.raises(PairingError, match="used"):
        await new_console().pair(ticket)
    issued = (await desk.rows(PairIssue(Role.INPUT, "for Jo")))[0]
    assert (await new_console().pair(str(issued["text"]))).role is Role.INPUT


@pytest.mark.parametrize("number", [min(RESERVED), 0x77])
async def test_a_verb_that_nobody_knows_is_refused_and_the_session_goes_on(desk, number: int) -> None:
    """Reserved or never heard of: UNKNOWN_VERB for that command, and the next one is answered."""
    bound = (await desk.wait(LinkUp)).bound
    assert number not in bound.verbs and int(Verb.PAIR_NAME) in bound.verbs
    call, answers = desk.session._call, asyncio.Queue[tuple[int, object]]()

    def settle(number: int, answer: object) -> None:
        if number > 90_000:
            answers.put_nowait((number, answer))

    desk.session._commands._settle = settle
    call.say(Command(90_001, bytes(16), number, b"\x90", ()))
    call.say(Command(90_002, b"", Verb.HEAD, encode_args(Head(Log.RECORDS, 0))[1], ()))
    async with asyncio.timeout(WAIT_S):
        answered = dict([await answers.get(), await answers.get()])
    refusal = answered[90_001]
    assert isinstance(refusal, Refusal) and refusal.code is RefusalCode.UNKNOWN_VERB
    assert isinstance(answered[90_002], Rows)


async def test_revoking_cuts_a_live_session(desk, another) -> None:
    """Within a second or two, and the peer hears which it is."""
    other = await another("user", "lost laptop")
    name = fingerprint(other.binder.key)
    assert isinstance(await desk.ask(PairRevoke(name, "lost")), Receipt)
    lost = await other.wait(LinkLost)
    assert lost.closing is not None and lost.closing.reason.name == "REVOKED"
    row = next(row for row in await desk.rows(table("gate.pairings")) if row["fingerprint"] == name)
    assert row["state"] == "revoked" and row["sessions"] == 0


async def test_the_last_admin_goes_on_the_host_alone_and_his_console_dials_no_more(desk, daemon) -> None:
    """Over the wire it is refused, on the host `--last` has to be said; the console then stops for good and names the remedy."""
    name = fingerprint(desk.binder.key)
    refusal = await desk.ask(PairRevoke(name, "oops"))
    assert isinstance(refusal, Refusal) and refusal.code is RefusalCode.CONFLICT
    for said in (("--revoke", name), ("revoke", name)):
        done = daemon.program.run("pairings", daemon.directory, *said)
        assert done.returncode == 2 and "--last" in done.stderr
    assert daemon.program.run("pairings", daemon.directory, "--revoke", name, "--last").returncode == 0
    lost = await desk.wait(LinkLost)
    assert lost.retry_at is None and "os-console pair TICKET" in lost.reason


async def test_two_sessions_that_correct_one_claim_at_once(desk, another) -> None:
    """One of them has a receipt; the other is told that the claim is corrected already, and by which entry."""
    sealed, other = await seal(desk), await another("input", "back office")
    claim = (await desk.rows(table("people.claims")))[0]
    answers = await asyncio.gather(
        desk.ask(CorrectClaim(int(claim["index"]), "Karin Lindquist", sealed.index)),
        other.ask(CorrectClaim(int(claim["index"]), "Carin Lindqvist", sealed.index)),
    )
    (receipt,) = (answer for answer in answers if isinstance(answer, Receipt))
    (refusal,) = (answer for answer in answers if isinstance(answer, Refusal))
    assert refusal.code is RefusalCode.CONFLICT and f"entry {receipt.index}" in refusal.reason


async def test_os_totebox_revokes_beside_the_daemon(desk, another, daemon) -> None:
    """The same from the host's command line."""
    other = await another("user", "lost laptop")
    done = await asyncio.to_thread(
        daemon.program.run, "pairings", daemon.directory, "--revoke", fingerprint(other.binder.key), "--reason", "lost"
    )
    assert done.returncode == 0, done.stderr
    assert (await other.wait(LinkLost)).closing.reason.name == "REVOKED"


@needs_openssl
async def test_openssl_verifies_what_was_approved(desk, daemon) -> None:
    """With the row APPROVED as the audit register holds it, and the device's public key, by the specification's own command."""
    receipt = await seal(desk)
    registers = (daemon.directory / "ledger/audit/register").iterdir()
    (text,) = (line for path in registers for line in path.read_text().splitlines() if ",APPROVED," in line)
    for name in ("approval", "signature"):
        (coded,) = re.findall(rf"{name}=([A-Za-z0-9+/=]+)", text)
        (daemon.directory.parent / name).write_bytes(b64decode(coded))
    der = bytes.fromhex("302a300506032b6570032100") + desk.binder.key.public
    pem = f"-----BEGIN PUBLIC KEY-----\n{b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"
    (daemon.directory.parent / "key.pem").write_text(pem)
    (command,) = re.findall(r"`(openssl pkeyutl [^`]+)`", README.read_text(encoding="utf-8"))
    run = partial(subprocess.run, cwd=daemon.directory.parent, capture_output=True, text=True, check=False)
    done = await asyncio.to_thread(run, command.split())
    assert done.returncode == 0 and "Success" in done.stdout, done.stderr
    message = (daemon.directory.parent / "approval").read_bytes()
    assert hashlib.sha256(MINUTES).digest() in message and receipt.index


async def test_a_dropped_file_is_listed_taken_and_gone_when_sealed(desk, daemon) -> None:
    """CHANGED says that there is something; after the receipt the folder is empty."""
    path = daemon.directory / "app-console-input" / "minutes.md"
    path.write_bytes(MINUTES)
    await heard(desk, Topic.CHANGED, lambda body: body.name == "input.drops")
    drop = (await desk.rows(table("input.drops")))[0]
    intake = (await desk.rows(Take(drop["name"])))[0]
    claims = await desk.rows(Route(str(intake["intake"]), await account(desk), "minutebook"))
    for claim in claims:
        await desk.ask(Decide(str(intake["intake"]), int(claim["number"]), Decision.NO))
    receipt = await desk.seal(intake["intake"])
    assert isinstance(receipt, Receipt) and not path.exists() and await desk.download(receipt.index) == MINUTES
    assert len(await desk.rows(table("extraction.claims", "status:rejected"))) == len(claims) > 0


async def test_an_idle_console_leaves_no_rows(desk) -> None:
    """Once everything is told nothing of the Totebox's own changes any more, although a console listens."""

    def rested() -> Callable[[Heard], bool]:
        """Whether STATUS said the same for five seconds; what the machine does beside us is not counted."""
        told: list[tuple[StatusBody, int]] = []

        def holds(event: Heard) -> bool:
            if not isinstance(event.message, Telemetry) or event.message.topic is not Topic.STATUS:
                return False
            body = decode_body(Topic.STATUS, event.message.body)
            own = replace(body, disk_free_bytes=0, memory_bytes=0, cpu_permille=0, uptime_s=0)
            if not told or told[0][0] != own:
                told[:] = [(own, body.uptime_s)]
            return body.uptime_s - told[0][1] >= 5

        return holds

    await desk.wait(Heard, rested())
    before = len(await desk.rows(table("audit.log")))
    desk.events.clear()
    await desk.wait(Heard, rested())
    assert len(await desk.rows(table("audit.log"))) <= before + 4


async def test_verify_over_the_wire_is_clean_and_in_the_log(desk) -> None:
    """No findings, and AUDIT_CLEAN."""
    await seal(desk)
    assert await desk.rows(Verify()) == []
    assert await desk.rows(table("audit.log", "kind:AUDIT_CLEAN"))


async def test_a_second_daemon_on_the_same_directory_is_refused(desk, daemon) -> None:
    """One line that says where the first one listens; the first one goes on."""
    done = await asyncio.to_thread(daemon.program.run, "serve", daemon.directory)
    assert done.returncode == 2 and "already served at unix:" in done.stderr and done.stderr.count("\n") == 1
    assert isinstance(await desk.ask(Head(Log.RECORDS, 0)), object)


async def test_a_killed_daemon_starts_again_and_nothing_is_lost(desk, daemon) -> None:
    """Killed while appends are on their way: the console reconnects by itself, acknowledged records are there, verify is clean."""
    receipts = [await seal(desk, MINUTES + b"%d\n" % number, b"m%d.md" % number) for number in range(3)]
    busy = asyncio.gather(
        *(desk.offer(MINUTES + b"late %d\n" % number, b"l%d.md" % number) for number in range(4)),
        return_exceptions=True,
    )
    daemon.kill()
    assert all(isinstance(one, LinkDown | dict) for one in await busy)
    await desk.wait(LinkLost)
    desk.events.clear()
    await asyncio.to_thread(daemon.start)
    desk.session.retry()
    await desk.wait(LinkUp)
    found = await desk.rows(table("minutebook.documents"))
    assert {row["index"] for row in found} == {receipt.index for receipt in receipts}
    daemon.stop()
    done = await asyncio.to_thread(daemon.program.run, "verify", daemon.directory)
    assert done.returncode == 0, done.stdout + done.stderr


async def test_a_killed_writer_is_started_again(desk, daemon) -> None:
    """The daemon goes on, and takes records again by itself."""
    [writer] = [pid for pid in descendants(daemon.pid) if "totebox.writer" in words(pid)]
    os.kill(writer, signal.SIGKILL)
    async with asyncio.timeout(WAIT_S):
        while isinstance(await desk.ask(PairIssue(Role.USER, "")), Refusal):
            pass  # a command that meets the gap is refused: nothing was done, and it may be sent again
    receipt = await seal(desk)
    assert await desk.download(receipt.index) == MINUTES


async def test_a_stopped_daemon_leaves_no_file_of_an_open_database(desk, daemon) -> None:
    """SQLite removes `-wal` and `-shm` when the last connection closes: a vault that stopped in good order has neither."""
    await seal(desk)
    for name in ("minutebook.documents", "people.anchors", "extraction.claims"):
        await desk.rows(table(name))
    cache = daemon.directory / "cache"
    assert list(cache.glob("*.sqlite-*"))
    await desk.close()
    assert daemon.stop() == 0
    assert len(list(cache.glob("*.sqlite"))) == 4 and not list(cache.glob("*.sqlite-*"))


async def test_a_stopped_daemon_says_goodbye(desk, daemon) -> None:
    """SIGTERM: sessions hear SHUTDOWN, exit status 0, the last audit row says so, and nothing is left listening."""
    assert await asyncio.to_thread(daemon.stop) == 0
    lost = await desk.wait(LinkLost)
    assert lost.closing is not None and lost.closing.reason.name == "SHUTDOWN"
    assert not (daemon.directory / "local" / "serving" / "listening").exists()
    rows = (daemon.directory / "ledger/audit/register").glob("*.csv")
    assert "STOPPED" in "".join(path.read_text() for path in rows).splitlines()[-1]


async def test_a_copied_vault_serves_reads_and_takes_no_writes(daemon, program, short_dir, new_console, copied) -> None:
    """Beside its original: what was sealed can be read, F12 is refused with the remedy, an alarm says so."""
    console = new_console()
    ticket = daemon.init()
    daemon.start()
    pairing = await console.pair(ticket)
    receipt = await seal(await console.open(pairing))
    copy = copied(daemon)
    await console.close()
    await console.open(replace(pairing, uri=copy.uris[0]))
    assert await console.download(receipt.index) == MINUTES
    refusal = await console.ask(Take(b"x"))
    assert (
        isinstance(refusal, Refusal) and refusal.code is RefusalCode.READ_ONLY and "os-totebox move" in refusal.reason
    )
    assert (await heard(console, Topic.STATUS)).read_only
    assert (await heard(console, Topic.EVENT, lambda body: body.source == "vault")).severity is Severity.ALARM


async def test_it_listens_on_every_address_that_is_asked_for(daemon, new_console) -> None:
    """A Unix socket and TCP on a port that the system chose; a ticket names the first."""
    daemon.init()
    uri = f"unix:{daemon.directory.parent}/own.sock"
    daemon.start("--listen", "tcp:127.0.0.1:0", "--listen", uri)
    assert daemon.uris[1] == uri and daemon.uris[0].startswith("tcp:127.0.0.1:")
    console = new_console()
    pairing = await console.pair(daemon.ticket("user"))
    assert pairing.uri == daemon.uris[0]
    await console.open(pairing)
    await heard(console, Topic.STATUS)
