"""The declaration of a table: its columns, the keys that a query may use, what plain words search, and whether it has a
past.

Law: all tables take the same grammar (`totebox.service.query`). `all:` is a key of every table; a table whose rows are
entries of a log (it has a column `index` of that kind) has the keys `index:` and `after:` as well. A table adds keys of
its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from protocol.schema import Column, ColumnKind
from protocol.schema.numbers import Op
from protocol.schema.terms import Term

ALL = "all"
ALL_MEANS = "rows that are left out otherwise, such as superseded versions, too"
ENTRIES = frozenset({ColumnKind.INDEX, ColumnKind.AUDIT_INDEX})
_NUMBERS = ENTRIES | {ColumnKind.INT, ColumnKind.BYTES}


@dataclass(frozen=True, slots=True)
class Key:
    """`name:VALUE` in a query: rows whose `column` (the one called `name` where it is '') agrees with VALUE by `op`.

    `means` completes "rows ..." in the list of keys. `written` brings a value into the form in which the column holds
    it (`str.lower` where that is lower case). `needed`: without this key the query has no answer.
    """

    name: str
    means: str
    column: str = ""
    op: Op = Op.IS
    written: Callable[[str], str] = str
    needed: bool = False

    @property
    def field(self) -> str:
        """The column that the key tests."""
        return self.column or self.name


INDEX = Key("index", "about entry N, also where it is superseded")
AFTER = Key("after", "of entries above N", "index", Op.ABOVE)


@dataclass(frozen=True, slots=True)
class TableSpec:
    """The declaration of one table.

    `own` are the keys that it has beside those of every table (one of the same name replaces it); `searched` names the
    columns that plain words search; `dated` is the column of the time from which a row is known, '' where the table
    shows the present alone.
    """

    name: str
    columns: tuple[Column, ...]
    own: tuple[Key, ...] = ()
    searched: tuple[str, ...] = ()
    dated: str = ""

    @property
    def keys(self) -> tuple[Key, ...]:
        """Every key but `all:`, in the order in which they are listed."""
        named = {key.name for key in self.own}
        common = (INDEX, AFTER) if self.of_entries else ()
        return (*(key for key in common if key.name not in named), *self.own)

    @property
    def of_entries(self) -> bool:
        """Whether its rows are entries of a log."""
        return any(column.name == "index" and column.kind in ENTRIES for column in self.columns)

    def takes(self, term: Term) -> bool:
        """Whether one of its keys asks what `term` says."""
        asked = any((key.field, key.op) == (term.field, term.op) for key in self.keys)
        return asked and isinstance(term.value, int) is self.is_number(term.field)

    def place(self, column: str) -> int:
        """The position of `column` in a row.

        Raises:
            ValueError: the table has no such column.
        """
        return [each.name for each in self.columns].index(column)

    def is_number(self, column: str) -> bool:
        """Whether a term about `column` takes a number."""
        return any(each.name == column and each.kind in _NUMBERS for each in self.columns)
