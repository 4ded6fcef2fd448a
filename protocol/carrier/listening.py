"""Listening: how a subject accepts connections, over Unix sockets, TCP and TLS. There is no code here that dials."""

import asyncio
import contextlib
import errno
import os
import socket
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path

from protocol.carrier.carrier import ALPN, Carrier
from protocol.carrier.line import Line
from protocol.errors import AddressError, CarrierError
from protocol.schema.numbers import HANDSHAKE_DEADLINE_S
from protocol.trust.address import Address, Scheme

BACKLOG = 1_024
"""Most connections that wait in the kernel's queue."""
ACCEPTS_PER_TURN = 8
"""Most connections that are accepted in one turn of the loop, so that many new ones do not delay open sessions."""
TRY_AGAIN_S = 1.0
"""How long to wait before the next accept when the process has no descriptor left."""


class Handshakes:
    """The running TLS handshakes of all addresses: at most `most`. When one more begins, the oldest is cancelled."""

    def __init__(self, most: int = 512) -> None:
        self._most = most
        self._tasks: dict[asyncio.Task[None], None] = {}

    def begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))
        if len(self._tasks) > self._most:
            oldest = next(iter(self._tasks))
            del self._tasks[oldest]
            oldest.cancel()

    def __len__(self) -> int:
        return len(self._tasks)


@dataclass(frozen=True, slots=True)
class Entrance:
    """Handling of accepted connections: `opened` gets the carrier, over TLS after its handshake; `full` : no descriptor is left."""

    opened: Callable[[Carrier], None]
    tls: ssl.SSLContext | None
    handshakes: Handshakes
    full: Callable[[], None]


class Lines:
    """A listening socket; each accepted connection gets its own carrier.

    It keeps one descriptor in reserve. When no other is left, the reserve is closed for a moment, so that waiting connections can be
    accepted and closed at once. They do not stay in the kernel's queue ahead of later ones that could be served.
    """

    def __init__(self, sock: socket.socket, entrance: Entrance) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock, self._entrance = sock, entrance
        self._later: asyncio.TimerHandle | None = None
        sock.setblocking(False)
        sock.listen(BACKLOG)
        self._reserve = os.dup(sock.fileno())
        self._loop.add_reader(sock.fileno(), self._accept)

    def close(self) -> None:
        """Accept nothing more. Open connections are left alone."""
        if self._later is not None:
            self._later.cancel()
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()
            self._give_up_reserve()

    def _accept(self) -> None:
        for _ in range(ACCEPTS_PER_TURN):
            try:
                sock, peer = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as fault:
                self._entrance.full()
                if fault.errno not in (errno.EMFILE, errno.ENFILE) or not self._turn_away():
                    self._pause()
                return
            sock.setblocking(False)
            if self._entrance.tls is None:
                Line(self._loop, sock, Carrier(self._entrance.opened), peer)
            else:
                self._entrance.handshakes.begin(self._shake(sock, self._entrance.tls))

    async def _shake(self, sock: socket.socket, tls: ssl.SSLContext) -> None:
        """Run a TLS handshake. When it fails, the connection is closed and nothing is reported."""
        with contextlib.suppress(OSError):
            await self._loop.connect_accepted_socket(
                lambda: Carrier(self._entrance.opened), sock, ssl=tls, ssl_handshake_timeout=HANDSHAKE_DEADLINE_S
            )

    def _turn_away(self) -> bool:
        """Accept waiting connections with the reserved descriptor and close them. False when the reserve cannot be opened again."""
        self._give_up_reserve()
        with contextlib.suppress(OSError):
            for _ in range(ACCEPTS_PER_TURN):
                self._sock.accept()[0].close()
        try:
            self._reserve = os.dup(self._sock.fileno())
        except OSError:
            return False
        return True

    def _give_up_reserve(self) -> None:
        if self._reserve >= 0:
            os.close(self._reserve)
            self._reserve = -1

    def _pause(self) -> None:
        """Stop accepting for a while; new connections wait in the kernel's queue."""
        self._loop.remove_reader(self._sock.fileno())
        self._later = self._loop.call_later(TRY_AGAIN_S, self._resume)

    def _resume(self) -> None:
        if self._reserve < 0:
            with contextlib.suppress(OSError):
                self._reserve = os.dup(self._sock.fileno())
        self._loop.add_reader(self._sock.fileno(), self._accept)


