"""Group commit: many writers share two rounds of syncs.

One thread takes everything that waits, plans it, commits it through the store, and answers. While it syncs, the next group
gathers. Audit rows of commands that only read are answered when written and synced with the next group, or after half a second.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Condition

from totebox.clock import monotonic_s
from totebox.errors import DiskFull, ReadOnly, RecordRejected, ToteboxError, VaultError
from totebox.vault.api import Appended, AuditDraft, Batch, Line, Whole
from totebox.vault.durable import FULL, Unnamed
from totebox.vault.plan import MAX_DRAFTS, Outcome, Repeat
from totebox.vault.recover import NO_SPACE
from totebox.vault.store import Store

WAIT_S = 0.5
"""How long an audit row of a read may wait for company before it is synced alone."""
QUIET_S = 10.0
"""After this long a checkpoint file is written for whatever was appended since the last."""
MOST_GATHERING_S = 0.02
MANY = 1_024
RESERVE_BYTES = 1 << 20
"""Space that is kept free, so that what a full disk tore can still be given an owner."""
ROW_BYTES = 1_024

Done = Callable[[Appended | ToteboxError], None]


@dataclass(slots=True)
class Request:
    """One batch or audit row that waits; `done` is called exactly once, from the committing thread."""

    wanted: Batch | AuditDraft
    done: Done
    durable: bool = True
    prepared: dict[str, Unnamed] = field(default_factory=dict)
    _answered: bool = False

    @property
    def command(self) -> tuple[str, str] | None:
        """Who does what, where it may be repeated."""
        if isinstance(self.wanted, Batch) and self.wanted.command:
            return self.wanted.actor, self.wanted.command
        return None

    def answer(self, result: Appended | ToteboxError) -> None:
        """Tell whoever waits; a second answer is not heard."""
        if not self._answered:
            self._answered = True
            self.done(result)

    def take_prepared(self) -> dict[str, Unnamed]:
        """The staged files made ready for it; the caller publishes or discards them."""
        taken, self.prepared = self.prepared, {}
        return taken

    def space(self) -> int:
        """Bytes it needs at most, without what is prepared already."""
        drafts = self.wanted.drafts if isinstance(self.wanted, Batch) else ()
        payloads = [draft.payload for draft in drafts]
        whole = sum(len(payload.data) for payload in payloads if isinstance(payload, Whole))
        lines = sum(2 * len("".join(payload.cells)) for payload in payloads if isinstance(payload, Line))
        return whole + lines + ROW_BYTES * (len(drafts) + 1)


class GroupCommit:
    """Feeds `store` from any thread. `reopen` recovers another store after the disk was full; `served` hears of each group's end."""

    def __init__(
        self,
        store: Store,
        reopen: Callable[[], Store],
        now: Callable[[], str],
        served: Callable[[], None] = lambda: None,
    ) -> None:
        self.store = store
        self._served = served
        self._reopen, self._now = reopen, now
        self._waiting: deque[Request] = deque()
        self._changed = Condition()
        self._ended = False
        self._noted_at = monotonic_s()
        self._waiting_since = 0.0
        self._crowd, self._took_s = 1, 0.0
        """How many came lately while a group was served, with those in it; and how long serving all of them takes."""
        self._wanted = 1
        """How many must wait for the committing thread to be woken."""

    def submit(self, request: Request) -> None:
        """Queue one request; answered through `request.done`."""
        with self._changed:
            self._waiting.append(request)
            if len(self._waiting) >= self._wanted:
                # While a crowd gathers, only who completes it wakes the committing thread.
                self._changed.notify()

    def end(self) -> None:
        """Let `run` finish what waits and return."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def run(self) -> None:
        """Commit groups until `end`; then sync, and store the newest checkpoints."""
        while True:
            group = self._take()
            if group:
                began = monotonic_s()
                self._serve(group)
                self._served()
                self._crowd = len(group) + len(self._waiting)
                # As long as serving all of them would take: a group that came apart grows together again.
                self._took_s = min((monotonic_s() - began) * self._crowd / len(group), MOST_GATHERING_S)
            self._sync_waiting(idle=not group)
            if not self.store.read_only:
                self._guard([], self._note)
            if self._ended and not self._waiting and not self.store.has_waiting:
                break
        if not self.store.read_only:
            self._guard([], lambda: self.store.note(least=1))

    def _take(self) -> list[Request]:
        with self._changed:
            if not self._waiting and not self._ended:
                self._changed.wait(WAIT_S if self.store.has_waiting else QUIET_S)
            if self._crowd > 1 and self._waiting:
                # Who was just told comes again: better one group of all than two that take turns. One writer never waits here.
                self._wanted = self._crowd
                self._changed.wait_for(lambda: self._ended or len(self._waiting) >= self._crowd, self._took_s)
                self._wanted = 1
            group: list[Request] = []
            drafts = 0
            while self._waiting and drafts < MAX_DRAFTS:
                group.append(self._waiting.popleft())
                wanted = group[-1].wanted
                drafts += len(wanted.drafts) if isinstance(wanted, Batch) else 1
            return group

    def _sync_waiting(self, *, idle: bool) -> None:
        """Sync rows that wait, when nobody else came or the first of them has waited long enough."""
        if not self.store.has_waiting:
            self._waiting_since = 0.0
            return
        self._waiting_since = self._waiting_since or monotonic_s()
        if idle or monotonic_s() - self._waiting_since >= WAIT_S:
            self._guard([], self.store.sync_waiting)
            self._waiting_since = 0.0

    def _serve(self, group: list[Request]) -> None:
        if self.store.read_only == NO_SPACE:
            self._guard([], self._recover)
        if self.store.read_only:
            refusal: ToteboxError = ReadOnly(self.store.read_only)
            if self.store.read_only == NO_SPACE:
                refusal = DiskFull(NO_SPACE)
            return _answer_all(group, refusal)
        return self._guard(group, lambda: self._commit(group))

    def _commit(self, group: Sequence[Request]) -> None:
        if self.store.disk.free_bytes() < RESERVE_BYTES + sum(request.space() for request in group):
            _answer_all(group, DiskFull("the disk is full: nothing was appended; free some space and try again"))
            return
        outcomes: list[Outcome] = []
        time = self._now()
        clock = self.store.planner.plan_clock(time)
        if clock is not None:
            outcomes.append(clock)
        planned, repeats = self._plan(group, time)
        if not outcomes and all(_may_wait(request) for request, _ in planned):
            for request, outcome in planned:
                self.store.write_waiting(outcome)
                request.answer(self.store.appended(outcome))
        else:
            outcomes += [outcome for _, outcome in planned]
            prepared = {name: unnamed for request, _ in planned for name, unnamed in request.prepared.items()}
            self.store.commit(outcomes, prepared)
            for request, outcome in planned:
                request.answer(self.store.appended(outcome))
        for request, repeat in repeats:
            request.answer(self.store.repeated(repeat.audit_index))

    def _plan(
        self, group: Sequence[Request], time: str
    ) -> tuple[list[tuple[Request, Outcome]], list[tuple[Request, Repeat]]]:
        planned: list[tuple[Request, Outcome]] = []
        repeats: list[tuple[Request, Repeat]] = []
        commands: set[tuple[str, str]] = set()
        again: list[Request] = []
        for request in group:
            if request.command in commands:
                again.append(request)
                continue
            try:
                decided = self._decide(request, time)
            except ToteboxError as error:
                request.answer(error)
                continue
            if isinstance(decided, Repeat):
                repeats.append((request, decided))
            else:
                planned.append((request, decided))
                commands |= {request.command} if request.command else set()
        with self._changed:
            # The same command twice in one group: the second waits until the first is done, and then repeats it.
            self._waiting.extendleft(reversed(again))
        return planned, repeats

    def _decide(self, request: Request, time: str) -> Outcome | Repeat:
        planner = self.store.planner
        if isinstance(request.wanted, Batch):
            return planner.plan_batch(request.wanted, time)
        return planner.plan_audit(request.wanted, time)

    def _guard(self, group: Sequence[Request], step: Callable[[], None]) -> None:
        """Run one step. After a failure nothing is written through this store again, and everybody who waits is told."""
        waiting = {id(request) for request in group}
        try:
            step()
        except OSError as error:
            self._fail(error)
            failure = DiskFull(NO_SPACE) if error.errno in FULL else ReadOnly(self.store.read_only)
            _answer_all(group, failure)
        except RecordRejected as error:
            # Where a file needs its name at once, a payload can turn out wrong after others were written: give those an owner.
            self._recover()
            _answer_all(group, error)
        except VaultError as error:
            self.store.read_only = str(error)
            _answer_all(group, ReadOnly(self.store.read_only))
        finally:
            with self._changed:
                waiting -= {id(request) for request in self._waiting}
            _discard([request for request in group if id(request) in waiting])

    def _fail(self, error: OSError) -> None:
        if error.errno in FULL:
            # Recover at once: what was torn gets its owner if the reserve allows, else with the next append.
            self.store.read_only = NO_SPACE
            try:
                self._recover()
            except (OSError, ToteboxError):
                self.store.read_only = NO_SPACE
            return
        where = f" at {error.filename}" if error.filename else ""
        self.store.read_only = (
            f"the disk failed{where}: {error.strerror}. Nothing more is written; check the disk, then restart"
        )

    def _recover(self) -> None:
        old = self.store
        self.store = self._reopen()
        self.store.payload_bytes = old.payload_bytes
        old.close()

    def _note(self) -> None:
        quiet = monotonic_s() - self._noted_at >= QUIET_S
        if quiet:
            self._noted_at = monotonic_s()
        self.store.note(least=1 if quiet else MANY)


def _may_wait(request: Request) -> bool:
    return isinstance(request.wanted, AuditDraft) and not request.durable


def _answer_all(group: Sequence[Request], failure: ToteboxError) -> None:
    for request in group:
        request.answer(failure)


def _discard(group: Sequence[Request]) -> None:
    for request in group:
        for unnamed in request.take_prepared().values():
            unnamed.discard()
