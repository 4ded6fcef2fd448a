"""Frames in which a one-shot process answers: typed and bounded. Pure; the process packs them, the daemon checks them.

    frame := kind (u8) | length of the body (u32, big-endian) | body

The process works on hostile bytes, so its answer is hostile too. An unexpected kind, a body longer than its kind may have, or a value of
another type raises `Misbehaved` before more bytes are kept. `Cutter` keeps at most one incomplete frame.
"""

import json
import struct
from collections.abc import Iterator, Mapping

HEAD = struct.Struct(">BI")
READ_BYTES = 1 << 16
"""Bytes that are read at a time; other tasks can run between two reads."""
TEXTS, NUMBERS, NUMBERS_OR_NONE = frozenset({str}), frozenset({int}), frozenset({int, type(None)})
MAX_NUMBER = 2**63 - 1


class Misbehaved(Exception):
    """The answer does not have the agreed form; the message says how. The caller drops all of the answer."""


class Cutter:
    """Cuts a stream into frames, in whatever pieces it arrives. `most` maps each allowed kind to its largest body, in bytes."""

    def __init__(self, most: Mapping[int, int]) -> None:
        self._most = most
        self._rest = bytearray()

    @property
    def is_between(self) -> bool:
        """Whether the bytes so far end with a complete frame."""
        return not self._rest

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The frames that `data` completes: kind and body.

        Raises:
            Misbehaved: a kind that is not allowed, or a body that is too long for its kind.
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
    """A complete frame."""
    return HEAD.pack(kind, len(body)) + body


def fields(*values: str | int | None) -> bytes:
    """The body of a frame with several values: a JSON array of texts, numbers and nulls."""
    return json.dumps(values, separators=(",", ":")).encode("ascii")


def get_fields(body: bytes, shape: tuple[frozenset[type], ...], longest: int) -> tuple[object, ...]:
    """The values that `fields` packed, checked: `shape` has the allowed types of each, texts have at most `longest` characters.

    Numbers are from 0 to MAX_NUMBER.

    Raises:
        Misbehaved: `body` is anything else.
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
    """The text of a body.

    Raises:
        Misbehaved: it is not UTF-8.
    """
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Misbehaved("a text that is not UTF-8") from None
