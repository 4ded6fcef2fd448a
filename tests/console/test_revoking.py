"""Ending a pairing without a screen: a device's own by a word alone, the last ADMIN's not at all; afterwards it dials no more."""

import asyncio
import time
from typing import Any

import pytest

from console.link.keyring import Keyring
from console.link.session import Session
from console.model.events import Event, LinkLost
from protocol.trust.keys import fingerprint
from tests.console.test_daemon import run, served
from tests.patience import PROGRAM_S, WAIT_S

pytestmark = pytest.mark.anyio


def test_a_device_ends_its_own_pairing_by_a_word_alone(host: Any) -> None:
    """Without the word nothing is asked; the last ADMIN is refused with the host's command; then it ends, and the remedy is named."""
    totebox, ticket = served(host)
    assert run(host, "pair", ticket).returncode == 0
    own = fingerprint(Keyring(host.home / "data" / "totebox" / "console").binder().key)
    unsaid = run(host, "run", "pair.revoke", own)
    assert unsaid.returncode == 2 and f"pair.revoke {own} this-device" in unsaid.stderr
    last = run(host, "run", "pair.revoke", own, "this-device")
    assert last.returncode == 1 and "--last" in last.stdout + last.stderr
    other = ("--keyring", str(host.home / "other"))
    assert run(host, *other, "pair", totebox.ticket("admin")).returncode == 0
    done = run(host, "run", "pair.revoke", own, "this-device", "moved on")
    assert done.returncode == 0 and "os-console pair TICKET" in done.stdout, done.stdout + done.stderr
    after = run(host, "run", "status")
    assert after.returncode != 0 and "the pairing was revoked" in after.stderr + after.stdout


async def test_a_revoked_console_dials_once_and_names_the_remedy(host: Any) -> None:
    """The session's last event has no next attempt, and says how to pair anew."""
    totebox, ticket = served(host)
    assert (await asyncio.to_thread(run, host, "pair", ticket)).returncode == 0
    ring = Keyring(host.home / "data" / "totebox" / "console")
    (pairing,) = ring.pairings()
    own = fingerprint(ring.binder().key)
    await asyncio.to_thread(totebox_run, totebox, host, "pairings", str(totebox.directory), "--revoke", own, "--last")
    lost: asyncio.Future[LinkLost] = asyncio.get_running_loop().create_future()

    def emit(event: Event) -> None:
        if isinstance(event, LinkLost) and event.retry_at is None and not lost.done():
            lost.set_result(event)

    session = Session(pairing, ring.static(), ring.binder(), "desk", "test/1 keyboard", emit, time.monotonic)
    running = asyncio.create_task(session.run())
    async with asyncio.timeout(WAIT_S):
        assert "os-totebox pair DIR" in (await lost).reason
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def totebox_run(totebox: Any, host: Any, *words: str) -> None:
    """One verb of `os-totebox` on the host."""
    import subprocess
    import sys
    from pathlib import Path

    beside = Path(sys.executable).with_name("os-totebox")
    subprocess.run([str(beside), *words], env=host.environ, check=True, timeout=PROGRAM_S, capture_output=True)
