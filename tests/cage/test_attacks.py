"""The attack table: what arbitrary code that took a caged process over can do, tried for real in every cage, as root and as somebody else.

Each attempt is tried without a cage first, by the same user: what fails there proves nothing, and the table says so. `make torture` prints
the table.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from protocol.schema.numbers import Grade
from tests.cage.attack.arena import Arena
from tests.patience import PROGRAM_S
from totebox.cage import grade
from totebox.clock import now_text
from totebox.vault.life.creation import create

TOP = Path(__file__).parents[2]
CAGES = ("writer", "daemon", "reader", "verifier")
SOMEBODY = 65_534
USERS = (0, SOMEBODY) if os.getuid() == 0 else (os.getuid(),)
PURPOSE = {
    "writer": {
        "read its log key", "read its audit key", "read its static key", "read its device key", "read its sealed record",
        "read its register", "read its audit log", "read a document on its way", "append to a register",
    },
    "daemon": {
        "read its static key", "read its device key", "read its pairings", "read its audit log", "read a document on its way",
        "read the drop folder", "write its cache",
        # It watches its drop folder, and the kernel cannot tell inotify which paths: it learns when something changes there, not what.
        "watch a sibling",
    },
    "reader": set[str](),
    "verifier": {"read its sealed record", "read its register", "read its audit log", "fork"},
}  # fmt: skip
"""What each kind of process is for."""
REFUSALS = {"EPERM", "EACCES", "ENOSYS", "EXDEV"}

Found = dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def results() -> Iterator[dict[tuple[str, int], Found]]:
    """(cage or `none`, uid) -> what became of each attempt. The table is printed when all was tried."""
    if grade.best().grade is not Grade.KERNEL:
        pytest.skip(grade.best().reason)
    found = {}
    for uid in USERS:
        for cage in ("none", *CAGES):
            with TemporaryDirectory(prefix="tb") as place, _arena(Path(place), uid) as arena:
                found[cage, uid] = _tried(cage, uid, arena)
    yield found
    if os.environ.get("TORTURE") == "1" and sys.__stderr__:
        sys.__stderr__.write("\n" + "\n".join(_table(found)) + "\n")


def _table(found: dict[tuple[str, int], Found]) -> Iterator[str]:
    columns = [(cage, uid) for uid in USERS for cage in ("none", *CAGES)]
    yield f"{'attempt':<40}" + "".join(f"{f'{cage} {uid}':<16}" for cage, uid in columns)
    for name in found["none", USERS[0]]:
        cells = []
        for cage, uid in columns:
            outcome, detail = found[cage, uid].get(name, ("ended", ""))
            mine = name in PURPOSE.get(cage, ())
            cells.append("its purpose" if mine and outcome == "done" else detail if outcome == "refused" else outcome)
        yield f"{name:<40}" + "".join(f"{cell:<16}" for cell in cells)


@contextlib.contextmanager
def _arena(place: Path, uid: int) -> Iterator[Arena]:
    for name in ("own", "sibling"):
        vault = place / name
        create(vault, "Acme", "company", entropy=os.urandom, now=now_text())
        (vault / "assets/minutebook").mkdir()
        (vault / "assets/minutebook/sealed").write_bytes(b"sealed")
        (vault / "assets/minutebook/sealed").chmod(0o444)
        for file in (
            "cache/intake/document",
            "cache/intake/other",
            "secret/devices/pairings",
            "app-console-input/dropped",
        ):
            (vault / file).write_bytes(b"words")
        (place / "run" / name).mkdir(parents=True, mode=0o700)
    (place / "home").mkdir(mode=0o700)
    (place / "home/secret").write_bytes(b"secret")
    (place / "home/program").write_bytes(b"no program")
    (place / "home/program").chmod(0o755)
    sockets = [socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX), socket.create_server(("127.0.0.1", 0))]
    port = int(sockets[2].getsockname()[1])
    sockets[0].bind(str(place / "run/sibling/s"))
    sockets[1].bind(f"\0attack-{port}")
    for one in sockets:
        one.listen(99)
    if os.getuid() == 0:
        for path in (place, *place.rglob("*")):
            shutil.chown(path, uid, uid)
    other = {"user": uid, "group": uid, "extra_groups": []} if uid != os.getuid() else {}
    victim = subprocess.Popen(["/bin/sleep", "3600"], **other)  # type: ignore[call-overload]
    try:
        yield Arena(place / "own", place / "sibling", place / "home", place / "run", victim.pid, port)
    finally:
        victim.kill()
        victim.wait()
        for one in sockets:
            one.close()


def _tried(cage: str, uid: int, arena: Arena) -> Found:
    fields = json.dumps(asdict(arena), default=str)
    ended = subprocess.run(
        [sys.executable, "-m", "tests.cage.attack", cage, str(0 if uid == os.getuid() else uid), fields],
        cwd=TOP, capture_output=True, text=True, timeout=PROGRAM_S, check=False, start_new_session=True,
    )  # fmt: skip
    assert ended.returncode == 0, f"{cage} {uid}: {ended.returncode}\n{ended.stdout[-300:]}\n{ended.stderr}"
    return {name: (outcome, detail) for name, outcome, detail in map(json.loads, ended.stdout.splitlines())}


@pytest.mark.parametrize("cage", CAGES)
@pytest.mark.parametrize("uid", USERS)
def test_nothing_but_its_purpose_succeeds(results: dict[tuple[str, int], Found], cage: str, uid: int) -> None:
    """Every attempt that works without a cage is refused inside, but for what the process is for; that works."""
    found = results[cage, uid]
    assert found.keys() == results["none", uid].keys()
    got_through = {name for name, (outcome, _) in found.items() if outcome == "done"}
    assert got_through - PURPOSE[cage] == set()
    assert PURPOSE[cage] - got_through == set()
    assert {detail for outcome, detail in found.values() if outcome == "refused"} <= REFUSALS


@pytest.mark.parametrize("uid", USERS)
def test_most_attempts_work_without_a_cage(results: dict[tuple[str, int], Found], uid: int) -> None:
    """Eighty and more are tried in each cage, which succeed outside; somebody who is not root is refused some there too."""
    works = [name for name, (outcome, _) in results["none", uid].items() if outcome == "done"]
    refused = {name: detail for name, (outcome, detail) in results["none", uid].items() if outcome == "refused"}
    assert len(works) >= (100 if uid == 0 else 80), refused
