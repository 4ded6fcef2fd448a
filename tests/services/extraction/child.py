"""A reader that is a child of the test, without a launcher and without a vault."""

import asyncio
import contextlib
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

from totebox.process.environment import spare
from totebox.process.pipe import Wire
from totebox.process.program_words import NO_LOG, program_words
from totebox.service.contract import Claim, Document
from totebox.service.launcher import Worker
from totebox.services.extraction import parse as parsing
from totebox.services.extraction.limits import DEFAULT_LIMITS, Limits

READER = ("-m", "totebox.services.extraction.worker")


@contextlib.asynccontextmanager
async def start_here(document: int, *, program: Sequence[str] = READER) -> AsyncIterator[Worker]:
    """A reader that is a child of this process; `program` is what Python runs."""
    ours, theirs = socket.socketpair()
    with theirs:
        descriptors = theirs.fileno(), document
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", *program, *program_words("", "kernel", "reader", NO_LOG, descriptors),
            stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, pass_fds=descriptors, start_new_session=True, env=spare(),
        )  # fmt: skip
    child = _Child(process, ours)
    try:
        yield child
    finally:
        await child.stop()


read_document = partial(parsing.read_document, start=start_here)


async def parse(path: Path, name: str, *, limits: Limits = DEFAULT_LIMITS) -> Document:
    """The document alone."""
    found: tuple[Document, tuple[Claim, ...]] = await read_document(path, name, limits=limits)
    return found[0]


class _Child(Wire):
    """A child of this process; a `Worker`."""

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
