"""Half of a connection, the part that both roles share: received bytes to messages, and messages to bytes. No socket, no clock.

The two roles differ in their tables alone: which kinds they can read, and which they can write. For a kind in neither table there is no
code here.
"""

from collections.abc import Mapping

from protocol.errors import DiodeViolation, LocalProtocolError, RemoteProtocolError
from protocol.wire.channel import Channel
from protocol.wire.codec import Reader, Writer
from protocol.wire.frame import FrameReader
from protocol.wire.state import OVER, UP_BIT, Machine, Side, State

_KIND_BYTES = tuple(bytes((kind,)) for kind in range(256))


class Half:
    """One end of one connection.

    Args:
        readers: decoders by kind byte, of the messages that this side may receive.
        writers: encoders by message class, of the messages that this side may send.
    """

    __slots__ = ("_channel", "_frames", "_machine", "_out", "_readers", "_writers")

    def __init__(self, side: Side, readers: Mapping[int, Reader], writers: Mapping[type, Writer]) -> None:
        self._machine = Machine(side)
        self._frames = FrameReader()
        self._channel: Channel | None = None
        self._out: bytes | bytearray = b""
        """Bytes to send. A single frame is returned without a copy; several are joined here."""
        self._readers, self._writers = readers, writers

    @property
    def state(self) -> State:
        return self._machine.state

    @property
    def over(self) -> bool:
        """Whether nothing more will be read. The bytes of `data_to_send` may still be sent."""
        return self._machine.over

    def receive_data(self, data: bytes) -> None:
        """Keep received bytes until `next_event` reads them. After the end of the session they are dropped."""
        if self._machine.state not in OVER:
            self._frames.feed(data)

    @property
    def held(self) -> int:
        """Number of received bytes that `next_event` has not read yet."""
        return self._frames.pending

    def drop(self) -> None:
        """Drop the received bytes that were not read. For the end that closes the connection."""
        self._frames = FrameReader()

    def data_to_send(self) -> bytes:
        """The bytes to write now; empty when there are none. Each byte is returned once."""
        data, self._out = self._out, b""
        return data if type(data) is bytes else bytes(data)

    def _send(self, message: object) -> None:
        writer = self._writers.get(type(message))
        if writer is None:
            raise LocalProtocolError(f"{type(message).__name__} does not flow this way")
        kind, write = writer
        plain = _KIND_BYTES[kind] + write(message)
        self._machine.sent(kind)
        assert self._channel is not None, "the table lets no message out before the handshake is over"
        sealed = self._channel.seal(plain)
        if self._out:
            if type(self._out) is bytes:
                self._out = bytearray(self._out)
            self._out += sealed
        else:
            self._out = sealed

    def _next_message(self) -> object | None:
        """The next complete message; None until it has arrived. Raises RemoteProtocolError, DiodeViolation; nothing is read after that."""
        try:
            sealed = self._frames.next()
            if sealed is None:
                return None
            assert self._channel is not None
            plain = self._channel.open(sealed)
            reader = self._readers.get(plain[0])
            if reader is None:
                raise self._no_reader(plain[0])
            kind, read = reader
            self._machine.received(kind)
            return read(plain[1:])
        except RemoteProtocolError:
            self._machine.broken()
            raise

    def _no_reader(self, kind: int) -> RemoteProtocolError:
        side = self._machine.side
        if bool(kind & UP_BIT) == (side is Side.SUBJECT):
            return DiodeViolation(f"kind {kind:#04x} flows the other way; a peer of the {side.value} cannot send it")
        return RemoteProtocolError(f"unknown message kind {kind:#04x}")
