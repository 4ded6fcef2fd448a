"""Which tables can be listed, by which role, and with which keys: the one place where the text of a query is parsed
into terms.
"""

import difflib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from protocol.schema import Cell, List
from protocol.schema.numbers import RefusalCode, Role
from protocol.schema.terms import Term
from totebox.gate.door import Peer
from totebox.gate.refusal import Refused
from totebox.service.contract import Page, TableReader
from totebox.service.pages import columns, whole_page
from totebox.service.query import Query, parse
from totebox.service.table import ALL, ALL_MEANS, Key, TableSpec

PeerReader = Callable[[Query, Peer], Awaitable[Page]]
TABLES = TableSpec(
    "gate.tables",
    columns("table text", "key text", "takes text", "means text", "role text"),
    own=(Key("table", "about that table"), Key("key", "about that key")),
    searched=("table", "key", "means"),
)


@dataclass(frozen=True, slots=True)
class ListedTable:
    """A table, the least role that may list it, and its reader. `read_as` replaces the reader where the rows depend on
    the asking peer.
    """

    spec: TableSpec
    least: Role
    read: TableReader | None
    read_as: PeerReader | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a LIST asks for, parsed."""

    table: ListedTable
    query: Query

    def onward(self, cursor: str) -> "Listing":
        """The same listing, from `cursor` on. The table itself gave the cursor."""
        return replace(self, query=replace(self.query, cursor=int(cursor)))

    def within(self, terms: Sequence[Term]) -> "Listing":
        """The same of the rows that agree with `terms` as well."""
        return replace(self, query=self.query.within(terms))

    async def page(self, peer: Peer) -> Page:
        """Read the page that is asked for."""
        if self.table.read_as is not None:
            return await self.table.read_as(self.query, peer)
        assert self.table.read is not None, f"table {self.table.spec.name} has no reader"
        return await self.table.read(self.query)


@dataclass(frozen=True, slots=True)
class Tables:
    """Every table of the Totebox by full name. `gate.tables`, the table of their keys, is always among them."""

    by_name: Mapping[str, ListedTable]

    @classmethod
    def of(cls, tables: Iterable[ListedTable]) -> "Tables":
        """`tables`, and the table of their keys."""
        listed = list(tables)

        async def described(query: Query, peer: Peer) -> Page:
            return whole_page(TABLES, describe_tables(listed, peer.pairing.role), query)

        listed.append(ListedTable(TABLES, Role.USER, None, described))
        return cls({one.spec.name: one for one in listed})

    def parse(self, asked: List, role: Role) -> Listing:
        """Parse `asked`.

        Raises:
            Refused: there is no such table, or this role may not list it.
            BadQuery: the table does not take the query, the time or the cursor.
        """
        table = self.by_name.get(asked.table)
        if table is None:
            near = difflib.get_close_matches(asked.table, self.by_name, 1)
            remedy = f"did you mean {near[0]}?" if near else f"tables: {', '.join(sorted(self.by_name))}"
            raise Refused(RefusalCode.NOT_FOUND, f"there is no table {asked.table!r}", remedy)
        if role < table.least:
            raise Refused(
                RefusalCode.NOT_PERMITTED,
                f"table {asked.table} is for role {table.least.name}, and this pairing has {role.name}",
                f"pair again with a ticket for {table.least.name}",
            )
        return Listing(table, parse(table.spec, asked.query, asked.as_of, asked.cursor, asked.limit))


def describe_tables(tables: Iterable[ListedTable], role: Role) -> Iterator[tuple[Cell, ...]]:
    """The rows of `gate.tables`: which keys each table that `role` may list takes, by name."""
    for table in sorted(tables, key=lambda one: one.spec.name):
        if role >= table.least:
            for key, takes, means in described_keys(table.spec):
                yield (table.spec.name, key, takes, means, table.least.name)


def described_keys(spec: TableSpec) -> Iterator[tuple[str, str, str]]:
    """The keys of a table, what they take and what they mean: its own keys, `all:`, plain words, the time."""
    for key in spec.keys:
        yield f"{key.name}:", "number" if spec.is_number(key.field) else "text", key.means
    yield f"{ALL}:", "", ALL_MEANS
    yield "words", "text", f"rows that have each of them in {', '.join(spec.searched)}"
    if spec.dated:
        yield "as_of", "time", "rows as they were known then"
