"""What `os-totebox` learns from the running daemon on its owner's socket."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.schema.numbers import Grade
from tests.processes import child
from totebox.cage.grade import best
from totebox.cage.kernel import is_filtered
from totebox.cli.owner import Serving, ask_daemon, serving
from totebox.daemon.owner_socket import owner_socket_path
from totebox.errors import ConfigError
from totebox.vault.life.home import lock_holder


@pytest.fixture
def here(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this process looks for sockets of daemons."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_dir / "run"))
    return short_dir


def test_a_daemon_names_its_writer(here: Path, daemon) -> None:
    """The process that the launcher started, which holds the lock; nobody when no daemon serves."""
    daemon.init()
    assert serving(daemon.directory) == Serving()
    daemon.start()
    writer = child(child(daemon.pid, "totebox.process.launcher_process"), "totebox.writer")
    assert serving(daemon.directory).writers == (writer,) == (lock_holder(daemon.directory / "local/lock"),)
    assert daemon.stop() == 0
    assert serving(daemon.directory) == Serving()


@pytest.mark.skipif(best().grade is not Grade.KERNEL, reason="this kernel enforces nothing that could be told")
@pytest.mark.parametrize(
    ("options", "grade", "remedy"),
    [
        (("--cage-log",), "process", "--cage-log is on: system calls that no profile names are allowed"),
        (("--cage-log",), "process", "start again without it"),
        (("--grade", "process"), "not kernel", "start it again without --grade"),
        (("--grade", "none"), "not kernel", "start it again without --grade"),
    ],
)
def test_doctor_and_status_say_what_is_enforced(
    here: Path, daemon, options: tuple[str, ...], grade: str, remedy: str
) -> None:
    """A daemon that was told to do with less than the kernel could is in trouble, whatever this kernel could; then it is not."""
    daemon.init()
    daemon.start(*options)
    doctor, status = (daemon.program.run(verb, daemon.directory) for verb in ("doctor", "status"))
    (line,) = (line for line in doctor.stdout.splitlines() if line.split()[1] == "grade")
    assert doctor.returncode == 1 and line.startswith(f"TROUBLE  grade     {grade}") and remedy in line
    assert f"walls      {grade}" in status.stdout
    daemon.stop()
    daemon.start()
    assert "ok       grade     kernel" in daemon.program.run("doctor", daemon.directory).stdout


@pytest.fixture
def liar(here: Path) -> Iterator[list[bytes]]:
    """Answers on the owner's socket of a Totebox with the line that a test puts there."""
    path, lines = owner_socket_path(here / "acme"), list[bytes]()
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.bind(str(path))
        sock.listen(1)

        def answer() -> None:
            end, _ = sock.accept()
            with end:
                end.recv(4_096)
                end.sendall(lines[0])

        answering = threading.Thread(target=answer)
        answering.start()
        yield lines
        answering.join()


@pytest.mark.parametrize(
    "said",
    [
        {"grade": "more than that", "why": 7},
        {"grade": ["none"], "why": None},
        1,
        [],
        {},
        {"processes": 1},
        {"processes": {"writer": 7}},
        {"processes": {"writer": ["7", 7.0, True, None]}},
    ],
)
def test_an_answer_of_another_shape_names_nobody(here: Path, liar: list[bytes], said: object) -> None:
    """Whatever comes, only numbers are process ids."""
    liar.append(json.dumps(said).encode() + b"\n")
    assert serving(here / "acme") == Serving()


def test_what_is_no_answer_is_an_error_that_names_the_question(here: Path, liar: list[bytes]) -> None:
    """Not JSON."""
    liar.append(b"x\n")
    with pytest.raises(ConfigError, match="did not record the verdict"):
        ask_daemon(here / "acme", {}, "record the verdict")


def test_the_kernel_says_who_is_filtered() -> None:
    """Of each process that is there; one that is not there is not judged."""
    assert is_filtered(os.getpid()) in (True, False) and is_filtered(1 << 30) is None
