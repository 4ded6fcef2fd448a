"""The launcher believes no daemon: it starts rows of its registry, and whatever else is ordered changes nothing."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.patience import WAIT_S
from tests.process.toys import FAILING, JOB, SERVING, TOYS
from tests.processes import children, is_gone, watched
from totebox.process.frames import HEAD, Misbehaved, fields, frame
from totebox.process.launcher import LauncherClient
from totebox.process.launcher_protocol import (
    MAX_ROWS,
    ORDER,
    REPORT,
    LauncherReport,
    Order,
    Setup,
    receive_setup,
    setup_frames,
)

JOB_ROW = TOYS.index(JOB)
ENDING = {"deaf": FAILING, "serve": SERVING}


class Raw:
    """A launcher that a test speaks with by itself, over its socket."""

    def __init__(self, vault: Path, project: Path, setup: bytes) -> None:
        self.control, theirs = socket.socketpair()
        self.control.settimeout(WAIT_S)
        with theirs:
            words = [str(theirs.fileno()), str(vault), "kernel", "-"]
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "totebox.process.launcher_process", *words],
                pass_fds=(theirs.fileno(),), stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(project)},
            )  # fmt: skip
        self.control.sendall(setup)

    def order(self, kind: int, row: int, number: int, *descriptors: int) -> None:
        socket.send_fds(self.control, [ORDER.pack(kind, row, number)], list(descriptors))

    def report(self) -> tuple[int, int, int, int]:
        data = self.control.recv(REPORT.size, socket.MSG_WAITALL)
        kind, number, pid, value = REPORT.unpack(data)
        return kind, number, pid, value

    def start(self, row: int, number: int, count: int = 1) -> tuple[socket.socket, int]:
        """A START with `count` copies of one end of a wire; the other end, and the kind of the report."""
        ours, theirs = socket.socketpair()
        with theirs:
            self.order(Order.START, row, number, *[theirs.fileno()] * count)
        kind, found, _, _ = self.report()
        assert found == number
        return ours, kind


@pytest.fixture
def raw(tmp_path: Path, project: Path) -> Iterator[Raw]:
    """It has the toys' registry."""
    (tmp_path / "chart.csv").write_text("chart")
    made = Raw(tmp_path, project, setup_frames(TOYS, ("chart.csv",)))
    with made.control:
        yield made
    made.process.wait(WAIT_S)


@pytest.mark.parametrize(("row", "count"), [(len(TOYS), 1), (255, 1), (JOB_ROW, 0), (JOB_ROW, 2)])
def test_what_is_no_row_is_refused(raw: Raw, row: int, count: int) -> None:
    """A row that is not there, and a row with other descriptors than it names; no process is made."""
    wire, kind = raw.start(row, 1, count)
    with wire:
        assert kind == LauncherReport.REFUSED and children(raw.process.pid) == []


def test_a_row_has_so_many_processes_and_no_more(raw: Raw) -> None:
    """The third of two is refused, and so is a number that is in use; when one has ended there is room."""
    first, one = raw.start(JOB_ROW, 1)
    second, two = raw.start(JOB_ROW, 2)
    third, three = raw.start(JOB_ROW, 3)
    again, same = raw.start(TOYS.index(SERVING), 1)
    assert (one, two, three, same) == (
        LauncherReport.STARTED,
        LauncherReport.STARTED,
        LauncherReport.REFUSED,
        LauncherReport.REFUSED,
    )
    raw.order(Order.KILL, 0, 1)
    assert raw.report()[::3] == (LauncherReport.ENDED, -signal.SIGKILL)
    fourth, four = raw.start(JOB_ROW, 3)
    assert four == LauncherReport.STARTED
    for wire in (first, second, third, again, fourth):
        wire.close()


