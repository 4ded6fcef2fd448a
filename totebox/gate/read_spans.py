"""Spans: repetitions share one audit row, written before them, which says how many it covers at the most, and one row
after them with the count.

    COMMAND list people.claims                                         the first time: a row of its own
    READ_SPAN list at most 1000 within 60 s, session 3: ...           before the first repetition
    READ_SPAN_END list 57 of row 1234, session 3: ...                 how often it was done under row 1234

Refusals (REFUSED, REFUSED_SPAN, REFUSED_SPAN_END) and sessions (SESSION_OPEN, SESSION_SPAN, SESSION_SPAN_END) are
recorded in the same way. Law: every act has a row that was written before it, its own row or the row of its span.

A span covers one device, one session, one verb and one question: a table and its query, a record, a log. Another
question begins another span. A span ends after `SPAN_ACTS` acts, after `SPAN_S` seconds, with its session, when a
session has more than `OPEN_SPANS` of them, and when the daemon stops. A span without an end row is open while its
daemon lives; its row says how much it can cover at the most. After a crash the count is not known; the next start
writes the end with its bounds, `1 to 1000 of row 1234`.
"""

import asyncio
import logging
import re
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from protocol.schema.numbers import AuditKind
from totebox.errors import ToteboxError
from totebox.gate.names import safe_line
from totebox.gate.row_budget import RowBudget
from totebox.vault.api import AuditDraft, Entry

log = logging.getLogger(__name__)

SPAN_ACTS = 1_000
SPAN_S = 60.0
OPEN_SPANS = 16
"""The most open spans of one session; a further one ends the oldest."""
REMEMBERED = 64
"""The most questions of a session that are remembered as asked recently."""
SESSION_ROWS = 8
"""Sessions of a device within `SPAN_S` that have rows of their own; further sessions count as repetition."""
MAX_OWED = 256
"""The most end rows that could not be written and are tried again."""

SPANS: Mapping[str, AuditKind] = {
    AuditKind.COMMAND: AuditKind.READ_SPAN,
    AuditKind.REFUSED: AuditKind.REFUSED_SPAN,
    AuditKind.SESSION_OPEN: AuditKind.SESSION_SPAN,
}
"""The kind of a span's row, by the kind of the rows that it replaces."""
ENDS: Mapping[str, AuditKind] = {span: AuditKind(f"{span}_END") for span in SPANS.values()}
_OF_ROW = re.compile(r"[0-9]+(?: to [0-9]+)? of row ([0-9]+), ")


@dataclass(slots=True)
class Noted:
    """A row that was written. `index` is None while the row is held in memory."""

    index: int | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """An act that may be repeated. `row` is its own audit row; `question` is the same in each repetition."""

    device: str
    session: int
    """0 for an act outside any session: opening a session."""
    row: AuditDraft
    question: str
    own_rows: int = 1
    """How many times within `SPAN_S` the act has a row of its own; the next counts as repetition."""
    rows: int = 1
    """How many rows it costs: opening a session pays for its closing too."""

    @property
    def asker(self) -> tuple[str, int]:
        return self.device, self.session

    @property
    def key(self) -> tuple[str, str, str]:
        return self.row.kind, self.row.subject if self.session else "", self.question

    @property
    def place(self) -> str:
        """The session and the question, as both rows of the span name them."""
        return f"session {self.session}: {self.question}" if self.session else self.question

    @property
    def subject(self) -> str:
        return self.row.subject if self.session else "sessions"


@dataclass(slots=True)
class ReadSpan:
    """An open span. `count` is what was done under it."""

    act: Act
    began: float
    written: "asyncio.Task[Noted]"
    count: int = 0

    def takes(self, now: float) -> bool:
        """Whether the span's row covers one more act."""
        return self.count < SPAN_ACTS and now - self.began < SPAN_S


@dataclass(slots=True)
class _Lately:
    """How often a question had a row of its own, and when it was asked last."""

    at: float
    count: int = 0


