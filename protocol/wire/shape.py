"""What a schema class's fields must be: checkers compiled once a class from its type hints.

A reader turns plain values (tuples, ints, text, bytes, bools, None) into the class; a writer does the reverse. Both
enforce the same limits; `Wrong` says what did not fit, and the codec says whose fault that is.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType
from typing import Annotated, cast, get_args, get_origin, get_type_hints

from protocol.schema import Table
from protocol.schema.numbers import MAX_BULK_BYTES, MAX_ITEMS, MAX_TEXT_BYTES
from protocol.schema.registry import Size, Span

Convert = Callable[[object], object]


class Wrong(Exception):
    """A value that does not fit its type; the public functions turn it into whose fault it is."""


_SCALARS = (NoneType, bool, int, str, bytes)
_CELLS = frozenset(_SCALARS)
_INT = Span(-(1 << 63), (1 << 64) - 1)
_STR = Size(0, MAX_TEXT_BYTES)
_BYTES = Size(0, MAX_BULK_BYTES)
_TUPLE = Size(0, MAX_ITEMS)


def _int(limit: Span) -> Convert:
    least, most = limit.least, limit.most

    def check(value: object) -> object:
        if type(value) is int and least <= value <= most:
            return value
        raise Wrong(f"{show(value)} is not an int from {least} to {most}")

    return check


def _bool(value: object) -> object:
    if value is True or value is False:
        return value
    raise Wrong(f"{show(value)} is not a bool")


def _none(value: object) -> object:
    if value is None:
        return value
    raise Wrong(f"{show(value)} is not nil")


def _bytes(limit: Size) -> Convert:
    least, most = limit.least, limit.most

    def check(value: object) -> object:
        if type(value) is bytes and least <= len(value) <= most:
            return value
        raise Wrong(f"{show(value)} is not {least} to {most} bytes")

    return check


def _str(limit: Size) -> Convert:
    least, most = limit.least, limit.most

    def check(value: object) -> object:
        # A string has at most four bytes a character: only one near the limit must be counted.
        if type(value) is str:
            if least <= len(value) <= most // 4:
                return value
            try:
                if least <= len(value.encode()) <= most:
                    return value
            except UnicodeEncodeError as fault:
                raise Wrong("text with a lone surrogate") from fault
        raise Wrong(f"{show(value)} is not text of {least} to {most} bytes")

    return check


def _read_enum(cls: type[Enum]) -> Convert:
    members: dict[object, Enum] = {member.value: member for member in cls}
    plain = type(next(iter(members)))

    def check(value: object) -> object:
        if type(value) is plain and value in members:
            return members[value]
        raise Wrong(f"{show(value)} is no {cls.__name__}")

    return check


def _write_enum(cls: type[Enum]) -> Convert:
    def check(value: object) -> object:
        if isinstance(value, cls):
            return cast(object, value.value)
        raise Wrong(f"{show(value)} is no {cls.__name__}")

    return check


def _many(item: Convert, limit: Size) -> Convert:
    least, most = limit.least, limit.most

    def check(value: object) -> object:
        if type(value) is tuple and least <= len(value) <= most:
            return tuple([item(each) for each in value])
        raise Wrong(f"{show(value)} is not an array of {least} to {most} items")

    return check


def _cells(value: object) -> object:
    if type(value) is not tuple:
        raise Wrong(f"{show(value)} is not a row")
    for cell in value:
        if type(cell) not in _CELLS:
            raise Wrong(f"{show(cell)} is no cell")
        if type(cell) is int and not _INT.least <= cell <= _INT.most:
            raise Wrong("a cell's int has more than 64 bits")
    return value


def _optional(inner: Convert) -> Convert:
    def check(value: object) -> object:
        return None if value is None else inner(value)

    return check


def read_struct(cls: type) -> Convert:
    readers = tuple(_compile(hint, reading=True) for hint in _hints(cls).values())
    count = len(readers)
    make: Callable[..., object] = cls
    settle = _settle_table if cls is Table else None

    def read(value: object) -> object:
        if type(value) is not tuple or len(value) != count:
            raise Wrong(f"{show(value)} is not the {count} fields of {cls.__name__}")
        made = make(*[each(item) for each, item in zip(readers, value)])  # noqa: B905  the lengths are equal
        if settle is not None:
            settle(made)
        return made

    return read


def write_struct(cls: type) -> Convert:
    writers = tuple((name, _compile(hint, reading=False)) for name, hint in _hints(cls).items())
    settle = _settle_table if cls is Table else None

    def write(value: object) -> object:
        if type(value) is not cls:
            raise Wrong(f"{show(value)} is no {cls.__name__}")
        if settle is not None:
            settle(value)
        return tuple([check(getattr(value, name)) for name, check in writers])

    return write


def _settle_table(value: object) -> None:
    """Every row has exactly one cell a column, and column names are unique."""
    assert isinstance(value, Table)
    width = len(value.columns)
    if len({column.name for column in value.columns}) != width:
        raise Wrong(f"table {show(value.name)} names a column twice")
    for row in value.rows:
        if len(row) != width:
            raise Wrong(f"table {show(value.name)} has {width} columns and a row of {len(row)} cells")


def _hints(cls: type) -> dict[str, object]:
    hints = get_type_hints(cls, include_extras=True)
    assert is_dataclass(cls)
    return {field.name: hints[field.name] for field in fields(cls)}


def _compile(hint: object, *, reading: bool) -> Convert:
    """The checker of one declared type. Runs once a class; whatever it cannot name is a bug in the schema."""
    limit: Size | Span | None = None
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        limit = next((each for each in rest if isinstance(each, (Size, Span))), None)
    origin, arms = get_origin(hint), get_args(hint)
    size = limit if isinstance(limit, Size) else None
    if origin is tuple:
        if set(get_args(arms[0])) == set(_SCALARS):
            return _cells
        return _many(_compile(arms[0], reading=reading), size or _TUPLE)
    if origin is not None:
        inner = [arm for arm in arms if arm is not NoneType]
        assert len(inner) == 1 and len(arms) == 2, f"{hint!r} is no optional"
        return _optional(_compile(inner[0], reading=reading))
    return _compile_plain(hint, limit, reading=reading)


def _compile_plain(hint: object, limit: Size | Span | None, *, reading: bool) -> Convert:
    assert isinstance(hint, type), f"{hint!r} is no type of the wire"
    size = limit if isinstance(limit, Size) else None
    if hint is bool:
        return _bool
    if hint is int:
        return _int(limit if isinstance(limit, Span) else _INT)
    if hint is bytes:
        return _bytes(size or _BYTES)
    if issubclass(hint, Enum):
        return _read_enum(hint) if reading else _write_enum(hint)
    if hint is str:
        return _str(size or _STR)
    return read_struct(hint) if reading else write_struct(hint)


def show(value: object) -> str:
    """A value for an error message: bounded, and never more than its beginning."""
    if isinstance(value, (tuple, dict)):
        return f"{type(value).__name__} of {len(value)}"
    if isinstance(value, (str, bytes)) and len(value) > 40:
        return f"{value[:40]!r}..."
    return repr(value)[:80]
