"""Following both logs: each row once, in order; services get the records."""

import pytest

from protocol.schema import AuditBody, EntryBody, HeadBody
from protocol.schema.numbers import Log
from totebox.clock import time_us_of
from totebox.telemetry.follower import FollowedVault, Follower
from totebox.vault.api import AuditDraft, Batch, Draft, Whole
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio


def batch(*names: str) -> Batch:
    drafts = tuple(Draft("minutebook", "text", name, Whole(name.encode()), name) for name in names)
    return Batch("local", "", b"", AuditDraft("COMMAND", "local", "test"), drafts)


@pytest.fixture
def followed():
    vault = MemoryVault()
    said, absorbed, nudges = [], [], []

    async def absorb(entries) -> None:
        absorbed.extend(entry.index for entry in entries)

    follower = Follower(vault, said.append, absorb, lambda: 0.0)
    return FollowedVault(vault, lambda: nudges.append(1)), follower, said, absorbed, nudges


async def test_it_begins_at_the_present_and_tells_both_heads(followed) -> None:
    """What was there before is no news."""
    _, follower, said, absorbed, _ = followed
    await follower.start()
    assert [(type(body), body.log) for body in said] == [(HeadBody, Log.RECORDS), (HeadBody, Log.AUDIT)]
    await follower.step()
    assert len(said) == 2 and absorbed == []


async def test_the_time_of_the_newest_record_outlives_a_restart(followed) -> None:
    """It is the one that its row states: for who begins over a log that is there, and after each append."""
    vault, follower, *_ = followed
    appended = await vault.append(batch("a", "b"))
    await follower.start()
    assert follower.checkpoint_time_us == time_us_of(appended.entries[-1].time)
    later = await vault.append(batch("c"))
    await follower.step()
    assert follower.checkpoint_time_us == time_us_of(later.entries[-1].time)


async def test_every_row_is_told_once_in_order(followed) -> None:
    """Audit row before the entries it authorises, entries in order, then the head."""
    vault, follower, said, absorbed, nudges = followed
    await follower.start()
    await vault.append(batch("a", "b"))
    await vault.append(batch("c"))
    said.clear()
    await follower.step()
    await follower.step()
    assert [body.index for body in said if isinstance(body, AuditBody)] == [1, 2]
    assert [body.index for body in said if isinstance(body, EntryBody)] == [1, 2, 3] == absorbed
    assert [body.log for body in said if isinstance(body, HeadBody)] == [Log.RECORDS] and len(nudges) == 2


async def test_a_leaf_is_told_byte_for_byte(followed) -> None:
    """Whoever listens can hash it."""
    vault, follower, said, _, _ = followed
    await follower.start()
    appended = await vault.append(batch("a"))
    await follower.step()
    assert next(body.row for body in said if isinstance(body, EntryBody)) == appended.entries[0].leaf


async def test_the_audit_heads_are_told_at_most_once_a_period(followed) -> None:
    """They move with every command; the settled one is told in any case."""
    vault, follower, said, _, _ = followed
    await follower.start()
    for _ in range(5):
        await vault.audit(AuditDraft("COMMAND", "local", "x"))
        await follower.step()
    heads = [body for body in said if isinstance(body, HeadBody) and body.log is Log.AUDIT]
    assert len(heads) == 1
    await follower.step(settled=True)
    assert sum(isinstance(body, HeadBody) and body.log is Log.AUDIT for body in said) == 2


async def test_more_rows_than_a_page_are_all_told(followed) -> None:
    """Nothing is skipped when much is appended between two steps."""
    vault, follower, _said, absorbed, _ = followed
    await follower.start()
    await vault.append(batch(*(f"n{number}" for number in range(600))))
    await follower.step()
    assert absorbed == list(range(1, 601))


async def test_a_question_for_a_head_is_no_news_of_a_head(followed) -> None:
    """Its row is told, but no head: else a console would hear of its own questions for ever."""
    vault, follower, said, _, _ = followed
    await follower.start()
    said.clear()
    await vault.audit(AuditDraft("COMMAND", "SHA256:a", "head"))
    await follower.step(settled=True)
    assert [type(body) for body in said] == [AuditBody]
