"""The parts of a page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; `level` 1 is the document's title."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph, wrapped by the page."""

    text: str


@dataclass(frozen=True, slots=True)
class FixedLines:
    """Lines that are kept as they are: an address, a list of parties, a signature."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PaperTable:
    """Rows of cells; the first is the head. `widths` are shares of the page; columns in `right` are aligned right."""

    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()
    right: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class HorizontalRule:
    """A thin line across the page."""


@dataclass(frozen=True, slots=True)
class SignatureGap:
    """Room for a signature."""


Block = Heading | Para | FixedLines | Bullets | PaperTable | HorizontalRule | SignatureGap
