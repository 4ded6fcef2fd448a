"""Dialing: how an authority connects to a subject, over Unix sockets, TCP, TLS, or a command through ssh. A subject never loads this.

    ssh:[user@]host[:port]/DIR     ssh -T host os-totebox carry DIR, its stdin and stdout being the pipe

Every outer pipe is untrusted: who controls it can cut it, and nothing else. TLS must show a certificate for the host that was
dialled, and may end at a proxy on the way; a host that offers another protocol under TLS is refused.
"""

import asyncio
import contextlib
import shlex
import socket
import ssl
from collections.abc import Callable

from protocol.carrier.carrier import ALPN, Carrier
from protocol.carrier.line import Line
from protocol.errors import CarrierError
from protocol.trust.address import Address, Scheme

SSH = ("ssh", "-T", "-e", "none", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10")
"""BatchMode: ssh never asks for a password; `-e none`: no byte is an escape character."""
FAR_PROGRAM = "os-totebox"
LAST_WORDS_S = 1.0
LAST_WORDS_BYTES = 2_000
Opened = Callable[[Carrier], None]


async def dial(address: Address, opened: Opened, *, timeout_s: float, tls: ssl.SSLContext | None = None) -> Carrier:
    """Connect to `address`.

    Args:
        tls: instead of the system's trusted authorities.

    Raises:
        CarrierError: nothing listens there, the name is unknown, the certificate is not the host's, or no answer within `timeout_s`.
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await _connect(address, opened, tls)
    except TimeoutError as fault:
        raise CarrierError(f"{address} did not answer within {timeout_s:g} s") from fault
    except FileNotFoundError as fault:
        missing = "there is no ssh program here" if address.scheme is Scheme.SSH else "the socket does not exist"
        raise CarrierError(f"nobody listens at {address}: {missing}") from fault
    except ConnectionRefusedError as fault:
        raise CarrierError(f"nobody listens at {address}") from fault
    except ssl.SSLCertVerificationError as fault:
        raise CarrierError(f"{address} does not prove that it is {address.host}: {fault.verify_message}") from fault
    except ssl.SSLError as fault:
        raise CarrierError(f"{address} does not speak TLS as asked: {fault.reason}") from fault
    except OSError as fault:
        raise CarrierError(f"cannot reach {address}: {fault.strerror or fault}") from fault


async def _connect(address: Address, opened: Opened, tls: ssl.SSLContext | None) -> Carrier:
    loop = asyncio.get_running_loop()
    match address.scheme:
        case Scheme.UNIX:
            return await _line(socket.AF_UNIX, address.path, opened)
        case Scheme.TCP if ":" not in address.host and address.host.replace(".", "").isdigit():
            return await _line(socket.AF_INET, (address.host, address.port), opened)
        case Scheme.TCP:
            _, carrier = await loop.create_connection(lambda: Carrier(opened), address.host, address.port)
        case Scheme.TLS:
            _, carrier = await loop.create_connection(
                lambda: Carrier(opened),
                address.host,
                address.port,
                ssl=tls or any_trusted(),
                server_hostname=address.host,
            )
        case Scheme.SSH:
            return await _tunnel(address, opened)
    return carrier


async def _line(family: socket.AddressFamily, where: str | tuple[str, int], opened: Opened) -> Carrier:
    """Connect a socket to an address that needs no name lookup, without asyncio's own connecting."""
    loop, sock = asyncio.get_running_loop(), socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, where)
        carrier = Carrier(opened)
        Line(loop, sock, carrier, where if isinstance(where, tuple) else None)
    except BaseException:
        sock.close()
        raise
    return carrier


def any_trusted() -> ssl.SSLContext:
    """TLS 1.3 to a host whose certificate an authority of the system (or of SSL_CERT_FILE) has signed."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols([ALPN])
    return context


class _Tunnel(Carrier):
    """A carrier over a child process. At its end it reads the child's last error output, which says more than an end of stream."""

    def __init__(self, opened: Opened, description: str, child: asyncio.subprocess.Process) -> None:
        super().__init__(opened, description)
        self._child = child
        self._end: asyncio.Task[None] | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._end = asyncio.get_running_loop().create_task(self._reap(exc))

    async def _reap(self, exc: Exception | None) -> None:
        words = b""
        assert self._child.stderr is not None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                words = await self._child.stderr.read(LAST_WORDS_BYTES)
                await self._child.wait()
        if self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._child.kill()
            await self._child.wait()
        if self._child.returncode and words:
            line = words.decode(errors="replace").strip().splitlines()[-1]
            exc = CarrierError(f"{self.description}: {''.join(c if c.isprintable() else '?' for c in line)[:200]}")
        super().connection_lost(exc)


def ssh_command(address: Address) -> tuple[str, ...]:
    """The command line for an `ssh:` address. The remote shell parses the last word, so the directory is quoted for it."""
    host = f"{address.user}@{address.host}" if address.user else address.host
    port = ("-p", str(address.port)) if address.port else ()
    return (*SSH, *port, "--", host, f"{FAR_PROGRAM} carry {shlex.quote(address.path)}")


async def _tunnel(address: Address, opened: Opened) -> Carrier:
    ours, theirs = socket.socketpair()
    try:
        child = await asyncio.create_subprocess_exec(
            *ssh_command(address),
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    description = f"ssh {address.host} pid={child.pid}"
    _, carrier = await asyncio.get_running_loop().create_connection(
        lambda: _Tunnel(opened, description, child), sock=ours
    )
    return carrier
