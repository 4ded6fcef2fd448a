"""Group commit: the requests of many writers share two rounds of syncs.

One thread (`run`) repeats four steps: it takes the queued requests, plans them, commits them through the store, and answers them. A
request that arrives during a commit joins the next group. The audit row of a command that only reads is answered when it is written,
and is synced with the next group or after half a second.

States of the store: it takes writes; it has no space (each turn tries to recover before it refuses); it is read-only until the
program starts again. Invariants: a request is answered exactly once; success is answered only when its rows are durable (except audit
rows of reads); after a step that failed, nothing more is written through the same store. A crash loses no request that was answered
with success, and recovery decides about the others: it keeps whole batches and adopts the rest as torn. A caller that stops waiting
cancels nothing: its request is committed all the same.
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition

from totebox.clock import monotonic_s
from totebox.errors import DiskFull, ReadOnly, RecordRejected, ToteboxError, VaultError
from totebox.vault.commit.group import CommitRequest, Group
from totebox.vault.commit.plan import MAX_DRAFTS
from totebox.vault.commit.recovery import NO_SPACE
from totebox.vault.commit.store import Store
from totebox.vault.disk.durable import FULL

WAIT_S = 0.5
"""How long the audit row of a read may wait for a group to share its sync, before it is synced alone."""
QUIET_S = 10.0
"""How often checkpoint files are written for the entries that were appended since the last one."""
MOST_GATHERING_S = 0.02
PLANNED_TOGETHER = 16
"""While a group gathers, the committing thread wakes to plan after at most this many arrivals."""
MANY = 1_024


class GroupCommit:
    """Queue of requests, and the thread function that commits them to `store` in groups.

    `reopen` recovers another store after the disk was full or a payload proved wrong; `now` reads the clock; `served` is called after each
    group was answered.
    """

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
        self._waiting: deque[CommitRequest] = deque()
        self._changed = Condition()
        self._ended = False
        self._noted_at = monotonic_s()
        self._waiting_since = 0.0
        self._crowd, self._gathering_s = 1, 0.0
        """Requests expected for the next group (as many as the last had, and arrived during it), and how long to wait for them."""
        self._wanted = 1
        """Length of the queue at which `submit` wakes the committing thread."""

    def submit(self, request: CommitRequest) -> None:
        """Queue one request, from any thread. Its result arrives through `request.done`."""
        with self._changed:
            self._waiting.append(request)
            if len(self._waiting) >= self._wanted:
                # While a group gathers, waking the thread for each request would cost more than it gains.
                self._changed.notify()

    def end(self) -> None:
        """Make `run` commit the queued requests and return."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def run(self) -> None:
        """Commit groups until `end` is called; then sync, and store the newest checkpoints. The body of the committing thread."""
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
        """Wait for a request; False when none arrived within the time limit."""
        with self._changed:
            if not self._waiting and not self._ended:
                self._changed.wait(WAIT_S if self.store.has_waiting else QUIET_S)
            return bool(self._waiting)

    def _take(self, most_rows: int) -> list[CommitRequest]:
        with self._changed:
            taken: list[CommitRequest] = []
            while self._waiting and most_rows > 0:
                taken.append(self._waiting.popleft())
                most_rows -= taken[-1].rows
            return taken

    def _sync_waiting(self, *, idle: bool) -> None:
        """Sync the audit rows of reads, when no request arrived or the oldest of them has waited `WAIT_S`."""
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
        # Counted before the answers go out: a writer that has its answer sends its next request, and would be counted twice.
        self._crowd = len(group.requests) + len(self._waiting)
        group.answer()
        # Wait twice as long as one group of all of them would take: a writer does some work between its answer and its next request. So
        # writers that fell into two groups meet in one group again.
        busy_s = monotonic_s() - began - idle_s
        self._gathering_s = min(2 * busy_s * self._crowd / len(group.requests), MOST_GATHERING_S)

    def _gather(self, group: Group) -> float:
        """Take and plan the queued requests, and wait for those that are expected. Returns the seconds that were spent waiting.

        Writers that were just answered usually send again at once: one group of all of them is faster than two groups that take turns. With
        a single writer there is no wait.
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

    def _guard(self, requests: Sequence[CommitRequest], step: Callable[[], None]) -> None:
        """Run one step. When it fails, answer `requests` with the failure; nothing more is written through this store."""
        try:
            step()
        except OSError as error:
            self._fail(error)
            failure = DiskFull(NO_SPACE) if error.errno in FULL else ReadOnly(self.store.read_only)
            _answer_all(requests, failure)
        except RecordRejected as error:
            # Where files cannot be written without a name, a payload can prove wrong after others were written: recovery gives those an
            # owner.
            self._recover()
            _answer_all(requests, error)
        except VaultError as error:
            self.store.read_only = str(error)
            _answer_all(requests, ReadOnly(self.store.read_only))
        finally:
            _discard(requests)

    def _fail(self, error: OSError) -> None:
        if error.errno in FULL:
            # Recover at once: the torn bytes get an owner if the reserved space is enough, else the next append tries again.
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


def _answer_all(requests: Sequence[CommitRequest], failure: ToteboxError) -> None:
    for request in requests:
        request.answer(failure)


def _discard(requests: Sequence[CommitRequest]) -> None:
    for request in requests:
        for unnamed in request.take_prepared().values():
            unnamed.discard()
