"""Values made cheaply are the standard ones in everything that a program can see."""

import copy
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, field, fields, is_dataclass, replace
from dataclasses import dataclass as standard

import pytest

from protocol.values import dataclass


def _none() -> Mapping[str, int]:
    return {}


@dataclass(frozen=True, slots=True)
class Point:
    """A place; `seen` tells nothing."""

    x: int
    y: int = 0
    secret: bytes = field(default=b"", repr=False)
    tags: Mapping[str, int] = field(default_factory=_none)
    seen: object = field(default=None, compare=False, repr=False)

    @property
    def far(self) -> int:
        return self.x + self.y


@standard(frozen=True, slots=True)
class Model:
    """The same by the standard decorator."""

    x: int
    y: int = 0
    secret: bytes = field(default=b"", repr=False)
    tags: Mapping[str, int] = field(default_factory=_none)
    seen: object = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Deep(Point):
    """A value that extends another."""

    z: int = 7


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing at all."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Refuses what is below zero."""

    x: int

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("below zero")

    def __repr__(self) -> str:
        return f"<{self.x}>"


def test_it_holds_and_shows_what_the_standard_one_does() -> None:
    """Fields, defaults, repr and match order are those of `dataclasses.dataclass`."""
    ours, theirs = Point(1, secret=b"key"), Model(1, secret=b"key")
    assert [each.name for each in fields(ours)] == [each.name for each in fields(theirs)]
    assert repr(ours) == repr(theirs).replace("Model", "Point")
    assert Point.__match_args__ == Model.__match_args__
    assert ours.far == 1 and is_dataclass(ours)


def test_each_value_has_a_default_of_its_own() -> None:
    """A default factory runs for every value."""
    assert Point(1).tags is not Point(1).tags


def test_equality_looks_at_what_is_compared_and_at_the_class() -> None:
    """Fields with compare=False do not count; another class is never equal."""
    assert Point(1, seen=1) == Point(1, seen=2)
    assert Point(1) != Point(2) and Point(1) != Model(1) and Empty() == Empty()


def test_equal_values_have_one_hash() -> None:
    """They are one key of a dict."""
    assert len({Checked(1), Checked(1), Checked(2), Empty(), Empty()}) == 3


def test_nothing_can_be_changed_or_added() -> None:
    """Every attribute is refused, known or not."""
    point = Point(1)
    for name in ("x", "other"):
        with pytest.raises(FrozenInstanceError):
            setattr(point, name, 2)
    with pytest.raises(FrozenInstanceError):
        del point.x
    assert not hasattr(point, "__dict__")


def test_replace_and_copies_are_values_again() -> None:
    """dataclasses.replace and copy give equal values."""
    point = Point(1, tags={"a": 1})
    assert replace(point, x=2) == Point(2, tags={"a": 1})
    assert copy.deepcopy(point) == point == copy.copy(point)


def test_an_extended_value_keeps_the_fields_below_it() -> None:
    """Inherited fields come first, and are stored once."""
    deep = Deep(1, z=3)
    assert (deep.x, deep.y, deep.z) == (1, 0, 3)
    assert "x" not in Deep.__slots__ and deep != Point(1)


def test_what_a_class_writes_itself_stays() -> None:
    """A check after construction and a repr of its own are kept."""
    assert repr(Checked(3)) == "<3>"
    with pytest.raises(ValueError, match="below zero"):
        Checked(-1)


@pytest.mark.parametrize("wrong", [{}, {"x": 1, "w": 2}])
def test_wrong_arguments_are_named(wrong: dict[str, int]) -> None:
    """A missing or unknown argument is a TypeError, at the first value too."""
    with pytest.raises(TypeError, match="argument"):
        Deep(**wrong)
