"""The keys that sign the logs belong to the writer alone: in the daemon's cage nobody reads, replaces or removes them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.schema.numbers import Grade
from tests.patience import PROGRAM_S
from totebox.cage import grade
from totebox.clock import now_text
from totebox.vault.life.creation import create
from totebox.vault.life.rotation import rotate
from totebox.vault.log.keys import KEY_FILES

PROGRAM = """
import errno, json, os, sys
from pathlib import Path
from totebox.config import Settings, places_of
from totebox.daemon.main import _shut_in
vault = Path(sys.argv[1])
_shut_in(Settings(places_of(vault), ("unix:" + sys.argv[2] + "/s",)))
print("in", flush=True)
sys.stdin.readline()
def tried(attempt):
    try:
        return "done " + repr(eval(attempt))
    except OSError as fault:
        return errno.errorcode[fault.errno]
for line in sys.stdin:
    print(json.dumps(tried(json.loads(line))), flush=True)
"""


class Caged:
    """A process in the very cage that the daemon of a vault enters; `made` is what came after it had entered."""

    def __init__(self, vault: Path) -> None:
        self.vault = vault
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(vault), str(vault.parent / "run")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line == "in\n", self._process.communicate(timeout=PROGRAM_S)

    def tries(self, *attempts: str) -> list[str]:
        """What became of each: `done ...`, or the word of the refusal."""
        said = "\n" + "".join(json.dumps(attempt) + "\n" for attempt in attempts)
        out, err = self._process.communicate(said, timeout=PROGRAM_S)
        assert self._process.returncode == 0, err
        return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def vault(short_dir: Path) -> Path:
    if grade.best().grade is not Grade.KERNEL:
        pytest.skip(grade.best().reason)
    create(short_dir / "v", "Acme", "company", entropy=os.urandom, now=now_text())
    return short_dir / "v"


def read(path: str) -> str:
    return f"len(Path({path!r}).read_bytes())"


def test_the_log_keys_cannot_be_read(vault: Path) -> None:
    """By no name: its own, another's view of it, the folder's descriptor, a link, the memory of a process outside."""
    log, audit = f"{vault}/secret/keys/log.key", f"{vault}/secret/keys/audit.key"
    ways = (
        read(log), read(audit), read(f"/proc/self/root{log}"), read(f"/proc/self/cwd/../../../../../../..{log}"),
        f"os.open('log.key', os.O_RDONLY, dir_fd=os.open('{vault}/secret/keys', os.O_PATH))",
        f"os.open('/proc/self/fd/%d' % os.open('{log}', os.O_PATH), os.O_RDONLY)",
        f"os.open('{log}', os.O_RDWR)",
        f"os.open('/proc/{os.getpid()}/mem', os.O_RDONLY)",
    )  # fmt: skip
    assert Caged(vault).tries(*ways) == ["EACCES"] * len(ways)


def test_keys_cannot_be_moved_to_where_they_could_be_read(vault: Path) -> None:
    """No second name, no other place for them or for their folder, no other file in their place, no removal."""
    keys, own = f"{vault}/secret/keys", f"{vault}/cache"
    ways = (
        f"os.link('{keys}/log.key', '{own}/mine')", f"os.rename('{keys}/log.key', '{own}/mine')", f"os.rename('{keys}', '{own}/keys')",
        f"os.rename('{vault}', '{vault}-away')", f"os.unlink('{keys}/log.key')", f"os.open('{keys}/log-9.key', os.O_WRONLY | os.O_CREAT)",
        f"os.rename('{own}/NOTE.txt', '{keys}/static.key')", f"os.open('{keys}/static.key', os.O_WRONLY)",
    )  # fmt: skip
    assert set(Caged(vault).tries(*ways)) <= {"EACCES", "EPERM"}
    assert sorted(path.name for path in (vault / "secret/keys").iterdir()) == sorted(KEY_FILES)


def test_what_the_daemon_needs_can_be_read(vault: Path) -> None:
    """Its two own keys, identity, home, what is made there later, programs and libraries."""
    ways = (
        *(read(f"{vault}/{name}") for name in ("secret/keys/static.key", "secret/keys/device.key", "totebox.yaml", "local/home")),
        f"Path('{vault}/cache/later').write_text('x') and Path('{vault}/cache/later').read_text()",
        "__import__('sqlite3').connect(vault / 'cache/i.sqlite').executescript('pragma journal_mode=wal; create table t(x)')",
        read(os.__file__), "__import__('wave')", read("/proc/self/status"),
    )  # fmt: skip
    found = Caged(vault).tries(*ways)
    assert [word for word in found if not word.startswith("done")] == []


def test_the_keys_of_a_rotation_are_out_of_reach_too(vault: Path) -> None:
    """Those made before the daemon shut itself in, and those made while it serves."""
    rotate(vault, entropy=os.urandom, now=now_text)
    names = sorted(path.name for path in (vault / "secret/keys").iterdir() if path.name not in KEY_FILES)
    assert len(names) == 2
    caged = Caged(vault)
    (vault / "secret/keys/log-77.key").write_bytes(b"k" * 32)
    assert caged.tries(*(read(f"{vault}/secret/keys/{name}") for name in (*names, "log-77.key"))) == ["EACCES"] * 3
