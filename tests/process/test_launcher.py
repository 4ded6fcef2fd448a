"""The launcher: documents are read and the vault is verified by processes that are started outside the daemon's cage."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from tests.patience import WAIT_S
from tests.pipe import silent_pipe
from tests.processes import children, is_gone, watched
from tests.services.extraction.child import read_document as read_here
from tests.vault.bench import batch, whole
from totebox.clock import now_text
from totebox.daemon.opening import open_vault
from totebox.daemon.programs import PROGRAMS
from totebox.daemon.verification import verify_vault
from totebox.errors import ServiceFault, VaultError
from totebox.services.extraction.limits import DEFAULT_LIMITS
from totebox.services.extraction.parse import read_document
from totebox.vault.life.creation import create
from totebox.writer.client import VaultClient

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[VaultClient]:
    """A vault with its writer and the process that starts others."""
    create(tmp_path / "vault", "Acme", "company", entropy=os.urandom, now=now_text())
    async with open_vault(tmp_path / "vault") as opened:
        yield opened


def reading(client: VaultClient):
    return partial(client.launcher.start, PROGRAMS.reader)


def verifying(client: VaultClient):
    return partial(client.launcher.start, PROGRAMS.verifier)


def reader(client: VaultClient) -> int:
    """The one process beside the writer that was started for this vault."""
    [found] = [pid for pid in children(client.launcher.pid) if pid != client.writer_pid]
    return found


async def test_a_document_is_read_outside(client: VaultClient, tmp_path: Path) -> None:
    """The same answer as from a child of one's own."""
    path = tmp_path / "vault/cache/intake/x"
    path.write_bytes(b"# Lease\n\nTenant: Jane Doe\nDue 2026-03-03, HMRC told.\n")
    assert await read_document(path, "lease.md", start=reading(client)) == await read_here(path, "lease.md")


async def test_the_operator_s_dictionary_is_read_there(client: VaultClient, tmp_path: Path) -> None:
    """`dictionary.csv` of the vault, as it is at that moment: the daemon itself hands no path over."""
    path = tmp_path / "vault/cache/intake/x"
    path.write_bytes(b"a zyzzyx b\n")
    assert not (await read_document(path, "x", start=reading(client)))[1]
    (tmp_path / "vault/dictionary.csv").write_text("attribute,value,aliases\norganisation,Zyzzyx Ltd,zyzzyx\n")
    _, claims = await read_document(path, "x", start=reading(client))
    assert [claim.value for claim in claims] == ["Zyzzyx Ltd"]


async def test_a_reader_that_nobody_waits_for_is_killed(client: VaultClient, tmp_path: Path) -> None:
    """A named pipe would never answer: when the caller is cancelled no process is left but the writer."""
    with silent_pipe(tmp_path / "pipe") as pipe:
        asking = asyncio.create_task(read_document(pipe.path, "pipe", start=reading(client)))
        await pipe.read_begun()
        process = watched(reader(client))
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert is_gone(process)
        os.close(process)
    assert children(client.launcher.pid) == [client.writer_pid]


async def test_many_documents_at_once(client: VaultClient, tmp_path: Path) -> None:
    """Eight readers side by side, each with its own answer."""
    paths = [tmp_path / f"vault/cache/intake/{number}" for number in range(8)]
    for number, path in enumerate(paths):
        path.write_bytes(b"# Title %d\n" % number)
    found = await asyncio.gather(*(read_document(path, "x", start=reading(client)) for path in paths))
    assert [document.text for document, _ in found] == [f"# Title {number}\n" for number in range(8)]


async def test_a_reader_that_is_killed_is_said_so(client: VaultClient, tmp_path: Path) -> None:
    """Its end arrives as that of a child would: the status is minus the signal."""
    with silent_pipe(tmp_path / "pipe") as pipe, pipe.path.open("rb") as document:
        async with asyncio.timeout(WAIT_S), reading(client)(document.fileno()) as worker:
            await worker.tell(json.dumps({"path": "", "name": "x", "limits": DEFAULT_LIMITS.to_json()}).encode())
            await pipe.read_begun()
            os.kill(reader(client), signal.SIGKILL)
            assert await worker.ended() == -signal.SIGKILL
            assert await worker.read(1) == b""


async def test_the_vault_is_verified_outside(client: VaultClient, tmp_path: Path) -> None:
    """Clean: no findings. With a changed byte below what the newest audit row acknowledges: the finding, whole."""
    done = await client.append(batch(whole(b"deed")))
    await client.append(batch(whole(b"lease")))
    assert (await verify_vault(verifying(client))).total == 0
    path = tmp_path / "vault" / done.entries[0].path
    path.chmod(0o644)
    path.write_bytes(b"Deed")
    [finding] = (await verify_vault(verifying(client))).findings
    assert (finding.entry, finding.path) == (done.entries[0].index, done.entries[0].path)


async def test_without_a_launcher_nothing_is_started(client: VaultClient, tmp_path: Path) -> None:
    """It was killed: what it should start is an error that says so; nobody waits for ever."""
    os.kill(client.launcher.pid, signal.SIGKILL)
    async with asyncio.timeout(WAIT_S):
        await client.launcher.lost.wait()
        with pytest.raises((VaultError, ServiceFault)):
            await verify_vault(verifying(client))


async def test_the_operator_s_chart_is_opened_outside(client: VaultClient, tmp_path: Path) -> None:
    """As it is at that moment, also when it is new or was replaced; nothing where there is none."""
    opened = partial(client.launcher.read_file, PROGRAMS.chart, 1_000)
    assert opened() is None
    for text in (b"one", b"two"):
        (tmp_path / "draft").write_bytes(text)
        (tmp_path / "draft").replace(tmp_path / "vault/chart.csv")
        assert opened() == text
