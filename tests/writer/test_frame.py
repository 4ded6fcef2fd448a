"""Frames: a value comes back as it was, nothing else does, and a stream is cut where its frames end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totebox.errors import VaultError
from totebox.writer.frame import HEAD, MAX_FRAME_BYTES, MAX_ITEMS, Frames, Word, frame, value

TEXT = st.text(st.characters(), max_size=9) | st.text("\0\1a\ud800\udc00", max_size=6)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | TEXT | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
)


def body(said: object) -> bytes:
    return frame(1, Word.DONE, said)[HEAD.size :]


@given(VALUE)
def test_a_value_comes_back_as_it_was(said: object) -> None:
    """Arrays are tuples; any text comes back, half characters and NUL included."""
    assert value(body(said)) == said


@given(VALUE, st.binary(min_size=1, max_size=3))
def test_bytes_of_another_length_are_no_value(said: object, more: bytes) -> None:
    """Cut off or with something behind it."""
    packed = body(said)
    for bent in (packed[:-1], packed + more, b""):
        with pytest.raises(VaultError):
            value(bent)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_vault_error(data: bytes) -> None:
    """Nothing else leaves the parser: no map, no extension, no depth that ends the process."""
    for hostile in (
        data,
        b"\x91" * 100_000 + data,
        b"\x81\xa1a\x01" + data,
        b"\xd4\x01" + data,
        b"\xdd\xff\xff\xff\xff" + data,
    ):
        try:
            value(hostile)
        except VaultError:
            continue
        assert hostile is data


def test_an_array_has_a_largest_size() -> None:
    """What a page could say is a million of."""
    value(body((None,) * MAX_ITEMS))
    with pytest.raises(VaultError):
        value(body((None,) * (MAX_ITEMS + 1)))


def test_a_frame_has_a_largest_size() -> None:
    """Payloads above 64 MiB are staged, not sent; what comes after is packed as before."""
    with pytest.raises(VaultError, match="stage"):
        frame(1, Word.APPEND, bytes(MAX_FRAME_BYTES + 1))
    assert value(body("next")) == "next"


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(max_size=30)), max_size=5), st.data())
def test_a_stream_is_cut_where_its_frames_end(sent: list[tuple[int, bytes]], data: st.DataObject) -> None:
    """However the bytes were cut on the way."""
    stream = b"".join(frame(identifier, Word.READ, blob) for identifier, blob in sent)
    frames, found, place = Frames(), [], 0
    while place < len(stream):
        size = data.draw(st.integers(1, 60))
        found += frames.feed(stream[place : place + size])
        place += size
    assert [(one, word, value(packed)) for one, word, packed in found] == [(one, Word.READ, blob) for one, blob in sent]


@pytest.mark.parametrize("length", [0, HEAD.size - 5, MAX_FRAME_BYTES + HEAD.size + 1])
def test_a_length_that_no_frame_has_ends_the_stream(length: int) -> None:
    """Whoever sends it cannot be read any further."""
    with pytest.raises(VaultError):
        Frames().feed(HEAD.pack(length, 1, Word.READ))
