"""The console against real daemons: created, paired, lost, found again."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from benchmarks.terminal import OnTerminal
from console.app.opening import LOCAL_NAME, create_local
from console.config import Config
from console.errors import PairingError
from console.link.keyring import Keyring
from console.link.session import Session
from console.model.events import Event, PairingAdded
from console.model.reduce import reduce
from console.model.state import LinkPhase, Model, ToteboxState
from console.setup.enrolment import enrol
from console.setup.local_totebox import LocalTotebox
from protocol.schema.numbers import Role
from tests.patience import PROGRAM_S, WAIT_S

CONSOLE = str(Path(sys.executable).with_name("os-console"))


def run(host: Any, *words: str) -> "subprocess.CompletedProcess[str]":
    """`os-console` with `words` on `host`."""
    return subprocess.run(
        [CONSOLE, *words], env=host.environ, capture_output=True, text=True, timeout=PROGRAM_S, check=False
    )


def served(host: Any, name: str = "acme") -> tuple[LocalTotebox, str]:
    """A Totebox that serves, and its first ticket."""
    totebox = host.totebox(name)
    ticket = totebox.init("Acme Holdings", "corporation")
    totebox.start()
    return totebox, ticket


class Watched:
    """A live session and the model it fills."""

    def __init__(self, keyring: Keyring) -> None:
        (self.pairing,) = keyring.pairings()
        self.model, self._moved = Model(), asyncio.Event()
        self.emit(PairingAdded(self.pairing.totebox, self.pairing.name, self.pairing.uri, monotonic()))
        self.session = Session(
            self.pairing, keyring.static(), keyring.binder(), "desk", "test", self.emit, monotonic,
            seen=keyring.seen, stale_after_s=WAIT_S,
        )  # fmt: skip

    def emit(self, event: Event) -> None:
        self.model = reduce(self.model, event)
        self._moved.set()

    @property
    def state(self) -> ToteboxState:
        return self.model.toteboxes[self.pairing.totebox]

    async def until(self, holds: Callable[[ToteboxState], bool]) -> None:
        """Wait until it holds."""
        async with asyncio.timeout(WAIT_S):
            while not holds(self.state):
                self._moved.clear()
                await self._moved.wait()


def test_a_local_totebox_is_created_started_and_paired(host: Any) -> None:
    """One call makes a Totebox that runs by itself, and a pairing with the role ADMIN; each step is told."""
    keyring, local = Keyring(host.home / "ring"), host.totebox("local")
    said: list[str] = []
    create_local(keyring, Config(label="desk"), local, said.append)
    (pairing,) = keyring.pairings()
    assert (pairing.name, pairing.role) == (LOCAL_NAME, Role.ADMIN)
    assert local.is_up()
    assert len(said) == 3


def test_a_local_totebox_that_lost_its_pairing_is_paired_again(host: Any) -> None:
    """A Totebox that exists and runs is not made anew: another ticket pairs it with another keyring."""
    local = host.totebox("local")
    create_local(Keyring(host.home / "one"), Config(), local, lambda text: None)
    identity = (local.directory / "totebox.yaml").read_bytes()
    create_local(Keyring(host.home / "two"), Config(), local, lambda text: None)
    assert len(Keyring(host.home / "two").pairings()) == 1
    assert (local.directory / "totebox.yaml").read_bytes() == identity


def test_a_second_start_finds_the_first(host: Any) -> None:
    """`ensure_up` starts nothing where a daemon serves already."""
    totebox, _ = served(host)
    pid = totebox.pid
    totebox.ensure_up()
    assert totebox.pid == pid


@pytest.mark.anyio
async def test_a_killed_daemon_is_noticed_and_found_again(host: Any) -> None:
    """kill -9: lost by the end of the socket, not by missed beats; what was known is kept, and the link comes back by itself."""
    totebox, ticket = served(host)
    keyring = Keyring(host.home / "ring")
    await asyncio.to_thread(enrol, ticket, keyring, "desk")
    watched = Watched(keyring)
    running = asyncio.create_task(watched.session.run())
    try:
        await watched.until(lambda state: state.is_linked and state.status is not None)
        host.kill(totebox)
        await watched.until(lambda state: state.link is LinkPhase.LOST)
        assert "nothing was heard" not in watched.state.link_reason
        assert watched.state.status is not None
        assert watched.state.retry_at is not None
        await asyncio.to_thread(totebox.start)
        await watched.until(lambda state: state.is_linked)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_a_ticket_works_once(host: Any) -> None:
    """Another device is told that the ticket was used, and what to do."""
    _, ticket = served(host)
    enrol(ticket, Keyring(host.home / "one"), "desk")
    with pytest.raises(PairingError, match=r"used.*(ask for|new)"):
        enrol(ticket, Keyring(host.home / "two"), "desk")


def test_a_ticket_that_nobody_issued_is_refused(host: Any) -> None:
    """A ticket with another secret opens nothing, and burns nothing: the real one still works."""
    from dataclasses import replace

    from protocol.trust.pairing import parse_ticket

    _, ticket = served(host)
    forged = replace(parse_ticket(ticket), ticket_id=bytes(8)).text()
    with pytest.raises(PairingError, match="does not know this ticket"):
        enrol(forged, Keyring(host.home / "one"), "desk")
    wrong = replace(parse_ticket(ticket), secret=bytes(16)).text()
    with pytest.raises(PairingError):
        enrol(wrong, Keyring(host.home / "one"), "desk")
    assert enrol(ticket, Keyring(host.home / "two"), "desk").role is Role.ADMIN


def test_a_mistyped_ticket_says_so(host: Any) -> None:
    """One character wrong: the checksum finds it, nothing is dialed, the exit status is 2."""
    totebox = host.totebox("acme")
    ticket = totebox.init("Acme Holdings", "corporation")
    wrong = ticket[:20] + ("a" if ticket[20] != "a" else "b") + ticket[21:]
    done = run(host, "pair", wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert "the ticket is mistyped" in done.stderr
    assert "cut off" in run(host, "pair", ticket[:-4]).stderr


def test_nobody_at_the_address_leaves_the_ticket_unused(host: Any) -> None:
    """With the daemon down the console says so, and the ticket works when it is up."""
    totebox = host.totebox("acme")
    ticket = totebox.init("Acme Holdings", "corporation")
    done = run(host, "pair", ticket)
    assert done.returncode == 2
    assert "nobody listens" in done.stderr
    assert "the ticket is still unused" in done.stderr
    totebox.start()
    done = run(host, "pair", ticket, "--name", "front")
    assert done.returncode == 0, done.stderr
    assert "role granted  ADMIN" in done.stdout
    assert "SHA256:" in done.stdout


def test_the_screen_opens_linked(host: Any) -> None:
    """Paired and served, `os-console` comes up and says LINKED; Ctrl+Q closes it and the daemon goes on."""
    totebox, ticket = served(host)
    assert run(host, "pair", ticket).returncode == 0
    with OnTerminal([CONSOLE], host.environ) as terminal:
        terminal.until(b"LINKED")
        terminal.press(b"\x11")
        assert terminal.process.wait(WAIT_S) == 0
    assert totebox.is_up()


def test_the_screen_opens_while_the_daemon_is_down(host: Any) -> None:
    """With nobody at the address the console still opens."""
    totebox, ticket = served(host)
    assert run(host, "pair", ticket).returncode == 0
    host.kill(totebox)
    with OnTerminal([CONSOLE], host.environ) as terminal:
        terminal.until(b"LEDGER")
        terminal.press(b"\x11")
        assert terminal.process.wait(WAIT_S) == 0


def test_the_first_run_takes_one_key(host: Any) -> None:
    """With nothing configured, Enter creates, starts and pairs a Totebox and opens the screen; it outlives the console."""
    local = LocalTotebox(host.home / "data" / "totebox" / "local", host.home / "log", ("/bin/false",))
    with OnTerminal([CONSOLE], host.environ) as terminal:
        terminal.until(b"create a Totebox on this computer")
        terminal.press(b"\r")
        terminal.until(b"LINKED")
        terminal.press(b"\x11")
        assert terminal.process.wait(WAIT_S) == 0
    assert local.is_up()
    host.kill_serving(local.directory)
    with OnTerminal([CONSOLE], host.environ) as terminal:
        terminal.until(b"is not running")
        terminal.press(b"\r")
        terminal.until(b"LINKED")
    assert local.is_up()
    host.kill_serving(local.directory)
    with OnTerminal([CONSOLE], host.environ) as terminal:
        terminal.until(b"is not running")
        terminal.press(b"c")
        terminal.until(b"SYSTEM")
    assert not local.is_up()


def test_without_a_terminal_the_first_run_says_what_to_do(host: Any) -> None:
    """No terminal, nothing paired: status 2, three ways on, and nothing was created."""
    done = subprocess.run(
        [CONSOLE], env=host.environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PROGRAM_S
    )
    assert done.returncode == 2
    assert "os-console pair TICKET" in done.stderr
    assert not (host.home / "data").exists()


def test_the_headless_twin_answers_in_json(host: Any) -> None:
    """Status, a table and a proof come as JSON; what is refused has status 1 and its remedy."""
    _, ticket = served(host)
    assert run(host, "pair", ticket).returncode == 0
    status = json.loads(run(host, "run", "status", "--json").stdout)
    assert (status["role"], status["status"]["entity"], status["alarm"]) == ("ADMIN", "Acme Holdings", "")
    table = json.loads(run(host, "run", "list", "audit.log", "kind:PAIRED", "--json").stdout)
    assert [row[3] for row in table["rows"]] == ["PAIRED"]
    proof = json.loads(run(host, "run", "prove", "0", "--json").stdout)
    assert (proof["holds"], proof["index"]) == (True, 0)
    saved = run(host, "run", "read", "0", "--out", str(host.home / "identity"), "--json")
    assert (host.home / "identity").read_bytes() == (host.home / "acme" / "totebox.yaml").read_bytes()
    assert json.loads(saved.stdout)["sha256"]
    again = run(host, "run", "read", "0", "--out", str(host.home / "identity"))
    assert (again.returncode, "exists already" in again.stderr) == (2, True)
    refused = run(host, "run", "prove", "999", "--json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["refusal"]["code"] == "NOT_FOUND"


def test_a_log_that_went_back_is_said_by_every_command(host: Any) -> None:
    """An old copy in its place: its bytes are read, and no command ends as if nothing were wrong; the alarm is not among the bytes."""
    totebox, ticket = served(host)
    assert run(host, "pair", ticket).returncode == 0
    end(host, totebox)
    shutil.copytree(totebox.directory, host.home / "old")
    totebox.start()
    done = run(host, "run", "status")
    assert (done.returncode, done.stderr) == (0, "") and "audit proved at" in done.stdout
    end(host, totebox)
    totebox.directory.rename(host.home / "newer")
    (host.home / "old").rename(totebox.directory)
    totebox.start()
    for words in (("status",), ("list", "audit.log"), ("prove", "0"), ("verify",), ("read", "0")):
        done = run(host, "run", *words)
        assert done.returncode == 1 and "ALARM: the log is shorter than" in done.stderr, words
        assert "ALARM: " not in done.stdout
    assert done.stdout == (totebox.directory / "totebox.yaml").read_text()
    done = run(host, "run", "status", "--json")
    assert json.loads(done.stdout)["alarm"] and "takes no writes: this is a copy" in run(host, "run", "status").stdout


def end(host: Any, totebox: LocalTotebox) -> None:
    """Its daemon and its writer."""
    os.killpg(totebox.pid, signal.SIGKILL)
    host.kill(totebox)


def test_move_dials_another_address(host: Any) -> None:
    """After `move` the Totebox is dialed where it listens now; a stranger at that address is refused."""
    totebox, ticket = served(host)
    assert run(host, "pair", ticket, "--name", "acme").returncode == 0
    other, _ = served(host, "other")
    (listening,) = (other.directory / "local" / "serving" / "listening").read_text().split()
    assert run(host, "move", "acme", listening).returncode == 0
    done = run(host, "run", "status", "--timeout", "20")
    assert done.returncode == 2
    (listening,) = (totebox.directory / "local" / "serving" / "listening").read_text().split()
    assert run(host, "move", "acme", listening).returncode == 0
    assert run(host, "run", "status").returncode == 0
