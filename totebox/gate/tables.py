"""Which tables can be listed, and by whom."""

import difflib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from protocol.schema import List
from protocol.schema.numbers import RefusalCode, Role
from totebox.gate.door import Peer
from totebox.gate.refused import Refused
from totebox.service.contract import Page, Query, TableReader

PeerReader = Callable[[Query, Peer], Awaitable[Page]]


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table's reader and the least role that may list it; `read_as` instead, where what is shown depends on who asks."""

    least: Role
    read: TableReader | None
    read_as: PeerReader | None = None


@dataclass(frozen=True, slots=True)
class Tables:
    """Every table of the Totebox by full name."""

    by_name: Mapping[str, TableSpec]

    async def list(self, asked: List, peer: Peer) -> Page:
        """One page of the table that is asked for.

        Raises:
            Refused: no such table, or not for this role.
        """
        spec, role = self.by_name.get(asked.table), peer.pairing.role
        if spec is None:
            near = difflib.get_close_matches(asked.table, self.by_name, 1)
            remedy = f"did you mean {near[0]}?" if near else f"tables: {', '.join(sorted(self.by_name))}"
            raise Refused(RefusalCode.NOT_FOUND, f"there is no table {asked.table!r}", remedy)
        if role < spec.least:
            raise Refused(
                RefusalCode.NOT_PERMITTED,
                f"table {asked.table} is for role {spec.least.name}, and this pairing has {role.name}",
                f"pair again with a ticket for {spec.least.name}",
            )
        query = Query(asked.query, asked.as_of, asked.cursor, asked.limit)
        if spec.read_as is not None:
            return await spec.read_as(query, peer)
        assert spec.read is not None, f"table {asked.table} has no reader"
        return await spec.read(query)
