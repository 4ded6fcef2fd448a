"""The fleet as rows of a table, one for each Totebox, rebuilt only where something drawn has changed. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from console.chassis.columns import Row, TableColumn
from console.fleet.condition import BROKEN, Condition, condition_of, trouble_rank, why
from console.model.cells import age, aged_seconds, since_us
from console.model.state import ToteboxState
from protocol.schema import Cell, ColumnKind
from protocol.schema.numbers import Severity, Verdict

RESORT_S = 3.0
"""The least seconds between two changes of the order, so that rows do not jump while a person reads."""


class Age(int):
    """Seconds that are drawn as an age; compared and filtered as a number. Made by `aged`, in steps that are
    visible.
    """

    def __format__(self, spec: str) -> str:
        return age(self)


class CheckedAge(Age):
    """An age with a verdict before it: a `bad` one never looks like a good one."""

    is_clean: bool
    is_known: bool = True
    """Whether its age is known; where it is not the number is 0, and `?` is drawn."""

    def __eq__(self, other: object) -> bool:
        return int.__eq__(self, other) is True and self._says == getattr(other, "_says", self._says)

    @property
    def _says(self) -> tuple[bool, bool]:
        return self.is_clean, self.is_known

    __hash__ = int.__hash__

    def __format__(self, spec: str) -> str:
        return f"{'✓' if self.is_clean else '✗'} {age(self) if self.is_known else '?'}"


class Ages(NamedTuple):
    """The ages of the newest checkpoint, verification and cosignature; None where there is none or it was not
    reported.
    """

    sealed: Age | None
    verified: CheckedAge | None
    cosigned: Age | None


class Permille(int):
    """Thousandths that are drawn as whole percents, and filtered as thousandths."""

    def __format__(self, spec: str) -> str:
        return f"{self // 10}%"


COLUMNS = (
    TableColumn("glyph", "", 1),
    TableColumn("state", "State", 11),
    TableColumn("name", "Totebox", 0, share=2, least=26),
    TableColumn("entity", "Entity", 0, priority=10, share=2, least=18),
    TableColumn("kind", "Kind", 11, priority=8),
    TableColumn("role", "Role", 9, priority=11),
    TableColumn("tree_size", "Entries", 9, ColumnKind.INT, priority=1),
    TableColumn("checkpoint_age", "Sealed", 6, ColumnKind.INT, priority=3),
    TableColumn("verified", "Verified", 8, ColumnKind.INT, priority=2),
    TableColumn("cosigned", "Cosigned", 8, ColumnKind.INT, priority=3),
    TableColumn("grade", "Grade", 8, priority=7),
    TableColumn("memory", "Memory", 7, ColumnKind.BYTES, priority=4),
    TableColumn("cpu", "CPU", 5, ColumnKind.INT, priority=4),
    TableColumn("sessions", "Sess", 4, ColumnKind.INT, priority=9),
    TableColumn("queue", "Queue", 5, ColumnKind.INT, priority=6),
    TableColumn("last", "Last event", 0, priority=2, share=3, least=24),
)
PLACES = {column.name: place for place, column in enumerate(COLUMNS)}
_LOUD = {Severity.WARNING: "warn", Severity.ALARM: "bad"}


def aged(seconds: float) -> Age:
    """`seconds` rounded down to what `age` draws, so that a cell changes only when its text does."""
    return Age(aged_seconds(seconds))


class Grid:
    """Keeps a row for each Totebox, and their order by condition."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[tuple[object, ...], Row]] = {}
        self._order: dict[str, int] = {}
        self._ordered_at = float("-inf")

    def rows(self, toteboxes: Iterable[ToteboxState], now: float, today_us: int) -> list[Row]:
        """The rows, in the order of the last sort; a new Totebox causes one.

        Args:
            now: the console's monotonic clock, seconds.
            today_us: the wall clock, microseconds since 1970, for the ages of checkpoints.
        """
        held = list(toteboxes)
        if now - self._ordered_at >= RESORT_S or any(each.id not in self._order for each in held):
            self.resort(held, now)
        held.sort(key=lambda each: self._order[each.id])
        return [self._row(each, now, today_us) for each in held]

    def resort(self, toteboxes: Iterable[ToteboxState], now: float) -> None:
        """Sort again, the worst condition first."""
        ranked = sorted(toteboxes, key=lambda each: trouble_rank(each, now))
        self._order = {each.id: place for place, each in enumerate(ranked)}
        self._ordered_at = now

    def _row(self, totebox: ToteboxState, now: float, today_us: int) -> Row:
        condition = condition_of(totebox, now)
        ages = Ages(_sealed(totebox, today_us), _verified(totebox, today_us), _cosigned(totebox, today_us))
        said = _said(totebox, condition, now)
        is_stale = totebox.is_stale(now)
        reads = (totebox.revision, condition, ages, said, is_stale)
        known = self._rows.get(totebox.id)
        if known is not None and known[0] == reads:
            return known[1]
        row = build(totebox, condition, ages, said, is_stale)
        if known is not None and known[1] == row:
            row = known[1]
        self._rows[totebox.id] = (reads, row)
        return row


