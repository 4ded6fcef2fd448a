"""The second wall, tried from outside every cage: what root itself cannot do to a hardened vault.

The ways are those of the no-delete matrix. Each must work on a copy without the wall, or it proves nothing; `THROUGH` names those that the
wall does not stand against, with the reason. The table of results is written beside the test's temporary files.
"""

import csv
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from tests.vault.no_delete import ways
from tests.vault.no_delete.test_no_delete import Bytes, attempt, contents, fill, holding
from totebox.clock import now_text
from totebox.errors import ConfigError
from totebox.hardening.administration import harden
from totebox.hardening.walls import Walls
from totebox.vault.check.verification import verify
from totebox.vault.life.creation import create

THROUGH = {
    "rename_the_vault": "the whole vault may be moved on its file system, with everything in it and every attribute",
    "forge_a_nameless_file": "a new file is no record: it adds, and verify names it",
}
CASES = [name for name, way in ways.WAYS.items() if not way.door]


class Wall:
    """A hardened vault, a copy without attributes for the controls, and what was tried."""

    def __init__(self, place: Path) -> None:
        self.place, self.vault = place, place / "vault"
        self.before: Bytes = {}
        self.rows: list[tuple[str, str, str, str]] = []

    def control(self, name: str) -> str:
        """The way on a copy without the wall: what it did, '' when it does not work or changes nothing."""
        copy = self.place / "copies" / name
        shutil.copytree(self.vault, copy, symlinks=True)
        before = contents(copy)
        with holding(copy) as victim:
            outcome, detail = attempt("", name, copy, victim)
        changed = not copy.exists() or contents(copy) != before
        return detail if outcome == "done" and changed else ""


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wall]:
    """The attributes are lifted when all is tried, whatever happened."""
    found = Wall(tmp_path_factory.mktemp("second-wall"))
    create(found.vault, "Acme", "company", entropy=os.urandom, now=now_text())
    anyio.run(fill, found.vault)
    try:
        harden(found.vault, now_text)
    except ConfigError as error:
        pytest.skip(str(error))
    try:
        found.before = contents(found.vault)
        yield found
    finally:
        Walls(found.vault).lift()
    table = found.place / "second-wall.csv"
    with table.open("w", newline="") as stream:
        csv.writer(stream).writerows([("way", "what it tries", "without the wall", "behind it"), *sorted(found.rows)])
    if sys.__stderr__:
        sys.__stderr__.write(f"\nsecond wall: {table}\n")


def test_there_are_thirty_ways_and_more() -> None:
    """All but a handful of what changes a byte, in a vault without a wall."""
    assert len(set(CASES) - set(THROUGH)) >= 30


@pytest.mark.parametrize("name", [name for name in CASES if name not in THROUGH])
def test_root_changes_or_loses_no_byte(wall: Wall, name: str) -> None:
    """What works without the wall is refused behind it, outside every cage, and the records are what they were."""
    way, did = ways.WAYS[name], wall.control(name)
    if not did:
        pytest.skip("it does nothing without the wall either")
    with holding(wall.vault) as victim:
        outcome, detail = attempt("", name, wall.vault, victim)
    wall.rows.append((name, way.claim, did, f"{outcome} {detail}"))
    assert outcome == "refused", detail
    assert contents(wall.vault) == wall.before


def test_the_vault_still_verifies(wall: Wall) -> None:
    """After all of it a full verification from bytes has no finding."""
    assert contents(wall.vault) == wall.before
    assert verify(wall.vault).findings == ()
