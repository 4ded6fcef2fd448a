"""The daemon of one Totebox, from its first process to its last audit row.

Start order: the writer process, before anything heavy is imported, so that it stays small; it holds the lock and recovers
the vault; then the rooms are joined; staging is cleared; what `os-totebox` did meanwhile goes into the audit log; the link
listens; `ready`.
"""

import asyncio
import signal
from collections.abc import Callable

from totebox.config import Settings
from totebox.vault.client import open_vault


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
    async with open_vault(settings.places.root) as vault:
        from totebox.assembly import House  # heavy, hence after the writer was started

        await House(settings, vault).live(stop, ready)
