"""Compares every checkpoint of a Totebox with the newest one seen before, so that its log cannot go back unnoticed."""

import asyncio
from collections.abc import Awaitable, Callable
from time import time

from console.link.pairing import SeenStore, StoredPairing
from console.model.contradiction import Break, Contradiction
from console.model.events import Answer, HeadChecked
from console.model.proofs import check_consistency
from console.model.tables import first
from protocol.errors import NoteError, ProofError
from protocol.schema import Arguments, Head, Refusal, Rows
from protocol.schema.numbers import Log, RefusalCode
from protocol.trust.note import TreeHead, parse_vkey, read_checkpoint, verify_checkpoint
from protocol.values import dataclass

Ask = Callable[[Arguments], Awaitable[Answer]]
HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Shown:
    """The answer of HEAD: the newest checkpoint and the consistency path to it."""

    note: bytes
    path: tuple[bytes, ...]


class NothingSeen:
    """A SeenStore in memory, which is empty when the program starts."""

    def __init__(self) -> None:
        self._notes: dict[str, bytes] = {}
        self._alarms: dict[str, tuple[Break, str, int, bytes, bytes]] = {}

    def get(self, origin: str) -> bytes | None:
        return self._notes.get(origin)

    def put(self, origin: str, note: bytes) -> None:
        self._notes[origin] = note

    def alarm(self, origin: str, seen: bytes, shown: bytes, why: str, broken: Break) -> None:
        self._alarms.setdefault(origin, (broken, why, int(time() * 1e6), seen, shown))

    def standing(self, origin: str, log: Log) -> Contradiction | None:
        alarm = self._alarms.get(origin)
        return Contradiction(log, *alarm) if alarm else None

    def cleared(self, origin: str, why: str) -> None:
        self._alarms.pop(origin, None)


class HeadWatch:
    """Checks the heads of both logs of one Totebox, with one question at a time for each log."""

    def __init__(
        self,
        pairing: StoredPairing,
        seen: SeenStore,
        ask: Ask,
        emit: Callable[[HeadChecked], None],
        clock: Callable[[], float],
    ) -> None:
        self._pairing, self._seen, self._ask, self._emit, self._clock = pairing, seen, ask, emit, clock
        self._moved = {log: asyncio.Event() for log in Log}

    def moved(self, log: Log) -> None:
        """The log has a newer checkpoint."""
        self._moved[log].set()

    async def run(self, log: Log, pause_s: float = 1.0) -> None:
        """Check the head now and after each move, at most once in `pause_s`. Raises LinkDown with the session."""
        while True:
            self._moved[log].clear()
            await self.check(log)
            await self._moved[log].wait()
            await asyncio.sleep(pause_s)

    async def check(self, log: Log) -> None:
        """Ask for the head of `log`, prove it, store it and emit it; or raise the alarm. Raises LinkDown."""
        vkey = self._pairing.audit_vkey if log is Log.AUDIT else self._pairing.vkey
        origin = parse_vkey(vkey).name
        seen_note = self._seen.get(origin)
        seen = read_checkpoint(seen_note) if seen_note else TreeHead(origin, 0, b"")
        answer = await self._ask(Head(log, seen.tree_size))
        if isinstance(answer, Refusal) and answer.code is RefusalCode.NOT_FOUND and seen_note:
            answer = await self._ask(Head(log, 0))
            why = f"the log is shorter than the {seen.tree_size} entries that were seen: was an old copy restored?"
        else:
            why = ""
        shown = _shown(answer)
        if shown is None:
            return
        why = why or self._judge(seen, shown, vkey, bool(seen_note))
        self._conclude(log, origin, seen_note or b"", shown.note, why)

    async def accuse(self, log: Log, why: str) -> None:
        """Raise the alarm with the head that the Totebox shows now; both checkpoints are kept. Raises LinkDown."""
        shown = _shown(await self._ask(Head(log, 0)))
        if shown is not None:
            vkey = self._pairing.audit_vkey if log is Log.AUDIT else self._pairing.vkey
            origin = parse_vkey(vkey).name
            self._conclude(log, origin, self._seen.get(origin) or b"", shown.note, why)

    def _judge(self, seen: TreeHead, shown: _Shown, vkey: str, known: bool) -> str:
        if known:
            return check_consistency(seen, shown.note, vkey, shown.path)
        try:
            verify_checkpoint(shown.note, parse_vkey(vkey))
        except (NoteError, ProofError) as fault:
            return f"the checkpoint does not verify: {fault}"
        return ""

    def _conclude(self, log: Log, origin: str, seen: bytes, shown: bytes, why: str) -> None:
        try:
            head = read_checkpoint(shown)
        except NoteError:
            head = TreeHead(origin, 0, bytes(HASH_BYTES))
        if not why:
            self._seen.put(origin, shown)
        elif seen:
            is_shorter = head.tree_size < read_checkpoint(seen).tree_size
            self._seen.alarm(origin, seen, shown, why, Break.ROLLED_BACK if is_shorter else Break.FORKED)
        self._emit(
            HeadChecked(self._pairing.totebox, log is Log.AUDIT, head.tree_size, head.root, shown, why, self._clock())
        )


def _shown(answer: Answer) -> _Shown | None:
    """The one row of table `vault.head`; None when the answer has none (the Totebox is busy or read-only)."""
    row = first(answer.table) if isinstance(answer, Rows) else None
    if row is None:
        return None
    note, path = row["checkpoint"], row["path"]
    note = note.encode() if isinstance(note, str) else note
    if not isinstance(note, bytes) or not isinstance(path, bytes) or len(path) % HASH_BYTES:
        return None
    return _Shown(note, tuple(path[at : at + HASH_BYTES] for at in range(0, len(path), HASH_BYTES)))
