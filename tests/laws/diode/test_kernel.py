"""The Diode, way six: the kernel. The process that serves cannot speak first, whatever it has been made to run."""

import subprocess
import sys
from pathlib import Path

import pytest

from protocol.schema.numbers import Grade
from tests.patience import PROGRAM_S
from totebox.cage.grade import best

needs_cage = pytest.mark.skipif(best().grade is not Grade.KERNEL, reason=f"no kernel cage here: {best().reason}")

TAKEN_OVER = """
import errno, os, socket, subprocess, sys
from pathlib import Path
from totebox.cage.entry import enter
from totebox.cage.profiles import DAEMON, Access
enter(DAEMON, {Path(sys.argv[1]): Access.KEEP})
def tried(do):
    try:
        do()
    except OSError as fault:
        return errno.errorcode[fault.errno]
    return "done"
def connect(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as pipe:
        pipe.settimeout(2)
        pipe.connect(address)
def datagram():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
def start():
    subprocess.run(["/bin/true"])
def become():
    os.execv("/bin/true", ["true"])
def raw():
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
def netlink():
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()
print(tried(lambda: connect(socket.AF_INET, ("127.0.0.1", 9))))
print(tried(lambda: connect(socket.AF_INET6, ("::1", 9))))
print(tried(lambda: connect(socket.AF_UNIX, sys.argv[1] + "/s")))
print(tried(datagram)); print(tried(raw)); print(tried(netlink))
print(tried(start)); print(tried(become))
"""


@needs_cage
def test_a_process_in_the_daemon_s_cage_cannot_speak_first(short_dir: Path) -> None:
    """Code that took over the serving process: connect, datagrams, raw and netlink sockets, other programs: the kernel refuses."""
    for folder in ("state", "assets", "ledger"):
        (short_dir / folder).mkdir()
    done = subprocess.run(
        [sys.executable, "-c", TAKEN_OVER, *(str(short_dir / name) for name in ("state", "assets", "ledger"))],
        capture_output=True,
        text=True,
        timeout=PROGRAM_S,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["EPERM"] * 8


@needs_cage
async def test_the_daemon_that_serves_is_in_it(desk, daemon) -> None:
    """Of a real daemon with a session open: a filter is in force (mode 2), and no way to new privileges."""
    words = dict(
        line.split(":", 1) for line in Path(f"/proc/{daemon.pid}/status").read_text().splitlines() if ":" in line
    )
    assert (words["Seccomp"].strip(), words["NoNewPrivs"].strip()) == ("2", "1")


pytestmark = pytest.mark.anyio
