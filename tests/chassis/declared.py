"""Tables as the Totebox declares them: what a fake answers has the columns of the real ones."""

import importlib
from collections.abc import Mapping, Sequence

from protocol.schema import Cell, Column, ColumnKind, Table
from totebox.gate.build import OWN_TABLES
from totebox.gate.tables import TABLES
from totebox.gate.views import FINDINGS, TICKET
from totebox.service.table import TableSpec
from totebox.services import ROSTER

SPECS: Mapping[str, TableSpec] = {
    spec.name: spec
    for spec in (
        *OWN_TABLES,
        TABLES,
        *(spec for name in ROSTER for spec in importlib.import_module(f"totebox.services.{name}").SPEC.tables),
    )
}
"""Every table that can be listed, by name."""
COLUMNS: Mapping[str, tuple[Column, ...]] = {
    **{name: spec.columns for name, spec in SPECS.items()},
    "gate.ticket": TICKET,
    "vault.findings": FINDINGS,
}
"""The same, and tables that answer other verbs."""
_BLANK: Mapping[ColumnKind, Cell] = {
    ColumnKind.TEXT: "", ColumnKind.INT: 0, ColumnKind.BYTES: 0, ColumnKind.BOOL: False, ColumnKind.HASH: b"",
}  # fmt: skip


def declared(name: str, given: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    """The table `name` with `rows`, whose cells are of the columns `given`; the other columns are blank.

    Raises:
        AssertionError: the real table has no such column.
    """
    columns = COLUMNS[name]
    assert set(given) <= {column.name for column in columns}, f"{name} has no such column: {given}"
    cells = [dict(zip(given, row, strict=True)) for row in rows]
    whole = (tuple(row.get(column.name, _BLANK.get(column.kind)) for column in columns) for row in cells)
    return Table(name, columns, tuple(whole))
