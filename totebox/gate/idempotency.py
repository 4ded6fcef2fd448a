"""Idempotency: a write that is repeated under its `once` id gets the first answer, even while the first write is still
running.

The table is bounded, and no device can push out the answers of another: when the table is full, the oldest answer of
the device that has the most answers is forgotten. The number of running writes is bounded by the commands in flight,
and by a limit of its own.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from protocol.schema import Receipt, Rows
from protocol.schema.numbers import RefusalCode
from totebox.gate.refusal import Refused

Answer = Receipt | Rows | None
KEPT = 512
"""The most answers that are kept, of all devices together."""
AT_WORK = 512
"""The most running writes of one device under a `once`: as many as eight sessions can have in flight."""


@dataclass(frozen=True, slots=True)
class _Kept:
    digest: bytes
    answer: "asyncio.Future[Answer]"


class OnceBook:
    """Answers of this process by (device, once id). The vault knows what earlier processes did."""

    def __init__(self, kept: int = KEPT, at_work: int = AT_WORK) -> None:
        self._kept, self._most_at_work = kept, at_work
        self._at_work: dict[str, dict[bytes, _Kept]] = {}
        self._done: dict[str, OrderedDict[bytes, _Kept]] = {}
        """Answers by device, in the order in which the writes finished."""
        self._count = 0

    def __len__(self) -> int:
        """The number of ids that are remembered, those of running writes included."""
        return self._count + sum(map(len, self._at_work.values()))

    async def carry(
        self, device: str, once: bytes, digest: bytes, command_id: int, act: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        """Do `act` once. A repetition waits for the first answer and returns it under its own `command_id`.

        A refusal or a fault is not kept: nothing was done, so the same id may be used again.

        Raises:
            Refused: CONFLICT where the id was used for another command, TOO_MANY where too many writes of the device
                are running.
        """
        if not once:
            return await act()
        known = self._known(device, once)
        if known is not None:
            return await self._repeat(known, digest, command_id)
        at_work = self._at_work.setdefault(device, {})
        if len(at_work) >= self._most_at_work:
            raise Refused(
                RefusalCode.TOO_MANY,
                f"{len(at_work)} writes of this device have no answer yet",
                "wait for an answer, then send it again",
            )
        kept = at_work[once] = _Kept(digest, asyncio.get_running_loop().create_future())
        try:
            answer = await act()
        except BaseException:
            kept.answer.cancel()
            raise
        finally:
            del at_work[once]
            if not at_work:
                del self._at_work[device]
        kept.answer.set_result(answer)
        self._keep(device, once, kept)
        return answer

    def _known(self, device: str, once: bytes) -> _Kept | None:
        for book in (self._at_work, self._done):
            if device in book and once in book[device]:
                return book[device][once]
        return None

    async def _repeat(self, known: _Kept, digest: bytes, command_id: int) -> Answer:
        if known.digest != digest:
            raise Refused(
                RefusalCode.CONFLICT,
                "this once id was used for another command",
                "use a new once id for another command",
            )
        try:
            answer = await asyncio.shield(known.answer)
        except asyncio.CancelledError:
            if not known.answer.cancelled():
                raise
            raise Refused(RefusalCode.UNAVAILABLE, "the first attempt was not completed", "send it again") from None
        return None if answer is None else replace(answer, id=command_id)

    def _keep(self, device: str, once: bytes, kept: _Kept) -> None:
        self._done.setdefault(device, OrderedDict())[once] = kept
        self._count += 1
        while self._count > self._kept:
            name = max(self._done, key=lambda name: len(self._done[name]))
            self._done[name].popitem(last=False)
            self._count -= 1
            if not self._done[name]:
                del self._done[name]
