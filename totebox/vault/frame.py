"""How the daemon and the writer process speak: strict frames over a socketpair. Pure; both ends are this code, version and all.

    frame   := length (u32, big-endian, of what follows) | request id (u32) | word (u8) | fields
    fields  := number of numbers, of texts, of blobs (u32 each) | bytes of all texts (u32)
               | the numbers | how many bytes each blob has    (i64 each, in the machine's order)
               | the texts, UTF-8, NUL between two | the blobs, end to end

The fields of one make stand together, so that a frame is packed and read in a few calls, however many fields it has. A tuple is its
count, then its items; an optional value a number that says whether there is one. Both ends are one machine: its order of bytes serves.
Within a text NUL is written as 01 02 and 01 as 01 03.

Reading past the end, leaving fields over, a length that no frame has: `VaultError`.
"""

import struct
from array import array
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from itertools import accumulate, islice, pairwise
from typing import TypeVar

from totebox.errors import VaultError

T = TypeVar("T")
HEAD = struct.Struct(">IIB")
MAX_FRAME_BYTES = 64 << 20
_COUNTS = struct.Struct(">IIII")
_NUMBER_BYTES = 8


class Word(IntEnum):
    """What is asked, and how it ends. There is no word that changes or removes."""

    APPEND = 1
    AUDIT = 2
    READ = 3
    LIST = 4
    PROVE = 5
    CONSISTENCY = 6
    HEAD = 7
    COSIGN = 8
    DONE = 16
    FAILED = 17


class Frames:
    """Cuts a stream of bytes into frames, however they were cut on the way."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._wanted = HEAD.size

    def feed(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """The frames that `data` completes, in order: request id, word, fields.

        Raises:
            VaultError: a length that no frame has; nothing that follows can be read.
        """
        rest = self._rest
        rest += data
        found: list[tuple[int, int, bytes]] = []
        place = 0
        while len(rest) - place >= self._wanted:
            length, identifier, word = HEAD.unpack_from(rest, place)
            if not HEAD.size - 4 <= length <= MAX_FRAME_BYTES + HEAD.size:
                raise VaultError(f"a message of {length} bytes from the vault's other half")
            self._wanted = length + 4
            if len(rest) - place < self._wanted:
                break
            found.append((identifier, word, bytes(rest[place + HEAD.size : place + self._wanted])))
            place, self._wanted = place + self._wanted, HEAD.size
        del rest[:place]
        return found


class Writer:
    """Collects fields."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._texts: list[str] = []
        self._blobs: list[bytes] = []

    def number(self, value: int) -> "Writer":
        self._numbers.append(value)
        return self

    def blob(self, value: bytes) -> "Writer":
        self._blobs.append(value)
        return self

    def text(self, value: str) -> "Writer":
        self._texts.append(value)
        return self

    def fixed(self, *values: str) -> "Writer":
        """As many texts as the reader will ask for."""
        self._texts += values
        return self

    def texts(self, values: Sequence[str]) -> "Writer":
        """A tuple of texts."""
        self._numbers.append(len(values))
        self._texts += values
        return self

    def blobs(self, values: Sequence[bytes]) -> "Writer":
        """A tuple of blobs."""
        self._numbers.append(len(values))
        self._blobs += values
        return self

    def many(self, values: Sequence[T], write: Callable[[T], object]) -> "Writer":
        self._numbers.append(len(values))
        for value in values:
            write(value)
        return self

    def frame(self, request: int, word: Word) -> bytes:
        """The whole frame."""
        numbers, texts, blobs = self._numbers, self._texts, self._blobs
        text = _joined(texts).encode("utf-8", "surrogatepass")
        lengths = array("q", [*numbers, *map(len, blobs)]).tobytes()
        size = HEAD.size + _COUNTS.size + len(lengths) + len(text) + sum(map(len, blobs))
        if size > MAX_FRAME_BYTES + HEAD.size:
            raise VaultError(f"a message of {size} bytes to the vault's writer; stage payloads that large")
        head = HEAD.pack(size - 4, request, word) + _COUNTS.pack(len(numbers), len(texts), len(blobs), len(text))
        return b"".join((head, lengths, text, *blobs))


class Fields:
    """Reads fields back, strictly."""

    def __init__(self, data: bytes) -> None:
        if len(data) < _COUNTS.size:
            raise _cut_off()
        numbers, texts, blobs, text_bytes = _COUNTS.unpack_from(data)
        begin = _COUNTS.size + _NUMBER_BYTES * (numbers + blobs)
        if len(data) < begin + text_bytes:
            raise _cut_off()
        values = array("q", data[_COUNTS.size : begin]).tolist()
        try:
            text = data[begin : begin + text_bytes].decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise VaultError("text that is not UTF-8 from the vault's other half") from None
        self._numbers = iter(values[:numbers])
        self._texts = _divided(text, texts)
        self._blobs = _cut(data, begin + text_bytes, values[numbers:])

    def number(self) -> int:
        return _next(self._numbers)

    def blob(self) -> bytes:
        return _next(self._blobs)

    def text(self) -> str:
        return _next(self._texts)

    def fixed(self, count: int) -> tuple[str, ...]:
        """`count` texts."""
        return _some(self._texts, count)

    def texts(self) -> tuple[str, ...]:
        """A tuple of texts."""
        return _some(self._texts, _next(self._numbers))

    def blobs(self) -> tuple[bytes, ...]:
        """A tuple of blobs."""
        return _some(self._blobs, _next(self._numbers))

    def many(self, read: Callable[[], T]) -> tuple[T, ...]:
        count = self.number()
        if count < 0:
            raise _cut_off()
        return tuple([read() for _ in range(count)])

    def end(self) -> None:
        """Raises VaultError when fields are left over."""
        for left in (self._numbers, self._texts, self._blobs):
            if next(left, None) is not None:
                raise VaultError("fields left over in a message from the vault's other half")


def _joined(texts: list[str]) -> str:
    whole = "\0".join(texts)
    if whole.count("\0") < len(texts) and "\1" not in whole:
        return whole
    return "\0".join([text.replace("\1", "\1\3").replace("\0", "\1\2") for text in texts])


def _divided(whole: str, count: int) -> Iterator[str]:
    texts = whole.split("\0") if count else []
    if len(texts) != count or (whole and not count):
        raise _cut_off()
    if "\1" in whole:
        texts = [text.replace("\1\2", "\0").replace("\1\3", "\1") for text in texts]
    return iter(texts)


def _cut(whole: bytes, start: int, lengths: list[int]) -> Iterator[bytes]:
    """`whole` from `start` on in pieces of these lengths, of which it must be made up."""
    if start + sum(lengths) != len(whole) or (lengths and min(lengths) < 0):
        raise _cut_off()
    return iter([whole[begin:end] for begin, end in pairwise(accumulate(lengths, initial=start))])


def _next(fields: Iterator[T]) -> T:
    for value in fields:
        return value
    raise _cut_off()


def _some(fields: Iterator[T], count: int) -> tuple[T, ...]:
    taken = tuple(islice(fields, max(count, 0)))
    if len(taken) != count:
        raise _cut_off()
    return taken


def _cut_off() -> VaultError:
    return VaultError("a message from the vault's other half is cut off")
