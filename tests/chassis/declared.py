"""Tables as the Totebox declares them: what a fake answers has the columns of the real ones."""

import importlib
from collections.abc import Iterable, Mapping, Sequence

from protocol.schema import Cell, Column, ColumnKind, Table
from totebox.gate.build import OWN_TABLES
from totebox.gate.tables import TABLES
from totebox.gate.views import FINDINGS, TICKET
from totebox.service.table import TableSpec
from totebox.services import ROSTER

SPECS: Mapping[str, TableSpec] = {
    spec.name: spec
    for spec in (
        *(spec for spec, _ in OWN_TABLES),
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
    return table_of(name, [dict(zip(given, row, strict=True)) for row in rows])


def table_of(name: str, rows: Iterable[Mapping[str, Cell]]) -> Table:
    """The table `name` with `rows`, each a mapping of columns to cells; the other columns are blank.

    Raises:
        AssertionError: the real table has no such column.
    """
    columns, found = COLUMNS[name], list(rows)
    strange = {key for row in found for key in row} - {column.name for column in columns}
    assert not strange, f"{name} has no such column: {sorted(strange)}"
    return Table(
        name, columns, tuple(tuple(row.get(each.name, _BLANK.get(each.kind)) for each in columns) for row in found)
    )
