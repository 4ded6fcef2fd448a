"""Has a document read in a worker process with limits. Whatever the document does, the result is a Document."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from totebox.process.frames import READ_BYTES, Misbehaved
from totebox.service.contract import Claim, Document
from totebox.service.launcher import Worker
from totebox.services.extraction.answer import MISBEHAVED, Phase, ReaderAnswer
from totebox.services.extraction.limits import DEFAULT_LIMITS, Limits

Start = Callable[[int], AbstractAsyncContextManager[Worker]]
"""Starts a reader for the document that this descriptor has open; the reader ends with the context."""


async def read_document(
    path: Path,
    name: str,
    *,
    limits: Limits = DEFAULT_LIMITS,
    start: Start,
    make: Callable[[Limits], ReaderAnswer] = ReaderAnswer,
) -> tuple[Document, tuple[Claim, ...]]:
    """The document at `path` and the claims in it.

    Whatever ends the reader, what had arrived counts, and `trouble` says what is missing and why. If an answer breaks
    the rules (`totebox.services.extraction.answer`), nothing of it counts: the Document has the text '' and says so.
    The reader is killed after `limits.wall_s`, and when the caller is cancelled.
    """
    answer = make(limits)
    try:
        document = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return answer.worthless("the file cannot be read any more")
    try:
        async with start(document) as reader:
            await reader.tell(json.dumps({"path": str(path), "name": name, "limits": limits.to_json()}).encode())
            why = await _hear(reader, answer, limits)
    except Misbehaved as fault:
        return answer.worthless(f"{MISBEHAVED}: {fault}")
    finally:
        os.close(document)
    return answer.result(why)


async def _hear(reader: Worker, answer: ReaderAnswer, limits: Limits) -> str:
    """Read the answer as it comes. Returns why the answer is incomplete; '' when it is complete.

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
                )  # a block that is there already is read without waiting; this lets other tasks run
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
