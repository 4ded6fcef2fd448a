"""The only I/O of the protocol: one asyncio transport joined to one half. It is made by `protocol.carrier.dialing`, on the authority's
side, or by `protocol.carrier.listening`, on the subject's. Unix sockets and TCP are a `protocol.carrier.line`, TLS and pipes asyncio's own.

A carrier has no retry, and no buffer besides the transport's, which stays bounded when writers wait in `drain`. `description` names the
transport ("unix uid=1000 pid=4242", "tls 127.0.0.1:5121 TLSv1.3"); `source` is the peer as far as the network can tell ("uid 1000",
"127.0.0.1", "2001:db8::/64").
"""

import asyncio
import ipaddress
import socket
import struct
import sys
import weakref
from collections.abc import Callable
from typing import Protocol

from protocol.carrier.line import WRITE_HIGH_BYTES, WRITE_LOW_BYTES
from protocol.errors import CarrierError

READ_BYTES = 256 * 1024
LINGER_S = 3.0
"""How long a closed carrier may take to send its last bytes before it is aborted."""
USER_TIMEOUT_MS = 10_000
ALPN = "psp/1"
"""The protocol name (ALPN) in TLS."""


class Connection(Protocol):
    """A half, as its carrier sees it."""

    def receive_data(self, data: bytes) -> None: ...

    def data_to_send(self) -> bytes: ...


class Owner(Protocol):
    """Receives the callbacks of a carrier. Both are called on the event loop and must not raise."""

    def readable(self) -> None:
        """Called when the connection has received bytes: it may have events."""
        ...

    def lost(self, fault: CarrierError | None) -> None:
        """Called once when the transport has ended, at either end; `fault` is None when it was closed without an error."""
        ...


_rooms: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, memoryview]" = weakref.WeakKeyDictionary()
"""The receive buffer of each event loop. All sockets share it, since bytes are copied out before the next socket is read.

Without it every read of a few bytes would allocate 256 KiB, which costs more than PSP's work on them.
"""


def _room(loop: asyncio.AbstractEventLoop) -> memoryview:
    room = _rooms.get(loop)
    if room is None:
        room = _rooms[loop] = memoryview(bytearray(READ_BYTES))
    return room


