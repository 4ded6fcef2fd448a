"""The lists of F11 as rows. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from console.chassis.columns import Row, TableColumn
from console.model.cells import instant
from console.model.integrity import Shown
from console.model.safe_text import safe_line
from console.model.state import LoggedEvent
from console.model.tables import Record, records
from protocol.schema import ColumnKind, ServiceState, Table
from protocol.schema.numbers import Severity

EVENTS = (
    TableColumn("time", "Time", 8, ColumnKind.TIME),
    TableColumn("severity", "Severity", 9, priority=1),
    TableColumn("source", "Source", 11, priority=2),
    TableColumn("text", "What happened", 0, share=3, least=34),
    TableColumn("remedy", "What to do", 0, priority=3, share=2, least=24),
)
PAIRINGS = (
    TableColumn("label", "Device", 0, least=14),
    TableColumn("state", "State", 10),
    TableColumn("role", "Role", 9),
    TableColumn("sessions", "Live", 4, ColumnKind.INT, priority=1),
    TableColumn("agent", "Agent", 14, priority=4),
    TableColumn("provider", "Key", 6, priority=5),
    TableColumn("granted", "Granted", 11, ColumnKind.TIME, priority=3),
    TableColumn("fingerprint", "Fingerprint", 0, priority=2, least=16),
)
WORDS_WIDE = 26
"""The width of three of the longest words that both screens show, with hyphens: words that are cut could not be
compared.
"""
ASKING = tuple(replace(column, least=WORDS_WIDE) if column.name == "label" else column for column in PAIRINGS)
"""The same list while a device asks."""
CAPABILITIES = (
    TableColumn("label", "Device", 0, least=10),
    TableColumn("state", "State", 10),
    TableColumn("verbs", "May", 0, least=10),
    TableColumn("service", "Service", 10, priority=1),
    TableColumn("rows", "Rows", 9),
    TableColumn("columns", "Columns", 10, priority=3),
    TableColumn("not_after", "Until", 11, ColumnKind.TIME, priority=1),
    TableColumn("used", "Used", 5, ColumnKind.INT, priority=2),
    TableColumn("id", "Id", 8, priority=4),
)
SERVICES = (
    TableColumn("name", "Service", 12),
    TableColumn("state", "State", 11),
    TableColumn("queued", "Queued", 6, ColumnKind.INT, priority=1),
    TableColumn("reason", "Why", 0, priority=2),
)
FINDINGS = (
    TableColumn("severity", "Severity", 10),
    TableColumn("path", "Path", 0),
    TableColumn("entry", "Entry", 8, ColumnKind.INDEX, priority=1),
    TableColumn("offset", "Offset", 10, ColumnKind.INT, priority=3),
    TableColumn("expected", "Expected", 0, priority=4),
    TableColumn("found", "Found", 0, priority=5),
    TableColumn("remedy", "What to do", 0, priority=2),
)

_CAPABILITY = {"live": ("● live", "good"), "waiting": ("◌ waiting", "notice")}
_SEVERITY = {
    Severity.INFO: ("· info", "muted"),
    Severity.NOTICE: ("› notice", "notice"),
    Severity.WARNING: ("▲ warn", "warn"),
    Severity.ALARM: ("✗ alarm", "bad"),
}
_SERVICE = {"running": ("● running", "good"), "deferred": ("◌ deferred", "warn"), "failed": ("✗ failed", "warn")}


def event_rows(events: Sequence[LoggedEvent]) -> list[Row]:
    """Newest first by the shown time; of equal times the one that arrived last is first."""
    return [_event(event) for event in sorted(events, key=lambda each: (-each.time_us, -each.number))]


def _event(event: LoggedEvent) -> Row:
    word, tone = _SEVERITY[event.severity]
    time = instant(event.time_us)
    cells = (time, word, event.source, event.text, event.remedy)
    return Row(event.number, cells, "", ("label", tone, "label", "bad" if tone == "bad" else "plain", "muted"))


def capability_rows(found: Iterable[Record], handed: Mapping[str, str]) -> list[Row]:
    """In the order of the table; those that have ended are muted. `handed` says to whom this console granted each, by
    its id in hex.
    """
    rows = []
    for record in found:
        word, tone = _CAPABILITY.get(record.text("state"), (f"○ {record.text('state')}", "muted"))
        device = handed.get(record.data("id").hex()) or _holder(record)
        cells = (
            device,
            word,
            record.text("verbs"),
            _whole(record.text("service")),
            _whole(" ".join(filter(None, (record.text("rows"), record.text("terms"))))),
            _whole(record.text("columns")),
            record.text("not_after"),
            record.count("used"),
            record.data("id").hex(),
        )
        rows.append(Row(record.data("id").hex(), cells, "muted" if tone == "muted" else "", ("title", tone)))
    return rows


def _holder(record: Record) -> str:
    """Who can use it, as far as the Totebox can know.

    A block that its first holder may pass on is for another device: the Totebox learns which one when it is used, which
    makes a row of its own.
    """
    device = record.text("label") or record.text("holder").removeprefix("SHA256:")[:16]
    is_first = record.text("holder") == record.text("by")
    return f"handed on by {device}" if is_first and record.count("depth") else device


def _whole(text: str) -> str:
    return text or "all"


def pairing_rows(table: Table, own: str = "") -> list[Row]:
    """In the order of the table: a device that asks is first, with its three words beside its name; revoked ones are
    muted; `own` is this device.
    """
    rows = []
    for record in records(table):
        if record.text("state") == "pending":
            rows.append(_asking(record))
            continue
        revoked = record.text("state") != "paired"
        state = f"✗ {record.text('state')}" if revoked else _present(record, own)
        cells = (
            record.text("label"),
            state,
            record.text("role"),
            record.count("sessions"),
            _agent(record.text("agent")),
            _provider(record),
            record.text("granted"),
            record.text("fingerprint").removeprefix("SHA256:"),
        )
        rows.append(Row(record.text("fingerprint"), cells, "muted" if revoked else "", () if revoked else ("", "good")))
    return rows


def _present(record: Record, own: str) -> str:
    return "● this one" if record.text("fingerprint") == own else "● paired"


def _asking(record: Record) -> Row:
    cells = (
        f"{record.text('words')}  {record.text('label')}",
        "◌ asks",
        record.text("role"),
        0,
        "",
        _provider(record),
        record.text("ended"),
        record.text("fingerprint").removeprefix("SHA256:"),
    )
    return Row(record.text("fingerprint"), cells, "", ("warn", "warn"))


def _agent(text: str) -> str:
    """The console's version and who drives it; another program is marked as such."""
    return text.removeprefix("os-console/")


