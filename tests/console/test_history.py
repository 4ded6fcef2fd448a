"""A log that goes back, forks, turns its key or is restored, seen from the console: real daemons on real vaults."""

import asyncio
import json
import os
import shutil
import signal
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from console.link.keyring import Keyring
from console.link.session import Session
from console.link.witness import cosign
from console.model.events import HeadChecked
from console.model.state import LinkPhase, ToteboxState
from console.setup.enrolment import enrol
from console.setup.local_totebox import LocalTotebox
from protocol.schema import Receipt
from protocol.schema.numbers import Log
from protocol.trust.cosignature import Witness, verify_cosignature
from protocol.trust.note import parse_vkey, read_checkpoint, verify_checkpoint
from tests.console.test_daemon import Watched, served
from tests.patience import WAIT_S
from tests.vault.bench import Bench, whole
from totebox.clock import now_text
from totebox.vault.check.verification import verify
from totebox.vault.life.creation import load_identity
from totebox.vault.life.rotation import Turned, restore, rotate

pytestmark = pytest.mark.anyio


class Watching:
    """A console whose keyring outlives its sessions."""

    def __init__(self, ring: Path) -> None:
        self.keyring = Keyring(ring)
        self.alarms: list[HeadChecked] = []

    async def look(self, totebox: LocalTotebox, holds: Any) -> ToteboxState:
        """Serve the vault, run a session until `holds`, stop both in good order."""
        await asyncio.to_thread(totebox.start)
        watched = Watched(self.keyring)
        session = Session(
            watched.pairing, self.keyring.static(), self.keyring.binder(), "desk", "test", watched.emit, monotonic,
            seen=self.keyring.seen, store=self.keyring, stale_after_s=WAIT_S,
        )  # fmt: skip
        running = asyncio.create_task(session.run())
        try:
            await watched.until(holds)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await asyncio.to_thread(stop, totebox)
        return watched.state

    def evidence(self, origin: str) -> list[dict[str, Any]]:
        """The alarms that were written down about a log."""
        lines = self.keyring.seen.alarms_path(origin).read_text().splitlines()
        return [found for found in map(json.loads, filter(None, lines)) if found["what"] == "alarm"]


def stop(totebox: LocalTotebox) -> None:
    os.kill(totebox.pid, signal.SIGTERM)
    os.waitpid(totebox.pid, 0)
    totebox.pid = 0


def head_seen(state: ToteboxState) -> bool:
    return state.is_linked and Log.RECORDS in state.heads


def alarmed(state: ToteboxState) -> bool:
    return Log.RECORDS in state.heads and bool(state.heads[Log.RECORDS].alarm)


def append(root: Path, *texts: bytes) -> None:
    """Records that are sealed while nobody serves."""
    bench = Bench(root, clock=now_text)  # type: ignore[arg-type]
    for text in texts:
        bench.append(whole(text))
    bench.stop()


