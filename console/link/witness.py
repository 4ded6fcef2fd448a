"""The console as a witness: it cosigns heads that it proved to follow from every one it had seen, and hands them back to be kept."""

import asyncio
import re
from collections.abc import Awaitable, Callable

from console.link.pairing import SeenStore, StoredPairing
from console.model.events import Answer, HeadChecked
from console.model.proofs import check_receipt
from protocol.schema import Arguments, Bound, Cosign, Receipt, Refusal
from protocol.schema.numbers import Log, RefusalCode, Verb
from protocol.trust.cosignature import Witness
from protocol.trust.note import parse_vkey
from protocol.trust.roles import permits
from protocol.values import dataclass

Ask = Callable[[Arguments], Awaitable[Answer]]
EVERY_S = 3_600.0
"""By itself a console cosigns at each session and then this often, and only what has grown: each costs a row of the audit log."""


async def cosign(ask: Ask, seen: SeenStore, log: Log, origin: str, witness: Witness, time_s: int) -> Answer | None:
    """Cosign the newest head of `origin` that was seen, which is the newest that was proved; None where none was.

    An alarm changes nothing of what was seen: a head that does not follow is never cosigned. Raises LinkDown.
    """
    note = seen.get(origin)
    if note is None:
        return None
    return await ask(Cosign(log, witness.cosign(note, time_s), witness.key.text()))


def witness_name(label: str, public: bytes) -> str:
    """What a witness is called that was given no name: the device's label, and the key's first digits, so that no two are one."""
    slug = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:48] or "console"
    return f"{slug}-{public[:4].hex()}"


@dataclass(frozen=True, slots=True)
class Stand:
    """How this console witnesses: with which key, by which wall clock, and whether without being asked."""

    witness: Callable[[], Witness]
    time_s: Callable[[], int]
    is_automatic: Callable[[], bool]


class Witnessing:
    """Of one Totebox, over all sessions with it: what was proved in the present one is cosigned when asked for, or by itself."""

    def __init__(self, seen: SeenStore, stand: Stand | None) -> None:
        self._seen, self._stand = seen, stand
        self._heads: dict[Log, HeadChecked] = {}
        self._proved = asyncio.Event()
        self._cosigned = -1

    def begin(self) -> None:
        """A session begins: nothing is proved in it yet."""
        self._heads.clear()
        self._proved.clear()

    def checked(self, head: HeadChecked) -> None:
        """A head was held against what had been seen."""
        self._heads[Log.AUDIT if head.audit else Log.RECORDS] = head
        if len(self._heads) == len(Log):
            self._proved.set()

    async def cosign(self, pairing: StoredPairing, ask: Ask) -> Answer:
        """Both heads, the records' first: the last answer, or the first that is no receipt that holds. Raises LinkDown.

        Without an answer of the Totebox it is a Refusal of this console's own: nothing was proved in this session, or
        a log contradicts what had been seen.
        """
        if (refusal := self._why_not()) is not None:
            return refusal
        assert self._stand is not None
        witness, time_s = await asyncio.to_thread(self._stand.witness), self._stand.time_s()
        answer: Answer = _refusal("nothing was proved of this Totebox yet", "wait for the heads of its logs")
        for log, vkey in ((Log.RECORDS, pairing.vkey), (Log.AUDIT, pairing.audit_vkey)):
            size = self._heads[log].tree_size
            given = await cosign(ask, self._seen, log, parse_vkey(vkey).name, witness, time_s)
            if given is None:
                return answer
            answer = given
            if not isinstance(answer, Receipt) or check_receipt(answer, pairing.vkey, pairing.audit_vkey).fault:
                return answer
            if log is Log.RECORDS:
                self._cosigned = size
        return answer

    async def run(self, bound: Bound, pairing: StoredPairing, ask: Ask, pause_s: float = EVERY_S) -> None:
        """By itself, where that is wanted and the role permits it. Ends with the session, by being cancelled. Raises LinkDown."""
        if self._stand is None or Verb.COSIGN not in bound.verbs or not permits(bound.role, Verb.COSIGN):
            return
        while True:
            await self._proved.wait()
            if self._stand.is_automatic() and self._heads[Log.RECORDS].tree_size > self._cosigned:
                await self.cosign(pairing, ask)
            await asyncio.sleep(pause_s)

    def _why_not(self) -> Refusal | None:
        if self._stand is None:
            return _refusal("this console holds no witness's key", "open a live Totebox")
        if not self._proved.is_set():
            return _refusal("the heads were not proved in this session yet", "wait a moment, then cosign again")
        alarms = [head.alarm for head in self._heads.values() if head.alarm]
        if alarms:
            return _refusal(f"this console does not vouch for a log that raised the alarm: {alarms[0]}", "see F8")
        return None


def _refusal(reason: str, remedy: str) -> Refusal:
    return Refusal(0, RefusalCode.UNAVAILABLE, reason, remedy)
