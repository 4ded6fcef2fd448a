"""Every table of a Totebox is asked in one grammar: the same matrix of questions for each, through the gate's own parser."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from protocol.schema import List
from protocol.schema.numbers import RefusalCode, Role
from tests.services.rings import rings_over
from totebox.daemon.roster import hire
from totebox.errors import ToteboxError
from totebox.gate.door import Peer
from totebox.gate.refusal import Refused, refusal_of
from totebox.gate.tables import TABLES, Tables, described_keys
from totebox.service.contract import Claim, Document, Page, Sealing
from totebox.service.table import TableSpec
from totebox.services import ROSTER
from totebox.vault.api import AuditDraft, Batch, Draft, Whole

pytestmark = pytest.mark.anyio
NOW = "2026-11-20T09:30:00.000000Z"
JANE = Claim(0, "person", "Jane Doe", "jane@x.example", 4, 2, 10, 18, "⟦Jane Doe⟧ signs the lease", "label/1")
MAIL = Claim(1, "email", "50%_off@x.example", "", 5, 2, 30, 46, "⟦50%_off@x.example⟧", "mail/1")
LOGS = ("fs.entries", "audit.log", "people.claims", "extraction.claims", "minutebook.documents", "minutebook.history")
PRESENT = (
    "input.intake",
    "input.claims",
    "input.drops",
    "input.chart",
    "gate.pairings",
    "gate.capabilities",
    "gate.tables",
)
NAMES = (*LOGS, "people.anchors", *PRESENT)


@dataclass
class Desk:
    """Asks as an ADMIN does, whatever the table."""

    tables: Tables
    peer: Peer
    intake: str

    def text(self, table: str, text: str) -> str:
        """`text`, with the key that the table needs."""
        return f"intake:{self.intake} {text}".strip() if table == "input.claims" else text

    async def page(self, table: str, text: str = "", as_of: str = "", cursor: str = "", limit: int = 100) -> Page:
        listing = self.tables.parse(List(table, self.text(table, text), as_of, cursor, limit), Role.ADMIN)
        return await listing.page(self.peer)

    async def rows(self, table: str, text: str = "", as_of: str = "") -> list[tuple[object, ...]]:
        return list((await self.page(table, text, as_of)).table.rows)

    async def refused(self, table: str, text: str = "", as_of: str = "", cursor: str = "") -> Refused:
        with pytest.raises(ToteboxError) as caught:
            await self.page(table, text, as_of, cursor)
        return refusal_of(caught.value)


@pytest.fixture
async def desk(room, tmp_path: Path) -> AsyncIterator[Desk]:
    """Two versions of a lease with their text, an approved and a rejected claim; a document on its way; five pairings."""
    roster = hire(ROSTER, rings_over(room.vault, tmp_path))
    first = None
    for version in range(2):
        text = f"the lease of flat {version}"
        document = Document("text/markdown", text, 1, "")
        original = Draft("minutebook", "original", "lease.md", Whole(text.encode()), "lease.md", supersedes=first)
        sealing = Sealing("lease.md", "1200", document, (JANE,), NOW, (MAIL,))
        drafts = (original, *await roster.compose("minutebook", sealing))
        row = AuditDraft("COMMAND", "SHA256:me", "seal", "lease", f"c{version}")
        first = (await room.vault.append(Batch("SHA256:me", "", b"", row, drafts))).entries[0].index
    room.enrolled()
    intake = await room.offer(room.desk, b"minutes of the board")
    own = [one for name, one in room.gate.reading.tables.by_name.items() if name in PRESENT and name != TABLES.name]
    yield Desk(Tables.of([*roster.tables(), *own]), room.peer(room.admin), intake)
    await roster.close()


def spec_of(desk: Desk, table: str) -> TableSpec:
    return desk.tables.by_name[table].spec


async def test_the_matrix_names_every_table(desk) -> None:
    """A table that is added is asked the same questions."""
    assert set(desk.tables.by_name) == set(NAMES)
    assert {name for name in NAMES if spec_of(desk, name).of_entries} == set(LOGS)


@pytest.mark.parametrize("table", NAMES)
async def test_all_is_taken_by_every_table(desk, table: str) -> None:
    """It leaves nothing out; only the minute book shows less without it."""
    everything, usual = await desk.rows(table, "all:"), await desk.rows(table)
    assert set(usual) <= set(everything)
    assert (len(everything) > len(usual)) == (table == "minutebook.documents")


@pytest.mark.parametrize("table", LOGS)
async def test_after_shows_entries_above(desk, table: str) -> None:
    """In every table of entries, the very entry left out."""
    everything = {row[0] for row in await desk.rows(table, "all:")}
    middle = sorted(everything)[len(everything) // 2]
    assert {row[0] for row in await desk.rows(table, f"all: after:{middle}")} == {
        at for at in everything if at > middle
    }
    assert await desk.rows(table, f"after:{max(everything)}") == []


@pytest.mark.parametrize("table", LOGS)
async def test_index_shows_that_entry(desk, table: str) -> None:
    """In every table of entries, superseded or not."""
    everything = sorted(row[0] for row in await desk.rows(table, "all:"))
    for index in (everything[0], everything[-1]):
        assert [row[0] for row in await desk.rows(table, f"index:{index}")] == [index]
    assert await desk.rows(table, "index:18446744073709551615") == []


@pytest.mark.parametrize("table", sorted(set(NAMES) - set(LOGS)))
async def test_a_table_of_no_entries_has_no_index(desk, table: str) -> None:
    """Asked for one it says which keys it has."""
    for text in ("index:1", "after:1"):
        refusal = await desk.refused(table, text)
        assert refusal.code is RefusalCode.BAD_ARGUMENTS and "all:" in refusal.remedy


@pytest.mark.parametrize("table", NAMES)
async def test_an_unknown_field_is_refused_with_the_fields_that_are_known(desk, table: str) -> None:
    """Each of them, whatever the table."""
    refusal = await desk.refused(table, "colour:red")
    assert refusal.code is RefusalCode.BAD_ARGUMENTS and "colour" in refusal.reason and table in refusal.reason
    assert all(f"{key.name}:" in refusal.remedy for key in spec_of(desk, table).keys)


@pytest.mark.parametrize("table", LOGS)
@pytest.mark.parametrize("text", ["index:x", "index:", "after:x", "index:-1", "all:x"])
async def test_a_value_that_is_no_number_is_refused(desk, table: str, text: str) -> None:
    """It is never searched for as a word."""
    refusal = await desk.refused(table, text)
    assert refusal.code is RefusalCode.BAD_ARGUMENTS and refusal.remedy


@pytest.mark.parametrize("table", NAMES)
@pytest.mark.parametrize("as_of", ["yesterday", "2026-11-20", "2026-11-20T25:00:00Z"])
async def test_a_bad_time_is_refused(desk, table: str, as_of: str) -> None:
    """By every table, those without a past included."""
    assert (await desk.refused(table, "", as_of)).code is RefusalCode.BAD_ARGUMENTS


@pytest.mark.parametrize("table", (*LOGS, "people.anchors"))
async def test_a_time_before_everything_shows_nothing(desk, table: str) -> None:
    """And one after everything shows all."""
    assert await desk.rows(table, "", "2000-01-01T00:00:00Z") == []
    assert await desk.rows(table, "", "9000-01-01T01:00:00+01:00") == await desk.rows(table)


@pytest.mark.parametrize("table", PRESENT)
async def test_a_table_of_the_present_refuses_to_be_asked_for_the_past(desk, table: str) -> None:
    """Today's rows would be a wrong answer."""
    refusal = await desk.refused(table, "", "2026-11-20T09:30:00Z")
    assert refusal.code is RefusalCode.BAD_ARGUMENTS and "present" in refusal.reason