@dataclass(slots=True)
class _Asker:
    """A session of a device, or the device itself: its open spans and its recent questions, oldest first."""

    open: OrderedDict[tuple[str, str, str], ReadSpan] = field(default_factory=OrderedDict)
    lately: OrderedDict[tuple[str, str, str], _Lately] = field(default_factory=OrderedDict)

    def is_repeated(self, act: Act, now: float) -> bool:
        lately = self.lately.get(act.key)
        return lately is not None and now - lately.at < SPAN_S and lately.count >= act.own_rows

    def remember(self, act: Act, now: float, *, own_row: bool) -> None:
        lately = self.lately.pop(act.key, None)
        if lately is None or now - lately.at >= SPAN_S:
            lately = _Lately(now)
        lately.at, lately.count = now, lately.count + (own_row or not lately.count)
        self.lately[act.key] = lately
        if len(self.lately) > REMEMBERED:
            self.lately.popitem(last=False)


@dataclass(slots=True)
class ReadSpans:
    """All open spans. `write` writes one audit row and returns when the row is written."""

    write: Callable[[AuditDraft], Awaitable[Noted]]
    budget: RowBudget
    monotonic: Callable[[], float]
    _askers: dict[tuple[str, int], _Asker] = field(default_factory=dict)
    _owed: deque[AuditDraft] = field(default_factory=lambda: deque(maxlen=MAX_OWED))
    _ending: set["asyncio.Task[None]"] = field(default_factory=set)

    def __len__(self) -> int:
        return sum(len(asker.open) for asker in self._askers.values())

    def covers(self, act: Act) -> bool:
        """Whether an open span covers `act`, so that it needs no row."""
        asker = self._askers.get(act.asker)
        span = asker.open.get(act.key) if asker is not None else None
        return span is not None and span.takes(self.monotonic())

    def has_begun(self, act: Act) -> bool:
        """Whether a span for such acts is open."""
        asker = self._askers.get(act.asker)
        return asker is not None and act.key in asker.open

    async def note(self, act: Act) -> float:
        """Wait until a row that covers `act` is written; 0.0 then. If the device has no rows left, nothing is written:
        the seconds to wait.

        Raises:
            ToteboxError: the row could not be written, so the act must not be done.
        """
        now = self.monotonic()
        asker = self._askers.setdefault(act.asker, _Asker())
        span = asker.open.get(act.key)
        if span is None or not span.takes(now):
            repeated = span is not None or asker.is_repeated(act, now)
            if wait_s := self.budget.take(act.device, 2 if repeated else act.rows):
                return wait_s
            if span is not None:
                self._end(asker, span)
            if not repeated:
                asker.remember(act, now, own_row=True)
                await self._counted(act.row)
                return 0.0
            span = self._begin(asker, act, now)
        span.count += 1
        await asyncio.shield(span.written)
        return 0.0

    async def end_session(self, device: str, session: int) -> None:
        """End the spans of the session, whose end rows are written when this returns, and forget its questions."""
        asker = self._askers.pop((device, session), None)
        if asker is not None:
            self._end_all(asker)
            await self._settled()

    async def end(self) -> None:
        """End every span, because the daemon stops."""
        for asker in self._askers.values():
            self._end_all(asker)
        await self._settled()
        await self._pay_owed()

    async def sweep(self) -> None:
        """End the spans whose time is over, try again to write owed end rows, forget old questions. To be called about
        once a second.
        """
        now = self.monotonic()
        for place, asker in list(self._askers.items()):
            for span in [span for span in asker.open.values() if not span.takes(now)]:
                self._end(asker, span)
            for key in [key for key, lately in asker.lately.items() if now - lately.at >= SPAN_S]:
                del asker.lately[key]
            if not asker.open and not asker.lately:
                del self._askers[place]
        self.budget.sweep()
        await self._settled()
        await self._pay_owed()

    def _begin(self, asker: _Asker, act: Act, now: float) -> ReadSpan:
        if len(asker.open) >= OPEN_SPANS:
            self._end(asker, next(iter(asker.open.values())))
        detail = f"at most {SPAN_ACTS} within {SPAN_S:.0f} s, {act.place}"
        row = AuditDraft(SPANS[act.row.kind], act.device, act.subject, safe_line(detail))
        written = asyncio.ensure_future(self._counted(row))
        asker.open[act.key] = span = ReadSpan(act, now, written)
        written.add_done_callback(lambda done: self._begun(asker, span, done))
        asker.remember(act, now, own_row=False)
        return span

    @staticmethod
    def _begun(asker: _Asker, span: ReadSpan, written: "asyncio.Task[Noted]") -> None:
        """End `span` if its row could not be written: it covers nothing then. The waiting callers see the error;
        without one it is dropped.
        """
        if (written.cancelled() or written.exception() is not None) and asker.open.get(span.act.key) is span:
            del asker.open[span.act.key]

    async def _counted(self, row: AuditDraft) -> Noted:
        """Write `row`, with the number of acts of its device that were refused before it without a row."""
        count = self.budget.left_out(row.actor)
        try:
            return await self.write(left_out_said(row, count))
        except ToteboxError:
            self.budget.leave_out(row.actor, count)
            raise

    def _end(self, asker: _Asker, span: ReadSpan) -> None:
        """Close the span to further acts. A task of its own writes the end row."""
        del asker.open[span.act.key]
        asker.remember(span.act, self.monotonic(), own_row=False)
        task = asyncio.ensure_future(self._write_end(span))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _end_all(self, asker: _Asker) -> None:
        for span in list(asker.open.values()):
            self._end(asker, span)

    async def _settled(self) -> None:
        while self._ending:
            await asyncio.wait(set(self._ending))

    async def _write_end(self, span: ReadSpan) -> None:
        try:
            noted = await span.written
        except ToteboxError:
            return  # the span's row was not written, so nothing was done under it
        of = "a row that was held in memory" if noted.index is None else f"row {noted.index}"
        detail = safe_line(f"{span.count} of {of}, {span.act.place}")
        await self._write_or_owe(AuditDraft(ENDS[SPANS[span.act.row.kind]], span.act.device, span.act.subject, detail))

    async def _write_or_owe(self, row: AuditDraft) -> bool:
        try:
            await self.write(row)
        except ToteboxError as error:
            log.warning("the end of a span waits to be written: %s", error)
            self._owed.append(row)
            return False
        return True

    async def _pay_owed(self) -> None:
        for _ in range(len(self._owed)):
            if not await self._write_or_owe(self._owed.popleft()):
                return


