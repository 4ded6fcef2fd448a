"""The two tables about capabilities: the answer of CAP_GRANT, and `gate.capabilities`."""

from collections.abc import Iterable

from protocol.schema import Cell, Table
from protocol.schema.numbers import Op
from protocol.schema.terms import term_text
from protocol.trust.capability import Chain, Scope, chain_text
from totebox.gate.tickets import time_text
from totebox.service.contract import Page
from totebox.service.pages import columns, whole_page
from totebox.service.query import Query
from totebox.service.table import Key, TableSpec

GRANTED = columns("id hash", "chain text", "holder text", "not_before time", "not_after time")
CAPABILITIES = TableSpec(
    "gate.capabilities",
    columns(
        "id hash", "state text", "holder text", "label text", "by text", "verbs text", "service text", "rows text",
        "columns text", "not_before time", "not_after time", "depth int", "used int", "last time", "reason text",
        "chain text", "terms text",
    ),
    own=(
        Key("state", "in that state (live, waiting, expired, revoked)", written=str.lower),
        Key("holder", "held by the device whose fingerprint begins so", op=Op.STARTS),
        Key("service", "for that service", written=str.lower),
    ),
    searched=("state", "holder", "label", "by", "verbs", "service", "reason"),
)  # fmt: skip
END_OF_TIME_US = 253_402_300_800_000_000


def capability_table(id_: bytes, chain: Chain, holder: str, scope: Scope) -> Table:
    """The answer of CAP_GRANT."""
    cells = (id_, chain_text(chain), holder, shown_time(scope.not_before), shown_time(scope.not_after))
    return Table("gate.capability", GRANTED, (cells,))


def capabilities_page(rows: Iterable[tuple[Cell, ...]], query: Query) -> Page:
    """Capabilities that were minted by this Totebox or used here."""
    return whole_page(CAPABILITIES, rows, query)


def scope_cells(scope: Scope) -> tuple[Cell, ...]:
    """`verbs` to `not_after` of a row."""
    return (
        ", ".join(verb.title for verb in scope.verbs),
        scope.service,
        "" if scope.has_all_rows else f"{scope.first_row}-{scope.last_row}",
        ", ".join(scope.columns),
        shown_time(scope.not_before),
        shown_time(scope.not_after),
    )


def scope_words(scope: Scope) -> str:
    """A scope in one line: `list; service people; rows 12 to 12; columns index, name; rows with state:"live"; until TIME`."""
    words = [", ".join(verb.title for verb in scope.verbs)]
    words += [f"service {scope.service}"] if scope.service else []
    words += [] if scope.has_all_rows else [f"rows {scope.first_row} to {scope.last_row}"]
    words += [f"columns {', '.join(scope.columns)}"] if scope.columns else []
    words += [f"rows with {terms_of(scope)}"] if scope.terms else []
    return "; ".join([*words, f"until {shown_time(scope.not_after)}"])


def terms_of(scope: Scope) -> str:
    """Its terms as people write them."""
    return " ".join(map(term_text, scope.terms))


def shown_time(us: int) -> str:
    """`us` as text; a time beyond the calendar is shown as the calendar's last second."""
    return time_text(min(us, END_OF_TIME_US - 1))
