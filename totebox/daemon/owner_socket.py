"""The owner's socket of a running daemon: what the vault's owner does on the host itself, without a pairing.

    /RUNTIME/<hash of DIR>/s.own     Unix, 0600; the kernel says who connects (SO_PEERCRED): the daemon's uid, or root
    down  one line of JSON: {"record": {"scope": "full", "total": N, "findings": [the first 16, as `os-totebox verify --json` has them]}}
    up    one line of JSON: {"recorded": true}, or {"error": "what happened; what to do"}
    down  {"processes": true}
    up    {"processes": {"writer": [PID], ...}, "grade": "kernel", "why": ""}: the processes that the launcher has running, by the
          name of the program; the grade that the writer has; and why it is less than the kernel's, where the owner wanted it so

One question a connection. The daemon binds the socket before it enters its cage, and only answers. Input is bounded and
typed: a program with the owner's uid can do worse to the vault than lie here, but no input may stop the daemon. At most
`MAX_CALLERS` connections are held: the oldest one that has asked nothing yet gives way to a new one.
"""

import asyncio
import contextlib
import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, cast

from protocol.schema.integrity import MAX_FINDINGS
from protocol.schema.numbers import Grade, Scope
from totebox.config import default_uri, make_socket_folder
from totebox.errors import ToteboxError
from totebox.gate.verdict import MAX_COUNT, VerificationResult
from totebox.vault.api import Finding

LINE_BYTES = 1 << 18
MAX_CALLERS = 16
ANSWER_S = 60.0
CREDENTIALS = struct.Struct("3i")
SEVERITIES = ("damage", "foreign", "doubt")

Record = Callable[[VerificationResult, int], Awaitable[str]]
"""Writes a verdict into the audit log for the uid that sent it; returns '', or why it could not."""


def owner_socket_path(root: Path) -> Path:
    """Where the daemon of the Totebox at `root` answers its owner."""
    return Path(default_uri(root).removeprefix("unix:")).with_suffix(".own")


def bind_owner_socket(root: Path) -> socket.socket | None:
    """Listen for the owner; None where no socket can be made there. Call it with the vault's lock held, before the
    cage.
    """
    path = owner_socket_path(root)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o077)
    try:
        make_socket_folder(f"unix:{path}")
        path.unlink(missing_ok=True)  # the lock is held, so a socket left there is of a killed daemon
        sock.bind(str(path))
        sock.listen(4)
    except (OSError, ToteboxError):
        sock.close()
        return None
    finally:
        os.umask(mask)
    return sock


class OwnerSocket:
    """Answers on a socket of `bind_owner_socket`."""

    def __init__(
        self,
        sock: socket.socket,
        record: Record,
        processes: Callable[[], dict[str, list[int]]],
        grade: Grade = Grade.KERNEL,
        why: str = "",
    ) -> None:
        self._sock, self._record, self._processes = sock, record, processes
        self._grade, self._why = grade, why
        self._one_at_a_time = asyncio.Lock()
        self._callers: dict[asyncio.StreamWriter, bool] = {}
        """Open connections, the oldest first, and whether each has asked."""

    async def run(self) -> None:
        """Answer until cancelled; then the socket's name is removed."""
        path = Path(self._sock.getsockname())
        server = await asyncio.start_unix_server(self._answer, sock=self._sock, limit=LINE_BYTES)
        try:
            async with server:
                await asyncio.Event().wait()
        finally:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._callers[writer] = False
        self._make_room()
        try:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(ANSWER_S):
                    answer = await self._answered(reader, writer)
                    writer.write(json.dumps(answer).encode() + b"\n")
                    await writer.drain()
        finally:
            self._callers.pop(writer, None)
            writer.close()

    def _make_room(self) -> None:
        """Cut the oldest connection that has asked nothing, where there are too many. The newest has not asked yet: there is one."""
        if len(self._callers) > MAX_CALLERS:
            oldest = next(writer for writer, asked in self._callers.items() if not asked)
            del self._callers[oldest]
            oldest.transport.abort()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> dict[str, object]:
        uid = _uid_of(writer)
        if uid not in (0, os.getuid()):
            return {"error": f"uid {uid} does not own this Totebox; run it as its owner"}
        try:
            line = await reader.readline()
            if writer in self._callers:
                self._callers[writer] = True
            said = json.loads(line)
            if said == {"processes": True}:
                return {"processes": self._processes(), "grade": self._grade.value, "why": self._why}
            verified = _verified(said)
        except (ValueError, RecursionError) as fault:
            return {
                "error": f"this is no verdict of a verification: {fault}; use the os-totebox of the daemon's version"
            }
        async with self._one_at_a_time:
            error = await self._record(verified, uid)
        return {"error": error} if error else {"recorded": True}


def _uid_of(writer: asyncio.StreamWriter) -> int:
    return uid_at(cast("socket.socket", writer.get_extra_info("socket")))


def uid_at(sock: socket.socket) -> int:
    """The uid of the process at the other end of a Unix socket, from the kernel."""
    data = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    return int(CREDENTIALS.unpack(data)[1])


def _verified(said: object) -> VerificationResult:
    """The verdict in an owner's message. Raises ValueError where the message has another form."""
    record = said.get("record") if isinstance(said, dict) else None
    if not isinstance(record, dict) or record.get("scope") not in ("full", "partial"):
        raise ValueError("it names no scope")
    total, listed = record.get("total"), record.get("findings")
    if type(total) is not int or not isinstance(listed, list) or not len(listed) <= total <= MAX_COUNT:
        raise ValueError("its total is not the number of its findings")
    if len(listed) != min(total, MAX_FINDINGS):
        raise ValueError(f"it lists {len(listed)} of {total} findings")
    return VerificationResult([_finding(each) for each in listed], total, Scope[str(record["scope"]).upper()])


def _finding(said: object) -> Finding:
    if not isinstance(said, dict) or said.get("severity") not in SEVERITIES:
        raise ValueError("a finding has no severity")
    places = [said.get(name) for name in ("entry", "offset")]
    if any(each is not None and (type(each) is not int or not 0 <= each < 1 << 64) for each in places):
        raise ValueError("a finding's entry or offset is no number")
    words = [said.get(name) for name in ("path", "expected", "found", "remedy")]
    if not all(isinstance(each, str) for each in words):
        raise ValueError("a finding lacks its words")
    path, expected, found, remedy = map(str, words)
    severity = cast('Literal["damage", "foreign", "doubt"]', said["severity"])
    return Finding(severity, path, places[0], places[1], expected, found, remedy)
