"""The console as a witness of real Toteboxes: by hand, by itself, and never of a log that went back."""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from console.errors import ConfigError
from console.link.keyring import Keyring
from console.link.session import Session
from console.link.witness import Stand, witness_name
from console.model.events import Event, PairingAdded
from console.model.reduce import reduce
from console.model.state import Model, ToteboxState
from console.setup.enrolment import enrol
from console.setup.local_totebox import LocalTotebox
from protocol.schema import Receipt, Refusal
from protocol.schema.numbers import Log
from protocol.trust.cosignature import WITNESS, verify_cosignature
from protocol.trust.note import parse_vkey, verify_checkpoint
from tests.console.test_daemon import run, served
from tests.console.test_history import append, put_back, stop
from tests.patience import WAIT_S
from totebox.vault.life.creation import load_identity

pytestmark = pytest.mark.anyio
RECORDS, AUDIT = "ledger/checkpoints", "ledger/audit/checkpoints"


class Witnessed:
    """A session whose console has a witness's key."""

    def __init__(self, ring: Keyring, *, automatic: bool) -> None:
        (pairing,) = ring.pairings()
        self.totebox, self.model, self.moved = pairing.totebox, Model(), asyncio.Event()
        self.emit(PairingAdded(pairing.totebox, pairing.name, pairing.uri, 0.0))
        stand = Stand(lambda: ring.witness("", "front desk"), lambda: int(time.time()), lambda: automatic)
        self.session = Session(
            pairing, ring.static(), ring.binder(), "desk", "test", self.emit, time.monotonic,
            seen=ring.seen, store=ring, stand=stand, stale_after_s=WAIT_S,
        )  # fmt: skip

    def emit(self, event: Event) -> None:
        self.model = reduce(self.model, event)
        self.moved.set()

    @property
    def state(self) -> ToteboxState:
        return self.model.toteboxes[self.totebox]

    async def until(self, holds: Any) -> None:
        async with asyncio.timeout(WAIT_S):
            while not holds(self.state):
                self.moved.clear()
                await self.moved.wait()


async def during(console: Witnessed, work: Any) -> Any:
    """What `work` gives while the session runs."""
    running = asyncio.create_task(console.session.run())
    try:
        return await work()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def enrolled(host: Any) -> tuple[LocalTotebox, Keyring]:
    """A Totebox that serves, and a keyring that is paired with it."""
    totebox, ticket = served(host)
    ring = Keyring(host.home / "ring")
    await asyncio.to_thread(enrol, ticket, ring, "desk")
    return totebox, ring


def proved(state: ToteboxState) -> bool:
    return len(state.heads) == len(Log)


def vouched(state: ToteboxState) -> bool:
    return proved(state) and all(head.cosigned for head in state.heads.values())


def check_kept(host: Any, totebox: LocalTotebox, ring: Keyring) -> None:
    """When it has stopped: one cosignature of each log is in the vault, and holds beside the log's own signature; it verifies."""
    stop(totebox)
    directory = totebox.directory
    witness, identity = ring.witness("", "front desk").key, load_identity(directory)
    for folder, vkey in ((RECORDS, identity.vkey), (AUDIT, identity.audit_vkey)):
        kept = [path for path in (directory / folder).iterdir() if path.name.endswith(witness.name)]
        assert kept, folder
        for path in kept:
            note = path.read_bytes()
            assert verify_checkpoint(note, parse_vkey(vkey)) == verify_cosignature(note, witness)[0]
    verified(host, directory)


