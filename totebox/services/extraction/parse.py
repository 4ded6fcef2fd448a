"""Reads a document in a child process with limits. Whatever the document does, the answer is a Document."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Any

from totebox.service import Claim, Document
from totebox.services.extraction.limits import DEFAULT_LIMITS, Limits
from totebox.services.extraction.sniff import HEAD_BYTES, OTHER, sniff_head

ANSWER_BYTES = 64 * 1024 * 1024


async def parse(path: Path, name: str, *, limits: Limits = DEFAULT_LIMITS) -> Document:
    """The document at `path`, read in a child process; `name` is only a name. Never raises for a bad document."""
    return (await read_document(path, name, limits=limits))[0]


async def read_document(
    path: Path, name: str, *, limits: Limits = DEFAULT_LIMITS, dictionary: Path | None = None
) -> tuple[Document, tuple[Claim, ...]]:
    """The document at `path` and the claims in it.

    A crash, a limit or a hang gives a Document with text '' whose `trouble` says what happened; the child is killed
    after `limits.wall_s`, and when the caller is cancelled. `dictionary` is the operator's file, None for the shipped one.
    """
    job = json.dumps({"path": str(path), "name": name, "limits": limits.to_json(), "dictionary": str(dictionary or "")})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "totebox.services.extraction.worker", job,
        stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, start_new_session=True, env=_environment(),
    )  # fmt: skip
    try:
        async with asyncio.timeout(limits.wall_s):
            data = await _answer(process)
            await process.wait()
    except TimeoutError:
        return _without_text(path, f"reading it takes longer than {limits.wall_s} s")
    finally:
        await _end(process)
    return _result(path, process.returncode or 0, data, limits)


def _environment() -> dict[str, str]:
    kept = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SYSTEMROOT")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": "0",
    }


async def _answer(process: Process) -> bytes:
    assert process.stdout is not None
    data = bytearray()
    while block := await process.stdout.read(65_536):
        data += block
        if len(data) > ANSWER_BYTES:
            return b""
    return bytes(data)


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def _result(path: Path, status: int, data: bytes, limits: Limits) -> tuple[Document, tuple[Claim, ...]]:
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