class Carrier(asyncio.BufferedProtocol):
    """One transport. `opened` is called with it when it is connected, and must `attach` a connection and its owner."""

    __slots__ = (
        "_connection",
        "_flushing",
        "_linger",
        "_loop",
        "_lost",
        "_opened",
        "_owner",
        "_paused_at",
        "_room",
        "_transport",
        "_writable",
        "description",
        "moved_bytes",
        "source",
    )

    def __init__(self, opened: Callable[["Carrier"], None], description: str = "") -> None:
        self._opened = opened
        self._transport: asyncio.Transport | None = None
        self._connection: Connection | None = None
        self._owner: Owner | None = None
        self._writable: asyncio.Event | None = None
        """The event for which `drain` waits; None while the buffer has room."""
        self._lost = False
        self._flushing = False
        self._paused_at = 0.0
        self._linger: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._room = _room(self._loop)
        self.description = description
        self.source = "pipe"
        self.moved_bytes = 0
        """What was read and written so far."""

    def attach(self, connection: Connection, owner: Owner) -> None:
        """Join a half and its owner to this transport, and write the first bytes that the half has to send."""
        self._connection, self._owner = connection, owner
        self.write_now()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=WRITE_HIGH_BYTES, low=WRITE_LOW_BYTES)
        described, self.source = _describe(transport)
        self.description = self.description or described
        self._opened(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        if self._connection is not None and self._owner is not None:
            self.moved_bytes += nbytes
            self._connection.receive_data(bytes(self._room[:nbytes]))
            self._owner.readable()

    def data_received(self, data: bytes) -> None:
        """As `buffer_updated`, for a pipe, which does not use the shared buffer."""
        if self._connection is not None and self._owner is not None:
            self.moved_bytes += len(data)
            self._connection.receive_data(data)
            self._owner.readable()

    def pause_writing(self) -> None:
        """Called when the peer reads more slowly than we write: `drain` waits until it has caught up."""
        if self._writable is None:
            self._writable = asyncio.Event()
            self._paused_at = self._loop.time()

    def resume_writing(self) -> None:
        if self._writable is not None:
            self._writable.set()
            self._writable = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self.resume_writing()
        if self._linger is not None:
            self._linger.cancel()
        if self._owner is not None:
            self._owner.lost(CarrierError(f"the connection broke: {exc}") if exc else None)

    def flush(self) -> None:
        """Write what the connection has to send, once in this turn of the loop, however often this is called."""
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    async def drain(self) -> None:
        """Wait until the transport's buffer is below its mark. Raises CarrierError when the transport is gone."""
        if self._writable is not None:
            await self._writable.wait()
        if self._lost:
            raise CarrierError("the connection is gone")

    def pause_reading(self) -> None:
        """Take no more bytes from the peer for now."""
        if self._transport is not None and not self._lost and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if self._transport is not None and not self._lost and not self._transport.is_closing():
            self._transport.resume_reading()

    @property
    def is_stuck(self) -> bool:
        """Whether the peer does not read our bytes, so that the buffer is full."""
        return self._writable is not None

    @property
    def stuck_for_s(self) -> float:
        """How many seconds the buffer has been full; 0.0 while the peer reads."""
        return 0.0 if self._writable is None else self._loop.time() - self._paused_at

    def close(self) -> None:
        """Write the remaining bytes, then our end of stream. The transport ends when the peer ends too, or after LINGER_S.

        Bytes that still arrive are read and dropped: closing a socket with unread bytes resets the connection, and the peer
        would lose the last message, which says why.
        """
        if self._transport is None or self._lost or self._linger is not None:
            return
        self.write_now()
        self._linger = self._loop.call_later(LINGER_S, self._transport.abort)
        if self._transport.is_closing():
            return
        self.resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    def abort(self) -> None:
        """End the transport now; bytes that were not sent are lost."""
        if self._transport is not None and not self._lost:
            self._transport.abort()

    def _flush(self) -> None:
        self._flushing = False
        self.write_now()

    def write_now(self) -> None:
        """Write what the connection has to send, at once. For an owner that has just answered everything that was read."""
        if self._connection is None or self._transport is None or self._linger is not None:
            return  # nothing is attached yet, or our end of stream was sent
        if (data := self._connection.data_to_send()) and not self._transport.is_closing():
            self.moved_bytes += len(data)
            self._transport.write(data)


def _describe(transport: asyncio.Transport) -> tuple[str, str]:
    """The `description` and the `source` of a transport."""
    sock = transport.get_extra_info("socket")
    if sock is None:
        return "pipe", "pipe"
    peer = transport.get_extra_info("peername")
    if not isinstance(peer, tuple):
        if sock.family == socket.AF_UNIX:
            return _describe_unix(sock)
        peer = ("?", 0)
    if sys.platform == "linux":
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
    host = f"[{peer[0]}]" if ":" in str(peer[0]) else str(peer[0])
    outer = transport.get_extra_info("ssl_object")
    described = f"tls {host}:{peer[1]} {outer.version()}" if outer is not None else f"tcp {host}:{peer[1]}"
    return described, source_of(str(peer[0]))


def source_of(host: str) -> str:
    """The unit in which peers are counted: an IPv4 address, or an IPv6 /64, since one peer has all addresses of its /64."""
    if ":" not in host:
        return host
    address = ipaddress.IPv6Address(host.partition("%")[0])
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))


def _describe_unix(sock: socket.socket) -> tuple[str, str]:
    if not hasattr(socket, "SO_PEERCRED"):
        return "unix", "unix"
    pid, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return f"unix uid={uid} pid={pid}", f"uid {uid}"
