"""Death and disk errors at every system call of a start and of appends: nothing acknowledged is lost, and the vault verifies.

A writer is forked and stopped; strace attaches, puts one fault under one call, and lets it go. Then the vault is started without
a fault. A sample runs always; all of it with TORTURE=1.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.patience import PROGRAM_S
from totebox.clock import now_text
from totebox.vault.life.creation import create
from totebox.vault.life.home import home_line

ALL = os.environ.get("TORTURE") == "1"
SAMPLE = 24
PROGRAM = Path(__file__).parent / "zygote.py"
FAULTS = {"killed": "signal=KILL", "EIO": "error=EIO", "ENOSPC": "error=ENOSPC"}
DISK = {
    "openat", "write", "fsync", "fdatasync", "linkat", "mkdir", "mkdirat", "read", "pread64", "close", "lseek",
    "newfstatat", "fstat", "getdents64", "fadvise64", "statfs", "ioctl", "flock", "preadv2", "readlink",
}  # fmt: skip
FILLS = {"openat", "write", "fsync", "fdatasync", "linkat", "mkdir", "mkdirat"}
DIED, REFUSED = -signal.SIGKILL, 3
REFUSED_OR_KILLED = {0, REFUSED, DIED}


@dataclass
class Zygote:
    """The program that forks writers, and the vault they start from."""

    process: subprocess.Popen[str]
    template: Path
    place: Path

    def ask(self, **order: str) -> dict[str, object]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer: dict[str, object] = json.loads(self.process.stdout.readline())
        return answer

    def fresh(self, name: str) -> tuple[Path, Path]:
        """A vault of its own, at home where it is, and the file of what was acknowledged."""
        vault, acks = self.place / name, self.place / f"{name}.acks"
        shutil.copytree(self.template, vault)
        (vault / "local/home").write_text(home_line(vault))
        acks.touch()
        return vault, acks

    def write(self, vault: Path, acks: Path, *strace: str) -> tuple[int, str]:
        """One writer's life under strace with these options: its exit status, and the trace."""
        pid = int(str(self.ask(do="write", vault=str(vault), acks=str(acks))["pid"]))
        trace = vault.with_suffix(".trace")
        tracer = subprocess.Popen(
            ["strace", "-f", "-p", str(pid), "-o", trace, *strace], stderr=subprocess.PIPE, text=True
        )
        assert tracer.stderr is not None
        said = tracer.stderr.readline()
        os.kill(pid, signal.SIGCONT)
        status = os.waitstatus_to_exitcode(int(str(self.ask(do="wait", pid=str(pid))["status"])))
        tracer.communicate(timeout=PROGRAM_S)
        assert "attached" in said, said
        return status, trace.read_text(errors="replace")

    def check(self, vault: Path, acks: Path) -> object:
        """What a start without a fault finds wrong."""
        return self.ask(do="check", vault=str(vault), acks=str(acks))["trouble"]


@pytest.fixture(scope="module")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """Skips by name where strace cannot work."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    tried = subprocess.run(["strace", "-f", "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"strace cannot trace here: {tried.stderr.strip()}")
    place = tmp_path_factory.mktemp("torture")
    template = place / "template"
    create(template, "Acme", "company", entropy=os.urandom, now=now_text())
    process = subprocess.Popen([sys.executable, PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield Zygote(process, template, place)
    process.communicate(timeout=PROGRAM_S)


def calls(trace: str) -> Counter[str]:
    """How often each call was made."""
    return Counter(re.findall(r"^\d+ +(?:<\.\.\. )?(\w+)\(", trace, re.MULTILINE))


def points(counts: Counter[str], fault: str) -> list[tuple[str, int]]:
    """Every (call, which one) under which the fault is put; evenly thinned out to a sample unless all are wanted."""
    names = sorted(set(counts) & (FILLS if fault == "ENOSPC" else DISK))
    found = [(name, turn) for name in names for turn in range(1, counts[name] + 1)]
    return found if ALL else found[:: max(len(found) // SAMPLE, 1)]


def test_a_writer_without_a_fault_is_the_control(zygote: Zygote) -> None:
    """Under strace and without a fault everything is acknowledged, and a second start finds nothing wrong."""
    vault, acks = zygote.fresh("control")
    status, trace = zygote.write(vault, acks)
    assert status == 0, trace[-2000:]
    assert len(acks.read_bytes().splitlines()) == 4
    assert zygote.check(vault, acks) == []
    assert calls(trace)["linkat"] >= 2 and calls(trace)["write"] >= 16, "the trace does not see the writer"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_every_call(zygote: Zygote, fault: str) -> None:
    """Killed, or told EIO or ENOSPC, at any call: what was acknowledged is there, repeats are recognised, verify is clean."""
    vault, acks = zygote.fresh(f"count-{fault}")
    _, trace = zygote.write(vault, acks)
    wrong: dict[str, object] = {}
    wanted, hit = points(calls(trace), fault), 0
    for name, turn in wanted:
        where = f"{fault}-{name}-{turn}"
        vault, acks = zygote.fresh(where)
        status, faulted = zygote.write(vault, acks, "-e", f"inject={name}:{FAULTS[fault]}:when={turn}")
        hit += "(INJECTED)" in faulted or status == DIED
        trouble = zygote.check(vault, acks)
        if trouble or status not in REFUSED_OR_KILLED:
            wrong[where] = [status, trouble]
        else:
            shutil.rmtree(vault)
    assert not wrong
    print(f"{fault}: {hit} of {len(wanted)} faults were met")  # noqa: T201
    # How often a call is made differs a little from run to run; nearly every fault is met all the same.
    assert hit >= len(wanted) * 9 // 10, "faults were put where no call came by"
