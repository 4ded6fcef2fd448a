"""The lists of F11 as rows. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from textwrap import wrap

from console.chassis.columns import Row, TableColumn, arrange
from console.model.cells import instant, moment
from console.model.devices import device, labelled
from console.model.integrity import Shown
from console.model.safe_text import safe_line
from console.model.state import LoggedEvent, ToteboxState
from console.model.tables import Record, records
from protocol.schema import ColumnKind, ServiceState, Table
from protocol.schema.numbers import Severity

EVENTS = (
    TableColumn("time", "Time", 8, ColumnKind.TIME),
    TableColumn("severity", "Severity", 9, priority=1),
    TableColumn("source", "Source", 11, priority=2),
    TableColumn("text", "What happened", 0, share=3, least=28),
    TableColumn("remedy", "What to do", 0, priority=3, share=2, least=24),
)
PAIRINGS = (
    TableColumn("own", "", 1),
    TableColumn("label", "Device", 0, least=14, keeps_end=True),
    TableColumn("state", "State", 10),
    TableColumn("role", "Role", 9),
    TableColumn("sessions", "Live", 4, ColumnKind.INT, priority=1),
    TableColumn("seen", "Last seen", 11, ColumnKind.TIME, priority=2),
    TableColumn("by", "Granted by", 0, priority=3, least=12, keeps_end=True),
    TableColumn("granted", "Granted", 11, ColumnKind.TIME, priority=4),
    TableColumn("provider", "Key", 8, priority=5),
    TableColumn("agent", "Agent", 14, priority=6),
)
OWN = "◆"
"""The device of this console."""
WORDS_WIDE = 26
"""Three of the longest words that stand on two screens, and their hyphens: cut, they could not be compared."""
ASKING = tuple(
    replace(column, least=WORDS_WIDE, keeps_end=False) if column.name == "label" else column for column in PAIRINGS
)
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
    TableColumn("severity", "Severity", 13),
    TableColumn("entry", "Entry", 7, ColumnKind.INDEX, priority=1),
    TableColumn("text", "What does not agree, and what to do", 0, least=30),
)

_CAPABILITY = {"live": ("● live", "good"), "waiting": ("◌ waiting", "notice")}
_SEVERITY = {
    Severity.INFO: ("· info", "muted"),
    Severity.NOTICE: ("› notice", "notice"),
    Severity.WARNING: ("▲ warn", "warn"),
    Severity.ALARM: ("✗ alarm", "bad"),
}
_SERVICE = {"running": ("● running", "good"), "deferred": ("◌ deferred", "warn"), "failed": ("✗ failed", "warn")}


def event_rows(events: Sequence[LoggedEvent], known: Mapping[str, str] | None = None) -> list[Row]:
    """Newest first by the time that is shown; of the same time the one that came last stands first.

    `known` are labels of devices by fingerprint: a text says them in place of fingerprints.
    """
    return [_event(event, known or {}) for event in sorted(events, key=lambda each: (-each.time_us, -each.number))]


def _event(event: LoggedEvent, known: Mapping[str, str]) -> Row:
    word, tone = _SEVERITY[event.severity]
    time = instant(event.time_us)
    cells = (time, word, event.source, labelled(event.text, known), labelled(event.remedy, known))
    return Row(event.number, cells, "", ("label", tone, "label", "bad" if tone == "bad" else "plain", "muted"))


def capability_rows(
    found: Iterable[Record], handed: Mapping[str, str], known: Mapping[str, str] | None = None
) -> list[Row]:
    """As they came; those that have ended muted. `handed` has to whom this console handed one on, by its id in hex."""
    rows = []
    for record in found:
        word, tone = _CAPABILITY.get(record.text("state"), (f"○ {record.text('state')}", "muted"))
        holder = handed.get(record.data("id").hex()) or _holder(record, known or {})
        cells = (
            holder,
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


def _holder(record: Record, known: Mapping[str, str]) -> str:
    """Who can use it, as far as the Totebox can know.

    A block that its first holder may pass on is for another device: the Totebox learns which one when it is used, which
    makes a row of its own.
    """
    holder = record.text("label") or device(record.text("holder"), known)
    is_first = record.text("holder") == record.text("by")
    return f"handed on by {holder}" if is_first and record.count("depth") else holder


def _whole(text: str) -> str:
    return text or "all"


def pairing_rows(
    table: Table, own: str = "", known: Mapping[str, str] | None = None, seen: Mapping[str, str] | None = None
) -> list[Row]:
    """As they came: who asks first, its three words beside its name; revoked ones muted.

    Args:
        own: this device. known: labels by fingerprint. seen: the time of each device's newest row in the audit log.
    """
    rows, known, seen = [], known or {}, seen or {}
    for record in records(table):
        if record.text("state") == "pending":
            rows.append(_asking(record))
            continue
        revoked = record.text("state") != "paired"
        state = f"✗ {record.text('state')}" if revoked else "● paired"
        cells = (
            OWN if own and record.text("fingerprint") == own else "",
            record.text("label"),
            state,
            record.text("role"),
            record.count("sessions"),
            seen.get(record.text("fingerprint")),
            granter(record, known),
            record.text("granted"),
            _provider(record),
            _agent(record.text("agent")),
        )
        tones = () if revoked else ("", "", "good")
        rows.append(Row(record.text("fingerprint"), cells, "muted" if revoked else "", tones))
    return rows


def granter(record: Record, known: Mapping[str, str]) -> str:
    """Who issued the ticket that it was paired by: a device by its label, or the host and who ran the command there."""
    by = record.text("by")
    return f"host, {by}" if by.startswith("uid ") else device(by, known)


def _asking(record: Record) -> Row:
    words = f"{record.text('words')}  {record.text('label')}"
    cells = ("", words, "◌ asks", record.text("role"), 0, None, "", record.text("ended"), _provider(record), "")
    return Row(record.text("fingerprint"), cells, "", ("", "warn", "warn"))


def last_seen(totebox: ToteboxState) -> dict[str, str]:
    """The time of each device's newest row among the audit rows that this console has heard, by fingerprint."""
    return {row.actor: row.time for row in totebox.audit_rows}


