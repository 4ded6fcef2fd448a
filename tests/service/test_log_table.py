"""The one newest-first scan of a log, as a table."""

import pytest

from protocol.schema.numbers import Log
from totebox.service.log_table import BLOCK, SEARCHED, LogTable, backwards
from totebox.service.pages import columns
from totebox.service.query import parse
from totebox.service.table import Key, TableSpec
from totebox.vault.api import AuditDraft, LeafIndex
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio
ROWS = TableSpec(
    "test.rows",
    columns("index audit-index", "time time", "subject text"),
    own=(Key("subject", "about that"),),
    searched=("subject",),
    dated="time",
)


async def vault_of(rows: int, note: str = "") -> MemoryVault:
    """Row 0 is the vault's own; then `rows` of them, about s1, s2 and so on."""
    ticks = iter(range(1_000_000))
    vault = MemoryVault(now=lambda: f"2026-01-01T00:00:00.{next(ticks):06}Z")
    for number in range(1, rows + 1):
        await vault.audit(AuditDraft("COMMAND", "local", f"s{number}", note))
    return vault


def table_of(vault: MemoryVault) -> LogTable:
    return LogTable(ROWS, Log.AUDIT, vault, lambda entry: (entry.index, entry.time, entry.subject))


async def pages(table: LogTable, text: str = "", as_of: str = "", limit: int = 100) -> list[list[object]]:
    """The indexes on each page, from the first to the last."""
    found, cursor = list[list[object]](), ""
    while True:
        page = await table.page(parse(ROWS, text, as_of, cursor, limit))
        found.append([row[0] for row in page.table.rows])
        if not page.more:
            return found
        cursor = page.cursor


async def indexes(table: LogTable, text: str = "", as_of: str = "") -> list[object]:
    return [index for page in await pages(table, text, as_of) for index in page]


@pytest.mark.parametrize("limit", [1, 7, BLOCK, BLOCK + 1, 10_000])
async def test_pages_hold_every_entry_once_from_the_newest_back(limit: int) -> None:
    """Whatever the limit is to the block that is read at once."""
    size = BLOCK + 45
    found = await pages(table_of(await vault_of(size - 1)), limit=limit)
    assert [index for page in found for index in page] == list(reversed(range(size)))
    assert all(len(page) <= limit for page in found)


async def test_the_last_page_says_that_it_is_the_last() -> None:
    """Also where it is full."""
    page = await table_of(await vault_of(9)).page(parse(ROWS, "", "", "", 10))
    assert (len(page.table.rows), page.more) == (10, False)


async def test_entries_that_are_appended_meanwhile_shift_nothing() -> None:
    """A cursor is a place in the log."""
    vault = await vault_of(20)
    first = await table_of(vault).page(parse(ROWS, "", "", "", 10))
    await vault.audit(AuditDraft("COMMAND", "local", "late"))
    second = await table_of(vault).page(parse(ROWS, "", "", first.cursor, 10))
    assert [row[0] for row in second.table.rows] == list(range(10, 0, -1))


async def test_a_cursor_beyond_the_end_begins_at_the_end() -> None:
    """A vault that was restored from an older copy is shorter than the page that gave the cursor."""
    page = await table_of(await vault_of(3)).page(parse(ROWS, "", "", "900", 10))
    assert [row[0] for row in page.table.rows] == [3, 2, 1, 0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("index:5", [5]),
        ("index:5 index:6", []),
        ("index:99", []),
        ("after:7", [9, 8]),
        ("after:7 after:8", [9]),
        ("after:99", []),
        ("index:5 after:5", []),
        ("all: subject:s4", [4]),
        ('"s4"', [4]),
    ],
)
async def test_terms_narrow_what_is_found(text: str, found: list[int]) -> None:
    """Several of them all have to agree."""
    assert await indexes(table_of(await vault_of(9)), text) == found


async def test_as_of_leaves_out_what_came_later() -> None:
    """The entry of that very moment is in."""
    vault = await vault_of(9)
    then = (await vault.entries(Log.AUDIT, LeafIndex(5), 1))[0].time
    assert await indexes(table_of(vault), as_of=then) == [5, 4, 3, 2, 1, 0]


class CountingVault(MemoryVault):
    """Counts the entries that were read."""

    looked_at = 0

    async def entries(self, log, start, limit):
        found = await super().entries(log, start, limit)
        self.looked_at += len(found)
        return found


async def test_a_named_entry_is_read_alone() -> None:
    """However long the log is."""
    vault = CountingVault()
    for number in range(600):
        await vault.audit(AuditDraft("COMMAND", "local", f"s{number}"))
    assert await indexes(table_of(vault), "index:300") == [300] and vault.looked_at == 1


async def test_one_page_looks_at_so_many_entries_and_says_where_it_stopped() -> None:
    """A query that finds nothing ends with a cursor; following it reaches the first entry."""
    vault = await vault_of(SEARCHED + 2)
    first = await table_of(vault).page(parse(ROWS, "subject:s1", "", "", 10))
    assert (first.table.rows, first.more, first.cursor) == ((), True, "3")
    assert await indexes(table_of(vault), "subject:s1") == [1]


async def test_a_block_is_read_when_it_is_wanted() -> None:
    """Whoever stops early reads one block."""
    vault = CountingVault()
    for number in range(BLOCK * 2):
        await vault.audit(AuditDraft("COMMAND", "local", f"s{number}"))
    async for entry in backwards(vault, Log.AUDIT, 0, BLOCK * 2):
        assert entry.index == BLOCK * 2 - 1
        break
    assert vault.looked_at == BLOCK