def put_back(copy: Path, root: Path) -> None:
    """What whoever holds the disk can do: the same place, an older state of it."""
    for folder in ("ledger", "assets"):
        for path in sorted((root / folder).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        shutil.copytree(copy / folder, root / folder, dirs_exist_ok=True)
    for path in (root / "cache/tiles").rglob("*"):
        path.is_file() and path.unlink()
    (root / "cache/index.sqlite").unlink(missing_ok=True)


async def prepared(host: Any) -> tuple[LocalTotebox, Watching]:
    """A Totebox with one sealed record whose newest head a console has seen, and an older copy beside it."""
    totebox, ticket = served(host)
    watching = Watching(host.home / "ring")
    await asyncio.to_thread(enrol, ticket, watching.keyring, "desk")
    stop(totebox)
    shutil.copytree(totebox.directory, host.home / "copy", symlinks=True)
    append(totebox.directory, b"one", b"two")
    await watching.look(totebox, head_seen)
    return totebox, watching


async def test_an_old_copy_raises_the_alarm_and_both_heads_are_kept(host: Any) -> None:
    """Put back in its very place it verifies by itself and serves; the console shows what is missing, and keeps the evidence."""
    totebox, watching = await prepared(host)
    origin = load_identity(totebox.directory).origin
    put_back(host.home / "copy", totebox.directory)
    state = await watching.look(totebox, alarmed)
    assert "shorter" in state.heads[Log.RECORDS].alarm
    (found,) = watching.evidence(origin)
    assert read_checkpoint(found["seen"].encode()).tree_size > read_checkpoint(found["shown"].encode()).tree_size
    again = await watching.look(totebox, alarmed)
    assert again.heads[Log.RECORDS].alarm, "what was seen is never reset"


async def test_a_fork_raises_the_alarm(host: Any) -> None:
    """The old copy went on with other records, past the size that was seen: there is no proof, whatever it shows."""
    totebox, watching = await prepared(host)
    put_back(host.home / "copy", totebox.directory)
    append(totebox.directory, b"other one", b"other two", b"other three")
    state = await watching.look(totebox, alarmed)
    assert "extend" in state.heads[Log.RECORDS].alarm
    (found,) = watching.evidence(load_identity(totebox.directory).origin)
    assert read_checkpoint(found["seen"].encode()).tree_size < read_checkpoint(found["shown"].encode()).tree_size


async def turned(totebox: LocalTotebox, turn: Any) -> Turned:
    done: Turned = await asyncio.to_thread(lambda: turn(totebox.directory, entropy=os.urandom, now=now_text))
    return done


async def test_a_rotated_key_is_followed_and_pinned(host: Any) -> None:
    """The pinned vkey moves through the proved entry, of both logs, over two rotations at once; no alarm is raised."""
    totebox, watching = await prepared(host)
    (before,) = watching.keyring.pairings()
    await turned(totebox, rotate)
    newest = await turned(totebox, rotate)
    state = await watching.look(totebox, head_seen)
    (after,) = watching.keyring.pairings()
    assert (after.vkey, after.audit_vkey) == (newest.vkey, newest.audit_vkey) != (before.vkey, before.audit_vkey)
    assert state.heads[Log.RECORDS].alarm == ""


async def test_a_console_that_proved_a_head_cosigns_it(host: Any) -> None:
    """What it had seen before, and nothing else; the Totebox keeps its line beside its own signature, and verifies."""
    totebox, watching = await prepared(host)
    witness = Witness("desk.example", os.urandom(32))
    origin = load_identity(totebox.directory).origin
    await asyncio.to_thread(totebox.start)
    watched = Watched(watching.keyring)
    running = asyncio.create_task(watched.session.run())
    try:
        await watched.until(head_seen)
        seen, ask = watching.keyring.seen, watched.session.ask
        answer = await cosign(
            lambda arguments: ask("cosign", arguments), seen, Log.RECORDS, origin, witness, 1_900_000_000
        )
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await asyncio.to_thread(stop, totebox)
    assert isinstance(answer, Receipt)
    (kept,) = (totebox.directory / "ledger/checkpoints").glob("*.desk.example")
    note, identity = kept.read_bytes(), load_identity(totebox.directory)
    assert verify_checkpoint(note, parse_vkey(identity.vkey)) == verify_cosignature(note, witness.key)[0]
    assert verify(totebox.directory).findings == ()


async def test_a_restored_log_is_refused_with_both_heads_kept(host: Any) -> None:
    """Another origin that the old key did not sign for: nothing is asked of it until somebody pairs anew."""
    totebox, watching = await prepared(host)
    (before,) = watching.keyring.pairings()
    done = await turned(totebox, restore)
    state = await watching.look(totebox, lambda state: state.link is LinkPhase.LOST)
    assert "restored" in state.link_reason and state.retry_at is None
    assert tuple(watching.keyring.pairings()) == (before,)
    (found,) = watching.evidence(parse_vkey(before.vkey).name)
    assert done.origin in found["shown"] and parse_vkey(before.vkey).name in found["seen"]
