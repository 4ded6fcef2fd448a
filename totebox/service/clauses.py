"""The WHERE of an index's table for a query: placeholders and their values, never text of the query in the SQL."""

from collections.abc import Mapping

from protocol.schema import Cell
from totebox.service.query import Query
from totebox.service.table import Op, TableSpec

_OPS = {Op.IS: "{} = ?", Op.ABOVE: "{} > ?", Op.STARTS: r"{} like ? escape '\'"}


def clauses(
    spec: TableSpec,
    query: Query,
    names: Mapping[str, str],
    *,
    words: bool = True,
    skip: frozenset[tuple[str, Op]] = frozenset(),
) -> tuple[str, tuple[Cell, ...]]:
    """The tests of `query`, joined by `and`, with their values in order; `1` where it tests nothing.

    Args:
        names: the column of the index for each column of the table, where it is called otherwise.
        words: whether its words are tested here; full text tests them elsewhere.
        skip: the terms, by field and comparison, that the caller tests itself.
    """
    tests, values = ["1"], list[Cell]()
    for term in query.terms:
        if (term.field, term.op) not in skip:
            tests.append(_OPS[term.op].format(_name(term.field, names)))
            values.append(f"{escaped(str(term.value))}%" if term.op is Op.STARTS else term.value)
    if query.as_of:
        tests.append(f"{_name(spec.dated, names)} <= ?")
        values.append(query.as_of)
    for word in query.words if words else ():
        tests.append(f"({' or '.join(like(_name(column, names)) for column in spec.searched)})")
        values += [f"%{escaped(word)}%"] * len(spec.searched)
    return " and ".join(tests), tuple(values)


def like(column: str) -> str:
    """A test for a pattern whose own signs are `escaped`."""
    return _OPS[Op.STARTS].format(column)


def escaped(text: str) -> str:
    """`text` in a pattern as it stands: `%` and `_` are letters of it."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _name(column: str, names: Mapping[str, str]) -> str:
    return names.get(column, column)
