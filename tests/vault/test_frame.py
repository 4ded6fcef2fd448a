"""Frames and fields: what is collected is read back in order, and a stream is cut where its frames end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totebox.errors import VaultError
from totebox.vault.frame import HEAD, MAX_FRAME_BYTES, Fields, Frames, Word, Writer

TEXT = st.text(st.characters(), max_size=9) | st.text("\0\1\2\3a\ud800\udc00", max_size=6)


def fields_of(out: Writer) -> Fields:
    return Fields(out.frame(1, Word.DONE)[HEAD.size :])


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4),
    st.lists(TEXT, max_size=4),
    st.lists(st.binary(max_size=9), max_size=4),
)
def test_fields_come_back_in_order(numbers: list[int], texts: list[str], blobs: list[bytes]) -> None:
    """Of each make, whatever stands between them: any text too, half characters and NUL included."""
    out = Writer().texts(texts).blobs(blobs).many(numbers, lambda _: None)
    for number in numbers:
        out.number(number)
    fields = fields_of(out.fixed("a", *texts).blob(b"last").text("z"))
    assert (fields.texts(), fields.blobs(), fields.number()) == (tuple(texts), tuple(blobs), len(numbers))
    assert [fields.number() for _ in numbers] == numbers
    assert (fields.fixed(1 + len(texts)), fields.blob(), fields.text()) == (("a", *texts), b"last", "z")
    fields.end()


@pytest.mark.parametrize(
    "read",
    [Fields.number, Fields.text, Fields.blob, Fields.texts, Fields.blobs, lambda fields: fields.many(lambda: 0)],
)
@pytest.mark.parametrize("out", [Writer(), Writer().number(-1).number(5), Writer().number(2).text("a").blob(b"b")])
def test_nothing_is_read_past_the_end(out: Writer, read: object) -> None:
    """A field that is not there, a list longer than its frame, a count below zero, or fields left over: refused."""
    fields = fields_of(out)
    with pytest.raises(VaultError):
        read(fields)  # type: ignore[operator]
        fields.end()


def test_lengths_must_make_up_the_whole() -> None:
    """One byte more or less behind the fields, and nothing is read."""
    body = Writer().text("abc").blob(b"def").frame(1, Word.DONE)[HEAD.size :]
    Fields(body)
    for bent in (body + b"x", body[:-1], body[:5], b""):
        with pytest.raises(VaultError):
            Fields(bent)


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(max_size=30)), max_size=5), st.data())
def test_a_stream_is_cut_where_its_frames_end(sent: list[tuple[int, bytes]], data: st.DataObject) -> None:
    """However the bytes were cut on the way."""
    stream = b"".join(Writer().blob(blob).frame(identifier, Word.READ) for identifier, blob in sent)
    frames, found, place = Frames(), [], 0
    while place < len(stream):
        size = data.draw(st.integers(1, 60))
        found += frames.feed(stream[place : place + size])
        place += size
    assert [(one, word, Fields(body).blob()) for one, word, body in found] == [
        (one, Word.READ, blob) for one, blob in sent
    ]


@pytest.mark.parametrize("length", [0, HEAD.size - 5, MAX_FRAME_BYTES + HEAD.size + 1])
def test_a_length_that_no_frame_has_ends_the_stream(length: int) -> None:
    """Whoever sends it cannot be read any further."""
    with pytest.raises(VaultError):
        Frames().feed(HEAD.pack(length, 1, Word.READ))
