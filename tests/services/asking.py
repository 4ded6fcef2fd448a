"""Asks a service's table as the gate does: text is parsed by the table's own declaration."""

from totebox.service.contract import Page, Service, ServiceSpec
from totebox.service.query import parse
from totebox.service.table import TableSpec


def declared(spec: ServiceSpec, name: str) -> TableSpec:
    """The table `name` as its service declares it."""
    return next(table for table in spec.tables if table.name == name)


async def ask(
    service: Service, table: TableSpec, text: str = "", as_of: str = "", cursor: str = "", limit: int = 100
) -> Page:
    """One page of `table`."""
    return await service.tables()[table.name](parse(table, text, as_of, cursor, limit))


async def rows(service: Service, table: TableSpec, text: str = "", as_of: str = "") -> list[dict[str, object]]:
    """Its first rows, by column."""
    page = await ask(service, table, text, as_of)
    names = [column.name for column in page.table.columns]
    return [dict(zip(names, row, strict=True)) for row in page.table.rows]
