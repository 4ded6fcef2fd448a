"""Spool: numbers that one pass writes and a later pass looks up, in a nameless temporary file, so memory does not grow with the log."""

import io
import struct
import tempfile
from collections.abc import Iterator
from typing import BinaryIO, cast

BLOCK = 1_024


class Spool:
    """Records of two numbers and `extra` bytes. They are all written first, in order of their first number, and then read."""

    def __init__(self, extra: int = 0) -> None:
        self._form = struct.Struct(f">QQ{extra}s")
        self._file = _scratch()
        self._count = 0
        self._block: tuple[int, bytes] = (-1, b"")
        self._hint = 0

    def add(self, number: int, other: int, data: bytes = b"") -> None:
        """Write one more record. Not allowed after the first read."""
        self._file.write(self._form.pack(number, other, data))
        self._count += 1

    def find(self, number: int) -> int | None:
        """The second number of the record whose first number is `number`; None where there is none. Fast when called in ascending order."""
        low, high = 0, self._count
        if self._hint < self._count and self._read(self._hint)[0] <= number:
            low = self._hint
            high = low + 2 if low + 2 < high and self._read(low + 2)[0] > number else high
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._read(middle)[0] < number else (low, middle)
        self._hint = low
        found = self._read(low) if low < self._count else None
        return found[1] if found is not None and found[0] == number else None

    def all(self) -> Iterator[tuple[int, int, bytes]]:
        """Every record, in order."""
        for place in range(self._count):
            yield self._read(place)

    def close(self) -> None:
        """Close the file, which then disappears."""
        self._file.close()

    def _read(self, place: int) -> tuple[int, int, bytes]:
        number, within = divmod(place, BLOCK)
        known, data = self._block
        if known != number:
            size = BLOCK * self._form.size
            self._file.seek(number * size)
            data = self._file.read(size)
            self._block = number, data
        return cast(tuple[int, int, bytes], self._form.unpack_from(data, within * self._form.size))


def _scratch() -> BinaryIO:
    try:
        return cast(BinaryIO, tempfile.TemporaryFile())
    except OSError:
        # No temporary file can be written (a cage, a full disk): memory is used instead, at most 48 bytes a row.
        return io.BytesIO()
