"""`ssh:` addresses: a console works through a command's stdin and stdout, and `carry` at the far end."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from console.errors import PairingError
from console.link.pairing import pair
from console.model.events import LinkUp
from protocol.schema import Head
from protocol.schema.numbers import Log
from protocol.trust.pairing import parse_ticket
from tests.patience import PROGRAM_S
from tests.totebox.conftest import Store

pytestmark = pytest.mark.anyio

NEAR_SSH = """#!/bin/sh
# Stands where ssh stands: the last word is run by a shell, as sshd would.
for word; do last=$word; done
echo "$@" > "{log}"
exec sh -c "$last"
"""


@pytest.fixture
def near_ssh(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program `ssh` that runs the far command here; the file where it wrote its words."""
    folder, log = short_dir / "bin", short_dir / "words"
    folder.mkdir()
    (folder / "ssh").write_text(NEAR_SSH.format(log=log))
    (folder / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}")
    return log


async def test_a_console_works_through_a_tunnel(daemon, new_console, near_ssh: Path) -> None:
    """Paired with an ssh: ticket, it pairs, asks and downloads; ssh was asked for nothing but `carry DIR`."""
    daemon.init()
    daemon.start()
    done = daemon.program.run(
        "pair", daemon.directory, "--role", "admin", "--address", f"ssh:keeper@vault{daemon.directory}"
    )
    console = new_console()
    pairing = await console.pair(done.stdout.strip())
    assert pairing.uri == f"ssh:keeper@vault{daemon.directory}"
    await console.open(pairing)
    assert (await console.rows(Head(Log.RECORDS, 0)))[0]["checkpoint"]
    data = os.urandom(600_000)
    assert (await console.offer(data, b"noise.bin"))["size"] == len(data)
    up = await console.wait(LinkUp)
    assert up.carrier.startswith("ssh vault pid=")
    words = near_ssh.read_text().split()
    assert words[words.index("--") :] == ["--", "keeper@vault", "os-totebox", "carry", str(daemon.directory)]


async def test_the_far_end_s_last_words_are_heard(daemon, new_console, near_ssh: Path) -> None:
    """Where nobody serves the directory, the console says what `carry` said, not that a pipe ended."""
    daemon.init()
    ticket = replace(parse_ticket(daemon.ticket("user")), address=f"ssh:vault{daemon.directory}")
    console = new_console()
    with pytest.raises(PairingError, match="nobody serves"):
        await pair(ticket, console.static, console.binder, "d", "t", Store())


async def test_no_ssh_program_is_said(daemon, new_console, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host without ssh says so."""
    monkeypatch.setenv("PATH", "/nowhere")
    console = new_console()
    ticket = replace(parse_ticket(daemon.init()), address="ssh:vault/dir")
    with pytest.raises(PairingError, match="no ssh program"):
        await pair(ticket, console.static, console.binder, "d", "t", Store())


def test_carry_passes_bytes_and_ends_with_the_daemon(daemon) -> None:
    """Strangers' bytes get what a socket would give them: nothing, and an end."""
    daemon.init()
    daemon.start()
    done = subprocess.run(
        daemon.program.command("carry", daemon.directory),
        input=b"GET / HTTP/1.1\r\n\r\n" + bytes(40),
        env=daemon.program.environ,
        capture_output=True,
        timeout=PROGRAM_S,
    )
    assert (done.returncode, done.stdout) == (0, b"")


def test_carry_without_a_daemon_says_what_to_do(daemon) -> None:
    """Exit status 2 and the command that helps."""
    daemon.init()
    done = daemon.program.run("carry", daemon.directory)
    assert done.returncode == 2 and "os-totebox serve" in done.stderr


def test_tls_wants_a_certificate(daemon) -> None:
    """`serve --listen tls:` without its files is refused before anything starts."""
    daemon.init()
    done = daemon.program.run("serve", daemon.directory, "--listen", "tls:127.0.0.1:0")
    assert done.returncode == 2 and "--tls-cert" in done.stderr
