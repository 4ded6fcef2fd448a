"""TLS at the edge: an outer pipe that names its host, and that PSP does not trust with anything."""

import asyncio
import contextlib
import datetime
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from protocol.carrier.carrier import Carrier
from protocol.carrier.dialing import any_trusted, dial
from protocol.carrier.listening import edge_tls, listen
from protocol.errors import CarrierError
from protocol.trust.address import parse_address
from tests.patience import WAIT_S

pytestmark = pytest.mark.anyio


def certificate(folder: Path, host: str = "localhost") -> tuple[Path, Path]:
    """A certificate of its own authority for `host`, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / f"{host}.pem", folder / f"{host}.key"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert_file, key_file


def trusting(cert: Path) -> ssl.SSLContext:
    context = any_trusted()
    context.load_verify_locations(cert)
    return context


class Echo:
    """A connection that sends back what it hears, and its own owner."""

    def __init__(self, *, echoes: bool) -> None:
        self.echoes, self.heard, self.out = echoes, bytearray(), bytearray()
        self.carrier: Carrier | None = None
        self.moved, self.gone = asyncio.Event(), asyncio.Event()

    def opened(self, carrier: Carrier) -> None:
        self.carrier = carrier
        carrier.attach(self, self)

    def receive_data(self, data: bytes) -> None:
        self.heard += data
        if self.echoes:
            self.out += data

    def data_to_send(self) -> bytes:
        data = bytes(self.out)
        self.out.clear()
        return data

    def readable(self) -> None:
        self.moved.set()
        assert self.carrier is not None
        self.carrier.flush()

    def lost(self, fault: CarrierError | None) -> None:
        self.gone.set()


@contextlib.asynccontextmanager
async def proxy(cert: tuple[Path, Path], port: int) -> AsyncIterator[int]:
    """A TLS-terminating proxy to a TCP port, as stands before many houses; it knows no ALPN."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*cert)

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))

    server = await asyncio.start_server(accepted, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _echoed(uri: str, tls: ssl.SSLContext) -> str:
    """A megabyte there and back; the carrier's description."""
    end = Echo(echoes=False)
    await dial(parse_address(uri), end.opened, timeout_s=WAIT_S, tls=tls)
    assert end.carrier is not None
    sent = bytes(range(256)) * 4_096
    end.out += sent
    end.carrier.flush()
    async with asyncio.timeout(WAIT_S):
        while len(end.heard) < len(sent):
            end.moved.clear()
            await end.moved.wait()
        assert end.heard == sent
        end.carrier.close()
        await end.gone.wait()
    return end.carrier.description


async def test_tls_carries_both_ways(tmp_path: Path) -> None:
    """Server-authenticated TLS 1.3 with ALPN psp/1; the carrier says that it is TLS."""
    cert = certificate(tmp_path)
    served = Echo(echoes=True)
    listening = await listen(parse_address("tls:localhost:0"), served.opened, tls=edge_tls(*cert))
    description = await _echoed(listening.uri, trusting(cert[0]))
    assert description.startswith("tls ") and description.endswith("TLSv1.3")
    assert served.carrier is not None and served.carrier.description.startswith("tls 127.0.0.1:")
    await listening.close()


async def test_a_tls_proxy_may_stand_between(tmp_path: Path) -> None:
    """TLS ends at a proxy that has never heard of ALPN; behind it there is a plain port."""
    cert = certificate(tmp_path)
    served = Echo(echoes=True)
    listening = await listen(parse_address("tcp:127.0.0.1:0"), served.opened)
    async with proxy(cert, parse_address(listening.uri).port) as port:
        await _echoed(f"tls:localhost:{port}", trusting(cert[0]))
    await listening.close()


async def test_an_unproven_host_is_not_spoken_to(tmp_path: Path) -> None:
    """An unknown authority and another host's certificate are each refused with their reason; not a byte of PSP leaves."""
    cert, other = certificate(tmp_path), certificate(tmp_path, "elsewhere")
    served = Echo(echoes=True)
    for files, tls in ((cert, any_trusted()), (other, trusting(other[0]))):
        listening = await listen(parse_address("tls:localhost:0"), served.opened, tls=edge_tls(*files))
        with pytest.raises(CarrierError, match="does not prove that it is localhost"):
            await dial(parse_address(listening.uri), Echo(echoes=False).opened, timeout_s=WAIT_S, tls=tls)
        await listening.close()
    assert not served.heard


def test_a_wrong_certificate_file_is_named(tmp_path: Path) -> None:
    """Missing, and not belonging together: CarrierError with both names."""
    one, two = certificate(tmp_path), certificate(tmp_path, "elsewhere")
    with pytest.raises(CarrierError, match="cannot be used"):
        edge_tls(one[0], two[1])
    with pytest.raises(CarrierError, match=r"none\.pem"):
        edge_tls(tmp_path / "none.pem", one[1])
