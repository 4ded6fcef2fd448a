"""What both halves of the Diode are made of: bytes in, messages out, and the reverse. No socket, no clock.

The two differ in their tables alone: which kinds they can read, which they can write. A kind that is in neither has no
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
    """One end of one connection: received bytes in, bytes to send out.

    Args:
        readers: decoders by kind byte, of the direction that flows to this side only.
        writers: encoders by message class, of the direction that flows from this side only.
    """

    __slots__ = ("_channel", "_frames", "_machine", "_out", "_readers", "_writers")

    def __init__(self, side: Side, readers: Mapping[int, Reader], writers: Mapping[type, Writer]) -> None:
        self._machine = Machine(side)
        self._frames = FrameReader()
        self._channel: Channel | None = None
        self._out: bytes | bytearray = b""
        """One frame is handed out as it was sealed, without a copy; several are joined here."""
        self._readers, self._writers = readers, writers

    @property
    def state(self) -> State:
        return self._machine.state

    @property
    def over(self) -> bool:
        """Nothing more will be read; what `data_to_send` still holds may be sent."""
        return self._machine.over

    def receive_data(self, data: bytes) -> None:
        """Keep received bytes; `next_event` reads them. After the end they are dropped."""
        if self._machine.state not in OVER:
            self._frames.feed(data)

    @property
    def held(self) -> int:
        """Received bytes that `next_event` has not read yet."""
        return self._frames.pending

    def drop(self) -> None:
        """Let go of what was received and not read; for who has ended the connection."""
        self._frames = FrameReader()

    def data_to_send(self) -> bytes:
        """What must be written now; empty when there is nothing. Each byte is handed out once."""
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
        """The next whole message. Raises RemoteProtocolError, DiodeViolation; nothing is read afterwards."""
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
