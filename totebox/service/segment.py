"""The declaration of a CSV segment: its columns with their units. Lines, the README of a vault and tests read it."""

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class SegmentColumn:
    """One column. `unit` says how a cell is written (`index`, `text`, `characters` ...), `means` what it says."""

    name: str
    unit: str
    means: str


@dataclass(frozen=True)
class SegmentSpec:
    """Lines below `assets/<service>/<name>/`. `says` is what one line is."""

    service: str
    name: str
    says: str
    columns: tuple[SegmentColumn, ...]

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The names of the columns, in order: the first line of every file of the segment."""
        return tuple(column.name for column in self.columns)

    @property
    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """(column, unit, what it means), in order."""
        return tuple((column.name, column.unit, column.means) for column in self.columns)


def segment_columns(*rows: tuple[str, str, str]) -> tuple[SegmentColumn, ...]:
    """Columns from (name, unit, what it means)."""
    return tuple(SegmentColumn(*row) for row in rows)
