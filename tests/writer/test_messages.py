"""Parcels: what is said comes back equal; any other value is a VaultError."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.schema.envelope import Proof
from protocol.schema.numbers import AuditKind, Grade
from tests.vault.bench import stamp
from totebox.errors import VaultDamaged, VaultError
from totebox.vault.api import (
    Appended,
    AuditDraft,
    Batch,
    Checkpoint,
    Draft,
    LeafIndex,
    Line,
    Member,
    Own,
    Proven,
    Staged,
    TreeSize,
    VaultHead,
    Whole,
)
from totebox.vault.log.record import make_entry
from totebox.writer import frame
from totebox.writer import messages as parcel

TEXT = st.text(max_size=20)
CITE = st.tuples(st.integers(0, 99), st.builds(Member, st.integers(0, 99)) | st.sampled_from(Own))
PAYLOAD = (
    st.builds(Staged, TEXT, st.integers(0, 2**40), st.binary(max_size=32))
    | st.builds(Whole, st.binary(max_size=50))
    | st.builds(Line, TEXT, st.lists(TEXT).map(tuple), st.lists(TEXT).map(tuple), st.lists(CITE, max_size=3).map(tuple))
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
AUDIT = st.builds(AuditDraft, st.sampled_from(AuditKind), TEXT, TEXT, TEXT, TEXT)


BATCH = st.builds(Batch, TEXT, TEXT, st.binary(max_size=32), AUDIT, st.lists(DRAFT, max_size=4).map(tuple))
ENTRY = make_entry(3, stamp(1), "a", "fs", "x", "s", sha256=b"\0" * 32)
HEAD = Checkpoint("acme", TreeSize(4), b"r" * 32, b"note")
APPENDED = Appended((ENTRY,), ENTRY, Proven(Proof(3, 4, ENTRY.leaf, (b"p" * 32,)), HEAD), repeated=False)
WORDS = VaultHead(HEAD, HEAD, Grade.KERNEL, "", "vkey", "audit vkey", 7, ((1,), (2, 3)))


def sent(said: object) -> object:
    """What arrives at the other end."""
    return frame.value(frame.frame(7, frame.Word.APPEND, said)[frame.HEAD.size :])


@given(BATCH)
def test_any_batch_comes_back(batch: Batch) -> None:
    """Every draft, payload and citation."""
    assert parcel.get_batch(sent(parcel.batch_value(batch))) == batch


@pytest.mark.parametrize(
    ("said", "get", "value"),
    [
        (APPENDED, parcel.get_appended, parcel.appended_value(APPENDED)),
        (WORDS, parcel.get_head, parcel.head_value(WORDS)),
        (APPENDED.proven, parcel.get_proven, parcel.proven_value(APPENDED.proven)),
        ((HEAD, (b"p" * 32,)), parcel.get_consistency, parcel.consistency_value(HEAD, (b"p" * 32,))),
        (AuditDraft("TORN", "b", "c"), parcel.get_audit, parcel.audit_value(AuditDraft("TORN", "b", "c"))),
    ],
)
def test_every_answer_comes_back(said: object, get: Callable[[object], object], value: object) -> None:
    """Equal, an entry with its leaf."""
    assert get(sent(value)) == said


def test_an_audit_row_of_no_known_kind_is_refused() -> None:
    """Either process writes kinds of the enumeration alone."""
    with pytest.raises(VaultError, match="'BOGUS'"):
        parcel.get_audit(sent(("BOGUS", "b", "c", "", "")))


GETTERS = (
    parcel.get_batch,
    parcel.get_audit,
    parcel.get_appended,
    parcel.get_head,
    parcel.get_proven,
    parcel.get_consistency,
    parcel.get_entries,
    parcel.get_texts,
    parcel.get_numbers,
    parcel.get_blob,
)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | TEXT | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=8).map(tuple),
)


@given(VALUE)
def test_any_value_is_what_is_asked_for_or_a_vault_error(said: object) -> None:
    """Nothing else leaves a getter."""
    for get in GETTERS:
        with contextlib.suppress(VaultError):
            get(sent(said))


@given(BATCH, st.data())
def test_a_field_of_another_type_is_refused(batch: Batch, data: st.DataObject) -> None:
    """A number where a text belongs, a text where bytes do: nothing of it reaches a row."""
    value = sent(parcel.batch_value(batch))
    assert isinstance(value, tuple)
    place = data.draw(st.integers(0, len(value) - 1))
    bent = (*value[:place], 7, *value[place + 1 :])
    with pytest.raises(VaultError):
        parcel.get_batch(bent)
    if batch.drafts:
        texts, *rest = sent(parcel.batch_value(batch))[4][0]  # type: ignore[index]
        place = data.draw(st.integers(0, 4))
        for draft in ((7, *rest), (texts, 7, *rest[1:]), ((*texts[:place], 7, *texts[place + 1 :]), *rest), (texts,)):
            with pytest.raises(VaultError):
                parcel.get_batch((*value[:4], (draft,)))


def test_an_entry_travels_as_its_leaf() -> None:
    """What arrives was parsed from the row's exact bytes."""
    assert parcel.get_entries(sent([ENTRY.leaf])) == (ENTRY,)
    with pytest.raises(VaultDamaged):
        parcel.get_entries(sent([b"1,2,3"]))