@pytest.mark.parametrize("table", NAMES)
@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 30])
async def test_a_bad_cursor_is_refused(desk, table: str, cursor: str) -> None:
    """It does not begin again at the first page."""
    refusal = await desk.refused(table, "", "", cursor)
    assert refusal.code is RefusalCode.BAD_ARGUMENTS and "cursor" in refusal.reason


@pytest.mark.parametrize("table", NAMES)
@pytest.mark.parametrize("text", ["", "e"])
async def test_pages_of_one_row_join_to_the_whole(desk, table: str, text: str) -> None:
    """Each row once, in the order of one page."""
    found, cursor, more = list[tuple[object, ...]](), "", True
    while more:
        page = await desk.page(table, text, cursor=cursor, limit=1)
        found, cursor, more = [*found, *page.table.rows], page.cursor, page.more
    assert found == await desk.rows(table, text)


SIGNS = (
    '"',
    '""',
    '"a b',
    '"a b"',
    "'; drop table claim; --",
    "%",
    "_",
    "\\",
    "*",
    "(",
    'no"such OR * (',
    "NEAR",
    "-",
    "²",
    "📜",
    "a^b",
)


@pytest.mark.parametrize("table", NAMES)
@pytest.mark.parametrize("text", SIGNS)
async def test_signs_are_letters(desk, table: str, text: str) -> None:
    """Of SQL, of full text, of quoting: nothing fails, and nothing matches that does not stand there."""
    for row in await desk.rows(table, text):
        wanted = [word for word in text.strip('"').split() if any(char.isalnum() for char in word)]
        assert table == "minutebook.documents" or all(
            word.strip('"').casefold() in " ".join(map(str, row)).casefold() for word in wanted
        )


