"""Charts of Accounts: a tree Profile -> Domain -> Sub-Domain, one chart per deployment pattern, one row a leaf.

The shipped charts are in `charts/`. An operator's own chart is a CSV file of the same columns; it replaces the shipped
one.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from protocol.schema.chart import Account
from totebox.errors import ConfigError

FOLDER = Path(__file__).parent
COLUMNS = ["number", "profile", "domain", "subdomain", "keywords", "archetype"]
SERVICE = "service"
"""A seventh column that a chart may have: the service that keeps the originals of an account; else the file's type decides."""
CHART_OF_KIND = {
    "corporation": "public-issuer",
    "issuer": "public-issuer",
    "public-issuer": "public-issuer",
    "real-property": "real-property",
    "property": "real-property",
    "asset-manager": "real-property",
    "medical-practice": "medical-practice",
    "practice": "medical-practice",
    "law-firm": "law-firm",
    "firm": "law-firm",
    "partnership": "law-firm",
    "family-office": "family-office",
    "office": "family-office",
    "trust": "family-office",
    "household": "household",
    "person": "household",
    "personal": "household",
}
"""Which chart an entity of a kind starts with; any other kind starts with DEFAULT."""
DEFAULT = "real-property"
KINDS = ("real-property", "public-issuer", "medical-practice", "law-firm", "family-office", "household")
"""The six deployment patterns; `os-totebox init --kind` takes these and the other words above."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Accounts in the file's order. `source` says which file they came from."""

    name: str
    source: Path
    accounts: tuple[Account, ...]

    def account(self, number: str) -> Account | None:
        """The account with this number, or None."""
        return next((account for account in self.accounts if account.number == number), None)


@dataclass(frozen=True, slots=True)
class Archetype:
    """One of the eleven archetypes: its meaning, and the words that suggest it."""

    name: str
    signature: str
    trigger: str


def load_archetypes() -> tuple[Archetype, ...]:
    """The eleven archetypes, in the order of the file."""
    rows = csv.reader((FOLDER / "archetypes.csv").read_text("utf-8").splitlines()[1:])
    return tuple(Archetype(*row) for row in rows)


def load_chart(kind: str, override: Path | None = None, data: bytes | None = None) -> Chart:
    """The chart of an entity of `kind`, or the operator's own at `override` where that file exists. `data` is the
    file's contents, where the caller has read them.

    Raises:
        ConfigError: a row is wrong; the message names the file, the line and what is expected.
    """
    name = CHART_OF_KIND.get(kind.strip().lower().replace(" ", "-"), DEFAULT)
    own = override if override is not None and override.is_file() else None
    source = own or FOLDER / "charts" / f"{name}.csv"
    return Chart(name, source, _accounts(source, source.read_bytes() if own is None or data is None else data))


def _accounts(source: Path, data: bytes) -> tuple[Account, ...]:
    with io.StringIO(data.decode("utf-8-sig"), newline="") as file:
        rows = csv.reader(file)
        head = next(rows, None)
        if head not in (COLUMNS, [*COLUMNS, SERVICE]):
            raise ConfigError(f"{source}:1: the first line must be {','.join(COLUMNS)}, and {SERVICE} may follow")
        names = {archetype.name for archetype in load_archetypes()}
        accounts: dict[str, Account] = {}
        for row in rows:
            if row:
                account = _account(row, len(head), names, f"{source}:{rows.line_num}")
                if account.number in accounts:
                    raise ConfigError(
                        f"{source}:{rows.line_num}: account {account.number} is there twice; numbers are stable and used once"
                    )
                accounts[account.number] = account
    if not accounts:
        raise ConfigError(f"{source}: the chart has no accounts")
    return tuple(accounts.values())


def _account(row: list[str], width: int, archetypes: set[str], where: str) -> Account:
    if len(row) != width or not row[0].strip() or not row[3].strip():
        raise ConfigError(f"{where}: expected {','.join(COLUMNS)} with a number and a subdomain")
    number, profile, domain, subdomain, keywords, archetype, *service = (cell.strip() for cell in row)
    if archetype and archetype not in archetypes:
        raise ConfigError(f"{where}: `{archetype}` is none of the eleven archetypes ({', '.join(sorted(archetypes))})")
    words = tuple(word.strip().lower() for word in keywords.split("|") if word.strip())
    return Account(number, profile, domain, subdomain, words, archetype, *service)
