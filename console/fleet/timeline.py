"""The events of all Toteboxes in one list, newest first. Pure; costs only what is new."""

from collections import deque
from collections.abc import Container, Iterable
from dataclasses import replace

from console.chassis.columns import Row, TableColumn
from console.model.cells import instant
from console.model.devices import labelled
from console.model.observation import SOURCE
from console.model.state import LoggedEvent, ToteboxState
from protocol.schema import ColumnKind
from protocol.schema.numbers import Severity

MOST = 400
COLUMNS = (
    TableColumn("mark", "", 1),
    TableColumn("time", "Time", 8, ColumnKind.TIME, priority=2),
    TableColumn("severity", "Level", 7, priority=3),
    TableColumn("totebox", "Totebox", 16, priority=1),
    TableColumn("source", "Source", 10, priority=4),
    TableColumn("text", "What happened", 0, least=30),
)
_SOURCE = 4
_MARKS = {Severity.INFO: "·", Severity.NOTICE: "•", Severity.WARNING: "△", Severity.ALARM: "▲"}
"""The signs say without colour what the words say, where the words do not fit."""
_TONES = {Severity.INFO: "muted", Severity.NOTICE: "", Severity.WARNING: "warn", Severity.ALARM: "bad"}


class Happenings:
    """Remembers how far each Totebox's events were read."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._told: deque[tuple[int, Row]] = deque(maxlen=MOST)

    def absorb(self, toteboxes: Iterable[ToteboxState]) -> bool:
        """Read the new events. Returns whether there were any."""
        fresh = []
        for totebox in toteboxes:
            seen = self._seen.get(totebox.id, 0)
            if totebox.events_total > seen:
                fresh += [(each.at, totebox, each) for each in totebox.events if each.number > seen]
                self._seen[totebox.id] = totebox.events_total
        fresh.sort(key=lambda each: each[0])
        self._told.extendleft((event.time_us, _row(totebox, event)) for _, totebox, event in fresh)
        return bool(fresh)

    def rows(self, stale: Container[str] = ()) -> list[Row]:
        """Newest first by the time that is shown; of the same time the one that came last stands first.

        Those of a Totebox in `stale` are grey, but for the alarms of this console: they stand with or without a link.
        """
        rows = (row for _, row in sorted(self._told, key=lambda each: -each[0]))
        return [replace(row, tone="stale") if _of(row) in stale and not _is_proved(row) else row for row in rows]


def _of(row: Row) -> str:
    """The Totebox that it happened to."""
    return str(row.id[0]) if isinstance(row.id, tuple) else ""


def _is_proved(row: Row) -> bool:
    return row.tone == "bad" and row.cells[_SOURCE] == SOURCE


def _row(totebox: ToteboxState, event: LoggedEvent) -> Row:
    time = instant(event.time_us)
    text = labelled(event.text + (f" ({event.remedy})" if event.remedy else ""), totebox.labels)
    cells = (_MARKS[event.severity], time, event.severity.name.lower(), totebox.name, event.source, text)
    return Row((totebox.id, event.number), cells, tone=_TONES[event.severity])