@pytest.mark.parametrize("table", ["people.claims", "extraction.claims"])
async def test_a_percent_sign_is_searched_for_as_it_stands(desk, table: str) -> None:
    """It is no wildcard."""
    assert len(await desk.rows(table, "%")) == (0 if table == "people.claims" else 2)


@pytest.mark.parametrize("table", NAMES)
async def test_long_text_is_searched_for_or_refused(desk, table: str) -> None:
    """One word of 8 KiB finds nothing; 64 words are taken; more are too many."""
    assert await desk.rows(table, "x" * 8_000) == []
    assert await desk.rows(table, "nowhere " * 60) == []
    refusal = await desk.refused(table, "x " * 4_000)
    assert refusal.code is RefusalCode.BAD_ARGUMENTS and "words" in refusal.reason


@pytest.mark.parametrize("table", NAMES)
@pytest.mark.parametrize("char", ["\0", "\x1b", "\x7f", "\x85"])
async def test_controls_are_refused(desk, table: str, char: str) -> None:
    """In a word and in quotes."""
    for text in (f"a{char}b", f'"a{char} b"'):
        assert (await desk.refused(table, text)).code is RefusalCode.BAD_ARGUMENTS


@pytest.mark.parametrize("table", NAMES)
async def test_every_key_is_about_a_column_or_handled_by_its_table(desk, table: str) -> None:
    """Each declared key can be asked, and so can words; `intake` alone names no column of its table."""
    spec = spec_of(desk, table)
    names = {column.name for column in spec.columns}
    assert {key.field for key in spec.keys} - names <= {"intake"}
    assert set(spec.searched) <= names and spec.searched and (not spec.dated or spec.dated in names)
    for key in spec.keys:
        if not key.needed:
            await desk.rows(table, f"{key.name}:{7 if spec.is_number(key.field) else 'seven'}")


async def test_claims_name_the_document_they_belong_to(desk) -> None:
    """Without `intake:` the refusal says so."""
    with pytest.raises(ToteboxError) as caught:
        desk.tables.parse(List("input.claims", "", "", "", 10), Role.ADMIN)
    assert "intake:VALUE" in refusal_of(caught.value).remedy


async def test_the_table_of_keys_says_what_each_table_takes(desk) -> None:
    """Every table with every key, `all:`, words, and the time where it has a past."""
    told = [row[:4] for row in await desk.rows(TABLES.name)]
    assert told == [(name, *key) for name in sorted(NAMES) for key in described_keys(spec_of(desk, name))]
    assert [row[1:3] for row in await desk.rows(TABLES.name, "table:people.anchors")] == [
        ("anchor:", "text"), ("all:", ""), ("words", "text"), ("as_of", "time"),
    ]  # fmt: skip


async def test_the_table_of_keys_shows_what_the_role_may_list(desk, room) -> None:
    """A USER is not told of tables for ADMIN."""
    listing = desk.tables.parse(List(TABLES.name, "", "", "", 100), Role.USER)
    page = await listing.page(room.peer(room.reader))
    named = {row[0] for row in page.table.rows}
    assert "people.anchors" in named and "gate.pairings" not in named and "input.drops" not in named


async def test_the_readme_lists_tables_and_keys_as_they_are_declared(desk, project: Path) -> None:
    """One row a table: who may list it, its keys, what words search, whether it has a past."""
    text = (project / "totebox/README.md").read_text(encoding="utf-8")
    stated = text.partition("<!-- tables -->\n")[2].partition("<!-- end of tables -->")[0].splitlines()[2:]
    assert stated == [readme_row(desk, name) for name in sorted(NAMES)]


def readme_row(desk: Desk, name: str) -> str:
    table = desk.tables.by_name[name]
    keys = ", ".join(f"`{key.name}:`" for key in table.spec.keys)
    past = "yes" if table.spec.dated else ""
    return f"| `{name}` | {table.least.name} | {keys} | {', '.join(table.spec.searched)} | {past} |"
