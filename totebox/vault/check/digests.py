"""Many SHA-256 digests in few calls: no line of Python runs for each hash.

The digests are the same as those of `leaf_hash`, `node_hash` and `sha256`; a test compares them.
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
"""Most bytes of a message that fits one block of SHA-256 with its padding."""
_PAIR = Struct(f"{2 * HASH_BYTES}s")
_PAIRS = Struct(f"{2 * HASH_BYTES}s" * 512)
_LEAF, _NODE = sha256(b"\0"), sha256(b"\1")
_copy, _update, _digest = type(_LEAF).copy, type(_LEAF).update, type(_LEAF).digest


def _short_maker() -> "Callable[[bytes], hashlib._Hash]":
    """Python's own SHA-256, since a call of OpenSSL takes longer than hashing one block; OpenSSL's where Python was built without it."""
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
    """The hashes of consecutive ranges of `data`, which have these `lengths` and together are all of it: 32 bytes each."""
    parts = BytesIO(data).readlines()
    # When each range is one line, the lines are the ranges.
    if list(map(len, parts)) != lengths:
        ends = list(accumulate(lengths, initial=0))
        assert ends[-1] == len(data), "ranges of other bytes than these"
        parts = [data[one:two] for one, two in pairwise(ends)]
    if max(lengths, default=0) <= SHORT_BYTES:
        return b"".join(map(_short_digest, map(_short, parts)))
    return b"".join(map(_digest, map(sha256, parts)))


def node_hashes(hashes: bytes) -> bytes:
    """The hash of the node above each two neighbours of `hashes`, whose number must be even."""
    # Two neighbours are adjacent bytes, and `node_hash` hashes their concatenation: no copy is needed.
    whole = len(hashes) // _PAIRS.size * _PAIRS.size
    pieces = [_PAIRS.unpack_from(hashes, begin) for begin in range(0, whole, _PAIRS.size)]
    pieces.append(tuple(pair for (pair,) in _PAIR.iter_unpack(hashes[whole:])))
    return b"".join([_continued(_NODE, pairs) for pairs in pieces])


def _continued(begun: "hashlib._Hash", parts: Sequence[bytes]) -> bytes:
    """For each of `parts`, the hash of the bytes that `begun` has already hashed and that part."""
    copies = list(map(_copy, repeat(begun, len(parts))))
    deque(map(_update, copies, parts), maxlen=0)
    return b"".join(map(_digest, copies))
