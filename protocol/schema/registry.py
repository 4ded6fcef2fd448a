"""How a dataclass becomes part of the wire schema: `@message`, `@arguments`, `@body`, `@struct`.

Each one freezes the class (slots). A message is recorded under its number here; which verb a class of arguments
belongs to stands in `protocol.schema.verbs`, which topic a body in `protocol.schema.topics`. Fields travel as a msgpack array in the
order in which they are declared. Allowed field types: int, bool, str, bytes, an IntEnum or StrEnum, another
schema class, `tuple[T, ...]`, `T | None`, and `Cell`. There are no floats on the wire: a value is an integer
with its unit in the name. Limits are stated with `Annotated[T, Size(...)]` or `Annotated[int, Span(...)]`. An int that names
members of an enumeration and may have a value that this program does not know yet is `Annotated[int, Span(...), Known(...)]`.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import TypeVar, dataclass_transform

from protocol.schema.numbers import Kind
from protocol.values import dataclass, value

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Size:
    """Smallest and largest length: bytes of a bytes or (UTF-8) str, items of a tuple."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Span:
    """Smallest and largest value of an int."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Known:
    """Of an int: those that are values of `members` are read as members; others stay plain ints, for the reader to refuse."""

    members: type[IntEnum]


class Arguments:
    """What a Command carries for its verb. Each class of arguments stands in one row of `protocol.schema.verbs.VERBS`."""

    __slots__ = ()


U8 = Span(0, 0xFF)
U32 = Span(0, 0xFFFF_FFFF)
U64 = Span(0, 0xFFFF_FFFF_FFFF_FFFF)

MESSAGES: dict[Kind, type] = {}
SINCE: dict[type, int] = {}


@dataclass_transform(frozen_default=True)
def struct(cls: type[T]) -> type[T]:
    """A value that travels inside others and has no number of its own."""
    return value(cls)


@dataclass_transform(frozen_default=True)
def message(kind: Kind, *, since: int) -> Callable[[type[T]], type[T]]:
    """A message of `kind`, known since protocol version `since`."""

    def register(cls: type[T]) -> type[T]:
        frozen = value(cls)
        assert kind not in MESSAGES, f"{kind!r} is already {MESSAGES[kind].__name__}"
        MESSAGES[kind], SINCE[frozen] = frozen, since
        return frozen

    return register


@dataclass_transform(frozen_default=True)
def arguments(*, since: int) -> Callable[[type[T]], type[T]]:
    """The arguments of a Command, known since protocol version `since`; the class is one of `Arguments`."""

    def register(cls: type[T]) -> type[T]:
        assert issubclass(cls, Arguments), f"{cls.__name__} is no class of Arguments"
        frozen = value(cls)
        SINCE[frozen] = since
        return frozen

    return register


@dataclass_transform(frozen_default=True)
def body(*, since: int) -> Callable[[type[T]], type[T]]:
    """The body of Telemetry on a topic, known since protocol version `since`."""

    def register(cls: type[T]) -> type[T]:
        frozen = value(cls)
        SINCE[frozen] = since
        return frozen

    return register
