"""The fold: the present state and an event give the next state. Pure; costs O(1) but for the row tuples."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import assert_never

from console.model.cells import steady_bytes, steady_cpu
from console.model.devices import PAIRINGS_TABLE, labels_in, labels_of, with_labels
from console.model.events import (
    Activated,
    Answer,
    Answered,
    Asked,
    BackedOff,
    Contradicted,
    Dialing,
    Echo,
    Event,
    HeadChecked,
    Heard,
    LinkLost,
    LinkUp,
    PairingAdded,
)
from console.model.observation import SOURCE, Told, happening
from console.model.rows import RowError, parse_row
from console.model.safe_text import safe_line
from console.model.state import (
    MAX_COSIGNERS,
    MAX_EVENTS,
    MAX_ROWS,
    MAX_ROWS_BYTES,
    MAX_TABLES,
    SMALL_ROW_BYTES,
    Dropped,
    LinkPhase,
    Load,
    LoggedEvent,
    LogHead,
    LogRow,
    Model,
    ToteboxState,
)
from protocol.errors import RemoteProtocolError
from protocol.schema import (
    AuditBody,
    ChangedBody,
    Cosign,
    Cosigned,
    EntryBody,
    EventBody,
    Gap,
    HeadBody,
    IntegrityBody,
    Receipt,
    Rows,
    StatusBody,
    Telemetry,
)
from protocol.schema.note_fields import shown_note
from protocol.schema.numbers import Log
from protocol.wire.codec import decode_body


def reduce(model: Model, event: Event, time_us: int = 0) -> Model:
    """The state after `event`, which happened at `time_us` (Unix time, for observations of this console).

    An event about an unknown Totebox changes nothing.
    """
    if isinstance(event, PairingAdded):
        return _known(model, event)
    totebox = model.toteboxes.get(event.totebox)
    if totebox is None:
        return model
    if isinstance(event, Activated):
        return replace(model, active=event.totebox)
    if isinstance(event, Echo):
        alive_at = max(event.sent_at, totebox.alive_at or event.sent_at)
        history = totebox.history.echoed(event.sent_at, event.at, event.wire_bytes)
        return _with(model, replace(totebox, alive_at=alive_at, history=history))
    after = _fold(totebox, event)
    if (told := happening(totebox, event)) is not None:
        after = _logged(after, time_us, event.at, told)
    return _with(model, replace(after, revision=totebox.revision + 1))


def _known(model: Model, event: PairingAdded) -> Model:
    before = model.toteboxes.get(event.totebox)
    if before is None:
        after = ToteboxState(id=event.totebox, name=event.name, uri=event.uri, link_since=event.at)
    else:
        after = replace(before, name=event.name, uri=event.uri, revision=before.revision + 1)
    return replace(_with(model, after), active=model.active or event.totebox)


def _with(model: Model, totebox: ToteboxState) -> Model:
    return replace(model, toteboxes=MappingProxyType({**model.toteboxes, totebox.id: totebox}))


def _fold(
    totebox: ToteboxState,
    event: Dialing | LinkUp | LinkLost | Heard | Asked | Answered | HeadChecked | Contradicted | BackedOff,
) -> ToteboxState:
    match event:
        case Dialing():
            return replace(totebox, link=LinkPhase.DIALING, retry_at=None)
        case LinkUp():
            return replace(
                totebox,
                link=LinkPhase.LINKED,
                link_reason="",
                link_since=event.at,
                retry_at=None,
                losses=0,
                sessions=totebox.sessions + 1,
                carrier=event.carrier,
                bound=event.bound,
                alive_at=event.at,
                in_flight=0,
            )
        case LinkLost():
            return _lost(totebox, event)
        case Heard():
            return _heard(totebox, event)
        case Asked():
            return replace(totebox, in_flight=totebox.in_flight + 1)
        case Answered():
            in_flight = max(0, totebox.in_flight - 1)
            after = replace(totebox, in_flight=in_flight, trouble=event.trouble or totebox.trouble)
            return _vouched(_introduced(after, event.answer), event)
        case Contradicted():
            return replace(totebox, contradictions=event.contradictions)
        case HeadChecked():
            log = Log.AUDIT if event.audit else Log.RECORDS
            before = totebox.heads.get(log)
            cosigned = before.cosigned if before else 0
            head = LogHead(event.tree_size, event.root, event.note, event.alarm, event.at, cosigned)
            return _headed(totebox, log, head)
        case BackedOff():
            return replace(totebox, asks_again_at=event.until)
        case _:
            assert_never(event)


def _lost(totebox: ToteboxState, event: LinkLost) -> ToteboxState:
    since = event.at if totebox.is_linked or totebox.link is LinkPhase.KNOWN else totebox.link_since
    return replace(
        totebox,
        link=LinkPhase.LOST,
        link_reason=event.reason,
        link_since=since,
        retry_at=event.retry_at,
        losses=totebox.losses + 1,
        in_flight=0,
    )


def _headed(totebox: ToteboxState, log: Log, head: LogHead) -> ToteboxState:
    """Set the head. An alarm stays until the present session finds the log consistent with what was seen before."""
    return replace(totebox, heads=MappingProxyType({**totebox.heads, log: head}))


def _introduced(totebox: ToteboxState, answer: Answer) -> ToteboxState:
    """The table of pairings says what devices are called, whoever asked for it."""
    if not isinstance(answer, Rows) or answer.table.name != PAIRINGS_TABLE:
        return totebox
    return replace(totebox, labels=with_labels(totebox.labels, labels_of(answer.table)))


def _vouched(totebox: ToteboxState, event: Answered) -> ToteboxState:
    """A receipt for a cosignature says up to which size this console has cosigned the log."""
    asked = event.arguments
    head = totebox.heads.get(asked.log) if isinstance(asked, Cosign) else None
    if head is None or not isinstance(asked, Cosign) or not isinstance(event.answer, Receipt) or event.trouble:
        return totebox
    size = int(asked.note.split(b"\n", 2)[1])
    return _headed(totebox, asked.log, replace(head, cosigned=max(head.cosigned, size)))


def _heard(totebox: ToteboxState, event: Heard) -> ToteboxState:
    message = event.message
    if isinstance(message, Gap):
        count = totebox.dropped.count + max(0, message.last - message.first + 1)
        return replace(totebox, dropped=Dropped(count, event.at))
    try:
        return _told(totebox, message, event.at)
    except (RemoteProtocolError, RowError) as error:
        return replace(totebox, trouble=f"telemetry of {message.topic.name} cannot be read: {error}")


def _load(body: StatusBody, drawn: Load | None) -> Load:
    """Steady figures. Disk space has finer steps than memory, because people plan with it."""
    return Load(
        steady_bytes(body.memory_bytes, drawn.memory_bytes if drawn else None, 4),
        steady_cpu(body.cpu_permille, drawn.cpu_permille if drawn else None),
        steady_bytes(body.disk_free_bytes, drawn.disk_free_bytes if drawn else None, 32),
    )


def _told(totebox: ToteboxState, message: Telemetry, at: float) -> ToteboxState:
    body = decode_body(message.topic, message.body)
    match body:
        case StatusBody():
            load = _load(body, totebox.load)
            history = totebox.history.heard(at, load.cpu_permille, load.memory_bytes)
            return replace(totebox, status=body, status_at=at, load=load, history=history)
        case EventBody():
            return _with_event(totebox, message.time_us, at, _its_own(body))
        case AuditBody():
            row = parse_row(body.row)
            named = labels_in([(row.kind, row.actor, row.subject, shown_note(row.note))])
            labels = with_labels(totebox.labels, named)
            return replace(totebox, audit_rows=_appended(totebox.audit_rows, row), labels=labels)
        case EntryBody():
            return replace(totebox, entries=_appended(totebox.entries, parse_row(body.row)))
        case ChangedBody():
            return replace(totebox, changed=_counted(totebox.changed, body.name))
        case HeadBody():
            return totebox
        case IntegrityBody():
            return replace(totebox, integrity=body, cosigners=_cosigners(totebox.cosigners, body.cosigned))
        case _:
            assert_never(body)


def _cosigners(known: tuple[Cosigned, ...], said: Cosigned | None) -> tuple[Cosigned, ...]:
    if said is None:
        return known
    others = tuple(each for each in known if each.witness != said.witness)
    return tuple(sorted((said, *others), key=lambda each: -each.time_us)[:MAX_COSIGNERS])


def _its_own(body: EventBody) -> EventBody:
    """The event with a source that cannot be confused with observations of this console."""
    return replace(body, source="totebox") if safe_line(body.source).strip().casefold() == SOURCE else body


def _with_event(totebox: ToteboxState, time_us: int, at: float, body: EventBody) -> ToteboxState:
    number = totebox.events_total + 1
    logged = LoggedEvent(number, time_us, body.severity, body.source, body.text, body.remedy, at)
    return replace(totebox, events=(*totebox.events[1 - MAX_EVENTS :], logged), events_total=number)


def _logged(totebox: ToteboxState, time_us: int, at: float, told: Told) -> ToteboxState:
    """Add an observation. The same one twice in a row is added once, because a pane that asks again is refused
    again.
    """
    newest = totebox.events[-1] if totebox.events else None
    if newest is not None and (newest.source, newest.text) == (SOURCE, told[1]):
        return totebox
    return _with_event(totebox, time_us, at, EventBody(told[0], SOURCE, told[1], told[2]))


def _appended(rows: tuple[LogRow, ...], row: LogRow) -> tuple[LogRow, ...]:
    """Add a row, unless it is known already (a snapshot after a reconnect repeats rows)."""
    if rows and row.index <= rows[-1].index:
        return rows
    kept = (*rows[1 - MAX_ROWS :], row)
    if len(row.leaf) <= SMALL_ROW_BYTES:
        return kept
    # Rows within the usual size never fill the limit. Each larger row makes room for itself.
    total = sum(len(each.leaf) for each in kept)
    first = 0
    while total > MAX_ROWS_BYTES and first < len(kept) - 1:
        total, first = total - len(kept[first].leaf), first + 1
    return kept[first:]


def _counted(changed: Mapping[str, int], name: str) -> Mapping[str, int]:
    """Counts per table, for the MAX_TABLES that changed last. A count only rises, also for a table that returns."""
    others = {each: count for each, count in changed.items() if each != name}
    count = changed[name] if name in changed else max(changed.values(), default=0)
    while len(others) >= MAX_TABLES:
        del others[next(iter(others))]
    return MappingProxyType({**others, name: count + 1})
