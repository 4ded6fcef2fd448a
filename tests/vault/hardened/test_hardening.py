"""The verbs `harden` and `soften`, and what every other verb and a running writer make of a hardened vault."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.schema.numbers import Log
from tests.patience import PROGRAM_S, WAIT_S
from tests.vault.bench import Bench, batch, line, whole
from tests.vault.hardened.test_walls import unbound
from totebox.cage.attributes import Attribute, attributes, change
from totebox.clock import now_text
from totebox.daemon.opening import open_vault
from totebox.daemon.programs import PROGRAMS
from totebox.daemon.wall_state import wall_of
from totebox.errors import ConfigError, VaultError
from totebox.hardening.administration import check_possible, harden, last_word, soften, walls_trouble
from totebox.hardening.walls import Walls, is_hardened
from totebox.vault.api import LeafIndex
from totebox.vault.check.verification import verify
from totebox.writer.client import VaultClient

pytestmark = pytest.mark.anyio
WITHOUT = ("setpriv", "--bounding-set=-linux_immutable", "--inh-caps=-linux_immutable")


def verb(*words: object, without: bool = False) -> "subprocess.CompletedProcess[str]":
    """One run of `os-totebox`; `without` the capability to set these attributes."""
    program = [*(WITHOUT if without else ()), sys.executable, "-P", "-m", "totebox.cli.main", *map(str, words)]
    return subprocess.run(program, capture_output=True, text=True, timeout=PROGRAM_S, check=False)


def kinds(root: Path) -> list[str]:
    """The kinds of the audit log's rows."""
    rows = "".join(path.read_text() for path in sorted((root / "ledger/audit/register").iterdir()))
    return [row.split(",")[4] for row in rows.splitlines()[1:]]


