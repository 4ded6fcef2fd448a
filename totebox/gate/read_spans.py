"""What is repeated becomes a span: one audit row before it, which says how much it covers at the most, and one after it with the count.

    COMMAND list people.claims                                         the first time: a row of its own
    READ_SPAN list at most 1000 within 60 s, session 3: ...           before the first repetition
    READ_SPAN_END list 57 of row 1234, session 3: ...                 how often it was done under row 1234

The same for what is refused (REFUSED, REFUSED_SPAN, REFUSED_SPAN_END) and for sessions (SESSION_OPEN, SESSION_SPAN,
SESSION_SPAN_END). Law: whatever is done stands behind a row that was written before it, its own or its span's.

A span covers one device, one session, one verb and one question: a table and its query, a record, a log. Another question begins another
span. It ends after `SPAN_ACTS` acts, after `SPAN_S` seconds, with its session, when a session has more than `OPEN_SPANS` of them,
and when the daemon stops. A span without an end is open while its daemon lives: until then it counts at most what its row
says. After a crash nobody knows the count; the next start writes the end with its bounds, `1 to 1000 of row 1234`.
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
"""Spans that one session may have open; another one ends the oldest."""
REMEMBERED = 64
"""Questions of a session that are known as asked lately."""
SESSION_ROWS = 8
"""Sessions of a device within `SPAN_S` that have rows of their own; more of them are repetition."""
MAX_OWED = 256
"""Ends that could not be written and are tried again."""

SPANS: Mapping[str, AuditKind] = {
    AuditKind.COMMAND: AuditKind.READ_SPAN,
    AuditKind.REFUSED: AuditKind.REFUSED_SPAN,
    AuditKind.SESSION_OPEN: AuditKind.SESSION_SPAN,
}
"""The kind of a span, by the kind of the rows in whose place it stands."""
ENDS: Mapping[str, AuditKind] = {span: AuditKind(f"{span}_END") for span in SPANS.values()}
_OF_ROW = re.compile(r"[0-9]+(?: to [0-9]+)? of row ([0-9]+), ")


@dataclass(slots=True)
class Noted:
    """A row that was written; `index` is None as long as it is held in memory."""

    index: int | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that may be repeated. `row` is what it writes alone; `question` is the same in each repetition of it."""

    device: str
    session: int
    """0 for what a device does without one: opening sessions."""
    row: AuditDraft
    question: str
    own_rows: int = 1
    """How many times within `SPAN_S` it has a row of its own, before the next counts as repetition."""
    rows: int = 1
    """What it costs alone: a session that opens also closes."""

    @property
    def asker(self) -> tuple[str, int]:
        return self.device, self.session

    @property
    def key(self) -> tuple[str, str, str]:
        return self.row.kind, self.row.subject if self.session else "", self.question

    @property
    def place(self) -> str:
        """Whose it is and what, as both rows of its span say."""
        return f"session {self.session}: {self.question}" if self.session else self.question

    @property
    def subject(self) -> str:
        return self.row.subject if self.session else "sessions"


@dataclass(slots=True)
class Span:
    """An open span. `count` is what was done under it."""

    act: Act
    began: float
    written: "asyncio.Task[Noted]"
    count: int = 0

    def takes(self, now: float) -> bool:
        """Whether one more act is still covered by its row."""
        return self.count < SPAN_ACTS and now - self.began < SPAN_S


@dataclass(slots=True)
class _Lately:
    """How often a question had a row of its own, and when it was asked last."""

    at: float
    count: int = 0


@dataclass(slots=True)
class _Asker:
    """One session of a device, or the device itself: its open spans and what it asked lately, oldest first."""

    open: OrderedDict[tuple[str, str, str], Span] = field(default_factory=OrderedDict)
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
    """All open spans. `write` writes one audit row and returns when it is written."""

    write: Callable[[AuditDraft], Awaitable[Noted]]
    budget: RowBudget
    monotonic: Callable[[], float]
    _askers: dict[tuple[str, int], _Asker] = field(default_factory=dict)
    _owed: deque[AuditDraft] = field(default_factory=lambda: deque(maxlen=MAX_OWED))
    _ending: set["asyncio.Task[None]"] = field(default_factory=set)

    def __len__(self) -> int:
        return sum(len(asker.open) for asker in self._askers.values())

    def covers(self, act: Act) -> bool:
        """Whether `act` needs no row: a span that is open covers it."""
        asker = self._askers.get(act.asker)
        span = asker.open.get(act.key) if asker is not None else None
        return span is not None and span.takes(self.monotonic())

    def has_begun(self, act: Act) -> bool:
        """Whether a span of such acts is open."""
        asker = self._askers.get(act.asker)
        return asker is not None and act.key in asker.open

    async def note(self, act: Act) -> float:
        """Return when a row that covers `act` is written: 0.0. Else its device has used its rows up: the seconds to wait, and no row.

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
        """The session ends: so do its spans, and its questions are forgotten. Their ends are written when this returns."""
        asker = self._askers.pop((device, session), None)
        if asker is not None:
            self._end_all(asker)
            await self._settled()

    async def end(self) -> None:
        """The daemon stops: every span ends."""
        for asker in self._askers.values():
            self._end_all(asker)
        await self._settled()
        await self._pay_owed()

    async def sweep(self) -> None:
        """End what time has ended, try owed ends again, forget what is no repetition any more. To be called about once a second."""
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

    def _begin(self, asker: _Asker, act: Act, now: float) -> Span:
        if len(asker.open) >= OPEN_SPANS:
            self._end(asker, next(iter(asker.open.values())))
        detail = f"at most {SPAN_ACTS} within {SPAN_S:.0f} s, {act.place}"
        row = AuditDraft(SPANS[act.row.kind], act.device, act.subject, safe_line(detail))
        written = asyncio.ensure_future(self._counted(row))
        asker.open[act.key] = span = Span(act, now, written)
        written.add_done_callback(lambda done: self._begun(asker, span, done))
        asker.remember(act, now, own_row=False)
        return span

    @staticmethod
    def _begun(asker: _Asker, span: Span, written: "asyncio.Task[Noted]") -> None:
        """A row that could not be written covers nothing. Whoever waits hears of it; where nobody does, it is no error."""
        if (written.cancelled() or written.exception() is not None) and asker.open.get(span.act.key) is span:
            del asker.open[span.act.key]

    async def _counted(self, row: AuditDraft) -> Noted:
        """Write `row`, with how many things of its device were refused without a row before it."""
        count = self.budget.left_out(row.actor)
        try:
            return await self.write(left_out_said(row, count))
        except ToteboxError:
            self.budget.leave_out(row.actor, count)
            raise

    def _end(self, asker: _Asker, span: Span) -> None:
        """The span takes no more; its end is written by a task of its own."""
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

    async def _write_end(self, span: Span) -> None:
        try:
            noted = await span.written
        except ToteboxError:
            return  # its row was not written, so nothing was done under it
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
    """The span rows that no end cites, oldest first, among rows from the newest back to the daemon's last start or stop."""
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
    """The end of a span that a crash left open: what is known of its count are its bounds."""
    _, _, place = span.note.partition(" s, ")
    detail = f"1 to {SPAN_ACTS} of row {span.index}, {place}; the daemon ended before it was counted"
    return AuditDraft(ENDS[span.kind], span.actor, span.subject, safe_line(detail))


def _of_last_run(newest_first: Iterable[Entry]) -> Iterator[Entry]:
    for row in newest_first:
        if row.kind in (AuditKind.STARTED, AuditKind.STOPPED) and row.actor == "local":
            return
        yield row
