"""Parcels: every value comes back equal; any other bytes are a VaultError."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vault.bench import stamp
from totebox.errors import VaultDamaged, VaultError
from totebox.vault import parcel
from totebox.vault.api import AuditDraft, Batch, Draft, LeafIndex, Line, Member, Staged, Whole
from totebox.vault.record import make_entry

TEXT = st.text(max_size=20)
PAYLOAD = (
    st.builds(Staged, TEXT, st.integers(0, 2**40), st.binary(max_size=32))
    | st.builds(Whole, st.binary(max_size=50))
    | st.builds(Line, TEXT, st.lists(TEXT).map(tuple), st.lists(TEXT).map(tuple))
)
INDEX = st.integers(0, 2**40).map(LeafIndex)
DRAFT = st.builds(
    Draft,
    TEXT,
    TEXT,
    TEXT,
    PAYLOAD,
    TEXT,
    st.none() | INDEX | st.builds(Member, st.integers(0, 99)),
    st.none() | INDEX,
    TEXT,
)
AUDIT = st.builds(AuditDraft, TEXT, TEXT, TEXT, TEXT, TEXT)


@given(st.builds(Batch, TEXT, TEXT, st.binary(max_size=32), AUDIT, st.lists(DRAFT, max_size=4).map(tuple)))
def test_any_batch_comes_back(batch: Batch) -> None:
    """Every draft, payload and citation."""
    out = parcel.Writer()
    parcel.put_batch(out, batch)
    fields = parcel.Fields(out.frame(7, parcel.Word.APPEND)[parcel.HEAD.size :])
    assert parcel.get_batch(fields) == batch
    fields.end()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_batch_or_a_vault_error(data: bytes) -> None:
    """Nothing else leaves the parser, and nothing is read past the end."""
    with pytest.raises(VaultError):
        fields = parcel.Fields(data)
        parcel.get_batch(fields)
        fields.end()
        raise VaultError("a batch after all")


@given(st.builds(Batch, TEXT, TEXT, st.binary(max_size=32), AUDIT, st.lists(DRAFT, max_size=2).map(tuple)), st.data())
def test_a_bent_batch_is_a_batch_or_a_vault_error(batch: Batch, data: st.DataObject) -> None:
    """Bytes changed, cut off or added: what is read is read whole, or refused."""
    out = parcel.Writer()
    parcel.put_batch(out, batch)
    body = bytearray(out.frame(7, parcel.Word.APPEND)[parcel.HEAD.size :])
    place = data.draw(st.integers(0, len(body) - 1))
    body[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    with contextlib.suppress(VaultError):
        fields = parcel.Fields(bytes(body))
        read = parcel.get_batch(fields)
        fields.end()
        assert isinstance(read, Batch)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_a_vault_error(data: bytes) -> None:
    """The daemon believes its writer as little."""
    with pytest.raises(VaultError):
        parcel.get_appended(parcel.Fields(data))


def test_an_entry_travels_as_its_leaf() -> None:
    """What arrives was parsed from the row's exact bytes."""
    entry = make_entry(3, stamp(1), "a", "fs", "x", "s", sha256=b"\0" * 32)
    out = parcel.Writer()
    parcel.put_entry(out, entry)
    assert parcel.get_entry(parcel.Fields(out.frame(1, parcel.Word.DONE)[parcel.HEAD.size :])) == entry
    with pytest.raises(VaultDamaged):
        parcel.get_entry(parcel.Fields(parcel.Writer().blob(b"1,2,3").frame(1, parcel.Word.DONE)[parcel.HEAD.size :]))


def test_a_frame_has_a_largest_size() -> None:
    """Payloads above 64 MiB are staged, not sent."""
    with pytest.raises(VaultError, match="stage"):
        parcel.Writer().blob(b"x" * parcel.MAX_FRAME_BYTES).frame(1, parcel.Word.APPEND)
