"""The real daemon is in the service's cage, its writer in the writer's, and a writer that died comes back in its cage."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.schema.numbers import Grade
from tests.patience import PROGRAM_S, WAIT_S
from tests.processes import child, told
from totebox.cage import grade
from totebox.clock import monotonic_s, now_text
from totebox.vault.life.creation import create

PROGRAM = [sys.executable, "-P", "-m", "totebox.cli.main"]
CAGED = "Seccomp:\t2"


@pytest.fixture
def daemon(short_dir: Path) -> Iterator[int]:
    """The process id of a daemon that serves."""
    if grade.best().grade is not Grade.KERNEL:
        pytest.skip(grade.best().reason)
    create(short_dir / "v", "Acme", "company", entropy=os.urandom, now=now_text())
    program = [*PROGRAM, "serve", str(short_dir / "v"), "--listen", f"unix:{short_dir}/sockets/s"]
    serving = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
    assert serving.stdout is not None
    assert serving.stdout.readline().startswith("ready ")
    yield serving.pid
    serving.terminate()
    serving.communicate(timeout=PROGRAM_S)
    assert serving.returncode == 0


def test_every_process_of_a_daemon_is_where_it_belongs(daemon: int) -> None:
    """Daemon and writer have a filter and no way to new privileges; the process that starts writers has neither."""
    starter = child(daemon, "totebox.process.launcher_process")
    writer = child(starter, "totebox.writer")
    assert CAGED in told(daemon, "status") and "NoNewPrivs:\t1" in told(daemon, "status")
    assert CAGED in told(writer, "status") and "NoNewPrivs:\t1" in told(writer, "status")
    assert "Seccomp:\t0" in told(starter, "status")


def test_a_writer_that_died_comes_back_in_its_cage(daemon: int) -> None:
    """The caged daemon has it started from outside."""
    starter = child(daemon, "totebox.process.launcher_process")
    first = child(starter, "totebox.writer")
    os.kill(first, signal.SIGKILL)
    deadline = monotonic_s() + WAIT_S
    while (second := child(starter, "totebox.writer")) in (0, first) or CAGED not in told(second, "status"):
        assert monotonic_s() < deadline, "no writer came back"
    assert second != first


def test_a_daemon_may_listen_beside_its_vault(short_dir: Path) -> None:
    """A socket in the folder that holds the vault works, though nothing else may be written there."""
    create(short_dir / "v", "Acme", "company", entropy=os.urandom, now=now_text())
    uri = f"unix:{short_dir}/s"
    for _ in range(2):
        program = [*PROGRAM, "serve", str(short_dir / "v"), "--listen", uri]
        serving = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert serving.stdout is not None
        line = serving.stdout.readline()
        serving.terminate()
        _, said = serving.communicate(timeout=PROGRAM_S)
        assert line == f"ready {uri}\n", said
