"""How a dataclass becomes part of the wire schema: `@message`, `@arguments`, `@body`, `@struct`.

Each one freezes the class (slots) and records it under its number. Fields travel as a msgpack array in the
order in which they are declared. Allowed field types: int, bool, str, bytes, an IntEnum or StrEnum, another
schema class, `tuple[T, ...]`, `T | None`, and `Cell`. There are no floats on the wire: a value is an integer
with its unit in the name. Limits are stated with `Annotated[T, Size(...)]` or `Annotated[int, Span(...)]`.
"""

from collections.abc import Callable
from typing import TypeVar, dataclass_transform

from protocol.schema.numbers import Kind, Topic, Verb
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


U8 = Span(0, 0xFF)
U32 = Span(0, 0xFFFF_FFFF)
U64 = Span(0, 0xFFFF_FFFF_FFFF_FFFF)

MESSAGES: dict[Kind, type] = {}
ARGUMENTS: dict[Verb, type] = {}
BODIES: dict[Topic, type] = {}
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
def arguments(verb: Verb, *, since: int) -> Callable[[type[T]], type[T]]:
    """The arguments of a Command with `verb`."""

    def register(cls: type[T]) -> type[T]:
        frozen = value(cls)
        assert verb not in ARGUMENTS, f"{verb!r} is already {ARGUMENTS[verb].__name__}"
        ARGUMENTS[verb], SINCE[frozen] = frozen, since
        return frozen

    return register


@dataclass_transform(frozen_default=True)
def body(topic: Topic, *, since: int) -> Callable[[type[T]], type[T]]:
    """The body of Telemetry on `topic`."""

    def register(cls: type[T]) -> type[T]:
        frozen = value(cls)
        assert topic not in BODIES, f"{topic!r} is already {BODIES[topic].__name__}"
        BODIES[topic], SINCE[frozen] = frozen, since
        return frozen

    return register
