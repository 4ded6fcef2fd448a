"""Framing: whatever the pieces, the same frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import LocalProtocolError, RemoteProtocolError
from protocol.wire.frame import FrameReader, frame


def _frames(reader: FrameReader) -> list[bytes]:
    found = []
    while (each := reader.next()) is not None:
        found.append(each)
    return found


@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(1, 9))
def test_pieces_do_not_matter(payloads: list[bytes], step: int) -> None:
    """Fed in pieces of any size, the frames come out as they went in."""
    stream = b"".join(frame(payload) for payload in payloads)
    reader, found = FrameReader(), []
    for at in range(0, len(stream), step):
        reader.feed(stream[at : at + step])
        found += _frames(reader)
    assert found == payloads and reader.pending == 0


def test_oversize_is_judged_by_the_header() -> None:
    """A frame above the limit is refused as soon as its length is there."""
    reader = FrameReader()
    reader.limit = 256
    reader.feed(b"\x01\x01")
    with pytest.raises(RemoteProtocolError, match="257"):
        reader.next()


def test_too_large_a_frame_cannot_be_written() -> None:
    """65,535 bytes fit, one more is our own mistake."""
    assert len(frame(bytes(65_535))) == 65_537
    with pytest.raises(LocalProtocolError):
        frame(bytes(65_536))
