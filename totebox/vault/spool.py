"""Numbers that one pass notes and a later pass looks up, kept in a nameless temporary file: memory does not grow with the log."""

import os
import struct
import tempfile
from collections.abc import Iterator

BLOCK = 1_024


class Spool:
    """Records of `form` (a struct format whose first field never falls), written in order, then read."""

    def __init__(self, form: str) -> None:
        self._form = struct.Struct(form)
        self._file = tempfile.TemporaryFile()
        self._count = 0
        self._block: tuple[int, bytes] = (-1, b"")
        self._hint = 0

    def __len__(self) -> int:
        return self._count

    def add(self, *values: int | bytes) -> None:
        """One more record."""
        self._file.write(self._form.pack(*values))
        self._count += 1

    def first(self, place: int) -> int:
        """The first field of record `place`."""
        number: int = self._read(place)[0]
        return number

    def find(self, number: int) -> tuple[int, ...] | None:
        """The record whose first field is `number`. Quick when asked in order."""
        low, high = 0, self._count
        if self._hint < self._count and self.first(self._hint) <= number:
            low = self._hint
            high = min(low + 2, high) if low + 2 >= high or self.first(low + 2) > number else high
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.first(middle) < number else (low, middle)
        self._hint = low
        return self._read(low) if low < self._count and self.first(low) == number else None

    def all(self) -> Iterator[tuple[int, int, bytes]]:
        """Every record (of three fields), in order."""
        for place in range(self._count):
            number, other, data = self._read(place)
            yield number, other, data

    def close(self) -> None:
        self._file.close()

    def _read(self, place: int) -> tuple[int, ...]:
        number, within = divmod(place, BLOCK)
        known, data = self._block
        if known != number:
            self._file.flush()
            size = BLOCK * self._form.size
            data = os.pread(self._file.fileno(), size, number * size)
            self._block = number, data
        return self._form.unpack_from(data, within * self._form.size)
