"""The console as a witness: it cosigns heads that it proved to follow from every one it had seen, and hands them back to be kept."""

from collections.abc import Awaitable, Callable

from console.link.pairing import SeenStore
from console.model.events import Answer
from protocol.schema import Arguments, Cosign
from protocol.schema.numbers import Log
from protocol.trust.cosignature import Witness

Ask = Callable[[Arguments], Awaitable[Answer]]


async def cosign(ask: Ask, seen: SeenStore, log: Log, origin: str, witness: Witness, time_s: int) -> Answer | None:
    """Cosign the newest head of `origin` that was seen, which is the newest that was proved; None where none was.

    An alarm changes nothing of what was seen: a head that does not follow is never cosigned. Raises LinkDown.
    """
    note = seen.get(origin)
    if note is None:
        return None
    return await ask(Cosign(log, witness.cosign(note, time_s), witness.key.text()))
