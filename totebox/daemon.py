"""The daemon of one Totebox, from its first process to its last audit row.

Start order: the writer process, before anything heavy is imported, so that it stays small; it holds the lock and recovers
the vault; then the rooms are joined; staging is cleared; what `os-totebox` did meanwhile goes into the audit log; the link
listens; `ready`.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable

from totebox.clock import monotonic_s
from totebox.config import Settings, listening
from totebox.errors import AlreadyServed
from totebox.vault.client import VaultClient, open_vault

PATIENCE_S = 5.0
PAUSE_S = 0.1


def run(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. `ready(uri)` is called for each address once it takes sessions.

    Raises:
        ToteboxError: what is in the way.
    """
    asyncio.run(_serve(settings, ready))


async def _serve(settings: Settings, ready: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        vault = await _vault(settings, stack)
        from totebox.assembly import House  # heavy, hence after the writer was started

        await House(settings, vault).live(stop, ready)


async def _vault(settings: Settings, stack: contextlib.AsyncExitStack) -> VaultClient:
    """The vault. Where nobody answers but the lock is held, the writer of a daemon that was killed finishes what it had begun."""
    deadline = monotonic_s() + PATIENCE_S
    while True:
        try:
            return await stack.enter_async_context(open_vault(settings.places.root, settings.grade))
        except AlreadyServed:
            uris = listening(settings.places)
            if uris:
                raise AlreadyServed(
                    f"{settings.places.root} is already served at {uris[0]}; use that one, or stop it first"
                ) from None
            if monotonic_s() > deadline:
                raise
            await asyncio.sleep(PAUSE_S)
