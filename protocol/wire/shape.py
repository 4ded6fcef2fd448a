"""Shapes of schema classes: a reader and a writer of each class, generated once as code from its type hints.

A reader turns plain values (tuples, ints, text, bytes, bools, None) into the class; a writer does the reverse. Both
enforce the same limits. `Wrong` says what does not fit, and the codec says whose fault that is.

The reader that is generated for `Cursor(epoch: bytes of 8, seq: u64)`:

    def convert(value):
        if type(value) is not tuple or len(value) != 2: raise no_struct(value)
        (v0, v1,) = value
        if type(v0) is not bytes or not 8 <= len(v0) <= 8: raise no_bytes(v0, 8, 8)
        if type(v1) is not int or not 0 <= v1 <= 18446744073709551615: raise no_int(v1, 0, 18446744073709551615)
        return make(v0, v1,)
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType
from typing import Annotated, cast, get_args, get_origin, get_type_hints

from protocol.schema import Table
from protocol.schema.numbers import MAX_BULK_BYTES, MAX_ITEMS, MAX_TEXT_BYTES
from protocol.schema.registry import Known, Size, Span

Convert = Callable[[object], object]


class Wrong(Exception):
    """A value that does not fit its type. The codec turns it into LocalProtocolError or RemoteProtocolError."""


_SCALARS = (NoneType, bool, int, str, bytes)
_CELLS = frozenset(_SCALARS)
_INT = Span(-(1 << 63), (1 << 64) - 1)
_STR = Size(0, MAX_TEXT_BYTES)
_BYTES = Size(0, MAX_BULK_BYTES)
_TUPLE = Size(0, MAX_ITEMS)


def read_struct(cls: type) -> Convert:
    """Generate the reader of `cls`, which raises `Wrong` for any value that is not exactly one of `cls`. Cost: one compilation."""
    hints = _hints(cls)
    code = _Code(cls, reading=True)
    each = [f"v{number}" for number in range(len(hints))]
    code.say(f"if type(value) is not tuple or len(value) != {len(hints)}: raise no_struct(value)")
    if each:
        code.say(f"({', '.join(each)},) = value")
    for name, hint in zip(each, hints.values(), strict=True):
        code.check(name, hint)
    made = f"make({', '.join(each)})"
    code.say(f"return settled({made})" if cls is Table else f"return {made}")
    return code.compiled()


def write_struct(cls: type) -> Convert:
    """Generate the writer of `cls`, which returns the tuple that the codec packs.

    Members of enums stay, since they pack as their values.
    """
    hints = _hints(cls)
    code = _Code(cls, reading=False)
    code.say("if type(value) is not make: raise no_instance(value)")
    if cls is Table:
        code.say("settled(value)")
    for number, (field, hint) in enumerate(hints.items()):
        code.say(f"v{number} = value.{field}")
        code.check(f"v{number}", hint)
    code.say(f"return ({''.join(f'v{number}, ' for number in range(len(hints)))})")
    return code.compiled()


class _Code:
    """The lines of one generated function, and the names that they use."""

    def __init__(self, cls: type, *, reading: bool) -> None:
        self._reading = reading
        self._indent = 1
        self._lines = ["def convert(value):"]
        self._scope: dict[str, object] = {
            "make": cls,
            "settled": _settled,
            "cells": _cells,
            "text": _text,
            "no_int": _no_int,
            "no_bool": _no_bool,
            "no_bytes": _no_bytes,
            "no_array": _no_array,
            "no_member": _no_member,
            "no_struct": lambda value: Wrong(f"{show(value)} is not the {len(_hints(cls))} fields of {cls.__name__}"),
            "no_instance": lambda value: Wrong(f"{show(value)} is no {cls.__name__}"),
        }

    def say(self, line: str) -> None:
        self._lines.append("    " * self._indent + line)

    def name(self, value: object) -> str:
        """Add `value` to the names of the code, and return its name."""
        word = f"known{len(self._scope)}"
        self._scope[word] = value
        return word

    def compiled(self) -> Convert:
        exec("\n".join(self._lines), self._scope)
        return cast(Convert, self._scope["convert"])

    def check(self, it: str, hint: object) -> None:
        """Add lines that check the variable `it` against its declared type and convert it in place.

        An unknown type is a bug in the schema.
        """
        limit: Size | Span | None = None
        if get_origin(hint) is Annotated:
            hint, *rest = get_args(hint)
            limit = next((each for each in rest if isinstance(each, (Size, Span))), None)
            known = next((each for each in rest if isinstance(each, Known)), None)
            if known is not None:
                assert hint is int and isinstance(limit, Span), f"{hint!r} is no int with a span"
                self._open(it, known, limit)
                return
        origin, arms = get_origin(hint), get_args(hint)
        size = limit if isinstance(limit, Size) else None
        if origin is tuple:
            self._many(it, arms[0], size or _TUPLE)
        elif origin is not None:
            inner = [arm for arm in arms if arm is not NoneType]
            assert len(inner) == 1 and len(arms) == 2, f"{hint!r} is no optional"
            self.say(f"if {it} is not None:")
            self._indent += 1
            self.check(it, Annotated[inner[0], limit] if limit else inner[0])
            self._indent -= 1
        else:
            self._plain(it, hint, limit, size)

    def _plain(self, it: str, hint: object, limit: Size | Span | None, size: Size | None) -> None:
        assert isinstance(hint, type), f"{hint!r} is no type of the wire"
        if hint is bool:
            self.say(f"if {it} is not True and {it} is not False: raise no_bool({it})")
        elif hint is int:
            span = limit if isinstance(limit, Span) else _INT
            bounds = f"{span.least}, {span.most}"
            self.say(
                f"if type({it}) is not int or not {span.least} <= {it} <= {span.most}: raise no_int({it}, {bounds})"
            )
        elif hint is bytes:
            room = size or _BYTES
            bounds = f"{room.least}, {room.most}"
            within = f"{room.least} <= len({it}) <= {room.most}"
            self.say(f"if type({it}) is not bytes or not {within}: raise no_bytes({it}, {bounds})")
        elif issubclass(hint, Enum):
            self._enum(it, hint)
        elif hint is str:
            room = size or _STR
            # A character has at most four bytes, so the bytes of a string are counted only near the limit.
            within = f"{room.least} <= len({it}) <= {room.most // 4}"
            self.say(f"if type({it}) is not str or not {within}: text({it}, {room.least}, {room.most})")
        else:
            inner = read_struct(hint) if self._reading else write_struct(hint)
            self.say(f"{it} = {self.name(inner)}({it})")

    def _enum(self, it: str, hint: type[Enum]) -> None:
        cls = self.name(hint)
        if not self._reading:
            self.say(f"if type({it}) is not {cls}: raise no_member({it}, {cls})")
            return
        members: dict[object, Enum] = {member.value: member for member in hint}
        plain = type(next(iter(members))).__name__
        self.say(f"member = {self.name(members)}.get({it}) if type({it}) is {plain} else None")
        self.say(f"if member is None: raise no_member({it}, {cls})")
        self.say(f"{it} = member")

    def _open(self, it: str, known: Known, limit: Span) -> None:
        """Add lines for an int of which some values are members of an enum: those are read as members; a writer accepts both."""
        cls = self.name(known.members)
        types = f"type({it}) is not int" + ("" if self._reading else f" and type({it}) is not {cls}")
        bounds = f"{limit.least}, {limit.most}"
        self.say(f"if {types} or not {limit.least} <= {it} <= {limit.most}: raise no_int({it}, {bounds})")
        if self._reading:
            members = {int(member): member for member in known.members}
            self.say(f"{it} = {self.name(members)}.get({it}, {it})")

    def _many(self, it: str, item: object, limit: Size) -> None:
        if set(get_args(item)) == set(_SCALARS):
            self.say(f"cells({it})")
            return
        within = f"{limit.least} <= len({it}) <= {limit.most}"
        self.say(f"if type({it}) is not tuple or not {within}: raise no_array({it}, {limit.least}, {limit.most})")
        made, one = f"{it}_made", f"{it}_one"
        self.say(f"{made} = []")
        self.say(f"for {one} in {it}:")
        self._indent += 1
        self.check(one, item)
        self.say(f"{made}.append({one})")
        self._indent -= 1
        self.say(f"{it} = tuple({made})")


def _cells(value: object) -> None:
    if type(value) is not tuple:
        raise Wrong(f"{show(value)} is not a row")
    for cell in value:
        if type(cell) not in _CELLS:
            raise Wrong(f"{show(cell)} is no cell")
        if type(cell) is int and not _INT.least <= cell <= _INT.most:
            raise Wrong("a cell's int has more than 64 bits")


def _text(value: object, least: int, most: int) -> None:
    """The exact check, where the quick one cannot decide: `value` is text of `least` to `most` bytes. Raises Wrong."""
    try:
        if type(value) is str and least <= len(value.encode()) <= most:
            return
    except UnicodeEncodeError as fault:
        raise Wrong("text with a lone surrogate") from fault
    raise Wrong(f"{show(value)} is not text of {least} to {most} bytes")


def _no_int(value: object, least: int, most: int) -> Wrong:
    return Wrong(f"{show(value)} is not an int from {least} to {most}")


def _no_bool(value: object) -> Wrong:
    return Wrong(f"{show(value)} is not a bool")


def _no_bytes(value: object, least: int, most: int) -> Wrong:
    return Wrong(f"{show(value)} is not {least} to {most} bytes")


def _no_array(value: object, least: int, most: int) -> Wrong:
    return Wrong(f"{show(value)} is not an array of {least} to {most} items")


def _no_member(value: object, cls: type) -> Wrong:
    return Wrong(f"{show(value)} is no {cls.__name__}")


def _settled(value: object) -> object:
    """Check that each row of a table has exactly one cell for each column, and that column names are unique. Raises Wrong."""
    assert isinstance(value, Table)
    width = len(value.columns)
    if len({column.name for column in value.columns}) != width:
        raise Wrong(f"table {show(value.name)} names a column twice")
    for row in value.rows:
        if len(row) != width:
            raise Wrong(f"table {show(value.name)} has {width} columns and a row of {len(row)} cells")
    return value


def _hints(cls: type) -> dict[str, object]:
    hints = get_type_hints(cls, include_extras=True)
    assert is_dataclass(cls)
    return {field.name: hints[field.name] for field in fields(cls)}


def show(value: object) -> str:
    """The beginning of a value, for an error message."""
    if isinstance(value, (tuple, dict)):
        return f"{type(value).__name__} of {len(value)}"
    if isinstance(value, (str, bytes)) and len(value) > 40:
        return f"{value[:40]!r}..."
    return repr(value)[:80]
