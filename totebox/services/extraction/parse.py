"""Reads a document in a process of its own with limits. Whatever the document does, the answer is a Document."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from totebox.environ import spare
from totebox.service import Claim, Document, Errand
from totebox.services.extraction.limits import DEFAULT_LIMITS, Limits
from totebox.services.extraction.sniff import HEAD_BYTES, OTHER, sniff_head
from totebox.wire import Wire

ANSWER_BYTES = 64 * 1024 * 1024

Start = Callable[[int], AbstractAsyncContextManager[Errand]]
"""Starts a reader of the document that this descriptor has open; it ends with the context."""


async def parse(path: Path, name: str, *, limits: Limits = DEFAULT_LIMITS) -> Document:
    """The document at `path`, read in a child process; `name` is only a name. Never raises for a bad document."""
    return (await read_document(path, name, limits=limits))[0]


async def read_document(
    path: Path, name: str, *, limits: Limits = DEFAULT_LIMITS, start: Start | None = None
) -> tuple[Document, tuple[Claim, ...]]:
    """The document at `path` and the claims in it.

    A crash, a limit or a hang gives a Document with text '' whose `trouble` says what happened; the reader is killed
    after `limits.wall_s`, and when the caller is cancelled. Without `start` it is a child of this process.
    """
    try:
        document = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return _without_text(path, "")
    try:
        async with (start or start_here)(document) as reader, asyncio.timeout(limits.wall_s):
            await reader.tell(json.dumps({"path": str(path), "name": name, "limits": limits.to_json()}).encode())
            data = await _answer(reader)
            status = await reader.ended()
    except TimeoutError:
        return _without_text(path, f"reading it takes longer than {limits.wall_s} s")
    finally:
        os.close(document)
    return _result(path, status, data, limits)


@contextlib.asynccontextmanager
async def start_here(document: int, dictionary: str = "") -> AsyncIterator[Errand]:
    """A reader that is a child of this process."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "totebox.services.extraction.worker",
            str(theirs.fileno()), str(document), dictionary, "", "kernel",
            stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, pass_fds=(theirs.fileno(), document), start_new_session=True,
            env=spare(),
        )  # fmt: skip
    child = _Child(process, ours)
    try:
        yield child
    finally:
        await child.stop()


class _Child(Wire):
    """A child of this process; an `Errand`."""

    def __init__(self, process: Process, wire: socket.socket) -> None:
        super().__init__(wire)
        self._process = process

    async def ended(self) -> int | None:
        return await self._process.wait()

    async def stop(self) -> None:
        self._wire.close()
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


async def _answer(reader: Errand) -> bytes:
    data = bytearray()
    while block := await reader.read(65_536):
        data += block
        if len(data) > ANSWER_BYTES:
            return b""
    return bytes(data)


def _result(path: Path, status: int | None, data: bytes, limits: Limits) -> tuple[Document, tuple[Claim, ...]]:
    if status is None:
        return _without_text(path, "its reader could not be started")
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return _without_text(path, f"reading it takes more than {limits.cpu_s} s of computing")
    if status != 0 or not data:
        return _without_text(path, "the reader gave up on it (damaged, or made to break readers)")
    answer: dict[str, Any] = json.loads(data)
    if "trouble" in answer:
        return _without_text(path, answer["trouble"].removeprefix("no text: "))
    return Document(**answer["document"]), tuple(Claim(**claim) for claim in answer["claims"])


def _without_text(path: Path, why: str) -> tuple[Document, tuple[Claim, ...]]:
    try:
        with path.open("rb") as file:
            media = sniff_head(file.read(HEAD_BYTES))
    except OSError:
        return Document(OTHER, "", 0, "no text: the file cannot be read any more"), ()
    return Document(media, "", 0, f"no text: {why}"), ()
