"""A real daemon on a real vault with a bent byte: what it tells, and what a restart leaves of it."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from console.model.events import LinkUp
from protocol.schema import IntegrityBody, Verify
from protocol.schema.numbers import Topic, Verdict
from tests.totebox.test_daemon import MINUTES, heard, seal, table

pytestmark = pytest.mark.anyio


async def told(console, verdict: Verdict) -> IntegrityBody:
    """The INTEGRITY that says `verdict`."""
    return await heard(console, Topic.INTEGRITY, lambda body: body.verdict is verdict)


def sealed(directory: Path) -> Path:
    """The original; its extracted text, which lies beside it under a later number, has the same bytes."""
    found = (path for path in (directory / "assets/minutebook").rglob("*") if path.is_file())
    return min(path for path in found if path.read_bytes() == MINUTES)


def bend(path: Path) -> None:
    """One bit of its first byte."""
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    path.chmod(0o444)


async def again(console, daemon) -> None:
    """The daemon is stopped and started; the console finds it."""
    console.events.clear()
    await asyncio.to_thread(daemon.stop)
    await asyncio.to_thread(daemon.start)
    console.session.retry()
    await console.wait(LinkUp)


def tree(directory: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file with its mode, the time of its last change, and its bytes."""
    return {
        str(path.relative_to(directory)): (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes())
        for path in directory.rglob("*")
        if path.is_file()
    }


async def test_a_finding_is_told_and_outlives_the_daemon(desk, daemon, another) -> None:
    """Verified over the wire: told with path, entry and remedy, also to INTERFACE; the same after a restart; clean when it is."""
    assert (await told(desk, Verdict.UNVERIFIED)).audit_index is None
    receipt = await seal(desk)
    path = sealed(daemon.directory)
    bend(path)
    assert len(await desk.rows(Verify())) == 1
    body = await told(desk, Verdict.FINDINGS)
    [found] = body.findings
    assert (found.severity, found.entry, body.total) == ("damage", receipt.index, 1)
    assert found.path == str(path.relative_to(daemon.directory)) and found.expected and found.found and found.remedy
    [row] = await desk.rows(table("audit.log", "kind:AUDIT_FINDING"))
    assert row["index"] == body.audit_index and row["actor"] == body.by != "local"
    hub = await another("interface", "hub")
    assert await told(hub, Verdict.FINDINGS) == body
    await again(desk, daemon)
    assert await told(desk, Verdict.FINDINGS) == body
    bend(path)
    assert await desk.rows(Verify()) == []
    clean = await told(desk, Verdict.CLEAN)
    await again(desk, daemon)
    assert await told(desk, Verdict.CLEAN) == clean and not clean.findings


async def test_verify_writes_nothing(desk, daemon) -> None:
    """On the host, with a finding and without one, beside the daemon or alone: no file is made, changed or touched."""
    await seal(desk)
    await desk.close()
    daemon.stop()
    for bent in (False, True):
        if bent:
            bend(sealed(daemon.directory))
        before = tree(daemon.directory)
        done = await asyncio.to_thread(daemon.program.run, "verify", daemon.directory)
        assert done.returncode == int(bent), done.stderr
        assert tree(daemon.directory) == before


async def test_the_owner_records_a_verdict_through_the_daemon(desk, daemon) -> None:
    """`verify DIR --record` beside it: the console is told at once, the row says `local`."""
    await seal(desk)
    assert await desk.rows(Verify()) == [], "what was sealed is out of the write-ahead log"
    bend(sealed(daemon.directory))
    done = await asyncio.to_thread(daemon.program.run, "verify", daemon.directory, "--record", "--json")
    assert done.returncode == 1 and "the verdict stands in the audit log" in done.stderr
    body = await told(desk, Verdict.FINDINGS)
    [found] = body.findings
    [said] = json.loads(done.stdout)["findings"]
    assert (found.path, found.entry, found.expected) == (said["path"], said["entry"], said["expected"])
    [row] = await desk.rows(table("audit.log", "kind:AUDIT_FINDING"))
    assert row["actor"] == body.by == "local" and f"by=uid {os.getuid()}" in row["detail"]


async def test_the_owner_records_a_verdict_of_a_stopped_vault(desk, daemon) -> None:
    """The same rows, written directly; the next daemon tells them, and the vault is as whole as before."""
    await seal(desk)
    await asyncio.to_thread(daemon.stop)
    path = sealed(daemon.directory)
    bend(path)
    done = await asyncio.to_thread(daemon.program.run, "verify", daemon.directory, "--record")
    assert done.returncode == 1 and "the verdict stands in the audit log" in done.stderr
    desk.events.clear()
    await asyncio.to_thread(daemon.start)
    desk.session.retry()
    assert (await told(desk, Verdict.FINDINGS)).by == "local"
    await asyncio.to_thread(daemon.stop)
    bend(path)
    done = await asyncio.to_thread(daemon.program.run, "verify", daemon.directory, "--record")
    assert done.returncode == 0, done.stdout + done.stderr
    desk.events.clear()
    await asyncio.to_thread(daemon.start)
    desk.session.retry()
    assert (await told(desk, Verdict.CLEAN)).by == "local"
