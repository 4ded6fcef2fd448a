"""The state of integrity: what the audit log says, told once each time it changes, whatever order things come in."""

import pytest

from protocol.schema import IntegrityBody
from protocol.schema.numbers import Log, Scope, Verdict
from totebox.errors import ReadOnly
from totebox.gate.integrity import Integrity, verdict_run
from totebox.gate.verdict import KINDS, VerificationResult, nothing
from totebox.vault.api import Appended, AuditDraft, Entry, Finding, LeafIndex
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio

DAMAGE = Finding("damage", "assets/x", 3, 0, "a hash", "another", "restore it")
BAD, GOOD = VerificationResult((DAMAGE,), 1), VerificationResult((), 0)
NOW_US = 1_800_000_000_000_000


class Told:
    """An `Integrity` over a vault in memory, with everything that it published."""

    def __init__(self, vault: MemoryVault | None = None) -> None:
        self.vault = vault or MemoryVault()
        self.bodies: list[IntegrityBody] = []
        self.state = Integrity(self.vault, self.bodies.append, lambda size: b"\x01" * size, lambda: NOW_US)

    async def rows(self) -> list[Entry]:
        found = await self.vault.entries(Log.AUDIT, LeafIndex(0), 1_000)
        return [row for row in found if row.kind in KINDS]

    @property
    def verdicts(self) -> list[Verdict]:
        return [body.verdict for body in self.bodies]


class NoWrites(MemoryVault):
    """A vault that takes no writes."""

    async def audit(self, row: AuditDraft, *, durable: bool = True) -> Appended:
        raise ReadOnly("the disk is broken")


async def test_a_vault_that_was_never_verified_says_so() -> None:
    """One body, and no verdict in it."""
    told = Told()
    await told.state.rebuild(list)
    assert told.bodies == [nothing()] and nothing().verdict is Verdict.UNVERIFIED


async def test_what_a_start_reads_is_what_was_told_before() -> None:
    """Another process over the same log tells the same."""
    first = Told()
    await first.state.rebuild(list)
    assert await first.state.record(BAD, "SHA256:desk") == ""
    rows = await first.rows()
    for row in rows:
        first.state.take(row)
    second = Told(first.vault)
    await second.state.rebuild(lambda: rows)
    assert second.bodies == first.bodies[-1:] and second.bodies[0].by == "SHA256:desk"
    assert second.bodies[0].audit_index == rows[0].index


async def test_rows_that_come_while_the_log_is_read_wait_and_count_once() -> None:
    """A clean verification that came meanwhile is newer than the damage in the log; one that was read already is not read again."""
    told = Told()
    for verified in (BAD, GOOD):
        await told.state.record(verified, "local")
    bad, good = await told.rows()
    told.state.take(bad)
    told.state.take(good)
    assert told.bodies == []
    await told.state.rebuild(lambda: [bad])
    assert told.verdicts == [Verdict.CLEAN]


async def test_a_log_that_cannot_be_read_does_not_end_it() -> None:
    """It begins with nothing, and the next row is told."""
    told = Told()

    def broken() -> list[Entry]:
        raise OSError("input/output error")

    await told.state.rebuild(broken)
    await told.state.record(GOOD, "local")
    for row in await told.rows():
        told.state.take(row)
    assert told.verdicts == [Verdict.UNVERIFIED, Verdict.CLEAN]


async def test_rows_of_other_kinds_tell_nothing() -> None:
    """Neither a command nor a session."""
    told = Told()
    await told.state.rebuild(list)
    row = (await told.vault.audit(AuditDraft("COMMAND", "SHA256:desk", "verify", ""))).audit
    told.state.take(row)
    assert len(told.bodies) == 1


async def test_what_has_not_changed_is_not_told_again() -> None:
    """A partial verification that finds nothing changes nothing."""
    told = Told()
    await told.state.rebuild(list)
    await told.state.record(VerificationResult((), 0, Scope.PARTIAL), "local")
    for row in await told.rows():
        told.state.take(row)
    assert len(told.bodies) == 1


async def test_a_vault_that_takes_no_writes_tells_its_verdict_all_the_same() -> None:
    """Verification matters most then: without a row, by whom and when, and the reason is given back."""
    told = Told(NoWrites())
    await told.state.rebuild(list)
    assert "the disk is broken" in await told.state.record(BAD, "SHA256:desk")
    body = told.bodies[-1]
    assert (body.verdict, body.total, body.by, body.time_us) == (Verdict.FINDINGS, 1, "SHA256:desk", NOW_US)
    assert body.audit_index is None and body.findings[0].path == "assets/x"
    assert "the disk is broken" in await told.state.record(GOOD, "local")
    assert told.bodies[-1].verdict is Verdict.CLEAN


def test_the_word_of_a_verification_is_drawn_anew() -> None:
    """Eight random bytes in hex."""
    drawn = iter((b"\x00" * 8, b"\xff" * 8))
    assert verdict_run(lambda size: next(drawn)[:size]) == "0" * 16
    assert verdict_run(lambda size: next(drawn)[:size]) == "f" * 16
