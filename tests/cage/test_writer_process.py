"""The real writer process is in its cage, says so, and says so too when it is not."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from protocol.schema.numbers import Grade, Log
from tests.patience import PROGRAM_S
from totebox.cage import grade
from totebox.clock import now_text
from totebox.daemon.opening import open_vault
from totebox.vault.api import AuditDraft, Batch, Draft, LeafIndex, Staged, VaultHead, Whole
from totebox.vault.life.creation import create
from totebox.writer.client import VaultClient


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """A real vault, with nothing in it yet."""
    create(tmp_path / "v", "Acme", "company", entropy=os.urandom, now=now_text())
    return tmp_path / "v"


def inside(vault: Path) -> tuple[VaultHead, str]:
    """The head, and the kernel's word about the writer process, after an append."""

    async def ask() -> tuple[VaultHead, str]:
        async with open_vault(vault) as client:
            await client.append(batch(Draft("minutebook", "text", "a", Whole(b"a\n"), name="a.md")))
            status = Path(f"/proc/{client.writer_pid}/status")
            return await client.head(), status.read_text() if status.exists() else ""

    return anyio.run(ask)


def batch(*drafts: Draft) -> Batch:
    return Batch("local", "", b"", AuditDraft("COMMAND", "local", "SEAL"), drafts)


def test_the_head_says_how_the_writer_is_kept(vault: Path) -> None:
    """Its grade is the one this kernel can give, and the kernel confirms the filter."""
    head, status = inside(vault)
    assert head.grade is grade.best().grade
    if head.grade is Grade.KERNEL:
        assert "NoNewPrivs:\t1" in status
        assert "Seccomp:\t2" in status


def test_a_staged_file_is_sealed_from_inside_the_cage(vault: Path) -> None:
    """Its copy is begun at the top of assets/ and named on its shelf, which the cage lets it do."""
    data = os.urandom(100_000)
    (vault / "cache/intake/x").write_bytes(data)
    from hashlib import sha256

    staged = Draft("minutebook", "original", "x", Staged("x", len(data), sha256(data).digest()), name="x.bin")

    async def seal(client: VaultClient) -> bytes:
        done = await client.append(batch(staged))
        assert (await client.entries(Log.RECORDS, LeafIndex(0), 9))[-1] == done.entries[0]
        return await client.read(done.entries[0].index, 0, len(data))

    async def run() -> bytes:
        async with open_vault(vault) as client:
            return await seal(client)

    assert anyio.run(run) == data


def test_a_writer_without_the_cage_says_so_aloud(vault: Path) -> None:
    """Asked for a lower grade, the process tells stderr why before it is ready."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        program = [sys.executable, "-m", "totebox.writer", str(vault), "process", "writer", "-", str(theirs.fileno())]
        writer = subprocess.Popen(program, pass_fds=(theirs.fileno(),), stderr=subprocess.PIPE, text=True)
        theirs.close()
        assert ours.recv(1), "it is ready"
        ours.close()
        _, said = writer.communicate(timeout=PROGRAM_S)
    assert writer.returncode == 0, said
    assert "os-totebox: grade process: " in said
    if grade.best().grade is Grade.KERNEL:
        assert "asked for with --grade process" in said
