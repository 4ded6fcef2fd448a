"""Peers that are not part of this program: grpc.aio, asyncssh, pyzmq CURVE (the dependency group `bench`).

Each sends 64-byte messages from one server to many clients, one at a time to each, both ends in this process.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

from benchmarks import _tls_ends

PAYLOAD = b"x" * 64
TURNS = 4
Measure = Callable[[], Coroutine[None, None, float]]


def tried(measure: Measure) -> float | None:
    """The figure; None where the peer is not installed."""
    try:
        return asyncio.run(measure())
    except ImportError:
        return None


class _Tally:
    def __init__(self) -> None:
        self.left = 0
        self.done: asyncio.Future[None] | None = None

    def heard(self) -> None:
        self.left -= 1
        if not self.left and self.done is not None:
            self.done.set_result(None)

    async def spent_us(self, count: int, say: Callable[[], Awaitable[None]]) -> float:
        """CPU a message over TURNS turns, after one that warms up."""
        begun = 0.0
        for number in range(TURNS + 1):
            if number == 1:
                begun = time.process_time()
            self.left, self.done = count, asyncio.get_running_loop().create_future()
            await say()
            async with asyncio.timeout(60):
                await self.done
        return (time.process_time() - begun) / (TURNS * count) * 1e6


async def grpc_messages(connections: int = 500) -> float:
    """One server stream a channel, each channel a connection of its own, mutual TLS."""
    import grpc

    tally, queues, ready = _Tally(), [], asyncio.Event()

    async def stream(request: bytes, context: object) -> AsyncIterator[bytes]:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        queues.append(queue)
        if len(queues) == connections:
            ready.set()
        while True:
            yield await queue.get()

    class Handler(grpc.GenericRpcHandler):
        def service(self, details: object) -> object:
            return grpc.unary_stream_rpc_method_handler(stream)

    async def listen(call: Any) -> None:
        async for _ in call:
            tally.heard()

    with _tls_ends.certificates() as folder:
        key, cert = (folder / "key.pem").read_bytes(), (folder / "cert.pem").read_bytes()
        server = grpc.aio.server()
        server.add_generic_rpc_handlers((Handler(),))
        port = server.add_secure_port("localhost:0", grpc.ssl_server_credentials([(key, cert)], cert, True))
        await server.start()
        options = [("grpc.use_local_subchannel_pool", 1)]
        credentials = grpc.ssl_channel_credentials(cert, key, cert)
        channels = [grpc.aio.secure_channel(f"localhost:{port}", credentials, options) for _ in range(connections)]
        calls = [channel.unary_stream("/bench/Stream")(b"") for channel in channels]
        listeners = [asyncio.create_task(listen(call)) for call in calls]
        async with asyncio.timeout(60):
            await ready.wait()

        async def say() -> None:
            for queue in queues:
                queue.put_nowait(PAYLOAD)

        try:
            return await tally.spent_us(connections, say)
        finally:
            for task in listeners:
                task.cancel()
            await asyncio.gather(*listeners, return_exceptions=True)
            await asyncio.gather(*(channel.close() for channel in channels))
            await server.stop(None)


async def grpc_stream(size: int, piece: bytes) -> float:
    """Seconds a GiB of one server stream, mutual TLS."""
    import grpc

    async def stream(request: bytes, context: object) -> AsyncIterator[bytes]:
        for _ in range(0, size, len(piece)):
            yield piece

    class Handler(grpc.GenericRpcHandler):
        def service(self, details: object) -> object:
            return grpc.unary_stream_rpc_method_handler(stream)

    with _tls_ends.certificates() as folder:
        key, cert = (folder / "key.pem").read_bytes(), (folder / "cert.pem").read_bytes()
        server = grpc.aio.server()
        server.add_generic_rpc_handlers((Handler(),))
        port = server.add_secure_port("localhost:0", grpc.ssl_server_credentials([(key, cert)], cert, True))
        await server.start()
        channel = grpc.aio.secure_channel(f"localhost:{port}", grpc.ssl_channel_credentials(cert, key, cert))
        await channel.channel_ready()
        begun, left = time.monotonic(), size
        async for data in channel.unary_stream("/bench/Stream")(b""):
            left -= len(data)
        took = time.monotonic() - begun
        assert not left
        await channel.close()
        await server.stop(None)
    return took * 2**30 / size


async def ssh_messages(connections: int = 100) -> float:
    """One session a connection, keys on both sides; fewer connections, which favours it."""
    import asyncssh

    tally = _Tally()
    channels: list[Any] = []

    class Told(asyncssh.SSHServerSession):
        def connection_made(self, chan: object) -> None:
            channels.append(chan)

        def exec_requested(self, command: str) -> bool:
            return True

    class Server(asyncssh.SSHServer):
        def session_requested(self) -> object:
            return Told()

    class Hearer(asyncssh.SSHClientSession):
        def __init__(self) -> None:
            self.held = 0

        def data_received(self, data: bytes, datatype: object) -> None:
            self.held += len(data)
            while self.held >= len(PAYLOAD):
                self.held -= len(PAYLOAD)
                tally.heard()

    host_key, user_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    authorized = asyncssh.import_authorized_keys(user_key.export_public_key().decode())
    server = await asyncssh.create_server(
        Server, "127.0.0.1", 0, server_host_keys=[host_key], authorized_client_keys=authorized, encoding=None
    )
    opened = []
    for _ in range(connections):
        link = await asyncssh.connect(
            "127.0.0.1", server.get_port(), known_hosts=None, client_keys=[user_key], username="u", config=None
        )
        opened.append(link)
        await link.create_session(Hearer, "listen", encoding=None)

    async def say() -> None:
        for channel in channels:
            channel.write(PAYLOAD)

    try:
        return await tally.spent_us(connections, say)
    finally:
        for link in opened:
            link.abort()
        server.close()
        await asyncio.sleep(0.1)


async def zmq_messages(connections: int = 500) -> float:
    """One CURVE ROUTER and as many DEALERs; the threads that encrypt are this process's too."""
    import zmq
    import zmq.asyncio

    context = zmq.asyncio.Context()
    context.set(zmq.MAX_SOCKETS, connections + 16)
    server_public, server_secret = zmq.curve_keypair()
    public, secret = zmq.curve_keypair()
    router = context.socket(zmq.ROUTER)
    router.curve_server, router.curve_secretkey, router.curve_publickey = True, server_secret, server_public
    port = router.bind_to_random_port("tcp://127.0.0.1")
    tally, dealers = _Tally(), []
    for number in range(connections):
        dealer = context.socket(zmq.DEALER)
        dealer.identity = b"%d" % (number + 1)
        dealer.curve_serverkey, dealer.curve_publickey, dealer.curve_secretkey = server_public, public, secret
        dealer.connect(f"tcp://127.0.0.1:{port}")
        await dealer.send(b"hello")
        dealers.append(dealer)
    names = []
    async with asyncio.timeout(60):
        for _ in range(connections):
            names.append((await router.recv_multipart())[0])

    async def listen(dealer: Any) -> None:
        while True:
            await dealer.recv()
            tally.heard()

    async def say() -> None:
        for name in names:
            await router.send_multipart([name, PAYLOAD])

    listeners = [asyncio.create_task(listen(dealer)) for dealer in dealers]
    try:
        return await tally.spent_us(connections, say)
    finally:
        for task in listeners:
            task.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)
        context.destroy(linger=0)


MESSAGES: dict[str, Measure] = {"grpc.aio": grpc_messages, "asyncssh": ssh_messages, "pyzmq CURVE": zmq_messages}
