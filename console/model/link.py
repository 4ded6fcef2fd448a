"""The interface of a link to one Totebox, live or recorded; and the mailbox for its events."""

from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

from console.model.events import Answer, Echo, Event, Heard
from protocol.schema import Arguments, CapGrant, DeviceKey, Offer, Refusal, Telemetry
from protocol.trust.approval import Approval

Chunks = Callable[[int], AsyncIterator[bytes]]
"""The upload's bytes, from an offset on."""


@dataclass(frozen=True, slots=True)
class Lent:
    """A capability that was passed on: its text, its revocation id, and the fingerprint of the device that holds it
    now.
    """

    text: str
    id: bytes
    holder: str


class Link(Protocol):
    """The link of one Totebox. It is made with a Mailbox as its `emit`."""

    async def run(self) -> None:
        """Connect, and reconnect by itself, until cancelled."""
        ...

    async def ask(self, key: str, arguments: Arguments, once: bytes = b"") -> Answer:
        """Send a command, wait for its answer; emits Asked and Answered under `key`.

        Raises:
            LinkDown: there is no session; the command was not sent, or its outcome is unknown.
        """
        ...

    async def lend(self, key: str, wish: CapGrant, holder: DeviceKey, chain: str = "") -> Lent | Refusal:
        """Grant a part of this device's pairing, or of `chain`, to another device. Raises LinkDown."""
        ...

    async def seal(self, key: str, approval: Approval, note: str, once: bytes = b"") -> Answer:
        """Sign `approval` with the device key and send INPUT_SEAL; a Refusal where the key does not sign. Raises
        LinkDown.
        """
        ...

    async def cosign(self, key: str) -> Answer:
        """Cosign the newest proved head of both logs, as a witness, and send the cosignatures. Raises LinkDown."""
        ...

    async def upload(self, key: str, offer: Offer, chunks: Chunks) -> Answer:
        """Like `ask`, and send the bytes as the Totebox gives credit for them."""
        ...

    async def download(self, index: int, sink: Callable[[bytes], None], *, size: int) -> Refusal | None:
        """Pass record `index` to `sink` piece by piece, in order; None when all of it came. Its row states `size`
        bytes.

        Raises:
            LinkDown: the session ended, more than `size` bytes came, or they stopped coming.
        """
        ...


class Mailbox:
    """The queue between links, which put events in, and the painter, which takes them. `wake` is called at the first
    event that is news.

    An Echo is no news: it is folded when the painter next reads the clock, with which it is compared.

    Bounded by `limit` events and by `most_bytes` of telemetry: when the painter is too slow, the oldest events are
    dropped and `lost` counts them.
    """

    def __init__(self, limit: int = 65_536, most_bytes: int = 64 * 1024 * 1024) -> None:
        self._events: deque[Event] = deque()
        self._limit, self._most_bytes, self._bytes = limit, most_bytes, 0
        self.wake: Callable[[], None] | None = None
        self.lost = 0
        self._woken = False

    def __call__(self, event: Event) -> None:
        """Put `event` in; never waits."""
        self._events.append(event)
        self._bytes += _weight(event)
        while len(self._events) > self._limit or self._bytes > self._most_bytes:
            self._bytes -= _weight(self._events.popleft())
            self.lost += 1
        if self.wake is not None and not self._woken and not isinstance(event, Echo):
            self._woken = True
            self.wake()

    def drain(self) -> list[Event]:
        """All events since the last call, oldest first."""
        events = list(self._events)
        self._events.clear()
        self._bytes = 0
        self._woken = False
        return events


def _weight(event: Event) -> int:
    """The bytes of an event that a Totebox can send as often as it likes; other events have no weight."""
    return len(event.message.body) if isinstance(event, Heard) and isinstance(event.message, Telemetry) else 0
