"""Work for every core: the same question about many pieces, answered in order, a bounded number of them at a time. Part of `fsck`."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from os import cpu_count, sched_getaffinity
from pathlib import Path
from types import TracebackType
from typing import TypeVar

Piece = TypeVar("Piece")
Found = TypeVar("Found")
AHEAD = 12
"""Pieces that are given out for each process: enough for this one until the others have started."""


class Crew:
    """This process and others that look at the vault at `root`, one for each core, started when first needed.

    Where there is not `much` to do, this process does it alone. It never waits while there is a piece that nobody has begun.
    """

    def __init__(self, root: Path, *, much: bool, workers: int | None = None) -> None:
        self._root = root
        self._workers = workers or _cores()
        self._much = much and self._workers > 1
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> "Crew":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def each(self, check: Callable[[Path, Piece], Found], pieces: Iterable[Piece]) -> Iterator[tuple[Piece, Found]]:
        """Every piece and what `check`, a function of a module, found in it, in order."""
        if not self._much:
            for piece in pieces:
                yield piece, check(self._root, piece)
            return
        pool, given = self._started(), deque[tuple[Piece, Future[Found]]]()
        try:
            for piece in pieces:
                given.append((piece, pool.submit(check, self._root, piece)))
                if len(given) >= AHEAD * self._workers:
                    yield self._first(check, given)
            while given:
                yield self._first(check, given)
        finally:
            # Who asks no further wants no answer.
            for _, future in given:
                future.cancel()

    def begin(self, ready: Callable[[], None]) -> None:
        """Start the others now, so that they are there when there is work: each calls `ready`, of the module that will do it."""
        if self._much:
            for _ in range(self._workers - 1):
                self._started().submit(ready)

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._workers - 1, mp_context=get_context("spawn"))
        return self._pool

    def _first(
        self, check: Callable[[Path, Piece], Found], given: deque[tuple[Piece, Future[Found]]]
    ) -> tuple[Piece, Found]:
        """The first piece and what was found in it; until that is known, pieces that nobody has begun are looked at here."""
        for place, (piece, future) in enumerate(given):
            if given[0][1].done() and not given[0][1].cancelled():
                break
            if future.cancel():
                own: Future[Found] = Future()
                own.set_result(check(self._root, piece))
                given[place] = piece, own
        piece, future = given.popleft()
        return piece, future.result()


def _cores() -> int:
    with suppress(OSError, NameError):
        return len(sched_getaffinity(0))
    return cpu_count() or 1
