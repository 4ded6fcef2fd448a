"""Group of requests that are committed in one sync.

Requests are planned in the order in which they arrive; planning can go on while later ones still arrive. Nothing is written before
`commit`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from totebox.errors import DiskFull, ToteboxError
from totebox.vault.api import Appended, AuditDraft, Batch, Line, Whole
from totebox.vault.commit.plan import Outcome, Repeat
from totebox.vault.commit.store import Store
from totebox.vault.disk.durable import Unnamed

RESERVE_BYTES = 1 << 20
"""Disk space that appends leave free, so that recovery can still write the entries that own torn bytes when the disk is full."""
ROW_BYTES = 1_024

Done = Callable[[Appended | ToteboxError], None]


@dataclass(slots=True)
class CommitRequest:
    """One batch or audit row that waits to be committed; `done` is called exactly once, from the committing thread.

    `durable` is False for the audit row of a command that only reads. `prepared` holds the staged files that were copied beforehand, by
    their staged names.
    """

    wanted: Batch | AuditDraft
    done: Done
    durable: bool = True
    prepared: dict[str, Unnamed] = field(default_factory=dict)
    _answered: bool = False

    @property
    def command(self) -> tuple[str, str] | None:
        """(actor, idempotency id) of a batch that has an id; None for one that cannot be repeated."""
        if isinstance(self.wanted, Batch) and self.wanted.command:
            return self.wanted.actor, self.wanted.command
        return None

    @property
    def may_wait(self) -> bool:
        """Whether its row may share a later sync: True for the audit row of a command that only reads."""
        return not self.durable and isinstance(self.wanted, AuditDraft)

    def answer(self, result: Appended | ToteboxError) -> None:
        """Call `done` with the result. Only the first call has an effect."""
        if not self._answered:
            self._answered = True
            self.done(result)

    def take_prepared(self) -> dict[str, Unnamed]:
        """Remove the prepared files from the request and return them; the caller publishes or discards them."""
        taken, self.prepared = self.prepared, {}
        return taken

    @property
    def rows(self) -> int:
        """Number of rows that it adds to both logs together."""
        return 1 + (len(self.wanted.drafts) if isinstance(self.wanted, Batch) else 0)

    def space(self) -> int:
        """Largest number of bytes that it will add to the disk, without the files that are prepared already."""
        total = ROW_BYTES
        for draft in self.wanted.drafts if isinstance(self.wanted, Batch) else ():
            payload, total = draft.payload, total + ROW_BYTES
            if isinstance(payload, Line):
                total += 2 * sum(map(len, payload.cells))
            elif isinstance(payload, Whole):
                total += len(payload.data)
        return total


class Group:
    """Requests planned in order at the end of `store`'s logs. Nothing of them is written before `commit`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._room: int | None = None
        self._outcomes: list[Outcome] = []
        self._planned: list[tuple[CommitRequest, Outcome]] = []
        self._repeats: list[tuple[CommitRequest, Repeat]] = []
        self._commands: set[tuple[str, str]] = set()
        self.requests: list[CommitRequest] = []
        """The requests that are answered with this group."""
        self.again: list[CommitRequest] = []
        """Requests whose command is already in this group: they are queued again after it, and then answered as repeats."""
        self.rows = 0
        """Number of rows that the group adds to both logs together."""

    def plan(self, taken: Sequence[CommitRequest], time: str) -> None:
        """Decide the rows and places of `taken` at `time`. A request that is refused is answered at once."""
        clock = self._store.planner.plan_clock(time)
        if clock is not None:
            self._outcomes.append(clock)
        for request in taken:
            command = request.command
            if command is not None and command in self._commands:
                self.again.append(request)
                continue
            self.requests.append(request)
            try:
                self._decide(request, time)
            except ToteboxError as error:
                request.answer(error)
            else:
                self._commands |= {command} if command is not None else set()

    def commit(self) -> None:
        """Make everything that was planned durable in one commit. A group of nothing but rows that may wait is written without a sync."""
        store = self._store
        if len(self._outcomes) == len(self._planned) and all(request.may_wait for request, _ in self._planned):
            for outcome in self._outcomes:
                store.write_waiting(outcome)
        else:
            prepared = {name: unnamed for request, _ in self._planned for name, unnamed in request.prepared.items()}
            store.commit(self._outcomes, prepared)

    def answer(self) -> None:
        """Answer every request of the group with its result."""
        for request, outcome in self._planned:
            request.answer(self._store.appended(outcome))
        for request, repeat in self._repeats:
            request.answer(self._store.repeated(repeat.audit_index))

    def _decide(self, request: CommitRequest, time: str) -> None:
        if self._room is None:
            self._room = self._store.disk.free_bytes() - RESERVE_BYTES
        self._room -= (space := request.space())
        if self._room < 0:
            self._room += space
            raise DiskFull("the disk is full: nothing was appended; free some space and try again")
        planner, wanted = self._store.planner, request.wanted
        decided = planner.plan_batch(wanted, time) if isinstance(wanted, Batch) else planner.plan_audit(wanted, time)
        if isinstance(decided, Repeat):
            self._repeats.append((request, decided))
            return
        self._outcomes.append(decided)
        self._planned.append((request, decided))
        self.rows += len(decided.entries) + 1
