"""The console as a witness: it cosigns heads that it proved to follow from every head it had seen, and sends the
cosignatures to the Totebox.
"""

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
"""Seconds between two cosignatures without a command. Only a log that has grown is cosigned: each costs a row of the
audit log.
"""


async def cosign(ask: Ask, seen: SeenStore, log: Log, origin: str, witness: Witness, time_s: int) -> Answer | None:
    """Cosign the newest head of `origin` that was seen, which is the newest proved one; None where none was seen.

    A head that does not follow is never cosigned, because an alarm does not change what was seen. Raises LinkDown.
    """
    note = seen.get(origin)
    if note is None:
        return None
    return await ask(Cosign(log, witness.cosign(note, time_s), witness.key.text()))


def witness_name(label: str, public: bytes) -> str:
    """The name of a witness without a name: the device's label and the first digits of the key, so that two witnesses
    differ.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:48] or "console"
    return f"{slug}-{public[:4].hex()}"


@dataclass(frozen=True, slots=True)
class Stand:
    """How this console witnesses: with which key, by which wall clock, and whether by itself."""

    witness: Callable[[], Witness]
    time_s: Callable[[], int]
    is_automatic: Callable[[], bool]


class Witnessing:
    """Witnessing for one Totebox, over all sessions. What was proved in the present session is cosigned on command, or
    by itself.
    """

    def __init__(self, seen: SeenStore, stand: Stand | None) -> None:
        self._seen, self._stand = seen, stand
        self._heads: dict[Log, HeadChecked] = {}
        self._proved = asyncio.Event()
        self._cosigned = -1

    def begin(self) -> None:
        """Begin a session, in which nothing is proved yet."""
        self._heads.clear()
        self._proved.clear()

    def checked(self, head: HeadChecked) -> None:
        """A head was compared with what had been seen."""
        self._heads[Log.AUDIT if head.audit else Log.RECORDS] = head
        if len(self._heads) == len(Log):
            self._proved.set()

    async def cosign(self, pairing: StoredPairing, ask: Ask) -> Answer:
        """Cosign both heads, the records' first. Returns the last answer, or the first that is no valid receipt. Raises
        LinkDown.

        Where nothing was proved in this session, or a log contradicts what had been seen, the answer is a Refusal of
        this console.
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
        """Cosign by itself, where `stand` asks for it and the role permits it. Runs until cancelled with the session.
        Raises LinkDown.
        """
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
