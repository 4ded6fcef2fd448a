"""The writer process: group commit over the socketpair, kill -9, restart, and who may not write."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from protocol.schema.numbers import Log
from tests.patience import WAIT_S, quiet
from tests.vault.bench import batch, line, whole
from totebox.clock import now_text
from totebox.daemon.opening import open_vault
from totebox.errors import AlreadyServed, ConfigError, DiskFull, NewerFormat, ReadOnly, VaultError
from totebox.vault.api import AuditDraft, Draft, LeafIndex, Staged
from totebox.vault.check.verification import verify
from totebox.vault.life.creation import create
from totebox.writer.client import VaultClient

pytestmark = pytest.mark.anyio


@pytest.fixture
def root(tmp_path: Path) -> Path:
    create(tmp_path / "vault", "Acme Holdings", "corporation", entropy=os.urandom, now=now_text())
    return tmp_path / "vault"


@pytest.fixture
async def client(root: Path) -> AsyncIterator[VaultClient]:
    async with open_vault(root) as opened:
        yield opened


async def test_a_group_shares_its_audit_register_write(client: VaultClient, root: Path) -> None:
    """64 appends that wait together land in far fewer groups: audit rows of one group state the same acknowledged head."""
    os.kill(client.writer_pid, signal.SIGSTOP)
    asking = [asyncio.create_task(client.append(batch(line(str(number))))) for number in range(64)]
    await quiet()
    os.kill(client.writer_pid, signal.SIGCONT)
    done = await asyncio.gather(*asking)
    groups = {one.audit.offset for one in done}
    assert len({one.entries[0].index for one in done}) == 64
    assert len(groups) <= 8


async def test_killed_in_mid_append_it_recovers_clean(root: Path) -> None:
    """kill -9 while appends are under way, again and again: what was acknowledged is there, the vault verifies."""
    acknowledged: dict[int, bytes] = {}
    for round_number in range(5):
        async with open_vault(root) as client:

            async def write(number: int, client: VaultClient = client) -> None:
                data = os.urandom(2_000)
                done = await client.append(batch(whole(data), line(str(number))))
                acknowledged[done.entries[0].index] = data

            tasks = [asyncio.create_task(write(number)) for number in range(20)]
            await tasks[round_number]
            os.kill(client.writer_pid, signal.SIGKILL)
            failures = [one for one in await asyncio.gather(*tasks, return_exceptions=True) if one is not None]
            assert all(isinstance(one, ReadOnly) for one in failures)
    async with open_vault(root) as client:
        for index, data in acknowledged.items():
            assert await client.read(LeafIndex(index), 0, 4_000) == data
    assert verify(root).findings == ()


async def test_after_its_death_the_writer_is_started_again(client: VaultClient) -> None:
    """The next calls wait for recovery and go on; a repeated command is done once."""
    first = await client.append(batch(whole(b"a"), command="0a"))
    pid = client.writer_pid
    os.kill(pid, signal.SIGKILL)
    again = await _until_served(client)
    assert again == first.entries[0].leaf and client.writer_pid != pid
    assert (await client.append(batch(whole(b"a"), command="0a"))).repeated


async def _until_served(client: VaultClient) -> bytes:
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                return (await client.entries(Log.RECORDS, LeafIndex(1), 1))[0].leaf
            except VaultError:
                await asyncio.sleep(0)


async def test_signals_of_the_terminal_do_not_end_it(client: VaultClient) -> None:
    """Ctrl+C reaches the whole group; the daemon alone decides when its writer ends."""
    os.kill(client.writer_pid, signal.SIGINT)
    os.kill(client.writer_pid, signal.SIGTERM)
    await client.append(batch(whole(b"a")))


async def test_a_proper_end_stores_checkpoints(root: Path) -> None:
    """Leaving the context finishes what waits and stores the newest checkpoint of both logs."""
    async with open_vault(root) as client:
        await client.append(batch(whole(b"a")))
        await client.audit(AuditDraft("COMMAND", "x", "list"), durable=False)
    assert (root / "ledger/checkpoints/2").exists() and (root / "ledger/audit/checkpoints/3").exists()
    assert verify(root).findings == ()


async def test_a_second_daemon_is_turned_away(client: VaultClient, root: Path) -> None:
    """One writer a vault."""
    with pytest.raises(AlreadyServed, match="another daemon"):
        async with open_vault(root):
            pass


async def test_a_newer_format_is_not_touched(root: Path) -> None:
    """A vault of a newer program is refused by name of the reason."""
    text = (root / "totebox.yaml").read_text()
    (root / "totebox.yaml").chmod(0o644)
    (root / "totebox.yaml").write_text(text.replace("format: 2", "format: 3"))
    with pytest.raises(NewerFormat):
        async with open_vault(root):
            pass


async def test_no_vault_is_said(tmp_path: Path) -> None:
    """An empty directory is no vault."""
    with pytest.raises(ConfigError):
        async with open_vault(tmp_path):
            pass


async def test_a_copy_refuses_to_write(root: Path, tmp_path: Path) -> None:
    """Reads are served; appends say that this is a copy and what to do."""
    async with open_vault(root) as client:
        await client.append(batch(whole(b"a")))
    shutil.copytree(root, tmp_path / "copy")
    async with open_vault(tmp_path / "copy") as copy:
        assert await copy.read(LeafIndex(1), 0, 9) == b"a"
        assert "os-totebox move" in (await copy.head()).read_only
        with pytest.raises(ReadOnly, match="os-totebox move"):
            await copy.append(batch(whole(b"b")))
        with pytest.raises(ReadOnly):
            await copy.audit(AuditDraft("COMMAND", "x", "list"))


async def test_a_waiting_audit_row_is_synced_within_a_second(client: VaultClient) -> None:
    """Nobody else writes: the row is acknowledged all the same."""
    waiting = await client.audit(AuditDraft("COMMAND", "x", "list"), durable=False)
    assert waiting.proven.proof.leaf_index >= waiting.proven.proof.tree_size
    async with asyncio.timeout(WAIT_S):
        while True:
            if await client.entries(Log.AUDIT, waiting.audit.index, 1):
                break
            await asyncio.sleep(0)


async def test_a_large_staged_original_delays_nobody(client: VaultClient, root: Path) -> None:
    """While 48 MiB are copied, a small append is answered; the original is sealed whole."""
    data = os.urandom(1 << 20) * 48
    (root / "cache/intake/big").write_bytes(data)
    staged = Staged("big", len(data), sha256(data).digest())
    big = asyncio.create_task(client.append(batch(Draft("minutebook", "original", "big.bin", staged, "big.bin"))))
    small = await client.append(batch(whole(b"a")))
    entry = (await big).entries[0]
    assert small.entries and entry.sha256 == staged.sha256
    assert await client.read(entry.index, 47 << 20, 1 << 20) == data[47 << 20 :]


async def test_a_cancelled_call_leaves_the_others_alone(client: VaultClient) -> None:
    """Cancelling the wait is not cancelling the write."""
    task = asyncio.create_task(client.append(batch(whole(b"a"), command="0a")))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len((await client.append(batch(whole(b"a"), command="0a"))).entries) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    small = tmp_path / "small"
    small.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(small)], check=False).returncode
    ):
        pytest.skip("needs root and a mount to make a small disk")
    yield small
    subprocess.run(["umount", str(small)], check=True)


async def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    """On a disk of 4 MiB: appends are refused when it is full, reads go on, and with space again writing goes on."""
    root, ballast = small_disk / "vault", small_disk / "ballast"
    create(root, "Acme", "corporation", entropy=os.urandom, now=now_text())
    async with open_vault(root) as client:
        await client.append(batch(whole(b"first")))
        with pytest.raises(DiskFull):
            for _ in range(50):
                await client.append(batch(whole(os.urandom(200_000))))
        ballast.write_bytes(b"x" * _left(small_disk))
        with pytest.raises(DiskFull):
            await client.append(batch(whole(b"y" * 9_000)))
        assert await client.read(LeafIndex(1), 0, 9) == b"first"
        ballast.unlink()
        await client.append(batch(line("after")))
    assert verify(root).findings == ()


def _left(folder: Path) -> int:
    state = os.statvfs(folder)
    return max(state.f_bavail * state.f_frsize - 4_096, 0)
