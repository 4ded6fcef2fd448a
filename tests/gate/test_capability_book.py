"""The capability journal: what was minted and revoked is there after a restart, and what cannot be read is named."""

from pathlib import Path

import pytest

from protocol.schema.numbers import Verb
from protocol.trust.capability import LAST_ROW, Scope, mint, revocation_ids
from protocol.trust.keys import FileBinder
from totebox.errors import ConfigError
from totebox.gate.capability_book import CapabilityBook, fold
from totebox.gate.capability_views import END_OF_TIME_US, scope_words, shown_time
from totebox.gate.journal import Journal

SUBJECT, HOLDER = FileBinder(b"\x01" * 32), FileBinder(b"\x02" * 32)
SCOPE = Scope((Verb.LIST,), "people", 0, LAST_ROW, not_before=0, not_after=9_000_000)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "capabilities")


def test_what_was_minted_is_read_again(journal: Journal) -> None:
    """By its id: its block, for whom, and when."""
    chain = mint(SUBJECT, HOLDER.key, SCOPE, 2)
    CapabilityBook(journal).mint(chain, "SHA256:me", "t1")
    again = CapabilityBook(journal)
    assert again.ledger.minted == {}
    again.refresh()
    (id_,) = revocation_ids(chain)
    minted = again.ledger.minted[id_]
    assert (minted.chain, minted.holder, minted.time, minted.body.depth) == (chain, "SHA256:me", "t1", 2)


def test_a_revocation_says_who_when_and_why(journal: Journal) -> None:
    """Also of an id that was never minted here, and to another process that reads the same file."""
    one, other = CapabilityBook(journal), CapabilityBook(journal)
    one.revoke(b"\x07" * 32, "SHA256:me", "t2", "lost")
    other.refresh()
    ended = other.ledger.ended[b"\x07" * 32]
    assert (ended.actor, ended.time, ended.reason) == ("SHA256:me", "t2", "lost") and other.ledger == one.ledger


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"what": "lent"}, "a record of kind 'lent'; it was written by a newer os-totebox"),
        ({"what": "revoked", "id": "not hex"}, "damaged record"),
        ({"what": "revoked", "id": "07", "actor": "a", "time": "t"}, "damaged record"),
        ({"what": "revoked", "id": 7}, "damaged record|lacks id"),
        ({"what": "minted", "body": "00", "signature": "00", "holder": "h", "time": "t"}, "damaged record"),
        ({}, "damaged record"),
    ],
)
def test_a_record_that_cannot_be_read_is_an_error(line: dict[str, str | int], says: str) -> None:
    """It is not left out: a revocation may be in it."""
    with pytest.raises(ConfigError, match=says):
        fold([line])


def test_a_scope_is_one_line() -> None:
    """Verbs, service, rows, columns, end: only what narrows is named."""
    assert scope_words(SCOPE) == "list; service people; until 1970-01-01T00:00:09.000000Z"
    narrow = Scope((Verb.LIST, Verb.READ), "", 3, 12, columns=("index", "name"), not_before=0, not_after=0)
    assert scope_words(narrow) == "list, read; rows 3 to 12; columns index, name; until 1970-01-01T00:00:00.000000Z"


def test_a_time_beyond_the_calendar_is_its_last_second() -> None:
    """A holder may have named any number."""
    last = shown_time(END_OF_TIME_US - 1)
    assert last.startswith("9999-12-31T23:59:59") and shown_time(1 << 62) == last != shown_time(END_OF_TIME_US - 2)
