"""The daemon's end of the socket to a worker process."""

import asyncio
import contextlib
import socket


class Wire:
    """The part of a `Worker` that sends it the job and reads its answer."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._wire = end

    async def tell(self, data: bytes) -> None:
        """Send the whole job, and close the sending direction. A process that has ended is no error here: `read` then returns b''."""
        with contextlib.suppress(OSError):
            await asyncio.get_running_loop().sock_sendall(self._wire, data)
            self._wire.shutdown(socket.SHUT_WR)

    async def read(self, size: int) -> bytes:
        """Up to `size` bytes of its answer; b'' at its end."""
        try:
            return await asyncio.get_running_loop().sock_recv(self._wire, size)
        except ConnectionError:
            return b""