def verified(host: Any, directory: Path) -> str:
    """What `os-totebox verify` says of a vault that it finds clean."""
    program = str(Path(sys.executable).with_name("os-totebox"))
    done = subprocess.run(
        [program, "verify", str(directory)], env=host.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def test_a_console_cosigns_what_it_proved(host: Any) -> None:
    """By hand: both heads, with a receipt; the vault keeps them beside its own, and `os-totebox verify` finds it clean."""
    totebox, ring = await enrolled(host)
    console = Witnessed(ring, automatic=False)

    async def work() -> None:
        early = await console.session.cosign("early")
        assert isinstance(early, Refusal) and "not proved in this session" in early.reason
        await console.until(proved)
        assert isinstance(await console.session.cosign("cosign"), Receipt)
        assert vouched(console.state) and not console.state.trouble
        assert isinstance(await console.session.cosign("again"), Receipt)

    await during(console, work)
    check_kept(host, totebox, ring)


async def test_a_console_that_is_told_to_cosigns_by_itself(host: Any) -> None:
    """Once both heads were proved; nobody asked. A console that was not told does not."""
    totebox, ring = await enrolled(host)
    idle = Witnessed(ring, automatic=False)
    await during(idle, lambda: idle.until(proved))
    assert not vouched(idle.state)
    console = Witnessed(ring, automatic=True)
    await during(console, lambda: console.until(vouched))
    check_kept(host, totebox, ring)


async def test_a_log_that_went_back_is_never_cosigned(host: Any) -> None:
    """Neither by itself nor by hand: this console vouches for no log that raised the alarm, and the vault keeps nothing."""
    totebox, ring = await enrolled(host)
    stop(totebox)
    shutil.copytree(totebox.directory, host.home / "copy", symlinks=True)
    append(totebox.directory, b"one", b"two")
    await asyncio.to_thread(totebox.start)
    first = Witnessed(ring, automatic=False)
    await during(first, lambda: first.until(proved))
    stop(totebox)
    put_back(host.home / "copy", totebox.directory)
    await asyncio.to_thread(totebox.start)
    console = Witnessed(ring, automatic=True)

    async def work() -> None:
        await console.until(lambda state: proved(state) and bool(state.alarm))
        answer = await console.session.cosign("cosign")
        assert isinstance(answer, Refusal) and "alarm" in answer.reason

    await during(console, work)
    stop(totebox)
    assert not list((totebox.directory / RECORDS).glob("*.front-desk-*"))


def test_the_command_line_cosigns(host: Any) -> None:
    """`os-console run cosign` says the sizes, under the name that the settings give; another device needs another name."""
    totebox, ticket = served(host)
    config = host.home / "config" / "totebox" / "console.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[device]\nlabel = "desk"\n[witness]\nname = "acme-desk.example"\n')
    assert run(host, "pair", ticket).returncode == 0
    done = run(host, "run", "cosign", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said["holds"] is True and set(said["cosigned"]) == {"records", "audit"}
    assert (totebox.directory / RECORDS / f"{said['cosigned']['records']}.acme-desk.example").exists()
    other = ("--keyring", str(host.home / "other"))
    assert run(host, *other, "pair", totebox.ticket("interface")).returncode == 0
    refused = run(host, *other, "run", "cosign")
    assert refused.returncode == 1 and "cosign under another name" in refused.stdout
    stop(totebox)
    verified(host, totebox.directory)


def test_two_devices_of_one_name_are_two_witnesses(tmp_path: Path) -> None:
    """The name that nobody gave ends in the key's first digits, and is one that a vault takes, whatever the label."""
    one, two = Keyring(tmp_path / "one"), Keyring(tmp_path / "two")
    names = {ring.witness("", "Front Desk").key.name for ring in (one, two)}
    assert len(names) == 2 and all(name.startswith("front-desk-") for name in names)
    assert one.witness("", "Front Desk").key == one.witness("", "Front Desk").key
    for label in ("", "é", "x" * 300, "-.-", "Ünï 9"):
        assert WITNESS.fullmatch(witness_name(label, b"\xff" * 32))


def test_a_witness_s_name_is_checked_where_it_is_written(tmp_path: Path) -> None:
    """file:line:key, as every mistake in the settings."""
    from console.config import load

    file = tmp_path / "console.toml"
    file.write_text('[witness]\nname = "Acme Desk"\n')
    with pytest.raises(ConfigError, match=r"console\.toml:2:witness\.name.*a URL without"):
        load(file)
