"""The daemon's end of the wire to a process."""

import asyncio
import contextlib
import socket


class Wire:
    """Half of a `Worker`: what is said to it, and what it answers."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._wire = end

    async def tell(self, data: bytes) -> None:
        """Send all there is to send."""
        with contextlib.suppress(OSError):
            await asyncio.get_running_loop().sock_sendall(self._wire, data)
            self._wire.shutdown(socket.SHUT_WR)

    async def read(self, size: int) -> bytes:
        """Up to `size` bytes of its answer; b'' at its end."""
        try:
            return await asyncio.get_running_loop().sock_recv(self._wire, size)
        except ConnectionError:
            return b""
