"""Bytes <-> messages: a strict canonical msgpack profile, typed by the schema. The only file that imports msgpack.

A message is sent as `kind (1 byte) | msgpack array of its fields`. The law of this file:

* one value has one encoding: bytes that do not encode again to themselves are refused;
* there are no maps, no extension types, no floats; a bool is not an int;
* any bytes decode to a typed value or raise `RemoteProtocolError`, in time and memory linear in the frame;
* encoding checks the same limits and raises `LocalProtocolError` before a byte is sent.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar, cast

import msgpack

from protocol.errors import LocalProtocolError, RemoteProtocolError
from protocol.schema import ARGUMENTS, BODIES, MESSAGES, VERBS, Arguments, Body, Down, Up, verb_title
from protocol.schema.numbers import (
    MAX_DEPTH,
    MAX_FRAME_BYTES,
    MAX_ITEMS,
    Kind,
    Topic,
    Verb,
)
from protocol.wire.shape import Convert, Wrong, read_struct, write_struct

T = TypeVar("T")
TAG_BYTES = 16
MAX_MESSAGE_BYTES = MAX_FRAME_BYTES - TAG_BYTES
"""The largest message: a Noise message less its authentication tag."""


def _no_extension(code: int, data: bytes) -> object:
    raise Wrong(f"extension type {code}")


MANY_ARRAYS = 64
"""The unpacker allocates an array's declared length before it reads an item, so nested headers can exhaust memory (1,000 of them: 32 MB).
This many are harmless at any depth; a frame with more bytes 0xdc is checked by `check_depth` first."""

_INLINE, _ARRAY, _SIZED, _NEVER = 0, 1, 2, 3


def _token(first: int) -> tuple[int, int]:
    """The token that a first byte begins: (_INLINE, total bytes) | (_ARRAY, bytes of count) | (_SIZED, bytes of length) | (_NEVER, 0)."""
    if first <= 0x7F or first >= 0xE0 or first in (0xC0, 0xC2, 0xC3):
        return _INLINE, 1
    if 0xA0 <= first <= 0xBF:
        return _INLINE, 1 + (first & 0x1F)
    if 0xCC <= first <= 0xD3:
        return _INLINE, 1 + (1 << (first & 3))
    if 0x90 <= first <= 0x9F or first == 0xDC:
        return _ARRAY, 2 if first == 0xDC else 0
    if first in (0xC4, 0xC5, 0xD9, 0xDA):
        return _SIZED, 1 if first in (0xC4, 0xD9) else 2
    return _NEVER, 0


_TOKENS = tuple(_token(first) for first in range(256))


def _few_tokens(data: bytes) -> bool:
    """Whether `data` has at most 8 tokens. A message with bulk bytes has, whatever those bytes are, and needs no counting."""
    at, end = 0, len(data)
    for _ in range(8):
        what, size = _TOKENS[data[at]]
        if what == _SIZED:
            at += 1 + size + int.from_bytes(data[at + 1 : at + 1 + size], "big")
        else:
            at += size + (what == _ARRAY)
        if at >= end:
            return True
        if what == _NEVER:
            return False
    return False


def check_depth(data: bytes) -> None:
    """Refuse a value that is nested deeper than MAX_DEPTH, or that no schema class can have, without building it. Raises Wrong."""
    open_arrays: list[int] = []
    at, end = 0, len(data)
    while at < end:
        first = data[at]
        what, size = _TOKENS[first]
        if what == _INLINE:
            at += size
        elif what == _SIZED:
            at += 1 + size + int.from_bytes(data[at + 1 : at + 1 + size], "big")
        elif what == _ARRAY:
            open_arrays.append(1 + (int.from_bytes(data[at + 1 : at + 3], "big") if size else first & 0x0F))
            at += 1 + size
        else:
            raise Wrong(f"type byte {first:#04x} has no place in this profile")
        if len(open_arrays) > MAX_DEPTH:
            raise Wrong(f"nested deeper than {MAX_DEPTH}")
        if open_arrays:
            open_arrays[-1] -= 1
        while open_arrays and open_arrays[-1] == 0:
            open_arrays.pop()
            if open_arrays:
                open_arrays[-1] -= 1


def _unpack(data: bytes) -> object:
    """The canonical value in `data`. Raises Wrong. Memory is bounded by a small multiple of `data`."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise Wrong(f"{len(data)} bytes are more than {MAX_MESSAGE_BYTES}")
    if b"\xdc" in data and not _few_tokens(data) and data.count(b"\xdc") > MANY_ARRAYS:
        check_depth(data)
    try:
        value: object = msgpack.unpackb(
            data,
            use_list=False,
            raw=False,
            strict_map_key=True,
            ext_hook=_no_extension,
            max_array_len=MAX_ITEMS,
            max_map_len=0,
            max_ext_len=0,
            max_str_len=MAX_MESSAGE_BYTES,
            max_bin_len=MAX_MESSAGE_BYTES,
        )
        canonical = _pack(value)
    except (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException) as fault:
        raise Wrong(f"no msgpack value of this profile ({type(fault).__name__})") from fault
    if canonical != data:
        raise Wrong("not the canonical encoding")
    return value


