"""The local Totebox as a program that is driven; small shell scripts stand where a fault is wanted."""

import socket
from pathlib import Path

import pytest

from console.errors import LocalToteboxError
from console.setup.local_totebox import LocalTotebox, answers


def scripted(directory: Path, body: str) -> LocalTotebox:
    """A LocalTotebox whose program is a shell script with `body`."""
    script = directory / "os-totebox"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o700)
    return LocalTotebox(directory / "local", directory / "local.log", (str(script),))


def test_the_ticket_is_found_in_what_init_prints(tmp_path: Path) -> None:
    """`init` hands on the command line as typed and returns the ticket."""
    local = scripted(tmp_path, 'echo "$@" > args; echo "Ticket for ADMIN:"; echo "  psp://abc-def?x=1  (ten minutes)"')
    local.command = ("/bin/sh", "-c", f'cd {tmp_path} && exec ./os-totebox "$@"', "sh")
    assert local.init("Acme & Sons", "household") == "psp://abc-def?x=1"
    assert (tmp_path / "args").read_text() == f"init {local.directory} --entity Acme & Sons --kind household\n"


def test_a_failing_program_is_quoted(tmp_path: Path) -> None:
    """What the program said on its error stream is in the message."""
    local = scripted(tmp_path, "echo 'disk is full' >&2; exit 2")
    with pytest.raises(LocalToteboxError, match="init failed with 2: disk is full"):
        local.init("Acme", "household")


def test_a_program_without_a_ticket_is_an_error(tmp_path: Path) -> None:
    """A success without a ticket is not taken for one."""
    with pytest.raises(LocalToteboxError, match="printed no ticket: hello"):
        scripted(tmp_path, "echo hello").ticket("admin")


def test_a_missing_program_is_an_error(tmp_path: Path) -> None:
    """A program that is not there is said plainly, for both ways of starting it."""
    local = LocalTotebox(tmp_path / "local", tmp_path / "log", ("/nonexistent/os-totebox",))
    with pytest.raises(LocalToteboxError, match="could not be run"):
        local.init("Acme", "household")
    with pytest.raises(LocalToteboxError, match="could not be started"):
        local.start()


def test_start_returns_the_address_that_was_said(tmp_path: Path) -> None:
    """`start` waits for `ready`, in spite of other lines before it, and of an older run in the log."""
    (tmp_path / "local.log").write_text("ready unix:/old\n")
    local = scripted(tmp_path, "echo recovering; echo ready unix:/run/x.sock; exec cat")
    assert local.start() == "unix:/run/x.sock"


def test_a_daemon_that_ends_is_reported_with_its_last_words(tmp_path: Path) -> None:
    """A daemon that dies at its start is noticed at once, not after the timeout."""
    local = scripted(tmp_path, "echo 'another daemon holds it' >&2; exit 2")
    with pytest.raises(LocalToteboxError, match="ended with 2: another daemon holds it"):
        local.start()


def test_the_daemon_has_a_session_of_its_own(tmp_path: Path) -> None:
    """No signal of the console's terminal reaches the daemon: it leads its own session."""
    local = scripted(tmp_path, "echo ready pid:$$:$(ps -o sid= -p $$ | tr -d ' ')")
    _, pid, session = local.start().split(":")
    assert pid == session


def test_an_address_answers_only_while_somebody_listens(short_dir: Path) -> None:
    """`answers` tells a socket that is listened on from a file, from nothing, and from other kinds of address."""
    path = short_dir / "s"
    assert not answers(f"unix:{path}")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        assert answers(f"unix:{path}")
    assert not answers(f"unix:{path}")
    assert not answers("tcp:127.0.0.1:1")