def _sealed(totebox: ToteboxState, today_us: int) -> Age | None:
    status = totebox.status
    return _aged_us(today_us, status.checkpoint_time_us) if status is not None else None


def _verified(totebox: ToteboxState, today_us: int) -> CheckedAge | None:
    body = totebox.integrity
    if body is None or body.verdict is Verdict.UNVERIFIED:
        return None
    age_ = _aged_us(today_us, body.time_us)
    judged = CheckedAge(age_ or 0)
    judged.is_known = age_ is not None
    judged.is_clean = body.verdict is Verdict.CLEAN
    return judged


def _cosigned(totebox: ToteboxState, today_us: int) -> Age | None:
    said = totebox.integrity.cosigned if totebox.integrity else None
    return _aged_us(today_us, said.time_us) if said else None


def _aged_us(today_us: int, then_us: int) -> Age | None:
    """A time that a Totebox tells, by a clock that may be any; None where it says nothing of the age."""
    seconds = since_us(then_us, today_us)
    return aged(seconds) if seconds is not None else None


def _said(totebox: ToteboxState, condition: Condition, now: float) -> str:
    """The last column: why the Totebox is not up, else its newest event."""
    if condition is not Condition.UP and (reason := why(totebox, condition, now)):
        return reason
    return totebox.events[-1].text if totebox.events else ""


def build(totebox: ToteboxState, condition: Condition, ages: Ages, said: str, is_stale: bool = False) -> Row:
    """One row; unknown figures are empty, figures of a Totebox that does not answer are marked stale."""
    status, load = totebox.status, totebox.load
    size: int | None = None
    figures: tuple[Cell, ...] = (None,) * 5
    if status is not None and load is not None:
        size = status.tree_size
        figures = (
            status.grade.value,
            load.memory_bytes,
            Permille(load.cpu_permille),
            status.sessions,
            status.gate_queue,
        )
    role = totebox.role.name if totebox.role else ""
    kind = totebox.bound.kind if totebox.bound else ""
    cells = (condition.glyph, condition.word, totebox.name, totebox.entity, kind, role, size, *ages, *figures, said)
    tones = _tones(totebox, condition, is_stale)
    return Row(
        totebox.id, cells, tone="stale" if is_stale else _tone(condition), tones=tones, stands_first=condition in BROKEN
    )


def _tone(condition: Condition) -> str:
    """The tone of a row: grey for a Totebox that does not answer; the cells of the state keep their colour."""
    heard = (Condition.UP, Condition.READ_ONLY, Condition.FAILING, Condition.ALARM)
    return "" if condition in heard or condition in BROKEN else "stale"


def _tones(totebox: ToteboxState, condition: Condition, is_stale: bool) -> tuple[str, ...]:
    tones = [""] * len(COLUMNS)
    tones[PLACES["glyph"]] = tones[PLACES["state"]] = condition.tone
    if (body := totebox.integrity) is not None:
        is_bad = body.verdict is Verdict.FINDINGS
        tones[PLACES["verified"]] = "bad" if is_bad else "" if is_stale else "good"
    if condition is Condition.UP:
        tones[PLACES["last"]] = _LOUD.get(totebox.events[-1].severity, "muted") if totebox.events else "muted"
    else:
        tones[PLACES["last"]] = condition.tone
    if condition in (Condition.UP, Condition.READ_ONLY, Condition.FAILING):
        tones[PLACES["role"]] = tones[PLACES["kind"]] = "muted"
    return tuple(tones)