def device_text(record: Record, own: str, known: Mapping[str, str], seen: Mapping[str, str]) -> str:
    """All that is known of one device, a label and its value a line; the full key among it."""
    name = record.text("fingerprint")
    by = record.text("by")
    issued = granter(record, known) + (f", {by}" if by.startswith("SHA256:") else "")
    told = (
        ("device", record.text("label") + ("  (this device)" if own and name == own else "")),
        ("calls itself", record.text("said")),
        ("three words", record.text("words")),
        ("key", name),
        ("kept by", _provider(record)),
        ("state", record.text("state")),
        ("role", record.text("role")),
        ("live", f"{record.count('sessions')} sessions"),
        ("last seen", moment(seen.get(name, ""))),
        ("agent", record.text("agent")),
        ("granted", moment(record.text("granted"))),
        ("granted by", issued),
        ("ended", moment(record.text("ended"))),
    )
    return "\n".join(f"{label:<13}{safe_line(text)}" for label, text in told if text.strip())


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


def finding_rows(found: Sequence[Shown], width: int = 120) -> list[Row]:
    """In the order in which they are read with Enter, wrapped for a list of `width` cells; what this console itself proved and
    damage are red.
    """
    rows = []
    room = next((each.width for each in arrange(FINDINGS, width - 2) if each.column.name == "text"), 30)
    for number, each in enumerate(found):
        tone = "warn" if each.severity in ("foreign", "doubt") else "bad"
        where = each.path + (f", byte {each.offset:,}" if each.offset is not None else "")
        said = ": ".join(text for text in (where, each.found) if text)
        first, *more = wrap(f"{said}; {each.remedy}" if each.remedy else said, room) or [""]
        rows.append(Row(number, (f"✗ {each.severity}", each.entry, first), "", (tone,)))
        rows += [
            Row((number, at), ("", None, text), "", ("", "", "label"), under=number) for at, text in enumerate(more, 1)
        ]
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
