"""The journal of pairings between two processes: what each reads of the other, and what is told only once."""

import pytest

from protocol.schema import PairName
from totebox.gate.journal import Journal
from totebox.gate.pairings import Pairings

pytestmark = pytest.mark.anyio


def beside(room) -> Pairings:
    """The book as another process has it."""
    return Pairings(Journal(room.pairings._journal.path))


async def test_who_may_write_has_read_what_others_wrote(room) -> None:
    """A writer begins with the journal as it is, and another process waits until it is done."""
    room.enrolled()
    other = beside(room)
    assert room.desk.fingerprint not in other.book.pairings
    with other.writing():
        assert room.desk.fingerprint in other.book.pairings


async def test_a_name_has_one_row(room) -> None:
    """Given over the wire, its row is written with it; the tick that looks for names given on the host finds none."""
    room.enrolled()
    await room.ask(room.admin, PairName(room.desk.fingerprint, "the desk"))
    await room.gate.pairings.catch_up()
    kinds = [kind for kind, _ in await room.audit_rows()]
    assert kinds.count("NAMED") == 1


async def test_a_revocation_on_the_host_changes_the_table(room) -> None:
    """Consoles that show `gate.pairings` ask for it again; the tick after it changes nothing."""
    changed: list[str] = []
    room.rebuilt(changed=changed.append)
    room.enrolled()
    await room.gate.pairings.catch_up()
    changed.clear()
    assert beside(room).revoke(room.desk.fingerprint, "lost", "t", noted=False)
    await room.gate.pairings.catch_up()
    assert changed == ["gate.pairings"] and room.cuts == [room.desk.fingerprint]
    await room.gate.pairings.catch_up()
    assert changed == ["gate.pairings"]
