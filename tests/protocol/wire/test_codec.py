"""The codec: one value, one encoding; any other bytes are a RemoteProtocolError and nothing else."""

import contextlib
import time
import tracemalloc
from dataclasses import fields
from enum import Enum
from types import NoneType
from typing import Annotated, get_args, get_origin, get_type_hints

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import LocalProtocolError, RemoteProtocolError
from protocol.schema import (
    ARGUMENTS,
    BODIES,
    MESSAGES,
    Ack,
    Bye,
    Chunk,
    Column,
    ColumnKind,
    Cursor,
    List,
    Ping,
    Pong,
    Refusal,
    Rows,
    Table,
    Telemetry,
)
from protocol.schema.numbers import MAX_BULK_BYTES, MAX_ITEMS, RefusalCode, Topic, Verb
from protocol.schema.registry import Size, Span
from protocol.wire.codec import MAX_MESSAGE_BYTES, decode, decode_args, decode_body, encode, encode_args, encode_body

CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 63), (1 << 64) - 1),
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.binary(max_size=8),
)


def tables() -> st.SearchStrategy[Table]:
    """Tables whose rows fit their columns."""
    names = st.lists(st.sampled_from("abcdefgh"), max_size=4, unique=True)

    def filled(chosen: list[str]) -> st.SearchStrategy[Table]:
        columns = tuple(Column(name, ColumnKind.TEXT, "") for name in chosen)
        rows = st.lists(st.tuples(*[CELLS] * len(chosen)), max_size=4).map(tuple)
        return rows.map(lambda made: Table("a.b", columns, made))

    return names.flatmap(filled)


def values(hint: object) -> st.SearchStrategy[object]:
    """Values that the declared type allows."""
    limit: object = None
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        limit = next((each for each in rest if isinstance(each, Size | Span)), None)
    if hint is Table:
        return tables()
    if get_origin(hint) is tuple:
        most = min(limit.most if isinstance(limit, Size) else 3, 3)
        least = limit.least if isinstance(limit, Size) else 0
        return st.lists(values(get_args(hint)[0]), min_size=least, max_size=max(least, most)).map(tuple)
    if get_origin(hint) is not None:
        return st.one_of([st.none() if arm is NoneType else values(arm) for arm in get_args(hint)])
    assert isinstance(hint, type)
    return _plain(hint, limit)


def _plain(hint: type, limit: object) -> st.SearchStrategy[object]:
    least, most = (limit.least, limit.most) if isinstance(limit, Size | Span) else (0, 40)
    if hint is bool:
        return st.booleans()
    if hint is int:
        return st.integers(least, most)
    if hint is bytes:
        return st.binary(min_size=least, max_size=max(least, min(most, 40)))
    if issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    if hint is str:
        return st.text(st.characters(codec="ascii"), min_size=least, max_size=max(least, min(most, 40)))
    return instances(hint)


def instances(cls: type) -> st.SearchStrategy[object]:
    hints = get_type_hints(cls, include_extras=True)
    return st.builds(cls, **{field.name: values(hints[field.name]) for field in fields(cls)})


@pytest.mark.parametrize("cls", MESSAGES.values(), ids=lambda cls: cls.__name__)
def test_every_message_comes_back(cls: type) -> None:
    """encode then decode gives the same message, and encoding again the same bytes."""

    @settings(max_examples=25, deadline=None)
    @given(instances(cls))
    def holds(message) -> None:
        data = encode(message)
        assert decode(data) == message and encode(decode(data)) == data

    holds()


@pytest.mark.parametrize("cls", ARGUMENTS.values(), ids=lambda cls: cls.__name__)
def test_all_arguments_come_back(cls: type) -> None:
    """The arguments of every verb survive the wire under their verb."""

    @settings(max_examples=25, deadline=None)
    @given(instances(cls))
    def holds(arguments) -> None:
        assert decode_args(*encode_args(arguments)) == arguments

    holds()


@pytest.mark.parametrize("cls", BODIES.values(), ids=lambda cls: cls.__name__)
def test_all_bodies_come_back(cls: type) -> None:
    """The body of every topic survives the wire under its topic."""

    @settings(max_examples=25, deadline=None)
    @given(instances(cls))
    def holds(body) -> None:
        assert decode_body(*encode_body(body)) == body

    holds()


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_an_error(data: bytes) -> None:
    """Whatever arrives: a message whose encoding it is, or RemoteProtocolError."""
    try:
        message = decode(data)
    except RemoteProtocolError:
        return
    assert encode(message) == data


