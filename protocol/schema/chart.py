"""One account of a Chart of Accounts: what a row of table `input.chart` says, for both sides."""

from collections.abc import Mapping

from protocol.schema.table import Cell
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """A stable number, its place in the tree, the words that suggest it, its anchor archetype, and the service that keeps
    its originals ('' where the file's type decides).
    """

    number: str
    profile: str
    domain: str
    subdomain: str
    keywords: tuple[str, ...]
    archetype: str
    service: str = ""

    @property
    def path(self) -> str:
        """`Profile / Domain / Sub-Domain`, as a record's note keeps it."""
        return " / ".join((self.profile, self.domain, self.subdomain))

    def cells(self) -> tuple[Cell, ...]:
        """The row of `input.chart`: the fields in order, the keywords in one cell with `|` between them."""
        return (
            self.number, self.profile, self.domain, self.subdomain, "|".join(self.keywords), self.archetype, self.service,
        )  # fmt: skip


def read_account(row: Mapping[str, Cell]) -> Account:
    """The account that a row of `input.chart` states; '' for a cell that is missing or no text."""
    words = _text(row, "keywords").split("|")
    return Account(
        _text(row, "number"), _text(row, "profile"), _text(row, "domain"), _text(row, "subdomain"),
        tuple(word for word in words if word), _text(row, "archetype"), _text(row, "service"),
    )  # fmt: skip


def _text(row: Mapping[str, Cell], column: str) -> str:
    cell = row.get(column)
    return cell if isinstance(cell, str) else ""
