"""A named pipe that somebody holds and never ends: whoever reads it waits, and is seen to have begun."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import F_SETPIPE_SZ, fcntl
from pathlib import Path

from tests.patience import WAIT_S


class SilentPipe:
    """Full of bytes, fewer than any reader wants. Whoever takes them makes room, and that can be waited for."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._held = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        fcntl(self._held, F_SETPIPE_SZ, os.sysconf("SC_PAGE_SIZE"))
        with suppress(BlockingIOError):
            while os.write(self._held, b"x" * os.sysconf("SC_PAGE_SIZE")):
                pass

    async def read_begun(self) -> None:
        """Until somebody reads it."""
        begun, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_writer(self._held, begun.set)
        try:
            async with asyncio.timeout(WAIT_S):
                await begun.wait()
        finally:
            loop.remove_writer(self._held)

    def close(self) -> None:
        os.close(self._held)


@contextmanager
def silent_pipe(path: Path) -> Iterator[SilentPipe]:
    """One at `path`."""
    made = SilentPipe(path)
    try:
        yield made
    finally:
        made.close()
