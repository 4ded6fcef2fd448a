"""Idempotency: a write that is repeated under its `once` id gets its first answer, even while the first is still at work."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from protocol.schema import Receipt, Rows
from protocol.schema.numbers import RefusalCode
from totebox.gate.refused import Refused

Answer = Receipt | Rows | None
KEPT = 512


@dataclass(frozen=True, slots=True)
class _Kept:
    digest: bytes
    answer: "asyncio.Future[Answer]"


class OnceBook:
    """Answers of this process by (device, once id); what an earlier process did, the vault knows by itself."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._book: OrderedDict[tuple[str, bytes], _Kept] = OrderedDict()

    async def carry(
        self, device: str, once: bytes, digest: bytes, command_id: int, act: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        """Do `act` once; a repetition waits for its answer and is given it under its own `command_id`.

        A refusal or a fault is not kept: nothing was done, so the same id may try again.

        Raises:
            Refused: CONFLICT where the id was used for another command.
        """
        if not once:
            return await act()
        known = self._book.get((device, once))
        if known is not None:
            return await self._repeat(known, digest, command_id)
        kept = _Kept(digest, asyncio.get_running_loop().create_future())
        self._book[(device, once)] = kept
        try:
            answer = await act()
        except BaseException:
            del self._book[(device, once)]
            kept.answer.cancel()
            raise
        kept.answer.set_result(answer)
        self._forget_oldest()
        return answer

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
            raise Refused(RefusalCode.UNAVAILABLE, "the first attempt came to nothing", "send it again") from None
        return None if answer is None else replace(answer, id=command_id)

    def _forget_oldest(self) -> None:
        while len(self._book) > self._kept and next(iter(self._book.values())).answer.done():
            self._book.popitem(last=False)
