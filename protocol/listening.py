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
from protocol.schema.numbers import HANDSHAKE_DEADLINE_S
from protocol.trust.address import Address, Scheme

BACKLOG = 1_024
"""Connections that wait in the kernel."""
ACCEPTS_PER_TURN = 8
"""Connections that are taken at one turn of the loop, so that a crowd at the door never holds up a session inside."""


@dataclass(frozen=True, slots=True)
class Listening:
    """A bound address; `uri` names what was really bound (a port that was asked for as 0)."""

    server: asyncio.Server
    uri: str

    async def close(self) -> None:
        """Accept nothing more. Sessions that stand are not touched."""
        self.server.close()


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
    address: Address, opened: Callable[[Carrier], None], *, tls: ssl.SSLContext | None = None
) -> Listening:
    """Listen at `address`; a Unix socket is made with mode 0600, and one that nobody serves any more is replaced.

    Raises:
        CarrierError: the address is in use, or cannot be bound.
        AddressError: nobody can listen there: `ssh:`, or `tls:` without a certificate.
    """
    try:
        match address.scheme:
            case Scheme.UNIX:
                return await _listen_unix(address, opened)
            case Scheme.TCP:
                return await _listen_port(address, opened, None)
            case Scheme.TLS if tls is not None:
                return await _listen_port(address, opened, tls)
            case Scheme.TLS:
                raise AddressError(
                    f"{address} needs a certificate and its key; or put a TLS proxy before a tcp: address"
                )
            case Scheme.SSH:
                raise AddressError(
                    f"{address} is dialled, not listened at; ssh leads to a Totebox that listens on unix:"
                )
    except OSError as fault:
        raise CarrierError(f"cannot listen at {address}: {fault.strerror or fault}") from fault


async def _listen_unix(address: Address, opened: Callable[[Carrier], None]) -> Listening:
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(lambda: Carrier(opened), sock=_bind_unix(address), backlog=ACCEPTS_PER_TURN)
    return Listening(_deepened(server), str(address))


async def _listen_port(address: Address, opened: Callable[[Carrier], None], tls: ssl.SSLContext | None) -> Listening:
    server = await asyncio.get_running_loop().create_server(
        lambda: Carrier(opened),
        address.host,
        address.port,
        backlog=ACCEPTS_PER_TURN,
        reuse_address=True,
        ssl=tls,
        ssl_handshake_timeout=HANDSHAKE_DEADLINE_S if tls else None,
    )
    port = int(server.sockets[0].getsockname()[1])
    return Listening(_deepened(server), str(Address(address.scheme, host=address.host, port=port)))


def _deepened(server: asyncio.Server) -> asyncio.Server:
    """The same server with BACKLOG places in the kernel: asyncio has one number for those and for what it takes at a turn."""
    for each in server.sockets:
        with socket.fromfd(each.fileno(), each.family, each.type) as same:
            same.listen(BACKLOG)
    return server


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