def left_out_said(row: AuditDraft, count: int) -> AuditDraft:
    """`row`, saying that `count` things were refused before it without a row."""
    if not count:
        return row
    more = f" (and {count} refused before it without a row)"
    return AuditDraft(row.kind, row.actor, row.subject, row.detail + more, row.command)


def open_spans(newest_first: Iterable[Entry]) -> list[Entry]:
    """The span rows that no end row cites, oldest first. The rows are given from the newest back to the daemon's last
    start or stop.
    """
    ended: set[int] = set()
    found: list[Entry] = []
    for row in _of_last_run(newest_first):
        if row.kind in ENDS.values():
            cited = _OF_ROW.match(row.note)
            ended |= {int(cited[1])} if cited else set()
        elif row.kind in ENDS and row.index not in ended:
            found.append(row)
    return found[::-1]


def crash_end(span: Entry) -> AuditDraft:
    """The end row of a span that a crash left open: its bounds, because its count is not known."""
    _, _, place = span.note.partition(" s, ")
    detail = f"1 to {SPAN_ACTS} of row {span.index}, {place}; the daemon ended before it was counted"
    return AuditDraft(ENDS[span.kind], span.actor, span.subject, safe_line(detail))


def _of_last_run(newest_first: Iterable[Entry]) -> Iterator[Entry]:
    for row in newest_first:
        if row.kind in (AuditKind.STARTED, AuditKind.STOPPED) and row.actor == "local":
            return
        yield row
