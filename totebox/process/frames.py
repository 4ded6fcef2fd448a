"""What a process with one job answers, in typed, bounded frames. Pure; the process packs them, the daemon judges them.

    frame := kind (u8) | length of the body (u32, big-endian) | body

The process works on hostile bytes, so its answer is hostile too: a kind that is not expected, a body longer than its kind may have, or a
value of another type is `Misbehaved`, said before more of it is kept. `Cutter` keeps at most one unfinished frame.
"""

import json
import struct
from collections.abc import Iterator, Mapping

HEAD = struct.Struct(">BI")
READ_BYTES = 1 << 16
"""Taken at a time: so much is judged before others have their turn."""
TEXTS, NUMBERS, NUMBERS_OR_NONE = frozenset({str}), frozenset({int}), frozenset({int, type(None)})
MAX_NUMBER = 2**63 - 1


class Misbehaved(Exception):
    """What arrived is no answer that was agreed; says what was wrong with it. Nothing of it counts."""


class Cutter:
    """Cuts a stream into frames, however it was cut on the way. `most` has the largest body, in bytes, of each kind."""

    def __init__(self, most: Mapping[int, int]) -> None:
        self._most = most
        self._rest = bytearray()

    @property
    def is_between(self) -> bool:
        """Whether the last frame is whole."""
        return not self._rest

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The frames that `data` completes: kind and body.

        Raises:
            Misbehaved: a kind that nobody expects, or a body that is too long for its kind.
        """
        rest = self._rest
        rest += data
        place = 0
        try:
            while len(rest) - place >= HEAD.size:
                kind, length = HEAD.unpack_from(rest, place)
                most = self._most.get(kind)
                if most is None:
                    raise Misbehaved(f"a frame of kind {kind}")
                if length > most:
                    raise Misbehaved(f"a frame of kind {kind} with {length} bytes")
                end = place + HEAD.size + length
                if len(rest) < end:
                    break
                body = bytes(rest[place + HEAD.size : end])
                place = end
                yield kind, body
        finally:
            del rest[:place]


def frame(kind: int, body: bytes) -> bytes:
    """The whole frame."""
    return HEAD.pack(kind, len(body)) + body


def fields(*values: str | int | None) -> bytes:
    """The body of a frame that has several values: a JSON array of texts, numbers and nulls."""
    return json.dumps(values, separators=(",", ":")).encode("ascii")


def get_fields(body: bytes, shape: tuple[frozenset[type], ...], longest: int) -> tuple[object, ...]:
    """The values of `fields`, each of a type in its place of `shape`; texts of at most `longest` characters, numbers from 0.

    Raises:
        Misbehaved: anything else.
    """
    try:
        values: object = json.loads(body)
    except (ValueError, RecursionError):
        raise Misbehaved("a frame whose values cannot be read") from None
    if not isinstance(values, list) or len(values) != len(shape):
        raise Misbehaved("a frame with other values than were agreed")
    for value, types in zip(values, shape, strict=True):
        if type(value) not in types:
            raise Misbehaved("a value of another type than was agreed")
        if isinstance(value, str) and len(value) > longest:
            raise Misbehaved(f"a text of {len(value)} characters")
        if isinstance(value, int) and not 0 <= value <= MAX_NUMBER:
            raise Misbehaved(f"the number {value}")
    return tuple(values)


def get_text(body: bytes) -> str:
    """A body that is UTF-8.

    Raises:
        Misbehaved: it is not.
    """
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Misbehaved("a text that is not UTF-8") from None
