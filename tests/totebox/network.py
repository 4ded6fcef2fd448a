"""A network between a console and a daemon, as bad as a test wants it."""

import asyncio
import contextlib
from collections.abc import Callable


class Network:
    """A TCP proxy that can be as bad as a network: `delay_s` a piece, `cut_after` bytes a connection, and a `blackhole`."""

    def __init__(self, host: str, port: int) -> None:
        self._far = (host, port)
        self._links: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.delay_s = 0.0
        self.cut_after: Callable[[], int] | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.cuts = 0
        self.port = 0
        self.passed = 0
        """Bytes of both directions so far."""
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Every connection that stands, now."""
        for each in list(self._links):
            each.transport.abort()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(OSError):
            await self.open.wait()
            far_reader, far_writer = await asyncio.open_connection(*self._far)
            self._links |= {writer, far_writer}
            left = [self.cut_after() if self.cut_after else 1 << 60]
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._copy(reader, far_writer, left))
                    group.create_task(self._copy(far_reader, writer, left))
            except* OSError:
                self.cuts += 1
            finally:
                self._links -= {writer, far_writer}
                for each in (writer, far_writer):
                    each.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: list[int]) -> None:
        while data := await reader.read(16_384):
            await self.open.wait()
            if self.delay_s:
                await asyncio.sleep(self.delay_s)  # the delay itself
            part = data[: left[0]]
            left[0] -= len(part)
            self.passed += len(part)
            writer.write(part)
            await writer.drain()
            if left[0] <= 0:
                raise ConnectionAbortedError("cut")
        raise ConnectionAbortedError("ended")
