"""Line: the transport of a carrier over one connected socket, for Unix sockets and TCP. TLS and pipes use asyncio's transports.

For each accepted connection asyncio makes a task, a future and four callbacks, which costs three times as much as refusing a
stranger; here a connection is one object. It behaves as asyncio's own transport does.
"""

import asyncio
import socket
from typing import cast

WRITE_HIGH_BYTES = 64 * 1024
WRITE_LOW_BYTES = 16 * 1024


class Line(asyncio.Transport):
    """A socket that is connected, does not block, and belongs to this object from now on.

    `peer` is its address as `accept` gives it.

    `protocol.connection_made` is called at once; `connection_lost` is called once, in a later turn of the loop.
    """

    __slots__ = (
        "_closing",
        "_ended",
        "_fd",
        "_loop",
        "_marks",
        "_peer",
        "_protocol",
        "_reading",
        "_sock",
        "_stopped",
        "_unsent",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        protocol: asyncio.BufferedProtocol,
        peer: object = None,
    ) -> None:
        super().__init__()
        self._loop, self._sock, self._protocol = loop, sock, protocol
        self._fd = sock.fileno()
        self._peer = peer
        self._unsent: bytearray | None = None
        """Bytes that the kernel has not accepted yet; None while there are none."""
        self._marks = WRITE_LOW_BYTES, WRITE_HIGH_BYTES
        self._closing = self._ended = self._stopped = False
        self._reading = True
        if isinstance(peer, tuple):  # of the internet; asking the socket for its family costs more
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        protocol.connection_made(self)
        if self.is_reading():
            loop.add_reader(self._fd, self._read)

    # -- reading

    def _read(self) -> None:
        try:
            size = self._sock.recv_into(self._protocol.get_buffer(-1))
        except (BlockingIOError, InterruptedError):
            return
        except OSError as fault:
            self._cut(fault)
            return
        if size:
            self._protocol.buffer_updated(size)
        elif not self._protocol.eof_received():
            self.close()
        else:
            self.pause_reading()

    def is_reading(self) -> bool:
        return self._reading and not self._closing

    def pause_reading(self) -> None:
        if self.is_reading():
            self._reading = False
            self._loop.remove_reader(self._fd)

    def resume_reading(self) -> None:
        if not self._reading and not self._closing:
            self._reading = True
            self._loop.add_reader(self._fd, self._read)

    # -- writing

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Give `data` to the kernel now. Bytes that it does not accept wait; above the high mark the protocol is paused."""
        assert not self._ended, "nothing follows the end of the stream"
        if self._closing and self._unsent is None:
            return
        if self._unsent is None:
            try:
                sent = self._sock.send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError as fault:
                self._cut(fault)
                return
            if sent == len(data):
                return
            self._unsent = bytearray()
            self._loop.add_writer(self._fd, self._write)
            data = memoryview(data)[sent:]
        self._unsent += data
        if not self._stopped and len(self._unsent) > self._marks[1]:
            self._stopped = True
            self._protocol.pause_writing()

    def _write(self) -> None:
        unsent = cast(bytearray, self._unsent)
        try:
            sent = self._sock.send(unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as fault:
            self._cut(fault)
            return
        del unsent[:sent]
        if self._stopped and len(unsent) <= self._marks[0]:
            self._stopped = False
            self._protocol.resume_writing()
        if self._unsent is None or self._unsent:
            return  # it was cut meanwhile, or there is more
        self._unsent = None
        self._loop.remove_writer(self._fd)
        if self._closing:
            self._loop.call_soon(self._gone, None)
        elif self._ended:
            self._shut()

    def write_eof(self) -> None:
        if not self._closing and not self._ended:
            self._ended = True
            if self._unsent is None:
                self._shut()

    def _shut(self) -> None:
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError as fault:
            self._cut(fault)

    def can_write_eof(self) -> bool:
        return True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        high = WRITE_HIGH_BYTES if high is None else high
        self._marks = (high // 4 if low is None else low), high

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._marks

    def get_write_buffer_size(self) -> int:
        return len(self._unsent or b"")

    # -- the end

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        """Read nothing more, write the waiting bytes, then close."""
        if self._closing:
            return
        self.pause_reading()
        self._closing = True
        if self._unsent is None:
            self._loop.call_soon(self._gone, None)

    def abort(self) -> None:
        """Close now; waiting bytes are lost."""
        self._cut(None)

    def _cut(self, fault: OSError | None) -> None:
        self.pause_reading()
        if self._unsent is not None:
            self._unsent = None
            self._loop.remove_writer(self._fd)
        elif self._closing:
            return  # it is on its way out
        self._closing = True
        self._loop.call_soon(self._gone, fault)

    def _gone(self, fault: OSError | None) -> None:
        try:
            self._protocol.connection_lost(fault)
        finally:
            self._sock.close()

    def get_extra_info(self, name: str, default: object = None) -> object:
        if name == "socket":
            return self._sock
        if name == "peername":
            return self._peer or default
        return default
