"""Reads a document in a process of its own with limits. Whatever the document does, the answer is a Document."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from totebox.process.environment import spare
from totebox.process.frames import READ_BYTES, Misbehaved
from totebox.process.pipe import Wire
from totebox.service.contract import Claim, Document, Errand
from totebox.services.extraction.answer import MISBEHAVED, Answer, Phase
from totebox.services.extraction.limits import DEFAULT_LIMITS, Limits

READER = ("-m", "totebox.services.extraction.worker")
Start = Callable[[int], AbstractAsyncContextManager[Errand]]
"""Starts a reader of the document that this descriptor has open; it ends with the context."""


async def parse(path: Path, name: str, *, limits: Limits = DEFAULT_LIMITS) -> Document:
    """The document at `path`, read in a child process; `name` is only a name. Never raises for a bad document."""
    return (await read_document(path, name, limits=limits))[0]


async def read_document(
    path: Path,
    name: str,
    *,
    limits: Limits = DEFAULT_LIMITS,
    start: Start | None = None,
    make: Callable[[Limits], Answer] = Answer,
) -> tuple[Document, tuple[Claim, ...]]:
    """The document at `path` and the claims in it.

    Whatever ends the reader, what had arrived counts, and `trouble` says what is missing and why. An answer that breaks the rules
    (`totebox.services.extraction.answer`) is worth nothing: a Document with text '' that says so. The reader is killed after
    `limits.wall_s`, and when the caller is cancelled. Without `start` it is a child of this process.
    """
    answer = make(limits)
    try:
        document = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return answer.worthless("the file cannot be read any more")
    try:
        async with (start or start_here)(document) as reader:
            await reader.tell(json.dumps({"path": str(path), "name": name, "limits": limits.to_json()}).encode())
            why = await _hear(reader, answer, limits)
    except Misbehaved as fault:
        return answer.worthless(f"{MISBEHAVED}: {fault}")
    finally:
        os.close(document)
    return answer.result(why)


@contextlib.asynccontextmanager
async def start_here(document: int, dictionary: str = "", *, program: Sequence[str] = READER) -> AsyncIterator[Errand]:
    """A reader that is a child of this process; `program` is what Python runs."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", *program,
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


async def _hear(reader: Errand, answer: Answer, limits: Limits) -> str:
    """Take its answer as it comes; why it came to no end, '' when it did.

    Raises:
        Misbehaved: as `Answer.feed`.
    """
    try:
        async with asyncio.timeout(limits.wall_s):
            while answer.phase is not Phase.ENDED:
                block = await reader.read(READ_BYTES)
                if not block:
                    return _end(await reader.ended(), answer.phase, limits)
                answer.feed(block)
                await asyncio.sleep(
                    0
                )  # a block that is there already is read without a wait: others have their turn here
    except TimeoutError:
        return f"reading it takes longer than {limits.wall_s} s"
    return ""


def _end(status: int | None, phase: Phase, limits: Limits) -> str:
    if status is None:
        return "its reader could not be started" if phase is Phase.MEDIA else "its reader was lost"
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        share = limits.claims_cpu_s if phase is Phase.CLAIMS else limits.cpu_s
        return f"reading it takes more than {share} s of computing"
    return "the reader gave up on it (damaged, or made to break readers)"
