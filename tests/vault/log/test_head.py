"""The acknowledged end of a log."""

import pytest

from protocol.trust.note import Signer, verify_checkpoint
from protocol.trust.tlog import verify_consistency, verify_proof
from tests.vault.bench import stamp
from totebox.errors import NoSuchEntry
from totebox.vault.api import Entry
from totebox.vault.log.head import LogHead
from totebox.vault.log.record import make_entry
from totebox.vault.log.tiles import Tiles

SIGNER = Signer("acme", b"\1" * 32)


def entries(start: int, count: int) -> list[Entry]:
    return [make_entry(start + place, stamp(1), "a", "fs", "x", "s", sha256=b"\0" * 32) for place in range(count)]


@pytest.fixture
def head() -> LogHead:
    made = LogHead(Tiles(lambda level, number: b"", lambda start, width: []), SIGNER)
    made.advance(entries(0, 5))
    return made


def test_it_is_signed_where_it_stands(head: LogHead) -> None:
    """Size and root, under the log's key; asked twice it is the same note."""
    said = verify_checkpoint(head.checkpoint.note, SIGNER.verifier)
    assert (said.tree_size, said.root) == (head.size, head.root) == (5, head.root)
    assert head.checkpoint is head.checkpoint


def test_an_earlier_head_is_the_same_bytes_again(head: LogHead) -> None:
    """Ed25519 is deterministic: what is signed later for a size is what was signed then."""
    before = head.checkpoint.note
    head.advance(entries(5, 3))
    assert head.at(5).note == before != head.checkpoint.note


def test_every_leaf_is_proved_and_old_heads_extend(head: LogHead) -> None:
    """Inclusion of each, consistency from each size."""
    for entry in entries(0, 5):
        verify_proof(head.prove(entry).proof, 5, head.root)
    for old in range(1, 6):
        newest, path = head.consistency(old)
        verify_consistency(old, 5, path, head.at(old).root, newest.root)


def test_what_is_not_acknowledged_is_not_there(head: LogHead) -> None:
    """Behind the end, before the beginning, a larger size."""
    for index in (-1, 5):
        with pytest.raises(NoSuchEntry):
            head.check_index(index)
    with pytest.raises(NoSuchEntry):
        head.consistency(6)
    assert head.prove(entries(9, 1)[0]).proof.path == ()


def test_entries_follow_in_order(head: LogHead) -> None:
    """A gap is a fault of ours."""
    with pytest.raises(AssertionError):
        head.advance(entries(6, 1))
