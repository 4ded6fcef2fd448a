"""Many hashes at once are the hashes one at a time."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from protocol.trust.tlog import leaf_hash, node_hash
from totebox.vault.check.digests import SHORT_BYTES, leaf_hashes, node_hashes, range_hashes

RANGES = st.lists(
    st.binary(max_size=2 * SHORT_BYTES) | st.binary(max_size=40).map(lambda line: line + b"\n"), max_size=40
)


@given(st.lists(st.binary(max_size=300), max_size=40))
def test_leaves(rows: list[bytes]) -> None:
    """As `leaf_hash` of each."""
    assert leaf_hashes(rows) == b"".join(map(leaf_hash, rows))


@given(RANGES)
def test_ranges(ranges: list[bytes]) -> None:
    """As SHA-256 of each, however long they are and wherever a LF stands in them."""
    assert range_hashes(b"".join(ranges), list(map(len, ranges))) == b"".join(sha256(one).digest() for one in ranges)


def test_lengths_around_a_block() -> None:
    """Nothing depends on which code hashes: each length by itself, and beside a longer one."""
    for length in range(130):
        data = bytes(range(length))
        assert range_hashes(data, [length]) == sha256(data).digest()
        assert range_hashes(data + bytes(200), [length, 200])[:32] == sha256(data).digest()


def test_nodes() -> None:
    """As `node_hash` of each pair, for few and for more than are hashed in one go."""
    for count in (0, 1, 2, 511, 512, 513, 1_300):
        hashes = [sha256(b"%d" % number).digest() for number in range(2 * count)]
        wanted = [node_hash(one, two) for one, two in zip(hashes[::2], hashes[1::2], strict=True)]
        assert node_hashes(b"".join(hashes)) == b"".join(wanted)
