"""Where a subject takes connections: Unix sockets, TCP, and TLS at the edge. There is no code here that dials."""

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from protocol.carrier import ALPN, Carrier
from protocol.errors import AddressError, CarrierError
from protocol.line import Line
from protocol.schema.numbers import HANDSHAKE_DEADLINE_S
from protocol.trust.address import Address, Scheme

BACKLOG = 1_024
"""Connections that wait in the kernel."""
ACCEPTS_PER_TURN = 8
"""Connections that are taken at one turn of the loop, so that a crowd at the door never holds up a session inside."""
TRY_AGAIN_S = 1.0
"""After the process ran out of descriptors: when the next connection is taken."""


class Lines:
    """A bound socket that listens from now on; each connection that comes is a carrier of its own."""

    def __init__(self, sock: socket.socket, opened: Callable[[Carrier], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock, self._opened = sock, opened
        self._later: asyncio.TimerHandle | None = None
        sock.setblocking(False)
        sock.listen(BACKLOG)
        self._loop.add_reader(sock.fileno(), self._accept)

    def close(self) -> None:
        """Take nothing more. Lines that stand are not touched."""
        if self._later is not None:
            self._later.cancel()
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()

    def _accept(self) -> None:
        for _ in range(ACCEPTS_PER_TURN):
            try:
                sock, peer = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                # No descriptor is left: those who knock wait in the kernel's queue until one is.
                self._loop.remove_reader(self._sock.fileno())
                self._later = self._loop.call_later(TRY_AGAIN_S, self._resume)
                return
            sock.setblocking(False)
            Line(self._loop, sock, Carrier(self._opened), peer)

    def _resume(self) -> None:
        self._loop.add_reader(self._sock.fileno(), self._accept)


@dataclass(frozen=True, slots=True)
class Bound:
    """An address of which the sockets are bound and take no connection yet. Who binds may give up privileges before it listens."""

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
        """Let the address go."""
        for each in self.sockets:
            each.close()


@dataclass(frozen=True, slots=True)
class Listening:
    """A bound address; `uri` names what was really bound (a port that was asked for as 0)."""

    servers: tuple[Lines | asyncio.Server, ...]
    uri: str

    async def close(self) -> None:
        """Accept nothing more. Sessions that stand are not touched."""
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
    address: Address | Bound, opened: Callable[[Carrier], None], *, tls: ssl.SSLContext | None = None
) -> Listening:
    """Listen at `address`, bound here unless it is already; a Unix socket is made with mode 0600, and one that nobody serves any more
    is replaced.

    Raises:
        CarrierError: the address is in use, or cannot be bound.
        AddressError: nobody can listen there: `ssh:`, or `tls:` without a certificate.
    """
    wanted = address.address if isinstance(address, Bound) else address
    if wanted.scheme is Scheme.TLS and tls is None:
        raise AddressError(f"{wanted} needs a certificate and its key; or put a TLS proxy before a tcp: address")
    bound = address if isinstance(address, Bound) else bind(address)
    uri = bound.uri
    if wanted.scheme is not Scheme.TLS:
        return Listening(tuple(Lines(each, opened) for each in bound.sockets), uri)
    try:
        return Listening(tuple([await _listen_tls(each, opened, tls) for each in bound.sockets]), uri)
    except OSError as fault:
        raise CarrierError(f"cannot listen at {wanted}: {fault.strerror or fault}") from fault


def bind(address: Address) -> Bound:
    """Bind `address`; nobody is taken until `listen`.

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


async def _listen_tls(
    sock: socket.socket, opened: Callable[[Carrier], None], tls: ssl.SSLContext | None
) -> asyncio.Server:
    server = await asyncio.get_running_loop().create_server(
        lambda: Carrier(opened),
        sock=sock,
        backlog=ACCEPTS_PER_TURN,
        ssl=tls,
        ssl_handshake_timeout=HANDSHAKE_DEADLINE_S,
    )
    with socket.socket(fileno=os.dup(sock.fileno())) as again:
        again.listen(BACKLOG)  # asyncio has one number for the kernel's queue and for what it takes at a turn
    return server


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