@pytest.fixture
def copy(hardened: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of a hardened vault, as `cp -a` makes it."""
    place = tmp_path / "copy"
    shutil.copytree(hardened, place, symlinks=True)
    yield place
    Walls(place).lift()


async def kept(client: VaultClient) -> tuple[str, str]:
    """What the launcher says of the second wall, once it has said anything."""
    async with asyncio.timeout(WAIT_S):
        while client.launcher.guard(PROGRAMS.writer) is None:
            client.launcher.guards_told.clear()
            await client.launcher.guards_told.wait()
    return wall_of(client.launcher.guard(PROGRAMS.writer))


def test_harden_says_what_it_did_and_soften_undoes_it(root: Path) -> None:
    """Both are rows of the audit log, and lines that say how to go back; afterwards nothing has an attribute."""
    told = verb("harden", root)
    assert told.returncode == 0 and "soften" in told.stdout, told.stderr
    assert is_hardened(root) and unbound(root) == set()
    told = verb("soften", root)
    assert told.returncode == 0 and "is down" in told.stdout, told.stderr
    assert not is_hardened(root)
    assert [kind for kind in kinds(root) if kind in ("HARDENED", "SOFTENED")] == ["HARDENED", "SOFTENED"]
    assert (root / "local/walls").read_text().count("\n") == 2
    assert verify(root).findings == ()
    shutil.rmtree(root)


def test_who_may_not_changes_nothing(root: Path) -> None:
    """Without CAP_LINUX_IMMUTABLE, root of a container say, the verb names what is missing."""
    if shutil.which("setpriv") is None:
        pytest.skip("no setpriv here")
    before = kinds(root)
    told = verb("harden", root, without=True)
    assert told.returncode == 2
    assert "needs root of the machine" in told.stderr and "nothing was changed" in told.stderr
    assert not is_hardened(root) and kinds(root) == before and last_word(root) == ""


def test_hardening_twice_completes_and_says_it_once(hardened: Path) -> None:
    """The second time is no row."""
    harden(hardened, now_text)
    assert kinds(hardened).count("HARDENED") == 1


def test_softening_what_is_soft_says_so(root: Path) -> None:
    """No row, no attribute, no error."""
    assert "no second wall" in soften(root, now_text)[0]
    assert "SOFTENED" not in kinds(root)


def test_doctor_and_status_name_the_walls(hardened: Path) -> None:
    """And doctor finds a wall that has a gap."""
    assert " + chattr" in verb("status", hardened).stdout
    told = verb("doctor", hardened)
    assert told.returncode == 0 and " + chattr" in told.stdout, told.stdout
    Walls(hardened).lift()
    told = verb("doctor", hardened)
    assert told.returncode == 1
    assert "TROUBLE  walls" in told.stdout and "os-totebox harden" in told.stdout


async def test_a_running_writer_s_records_are_bound(hardened: Path) -> None:
    """What it adds before the first sweep, and at its end what grew full; the daemon is told that the wall stands."""
    async with open_vault(hardened) as client:
        assert await kept(client) == ("chattr", "")
        await client.append(batch(whole(b"deed"), line("a")))
    assert unbound(hardened) == set()
    assert verify(hardened).findings == ()


async def test_a_killed_writer_comes_back_behind_the_wall(hardened: Path) -> None:
    """kill -9 between appends: recovery goes on in files that it may only append to."""
    async with open_vault(hardened) as client:
        for number in range(3):
            await kept(client)
            done = await client.append(batch(whole(b"deed"), line(str(number))))
            os.kill(client.writer_pid, signal.SIGKILL)
            assert await served(client, done.entries[-1].index)
    assert unbound(hardened) == set()
    assert verify(hardened).findings == ()


async def test_what_a_power_loss_took_is_put_back_behind_the_wall(hardened: Path) -> None:
    """A register whose acknowledged tail reads as zeros, and a segment that lost its own: the writer mends both, bound as they are."""
    bench = Bench(hardened)
    bench.append(line("a"))
    done = bench.append(line("b"))
    bench.close()
    register, segment = max((hardened / "ledger/register").iterdir()), hardened / done.entries[0].path
    for path in (register, segment):
        change(path, Attribute(0))
    with register.open("r+b") as stream:
        stream.seek(-40, os.SEEK_END)
        stream.write(bytes(40))
    os.truncate(segment, segment.stat().st_size - 2)
    Walls(hardened).sweep()
    assert attributes(register) == attributes(segment) == Attribute.APPEND
    async with open_vault(hardened) as client:
        assert (await client.entries(Log.RECORDS, done.entries[0].index, 1))[0].leaf == done.entries[0].leaf
        assert await client.read(done.entries[0].index, 0, 100) == b"b,v\n"
        assert (await client.head()).read_only == ""
    assert unbound(hardened) == set() and verify(hardened).findings == ()


async def served(client: VaultClient, index: int) -> bytes:
    """The row; while there is no writer, each question waits for one."""
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                return (await client.entries(Log.RECORDS, LeafIndex(index), 1))[0].leaf
            except VaultError:
                await asyncio.sleep(0)


async def test_a_served_vault_is_hardened_after_a_stop_alone(root: Path) -> None:
    """The beginning is a row of the audit log, which the daemon's writer holds. A wall that stands can be completed any time."""
    async with open_vault(root):
        with pytest.raises(ConfigError, match="stop the daemon once"):
            harden(root, now_text)
    harden(root, now_text)
    async with open_vault(root) as client:
        done = await client.append(batch(whole(b"deed")))
        assert "stands" in harden(root, now_text)[0]
        assert attributes(root / done.entries[0].path) is Attribute.IMMUTABLE


def test_a_daemon_without_the_right_goes_on_and_says_so(hardened: Path) -> None:
    """It appends in files that are append-only; the wall that it cannot keep is named."""
    if shutil.which("setpriv") is None:
        pytest.skip("no setpriv here")
    code = (
        "import asyncio, sys; from pathlib import Path; from totebox.daemon.opening import open_vault\n"
        "from totebox.daemon.programs import PROGRAMS; from totebox.daemon.wall_state import wall_of\n"
        "from tests.vault.bench import batch, line, whole\n"
        "async def run():\n"
        "    async with open_vault(Path(sys.argv[1])) as client:\n"
        "        await client.append(batch(whole(b'deed'), line('a')))\n"
        "    async with open_vault(Path(sys.argv[1])) as client:\n"
        f"        async with asyncio.timeout({WAIT_S}):\n"
        "            while not client.launcher.guard(PROGRAMS.writer):\n"
        "                client.launcher.guards_told.clear()\n"
        "                await client.launcher.guards_told.wait()\n"
        "        await client.append(batch(line('b')))\n"
        "        print(wall_of(client.launcher.guard(PROGRAMS.writer)))\n"
        "asyncio.run(run())"
    )
    done = subprocess.run(
        [*WITHOUT, sys.executable, "-c", code, str(hardened)],
        capture_output=True,
        text=True,
        timeout=PROGRAM_S,
        check=False,
    )
    assert done.stdout.strip() == "('chattr', 'Operation not permitted')", done.stderr
    assert verify(hardened).findings == ()


def test_a_copy_has_no_wall_and_says_so(hardened: Path, copy: Path) -> None:
    """It can be moved into, served and removed; `move` and doctor name what was left behind."""
    told = verb("move", copy)
    assert told.returncode == 0 and "was hardened and has no attributes" in told.stderr, told.stderr
    assert "was hardened" in walls_trouble(copy)
    assert (hardened / "local/retired").exists()
    harden(copy, now_text)
    assert walls_trouble(copy) == "" and unbound(copy) == set()


def test_keys_turn_behind_the_wall(hardened: Path) -> None:
    """rotate, restore and export work on a hardened vault, and it verifies."""
    for words in (("rotate", hardened), ("restore", hardened), ("export", hardened, "--tlog", hardened.parent / "out")):
        told = verb(*words)
        assert told.returncode == 0, told.stderr
    Walls(hardened).sweep(still=True)
    assert unbound(hardened) == set() and verify(hardened).findings == ()


def test_an_old_copy_is_restored_and_the_wall_raised_anew(copy: Path) -> None:
    """A copy without attributes takes another key, and can be hardened like any other."""
    assert verb("restore", copy).returncode == 0
    assert verb("harden", copy).returncode == 0
    assert unbound(copy) == set() and verify(copy).findings == ()


def test_a_vault_that_takes_no_writes_is_softened(hardened: Path) -> None:
    """A retired copy must still be removable by its administrator, without a row of the audit log, and that is said."""
    (hardened / "local/retired").write_text("elsewhere\n")
    told = soften(hardened, now_text)
    assert any("not in the audit log" in line for line in told)
    assert not is_hardened(hardened)
    shutil.rmtree(hardened)


def test_what_is_missing_is_not_laid_to_the_file_system(tmp_path: Path) -> None:
    """A vault without its records: the folder is named, and why it cannot be used."""
    with pytest.raises(ConfigError, match="assets: No such file"):
        check_possible(tmp_path)