@settings(max_examples=300, deadline=None)
@given(instances(Rows), st.data())
def test_changed_bytes_are_a_message_or_an_error(message: Rows, data: st.DataObject) -> None:
    """A message with one byte changed, lost or added is another message or an error."""
    good = encode(message)
    at = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.binary(max_size=2))
    bad = good[:at] + byte + good[at + 1 :]
    with contextlib.suppress(RemoteProtocolError):
        assert encode(decode(bad)) == bad


def kind_and(cls: type, packed: bytes) -> bytes:
    return bytes((next(kind for kind, each in MESSAGES.items() if each is cls),)) + packed


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("nothing", b""),
        ("kind 0", b"\x00\x90"),
        ("an unknown kind", b"\x7f\x90"),
        ("no body", b"\x06"),
        ("int in two bytes", kind_and(Ping, b"\x91\xcc\x04")),
        ("int in nine bytes", kind_and(Ping, b"\x91\xcf" + bytes(7) + b"\x04")),
        ("signed int where unsigned fits", kind_and(Ping, b"\x91\xd0\x04")),
        ("array in three bytes", kind_and(Ping, b"\xdc\x00\x01\x04")),
        ("array in five bytes", kind_and(Ping, b"\xdd\x00\x00\x00\x01\x04")),
        ("trailing byte", kind_and(Ping, b"\x91\x04\x00")),
        ("trailing array", kind_and(Ping, b"\x91\x04\x90")),
        ("cut off", kind_and(Ping, b"\x91")),
        ("a float", kind_and(Ping, msgpack.packb([1.0]))),
        ("NaN", kind_and(Ping, msgpack.packb([float("nan")]))),
        ("bool for int", kind_and(Ping, msgpack.packb([True]))),
        ("nil for int", kind_and(Ping, msgpack.packb([None]))),
        ("negative", kind_and(Ping, msgpack.packb([-1]))),
        ("above u32", kind_and(Ping, msgpack.packb([1 << 32]))),
        ("a map", kind_and(Ping, msgpack.packb([{}]))),
        ("a map as message", kind_and(Ping, b"\x80")),
        ("a filled map", kind_and(Ping, msgpack.packb({"n": 1}))),
        ("an extension", kind_and(Ping, msgpack.packb([msgpack.ExtType(5, b"x")]))),
        ("a timestamp", kind_and(Ping, msgpack.packb([msgpack.Timestamp(1, 0)]))),
        ("never-used byte", kind_and(Ping, b"\x91\xc1")),
        ("a field too many", kind_and(Ping, msgpack.packb([1, 2]))),
        ("a field too few", kind_and(Ack, msgpack.packb([1]))),
        ("fields of an empty message", kind_and(Bye, msgpack.packb([1]))),
        ("int for bool", kind_and(Chunk, msgpack.packb([1, 0, b"", 1]))),
        ("text for bytes", kind_and(Chunk, msgpack.packb([1, 0, "", True]))),
        ("bytes beyond the bulk limit", kind_and(Chunk, msgpack.packb([1, 0, bytes(MAX_BULK_BYTES + 1), True]))),
        ("no such refusal code", kind_and(Refusal, msgpack.packb([1, 200, "", ""]))),
        ("bool as enum", kind_and(Refusal, msgpack.packb([1, True, "", ""]))),
        ("bytes for text", kind_and(Refusal, msgpack.packb([1, 1, b"", ""]))),
        ("text that is not UTF-8", kind_and(Refusal, b"\x94\x01\x01\xa1\xff\xa0")),
        ("a surrogate in UTF-8", kind_and(Refusal, b"\x94\x01\x01\xa3\xed\xa0\x80\xa0")),
        ("a row too wide", kind_and(Rows, msgpack.packb([1, ["a.b", [["x", "text", ""]], [[1, 2]]], "", False]))),
        ("a row too narrow", kind_and(Rows, msgpack.packb([1, ["a.b", [["x", "text", ""]], [[]]], "", False]))),
        (
            "a column named twice",
            kind_and(Rows, msgpack.packb([1, ["a", [["x", "text", ""], ["x", "text", ""]], []], "", False])),
        ),
        ("an array as cell", kind_and(Rows, msgpack.packb([1, ["a", [["x", "text", ""]], [[[]]]], "", False]))),
        ("a float as cell", kind_and(Rows, msgpack.packb([1, ["a", [["x", "text", ""]], [[0.5]]], "", False]))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refused(what: str, data: bytes) -> None:
    """Whatever is not the one encoding of a typed message is refused."""
    with pytest.raises(RemoteProtocolError):
        decode(data)


BOMBS = {
    "nested one-item arrays": b"\x91" * 65_000,
    "nested arrays that promise 4,096 items each": b"\xdc\x10\x00" * 20_000,
    "the same behind harmless bytes": b"\xdc\x10\x00" * 60 + b"\x91" * 60_000,
    "an array of 4 thousand million items": b"\xdd\xff\xff\xff\xff",
    "a string of 4 GiB": b"\x91\xdb\xff\xff\xff\xff",
    "bytes of 4 GiB": b"\x91\xc6\xff\xff\xff\xff",
    "a map of 4 thousand million pairs": b"\x91\xdf\xff\xff\xff\xff",
    "4,095 empty maps": b"\xdc\x0f\xff" + b"\x80" * 4_095,
    "full arrays of full arrays": (b"\xdc\x0f\xff" + b"\x01" * 4_095) * 15,
    "a long row of empty arrays": b"\xdc\x10\x00" + b"\x90" * 4_096,
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS.keys())
def test_bomb_is_cheap(data: bytes) -> None:
    """A hostile frame costs a moment of computing and a few megabytes, then the session."""
    begun = time.thread_time()
    with pytest.raises(RemoteProtocolError):
        decode(b"\x83" + data[:MAX_MESSAGE_BYTES])
    assert time.thread_time() - begun < 2.0
    tracemalloc.start()
    with pytest.raises(RemoteProtocolError):
        decode(b"\x83" + data[:MAX_MESSAGE_BYTES])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_full_page_of_rows_passes_the_walk() -> None:
    """A page with hundreds of long rows is walked for depth and comes back whole."""
    columns = tuple(Column(f"c{number}", ColumnKind.INT, "") for number in range(20))
    page = Rows(1, Table("a.b", columns, tuple(tuple(range(20)) for _ in range(600))), "next", True)
    assert decode(encode(page)) == page


@pytest.mark.parametrize(
    "message",
    [
        Ping(-1),
        Ping(True),
        Pong(1 << 32),
        Chunk(1, 0, bytes(MAX_BULK_BYTES + 1), False),
        Refusal(1, RefusalCode.FAULT, "x" * 8_193, ""),
        Refusal(1, RefusalCode.FAULT, "\ud800", ""),
        Refusal(1, 1, "", ""),  # type: ignore[arg-type]
        Telemetry(Topic.EVENT, Cursor(b"short", 1), 1, b""),
        Rows(1, Table("a", (), ((1,),)), "", False),
        Rows(1, Table("a", (Column("x", ColumnKind.TEXT, ""),), ((0.5,),)), "", False),  # type: ignore[arg-type]
        Rows(1, Table("a", (Column("x", ColumnKind.INT, ""),), ((1 << 64,),)), "", False),
        Rows(1, Table("a", (), ((),) * (MAX_ITEMS + 1)), "", False),
        Rows(1, Table("a", (Column("x", ColumnKind.TEXT, ""),), (("x" * 8_000,),) * 9), "", False),
    ],
    ids=lambda message: type(message).__name__,
)
def test_our_own_mistake_is_refused_before_it_is_sent(message) -> None:
    """A value beyond its limits is a LocalProtocolError; no byte leaves, and none is left over for the next one."""
    with pytest.raises(LocalProtocolError):
        encode(message)
    assert encode(Ping(4)) == b"\x06\x91\x04"


def test_wrong_class_is_our_mistake() -> None:
    """What is no message, no arguments, no body cannot be encoded."""
    for encoder, value in ((encode, Cursor(bytes(8), 1)), (encode_args, Ping(1)), (encode_body, Ping(1))):
        with pytest.raises(LocalProtocolError):
            encoder(value)


def test_arguments_of_another_verb_are_refused() -> None:
    """The verb decides the class: List's array is not Read's."""
    _, data = encode_args(List("people.anchors", "", "", "", 10))
    with pytest.raises(RemoteProtocolError):
        decode_args(Verb.READ, data)
