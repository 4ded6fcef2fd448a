"""Work for every core: the same question about many pieces, answered in order, a bounded number of them at a time. Part of `fsck`.

    this process --- pieces ---> a socket, of which everybody takes the next message, this process too
    each of the others --- answers ---> a pipe of its own ---> this process

Nobody waits while there is a piece that nobody has begun.
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
"""Pieces that are given out for each process."""
MOST_BYTES = 1 << 15
"""The kernel does not divide a message of up to this size; whatever is larger is looked at here."""


class Crew:
    """This process and copies of it that look at the vault at `root`, one for each core.

    Where there is not `much` to do, this process does it alone; so it does where sockets do not keep messages apart. The copies
    are as this process is now, and none of its threads but this one goes on in them: what they are asked may take no lock that
    another thread holds.
    """

    def __init__(self, root: Path, *, much: bool, workers: int | None = None) -> None:
        self._root = root
        self._board: tuple[socket.socket, ...] = ()
        self._others: list[tuple[int, Connection]] = []
        self._kept = deque[bytes]()
        """What the socket did not take."""
        self._number = 0
        self._wanted = set[int]()
        self._answers = dict[int, object]()
        count = (workers or _cores()) - 1 if much else 0
        with suppress(OSError):
            self._board = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) if count else ()
            for _ in range(count if self._board else 0):
                self._start()

    def __enter__(self) -> "Crew":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for end in self._board:
            end.close()
        for process, answers in self._others:
            answers.close()
            # They only read: whatever one is looking at, nobody asks for it any more.
            with suppress(ProcessLookupError, PermissionError):
                # In a cage no other process may be signalled: it ends by itself, when it finds the board closed.
                os.kill(process, SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(process, 0)

    def each(self, check: Callable[[Path, Piece], Found], pieces: Iterable[Piece]) -> Iterator[tuple[Piece, Found]]:
        """Every piece and what `check`, a function of a module, found in it, in order.

        Raises:
            ChildProcessError: one of the others was killed.
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
            # Who asks no further wants no answer.
            self._wanted.difference_update(number for number, _ in given)

    def _start(self) -> None:
        answers, end = Pipe(duplex=False)
        with warnings.catch_warnings():
            # It may take no lock of another thread; see above.
            warnings.simplefilter("ignore", DeprecationWarning)
            process = os.fork()
        if not process:
            self._serve(end)
        end.close()
        self._others.append((process, answers))

    def _serve(self, end: Connection) -> NoReturn:
        """What one of the others does. It ends when this process does, however it does."""
        try:
            signal(SIGINT, SIG_IGN)
            self._board[0].close()
            for _, answers in self._others:
                answers.close()
            while message := self._board[1].recv(MOST_BYTES):
                number, check, piece = ForkingPickler.loads(message)
                try:
                    end.send((number, check(self._root, piece), None))
                except Exception as error:  # noqa: BLE001 - a process's root: whoever asked is told
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
        """The next piece that nobody has begun; b'' where there is none."""
        with suppress(BlockingIOError):
            return self._board[1].recv(MOST_BYTES, socket.MSG_DONTWAIT)
        return self._kept.popleft() if self._kept else b""

    def _answer(self, number: int) -> object:
        """What was found in piece `number`; until that is known, pieces that nobody has begun are looked at here."""
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
        """Take the answers that are there, or that come within this time."""
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
