"""Group commit: many writers share two rounds of syncs.

One thread takes and plans who waits, commits them together through the store, and answers. Who comes while it syncs is of the next
group. Audit rows of commands that only read are answered when written and synced with the next group, or after half a second.
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition

from totebox.clock import monotonic_s
from totebox.errors import DiskFull, ReadOnly, RecordRejected, ToteboxError, VaultError
from totebox.vault.commit.group import Group, Request
from totebox.vault.commit.plan import MAX_DRAFTS
from totebox.vault.commit.recovery import NO_SPACE
from totebox.vault.commit.store import Store
from totebox.vault.disk.durable import FULL

WAIT_S = 0.5
"""How long an audit row of a read may wait for company before it is synced alone."""
QUIET_S = 10.0
"""After this long a checkpoint file is written for whatever was appended since the last."""
MOST_GATHERING_S = 0.02
PLANNED_TOGETHER = 16
"""Of a crowd that gathers, how many must have come for the committing thread to wake and plan them."""
MANY = 1_024


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
        self._crowd, self._gathering_s = 1, 0.0
        """How many came lately while a group was served, with those in it; and how long all of them are waited for."""
        self._wanted = 1
        """How many must wait for the committing thread to be woken."""

    def submit(self, request: Request) -> None:
        """Queue one request; answered through `request.done`."""
        with self._changed:
            self._waiting.append(request)
            if len(self._waiting) >= self._wanted:
                # While a crowd gathers, not everybody wakes the committing thread.
                self._changed.notify()

    def end(self) -> None:
        """Let `run` finish what waits and return."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def run(self) -> None:
        """Commit groups until `end`; then sync, and store the newest checkpoints."""
        while True:
            somebody = self._await()
            if somebody:
                self._serve()
                self._served()
            self._sync_waiting(idle=not somebody)
            if not self.store.read_only:
                self._guard([], self._note)
            if self._ended and not self._waiting and not self.store.has_waiting:
                break
        if not self.store.read_only:
            self._guard([], lambda: self.store.note(least=1))

    def _await(self) -> bool:
        """Wait until somebody waits; False when nobody came for a while."""
        with self._changed:
            if not self._waiting and not self._ended:
                self._changed.wait(WAIT_S if self.store.has_waiting else QUIET_S)
            return bool(self._waiting)

    def _take(self, most_rows: int) -> list[Request]:
        with self._changed:
            taken: list[Request] = []
            while self._waiting and most_rows > 0:
                taken.append(self._waiting.popleft())
                most_rows -= taken[-1].rows
            return taken

    def _sync_waiting(self, *, idle: bool) -> None:
        """Sync rows that wait, when nobody else came or the first of them has waited long enough."""
        if not self.store.has_waiting:
            self._waiting_since = 0.0
            return
        self._waiting_since = self._waiting_since or monotonic_s()
        if idle or monotonic_s() - self._waiting_since >= WAIT_S:
            self._guard([], self.store.sync_waiting)
            self._waiting_since = 0.0

    def _serve(self) -> None:
        if self.store.read_only == NO_SPACE:
            self._guard([], self._recover)
        if self.store.read_only:
            full = self.store.read_only == NO_SPACE
            refused = self._take(MAX_DRAFTS)
            _answer_all(refused, DiskFull(NO_SPACE) if full else ReadOnly(self.store.read_only))
            _discard(refused)
            return
        group = Group(self.store)
        self._guard(group.requests, lambda: self._commit(group))
        with self._changed:
            self._waiting.extendleft(reversed(group.again))

    def _commit(self, group: Group) -> None:
        began = monotonic_s()
        idle_s = self._gather(group)
        group.commit()
        # Before anybody is told: who was told comes again.
        self._crowd = len(group.requests) + len(self._waiting)
        group.answer()
        # Twice as long as serving all of them would take, for who was told has work of his own before he comes again: a group that
        # came apart grows together again.
        busy_s = monotonic_s() - began - idle_s
        self._gathering_s = min(2 * busy_s * self._crowd / len(group.requests), MOST_GATHERING_S)

    def _gather(self, group: Group) -> float:
        """Take and plan who waits, and who still comes of the crowd; the seconds in which nobody came.

        Who was just told comes again: better one group of all than two that take turns. One writer never waits here.
        """
        idle_s = 0.0
        while True:
            group.plan(self._take(MAX_DRAFTS - group.rows), self._now())
            missing = self._crowd - len(group.requests)
            if missing <= 0 or group.rows >= MAX_DRAFTS or idle_s >= self._gathering_s:
                return idle_s
            began = monotonic_s()
            with self._changed:
                self._wanted = min(missing, PLANNED_TOGETHER)
                self._changed.wait_for(self._is_enough, self._gathering_s - idle_s)
                self._wanted = 1
                if not self._waiting:
                    return idle_s + monotonic_s() - began
            idle_s += monotonic_s() - began

    def _is_enough(self) -> bool:
        return self._ended or len(self._waiting) >= self._wanted

    def _guard(self, requests: Sequence[Request], step: Callable[[], None]) -> None:
        """Run one step. After a failure nothing is written through this store again, and everybody who waits is told."""
        try:
            step()
        except OSError as error:
            self._fail(error)
            failure = DiskFull(NO_SPACE) if error.errno in FULL else ReadOnly(self.store.read_only)
            _answer_all(requests, failure)
        except RecordRejected as error:
            # Where a file needs its name at once, a payload can turn out wrong after others were written: give those an owner.
            self._recover()
            _answer_all(requests, error)
        except VaultError as error:
            self.store.read_only = str(error)
            _answer_all(requests, ReadOnly(self.store.read_only))
        finally:
            _discard(requests)

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


def _answer_all(requests: Sequence[Request], failure: ToteboxError) -> None:
    for request in requests:
        request.answer(failure)


def _discard(requests: Sequence[Request]) -> None:
    for request in requests:
        for unnamed in request.take_prepared().values():
            unnamed.discard()
