"""The owner's socket, where its owner's programs connect and say nothing: what is held is bounded, and the owner is answered."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from tests.processes import child
from totebox.cli.owner import serving
from totebox.daemon.owner_socket import MAX_CALLERS, owner_socket_path

pytestmark = pytest.mark.anyio
SILENT = 300


@pytest.fixture(autouse=True)
def here(program, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process looks for sockets of daemons where the test's own daemons bind them."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", program.environ["XDG_RUNTIME_DIR"])


async def test_silent_callers_of_the_owner_s_socket_give_way(daemon, desk, row, meter) -> None:
    """300 connect and ask nothing: at most 16 are held, the oldest are cut, and whoever asks is answered."""
    path, open_files = owner_socket_path(daemon.directory), Path(f"/proc/{daemon.pid}/fd")
    before, ends = len(list(open_files.iterdir())), []
    async with meter(daemon, bystander=desk) as cost:
        for _ in range(SILENT):
            ends.append(await asyncio.open_unix_connection(str(path)))
        cut = [reader for reader, _ in ends[: SILENT - MAX_CALLERS]]
        await asyncio.gather(*(_until_closed(reader) for reader in cut))
        writer = child(child(daemon.pid, "totebox.process.launcher_process"), "totebox.writer")
        assert (await asyncio.to_thread(serving, daemon.directory)).writers == (writer,)
        assert len(list(open_files.iterdir())) <= before + MAX_CALLERS + 2
    row(f"{SILENT} silent connections to the owner's socket, and a question there", cost)
    for _, end in ends:
        end.transport.abort()
    assert await asyncio.to_thread(daemon.stop) == 0


async def _until_closed(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(OSError):
        assert await reader.read() == b""
