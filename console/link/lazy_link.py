"""A link that loads cryptography, the protocol and its keys only when it is run: after the screen's first paint."""

from collections.abc import Callable

from console.errors import LinkDown
from console.model.events import Answer
from console.model.link import Chunks, Lent, Link
from protocol.schema import Arguments, CapGrant, DeviceKey, Offer, Refusal
from protocol.trust.approval import Approval


class LateLink:
    """A link that calls `make` when it is run. Before that there is no session, so every other method raises
    LinkDown.
    """

    def __init__(self, make: Callable[[], Link]) -> None:
        self._make = make
        self._link: Link | None = None

    async def run(self) -> None:
        self._link = self._make()
        await self._link.run()

    def _up(self) -> Link:
        if self._link is None:
            raise LinkDown("the console has not begun to dial; nothing was sent")
        return self._link

    async def ask(self, key: str, arguments: Arguments, once: bytes = b"") -> Answer:
        return await self._up().ask(key, arguments, once)

    async def lend(self, key: str, wish: CapGrant, holder: DeviceKey, chain: str = "") -> Lent | Refusal:
        return await self._up().lend(key, wish, holder, chain)

    async def seal(self, key: str, approval: Approval, note: str, once: bytes = b"") -> Answer:
        return await self._up().seal(key, approval, note, once)

    async def cosign(self, key: str) -> Answer:
        return await self._up().cosign(key)

    async def upload(self, key: str, offer: Offer, chunks: Chunks) -> Answer:
        return await self._up().upload(key, offer, chunks)

    async def download(self, index: int, sink: Callable[[bytes], None], *, size: int) -> Refusal | None:
        return await self._up().download(index, sink, size=size)