def somebody_asks(table: Table) -> bool:
    """Whether there are words to compare."""
    return any(record.text("state") == "pending" for record in records(table))


def _provider(record: Record) -> str:
    """Where the key is: according to the device, and according to an ADMIN (hw)."""
    return f"{record.text('provider')} hw" if record.flag("hardware") else record.text("provider")


def service_rows(services: Sequence[ServiceState]) -> list[Row]:
    rows = []
    for service in services:
        word, tone = _SERVICE.get(service.state, (f"○ {service.state}", "muted"))
        rows.append(
            Row(service.name, (service.name, word, service.queued, service.reason), "", ("", tone, "", "label"))
        )
    return rows


def finding_rows(found: Sequence[Shown]) -> list[Row]:
    """In the order in which Enter opens them; what this console itself proved and damage are red."""
    rows = []
    for number, each in enumerate(found):
        tone = "warn" if each.severity in ("foreign", "doubt") else "bad"
        cells = (f"✗ {each.severity}", each.path, each.entry, each.offset, each.expected, each.found, each.remedy)
        rows.append(Row(number, cells, "", (tone,)))
    return rows


def answered_findings(table: Table) -> list[Shown]:
    """The findings in an answer to VERIFY: more than INTEGRITY reports, and the only ones from a Totebox without
    INTEGRITY.
    """
    found = []
    for record in records(table):
        severity, path = safe_line(record.text("severity")), safe_line(record.text("path"))
        words = (safe_line(record.text(name)) for name in ("expected", "found", "remedy"))
        found.append(Shown(severity, path, record.number("entry"), record.number("offset"), *words))
    return found
