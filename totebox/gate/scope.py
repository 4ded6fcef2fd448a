"""What a capability's scope permits. The arguments are judged before a command, the rows of its answer after it.

The verb's row says which arguments count (`protocol.schema.verbs.Reach`).

Law: a range of rows means rows of the record log. A table is narrowed by its `index` column; a table without that
column has no row inside a range. Rows and columns outside the scope are not sent, and no query may use them: a search
could find what is hidden. Bytes and leaves have no columns, so a scope with columns reads none. The scope's typed terms
are added to the query, so that the table searches only the rows inside. A table that cannot be asked by one of them is
outside, and so is every record that a command names by its index: an index says nothing of the row.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

from protocol.schema import Arguments, List, Reach, Receipt, Refusal, Rows, Table
from protocol.schema.numbers import Log, RefusalCode
from protocol.schema.table import ColumnKind
from protocol.schema.terms import term_text
from protocol.trust.capability import Scope
from totebox.gate.call import Call
from totebox.gate.door import Reply
from totebox.gate.idempotency import Answer
from totebox.gate.refusal import Refused
from totebox.gate.tables import Listing
from totebox.service.query import agrees
from totebox.vault.api import LeafIndex, Reader

MAX_PAGES = 64
"""The most pages that one LIST searches for rows inside the scope; the cursor continues after them."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """A Reply whose streams end when the capability ends: `check` is called before each piece and raises Refused."""

    reply: Reply
    check: Callable[[], None]

    async def receipt(self, receipt: Receipt) -> None:
        await self.reply.receipt(receipt)

    async def rows(self, rows: Rows) -> None:
        await self.reply.rows(rows)

    async def refuse(self, refusal: Refusal) -> None:
        await self.reply.refuse(refusal)

    async def part(self, offset: int, data: bytes, last: bool) -> None:
        self.check()
        await self.reply.part(offset, data, last)

    async def chunks(self, offset: int, size: int) -> AsyncIterator[bytes]:
        async for piece in self.reply.chunks(offset, size):
            self.check()
            yield piece


async def admit(call: Call, scope: Scope, vault: Reader) -> None:
    """Refuse what the scope does not hold, before anything is done.

    Raises:
        Refused: says what is outside.
    """
    await hold(call.verb.reach, call.arguments, scope, vault, call.listing)


async def hold(reach: Reach, arguments: Arguments, scope: Scope, vault: Reader, listing: Listing | None = None) -> None:
    """Refuse what `arguments` reach outside of `scope`: the verb's row says which of them count.

    `listing` is what a LIST asks for, parsed.

    Raises:
        Refused: says what is outside.
    """
    if reach.everything:
        _hold(scope.is_whole, reach.everything)
    if reach.formless:
        _hold(
            not scope.columns,
            f"{reach.formless} cannot be told apart by columns, and this capability is for some columns alone",
        )
        _hold(
            not scope.terms,
            f"{reach.formless} cannot be judged by {_terms(scope)}, and this capability is for rows that agree with that",
        )
    if reach.table:
        assert listing is not None, "the gate parses what a LIST asks for before it judges it"
        _hold_list(listing, scope)
    for service in (reach.owner, getattr(arguments, reach.service) if reach.service else ""):
        _hold(not service or scope.holds_service(service), f"the service {service} is outside")
    index: int | None = getattr(arguments, reach.entry) if reach.entry else None
    ground: int | None = getattr(arguments, reach.ground) if reach.ground else None
    _hold(
        not scope.terms or (index is None and ground is None),
        f"a record by its index cannot be judged by {_terms(scope)}, and this capability is for rows that agree with that",
    )
    _hold(
        ground is None or scope.holds_row(ground),
        f"record {ground} is outside this capability: rows {scope.first_row} to {scope.last_row}",
    )
    if index is not None:
        await _hold_entry(getattr(arguments, reach.log) if reach.log else Log.RECORDS, index, scope, vault)


async def carry(call: Call, scope: Scope, handler: Callable[[Call], Awaitable[Answer]]) -> Answer:
    """Carry out the command. Of a table, only the part inside the scope is sent."""
    if call.listing is not None:
        call = replace(call, listing=call.listing.within(scope.terms))
    answer = await handler(call)
    if not isinstance(call.arguments, List) or not isinstance(answer, Rows):
        return answer
    _hold(
        scope.has_all_rows or _index_column(answer.table) is not None,
        f"the rows of {answer.table.name} are not rows of the record log, and this capability is for some of those",
    )
    for _ in range(MAX_PAGES):
        answer = replace(answer, table=inside(answer.table, scope))
        if answer.table.rows or not answer.more:
            return answer
        assert call.listing is not None
        onward = replace(call, listing=call.listing.onward(answer.cursor))
        following = await handler(onward)
        assert isinstance(following, Rows)
        answer = following
    return replace(answer, table=inside(answer.table, scope))


def inside(table: Table, scope: Scope) -> Table:
    """The rows and columns of `table` that the scope holds."""
    rows = table.rows
    if not scope.has_all_rows:
        place = _index_column(table)
        rows = tuple(row for row in rows if place is not None and _in_range(row[place], scope))
    for term in scope.terms:
        places = [at for at, column in enumerate(table.columns) if column.name == term.field]
        rows = tuple(row for row in rows if all(agrees(row[at], term.op, term.value) for at in places))
    if scope.columns:
        places = [at for at, column in enumerate(table.columns) if scope.holds_column(column.name)]
        columns = tuple(table.columns[at] for at in places)
        return Table(table.name, columns, tuple(tuple(row[at] for at in places) for row in rows))
    return Table(table.name, table.columns, rows)


def _index_column(table: Table) -> int | None:
    kinds = [(at, column) for at, column in enumerate(table.columns) if column.name == "index"]
    return next((at for at, column in kinds if column.kind is ColumnKind.INDEX), None)


def _in_range(cell: object, scope: Scope) -> bool:
    return isinstance(cell, int) and not isinstance(cell, bool) and scope.holds_row(cell)


def _hold_list(listing: Listing, scope: Scope) -> None:
    table = listing.table.spec.name
    service = table.partition(".")[0]
    _hold(scope.holds_service(service), f"table {table} is outside this capability, which is for {scope.service}")
    for term in scope.terms:
        _hold(
            listing.table.spec.takes(term),
            f"table {table} cannot be asked by {term_text(term)}, and this capability is for rows that agree with that",
        )
    narrow = bool(scope.columns) or not scope.has_all_rows
    _hold(
        not (narrow and listing.query.searches_beyond(scope.terms)),
        "a search would find what this capability hides; ask by index:N or for all",
    )


async def _hold_entry(log: Log, index: int, scope: Scope, vault: Reader) -> None:
    if log is Log.AUDIT:
        _hold(scope.has_all_rows and scope.holds_service("audit"), "the audit log is outside this capability")
        return
    _hold(
        scope.holds_row(index), f"record {index} is outside this capability: rows {scope.first_row} to {scope.last_row}"
    )
    if scope.service:
        found = await vault.entries(Log.RECORDS, LeafIndex(index), 1)
        within = bool(found) and scope.holds_service(found[0].service)
        _hold(within, f"record {index} is outside this capability, which is for {scope.service}")


def _terms(scope: Scope) -> str:
    return " ".join(map(term_text, scope.terms))


def _hold(holds: bool, reason: str) -> None:
    if not holds:
        raise Refused(RefusalCode.NOT_PERMITTED, reason, "ask its holder for a wider one")