@dataclass(frozen=True, slots=True)
class Bound:
    """An address whose sockets are bound and do not listen yet. A process can give up privileges between binding and listening."""

    address: Address
    sockets: tuple[socket.socket, ...]

    @property
    def uri(self) -> str:
        """Names what was really bound (a port that was asked for as 0)."""
        if self.address.scheme is Scheme.UNIX:
            return str(self.address)
        port = int(self.sockets[0].getsockname()[1])
        return str(Address(self.address.scheme, host=self.address.host, port=port))

    def close(self) -> None:
        """Close the sockets."""
        for each in self.sockets:
            each.close()


@dataclass(frozen=True, slots=True)
class Listening:
    """A bound address; `uri` names what was really bound (a port that was asked for as 0)."""

    servers: tuple[Lines, ...]
    uri: str

    async def close(self) -> None:
        """Accept nothing more. Open sessions are left alone."""
        for each in self.servers:
            each.close()


def edge_tls(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.3 that names this host by `certificate` (PEM, with its chain) and asks the peer for nothing: PSP does that.

    Raises:
        CarrierError: a file is missing, unreadable, or the two do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    context.set_alpn_protocols([ALPN])
    try:
        context.load_cert_chain(certificate, key)
    except OSError as fault:  # ssl.SSLError is one
        why = getattr(fault, "reason", None) or fault.strerror or fault
        raise CarrierError(f"the certificate {certificate} with the key {key} cannot be used: {why}") from fault
    return context


async def listen(
    address: Address | Bound,
    opened: Callable[[Carrier], None],
    *,
    tls: ssl.SSLContext | None = None,
    handshakes: Handshakes | None = None,
    full: Callable[[], None] = lambda: None,
) -> Listening:
    """Listen at `address`, bound here unless it is already; a Unix socket is made with mode 0600, and one that nobody serves any more
    is replaced.

    `handshakes` bounds those of TLS, over all addresses that share it; `full` is called when no descriptor is left for a connection.

    Raises:
        CarrierError: the address is in use, or cannot be bound.
        AddressError: a subject cannot listen there: `ssh:`, or `tls:` without a certificate.
    """
    wanted = address.address if isinstance(address, Bound) else address
    if wanted.scheme is Scheme.TLS and tls is None:
        raise AddressError(f"{wanted} needs a certificate and its key; or put a TLS proxy before a tcp: address")
    bound = address if isinstance(address, Bound) else bind(address)
    entrance = Entrance(opened, tls if wanted.scheme is Scheme.TLS else None, handshakes or Handshakes(), full)
    uri = bound.uri
    try:
        return Listening(tuple(Lines(each, entrance) for each in bound.sockets), uri)
    except OSError as fault:
        raise CarrierError(f"cannot listen at {wanted}: {fault.strerror or fault}") from fault


def bind(address: Address) -> Bound:
    """Bind `address`. No connection is accepted before `listen`.

    Raises:
        CarrierError: the address is in use, or cannot be bound.
        AddressError: it is `ssh:`, which is dialled.
    """
    if address.scheme is Scheme.SSH:
        raise AddressError(f"{address} is dialled, not listened at; ssh leads to a Totebox that listens on unix:")
    try:
        sockets = (_bind_unix(address),) if address.scheme is Scheme.UNIX else _bind_port(address)
    except OSError as fault:
        raise CarrierError(f"cannot listen at {address}: {fault.strerror or fault}") from fault
    return Bound(address, sockets)


def _bind_port(address: Address) -> tuple[socket.socket, ...]:
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    bound: list[socket.socket] = []
    try:
        for family, kind, protocol, _, place in dict.fromkeys(found):
            sock = socket.socket(family, kind, protocol)
            bound.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind(place)
    except OSError:
        for sock in bound:
            sock.close()
        raise
    return tuple(bound)


def _bind_unix(address: Address) -> socket.socket:
    path = Path(address.path)
    if path.is_socket():
        if _answers(address.path):
            raise CarrierError(f"{address} is served by another program")
        path.unlink()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # The mask and not chmod gives it to its owner alone, since a daemon's cage may refuse every change of a mode.
    mask = os.umask(0o077)
    try:
        sock.bind(address.path)
    except OSError:
        sock.close()
        raise
    finally:
        os.umask(mask)
    return sock


def _answers(path: str) -> bool:
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(path) == 0
