"""Many SHA-256 in few calls: no line of Python runs for a hash. Part of `fsck`.

The same hashes as `leaf_hash`, `node_hash` and `sha256` give one at a time; the tests hold them against each other.
"""

import hashlib
import importlib
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from itertools import accumulate, pairwise, repeat
from struct import Struct
from typing import cast

from protocol.trust.tlog import HASH_BYTES

SHORT_BYTES = 55
"""What one block of SHA-256 holds, with its padding."""
_PAIR = Struct(f"{2 * HASH_BYTES}s")
_PAIRS = Struct(f"{2 * HASH_BYTES}s" * 512)
_LEAF, _NODE = sha256(b"\0"), sha256(b"\1")
_copy, _update, _digest = type(_LEAF).copy, type(_LEAF).update, type(_LEAF).digest


def _short_maker() -> "Callable[[bytes], hashlib._Hash]":
    """SHA-256 without OpenSSL, whose calls take longer than hashing one block does; OpenSSL's where Python was built without."""
    with suppress(ImportError, AttributeError):
        module = importlib.import_module("_sha256" if sys.version_info < (3, 12) else "_sha2")
        return cast("Callable[[bytes], hashlib._Hash]", module.sha256)
    return sha256


_short = _short_maker()
_short_digest = type(_short(b"")).digest


def leaf_hashes(rows: Sequence[bytes]) -> bytes:
    """The leaf hashes of `rows`, 32 bytes each."""
    return _continued(_LEAF, rows)


def range_hashes(data: bytes, lengths: list[int]) -> bytes:
    """The hashes of ranges of these lengths, which lie in `data` end to end: 32 bytes each."""
    parts = BytesIO(data).readlines()
    # Where each range is one line, the lines are the ranges, and cut already.
    if list(map(len, parts)) != lengths:
        ends = list(accumulate(lengths, initial=0))
        assert ends[-1] == len(data), "ranges of other bytes than these"
        parts = [data[one:two] for one, two in pairwise(ends)]
    if max(lengths, default=0) <= SHORT_BYTES:
        return b"".join(map(_short_digest, map(_short, parts)))
    return b"".join(map(_digest, map(sha256, parts)))


def node_hashes(hashes: bytes) -> bytes:
    """The node above every two neighbours of `hashes`, an even number of them."""
    # Two neighbours lie side by side: they are hashed as they lie, which is what `node_hash` does.
    whole = len(hashes) // _PAIRS.size * _PAIRS.size
    pieces = [_PAIRS.unpack_from(hashes, begin) for begin in range(0, whole, _PAIRS.size)]
    pieces.append(tuple(pair for (pair,) in _PAIR.iter_unpack(hashes[whole:])))
    return b"".join([_continued(_NODE, pairs) for pairs in pieces])


def _continued(begun: "hashlib._Hash", parts: Sequence[bytes]) -> bytes:
    """The hashes of what `begun` was given and one of `parts` each."""
    copies = list(map(_copy, repeat(begun, len(parts))))
    deque(map(_update, copies, parts), maxlen=0)
    return b"".join(map(_digest, copies))