_pack = cast("Callable[[object], bytes]", msgpack.Packer(use_bin_type=True, autoreset=True).pack)


class _Shape:
    """Reader and writer of one class, compiled at their first use."""

    __slots__ = ("_read", "_write", "cls")

    def __init__(self, cls: type) -> None:
        self.cls = cls
        self._read: Convert | None = None
        self._write: Convert | None = None

    def read(self, data: bytes) -> object:
        if self._read is None:
            self._read = read_struct(self.cls)
        try:
            return self._read(_unpack(data))
        except Wrong as fault:
            raise RemoteProtocolError(f"{self.cls.__name__}: {fault}") from None

    def write(self, value: object) -> bytes:
        if self._write is None:
            self._write = write_struct(self.cls)
        try:
            packed = _pack(self._write(value))
        except Wrong as fault:
            raise LocalProtocolError(f"{self.cls.__name__}: {fault}") from None
        except UnicodeEncodeError:
            raise LocalProtocolError(f"{self.cls.__name__}: text with a lone surrogate") from None
        if len(packed) >= MAX_MESSAGE_BYTES:
            raise LocalProtocolError(f"{self.cls.__name__}: {len(packed)} bytes do not fit into one frame")
        return packed


_SHAPES: dict[type, _Shape] = {
    cls: _Shape(cls) for registry in (MESSAGES, ARGUMENTS, BODIES) for cls in registry.values()
}
_KINDS: dict[type, Kind] = {cls: kind for kind, cls in MESSAGES.items()}
_VERBS: dict[type, Verb] = {cls: verb for verb, cls in ARGUMENTS.items()}
_TOPICS: dict[type, Topic] = {cls: topic for topic, cls in BODIES.items()}


Reader = tuple[Kind, Callable[[bytes], object]]
Writer = tuple[Kind, Callable[[object], bytes]]


def readers(kinds: Iterable[Kind]) -> Mapping[int, Reader]:
    """Decoders of these kinds' fields, by kind byte. Each half of the Diode gets those of its own direction alone."""
    return {int(kind): (kind, _SHAPES[MESSAGES[kind]].read) for kind in kinds}


def writers(kinds: Iterable[Kind]) -> Mapping[type, Writer]:
    """Encoders of these kinds by message class."""
    return {MESSAGES[kind]: (kind, _SHAPES[MESSAGES[kind]].write) for kind in kinds}


def pack_struct(value: object) -> bytes:
    """The array of the fields of any schema class, without a kind byte. Raises LocalProtocolError."""
    return _shape(type(value)).write(value)


def unpack_struct(cls: type[T], data: bytes) -> T:
    """The value of `cls` from its array `data`. Raises RemoteProtocolError."""
    return cast(T, _shape(cls).read(data))


def _shape(cls: type) -> _Shape:
    return _SHAPES.get(cls) or _SHAPES.setdefault(cls, _Shape(cls))


def encode(message: Down | Up) -> bytes:
    """`kind | array` of any message. Raises LocalProtocolError when a field breaks its limits."""
    kind = _KINDS.get(type(message))
    if kind is None:
        raise LocalProtocolError(f"{type(message).__name__} is no message")
    return bytes((kind,)) + _SHAPES[type(message)].write(message)


def decode(data: bytes) -> Down | Up:
    """Decode any message. Raises RemoteProtocolError when `data` is not one."""
    cls = MESSAGES.get(cast(Kind, data[0])) if data else None
    if cls is None:
        raise RemoteProtocolError(f"unknown message kind {data[:1].hex() or '(empty)'}")
    return cast("Down | Up", _SHAPES[cls].read(data[1:]))


def encode_args(arguments: Arguments) -> tuple[Verb, bytes]:
    """The verb and the array of these arguments, for a Command. Raises LocalProtocolError."""
    verb = _VERBS.get(type(arguments))
    if verb is None:
        raise LocalProtocolError(f"{type(arguments).__name__} are the arguments of no verb")
    return verb, _SHAPES[type(arguments)].write(arguments)


def decode_args(verb: int, data: bytes) -> Arguments:
    """The arguments of a Command with `verb`. Raises RemoteProtocolError, also for a verb that is not in VERBS."""
    row = VERBS.get(verb)
    if row is None:
        raise RemoteProtocolError(f"{verb_title(verb)} is not known here")
    return cast("Arguments", _SHAPES[row.arguments].read(data))


def encode_body(body: Body) -> tuple[Topic, bytes]:
    """The topic and the array of this body, for Telemetry. Raises LocalProtocolError."""
    topic = _TOPICS.get(type(body))
    if topic is None:
        raise LocalProtocolError(f"{type(body).__name__} is the body of no topic")
    return topic, _SHAPES[type(body)].write(body)


def decode_body(topic: Topic, data: bytes) -> Body:
    """The body of Telemetry on `topic`. Raises RemoteProtocolError."""
    return cast("Body", _SHAPES[BODIES[topic]].read(data))
