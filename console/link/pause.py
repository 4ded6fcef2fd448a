"""Pauses and waits of one link: after a TOO_MANY, and before the next attempt to connect.

After a TOO_MANY this link sends nothing, by itself or at a key, until the wait that it states is over. A wait above
`MOST_PAUSE_S` is a limit of one verb (a verification once an hour): it is shown to the person, and other commands go
on. A TOO_MANY that states no wait says that as many commands are in flight as may be: it is over when one of them has its
answer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from protocol.schema import Closing, Refusal
from protocol.schema.numbers import ClosingReason, RefusalCode
from protocol.schema.waiting import stated_wait_s

A = TypeVar("A")
MOST_PAUSE_S = 60.0
TRIES = 4
"""How often a read is sent before a TOO_MANY is returned as its answer."""
FIRST_RETRY_S, LONGEST_RETRY_S = 0.25, 4.0
FIRST_REFUSED_S, LONGEST_REFUSED_S = 1.0, 60.0
"""The waits instead of the two above, where the Totebox was reached and refused: too many sessions, no rows left, no
room on its disk.
"""
PAIR_AGAIN = "it is not dialed again; pair it anew: os-totebox pair DIR --role ROLE on its host, then os-console pair TICKET here"
ASK_AGAIN = "it is not dialed again; ask anew: os-console request ADDRESS"
RESTS = "it is not dialed again; its folder stays where it is, to be read and verified on its host"
FOR_GOOD = {
    ClosingReason.REVOKED: PAIR_AGAIN,
    ClosingReason.UNKNOWN_PEER: PAIR_AGAIN,
    ClosingReason.BINDER_MISMATCH: PAIR_AGAIN,
    ClosingReason.DENIED: ASK_AGAIN,
    ClosingReason.REQUEST_EXPIRED: ASK_AGAIN,
    ClosingReason.ARCHIVED: RESTS,
}
"""Closing reasons after which the link dials again only at a person's `retry`, and the remedy of each."""
PATIENT = frozenset({ClosingReason.REFUSED, ClosingReason.FAILED})
"""Closing reasons whose cause does not pass within seconds."""


def longest_wait_s(failures: int, closing: Closing | None) -> float:
    """The longest wait in seconds before dialling again, after so many failures in a row."""
    refused = closing is not None and closing.reason in PATIENT
    first_s, longest_s = (FIRST_REFUSED_S, LONGEST_REFUSED_S) if refused else (FIRST_RETRY_S, LONGEST_RETRY_S)
    return min(longest_s, first_s * 2.0 ** min(failures, 8))


async def _at_once() -> None:
    """Where no command is in flight."""


class Pause:
    """`clock` gives monotonic seconds, `began` is called with the end of each pause, `sleep` waits."""

    def __init__(
        self,
        clock: Callable[[], float],
        began: Callable[[float], None],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._clock, self._began, self._sleep = clock, began, sleep
        self._until = 0.0

    async def over(self) -> None:
        """Wait until the pause is over."""
        while (left_s := self._until - self._clock()) > 0:
            await self._sleep(left_s)

    def begins(self, answer: object) -> bool:
        """Begin a pause, if `answer` is a TOO_MANY that states a wait up to `MOST_PAUSE_S`. Returns whether one
        began.
        """
        if not isinstance(answer, Refusal) or answer.code is not RefusalCode.TOO_MANY:
            return False
        wait_s = stated_wait_s(answer.remedy)
        if wait_s is None or wait_s > MOST_PAUSE_S:
            return False
        self._until = max(self._until, self._clock() + wait_s)
        self._began(self._until)
        return True

    async def through(
        self, ask: Callable[[], Awaitable[A]], again: bool, freed: Callable[[], Awaitable[None]] = _at_once
    ) -> A:
        """The answer to `ask`, which is called when the pause is over. With `again`, a TOO_MANY is asked again after
        its wait; where it states none, after `freed`, which waits until a command in flight has its answer.
        """
        tries = TRIES if again else 1
        while True:
            await self.over()
            answer = await ask()
            tries -= 1
            is_paused = self.begins(answer)
            if not tries or not (is_paused or _has_no_slot(answer)):
                return answer
            if not is_paused:
                await freed()


def _has_no_slot(answer: object) -> bool:
    """Whether `answer` says that too many commands are in flight."""
    if not isinstance(answer, Refusal) or answer.code is not RefusalCode.TOO_MANY:
        return False
    return stated_wait_s(answer.remedy) is None
