"""Client of the writer: the vault as the daemon uses it, over a socketpair to the writer process.

States: STARTING (the launcher starts a writer, which locks and recovers the vault), UP (calls are pipelined), RESTARTING (the writer
ended; it is started again as the policy of its program says), CLOSED. The end of the socketpair moves UP to RESTARTING: calls that wait
fail with the reason, and later calls wait up to 10 s for the next writer. A call that failed may have been committed: recovery decides.
With a command id it can be repeated safely. Cancelling a call does not cancel its request in the writer.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from protocol.schema.numbers import Log
from totebox import errors
from totebox.errors import ReadOnly, ToteboxError, VaultError
from totebox.process.launcher import LauncherClient, ProgramProcess
from totebox.process.program import Program
from totebox.vault.api import Appended, AuditDraft, Batch, Checkpoint, Entry, LeafIndex, Proven, TreeSize, VaultHead
from totebox.writer import messages as parcel
from totebox.writer.frame import Word, frame, value
from totebox.writer.pipe import Pipe, Told

T = TypeVar("T")
ANSWER_S = 600.0
"""Longest wait for an answer. A staged original of 4 GiB on a slow disk takes minutes; longer than this is a fault."""
RESTART_WAIT_S = 10.0
CLOSE_S = 30.0
KILLED_S = 1.0
"""Longest wait for the end of a process that was killed."""
MAX_MESSAGE = 4_096
"""Characters of an error's message that are kept, since it is sent on to consoles and logs."""
WRITES = (Word.APPEND, Word.AUDIT, Word.COSIGN)
READY = 0
"""The request id of the writer's first answer: that it has recovered, or why it cannot."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a writer may work on waiting requests when the vault is closed; `cut` is called with a description if it takes longer."""

    finish_s: Callable[[], float] = lambda: CLOSE_S
    cut: Callable[[str], None] = lambda what: None


