"""Worker processes: one function is applied to many pieces on every core. Results come in order; the number of pieces in flight is bounded.

    this process --- pieces ---> one socket, from which each process takes the next message, this process too
    each worker process --- results ---> a pipe of its own ---> this process

While a piece is left, no process waits.
"""

import os
import socket
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe, wait
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from signal import SIG_IGN, SIGINT, SIGKILL, signal
from types import TracebackType
from typing import NoReturn, TypeVar, cast

Piece = TypeVar("Piece")
Found = TypeVar("Found")
AHEAD = 4
"""Number of pieces in flight for each process."""
MOST_BYTES = 1 << 15
"""Largest message that is sent to the socket; a larger piece is worked on in this process."""


class WorkerPool:
    """This process and its worker processes, which only read the vault at `root`: together one for each core, or `workers` of them.

    Without `much` to do, this process works alone; so it does where sockets do not keep messages apart. A worker process is a fork of
    this one, without its other threads: a function that runs in it must take no lock that another thread can hold at the time of the
    fork.
    """

    def __init__(self, root: Path, *, much: bool, workers: int | None = None) -> None:
        self._root = root
        self._board: tuple[socket.socket, ...] = ()
        self._others: list[tuple[int, Connection]] = []
        self._kept = deque[bytes]()
        """Messages that the socket did not take; this process works on them."""
        self._number = 0
        self._wanted = set[int]()
        self._answers = dict[int, object]()
        count = (workers or _cores()) - 1 if much else 0
        with suppress(OSError):
            self._board = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) if count else ()
            for _ in range(count if self._board else 0):
                self._start()

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for end in self._board:
            end.close()
        for process, answers in self._others:
            answers.close()
            # A worker process only reads, and its result is not used any more.
            with suppress(ProcessLookupError, PermissionError):
                # A caged process may not signal another one. The worker process then ends by itself when its socket is closed.
                os.kill(process, SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(process, 0)

    def each(self, check: Callable[[Path, Piece], Found], pieces: Iterable[Piece]) -> Iterator[tuple[Piece, Found]]:
        """Each piece and the result of `check` for it, in order. `check` must be a function of a module.

        Raises:
            ChildProcessError: a worker process was killed.
        """
        if not self._others:
            for piece in pieces:
                yield piece, check(self._root, piece)
            return
        given = deque[tuple[int, Piece]]()
        try:
            for piece in pieces:
                given.append((self._give(check, piece), piece))
                if len(given) >= AHEAD * (1 + len(self._others)):
                    yield given[0][1], cast(Found, self._answer(given.popleft()[0]))
            while given:
                yield given[0][1], cast(Found, self._answer(given.popleft()[0]))
        finally:
            # A caller that stops early needs no further results.
            self._wanted.difference_update(number for number, _ in given)

    def _start(self) -> None:
        answers, end = Pipe(duplex=False)
        with warnings.catch_warnings():
            # Python warns of a fork with threads; the class docstring says which functions are safe.
            warnings.simplefilter("ignore", DeprecationWarning)
            process = os.fork()
        if not process:
            self._serve(end)
        end.close()
        self._others.append((process, answers))

    def _serve(self, end: Connection) -> NoReturn:
        """Run a worker process. It ends when the parent process ends, in whatever way."""
        try:
            signal(SIGINT, SIG_IGN)
            self._board[0].close()
            for _, answers in self._others:
                answers.close()
            while message := self._board[1].recv(MOST_BYTES):
                number, check, piece = ForkingPickler.loads(message)
                try:
                    end.send((number, check(self._root, piece), None))
                except Exception as error:  # noqa: BLE001 - a process's root: the parent raises it
                    end.send((number, None, error))
        finally:
            os._exit(0)

    def _give(self, check: Callable[[Path, Piece], Found], piece: Piece) -> int:
        self._number += 1
        self._wanted.add(self._number)
        message = bytes(ForkingPickler.dumps((self._number, check, piece)))
        try:
            if len(message) > MOST_BYTES:
                raise BlockingIOError
            self._board[0].send(message, socket.MSG_DONTWAIT)
        except OSError:
            self._kept.append(message)
        return self._number

    def _taken(self) -> bytes:
        """The next message that no process has taken; b'' when there is none."""
        with suppress(BlockingIOError):
            return self._board[1].recv(MOST_BYTES, socket.MSG_DONTWAIT)
        return self._kept.popleft() if self._kept else b""

    def _answer(self, number: int) -> object:
        """The result of piece `number`. Until it arrives, this process works on pieces that no process has taken."""
        while True:
            self._listen(0)
            if number in self._answers:
                self._wanted.remove(number)
                return self._answers.pop(number)
            if message := self._taken():
                mine, check, piece = ForkingPickler.loads(message)
                if mine in self._wanted:
                    self._answers[mine] = check(self._root, piece)
            else:
                self._listen(None)

    def _listen(self, timeout_s: float | None) -> None:
        """Receive the results that have arrived, or that arrive within this time (None: wait for one)."""
        for answers in wait([answers for _, answers in self._others], timeout_s):
            try:
                number, found, error = cast(Connection, answers).recv()
            except EOFError:
                raise ChildProcessError("a process that verified with this one was killed; verify again") from None
            if number in self._wanted:
                if error is not None:
                    raise error
                self._answers[number] = found


def _cores() -> int:
    with suppress(OSError, NameError, AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
