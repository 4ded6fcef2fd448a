"""The WHERE clause for a query to the SQLite table of an index: placeholders and their values. No text of the query is
put into the SQL.
"""

from collections.abc import Mapping

from protocol.schema import Cell
from protocol.schema.numbers import Op
from totebox.service.query import Query
from totebox.service.table import TableSpec

_OPS = {Op.IS: "{} = ?", Op.ABOVE: "{} > ?", Op.STARTS: r"{} like ? escape '\'"}


def clauses(
    spec: TableSpec,
    query: Query,
    names: Mapping[str, str],
    *,
    words: bool = True,
    skip: frozenset[tuple[str, Op]] = frozenset(),
) -> tuple[str, tuple[Cell, ...]]:
    """The tests of `query`, joined by `and`, with their values in order; `1` where the query tests nothing.

    Args:
        names: the column of the index for each column of the table that has another name there.
        words: whether the plain words are tested here; full text tests them elsewhere.
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
    """A LIKE test for a pattern whose special characters are `escaped`."""
    return _OPS[Op.STARTS].format(column)


def escaped(text: str) -> str:
    """`text` for use in a LIKE pattern, where `%` and `_` stand for themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _name(column: str, names: Mapping[str, str]) -> str:
    return names.get(column, column)
