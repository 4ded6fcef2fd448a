"""Tables of the protocol, read by column name. They are untrusted: a missing column or a cell of another kind gives a
default.
"""

from collections.abc import Iterator, Mapping

from protocol.schema import Cell, Table
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table, by column name."""

    _cells: tuple[Cell, ...]
    _places: Mapping[str, int]

    def __getitem__(self, name: str) -> Cell:
        """The cell; None where the table has no such column."""
        place = self._places.get(name)
        return None if place is None else self._cells[place]

    def text(self, name: str) -> str:
        """A text cell; '' where there is none."""
        cell = self[name]
        return cell if isinstance(cell, str) else ""

    def number(self, name: str) -> int | None:
        """An integer cell."""
        cell = self[name]
        return cell if isinstance(cell, int) and not isinstance(cell, bool) else None

    def count(self, name: str) -> int:
        """An integer cell; 0 where there is none."""
        return self.number(name) or 0

    def flag(self, name: str) -> bool:
        """A bool cell; False where there is none."""
        return self[name] is True

    def data(self, name: str) -> bytes:
        """A bytes cell; b'' where there is none."""
        cell = self[name]
        return cell if isinstance(cell, bytes) else b""

    def as_dict(self) -> dict[str, Cell]:
        return {name: self._cells[place] for name, place in self._places.items()}


def records(table: Table) -> Iterator[Record]:
    """The rows of `table`, by column name. Rows whose cells do not match the columns are left out."""
    places = {column.name: place for place, column in enumerate(table.columns)}
    width = len(table.columns)
    return (Record(cells, places) for cells in table.rows if len(cells) == width)


def first(table: Table) -> Record | None:
    """The first row of `table`."""
    return next(records(table), None)