@pytest.mark.parametrize(
    "order", [(0, 0, 1), (9, 0, 1), (255, 255, 0xFFFF_FFFF), (Order.KILL, 0, 7), (Order.READY, 9, 0)]
)
def test_orders_that_make_no_sense_change_nothing(raw: Raw, order: tuple[int, int, int]) -> None:
    """An unknown kind, a process that does not run, a guard that is not there, descriptors with them: it serves on, and keeps none."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        raw.order(*order, theirs.fileno())
    wire, kind = raw.start(JOB_ROW, 1)
    with wire:
        assert kind == LauncherReport.STARTED
        raw.order(Order.KILL, 0, 1)
        assert raw.report()[0] == LauncherReport.ENDED
        held = [link.readlink() for link in Path(f"/proc/{raw.process.pid}/fd").iterdir()]
        assert sum(str(target).startswith("socket:") for target in held) == 3  # its own, and the pair that wakes it


def test_a_file_that_is_no_row_is_not_opened(raw: Raw) -> None:
    """The one row comes back open for reading; another closes the socket."""
    for row, count in ((0, 1), (1, 0)):
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                raw.order(Order.OPEN, row, 0, theirs.fileno())
            _, found, _, _ = socket.recv_fds(ours, 1, 1)
        assert len(found) == count
        for descriptor in found:
            with os.fdopen(descriptor) as file:
                assert file.read() == "chart"


@pytest.mark.parametrize(
    "setup",
    [
        HEAD.pack(9, 0),
        HEAD.pack(Setup.PROGRAM, 1 << 20),
        frame(Setup.PROGRAM, fields("x", "x", "reader", 0, 1, 1, 0, "")),
        frame(Setup.PROGRAM, fields("x", "x", "reader", 1, 256, 1, 0, "")),
        frame(Setup.FILE, b"x") * (MAX_ROWS + 1),
    ],
)
def test_a_registry_that_is_none_ends_it(tmp_path: Path, project: Path, setup: bytes) -> None:
    """Status 1, before anything was started."""
    raw = Raw(tmp_path, project, setup)
    with raw.control:
        assert raw.process.wait(WAIT_S) == 1


@given(st.binary(max_size=200))
def test_any_bytes_are_a_registry_or_misbehave(data: bytes) -> None:
    """Nothing else is raised, and what follows END is left unread."""
    for setup in (data, setup_frames(TOYS, ("a",)) + data):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.sendall(setup)
            ours.shutdown(socket.SHUT_WR)
            try:
                rows, files = receive_setup(theirs)
            except Misbehaved:
                assert setup is data
            else:
                assert setup is data or ([row.name for row in rows], files) == ([toy.name for toy in TOYS], ["a"])
                assert setup is data or theirs.recv(300) == data


@pytest.mark.anyio
async def test_a_program_enters_the_cage_of_its_row(launcher: LauncherClient) -> None:
    """Its profile comes with its words, and the kernel filters its calls."""
    async with asyncio.timeout(WAIT_S), launcher.start(JOB) as worker:
        await worker.tell(b"serve")
        pid, filtered, profile = (await worker.read(64)).decode().split()
        assert (int(pid), profile) == (worker.process.pid, "reader") and filtered in ("True", "False")


def test_what_finishes_is_waited_for_and_the_rest_is_killed(raw: Raw) -> None:
    """The daemon is gone: one that does not finish by itself is killed, one that does ends with its wire; then the launcher ends."""
    wires = {job: raw.start(TOYS.index(toy), number)[0] for number, (job, toy) in enumerate(ENDING.items())}
    gone = {}
    for job, wire in wires.items():
        wire.settimeout(WAIT_S)
        wire.sendall(job.encode())
        gone[job] = watched(int(wire.recv(64).split()[0]))
    raw.control.close()
    assert is_gone(gone["deaf"], WAIT_S)
    assert not is_gone(gone["serve"]) and raw.process.poll() is None
    wires["serve"].close()
    assert is_gone(gone["serve"], WAIT_S) and raw.process.wait(WAIT_S) == 0
    wires["deaf"].close()
    for descriptor in gone.values():
        os.close(descriptor)
