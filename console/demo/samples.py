"""The six entities and their documents, and the decision on each claim in them."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

DECISIONS = Path(__file__).parent / "decisions"
COLUMNS = ["attribute", "value", "decision"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One document: its file name, how its bytes are made, the account it goes to, and what it supersedes."""

    file: str
    make: Callable[[], bytes]
    account: str
    supersedes: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity: the short name of its folder, its name, its kind (which chart), and its documents in order.

    Documents in `waiting` are put into the drop folder and left there for the person.
    """

    slug: str
    name: str
    kind: str
    samples: tuple[Sample, ...]
    waiting: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """One expected claim and the answer to it."""

    attribute: str
    value: str
    yes: bool


SLUGS = ("harbour-row", "northlight", "fairmead", "calder-voss", "ashgrove", "okafor")


def entity(slug: str) -> Entity:
    """The entity whose documents are in `console.demo.entities.<slug>`."""
    found = import_module(f"console.demo.entities.{slug.replace('-', '_')}").ENTITY
    assert isinstance(found, Entity) and found.slug == slug
    return found


def entities() -> tuple[Entity, ...]:
    """All six, in the order in which they are provisioned."""
    return tuple(map(entity, SLUGS))


def verdicts(slug: str, file: str) -> tuple[Decided, ...]:
    """The decisions file of one document: every claim that is expected in it, in reading order."""
    with decisions_path(slug, file).open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        assert next(rows) == COLUMNS, f"{slug}/{file}: the first line must be {','.join(COLUMNS)}"
        return tuple(Decided(attribute, value, decision == "Y") for attribute, value, decision in rows)


def decisions_path(slug: str, file: str) -> Path:
    """Where the decisions of one document are written."""
    return DECISIONS / slug / f"{file}.csv"
