"""asyncio with TLS 1.3, both sides authenticated, under `asyncio.Protocol`: the usual way to do what PSP does."""

import asyncio
import datetime
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@contextmanager
def certificates() -> Iterator[Path]:
    """A folder with `cert.pem` (P-256, its own authority, for localhost) and `key.pem`."""
    with TemporaryDirectory(prefix="tb") as folder:
        _certificate(Path(folder))
        yield Path(folder)


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Server and client, TLS 1.3 alone, each asking for the other's certificate."""
    made = []
    for purpose in (ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT):
        context = ssl.SSLContext(purpose)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        context.load_verify_locations(folder / "cert.pem")
        if purpose is ssl.PROTOCOL_TLS_SERVER:
            context.num_tickets = 0
        made.append(context)
    return made[0], made[1]


class Lines(asyncio.Protocol):
    """Messages of a two-byte length and that many bytes; each is handed to `hear`."""

    def __init__(self, hear: Callable[["Lines", bytes], None]) -> None:
        self._hear, self._buffer = hear, b""
        self.transport: asyncio.Transport | None = None
        self.stands = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.stands.set()

    def data_received(self, data: bytes) -> None:
        buffer, at = self._buffer + data, 0
        while len(buffer) - at >= 2:
            end = at + 2 + (buffer[at] << 8 | buffer[at + 1])
            if len(buffer) < end:
                break
            self._hear(self, buffer[at + 2 : end])
            at = end
        self._buffer = buffer[at:]

    def say(self, message: bytes) -> None:
        assert self.transport is not None
        self.transport.write(len(message).to_bytes(2, "big") + message)


class TlsHouse:
    """A listening server; `ends` are the server's sides of what was accepted."""

    def __init__(self, server: asyncio.Server, client: ssl.SSLContext, ends: list[Lines]) -> None:
        self.server, self._client, self.ends = server, client, ends
        self._dialled = 0
        self.port = int(server.sockets[0].getsockname()[1])

    async def dial(self, hear: Callable[[Lines, bytes], None]) -> Lines:
        _, lines = await asyncio.get_running_loop().create_connection(
            lambda: Lines(hear), "127.0.0.1", self.port, ssl=self._client, server_hostname="localhost"
        )
        # A TLS 1.3 client is done before its server is.
        number = self._dialled
        self._dialled += 1
        async with asyncio.timeout(30):
            await self.ends[min(number, len(self.ends) - 1)].stands.wait()
        return lines

    def close(self) -> None:
        self.server.close()
        for end in self.ends:
            if end.transport is not None:
                end.transport.abort()


async def serve(folder: Path, hear: Callable[[Lines, bytes], None]) -> TlsHouse:
    """A server on a loopback port that hands its messages to `hear`."""
    server_context, client_context = contexts(folder)
    ends: list[Lines] = []

    def accepted() -> Lines:
        ends.append(Lines(hear))
        return ends[-1]

    server = await asyncio.get_running_loop().create_server(accepted, "127.0.0.1", 0, ssl=server_context, backlog=1024)
    return TlsHouse(server, client_context, ends)