class VaultClient:
    """Implements `Vault` with a process of `program`, the writer, which `launcher` starts on its vault."""

    def __init__(self, launcher: LauncherClient, program: Program, patience: Patience = Patience()) -> None:
        self.launcher, self._program = launcher, program
        self._patience = patience
        self._process: ProgramProcess | None = None
        self._pipe: Pipe | None = None
        self._pending: dict[int, tuple[float, asyncio.Future[bytes]]] = {}
        """Calls that wait for an answer, by request id: (deadline, answer), in the order of their deadlines."""
        self._alarm: asyncio.TimerHandle | None = None
        self._last_id = READY
        self._up = asyncio.Event()
        self._trouble = ""
        self._keeper: asyncio.Task[None] | None = None

    @property
    def writer_pid(self) -> int:
        """The process id of the writer; 0 while none is up."""
        return self._process.pid if self._process is not None and self._up.is_set() else 0

    async def append(self, batch: Batch) -> Appended:
        """As `Appender.append`."""
        return await self._ask(Word.APPEND, parcel.batch_value(batch), parcel.get_appended)

    async def audit(self, row: AuditDraft, *, durable: bool = True) -> Appended:
        """As `Appender.audit`."""
        return await self._ask(Word.AUDIT, (parcel.audit_value(row), durable), parcel.get_appended)

    async def entries(self, log: Log, start: LeafIndex, limit: int) -> Sequence[Entry]:
        """As `Reader.entries`."""
        return await self._ask(Word.LIST, (log, start, limit), parcel.get_entries)

    async def read(self, index: LeafIndex, offset: int, size: int) -> bytes:
        """As `Reader.read`."""
        return await self._ask(Word.READ, (index, offset, size), parcel.get_blob)

    async def head(self) -> VaultHead:
        """As `Reader.head`."""
        return await self._ask(Word.HEAD, None, parcel.get_head)

    async def prove(self, log: Log, index: LeafIndex) -> Proven:
        """As `Prover.prove`."""
        return await self._ask(Word.PROVE, (log, index), parcel.get_proven)

    async def consistency(self, log: Log, old: TreeSize) -> tuple[Checkpoint, tuple[bytes, ...]]:
        """As `Prover.consistency`."""
        return await self._ask(Word.CONSISTENCY, (log, old), parcel.get_consistency)

    async def cosign(self, log: Log, note: bytes, vkey: str, actor: str) -> Appended:
        """As `Witnessed.cosign`."""
        return await self._ask(Word.COSIGN, (log, note, vkey, actor), parcel.get_appended)

    async def start(self) -> None:
        """Start the writer and wait until it has recovered.

        Raises:
            ToteboxError: it cannot serve; the message says why.
        """
        ready = self._asked(READY)
        try:
            process, pipe = await _spawn(self.launcher, self._program, self._told)
            try:
                await asyncio.wait((ready, pipe.lost), return_when=asyncio.FIRST_COMPLETED)
                if ready.done():
                    ready.result()
            except BaseException:
                await self._hang_up(process, pipe)
                raise
        finally:
            self._pending.pop(READY, None)
        if not ready.done():
            await self._hang_up(process, pipe)
            raise VaultError(f"the vault's writer ended before it was ready ({_how(process)})")
        self._process, self._pipe, self._trouble = process, pipe, ""
        self._up.set()
        self.launcher.ready(process)
        self._keeper = asyncio.create_task(self._keep(pipe), name="vault writer")

    async def close(self) -> None:
        """End the writer when it has finished the waiting requests; after `Patience.finish_s` seconds, by SIGKILL."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self._process is not None and self._pipe is not None:
            await self._hang_up(self._process, self._pipe)
        self._fail("the vault is closed")
        if self._alarm is not None:
            self._alarm.cancel()

    async def _hang_up(self, process: ProgramProcess, pipe: Pipe) -> None:
        try:
            async with asyncio.timeout(self._patience.finish_s()):
                await pipe.close()
                await process.wait()
        except TimeoutError:
            self._patience.cut(
                f"the vault's writer (process {process.pid}), which did not end and was killed; what was acknowledged is on the disk"
            )
            pipe.abort()
            process.kill()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(KILLED_S):
                    await process.wait()

    async def _ask(self, word: Word, asked: object, get: Callable[[object], T]) -> T:
        pipe = await self._connected(word)
        identifier = self._last_id = self._last_id % 0xFFFF_FFFF + 1
        answer = self._asked(identifier)
        try:
            await pipe.send(frame(identifier, word, asked))
            body = await answer
        except ConnectionError:
            raise _lost(word, "the vault's writer is gone") from None
        except TimeoutError:
            raise _lost(word, f"the vault's writer did not answer within {ANSWER_S:.0f} s") from None
        except VaultError as error:
            raise (ReadOnly(str(error)) if type(error) is VaultError and word in WRITES else error) from None
        finally:
            self._pending.pop(identifier, None)
        return get(value(body))

    async def _connected(self, word: Word) -> Pipe:
        if not self._up.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RESTART_WAIT_S):
                    await self._up.wait()
        if not self._up.is_set() or self._pipe is None:
            raise _lost(word, self._trouble or "the vault's writer is not running")
        return self._pipe

    def _asked(self, identifier: int) -> "asyncio.Future[bytes]":
        """A future for the answer with this id; it fails with TimeoutError after ANSWER_S."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()
        self._pending[identifier] = (loop.time() + ANSWER_S, answer)
        if self._alarm is None:
            self._alarm = loop.call_later(ANSWER_S, self._expire)
        return answer

    def _told(self, identifier: int, word: int, body: bytes) -> None:
        """Give an answer to the call that waits for it. An answer to a call that was cancelled or has failed is dropped."""
        _, answer = self._pending.get(identifier, (0.0, None))
        if answer is None or answer.done():
            return
        if word == Word.DONE:
            answer.set_result(body)
        else:
            answer.set_exception(_error(body))

    def _expire(self) -> None:
        """Fail the calls whose deadline has passed. One alarm is enough for all, since deadlines are in the order of the calls."""
        loop = asyncio.get_running_loop()
        now, self._alarm = loop.time(), None
        for due, answer in self._pending.values():
            if due > now:
                self._alarm = loop.call_at(due, self._expire)
                return
            if not answer.done():
                answer.set_exception(TimeoutError())

    async def _keep(self, pipe: Pipe) -> None:
        """When the writer ends, fail the waiting calls and start another one."""
        await asyncio.shield(pipe.lost)
        self._up.clear()
        assert self._process is not None
        await _ended(self._process)
        self._trouble = f"the vault's writer ended ({_how(self._process)}); it is being started again"
        self._fail(self._trouble)
        await self._restart()

    async def _restart(self) -> None:
        """Start the writer again, as often as the policy of its program allows."""
        assert self._program.restart is not None
        number = 1
        while (pause_s := self._program.restart.pause_s(number)) is not None:
            await asyncio.sleep(pause_s)
            try:
                return await self.start()
            except (ToteboxError, OSError, TimeoutError) as error:
                self._trouble = f"the vault's writer cannot start again: {error}"
            number += 1
        return None

    def _fail(self, reason: str) -> None:
        for _, answer in self._pending.values():
            if not answer.done():
                answer.set_exception(VaultError(reason))


async def _spawn(launcher: LauncherClient, program: Program, told: Told) -> tuple[ProgramProcess, Pipe]:
    """Start a writer process.

    Returns it with our end of its socketpair; it has no other descriptor of ours, and ends when our end closes.
    """
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            process = await launcher.begin(program, theirs.fileno())
        _, pipe = await asyncio.get_running_loop().create_connection(lambda: Pipe(told), sock=ours)
    except BaseException:
        ours.close()
        raise
    return process, pipe


async def _ended(process: ProgramProcess) -> None:
    try:
        async with asyncio.timeout(CLOSE_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _error(body: bytes) -> ToteboxError:
    code, message = parcel.get_texts(value(body), 2)
    known = {
        kind.code: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ToteboxError)
    }
    return known.get(code, VaultError)(message[:MAX_MESSAGE])


def _lost(word: Word, reason: str) -> VaultError:
    return ReadOnly(reason) if word in WRITES else VaultError(reason)


def _how(process: ProgramProcess) -> str:
    status = process.returncode or 0
    return f"signal {-status}" if status < 0 else f"status {status}"
